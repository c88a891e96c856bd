#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kexec HandOver on arm64, from kho=on and kho=off, on a machine that is described by a device tree and on
# one with UEFI and ACPI: 1, 64 and 1000 isolated frames (25,000, from Debian's kernel: kho_many_arm64.sh).
# In the next kernel every frame is System RAM as before, but was never freed, and is given to nobody,
# though nearly all memory be used. The same frames are in use again after a kexec that hands nothing over.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kho_trees/lib.sh"

vm_begin arm64 small
"$TOP/tools/test-kernels" arm64/firmware

kho_guest() {
	vm_boot_files arm64 small
	vm_files+=("$TOP/tests/vm/guest/kho=state/kho")
	vm_timeout=540
}

kho_guest
vm_memory=1024 vm_append='kho=on dump=1'
vm_boot kho-on arm64 small -smp 2 <<'EOF'
. /state/kho
case $stage in
1)
	settle
	check "one frame goes bad" pick_poison 211 1
	kho_hop 2 ;;
2)
	handed_over
	check "both processors are there" grep -qx 0-1 /sys/devices/system/cpu/online
	settle_total
	check "63 more go bad" pick_poison 212 63
	kho_hop 3 ;;
3)
	handed_over
	check "as much memory less is managed" total_within 64
	check "none is given to a process" frames pressure /state/poison
	check "the list is still known" learnt
	plain_hop 4 ;;
*)
	brought_back ;;
esac
EOF
kho_trees kho-on 2

kho_guest
vm_memory=1024 vm_append='kho=off dump=1'
vm_boot acpi arm64 small -bios "$vm_kernels/arm64/firmware/UEFI.fd" <<'EOF'
. /state/kho
firmware() {
	test -s /sys/firmware/acpi/tables/FACP && test -s /sys/firmware/efi/systab &&
		! grep -q acpi= /proc/cmdline
}
case $stage in
1)
	settle
	check "the firmware is UEFI, with ACPI" firmware
	check "64 frames go bad" pick_poison 213 64
	kho_hop 2 ;;
2)
	check "UEFI's and ACPI's tables are there, and nobody asked for them" firmware
	handed_over
	settle_total
	# Random ones would leave no hole for the kernel.
	check "936 more are listed" list_poison frames grid 60001 64 936
	kho_hop 3 --hwpoison-file=/state/list ;;
*)
	check "UEFI's and ACPI's tables are there, and nobody asked for them" firmware
	handed_over
	check "as much memory less is managed" total_within 64
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF
kho_trees acpi 2
done_testing
