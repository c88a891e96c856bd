#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64 machines of other shapes than one processor with a GICv3: two hops each, with new poison at each, and
# what makes the machine what it is still there. (The random sets of random_arm64_*.sh go over the same machines.)

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

vm_boot_files arm64 small
vm_memory=512
vm_boot gicv2 arm64 small -M virt,gic-version=2 -smp 2 < <(cat <<'EOF'
shape() {
	grep -q a15-gic /proc/device-tree/intc*/compatible &&
		grep -qx 0-1 /sys/devices/system/cpu/online
}
EOF
two_hops)

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
