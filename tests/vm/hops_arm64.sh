#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64: hop after hop over Debian's kernels and the small one, each as the running kernel and as the
# next, with new poison at each: all that was ever learnt stays out. Then hops by Debian's kexec between
# ours, which takes the tree of the running kernel unless it is given one: they bring none of it back, whether
# it was announced to the kernel or not.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 6.1 6.12 backports

vm_boot_files arm64 6.1 6.12 backports small
vm_memory=1536 vm_timeout=540
vm_boot versions arm64 small <<'EOF'
case $stage in
1)
	settle
	check "frames go bad" pick_poison 181 9
	hop 2 /boot/vmlinuz-6.1 ;;
2)
	arrived
	rm /boot/*-6.1
	check "more go bad" pick_poison 182 9
	hop 3 /boot/vmlinuz-6.12 ;;
3)
	arrived
	rm /boot/*-6.12
	check "more go bad" pick_poison 183 9
	hop 4 /boot/vmlinuz-backports ;;
4)
	arrived
	rm /boot/*-backports
	check "more go bad" pick_poison 184 9
	hop 5 /boot/vmlinuz-small ;;
5)
	arrived
	check "more go bad" pick_poison 185 9
	hop 6 /boot/vmlinuz-small ;;
*)
	arrived
	check "all are there" test "$(wc -l </state/poison)" -eq 45
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF

vm_boot_files arm64 small
vm_memory=1024 vm_timeout=400
vm_start between arm64 small <<'EOF'
kernel=/boot/vmlinuz-small
# Debian's kexec heeds no tables of the GIC, which lie in low memory (doc/arm64-gic-tables.md).
peer() {
	local next=$1
	shift
	check "Debian's kexec loads" load_peer $next $kernel -c -i --mem-min=0x60000000 "$@"
	go peer-kexec
}
case $stage in
1)
	settle
	check "frames go bad" pick_poison 186 9
	hop 2 $kernel ;;
2)
	arrived
	# With UEFI no kernel says so: one hands the next where they are (guest/arm64, tables()).
	check "the GIC's tables are new" sh -c 'dmesg | grep "memory probably corrupted"'
	announced
	check "nothing is lost by it" learnt
	peer 3 ;;
3)
	arrived
	check "more go bad" pick_poison 187 9
	hop 4 $kernel ;;
4)
	arrived
	peer 5 --dtb=/sys/firmware/fdt ;;
5)
	arrived
	check "more go bad" pick_poison 188 9
	# Debian's kexec would refuse the seed that such a kernel leaves in its tree.
	hop 6 $kernel --append="$(next_command_line 6) nokaslr" ;;
*)
	arrived
	check "all are there" test "$(wc -l </state/poison)" -eq 27
	check "none is given to a process" frames pressure /state/poison
	linger "look $(tr '\n' ' ' </state/poison)" ;;
esac
EOF
vm_looked unmapped
done_testing
