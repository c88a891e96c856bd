#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A machine whose running kernel was told to leave memory (mem=): its System RAM ends early, but the
# next kernel finds all of it again. Bad frames above the limit, which earlier kernels learnt of, are
# kept out all the same: of an arm64 kernel in its device tree, whether memory nodes say what RAM
# there is or EFI, whose map nobody can read, does; of an x86_64 kernel in the firmware's map.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# limit SNAPSHOT ADDRESS: System RAM of its iomem ends there, as an arm64 kernel would show it.
limit() {
	awk -v limit="$2" '
	function number(hex,    i, value) {
		for (i = 1; i <= length(hex); i++)
			value = value * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
		return value
	}
	{
		text = $1; split(text, range, "-")
		if (number(range[1]) >= limit) next
		if (number(range[2]) >= limit) sub(range[2], sprintf("%08x", limit - 1))
		print
	}' "$1/proc/iomem" >"$1/iomem" && mv "$1/iomem" "$1/proc/iomem"
}

# The type of an address in the map after.
type_after() { # PLAN ADDRESS
	# shellcheck disable=SC2016 # jq's variables
	ask "$1" 'typed(.memory_map.after) | map(select(.start <= $at and $at < .end))[0].type // "none"' \
		-r --argjson at $(($2))
}

printf '0x50000000\n0x7ff00000\n' >"$TEST_TMP/list"
for name in arm64/guest-dt-2g arm64/guest-acpi-2g x86_64/guest-uefi-2g; do
	machine=$(machine_copy "$own/$name" "${name#*/}")
	plan "$machine" --hwpoison-file="$TEST_TMP/list" >"$TEST_TMP/whole.json"
	limit "$machine" $((0x60000000))
	is "$(ram_of_iomem "$machine" | jq 'map(.[1]) | max')" $((0x60000000)) \
		"$name: System RAM of the running kernel ends at 1.5 GiB"
	mkdir -p "$TEST_TMP/dump"
	ok "$name: is planned" plan "$machine" --hwpoison-file="$TEST_TMP/list" \
		--dump="$TEST_TMP/dump"
	plan "$machine" --hwpoison-file="$TEST_TMP/list" --dump="$TEST_TMP/dump" >"$TEST_TMP/plan.json"
	for frame in 0x50000000 0x7ff00000; do
		is "$(type_after "$TEST_TMP/whole.json" "$frame")" unusable \
			"$name: the frame at $frame is told of without the limit"
		is "$(type_after "$TEST_TMP/plan.json" "$frame")" unusable \
			"$name: the frame at $frame is told of with it"
	done
	case $name in
	arm64/*)
		# Nothing else above the limit is said to be anything.
		is "$(ask "$TEST_TMP/plan.json" 'typed(.memory_map.after)
			| map(select(.start >= 1610612736 and .type == "ram")) | length')" 0 \
			"$name: above the limit there is nothing else"
		tree=$(dtc -q -I dtb -O dts "$TEST_TMP/dump/next.dtb")
		case $tree in
		*'/memreserve/'*0x000000007ff00000*0x0000000000001000* | *'hwpoison@7ff00000 {'*)
			pass "$name: its tree has the frame above the limit" ;;
		*) fail "$name: its tree has the frame above the limit" "$tree" ;;
		esac
		;;
	esac
	# KHO kills a kernel that has no memory there: what nobody knows of is not left to it.
	case $name in
	arm64/guest-acpi-2g)
		complains 1 "whether it is of the next one cannot be known" "$name: KHO alone is refused" \
			plan "$machine" --hwpoison-file="$TEST_TMP/list" --hwpoison-mode=kho
		;;
	arm64/*)
		plan "$machine" --hwpoison-file="$TEST_TMP/list" --hwpoison-mode=kho >"$TEST_TMP/kho.json"
		is "$(jq -c '[.carriers[].kept[].start]' "$TEST_TMP/kho.json")" '["0x50000000","0x7ff00000"]' \
			"$name: KHO alone keeps both, which its tree has"
		echo 0xc0000000 >"$TEST_TMP/beyond"
		plan "$machine" --hwpoison-file="$TEST_TMP/beyond" --hwpoison-mode=kho >"$TEST_TMP/kho.json"
		is "$(jq -c '[.carriers[].kept[].start]' "$TEST_TMP/kho.json")" '[]' \
			"$name: and nothing that is no memory in it"
		printf '%s\n' 'c0000000-ffffffff : System RAM' >>"$machine/proc/iomem"
		complains 1 "is not in the memory that the next kernel" "$name: memory that was added is refused" \
			plan "$machine" --hwpoison-file="$TEST_TMP/beyond" --hwpoison-mode=kho
		;;
	esac
	rm -rf "$TEST_TMP/dump"
done
done_testing
