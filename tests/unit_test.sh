#!/bin/sh
# SPDX-License-Identifier: ISC
# Modules of core/ by themselves: the programs in tests/unit, each linked with what its head
# names, and ended by an assertion that does not hold.
# modes: plain
# without instances
. tests/common.sh
. tests/modules.sh

compile() {
	${HELPER_CC:-musl-gcc -static} -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra \
		-fsanitize-undefined-trap-on-error -fsanitize=undefined "$@"
}

# unit NAME ARG...: builds and executes that program.
unit() {
	name=$1
	shift
	link_program "$SCRATCH" "tests/unit/$name.c" && "$SCRATCH/$name" "$@"
}

passes() {
	capture unit "$@"
	assertEquals "$output" 0 "$status"
}

testTextIsFormattedAndRead() {
	passes text
}

testDocumentsOfJsonAreCheckedAndRead() {
	passes json
}

testDigestsAreThoseOfTheStandard() {
	passes sha256
}

testProcessesAreReadFromProc() {
	passes procfs "$WORK"
}

testEnvironmentIsChanged() {
	passes environment
}

testOptionsAreWalked() {
	passes options
}

testWordsThatAreNotUnderstoodAreAnswered() {
	passes words
}

testCommandLineBecomesAPlan() {
	passes plan
}

testMountsAreListed() {
	mkdir "$WORK/mounts"
	passes mountinfo "$WORK/mounts"
}

testFilterRefusesExactlyWhatItShould() {
	passes seccomp
}

testDropLeavesErrnoAlone() {
	passes privilege
}

. shunit2
