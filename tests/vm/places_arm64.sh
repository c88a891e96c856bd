#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64, with RAM on both sides of 4 GiB: poison in the first MiB of RAM, in its last frame, next to 4 GiB on both sides,
# and where Debian's kexec would have put its segments: a hop for each, and all of it stays out. Then memory of a
# crash kernel, just where the next image would lie without it: nothing is placed there, and it is there again after the hop.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small

vm_boot_files arm64 small
vm_files+=("$TOP/tests/vm/guest/arm64=state/arm64")
vm_memory=4096 vm_timeout=400
vm_boot places arm64 small <<'EOF'
. /state/arm64
# overlapping FILE START END: the segments in FILE that have a byte in common with it.
overlapping() {
	local start size
	while read -r start size; do
		[ $((0x$start)) -ge $((0x$3)) ] || [ $((0x$start + size)) -le $((0x$2)) ] ||
			echo "$start $size"
	done <"$1"
}
crash_kernel() { sed -n 's/^ *\([0-9a-f]*-[0-9a-f]*\) : Crash kernel/\1/p' /proc/iomem; }
case $stage in
1)
	settle
	# They are in use, and to mark them would take them from this test: a list says that they are bad.
	printf '%s\n' 40000 40007 400fe >/state/poison
	sed 's/.*/0x&000/' /state/poison >/state/list
	check "RAM begins with what a list calls bad" grep -q '^0*40000000-.* : System RAM' /proc/iomem
	hop 2 $kernel --hwpoison-file=/state/list ;;
2)
	arrived
	last=$(awk -F'[- ]' '/^[0-9a-f].*System RAM/ { end = $2 } END { print end }' /proc/iomem)
	check "RAM ends above 4 GiB" test $((0x$last)) -gt $((0x100000000))
	printf '%x\n' $(((0x$last + 1) / page_size - 1)) >/tmp/last
	check "the last frame of RAM goes bad" mark_bad /tmp/last
	hop 3 $kernel ;;
3)
	arrived
	printf 'fffff\n100000\n' >/tmp/both
	check "frames on both sides of 4 GiB go bad" mark_bad /tmp/both
	hop 4 $kernel ;;
4)
	arrived
	# "segment[0].mem   = 0x..." is what kexec-tools says of its segments.
	next_initrd
	peer-kexec -d -c -l $kernel --initrd=/tmp/next.cpio --append=x 2>&1 |
		sed -nE 's/^segment\[[0-9]+\]\.mem *= *0x([0-9a-f]+).*/\1/p' >/tmp/segments
	peer-kexec -u
	check "Debian's kexec has segments" test "$(wc -l </tmp/segments)" -ge 3
	around $(cat /tmp/segments) >/tmp/peer
	check "the frames where they begin go bad" mark_bad /tmp/peer
	hop 5 $kernel ;;
5)
	arrived
	segments >/tmp/segments
	start=$((0x$(head -n 1 /tmp/segments | cut -d' ' -f1) / 2097152 * 2097152))
	printf '%x %x\n' $start $((start + 33554432)) >/state/wanted
	check "the next image would lie where a crash kernel's memory will be" \
		test -n "$(overlapping /tmp/segments $(cat /state/wanted))"
	# By Debian's kexec, so that this kernel does not lie there itself.
	check "Debian's kexec loads" load_peer 6 $kernel -c --mem-min=0x60000000 \
		--append="$(next_command_line 6) crashkernel=32M@$(printf '0x%x' $start)"
	go peer-kexec ;;
6)
	arrived
	read -r start end </state/wanted
	crash_kernel >/state/crash
	check "there it is" grep -q "^0*$start-" /state/crash
	segments >/tmp/segments
	check "the next image has segments" test "$(wc -l </tmp/segments)" -ge 3
	check "none of them lies in it" test -z "$(overlapping /tmp/segments $start $end)"
	check "an image is loaded" load 7 $kernel
	check "the crash kernel's memory is as it was" sh -c \
		'grep -q "$(cat /state/crash) : Crash kernel" /proc/iomem && grep -qx 33554432 /sys/kernel/kexec_crash_size'
	go ;;
*)
	arrived
	check "the crash kernel has its memory again" test "$(crash_kernel)" = "$(cat /state/crash)" ;;
esac
EOF
done_testing
