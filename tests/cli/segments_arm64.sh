#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where an arm64 kernel is put, and what its device tree says, looked at with jq and the tools of dtc
# alone. On every snapshot a made-up kernel is planned, then again and again with bad frames where
# its pieces were. The tree must be the machine's but for /chosen, and say where the initrd is; boards'
# trees are given as --dtb without memory, which must be there afterwards.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

command -v fdtget >/dev/null || skip_all "dtc is not installed: run tools/deps unit"
board=$own/arm64/guest-dt-2g
head -c 300000 /dev/zero | tr '\0' 'i' >"$TEST_TMP/initrd"

# An Image of 1 MiB that runs in 3 MiB. Flags and text_offset are 4 bytes, as printf has them.
image() { # FILE FLAGS TEXT_OFFSET
	{
		printf '\0\0\0\0\0\0\0\0'
		printf '%b\0\0\0\0' "$3"
		printf '\0\0\x30\0\0\0\0\0'
		printf '%b\0\0\0\0' "$2"
		printf '%024d' 0 | tr 0 '\0'
		printf 'ARM\x64\0\0\0\0'
		head -c $((1048576 - 64)) /dev/zero
	} >"$1"
}
image "$TEST_TMP/Image" '\x0a\0\0\0' '\0\0\0\0'

place() { # FILE SNAPSHOT LIST OPTION...
	local file=$1 machine=$2 list=$3
	shift 3
	rm -rf "$file.dump"
	plan "$machine" --hwpoison-file="$list" --initrd="$TEST_TMP/initrd" --append="root=/dev/vda x" \
		--dump="$file.dump" "$@" "$TEST_TMP/Image" >"$file" 2>"$file.err"
}

misplaced() { # PLAN BAD
	ask "$1" '
	def touches($r; $list): any($list[]; .[0] < $r[1] and $r[0] < .[1]);
	(.memory_map.after | of_type("ram") | merged) as $ram
	| ([.segments[] | {key: .name, value: range_of}] | from_entries) as $at
	| [$at[]] as $all
	| (["kernel", "dtb", "initrd", "purgatory"] - ($at | keys) | select(length > 0) | "missing: \(.)"),
	  ($all[] | select(.[0] % 4096 != 0 or .[1] % 4096 != 0) | "not whole pages: \(.)"),
	  ($all[] | select(touches(.; $bad)) | "on bad memory: \(.)"),
	  ($all[] | . as $r | select(any($ram[]; .[0] <= $r[0] and $r[1] <= .[1]) | not)
		| "not in RAM: \(.)"),
	  (range($all | length) as $i | range($i + 1; $all | length) as $j
		| select(touches($all[$i]; [$all[$j]])) | "overlap: \($all[$i]) \($all[$j])"),
	  ($at.kernel | select(.[0] % 2097152 != 0 or .[1] - .[0] != 3145728) | "kernel: \(.)"),
	  ($at.dtb | select((.[0] / 2097152 | floor) != ((.[1] - 1) / 2097152 | floor)) | "dtb: \(.)"),
	  (([$at.kernel[0], $at.initrd[0]] | min / 1073741824 | floor) as $window
		| select(([$at.kernel[1], $at.initrd[1]] | max) > ($window + 32) * 1073741824)
		| "past 32 GiB"),
	  "looked"' --argjson bad "$2"
}

chosen() { # TREE PROPERTY [TYPE]
	fdtget -t "${3:-s}" "$1" /chosen "$2" 2>/dev/null || echo none
}

# A property of two cells or one as a number.
chosen_number() { # TREE PROPERTY
	local words=()
	read -ra words < <(chosen "$1" "$2" x)
	case ${words[0]},${#words[@]} in
	none,*) echo none ;;
	*,1) echo $((0x${words[0]})) ;;
	*) echo $((0x${words[0]} << 32 | 0x${words[1]})) ;;
	esac
}

# The lines in which two trees differ, but for what may.
changed() { # BEFORE AFTER
	diff <(dtc -q -s -I dtb -O dts "$1") <(dtc -q -s -I dtb -O dts "$2") | grep '^[<>]' |
		grep -Ev '(bootargs|linux,initrd-(start|end)|kaslr-seed|rng-seed) = |hwpoison,(frames|reserve-entries) = |hwpoison,created;'
}

# The first and the last page of every piece of a plan.
pieces_ends() { # PLAN
	ask "$1" '[.segments[] | range_of | [.[0], .[0] + 4096], [.[1] - 4096, .[1]]] | unique'
}

one_machine() { # SNAPSHOT
	local machine=$1 name=${1##*/} file=$TEST_TMP/plan tree bad='[]' round property
	local old=$machine/sys/firmware/fdt
	: >"$TEST_TMP/list"
	if [ ! -s "$old" ]; then
		run place "$file" "$machine" "$TEST_TMP/list"
		is "$status" 1 "$name: without a tree there is none to hand over"
		return
	fi
	ok "$name: planned" place "$file" "$machine" "$TEST_TMP/list"
	tree=$file.dump/next.dtb
	is "$(misplaced "$file" '[]')" '"looked"' "$name: everything has its place"
	is "$(chosen "$tree" bootargs)" "root=/dev/vda x" "$name: the command line"
	is "$(chosen_number "$tree" linux,initrd-start) $(chosen_number "$tree" linux,initrd-end)" \
		"$(ask "$file" '.segments[] | select(.name == "initrd") | range_of[0] |
			"\(.) \(. + 300000)"' -r)" "$name: the tree knows the initrd"
	is "$(chosen "$tree" kaslr-seed x) $(chosen "$tree" rng-seed x)" "0 0 0 0 0 0 0 0 0 0" \
		"$name: a dry run has no seeds"
	is "$(changed "$old" "$tree")" "" "$name: nothing else in the tree changed"
	cp "$tree" "$TEST_TMP/first.dtb"
	place "$file" "$machine" "$TEST_TMP/list"
	ok "$name: and it is the same again" cmp "$tree" "$TEST_TMP/first.dtb"

	for round in 1 2 3 4; do
		bad=$(jq -c --argjson more "$(pieces_ends "$file")" '. + $more | unique' <<<"$bad")
		frames_list <<<"$bad" >"$TEST_TMP/list"
		ok "$name: planned away from it ($round)" place "$file" "$machine" "$TEST_TMP/list"
		is "$(misplaced "$file" "$bad")" '"looked"' "$name: nothing lies on bad memory ($round)"
	done
	ok "$name: without an initrd" plan "$machine" --dump="$file.dump" "$TEST_TMP/Image"
	is "$(chosen "$tree" linux,initrd-start x)" none "$name: the tree has none either"
}

while read -r machine; do
	one_machine "$machine"
done < <(machines arm64)

# --- trees that a user names --------------------------------------------------------------------

: >"$TEST_TMP/none"
printf '0x50000000\n0x51000000+8K\n' >"$TEST_TMP/list"
ram=$(ram_of_iomem "$board")
find_boards
for tree in "${boards[@]}" "$board/sys/firmware/fdt"; do
	name=${tree##*/}
	cp "$tree" "$TEST_TMP/given.dtb"
	chmod u+w "$TEST_TMP/given.dtb"
	for node in $(fdtget -l "$tree" / | grep -E '^memory(@|$)'); do
		fdtput -r "$TEST_TMP/given.dtb" "/$node"
	done
	ok "$name: as --dtb, without memory" place "$TEST_TMP/plan" "$board" "$TEST_TMP/list" \
		--dtb="$TEST_TMP/given.dtb"
	like "$(<"$TEST_TMP/plan.err")$(ask "$TEST_TMP/plan" .warnings)" 'has no memory' "$name: that is said"
	next=$TEST_TMP/plan.dump/next.dtb
	cells=$(($(fdtget "$next" / '#address-cells') + $(fdtget "$next" / '#size-cells')))
	is "$(fdtget -t x "$next" /memory@40000000 reg | awk -v cells=$cells '{
		print cells == 2 ? $1 " " $2 : cells == 3 ? $2 " " $3 : $2 " " $4 }' |
		{ read -r start size && echo "[[$((0x$start)),$((0x$start + 0x$size))]]"; })" \
		"$ram" "$name: it gets the machine's"
	is "$(fdtget -l "$next" /reserved-memory | grep ^hwpoison | sort | tr '\n' ' ')" \
		"hwpoison@50000000 hwpoison@51000000 " "$name: and both bad ranges"
done

# --- what is refused ----------------------------------------------------------------------------

image "$TEST_TMP/Image" '\x0b\0\0\0' '\0\0\0\0'
complains 255 'it is a big-endian kernel' "a big-endian kernel" \
	plan "$board" "$TEST_TMP/Image"
image "$TEST_TMP/Image" '\x0a\0\0\0' '\0\0\x08\0'
ok "a text_offset" place "$TEST_TMP/plan" "$board" "$TEST_TMP/none"
is "$(ask "$TEST_TMP/plan" '.segments[] | select(.name == "kernel") | range_of[0] % 2097152')" 524288 \
	"is where the kernel is put"
complains 1 '--serial=ttyAMA7: ' "a port that is not there" \
	plan "$board" --serial=ttyAMA7 "$TEST_TMP/Image"
complains 1 'no room for the kernel, which needs 3072 KiB.*--mem-min and --mem-max' "too little room" \
	plan "$board" --mem-min=0x50000000 --mem-max=0x502fffff "$TEST_TMP/Image"
done_testing
