#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Purgatory by itself on arm64, in a machine without any Linux: a small guest
# (tests/vm/purgatory_bare_arm64) enters it as the old kernel would, with a byte flipped here or a
# poisoned frame back in RAM there, and is what the next kernel would be: it looks at every register
# that purgatory changes. One guest runs all cases, one for each boot: whatever happens must end in a
# reset, so a purgatory that hangs is a guest that does not finish. It tells on the serial port what
# each case must say; this script compares. All at EL1, at EL2 without and with E2H, and at EL1
# below an EL2 that denies the SHA instructions or the page size.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/purgatory_bare/judge.sh"

here=$TOP/tests/vm/purgatory_bare_arm64
guest=$TEST_TMP/bare.elf
com1=$TEST_TMP/uart com2=/dev/null
: "${CC:=gcc}"

[ "$(uname -m)" = aarch64 ] || CC=aarch64-linux-gnu-gcc
for tool in qemu-system-aarch64 "$CC"; do
	command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
[ -e "$BUILD/purgatory/blobs.S" ] || skip_all "$BUILD has no purgatory: make it first"

# shellcheck disable=SC2317 # called by ok
build() {
	"$CC" -std=gnu17 -Wall -Wextra -Wshadow -Werror -O2 -ffreestanding -fno-pie -no-pie \
		-mgeneral-regs-only -mstrict-align -fno-stack-protector -mbranch-protection=none \
		-fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables \
		-nostdlib -static -I"$TOP" -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,-z,max-page-size=4096 -T "$here/bare.lds" -o "$guest" \
		"$here"/{start.S,main.c,scene.c,cases.c} \
		"$TOP/tests/vm/purgatory_bare/portable.c" "$BUILD/purgatory/blobs.S" \
		"$TOP"/purgatory/{loader,check,sha256,string}.c
}

# guest_run LABEL SETTINGS MACHINE CPU: to its end; settings as in bare.h.
guest_run() {
	run timeout -k 5 600 qemu-system-aarch64 -accel tcg -M "$3" -cpu "$4" -m 4608 -nodefaults \
		-display none -serial "file:$com1" -kernel "$guest" \
		-device "loader,addr=0x42000000,data=$2,data-len=4"
	is "$status" 0 "$1: the guest ran to its end"
	judge "$1"
	unlike "$(cat "$com1")" 'NOBODY TOOK' "$1: purgatory takes every exception"
}

ok "the guest is built" build
[ -e "$guest" ] || done_testing

guest_run EL1 0 virt cortex-a53
like "$(cat "$com1")" 'verified \(SHA instructions\)' "EL1: the SHA instructions are used"
guest_run EL2 0 virt,virtualization=on cortex-a57
like "$(cat "$com1")" 'verified \(SHA instructions\)' "EL2: the SHA instructions are used"
guest_run "EL2 with E2H" 1 virt,virtualization=on max
like "$(cat "$com1")" 'verified \(SHA instructions\)' "EL2 with E2H: the SHA instructions are used"
guest_run "no SHA instructions" 6 virt,virtualization=on max
unlike "$(cat "$com1")" 'SHA instructions' "no SHA instructions: none are used"
guest_run "no pages of 4 KiB" 10 virt,virtualization=on max
unlike "$(cat "$com1")" 'SHA instructions' "no pages of 4 KiB: the MMU stays off"

# shellcheck disable=SC2317 # called by flips_run
flip_run() {
	timeout -k 5 30 qemu-system-aarch64 -accel tcg -M virt -cpu cortex-a53 -m 4608 -nodefaults \
		-display none -no-reboot -serial "file:$com1" -kernel "$guest" \
		-device "loader,addr=0x42000000,data=$(($1 << 8 | 16)),data-len=4"
}
flips_run

done_testing
