#!/bin/sh
# SPDX-License-Identifier: ISC
# Init: pid 1 reaps, and the program is its child. And --die-with-parent.
# shellcheck disable=SC2016,SC2154 # programs for the shell inside; set by eval
. tests/common.sh

testProgramIsTheChildOfPid1() {
	assert_output '2 1' run --init sh -c 'echo $$ $PPID'
}

testStatusAndDeathAreThePrograms() {
	for code in 0 1 42 255; do
		try run --init sh -c "exit $code"
		assertEquals "$code" "$status"
	done
	try run --init "$HELPERS/die"
	assertEquals 'SIGSEGV' 139 "$status"
	try run --init sh -c 'kill -TERM $$'
	assertEquals 'SIGTERM' 143 "$status"
	assert_fails 127 "cannot execute 'no-such-program'" run --init no-such-program
}

testInitReapsWhatTheProgramLeaves() {
	reap='for i in 1 2 3; do sh -c "sleep 0.0$i &"; done; sleep 0.3; ps -e -o stat= | grep -c Z; :'
	assert_output 0 run --init sh -c "$reap"
	try run sh -c "exec \"\$0\" \"\$1\"" "$HELPERS/init_leaves" 3
	assertEquals 'without it they stay' 3 "$output"
}

testSignalsReachTheProgram() {
	scene 'for inside in "trap \"exit 7\" TERM; while :; do sleep 0.05; done" "exec sleep 61" \
			"trap \"\" TERM; kill -TERM 1; sleep 0.2; exit 8"; do
			: >"$WORK/up"
			$SD run --init sh -c "echo up; $inside" >"$WORK/up" &
			until grep -q up "$WORK/up"; do sleep 0.05; done
			sleep 0.1; kill $!; wait $!; echo $?
		done'
	assertEquals '7 143 8' "$(echo "$output" | grep -x '[0-9]*' | xargs)"
}

# It has left the caller's process group before the program begins, so that it does not
# get, and pass on, what the program gets itself.
testSignalOfTheGroupDoesNotReachALateInit() {
	[ "$MODE" = plain ] || { skip 'once, as strace needs it' && return; }
	cat >"$SCRATCH/home/senders" <<-'EOF_SENDERS'
		import signal, sys
		signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
		print('ready', flush=True)
		while info := signal.sigtimedwait([signal.SIGTERM], 1):
		    print('sent by', info.si_pid, file=sys.stderr)
	EOF_SENDERS
	terminal until ready group TERM ends 0 -- sh -c "trap : TERM; strace -f -o /dev/null \
		-e trace=setsid -e inject=setsid:delay_enter=500000 \
		$SELFDOCK run --init /usr/bin/python3 $SCRATCH/home/senders 2>$WORK/sent"
	assertEquals 'sent by 0' "$(sort -u "$WORK/sent")"
}

testProgramThatStopsItselfStopsTheMonitor() {
	[ "$MODE" != nested ] || { skip 'seen from outside' && return; }
	on_terminal stopped TSTP fg ends 9 -- run --init sh -c 'kill -STOP $$; exit 9'
}

# Nobody would continue the monitor; whoever stops the program does with that alone.
testStopInAnOrphanedGroupIsTheProgramsAlone() {
	[ "$MODE" != nested ] || { skip 'seen from outside' && return; }
	scene "setsid -w \$SD run --init sh -c 'kill -STOP \$\$; exit 9 # 90.$$' & job=\$!
		until program=\$(pgrep -f '^sh -c kill -STOP .* 90.$$') &&
			grep -q 'State:.*T' /proc/\$program/status; do sleep 0.05; done
		sleep 0.2; kill -CONT \$program; wait \$job; echo \$?"
	assertEquals "$output" 9 "$(echo "$output" | tail -n 1)"
}

testDetachedItReturnsOnceTheProgramIsExecuted() {
	scene 'id=$($SD run -d --init sleep 60) && $SD enter $id ps -e -o pid=,comm= | grep -c sleep
		kill $id
		$SD run -d --init no-such-program; echo $?'
	assertEquals '1 127' "$(echo "$output" | grep -x '[0-9]*' | xargs)"
}

testNothingIsLeftOfIt() {
	[ "$MODE" != nested ] || { skip 'seen from outside' && return; }
	sd run --init sh -c 'sleep 91.'$$' & sleep 91.'$$'; :' &
	job=$!
	until_true pgrep -f "^sleep 91.$$" >/dev/null
	kill -KILL "$(pgrep -o -f "^$SELFDOCK run --init sh -c sleep 91.$$")"
	wait "$job" 2>/dev/null
	until_true eval '! pgrep -f "^sleep 91.$$" >/dev/null'
	assertTrue 'all is gone' $?
}

# A process that starts an instance with these arguments, and ends.
parent() {
	scene "\$SD run $1 >/dev/null 2>&1 & until pgrep -f '^sleep 9[23].$$'; do sleep 0.05; done"
}

testInstanceEndsWithTheParentWhenAsked() {
	[ "$MODE" != nested ] || { skip 'seen from outside' && return; }
	for option in '' --init; do
		parent "--die-with-parent $option sleep 92.$$"
		until_true eval '! pgrep -f "^sleep 92.$$" >/dev/null'
		assertTrue "it is gone $option" $?
	done
	parent "sleep 93.$$"
	sleep 0.3
	assertTrue 'it is not, unless asked' 'pgrep -f "^sleep 93.$$" >/dev/null'
	pkill -f "^sleep 93.$$|selfdock run sleep 93.$$"
	assert_fails 125 'exclude each other' run -d --die-with-parent true
}

. shunit2
