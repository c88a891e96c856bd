#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64: one hop for each form that a kernel comes in, another frame bad at each: Image packed by gzip, xz,
# lzma, zstd or lz4; an EFI zboot image of every packing that Linux builds it with; and a unified kernel image
# around one of those, whose own initrd and command line are used. Debian builds no zboot images (its
# kernels have CONFIG_EFI_ZBOOT unset), so they are made here, as Linux makes them. A zboot image that was
# damaged is refused.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small
"$TOP/tools/test-kernels" arm64/stub
small=$vm_kernels/arm64/small/vmlinuz

# pack PACKING: as scripts/Makefile.lib and scripts/xz_wrap.sh in Linux do, from a pipe.
pack() {
	case $1 in
	gzip) gzip -nf9 ;;
	lz4) lz4 -lq9 ;;
	lzma) xz --format=lzma -9 ;;
	lzo) lzop -9 ;;
	xzkern) xz --check=crc32 --lzma2=preset=9,dict=128MiB ;;
	zstd22) zstd -q22 --ultra ;;
	esac
}

# le32 NUMBER
le32() {
	local i
	for i in 0 8 16 24; do
		printf '%b' "\\0$(printf '%o' $(($1 >> i & 255)))"
	done
}

# zboot PACKING FILE: the header (zboot-header.S in drivers/firmware/efi/libstub), in a page, then
# the Image, padded to the memory that it runs in and packed. All but gzip's have its length behind them,
# which the header does not count (Makefile.zboot).
zboot() {
	local packing=$1 file=$2 plain=$TEST_TMP/vmlinux.bin
	cp "$small" "$plain"
	chmod u+w "$plain"
	truncate -s "$(od -An -tu4 -j16 -N4 "$small" | tr -d ' ')" "$plain"
	pack "$packing" <"$plain" >"$file.packed"
	{
		printf 'MZ\0\0zimg'
		le32 4096
		le32 "$(stat -c %s "$file.packed")"
		printf '\0\0\0\0\0\0\0\0%s' "$packing"
	} >"$file"
	truncate -s 56 "$file"
	{
		le32 $((0x818223cd))
		le32 64
	} >>"$file"
	truncate -s 4096 "$file"
	cat "$file.packed" >>"$file"
	[ "$packing" = gzip ] || le32 "$(stat -c %s "$plain")" >>"$file"
	rm "$file.packed"
}

forms=()
for packer in gzip xz 'xz --format=lzma' zstd lz4; do
	form=Image.${packer##*[ =]}
	$packer -qc <"$small" >"$TEST_TMP/$form"
	forms+=("$form")
done
for packing in gzip lz4 lzma lzo xzkern zstd22; do
	zboot $packing "$TEST_TMP/zboot.$packing"
	forms+=("zboot.$packing")
done
bad=${#forms[@]}

# Before there are files that it need not have.
vm_initramfs arm64 "$TEST_TMP/uki.initrd" <<EOF
ok "the unified image's own initrd is used"
check "and its command line" grep -q unified /proc/cmdline
kexec --hwpoison-list=json | frames ranges >/state/poison
check "and the bad frames are known" test "\$(wc -l </state/poison)" -eq $bad
check "and gone" frames gone /state/poison
check "each by itself" test "\$(grep -c '^[0-9a-f].*: reserved' /proc/iomem)" -eq $bad
EOF
printf 'console=ttyAMA0 loglevel=3 vm_out=ttyAMA0 panic=-1 unified' >"$TEST_TMP/uki.cmdline"
aarch64-linux-gnu-objcopy --add-section .cmdline="$TEST_TMP/uki.cmdline" --change-section-vma .cmdline=0x30000 \
	--add-section .linux="$TEST_TMP/zboot.zstd22" --change-section-vma .linux=0x2000000 \
	--add-section .initrd="$TEST_TMP/uki.initrd" --change-section-vma .initrd=0x3000000 \
	"$vm_kernels/arm64/stub/stub.efi" "$TEST_TMP/uki.efi"
vm_files=("$TEST_TMP/uki.efi=boot/uki.efi")
for form in "${forms[@]}"; do
	vm_files+=("$TEST_TMP/$form=boot/$form")
done

vm_append="forms=$(IFS=, && echo "${forms[*]}")" vm_timeout=400
vm_boot images arm64 small <<'EOF'
# damage FILE: some bytes of it are others.
damage() {
	cp /boot/$1 /tmp/$1
	printf 'damage' | dd of=/tmp/$1 bs=1 seek=500000 conv=notrunc
	! cmp -s /boot/$1 /tmp/$1
}
if [ $stage -eq 1 ]; then
	settle
	check "an image is damaged" damage zboot.lzo
	refuse "and refused" "cannot unpack.*lzo.*corrupt" kexec -l /tmp/zboot.lzo --append=x
	rm /tmp/zboot.lzo
else
	arrived
fi
# shellcheck disable=SC2046
set -- $(word forms | tr , ' ')
if [ $stage -gt $# ]; then
	check "a unified kernel image is loaded" kexec -l -t uki /boot/uki.efi --preserve-hwpoison
	go
fi
shift $((stage - 1))
case $1 in
zboot*) type='-t vmlinuz' ;;
*) type= ;;
esac
check "a frame goes bad" pick_poison $((140 + stage)) 1
# shellcheck disable=SC2086
check "$1 is loaded" load $((stage + 1)) /boot/$1 $type
rm /boot/$1
go
EOF
done_testing
