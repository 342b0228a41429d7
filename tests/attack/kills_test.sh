#!/bin/sh
# SPDX-License-Identifier: ISC
# Kills: whatever is killed, at each system call of it or at any moment, a second later nothing is
# left. Each start has the same name, so a name that is left is seen by the next one.
# shellcheck disable=SC2015,SC2016,SC2086 # options and words for tests/attack/inject.c
. tests/common.sh
. tests/attack/inject.sh

# assert_nothing_left LEAST WHAT OPTIONS ARGS...: so many kills at least.
assert_nothing_left() {
	least=$1
	shift
	inject "$@"
	assertEquals "$*: $output" 0 "$open"
	assertTrue "$*: $tried tried" "[ $tried -ge $least ]"
	# A monitor polls as often as it takes.
	assertTrue "$*: $tried reached, $missed not" "[ $((missed * 10)) -le $tried ]"
	all_tried=$((all_tried + tried))
}

# What does not end with its processes: files and, below, keys, which the kernel counts down later.
# Others may be this user where that is root, or where root does not run the suite.
left_behind() {
	"$HELPERS/snapshot" "$HERE" "$WORK/map" "$WORK/volume"
	[ "$MODE" != root ] && am_root || return 0
	find /tmp /var/tmp /run /dev/shm -maxdepth 1 -user "$SD_UID"
}

count_keys() {
	[ "$MODE" != root ] && am_root || { echo 0 && return; }
	awk -v user="$SD_UID:" '$1 == user { keys = $4 } END { print keys + 0 }' /proc/key-users
}

setUp() {
	all_tried=0
	rounds 12 1 1
	every=$rounds
	prepare
	before=$(left_behind) held=$(count_keys)
}

tearDown() {
	[ "$before" ] || return 0
	until_true eval '[ "$(left_behind)" = "$before" ]'
	assertEquals files "$before" "$(left_behind)"
	until_true eval '[ "$(count_keys)" -le '"$held"' ]'
	assertTrue 'keys' $?
	before=
}

testKilledAnywhereAStartLeavesNothing() {
	is_sanitized && return
	lacks_processes && return
	scenario T-106 'a start is killed at each system call' 'a privileged process, or a mount'
	for command in run 'run --init' build; do
		[ "$command${PROOF-}" != build ] || continue
		assert_nothing_left $((300 / every)) kill "-e $every" \
			$command $OPTIONS "$HELPERS/sleep" 1000
	done
	assert_nothing_left $((300 / every)) kill "-d -e $every" \
		run -d $OPTIONS "$HELPERS/sleep" 1000
	figure "$all_tried kills, 0 left"
}

testProcessGroupKilledAnywhereLeavesNothing() {
	is_sanitized && return
	lacks_processes && return
	scenario T-106 'the process group of a start is killed' 'a process that is left'
	for command in run 'run --init'; do
		assert_nothing_left $((300 / every)) group "-e $every" \
			$command $OPTIONS "$HELPERS/sleep" 1000
	done
	figure "$all_tried kills of a group, 0 left"
}

testKilledAnywhereAnEnterOrAStopLeavesNothing() {
	is_sanitized && return
	lacks_processes && return
	scenario T-1501 'an enter or a stop is killed' 'a program that outlives its monitor'
	assert_nothing_left $((200 / every)) kill "-e $every -B $TARGET" \
		enter target "$HELPERS/sleep" 1000
	assert_nothing_left $((50 / every)) kill "-e $every -b $TARGET" stop target
	figure "$all_tried kills, 0 left"
}

testKilledAtAnyMomentLeavesNothing() {
	is_sanitized && return
	lacks_processes && return
	scenario T-106 'a start is killed at random' 'a process, mount or name that is left'
	rounds 20 1000 5000
	for init in '' --init; do
		assert_nothing_left $rounds random "-e $rounds" \
			run $init $OPTIONS "$HELPERS/sleep" 1000
	done
	figure "$all_tried random kills, 0 left"
}

# As in a container whose pid 1 is no init. A zombie has no memory, files or namespaces left, and
# must not hold a name.
testKilledUnderAPidOneThatDoesNotReapLeavesNoLiveProcess() {
	is_sanitized && return
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer instance has a pid 1' && return
	scenario T-1501 'pid 1 does not reap what is killed' 'a name or a process that is left'
	rounds 20 500 2000
	for init in '' --init; do
		UNREAPED=yes
		assert_nothing_left $rounds random "-z -e $rounds" \
			run $init $OPTIONS "$HELPERS/sleep" 1000
		assert_nothing_left $((300 / every)) kill "-z -e $every" \
			run $init $OPTIONS "$HELPERS/sleep" 1000
		UNREAPED=
	done
	figure "$all_tried kills, 0 left"
}

. shunit2
