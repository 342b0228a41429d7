#!/bin/sh
# SPDX-License-Identifier: ISC
# Every two options of run and build together: the tables are in tests/helpers/pairs_start.py.
# early: many starts
# shellcheck disable=SC2086 # words
. tests/common.sh

# A root file system with nothing but a shell.
make_small_rootfs() {
	as_tester mkdir -p "$1/proc" "$1/dev" "$1/tmp" "$1/bin" "$1/etc"
	as_tester cp "$(command -v busybox)" "$1/bin/busybox"
	as_tester ln "$1/bin/busybox" "$1/bin/uname"
	as_tester cp /etc/passwd "$1/etc"
	as_tester touch "$1/mark"
}

testEveryTwoOptionsWorkOrAreRefusedInWords() {
	lacks_userns && return
	as_tester mkdir "$WORK/dir"
	as_tester touch "$WORK/dir/file"
	printf '%s\n' -e LINE yes | as_tester tee "$WORK/args" >/dev/null
	make_small_rootfs "$WORK/root"
	as_tester chmod 700 "$WORK/root" # of an open one --fakeroot would tell
	outside $PYTHON "$HELPERS/pairs_start.py" "$SELFDOCK" "$WORK" >"$SCRATCH/home/pairs" 2>&1
	assertEquals '' "$(sed '$d' "$SCRATCH/home/pairs")"
	as_tester rm -rf "$WORK/dir" "$WORK/args" "$WORK/root"
	assertContains 'all of them' "$(tail -n 1 "$SCRATCH/home/pairs")" ' pairs'
}

. shunit2
