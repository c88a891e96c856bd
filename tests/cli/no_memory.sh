#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whichever allocation fails, a dry run prints all that it prints otherwise, or says that it is out of
# memory and exits with 255: never a part of a plan, and never the exit code of a wrong file. Every
# seventh is tried; a library that is preloaded makes it fail.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# The sanitizers have an allocator of their own.
case $KEXEC in
*sanitize*) skip_all "the sanitizers' malloc() cannot be made to fail here" ;;
esac
library=$TEST_TMP/no_memory.so
${CC_HOST:-cc} -O2 -Wall -Wextra -shared -fPIC -o "$library" "$TOP/tests/cli/no_memory.c" ||
	skip_all "there is no C compiler"

echo 0x52345000 >"$TEST_TMP/list"
export LC_ALL=C
# shellcheck disable=SC2317 # run calls it
failing() { # NUMBER, and the command
	local number=$1
	shift
	NO_MEMORY_AT=$number LD_PRELOAD=$library "$@"
}
# The parser of JSON takes a failure for a fault of the text: nothing here has any.
for name in x86_64/guest-bios-2g arm64/guest-dt-2g; do
	m=$(machine_copy "$own/$name" machine)
	rm "$m/machine.json"
	whole=$(plan "$m" --hwpoison-file="$TEST_TMP/list" 2>/dev/null)
	wrong='' out_of_memory=0
	for ((i = 1; i < 400; i += 7)); do
		run failing $i "$KEXEC" --preserve-hwpoison --dry-run=json --machine="$m" \
			--hwpoison-file="$TEST_TMP/list"
		case $status in
		# A warning that cannot be kept is printed at once.
		0) [ "$out" = "$whole" ] ||
			[ "$(jq 'del(.warnings)' <<<"$out")" = "$(jq 'del(.warnings)' <<<"$whole")" ] ||
			wrong+="$i: another plan; " ;;
		255) [ "$(grep -vc '^kexec: warning: ' <<<"$err")" -eq 1 ] && [ -z "$out" ] ||
			wrong+="$i: $err; "
			out_of_memory=$((out_of_memory + 1)) ;;
		*) wrong+="$i: exit code $status, $err; " ;;
		esac
	done
	is "$wrong" "" "$name: the whole plan, or exit code 255"
	like "$out_of_memory" '^[0-9]{2,}$' "$name: and that was tried"
done
done_testing
