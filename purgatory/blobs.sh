#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints an assembly source, the same for every assembler, with a struct purgatory_blob for each
# ARCH: OUT/ARCH.bin and the addresses of its symbols in OUT/ARCH.elf; and the table of them all.
# Usage: blobs.sh OUT ARCH...
set -eu
out=$1
shift

# offset ELF SYMBOL
offset() {
	LC_ALL=C readelf -sW "$1" | awk -v name="$2" '
		$8 == name { print "0x" $2; found = 1 }
		END { if (!found) exit 1 }' || { echo "$1 has no symbol $2" >&2; exit 1; }
}

for arch; do
	elf=$out/$arch.elf
	# A section that the linker script does not know would lie behind the last that it does.
	[ "$(wc -c <"$out/$arch.bin")" -eq "$(($(offset "$elf" purgatory_bytes_end)))" ] || {
		echo "$elf has bytes that its linker script does not place" >&2
		exit 1
	}
	echo "	.section .rodata"
	echo "	.balign 64"
	echo "bytes_$arch:"
	echo "	.incbin \"$out/$arch.bin\""
	echo "	.section .data.rel.ro, \"aw\""
	echo "	.balign 8"
	echo "	.globl purgatory_$arch"
	echo "purgatory_$arch:"
	echo "	.quad bytes_$arch"
	for symbol in purgatory_bytes_end purgatory_memory_end purgatory_start \
		purgatory_parameters sha256_blocks_portable sha256_blocks_hardware; do
		value=$(offset "$elf" $symbol)
		echo "	.quad $value	/* $symbol */"
	done
done
echo "	.section .rodata"
for arch; do
	echo "name_$arch:"
	echo "	.asciz \"$arch\""
done
echo "	.section .data.rel.ro, \"aw\""
echo "	.balign 8"
echo "	.globl purgatory_blobs"
echo "purgatory_blobs:"
for arch; do
	echo "	.quad name_$arch, purgatory_$arch"
done
echo "	.quad 0, 0"
echo "	.section .note.GNU-stack, \"\", %progbits"
