#!/bin/sh
# SPDX-License-Identifier: ISC
# In what state the caller is: what could be of use against a privileged start, and what a
# start may not depend on.
# modes: plain setuid root
# alone: setuid, since fs.suid_dumpable is the machine's
# shellcheck disable=SC2016 # programs for the shell inside
. tests/common.sh

SECRET=$SCRATCH/home/secret

oneTimeSetUp() {
	am_root || return 0
	dumpable=$(cat /proc/sys/fs/suid_dumpable)
	install -m 600 /dev/stdin "$SECRET" <<-'EOF_SECRET'
		--the-secret
	EOF_SECRET
}

oneTimeTearDown() {
	[ ! "${dumpable-}" ] || echo "$dumpable" >/proc/sys/fs/suid_dumpable
}

# tester_with WORD... COMMAND...: the command as the tester, started by setpriv with these words.
tester_with() {
	setpriv --reuid "$TESTER" --regid "$TESTER" --clear-groups "$@"
}

testTraceableSetuidProgramRefusesToRun() {
	[ "$MODE" = setuid ] || { skip 'for the setuid bit' && return; }
	for value in 0 2; do
		echo $value >/proc/sys/fs/suid_dumpable
		assert_output works run echo works
		for options in '' --init; do
			assert_whole all "$SELFDOCK run $options" as_tester
		done
	done
	echo 1 >/proc/sys/fs/suid_dumpable
	for words in 'run echo works' 'ls' --help; do
		# shellcheck disable=SC2086 # words
		assert_fails 125 'fs.suid_dumpable is 1' $words
	done
	assert_whole all "$SELFDOCK run" as_tester
	assertEquals \
		'all but 8 states with no-new-privs and 8 traced, where the setuid bit is void' \
		'16 started' "${output%%,*}"
	echo "$dumpable" >/proc/sys/fs/suid_dumpable
}

testSecurebitsAreRefusedWhereThereArePrivileges() {
	[ "$MODE" != plain ] || { skip 'nothing is privileged but setuid and root' && return; }
	with=
	[ "$MODE" = root ] || with="--reuid $TESTER --regid $TESTER --clear-groups"
	for bits in +no_setuid_fixup +no_setuid_fixup,+no_setuid_fixup_locked \
		+no_setuid_fixup,+noroot; do
		# shellcheck disable=SC2086 # words
		output=$(setpriv $with --securebits="$bits" "$SELFDOCK" -f "$SECRET" run 2>&1)
		assertEquals "$bits" 125 $?
		case $MODE$bits$output in
		*noroot*'Permission denied') ;; # with that the setuid bit gives no capability
		root*noroot*) ;;		# nor has root any, but the file is root's
		*)
			assertContains "$bits" "$output" 'securebits must be clear'
			assertNotContains "$bits" "$output" the-secret
			;;
		esac
	done
}

testCapabilitiesOfTheBinaryAreNoAuthority() {
	{ [ "$MODE" = plain ] && am_root; } ||
		{ skip 'root gives a binary capabilities' && return; }
	install -m 755 "$SELFDOCK" "$SCRATCH/home/selfdock"
	setcap cap_dac_override,cap_sys_admin,cap_setuid+ep "$SCRATCH/home/selfdock"
	output=$(as_tester "$SCRATCH/home/selfdock" -f "$SECRET" run 2>&1)
	assertContains "$output" "Permission denied"
	assertNotContains "$output" the-secret
	# The capabilities of a file make the process of a caller who has none undumpable, and no
	# instance starts then; setpriv has all of them until it executes this.
	assertEquals OK "$(tester_with "$SCRATCH/home/selfdock" run "$HELPERS/confine_self" \
		"$TESTER" "$TESTER")"
}

testCapabilitiesOfTheCallerAreNoAuthority() {
	{ [ "$MODE" != root ] && am_root; } || { skip 'root makes such a caller' && return; }
	output=$(tester_with --inh-caps +dac_override --ambient-caps +dac_override \
		"$SELFDOCK" -f "$SECRET" run 2>&1)
	assertContains "$output" "Permission denied"
	assertNotContains "$output" the-secret
}

# The limit is not compared with the processes of root, who owns the user namespace of a setuid
# start.
testLimitOnProcessesIsForEachInstance() {
	[ "$MODE" != root ] || { skip 'root has no such limit' && return; }
	{ am_root && [ "$(ps -o pid= -u root | wc -l)" -ge 20 ]; } ||
		{ skip 'needs root, with some processes' && return; }
	assertEquals works "$(tester_with prlimit --nproc=10 "$SELFDOCK" run \
		sh -c 'sleep 0 & wait $! && echo works')"
	output=$(tester_with prlimit --nproc=10 "$SELFDOCK" run sh -c \
		'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done; echo all' 2>&1)
	assertNotContains 'the limit is in force' "$output" all
}

. shunit2
