# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Tests in bash that print TAP. Source it, then:
#
#   ok NAME COMMAND...      passes when the command succeeds; its output is shown when it does not
#   nok NAME COMMAND...     passes when it fails (with an exit code, not by a signal)
#   is GOT WANTED NAME      equal strings
#   like TEXT REGEX NAME    an extended regular expression, anywhere in the text
#   unlike TEXT REGEX NAME
#   pass NAME, fail NAME [DIAGNOSTIC]
#   skip NAME REASON        one test that cannot be run here
#   skip_all REASON         the whole program; does not return
#   diag TEXT               lines that are shown when a test fails
#   run COMMAND...          $out, $err, $status: what it printed and its exit code; never fails
#   done_testing            the last line: prints the plan. A program that ends without it has
#                           died, and fails.
#
# $TEST_TMP is a scratch directory; when it is not set (a script run by hand), one is made and
# removed at the end.

tap_count=0
tap_failed=0
tap_done=

set -u

if [ -z "${TOP:-}" ]; then
	TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
fi
: "${BUILD:=$TOP/build}"
: "${KEXEC:=$BUILD/kexec}"
: "${KEXEC_X86_64:=$BUILD/x86_64/kexec}"
: "${ARCHES:=x86_64 arm64}"
if [ -z "${MACHINES:-}" ]; then
	MACHINES=$TOP/../shared/machines
	[ -d "$MACHINES" ] || MACHINES=$TOP/tests/machines
fi
if [ -z "${KEXEC_ARM64:-}" ]; then
	KEXEC_ARM64="qemu-aarch64-static $BUILD/arm64/kexec.static"
	[ "$(uname -m)" = aarch64 ] && KEXEC_ARM64=$BUILD/arm64/kexec
fi
export TOP BUILD KEXEC KEXEC_X86_64 KEXEC_ARM64 ARCHES MACHINES

tap_exit() {
	local status=$?
	[ -n "${tap_own_tmp:-}" ] && rm -rf "$tap_own_tmp"
	# Without its plan a program has died half way.
	if [ -z "$tap_done" ]; then
		printf '# ended without done_testing, with exit code %d\n' "$status"
		[ "$status" -ne 0 ] || exit 1
	fi
}
trap tap_exit EXIT

if [ -z "${TEST_TMP:-}" ]; then
	tap_own_tmp=$(mktemp -d "${TMPDIR:-/tmp}/kexec-test.XXXXXX") || exit 1
	export TEST_TMP=$tap_own_tmp
fi

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$1"
}

fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$1"
	if [ $# -gt 1 ]; then
		shift
		diag "$*"
	fi
}

skip() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

skip_all() {
	tap_done=1
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

ok() {
	local name=$1 output status
	shift
	output=$("$@" 2>&1)
	status=$?
	if [ "$status" -eq 0 ]; then
		pass "$name"
	else
		fail "$name" "exit code $status from: $*"$'\n'"$output"
		return 1
	fi
}

nok() {
	local name=$1 output status
	shift
	output=$("$@" 2>&1)
	status=$?
	if [ "$status" -ne 0 ] && { [ "$status" -lt 126 ] || [ "$status" -gt 192 ]; }; then
		pass "$name"
	else
		fail "$name" "exit code $status, where it should fail: $*"$'\n'"$output"
		return 1
	fi
}

is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3" "     got: $1"$'\n'"expected: $2"
		return 1
	fi
}

like() {
	if grep -Eq -- "$2" <<<"$1"; then
		pass "$3"
	else
		fail "$3" "does not match /$2/:"$'\n'"$1"
		return 1
	fi
}

unlike() {
	if grep -Eq -- "$2" <<<"$1"; then
		fail "$3" "matches /$2/:"$'\n'"$1"
		return 1
	else
		pass "$3"
	fi
}

# shellcheck disable=SC2034 # out, err and status are for the test
run() {
	local errors
	errors=$(mktemp "$TEST_TMP/err.XXXXXX") || exit 1
	out=$("$@" 2>"$errors")
	status=$?
	err=$(<"$errors")
	rm -f "$errors"
}

done_testing() {
	tap_done=1
	if [ "$tap_count" -eq 0 ]; then
		echo '1..0'
		diag 'no test was run'
		exit 1
	fi
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}
