#!/bin/sh
# SPDX-License-Identifier: ISC
# --keep-fd: which descriptors a program gets besides its first three, and that nobody else does.
# shellcheck disable=SC2016 # scripts for the shell that starts selfdock
. tests/common.sh

tearDown() {
	as_tester rm -rf "$WORK"/*
}

# The instance "kept" runs while the rest of the scene does.
KEPT_RUNS='$SD run -d -n kept -v "$WORK" "$WORK" sleep 60 >/dev/null; trap "$SD stop kept" EXIT'

# What descriptors a program has, in a word: the program, with its argument.
LIST='"$HELPERS/input_fds" "$WORK/fds" </etc/passwd && cat "$WORK/fds"'

testProgramGetsWhatIsNamedAndNothingElse() {
	for start in run build 'run --init' 'run --fakeroot'; do
		[ "$start" = 'run --fakeroot' ] && lacks_userns && return
		scene "export LIBRARY=7
			exec 5</etc/passwd 6</etc/passwd 7</etc/passwd 8</etc/passwd
			\$SD $start"' -v "$WORK" "$WORK" -k LIBRARY --keep-fd 5 '"$LIST"
		assertEquals "$start" '0 1 2 5 7' "$output"
	done
}

testProgramThatEntersGetsIt() {
	scene "$KEPT_RUNS"'
		export LIBRARY=7
		exec 5</etc/passwd 6</etc/passwd 7</etc/passwd
		$SD enter -k LIBRARY --keep-fd 5 kept '"$LIST"
	assertEquals '0 1 2 5 7' "$output"
}

testWhatTheInstanceKeepsIsNotForThoseThatEnter() {
	scene 'exec 5</etc/passwd
		$SD run -d -n other -k 5 -v "$WORK" "$WORK" sleep 60 >/dev/null
		$SD enter other '"$LIST"'
		$SD stop other'
	assertEquals '0 1 2' "$output"
}

testItIsTheSameOpenFile() {
	scene 'exec 5<>"$WORK/file"
		$SD run -k 5 sh -c "echo inside >&5" && echo outside >&5 && cat "$WORK/file"'
	assertEquals 'inside
outside' "$output"
}

testNumberMayBeLarge() {
	try_sh 'exec python3 -c "import os, sys
os.dup2(os.open(\"/etc/hostname\", 0), 1000)
os.execv(sys.argv[1], sys.argv[1:])" "$0" run -k 1000 cat /proc/self/fd/1000'
	assertEquals "$(cat /etc/hostname)" "$output"
}

testOneMayBeNamedTwice() {
	scene '$SD run -k 5 -k 5 cat /proc/self/fd/5 5</etc/hostname'
	assertEquals "$(cat /etc/hostname)" "$output"
}

testFileOfArgumentsMayNameIt() {
	printf '%s\n' -k 5 >"$SCRATCH/home/arguments"
	try_sh "exec \"\$0\" run -f '$SCRATCH/home/arguments' cat /proc/self/fd/5 5</etc/hostname"
	assertEquals "$(cat /etc/hostname)" "$output"
}

testWhatCannotBeKeptIsRefused() {
	for case in "9|cannot keep file descriptor 9: it is not open" \
		"2|--keep-fd 2: '2' is not the number of a descriptor" \
		"0x5|--keep-fd 0x5: '0x5' is not the number" \
		"99999999999|--keep-fd 99999999999: '99999999999' is not" \
		'none|--keep-fd none: the environment has no variable of that name' \
		"WORDS|--keep-fd WORDS: '3 4' is not the number" \
		"EMPTY|--keep-fd EMPTY: '' is not the number" \
		"LOW|--keep-fd LOW: '1' is not the number" \
		'7|file descriptor 7 is a directory'; do
		for applet in run build; do
			try_sh "export WORDS='3 4' EMPTY= LOW=1
				exec \"\$0\" $applet -k ${case%%|*} echo started 7</usr 9<&-"
			assert_refused "$applet $case" "${case#*|}"
		done
	done
	try_sh "exec '$HELPERS/input_opath' 6 /etc/passwd \"\$0\" run -k 6 echo started"
	assert_refused 'O_PATH' 'file descriptor 6'
	scene "$KEPT_RUNS"'
		$SD enter -k 9 kept true 9<&-'
	assert_refused enter 'cannot keep file descriptor 9'
}

testThereIsALimit() {
	words=$(seq -s ' ' -f '-k %g' 10 74)
	# shellcheck disable=SC2086 # words
	try run $words true
	assert_refused '65 descriptors' 'more than 64 descriptors to keep'
}

# sees_end TEXT START REDIRECTION...: a reader of the pipe "$WORK/pipe" sees that text and the end,
# when START has run a program that writes to descriptor 5, closes that, and sleeps.
sees_end() {
	text=$1 start=$2
	shift 2
	scene 'rm -f "$WORK/pipe"; mkfifo "$WORK/pipe"
		'"$KEPT_RUNS"'
		timeout 20 cat <"$WORK/pipe" >"$WORK/read" & reader=$!
		'"$start"' sh -c "echo from inside >&5; exec 5>&-; exec sleep 60" '"$*"' &
		start=$!
		wait $reader && echo "the end of: $(cat "$WORK/read")"
		{ kill -KILL $start; $SD stop copied; } 2>/dev/null'
	assertEquals "$start" "the end of: $text" "$output"
}

testNobodyButTheProgramHasACopy() {
	sees_end 'from inside' '$SD run -k 5' '5>"$WORK/pipe"'
	sees_end 'from inside' '$SD run --init -k 5' '5>"$WORK/pipe"'
	sees_end 'from inside' '$SD enter -k 5 kept' '5>"$WORK/pipe"'
	sees_end 'from inside' '$SD run -d -n copied -k 5 >/dev/null' '5>"$WORK/pipe"'
}

testNoMonitorOfALevelHasACopy() {
	lacks_levels && return
	sees_end 'from inside' '$SD run -k 5 "$SD" run -k 5' '5>"$WORK/pipe"'
}

# The process that prints the id cannot: nobody reads the pipe that 64 kilobytes fill.
testProcessThatWaitsForTheStartHasNoCopy() {
	scene 'mkfifo "$WORK/pipe"
		{
			head -c 65536 /dev/zero
			exec $SD run -d -n copied -k 5 sh -c "echo from inside >&5; exec 5>&-
				exec sleep 60" 5>"$WORK/pipe"
		} | {
			timeout 20 cat <"$WORK/pipe" >"$WORK/read" && cat "$WORK/read" >"$WORK/seen"
			cat >/dev/null
		}
		cat "$WORK/seen"
		$SD stop copied'
	assertEquals 'from inside' "$output"
}

testNobodyKeepsWhatIsNotNamed() {
	for fd in 4 7; do
		sees_end '' '$SD run -k 5 -k 6' '5>/dev/null' '6>/dev/null' \
			"$fd"'>"$WORK/pipe"'
	done
}

testDryRunTellsIt() {
	try_sh 'exec "$0" run --dry-run -k 5 true 5</etc/passwd'
	assertContains "$output" '
--keep-fd 5
'
}

# As the jobserver of make does it, before make 4.4. From then on it has a FIFO.
testMakeSharesItsJobs() {
	! command -v make >/dev/null && skip 'no make here' && return
	as_tester sh -c 'cat >"$1/Makefile"' - "$WORK" <<'EOF_MAKE'
all:
	+$(SD) run -w --keep-fd 3 --keep-fd 4 $(MAKE) inner
	+$(SD) run -w $(MAKE) inner
fifo:
	+$(SD) run -w $(MAKE) inner
inner: one two
one two:
	@echo $@
EOF_MAKE
	scene 'cd "$WORK" && make -s -j3 SD="$SD" 2>&1'
	case $(make --version | head -n 1) in
	*' '4.[0-3]* | *' '3.*) ;;
	*)
		scene 'cd "$WORK" && MAKE_TMPDIR=$PWD make -s -j3 SD="$SD" fifo 2>&1'
		assert_words 'one two'
		scene 'cd "$WORK" && make -s -j3 --jobserver-style=pipe SD="$SD" 2>&1'
		;;
	esac
	assertEquals "$output" 1 "$(printf '%s\n' "$output" | grep -c 'jobserver unavailable')"
	assertEquals "$output" 4 "$(printf '%s\n' "$output" | grep -c '^\(one\|two\)$')"
}

. shunit2
