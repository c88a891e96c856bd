#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where a kernel is put. On every x86_64 snapshot one is planned, then again and again with bad
# frames where its pieces were: no piece may ever touch one, all must be in the next kernel's RAM and
# apart from each other, and boot_params must say what the plan says. The kernel is made up
# here, byte by byte; those of Debian are tried as well where they were fetched already.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

guest=$own/x86_64/guest-bios-2g
head -c 300000 /dev/zero | tr '\0' 'i' >"$TEST_TMP/initrd"

# Bytes in hex at an offset of a file.
poke() { # FILE OFFSET HEX
	local hex=$3 escaped=''
	while [ -n "$hex" ]; do
		escaped+="\\x${hex:0:2}"
		hex=${hex:2}
	done
	printf %b "$escaped" | dd of="$1" bs=1 seek=$(($2)) conv=notrunc status=none
}

# A bzImage of protocol 2.15: 1 MiB, to run in 6 MiB from 16 MiB up.
bzimage() { # FILE
	head -c $((5 * 512 + 1048576)) /dev/zero >"$1"
	poke "$1" 0x1f1 04
	poke "$1" 0x1fe 55aaeb6a48647253
	poke "$1" 0x206 0f02
	poke "$1" 0x20e 0004
	poke "$1" 0x211 01
	poke "$1" 0x22c ffffff7f
	poke "$1" 0x230 00002000
	poke "$1" 0x234 01
	poke "$1" 0x236 7f00ff070000
	poke "$1" 0x258 0000000100000000
	poke "$1" 0x260 00006000
	poke "$1" 0x600 "$(printf '6.1.0-made-up x' | od -An -tx1 | tr -d ' \n')"
}
bzimage "$TEST_TMP/bzImage"

# A plan for a kernel with bad frames from a list, into a file.
place() { # FILE SNAPSHOT KERNEL LIST OPTION...
	local file=$1 machine=$2 kernel=$3 list=$4
	shift 4
	plan "$machine" --hwpoison-file="$list" --initrd="$TEST_TMP/initrd" --append="root=/dev/vda x" \
		"$@" "$kernel" >"$file" 2>"$file.err"
}

# What is wrong with the places in a plan, with nothing of ours but the output itself; "looked" at
# the end, so that a filter that breaks is seen.
misplaced() { # PLAN BAD
	ask "$1" '
	def touches($r; $list): any($list[]; .[0] < $r[1] and $r[0] < .[1]);
	(.memory_map.after | of_type("ram") | merged) as $ram
	| [.segments[] | range_of] as $segments | ([.areas[] | range_of] + $segments) as $all
	| (if ($segments | length) < 5 or ($segments | length) > 16 then "count" else empty end),
	  (["kernel", "initrd", "boot_params", "setup_data", "purgatory"] - [.segments[].name]
		| select(length > 0) | "missing: \(.)"),
	  ($segments[] | select(.[0] % 4096 != 0 or .[1] % 4096 != 0) | "not whole pages: \(.)"),
	  ($all[] | select(touches(.; $bad)) | "on bad memory: \(.)"),
	  ($all[] | . as $r | select(any($ram[]; .[0] <= $r[0] and $r[1] <= .[1]) | not)
		| "not in RAM: \(.)"),
	  ($segments[] | select(.[0] < 1048576) | "below 1 MiB: \(.)"),
	  (range($all | length) as $i | range($i + 1; $all | length) as $j
		| select(touches($all[$i]; [$all[$j]])) | "overlap: \($all[$i]) \($all[$j])"),
	  "looked"' \
		--argjson bad "$2"
}

# The first and the last page of every piece of a plan.
pieces_ends() { # PLAN
	ask "$1" '[.segments[], .areas[] | range_of | [.[0], .[0] + 4096], [.[1] - 4096, .[1]]] | unique'
}

kernels=("$TEST_TMP/bzImage")
for kernel in "$BUILD"/kernels/x86_64/*/vmlinuz "$TOP"/../shared/kernels/x86_64/bzImage; do
	[ ! -s "$kernel" ] || kernels+=("$kernel")
done

# --- the hunt
hunt() { # SNAPSHOT KERNEL ROUNDS
	local bad='[]' ends round name
	name="$(basename "$1"), $(basename "$(dirname "$2")")/$(basename "$2")"
	for ((round = 0; round <= $3; round++)); do
		frames_list <<<"$bad" >"$TEST_TMP/list"
		if ! place "$TEST_TMP/plan" "$1" "$2" "$TEST_TMP/list"; then
			# The machine may be too small; the checker must not be what says so.
			if [ $round -gt 0 ] && grep -Eq 'no room for|no two pages' "$TEST_TMP/plan.err"; then
				break
			fi
			fail "$name: round $round" "$(tail -n 3 "$TEST_TMP/plan.err")"
			return
		fi
		is "$(misplaced "$TEST_TMP/plan" "$bad")" '"looked"' "$name: round $round, all pieces where they may be"
		is "$(broken "$TEST_TMP/plan" "$bad")" "" "$name: round $round, the map is right"
		ends=$(pieces_ends "$TEST_TMP/plan")
		bad=$(jq -nc --argjson a "$bad" --argjson b "$ends" '$a + $b | unique')
	done
}

for machine in $(printf '%s\n' "$own"/x86_64/* $(machines x86_64) | sort -u); do
	[ "$(basename "$machine")" = xen-pv-dom0-1g-unusable ] && rounds=1 || rounds=3
	hunt "$machine" "${kernels[0]}" "$rounds"
done
for kernel in "${kernels[@]:1}"; do
	hunt "$guest" "$kernel" 2
done

# --- the same plan wherever it is made, and however the kernel is packed
echo '0x10000000+64K' >"$TEST_TMP/list"
place "$TEST_TMP/plan" "$guest" "$TEST_TMP/bzImage" "$TEST_TMP/list"
places=$(ask "$TEST_TMP/plan" '.segments, .areas, .entry')
like "$places" '"kernel"' "a kernel is placed"
for arch in $ARCHES; do
	KEXEC=$(program "$arch") place "$TEST_TMP/other" "$guest" "$TEST_TMP/bzImage" "$TEST_TMP/list"
	is "$(ask "$TEST_TMP/other" '.segments, .areas, .entry')" "$places" \
		"the command for $arch places it there"
done
for packer in gzip xz 'xz --format=lzma' zstd lz4 'lz4 -l' lzop 'lzop -9' 'lzop -CC --crc32'; do
	command -v "${packer%% *}" >/dev/null || {
		skip "$packer" "not installed"
		continue
	}
	$packer -c <"$TEST_TMP/bzImage" >"$TEST_TMP/packed" 2>/dev/null
	place "$TEST_TMP/other" "$guest" "$TEST_TMP/packed" "$TEST_TMP/list"
	is "$(ask "$TEST_TMP/other" '.segments, .areas, .entry')" "$places" "packed by $packer: the same"
done
for type in bzImage64 bzImage; do
	place "$TEST_TMP/other" "$guest" "$TEST_TMP/bzImage" "$TEST_TMP/list" -t $type
	is "$(ask "$TEST_TMP/other" '.segments, .areas, .entry')" "$places" "-t $type: the same"
done

# --- what is handed over, from the dumped bytes
number() { # FILE OFFSET SIZE
	od -An -tu"$3" -j$(($2)) -N"$3" "$1" | tr -d ' '
}
place "$TEST_TMP/plan" "$guest" "$TEST_TMP/bzImage" "$TEST_TMP/list" --dump="$TEST_TMP/dump"
page=$TEST_TMP/dump/boot_params.bin
segment() { # NAME
	ask "$TEST_TMP/plan" '.segments[] | select(.name == $name) | .start | hex' --arg name "$1"
}
is "$(number "$page" 0x1e8 1)" "$(ask "$TEST_TMP/plan" '.memory_map.after | length')" "all map entries are there"
is "$(for ((i = 0; i < $(number "$page" 0x1e8 1); i++)); do
	at=$((0x2d0 + 20 * i))
	echo "$(number "$page" $at 8) $(number "$page" $((at + 8)) 8)"
done)" "$(ask "$TEST_TMP/plan" '.memory_map.after[] | "\(.start | hex) \(.size)"' -r)" "and are those of the plan"
is "$(($(number "$page" 0x228 4) + ($(number "$page" 0xc8 4) << 32)))" "$(($(segment boot_params) + 4096))" \
	"the command line's address"
is "$(tail -c +4097 "$page" | tr -d '\0')" "root=/dev/vda x" "and the command line"
is "$(($(number "$page" 0x218 4) + ($(number "$page" 0xc0 4) << 32)))" "$(segment initrd)" "the initrd's address"
is "$(number "$page" 0x21c 4)" 300000 "and size"
is "$(number "$page" 0x250 8)" "$(segment setup_data)" "setup_data's address"

# --- limits of the user
place "$TEST_TMP/plan" "$guest" "$TEST_TMP/bzImage" "$TEST_TMP/list" --mem-min=0x2000000 --mem-max=0x3ffffff
is "$(ask "$TEST_TMP/plan" '.segments[] | range_of | select(.[0] < 33554432 or .[1] > 67108864)')" "" \
	"--mem-min and --mem-max hold"

# --- what cannot be done
load() {
	# shellcheck disable=SC2086
	$KEXEC --preserve-hwpoison --dry-run=json --machine="$guest" --hwpoison-file="$TEST_TMP/list" "$@"
}
complains 1 'no room for the kernel.*largest hole.*--mem-min and --mem-max' "too narrow limits" \
	load --mem-max=0x12fffff "$TEST_TMP/bzImage"
seq 16777216 2097152 2147483648 >"$TEST_TMP/many"
complains 1 'no room for the kernel.*poisoned frames' "a bad frame in every place" \
	load --hwpoison-file="$TEST_TMP/many" --hwpoison-max-entries=3200 --hwpoison-max-regions=3200 "$TEST_TMP/bzImage"
complains 1 'cannot read kernel .*/absent: No such file' "no such kernel" load "$TEST_TMP/absent"
complains 1 'cannot read kernel .*: Is a directory' "a directory" load "$TEST_TMP"
complains 1 'cannot read initrd .*/absent: No such file' "no such initrd" \
	load --initrd="$TEST_TMP/absent" "$TEST_TMP/bzImage"
complains 255 'cannot determine the file type' "garbage" load "$TEST_TMP/initrd"
: >"$TEST_TMP/empty"
complains 255 'it is empty' "an empty file" load "$TEST_TMP/empty"
complains 255 'unsupported type' "-t of no type" load -t multiboot-x86 "$TEST_TMP/bzImage"
complains 255 'as --type=uki says' "-t of another type" load -t uki "$TEST_TMP/bzImage"
gzip -c "$TEST_TMP/bzImage" | head -c 500 >"$TEST_TMP/packed"
complains 255 'cannot unpack .*\(gzip\).*end too early' "a packed kernel that was cut" load "$TEST_TMP/packed"
cp "$TEST_TMP/bzImage" "$TEST_TMP/old"
poke "$TEST_TMP/old" 0x206 0b02
complains 255 'older than 2.12' "an old kernel" load "$TEST_TMP/old"
complains 1 '--serial=ttyS9: ttyS0, ttyS1 or an I.O port' "a serial port that is none" load --serial=ttyS9 "$TEST_TMP/bzImage"
run load --append="$(printf '%2048s' x)" "$TEST_TMP/bzImage"
like "$status,$err" '^(1|255),.*command line has 2048' "a command line that is too long"

# --- poison that any kernel reads
echo 0x90000 >"$TEST_TMP/list"
place "$TEST_TMP/plan" "$guest" "$TEST_TMP/bzImage" "$TEST_TMP/list"
like "$(ask "$TEST_TMP/plan" '.warnings[]')" '0x90000 lies where any kernel reads' \
	"a bad frame where firmware is looked for is warned of"
done_testing
