#!/bin/sh
# SPDX-License-Identifier: ISC
# No gain: what an instance with random options can reach is compared with what its caller can
# reach: oracle.c. ORACLE_SEED=N repeats a run.
# shellcheck disable=SC2086 # words
. tests/common.sh

DIRECTORY=$WORK/planted

# drive FIRST COUNT: so many starts, with what they reached in $output.
drive() {
	seed=${ORACLE_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
	refuse=
	[ "$MODE" != root ] || refuse="-u $HELPERS/refuse"
	rm -rf "$DIRECTORY"
	mkdir "$DIRECTORY"
	capture unshare -m -i --propagation private "$HELPERS/oracle_plant" "$DIRECTORY" \
		"$SD_UID" "$TESTER_GROUPS" "$OTHER" \
		$AS $OUTER "$HELPERS/oracle" drive "$seed" "$1" "$2" $refuse "$SELFDOCK"
	rm -rf "$DIRECTORY"
}

testNoInstanceReachesMoreThanItsCallerAndItsOptionsGive() {
	lacks_root && return
	is_sanitized && return
	scenario T-609 'to reach more by any options' 'what others own, or what is covered'
	rounds 100 2500 2500
	drive 0 "$rounds"
	assertEquals "$output" 0 "$status"
	assertContains "$output" ', 0 gains'
	figure "${output##*
}"
}

. shunit2
