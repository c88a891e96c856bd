#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Hop after hop, by Kexec HandOver twice, by the map (e820 or the device tree), by Kexec HandOver, and by
# both, with new poison before each: all that was ever learnt is kept, in the way that was asked for, and
# the way that was asked for before leaves nothing behind.

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
		not_handed() { [ ! -e $kho_in ] && ! dmesg | grep -q 'KHO: found'; }
		case $stage in
		1)
			settle
			check "frames go bad" pick_poison 221 9
			kho_hop 2 ;;
		2)
			handed_over
			check "more go bad" pick_poison 222 9
			kho_hop 3 ;;
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
			hop 6 $kernel --hwpoison-mode=$map,kho ;;
		*)
			check "the kernel was handed something, and took it" revived
			arrived
			check "all are there" test "$(wc -l </state/poison)" -eq 45
			check "none is given to a process" frames pressure /state/poison ;;
		esac
	EOF
	kho_trees "$arch" 3
done
done_testing
