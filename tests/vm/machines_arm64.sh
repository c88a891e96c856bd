#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64 machines of other shapes than one processor with a GICv3: hops with new poison, and what makes the machine
# what it is still there. On one of them also hops by the kernel's own loader, which brings frames back as
# Debian's kexec does, and keeps them out once they stand in the tree, as nodes or in its memory reserve block. (The random sets of random_arm64_*.sh go over the same machines.)

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small

two_hops() { cat <<'EOF'
case $stage in
1)
	settle
	check "the machine is as it was asked for" shape
	check "frames go bad" pick_poison 151 9
	hop 2 /boot/vmlinuz-small ;;
2)
	arrived
	check "the machine is as it was" shape
	check "more go bad" pick_poison 152 9
	hop 3 /boot/vmlinuz-small ;;
*)
	arrived
	check "the machine is as it was" shape
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF
}

# The kernel's own loader (-s) heeds no tables of a GICv3 either (doc/arm64-gic-tables.md): here it is tried.
vm_boot_files arm64 small
vm_memory=512
vm_boot gicv2 arm64 small -M virt,gic-version=2 -smp 2 <<'EOF'
kernel=/boot/vmlinuz-small
shape() {
	grep -q a15-gic /proc/device-tree/intc*/compatible &&
		grep -qx 0-1 /sys/devices/system/cpu/online
}
reserved() {
	check "every bad frame is reserved" frames kept /state/poison
	check "all is known that was learnt before" learnt
}
check "the machine is as it was asked for" shape
case $stage in
1)
	settle
	check "frames go bad" pick_poison 151 9
	check "the kernel's own loader loads" load_peer 2 $kernel -s
	go peer-kexec ;;
2)
	check "it brings them back" frames back /state/poison
	: >/state/poison
	check "frames go bad" pick_poison 151 9
	hop 3 $kernel ;;
3)
	arrived
	check "the kernel's own loader loads" load_peer 4 $kernel -s
	go peer-kexec ;;
4)
	arrived
	check "more go bad" pick_poison 152 9
	hop 5 $kernel --hwpoison-fdt-way=reserve ;;
5)
	reserved
	next_initrd
	check "so does it by our kexec" kexec -s -l $kernel --initrd=/tmp/next.cpio \
		--append="$(next_command_line 6)"
	go ;;
*)
	reserved
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF

vm_boot_files arm64 small
vm_memory=1024
vm_boot nodes arm64 small -smp 2,sockets=2 -object memory-backend-ram,id=a,size=512M \
	-object memory-backend-ram,id=b,size=512M -numa node,memdev=a,cpus=0 \
	-numa node,memdev=b,cpus=1 < <(cat <<'EOF'
# Each node has its processor, and its half of memory but for what is bad in it, what the kernel itself took at
# boot, and what is not counted.
shape() {
	local node total
	for node in 0 1; do
		[ "$(cat /sys/devices/system/node/node$node/cpulist)" = $node ] || return
		total=$(sed -n 's/.*MemTotal: *\([0-9]*\) kB/\1/p' /sys/devices/system/node/node$node/meminfo)
		echo "node $node: $total kB"
		[ "$total" -gt 420000 ] && [ "$total" -le 524288 ] || return
	done
}
EOF
two_hops)
done_testing
