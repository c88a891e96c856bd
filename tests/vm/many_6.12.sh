#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# More and more isolated frames, on a kernel that bears 3200 entries: 63, 64 and 65, where the map outgrows
# the 128 entries of the zero page, 300, and 1500. A kernel with so many regions is slow to boot, and would be
# slower if it printed them all. Some of the counts here, the others on 6.1; all of them with FULL=1.

. "$(dirname "$0")/lib.sh"

counts=63,300
[ -z "${FULL:-}" ] || counts=63,64,65,300,1500
vm_begin x86_64 small 6.12
vm_boot_files x86_64 6.12
vm_memory=1536 vm_timeout=540 vm_append="next=6.12 counts=$counts quiet"
vm_boot many x86_64 small <"$TOP/tests/vm/guest/many"
done_testing
