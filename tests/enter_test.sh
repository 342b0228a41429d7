#!/bin/sh
# SPDX-License-Identifier: ISC
# Entering: a program in a running instance, found by name or pid, no less
# confined than the instance's own.
# shellcheck disable=SC2016,SC2015 # most programs here are for the shell of a scene
. tests/common.sh

testStoryOfAServer() {
	scene 'cd "$WORK" && echo "it works" >page
		port=$((20000 + $$ % 10000))
		id=$($SD run -d -n web.$$ -v "$PWD" "$PWD" \
			busybox httpd -f -p 127.0.0.1:$port -h "$PWD") || exit
		$SD ls | sed 1d | tr -s " " |
			grep -q "^$id web[.]$$ .* run / .* busybox httpd -f" && echo listed
		until_true busybox wget -q -O - http://127.0.0.1:$port/page # it may not listen yet
		busybox wget -q -O - http://127.0.0.1:$port/page
		$SD enter web.$$ ps -e -o pid=,comm= | sed "s/^ *//; q"
		$SD enter web.$$ cat "$WORK/page"
		kill "$id"
		until_true eval "! $SD ls $id"
		$SD ls web.$$ 2>/dev/null'
	assertEquals 'listed
it works
1 busybox
it works' "$output"
}

testStatusAndDeathAreThePrograms() {
	scene 'id=$($SD run -d sleep 600)
		for code in 0 1 42 255; do $SD enter $id sh -c "exit $code"; echo $?; done
		{
			$SD enter $id "$HELPERS/die"; echo $?
			$SD enter $id no-such-program; echo $?
			$SD enter $id /etc/passwd; echo $?
		} 2>/dev/null
		kill $id'
	assert_words '0 1 42 255 139 127 126'
}

testStatusIsTheProgramsWhereATracerTakesItsTime() {
	scene 'id=$($SD run -d sleep 600)
		$SD enter $id "$HELPERS/enter_traced"; echo $?
		kill $id'
	assertEquals 7 "$(echo "$output" | grep -x '[0-9]*')"
}

testSignalsReachTheProgram() {
	scene 'id=$($SD run -d sleep 600)
		for inside in "trap \"exit 7\" TERM; touch /tmp/ready; sleep 600 & wait" \
			"touch /tmp/ready; exec sleep 61"; do
			$SD enter $id sh -c "$inside" &
			until_true $SD enter $id rm /tmp/ready
			kill $!; wait $!; echo $?
		done
		kill $id'
	assertEquals '7 143' "$(echo "$output" | grep -x '[0-9]*' | xargs)"
}

testInputAndOutputAreTheCallers() {
	scene 'id=$($SD run -d sleep 600)
		echo through | $SD enter $id cat
		$SD enter $id sh -c "echo error >&2" 2>&1 >/dev/null
		kill $id'
	assert_words 'through error'
}

testTerminalIsTheCallers() {
	[ "$MODE" != nested ] || { skip 'the terminal is of the outer level' && return; }
	id=$(sd run -d sleep 600)
	assertEquals '0 and written' "$(sd_on_terminal enter "$id" sh -c \
		'test -t 0; printf "$? and "; echo written >/dev/tty')"
	kill "$id"
}

testDirectoryIsWhereTheProgramStartedOrTheOneNamed() {
	scene 'id=$($SD run -d -C /usr sleep 600)
		$SD enter $id pwd
		$SD enter --fresh $id pwd
		$SD enter -C /usr/bin $id pwd
		$SD enter --chdir=etc $id pwd
		$SD enter -C /nowhere $id pwd
		kill $id'
	error="cannot change to directory '/nowhere' in the instance: No such file or directory"
	assert_words "/usr / /usr/bin /etc selfdock-enter: $error"
}

# As the start resolved it: from the directory of who started it, not of who enters.
testDirectoryIsThatOfTheStart() {
	new_work 'mkdir -p here/sub other; ln -s here link'
	scene 'at() {
			directory=$1; shift
			id=$(cd "$WORK/$directory" && $SD "$@" -d sleep 600)
			(cd "$WORK/other" && $SD enter $id pwd)
			kill $id
		}
		at here run; at here run -w; at link run -C sub; at here run -w -C /usr
		at here run -C /usr -w; at here/sub run -C ..; at here -r // run
		at here build -C . -m /usr "$WORK/other"'
	assertEquals "here here here/sub /usr here here here here" \
		"$(echo "$output" | sed "s,^$WORK/,," | xargs)"
	make_rootfs "$WORK/root"
	scene 'id=$(cd "$WORK/here" && $SD -r ../root -m /usr /usr run -d sleep 600)
		$SD enter $id pwd; kill $id'
	assertEquals / "$output"
}

testDirectoryThatIsGoneIsNamed() {
	new_work 'mkdir gone'
	scene 'cd "$WORK/gone"; id=$($SD -w run -d sleep 600); cd ..; rmdir gone
		$SD enter $id pwd; $SD enter -C / $id pwd; $SD enter --fresh $id pwd; kill $id'
	assertContains "$output" "cannot change to directory '$WORK/gone"
	assertContains "$output" "No such file or directory; -C / starts in '/'"
	assertEquals '/ /' "$(echo "$output" | sed 1d | xargs)"
}

# Cut short, it would lead elsewhere. Only who starts there needs to know where the start was.
testPathThatIsTooLong() {
	new_work ''
	scene 'cd "$WORK"; part=$(printf %0240d 0); way=/usr
		for each in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do
			mkdir $part && cd -P $part || exit
		done
		id=$($SD run -d -C / sleep 600); cd /
		until [ ${#way} -gt 4096 ]; do way=$way/../usr; done
		$SD enter $id pwd; $SD enter -C /usr $id pwd; $SD enter --fresh $id pwd
		$SD enter -C $way/bin $id pwd 2>&1 | grep -o "[^:]*$"; kill $id'
	assertEquals '/ /usr / Filename too long' "$(echo "$output" | xargs)"
}

# What the instance's command line changed is changed first.
testEnvironmentIsTheCallersAsTheInstancesChanged() {
	scene 'show="echo \$A \${B-unset} \$C"
		id=$($SD run -e A program -d -E B -e C "of it" sleep 600)
		A=caller B=b C=c $SD enter $id sh -c "$show"
		A=caller B=b C=c $SD enter --fresh $id sh -c "$show"
		B=b $SD enter -e C own -e B own $id sh -c "$show"
		$SD enter --clearenv -e B alone $id sh -c "$show"
		kill $id
		id=$($SD run --keep-env B --clearenv -e D d -d sleep 600)
		A=caller B=b $SD enter $id /usr/bin/env
		kill $id'
	assert_words 'program unset of it caller b c program own own alone B=b D=d'
}

testEnvironmentIsTheCallersAsChanged() {
	scene 'id=$($SD run -d sleep 600)
		A=caller B=b $SD enter -E B -e C c $id sh -c "echo \$A \${B-unset} \$C"
		$SD enter --clearenv -e ONLY this $id /usr/bin/env
		KEPT=1 $SD enter --clearenv --keep-env KEPT $id /usr/bin/env
		SHELL=/bin/echo $SD enter $id | wc -c
		kill $id'
	assert_words 'caller unset c ONLY=this KEPT=1 1'
}

# The entering process keeps its command line until it executes the program, and all in the
# instance can read it.
testValuesAreNotInTheCommandLine() {
	scene 'id=$($SD run -d sleep 600)
		$SD -e ONE "my secret" enter -e TWO secret --env EMPTY "" $id \
			sh -c "echo \$ONE \$TWO; sleep 600; :" >$WORK/entered &
		until_true test -s $WORK/entered
		cat $WORK/entered; rm $WORK/entered
		tr "\0" "|" </proc/$!/cmdline | sed "s/.*selfdock|//; s/|$id|.*/|/"; echo
		$SD ls --json $id | jq ".[0].processes"
		kill $id'
	assertEquals 'my secret secret
-e|ONE|*********|enter|-e|TWO|******|--env|EMPTY||
3' "$output"
}

testDashesEndTheOptions() {
	scene 'id=$($SD run -d sleep 600)
		$SD enter -- $id printf "%s\n" -e
		$SD enter $id -- printf "%s\n" -e
		$SD -C /usr enter -C /etc $id pwd
		kill $id'
	assert_words '-e -e /etc'
}

testNamedByNameMonitorOrAnyPidInside() {
	scene 'id=$($SD run -d -n here --hostname target sleep 62.$$)
		$SD enter here hostname
		$SD enter $id hostname
		$SD enter $(pgrep -f "^sleep 62.$$") hostname
		$SD enter here sleep 63.$$ &
		until_true eval "entered=\$(pgrep -f \"^sleep 63.$$\")"
		$SD enter $entered hostname
		$SD enter here sh -c "sleep 64.$$; :" &
		until_true eval "child=\$(pgrep -f \"^sleep 64.$$\")"
		$SD enter $child hostname
		kill $id'
	assert_words 'target target target target target'
}

testSeveralAtOnce() {
	scene 'id=$($SD run -d sleep 600)
		$SD enter $id mkfifo /dev/shm/go
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			$SD enter $id sh -c "exec 9<>/dev/shm/go
				: >/tmp/$i; read x <&9; echo $i" &
		done
		until_true $SD enter $id sh -c "[ \$(ls /tmp | wc -l) = 20 ]"
		$SD enter $id sh -c "exec 9<>/dev/shm/go; seq 20 | tr -d 0-9 >&9"
		wait
		kill $id'
	assertEquals 20 "$(echo "$output" | sort -u | wc -l)"
}

testInnerInstancesFromOutsideAndFromTheLevelAbove() {
	lacks_levels && return
	scene 'id=$($SD run -d -n outer --hostname one sleep 600)
		$SD enter outer $SD run -d -n inner.$$ --hostname two sleep 65 >/dev/null
		$SD enter --trace outer $SD enter inner.$$ \
			$SD run -d -n inmost.$$ --hostname three sleep 66.$$ >/dev/null
		inner=$($SD ls -q inner.$$) inmost=$($SD ls -q inmost.$$)
		$SD enter $inner hostname
		$SD enter $inmost hostname
		$SD enter $(pgrep -f "^sleep 66.$$") hostname
		$SD enter --trace outer $SD enter inner.$$ hostname
		$SD enter outer hostname
		for name in outer $inner $inmost; do
			$SD enter $name sed -n "s/^Seccomp_filters:.//p" /proc/self/status
			$SD enter $name sed -n "s/^Seccomp_filters:.//p" /proc/1/status
		done
		kill $id'
	assertEquals 'two three three two one' "$(echo "$output" | sed 5q | xargs)"
	# A program that entered with --trace has a filter instead of a scope, and so has all
	# that it starts.
	"$HELPERS/confine_abstract" scopes x && more=1 || more=0
	assertEquals 'filters' "0 0 $more" \
		"$(echo "$output" | sed 1,5d | paste -d= - - | awk -F= '{ print $2 - $1 }' | xargs)"
}

testProgramEntersWhatItStarted() {
	lacks_levels && return
	scene '$SD run sh -c "
		id=\$($SD run -d -n inner --hostname two sleep 600)
		$SD enter inner hostname
		$SD enter \$id $SD run --hostname three hostname"'
	assert_words 'two three'
}

# Landlock parts those who entered from each other, and the kernel would refuse.
testEnteredProgramDoesNotEnterWhatAnotherStarted() {
	lacks_levels && return
	lacks_scopes && return
	scene 'id=$($SD run -d -n outer sleep 600)
		$SD enter outer $SD run -d -n inner sleep 600 >/dev/null
		$SD enter outer $SD enter inner echo landed
		kill $id'
	assertContains "$output" "cannot enter 'inner': Permission denied; "
	assertNotContains "$output" landed
}

# A program could give an instance inside its own any name.
testNameOfAnInnerInstanceIsNoneOutside() {
	lacks_levels && return
	scene 'id=$($SD run -d -n same --hostname outside sleep 600)
		$SD enter same $SD run -d -n same --hostname inside sleep 600 >/dev/null
		$SD enter same $SD run -d -n other --hostname inside sleep 600 >/dev/null
		$SD enter same hostname
		$SD enter other hostname
		kill $id'
	assertEquals "outside
selfdock-enter: no instance of yours is 'other'; see selfdock-ls" "$output"
}

testTracerAttachesInside() {
	scene 'id=$($SD run -d sleep 600)
		$SD enter $id strace -e trace=exit_group true 2>&1 | sed 1q
		$SD enter $id sh -c "sleep 1 & strace -p \$! 2>&1 | sed 1q"
		kill $id'
	assertContains "$output" 'exit_group(0)'
	assertContains "$output" 'attached'
}

testTraceReachesTheProgramItself() {
	scene 'id=$($SD run -d sh -c "while :; do sleep 0.1; done")
		$SD enter --trace $id timeout 1 strace -p 1 2>&1 | sed 1q
		$SD enter --trace $id gdb -q -batch -ex "info proc" -p 1 2>/dev/null |
			grep "^process"
		kill $id'
	assertContains "$output" 'Process 1 attached'
	assertContains "$output" 'process 1'
}

testAtMostTwentyFourCallsArePrivileged() {
	[ "$MODE" = setuid ] || { skip 'nothing is privileged but setuid' && return; }
	id=$(sd run -d sleep 600)
	# shellcheck disable=SC2086 # words
	strace -f -o "$SCRATCH/home/trace" $AS "$SELFDOCK" enter "$id" true
	kill "$id"
	privileged=$(sed -n '/setresuid([0-9]*, 0, 0/,/setns(/p' "$SCRATCH/home/trace")
	count=$(printf '%s\n' "$privileged" | wc -l)
	assertTrue "$count calls: $privileged" "[ $count -le 24 ] && [ $count -ge 10 ]"
	assertEquals 'paths' 'cwd exe ns/cgroup ns/net ns/user' "$(printf '%s\n' "$privileged" |
		sed 's/\(readlinkat([^"]*"[^"]*"\).*/\1/' | # without what it found
		grep -o '"[0-9]*/[^"]*"' | tr -d '"' | sed 's/^[0-9]*.//' | sort -u | xargs)"
	assertContains 'the last one' "$privileged" 'setns('
}

testKilledMonitorTakesItsProgramWithIt() {
	scene 'id=$($SD run -d sleep 600)
		$SD enter $id sleep 602 & until_true pgrep -f "^sleep 602" >/dev/null
		kill -KILL $!
		is_gone() { ! pgrep -f "^sleep 602"; }
		until_true is_gone && $SD ls -q $id | sed "s/$id/instance/"
		kill $id'
	assert_words instance
}

testMonitorHasNoPrivilege() {
	lacks_root && return
	[ "$MODE" != nested ] || { skip 'it is inside there' && return; }
	id=$(sd build -d sleep 600)
	sd enter "$id" sleep 601 &
	until_true pgrep -f '^sleep 601'
	read_all "/proc/$(pgrep -f "enter $id sleep")/status"
	kill "$id"
	wait
	for field in "Uid:	$SD_UID	$SD_UID	$SD_UID	$SD_UID" 'NoNewPrivs:	1' \
		'CapInh:	0000000000000000' 'CapPrm:	0000000000000000' \
		'CapEff:	0000000000000000' 'CapAmb:	0000000000000000'; do
		assertContains "$output" "$field"
	done
}

testNobodyCanInterfere() {
	[ "$MODE" = setuid ] ||
		{ skip 'a caller may do with a plain process as they like' && return; }
	id=$(sd run -d sleep 600)
	output=$("$HELPERS/privilege_stops" "$TESTER" "$TESTER" "$HELPERS/privilege_attack" \
		"$SELFDOCK" enter "$id" true 2>&1)
	kill "$id"
	assertEquals "$output" 1 "$(echo "$output" | wc -l)"
	assertTrue "$output" "[ '${output% stops}' -ge 100 ]"
}

. shunit2
