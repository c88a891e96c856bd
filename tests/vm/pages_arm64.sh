#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kernels with pages of 4 and of 16 KiB in turn: a frame of 4 KiB costs the kernel with larger pages the
# whole page that it lies in, and no more; the next kernel but one knows it exactly again and has the rest of
# that page back. What goes bad under the larger pages is four frames to the smaller. Segments are
# whole pages of the kernel that loads them, and purgatory runs the same way out of both.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 16k

vm_boot_files arm64 16k small
vm_memory=1536 vm_timeout=540
vm_boot pages arm64 small -smp 2 <<'EOF'
# /state/exact has what is bad in frames of 4 KiB, /state/poison in pages of the running kernel.
to_pages() { while read -r pfn; do printf '%x\n' $((0x$pfn * 4096 / page_size)); done | sort -u; }
to_exact() {
	while read -r pfn; do
		i=$((0x$pfn * page_size / 4096)) end=$(((0x$pfn + 1) * page_size / 4096))
		while [ $i -lt $end ]; do printf '%x\n' $i; i=$((i + 1)); done
	done | sort -u
}
enter() {
	to_pages </state/exact >/state/poison
	check "pages are of $1 bytes" test $page_size -eq $1
	check "every page with a bad frame is gone" frames gone /state/poison
	check "no other memory is" all_ram
	check "exactly the bad frames are known" exact
}
leave() {
	sort -u /state/exact - </tmp/bad >/tmp/exact
	mv /tmp/exact /state/exact
}
exact() {
	kexec --hwpoison-list=json >/tmp/list.json || return
	tr -d ' \n' </tmp/list.json | grep -o '"start":"0x[0-9a-f]*","size":[0-9]*' |
		sed 's/"start":"//; s/","size":/ /' | while read -r start size; do
			i=$((start / 4096))
			while [ $i -lt $(((start + size) / 4096)) ]; do printf '%x\n' $i; i=$((i + 1)); done
		done | sort -u >/tmp/known
	cmp /tmp/known /state/exact && return
	echo "$(wc -l </tmp/known) are known, $(wc -l </state/exact) are bad"
	return 1
}
case $stage in
1)
	settle
	: >/state/exact
	# Single ones, two in one page of 16 KiB, two that touch across its edge, and a run over several.
	frames pick 141 8 >/tmp/bad
	frames pick 142 1 60000 64000 >/tmp/first
	for i in 0 2 7 8 16 21 22 23 24 25 26 27 28 29; do
		printf '%x\n' $((0x$(cat /tmp/first) / 32 * 32 + i))
	done >>/tmp/bad
	check "frames of 4 KiB go bad" mark_bad /tmp/bad
	leave
	hop 2 /boot/vmlinuz-16k ;;
2)
	enter 16384
	check "pages of 16 KiB go bad" pick_poison 143 5
	to_exact </tmp/picked >/tmp/bad
	leave
	hop 3 /boot/vmlinuz-16k --serial=ttyAMA0 ;;
3)
	enter 16384
	check "more go bad" pick_poison 144 5
	to_exact </tmp/picked >/tmp/bad
	leave
	hop 4 /boot/vmlinuz-small ;;
*)
	enter 4096
	check "none is given to a process" frames pressure /state/poison ;;
esac
EOF
like "$(tr -d '\r' <"$vm_dir/out")" 'purgatory: [1-9][0-9]* segments, .* bytes verified.*, 42 poisoned frames kept out' \
	"purgatory out of pages of 16 KiB says what it verified"
done_testing
