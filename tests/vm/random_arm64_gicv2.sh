#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random sets of bad frames (guest/random), on an arm64 machine with a GICv2 and two processors:
# 7 of the 50 sets of all arm64 machines; 42 of 300 with FULL=1; SEED=N for others.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small
sets=7
[ -z "${FULL:-}" ] || sets=42
vm_boot_files arm64 small
vm_memory=512 vm_timeout=$((60 * (sets + 2))) vm_append="sets=$sets seed=$((${SEED:-0} + 8000))"
vm_boot gicv2 arm64 small -M virt,gic-version=2 -smp 2 <"$TOP/tests/vm/guest/random"
done_testing
