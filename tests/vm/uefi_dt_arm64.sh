#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64, UEFI and a device tree: RAM comes from the EFI memory map, and the tree describes the machine, so
# that no-map nodes are as good there as without UEFI. Debian's kexec brings the frames back at first,
# and keeps them out once the tree has our nodes; then a hop with a tree that has no memory node, and
# a /reserved-memory of somebody else's, in whose region a frame is bad; last by the EFI memory map itself.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 6.12
"$TOP/tools/test-kernels" arm64/firmware

# The tree that QEMU gives its firmware, less its memory node; 64 KiB are somebody else's.
tree=$TEST_TMP/other.dtb
qemu-system-aarch64 -M "virt,gic-version=3,acpi=off,dumpdtb=$tree" -cpu max -m 1280 -nodefaults \
	-display none >/dev/null 2>&1
fdtput -r "$tree" /memory@40000000
fdtput -p -t x "$tree" /reserved-memory '#address-cells' 2
fdtput -t x "$tree" /reserved-memory '#size-cells' 2
fdtput -t x "$tree" /reserved-memory ranges
fdtput -p -t x "$tree" /reserved-memory/carveout@60000000 reg 0 60000000 0 10000
fdtput -t x "$tree" /reserved-memory/carveout@60000000 no-map

vm_boot_files arm64 small 6.12
vm_files+=("$tree=state/other.dtb")
vm_memory=1280 vm_timeout=500
vm_start uefi-dt arm64 small -machine acpi=off -bios "$vm_kernels/arm64/firmware/UEFI.fd" <<'EOF'
kernel=/boot/vmlinuz-small
described() {
	test ! -e /sys/firmware/acpi/tables/FACP && test -s /sys/firmware/efi/systab &&
		test -e /proc/device-tree/pl011@9000000 &&
		dmesg | grep -q "Remapping and enabling EFI services"
}
# The GIC's tables are where they were, too (doc/arm64-gic-tables.md).
here() {
	check "UEFI is there, and the tree describes the machine" described
	check "the GIC's tables are handed on" sh -c '! dmesg | grep "memory probably corrupted"'
}
told() {
	kexec --preserve-hwpoison --dry-run "$kernel" --append=x >/tmp/report && grep -e "$1" /tmp/report
}
case $stage in
1)
	settle
	here
	check "frames go bad" pick_poison 51 10 48000 5ffff
	check "Debian's kexec loads" load_peer 2 $kernel -c --mem-min=0x60000000
	go peer-kexec ;;
2)
	here
	check "Debian's kexec has brought them back" frames back /state/poison
	: >/state/poison
	check "frames go bad" pick_poison 52 10 48000 5ffff
	check "the report says how they are told" told "no-map nodes under /reserved-memory"
	hop 3 $kernel ;;
3)
	here
	arrived
	check "Debian's kexec loads, with a plain command line" load_peer 4 $kernel -c
	go peer-kexec ;;
4)
	here
	arrived
	echo 60003 >/tmp/in_carveout
	check "more go bad" pick_poison 53 5 48000 5ffff
	check "so does one in what will be somebody else's" mark_bad /tmp/in_carveout
	hop 5 /boot/vmlinuz-6.12 --dtb=/state/other.dtb ;;
5)
	here
	rm /boot/*-6.12
	check "the tree is the other one" test -e /proc/device-tree/reserved-memory/carveout@60000000 -a \
		! -e /proc/device-tree/memory@40000000
	check "every bad frame is gone" frames gone /state/poison
	check "no other memory is, but the carveout's" test "$(($(cat /state/ram) - $(frames ram)))" -eq \
		$((($(wc -l </state/poison) - 1) * page_size + 65536))
	check "all is known that was learnt before" learnt
	hop 6 $kernel --hwpoison-fdt-way=efi --append="$(next_command_line 6) nokaslr" ;;
*)
	here
	check "there is no node of ours any more" test ! -e /proc/device-tree/reserved-memory/hwpoison@*
	check "every bad frame is gone" frames gone /state/poison
	check "all is known that was learnt before" learnt
	check "none is given to a process" frames pressure /state/poison
	# What is behind that one is somebody else's, too.
	linger "look $(grep -vx 60003 /state/poison | tr '\n' ' ')" ;;
esac
EOF
vm_looked unmapped
done_testing
