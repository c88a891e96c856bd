#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What Kexec HandOver must not be tried with, since the next kernel would die with a blank console, or lose
# what it was to keep: too little good memory to start in, an ABI that the next kernel does not have, a
# running kernel that itself preserves something. Each is refused, with its reason, and nothing is
# loaded. Poison in the scratch memory that the running kernel has set aside moves ours elsewhere; where no
# room for it is left in one piece, it lies in several, in which a later kexec -s still finds its own.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kho_trees/lib.sh"

vm_begin x86_64 small
vm_begin arm64 small

kho_guest() {
	vm_boot_files "$1" small
	vm_files+=("$TOP/tests/vm/guest/kho=state/kho")
	vm_timeout=400
}

for arch in x86_64 arm64; do
	kho_guest $arch
	vm_memory=512 vm_append='kho=on dump=1 reserve_mem=16K:4K:ours'
	vm_boot "$arch-refused" $arch small <<-'EOF'
		. /state/kho
		with() {
			kexec -l $kernel --preserve-hwpoison --hwpoison-mode=kho --initrd=/tmp/next.cpio \
				--append="$(next_command_line 2)" "$@"
		}
		unloaded() { [ "$(cat /sys/kernel/kexec_loaded)" = 0 ] && [ ! -e /run/kexec/loaded.json ]; }
		refused() {
			refuse "$@"
			check "$1: nothing is loaded" unloaded
		}
		check "frames go bad" pick_poison 241 5
		next_initrd
		check "the running kernel preserves something" test -e /sys/kernel/debug/kho/out/sub_fdts/memblock
		refused "it would be lost" memblock with
		refused "and the way out is named" kho-discard with
		refused "a version that there is not" 'kho-v9' with --kho-discard --kho-abi=kho-v9
		refused "a version that the kernel does not have" 'kho-v4' with --kho-discard --kho-abi=kho-v3
		refused "more scratch memory than there is" 'scratch' with --kho-discard --kho-scratch=4G
		refused "a bound that leaves no room" 'room\|scratch\|memory' with --kho-discard --mem-max=0x1000000
		frames grid 80 0x700 1000 >/tmp/everywhere
		sed 's/^/pfn 0x/' /tmp/everywhere >/tmp/list
		refused "a bad frame in every 7 MiB" 'room\|scratch\|memory' with --kho-discard --hwpoison-file=/tmp/list
		check "what it preserves may be given up" with --kho-discard
		check "an image is loaded" test "$(cat /sys/kernel/kexec_loaded)" = 1
		kho_dump kho --kho-discard
	EOF
	kho_trees "$arch-refused" 1

	# As little memory as the kernel and its initramfs still start in: no more image is unpacked there.
	kho_guest $arch
	vm_memory=96
	vm_boot "$arch-small" $arch small <<-'EOF'
		. /state/kho
		next_initrd
		refuse "there is too little memory for scratch" scratch \
			load 2 $kernel --hwpoison-mode=kho --kho-abi=kho-v4
		check "nothing is loaded" test "$(cat /sys/kernel/kexec_loaded)" = 0
	EOF

	kho_guest $arch
	vm_memory=1024 vm_append='kho=on dump=1'
	vm_boot "$arch-scratch" $arch small <<-'EOF'
		. /state/kho
		# inside COUNT: frames in the scratch memory that the running kernel has set aside.
		inside() {
			paste /sys/kernel/debug/kho/out/scratch_phys /sys/kernel/debug/kho/out/scratch_len >/tmp/scratch
			while read -r start length; do
				frames pick $((start)) 3 $(printf '%x %x' $((start / page_size)) $(((start + length) / page_size)))
			done </tmp/scratch >/tmp/inside
			[ "$(wc -l </tmp/inside)" -ge 3 ] && mark_bad /tmp/inside
		}
		# spread STEP: frames in all memory; in the end there are not as many as it is asked for.
		spread() { frames grid 100 "$1" 100000 || true; }
		case $stage in
		1)
			settle
			check "frames in the kernel's scratch memory go bad" inside
			kho_hop 2 ;;
		2)
			handed_over
			check "more go bad, in the scratch memory of the last hop" inside
			kho_hop 3 ;;
		3)
			handed_over
			check "more are listed, one in every 20 MiB" list_poison spread 0x1400
			kho_hop 4 --hwpoison-file=/state/list ;;
		4)
			handed_over
			check "none is given to a process" frames pressure /state/poison
			next_initrd
			check "kexec -s finds room in the scratch memory that we made" said kexec -s -l $kernel \
				--initrd=/tmp/next.cpio --append="$(next_command_line 5)"
			check "and it is said that the frames will be lost" grep -i 'bad\|poison' /tmp/said
			go ;;
		*)
			check "the kernel's own hand-over was taken" sh -c "dmesg | grep 'KHO: found'"
			brought_back ;;
		esac
	EOF
	kho_trees "$arch-scratch" 3
done
done_testing
