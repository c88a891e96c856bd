#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --dump where nothing can be written, as on a full disk: a limit of the size of files (ulimit -f)
# stands for it, with the signal of that ignored, so that write() fails. One line says so, and what
# was there before stays as it was, with nothing of ours beside it.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

dump_limited() { # MACHINE: the limit would hold for a file that standard error goes to, too
	{
		(
			trap '' XFSZ
			ulimit -f 0
			plan "$1" --dump="$TEST_TMP/dump"
		) 2>&1 >/dev/null
		echo "exit code $?"
	} | cat
}

for name in x86_64/guest-uefi-2g arm64/guest-dt-2g; do
	file=e820.bin
	[ "${name%%/*}" = x86_64 ] || file=next.dtb
	rm -rf "${TEST_TMP:?}/dump"
	mkdir "$TEST_TMP/dump"
	echo before >"$TEST_TMP/dump/$file"
	said=$(dump_limited "$own/$name" | grep -v '^kexec: warning: ')
	like "$said" "--dump=.*/dump: cannot write $file: File too large" \
		"$name: what cannot be written is said"
	like "$said" 'exit code 1' "$name: the exit code is 1"
	is "$(wc -l <<<"$said")" 2 "$name: in one line"
	is "$(ls -A "$TEST_TMP/dump")" "$file" "$name: nothing is left half written"
	is "$(<"$TEST_TMP/dump/$file")" before "$name: what was there stays"
	ok "$name: without the limit it is dumped" plan "$own/$name" --dump="$TEST_TMP/dump"
	nok "$name: and replaced" grep -qx before "$TEST_TMP/dump/$file"
done
done_testing
