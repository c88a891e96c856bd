#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Linux 7.2 on x86_64 reads freed memory when it has more than 128 regions of RAM
# (register_memory_blocks_under_nodes() in drivers/base/node.c, after memblock_discard()), so it is given at
# most 120: frames that lie close are taken together, frames that lie far apart are refused. With the
# cap lifted the same kernels hang, which shows that the cap is needed; when this fails, they have
# been mended.

. "$(dirname "$0")/lib.sh"

vm_begin x86_64 small backports

regions() { cat <<'EOF'
regions() { grep -c '^[0-9a-f].*System RAM' /proc/iomem; }
# Less than 64 MiB was given up, and there are not too many regions.
within() {
	local lost
	lost=$(($(cat /state/ram) - $(frames ram) - $(wc -l </state/poison) * page_size))
	[ $lost -ge 0 ] && [ $lost -le 67108864 ] && [ $(regions) -le 120 ] && return
	echo "$lost bytes given up, $(regions) regions"
	return 1
}
# The map does not tell the next kernel but one which of it was bad and which was given up.
known() {
	learnt >/dev/null
	[ "$(sort -u /tmp/learnt /state/poison | wc -l)" -eq "$(wc -l </tmp/learnt)" ]
}
EOF
cat
}

for kernel in small backports; do
	vm_boot_files x86_64 "$kernel"
	vm_memory=1024 vm_append="next=$kernel" vm_timeout=300
	vm_boot "$kernel" x86_64 small < <(regions <<'EOF'
kernel=/boot/vmlinuz-$(word next none)
case $stage in
1)
	settle
	check "100 isolated frames" pick_poison 111 100 20000 3e000
	hop 2 $kernel ;;
2)
	arrived
	check "200 more, in 32 MiB" pick_poison 112 200 1c000 1e000
	hop 3 $kernel ;;
*)
	check "every bad frame is gone" frames gone /state/poison
	check "within what may be given up" within
	check "all bad frames are known" known
	check "120 more, far apart" pick_poison 113 120 8000 1c000
	next_initrd
	refuse "are refused" max-waste kexec -l $kernel --preserve-hwpoison --hwpoison-max-waste=1M \
		--initrd=/tmp/next.cpio --append=x
	note "$(cat /tmp/check.out)" ;;
esac
EOF
	)
done

# What the cap is for. The next kernel would have to speak within a time that is ten times what it
# takes on an idle machine.
uncapped() {
	local name=$1 kernel=$2 count=$3 append=$4 line
	vm_boot_files x86_64 "$kernel"
	vm_memory=1024 vm_append="next=$kernel count=$count $append" vm_timeout=300
	vm_start "$name" x86_64 small <<'EOF'
case $stage in
1)
	check "isolated frames go bad" pick_poison 114 "$(word count 0)" 20000 3e000
	load 2 /boot/vmlinuz-$(word next none) --hwpoison-max-regions=1000 || exit
	say "going"
	go ;;
*) say "booted" ;;
esac
EOF
	is "$(vm_await '^@vm (going|end)')" '@vm going' "$name: it is loaded with the cap lifted"
	line=$(vm_await '^@vm (booted|end|not ok)' 25)
	is "$line" '' "$name: the kernel does not boot"
	kill "$vm_pid" 2>/dev/null
	wait "$vm_pid" 2>/dev/null
	vm_pid=
}
# With 140 frames the small kernel's table of 320 entries is not full yet.
uncapped small-uncapped small 140 ''
uncapped backports-uncapped backports 300 init_on_free=1
done_testing
