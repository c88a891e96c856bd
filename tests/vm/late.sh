#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Frames that go bad between -l and -e: by default the image is loaded again before it goes, even when
# the new poison lies where the loaded image would be copied to; with refuse nothing is started; with
# ignore the frame is back in the next kernel. --status-long says which it will be.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 small 6.1

vm_boot_files x86_64 small
vm_timeout=300
vm_boot small x86_64 small <<'EOF'
kernel=/boot/vmlinuz-small

# expect FILE: it will go bad when the image is loaded. The next kernel has to know of it, and its
# initramfs is made before.
expect() {
	cat "$1" >>/state/poison
	sort -u -o /state/poison /state/poison
}

case $stage in
1)
	settle
	check "frames go bad" pick_poison 61 5
	frames pick 62 5 >/state/late
	expect /state/late
	check "an image is loaded" load 2 $kernel
	check "it is not stale" sh -c '! kexec --status-long | grep -i stale'
	check "frames go bad after that" mark_bad /state/late
	check "now it is stale" sh -c 'kexec --status-long | grep -i stale'
	refuse "with refuse it is not started" bad kexec -e --hwpoison-late=refuse
	go ;;
2)
	arrived
	# Where the image will lie: the first pages of each segment.
	next_initrd
	kexec --preserve-hwpoison --dry-run=json $kernel --initrd=/tmp/next.cpio --append=x >/tmp/plan
	tr -d ' \n' </tmp/plan | sed 's/.*"segments":\[//; s/\].*//' | grep -o '"start":"0x[0-9a-f]*"' |
		sed 's/.*0x//; s/"//' | while read -r start; do
			frames run "$(printf '%x' $((0x$start / page_size)))" 2
		done | sort -u >/state/targets
	check "the image has segments" test "$(wc -l </state/targets)" -ge 6
	expect /state/targets
	check "an image is loaded" load 3 $kernel
	check "frames of its destinations go bad" mark_bad /state/targets
	go ;;
3)
	arrived
	cp /state/poison /state/before
	frames pick 63 5 >/state/ignored
	check "an image is loaded" load 4 $kernel
	check "frames go bad after that" mark_bad /state/ignored
	kexec -e --hwpoison-late=ignore
	not_ok "kexec -e starts the next kernel" ;;
*)
	check "with ignore, what was known before is gone" frames gone /state/before
	check "and what went bad later is back" frames back /state/ignored ;;
esac
EOF
done_testing
