#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What happens without us: frames that one kernel knows to be bad are in use again in the next,
# by Debian's kexec with both of its system calls and, on x86_64, by our own without the option.
# The tests that show frames kept out mean something only because this one shows the same frames back
# under the same conditions.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 small 6.1 6.12 backports
vm_begin arm64 small 6.12

# Stages are kernels in the order of their hops; each has the frames of the first.
for way in '-c' '-s'; do
	vm_boot_files x86_64 small
	vm_boot "peer$way-small" x86_64 small <<-EOF
		case \$stage in
		1)
			check "frames go bad" pick_poison 11 40
			check "Debian's kexec loads" load_peer 2 /boot/vmlinuz-small $way
			go peer-kexec ;;
		*) check "Debian's kexec $way brings them back" frames back /state/poison ;;
		esac
	EOF
done

vm_memory=2048 vm_timeout=300
vm_boot_files x86_64 6.12 backports
vm_boot peer-debian x86_64 6.1 <<'EOF'
case $stage in
1)
	check "frames go bad on 6.1" pick_poison 12 40
	check "Debian's kexec loads 6.12" load_peer 2 /boot/vmlinuz-6.12 -c
	go peer-kexec ;;
2)
	check "6.12 has them back" frames back /state/poison
	rm /boot/*-6.12
	check "they go bad again" pick_poison 12 40
	check "Debian's kexec loads the newest kernel" load_peer 3 /boot/vmlinuz-backports -c
	go peer-kexec ;;
*) check "the newest has them back" frames back /state/poison ;;
esac
EOF

vm_boot_files arm64 small
vm_memory=2048
vm_boot peer-arm64 arm64 6.12 <<'EOF'
case $stage in
1)
	check "frames go bad" pick_poison 13 40
	check "Debian's kexec loads" load_peer 2 /boot/vmlinuz-small -c
	go peer-kexec ;;
*) check "Debian's kexec brings them back" frames back /state/poison ;;
esac
EOF

done_testing
