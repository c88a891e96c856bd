#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian's kernels on UEFI firmware: what the firmware gave the first kernel the second has too, and the
# frames stay out. Then one hop for each form that a kernel comes in: packed by gzip, xz, lzma, zstd, lz4 or lzo,
# and as a unified kernel image, whose own initrd and command line are used.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 small 6.1 backports
"$TOP/tools/test-kernels" x86_64/firmware x86_64/stub

vm_boot_files x86_64 backports
vm_memory=2048 vm_timeout=400
vm_boot uefi x86_64 6.1 -M q35 -bios "$vm_kernels/x86_64/firmware/UEFI.fd" <<'EOF'
# What an UEFI machine has and must not lose.
firmware() {
	test -s /sys/firmware/efi/systab && test -e /sys/firmware/efi/runtime-map/0/phys_addr &&
		test -s /sys/firmware/acpi/tables/FACP && test -d /sys/firmware/efi/efivars
}
types() { cat /sys/firmware/memmap/*/type | sort | uniq -c; }
case $stage in
1)
	settle
	check "the firmware is UEFI" firmware
	grep -h . /sys/firmware/efi/runtime-map/*/phys_addr | sort >/state/runtime
	types >/state/types
	check "frames go bad" pick_poison 121 9
	hop 2 /boot/vmlinuz-backports ;;
2)
	arrived
	check "UEFI's services and ACPI's tables are there" firmware
	grep -h . /sys/firmware/efi/runtime-map/*/phys_addr | sort >/tmp/runtime
	check "with the same runtime memory" cmp /state/runtime /tmp/runtime
	check "more go bad" pick_poison 122 9
	hop 3 /boot/vmlinuz-backports ;;
*)
	arrived
	check "UEFI's services and ACPI's tables are there after a second hop" firmware ;;
esac
EOF

# The same small kernel in every wrapping.
small=$vm_kernels/x86_64/small/vmlinuz
forms=(gzip xz lzma zstd lz4 lzo)
for form in "${forms[@]}"; do
	case $form in
	gzip) gzip -9c "$small" ;;
	xz) xz -c "$small" ;;
	lzma) xz --format=lzma -c "$small" ;;
	zstd) zstd -qc "$small" ;;
	lz4) lz4 -qc "$small" ;;
	lzo) lzop -c "$small" ;;
	esac >"$TEST_TMP/vmlinuz.$form"
	vm_files+=("$TEST_TMP/vmlinuz.$form=boot/vmlinuz.$form")
done
# The unified image starts the last stage, on an initramfs of its own: this very one, without the image.
vm_initramfs x86_64 "$TEST_TMP/uki.initrd" <<'EOF'
ok "the unified image's own initrd is used"
check "and its command line" grep -q unified /proc/cmdline
check "and the bad frames are gone" test "$(grep -c '^[0-9a-f].*Unusable memory' /proc/iomem)" -eq 6
EOF
printf 'console=ttyS0 vm_out=ttyS1 panic=-1 unified' >"$TEST_TMP/uki.cmdline"
objcopy --add-section .cmdline="$TEST_TMP/uki.cmdline" --change-section-vma .cmdline=0x30000 \
	--add-section .linux="$small" --change-section-vma .linux=0x2000000 \
	--add-section .initrd="$TEST_TMP/uki.initrd" --change-section-vma .initrd=0x3000000 \
	"$vm_kernels/x86_64/stub/stub.efi" "$TEST_TMP/uki.efi"
vm_files+=("$TEST_TMP/uki.efi=boot/uki.efi")
vm_memory=1024 vm_append="forms=${#forms[@]}" vm_timeout=400
vm_boot forms x86_64 small <<'EOF'
forms="gzip xz lzma zstd lz4 lzo"
[ $stage -gt 1 ] || settle
[ $stage -eq 1 ] || arrived
# shellcheck disable=SC2086
set -- $forms
if [ $stage -gt $# ]; then
	check "a unified kernel image is loaded" kexec -l /boot/uki.efi --preserve-hwpoison
	go
fi
shift $((stage - 1))
check "a frame goes bad" pick_poison $((130 + stage)) 1
check "a kernel packed by $1 is loaded" load $((stage + 1)) /boot/vmlinuz.$1
rm /boot/vmlinuz.$1
go
EOF
done_testing
