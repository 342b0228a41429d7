#!/bin/sh
# SPDX-License-Identifier: ISC
# The life of an instance: its name, its id, what enters it, and its end, with
# everything else that starts and ends at the same moment.
# modes: plain setuid root
# shellcheck disable=SC2016,SC2086 # programs for the shell inside; commands in one word
. tests/common.sh
. tests/helpers/lifetime.sh

tearDown() {
	nothing_left || pkill -KILL -f "mark[.]$$[.]end"
	rm -rf "${WORK:?}"/*
}

# --- the end of an instance, and what enters it at that moment ---

sleepers_are() {
	[ "$(printf '%s\n' "$@" | sort)" = "$(sleepers | sort)" ]
}

testEndOfAnEnterIsNotThatOfTheInstance() {
	start stays
	start_enter stays
	kept=$entered
	for each in outer entered; do
		start_enter stays
		case $each in
		outer) kill -KILL "$outer" ;;
		entered) kill -KILL "$entered" ;;
		esac
		wait "$outer" 2>/dev/null
		assertEquals "$each" 137 $?
		until_true sleepers_are "$program" "$kept" ||
			fail "$each: not $program and $kept, but $(sleepers | tr '\n' ' ')"
	done
	end_instance
}

# --- names ---

# Whether seven of the eight have lost, and a program runs: sets $program to the pids of all, and
# $monitor. A start that detaches has ended, too: before, its program must not end.
is_decided() {
	ends=0 losers=0
	while read -r _ status; do
		ends=$((ends + 1))
		[ "$status" != 125 ] || losers=$((losers + 1))
	done <"$SCRATCH/home/ends"
	[ "$losers" = 7 ] || return
	capture sleepers
	program=$output
	read -r _ _ _ monitor _ <"/proc/$program/stat" &&
		read -r _ _ _ starter _ <"/proc/$monitor/stat" &&
		{ [ "$ends" = 8 ] || [ "$starter" = "$job" ]; }
} 2>/dev/null

# Prints which end was wrong: that of a loser, that of a start which printed its id, or another.
wrong_ends() {
	awk -v dir="$WORK" -v id="$monitor" -v statuses=" $statuses " '
		function all_of(file, text, line) {
			while ((getline line <file) > 0) text = text line "\n"
			close(file)
			return text
		}
		{
			printed = all_of(dir "/" $1 ".out")
			message = all_of(dir "/" $1 ".err")
			lost = "^selfdock-run: [^\n]*the name .raced. is taken by process [^\n]*\n$"
			if ($2 == 125) right = message ~ lost
			else if (!index(statuses, " " $2 " ")) right = 0
			else if ($2 == 0) right = printed message == id "\n"
			else right = printed message == ""
			if (!right) print $1, $2, printed message
		}' "$SCRATCH/home/ends"
}

# race_for_name ROUNDS STATUSES COMMAND...: eight starts at once, of which one
# wins, and ends with one of the statuses when its monitor is told to end.
race_for_name() {
	share "$1"
	statuses=$2
	shift 2
	for round in $(seq "$share"); do
		: >"$SCRATCH/home/ends" # those of the round before
		(cd "$WORK" && exec $AS "$HELPERS/lifetime_together" 8 "$@") \
			>"$SCRATCH/home/ends" &
		job=$!
		if ! until_true is_decided; then
			fail "$round: $(cat "$SCRATCH/home/ends" "$WORK"/*.err)"
			return
		fi
		assertEquals "$round: programs" "${program%%[!0-9]*}" "$program"
		kill "$monitor"
		wait "$job"
		assert_gone "$round"
		capture wrong_ends
		assertEquals "$round" '' "$output"
	done
}

testOfTwoStartsAtOnceExactlyOneWins() {
	race_for_name 30 '0' "$SELFDOCK" run -d -n raced $PAUSE
}

testOfStartsInTheForegroundExactlyOneWins() {
	race_for_name 5 '143' "$SELFDOCK" run -n raced $PAUSE
	race_for_name 8 '0 143' "$SELFDOCK" run -n raced $PAUSE , \
		"$SELFDOCK" run -n raced -d $PAUSE
}

# The start is stopped at each of its calls. Where it is neither ahead nor out of the way, the other
# one waits. In a namespace of their own they have few processes to look at.
testAtNoCallOfAStartAnotherTakesItsName() {
	lacks_root && return
	cat >"$WORK/rival" <<-EOF_RIVAL
		#!/bin/sh
		exec 2>/dev/null
		! timeout -s KILL 0.2 "$SELFDOCK" run -n stopped echo taken | grep .
	EOF_RIVAL
	chmod 755 "$WORK/rival"
	for option in '' -d; do
		capture unshare --pid --fork --mount --mount-proc --kill-child \
			"$HELPERS/privilege_stops" "$SD_UID" "$SD_UID" "$WORK/rival" \
			"$SELFDOCK" run $option -n stopped /bin/true
		assertEquals "$option: $output" "0 1" "$status $(echo "$output" | wc -l)"
		assertTrue "$option: $output" "[ '${output% stops}' -ge 100 ]"
	done
}

# One start has claimed the name and is about to fork its monitor, which gets a
# lower pid. Another has looked at those, and looks at the first after its end.
write_wrap() {
	cat >"$SCRATCH/home/wrap" <<-'EOF_WRAP'
		echo 99 >/proc/sys/kernel/ns_last_pid
		for _ in $(seq 40); do sleep 600 & done
		echo 300 >/proc/sys/kernel/ns_last_pid
		strace -o /dev/null -e inject=fork,clone:delay_enter=1000000 \
			"$SELFDOCK" run -d -n wrapped "$HELPERS/lifetime_pause" "$MARK" 2>&1 &
		first=$!
		sleep 0.4
		strace -o /dev/null -e trace=openat2 -e inject=openat2:delay_exit=40000 \
			"$SELFDOCK" run -d -n wrapped "$HELPERS/lifetime_pause" "$MARK" 2>&1 &
		second=$!
		sleep 0.4
		echo 50 >/proc/sys/kernel/ns_last_pid
		wait "$first" "$second"
		echo "programs: $(pgrep -c -f "^$HELPERS/lifetime_pause")"
	EOF_WRAP
}

testOfTwoStartsExactlyOneWinsWherePidsBeginAnew() {
	[ "$MODE" = root ] || { skip 'once, as root' && return; }
	[ -e /proc/sys/kernel/ns_last_pid ] || { skip 'a kernel without ns_last_pid' && return; }
	write_wrap
	output=$(unshare --pid --fork --mount --mount-proc --kill-child \
		sh "$SCRATCH/home/wrap" 2>/dev/null)
	assertContains "$output" "$output" 'programs: 1'
	assert_gone 'the namespace'
}

testASessionOfItsOwnIsAsWithout() {
	$AS setsid -w $SELFDOCK run sh -c 'exit 7'
	assertEquals 7 $?
	$SD run setsid -w sh -c 'exit 8'
	assertEquals 8 $?
	$AS nohup $SELFDOCK run sh -c 'kill -HUP $$; exit 9' >/dev/null 2>&1
	assertEquals 'in vain' 9 $?
}

testANameIsOneInstancesAtATime() {
	start mine
	assert_fails 125 "the name 'mine' is taken by process $monitor;" run -n mine true
	assert_fails 125 "the name 'mine' is taken by process $monitor;" run -d -n mine true
	assert_output another run -n another echo another
	end_instance
}

testNamesAreFreeAgainAfterTheEnd() {
	for each in 1 2 3; do
		assert_output "$each" run -n again echo "$each"
	done
	assert_fails 127 'cannot execute' run -n again /nonexistent
	assert_fails 127 'cannot execute' run -d -n again /nonexistent
	assert_fails 125 'nonexistent' run -n again -r /nonexistent true
	for signal in TERM KILL; do
		for victim in monitor program; do
			start again
			[ "$victim" = monitor ] || monitor=$program
			kill -s "$signal" "$monitor"
			[ "$signal$victim" != TERMprogram ] || kill -KILL "$program"
			assert_gone "$signal $victim"
		done
	done
	assert_output '' run -n again true
}

# --- detached starts ---

# The files that the standard descriptors of a process are.
descriptors_of() {
	for fd in 0 1 2; do
		readlink "/proc/$1/fd/$fd"
	done | tr '\n' ' '
}

testDetachedStartPrintsTheIdAlone() {
	try run -d $PAUSE
	assertEquals "$output" 0 "$status"
	monitor=$output
	assertEquals 'a number' '' "$(printf '%s' "$monitor" | tr -d 0-9)"
	assertEquals 'the program is its child' "$(sleepers)" "$(sleepers "$monitor")"
	assertEquals 'and runs' 1 "$(sleepers | wc -l)"
	assert_output "$(uname -n)" enter "$monitor" uname -n
	end_instance
}

testDetachedProgramGoesOnAndTheCallerDoesNotWaitForIt() {
	monitor=$(timeout 10 $SD run -d sh -c 'while echo output; do sleep 0.01; done' "$MARK" 2>&1)
	assertEquals 'at once' 0 $?
	assertEquals 'only the id' '' "$(printf '%s' "$monitor" | tr -d 0-9)"
	for each in 1 2 3 4 5; do
		assert_output "$each" enter "$monitor" echo "$each"
	done
	kill -KILL "$monitor"
	assert_gone 'the end'
}

testDetachedInstanceHasASessionOfItsOwn() {
	start session
	assertEquals "$monitor ?" "$(ps -o sid=,tty= -p "$monitor" | tr -s ' ' | sed 's/^ //')"
	assertEquals "$monitor ?" "$(ps -o sid=,tty= -p "$program" | tr -s ' ' | sed 's/^ //')"
	end_instance
}

testDetachedInstanceLeavesTheTerminal() {
	monitor=$(sd_on_terminal run -d "$HELPERS/lifetime_pause" "$MARK")
	program=$(sleepers "$monitor")
	assertNotNull 'it outlives the terminal' "$program"
	assertEquals "$monitor ?" "$(ps -o sid=,tty= -p "$program" | tr -s ' ' | sed 's/^ //')"
	assertEquals '/dev/null /dev/null /dev/null ' "$(descriptors_of "$program")"
	end_instance
}

testDetachedProgramKeepsFiles() {
	echo input >"$SCRATCH/home/in"
	monitor=$($SD run -d sh -c "cat >&2; echo message >&2; exec $PAUSE" \
		<"$SCRATCH/home/in" 2>"$SCRATCH/home/messages")
	until_true grep -q message "$SCRATCH/home/messages"
	assertEquals "$(printf 'input\nmessage')" "$(cat "$SCRATCH/home/messages")"
	until_true sleepers "$monitor"
	assertEquals "$SCRATCH/home/in /dev/null $SCRATCH/home/messages " \
		"$(descriptors_of "$(sleepers "$monitor")")"
	end_instance
	$SD run -d sh -c "echo output; exec $PAUSE" >"$SCRATCH/home/out" </dev/null
	until_true grep -q output "$SCRATCH/home/out"
	monitor=$(grep -v output "$SCRATCH/home/out")
	assertEquals "$(cat "$SCRATCH/home/out")" 2 "$(wc -l <"$SCRATCH/home/out")"
	end_instance
}

testDetachedProgramReadsAPipe() {
	: >"$SCRATCH/home/messages"
	monitor=$(echo piped | $SD run -d sh -c "cat >&2; exec $PAUSE" 2>"$SCRATCH/home/messages")
	until_true grep -q piped "$SCRATCH/home/messages"
	assertEquals piped "$(cat "$SCRATCH/home/messages")"
	end_instance
}

testDetachedStartThatFailsSaysSo() {
	assert_fails 127 "cannot execute '/nonexistent'" run -d /nonexistent $MARK
	assert_fails 126 "cannot execute '/etc/passwd'" run -d /etc/passwd $MARK
	assert_fails 125 "unknown option '--nonexistent'" run -d --nonexistent $PAUSE
	assert_fails 125 nonexistent run -d -r /nonexistent $PAUSE
	assert_fails 125 'the name' run -d -n . $PAUSE
	assert_gone 'starts that failed'
}

testDetachedStartThatCannotPrintTheIdLeavesNothing() {
	message=$($SD run -d $PAUSE 2>&1 >/dev/full)
	assertEquals 125 $?
	is_message run "$message" || fail "'$message'"
	assert_gone 'the instance'
}

testDetachedStartWhoseReaderIsGoneLeavesNothing() {
	mkfifo "$SCRATCH/home/fifo"
	# shellcheck disable=SC2094 # that is how to have a writer and no reader
	exec 8<>"$SCRATCH/home/fifo" 9>"$SCRATCH/home/fifo" 8>&-
	$SD run -d $PAUSE >&9 2>/dev/null
	assertNotEquals 0 $?
	assert_gone 'the instance'
	exec 9>&-
	rm "$SCRATCH/home/fifo"
}

testDetachedStartThatCannotPrintTheIdLeavesNothingThatIgnoresSignals() {
	message=$(trap '' TERM && $SD run -d $PAUSE 2>&1 >/dev/full)
	assertEquals 125 $?
	assert_gone 'the instance'
}

testDetachedInstanceEndsBySignal() {
	for signal in TERM INT HUP KILL; do
		monitor=$($SD run -d $PAUSE)
		$AS kill -s "$signal" "$monitor"
		assert_gone "$signal"
	done
}

# The kernel drops such a signal of pid 1 when pid 1 unblocks it.
testSignalThatIsBlockedForAMomentIsNotLost() {
	monitor=$($SD run -d "$HELPERS/lifetime_block" "$MARK" 2>"$SCRATCH/home/messages")
	until_true grep -q ready "$SCRATCH/home/messages"
	end_instance
}

. shunit2
