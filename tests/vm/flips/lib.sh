# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# One bit of each segment in turn is turned over on its way into the kernel, by a tracer at the entry of
# kexec_load(2). Source it after lib.sh.
#
#   flips ARCH LOG OPTION...       after kexec -e purgatory says on the console which segment it is, resets the
#                                  machine, and the next kernel is not seen. Unharmed, the same image starts, and
#                                  purgatory says what it verified. LOG: what the guest's port comes out in
#                                  ($vm_dir/LOG); OPTION: of kexec -l, that name the port

flips_start() { # NAME WORD...: WORD... is put in front of kexec -l
	local name=$1
	shift
	vm_boot_files "$flips_arch" small
	vm_memory=512
	vm_start "$name" "$flips_arch" small <<-EOF
		load_command() {
			"\$@" kexec -l /boot/vmlinuz-small --preserve-hwpoison --initrd=/tmp/next.cpio \\
				--append="\$(next_command_line 2)" $flips_options
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

flips_say() { # REGEX: what purgatory says
	tr -d '\r' <"$vm_dir/$flips_log" | grep -a "$1"
}

flips() {
	local segments i where text status
	flips_arch=$1 flips_log=$2
	shift 2
	flips_options=$*

	flips_start unharmed env
	vm_finish
	ok "unharmed: purgatory says what it verified" \
		flips_say '^purgatory: [1-9][0-9]* segments, .* bytes verified.*, 9 poisoned frames kept out'
	vm_received plan >"$TEST_TMP/plan.json"
	mapfile -t segments < <(jq -r '.segments[].name' "$TEST_TMP/plan.json")
	ok "there are segments" test "${#segments[@]}" -ge 4

	for i in "${!segments[@]}"; do
		# Purgatory has its stack in the middle, and the poison table at its end.
		case ${segments[$i]} in
		purgatory) where=-end text='^purgatory: the poison table is not what was loaded' ;;
		*) where='' text="^purgatory: segment ${segments[$i]}:" ;;
		esac
		flips_start "segment-$i" failing "flip-$i$where"
		status=0
		wait "$vm_pid" || status=$?
		vm_pid=
		exec 7>&-
		is "$status" 0 "${segments[$i]}: the machine is reset"
		is "$(grep -ac '^@vm ok an image is loaded' "$vm_dir/out")" 1 "${segments[$i]}: it is loaded"
		is "$(grep -ac 'the next kernel is there' "$vm_dir/out")" 0 "${segments[$i]}: and not started"
		ok "${segments[$i]}: purgatory names it" flips_say "$text"
	done
}
