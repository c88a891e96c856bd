# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of the command share: copies of snapshots that a test may spoil, and a look at
# the JSON that uses nothing of ours but the output itself.

# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

command -v jq >/dev/null || skip_all "jq is not installed: run tools/deps unit"

# All snapshots of an architecture.
machines() {
	find "$MACHINES/$1" -mindepth 1 -maxdepth 1 -type d | LC_ALL=C sort
}

# Makes boards the trees of some, of those that Debian's kernel comes with: cells of 1 and 2, with and
# without reservations of their own. That there are none is a test that is skipped.
find_boards() {
	local dir=$BUILD/dtbs/trixie-backports
	boards=()
	if [ -e "$dir/release" ]; then
		boards=("$dir"/arm/juno-r2.dtb "$dir"/broadcom/bcm{2711-rpi-4-b,2837-rpi-3-b-plus}.dtb
			"$dir"/cavium/thunder-88xx.dtb "$dir"/freescale/{fsl-lx2160a-honeycomb,imx8mm-evk}.dtb
			"$dir"/hisilicon/hi6220-hikey.dtb "$dir"/rockchip/rk3588-rock-5b.dtb
			"$dir"/xilinx/zynqmp-zcu102-rev1.0.dtb)
	else
		skip "the trees of boards" "there are none: run tools/test-dtbs trixie-backports"
	fi
}

# A small one of each kind: of our own, so that its map is known here.
own=$TOP/tests/machines

# Copies a snapshot to $TEST_TMP/NAME, writable; prints where.
machine_copy() { # FROM NAME
	rm -rf "${TEST_TMP:?}/$2"
	cp -r "$1" "$TEST_TMP/$2"
	chmod -R u+w "$TEST_TMP/$2"
	echo "$TEST_TMP/$2"
}

# The command that runs on an architecture.
program() {
	case $1 in
	x86_64) echo "$KEXEC_X86_64" ;;
	arm64) echo "$KEXEC_ARM64" ;;
	esac
}

# A plan as JSON on standard output; what went wrong goes to standard error.
plan() { # SNAPSHOT OPTION...
	local machine=$1
	shift
	# shellcheck disable=SC2086 # a command with arguments
	$KEXEC --preserve-hwpoison --dry-run=json --machine="$machine" "$@"
}

# jq's own words: ranges as pairs of numbers [start, end), which are exact below 2^53.
jq_words='
def hex: ascii_downcase | ltrimstr("0x") | explode
	| reduce .[] as $c (0; . * 16 + (if $c > 96 then $c - 87 else $c - 48 end));
def range_of: (.start | hex) as $s | [$s, $s + .size];
def typed($map): $map | map({start: (.start | hex), end: ((.start | hex) + .size), type});
def of_type($type): map(select(.type == $type) | range_of);
def merged: sort | reduce .[] as $r ([]; if length > 0 and .[-1][1] >= $r[0]
	then .[-1][1] = ([.[-1][1], $r[1]] | max) else . + [$r] end);
def bytes: map(.[1] - .[0]) | add // 0;
'
ask() { # FILE FILTER [JQ OPTION]...
	local file=$1 filter=$2
	shift 2
	# Two plans that are not there must not be equal, nor without fault.
	[ -s "$file" ] || {
		echo "no plan was printed ($RANDOM$RANDOM)"
		return
	}
	jq -c "$@" "$jq_words $filter" "$file"
}

# Looks at a plan, knowing what is bad ([[start, end), …] in whole pages): prints what breaks the
# promises that bad memory is kept out and nothing else changes. Good memory that was given up
# counts as bad.
broken() { # PLAN BAD
	ask "$1" '
	def at($list; $a): first($list[] | select(.start <= $a and $a < .end)) // {type: "none"};
	typed(.memory_map.before) as $before | typed(.memory_map.after) as $after
	| ($bad + [.carriers[].given_up[]? | range_of] | merged
		| map({start: .[0], end: .[1], type: "bad"})) as $out
	| [$before, $after, $out | .[] | .start, .end] | unique
	| .[] as $a
	| at($before; $a).type as $was | at($after; $a).type as $is | at($out; $a).type as $kind
	| select(if $kind == "bad" and $was == "ram" then $is != "unusable" and $is != "reserved"
		else $is != $was end)
	| "at \($a): \($was) becomes \($is), \($kind)"' --argjson bad "$2"
}

# Frames to spoil a machine with: of each of its first RAM ranges the first, the last and one in
# between, as [start, end).
frames_pick() { # PLAN RANGES
	ask "$1" '[.memory_map.before | of_type("ram") | map([(.[0] / 4096 | ceil), (.[1] / 4096 | floor)])
		| map(select(.[1] - .[0] >= 8)) | .[0:$count][]
		| .[0], ((.[0] + .[1]) / 2 | floor), .[1] - 1]
		| unique | map([. * 4096, . * 4096 + 4096])' --argjson count "$2"
}

# Pairs as a list file.
frames_list() {
	jq -r '.[] | "\(.[0])+\(.[1] - .[0])"'
}

# RAM ranges of a snapshot, out of its own files with nothing of ours.
ram_of_memmap() { # SNAPSHOT
	local entry
	for entry in "$1"/sys/firmware/memmap/*; do
		[ "$(<"$entry/type")" = "System RAM" ] || continue
		echo "$(($(<"$entry/start"))) $(($(<"$entry/end") + 1))"
	done | jq -sRc "$jq_words"'split("\n") | map(select(length > 0) | split(" ") | map(tonumber)) | merged'
}

ram_of_iomem() { # SNAPSHOT
	local line range
	grep -E '^[0-9a-f]+-[0-9a-f]+ : System RAM' "$1/proc/iomem" | while read -r line; do
		range=${line%% :*}
		echo "$((0x${range%-*})) $((0x${range#*-} + 1))"
	done | jq -sRc "$jq_words"'split("\n") | map(select(length > 0) | split(" ") | map(tonumber)) | merged'
}

# One clear line on standard error, and the exit code that is documented for it.
complains() { # CODE REGEX NAME COMMAND...
	local code=$1 regex=$2 name=$3
	shift 3
	run "$@"
	if [ "$status" -ne "$code" ]; then
		fail "$name" "exit code $status, expected $code: $err"
	elif [ "$(grep -vc '^kexec: warning: ' <<<"$err")" -ne 1 ]; then
		fail "$name" "not one line: $err"
	elif ! grep -Eq -- "$regex" <<<"$err"; then
		fail "$name" "does not match /$regex/: $err"
	elif [ -n "$out" ] && [ "${complains_quietly:-1}" = 1 ]; then
		fail "$name" "printed as well: $out"
	else
		pass "$name"
	fi
}
