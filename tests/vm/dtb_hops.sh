#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Five kernels in a row, each with the tree that was planned in the one before, each with new poison:
# what the tree says and what the kernel has found since are united, and nothing learnt is lost.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 6.12 backports
: >"$TEST_TMP/poison"
tree=()
hop=0
for kernel in small 6.12 small backports small; do
	hop=$((hop + 1))
	vm_files=("$TEST_TMP/poison=state/poison")
	vm_append="hop=$hop"
	vm_boot "hop-$hop" arm64 "$kernel" "${tree[@]}" <<-'EOF'
		if [ -s /state/poison ]; then
			check "all that was learnt is gone" frames gone /state/poison
			check "and known" learnt
		fi
		# QEMU looks at no map when it puts the kernel, the initramfs and the tree below this.
		check "frames go bad" pick_poison "$(word hop 1)" 7 50000 7fff0
		check "old and new are known" learnt
		check "the next tree is planned" \
			kexec --preserve-hwpoison --dry-run --dump=/tmp/dump
		send tree /tmp/dump/next.dtb
		send poison /state/poison
	EOF
	vm_received tree >"$TEST_TMP/next.$hop.dtb"
	vm_received poison >"$TEST_TMP/poison"
	tree=(-dtb "$TEST_TMP/next.$hop.dtb")
done
is "$(wc -l <"$TEST_TMP/poison")" 35 "five times seven frames"
done_testing
