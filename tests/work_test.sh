#!/bin/sh
# SPDX-License-Identifier: ISC
# Real work off the host's own root: a library configured, built and tested
# with every compiler call in an instance of its own; interpreters; git.
# early: it compiles
# shellcheck disable=SC2016 # some programs here are for the shell inside
. tests/common.sh

SOURCE=$KEPT/zlib
# What is built without selfdock is the same in each run with the same tools and by the same test.
PLAIN=$SOURCE/plain-$({ gcc --version && ld --version && ldd --version && cat "$0"; } | md5sum |
	cut -c -32)

# Fetched and built without selfdock, for all modes to compare with.
build_plain() {
	[ -d "$SOURCE" ] || {
		scripts/fetch-source zlib "$ONCE/fetched" && cp -r "$ONCE/fetched/zlib" "$SOURCE"
	} || return
	[ -e "$PLAIN" ] || {
		install -d -o "$SD_UID" "$ONCE/built" && build "$ONCE/built/zlib" gcc &&
			checksums "$ONCE/built/zlib" >"$PLAIN.new" && mv "$PLAIN.new" "$PLAIN"
	}
} >"$ONCE/log" 2>&1

# What the compiler is asked to do does not change how it is started: without optimizing, it takes a
# third of the time.
build() {
	cp -r "$SOURCE" "$1" && chown -R "$SD_UID" "$1" &&
		(cd "$1" && as_tester env CC="$2" CFLAGS=-O0 ./configure &&
			as_tester make && as_tester make test)
}

checksums() {
	(cd "$1" && sha256sum ./*.o libz.a libz.so.1.* example minigzip zconf.h)
}

testLibraryBuiltInInstancesIsIdentical() {
	once zlib build_plain
	[ -e "$PLAIN" ] ||
		{ skip "no Debian source of zlib: $(tail -n 1 "$ONCE/log")" && return; }
	compiler="$SELFDOCK run -w gcc"
	[ "$MODE" != nested ] || compiler="$SELFDOCK run -w $compiler"
	log=$(build "$WORK/zlib" "$compiler" 2>&1)
	assertEquals "build in instances: $log" 0 $?
	assertEquals 'zlib tests' 3 "$(echo "$log" | grep -c 'zlib.* test OK')"
	assertEquals "$(cat "$PLAIN")" "$(checksums "$WORK/zlib")"
	rm -rf "$WORK/zlib"
}

testPythonRuns() {
	assert_output '42 3' run /usr/bin/python3 \
		-c 'import os, json; print(6 * 7, len(os.listdir("/proc/self/fd")) - 1)'
}

testGitCommitsInAVolume() {
	try -v "$WORK" /tmp/project -C /tmp/project run sh -ec '
		git init -q repository
		cd repository
		echo text >file
		git add file
		git -c user.name=a -c user.email=b commit -qm message
		git log --format=%s'
	assertEquals "$output" 0 "$status"
	assertEquals message "$output"
	assertEquals 'the owner outside' "$SD_UID" "$(stat -c %u "$WORK/repository/file")"
	rm -rf "$WORK/repository"
}

. shunit2
