#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The places where poison matters most, on the machines that there are: a single frame; a run; where
# Debian's kexec would have put the kernel, the initrd and its own code; the first MiB; the last frames of
# RAM; both sides of 4 GiB. Each is a hop of its own, and all that was learnt on the way must stay
# out: absent from RAM and from the allocator, and nothing else missing.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 small 6.1 6.12 backports

# One frame after another, on the small kernel; in the end as much memory as there is is taken.
vm_memory=768 vm_timeout=300
vm_boot_files x86_64 small
vm_boot pc x86_64 small -M pc <<'EOF'
kernel=/boot/vmlinuz-small
case $stage in
1)
	settle
	check "one frame goes bad" pick_poison 51 1
	hop 2 $kernel ;;
2)
	arrived
	frames pick 52 1 20000 24000 >/tmp/first
	i=0
	while [ $i -lt 64 ]; do
		printf '%x\n' $((0x$(cat /tmp/first) / 64 * 64 + i))
		i=$((i + 1))
	done >/tmp/run
	check "a run of 64 goes bad" mark_bad /tmp/run
	hop 3 $kernel ;;
3)
	arrived
	# "segment[0].mem   = 0x..." is what kexec-tools says of its segments.
	next_initrd
	peer-kexec -d -c -l $kernel --initrd=/tmp/next.cpio --append=x 2>&1 |
		sed -nE 's/^segment\[[0-9]+\]\.mem *= *0x([0-9a-f]+).*/\1/p' >/tmp/segments
	peer-kexec -u
	check "Debian's kexec has segments" test "$(wc -l </tmp/segments)" -ge 3
	while read -r start; do
		frames run "$(printf '%x' $((0x$start / page_size)))" 8
	done </tmp/segments | sort -u >/tmp/peer
	check "the frames where they begin go bad" mark_bad /tmp/peer
	hop 4 $kernel ;;
4)
	arrived
	check "frames below 1 MiB go bad" pick_poison 53 3 30 9e
	hop 5 $kernel ;;
5)
	arrived
	last=$(awk -F'[- ]' '/^[0-9a-f].*System RAM/ { end = $2 } END { print end }' /proc/iomem)
	printf '%x\n' $(((0x$last + 1) / page_size - 1)) >/tmp/last
	check "the last frame of RAM goes bad" mark_bad /tmp/last
	hop 6 $kernel ;;
*)
	arrived
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF
vm_boot_files x86_64 small
vm_boot q35 x86_64 small -M q35 -smp 2 <<'EOF'
case $stage in
1)
	settle
	check "frames below and above 1 MiB go bad" pick_poison 57 20 30 1000
	hop 2 /boot/vmlinuz-small ;;
*)
	arrived
	check "both processors are there" grep -qx 0-1 /sys/devices/system/cpu/online ;;
esac
EOF

# Debian's kernels, two processors, two nodes, memory above 4 GiB.
vm_memory=5120 vm_timeout=400
vm_boot_files x86_64 6.12 backports
vm_boot nodes x86_64 6.1 -M q35 -smp 2,sockets=2 -object memory-backend-ram,id=a,size=2560M \
	-object memory-backend-ram,id=b,size=2560M -numa node,memdev=a,cpus=0 -numa node,memdev=b,cpus=1 <<'EOF'
ends() {
	awk -F'[- ]' '/^[0-9a-f].*System RAM/ { print $1, $2 }' /proc/iomem | while read -r start end; do
		[ $((0x$start)) -lt $((0x100000)) ] ||
			printf '%x\n' $((0x$start / page_size + $1)) $((0x$end / page_size - $1))
	done >/tmp/ends
	mark_bad /tmp/ends
}
case $stage in
1)
	settle
	check "the first and last frames of each range of RAM go bad" ends 0
	check "frames above 4 GiB go bad" pick_poison 54 8 100000 140000
	hop 2 /boot/vmlinuz-6.12 ;;
2)
	arrived
	rm /boot/*-6.12
	check "more go bad" pick_poison 55 8
	hop 3 /boot/vmlinuz-backports ;;
*)
	arrived
	check "both nodes are there" test -d /sys/devices/system/node/node1
	check "both processors are there" grep -qx 0-1 /sys/devices/system/cpu/online ;;
esac
EOF

# What the processor itself can reach: QEMU's "info mem" lists what the guest's page tables map. The
# direct map begins at this address with four levels and without KASLR (Documentation/arch/x86/x86_64/mm.rst).
direct_map=0xffff888000000000
vm_boot_files x86_64 small
vm_append='nokaslr nopti'
vm_start direct-map x86_64 small -cpu max,-cx16,-la57 <<'EOF'
case $stage in
1)
	settle
	check "frames go bad" pick_poison 56 12 1000 3f000
	hop 2 /boot/vmlinuz-small ;;
*)
	arrived
	linger "look $(tr '\n' ' ' </state/poison)" ;;
esac
EOF
frames=$(vm_await '^@vm look')
vm_monitor 'info mem'
vm_monitor quit
vm_finish
# Each line of it: START-END LENGTH PROTECTION, in hexadecimal without 0x.
mapped() {
	local address line
	address=$(printf '%016x' $((direct_map + 0x$1 * 4096)))
	tr -d '\r' <"$vm_dir/monitor.out" |
		awk -v address="$address" -F'[- ]' 'length($1) == 16 && length($2) == 16 && $1 <= address && address < $2 { found = 1 }
			END { exit !found }'
}
wrong=''
for frame in ${frames#*look }; do
	mapped "$frame" && wrong+=" $frame"
	mapped "$(printf '%x' $((0x$frame + 1)))" || wrong+=" not-beside-$frame"
done
is "$wrong" '' "direct-map: the bad frames are not mapped, those beside them are"

done_testing
