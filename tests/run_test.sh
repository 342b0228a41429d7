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

# The original's test: of a terminal's processes it is the only one.
testOnATerminalItIsTheOnlyProcess() {
	listed=$(sd_on_terminal run ps -a)
	assertEquals "$listed" 2 "$(echo "$listed" | wc -l)"
	assertContains "$listed" ' 1 '
}

testTerminalHasAName() {
	assertEquals /dev/console "$(sd_on_terminal run tty)"
	assertEquals written "$(sd_on_terminal run sh -c 'echo written >/dev/tty')"
}

# A user namespace that knows few ids, such as root has in a rootless container.
testRootOfASmallUserNamespaceCanStart() {
	[ "$MODE" = root ] || { skip 'only root can map ids for another namespace' && return; }
	assertEquals ' 0 0 1' "$("$HELPERS/in_userns" "$SELFDOCK" run \
		cat /proc/self/uid_map | tr -s ' ')"
}

. shunit2
