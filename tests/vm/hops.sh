#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Hop after hop, across kernel versions, with new poison at each: all that was ever learnt stays out.
# A hop by the kernel's own loader and one by Debian's kexec lie between: they may not bring any of it back.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 small 6.1 6.12 backports

vm_boot_files x86_64 6.12 backports small
vm_memory=1536 vm_timeout=400
vm_boot versions x86_64 6.1 <<'EOF'
case $stage in
1)
	settle
	check "frames go bad" pick_poison 81 9
	hop 2 /boot/vmlinuz-6.12 ;;
2)
	arrived
	rm /boot/*-6.12
	check "more go bad" pick_poison 82 9
	hop 3 /boot/vmlinuz-backports ;;
3)
	arrived
	rm /boot/*-backports
	check "more go bad" pick_poison 83 9
	hop 4 /boot/vmlinuz-small ;;
4)
	arrived
	check "more go bad" pick_poison 84 9
	hop 5 /boot/vmlinuz-small ;;
5)
	arrived
	check "more go bad" pick_poison 85 9
	hop 6 /boot/vmlinuz-small ;;
*)
	arrived
	check "all are there" test "$(wc -l </state/poison)" -eq 45
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF

vm_boot_files x86_64 small
vm_timeout=400
vm_boot between x86_64 small <<'EOF'
kernel=/boot/vmlinuz-small
case $stage in
1)
	settle
	check "frames go bad" pick_poison 86 9
	hop 2 $kernel ;;
2)
	arrived
	check "the kernel's own loader loads" load_peer 3 $kernel -s
	go peer-kexec ;;
3)
	arrived
	check "more go bad" pick_poison 87 9
	hop 4 $kernel ;;
4)
	arrived
	check "Debian's kexec loads" load_peer 5 $kernel -c
	go peer-kexec ;;
5)
	check "Debian's kexec has not brought them back" frames out /state/poison
	cp /state/poison /state/old
	: >/state/poison
	check "more go bad" pick_poison 88 9
	cp /state/poison /state/new
	hop 6 $kernel ;;
*)
	check "neither has the hop after it" frames out /state/old
	check "which kept out what was new" frames gone /state/new ;;
esac
EOF
done_testing
