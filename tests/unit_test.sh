#!/bin/sh
# SPDX-License-Identifier: ISC
# Modules of core/ by themselves: the programs in tests/unit, each linked with what its head
# names, and ended by an assertion that does not hold.
# modes: plain
# without instances
. tests/common.sh

compile() {
	${HELPER_CC:-musl-gcc -static} -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra \
		-fsanitize-undefined-trap-on-error -fsanitize=undefined "$@"
}

# unit NAME ARG...: builds and executes that program. Several have a module in common, which is
# compiled once.
unit() {
	name=$1
	shift
	modules=$(tr '\n' ' ' <"tests/unit/$name.c" | sed 's/.* With: //; s/ \*\/.*//; s/ \* / /g')
	objects=
	for source in $modules "tests/unit/$name.c"; do
		object=$SCRATCH/objects/${source%.c}.o
		objects="$objects $object"
		[ ! -e "$object" ] || continue
		mkdir -p "${object%/*}"
		compile -c -o "$object" "$source" || return
	done
	# shellcheck disable=SC2086 # words
	compile -o "$SCRATCH/$name" $objects && "$SCRATCH/$name" "$@"
}

passes() {
	capture unit "$@"
	assertEquals "$output" 0 "$status"
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

testDropLeavesErrnoAlone() {
	passes privilege
}

. shunit2
