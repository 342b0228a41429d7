#!/bin/sh
# SPDX-License-Identifier: ISC
# Listing: what is shown of which instance, to whom, in which form.
# shellcheck disable=SC2016,SC2015 # most programs here are for the shell of a scene
. tests/common.sh

# There are other instances, also of the same user: each test names its own, with the
# pid of its shell in names that it looks for.

testTableHasARowForEachInstance() {
	scene 'one=$($SD run -d -n named sleep 600); two=$($SD build -d -r / sh -c "sleep 600; :")
		pid=$(pgrep -P $one)
		$SD ls $one $two | tr -s " " |
			sed "s/^$one /ID /; s/^$two /ID /; s/ $pid / PID /; s/ [0-9]*s / AGE /"
		kill $one $two
		exec 2>/dev/null
		until_true eval "! $SD ls $one && ! $SD ls $two"
		$SD ls $one $two'
	user='' number=''
	[ "$MODE" != root ] || user='USER ' number='0 '
	assertEquals "ID NAME PID ${user}MODE ROOTFS STARTED COMMAND
ID named PID ${number}run / AGE sleep 600" "$(echo "$output" | sed 2q)"
	assertContains "$output" " ${number}build / AGE sh -c sleep 600; :"
	assertEquals 3 "$(echo "$output" | wc -l)"
}

testNothingIsPrintedWhereThereIsNone() {
	scene 'exec 2>/dev/null; echo "[$($SD ls nosuch)]"; $SD ls nosuch; echo $?
		$SD ls --json nosuch | jq -c .; $SD ls -q nosuch | wc -l
		$SD ls >/dev/null; echo $?'
	assertEquals '[] 1 [] 0 0' "$(echo "$output" | xargs)"
}

testEachWordThatNamesNoInstanceIsNamed() {
	scene 'id=$($SD run -d -n there.$$ sleep 600)
		$SD ls -q nosuch there.$$ 999999999999 | sed "s/$id/ID/"
		kill $id'
	assertEquals "selfdock-ls: no instance is 'nosuch'
selfdock-ls: no instance is '999999999999'
ID" "$output"
}

# A terminal of 70 columns, one that is too narrow, one that has no width, and a pipe.
testCommandIsCutAtTheWidthOfATerminal() {
	scene 'id=$($SD run -d sh -c "sleep 600; :" "$(printf %0200d 0 | tr 0 x)")
		for command in "stty cols 70; $SD ls $id" "stty cols 70; $SD ls --wide $id" \
			"stty cols 20; $SD ls $id" \
			"stty cols 0; $SD ls $id" "stty cols 70; $SD ls $id | cat"; do
			script -qec "$command" /dev/null | tr -d "\r" | awk "NR == 2 {
				print (length() > 200 ? \"whole\" : length()), /sh -c s/ }"
		done
		kill $id'
	assertEquals '70 1 whole 1 N 1 whole 1 whole 1' \
		"$(echo "$output" | xargs | sed 's/ [0-9][0-9] 1/ N 1/')"
}

testOptionsAfterAnInstanceAreRefused() {
	assert_fails 125 "'-l' comes after 'x': options come first" ls x -l
	assert_fails 125 "'--json' comes after 'y': options come first" ls x y --json
	assert_fails 125 "'-C' comes after 'x': options come first" enter x -C / true
	assert_fails 125 "no instance of yours is 'x'" enter x -- -C
}

testQuietPrintsIds() {
	scene 'one=$($SD run -d sleep 600); two=$($SD run -d sleep 600)
		test "$($SD ls -q $two $one | sort)" = "$(printf "%s\n" $one $two | sort)" &&
			echo both
		kill $($SD ls -q $one $two)'
	assertEquals both "$output"
}

testLongAddsWhatTheInstanceUses() {
	scene 'id=$($SD run -d sh -c \
			"i=0; while [ \$i -lt 200000 ]; do i=\$((i + 1)); done; sleep 600 & wait")
		$SD enter $id sleep 600 &
		until_true eval "$SD ls -l $id | grep \"  3  *sh -c\""
		$SD ls -l $id | sed 1q | tr -s " "
		$SD ls --json -l $id | jq -c ".[0] | [.processes, .cpu_ms > 0, .memory > 1000000]"
		kill $id'
	assertContains "$output" 'STARTED CPU MEMORY PROCESSES COMMAND'
	assertContains "$output" '[3,true,true]'
}

testJsonHasEverything() {
	scene 'id=$($SD run -d -n named -r / sleep 600)
		json=$($SD ls --json $id)
		echo "$json" | jq -c "length, (.[0] | keys)"
		echo "$json" | jq -r ".[0] | .id == $id, .name, .pid == $(pgrep -P $id),
			.uid == $(id -u), .mode, .rootfs, .outer, .command[]"
		echo "$json" |
			jq ".[0].started >= $(date +%s) - 60 and .[0].started <= $(date +%s) + 1"
		kill $id'
	assertEquals '1
["command","cpu_ms","id","memory","mode","name","outer","pid","processes","rootfs","started","uid"]
true named true true run / null sleep 600 true' "$(echo "$output" | sed 2q
	echo "$output" | sed 1,2d | xargs)"
}

testInstanceNarrowsTheList() {
	scene 'one=$($SD run -d -n one$$ sleep 600); two=$($SD run -d -n two$$ sleep 600)
		for word in one$$ $one two$$ $two $(pgrep -P $two) nosuch 999999999999 \
			$((one + 4294967296)) 1x "one$$ two$$"; do
			$SD ls $word | sed 1d | tr -s " " | cut -d " " -f 2 | sed "s/$$\$//"
			$SD ls $word >/dev/null; echo $?
		done 2>/dev/null
		$SD ls -q one$$ nosuch two$$ 2>/dev/null | wc -l
		kill $one $two'
	assertEquals 'one 0 one 0 two 0 two 0 two 0 1 1 1 1 one two 0 2' "$(echo "$output" | xargs)"
}

testNestedInstancesAreATree() {
	lacks_levels && return
	scene 'id=$($SD run -d -n outer.$$ sleep 600)
		$SD enter outer.$$ $SD run -d -n entered.$$ sleep 600 >/dev/null
		other=$($SD run -d -n beside.$$ \
			sh -c "$SD run -n child.$$ $SD run -n grandchild.$$ sleep 600; :")
		until_true $SD ls grandchild.$$
		$SD ls | sed "s/[0-9]\{1,\}/ID/" | tr -s " " "_" | cut -d _ -f 1-3 | sed 1d
		$SD ls | sed -n "s/^\( *\)[0-9]* *\([a-z]*\)[.]$$ .*/\2\1./p"
		$SD ls --json | jq -c "map({(.id|tostring): .name}) | add as \$n | \$n" >/dev/null
		$SD ls --json | jq -r ". as \$all | .[] | .outer as \$o | .name + \"<\" +
			([\$all[] | select(.id == \$o) | .name] | join(\"\"))" |
			sed -n "/[.]$$</s/[.]$$//gp"
		$SD enter beside.$$ $SD ls | sed 1d | tr -s " " | cut -d " " -f 2,3
		kill $id $other'
	assertContains "$output" 'outer.
entered  .
beside.
child  .
grandchild    .'
	assertContains "$output" 'outer<
entered<outer
beside<
child<beside
grandchild<child'
}

# They look like monitors but are none: no child of theirs is pid 1 of an instance.
testLookalikesAreNotListed() {
	scene '"$HELPERS/exec_as" /bin/sleep selfdock-run 60 & one=$!
		"$HELPERS/exec_as" "$SD" x run sleep 600 & two=$!
		until_true $SD ls -q $two
		test "$($SD ls -q $one $two)" = $two && echo "only the real one"
		kill $one $two'
	assertContains "$output" 'only the real one'
}

testInstancesThatVanishAreNoError() {
	scene 'lists=$(mktemp)
		(while :; do $SD run busybox true; done) & starter=$!
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			$SD ls -l >/dev/null || echo failed
			$SD ls --json >>"$lists" || echo failed
		done
		kill $starter
		jq type "$lists" | uniq -c
		rm "$lists"'
	assertEquals '20 array' "$(echo "$output" | grep -v Terminated | xargs)"
}

# Of a process that is no monitor, ls looks at the owner and the command line only. In an instance
# of its own ls has no instance to list, whose processes it would count.
testOtherProcessesCostFiveCallsEach() {
	[ "$MODE" = plain ] || { skip 'counted once' && return; }
	sd run sh -c '"$1" 200 >/tmp/sleepers &
		until grep -q ready /tmp/sleepers; do sleep 0.1; done
		strace -f -o /tmp/trace "$2" ls >/dev/null
		cat /tmp/sleepers /tmp/trace' sh "$HELPERS/ls_many" "$SELFDOCK" \
		>"$SCRATCH/home/trace"
	# Counts the calls from one that names a sleeper until one that names another process.
	calls=$(awk '/^[0-9]+$/ { ours[$1]; next }
		match($0, /"[0-9]+[\/"]/) { named = substr($0, RSTART + 1, RLENGTH - 2) }
		named in ours { count++ }
		END { print count }' "$SCRATCH/home/trace")
	rm "$SCRATCH/home/trace"
	assertTrue "$calls" "[ $calls -ge 200 ] && [ $calls -le $((200 * 5 + 60)) ]"
}

# ls remembers what it learned of a parent, for all processes below it.
testDepthOfProcessTreesCostsNothing() {
	[ "$MODE" = plain ] || { skip 'counted once' && return; }
	id=$(sd run -d sh -c 'deeper() { [ $1 = 0 ] || { (deeper $(($1 - 1))); :; }; sleep 600; }
		deeper 100')
	until_true sh -c "'$SELFDOCK' ls -l $id | grep ' 102  *sh -c'"
	for form in -l --json; do
		as_tester strace -o "$SCRATCH/home/trace" "$SELFDOCK" ls $form "$id" >/dev/null
		assertEquals "$form" 102 "$(sd ls --json "$id" | jq '.[0].processes')"
		# To list instances it opens files of each process, for its own sake and for its
		# child's.
		opens=$(grep -c openat2 "$SCRATCH/home/trace") processes=$(pgrep -c .)
		assertTrue "$form: $opens for $processes" \
			"[ $opens -ge 102 ] && [ $opens -le $((processes * 5 + 100)) ]"
	done
	kill "$id"
}

testBadOptions() {
	assert_fails 125 "unknown option '--all'" ls --all
	[ "$MODE" = nested ] || assertEquals "the disk is full" 125 "$(id=$(sd run -d sleep 600)
		sd ls -q >/dev/full 2>/dev/null
		echo $?
		kill "$id")"
}

. shunit2
