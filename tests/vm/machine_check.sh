#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A machine check as a processor raises it when the scrubber meets a bad cell: bank 9,
# uncorrected, action optional (MCACOD 0xc0, Intel SDM vol. 3B, 16.9.3.1), sent by QEMU's monitor at a
# frame that a process in the guest holds. The kernel's own handler marks the frame; our kexec must
# list it, and no other.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 6.1 6.12 backports
for kernel in 6.1 6.12 backports; do
	# The handler asks for an Intel processor with software error recovery. The kernel would
	# complain about what else such a processor has.
	vm_append=mitigations=off
	vm_start "$kernel" x86_64 "$kernel" -cpu Skylake-Server-v1,-cx16 <<-'EOF'
		poison hold >/state/poison &
		until grep -q . /state/poison; do usleep 100000; done
		say "held $(cat /state/poison)"
		until frames flagged /state/poison >/dev/null; do usleep 100000; done
		ok "the kernel marks the frame"
		check "our kexec lists it and no other" learnt
	EOF
	frame=$(vm_await '^@vm held ')
	vm_monitor "mce 0 9 0xbd000000000000c0 0x5 0x${frame##* }000 0x8c"
	vm_finish
done
done_testing
