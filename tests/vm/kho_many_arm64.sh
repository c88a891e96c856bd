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
vm_memory=1536 vm_append=dump=1
vm_boot debian arm64 6.12 <<'EOF'
. /state/kho
case $stage in
1)
	settle
	check "a frame goes bad" pick_poison 215 1 92000 9f000
	check "24,999 more are listed" list_poison frames grid 60001 8 24999
	kho_hop 2 --hwpoison-file=/state/list ;;
*)
	handed_over
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF
kho_trees debian 1

# Each number of frames from each producer.
every() {
	local producer=$1 kho=$2 count
	for count in 1 64 1000 25000; do
		kho_guest
		vm_memory=1536 vm_append="dump=1 kho=$kho count=$count"
		vm_boot "$producer-$kho-$count" arm64 "$producer" <<-'EOF'
			. /state/kho
			case $stage in
			1)
				settle
				check "frames are listed" list_poison frames grid 60001 8 "$(word count 0)"
				kho_hop 2 --hwpoison-file=/state/list ;;
			*)
				handed_over
				check "none is given to a process" frames pressure /state/poison ;;
			esac
		EOF
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
