#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# 25,000 isolated frames by Kexec HandOver on arm64, from Debian's kernel; with FULL=1 also 1, 64 and 1000, and
# all of them from kernels with kho=on and kho=off. In the next kernel every frame is System RAM as before,
# but was never freed, and is given to nobody, though nearly all memory be used.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kho_trees/lib.sh"

vm_begin arm64 small 6.12
[ -z "${FULL:-}" ] || vm_begin arm64 backports

kho_guest() {
	vm_boot_files arm64 small
	vm_files+=("$TOP/tests/vm/guest/kho=state/kho")
	vm_timeout=540
}

kho_guest
vm_memory=1536 vm_append="dump=1 count=24999 grid=60001 seed=215 from=92000 to=9f000"
vm_boot debian arm64 6.12 <"$TOP/tests/vm/guest/kho_count"
kho_trees debian 1

# Each number of frames from each producer.
every() {
	local producer=$1 kho=$2 count
	for count in 1 64 1000 25000; do
		kho_guest
		vm_memory=1536 vm_append="dump=1 kho=$kho count=$count grid=60001"
		vm_boot "$producer-$kho-$count" arm64 "$producer" <"$TOP/tests/vm/guest/kho_count"
		kho_trees "$producer-$kho-$count" 1
	done
}
if [ -n "${FULL:-}" ]; then
	every small on
	every small off
	every 6.12 on
	every backports on
fi
done_testing
