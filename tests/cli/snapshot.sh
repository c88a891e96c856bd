#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A snapshot plans what its machine plans, holds no secrets, and is there whole or not at all. The
# machines here are snapshots themselves: --snapshot reads below --machine like everything else.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2086
kexec() {
	$KEXEC "$@"
}
left() { # nothing half written lies about
	is "$(cd "$TEST_TMP" && ls -d taken* 2>/dev/null)" "$1" "$2"
}

for arch in $ARCHES; do
	for machine in $(machines "$arch") $(machines "../tests/machines/$arch" 2>/dev/null); do
		name=${machine##*/}
		rm -rf "$TEST_TMP"/taken*
		machine=$(machine_copy "$machine" machine)
		if [ "$arch" = x86_64 ]; then
			printf '0x1000\n0x12345000\n0x2000000 huge\n' | "$TOP/tools/poison" "$machine"
		else
			sed -n 's/^\([0-9a-f]*\)-.* : System RAM.*/0x\1/p' "$machine/proc/iomem" |
				"$TOP/tools/poison" "$machine"
		fi
		ok "$name: taken" kexec --machine="$machine" --snapshot="$TEST_TMP/taken"
		plan "$machine" >"$TEST_TMP/plan"
		plan "$TEST_TMP/taken" >"$TEST_TMP/again"
		is "$(ask "$TEST_TMP/again" 'del(.warnings)')" "$(ask "$TEST_TMP/plan" 'del(.warnings)')" \
			"$name: plans the same"
		is "$(ask "$TEST_TMP/plan" '.hwpoison.bytes > 0')" true "$name: and has bad memory"
	done
done

# --- what is in it
m=$(machine_copy "$own/x86_64/server-64g" machine)
"$TOP/tools/poison" "$m" <"$m/poison"
mkdir -p "$m"/sys/class/dmi/id "$m"/sys/firmware/{acpi/tables,efi/efivars,dmi/tables} "$m/etc" \
	"$m"/sys/kernel/boot_params/setup_data/0
for secret in sys/class/dmi/id/product_serial sys/firmware/acpi/tables/MSDM \
	sys/firmware/efi/efivars/key sys/firmware/dmi/tables/DMI etc/shadow \
	sys/kernel/boot_params/setup_data/0/data; do
	echo SECRET >"$m/$secret"
done
rm -rf "$TEST_TMP"/taken*
kexec --machine="$m" --snapshot="$TEST_TMP/taken" >/dev/null
is "$(grep -rl SECRET "$TEST_TMP/taken")" "" "no serial numbers, keys, variables or seeds"
is "$(find "$TEST_TMP/taken" -perm /077)" "" "nobody but its owner can read it"
is "$(<"$TEST_TMP/taken/proc/cmdline")" "$(<"$m/proc/cmdline")" "the command line as it is"
is "$(stat -c %s "$TEST_TMP/taken/proc/kpageflags")" "$(stat -c %s "$m/proc/kpageflags")" \
	"kpageflags as long as it was"
blocks=$(stat -c %b "$TEST_TMP/taken/proc/kpageflags")
ok "and sparse: $blocks blocks" [ "$blocks" -lt 1024 ]
# Flags that say what memory is used for are nobody's business.
m=$(machine_copy "$own/x86_64/guest-bios-2g" machine)
"$TOP/tools/poison" "$m" <<<0x12345000
printf '\xff\xff\xf7\xff\xff\xff\xff\xff' |
	dd of="$m/proc/kpageflags" bs=8 seek=300 conv=notrunc status=none
printf '\x40\x00\x00\x00\x00\x00\x00\x00' |
	dd of="$m/proc/kpageflags" bs=8 seek=400 conv=notrunc status=none
rm -rf "$TEST_TMP"/taken*
kexec --machine="$m" --snapshot="$TEST_TMP/taken" >/dev/null
is "$(od -An -v -tx8 -w8 -j2400 -N8 "$TEST_TMP/taken/proc/kpageflags")" ' 0000000000038000' \
	"of the flags, those alone that tell of huge pages and poison"
is "$(od -An -v -tx8 -w8 -j3200 -N8 "$TEST_TMP/taken/proc/kpageflags")" ' 0000000000000000' \
	"and none of other pages"
if command -v dtc >/dev/null; then
	m=$(machine_copy "$own/arm64/guest-dt-2g" machine)
	dtc -q -I dts -O dtb -o "$m/sys/firmware/fdt" - <<-'EOF'
		/dts-v1/;
		/ { #address-cells = <2>; #size-cells = <2>; serial-number = "SECRET";
			chosen { kaslr-seed = <0x53454352 0x45540000>; rng-seed = "SECRET"; };
			ethernet { local-mac-address = "SECRET"; };
			memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x80000000>; };
		};
	EOF
	rm -rf "$TEST_TMP"/taken*
	kexec --machine="$m" --snapshot="$TEST_TMP/taken" >/dev/null
	is "$(grep -c SECRET "$TEST_TMP/taken/sys/firmware/fdt")" 0 "no seeds and serials in the tree"
	ok "which is a tree still" dtc -q -I dtb -O dts -o /dev/null "$TEST_TMP/taken/sys/firmware/fdt"
else
	skip "no seeds and serials in the tree" "dtc is not installed"
fi

# --- whole or not at all
m=$(machine_copy "$own/x86_64/guest-bios-2g" machine)
rm -rf "$TEST_TMP"/taken*
mkdir "$TEST_TMP/taken"
complains 1 'is there already' "never over a directory" kexec --machine="$m" --snapshot="$TEST_TMP/taken"
left taken "which stays as it was"
is "$(ls "$TEST_TMP/taken")" "" "empty"
rm -rf "$TEST_TMP"/taken*
ln -s nowhere "$TEST_TMP/taken"
complains 1 'is there already' "nor a link to nowhere" kexec --machine="$m" --snapshot="$TEST_TMP/taken"
rm "$TEST_TMP/taken"
complains 1 'No such file' "below nothing" kexec --machine="$m" --snapshot="$TEST_TMP/nowhere/deep"
complains 1 'names no directory' "without a name" kexec --machine="$m" --snapshot=
"$TOP/tools/poison" "$m" <<<0x12345000
truncate -s 4096 "$m/proc/kpageflags"
complains 1 'cannot copy .*kpageflags' "kpageflags too short" kexec --machine="$m" --snapshot="$TEST_TMP/taken"
left "" "leaves nothing"
rm -r "$m/proc/kpageflags"
rm "$m/proc/meminfo"
mkdir "$m/proc/meminfo"
complains 1 'cannot copy .*meminfo: Is a directory' "a file that cannot be read" \
	kexec --machine="$m" --snapshot="$TEST_TMP/taken"
left "" "leaves nothing"
ok "a name with a slash behind it" kexec --machine="$own/x86_64/guest-bios-2g" --snapshot="$TEST_TMP/taken/"
done_testing
