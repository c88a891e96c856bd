#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random sets of bad frames by Kexec HandOver (guest/random_kho), on arm64 with UEFI and ACPI:
# 5 of the 20 sets of all machines; 25 of 100 with FULL=1; SEED=N for others.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kho_trees/lib.sh"

vm_begin arm64 small
"$TOP/tools/test-kernels" arm64/firmware
sets=5
[ -z "${FULL:-}" ] || sets=25
vm_boot_files arm64 small
vm_files+=("$TOP/tests/vm/guest/kho=state/kho")
vm_memory=1024 vm_timeout=$((60 * (sets + 3))) vm_append="kho=on dump=1 sets=$sets seed=$((${SEED:-0} + 24000))"
vm_boot acpi arm64 small -bios "$vm_kernels/arm64/firmware/UEFI.fd" <"$TOP/tests/vm/guest/random_kho"
kho_trees acpi "$sets"
done_testing
