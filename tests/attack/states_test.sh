#!/bin/sh
# SPDX-License-Identifier: ISC
# Every state that a caller can be in, by tests/helpers/states_matrix.c and by setpriv(1): a start
# works or is refused in words, and never by half.
# early: many starts
# modes: plain setuid root
. tests/common.sh

testMatrixSeesWhatIsWrong() {
	[ "$MODE" = plain ] || { skip 'once' && return; }
	while read -r script; do
		echo "$script" >"$SCRATCH/home/script"
		output=$("$HELPERS/states_matrix" one /bin/sh "$SCRATCH/home/script")
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
	lacks_userns && return
	scenario T-1207 'every state of a caller, by 264 starts' 'a start by half'
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
	lacks_userns && return
	lacks_root && return
	scenario T-1207 'every set of capabilities, securebits and ids' \
		'a start with privilege, or by half'
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
