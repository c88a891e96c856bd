#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A running kernel with Kexec HandOver on, and nobody has mounted debugfs: our kexec sees all the same what the
# kernel preserves, and refuses a load that would lose it, learns what it was handed, and makes it visible
# again in the kernel's own counters. No mount is left behind. LUO (live update) stands in nobody's way
# until something is open there.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/kho_trees/lib.sh"

vm_begin x86_64 small
"$(vm_cc x86_64)" -std=gnu17 -O2 -Wall -Wextra -Werror -static -o "$TEST_TMP/update" "$TOP/tests/vm/guest/update.c" ||
	fail "the guest's helper is made"

vm_boot_files x86_64 small
vm_files+=("$TEST_TMP/update=bin/update" "$TOP/tests/vm/guest/kho=state/kho")
vm_append='kho=on liveupdate=on dump=1' vm_timeout=400
vm_boot x86_64 x86_64 small <<-'EOF'
	. /state/kho
	load_plain() { kexec -l $kernel --initrd=/tmp/next.cpio --append=x "$@"; }
	unloaded() { [ "$(cat /sys/kernel/kexec_loaded)" = 0 ]; }
	case $stage in
	1)
		check "frames go bad" pick_poison 241 5
		check "LUO is on" test -e /sys/kernel/debug/kho/out/sub_fdts/LUO
		umount /sys/kernel/debug
		next_initrd
		refuse "an open live update would be lost" 'LUO (update "vm-1")' \
			update vm-1 kexec -l $kernel --append=x
		check "nothing is loaded" unloaded
		check "it may be lost on demand" update vm-1 kexec -l $kernel --append=x --kho-discard
		check "LUO alone loses nothing" said kexec -l $kernel --append=x
		check "and nothing is said of it" sh -c '! [ -s /tmp/said ]'
		check "no mount is left behind" sh -c '! grep debugfs /proc/mounts'
		kho_hop 2 ;;
	*)
		umount /sys/kernel/debug
		kexec --hwpoison-list=json 2>/tmp/said | frames ranges | sort >/tmp/listed
		sort /state/poison >/tmp/poison.sorted
		check "the frames are learnt without a mount" cmp /tmp/poison.sorted /tmp/listed
		check "without a warning" sh -c '! [ -s /tmp/said ]'
		check "the kernel counts none of them" grep -q 'HardwareCorrupted: *0 kB' /proc/meminfo
		check "they are announced" kexec --hwpoison-announce
		frames list | sort >/tmp/flagged
		check "and the kernel shows them" cmp /tmp/poison.sorted /tmp/flagged
		check "it counts them" grep -q 'HardwareCorrupted: *20 kB' /proc/meminfo
		check "a second time there is nothing to do" sh -c \
			'kexec --hwpoison-announce | grep "^0 frames announced, 5 were flagged already"'
		next_initrd
		check "kexec -s loads" said kexec -s -l $kernel --initrd=/tmp/next.cpio --append=x
		check "and says that the frames go no further" grep -q '5 bad frames' /tmp/said
		note "$(cat /tmp/said)" ;;
	esac
	EOF
kho_trees x86_64 1
done_testing
