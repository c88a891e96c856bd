#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64, the memory reserve block: how frames are told on a machine with UEFI and ACPI whose EFI memory map
# cannot be read (the small kernel has no /proc/kcore). They stay in System RAM, but are reserved, and
# nobody is given one: a few; as many as the plan says are borne; and one more, for which a little good memory is given
# up, or nothing is loaded. They can be announced to the kernel, and come through Debian's kexec.
# Linux 6.1 bears fewer: as many as the plan says for it, on a machine that a device tree describes.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 6.1
"$TOP/tools/test-kernels" arm64/firmware

# script <SCRIPT: with what both of them begin with.
script() {
	cat /dev/fd/3 - 3<<'EOF'
. /state/arm64
# reserved: what arrived is where frames are told so. System RAM is what it was.
reserved() {
	check "every bad frame is reserved" frames kept /state/poison
	check "there is as much RAM as before" test "$(frames ram)" -eq "$(cat /state/ram)"
	check "all is known that was learnt before" learnt
}
EOF
}

script >"$TEST_TMP/acpi" <<'EOF'
here
case $stage in
1)
	settle
	check "frames go bad" pick_poison 41 10 50000 50fff
	check "they are not reserved yet" sh -c '! frames kept /state/poison'
	check "the report says how they are told, and why so" told 'memory reserve block: .*kcore: it is not there'
	refuse "the other way is refused" 'kcore: it is not there' \
		kexec -l $kernel --preserve-hwpoison --hwpoison-fdt-way=efi --append=x
	hop 2 $kernel ;;
2)
	reserved
	check "as many go bad as are borne" fill 42 51001 6ffff $kernel
	one_more 70002 $kernel
	hop 3 $kernel ;;
3)
	reserved
	note "$(wc -l </state/poison) isolated frames are borne"
	check "one more goes bad" pick_poison 43 1 70001 70fff
	check "the plan gives up a little for it" test "$(carrier given_up_bytes $kernel)" -gt 0
	hop 4 $kernel ;;
4)
	reserved
	announced
	check "nothing is lost by it" learnt
	check "Debian's kexec loads, with a plain command line" load_peer 5 $kernel -c \
		--append="$(next_command_line 5) nokaslr"
	go peer-kexec ;;
*)
	reserved
	check "none is given to a process" frames pressure /state/poison
	linger "look $(head -n 10 /state/poison | tr '\n' ' ')" ;;
esac
EOF
vm_boot_files arm64 small
vm_files+=("$TOP/tests/vm/guest/arm64=state/arm64")
vm_memory=1024 vm_timeout=400
vm_start acpi arm64 small -bios "$vm_kernels/arm64/firmware/UEFI.fd" <"$TEST_TMP/acpi"
# Here they are weaker than nodes and the EFI memory map, and this shows that it would be seen there.
vm_looked mapped

script >"$TEST_TMP/6.1" <<'EOF'
old=/boot/vmlinuz-6.1
case $stage in
1)
	settle
	check "Linux 6.1 bears fewer" test "$(carrier limit $old --hwpoison-fdt-way=reserve)" \
		-lt "$(carrier limit $kernel --hwpoison-fdt-way=reserve)"
	check "as many go bad as it bears" fill 44 51001 6ffff $old --hwpoison-fdt-way=reserve
	one_more 70002 $old --hwpoison-fdt-way=reserve
	hop 2 $old --hwpoison-fdt-way=reserve ;;
*)
	check "the kernel is that one" sh -c 'uname -r | grep ^6.1'
	reserved
	note "$(wc -l </state/poison) isolated frames are borne"
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF
vm_boot_files arm64 small 6.1
vm_files+=("$TOP/tests/vm/guest/arm64=state/arm64")
vm_memory=1024 vm_timeout=400
vm_boot 6.1 arm64 small <"$TEST_TMP/6.1"
done_testing
