#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random sets of bad frames (guest/random), on an arm64 machine with UEFI and ACPI:
# 16 of the 50 sets of all arm64 machines; 96 of 300 with FULL=1; SEED=N for others.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small
"$TOP/tools/test-kernels" arm64/firmware
sets=16
[ -z "${FULL:-}" ] || sets=96
vm_boot_files arm64 small
vm_memory=512 vm_timeout=$((60 * (sets + 2))) vm_append="sets=$sets seed=$((${SEED:-0} + 10000))"
vm_boot acpi arm64 small -bios "$vm_kernels/arm64/firmware/UEFI.fd" <"$TOP/tests/vm/guest/random"
done_testing
