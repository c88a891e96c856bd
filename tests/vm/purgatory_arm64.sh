#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64: a bit that is turned over in any segment is found by purgatory (flips/lib.sh), which says which segment
# it is, and resets the machine. (purgatory_bare_arm64.sh has hundreds of cases more, without Linux.)

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/flips/lib.sh"

vm_begin arm64 small
# The kernel has the same port.
flips arm64 out --serial=ttyAMA0
done_testing
