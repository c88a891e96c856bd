#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whatever is wrong with a machine's files, a list or a tree: one line on standard error that names
# it, the documented exit code, and no plan. Never a crash, a hang (each run is cut off after a
# minute, with another exit code), a part of a map, or a wrong one.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

guest=$own/x86_64/guest-bios-2g
board=$own/arm64/guest-dt-2g

planned() { # SNAPSHOT OPTION...
	local machine=$1
	shift
	# shellcheck disable=SC2086
	timeout -k 5 60 $KEXEC --preserve-hwpoison --dry-run=json --machine="$machine" "$@"
}
wrong() { # REGEX NAME SNAPSHOT OPTION...
	local regex=$1 name=$2
	shift 2
	complains 1 "$regex" "$name" planned "$@"
}
spoil() { # a fresh copy of the guest
	machine_copy "$guest" machine >/dev/null
}
m=$TEST_TMP/machine

# --- the snapshot
wrong 'No such file or directory' "no such directory" "$TEST_TMP/nowhere"
: >"$TEST_TMP/file"
wrong 'Not a directory' "a file for a directory" "$TEST_TMP/file"
spoil
mkdir "$TEST_TMP/bare"
wrong 'no machine.json says which architecture' "an empty directory" "$TEST_TMP/bare"
for text in '' '{' '[]' '{"arch": "riscv64"}' '{"arch": 7}' '{"page_size": 4096}' \
	'{"arch": "x86_64", "page_size": 5000}' '{"arch": "x86_64", "page_size": -4096}' \
	'{"arch": "x86_64", "page_size": 99999999999999999999}'; do
	printf '%s' "$text" >"$m/machine.json"
	wrong 'machine.json' "machine.json: $text" "$m"
done
printf '\xff\x00\x01' >"$m/machine.json"
wrong 'machine.json' "machine.json of garbage" "$m"
rm "$m/machine.json"
planned "$m" >"$TEST_TMP/plan" 2>/dev/null
is "$(ask "$TEST_TMP/plan" .arch)" '"x86_64"' "without machine.json, a firmware map is x86_64's"

# --- iomem
iomem() { # REGEX NAME, and the text on standard input
	spoil
	cat >"$m/proc/iomem"
	wrong "$1" "iomem: $2" "$m"
}
spoil
rm "$m/proc/iomem"
wrong 'cannot read .*/proc/iomem: No such file' "no iomem" "$m"
mkdir "$m/proc/iomem"
wrong 'cannot read .*/proc/iomem: Is a directory' "iomem cannot be read" "$m"
iomem 'proc/iomem is empty' "empty" </dev/null
iomem 'no "System RAM"' "no RAM" <<<'00000000-00000fff : Reserved'
iomem 'every address as 0' "zeroed, as the kernel shows it without privileges" <<-'EOF'
	00000000-00000000 : Reserved
	00000000-00000000 : System RAM
	  00000000-00000000 : Kernel code
EOF
iomem 'proc/iomem, line 1' "garbage" <<<'garbage'
iomem 'proc/iomem, line 2' "cut off" < <(printf '00001000-0009fbff : System RAM\n00100000-7ff')
iomem 'proc/iomem, line 1' "inverted" <<<'00002000-00001000 : System RAM'
iomem 'proc/iomem, line 1' "at 2^64" <<<'ffffffffffff0000-ffffffffffffffff : System RAM'
iomem 'proc/iomem, line 1' "past 2^64" <<<'10000000000000000-1ffffffffffffffff : System RAM'
iomem 'proc/iomem' "zero bytes" < <(head -c 4096 /dev/zero)
iomem 'proc/iomem' "random bytes" < <(head -c 4096 "$KEXEC_X86_64")
spoil
truncate -s 100M "$m/proc/iomem"
wrong 'cannot read .*/proc/iomem: File too large' "iomem: enormous" "$m"
rm "$m/proc/iomem"
mkfifo "$m/proc/iomem"
wrong 'proc/iomem is empty' "iomem: a pipe that nobody writes to" "$m"

# --- the firmware's map
memmap() { # REGEX NAME FILE CONTENT
	spoil
	printf '%s' "$4" >"$m/sys/firmware/memmap/1/$3"
	wrong "$1" "memmap: $2" "$m"
}
memmap 'memmap/1' "an empty start" start ''
memmap 'memmap/1' "a start that is no number" start hello
memmap 'memmap/1' "a start past the end" start 0xfffff000
memmap 'memmap/1' "an end at 2^64" end 0xffffffffffffffff
memmap 'memmap/1' "an end past 2^64" end 0x1ffffffffffffffff
spoil
rm "$m/sys/firmware/memmap/1/end"
wrong 'memmap/1' "memmap: no end" "$m"
mkdir "$m/sys/firmware/memmap/1/end"
wrong 'memmap/1' "memmap: an end that cannot be read" "$m"
spoil
for type in "$m"/sys/firmware/memmap/*/type; do
	echo Reserved >"$type"
done
wrong 'memmap has no "System RAM"' "memmap: no RAM" "$m"
spoil
rm -r "$m"/sys/firmware/memmap/*
planned "$m" >"$TEST_TMP/plan" 2>/dev/null
like "$(ask "$TEST_TMP/plan" .warnings)" 'the memory map is taken from /proc/iomem' \
	"memmap: empty: iomem, with a warning"
is "$(ask "$TEST_TMP/plan" '.memory_map.before | of_type("ram") | merged')" "$(ram_of_iomem "$m")" \
	"and its RAM is iomem's"
# Overlaps are resolved as Linux does: the highest type wins.
spoil
mkdir "$m/sys/firmware/memmap/77"
echo 0x40000000 >"$m/sys/firmware/memmap/77/start"
echo 0x40ffffff >"$m/sys/firmware/memmap/77/end"
echo Reserved >"$m/sys/firmware/memmap/77/type"
cp -r "$m/sys/firmware/memmap/77" "$m/sys/firmware/memmap/78"
planned "$m" >"$TEST_TMP/plan" 2>/dev/null
is "$(ask "$TEST_TMP/plan" '.memory_map.before | of_type("reserved") | map(select(.[0] == 1073741824))')" \
	'[[1073741824,1090519040]]' "memmap: unsorted, overlapping and duplicated: Linux's way"

# --- kpageflags
spoil
"$TOP/tools/poison" "$m" <<<0x12345000
truncate -s -8 "$m/proc/kpageflags"
wrong 'kpageflags ends before the RAM at 0x7ffdf000' "kpageflags: one frame short" "$m"
truncate -s 12345 "$m/proc/kpageflags"
wrong 'kpageflags ends before' "kpageflags: cut within a word" "$m"
: >"$m/proc/kpageflags"
wrong 'kpageflags ends before' "kpageflags: empty" "$m"
rm "$m/proc/kpageflags"
mkdir "$m/proc/kpageflags"
wrong 'cannot read .*/proc/kpageflags' "kpageflags cannot be read" "$m"
rmdir "$m/proc/kpageflags"
mkfifo "$m/proc/kpageflags"
wrong 'kpageflags' "kpageflags: a pipe" "$m"

# --- lists
list() { # REGEX NAME TEXT
	printf '%b' "$3" >"$TEST_TMP/list"
	wrong "$1" "list: $2" "$guest" --hwpoison-file="$TEST_TMP/list"
}
wrong 'No such file' "list: none" "$guest" --hwpoison-file="$TEST_TMP/nowhere"
wrong 'Is a directory' "list: a directory" "$guest" --hwpoison-file="$TEST_TMP"
wrong 'File too large' "list: without end" "$guest" --hwpoison-file=/dev/zero
list 'list, line 3' "a word, with its line" '0x1000\n\nhello\n'
list 'list, line 1' "bytes that are no text" '\xff\xfe0x1000\n'
list 'list, line 1' "a zero byte" '0x1000\\x00\n0x2000\n'
list 'list, line 1' "inverted" '0x2000-0x1000\n'
list 'list, line 1' "empty" '0x2000+0\n'
list 'list, line 1' "at 2^64" '0xffffffffffffffff\n'
list 'list, line 1' "past 2^64" '0x1ffffffffffffffff\n'
list 'list, line 1' "wrapping" '0xfffffffffffff000+8K\n'
list 'list, line 1' "past any processor's memory" '0x10000000000000\n'
list 'list, line 1' "a frame number past it" 'pfn 0x10000000000000\n'
list 'list, line 1' "negative" '-4096\n'
list 'list, line 1' "cut off" '0x1000+'
list 'the bad frames leave no memory' "everything" '0x0-0xfffffffffffff\n'

# --- device trees
tree() { # REGEX NAME: the tree is on standard input
	machine_copy "$board" machine >/dev/null
	cat >"$m/sys/firmware/fdt"
	wrong "$1" "tree: $2" "$m" --hwpoison-file="$TEST_TMP/list"
}
echo 0x50000000 >"$TEST_TMP/list"
good=$board/sys/firmware/fdt
tree 'sys/firmware/fdt is no good device tree' "empty" </dev/null
tree 'sys/firmware/fdt is no good device tree' "garbage" < <(head -c 4096 "$KEXEC_X86_64")
tree 'sys/firmware/fdt is no good device tree' "cut off" < <(head -c 1000 "$good")
tree 'sys/firmware/fdt is no good device tree' "a size of zero" \
	< <(head -c 4 "$good"; printf '\0\0\0\0'; tail -c +9 "$good")
tree 'sys/firmware/fdt is no good device tree' "a size past the file" \
	< <(head -c 4 "$good"; printf '\x7f\xff\xff\xff'; tail -c +9 "$good")
tree 'sys/firmware/fdt is no good device tree' "tokens of garbage" \
	< <(head -c 200 "$good"; head -c $(($(stat -c %s "$good") - 200)) /dev/zero | tr '\0' '\377')
machine_copy "$board" machine >/dev/null
truncate -s 20M "$m/sys/firmware/fdt"
wrong 'cannot read .*sys/firmware/fdt: File too large' "tree: enormous" "$m"
source_tree() { # REGEX NAME: dtc's source
	if command -v dtc >/dev/null; then
		tree "$1" "$2" < <(dtc -q -I dts -O dtb -)
	else
		skip "tree: $2" "dtc is not installed"
	fi
}
source_tree 'cells|reserved-memory' "reserved-memory of other cells" <<-'EOF'
	/dts-v1/;
	/ { #address-cells = <2>; #size-cells = <2>;
		memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x80000000>; };
		reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; };
	};
EOF
source_tree 'cells' "cells that cannot say the address" <<-'EOF'
	/dts-v1/;
	/ { #address-cells = <4>; #size-cells = <4>;
		memory@40000000 { device_type = "memory"; reg = <0 0 0 0x40000000 0 0 0 0x80000000>; };
	};
EOF

# --- ranges and numbers on the command line
for range in '' x 5- 0x2000-0x1000 0x1000+0 0xffffffffffffffff+8K; do
	wrong '--hwpoison-forget=' "--hwpoison-forget=$range" "$guest" --hwpoison-forget="$range"
done
for size in '' x -1 4Q 99999999999999999999; do
	wrong '--hwpoison-max-waste=' "--hwpoison-max-waste=$size" "$guest" --hwpoison-max-waste="$size"
done
for number in '' 0 x -1 1.5 99999999999; do
	wrong '--hwpoison-max-entries=' "--hwpoison-max-entries=$number" "$guest" \
		--hwpoison-max-entries="$number"
done
wrong 'e820' "a mode that there is not" "$guest" --hwpoison-mode=e821
wrong 'auto alone' "auto and another" "$guest" --hwpoison-mode=auto,e820
wrong 'x86_64 kernels are not told of memory that way' "dtb and kho on x86_64" "$guest" \
	--hwpoison-mode=dtb,kho
for abi in '' x 1 5 kho kho-v kho-v1 kho-v5 v44 kho-v4x; do
	wrong '--kho-abi=' "--kho-abi=$abi" "$guest" --hwpoison-mode=kho --kho-abi="$abi"
done
for size in '' x -1 4Q 0 0M 4097T 17592186044415M 18446744073709551615; do
	wrong '--kho-scratch=' "--kho-scratch=$size" "$guest" --hwpoison-mode=kho --kho-scratch="$size"
done
wrong 'x86_64 kernels are not told of memory that way' "dtb on x86_64" "$guest" --hwpoison-mode=dtb
wrong 'arm64 kernels are not told of memory that way' "e820 on arm64" "$board" --hwpoison-mode=e820

# --- what is dumped and printed
wrong 'dump' "--dump into a file" "$guest" --dump="$TEST_TMP/file"
wrong 'dump' "--dump below nothing" "$guest" --dump="$TEST_TMP/nowhere/deep"
full() { # what does not fit in one buffer
	# shellcheck disable=SC2086
	$KEXEC "$@" --preserve-hwpoison --machine="$guest" --hwpoison-file="$TEST_TMP/list" >/dev/full
}
seq 1 100 | awk '{ printf "%.0f\n", $1 * 1048576 }' >"$TEST_TMP/list"
for action in --dry-run --dry-run=json --hwpoison-list --hwpoison-list=json; do
	complains 1 'standard output' "$action: a full disk for standard output" full "$action"
done
done_testing
