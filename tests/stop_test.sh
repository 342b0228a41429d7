#!/bin/sh
# SPDX-License-Identifier: ISC
# Stopping: instances end by a signal or, after some time, are killed, and nothing is left.
# shellcheck disable=SC2016 # most programs here are for the shell of a scene
. tests/common.sh

# In scenes. service SCRIPT OPTION...: starts it, sets $id and $pid, and waits until it is ready. It
# writes to a file, as --log does; that would wait. stop ARG...: stops, prints the status, 124 if it
# takes too long, and what is left. A process that has ended may not have been waited for yet.
SERVICE='cd "$WORK"; >log; services=0
	says="trap \"echo got TERM; exit 3\" TERM; trap \"echo got QUIT; exit 4\" QUIT
		echo ready; while :; do sleep 0.01; done"
	ignores="trap \"\" TERM; echo ready; while :; do sleep 0.01; done"
	service() {
		script=$1 services=$((services + 1)); shift
		id=$($SD run -d "$@" sh -c "exec >&2; $script" 2>>log) &&
			pid=$(pgrep -P $id) || return
		until_true eval "[ \$(grep -c ready log) = $services ]"
	}
	is_left() {
		grep -q "^State:.[^ZX]" /proc/$1/status 2>/dev/null
	}
	stop() {
		timeout 20 $SD stop "$@" 2>&1; echo $?
		for each in $id $pid; do ! is_left $each || echo left; done
	}
	'

setUp() {
	new_work :
}

testItIsTerminatedAndNothingIsLeft() {
	scene "$SERVICE"'service "$says" -n stopped.$$; stop stopped.$$; cat log
		service "$says"; stop $id
		service "$says"; stop $pid
		service "$says" --init; stop $id; tail -n 1 log'
	assertEquals '0 ready got TERM 0 0 0 got TERM' "$(echo "$output" | xargs)"
}

testProgramThatLeavesItToTheDefaultEnds() {
	scene "$SERVICE"'service "echo ready; exec sleep 600"; stop $id
		service "echo ready; exec sleep 600" --init; stop -s USR1 $id'
	assertEquals '0 0' "$(echo "$output" | xargs)"
}

testSignalIsNamedOrNumbered() {
	for signal in QUIT SIGQUIT 3; do
		scene "$SERVICE"'service "$says"; stop -s '$signal' $id; cat log'
		assertEquals "$signal" '0 ready got QUIT' "$(echo "$output" | xargs)"
	done
	# It would outlive its monitor.
	scene "$SERVICE"'service "exec setpriv --pdeathsig clear sh -c \"echo ready; sleep 600\""
		stop --signal=KILL -t 600 $id'
	assertEquals 0 "$output"
}

# The first one's monitor is stopped when it has passed the signal on.
testWhatIgnoresItIsKilledInTime() {
	scene "$SERVICE"'service "trap \"echo got\" TERM; echo ready; while :; do sleep 0.01; done"
		stop -t 1 $id | sed "s/$id/ID/" &
		until_true grep -q got log
		kill -STOP $id
		wait
		service "$ignores" --init; stop --time 0 $id'
	assertEquals "selfdock-stop: 'ID' did not end in 1 s: killed
0
0" "$output"
}

# It takes the signal before it goes on.
testWhatIsStoppedEnds() {
	scene "$SERVICE"'service "$says"
		kill -STOP $id; stop -t 5 $id; tail -n 1 log
		service "$says"; kill -STOP $pid
		until_true grep -q "^State:.T" /proc/$pid/status
		stop -t 5 $id; tail -n 1 log'
	assertEquals '0 got TERM 0 got TERM' "$(echo "$output" | xargs)"
}

# strace lets it wait in vain.
testWhatDoesNotEndIsNamedAndTheOthersEnd() {
	is_sanitized && return
	lacks_root && return
	[ "$MODE" != nested ] || { skip 'no strace where nested' && return; }
	one=$(sd run -d sleep 600) other=$(sd run -d sleep 600)
	# shellcheck disable=SC2086 # words
	capture timeout 9 strace -o /dev/null -e trace=/poll -e inject=/poll:retval=0 \
		$AS "$SELFDOCK" stop -t 0 "$one" "$other" 999999999
	assertEquals "selfdock-stop: no instance of yours is '999999999'; see selfdock-ls
selfdock-stop: '$one' was killed, and does not end
selfdock-stop: '$other' was killed, and does not end" "$output"
	assertEquals 125 "$status"
}

# They end in the order of the words: each has gone before the next one is told.
testSeveralEndOneAfterTheOther() {
	scene "$SERVICE"'service "trap \"sleep 0.3; echo first; exit\" TERM; echo ready
			while :; do sleep 0.01; done"
		one=$id
		service "trap \"echo second; exit\" TERM; echo ready; while :; do sleep 0.01; done"
		stop $one $id; grep -v ready log'
	assertEquals '0 first second' "$(echo "$output" | xargs)"
}

testWordThatNamesNoneIsNamedAndTheOthersEnd() {
	scene "$SERVICE"'service "$says"; stop nosuch.$$ $id 999999999999 | sed "s/[.]$$//"
		stop $id | sed "s/$id/ID/"'
	assertEquals "selfdock-stop: no instance of yours is 'nosuch'; see selfdock-ls
selfdock-stop: no instance of yours is '999999999999'; see selfdock-ls
1
selfdock-stop: no instance of yours is 'ID'; see selfdock-ls
1" "$output"
}

testWhatIsInsideEndsToo() {
	lacks_userns && return
	[ "$MODE" != root ] || { skip 'no instance starts inside one that root started' && return; }
	scene "$SERVICE"'service "$SD run -d -n inner sleep 600; $SD run -d sleep 600
			echo ready; exec sleep 600"
		inner=$(pgrep -P $pid)
		set -- $inner
		$SD stop $1; echo $?
		is_left $1 || echo the inner one has gone
		is_left $2 && echo the other is there
		stop $id
		is_left $2 || echo all have gone
		service "$SD run -d sleep 600; echo ready; exec sleep 600"
		stop $id $(pgrep -P $pid)'
	assertEquals '0 the inner one has gone the other is there 0 all have gone 0' \
		"$(echo "$output" | xargs)"
}

# Landlock keeps what has entered from signalling what the program has started.
testOneThatIsOutOfReachIsNamed() {
	lacks_levels && return
	lacks_scopes && return
	scene "$SERVICE"'service "$SD run -d -n inner sleep 600; echo ready; exec sleep 600"
		$SD enter $id "$SD" stop inner 2>&1; echo $?
		stop $id'
	assertEquals "selfdock-stop: cannot stop 'inner': Operation not permitted
125
0" "$output"
}

# A program says that it has entered an instance inside another one of the caller's.
testCommandLineInsideLeadsToNoOther() {
	lacks_userns && return
	[ "$MODE" != root ] || { skip 'no instance starts inside one that root started' && return; }
	scene 'id=$($SD run -d sh -c "$SD run -d sleep 600; exec sleep 600")
		child() { until_true pgrep -P $1; child=$(pgrep -P $1 | tail -n 1); }
		# It has nothing but the instance below it then.
		until_true pgrep -P $id -f "^sleep 600"
		child $id; child $child; child $child; inmost=$child
		liar=$($SD run -d "$HELPERS/forbidden_circle" $inmost); child $liar
		until_true eval "[ \$(pgrep -P $child | wc -l) = 2 ]"; child $child
		$SD stop $child 2>&1 | sed "s/$child/PID/"; [ -e /proc/$inmost ] && echo alive
		$SD stop $id $liar'
	assertEquals "selfdock-stop: no instance of yours is 'PID'; see selfdock-ls
alive" "$output"
}

testEnteredProgramsEndToo() {
	scene "$SERVICE"'service "$says"
		$SD enter $id sh -c "echo entered >&2; exec sleep 600" 2>>log &
		until_true grep -q entered log
		stop $id; wait; tail -n 1 log'
	assertEquals '0 got TERM' "$(echo "$output" | tail -n 2 | xargs)"
}

testTwoStopsAtOnce() {
	scene "$SERVICE"'service "
			trap \"until [ -e go ]; do sleep 0.01; done; exit\" TERM; echo ready
			while :; do sleep 0.01; done"
		$SD stop $id & one=$!
		$SD stop $id & two=$!
		for each in $one $two; do until_true grep -q "^State:.S" /proc/$each/status; done
		>go
		wait $one; echo $?
		wait $two; echo $?'
	assertEquals '0 0' "$(echo "$output" | xargs)"
}

testAnothersIsNone() {
	lacks_root && return
	[ "$MODE" != nested ] || { skip 'another user is outside' && return; }
	id=$(sd run -d sleep 600)
	capture as_other "$SELFDOCK" stop "$id"
	assertEquals 1 "$status"
	assertContains "$output" "no instance of yours is '$id'"
	assertTrue 'it runs' "sd ls -q $id"
	sd stop "$id"
	assertFalse 'it runs' "sd ls -q $id"
}

testWordsThatMakeNoSense() {
	assert_fails 125 'which instance?' stop
	assert_fails 125 "'-t' comes after 'x': options come first" stop x -t 1
	for word in x -1 1.5 1000000 99999999999999999999; do
		assert_fails 125 "'$word' is no number of seconds" stop "--time=$word" x
	done
	for word in 0 65 -1 term SIG NOPE; do
		assert_fails 125 "'$word' is no signal" stop "--signal=$word" x
	done
}

. shunit2
