#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random sets of bad frames by Kexec HandOver (guest/random_kho), on the machine type pc, one processor, half a GiB:
# 5 of the 20 sets of all machines; 25 of 100 with FULL=1; SEED=N for others.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kho_trees/lib.sh"

vm_begin x86_64 small
sets=5
[ -z "${FULL:-}" ] || sets=25
vm_boot_files x86_64 small
vm_files+=("$TOP/tests/vm/guest/kho=state/kho")
vm_memory=512 vm_timeout=$((60 * (sets + 3))) vm_append="kho=on dump=1 sets=$sets seed=$((${SEED:-0} + 21000))"
vm_boot pc x86_64 small -M pc <"$TOP/tests/vm/guest/random_kho"
kho_trees pc "$sets"
done_testing
