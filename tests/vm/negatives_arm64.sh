#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What happens on arm64 without us: frames that one kernel knows to be bad are in use again in the next, by our own
# kexec without the option and by Debian's, where a device tree describes the machine and where ACPI does.
# A frame that we kept out comes back with Debian's kexec when it is given a tree from before.
# The tests that show frames kept out mean something only because this one shows the same frames back.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small
"$TOP/tools/test-kernels" arm64/firmware

without() { cat <<'EOF'
kernel=/boot/vmlinuz-small
# back BY: what was known to be bad is RAM, and forgotten.
back() {
	check "$1 brings them back" frames back /state/poison
	check "and nobody knows of them" unknown
	: >/state/poison
}
unknown() {
	kexec --hwpoison-list=json >/tmp/list.json && ! frames ranges </tmp/list.json | grep .
}
plain() {
	next_initrd
	kexec -l $kernel --initrd=/tmp/next.cpio --append="$(next_command_line "$1")"
}
# Debian's kexec heeds no tables of the GIC, which lie in low memory (doc/arm64-gic-tables.md).
peer() {
	local next=$1
	shift
	load_peer $next $kernel -c -i --mem-min=0x50000000 "$@"
}
case $stage in
1)
	check "the machine is described as it was asked for" described
	check "frames go bad" pick_poison 15 40
	cp /sys/firmware/fdt /state/before.dtb
	check "our kexec loads without the option" plain 2
	go ;;
2)
	back "our kexec without the option"
	check "others go bad" pick_poison 16 40
	check "Debian's kexec loads" peer 3
	go peer-kexec ;;
3)
	back "Debian's kexec"
	check "others go bad" pick_poison 17 40
	hop 4 $kernel ;;
4)
	check "our kexec with the option keeps them out" kept
	check "Debian's kexec loads with an old tree" peer 5 --dtb=/state/before.dtb
	go peer-kexec ;;
*)
	back "Debian's kexec with a tree from before" ;;
esac
EOF
}

vm_boot_files arm64 small
vm_memory=768
vm_boot tree arm64 small < <(cat <<'EOF'
described() { [ ! -e /sys/firmware/acpi/tables/FACP ]; }
kept() { frames gone /state/poison; }
EOF
without)

vm_boot_files arm64 small
vm_memory=768
vm_boot acpi arm64 small -bios "$vm_kernels/arm64/firmware/UEFI.fd" < <(cat <<'EOF'
described() { [ -s /sys/firmware/acpi/tables/FACP ]; }
kept() { frames kept /state/poison || frames gone /state/poison; }
EOF
without)
done_testing
