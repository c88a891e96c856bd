#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A load that fails leaves the machine as it was: whatever error kexec_load gives, without memory, and
# killed at one point of its life after another, the image that was loaded before stays loaded, its
# record stays whole, no other file is left, and in the end it is the one that starts.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 6.1

vm_boot_files x86_64 6.1
vm_timeout=400 vm_append=more=2
vm_boot faults x86_64 6.1 <"$TOP/tests/vm/guest/faults"
done_testing
