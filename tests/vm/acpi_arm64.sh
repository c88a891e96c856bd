#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64, UEFI and ACPI: a node in the tree would be taken for a description of the machine. Where the EFI
# memory map can be read (Debian's kernel has /proc/kcore), frames become unusable in a copy of it: they
# are out of RAM and of the kernel's mappings, through hops by us, 64 at first and then as many as are
# borne, one of them where the copy lies, and by Debian's kexec with a plain command line; and are RAM again
# when they are taken back. Debian's kexec makes the first hop, and brings the frames back; nor does it
# give the next kernel a seed, as ours does. FULL=1: as many as are borne, on each kernel; and nodes, which
# every later kernel needs acpi=on for. (Where the map cannot be read: reserve_arm64.sh.)

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 6.12
"$TOP/tools/test-kernels" arm64/firmware
firmware=(-bios "$vm_kernels/arm64/firmware/UEFI.fd")

guest() {
	vm_boot_files arm64 "$@"
	vm_files+=("$TOP/tests/vm/guest/arm64=state/arm64")
}

cat >"$TEST_TMP/efi" <<'EOF'
. /state/arm64
# map_frame: the first one of the EFI memory map that this kernel was pointed at (efi=debug).
map_frame() { dmesg | sed -n 's/.*MemMap Address *: 0x0*\([0-9a-f]*\)...$/\1/p'; }
here
case $stage in
1)
	settle
	check "frames go bad" pick_poison 11 8
	check "Debian's kexec loads" load_peer 2 /boot/vmlinuz-6.12 -c
	go peer-kexec ;;
2)
	check "Debian's kexec has brought them back" frames back /state/poison
	: >/state/poison
	check "it gave the kernel no seed" sh -c 'dmesg | grep "KASLR disabled due to lack of seed"'
	check "64 isolated frames go bad" pick_poison 41 64 60000 6ffff
	check "the report says how they are told" told 'unusable in a copy of the EFI memory map'
	hop 3 $kernel ;;
3)
	arrived
	map_frame >/state/map
	check "the copy's own memory goes bad" mark_bad /state/map
	hop 4 /boot/vmlinuz-6.12 ;;
4)
	arrived
	check "we gave the kernel a seed" sh -c 'dmesg | grep "KASLR enabled"'
	map_frame >/tmp/map
	check "the copy lies elsewhere" sh -c 'test -s /tmp/map && ! cmp -s /tmp/map /state/map'
	check "as many go bad as are borne" fill 42 70001 7ffff /boot/vmlinuz-6.12
	one_more 58002 /boot/vmlinuz-6.12
	hop 5 /boot/vmlinuz-6.12 ;;
5)
	arrived
	rm /boot/*-6.12
	note "$(wc -l </state/poison) frames are borne"
	announced
	check "nothing is lost by it" learnt
	check "Debian's kexec loads, with a plain command line" load_peer 6 $kernel -c
	go peer-kexec ;;
6)
	arrived
	check "none is given to a process" frames pressure /state/poison
	check "more go bad" pick_poison 43 5
	hop 7 $kernel --hwpoison-forget=all ;;
*)
	check "what was taken back is RAM again" test "$(frames ram)" -eq "$(cat /state/ram)" ;;
esac
EOF
guest small 6.12
vm_memory=1280 vm_timeout=600 vm_append=efi=debug
# This processor has no random numbers of its own, which a kernel without a seed would take.
vm_boot efi arm64 6.12 -cpu cortex-a72 "${firmware[@]}" <"$TEST_TMP/efi"

[ -n "${FULL:-}" ] || done_testing

# 450 are what is known to be borne by the map; it is the same array of memblock's as for nodes.
"$TOP/tools/test-kernels" arm64/6.1 arm64/backports
cat >"$TEST_TMP/many" <<'EOF'
. /state/arm64
next() {
	case $stage in
	1) hop 2 $kernel ;;
	2) hop 3 /boot/vmlinuz-6.1 ;;
	3) hop 4 /boot/vmlinuz-backports ;;
	4) hop 5 /boot/vmlinuz-6.12 ;;
	*) hop 6 $kernel ;;
	esac
}
[ $stage -ne 1 ] || settle
here
[ $stage -eq 1 ] || arrived
case $stage in
1) check "64 isolated frames" pick_poison 31 64 50000 5ffff ;;
2) check "236 more" pick_poison 32 236 60000 6ffff ;;
3) check "149 more" pick_poison 33 149 70000 8ffff ;;
4)
	check "449 are borne" test "$(wc -l </state/poison)" -eq 449
	check "one more" pick_poison 34 1 98000 9a000 ;;
5)
	check "450 are borne" test "$(wc -l </state/poison)" -eq 450
	check "none is given to a process" frames pressure /state/poison ;;
*)
	check "450 are kept out" test "$(wc -l </state/poison)" -eq 450
	check "more than is borne go bad" pick_poison 35 9 9c000 9d000
	next_initrd
	refuse "they are refused when nothing may be given up" max-waste \
		kexec -l $kernel --preserve-hwpoison --hwpoison-max-waste=0 --initrd=/tmp/next.cpio --append=x
	return 0 ;;
esac
next
EOF
guest small 6.12 6.1 backports
vm_memory=2560 vm_timeout=1200
vm_boot many arm64 6.12 "${firmware[@]}" <"$TEST_TMP/many"

cat >"$TEST_TMP/nodes" <<'EOF'
. /state/arm64
case $stage in
1)
	settle
	check "frames go bad" pick_poison 61 10
	refuse "nodes are refused without acpi=on" acpi=on \
		kexec -l $kernel --preserve-hwpoison --hwpoison-fdt-way=nodes --append=x
	next_initrd
	check "with it they load" kexec -l /boot/vmlinuz-6.12 --preserve-hwpoison --hwpoison-fdt-way=nodes \
		--initrd=/tmp/next.cpio --append="$(next_command_line 2) acpi=on"
	go ;;
2)
	check "UEFI's and ACPI's tables are there" firmware
	arrived
	check "by the EFI memory map from here" told 'copy of the EFI memory map'
	next_initrd
	check "that needs no acpi=on" kexec -l $kernel --preserve-hwpoison --initrd=/tmp/next.cpio \
		--append="$(next_command_line 3 | sed 's/acpi=on//')"
	go ;;
*)
	here
	arrived ;;
esac
EOF
guest small 6.12
vm_memory=1280 vm_timeout=500
vm_boot nodes arm64 small "${firmware[@]}" <"$TEST_TMP/nodes"
done_testing
