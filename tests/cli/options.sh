#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command line as scripts written for kexec-tools know it: exit codes, what is printed where,
# names cut short, options anywhere, what is refused and why. Nothing here loads a kernel: what is
# not stopped by a wrong option is a dry run. The man page names every option of --help and no
# other.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

guest=$own/x86_64/guest-bios-2g
board=$own/arm64/guest-dt-2g
dry() {
	# shellcheck disable=SC2086
	$KEXEC --dry-run=json --machine="$guest" "$@"
}
# shellcheck disable=SC2086
kexec() {
	$KEXEC "$@"
}

# --- help and version
for word in -h --help '-?' --hel; do
	run kexec $word
	is "$status,$err" "0," "$word: exit code 0, nothing on standard error"
	like "$out" '^Usage: kexec ' "$word: the usage on standard output"
done
for word in -v --version; do
	run kexec $word
	is "$status,$out,$err" "0,kexec-hwpoison 0.1.0," "$word"
done
run kexec --version --no-such-option
is "$status" 0 "what follows --version is not looked at"

# --- wrong usage
complains_quietly=0
complains 255 'No kernel specified' "no words at all: 255, as kexec-tools" kexec
like "$out" '^Usage: kexec ' "with the usage on standard output"
complains 255 'No kernel specified' "-l without a kernel: 255" kexec -l
complains 255 'No kernel specified' "-f without a kernel: 255" kexec -f
complains 1 "unrecognized option '--no-such-option'" "an unknown option: 1" kexec --no-such-option
like "$out" '^Usage: kexec ' "with the usage"
complains 1 "invalid option -- 'Z'" "an unknown letter: 1" kexec -lZ x
complains 1 "option '--initrd' requires an argument" "a missing argument: 1" kexec -l x --initrd
complains 1 "option requires an argument -- 't'" "of a letter: 1" kexec -l x -t
complains 1 "option '--load' doesn't allow an argument" "an argument too many: 1" kexec --load=5 x
complains 1 "option '--re' is ambiguous" "ambiguous: 1" kexec --re
if [ "$(uname -m)" = x86_64 ]; then
	complains 1 'means nothing when nothing is loaded' "-u with a loader's option: 1 on x86" \
		kexec -u --append=x
	complains 1 'means nothing when nothing is loaded' "-e with a loader's option: 1 on x86" \
		kexec -e --initrd=x
	complains 1 'means nothing when nothing is loaded' "-S with a loader's option: 1 on x86" \
		kexec -S --reuse-cmdline
fi
complains_quietly=1

# --- refused, with the reason
complains 1 'kexec_file_load.*cannot be told of bad memory' "-s with --preserve-hwpoison" \
	kexec -l -s --preserve-hwpoison x
complains 1 'kexec_file_load' "-s with --dry-run" dry -s
complains 1 '-p is refused' "-p without -s" kexec -p x
complains 1 '--dry-run cannot go with -p' "-p with --dry-run" dry -p
complains 1 'set aside for it' "-p -s with --preserve-hwpoison" kexec -p -c --preserve-hwpoison x
complains 1 'means nothing without --preserve-hwpoison' "a list without --preserve-hwpoison" \
	kexec -l --hwpoison-file=x x
complains 1 'means nothing without --dry-run' "--dump without --dry-run" kexec -l --dump=x x
complains 1 'not be loaded' "a snapshot is not loaded" kexec -l --machine="$guest" x
complains 1 'cannot go together' "two actions" kexec --dry-run --hwpoison-list
complains 1 'above --mem-max' "--mem-min above --mem-max" dry --mem-min=0x2000 --mem-max=0x1000
complains 1 'an address is wanted' "--mem-min=x" dry --mem-min=x
complains 1 'divides 115200' "--serial-baud=7000" dry --serial-baud=7000
complains 1 'I/O port' "--serial=ttyUSB0 on x86_64" dry --serial=ttyUSB0
complains 1 'reload, refuse or ignore' "--hwpoison-late=x" dry --hwpoison-late=x
complains 1 'text or json' "--dry-run=xml" kexec --dry-run=xml
complains 1 'means nothing on arm64' "an option of x86_64 for an arm64 machine" \
	kexec --dry-run --machine="$board" --noefi
complains 1 'means nothing on x86_64' "and of arm64 for x86_64" \
	dry --preserve-hwpoison --hwpoison-max-ranges=5
complains 1 'means nothing on x86_64' "and another" dry --preserve-hwpoison --hwpoison-fdt-way=nodes
complains 1 '--kho-abi means nothing without kho' "--kho-abi without kho" \
	dry --preserve-hwpoison --kho-abi=4
complains 1 '--kho-scratch means nothing without kho' "--kho-scratch without kho" \
	dry --preserve-hwpoison --hwpoison-mode=e820 --kho-scratch=1G
complains 1 'means nothing with --hwpoison-mode=kho alone' "--hwpoison-fdt-way with kho alone" \
	kexec --dry-run --machine="$board" --preserve-hwpoison --hwpoison-mode=kho --hwpoison-fdt-way=nodes
complains 1 'auto, nodes, reserve or efi' "--hwpoison-fdt-way=x" dry --preserve-hwpoison --hwpoison-fdt-way=x
for option in --reuseinitrd --hotplug --load-preserve-context --load-jump-back-helper --entry=1 \
	--load-live-update --exec-live-update --real-mode --entry-32bit --module=x --args-elf \
	--args-none; do
	complains 1 "${option%%=*} is refused: " "$option" kexec -l "$option" x
done

# --- taken
for option in --args-linux --elf32-core-headers --elf64-core-headers --pass-memmap-cmdline \
	-a -c -d -i -x -y --no-checks --kexec-syscall-auto --noefi --reset-vga --console-vga \
	--console-serial --serial=ttyS0 --serial=0x2f8 --serial-baud=9600 --mem-min=0x100000 \
	--mem-max=0xffffffff --reuse-video-type -l -f -S -u -e "-s -c" "-s -a"; do
	# shellcheck disable=SC2086 # some are two words
	run dry $option
	is "$status" 0 "--dry-run with $option" || diag "$err"
done
run kexec --dry --mach="$guest"
is "$status" 0 "our options may be cut short"
run kexec --pr --no-such-option
unlike "$err" "ambiguous" "--pr is --print-ckr-size, as in kexec-tools, in spite of --preserve-hwpoison"
run kexec --stat --no-such-option
unlike "$err" "ambiguous" "--stat is --status, in spite of --status-long"

# --- the words in any order, and -- ends the options
echo nothing >"$TEST_TMP/-kernel"
for words in "$TEST_TMP/-kernel --dry-run --machine=$guest" "--dry-run $TEST_TMP/-kernel --machine=$guest" \
	"--dry-run --machine $guest -- $TEST_TMP/-kernel"; do
	# shellcheck disable=SC2086
	run kexec $words
	like "$err" "/-kernel" "the kernel is found: ${words//$TEST_TMP\//}"
	is "$status" 255 "and is none: 255"
done
cd "$TEST_TMP" || exit 1
run kexec --dry-run --machine "$guest" -- -kernel
like "$err" "-kernel" "a kernel whose name starts with a dash"
cd "$TOP" || exit 1
complains 1 'No such file' "a kernel that is not there: 1" dry "$TEST_TMP/nowhere"

# --- how it looks
run kexec --dry-run --machine="$guest"
unlike "$out" $'\033' "no colour when it is no terminal"
LC_ALL=C run kexec --dry-run --machine="$guest"
unlike "$out" $'[\x80-\xff]' "ASCII in the C locale"
like "$out" '^  \[[#.]+\] ' "with the picture"
LC_ALL=C.UTF-8 run kexec --dry-run --machine="$guest"
like "$out" '▕[█░]+▏' "the picture in UTF-8"
if command -v script >/dev/null; then
	terminal() { # VARIABLES: the output on a terminal
		echo 0x12345000 >"$TEST_TMP/list"
		env TERM=xterm "$@" script -qec "$KEXEC --dry-run --preserve-hwpoison \
			--hwpoison-file=$TEST_TMP/list --machine=$guest" /dev/null </dev/null
	}
	like "$(terminal)" $'\033\\[31m' "colour on a terminal"
	unlike "$(terminal NO_COLOR=1)" $'\033\\[[0-9;]*m' "not with NO_COLOR"
	like "$(terminal NO_COLOR=)" $'\033\\[31m' "an empty NO_COLOR does not count"
	unlike "$(terminal TERM=dumb)" $'\033\\[[0-9;]*m' "not on a dumb terminal"
else
	skip "colour on a terminal" "script is not installed"
fi

# --- what is not read is said
run dry --dtb="$TEST_TMP/nowhere"
is "$status" 0 "--dtb on x86_64: taken, as in kexec-tools"
like "$(jq -c .warnings <<<"$out")" '--dtb=.*/nowhere is not read' "and warned of"
run dry
unlike "$out" 'is not read' "no warning without it"

# --- what is no UTF-8
run dry --append=$'a=\xff'
is "$status,$(jq -c .command_line <<<"$out")" '0,"a=�"' "a command line that is no UTF-8, in JSON"

# --- help and the man page name the same options
help_names() {
	kexec --help | grep -oE '^ +(-[a-z], )?--[a-z0-9-]+' -i | grep -oE -- '--?[A-Za-z0-9][A-Za-z0-9-]*' |
		LC_ALL=C sort -u
}
# The lines under OPTIONS that name an option are those after .TP.
page_names() {
	sed -n '/^\.SH OPTIONS/,/^\.SH "THE/p' "$TOP/doc/kexec.8" | grep -A1 '^\.TP' | grep -v '^\.TP' |
		sed 's/\\-/-/g' | grep -oE -- '(^|[ "P])--?[A-Za-z0-9][A-Za-z0-9-]*' |
		grep -oE -- '--?[A-Za-z0-9].*' | LC_ALL=C sort -u
}
is "$(page_names)" "$(help_names)" "the man page names every option of --help and no other"
is "$(help_names | wc -l)" "$(help_names | grep -c .)" "and there are some"
like "$(help_names | wc -l)" '^[6-9][0-9]$|^[1-9][0-9][0-9]$' "at least sixty of them"
if command -v man >/dev/null; then
	is "$(man -l --warnings=w "$TOP/doc/kexec.8" 2>&1 >/dev/null)" "" "the man page is well formed"
else
	skip "the man page is well formed" "man is not installed"
fi
done_testing
