# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Guests for the tests in virtual machines: QEMU, interpreted (TCG), so that they run anywhere and
# always the same way. A guest is a kernel and an initramfs made on the spot: busybox, our kexec, Debian's kexec,
# the helpers of tests/vm/guest, and a shell script, which runs as the first process does (guest/init
# has its functions). It has no disk and no network. What it has to say comes by a serial port of
# its own, one line per result, and is told on as TAP here; the kernel's console is kept beside it
# and, if a result is bad, left in $BUILD/check/vm.
#
#   vm_begin ARCH KERNEL...        the kernels that are needed, of build/kernels/ARCH
#   vm_boot NAME ARCH KERNEL [QEMU OPTION...] <SCRIPT
#                                  runs one guest to its end, and tells its results
#   vm_boot_files ARCH NAME...     gives the guest kernels to hop to
#   vm_start ... / vm_await / vm_monitor / vm_finish
#                                  the same in steps, for tests that meddle from outside
#   vm_looked STATE                which frames the guest's kernel maps
#   vm_received NAME               a file that the guest has sent
#
# What a boot needs beyond this is set before it and forgotten after it: vm_memory (MiB), vm_append,
# vm_timeout (seconds), vm_files (SOURCE=PATH words; the guest has SOURCE as PATH).

. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

vm_kernels=$BUILD/kernels
vm_logs=$BUILD/check/vm
vm_test=$(basename "$0" .sh)
vm_pid=

vm_reset() {
	vm_memory=1024 vm_append='' vm_timeout=180 vm_files=()
}
vm_reset

vm_cc() {
	case $1 in
	x86_64) echo x86_64-linux-gnu-gcc ;;
	arm64) echo aarch64-linux-gnu-gcc ;;
	esac
}

# The guest's helpers, compiled once for all tests.
vm_helpers() {
	local arch=$1 dir=$BUILD/vm/$1 guest=$TOP/tests/vm/guest name source
	mkdir -p "$dir"
	(
		flock -w 300 9 || exit 1
		for name in frames poison failing; do
			for source in "$guest/$name.c" "$guest"/memory.[ch]; do
				[ "$dir/$name" -nt "$source" ] || rm -f "$dir/$name"
			done
			[ -x "$dir/$name" ] ||
				"$(vm_cc "$arch")" -std=gnu17 -O2 -Wall -Wextra -Werror -static \
					-o "$dir/$name" "$guest/$name.c" "$guest/memory.c" || exit 1
		done
	) 9>"$dir/lock"
}

vm_begin() {
	local arch=$1 kernel wanted=("$1/tools")
	shift
	for kernel; do
		wanted+=("$arch/$kernel")
	done
	if ! "$TOP/tools/test-kernels" "${wanted[@]}" || ! vm_helpers "$arch"; then
		fail "the guests are made"
		done_testing
	fi
}

vm_busybox() {
	local host=x86_64
	[ "$(uname -m)" = aarch64 ] && host=arm64
	"$vm_kernels/$host/tools/busybox" "$@"
}

# vm_initramfs ARCH FILE: from the script on standard input.
vm_initramfs() {
	local arch=$1 file=$2 root tools=$vm_kernels/$1/tools word module
	root=$(mktemp -d "$TEST_TMP/root.XXXXXX")
	mkdir -p "$root/bin" "$root/boot" "$root/state"
	cat >"$root/script"
	install -m 755 "$TOP/tests/vm/guest/init" "$root/init"
	cp "$tools/busybox" "$BUILD/vm/$arch"/{frames,poison,failing} "$root/bin/"
	ln -s busybox "$root/bin/sh"
	cp -r "$tools/peer" "$root/peer"
	printf '#!/bin/sh\nexec /peer/ld.so --library-path /peer/lib /peer/kexec "$@"\n' >"$root/bin/peer-kexec"
	chmod 755 "$root/bin/peer-kexec"
	[ ! -x "$BUILD/$arch/kexec.static" ] || cp "$BUILD/$arch/kexec.static" "$root/bin/kexec"
	for word in "${vm_files[@]}"; do
		mkdir -p "$root/$(dirname "${word#*=}")"
		cp -L "${word%%=*}" "$root/${word#*=}"
	done
	for module in "$vm_kernels/$arch"/*/hwpoison-inject.ko; do
		cp "$module" "$root/boot/hwpoison-inject-$(cat "${module%/*}/release").ko"
	done
	(cd "$root" && find . | sort | vm_busybox cpio -o -H newc 2>/dev/null) >"$file"
	rm -rf "$root"
}

# vm_boot_files ARCH NAME...: adds kernels to vm_files, as boot/vmlinuz-NAME with boot/config-NAME.
vm_boot_files() {
	local arch=$1 name
	shift
	for name; do
		vm_files+=("$vm_kernels/$arch/$name/vmlinuz=boot/vmlinuz-$name"
			"$vm_kernels/$arch/$name/config=boot/config-$name")
	done
}

# A kernel of build/kernels, by name, or a file.
vm_kernel() {
	case $2 in
	/*) echo "$2" ;;
	*) echo "$vm_kernels/$1/$2/vmlinuz" ;;
	esac
}

# vm_start NAME ARCH KERNEL [QEMU OPTION...] <SCRIPT
vm_start() {
	local arch=$2 kernel initrd append common
	vm_name=$1
	kernel=$(vm_kernel "$2" "$3")
	shift 3
	vm_dir=$(mktemp -d "$TEST_TMP/vm.XXXXXX")
	initrd=$vm_dir/initrd
	vm_initramfs "$arch" "$initrd"
	: >"$vm_dir/out"
	mkfifo "$vm_dir/monitor"
	common=(-nodefaults -display none -no-reboot -accel tcg -m "$vm_memory"
		-kernel "$kernel" -initrd "$initrd" -monitor stdio)
	append="panic=-1 $vm_append"
	case $arch in
	x86_64)
		# Linux 6.12 dies of QEMU 7.2's cmpxchg16b. The check of the timer panics where the host
		# is too busy to deliver its interrupts in time (check_timer(), arch/x86/kernel/apic/io_apic.c).
		set -- qemu-system-x86_64 -cpu max,-cx16 "${common[@]}" \
			-serial "file:$vm_dir/console" -serial "file:$vm_dir/out" "$@"
		append="console=ttyS0 earlyprintk=ttyS0 no_timer_check vm_out=ttyS1 $append"
		;;
	arm64)
		# One serial port only: the kernel is quiet, but for emergencies. With 52-bit addresses
		# (LPA2) Linux 6.12 oopses in kexec_load (trans_pgd_create_copy), whoever calls it.
		set -- qemu-system-aarch64 -M virt,gic-version=3 -cpu max,pauth-impdef=on,lpa2=off "${common[@]}" \
			-serial "file:$vm_dir/out" "$@"
		append="console=ttyAMA0 loglevel=3 vm_out=ttyAMA0 $append"
		;;
	esac
	exec 7<>"$vm_dir/monitor"
	timeout -k 5 "$vm_timeout" "$@" -append "$append" <&7 >"$vm_dir/monitor.out" 2>&1 &
	vm_pid=$!
	vm_reset
}

# vm_await PATTERN [SECONDS]: the first line of the guest's with PATTERN in it, when it comes; nothing
# when the guest ends without one, or says nothing for so long.
vm_await() {
	local line
	while read -r -t "${2:-600}" line; do
		[[ $line =~ $1 ]] || continue
		printf '%s\n' "${line%$'\r'}"
		break
	done < <(tail -n +1 -f --pid="$vm_pid" "$vm_dir/out" 2>/dev/null)
}

vm_monitor() {
	printf '%s\n' "$*" >&7
}

vm_finish() {
	local status=0 line bad='' end=''
	wait "$vm_pid" || status=$?
	vm_pid=
	exec 7>&-
	tr -d '\r' <"$vm_dir/out" | sed -n 's/^@vm //p' >"$vm_dir/results"
	while read -r line; do
		case $line in
		'= '*) ;;
		'ok '*) pass "$vm_name: ${line#ok }" ;;
		'not ok '*) bad=1; fail "$vm_name: ${line#not ok }" ;;
		'end '*) end=${line#end } ;;
		'#'*) diag "${line#\# }" ;;
		esac
	done <"$vm_dir/results"
	if [ "$end" != 0 ]; then
		bad=1
		fail "$vm_name: the guest runs its script to the end"
		[ $status -ne 124 ] || diag "it was stopped when its time was over"
		[ -z "$end" ] || diag "the script ended with $end"
		tail -n 12 "$vm_dir/$([ -s "$vm_dir/console" ] && echo console || echo out)" | tr -d '\r' |
			while read -r line; do diag "$line"; done
	fi
	if [ -n "$bad" ]; then
		mkdir -p "$vm_logs"
		for line in console out monitor.out; do
			[ ! -s "$vm_dir/$line" ] || cp "$vm_dir/$line" "$vm_logs/$vm_test-$vm_name.$line"
		done
		diag "logs: $vm_logs/$vm_test-$vm_name.*"
	fi
}

# vm_looked STATE: the test of an arm64 guest without KASLR that lingers with "look FRAME...": in the direct map
# of its kernel each of the frames is as STATE says, mapped or unmapped, and the one behind it is mapped, by
# QEMU's walk of the page tables. Ends the guest. The direct map begins at this address (arch/arm64/
# include/asm/memory.h, with 48 bits), with the GiB in which memory does: with UEFI that may be less than
# RAM's (arm64_memblock_init() in arch/arm64/mm/init.c).
vm_looked() {
	local direct_map=0xffff000000000000 frames frame page answers wrong='' i=0 tries=0 start known
	frames=$(vm_await '^@vm look')
	frames=${frames#*look }
	known=$(((0x${frames%% *} + 1) * 4096))
	# It says so before it is idle; while a process runs, QEMU asks what that may read.
	until vm_walked | grep -qx "gpa: $(printf '%#x' "$known")" || [ $((tries++)) -eq 60 ]; do
		start=$((tries % 2 << 30))
		vm_monitor "gva2gpa $(printf '%#x' $((direct_map - start + known)))"
		sleep 1
	done
	i=$(vm_walked | wc -l)
	for frame in $frames; do
		for page in $((0x$frame)) $((0x$frame + 1)); do
			vm_monitor "gva2gpa $(printf '%#x' $((direct_map - start + page * 4096)))"
		done
	done
	vm_monitor quit
	vm_finish
	mapfile -t answers < <(vm_walked)
	for frame in $frames; do
		case $1,${answers[i]-} in
		unmapped,Unmapped | mapped,"gpa: $(printf '%#x' $((0x$frame * 4096)))") ;;
		*) wrong+=" $frame: ${answers[i]-}" ;;
		esac
		[ "${answers[i + 1]-}" = "gpa: $(printf '%#x' $((0x$frame * 4096 + 4096)))" ] ||
			wrong+=" beside-$frame: ${answers[i + 1]-}"
		i=$((i + 2))
	done
	is "${frames:+looked}$wrong" looked "$vm_name: in the direct map the bad frames are $1, those behind them mapped"
}

# What QEMU's monitor has answered to gva2gpa so far.
vm_walked() {
	tr -d '\r' <"$vm_dir/monitor.out" | grep -aE '^(gpa: 0x[0-9a-f]+|Unmapped)$'
}

# vm_received NAME >FILE: what the guest has sent.
vm_received() {
	sed -n "s/^= $1 //p" "$vm_dir/results" | base64 -d | gzip -dc
}

vm_boot() {
	vm_start "$@"
	vm_finish
}

vm_exit() {
	local status=$?
	[ -z "$vm_pid" ] || kill "$vm_pid" 2>/dev/null
	(exit $status)
	tap_exit
}
trap vm_exit EXIT
