# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Compares what purgatory said in each case of a guest, on $com1 and $com2, with what it must say:
# the guest's own lines "CASE name|starts or resets|what must be said, or silence" tell.

# judge LABEL: each case's part of the logs against what it must say.
judge() {
	local label=$1 name ends says number=0 part

	while IFS='|' read -r name ends says; do
		number=$((number + 1))
		part=$(awk -v n="$number" '/^CASE / { i++ } i == n' "$com1"
			awk -v n="$number" '/^CASE / { i++; next } i == n' "$com2")
		part=$(sed '/^CASE /d; s/\r$//; s/ (SHA instructions)//' <<<"$part")
		if case_good "$ends" "$says" "$part"; then
			pass "$label: $name"
		else
			fail "$label: $name" "must: $ends, $says
$part"
		fi
	done < <(sed -n 's/^CASE //p' "$com1" | tr -d '\r')
	is "$(grep -c '^ALL DONE' "$com1")" 1 "$label: every case has ended"
}

case_good() {
	local ends=$1 says=$2 part=$3

	grep -q "CANNOT SEAL\|FOUND WRONG" <<<"$part" && return 1
	if [ "$ends" = starts ]; then
		grep -q "^KERNEL REACHED" <<<"$part" || return 1
	else
		grep -q "KERNEL REACHED" <<<"$part" && return 1
	fi
	if [ "$says" = silence ]; then
		! grep -q purgatory <<<"$part"
	else
		grep -q -- "$says" <<<"$part"
	fi
}

# flips_run: flip_run NUMBER for each of 32 bytes of purgatory itself. The next kernel may never be
# started. That such a purgatory ends is not what any program can promise: these guests are ended.
flips_run() {
	local number ended=0

	for number in {0..31}; do
		flip_run "$number" 2>/dev/null && ended=$((ended + 1))
		if ! grep -q '^ENTER' "$com1" || grep -q 'KERNEL REACHED' "$com1"; then
			fail "byte $number of purgatory itself is flipped" "$(cat "$com1")"
		fi
	done
	pass "the next kernel is not started by a purgatory with a flipped byte"
	diag "$ended of 32 were reset"
}
