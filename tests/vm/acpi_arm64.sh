#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64, UEFI and ACPI: a node in the tree would be taken for a description of the machine. Where the EFI
# memory map can be read (Debian's kernel has /proc/kcore), frames become unusable in a copy of it: they
# are out of RAM and of the kernel's mappings, through hops by us with more poison at each, some of it
# where the copy lies, and by Debian's kexec with a plain command line; and are RAM again when they are
# taken back. Where it cannot be read (the small kernel) they stand in the memory reserve block, and
# stay in System RAM. Debian's kexec makes the first hop, and brings the frames back. FULL=1: as many as
# are borne, on each kernel; and nodes, which every later kernel needs acpi=on for.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 6.12
"$TOP/tools/test-kernels" arm64/firmware
firmware=(-bios "$vm_kernels/arm64/firmware/UEFI.fd")

# script <SCRIPT: with what all of them begin with.
script() {
	cat /dev/fd/3 - 3<<'EOF'
kernel=/boot/vmlinuz-small
firmware() {
	test -s /sys/firmware/acpi/tables/FACP && test -s /sys/firmware/efi/systab &&
		dmesg | grep -q 'Remapping and enabling EFI services' &&
		! dmesg | grep -iE 'efi: .*(fail|could not|unable)|FW_BUG|covers (multiple|kernel)'
}
# variables: EFI's runtime services answer, where the kernel has them as files (the small one).
variables() {
	mount -t efivarfs none /sys/firmware/efi/efivars 2>/dev/null
	set -- /sys/firmware/efi/efivars/*-*
	echo "$#"
	test -s "$1" && cat "$@" >/tmp/variables
}
here() {
	check "UEFI's and ACPI's tables are there" firmware
	! grep -q efivarfs /proc/filesystems || check "and its variables" variables
	check "and nobody asked for them" sh -c '! grep acpi= /proc/cmdline'
}
# told TEXT: what the report says of how frames are told.
told() {
	kexec --preserve-hwpoison --dry-run $kernel --append=x >/tmp/report 2>&1
	grep -e "$1" /tmp/report || { cat /tmp/report; return 1; }
}
# map_frame: the first one of the EFI memory map that this kernel was pointed at (efi=debug).
map_frame() { dmesg | sed -n 's/.*MemMap Address *: 0x0*\([0-9a-f]*\)...$/\1/p'; }
EOF
}

script >"$TEST_TMP/efi" <<'EOF'
case $stage in
1)
	settle
	here
	check "frames go bad" pick_poison 11 8
	check "Debian's kexec loads" load_peer 2 /boot/vmlinuz-6.12 -c
	go peer-kexec ;;
2)
	check "Debian's kexec has brought them back" frames back /state/poison
	: >/state/poison
	check "frames go bad" pick_poison 41 10
	check "the report says how they are told" told 'unusable in a copy of the EFI memory map'
	hop 3 $kernel ;;
3)
	here
	arrived
	check "more go bad" pick_poison 42 10
	map_frame >/state/map
	check "so does the copy's own memory" mark_bad /state/map
	hop 4 /boot/vmlinuz-6.12 ;;
4)
	here
	arrived
	rm /boot/*-6.12
	check "the copy lies elsewhere" sh -c '! grep -qx "$0" /state/map' "$(map_frame)"
	check "Debian's kexec loads, with a plain command line" load_peer 5 $kernel -c
	go peer-kexec ;;
5)
	here
	arrived
	check "none is given to a process" frames pressure /state/poison
	check "more go bad" pick_poison 43 5
	hop 6 $kernel --hwpoison-forget=all ;;
*)
	here
	check "what was taken back is RAM again" test "$(frames ram)" -eq "$(cat /state/ram)" ;;
esac
EOF
vm_boot_files arm64 small 6.12
vm_memory=1280 vm_timeout=500 vm_append=efi=debug
vm_boot efi arm64 6.12 "${firmware[@]}" <"$TEST_TMP/efi"

script >"$TEST_TMP/reserve" <<'EOF'
# reserved: what arrived is where frames are told so. System RAM is what it was.
reserved() {
	here
	check "every bad frame is reserved" frames kept /state/poison
	check "there is as much RAM as before" test "$(frames ram)" -eq "$(cat /state/ram)"
	check "all is known that was learnt before" learnt
}
case $stage in
1)
	settle
	here
	check "frames go bad" pick_poison 41 10
	check "they are not reserved yet" sh -c '! frames kept /state/poison'
	check "the report says how they are told, and why so" told 'memory reserve block: .*kcore: it is not there'
	refuse "the other way is refused" 'kcore: it is not there' \
		kexec -l $kernel --preserve-hwpoison --hwpoison-fdt-way=efi --append=x
	hop 2 $kernel ;;
2)
	reserved
	check "more go bad" pick_poison 42 10
	hop 3 $kernel ;;
3)
	reserved
	check "Debian's kexec loads, with a plain command line" load_peer 4 $kernel -c
	go peer-kexec ;;
*)
	reserved
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF
vm_boot_files arm64 small
vm_memory=1024 vm_timeout=400
vm_boot reserve arm64 small "${firmware[@]}" <"$TEST_TMP/reserve"

[ -n "${FULL:-}" ] || done_testing

# 450 are what is known to be borne by the map; it is the same array of memblock's as for nodes.
"$TOP/tools/test-kernels" arm64/6.1 arm64/backports
script >"$TEST_TMP/many" <<'EOF'
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
vm_boot_files arm64 small 6.12 6.1 backports
vm_memory=2560 vm_timeout=1200
vm_boot many arm64 6.12 "${firmware[@]}" <"$TEST_TMP/many"

script >"$TEST_TMP/nodes" <<'EOF'
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
vm_boot_files arm64 small 6.12
vm_memory=1280 vm_timeout=500
vm_boot nodes arm64 small "${firmware[@]}" <"$TEST_TMP/nodes"
done_testing
