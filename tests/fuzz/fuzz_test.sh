#!/bin/sh
# SPDX-License-Identifier: ISC
# What reads text that others write: each harness in tests/fuzz says at its head what has to hold
# for every text. "make check" gives it its corpus. "make proof" has libFuzzer look for a text for
# which it does not hold, for 60 seconds, or FUZZ of them. Such a text belongs into the corpus.
# modes: plain
# without instances
. tests/common.sh
. tests/modules.sh

HARNESSES='archive arguments document environment escape mountinfo names options path plan procfs
	record text tmpfs words'
BUILT=$SCRATCH/built
CORPUS=$PWD/tests/fuzz/corpus
SANITIZE=address,undefined
# What a process that ends has in use is no leak.
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1

# Of core/instance/join.c only a part is linked: what the rest calls is not there.
compile() {
	$COMPILER -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -fno-sanitize-recover=undefined \
		-ffunction-sections -Wl,--wrap=read,--gc-sections,-z,start-stop-gc "$@"
}

# replay NAME: gives the harness its corpus. It runs in a directory of its own.
replay() {
	COMPILER="gcc -O0 -fsanitize=$SANITIZE"
	mkdir -p "$BUILT/$1.work"
	link_program "$BUILT" "tests/fuzz/$1.c" tests/fuzz/fuzz.c tests/fuzz/replay.c &&
		(cd "$BUILT/$1.work" && "$BUILT/$1" "$CORPUS/$1"/*)
}

# build_search NAME: links the harness with libFuzzer. The dictionary has the strings in the source
# of its modules.
build_search() {
	COMPILER="clang -Qunused-arguments -O1 -g1 -fsanitize=$SANITIZE,fuzzer"
	mkdir -p "$BUILT/$1.work" "$BUILT/$1.found"
	# shellcheck disable=SC2046 # words
	grep -oh '"[^"\\]\{1,32\}"' $(modules_of "tests/fuzz/$1.c") | sort -u >"$BUILT/$1.words"
	link_program "$BUILT" "tests/fuzz/$1.c" tests/fuzz/fuzz.c
}

# search_all: all of them, two at a time, each with a log, NAME.done if it found nothing. Only the
# first test has to.
search_all() {
	[ ! -e "$BUILT" ] || return 0
	for name in $HARNESSES; do
		build_search "$name" || return
	done
	# shellcheck disable=SC2086,SC2016 # words; for the shell inside
	printf '%s\n' $HARNESSES | xargs -n 1 -P 2 sh -c 'cd "$0/$3.work" || exit
		if "$0/$3" -timeout=20 -max_total_time="$2" -print_final_stats=1 \
			-dict="$0/$3.words" "$0/$3.found" "$1/$3" >"$0/$3.log" 2>&1; then
			mv "$0/$3.log" "$0/$3.done"
		fi' \
		"$BUILT" "$CORPUS" "${FUZZ:-60}"
}

# search NAME: what libFuzzer found; its log if it is more than nothing.
search() {
	search_all || return
	[ -e "$BUILT/$1.done" ] || { cat "$BUILT/$1.log" && return 1; }
	figure "$(sed -n 's/^stat::number_of_executed_units: *//p' "$BUILT/$1.done") executions of\
 $1, 0 crashes"
}

# holds_for NAME: the property of that harness.
holds_for() {
	if [ "${PROOF-}" ]; then
		search "$1" >"$SCRATCH/output" 2>&1
	else
		replay "$1" >"$SCRATCH/output" 2>&1
	fi
	status=$?
	grep '^FIGURE: ' "$SCRATCH/output"
	assertEquals "$(tail -n 40 "$SCRATCH/output")" 0 "$status"
}

testArchivesAreRefusedOrHaveSoundEntries() {
	holds_for archive
}

testLinesOfAFileOfArgumentsBecomeItsWords() {
	holds_for arguments
}

testDocumentsAreAcceptedAndWalkedAsAnotherReaderDoesIt() {
	holds_for document
}

testEnvironmentBecomesWhatAListBecomes() {
	holds_for environment
}

testTextOfAnyOriginIsHarmlessForATerminal() {
	holds_for escape
}

testListOfMountsIsWhatAnotherReaderFinds() {
	holds_for mountinfo
}

testNamesAndDestinationsAreRefusedByTheirGrammar() {
	holds_for names
}

testOptionsAreWhatAnotherReaderFinds() {
	holds_for options
}

testWalksEndWhereTheKernelsEndAndCrossNoPlantedLink() {
	holds_for path
}

testPlanPrintedAndReadAgainIsTheSame() {
	holds_for plan
}

testProcessesComeOutAsTheyWereDescribed() {
	holds_for procfs
}

testRecordOfAnInstanceIsWhatItsStartRead() {
	holds_for record
}

testTextIsFormattedAsTheCLibraryDoesIt() {
	holds_for text
}

testOptionsOfATmpfsMeanWhatAnotherReaderFinds() {
	holds_for tmpfs
}

testWordsThatAreNotUnderstoodAreAnsweredInALine() {
	holds_for words
}

. shunit2
