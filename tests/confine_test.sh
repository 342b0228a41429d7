#!/bin/sh
# SPDX-License-Identifier: ISC
# What the program cannot reach, and what it inherits from its caller.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh

tearDown() {
	as_tester rm -rf "$WORK"/* 2>/dev/null
}

testClosedDoors() {
	try run "$HELPERS/confine_doors"
	for door in 'clone+cgroup EPERM' 'unshare+cgroup EPERM' 'clone3 ENOSYS'; do
		assertContains "$output" "$door"
	done
}

testOpenDoors() {
	lacks_userns && return
	try run "$HELPERS/confine_doors"
	assertContains "$output" 'AF_UNIX open'
	assertContains "$output" 'AF_INET open'
	assertContains "$output" 'setpriority open'
	assertContains "$output" 'clone+user open'
	assertContains "$output" 'unshare+user open'
	assertContains "$output" 'skipped open'
}

testAbstractSocketsInsideCanBeUsed() {
	try run sh -c '. "$1/scene.sh"
		"$0" serve "$2" >/tmp/out &
		until_true grep -q ready /tmp/out
		"$0" connect "$2"' "$HELPERS/confine_abstract" "$HELPERS" "inside.$$"
	assertEquals connected "$output"
}

testProcOneIsTheProgram() {
	assert_output 1 run readlink /proc/self
	assert_output /usr/bin/readlink run /usr/bin/readlink /proc/1/exe
}

testInstanceInsideAnInstanceStarts() {
	lacks_levels && return
	assert_output 1 run "$SELFDOCK" run sh -c 'echo $$'
}

# Terminating signals, and the number that the status then tells.
SIGNALS='TERM:143 INT:130 HUP:129 USR1:138'

testSignalToTheMonitorEndsTheInstance() {
	for each in $SIGNALS; do
		start_monitor run sh -c 'echo ready; exec sleep "$0"' "5.$$"
		as_tester kill -s "${each%:*}" "$monitor"
		wait "$job"
		assertEquals "$each" "${each#*:}" $?
		assertFalse "$each: the program is gone" 'pgrep -f "^sleep 5.$$"'
	done
}

testSignalToTheMonitorReachesAHandler() {
	for each in $SIGNALS; do
		start_monitor run sh -c '
			trap "echo got $0; exit 7" $0
			echo ready
			sleep 10 & wait' "${each%:*}"
		as_tester kill -s "${each%:*}" "$monitor"
		wait "$job"
		assertEquals "$each" 7 $?
		assertContains "$(cat "$WORK/out")" "got ${each%:*}"
	done
}

testSignalToTheMonitorCanBeIgnored() {
	for each in $SIGNALS; do
		start_monitor -v "$WORK" "$WORK" run sh -c '
			trap "" $0
			echo ready
			. "$2/scene.sh"
			until_true test -e "$1"
			exit 7' "${each%:*}" "$WORK/go" "$HELPERS"
		as_tester kill -s "${each%:*}" "$monitor"
		sleep 0.1
		as_tester touch "$WORK/go"
		wait "$job"
		assertEquals "$each" 7 $?
		as_tester rm "$WORK/go"
	done
}

testPipesCarryDataBothWays() {
	size=$(head -c 3000000 /dev/zero | sd run cat | wc -c)
	assertEquals 3000000 "$size"
}

testEndOfInputIsSeen() {
	output=$(sd run cat </dev/null)
	assertEquals '0 ' "$? $output"
}

# The pipe is made by a shell that executes selfdock, so that nobody else holds it.
testReaderSeesTheEndWhileTheProgramGoesOn() {
	set -- -v "$WORK" "$WORK" -C "$WORK" run sh -c '
		echo line
		exec >&-
		for i in 1 2 3 4 5 6 7 8 9 10; do
			[ ! -e go ] || exec touch went
			sleep 0.1
		done'
	# shellcheck disable=SC2086 # words
	as_tester sh -c 'go=$1 && shift; "$@" | { cat >/dev/null; touch "$go"; }' \
		sh "$WORK/go" $SD_WORDS "$@"
	until_true test -e "$WORK/went"
	assertTrue 'the end came before the program ended' '[ -e "$WORK/went" ]'
}

testLinksInTheRootDoNotLeadOut() {
	as_tester mkdir -p "$WORK/root/proc" "$WORK/root/dev" "$WORK/root/bin" "$WORK/there"
	as_tester ln -s "$WORK/there" "$WORK/root/link"
	helpers=$(realpath "$HELPERS")
	assert_fails 125 "'/link' does not exist" -r "$WORK/root" -m "$helpers" /link \
		build /link/die
	# For run, selfdock makes a destination inside, where the link leads to in there.
	sd -r "$WORK/root" -m "$helpers" /link run "$WORK/there/die" 2>/dev/null
	assertEquals 'by its signal' 139 $?
	assertEquals '' "$(find "$WORK/there" "$WORK/root/bin" -mindepth 1)"
}

. shunit2
