#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64: a page in the middle of a shared huge page goes bad. Linux 6.1 flags the head of the folio only,
# which is not the bad one; later ones flag all of it (hugetlb.sh). The whole folio is kept out of the next
# kernel, and known there.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small 6.1 backports
for kernel in 6.1 backports; do
	vm_boot_files arm64 small
	vm_timeout=300
	vm_boot "$kernel" arm64 "$kernel" <<-'EOF'
		case $stage in
		1)
			settle
			echo 4 >/proc/sys/vm/nr_hugepages
			mkdir /tmp/huge
			mount -t hugetlbfs none /tmp/huge
			poison huge /tmp/huge/file >/tmp/bad
			head=$((0x$(cat /tmp/bad) / 512 * 512))
			i=0
			while [ $i -lt 512 ]; do
				printf '%x\n' $((head + i))
				i=$((i + 1))
			done >/state/poison
			frames list >/tmp/flagged
			case $(uname -r) in
			6.1.*) expected=1 source=hugetlb ;;
			*) expected=512 source=kpageflags ;;
			esac
			check "the kernel flags $expected of the folio's frames" \
				test "$(wc -l </tmp/flagged)" -eq $expected
			check "our kexec lists the whole folio" learnt
			check "and says who told" grep -q $source /tmp/list.json
			hop 2 /boot/vmlinuz-small ;;
		*)
			arrived
			check "none is given to a process" frames pressure /state/poison ;;
		esac
	EOF
done
done_testing
