#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random sets of bad frames (guest/random), on the machine type pc, one processor, half a GiB:
# 10 of the 50 sets of all machines; 60 of 300 with FULL=1; SEED=N for others.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 small
sets=10
[ -z "${FULL:-}" ] || sets=60
vm_boot_files x86_64 small
vm_memory=512 vm_timeout=$((60 * (sets + 2))) vm_append="sets=$sets seed=$((${SEED:-0} + 1000))"
vm_boot pc x86_64 small <"$TOP/tests/vm/guest/random"
done_testing
