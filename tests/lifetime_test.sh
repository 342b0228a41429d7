#!/bin/sh
# SPDX-License-Identifier: ISC
# The life of an instance: its name, its id, what enters it, and its end, with
# everything else that starts and ends at the same moment.
# ENTERS=N makes another number of enters amid pid churn than 1000, for all modes together.
# modes: plain setuid root
# shellcheck disable=SC2016,SC2086 # programs for the shell inside; commands in one word
. tests/common.sh

# sd as words: so "$SD ... &" makes selfdock the process $!.
SD="$AS $SELFDOCK"

# A word in the command line of every process that these tests leave running.
MARK=mark.$$.end
PAUSE="$HELPERS/lifetime_pause $MARK"
export SELFDOCK HELPERS MARK

nothing_left() {
	! pgrep -f "mark[.]$$[.]end" >/dev/null
}

# sleepers [PID]: the pids of the processes that execute $PAUSE: all, or the children of PID.
sleepers() {
	pgrep ${1:+-P "$1"} -f "^$HELPERS/lifetime_pause mark[.]$$[.]end"
}

assert_gone() {
	until_true nothing_left || fail "$* left: $(pgrep -a -f "mark[.]$$[.]end")"
}

# sleeps_below PID: whether its first child executes $PAUSE; sets $sleeper to that.
sleeps_below() {
	sleeper='' words=''
	read -r sleeper _ <"/proc/$1/task/$1/children"
	read -r words <"/proc/$sleeper/cmdline"
	[ "$words" = "$HELPERS/lifetime_pause$MARK" ] # read drops the NUL between them
} 2>/dev/null

# start NAME: an instance of that name that sleeps; sets $monitor and $program.
start() {
	monitor=$($SD run -d -n "$1" $PAUSE) || fail "no start of '$1'"
	sleeps_below "$monitor" || fail "no program of '$1'"
	program=$sleeper
}

# start_enter NAME: an enter that sleeps; sets $outer and $entered.
start_enter() {
	$SD enter "$1" $PAUSE &
	outer=$!
	until_true sleeps_below "$outer" || fail "no enter of '$1'"
	entered=$sleeper
}

end_instance() {
	kill "$monitor"
	assert_gone "the end of $monitor"
}

# is_message APPLET TEXT: one line, and that applet's.
is_message() {
	case $2 in
	*"
"*) false ;;
	"selfdock-$1: "?*) ;;
	*) false ;;
	esac
}

tearDown() {
	nothing_left || pkill -KILL -f "mark[.]$$[.]end"
	rm -rf "${WORK:?}"/*
}

# --- the end of an instance, and what enters it at that moment ---

# Run as pid 1 of a pid namespace, by root. Before Linux 6.14 all namespaces
# had the one pid_max, and the churn alone keeps to few pids.
write_churn() {
	cat >"$SCRATCH/home/churn" <<-'EOF_CHURN'
		case $(uname -r) in
		6.1[4-9].* | 6.[2-9][0-9].* | [7-9].* | [1-9][0-9].*)
			echo 400 >/proc/sys/kernel/pid_max ;;
		esac
		"$HELPERS/lifetime_churn" 20 &
		"$@"
	EOF_CHURN
}

# enters COUNT: two instances A and B that begin and end all the time, each time
# with a host name of its own that is also the last word of its program; and
# COUNT enters by both names and ids, each with a line "STATUS WORD OUTPUT".
write_enters() {
	cat >"$SCRATCH/home/enters" <<-'EOF_ENTERS'
		restart() {
			number=0
			while :; do
				number=$((number + 1)) own=$1-$number
				id=$("$SELFDOCK" run -d -n "$1" --hostname "$own" \
					"$HELPERS/lifetime_pause" "$MARK" "$own" 2>>starts) ||
					continue
				echo "$id" >"id.$1"
				sleep "0.00$((number % 8))"
				[ $((number % 2)) = 0 ] && kill "$id" || kill -KILL "$id"
			done
		}
		enter() {
			each=0
			while [ "$each" -lt "$1" ]; do
				each=$((each + 1)) id=
				case $((each % 4)) in
				0) word=A ;;
				1) word=B ;;
				2) until read -r word <id.A; do :; done ;;
				3) until read -r word <id.B; do :; done ;;
				esac 2>/dev/null
				output=$("$SELFDOCK" enter "$word" "$HELPERS/lifetime_where" 2>&1)
				echo "$? $word $output"
			done
		}
		cd "$2" || exit 1
		restart A & restart B &
		enter $(($1 / 2)) >enters.1 &
		first=$!
		enter $(($1 - $1 / 2)) >enters.2
		wait "$first"
	EOF_ENTERS
}

# Whoever enters by a name lands in an instance of that name; by an id that was
# read before, in one that may have got it since; or nowhere, and is told so. A
# death by SIGKILL is that of the instance.
classify_enters() {
	awk '
		{ landed = NF == 4 && $3 == $4 && $3 ~ /^[AB]-[0-9]+$/ &&
			($2 ~ /^[0-9]+$/ || index($3, $2 "-") == 1) }
		($1 == 0 || $1 == 137) && landed { print "landed"; next }
		$1 == 137 && NF == 2 { print "killed"; next }
		$1 == 125 && $3 == "selfdock-enter:" { print "refused"; next }
		{ print "wrong: " $0 }'
}

testEntersNeverLandElsewhere() {
	lacks_root && return
	share "${ENTERS:-1000}"
	count=$share
	write_churn
	write_enters
	timeout -s KILL 120 unshare --pid --fork --mount --mount-proc --kill-child \
		sh "$SCRATCH/home/churn" $AS busybox sh "$SCRATCH/home/enters" "$count" "$WORK"
	assertEquals 'the loops end' 0 $?
	cat "$WORK/enters.1" "$WORK/enters.2" | classify_enters >"$SCRATCH/home/classes"
	summary=$(sort "$SCRATCH/home/classes" | uniq -c)
	assertEquals "$summary" "$count" "$(wc -l <"$SCRATCH/home/classes")"
	assertEquals 'wrong' '' "$(grep ^wrong "$SCRATCH/home/classes" | head -n 5)"
	for class in landed refused; do
		assertTrue "few $class: $summary" \
			"[ $(grep -c "^$class" "$SCRATCH/home/classes") -gt $((count / 50)) ]"
	done
	[ -z "${ENTERS:-}" ] || echo "$summary" >&2
	assert_gone 'the namespace'
}

# Of every two enters one ends at once and the other with the instance. In each round the
# instance is killed before another of the enters, and in 18 by each victim before each of them.
testEnterWhileTheInstanceDies() {
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
			"$HELPERS/job" 10 $SD enter "dying-$round" $command \
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
		assertTrue "$kill: within seconds" "[ $(($(date +%s) - began)) -lt 10 ]"
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

# Whether seven of the eight have lost, and a program runs: sets $program to the pids of all.
is_decided() {
	losers=0
	while read -r _ status; do
		[ "$status" != 125 ] || losers=$((losers + 1))
	done <"$SCRATCH/home/ends"
	[ "$losers" = 7 ] || return
	capture sleepers
	program=$output
	[ "$program" ]
}

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
		until_true is_decided || fail "$round: $(cat "$SCRATCH/home/ends" "$WORK"/*.err)"
		assertEquals "$round: programs" "${program%%[!0-9]*}" "$program"
		read -r _ _ _ monitor _ <"/proc/$program/stat"
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

# The daemon is two forks and a session away from the program, and ignores these signals.
testDaemonsEndWithTheInstance() {
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

testAnotherUserCannotBlockAName() {
	lacks_root && return
	theirs=$(as_other "$SELFDOCK" run -d -n shared --hostname theirs $PAUSE)
	assertEquals 'theirs runs' 0 $?
	as_other "$HELPERS/exec_as" "$HELPERS/lifetime_pause" "$SELFDOCK" run -n shared "$MARK" &
	liar=$!
	until_true pgrep -P "$liar" -f "run -n shared mark[.]$$[.]end"
	mine=$($SD run -d -n shared --hostname mine $PAUSE)
	assertEquals 'so does mine' 0 $?
	assert_output mine enter shared uname -n
	assertEquals theirs "$(as_other "$SELFDOCK" enter shared uname -n)"
	kill "$theirs" "$mine"
	pkill -KILL -f "run -n shared mark[.]$$[.]end"
	wait "$liar" 2>/dev/null
	assert_gone 'both'
}

# What runs inside may have any command line, and may even be selfdock.
testProgramInsideCannotBlockAName() {
	monitor=$($SD run -d "$HELPERS/exec_as" "$HELPERS/lifetime_pause" \
		"$SELFDOCK" run -n wanted "$MARK")
	assertEquals 0 $?
	$SD enter "$monitor" "$HELPERS/exec_as" "$HELPERS/lifetime_pause" \
		selfdock-run -n wanted "$MARK" &
	outer=$!
	until_true pgrep -P "$outer" -f "^selfdock-run -n wanted" || fail 'no enter'
	assert_output free run -n wanted echo free
	kill "$monitor"
	assert_gone 'the liars'
	wait "$outer" 2>/dev/null
	[ "$MODE" != root ] || return 0
	monitor=$($SD run -d "$SELFDOCK" run -n wanted $PAUSE)
	until_true sleepers || fail 'no instance inside'
	assert_output free run -n wanted echo free
	end_instance
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
