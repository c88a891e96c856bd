#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# x86_64: a bit that is turned over in any segment is found by purgatory (flips/lib.sh), which says which segment
# it is, and resets the machine. (purgatory_bare.sh has hundreds of cases more, without Linux.)

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/flips/lib.sh"

vm_begin x86_64 small
flips x86_64 console --console-serial --serial=ttyS0
done_testing
