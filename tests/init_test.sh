#!/bin/sh
# SPDX-License-Identifier: ISC
# Init: pid 1 reaps, and the program is its child. And --die-with-parent.
# shellcheck disable=SC2016,SC2086,SC2154 # programs for the shell inside; words; set by eval
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
	reap='for i in 1 2 3; do sh -c "sleep 0.0$i &"; done
		sleep 0.3; ps -e -o stat= | grep -c Z; :'
	assert_output 0 run --init sh -c "$reap"
	try run sh -c "exec \"\$0\" \"\$1\"" "$HELPERS/init_leaves" 3
	assertEquals 'without it they stay' 3 "$output"
}

# time(1) shows what the caller's children used, and theirs, if somebody waited for them.
testWhatTheProgramLeavesCountsAsUsed() {
	used=$(as_tester bash -c 'mkfifo "$HOME/used"; TIMEFORMAT=%U; time "$@"' - $SD_WORDS -v \
		"$SCRATCH/home" "$SCRATCH/home" run --init sh -c 'fifo=$0/used; {
			i=0; while [ $((i += 1)) -lt 500000 ]; do :; done
			echo >"$fifo"; exec sleep 60
		} & read -r line <"$fifo"' "$SCRATCH/home" 2>&1)
	rm "$SCRATCH/home/used"
	assertTrue "$used" "[ ${used%.*} -ge 1 ] || [ 1${used#*.} -ge 1100 ]"
}

testNothingOfTheStartIsInTheInit() {
	export INIT_SECRET=of-the-caller
	try run --init --clearenv -e PATH /bin:/usr/bin -e OTHER "$INIT_SECRET" sh -c \
		'unset OTHER; cat /proc/1/environ /proc/1/cmdline /proc/1/maps /proc/1/comm 2>&1'
	assertNotContains "$output" "$output" "$INIT_SECRET"
	assertContains "$output" "$output" selfdock-init
	lacks_root && return
	# What only root can see, from outside.
	in_background run --init -e OTHER "$INIT_SECRET"
	assertEquals 'environment' '' "$(tr '\0' '\n' <"/proc/$init/environ")"
	assertEquals 'words' selfdock-init "$(tr '\0' '\n' <"/proc/$init/cmdline")"
	assertEquals 'memory that is shared' '' "$(grep ' ...s ' "/proc/$init/maps")"
	assertEquals 'descriptors' 0 "$(ls "/proc/$init/fd")"
	assertEquals 'memory' selfdock-init \
		"$(read_memory | grep -aoE "selfdock-init|$INIT_SECRET" | sort -u)"
	end_it
	unset INIT_SECRET
}

# Every writable part of the init's memory.
read_memory() {
	/usr/bin/python3 - "$init" <<-'EOF_STRINGS'
		import sys
		pid = sys.argv[1]
		memory = open(f'/proc/{pid}/mem', 'rb', 0)
		for line in open(f'/proc/{pid}/maps'):
		    first, last = (int(number, 16) for number in line.split()[0].split('-'))
		    if ' rw' in line:
		        memory.seek(first)
		        print(memory.read(last - first).replace(b'\0', b'\n').decode('latin1'))
	EOF_STRINGS
}

testInitOfRootsBuildHasNoCapability() {
	[ "$MODE" = root ] || { skip 'for root' && return; }
	try build --init sh -c 'sed -n "s/^Cap...:.//p" /proc/1/status | sort -u; exit 5'
	assertEquals 0000000000000000 "$output"
	assertEquals 5 "$status"
	try build --init chown 1:1 /tmp
	assertEquals "the program has what it needs: $output" 0 "$status"
}

# A name is no privilege.
testInitByHandDoesNothing() {
	scene '$HELPERS/exec_as '"$SELFDOCK"' selfdock-init; echo $?'
	assertContains "$output" "$output" "unknown applet 'selfdock-init'"
	assertContains "$output" "$output" 125
	lacks_root && return
	[ "$MODE" != nested ] || { skip 'a pid 1 is made outside' && return; }
	# shellcheck disable=SC2086 # words
	output=$(unshare -pf $AS "$HELPERS/exec_as" "$SELFDOCK" selfdock-init 2>&1 </dev/null)
	assertEquals "$output" 125 $?
	assertContains "$output" "$output" 'after the drop'
}

testBinaryWithoutAPathIsRefused() {
	lacks_userns && return
	as_tester cp "$SELFDOCK" "$WORK/gone"
	scene "exec 7<$WORK/gone; rm $WORK/gone
		/proc/self/fd/7 run true && /proc/self/fd/7 run --init true; echo \$?"
	assertContains "$output" "$output" "this binary is not at '$WORK/gone (deleted)'"
	assertContains "$output" "$output" 125
}

# The start would execute what is at the path of the binary by then as the init, although with no
# less confinement.
testBinaryThatWasReplacedIsNotExecuted() {
	lacks_userns && return
	as_tester cp "$SELFDOCK" "$WORK/gone"
	as_tester cp "$SELFDOCK" "$WORK/gone (deleted)"
	scene "exec 7<$WORK/gone; rm $WORK/gone; /proc/self/fd/7 run --init true; echo \$?"
	assertContains "$output" "$output" "this binary is not at '$WORK/gone (deleted)'"
	as_tester rm "$WORK/gone (deleted)"
}

testSignalsReachTheProgram() {
	scene 'for inside in "trap \"exit 7\" TERM; sleep 600 & wait" "exec sleep 61" \
			"trap \"\" TERM; kill -TERM 1; sleep 0.2; exit 8"; do
			: >"$WORK/up"
			$SD run --init sh -c "echo up; $inside" >"$WORK/up" &
			until_true grep -q up "$WORK/up"
			sleep 0.1; kill $!; wait $!; echo $?
		done'
	assertEquals '7 143 8' "$(echo "$output" | grep -x '[0-9]*' | xargs)"
}

# The init leaves the caller's process group before the program begins. Otherwise it would get,
# and pass on, a signal that the program gets itself.
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

# Nobody would continue the monitor, so it does not stop together with the program.
testStopInAnOrphanedGroupIsTheProgramsAlone() {
	[ "$MODE" != nested ] || { skip 'seen from outside' && return; }
	scene "setsid -w \$SD run --init sh -c 'kill -STOP \$\$; exit 9 # 90.$$' & job=\$!
		until_true eval 'program=\$(pgrep -f \"^sh -c kill -STOP .* 90.$$\") &&
			grep State:.*T /proc/\$program/status'
		sleep 0.2; kill -CONT \$program; wait \$job; echo \$?"
	assertEquals "$output" 9 "$(echo "$output" | tail -n 1)"
}

testDetachedItReturnsOnceTheProgramIsExecuted() {
	scene 'id=$($SD run -d --init sleep 600) &&
			$SD enter $id ps -e -o pid=,comm= | grep -c sleep
		kill $id
		$SD run -d --init no-such-program; echo $?'
	assertEquals '1 127' "$(echo "$output" | grep -x '[0-9]*' | xargs)"
}

# A process that starts an instance with these arguments, and ends.
parent() {
	scene "\$SD run $1 >/dev/null 2>&1 & until_true pgrep -f '^sleep 9[23].$$'"
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
	assert_fails 125 'cannot be together' run -d --die-with-parent true
	assert_fails 125 'cannot be together' run --dry-run -d --die-with-parent true
}

testParentInAnotherPidNamespaceIsNoObstacle() {
	[ "$MODE" = root ] || { skip 'root makes a pid namespace' && return; }
	output=$(unshare --pid --fork --mount-proc "$SELFDOCK" run --die-with-parent echo ran)
	assertEquals ran "$output"
}

. shunit2
