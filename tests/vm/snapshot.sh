#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --snapshot takes a running machine away to another desk: the snapshot of a guest, sent over the
# serial line, lists the same frames there as the guest itself did, by the program of the same and
# by that of the other architecture, and gets the same map planned.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 6.1
vm_begin arm64 6.12
vm_guest() {
	vm_boot "$1" "$1" "$2" <<-'EOF'
		check "frames go bad" pick_poison 41 12
		check "the snapshot is taken" kexec --snapshot=/tmp/snapshot
		refuse "and is not written over" . kexec --snapshot=/tmp/snapshot
		kexec --hwpoison-list=json >/tmp/list.json
		check "a map is planned" kexec --preserve-hwpoison --dry-run=json
		cp /tmp/check.out /tmp/plan.json
		tar -C /tmp -cf /tmp/snapshot.tar snapshot
		send snapshot /tmp/snapshot.tar
		send list /tmp/list.json
		send plan /tmp/plan.json
		send state /state/poison
	EOF
	mkdir -p "$TEST_TMP/$1"
	vm_received snapshot | tar -C "$TEST_TMP/$1" -xf -
	vm_received list >"$TEST_TMP/$1/list"
	vm_received plan >"$TEST_TMP/$1/plan"
}
vm_guest x86_64 6.1
vm_guest arm64 6.12

ranges() { jq -cS '.hwpoison.ranges' "$@"; }
# shellcheck disable=SC2086
for arch in x86_64 arm64; do
	for program in "$KEXEC_X86_64" "$KEXEC_ARM64"; do
		$program --machine="$TEST_TMP/$arch/snapshot" --hwpoison-list=json >"$TEST_TMP/list"
		is "$(ranges "$TEST_TMP/list")" "$(ranges "$TEST_TMP/$arch/list")" \
			"$arch: the same frames by ${program##*/}"
		$program --machine="$TEST_TMP/$arch/snapshot" --preserve-hwpoison --dry-run=json \
			>"$TEST_TMP/plan"
		is "$(jq -cS '.memory_map' "$TEST_TMP/plan")" "$(jq -cS '.memory_map' "$TEST_TMP/$arch/plan")" \
			"$arch: the same map by ${program##*/}"
	done
	is "$(jq '[.memory_map.after[] | select(.type == "unusable") | .size] | add' "$TEST_TMP/$arch/plan")" \
		$((12 * 4096)) "$arch: they are unusable in the map"
	is "$(jq '[.hwpoison.ranges[].size / 4096] | add' "$TEST_TMP/$arch/list")" 12 "$arch: twelve frames"
done
done_testing
