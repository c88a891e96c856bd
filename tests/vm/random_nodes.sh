#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random sets of bad frames (guest/random), on two processors and two nodes of memory:
# 10 of the 50 sets of all machines; 60 of 300 with FULL=1; SEED=N for others.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 small
sets=10
[ -z "${FULL:-}" ] || sets=60
vm_boot_files x86_64 small
vm_memory=1024 vm_timeout=$((60 * (sets + 2))) vm_append="sets=$sets seed=$((${SEED:-0} + 3000))"
vm_boot nodes x86_64 small -smp 2,sockets=2 -object memory-backend-ram,id=a,size=512M \
	-object memory-backend-ram,id=b,size=512M -numa node,memdev=a,cpus=0 -numa node,memdev=b,cpus=1 <"$TOP/tests/vm/guest/random"
done_testing
