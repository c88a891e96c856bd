#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The device tree that --dump writes, given to real kernels: 1, 64, 300 and 450 isolated frames, each set
# planned on a snapshot of the guest and booted by QEMU with that tree. No frame may be RAM, and none
# may be given out when memory is short. The same set without the tree is in RAM.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 6.1 6.12 backports small
vm_boot machine arm64 small <<'EOF'
check "the snapshot is taken" kexec --snapshot=/tmp/snapshot
tar -C /tmp -cf /tmp/snapshot.tar snapshot
send snapshot /tmp/snapshot.tar
EOF
vm_received snapshot | tar -C "$TEST_TMP" -xf -

# Some frames from 0x50000000 on: QEMU puts the kernel, the initramfs and the tree below that, without a
# look at which memory is bad.
frame_list() {
	awk -v count="$1" 'BEGIN {
		srand(count)
		pfn = 327680
		for (i = 0; i < count; i++) { pfn += 2 + int(rand() * 300); printf "%x\n", pfn }
	}'
}

for count in 1 64 300 450; do
	frame_list $count >"$TEST_TMP/frames.$count"
	sed 's/^/pfn 0x/' "$TEST_TMP/frames.$count" >"$TEST_TMP/list"
	# shellcheck disable=SC2086
	ok "$count frames are planned" $KEXEC_ARM64 --machine="$TEST_TMP/snapshot" --preserve-hwpoison \
		--hwpoison-file="$TEST_TMP/list" --hwpoison-max-waste=0 --dry-run \
		--dump="$TEST_TMP/dump.$count"
	for kernel in small 6.1 6.12 backports; do
		vm_files=("$TEST_TMP/frames.$count=frames")
		vm_boot "$count-$kernel" arm64 "$kernel" -dtb "$TEST_TMP/dump.$count/next.dtb" <<-'EOF'
			check "the frames are gone" frames gone /frames
			cp /frames /state/poison
			check "and learnt from the tree" learnt
			[ "$(wc -l </frames)" -lt 450 ] || check "and never given out" frames pressure /frames
		EOF
	done
done
vm_files=("$TEST_TMP/frames.450=frames")
vm_boot without arm64 small <<'EOF'
check "without the tree they are RAM" frames back /frames
EOF
done_testing
