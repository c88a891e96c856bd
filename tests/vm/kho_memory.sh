#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Scratch memory is all that the next kernel has until it knows what is preserved; too little of it is a
# dead machine with a blank console. Machines of 1, 2, 6 and 20 GiB, on one node and on two; those above
# 4 GiB must still find bounce buffers below, and a node must find its own memory. With FULL=1
# all of them on both architectures; else the ones that differ most.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kho_trees/lib.sh"

vm_begin x86_64 small
vm_begin arm64 small

# Guests of 20 GiB touch little of it.
memory() {
	echo "memory-backend-ram,id=$1,size=$2,reserve=off"
}

# boot_with ARCH GIB NODES KHO
boot_with() {
	local arch=$1 size=$2 nodes=$3 half=$(($2 * 512)) machine=(-smp "2,sockets=2")
	if [ "$nodes" = 2 ]; then
		machine+=(-object "$(memory a ${half}M)" -object "$(memory b ${half}M)"
			-numa "node,memdev=a,cpus=0" -numa "node,memdev=b,cpus=1")
	else
		machine+=(-object "$(memory a "${size}G")" -numa "node,memdev=a,cpus=0-1")
	fi
	[ "$arch" = arm64 ] || machine+=(-M q35)
	vm_boot_files "$arch" small
	vm_files+=("$TOP/tests/vm/guest/kho=state/kho")
	vm_memory=$((size * 1024)) vm_timeout=300 vm_append="dump=1 kho=$4 nodes=$nodes gib=$size"
	vm_boot "$arch-$size-$nodes-$4" "$arch" small "${machine[@]}" <<-'EOF'
		. /state/kho
		nodes() { cat /sys/devices/system/node/node*/meminfo | awk '/MemTotal/ { print $4 }'; }
		# As much memory on each node as before, but for what the kernel itself has
		# taken on the one or the other (80 MiB).
		same_nodes() {
			nodes | paste /state/nodes - >/tmp/nodes
			cat /tmp/nodes
			awk '$1 - $2 > 81920 || $2 - $1 > 81920 { bad = 1 } END { exit bad }' /tmp/nodes
		}
		bounce() { dmesg | grep 'software IO TLB: mapped'; }
		case $stage in
		1)
			settle
			nodes >/state/nodes
			bounce >/state/bounce
			check "there are so many nodes" test "$(wc -l </state/nodes)" -eq "$(word nodes 1)"
			check "frames go bad" pick_poison 251 30
			check "and the first and last of each range of RAM are listed" list_poison awk -F'[- ]' -v page=$page_size '
				function number(text,   i, n) {
					for (i = 1; i <= length(text); i++) n = n * 16 + index("123456789abcdef", substr(text, i, 1))
					return n
				}
				/^[0-9a-f].*System RAM/ && number($1) >= 1048576 {
					printf "%x\n%x\n", number($1) / page, (number($2) + 1) / page - 1
				}' /proc/iomem
			kho_hop 2 --hwpoison-file=/state/list ;;
		*)
			handed_over
			check "each node has its memory" same_nodes
			bounce >/tmp/bounce
			check "bounce buffers are there as before" test "$(wc -l </tmp/bounce)" -eq "$(wc -l </state/bounce)"
			check "both processors are there" grep -qx 0-1 /sys/devices/system/cpu/online
			check "another kernel can be loaded" load 3 $kernel --hwpoison-mode=kho
			[ "$(word gib 1)" -gt 2 ] || check "none is given to a process" frames pressure /state/poison ;;
		esac
	EOF
	kho_trees "$arch-$size-$nodes-$4" 1
}

boot_with x86_64 2 2 off
boot_with x86_64 6 2 on
boot_with x86_64 20 2 off
boot_with arm64 6 2 off
if [ -n "${FULL:-}" ]; then
	for arch in x86_64 arm64; do
		for size in 1 2 6 20; do
			for nodes in 1 2; do
				boot_with $arch $size $nodes on
				boot_with $arch $size $nodes off
			done
		done
	done
fi
done_testing
