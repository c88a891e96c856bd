#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64: poison in the places that matter (single frames, a run, behind the kernel, where the next image would
# be put), one hop for each, with more poison at each and across kernel versions, on a machine that is
# described by a device tree. The first hop is made by
# Debian's kexec, which brings the frames back: without us they would all be in use.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 6.12

vm_boot_files arm64 small 6.12
vm_files+=("$TOP/tests/vm/guest/arm64=state/arm64")
vm_memory=1280 vm_timeout=540
vm_boot tree arm64 small -smp 2 <<'EOF'
. /state/arm64
# starts: where the segments of the next image would begin.
starts() { segments | cut -d' ' -f1; }
# after_kernel: the address behind what the running kernel calls its own.
after_kernel() {
	awk -F'[- ]+' '/Kernel (bss|data)/ { end = $3 } END { print end }' /proc/iomem
}

case $stage in
1)
	settle
	check "the machine is described by a tree" test ! -e /sys/firmware/acpi/tables/FACP
	check "frames go bad" pick_poison 11 8
	# Debian's kexec heeds no tables of the GIC, which lie in low memory (doc/arm64-gic-tables.md).
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
done_testing
