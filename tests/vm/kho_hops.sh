#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Hop after hop, by Kexec HandOver twice, by the map (e820 or the device tree), by Kexec HandOver, and by
# both, with new poison before each: all that was ever learnt is kept, in the way that was asked for, and
# the way that was asked for before leaves nothing behind. What goes bad when the image is loaded already,
# even where its tree and its scratch memory would lie, is kept, too.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kho_trees/lib.sh"

vm_begin x86_64 small
vm_begin arm64 small

for arch in x86_64 arm64; do
	vm_boot_files "$arch" small
	vm_files+=("$TOP/tests/vm/guest/kho=state/kho")
	vm_memory=1024 vm_timeout=500 vm_append="kho=on dump=1 map=$([ $arch = arm64 ] && echo dtb || echo e820)"
	vm_boot "$arch" "$arch" small <<-'EOF'
		. /state/kho
		map=$(word map none)
		# number TEXT NAME: the first number of a name behind a text in the plan.
		number() { tr -d ' \n' </tmp/plan | sed "s/.*$1//" | grep -o "\"$2\":\"*[0-9a-fx]*" | sed -n '1s/.*[:"]//p'; }
		# targets: frames of the segment with the tree, of scratch memory, and others.
		targets() {
			local tree scratch
			next_initrd
			kexec --preserve-hwpoison --hwpoison-mode=kho --dry-run=json $kernel --initrd=/tmp/next.cpio \
				--append="$(next_command_line 3)" >/tmp/plan || return
			tree=$(number '"name":"kho",' start)
			scratch=$(number '"scratch":' start)
			{
				frames run "$(printf '%x' $((tree / page_size)))" 2
				frames pick 226 3 $(printf '%x %x' $((scratch / page_size)) $((scratch / page_size + 8192)))
				frames pick 227 3
			} | sort -u >/state/late
			cat /tmp/plan /state/late | tail -n 8
			[ "$(wc -l </state/late)" -ge 7 ]
		}
		not_handed() { [ ! -e $kho_in ] && ! dmesg | grep -q 'KHO: found'; }
		case $stage in
		1)
			settle
			check "frames go bad" pick_poison 221 9
			kho_hop 2 ;;
		2)
			handed_over
			check "more go bad" pick_poison 222 9
			check "it is known where the tree and the scratch memory would lie" targets
			# The next kernel has to know of them, and its initramfs is made before.
			sort -u /state/late /state/poison >/tmp/all
			mv /tmp/all /state/poison
			check "an image is loaded" load 3 $kernel --hwpoison-mode=kho
			check "frames of these go bad after that" mark_bad /state/late
			check "the image is stale" sh -c 'kexec --status-long | grep -i stale'
			kho_dump kho
			go ;;
		3)
			handed_over
			check "more go bad" pick_poison 223 9
			hop 4 $kernel --hwpoison-mode=$map ;;
		4)
			arrived
			check "nothing was handed over by Kexec HandOver" not_handed
			check "more go bad" pick_poison 224 9
			kho_hop 5 ;;
		5)
			# On x86_64 what is unusable stays so.
			check "the kernel was handed something, and took it" revived
			in_and_out
			check "all is known that was learnt before" learnt
			check "more go bad" pick_poison 225 9
			hop_by $map,kho 6 ;;
		*)
			check "the kernel was handed something, and took it" revived
			arrived
			check "all are there" test "$(wc -l </state/poison)" -ge 52
			check "none is given to a process" frames pressure /state/poison ;;
		esac
	EOF
	kho_trees "$arch" 4
done
done_testing
