#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How many ranges the next kernel bears is found out, kept, and said. At each limit: one fewer and
# just as many fit, one more makes the smallest gap go, and where that is too much the error says
# the numbers and the option that helps. Frames are 1 MiB apart, so that what a gap costs is known.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

guest=$own/x86_64/guest-bios-2g	# 7 entries, RAM 0-0x9fbff and 0x100000-0x7ffdffff; Linux 7.2
board=$own/arm64/guest-dt-2g
acpi=$own/arm64/guest-acpi-2g
mib=$((1 << 20))

isolated() { # COUNT: frames 1 MiB apart from 0x48000000 on
	seq 0 $(($1 - 1)) | awk '{ printf "%.0f\n", 1207959552 + $1 * 1048576 }' >"$TEST_TMP/list"
}
carrier() { # SNAPSHOT FILTER OPTION...
	local machine=$1 filter=$2
	shift 2
	plan "$machine" --hwpoison-file="$TEST_TMP/list" "$@" >"$TEST_TMP/plan" 2>"$TEST_TMP/error"
	if [ -s "$TEST_TMP/plan" ]; then
		ask "$TEST_TMP/plan" ".carriers[0] | $filter"
	else
		cat "$TEST_TMP/error"
	fi
}
refused() { # REGEX NAME SNAPSHOT OPTION...
	local regex=$1 name=$2 machine=$3
	shift 3
	complains 1 "$regex" "$name" plan "$machine" --hwpoison-file="$TEST_TMP/list" "$@"
}
known() { # RELEASE CONFIG LINES...: a copy of the guest that runs this release, with its config
	local release=$1
	shift
	machine_copy "$guest" known >/dev/null
	sed -i "s/\"kernel_release\": \"[^\"]*\"/\"kernel_release\": \"$release\"/" \
		"$TEST_TMP/known/machine.json"
	[ $# -eq 0 ] || {
		mkdir "$TEST_TMP/known/boot"
		printf '%s\n' CONFIG_X86_64=y "$@" >"$TEST_TMP/known/boot/config-$release"
	}
	echo "$TEST_TMP/known"
}

# --- how many entries, and who says so
isolated 1
m=$(known 6.1.0-40-amd64)
is "$(carrier "$m" '[.limit, .ram_regions_limit]')" '[320,null]' \
	"no config: 320 entries; up to 6.12 any number of regions"
m=$(known 6.12.43-amd64 CONFIG_NUMA=y CONFIG_NODES_SHIFT=10)
is "$(carrier "$m" '[.limit, .ram_regions_limit]')" '[3200,null]' "NODES_SHIFT=10: 3200 entries"
is "$(ask "$TEST_TMP/plan" .next_kernel.config)" "\"$m/boot/config-6.12.43-amd64\"" "and from which file"
m=$(known 6.1.0 CONFIG_NUMA=y CONFIG_NODES_SHIFT=6)
is "$(carrier "$m" .limit)" 320 "NODES_SHIFT=6: 320"
m=$(known 6.1.0 '# CONFIG_NUMA is not set')
is "$(carrier "$m" .limit)" 131 "no NUMA: one node, 131"
m=$(known 6.1.0 CONFIG_NUMA=y CONFIG_NODES_SHIFT=99)
is "$(carrier "$m" .limit)" 320 "a config that makes no sense: 320"
m=$(known 6.1.0 CONFIG_NUMA=y CONFIG_NODES_SHIFT=10)
sed -i s/X86_64/ARM64/ "$m"/boot/config-*
is "$(carrier "$m" .limit)" 320 "another architecture's config: 320"
m=$(known 6.1.0 CONFIG_NUMA=y CONFIG_NODES_SHIFT=10)
gzip -c "$m/boot/config-6.1.0" >"$m/proc/config.gz"
rm -r "${m:?}/boot"
is "$(carrier "$m" .limit)" 3200 "/proc/config.gz"
truncate -s 40 "$m/proc/config.gz"
is "$(carrier "$m" .limit)" 320 "a cut /proc/config.gz: 320"
is "$(carrier "$m" .limit --hwpoison-max-entries=77)" 77 "--hwpoison-max-entries says"

# --- how many regions
for release in 6.13.0 6.18.1-cloud 7.2.13 ""; do
	m=$(known "$release")
	is "$(carrier "$m" .ram_regions_limit)" 120 "Linux '$release': 120 regions"
done
for release in 5.10.0 6.1.0-40-amd64 6.12.107+deb13; do
	m=$(known "$release")
	is "$(carrier "$m" .ram_regions_limit)" null "Linux $release: any number of regions"
done
m=$(known 7.2.13 CONFIG_NUMA=y CONFIG_NODES_SHIFT=10 CONFIG_ARCH_KEEP_MEMBLOCK=y)
is "$(carrier "$m" .ram_regions_limit)" null "with CONFIG_ARCH_KEEP_MEMBLOCK any number"
m=$(known 6.1.0)
is "$(carrier "$m" .ram_regions_limit --hwpoison-max-regions=9)" 9 "--hwpoison-max-regions says"

# --- at the limit of entries: 7 and 2 for each frame
m=$(known 6.1.0)
isolated 156
is "$(carrier "$m" '[.entries, .given_up_bytes]')" '[319,0]' "156 frames are 319 entries, and fit"
isolated 157
is "$(carrier "$m" '[.entries, .given_up_bytes]')" "[319,$((mib - 4096))]" \
	"157 do not: one gap is given up"
is "$(ask "$TEST_TMP/plan" '.memory_map.after | length')" 319 "and the map has as many"
is "$(ask "$TEST_TMP/plan" '.carriers[0].given_up | map(range_of) | bytes')" $((mib - 4096)) \
	"and which gap it is, is said"
is "$(broken "$TEST_TMP/plan" "$(jq -sc 'map([., . + 4096])' "$TEST_TMP/list")")" "" \
	"and all are kept out, and nothing else changes"
isolated 230
refused '467 entries of the memory map, where the next kernel bears 320 \(.*--hwpoison-max-entries=N.*: to fit, 73\.7 MiB .* 64 MiB may be; .*--hwpoison-max-waste=[0-9]+$' \
	"230 would give up 74 gaps: refused, with what helps" "$m"
waste=$(sed -n 's/.*--hwpoison-max-waste=\([0-9]*\).*/\1/p' <<<"$err")
is "$waste" $((74 * (mib - 4096))) "and how much that is"
is "$(carrier "$m" .given_up_bytes --hwpoison-max-waste="$waste")" "$waste" "as it says, it fits"
refused 'would have to be given up' "and not with one byte less" "$m" \
	--hwpoison-max-waste=$((waste - 1))
is "$(carrier "$m" '[.entries, .given_up_bytes]' --hwpoison-max-entries=467)" '[467,0]' \
	"nor is anything given up when the kernel bears more"
refused 'however much good memory is given up' "a table that nothing fits in" "$m" \
	--hwpoison-max-entries=5 --hwpoison-max-waste=1T

# --- at the limit of regions: 2, and one for each frame
m=$(known 7.2.13 CONFIG_NUMA=y CONFIG_NODES_SHIFT=10)
isolated 118
is "$(carrier "$m" '[.ram_regions, .given_up_bytes]')" '[120,0]' "118 frames are 120 regions, and fit"
isolated 119
is "$(carrier "$m" '[.ram_regions, .given_up_bytes]')" "[120,$((mib - 4096))]" \
	"119 do not: one gap is given up"
isolated 200
refused '202 regions of RAM, where the next kernel bears 120 .*--hwpoison-max-regions=N' \
	"200 give up more than allowed: refused, with what helps" "$m"
is "$(carrier "$m" '[.ram_regions, .given_up_bytes]' --hwpoison-max-regions=202)" '[202,0]' \
	"--hwpoison-max-regions says that it bears more"
m=$(known 7.2.13)
refused '407 entries .*--hwpoison-max-entries=N.*, and 202 regions .*--hwpoison-max-regions=N' \
	"both limits are named when both are broken" "$m"

# A machine that has more regions than that without any bad frame.
m=$(known 7.2.13)
rm -r "$m/sys/firmware/memmap"
{
	for ((i = 0; i < 130; i++)); do
		printf '%08x-%08x : System RAM\n' $((0x1000000 * i + 0x1000)) $((0x1000000 * i + 0xffffff))
	done
} >"$m/proc/iomem"
isolated 1
is "$(carrier "$m" .ram_regions_limit)" null "a machine that itself is past the limit: it is not kept"
like "$(ask "$TEST_TMP/plan" .warnings)" '130 regions of RAM without any bad frame' "with a warning"

# --- nothing is bad: no limit stands against the map that the machine gets without the option
m=$(known 7.2.13)
$KEXEC --dry-run=json --machine="$m" >"$TEST_TMP/plain"
: >"$TEST_TMP/list"
for limit in max-regions=1 max-entries=3; do
	for mode in e820 kho e820,kho; do
		carrier "$m" . --hwpoison-$limit --hwpoison-mode=$mode >/dev/null
		is "$(ask "$TEST_TMP/plan" .memory_map)" "$(ask "$TEST_TMP/plain" .memory_map)" \
			"$mode, --hwpoison-$limit: nothing is bad, and the map is as without the option"
		like "$(ask "$TEST_TMP/plan" .warnings)" \
			"without any bad frame, and the next kernel bears ${limit#*=} .--hwpoison-${limit%=*}.: that limit is not kept" \
			"$mode, --hwpoison-$limit: with a warning"
	done
done
isolated 1
for mode in e820 kho e820,kho; do
	refused 'the next kernel bears 3 ' "$mode: with a bad frame it is refused" "$m" \
		--hwpoison-max-entries=3 --hwpoison-mode=$mode
done
: >"$TEST_TMP/list"
is "$(carrier "$board" '[.entries, .limit]' --hwpoison-max-ranges=1)" '[0,1]' \
	"arm64: nothing is bad, and one range may be"

# --- arm64: ranges
isolated 450
is "$(carrier "$board" '[.entries, .limit, .way]')" '[450,450,"reserved-memory"]' "450 nodes fit"
isolated 451
is "$(carrier "$board" '[.entries, .given_up_bytes]')" "[450,$((mib - 4096))]" "451: one gap goes"
isolated 600
refused '600 ranges in the device tree, where the next kernel bears 450 .*--hwpoison-max-ranges=N' \
	"600: refused" "$board"
is "$(carrier "$board" .entries --hwpoison-max-ranges=600)" 600 "--hwpoison-max-ranges says"

# --- arm64 with ACPI: the reserve block, unless nodes are asked for and acpi=on is there
# Of 560 the tree itself has one.
isolated 559
is "$(carrier "$acpi" '[.entries, .limit, .way]')" '[559,559,"reserve-block"]' \
	"ACPI: 559 entries of the reserve block"
isolated 1
is "$(carrier "$acpi" .way --append=acpi=on)" '"reserve-block"' \
	"also with acpi=on, because a later kexec may lack it"
is "$(carrier "$acpi" '[.way, .limit]' --hwpoison-fdt-way=nodes --append='quiet acpi=on')" \
	'["reserved-memory",450]' "nodes with acpi=on, when asked for"
like "$(ask "$TEST_TMP/plan" .warnings)" 'a later kexec whose command line lacks acpi=on' "with a warning"
for line in quiet 'acpi=only xacpi=on' '"x acpi=on"' 'quiet -- acpi=on'; do
	refused 'the next kernel dies before its console unless' "nodes without acpi=on: $line" "$acpi" \
		--hwpoison-fdt-way=nodes --append="$line"
done
is "$(carrier "$board" '[.way, .limit]' --hwpoison-fdt-way=reserve)" '["reserve-block",559]' \
	"the reserve block on a machine with a tree, when asked for"
is "$(carrier "$board" .way)" '"reserved-memory"' "a tree that describes the machine: nodes"
done_testing
