#!/bin/sh
# SPDX-License-Identifier: ISC
# The terminal: job control on both sides, whose the terminal is, programs that
# use it, and that nobody types into it.
# shellcheck disable=SC2016,SC2086 # programs for the shell inside; words
. tests/common.sh

NEWLINE='
'

tearDown() {
	as_tester rm -rf "$WORK"/* 2>/dev/null
}

PROBE="$HELPERS/signal_probe"

# shell_works OPTION... SHELL...: the shell's own job control works inside. The job says when it
# is continued, and ends by that.
shell_works() {
	on_terminal until 'go> ' type "$PROBE handled 18$NEWLINE" until ready type ^Z until topped \
		until 'go> ' type "fg$NEWLINE" until handled until 'go> ' \
		type "$PROBE default 15$NEWLINE" until ready type ^C until 'go> ' \
		type "exit 5$NEWLINE" ends 5 foreground job -- run "$@"
}

testShellsInsideHaveJobControl() {
	for option in '' --init; do
		shell_works $option env PS1='go> ' bash --norc --noediting -i
		shell_works $option env PS1='go> ' busybox ash -i
		shell_works $option env TERM=dumb HOME=/tmp fish --no-config -C \
			'function fish_prompt; echo "go> "; end'
	done
}

testStopAndContinueFromTheShellOutside() {
	jobs='until kill -STOP %1; do :; done 2>/dev/null; sleep 0.2; jobs'
	terminal until '$ ' type "$SD_WORDS run $HELPERS/signal_probe default 15$NEWLINE" \
		until ready type ^Z until topped until '$ ' type "fg$NEWLINE" until run \
		type "q$NEWLINE" until '$ ' type 'echo $?'"$NEWLINE" until 9 until '$ ' \
		type "$SD_WORDS run sleep 100 & $jobs$NEWLINE" until topped \
		type "kill %1; bg; wait %1; echo =\$?$NEWLINE" until =143 until '$ ' \
		type "exit$NEWLINE" ends 0 -- env PS1='$ ' bash --norc --noediting -i
}

testReadingInTheBackgroundStops() {
	on_terminal type "here$NEWLINE" until here until here type ^Z stopped TSTP bg stopped TTIN \
		fg type "there$NEWLINE" until there until there type ^D ends 0 -- run cat
}

# Signals that the program handles or ignores cannot put off a stop for good.
testProgramStopsHoweverManySignalsCome() {
	terminal until ready type ^Z stopped TSTP kill KILL ends KILL -- sh -c "
		trap '' USR1; (trap '' TSTP; while [ -d /proc/\$\$ ]; do
			kill -USR1 \$\$; sleep 0.1; done) 2>/dev/null &
		exec $SD_WORDS run sh -c 'echo ready; exec sleep 100'"
}

# The monitor has no timer then.
testProgramStopsWhereNoMoreSignalsMayBePending() {
	terminal until ready type ^Z stopped TSTP bg stopped TTIN fg type ^D ends 0 -- \
		prlimit --sigpending=0 $SD_WORDS run sh -c 'echo ready; exec cat'
}

testWritingInTheBackgroundStopsWhereAsked() {
	on_terminal until ready goes-on type ^Z stopped TSTP bg stopped TTOU fg until written \
		ends 0 -- run sh -c 'stty tostop; echo ready; sleep 1; echo written'
}

# Whoever sees the job stop may continue it at once. A signal that the program was still sending
# then would stop it again.
testJobStopsWhenTheProgramHas() {
	[ "$MODE" != nested ] || { skip 'a monitor that is pid 1 may give up' && return; }
	for how in '' thread; do
		on_terminal until ready type ^Z stopped TSTP so-has-program bg \
			stopped TTOU so-has-program fg ends 0 -- run "$HELPERS/terminal_late" $how
	done
}

testJobThatIsContinuedWhileItStopsStopsAsAWhole() {
	[ "$MODE" != nested ] || { skip 'a monitor that is pid 1 may give up' && return; }
	on_terminal until ready type ^Z stopped TSTP so-has-program bg until sent group CONT \
		stopped TTOU so-has-program fg ends 0 -- run "$HELPERS/terminal_late" again
}

# Nobody could continue the program.
testStopKeyIsForNothingInAnOrphanedGroup() {
	terminal until ready type ^Z goes-on type "q$NEWLINE" ends 9 -- \
		script -qec "exec $SD_WORDS run $HELPERS/signal_probe default 15" /dev/null
}

testWindowSizeArrives() {
	for option in '' --init; do
		on_terminal until ready size 33 77 until '33 77' kill TERM ends TERM -- \
			run $option sh -c 'trap "stty size; exec sleep 9" WINCH; echo ready
				while :; do sleep 0.05; done'
	done
}

# --- whose the terminal is, after a shell inside had it ---

# after HOW...: a script runs a shell inside, which ends by these steps, then reads.
after() {
	terminal until '$ ' type "echo in\"\"side$NEWLINE" until inside "$@" until over \
		foreground job type "line$NEWLINE" until got=line ends 0 -- \
		sh -c "PS1='$ ' $SD_WORDS run bash --norc --noediting -i
			echo over; read x; echo got=\$x"
}

testTerminalIsTheCallersAfterAShellInside() {
	after type "exit$NEWLINE"
	after type "kill -KILL \$BASHPID; exec true$NEWLINE"
	after type "sleep 50 & exec true$NEWLINE"
}

# The shell inside cannot give the terminal back to a group outside.
testTerminalIsTheProgramAfterAShellInside() {
	[ "$MODE" != nested ] ||
		{ skip 'the same, one level deeper, is in the next test' && return; }
	on_terminal until '$ ' type "exit$NEWLINE" until over type "line$NEWLINE" until got=line \
		ends 0 -- run sh -c \
		"PS1='$ ' bash --norc --noediting -i; echo over; read x; echo got=\$x"
}

testTerminalIsTheProgramsAfterAnInstanceInside() {
	[ "$MODE" = nested ] || { skip 'only one level inside' && return; }
	terminal until '$ ' type "exit$NEWLINE" until over type "line$NEWLINE" until got=line \
		ends 0 -- $SELFDOCK run sh -c \
		"PS1='$ ' $SELFDOCK run bash --norc --noediting -i; echo over; read x; echo got=\$x"
}

# Only the shell that started the monitor is left to take the terminal back.
testTerminalIsTheShellsAfterAKilledMonitor() {
	terminal until '$ ' type "PS1='> ' $SD_WORDS run bash --norc --noediting -i$NEWLINE" \
		until '> ' type "echo in\"\"side$NEWLINE" until inside child KILL goes-on \
		until '$ ' \
		type "echo \$?$NEWLINE" until 137 until '$ ' type "exit$NEWLINE" ends 0 -- \
		env PS1='$ ' bash --norc --noediting -i
}

# --- its end ---

# hang_up PROGRAM: on a terminal of script's, which is killed; then its files.
hang_up() {
	: >"$SCRATCH/home/out"
	as_tester script -qec "exec $SELFDOCK -v $WORK $WORK run $1" /dev/null </dev/null \
		>"$SCRATCH/home/out" 2>&1 &
	until_true grep -q ready "$SCRATCH/home/out" || fail "no start: $(cat "$SCRATCH/home/out")"
	pkill -KILL -f "^script -qec exec $SELFDOCK"
	wait 2>/dev/null
}

testHangupEndsTheInstance() {
	[ "$MODE" != nested ] || { skip 'seen from outside' && return; }
	hang_up "sh -c 'echo ready; exec sleep 71.$$'"
	until_true eval '! pgrep -f "^sleep 71.$$"'
	assertTrue 'by default' $?
	# The kernel tells the leader of the session alone, which is the monitor.
	rm -f "$WORK/heard"
	hang_up "sh -c 'trap \"echo heard >$WORK/heard; exit\" HUP; echo ready
		while :; do sleep 0.07; done'"
	until_true grep -qs heard "$WORK/heard"
	assertTrue 'if it is handled' $?
	hang_up "--init sh -c 'echo ready; exec sleep 72.$$'"
	until_true eval '! pgrep -f "^sleep 72.$$"'
	assertTrue 'below an init' $?
}

testInterruptedMakeLeavesNothing() {
	printf 'all: a b c d\na b c d:\n\t%s run sh -c "echo ready; exec sleep 73.%s"\n' \
		"$SD_WORDS" $$ >"$WORK/Makefile"
	# The status of make is not compared: make 4.3 reaps its children in its handler, and exits
	# if it waits for them.
	terminal until ready until ready until ready until ready type ^C until Interrupt ends 0 \
		-- sh -c "trap : INT; ! make -s -j4 -C $WORK"
	until_true eval '! pgrep -f "^sleep 73.$$"'
	assertTrue 'nothing is left' $?
}

# --- a signal that ends it comes before a stop ---

# timeout(1) and a shell's kill send SIGCONT after the signal. A program that reads or writes goes
# on then, and the terminal would stop it again.

TWENTY='1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20'

testProgramThatReadsEndsAtItsTimeout() {
	for option in '' --init; do
		terminal until 'all have ended' ends 0 -- sh -c "for round in $TWENTY; do
				timeout 0.15 $SD_WORDS run $option cat; [ \$? = 124 ] || exit
			done; echo all have ended"
	done
}

# kill_jobs STEPS SCRIPT: bash starts a job by the script, the steps follow, and bash kills the
# job; that twenty times. What still has root's ids cannot be killed.
kill_jobs() {
	steps=$1 script=$2
	: >"$SCRATCH/home/jobs"
	set --
	for round in $TWENTY; do
		printf '%s\n' "round=$round; $script" \
			'until kill %% 2>/dev/null; do :; done; kill -CONT %%' \
			'while kill -0 $job 2>/dev/null; do sleep 0.01; done; echo gone' \
			>>"$SCRATCH/home/jobs"
		set -- "$@" $steps until gone
	done
	terminal "$@" ends 0 -- bash -m "$SCRATCH/home/jobs"
}

testProgramThatReadsInTheBackgroundEndsWhenKilled() {
	for option in '' --init; do
		kill_jobs '' "$SD_WORDS run $option cat & job=\$!; sleep 0.0\$round"
	done
}

testProgramThatWritesInTheBackgroundEndsWhenKilled() {
	kill_jobs '' "stty tostop
		$SD_WORDS run sh -c 'while :; do echo x; done' & job=\$!; sleep 0.0\$round"
}

testProgramThatIsStoppedAndReadsEndsWhenKilled() {
	kill_jobs 'until ready type ^Z' "$SD_WORDS run sh -c 'echo rea\"\"dy; exec cat'
		job=\$(jobs -p %%)"
}

# --- programs that use it ---

testFullScreenProgramsWork() {
	vi='vim.tiny -u NONE -n -N'
	on_terminal until '~' type "itext^[:q!$NEWLINE" ends 0 -- run env TERM=xterm $vi
	[ "$MODE" = nested ] || # there its monitor is pid 1, and cannot stop with it
		on_terminal until '~' type ^Z stopped TSTP fg until '~' type ":q!$NEWLINE" ends 0 \
			-- run --init env TERM=xterm $vi
	on_terminal until root type q ends 0 -- run env TERM=xterm less -+F /etc/passwd
	on_terminal until root type q ends 0 -- run env TERM=xterm sh -c 'less -+F </etc/passwd'
	on_terminal until Load type q ends 0 -- run env TERM=xterm htop
	on_terminal until inside type "exit$NEWLINE" until exited ends 0 \
		-- run env TERM=xterm tmux -f /dev/null new 'echo in""side; sh'
}

testProgramsThatAskOnTheTerminalWork() {
	echo "tester:x:$SD_UID:$SD_UID::/tmp:/bin/sh" >"$WORK/passwd"
	on_terminal until passphrase type "secret$NEWLINE" until again type "secret$NEWLINE" \
		until saved ends 0 -- run -m "$WORK/passwd" /etc/passwd \
		ssh-keygen -t ed25519 -f /tmp/key
	on_terminal until '/dev/pts/0' ends 0 -- run script -qec tty /dev/null
	on_terminal until /dev/console ends 0 -- run tty
	try run sh -c 'export GNUPGHOME=/tmp/g; mkdir -m 700 $GNUPGHOME
		echo s2k-count 65536 >$GNUPGHOME/gpg-agent.conf # or it measures for seconds
		gpg --batch -q --pinentry-mode loopback --passphrase x \
			--quick-gen-key a@b.example ed25519 2>&1
		echo text | gpg --batch -q --pinentry-mode loopback --passphrase x --clearsign |
			grep -c "^-----.*PGP"'
	assertEquals "$output" 3 "$(echo "$output" | tail -n 1)"
	try run su -c id
	assertNotEquals "$output" 0 "$status"
}

# --- who may type into it ---

. shunit2
