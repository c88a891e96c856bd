#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kexec -l with poison kept out against Debian's kexec, which keeps nothing out, in the same guest, one
# after the other: wall and processor time. Then, in guests of their own, the time from kexec -e to
# the next kernel's first line on its console. Medians; both are to be at most 1.0 of Debian's.
#
# Loads are timed by a clock that counts the guest's instructions (QEMU's -icount, one to a
# nanosecond), so that nothing else that runs here matters; starts by the host's clock.
#
# BENCH_KERNEL (6.12), BENCH_LOADS (3) of each, BENCH_STARTS (5) of each.

. "$(dirname "$0")/../vm/lib.sh"

kernel=${BENCH_KERNEL:-6.12} loads=${BENCH_LOADS:-3} starts=${BENCH_STARTS:-5}

vm_begin x86_64 "$kernel"

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
	printf '%-36s %8s s, Debian %8s s, ratio %s\n' "$1" "$2" "$3" "$ratio"
	ok "$1 takes no longer than Debian's" awk -v ratio="$ratio" 'BEGIN { exit !(ratio <= 1.0) }'
}

vm_boot_files x86_64 "$kernel"
vm_append="bench_kernel=$kernel bench_loads=$loads" vm_timeout=1200
vm_start loads x86_64 "$kernel" -icount shift=0,sleep=off <<'GUEST'
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
times() {
	sed -nE "s/^time $1 //p" "$vm_dir/results" | awk "{ print $2 }" | median
}
wall=$(times kexec '$1') cpu=$(times kexec '$2 + $3')
peer_wall=$(times peer-kexec '$1') peer_cpu=$(times peer-kexec '$2 + $3')
compare "kexec -l, wall time" "$wall" "$peer_wall"
compare "kexec -l, processor time" "$cpu" "$peer_cpu"

# start PROGRAM OPTION: seconds on the host's clock from the word "bench-go" on the console to the
# next kernel's first line.
start() {
	vm_boot_files x86_64 "$kernel"
	vm_append="bench_kernel=$kernel bench_program=$1 bench_option=$2" vm_timeout=300
	vm_start "start-$1" x86_64 "$kernel" <<'GUEST'
[ "$stage" = 1 ] || exit 0
pick_poison 7 16 >/dev/null 2>&1
next_initrd
program=$(word bench_program)
$program -l "$(word bench_option)" "/boot/vmlinuz-$(word bench_kernel)" --initrd=/tmp/next.cpio \
	--append="$(next_command_line 2)" || exit
echo bench-go >/dev/console
$program -e
GUEST
	: >>"$vm_dir/console"
	tail -n +1 -f --pid="$vm_pid" "$vm_dir/console" 2>/dev/null | {
		while read -r line; do
			case $line in
			*bench-go*) went=$EPOCHREALTIME ;;
			*'Linux version'*) [ -z "${went:-}" ] || { echo "$went $EPOCHREALTIME"; break; } ;;
			esac
		done
	} | awk '{ print $2 - $1 }' >>"$TEST_TMP/start-$1"
	vm_finish
}
for _ in $(seq "$starts"); do
	start kexec --preserve-hwpoison
	start peer-kexec -c
done
compare "from kexec -e to the first line" "$(median <"$TEST_TMP/start-kexec")" \
	"$(median <"$TEST_TMP/start-peer-kexec")"
done_testing
