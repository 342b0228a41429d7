#!/bin/sh
# SPDX-License-Identifier: ISC
# In what state the caller is: what could be of use against a privileged start, and what a
# start may not depend on.
# modes: plain setuid root
# alone: fs.suid_dumpable is the machine's
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

# The tester, with words of setpriv's before.
tester_with() {
	setpriv --reuid "$TESTER" --regid "$TESTER" --clear-groups "$@"
}

testTraceableSetuidProgramRefusesToRun() {
	[ "$MODE" = setuid ] || { skip 'for the setuid bit' && return; }
	for value in 0 2; do
		echo $value >/proc/sys/fs/suid_dumpable
		assert_output works run echo works
	done
	echo 1 >/proc/sys/fs/suid_dumpable
	for words in 'run echo works' 'ls' --help; do
		# shellcheck disable=SC2086 # words
		assert_fails 125 'fs.suid_dumpable is 1' $words
	done
	echo "$dumpable" >/proc/sys/fs/suid_dumpable
}

testSecurebitsAreRefusedWhereThereArePrivileges() {
	[ "$MODE" != plain ] || { skip 'nothing is privileged but setuid and root' && return; }
	with=
	[ "$MODE" = root ] || with="--reuid $TESTER --regid $TESTER --clear-groups"
	for bits in +no_setuid_fixup +no_setuid_fixup,+no_setuid_fixup_locked +no_setuid_fixup,+noroot; do
		# shellcheck disable=SC2086 # words
		output=$(setpriv $with --securebits="$bits" "$SELFDOCK" -f "$SECRET" run 2>&1)
		assertEquals "$bits" 125 $?
		case $MODE$bits$output in
		*noroot*'Permission denied') ;; # with that the setuid bit gives no capability
		root*noroot*) ;;		# nor has root any, but the file is root's
		*)
			assertContains "$bits" "$output" 'securebits are set'
			assertNotContains "$bits" "$output" the-secret
			;;
		esac
	done
}

testCapabilitiesOfTheBinaryAreNoAuthority() {
	{ [ "$MODE" = plain ] && am_root; } || { skip 'root gives a binary capabilities' && return; }
	install -m 755 "$SELFDOCK" "$SCRATCH/home/selfdock"
	setcap cap_dac_override,cap_sys_admin,cap_setuid+ep "$SCRATCH/home/selfdock"
	output=$(as_tester "$SCRATCH/home/selfdock" -f "$SECRET" run 2>&1)
	assertContains "$output" "Permission denied"
	assertNotContains "$output" the-secret
	assertEquals OK "$(as_tester "$SCRATCH/home/selfdock" run "$HELPERS/confine_self" \
		"$TESTER" "$(as_tester id -g)")"
}

testCapabilitiesOfTheCallerAreNoAuthority() {
	{ [ "$MODE" != root ] && am_root; } || { skip 'root makes such a caller' && return; }
	output=$(tester_with --inh-caps +dac_override --ambient-caps +dac_override \
		"$SELFDOCK" -f "$SECRET" run 2>&1)
	assertContains "$output" "Permission denied"
	assertNotContains "$output" the-secret
}

# Not compared with what root has, who owns the user namespace of a setuid start.
testLimitOnProcessesIsForEachInstance() {
	[ "$MODE" != root ] || { skip 'root has no such limit' && return; }
	{ am_root && [ "$(ps -o pid= -u root | wc -l)" -ge 20 ]; } ||
		{ skip 'needs root, with some processes' && return; }
	assertEquals works "$(tester_with prlimit --nproc=10 "$SELFDOCK" run sh -c 'sleep 0 & wait $! && echo works')"
	output=$(tester_with prlimit --nproc=10 "$SELFDOCK" run sh -c \
		'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done; echo all' 2>&1)
	assertNotContains 'the limit is in force' "$output" all
}

# assert_whole STATES "COMMAND OPTION..." STARTER...: none of the states makes it start by half.
assert_whole() {
	states=$1 command=$2
	shift 2
	# shellcheck disable=SC2086 # words
	output=$(cd / && "$@" "$HELPERS/caller_matrix" $states $command "$HELPERS/caller_matrix" started)
	assertEquals "$output; $command, by: $*" "0 wrong" "${output##*, }"
}

testMatrixSeesWhatIsWrong() {
	[ "$MODE" = plain ] || { skip 'once' && return; }
	while read -r script; do
		echo "$script" >"$SCRATCH/home/script"
		output=$("$HELPERS/caller_matrix" one /bin/sh "$SCRATCH/home/script")
		assertEquals "$script: $output" '1 wrong' "${output##*, }"
	done <<-'EOF_SCRIPTS'
		exit 125
		exit 7
		echo started; exit 125
		echo selfdock-run: message >&2; echo started; exit 7
		echo started; kill -SEGV $$
		echo started; sleep 4 >/dev/null 2>&1 & exit 7
	EOF_SCRIPTS
}

testEveryStateOfTheCallerStartsOrIsRefused() {
	for options in '' --init -d; do
		assert_whole all "$SELFDOCK run $options" as_tester
	done
}

# What words of setpriv's, after those for the ids, make of a caller; one a line.
credentials() {
	some=+sys_admin,+dac_override,+setuid,+setgid,+setfcap
	cat <<-STATES
		--no-new-privs
		--bounding-set -all
		--bounding-set -sys_admin
		--bounding-set -setpcap
		--bounding-set -setfcap,-setuid
		--inh-caps $some
		--inh-caps $some --ambient-caps $some
		--inh-caps $some --ambient-caps $some --no-new-privs
		--inh-caps -all --bounding-set -all --no-new-privs
		--securebits +noroot
		--securebits +noroot,+noroot_locked
		--securebits +no_setuid_fixup
		--securebits +keep_caps_locked
		--securebits +noroot,+no_setuid_fixup,+keep_caps_locked
		--securebits +noroot --inh-caps $some --ambient-caps $some
	STATES
	[ "$MODE" != root ] || printf '%s\n' '--ruid 1' '--euid 1' '--rgid 1 --clear-groups' \
		'--egid 1 --clear-groups' '--ruid 1 --rgid 1 --clear-groups'
}

testAnyCredentialsOfTheCallerStartOrAreRefused() {
	am_root || { skip 'root makes such callers' && return; }
	with=
	[ "$MODE" = root ] || with="--reuid $TESTER --regid $TESTER --clear-groups"
	install -m 755 "$SELFDOCK" "$SCRATCH/home/capable"
	# Not +e: with a capability that is in no bounding set the kernel would not execute it.
	setcap cap_sys_admin,cap_dac_override,cap_setuid+ip "$SCRATCH/home/capable"
	credentials >"$SCRATCH/home/credentials"
	for binary in "$SELFDOCK" "$SCRATCH/home/capable"; do
		while read -r state; do
			# shellcheck disable=SC2086 # words
			assert_whole one "$binary run" setpriv $with $state
		done <"$SCRATCH/home/credentials"
	done
}

. shunit2
