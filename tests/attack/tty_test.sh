#!/bin/sh
# SPDX-License-Identifier: ISC
# The terminal: who may type into it, and whose pseudo-terminals can be reached.
# shellcheck disable=SC2016,SC2086 # programs for the shell inside; words
. tests/common.sh

NEWLINE='
'

# inject PATTERN COMMAND: it runs terminal_inject; then whatever was typed is printed.
inject() {
	terminal until "$1" type "typed$NEWLINE" until '=typed' ends 0 -- \
		sh -c '"$@"; read x; echo "=$x"' - $2 "$HELPERS/terminal_inject"
}

testNobodyTypesIntoTheTerminal() {
	scenario T-1001 'to type into the terminal of the caller' \
		'a command in the shell of the caller'
	if [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null)" = 1 ]; then
		terminal until '=injected' ends 0 -- \
			sh -c '"$@"; read x; echo "=$x"' - "$HELPERS/terminal_inject"
	fi
	inject 'not permitted' "$SD_WORDS run"
	inject 'not permitted' "$SD_WORDS run --init"
	inject 'not permitted' "$SD_WORDS run setpriv --no-new-privs"
	printf 'id=$(%s run -d sleep 100)\n%s enter $id "$@"\nkill $id\n' \
		"$SELFDOCK" "$SELFDOCK" >"$SCRATCH/home/enter"
	inject 'not permitted' "sh $SCRATCH/home/enter"
}

testDoorsToTheTerminalAreClosed() {
	scenario T-1001 'to type by TIOCSTI, with garbage above it, and by foreign ABIs' \
		'a command in the shell of the caller'
	scenario T-1002 'to paste into a console by TIOCLINUX' 'a command in the shell there'
	try run "$HELPERS/confine_doors"
	for door in 'TIOCSTI EPERM' 'TIOCSTI+garbage EPERM' 'TIOCLINUX EPERM' \
		'TIOCLINUX+garbage EPERM' 'int80 ENOSYS' 'x32 ENOSYS'; do
		assertContains "$output" "$door"
	done
}

# assert_untyped WORDS...: no way to type worked in what these words start.
assert_untyped() {
	echo "cd / && exec $* $HELPERS/tty inject" >"$SCRATCH/home/typed"
	output=$(as_tester script -qec "sh $SCRATCH/home/typed" /dev/null </dev/null | tr -d '\r')
	assertEquals "$*" tried "$output"
	tries=$((tries + 1))
}

testNoWayToTypeIsOpenInAnyProgram() {
	lacks_userns && return
	scenario T-1001 'to type from programs, namespaces and sessions, by each ABI' \
		'a command in the shell of the caller'
	tries=0
	for options in run build 'run --init' 'run --no-userns' 'run --net none' \
		'run -v /dev /dev' 'run --proc host'; do
		assert_untyped $SD_WORDS $options
	done
	assert_untyped $OUTER $HELPERS/signal_enter $SELFDOCK $HELPERS/lifetime_pause
	pkill -KILL -f "^$SELFDOCK run -d $HELPERS/lifetime_pause"
	[ "$MODE" = root ] || assert_untyped $SD_WORDS run $SELFDOCK run
	[ "$MODE" = root ] || assert_untyped $SD_WORDS run --init $SELFDOCK build
	# Outside it works where the system lets it.
	if [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null)" = 1 ]; then
		output=$(as_tester script -qec "$HELPERS/tty inject" /dev/null </dev/null)
		assertContains "$output" TIOCSTI
	fi
	figure "$tries kinds of starts that type, 0 characters typed"
}

# A terminal of the caller's that the instance was not given.
testTerminalsOfTheCallerHaveNoName() {
	scenario T-1003 'to open the other terminals of the caller by their names' \
		'what is typed there, and what is shown'
	: >"$SCRATCH/home/held"
	as_tester "$HELPERS/tty" hold >"$SCRATCH/home/held" &
	until_true grep -q held "$SCRATCH/home/held"
	assertContains 'outside' "$(as_tester "$HELPERS/tty" reach)" /dev/pts/
	for options in '' --init '--net none' '--proc host'; do
		assert_output '' $options run "$HELPERS/tty" reach
		assert_output '' $options build "$HELPERS/tty" reach
		output=$(sd_on_terminal $options run "$HELPERS/tty" reach)
		assertEquals "on a terminal, $options" '' "$output"
	done
	pkill -KILL -f "^$HELPERS/tty hold"
	wait 2>/dev/null
}

# Each has a first terminal, of the same number.
testTerminalsOfAnotherInstanceAreNotReached() {
	scenario T-1003 'to reach the terminal that another instance has made' \
		'what is typed there, and what is shown'
	start_monitor run "$HELPERS/tty" hold
	assert_output '' run "$HELPERS/tty" reach
	assert_output '' run --init "$HELPERS/tty" reach
	as_tester kill "$monitor"
	wait "$job" 2>/dev/null
	as_tester rm -f "$WORK/out" "$WORK/pid"
}

# Its terminal is the one that it was given, by whatever name.
testConsoleIsTheTerminalOfTheCallerAlone() {
	scenario T-1003 'to find another terminal at /dev/console, /dev/tty or in /proc' \
		'a terminal of another'
	for options in '' --init '--proc host'; do
		output=$(sd_on_terminal $options run sh -c 'for name in console stdin; do
				stat -Lc "%t:%T %i" "/dev/$name"
			done | uniq | wc -l
			: 3<>/dev/tty && tty')
		assertEquals "$options" "1
/dev/console" "$output"
	done
	assert_output "$(printf 'none\nnone')" run sh -c 'exec </dev/null 2>/dev/null
		[ -e /dev/console ] || echo none
		setsid -w sh -c ": <>/dev/tty" || echo none'
}

. shunit2
