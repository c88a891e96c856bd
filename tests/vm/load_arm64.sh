#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64: poison in the places that matter (single frames, a run, behind the kernel, where the next image would
# be put), one hop for each, with more poison at each and across kernel versions, on a machine that is
# described by a device tree and on one with UEFI and ACPI; and as many frames as a kernel bears,
# and one more. The first hop is made by Debian's kexec, which brings the frames back: without us
# they would all be in use.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 6.12
"$TOP/tools/test-kernels" arm64/firmware

vm_boot_files arm64 small 6.12
vm_memory=1280 vm_timeout=540
vm_boot tree arm64 small -smp 2 <<'EOF'
kernel=/boot/vmlinuz-small
# starts: where the segments of the next image would begin.
starts() {
	next_initrd
	kexec --preserve-hwpoison --dry-run=json $kernel --initrd=/tmp/next.cpio --append=x \
		>/tmp/plan 2>/tmp/plan.err
	tr -d ' \n' </tmp/plan | sed 's/.*"segments":\[//; s/\].*//' |
		grep -o '"start":"0x[0-9a-f]*"' | sed 's/.*0x//; s/"//'
}
# after_kernel: the address behind what the running kernel calls its own.
after_kernel() {
	awk -F'[- ]+' '/Kernel (bss|data)/ { end = $3 } END { print end }' /proc/iomem
}
# around ADDRESS...: the harmless ones of 8 frames from each address on.
around() {
	for address; do
		frames run "$(printf '%x' $(((0x$address + page_size - 1) / page_size)))" 8
	done | sort -u
}

case $stage in
1)
	settle
	check "the machine is described by a tree" test ! -e /sys/firmware/acpi/tables/FACP
	check "frames go bad" pick_poison 11 8
	# Low memory is where tables of the GIC lie, to which Debian's kexec pays no heed.
	check "Debian's kexec loads" load_peer 2 $kernel -c --mem-min=0x60000000
	go peer-kexec ;;
2)
	check "Debian's kexec has brought them back" frames back /state/poison
	: >/state/poison
	check "single frames go bad" pick_poison 21 3
	frames pick 22 1 60000 64000 >/tmp/first
	i=0
	while [ $i -lt 64 ]; do
		printf '%x\n' $((0x$(cat /tmp/first) / 64 * 64 + i))
		i=$((i + 1))
	done >/tmp/run
	check "a run of 64 goes bad" mark_bad /tmp/run
	hop 3 $kernel ;;
3)
	arrived
	check "both processors are there" grep -qx 0-1 /sys/devices/system/cpu/online
	around $(after_kernel) >/tmp/after
	check "the frames behind the kernel go bad" mark_bad /tmp/after
	starts >/tmp/starts
	check "the next image has segments" test "$(wc -l </tmp/starts)" -ge 4
	around $(cat /tmp/starts) >/tmp/targets
	check "the frames where it would lie go bad" mark_bad /tmp/targets
	hop 4 /boot/vmlinuz-6.12 ;;
4)
	arrived
	rm /boot/*-6.12
	check "more go bad" pick_poison 23 9
	# They will go bad when the image is loaded, whose initramfs has to know them.
	starts >/tmp/starts
	{ frames pick 24 5; around $(cat /tmp/starts); } >/state/late
	sort -u /state/late /state/poison >/tmp/all
	mv /tmp/all /state/poison
	check "an image is loaded" load 5 $kernel
	check "it is not stale" sh -c '! kexec --status-long | grep -i stale'
	check "frames go bad after that, some of them its own" mark_bad /state/late
	check "now it is stale" sh -c 'kexec --status-long | grep -i stale'
	refuse "with refuse it is not started" bad kexec -e --hwpoison-late=refuse
	go ;;
*)
	arrived
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF

# 450 are what is known to be borne. The areas have a frame between them, so that no two frames of
# different stages are neighbours.
vm_boot_files arm64 small
vm_memory=1024 vm_timeout=400
vm_boot many arm64 small <<'EOF'
kernel=/boot/vmlinuz-small
# Some are given up, but not much, and all that is bad is known to be.
within() {
	local lost
	lost=$(($(cat /state/ram) - $(frames ram) - $(wc -l </state/poison) * page_size))
	[ $lost -gt 0 ] && [ $lost -le 1048576 ] && return
	echo "$lost bytes given up"
	return 1
}
known() {
	learnt >/dev/null
	[ "$(sort -u /tmp/learnt /state/poison | wc -l)" -eq "$(wc -l </tmp/learnt)" ]
}
case $stage in
1)
	settle
	check "64 isolated frames" pick_poison 31 64 48000 4ffff
	hop 2 $kernel ;;
2)
	arrived
	check "236 more" pick_poison 32 236 50000 5ffff
	hop 3 $kernel ;;
3)
	arrived
	check "151 more" pick_poison 33 151 60000 78000
	check "are 451" test "$(wc -l </state/poison)" -eq 451
	next_initrd
	refuse "one more than is borne is refused when nothing may be given up" max-waste \
		kexec -l $kernel --preserve-hwpoison --hwpoison-max-waste=0 --initrd=/tmp/next.cpio --append=x
	hop 4 $kernel ;;
*)
	check "every bad frame is gone" frames gone /state/poison
	check "little else is" within
	check "all bad frames are known" known
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF

# Where ACPI describes the machine, a node in the tree would be taken for a machine description, so that
# the frames are reserved and stay in System RAM.
vm_boot_files arm64 small
vm_memory=1024 vm_timeout=400
vm_boot acpi arm64 small -bios "$vm_kernels/arm64/firmware/UEFI.fd" <<'EOF'
kernel=/boot/vmlinuz-small
firmware() {
	test -s /sys/firmware/acpi/tables/FACP && test -s /sys/firmware/efi/systab &&
		! grep -q acpi= /proc/cmdline
}
# reserved: what arrived is where there are no nodes. System RAM is what it was.
reserved() {
	check "UEFI's and ACPI's tables are there, and nobody asked for them" firmware
	check "every bad frame is reserved" frames kept /state/poison
	check "there is as much RAM as before" test "$(frames ram)" -eq "$(cat /state/ram)"
	check "all is known that was learnt before" learnt
}
case $stage in
1)
	settle
	check "the firmware is UEFI, with ACPI" firmware
	check "frames go bad" pick_poison 41 10
	nok() { ! "$@"; }
	check "they are not reserved yet" nok frames kept /state/poison
	hop 2 $kernel ;;
2)
	reserved
	check "more go bad" pick_poison 42 10
	hop 3 $kernel ;;
3)
	reserved
	check "Debian's kexec loads, with a plain command line" load_peer 4 $kernel -c
	go peer-kexec ;;
4)
	reserved
	check "more go bad" pick_poison 43 5
	hop 5 $kernel ;;
*)
	reserved
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF
done_testing
