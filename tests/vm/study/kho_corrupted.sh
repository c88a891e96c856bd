#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A study, run by hand: what Linux does with Kexec HandOver data that have one wrong bit.
# Our checker would not load them, so the bit is turned behind its back (flip.c). One boot for each
# field; what the kernel said and what became of the bad frames is printed as a row of a table:
# doc/kho-corruption.md is made of them. ARCH=arm64 for that architecture. Fields are taken from the
# arguments, "FIELD BIT" each, where P is one of five bad frames, N one that is not; by default all below.
# Fields that cannot be turned are reported as such. SECONDS_TO_DIE=N: how long nothing is said until the
# next kernel is taken for dead.

. "$(dirname "$0")/../lib.sh"

arch=${ARCH:-x86_64}
vm_begin "$arch" small
sysroot=()
if [ "$arch" != "$(uname -m | sed s/aarch64/arm64/)" ]; then
	sysroot=(-isystem "$BUILD/sysroot-$arch/usr/include" -L "$BUILD/sysroot-$arch/usr/lib/$("$(vm_cc "$arch")" -dumpmachine)")
fi
"$(vm_cc "$arch")" -std=gnu17 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -static "${sysroot[@]}" \
	-o "$TEST_TMP/flip" "$(dirname "$0")/flip.c" -lfdt || exit 1
# So that a kernel that dies early can say of what; on x86_64 the small kernel has no such console.
early=
[ "$arch" != arm64 ] || early=earlycon

fields=(
	"data.type 0" "data.fdt_addr 12" "data.fdt_size 40" "data.scratch_addr 4"
	"data.scratch_size 3" "data.scratch_size 4" "fdt+0 0"
	"prop::compatible 40" "prop::compatible:len 24"
	"prop::preserved-memory-map 12" "prop::preserved-memory-map 40" "prop::preserved-memory-map:len 24"
	"radix:P:5 12" "radix:P:1 12" "radix:P:1 40" "radix:N:1 20"
	"radix:P:0 own" "radix:fdt:0 own" "radix:hwpoison:0 own" "radix:hwpoison-ranges:0 own"
	"scratch:0:addr 12" "scratch:0:addr 26" "scratch:0:addr 40"
	"scratch:0:size 12" "scratch:0:size 25" "scratch:0:size 40"
	"node:hwpoison 0" "prop:hwpoison:preserved-data 12" "prop:hwpoison:preserved-data 40"
	"prop:hwpoison:blob-size 3" "prop:hwpoison:blob-size 40" "blob:hwpoison+8 0"
	"prop:hwpoison-ranges:preserved-data 12" "blob:hwpoison-ranges+140 4"
)
[ $# -eq 0 ] || fields=("$@")

# What the guest told, as one cell.
cell() {
	local console=$vm_dir/console told
	[ -s "$console" ] || console=$vm_dir/out
	told=$(tr -d '\r' <"$vm_dir/out" | sed -n 's/^@vm told //p' | paste -sd ';' | sed 's/;/; /g')
	if [ -z "$told" ]; then
		told="does not boot: $(tr -d '\r' <"$console" | sed '1,/Starting new kernel\|^@vm going/d' |
			grep -aE 'anic|BUG:|Oops|RIP:|KHO:|fault' | head -n 3 | sed 's/^\[[^]]*\] *//' | paste -sd ';' |
			sed 's/;/; /g; s/|/\\|/g')"
		[ "$told" != 'does not boot: ' ] || told="does not boot: no word on the console"
	fi
	[[ -z $told || $told == 'does not boot'* || -n $ended ]] || told+="; it did not come to its end"
	printf '%s\n' "$told"
}

printf '| field | bit | what Linux did |\n|---|---|---|\n'
for field in "${fields[@]}"; do
	vm_boot_files "$arch" small
	vm_files+=("$TOP/tests/vm/guest/kho=state/kho" "$TEST_TMP/flip=bin/flip")
	vm_memory=384 vm_timeout=500 vm_append="kho=on $early field=${field% *} bit=${field#* }"
	vm_start "$field" "$arch" small <<-'GUEST'
		. /state/kho
		case $stage in
		1)
			pick_poison 261 5 || exit
			next_initrd
			field=$(word field none)
			first=$(head -n 1 /state/poison)
			# RAM that no table has yet: 512 MiB, or at 2 GiB.
			flip "$(echo "$field" | sed "s/:P:/:$first:/; s/:N:/:$([ "$arch" = arm64 ] && echo 80000 || echo 20000):/")" "$(word bit 0)" \
				kexec -i -l $kernel --preserve-hwpoison --hwpoison-mode=kho --initrd=/tmp/next.cpio \
				--append="$(next_command_line 2)" >/tmp/load.out 2>&1 ||
				{ say "told not loaded: $(head -n 1 /tmp/load.out)"; exit; }
			say going
			go ;;
		*)
			message=$(dmesg | grep -iE 'KHO|revival' | grep -v 'Command line\|command line' |
				sed 's/^\[[^]]*\] *//' | head -n 4)
			say "told boots"
			[ -z "$message" ] || echo "$message" | while read -r line; do say "told \`$line\`"; done
			frames preserved /state/poison >/tmp/preserved || say "told $(tail -n 1 /tmp/preserved)"
			learnt >/tmp/learnt.out 2>&1 || say "told our list: $(head -n 1 /tmp/learnt.out)"
			frames pressure /state/poison >/tmp/pressure || say "told after pressure: $(tail -n 1 /tmp/pressure)"
			learnt >/tmp/learnt.out 2>&1 || say "told our list after pressure: $(head -n 1 /tmp/learnt.out)"
			dmesg | grep -E 'BUG:|WARNING:|Oops|Bad page' | sed 's/^\[[^]]*\] *//' | head -n 2 |
				while read -r line; do say "told \`$line\`"; done
			;;
		esac
	GUEST
	ended=$(vm_await '^@vm (going|end)' 150)
	# A kernel that has come so far is alive, however slow.
	[[ $ended != *going* ]] || ended=$(vm_await '^@vm (told|end)' "${SECONDS_TO_DIE:-45}")
	[[ $ended != *told* ]] || ended=$(vm_await '^@vm end' 300)
	vm_monitor quit
	wait "$vm_pid" 2>/dev/null
	vm_pid=
	printf '| %s | %s | %s |\n' "${field% *}" "${field#* }" "$(cell)"
	[ -z "${KEEP:-}" ] || cp "$([ -s "$vm_dir/console" ] && echo "$vm_dir/console" || echo "$vm_dir/out")" \
		"$KEEP/$arch-${field// /-}.console"
	rm -rf "$vm_dir"
done
tap_done=1
