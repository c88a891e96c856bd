#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A memory block that is taken offline takes its bad frames out of sight: /proc/kpageflags says nothing of
# it any more, but the next kernel will use the block. Our kexec must warn of it, naming the block, and with
# --hwpoison-offline-blocks take the whole block for bad.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 6.1 backports
for kernel in 6.1 backports; do
	vm_boot "$kernel" x86_64 "$kernel" <<-'EOF'
		cd /sys/devices/system/memory
		size=$((0x$(cat block_size_bytes)))
		# The highest block that lets itself be taken offline, with a frame of it gone bad.
		for block in $(ls -d memory[0-9]* | sort -rn -k1.7); do
			first=$((0x$(cat $block/phys_index) * (size / page_size)))
			frames pick 31 1 $(printf '%x %x' $first $((first + size / page_size))) >/tmp/bad 2>/dev/null ||
				continue
			echo offline >$block/state 2>/dev/null || continue
			echo online >$block/state
			mark_bad /tmp/bad
			echo offline >$block/state && break
		done
		cd /
		check "$block is offline" grep -qx offline /sys/devices/system/memory/$block/state
		check "its frame is out of sight" sh -c '! frames list | grep .'
		kexec --hwpoison-list=json >/tmp/list.json 2>/tmp/warnings
		check "our kexec warns, and names the block" grep -Eq "$(printf '%x' $((first * page_size)))|$block" \
			/tmp/warnings
		note "$(cat /tmp/warnings)"
		i=0
		while [ $i -lt $((size / page_size)) ]; do
			printf '%x\n' $((first + i))
			i=$((i + 1))
		done >/tmp/block
		kexec --hwpoison-list=json --hwpoison-offline-blocks >/tmp/list.json
		check "with --hwpoison-offline-blocks it lists the block" sh -c \
			'frames ranges </tmp/list.json | sort >/tmp/listed; sort /tmp/block | cmp - /tmp/listed'
	EOF
done
done_testing
