#!/bin/sh
# SPDX-License-Identifier: ISC
# Modules of core/ by themselves: the programs in tests/unit, each linked with what its head
# names, and ended by an assertion that does not hold.
# modes: plain
# without instances
. tests/common.sh

# passes NAME ARG...: that program.
passes() {
	name=$1
	shift
	modules=$(tr '\n' ' ' <"tests/unit/$name.c" | sed 's/.* With: //; s/ \*\/.*//; s/ \* / /g')
	# shellcheck disable=SC2086 # words
	output=$(${HELPER_CC:-musl-gcc -static} -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra \
		-fsanitize-undefined-trap-on-error -fsanitize=undefined -o "$SCRATCH/$name" \
		"tests/unit/$name.c" $modules 2>&1 && "$SCRATCH/$name" "$@" 2>&1)
	assertEquals "$output" 0 $?
}

testTextIsFormattedAndRead() {
	passes text
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

testCommandLineBecomesAPlan() {
	passes plan
}

testMountsAreListed() {
	mkdir "$WORK/mounts"
	passes mountinfo "$WORK/mounts"
}

. shunit2
