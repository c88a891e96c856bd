#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# As many isolated frames as arm64 kernels bear in a device tree, by load: 64, 300, 450, and one more, which is
# refused when nothing may be given up and else costs a little good memory; no kernel panics, and none
# has a bad frame. (With ever more nodes 6.1 leaves frames in RAM, and later ones panic.) 451 frames are
# 450 ranges once more, so that each kernel has that many; with FULL=1 each has each count.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 6.1 6.12 backports

# by_three FIRST SECOND THIRD: the kernels that get 300, 450 and 451 frames.
by_three() {
	# shellcheck disable=SC2046
	vm_boot_files arm64 $(printf '%s\n' small "$@" | sort -u)
	vm_memory=1536 vm_timeout=540 vm_append="first=$1 second=$2 third=$3"
	vm_boot "$1-$2-$3" arm64 small <<'EOF'
# Each in an area of its own, so that no two frames of different stages are neighbours.
# next_kernel WORD: the one that it names.
next_kernel() { echo "/boot/vmlinuz-$(word "$1" none)"; }
# Some are given up, but not much, and all that is bad is known to be.
within() {
	local lost
	lost=$(($(cat /state/ram) - $(frames ram) - $(wc -l </state/poison) * page_size))
	[ $lost -gt 0 ] && [ $lost -le 1048576 ] && return
	echo "$lost bytes given up"
	return 1
}
case $stage in
1)
	settle
	check "64 isolated frames" pick_poison 160 64 48000 4bfff
	hop 2 /boot/vmlinuz-small ;;
2)
	arrived
	check "236 more" pick_poison 161 236 4c001 5ffff
	hop 3 "$(next_kernel first)" ;;
3)
	arrived
	check "150 more" pick_poison 162 150 60001 6ffff
	hop 4 "$(next_kernel second)" ;;
4)
	arrived
	check "are 450" test "$(wc -l </state/poison)" -eq 450
	check "one more" pick_poison 163 1 70001 78000
	next_initrd
	refuse "is refused when nothing may be given up" max-waste kexec -l "$(next_kernel third)" \
		--preserve-hwpoison --hwpoison-max-waste=0 --initrd=/tmp/next.cpio --append=x
	check "and no image is loaded then" grep -qx 0 /sys/kernel/kexec_loaded
	hop 5 "$(next_kernel third)" ;;
*)
	check "every bad frame is gone" frames gone /state/poison
	check "little else is" within
	check "exactly the bad frames are known" learnt
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF
}

if [ -n "${FULL:-}" ]; then
	for kernel in 6.1 6.12 backports; do
		by_three "$kernel" "$kernel" "$kernel"
	done
else
	by_three 6.1 small 6.1
	by_three small 6.12 backports
fi
done_testing
