#!/bin/sh
# SPDX-License-Identifier: ISC
# Stop and mutate: a start is stopped at each of its system calls, and another process of the same
# user does there what it can. As root starts instances, another user does it.
# early: it takes long
# shellcheck disable=SC2086 # words
. tests/common.sh

DIRECTORY=$WORK/planted

# mutate WHAT FROM STEP: tests/attack/mutate.c, with what it prints in $output.
mutate() {
	starter=
	[ "$MODE" != root ] || starter=0
	run_as=
	[ "$MODE" != nested ] || run_as="$AS $OUTER"
	rm -rf "$DIRECTORY"
	mkdir "$DIRECTORY"
	capture unshare -m -i --propagation private "$HELPERS/oracle_plant" "$DIRECTORY" \
		"$TESTER" "$TESTER_GROUPS" "$OTHER" $run_as "$HELPERS/mutate" "$1" "$2" "$3" \
		"${starter:-$TESTER}" "$TESTER" "$TESTER_GROUPS" "$DIRECTORY" "$SELFDOCK"
	rm -rf "$DIRECTORY"
}

# Modes that are like another one have a share of the calls, but for PROOF=full; of the calls by all
# mutators, which an hour has no time for, a smaller one.
testNothingIsGainedByChangingWhatAStoppedStartUses() {
	lacks_root && return
	is_sanitized && return
	scenario T-107 'to change something at each system call of a start' 'more than without it'
	rounds one quick all
	case $MODE.$rounds in
	*.all | setuid.*) from=0 step=1 ;;
	plain.quick) from=0 step=4 ;;
	nested.quick) from=1 step=4 ;;
	root.quick) from=2 step=4 ;;
	plain.*) from=0 step=2 ;;
	nested.*) from=1 step=2 ;;
	*) from=0 step=3 ;;
	esac
	mutate "$rounds" "$from" "$step"
	assertEquals "$output" 0 "$status"
	assertContains "$output" ' mutators, 0 gains'
	figure "${output##*
}"
}

testNobodyCanInterfereWithAStart() {
	[ "$MODE" = setuid ] ||
		{ skip 'a caller may do with a plain start as they like' && return; }
	scenario T-101 'to trace it, to write to its memory, to take its descriptors' 'to be root'
	output=$("$HELPERS/privilege_stops" "$TESTER" "$TESTER" "$HELPERS/privilege_attack" \
		"$SELFDOCK" run true 2>&1)
	assertEquals "$output" 1 "$(echo "$output" | wc -l)"
	assertTrue "$output" "[ '${output% stops}' -ge 100 ]"
}

. shunit2
