#!/bin/sh
# SPDX-License-Identifier: ISC
# The main job: a program runs in an instance, sees what it should, and its
# end is what the caller sees.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh

testExitStatusIsTheProgramsOwn() {
	for code in 0 1 42 124 255; do
		try run sh -c "exit $code"
		assertEquals "$code" "$status"
	done
}

testDeathBySignalIsTheMonitorsToo() {
	try run "$HELPERS/die"
	assertEquals 'SIGSEGV' 139 "$status"
}

testProgramIsPid1AndAlone() {
	assert_output 1 run sh -c 'echo $$'
	assert_output '      1 ps' run ps -e -o pid= -o comm=
}

. shunit2
