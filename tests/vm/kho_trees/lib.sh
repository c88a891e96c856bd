# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What guests were about to hand over (kho_dump of guest/kho), given to the independent reader on the host.
# Source it after lib.sh.
#
#   kho_trees NAME MINIMUM         after vm_boot: two results: so many trees at least were sent, and each
#                                  is read without fault, keeps exactly the bad frames that are RAM, and
#                                  has none of them in its scratch memory

kho_trees() {
	local name=$1 minimum=$2 tree count=0 wrong='' reader=$TEST_TMP/kho_reader numbers host=x86_64
	[ "$(uname -m)" = aarch64 ] && host=arm64
	[ -x "$reader" ] || "$(vm_cc $host)" -std=gnu17 -O2 -D_GNU_SOURCE -I"$TOP" -o "$reader" \
		"$TOP/tests/vm/kho_trees/main.c" "$TOP"/tests/kho_reader{,_hwpoison}.c -lfdt
	while read -r tree; do
		count=$((count + 1))
		rm -rf "$TEST_TMP/tree"
		mkdir -p "$TEST_TMP/tree"
		vm_received "$tree" | tar -C "$TEST_TMP/tree" -xf - || wrong+=" $tree:unreadable"
		numbers=$(jq -r '(.segments[] | select(.name == "kho") | .start), (.carriers[] |
			select(.mode == "kho") | .fdt.start, .fdt.size, .scratch_array.start, .scratch_array.size)' \
			"$TEST_TMP/tree/dump/plan.json" | tr '\n' ' ')
		# shellcheck disable=SC2086 # five numbers
		if ! "$reader" "$TEST_TMP/tree/dump/kho.bin" $numbers >"$TEST_TMP/tree/read" 2>"$TEST_TMP/tree/error"; then
			wrong+=" $tree: $(cat "$TEST_TMP/tree/error")"
			continue
		fi
		jq -r '.memory_map.after[] | select(.type == "unusable") | .start + " " + (.size | tostring)' \
			"$TEST_TMP/tree/dump/plan.json" >"$TEST_TMP/tree/unusable"
		{
			grep -v scratch "$TEST_TMP/tree/read"
			while read -r start size; do
				seq $((start / 4096)) $(((start + size) / 4096 - 1))
			done <"$TEST_TMP/tree/unusable" | xargs -r printf '%x\n'
		} | LC_ALL=C sort -u >"$TEST_TMP/tree/kept"
		cmp -s "$TEST_TMP/tree/kept" <(LC_ALL=C sort -u "$TEST_TMP/tree/dump/poison") ||
			wrong+=" $tree: keeps other frames"
		wrong+=$(while read -r word start size; do
			[ "$word" = scratch ] || continue
			while read -r pfn; do
				[ $((0x$pfn * 4096)) -lt $((start)) ] || [ $((0x$pfn * 4096)) -ge $((start + size)) ] ||
					echo " $tree: $pfn is in scratch memory"
			done <"$TEST_TMP/tree/dump/poison"
		done <"$TEST_TMP/tree/read")
	done < <(sed -n 's/^= \(tree-[0-9]*\) .*/\1/p' "$vm_dir/results" | sort -u)
	ok "$name: trees were sent to the host" test "$count" -ge "$minimum"
	is "$wrong" '' "$name: an independent reader finds in each just what is bad"
}
