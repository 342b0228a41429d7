#!/bin/sh
# SPDX-License-Identifier: ISC
# Attacks on the end of an instance: whatever is inside and however it defends itself, nothing is
# left once the instance has ended or its monitor is killed.
# shellcheck disable=SC2016,SC2086,SC2119,SC2154 # programs for the shell inside
. tests/common.sh
. tests/helpers/lifetime.sh

tearDown() {
	nothing_left || pkill -KILL -f "mark[.]$$[.]end"
	as_tester rm -rf "$WORK"/* 2>/dev/null
}

# assert_ends KIND: what tests/attack/end_stubborn.c makes of that kind ends when the monitor is
# killed, is told to end, or when the program ends.
assert_ends() {
	rounds "${2:-1}" 10 50
	for round in $(seq "$rounds"); do
		for option in '' --init; do
			for signal in KILL TERM; do
				: >"$SCRATCH/home/out"
				$AS $SD_WORDS run $option "$HELPERS/end_stubborn" "$1" "$MARK" \
					>"$SCRATCH/home/out" 2>&1 &
				job=$!
				until_true grep -q ready "$SCRATCH/home/out" ||
					fail "$1 $option: $(cat "$SCRATCH/home/out")"
				kill -$signal "$job"
				wait "$job" 2>/dev/null
				assert_gone "$1 $option $signal" || return
			done
			capture timeout 60 $AS $SD_WORDS run $option "$HELPERS/end_stubborn" "$1" \
				"$MARK" ends
			assertEquals "$1 $option: $output" 7 "$status"
			assert_gone "$1 $option, at its end" || return
		done
	done
	figure "$((rounds * 6)) ends, 0 processes left"
}

testProcessesThatIgnoreSignalsEnd() {
	scenario T-1501 'processes in sessions of their own that ignore every signal' \
		'a process that is left'
	assert_ends ignoring
}

testProcessesThatAreStoppedEnd() {
	scenario T-1501 'processes that are stopped' 'a process that is left'
	assert_ends stopped
}

testProcessesThatForkWithoutEndEnd() {
	scenario T-1501 'processes that replace each other without end' 'a process that is left'
	assert_ends forking
}

testProcessesThatWaitForAVforkEnd() {
	scenario T-1501 'processes that the kernel has wait for a vfork' 'a process that is left'
	assert_ends vfork
}

testProcessesThatAreTracedEnd() {
	scenario T-1501 'processes that a tracer stops at their end' 'a process that is left'
	assert_ends traced
}

testProcessesInNamespacesOfTheirOwnEnd() {
	scenario T-1501 'processes in user and pid namespaces of their own, three deep' \
		'a process that is left'
	assert_ends namespaces
}

testProcessesThatUntieThemselvesEnd() {
	scenario T-1501 'processes without their death signal, by prctl and by a user namespace' \
		'a process that is left'
	assert_ends untied
}

testProcessesThatAreThreadsOfOthersEnd() {
	scenario T-1501 'a program whose first thread has ended, and others with busy threads' \
		'a process that is left'
	assert_ends threads
}

testEnteredProcessesThatIgnoreSignalsEnd() {
	scenario T-1501 'the same by a program that enters' 'a process that is left'
	lacks_outside && return
	for kind in ignoring stopped untied namespaces; do
		for option in '' --init; do
			: >"$SCRATCH/home/out"
			monitor=$($SD run -d $option -n ended $PAUSE)
			$SD enter ended "$HELPERS/end_stubborn" "$kind" "$MARK" \
				>"$SCRATCH/home/out" 2>&1 &
			job=$!
			until_true grep -q ready "$SCRATCH/home/out" ||
				fail "$kind: $(cat "$SCRATCH/home/out")"
			kill -KILL "$monitor"
			wait "$job" 2>/dev/null
			assert_gone "$kind $option" || return
		done
	done
}

# With the processes of the host in sight.
testProgramCannotChangeItsMonitor() {
	scenario T-1501 'to signal, trace, limit and adjust the monitor by the /proc of the host' \
		'an instance without a monitor'
	for applet in run build; do
		try --proc host $applet "$HELPERS/end_monitor" "$SELFDOCK"
		assertContains "$applet" "$output" 'monitors seen'
		assertEquals "$applet: $output" '0 gained' "$(echo "$output" | tail -n 1)"
	done
}

# Of every two enters one ends at once and the other with the instance. In each round the
# instance is killed before another of the enters, and in 18 by each victim before each of them.
testEnterWhileTheInstanceDies() {
	lacks_outside && return
	scenario T-1501 'to enter an instance while it dies' 'a process that is left'
	for round in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do
		began=$(date +%s)
		start "dying-$round"
		case $((round / 6 % 3)) in
		0) kill="kill -KILL $monitor" ;;
		1) kill="kill -KILL $program" ;;
		2) kill="kill $monitor" ;;
		esac
		jobs=
		for each in 0 1 2 3 4 5; do
			command=true
			[ $((each % 2)) = 0 ] || command=$PAUSE
			"$HELPERS/job" $((10 * SLOW)) $SD enter "dying-$round" $command \
				>"$SCRATCH/home/enter.$each" 2>&1 &
			jobs="$jobs $!"
			[ "$each" != $((round % 6)) ] || $kill
		done
		each=0
		for job in $jobs; do
			wait "$job" 2>/dev/null
			status=$?
			read_all "$SCRATCH/home/enter.$each"
			case $status:$((each % 2)) in
			0:0 | 137:?) assertEquals "$kill: $status" '' "$output" ;;
			125:?) is_message enter "$output" || fail "$kill: '$output'" ;;
			*) fail "$kill: $status '$output'" ;;
			esac
			each=$((each + 1))
		done
		assert_gone "$kill"
		assertTrue "$kill: within seconds" "[ $(($(date +%s) - began)) -lt $((10 * SLOW)) ]"
	done
}

# orders WORD WORD WORD WORD: a line for each order of the words.
orders() {
	for a; do for b; do for c; do for d; do
		case "$b $c $d" in *"$a"*) continue ;; esac
		case "$c $d" in *"$b"*) continue ;; esac
		[ "$c" = "$d" ] || echo "$a $b $c $d"
	done; done; done; done
}

# The name is free for the next round.
testKilledInEveryOrderNothingIsLeft() {
	lacks_outside && return
	scenario T-1501 'SIGKILL in each of 24 orders' 'a process, a mount or a name that is left'
	cp /proc/self/mountinfo "$SCRATCH/home/mounts"
	orders monitor program outer entered >"$SCRATCH/home/orders"
	assertEquals 24 "$(wc -l <"$SCRATCH/home/orders")"
	while read -r order; do
		start killed
		start_enter killed
		first=$outer
		start_enter killed
		# The enter process of one of them, the entered program of the other.
		victims=
		for victim in $order; do
			case $victim in
			monitor) victims="$victims $monitor" ;;
			program) victims="$victims $program" ;;
			outer) victims="$victims $first" ;;
			entered) victims="$victims $entered" ;;
			esac
		done
		kill -KILL $victims 2>/dev/null
		assert_gone "$order"
		wait "$first" "$outer" 2>/dev/null
	done <"$SCRATCH/home/orders"
	assert_output '' run -n killed true
	assertTrue 'the mounts are those before' \
		"until_true cmp $SCRATCH/home/mounts /proc/self/mountinfo"
}

testEndOfTheInstanceIsThatOfItsEnters() {
	lacks_outside && return
	scenario T-1501 'to outlive the instance by having entered it' 'a process that is left'
	for each in 'KILL monitor' 'KILL program' 'TERM monitor'; do
		start ended
		start_enter ended
		case $each in
		*monitor) kill -s "${each% *}" "$monitor" ;;
		*program) kill -s "${each% *}" "$program" ;;
		esac
		assert_gone "$each"
		wait "$outer" 2>/dev/null
		assertEquals "$each" 137 $?
	done
}

# The daemon is two forks and a session away from the program, and ignores these signals.
testDaemonsEndWithTheInstance() {
	lacks_outside && return
	scenario T-1501 'a daemon that ignores signals' 'a process that is left'
	daemon='. "$HELPERS/scene.sh"; trap "" HUP INT QUIT TERM USR1
		(busybox setsid "$0" "$1" &); until_true pgrep -f "^$0"'
	for option in '' --init; do
		$SD run $option sh -c "$daemon; exit 3" $PAUSE >/dev/null
		assertEquals "$option" 3 $?
		assert_gone "a daemon $option"
		# Not INT and QUIT, which a shell ignores in what it puts in the background.
		for signal in HUP TERM ABRT SEGV PIPE ALRM USR1 KILL; do
			: >"$SCRATCH/home/out"
			$SD run $option \
				sh -c "$daemon; trap - HUP INT QUIT TERM USR1; echo up; sleep 100" \
				$PAUSE >"$SCRATCH/home/out" 2>&1 &
			job=$!
			until_true grep -q up "$SCRATCH/home/out"
			kill -s "$signal" "$job"
			wait "$job" 2>/dev/null
			assertEquals "$option" "$signal" "$(kill -l $?)"
			assert_gone "$signal $option"
		done
	done
}

testNothingIsLeftOfIt() {
	[ "$MODE" != nested ] || { skip 'seen from outside' && return; }
	scenario T-1501 'to outlive a monitor that is killed, below an init' \
		'a process that is left'
	sd run --init sh -c 'sleep 91.'$$' & sleep 91.'$$'; :' &
	job=$!
	until_true pgrep -f "^sleep 91.$$" >/dev/null
	kill -KILL "$(pgrep -o -f "^$SELFDOCK run --init sh -c sleep 91.$$")"
	wait "$job" 2>/dev/null
	until_true eval '! pgrep -f "^sleep 91.$$" >/dev/null'
	assertTrue 'all is gone' $?
}

# --- what a program can do to its monitor ---

# Nobody inside can do it; should an init ever, the monitor sees to its signals, too.
testMonitorIsNotDeafToAFlood() {
	lacks_root && return
	lacks_outside && return
	scenario T-1501 'a flood of reports by an init' 'a monitor that cannot be ended'
	$SD run --init $PAUSE &
	monitor=$!
	until_true sleepers
	read -r _ _ _ init _ <"/proc/$(sleepers)/stat"
	"$HELPERS/init_flood" "/proc/$init/fd/0" &
	flood=$!
	sleep 0.2
	kill -TERM "$monitor"
	assert_gone 'the instance'
	kill "$flood" 2>/dev/null
	wait "$monitor" "$flood" 2>/dev/null
	:
}

# $LIMITED HARD SPENT COMMAND...: with that limit on CPU time, of which so much is spent.
write_limited() {
	cat >"$SCRATCH/home/limited.py" <<-'EOF_LIMITED'
		import os, resource, sys, time
		resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]), int(sys.argv[1])))
		while time.clock_gettime(-8) < float(sys.argv[2]):
		    pass
		os.execvp(sys.argv[3], sys.argv[3:])
	EOF_LIMITED
	LIMITED="$PYTHON $SCRATCH/home/limited.py"
}

testFloodOfWindowSizesCostsTheMonitorNothing() {
	scenario T-1501 'a flood of window sizes' 'a monitor that is busy for ever'
	for option in '' --init; do
		on_terminal until flooded spent $((50 * SLOW)) type 'q
' ends 0 -- run $option "$HELPERS/signal_sizes" 500 0
	done
}

# The instance ends before the monitor reaches its hard limit, so that it cannot outlive it. More
# events than one in each of its pauses cost the monitor nothing, so these come slowly.
testMonitorEndsTheInstanceBeforeItsLimitOnTimeDoes() {
	scenario T-1501 'to use up the CPU time of the monitor' 'a program that outlives it'
	write_limited
	spent=0.95
	[ "$SLOW" = 1 ] || spent=0.8
	terminal until ready ends XCPU -- $LIMITED 1 $spent $SD_WORDS \
		run "$HELPERS/signal_sizes" 60000 5000
	assertFalse 'the program' "pgrep -f '^$HELPERS/signal_sizes 60000'"
}

. shunit2
