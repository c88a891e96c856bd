#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kexec HandOver on x86_64: 1, 64, 1000 and 25,000 isolated frames, handed over by kernels that do
# Kexec HandOver themselves (kho=on), that could but do not (kho=off), and that cannot (Debian's), to one that
# can. In it every frame is System RAM as before, but was never freed, and is given to nobody, though nearly
# all memory be used. The same frames are in use again after a kexec that hands nothing over.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kho_trees/lib.sh"

vm_begin x86_64 small 6.12 backports

kho_guest() {
	vm_boot_files x86_64 small
	vm_files+=("$TOP/tests/vm/guest/kho=state/kho")
	vm_timeout=500
}

kho_guest
vm_memory=1024 vm_append='kho=on dump=1'
vm_boot kho-on x86_64 small <<'EOF'
. /state/kho
case $stage in
1)
	settle
	check "one frame goes bad" pick_poison 201 1
	kho_hop 2 ;;
2)
	handed_over
	settle_total
	check "63 more go bad" pick_poison 202 63
	kho_hop 3 ;;
3)
	handed_over
	check "as much memory less is managed" total_within 64
	check "none is given to a process" frames pressure /state/poison
	check "the list is still known" learnt
	plain_hop 4 ;;
*)
	brought_back ;;
esac
EOF
kho_trees kho-on 2

kho_guest
vm_memory=1024 vm_append='kho=off dump=1'
vm_boot kho-off x86_64 small <<'EOF'
. /state/kho
case $stage in
1)
	settle
	check "64 frames go bad" pick_poison 203 64
	kho_hop 2 ;;
2)
	handed_over
	settle_total
	# Random ones would leave no hole for the kernel.
	check "936 more are listed" list_poison frames grid 18001 64 936
	kho_hop 3 --hwpoison-file=/state/list ;;
*)
	handed_over
	check "as much memory less is managed" total_within 64
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF
kho_trees kho-off 2

kho_guest
vm_memory=1536 vm_append="dump=1 count=24999 grid=20001 seed=205 from=20000 to=50000"
vm_boot debian x86_64 6.12 <"$TOP/tests/vm/guest/kho_count"
kho_trees debian 1

# Each number of frames from each producer.
every() {
	local producer=$1 kho=$2 count
	for count in 1 64 1000 25000; do
		kho_guest
		vm_memory=1536 vm_append="dump=1 kho=$kho count=$count grid=20001"
		vm_boot "$producer-$kho-$count" x86_64 "$producer" <"$TOP/tests/vm/guest/kho_count"
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
