#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64: a load that fails leaves the machine as it was: whatever error kexec_load gives, without memory, and
# killed at one point of its life after another, the image that was loaded before stays loaded, its
# record stays whole, no other file is left, and in the end it is the one that starts. It is killed at fewer points
# than on x86_64 (faults.sh), whose code this is, but for FULL=1.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 6.1

vm_boot_files arm64 6.1
more=24
[ -z "${FULL:-}" ] || more=2
vm_memory=1024 vm_timeout=400 vm_append="more=$more"
vm_boot faults arm64 6.1 <"$TOP/tests/vm/guest/faults"
done_testing
