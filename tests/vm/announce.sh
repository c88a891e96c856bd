#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Frames that were kept from a kernel are told to it: --hwpoison-announce makes them visible in its own
# kpageflags and counters. And what becomes of them in hops that are not ours: through the kernel's own
# kexec_file_load they stay out of RAM and known; through Debian's kexec they stay out of RAM.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 small 6.1 6.12

vm_boot_files x86_64 small
vm_timeout=300
vm_boot small x86_64 small <<'EOF'
kernel=/boot/vmlinuz-small
case $stage in
1)
	settle
	check "frames go bad" pick_poison 71 20
	hop 2 $kernel ;;
2)
	arrived
	announced
	check "nothing is lost by it" learnt
	check "the kernel's own loader loads" load_peer 3 $kernel -s
	go peer-kexec ;;
3)
	check "after the kernel's own loader they are out of RAM" frames gone /state/poison
	check "and known" learnt
	announced
	check "Debian's kexec loads" load_peer 4 $kernel -c
	go peer-kexec ;;
*)
	check "after Debian's kexec they are out of RAM" frames out /state/poison ;;
esac
EOF

vm_boot_files x86_64 6.12
vm_timeout=300
vm_boot debian x86_64 6.1 <<'EOF'
case $stage in
1)
	settle
	check "frames go bad" pick_poison 72 20
	hop 2 /boot/vmlinuz-6.12 ;;
*)
	arrived
	announced ;;
esac
EOF
done_testing
