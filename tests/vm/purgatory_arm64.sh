#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# arm64: one bit of each segment in turn is turned over on its way into the kernel, by a tracer at the entry of
# kexec_load(2). After kexec -e purgatory says on the serial port which segment it is, resets the
# machine, and the next kernel is not seen. Unharmed, the same image starts, and purgatory says what it
# verified. (purgatory_bare_arm64.sh has hundreds of cases more, without Linux.)

. "$(dirname "$0")/lib.sh"

vm_begin arm64 small

# start_with NAME WORD...: WORD... is put in front of kexec -l.
start_with() {
	local name=$1
	shift
	vm_boot_files arm64 small
	vm_memory=512
	vm_start "$name" arm64 small <<-EOF
		load_command() {
			"\$@" kexec -l /boot/vmlinuz-small --preserve-hwpoison --initrd=/tmp/next.cpio \\
				--append="\$(next_command_line 2)" --serial=ttyAMA0
		}
		case \$stage in
		1)
			check "frames go bad" pick_poison 21 9
			next_initrd
			kexec --preserve-hwpoison --dry-run=json --initrd=/tmp/next.cpio \\
				--append="\$(next_command_line 2)" /boot/vmlinuz-small >/tmp/plan.json
			send plan /tmp/plan.json
			check "an image is loaded" load_command $*
			go ;;
		*) check "the next kernel is there" true ;;
		esac
	EOF
}

# The kernel has the same port.
says() {
	tr -d '\r' <"$vm_dir/out" | grep -a "$1"
}

start_with unharmed env
vm_finish
ok "unharmed: purgatory says what it verified" says '^purgatory: [1-9][0-9]* segments, .* bytes verified.*, 9 poisoned frames kept out'
vm_received plan >"$TEST_TMP/plan.json"
mapfile -t segments < <(jq -r '.segments[].name' "$TEST_TMP/plan.json")
ok "there are segments" test "${#segments[@]}" -ge 4

for i in "${!segments[@]}"; do
	# Purgatory has its stack in the middle, and the poison table at its end.
	case ${segments[$i]} in
	purgatory) where=-end text='^purgatory: the poison table is not what was loaded' ;;
	*) where='' text="^purgatory: segment ${segments[$i]}:" ;;
	esac
	start_with "segment-$i" failing "flip-$i$where"
	status=0
	wait "$vm_pid" || status=$?
	vm_pid=
	exec 7>&-
	is "$status" 0 "${segments[$i]}: the machine is reset"
	is "$(grep -ac '^@vm ok an image is loaded' "$vm_dir/out")" 1 "${segments[$i]}: it is loaded"
	is "$(grep -ac 'the next kernel is there' "$vm_dir/out")" 0 "${segments[$i]}: and not started"
	ok "${segments[$i]}: purgatory names it" says "$text"
done
done_testing
