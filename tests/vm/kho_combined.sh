#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two ways at once. With e820,kho (x86_64) and dtb,kho (arm64) as many frames as the next kernel's map
# bears are kept out of it, those beyond are handed over by Kexec HandOver, and the list of all with
# them: more than the map alone bears, nothing given up, nothing lost. For a kernel that knows
# no Kexec HandOver that second half is nothing: alone it is refused, in combination it is a warning.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kho_trees/lib.sh"

vm_begin x86_64 small 6.12 backports
vm_begin arm64 small 6.12

for arch in x86_64 arm64; do
	case $arch in
	x86_64) debian=backports map=e820 count=300 few=40 low=20000 high=38000 ;;
	arm64) debian=6.12 map=dtb count=600 few=40 low=60000 high=78000 ;;
	esac
	vm_boot_files "$arch" small "$debian"
	vm_files+=("$TOP/tests/vm/guest/kho=state/kho")
	vm_memory=1280 vm_timeout=500
	vm_append="kho=on dump=1 map=$map count=$count few=$few low=$low high=$high debian=$debian"
	vm_boot "$arch" "$arch" small <<-'EOF'
		. /state/kho
		map=$(word map none)
		debian=/tmp/vmlinuz-$(word debian none)
		# without: what becomes of a target that knows no Kexec HandOver.
		without() {
			mv /boot/*-"$(word debian none)" /tmp
			next_initrd
			refuse "a kernel without Kexec HandOver is refused when there is no other way" \
				'HANDOVER\|HandOver\|KHO\|kho' \
				kexec -l $debian --preserve-hwpoison --hwpoison-mode=kho --initrd=/tmp/next.cpio --append=x
			check "nothing is loaded" test "$(cat /sys/kernel/kexec_loaded)" = 0
			check "with two ways it is loaded" said kexec -l $debian --preserve-hwpoison \
				--hwpoison-mode=$map,kho --initrd=/tmp/next.cpio --append=x
			check "with a warning" grep -qi 'warning.*\(hand *over\|kho\)' /tmp/said
			rm $debian
		}
		case $stage in
		1)
			settle
			check "few frames go bad" pick_poison 231 "$(word few 0)" "$(word low 0)" "$(word high 0)"
			without
			check "many more are listed" list_poison frames pick 232 "$(word count 0)" "$(word low 0)" "$(word high 0)"
			next_initrd
			refuse "the map alone does not bear them" max-waste kexec -l $kernel --preserve-hwpoison \
				--hwpoison-mode=$map --hwpoison-max-waste=0 --hwpoison-file=/state/list \
				--initrd=/tmp/next.cpio --append=x
			hop_by $map,kho 2 --hwpoison-max-waste=0 --hwpoison-file=/state/list ;;
		*)
			check "the kernel was handed something, and took it" revived
			in_and_out
			check "the map has what it bears" test "$(wc -l </tmp/out)" -ge "$(word few 0)"
			check "all is known that was learnt before" learnt
			check "none is given to a process" frames pressure /state/poison ;;
		esac
	EOF
	kho_trees "$arch" 1
done

# A map that an older kernel was given may be more than the next one bears, which would be silently dead.
# With KHO alone all of it is RAM again and kept; with both the map has what it bears.
for mode in kho e820,kho; do
	vm_boot_files x86_64 6.12 small
	vm_files+=("$TOP/tests/vm/guest/kho=state/kho")
	vm_memory=1280 vm_timeout=500 vm_append="kho=on dump=1 mode=$mode"
	vm_boot "inherited-$mode" x86_64 6.12 <<-'EOF'
		. /state/kho
		case $stage in
		1)
			settle
			check "200 frames are listed" list_poison frames pick 233 200 20000 38000
			hop 2 /boot/vmlinuz-6.12 --hwpoison-file=/state/list ;;
		2)
			arrived
			hop_by "$(word mode none)" 3 --hwpoison-max-waste=0 ;;
		*)
			check "the kernel was handed something, and took it" revived
			case $(word mode none) in
			kho) check "every bad frame is preserved" frames preserved /state/poison ;;
			*) in_and_out ;;
			esac
			check "all is known that was learnt before" learnt
			check "none is given to a process" frames pressure /state/poison ;;
		esac
	EOF
	kho_trees "inherited-$mode" 1
done
done_testing
