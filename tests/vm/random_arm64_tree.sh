#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random sets of bad frames (guest/random), on an arm64 machine that a device tree describes, with a GICv3:
# 20 of the 50 sets of all arm64 machines; 120 of 300 with FULL=1; SEED=N for others.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small
sets=20
[ -z "${FULL:-}" ] || sets=120
vm_boot_files arm64 small
vm_memory=512 vm_timeout=$((60 * (sets + 2))) vm_append="sets=$sets seed=$((${SEED:-0} + 7000))"
vm_boot tree arm64 small <"$TOP/tests/vm/guest/random"
done_testing
