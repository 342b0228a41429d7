#!/bin/sh
# SPDX-License-Identifier: ISC
# Signals: what one does to an instance, by whom it is sent, and how that ends;
# and that none gets out. SEQUENCES=N makes another number of random ones than 100 for all modes.
# shellcheck disable=SC2016,SC2086,SC3045 # programs for the shell inside; words; dash has them
. tests/common.sh

PROBE=$HELPERS/signal_probe PAUSE=$HELPERS/lifetime_pause
NESTED=
[ "$MODE" != nested ] || NESTED='nested '

# A command for an entered program: it starts an instance, and enters it.
ENTER_OWN="$OUTER $HELPERS/signal_enter $SELFDOCK $PAUSE"

# A command for a program that enters an instance, which all of them share. Not where nested: there
# it is pid 1 of an instance, and starts the one that it enters.
start_entered() {
	ENTER=$ENTER_OWN
	[ "$MODE" = nested ] || ENTER="$SELFDOCK enter $(sd run -d $PAUSE)"
}

# Ends what the commands of these have started; where nested, that has ended already.
tearDown() {
	pkill -KILL -f "^$SELFDOCK run -d $PAUSE"
	as_tester rm -rf "$WORK"/* 2>/dev/null
}

table() {
	output=$(cd / && as_tester $PYTHON "$HELPERS/signal_table.py" "$@" 2>&1)
	assertEquals "$*" '165 cases' "$output"
}

testTableOfSignals() {
	table "${NESTED}first" $SD_WORDS run "$PROBE"
}

testTableOfSignalsBelowAnInit() {
	table "${NESTED}other" $SD_WORDS run --init "$PROBE"
}

testTableOfSignalsOfAnEnteredProgram() {
	start_entered
	table "${NESTED}other" $ENTER "$PROBE"
}

random() {
	share "${SEQUENCES:-100}"
	output=$(cd / && as_tester $PYTHON "$HELPERS/signal_random.py" $$ "$share" "$@" 2>&1)
	assertEquals "$*" "$share sequences" "$output"
}

testRandomSequences() {
	random $SD_WORDS run "$PROBE"
	random $SD_WORDS run --init "$PROBE"
	start_entered
	random $ENTER "$PROBE"
}

# --- the truth about the end ---

testKilledProgramKillsTheMonitor() {
	[ "$MODE" != nested ] || { skip 'a monitor that is pid 1 exits with 137' && return; }
	on_terminal until ready program KILL ends KILL -- run "$PROBE" default 15
	on_terminal until ready program KILL ends KILL -- run --init "$PROBE" default 15
}

# A program that is pid 1 cannot die of it, but the monitor sees that it meant to. Python itself
# can miss a signal that comes just before it sleeps.
testProgramThatHandlesASignalAndThenDiesOfIt() {
	on_terminal until ready type ^C ends INT -- run \
		$PYTHON -c 'import time; print("ready", flush=True)
while True: time.sleep(0.05)'
	on_terminal until ready kill TERM ends TERM -- run \
		bash --norc -c 'trap : USR1; trap "trap - TERM; kill -TERM \$\$; exit 143" TERM
			echo ready; while :; do sleep 0.05; done'
	exits=143
	case $(uname -r) in
	7.[1-9]* | [89].* | [1-9][0-9].*) exits=TERM ;; # the kernel reaps it, on x86-64 and ARM64
	esac
	on_terminal until ready kill TERM ends "$exits" -- run \
		sh -c 'trap "exit 143" TERM; echo ready; while :; do sleep 0.05; done'
	on_terminal ends 130 -- run sh -c 'exit 130'
}

testStopOfTheMonitorAlone() {
	on_terminal until ready kill STOP stopped STOP type 'q
' goes-on kill CONT ends 9 -- run "$PROBE" default 15
	on_terminal until ready group STOP stopped STOP group CONT kill TERM ends TERM \
		-- run "$PROBE" default 15
}

testIgnoredByTheCallerIsIgnoredInside() {
	terminal until ready kill HUP goes-on kill TERM ends TERM -- sh -c \
		"exec nohup $SD_WORDS run \
			sh -c 'echo ready >/dev/tty; exec sleep 600' >/dev/null 2>&1"
	terminal until ready type ^C goes-on kill TERM ends TERM \
		-- sh -c "trap '' INT; exec $SD_WORDS run sh -c 'echo ready; exec sleep 600'"
}

testTimeout() {
	began=$(date +%s)
	$AS timeout 1 $SD_WORDS run sleep 100
	assertEquals 124 $?
	$AS timeout 1 $SD_WORDS run sh -c 'trap "" TERM; sleep 1.5; exit 5'
	assertEquals 'the program ignores it' 124 $?
	$AS timeout -k 1 1 $SD_WORDS run sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	assertEquals 137 $?
	assertTrue 'in about that time' "[ $(($(date +%s) - began)) -lt 20 ]"
	for option in '' --init; do
		output=$($AS timeout 1 $SD_WORDS run $option sh -c 'trap "echo got; exit 3" TERM
			while :; do sleep 0.05; done')
		assertContains "handled $option" "$output" got
	done
}

testMonitorThatSeesNothingTakesTwoSignals() {
	[ "$MODE" = setuid ] || { skip 'hidepid hides nothing of a plain monitor' && return; }
	for each in 'default 15 kill TERM goes-on kill TERM ends TERM' \
		'default 15 type ^Z goes-on type ^Z stopped TSTP kill CONT
			type ^C goes-on type ^C ends INT' \
		'handled 15 kill TERM ends 41'; do
		set -- $each
		words="$1 $2"
		shift 2
		unshare --mount sh -c 'mount -t proc -o hidepid=2 proc /proc && exec "$@"' - \
			$AS "$HELPERS/terminal" until ready "$@" \
			-- $SD_WORDS run "$PROBE" $words || fail "$each"
	done
	unshare --mount sh -c 'mount -t proc -o hidepid=2 proc /proc && exec "$@"' - \
		$AS "$HELPERS/terminal" until ready kill TERM ends TERM \
		-- $SD_WORDS run --init "$PROBE" default 15 || fail 'below an init'
}

testIgnoredWhileItStarts() {
	cat >"$SCRATCH/home/early.py" <<-'EOF_EARLY'
		import os, signal, subprocess, sys, time
		for number in signal.SIGHUP, signal.SIGTTIN:
		    signal.signal(number, signal.SIG_IGN)
		    for step in range(40):
		        job = subprocess.Popen(sys.argv[1:])
		        time.sleep(0.0003 * step % 0.005)
		        os.kill(job.pid, number)
		        try:
		            if job.wait(10): print(number, job.returncode)
		        except subprocess.TimeoutExpired:
		            job.kill()
		            print(number, 'stops it')
		            sys.exit()
		    signal.signal(number, signal.SIG_DFL)
	EOF_EARLY
	for option in '' --init; do
		assertEquals "$option" '' "$(cd / && $AS $PYTHON "$SCRATCH/home/early.py" \
			$SD_WORDS run $option "$HELPERS/nothing")"
	done
}

# What is to become the program is stopped with its monitor, and continued.
testStoppedAndContinuedWhileItStarts() {
	cat >"$SCRATCH/home/early.py" <<-'EOF_EARLY'
		import os, signal, subprocess, sys, time
		for step in range(100):
		    job = subprocess.Popen(sys.argv[1:], process_group=0)
		    time.sleep(0.0005 * (step % 20))
		    os.kill(job.pid, signal.SIGTSTP)
		    deadline = time.monotonic() + 10
		    while time.monotonic() < deadline and job.poll() is None:
		        time.sleep(0.0005)
		        os.kill(job.pid, signal.SIGCONT)
		    if job.poll() != 0:
		        print(step, job.returncode)
		        job.kill()
		        sys.exit()
	EOF_EARLY
	for option in '' --init; do
		assertEquals "$option" '' "$(cd / && $AS $PYTHON "$SCRATCH/home/early.py" \
			$SD_WORDS run $option "$HELPERS/nothing")"
	done
}

# What is to become the program takes no signal of its monitor while it has root's ids.
testEndedWhileItStarts() {
	cat >"$SCRATCH/home/early.py" <<-'EOF_EARLY'
		import os, signal, sys, time
		signal.alarm(60)
		for step in range(100):
		    pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
		    time.sleep(0.00005 * step)
		    while True:
		        try:
		            os.kill(pid, signal.SIGTERM)
		            break
		        except PermissionError:  # it has root's ids
		            pass
		    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
		    if status not in (-15, 143):
		        print(step, status)
		print('all have ended')
	EOF_EARLY
	for option in '' --init; do
		assertEquals "$option" 'all have ended' \
			"$(cd / && $AS $PYTHON "$SCRATCH/home/early.py" $SD_WORDS run $option \
				sleep 100)"
	done
}

# A shell that ignores it, or has the kernel reap its children, may not be what the program is.
testIgnoredChildSignalIsNotPassedOn() {
	assertEquals "$(as_tester grep SigIgn /proc/self/status)" \
		"$(with_caller nochld run grep SigIgn /proc/self/status)"
}

# As one that has just become a monitor. The kernel drops what a pid 1 leaves to its default, and
# the monitor looks when the program has changed its mind.
testSignalThatCameJustBeforeItWasBlockedIsNotLost() {
	case $MODE in setuid | nested) skip 'the monitor is not traced' && return ;; esac
	terminal until ready child TERM ends 41 -- strace -o /dev/null -e trace=pidfd_send_signal \
		-e inject=pidfd_send_signal:delay_exit=600000:when=1 \
		$SD_WORDS run "$HELPERS/signal_late"
}

testProgramThatEndsByAStopSignalsNumberEnds() {
	on_terminal until ready kill TSTP ends 148 -- run bash --norc -c \
		'trap "trap - TSTP; exit 148" TSTP; echo ready; while :; do sleep 0.05; done'
}

testProgramWhoseFirstThreadEndedCanBeTerminated() {
	on_terminal until ready kill TERM ends TERM -- run "$HELPERS/signal_threads"
}

# --- what a program can do to its monitor ---

testLimitOnTimeIsTheProgramsAlone() {
	output=$(ulimit -S -t 7 && sd run sh -c 'ulimit -S -t; ulimit -H -t')
	assertEquals "$(printf '7\n%s' "$(ulimit -H -t)")" "$output"
	(ulimit -S -t 7 && exec $AS $SELFDOCK run sleep 95.$$) &
	until_true pgrep -f "^sleep 95.$$"
	limits=$(grep 'cpu time' "/proc/$!/limits")
	kill $!
	wait $! 2>/dev/null
	assertContains "$limits" "$(ulimit -H -t)            $(ulimit -H -t)"
}

# --- none gets out ---

. shunit2
