#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every snapshot of both architectures is planned by the programs of both. The promises are looked
# at from outside: the map before is what the machine's own files say; after it, exactly the bad
# frames are gone (jq compares the maps at every boundary); what is dumped is what is printed; and
# planning what was planned changes nothing.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# What e820.bin says, as the after map of the JSON has it.
e820_read() {
	od -An -v -tu4 -w20 "$1" | awk '
	BEGIN { name[1] = "ram"; name[2] = "reserved"; name[3] = "acpi"; name[4] = "nvs"
		name[5] = "unusable"; name[7] = "pmem"; name[12] = "pram"
		name[4026531839] = "soft-reserved" }
	{ printf "%.0f %.0f %s\n", $1 + $2 * 4294967296, $3 + $4 * 4294967296,
		$5 in name ? name[$5] : "other" }'
}
after_read() {
	ask "$1" '.memory_map.after[] | "\(.start | hex) \(.size) \(.type)"' -r
}

# A machine that was told what was planned: the map as its firmware's.
memmap_write() { # PLAN SNAPSHOT
	local number=0 start size type name
	rm -rf "$2/sys/firmware/memmap"
	while read -r start size type; do
		case $type in
		ram) name="System RAM" ;;
		reserved) name="Reserved" ;;
		acpi) name="ACPI Tables" ;;
		nvs) name="ACPI Non-volatile Storage" ;;
		unusable) name="Unusable memory" ;;
		pmem) name="Persistent Memory" ;;
		pram) name="Persistent Memory (legacy)" ;;
		*) name="Soft Reserved" ;;
		esac
		mkdir -p "$2/sys/firmware/memmap/$number"
		printf '0x%x\n' "$start" >"$2/sys/firmware/memmap/$number/start"
		printf '0x%x\n' $((start + size - 1)) >"$2/sys/firmware/memmap/$number/end"
		echo "$name" >"$2/sys/firmware/memmap/$number/type"
		number=$((number + 1))
	done < <(after_read "$1")
}

# The iomem that Linux shows after no-map: what is unusable is reserved beside System RAM. RAM
# alone suffices here.
iomem_write() { # PLAN SNAPSHOT
	ask "$1" '.memory_map.after[] | "\(.start | hex) \(.size) \(.type)"' -r |
	while read -r start size type; do
		case $type in
		ram) type="System RAM" ;;
		*) type=reserved ;;
		esac
		printf '%08x-%08x : %s\n' "$start" $((start + size - 1)) "$type"
	done >"$2/proc/iomem"
}

warnings_of() {
	dtc -I dtb -O dtb -o /dev/null "$1" 2>&1 | sed 's/.*: Warning/Warning/' | LC_ALL=C sort -u
}

one_machine() { # ARCH SNAPSHOT
	local arch=$1 machine=$2 name=${2##*/} carrier=e820 ram bad hop dump=$TEST_TMP/dump
	[ "$arch" = arm64 ] && carrier=dtb
	[ "$arch" = arm64 ] && ram=$(ram_of_iomem "$machine") || ram=$(ram_of_memmap "$machine")

	# shellcheck disable=SC2086
	ok "$name: without the option" $KEXEC --dry-run=json --machine="$machine"
	$KEXEC --dry-run=json --machine="$machine" >"$TEST_TMP/plain" 2>/dev/null
	is "$(ask "$TEST_TMP/plain" '.memory_map.before | of_type("ram") | merged')" "$ram" \
		"$name: the RAM before is the machine's"
	is "$(ask "$TEST_TMP/plain" '.memory_map | .before == .after and (.before | length > 0)')" true \
		"$name: without the option nothing changes"
	plan "$machine" >"$TEST_TMP/clean"
	is "$(ask "$TEST_TMP/clean" '.memory_map')" "$(ask "$TEST_TMP/plain" '.memory_map')" \
		"$name: without bad memory nothing changes"

	bad=$(frames_pick "$TEST_TMP/plain" 30)
	frames_list <<<"$bad" >"$TEST_TMP/list"
	rm -rf "$dump"
	ok "$name: with bad memory" plan "$machine" --hwpoison-file="$TEST_TMP/list"
	plan "$machine" --hwpoison-file="$TEST_TMP/list" --dump="$dump" >"$TEST_TMP/plan"
	bad=$(ask "$TEST_TMP/clean" '[.hwpoison.ranges[] | range_of] + $bad | merged' \
		--argjson bad "$bad")
	is "$(broken "$TEST_TMP/plan" "$bad")" "" "$name: kept out, and nothing else changes"
	is "$(ask "$TEST_TMP/plan" '[.hwpoison.ranges[] | range_of] | merged')" "$bad" \
		"$name: the bad ranges are those of the list"
	is "$(ask "$TEST_TMP/plan" '.carriers | length == 1 and (.[0] | .mode == $mode and
		.entries > 0 and .entries <= .limit and .given_up_bytes == 0)' --arg mode $carrier)" \
		true "$name: told by $carrier, within its limit"
	if [ "$arch" = x86_64 ]; then
		is "$(e820_read "$dump/e820.bin")" "$(after_read "$TEST_TMP/plan")" \
			"$name: e820.bin is the map"
		is "$(ask "$TEST_TMP/plan" '.carriers[0].entries == (.memory_map.after | length)')" \
			true "$name: its entries are counted"
	elif command -v dtc >/dev/null; then
		warnings_of "$dump/next.dtb" >"$TEST_TMP/new"
		: >"$TEST_TMP/old"
		[ -e "$machine/sys/firmware/fdt" ] &&
			warnings_of "$machine/sys/firmware/fdt" >"$TEST_TMP/old"
		is "$(LC_ALL=C comm -13 "$TEST_TMP/old" "$TEST_TMP/new")" "" \
			"$name: dtc warns of nothing new"
	else
		skip "$name: dtc warns of nothing new" "dtc is not installed"
	fi

	hop=$(machine_copy "$machine" hop)
	if [ "$arch" = x86_64 ]; then
		memmap_write "$TEST_TMP/plan" "$hop"
	else
		iomem_write "$TEST_TMP/plan" "$hop"
		mkdir -p "$hop/sys/firmware"
		cp "$dump/next.dtb" "$hop/sys/firmware/fdt"
	fi
	plan "$hop" >"$TEST_TMP/again"
	is "$(ask "$TEST_TMP/again" '.memory_map.after')" "$(ask "$TEST_TMP/plan" '.memory_map.after')" \
		"$name: the next hop plans the same without the list"
	is "$(ask "$TEST_TMP/again" '[.hwpoison.ranges[] | range_of] | merged')" \
		"$(ask "$TEST_TMP/plan" '[.hwpoison.ranges[] | range_of] | merged')" \
		"$name: and knows the same to be bad"
}

for arch in $ARCHES; do
	for machine in $(machines "$arch"); do
		one_machine "$arch" "$machine"
	done
	# Any machine is planned the same by the program of any architecture.
	machine=$(machines "$arch" | head -n1)
	for runner in $ARCHES; do
		# shellcheck disable=SC2046
		run $(program "$runner") --preserve-hwpoison --dry-run=json --machine="$machine"
		is "$out" "$(plan "$machine")" "${machine##*/} by the $runner program"
	done
done

find_boards
for tree in "${boards[@]}"; do
	board=$(machine_copy "$own/arm64/guest-dt-2g" board)
	printf '0x50000000\n0x51000000+8K\n' >"$TEST_TMP/list"
	rm -rf "$TEST_TMP/dump"
	# As another's: its memory is not this machine's.
	ok "${tree##*/}: planned" plan "$board" --dtb="$tree" --hwpoison-file="$TEST_TMP/list" \
		--dump="$TEST_TMP/dump"
	warnings_of "$tree" >"$TEST_TMP/old"
	warnings_of "$TEST_TMP/dump/next.dtb" >"$TEST_TMP/new"
	is "$(LC_ALL=C comm -13 "$TEST_TMP/old" "$TEST_TMP/new")" "" "${tree##*/}: dtc warns of nothing new"
	cp "$TEST_TMP/dump/next.dtb" "$board/sys/firmware/fdt"
	# shellcheck disable=SC2086
	is "$($KEXEC --hwpoison-list=json --machine="$board" 2>/dev/null |
		jq -c '[.hwpoison.ranges[] | .start, .size]')" '["0x50000000",4096,"0x51000000",8192]' \
		"${tree##*/}: the next hop reads them back"
done
done_testing
