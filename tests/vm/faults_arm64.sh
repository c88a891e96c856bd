#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64: a load that fails leaves the machine as it was: whatever error kexec_load gives, without memory, and
# killed at one point of its life after another, the image that was loaded before stays loaded, its
# record stays whole, no other file is left, and in the end it is the one that starts. It is killed at fewer points
# than on x86_64 (faults.sh), whose code this is, but for FULL=1.

. "$(dirname "$0")/lib.sh"

vm_begin arm64 6.1

vm_boot_files arm64 6.1
more=24
[ -z "${FULL:-}" ] || more=2
vm_memory=1024 vm_timeout=400 vm_append="more=$more"
vm_boot faults arm64 6.1 <<'EOF'
kernel=/boot/vmlinuz-6.1
# with COMMAND...: a load that is not to come about.
with() {
	"$@" kexec -l $kernel --preserve-hwpoison --initrd=/tmp/next.cpio --append="$(next_command_line 9)"
}
cramped() {
	(
		ulimit -v "$1"
		with env
	)
}
undisturbed() {
	[ "$(cat /sys/kernel/kexec_loaded)" = 1 ] || { echo "nothing is loaded"; return 1; }
	cmp /run/kexec/loaded.json /tmp/loaded.json || return
	[ "$(ls -A /run/kexec)" = loaded.json ] || { ls -A /run/kexec; return 1; }
}
case $stage in
1)
	settle
	check "frames go bad" pick_poison 91 5
	check "an image is loaded" load 2 $kernel
	cp /run/kexec/loaded.json /tmp/
	check "and there is a record of it" undisturbed
	while read -r number word; do
		refuse "an error that is told: $word" "$word" with failing "$number"
		check "nothing has changed" undisturbed
	done <<-ERRORS
		1 Operation not permitted\|CAP_SYS_BOOT\|lockdown
		12 memory
		16 busy\|another
		22 Invalid\|EINVAL
		99 EADDRNOTAVAIL\|address
	ERRORS
	refuse "no memory" memory cramped 20000
	check "nothing has changed" undisturbed
	with failing kill
	check "nothing has changed after it was killed in kexec_load" undisturbed
	point=0 step=1 status=137
	while [ $status -eq 137 ]; do
		point=$((point + step)) step=$((step + $(word more 2)))
		with failing after-$point >/dev/null 2>&1
		status=$?
		[ $status -ne 137 ] || undisturbed >/tmp/why 2>&1 || break
	done
	check "killed at $point points, and never a change" test $status -ne 137
	note "$(cat /tmp/why)"
	# The last of these runs was not killed: once more, what is to start.
	check "the machine still loads" load 2 $kernel
	go ;;
*)
	check "it is the right image that started" test $stage = 2
	arrived ;;
esac
EOF
done_testing
