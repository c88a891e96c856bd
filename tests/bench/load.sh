#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kexec -l with poison kept out against Debian's kexec, which keeps nothing out, in the same guest, one
# after the other: wall and processor time. Then, in guests of their own, the time from kexec -e to
# the next kernel's first line on its console. Medians; all are to be at most 1.0 of Debian's.
#
# Loads are timed by a clock that counts the guest's instructions (QEMU's -icount, one to a
# nanosecond), so that nothing else that runs here matters; starts by the host's clock. An interpreter
# has no caches: that purgatory turns them on before it reads, and Debian's on arm64 does not, is not
# in these numbers.
#
# BENCH_ARCHES (x86_64 arm64), BENCH_KERNEL (6.12), BENCH_LOADS (3) of each, BENCH_STARTS (5) of each.

. "$(dirname "$0")/../vm/lib.sh"

kernel=${BENCH_KERNEL:-6.12} loads=${BENCH_LOADS:-3} starts=${BENCH_STARTS:-5}

median() {
	sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# compare NAME OURS THEIRS: a result, with the ratio of two times.
compare() {
	local ratio
	if [ -z "$2" ] || [ -z "$3" ]; then
		fail "$1 was measured"
		return
	fi
	ratio=$(awk -v a="$2" -v b="$3" 'BEGIN { printf "%.2f", a / b }')
	printf '%-44s %8s s, Debian %8s s, ratio %s\n' "$1" "$2" "$3" "$ratio"
	ok "$1 takes no longer than Debian's" awk -v ratio="$ratio" 'BEGIN { exit !(ratio <= 1.0) }'
}

# times PROGRAM AWK-EXPRESSION: of what the guest has said.
times() {
	sed -nE "s/^time $1 //p" "$vm_dir/results" | awk "{ print $2 }" | median
}

bench_loads() {
	local arch=$1
	vm_boot_files "$arch" "$kernel"
	vm_append="bench_kernel=$kernel bench_loads=$loads" vm_timeout=2400
	vm_start "loads-$arch" "$arch" "$kernel" -icount shift=0,sleep=off <<'GUEST'
kernel=/boot/vmlinuz-$(word bench_kernel)
pick_poison 7 16 >/dev/null 2>&1
next_initrd
i=0
while [ $i -lt "$(word bench_loads)" ]; do
	for who in kexec peer-kexec; do
		options=--preserve-hwpoison
		[ $who = kexec ] || options=-c
		if time -f '%e %U %S' -o /tmp/time $who -l $options "$kernel" --initrd=/tmp/next.cpio \
			--append=x >/tmp/load.out 2>&1; then
			say "time $who $(tail -n 1 /tmp/time)"
		else
			not_ok "$who loads"
			note "$(head -n 3 /tmp/load.out)"
		fi
	done
	i=$((i + 1))
done
GUEST
	vm_finish
	compare "$arch: kexec -l, wall time" "$(times kexec '$1')" "$(times peer-kexec '$1')"
	compare "$arch: kexec -l, processor time" "$(times kexec '$2 + $3')" \
		"$(times peer-kexec '$2 + $3')"
}

# start ARCH PROGRAM OPTION: seconds on the host's clock from the word "bench-go" on the console to
# the next kernel's first line.
start() {
	local arch=$1 console
	vm_boot_files "$arch" "$kernel"
	vm_append="bench_kernel=$kernel bench_program=$2 bench_option=$3" vm_timeout=600
	vm_start "start-$arch-$2" "$arch" "$kernel" <<'GUEST'
[ "$stage" = 1 ] || exit 0
pick_poison 7 16 >/dev/null 2>&1
next_initrd
program=$(word bench_program) more=
# There the console is the port of results, and quiet.
[ "$(uname -m)" != aarch64 ] || more=' ignore_loglevel earlycon=pl011,0x9000000'
$program -l "$(word bench_option)" "/boot/vmlinuz-$(word bench_kernel)" --initrd=/tmp/next.cpio \
	--append="$(next_command_line 2)$more" || exit
echo bench-go >/dev/console
$program -e
GUEST
	console=$vm_dir/console
	[ "$arch" = x86_64 ] || console=$vm_dir/out
	: >>"$console"
	tail -n +1 -f --pid="$vm_pid" "$console" 2>/dev/null | {
		while read -r line; do
			case $line in
			*bench-go*) went=$EPOCHREALTIME ;;
			*'Linux version'*) [ -z "${went:-}" ] || { echo "$went $EPOCHREALTIME"; break; } ;;
			esac
		done
	} | awk '{ print $2 - $1 }' >>"$TEST_TMP/start-$arch-$2"
	# What it does then is of no interest.
	vm_monitor quit
	wait "$vm_pid"
	exec 7>&-
	vm_pid=
}

for arch in ${BENCH_ARCHES:-x86_64 arm64}; do
	vm_begin "$arch" "$kernel"
	bench_loads "$arch"
	for _ in $(seq "$starts"); do
		start "$arch" kexec --preserve-hwpoison
		start "$arch" peer-kexec -c
	done
	compare "$arch: from kexec -e to the first line" "$(median <"$TEST_TMP/start-$arch-kexec")" \
		"$(median <"$TEST_TMP/start-$arch-peer-kexec")"
done
done_testing
