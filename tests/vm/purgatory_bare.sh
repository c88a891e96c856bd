#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Purgatory by itself, in a machine without any Linux: a small PVH guest (tests/vm/purgatory_bare)
# enters it as the old kernel would, with a byte flipped here or a poisoned frame back in RAM there,
# and is what the next kernel would be. One guest runs all cases, one for each boot: whatever
# happens must end in a reset, so a purgatory that hangs is a guest that does not finish.
# It tells on the serial ports what each case must say; this script compares.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/purgatory_bare/judge.sh"

here=$TOP/tests/vm/purgatory_bare
guest=$TEST_TMP/bare.elf
com1=$TEST_TMP/com1 com2=$TEST_TMP/com2
: "${CC:=gcc}"

[ "$(uname -m)" = x86_64 ] || CC=x86_64-linux-gnu-gcc
for tool in qemu-system-x86_64 "$CC"; do
	command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
[ -e "$BUILD/purgatory/blobs.S" ] || skip_all "$BUILD has no purgatory: make it first"

# shellcheck disable=SC2317 # called by ok
build() {
	"$CC" -std=gnu17 -Wall -Wextra -Wshadow -Werror -O2 -ffreestanding -fno-pie -no-pie \
		-mgeneral-regs-only -mno-red-zone -fno-stack-protector -fcf-protection=none \
		-fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables \
		-nostdlib -static -I"$TOP" -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,-z,max-page-size=4096 -T "$here/bare.lds" -o "$guest" \
		"$here"/{start.S,main.c,scene.c,cases.c,portable.c} "$BUILD/purgatory/blobs.S" \
		"$TOP"/purgatory/{loader,check,sha256,string}.c
}

# guest_run MACHINE QEMU-OPTION...: to its end. All cases take some 10 seconds on an idle machine.
guest_run() {
	local machine=$1
	shift
	timeout -k 5 600 qemu-system-x86_64 -M "$machine" -m 256 -nodefaults -display none \
		-serial "file:$com1" -serial "file:$com2" -kernel "$guest" "$@"
}

ok "the guest is built" build
[ -e "$guest" ] || done_testing

run guest_run pc,accel=tcg -vga std -device isa-debug-exit,iobase=0xf4
is "$status" 1 "interpreted: the guest ran to its end"
judge interpreted
unlike "$(cat "$com1")" 'SHA instructions' "interpreted: no instructions that the processor lacks"

# With SHA instructions, if any processor that QEMU can be here has them: 7.2 does not interpret them.
with_sha=
for accel in tcg kvm; do
	[ "$accel" = tcg ] || [ -w /dev/kvm ] || continue
	run guest_run "pc,accel=$accel" -cpu qemu64,+ssse3,+sse4.1,+sha-ni,enforce -vga std \
		-device isa-debug-exit,iobase=0xf4
	case $err in
	*"support requested feature"*) continue ;;
	esac
	with_sha=1
	is "$status" 1 "SHA instructions: the guest ran to its end"
	judge "SHA instructions"
	like "$(cat "$com1")" 'verified \(SHA instructions\)' "SHA instructions: they are used"
	break
done
[ -n "$with_sha" ] || skip "SHA instructions" "no processor of QEMU's has them here"

# shellcheck disable=SC2317 # called by flips_run
flip_run() {
	timeout -k 5 30 qemu-system-x86_64 -M pc,accel=tcg -m 256 -nodefaults -display none -no-reboot \
		-serial "file:$com1" -vga std -kernel "$guest" -append "flip=$(printf %02d "$1")"
}
flips_run

# A machine without timer, keyboard controller and reset port: a triple fault is what is left.
run guest_run microvm,accel=tcg,pit=off,pic=off,rtc=off -no-reboot \
	-append "case=no console, a fault is told all the same"
is "$status" 0 "a bare machine is reset"
like "$(cat "$com1")" 'segment initrd: what lies there' "a bare machine tells the fault"

# qmp_start QEMU-OPTION...: a guest that is asked by qmp_ask, until qmp_end.
qmp_start() {
	coproc qemu { guest_run "$@" -qmp stdio 2>"$TEST_TMP/qemu"; }
	qemu_pid=$!
	# Subshells do not have the descriptors of a coprocess.
	exec 8<&"${qemu[0]}" 9>&"${qemu[1]}"
	printf '{"execute": "qmp_capabilities"}\n' >&9
}
qmp_ask() {
	printf '{"execute": "human-monitor-command", "arguments": {"command-line": "%s"}}\n' "$1" >&9
}
qmp_end() {
	printf '{"execute": "quit"}\n' >&9
	exec 8<&- 9>&-
	wait "$qemu_pid" 2>/dev/null
}
# qmp_await PATTERN: the first line that has it.
qmp_await() {
	local line
	while IFS= read -r -t 90 line <&8; do
		case $line in
		*"$1"*)
			printf '%s\n' "$line"
			return 0
			;;
		esac
	done
	return 1
}

# What VGA shows is read at the reset, which stops the machine here.
qmp_start pc,accel=tcg -vga std -action reboot=shutdown,shutdown=pause \
	-append "case=no console, a fault is told all the same"
ok "a fault ends in a reset" qmp_await '"SHUTDOWN"'
qmp_ask "xp /320xh 0xb8d20"
screen=$(qmp_await 0x07 | grep -o '0x07[0-9a-f][0-9a-f]' | sed 's/0x07/\\x/' | tr -d '\n')
like "$(printf '%b' "$screen")" 'segment initrd: what lies there is not what was loaded' \
	"a fault is told on VGA"
qmp_end

# A machine check while purgatory has the machine.
# shellcheck disable=SC2317 # called by ok
com1_await() {
	timeout 90 grep -q -m1 -- "$1" <(tail -n +1 -f "$com1" 2>/dev/null)
}
: >"$com1"
qmp_start pc,accel=tcg -vga none -no-reboot -append "case=waiting"
ok "purgatory waits before it resets" com1_await 'resetting the machine in 60000 ms'
qmp_ask "info registers"
registers=$(qmp_await CR4)
like "$registers" 'CR0=80000033 ' "the vector registers do not fault, by CR0"
like "$registers" 'CR4=00000260' "nor by CR4, and machine checks are on"
# Bank 9, an uncorrected error with an address.
qmp_ask "mce 0 9 0xbd80000000000134 0x5 0x40001000 0x8c"
ok "a machine check is told" com1_await 'exception 18 (machine check)'
ok "with its address" com1_await 'machine check bank 9 status 0xbd80000000000134 address 0x40001000'
qmp_end

done_testing
