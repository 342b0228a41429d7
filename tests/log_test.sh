#!/bin/sh
# SPDX-License-Identifier: ISC
# The log of a detached instance, and one that ends at once.
# shellcheck disable=SC2016 # most programs here are for the shell of a scene
. tests/common.sh

setUp() {
	new_work 'mkdir dir'
}

testOutputAndErrorsAreAppended() {
	scene 'cd "$WORK"; echo before >log; umask 027
		id=$($SD run -d --log log sh -c "echo out; echo err >&2; exec sleep 600") || exit
		[ -e /proc/$id ] && echo runs
		until_true grep -q err log; cat log
		$SD stop $id
		cd dir; id=$($SD run --log=../new -d sh -c "umask; exec sleep 600" </dev/null)
		until_true grep -q . ../new; cat ../new; stat -c %a ../new
		$SD stop $id'
	assertEquals "runs before out err 0027 640" "$(echo "$output" | xargs)"
}

testOutputThatIsClosedIsLogged() {
	scene 'cd "$WORK"
		$SD run -d -n closed.$$ --log log sh -c \
			"echo out; echo err >&2; exec sleep 600" >&- 2>&-
		until_true grep -q err log; cat log
		$SD stop closed.$$'
	assertEquals 'out err' "$(echo "$output" | xargs)"
}

# What is written to the end of a file does not hinder others that do the same.
testTwoInstancesShareALog() {
	scene 'cd "$WORK"
		for each in 1 2; do
			$SD run -d --log log sh -c "echo $each; sleep 0.3; echo $each; sleep 600"
		done >ids
		until_true eval "[ \$(grep -c . log) = 4 ]"; sort log
		$SD stop $(cat ids)'
	assertEquals '1 1 2 2' "$(echo "$output" | xargs)"
}

# On a busy machine one may take longer than that.
testProgramThatEndsAtOnceIsNoSuccess() {
	scene 'cd "$WORK"
		for end in "exit 3" "exit 0" "kill -TERM \$\$"; do
			for try in 1 2 3 4 5; do
				>log
				said=$($SD run --init -d --log log sh -c "echo $end; $end" 2>&1)
				status=$?
				[ "${said#[1-9]}" != "$said" ] || break
			done
			echo "$said"; echo $status; cat log
		done'
	said="selfdock-run: the program ended at once; see 'log'"
	assertEquals "$said
3
exit 3
$said
0
exit 0
$said
143
kill -TERM N" "$(echo "$output" | sed 's/TERM [2-9]/TERM N/')"
}

# strace holds the one that waits when it has learned that the program runs.
testProgramThatHasEndedIsNoSuccessWithoutALog() {
	is_sanitized && return
	lacks_root && return
	[ "$MODE" != nested ] || { skip 'no strace where nested' && return; }
	cd / || return
	# shellcheck disable=SC2086 # words
	capture strace -f -o /dev/null -e trace=read -e inject=read:delay_exit=500000:when=2 \
		$AS "$SELFDOCK" run -d sh -c 'exit 3'
	cd "$OLDPWD" || return
	assertEquals "selfdock-run: the program ended at once" "$output"
	assertEquals 3 "$status"
}

testLogThatCannotBeOpenedIsNamed() {
	for file in /nonexistent/log "$WORK/dir" /etc/passwd /proc/self/fd/1; do
		[ "$MODE$file" != root/etc/passwd ] || continue
		assert_fails 125 "cannot append to the log '$file': " run -d --log "$file" true
	done
	as_tester mkfifo "$WORK/fifo"
	assert_fails 125 "cannot append to the log '$WORK/fifo': " run -d --log "$WORK/fifo" true
	assert_fails 125 '--log needs --detach' run --log "$WORK/log" true
	assertFalse 'nothing is made' "[ -e '$WORK/log' ]"
}

testStartThatFailsSaysSoAndNotInTheLog() {
	assert_fails 127 "cannot execute '/nonexistent'" run -d --log "$WORK/log" /nonexistent
	assertEquals '' "$(cat "$WORK/log")"
}

# Another group's file, which only the setuid bit's power could open.
testLogIsOpenedAsTheCallerWithoutPrivilege() {
	[ "$MODE" = setuid ] || { skip 'nothing is privileged but setuid' && return; }
	install -m 600 /dev/null "$WORK/roots"
	assert_fails 125 "cannot append to the log '$WORK/roots': Permission denied" \
		run -d --log "$WORK/roots" true
	trace=$SCRATCH/home/trace
	# shellcheck disable=SC2086 # words
	strace -f -o "$trace" $AS "$SELFDOCK" run -d --log "$WORK/log" true 2>/dev/null
	opener=$(awk '/openat2.*O_CREAT/ { print $1; exit }' "$trace")
	assertEquals 'dropped before a path is looked up' \
		"setresuid $TESTER, $TESTER, $TESTER openat2 openat2" \
		"$(awk -v opener="$opener" '$1 == opener' "$trace" | tr '(' ' ' |
			grep -o 'setresuid [0-9, ]*[0-9]\|openat2' | xargs)"
}

testDryRunPrintsIt() {
	try run --dry-run -d --log 'a b' true
	assertContains "$output" "--log 'a b'"
	assertFalse 'nothing is made' "[ -e 'a b' ]"
}

# It ends a moment after the program has begun.
testMonitorThatFailsIsNotTakenForTheProgram() {
	[ "$MODE" = plain ] || { skip 'strace takes the bit away' && return; }
	as_tester touch "$WORK/log"
	capture as_tester strace -f -o /dev/null -e inject=signalfd4:error=EINVAL:when=1 \
		-e inject=exit_group:delay_enter=100000 "$SELFDOCK" run -d --log "$WORK/log" sleep 1
	assert_refused 'signalfd4' 'cannot watch a program: Invalid argument'
}

. shunit2
