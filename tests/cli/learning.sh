#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each source of bad frames, alone and together, in snapshots that are made to have it: kpageflags
# as 6.1 and as later kernels write it, with pages of three sizes; what earlier kernels were told;
# lists; offline blocks; and taking back. The cross-checks warn when the kernel's counters know of
# more, and only then.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

guest=$own/x86_64/guest-bios-2g	# RAM 0-0x9fbff and 0x100000-0x7ffdffff
board=$own/arm64/guest-dt-2g	# RAM 0x40000000-0xbfffffff

# Bad ranges as "start+size sources", one in a line.
listed() { # SNAPSHOT OPTION...
	local machine=$1
	shift
	# shellcheck disable=SC2086
	$KEXEC --hwpoison-list=json --machine="$machine" "$@" 2>"$TEST_TMP/warnings" |
		jq -r '.hwpoison.ranges[] | "\(.start)+\(.size) \(.sources | join(","))"'
}
warned() { # REGEX NAME
	like "$(<"$TEST_TMP/warnings")" "$1" "$2"
}
poison() { # SNAPSHOT LINE...
	local machine=$1
	shift
	printf '%s\n' "$@" | "$TOP/tools/poison" "$machine"
}
words() { # SNAPSHOT FRAME BYTES...: raw words of kpageflags
	local machine=$1 frame=$2
	shift 2
	printf '%b' "$@" | dd of="$machine/proc/kpageflags" bs=8 seek="$frame" conv=notrunc status=none
}
hwpoison='\x00\x00\x08\x00\x00\x00\x00\x00'
head='\x00\x80\x02\x00\x00\x00\x00\x00'
bad_head='\x00\x80\x0a\x00\x00\x00\x00\x00'
tail='\x00\x00\x03\x00\x00\x00\x00\x00'
nopage='\x00\x00\x10\x00\x00\x00\x00\x00'

# --- kpageflags
m=$(machine_copy "$guest" machine)
is "$(listed "$m")" "" "no kpageflags in a snapshot: nothing"
warned 'has no proc/kpageflags' "and it is said"
poison "$m"
is "$(listed "$m")" "" "kpageflags without a bad frame"
is "$(<"$TEST_TMP/warnings")" "" "and no warning"
poison "$m" 0x12345000 0x12346000 0x1000 0x9e000 0x100000 0x7ffdf000
is "$(listed "$m")" "0x1000+4096 kpageflags
0x9e000+4096 kpageflags
0x100000+4096 kpageflags
0x12345000+8192 kpageflags
0x7ffdf000+4096 kpageflags" "single frames, a run, the first and the last of RAM"
for threads in 1 2 3 64; do
	is "$(listed "$m" --hwpoison-threads=$threads | wc -l)" 5 "the same with $threads threads"
done
# The frame after the last of RAM, and one in a hole, are no RAM.
poison "$m" 0x2000
words "$m" $((0xa0000 / 4096)) "$hwpoison"
is "$(listed "$m")" "0x2000+4096 kpageflags" "frames that are no RAM are not looked at"
words "$m" $((0x3000000 / 4096)) "$nopage"
is "$(listed "$m")" "0x2000+4096 kpageflags" "other flags are no poison"

# --- huge pages
m=$(machine_copy "$guest" machine)
poison "$m" "0x20000000 huge"
is "$(listed "$m")" "0x20000000+2097152 kpageflags" "a huge page of which all is flagged"
m=$(machine_copy "$guest" machine)
poison "$m"
words "$m" $((0x20000000 / 4096)) "$bad_head" $(yes "$tail" | head -n 511)
words "$m" $((0x20200000 / 4096)) "$head" $(yes "$tail" | head -n 511)
is "$(listed "$m" | jq -Rsr 'split("\n") | map(select(length > 0) | split(" ")[0] | split("+")[1] | tonumber) | add')" \
	2097152 "a huge page whose head alone is flagged, as Linux 6.1 does: all of it, and not the next"
plan "$m" >"$TEST_TMP/plan"
is "$(broken "$TEST_TMP/plan" "[[$((0x20000000)),$((0x20200000))]]")" "" "and all of it is kept out"

# --- page sizes
for size in 16384 65536; do
	m=$(machine_copy "$board" machine)
	sed -i "s/\"page_size\": 4096/\"page_size\": $size/" "$m/machine.json"
	poison "$m" $((0x50000000)) $((0x50000000 + size * 3))
	is "$(listed "$m")" "0x50000000+$size kpageflags
$(printf '0x%x' $((0x50000000 + size * 3)))+$size kpageflags" "pages of $size bytes"
	plan "$m" >"$TEST_TMP/plan"
	is "$(broken "$TEST_TMP/plan" "[[$((0x50000000)),$((0x50000000 + size))],
		[$((0x50000000 + size * 3)),$((0x50000000 + size * 4))]]")" "" "and they are kept out whole"
done

# --- what earlier kernels were told
m=$(machine_copy "$guest" machine)
mkdir "$m/sys/firmware/memmap/90"
echo 0x30000000 >"$m/sys/firmware/memmap/90/start"
echo 0x30001fff >"$m/sys/firmware/memmap/90/end"
echo "Unusable memory" >"$m/sys/firmware/memmap/90/type"
is "$(listed "$m")" "0x30000000+8192 firmware-map" "the firmware's map"
sed -i '/^00100000/i 00030000-00030fff : Unusable memory' "$m/proc/iomem"
is "$(listed "$m")" "0x30000+4096 iomem
0x30000000+8192 firmware-map" "and iomem (memmap= on the command line)"
plan "$m" >"$TEST_TMP/plan"
is "$(broken "$TEST_TMP/plan" "[[$((0x30000)),$((0x31000))],[$((0x30000000)),$((0x30002000))]]")" "" \
	"both are kept out"
is "$(ask "$TEST_TMP/plan" '.memory_map.before | of_type("unusable")')" '[[805306368,805314560]]' \
	"what the firmware's map says is in the map before"

m=$(machine_copy "$board" machine)
printf '0x50000000\n' >"$TEST_TMP/list"
plan "$m" --hwpoison-file="$TEST_TMP/list" --dump="$TEST_TMP/dump" >/dev/null 2>&1
cp "$TEST_TMP/dump/next.dtb" "$m/sys/firmware/fdt"
is "$(listed "$m")" "0x50000000+4096 fdt" "the device tree"
m=$(machine_copy "$own/arm64/guest-acpi-2g" acpi)
plan "$m" --hwpoison-file="$TEST_TMP/list" --dump="$TEST_TMP/dump" >/dev/null 2>&1
cp "$TEST_TMP/dump/next.dtb" "$m/sys/firmware/fdt"
is "$(listed "$m")" "0x50000000+4096 fdt" "the device tree of an ACPI machine"

# --- lists
m=$(machine_copy "$guest" machine)
poison "$m" 0x12345000
cat >"$TEST_TMP/list" <<-'EOF'
	# comment
	0x12346000	# beside what kpageflags says
	pfn 0x20000
	0x40000000+8K
	0x40004000-0x40005fff
	1073741824
	0x12345678
EOF
is "$(listed "$m" --hwpoison-file="$TEST_TMP/list")" "0x12345000+4096 kpageflags,file
0x12346000+4096 file
0x20000000+4096 file
0x40000000+8192 file
0x40004000+8192 file" "a list, in any form and order, beside another source"
echo 0x50000000 >"$TEST_TMP/second"
is "$(listed "$m" --hwpoison-file="$TEST_TMP/list" --hwpoison-file="$TEST_TMP/second" | tail -n1)" \
	"0x50000000+4096 file" "two lists"
is "$(listed "$m" --hwpoison-file=<(echo 0x60000000) | tail -n1)" "0x60000000+4096 file" \
	"a list from a pipe"
# shellcheck disable=SC2086
$KEXEC --hwpoison-list --machine="$m" --hwpoison-file="$TEST_TMP/list" >"$TEST_TMP/printed"
rm "$m/proc/kpageflags"
is "$(listed "$m" --hwpoison-file="$TEST_TMP/printed" | cut -d' ' -f1)" "0x12345000+8192
0x20000000+4096
0x40000000+8192
0x40004000+8192" "what --hwpoison-list prints can be read again"
: >"$TEST_TMP/empty"
is "$(listed "$m" --hwpoison-file="$TEST_TMP/empty")" "" "an empty list"
warned 'names no frame' "and it is said"

# --- taking back
m=$(machine_copy "$guest" machine)
poison "$m" 0x12345000 0x12346000 0x20000000
is "$(listed "$m" --hwpoison-forget=0x12345000)" "0x12346000+4096 kpageflags
0x20000000+4096 kpageflags" "one frame is taken back"
is "$(listed "$m" --hwpoison-forget=0x12345fff+2)" "0x20000000+4096 kpageflags" \
	"a range that touches two frames takes both back"
is "$(listed "$m" --hwpoison-forget=all)" "" "all is taken back"
is "$(listed "$m" --hwpoison-forget=0x50000000 | wc -l)" 2 "what is not known cannot be taken back"
warned 'nothing there is known to be bad' "and it is said"
mkdir "$m/sys/firmware/memmap/90"
echo 0x30000000 >"$m/sys/firmware/memmap/90/start"
echo 0x30001fff >"$m/sys/firmware/memmap/90/end"
echo "Unusable memory" >"$m/sys/firmware/memmap/90/type"
plan "$m" --hwpoison-forget=0x30000000 >"$TEST_TMP/plan"
is "$(ask "$TEST_TMP/plan" '.memory_map.after | of_type("unusable") | map(select(.[0] >= 805306368))')" \
	'[[805310464,805314560]]' "what an earlier kexec was told becomes RAM again"
is "$(ask "$TEST_TMP/plan" '[.warnings[] | select(test("becomes RAM again"))] | length')" 1 \
	"with a warning"

# --- cross-checks
m=$(machine_copy "$guest" machine)
poison "$m" 0x12345000
corrupted() { sed -i "s/^HardwareCorrupted.*/HardwareCorrupted: $1 kB/" "$m/proc/meminfo"; }
corrupted 4
listed "$m" >/dev/null
is "$(<"$TEST_TMP/warnings")" "" "HardwareCorrupted agrees: no warning"
corrupted 8
listed "$m" >/dev/null
warned 'counts 8 KiB as HardwareCorrupted, and /proc/kpageflags shows 4 KiB' \
	"HardwareCorrupted knows of more: a warning"
corrupted 0
mkdir -p "$m"/sys/devices/system/node/node{0,1}/memory_failure
echo 1 >"$m/sys/devices/system/node/node0/memory_failure/total"
echo 0 >"$m/sys/devices/system/node/node1/memory_failure/total"
listed "$m" >/dev/null
is "$(<"$TEST_TMP/warnings")" "" "the nodes' counters agree: no warning"
echo 2 >"$m/sys/devices/system/node/node1/memory_failure/total"
listed "$m" >/dev/null
warned 'counts 3 memory failures .* shows 1 bad' "the nodes' counters know of more: a warning"
rm -r "$m/sys/devices"

# --- offline blocks
mkdir -p "$m"/sys/devices/system/memory/memory{2,3,5,9000}
echo 8000000 >"$m/sys/devices/system/memory/block_size_bytes"
for block in 2 3 9000; do
	echo offline >"$m/sys/devices/system/memory/memory$block/state"
done
echo online >"$m/sys/devices/system/memory/memory5/state"
listed "$m" >/dev/null
warned '0x10000000-0x1fffffff \(256 MiB\) is offline' "offline blocks: a warning with their range"
is "$(wc -l <"$TEST_TMP/warnings")" 1 "blocks side by side are one, and one without RAM is none"
is "$(listed "$m" --hwpoison-offline-blocks | cut -d' ' -f1)" "0x10000000+36982784
0x12345000+4096
0x12346000+231448576" "and all of them is taken as bad when asked for"
is "$(<"$TEST_TMP/warnings")" "" "without a warning then"
done_testing
