#!/bin/sh
# SPDX-License-Identifier: ISC
# A start that its caller could trace or have dumped: fs.suid_dumpable is a setting of the machine.
# modes: setuid
# alone: setuid, since fs.suid_dumpable is the machine's
. tests/common.sh

oneTimeSetUp() {
	dumpable=$(cat /proc/sys/fs/suid_dumpable)
}

oneTimeTearDown() {
	[ ! "${dumpable-}" ] || echo "$dumpable" >/proc/sys/fs/suid_dumpable
}

testTraceableSetuidProgramRefusesToRun() {
	lacks_userns && return
	scenario T-105 'to use a setting that lets users dump and trace it' 'its privilege'
	for value in 0 2; do
		echo $value >/proc/sys/fs/suid_dumpable
		assert_output works run echo works
		for options in '' --init; do
			assert_whole all "$SELFDOCK run $options" as_tester
		done
	done
	echo 1 >/proc/sys/fs/suid_dumpable
	for words in 'run echo works' 'ls' --help; do
		# shellcheck disable=SC2086 # words
		assert_fails 125 'fs.suid_dumpable is 1' $words
	done
	assert_whole all "$SELFDOCK run" as_tester
	assertEquals \
		'all but 8 states with no-new-privs and 8 traced, where the setuid bit is void' \
		'16 started' "${output%%,*}"
	echo "$dumpable" >/proc/sys/fs/suid_dumpable
}

. shunit2
