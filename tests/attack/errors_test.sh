#!/bin/sh
# SPDX-License-Identifier: ISC
# Errors: each system call of each process fails, one at a time, or says that it did what it did
# not. Either nothing starts, the status is not 0 and one line says why, or every guarantee holds.
# shellcheck disable=SC2016,SC2086 # options and words for tests/attack/inject.c
. tests/common.sh
. tests/attack/inject.sh

# EPERM EACCES ENOMEM EINTR ENOSYS EMFILE EAGAIN EINVAL EIO
ERRORS=1,13,12,4,38,24,11,22,5

# assert_closed LEAST ERRORS OPTIONS ARGS...: nothing is open, of so many points at least.
assert_closed() {
	least=$1
	shift
	inject "$@"
	assertEquals "$*: $output" 0 "$open"
	assertTrue "$*: $points points" "[ $points -ge $least ]"
	# A monitor polls as often as it takes.
	assertTrue "$*: $tried reached, $missed not" "[ $((missed * 10)) -le $tried ]"
	all_points=$((all_points + points)) all_tried=$((all_tried + tried))
}

# What confine_self looks at, for the options of $OPTIONS.
holds_for() {
	prepare
	group=$(as_tester id -g)
	set -- "$SD_UID" "$group" "$@" none "host=inject" "ro=$HERE/map" "rw=$HERE/volume" \
		"tmpfs=$HERE/tmpfs" "absent=$HERE/mask" "absent=$WORK/secret" tmpfs=/tmp
	PROGRAM="$HELPERS/confine_self $*"
}

# The same with --fakeroot.
holds_for_root() {
	holds_for kept
	PROGRAM=$(printf '%s' "$PROGRAM" | sed "s,confine_self $SD_UID $group ,confine_self 0 0 ,")
}

setUp() {
	all_points=0 all_tried=0
}

# report EACH: the row of the table.
report() {
	figure "$all_points points, $1 errors each, $all_tried tried, 0 open"
}

testErrorAnywhereEndsAStartOrCostsNoGuarantee() {
	is_sanitized && return
	lacks_processes && return
	scenario T-608 'each system call of a start fails' 'a program that lacks a guarantee'
	rounds 1 9 9
	holds_for
	assert_closed 300 $ERRORS "-c $rounds" run $OPTIONS $PROGRAM
	[ ! "${PROOF-}" ] || {
		holds_for init
		assert_closed 400 $ERRORS "-c $rounds" run --init $OPTIONS $PROGRAM
		kept=
		[ "$MODE" != root ] || kept=kept
		holds_for build $kept
		assert_closed 300 $ERRORS "-c $rounds" build $OPTIONS $PROGRAM
		holds_for_root
		assert_closed 300 $ERRORS "-c $rounds" run --fakeroot $OPTIONS $PROGRAM
		holds_for
		assert_closed 350 $ERRORS "-c $rounds -l $WORK/log" \
			run -d --log "$WORK/log" $OPTIONS $PROGRAM
		# Nested, the instance around it does not get that descriptor.
		[ "$MODE" = nested ] || {
			holds_for nine
			assert_closed 300 $ERRORS "-c $rounds" run --keep-fd 9 $OPTIONS $PROGRAM \
				9</etc/passwd
		}
		# The host's network, with a socket that Landlock keeps out of reach. ENOSYS says
		# that the kernel has no Landlock, and inside an instance EPERM says that a filter
		# refuses it.
		known=s/,38//
		[ "$MODE" != nested ] || known='s/,38//; s/^1,//'
		assert_closed 200 "$(echo $ERRORS | sed "$known")" "-s $SCRATCH" run \
			"$HELPERS/confine_self" "$SD_UID" "$group" "abstract=$SCRATCH"
	}
	report $rounds
}

testErrorAnywhereEndsAnEnterOrCostsNoGuarantee() {
	is_sanitized && return
	lacks_processes && return
	scenario T-608 'each system call of an enter fails' 'to enter and be less confined'
	rounds 1 9 9
	prepare
	PROGRAM="$HELPERS/confine_self $SD_UID $(as_tester id -g) enter tmpfs=/tmp"
	every=1
	[ "${PROOF-}" ] || every=5
	assert_closed 150 $ERRORS "-c $rounds -e $every -B $TARGET" enter target $PROGRAM
	report $rounds
}

testErrorAnywhereEndsAStopAndAnLsAndIsSaid() {
	is_sanitized && return
	lacks_processes && return
	scenario T-608 'each system call of a stop and an ls fails' 'an instance that nobody ends'
	rounds 1 9 9
	prepare
	every=1
	[ "${PROOF-}" ] || every=10
	assert_closed 50 $ERRORS "-c $rounds -e $every -o -b $TARGET" stop target
	assert_closed 50 $ERRORS "-c $rounds -e $every -o -B $TARGET" ls
	report $rounds
}

# Nobody could be told of it: by then the monitor has closed its standard error. The first call is
# the C library's in a setuid program.
testErrorOfTheMonitorEndsNoProgram() {
	is_sanitized && return
	lacks_root && return
	[ "$MODE" = nested ] && skip 'as plain' && return
	scenario T-608 'the monitor cannot see whether its program has ended' \
		'a start without its end, and without a word'
	for options in '' --init; do
		for error in EINTR ENOMEM EPERM EINVAL; do
			for when in 2 3 4 5 6 7 8; do
				capture strace -qq -o /dev/null \
					-e "inject=?poll,ppoll:error=$error:when=$when" $AS \
					"$SELFDOCK" run $options sh -c 'sleep 0.02; echo done'
				[ "$status:$output" = 0:done ] ||
					assertContains "$when $error $options: $status $output" \
						"$status:$output" 125:selfdock-
			done
		done
	done
}

# The ids, the capabilities, the bounding set and NO_NEW_PRIVS are read back.
testDropThatDidNotHappenIsNoticed() {
	is_sanitized && return
	lacks_processes && return
	scenario T-403 'each drop of a start says that it succeeded, and does nothing' \
		'a program with privilege'
	rounds 1 1 1
	holds_for
	assert_closed 300 0 "" run $OPTIONS $PROGRAM
	[ ! "${PROOF-}" ] || {
		holds_for init
		assert_closed 400 0 "" run --init $OPTIONS $PROGRAM
		prepare
		PROGRAM="$HELPERS/confine_self $SD_UID $(as_tester id -g) enter tmpfs=/tmp"
		assert_closed 150 0 "-B $TARGET" enter target $PROGRAM
	}
	report 1
}

# Without it a program that has cleared its parent-death signal would outlive its monitor.
testNoStartGoesOnWithoutTheTieButWhereItIsUnknown() {
	is_sanitized && return
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the filter of an instance refuses clone3' && return
	scenario T-608 'the tie to the monitor cannot be made' 'it outlives its monitor'
	for error in EAGAIN ENOMEM ENOSPC ENOSYS EINVAL EPERM; do
		output=$(strace -f -o /dev/null -e "inject=clone3:error=$error" \
			$AS "$SELFDOCK" run echo started 2>&1)
		status=$?
		case $error in
		EAGAIN | ENOMEM | ENOSPC) assertEquals "$error: $output" 125 $status ;;
		*) assertEquals "$error" started "$output" ;;
		esac
	done
}

. shunit2
