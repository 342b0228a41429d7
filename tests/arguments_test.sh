#!/bin/sh
# SPDX-License-Identifier: ISC
# Files of arguments, and the dry run.
# shellcheck disable=SC2016 # the scripts here are for the shell inside
. tests/common.sh
export LC_ALL=C

setUp() {
	rm -rf "${WORK:?}"/*
}

# file NAME LINE...: a file of the tester's.
file() {
	name=$1
	shift
	printf '%s\n' "$@" >"$SCRATCH/$name"
	chmod 644 "$SCRATCH/$name"
}

testLinesOfTheFileAreArgumentsInItsPlace() {
	file args --env A 'one  word' --chdir / sh -c 'echo "$A $PWD $*"' sh 'from file'
	for form in "-f $SCRATCH/args" "-f$SCRATCH/args" "--args $SCRATCH/args" \
		"--args=$SCRATCH/args"; do
		# shellcheck disable=SC2086 # two words
		assert_output 'one  word / from file more' run --env A before $form more
	done
	assert_output 'one  word / from file' -f "$SCRATCH/args" run
	file args --env A file
	assert_output later -f "$SCRATCH/args" --env A later run sh -c 'echo $A'
	assert_output file --env A earlier -f "$SCRATCH/args" run sh -c 'echo $A'
}

testEmptyLinesAndCommentsAreLeftOut() {
	file args '#!/usr/bin/env -S selfdock-run -f' '' '# a comment' echo '' ' # none' '#'
	assert_output ' # none' run -f "$SCRATCH/args"
	printf 'echo\nno newline' >"$SCRATCH/args"
	assert_output 'no newline' run -f "$SCRATCH/args"
	: >"$SCRATCH/args"
	assert_output works run -f "$SCRATCH/args" echo works
}

testLineThatBeginsWithABackslashIsTheRestOfIt() {
	# shellcheck disable=SC1003 # a backslash, and no quote after it
	file args --env A '\' sh -c 'printf "[%s]" "$A" "$@"' '\' '\# no comment' '\\' '\' \
		'\--net' 'a\b' '\$HOME'
	assert_output '[][# no comment][\][][--net][a\b][$HOME]' run -f "$SCRATCH/args"
}

testWordsReplaceTheDefaultCommand() {
	file args echo entry --default-command default words
	assert_output 'entry default words' run -f "$SCRATCH/args"
	assert_output 'entry other' run -f "$SCRATCH/args" other
	assert_output 'entry --net none' run -f "$SCRATCH/args" --net none
	file args echo '\--default-command' --default-command
	assert_output '--default-command' run -f "$SCRATCH/args"
	assert_output '--default-command --default-command' run -f "$SCRATCH/args" \
		--default-command
}

testFileIsReadWithTheCallersRights() {
	lacks_root && return
	[ "$MODE" = root ] && skip 'needs a caller who is not root' && return
	file args echo secret
	chmod 600 "$SCRATCH/args"
	assert_fails 125 'Permission denied' run -f "$SCRATCH/args"
}

testInstanceIsFoundByWhatTheFileSays() {
	file args --name "filed.$MODE" sleep 600
	scene '$SD run -d -f '"$SCRATCH"'/args >/dev/null
		id=$($SD ls -q filed.'"$MODE"')
		$SD ls $id | tail -n 1
		$SD enter $id cat /proc/1/comm
		kill $id'
	assertContains "$output" 'sleep 600'
	assertContains "$output" "$(printf '\nsleep')"
}

# A compiler in a root file system that is called like one of the host.
testScriptMakesACompilerInARootfsACommand() {
	as_tester mkdir -p "$WORK/bin" "$WORK/src" "$WORK/target/dev" "$WORK/target/proc" \
		"$WORK/target/tmp" "$WORK/target/usr"
	for name in bin lib lib64; do as_tester ln -s usr/$name "$WORK/target/$name"; done
	as_tester ln -s "$SELFDOCK" "$WORK/bin/selfdock-run"
	as_tester sh -c 'cat >"$1/bin/target-cc"; chmod 755 "$1/bin/target-cc"' sh "$WORK" \
		<<-EOF_SCRIPT
		#!/usr/bin/env -S selfdock-run -f
		--rootfs
		$WORK/target
		--map
		/usr
		/usr
		--workdir-writable
		gcc
	EOF_SCRIPT
	as_tester sh -c 'echo "int answer = 6 * 7;" >"$1/src/a.c"' sh "$WORK"
	before=$(find "$WORK/target" | sort)
	scene 'cd "$WORK/src" && PATH=$WORK/bin:$PATH target-cc -c a.c -o "a b.o" && nm "a b.o"'
	assertContains "$output" 'D answer'
	assertEquals "$output" 0 "$status"
	assertEquals 'nothing is made in the root file system' "$before" \
		"$(find "$WORK/target" | sort)"
}

# The dry run

testDryRunPrintsWhatWouldBeSetUp() {
	assert_output "--rootfs /
--proc new
--tmpfs mode=1777,exec /tmp
--net host
--hostname $(uname -n)
--chdir /
-- true" -C / run --dry-run true
	assert_output "--rootfs /none
--proc host
--tmpfs mode=1777,exec /tmp
--map 'a b' /c
--env X 'it'\\''s'
--vol '\$x' /d
--mask /e
--tmpfs size=1M /f
--workdir-writable
--net none
--hostname h
--name n
--chdir .
--abstract-sockets
--no-userns
--init
--detach
-- sh -c 'exit 1' ''" run -r /x -m 'a b' /c -e X "it's" --proc=new --vol \$x /d --mask /e \
		-dt size=1M /f --net none --hostname h -n n --rootfs /none -w --init --no-userns \
		--abstract-sockets --proc host --dry-run \
		sh -c 'exit 1' ''
	assertContains \
		"$(sd run --dry-run -C "$(printf '/\033[2J\n')" true "$(printf '\233')")" \
		"--chdir '/?[2J'
-- true '?'"
}

testDryRunStartsNothing() {
	try --dry-run build -v "$WORK" /w touch "$WORK/made"
	assertEquals "$output" 0 "$status"
	assertFalse "[ -e $WORK/made ]"
	assert_fails 125 "begin with '/'" run --dry-run -m /etc relative true
}

. shunit2
