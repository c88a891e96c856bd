#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random sets of bad frames (guest/random), on an arm64 machine on two nodes of memory and two processors:
# 7 of the 50 sets of all arm64 machines; 42 of 300 with FULL=1; SEED=N for others.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small
sets=7
[ -z "${FULL:-}" ] || sets=42
vm_boot_files arm64 small
vm_memory=512 vm_timeout=$((60 * (sets + 2))) vm_append="sets=$sets seed=$((${SEED:-0} + 9000))"
vm_boot nodes arm64 small -smp 2,sockets=2 -object memory-backend-ram,id=a,size=256M \
	-object memory-backend-ram,id=b,size=256M -numa node,memdev=a,cpus=0 -numa node,memdev=b,cpus=1 <"$TOP/tests/vm/guest/random"
done_testing
