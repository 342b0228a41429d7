#!/bin/sh
# SPDX-License-Identifier: ISC
# Real work off the host's own root: a library configured, built and tested
# with every compiler call in an instance of its own; interpreters; git.
# shellcheck disable=SC2016 # some programs here are for the shell inside
. tests/common.sh

SOURCE=$SCRATCH/source
PLAIN_BUILD=$SCRATCH/home/zlib

# Fetched and built without selfdock once, for all modes to compare with.
oneTimeSetUp() {
	[ ! -d "$SOURCE" ] || return 0
	mkdir "$SOURCE"
	scripts/fetch-source zlib "$SOURCE" >"$SOURCE/log" 2>&1 || return 0
	build "$PLAIN_BUILD" gcc >>"$SOURCE/log" 2>&1
}

build() {
	as_tester cp -r "$SOURCE/zlib" "$1" &&
		(cd "$1" && as_tester env CC="$2" ./configure &&
			as_tester make && as_tester make test)
}

checksums() {
	(cd "$1" && sha256sum ./*.o libz.a libz.so.1.* example minigzip zconf.h)
}

testLibraryBuiltInInstancesIsIdentical() {
	[ -d "$SOURCE/zlib" ] || { skip "no Debian source of zlib: $(tail -n 1 "$SOURCE/log")" && return; }
	case $MODE in
	nested) compiler="$SELFDOCK run -w $SELFDOCK run -w gcc" ;;
	*) compiler="$SELFDOCK run -w gcc" ;;
	esac
	log=$(build "$WORK/zlib" "$compiler" 2>&1)
	assertEquals "build in instances: $log" 0 $?
	assertEquals 'zlib tests' 3 "$(echo "$log" | grep -c 'zlib.* test OK')"
	assertEquals "$(checksums "$PLAIN_BUILD")" "$(checksums "$WORK/zlib")"
	rm -rf "$WORK/zlib"
}

testPythonRuns() {
	assert_output '42 3' run /usr/bin/python3 -c 'import os, json; print(6 * 7, len(os.listdir("/proc/self/fd")) - 1)'
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
	assertEquals 'the owner outside' "$(sd_uid)" "$(stat -c %u "$WORK/repository/file")"
	rm -rf "$WORK/repository"
}

. shunit2
