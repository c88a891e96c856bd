#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# On each kernel, frames go bad by hard_offline_page, hwpoison-inject, MADV_HWPOISON and by
# soft-offlining, and our kexec in the same guest must list exactly these: guest/learn.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 6.1 6.12 backports small
for kernel in 6.1 6.12 backports small; do
	vm_boot "$kernel" arm64 "$kernel" <"$TOP/tests/vm/guest/learn"
done
done_testing
