#!/bin/sh
# SPDX-License-Identifier: ISC
# What selfdock tells: nothing about files and instances that the caller cannot see, and nothing
# that a terminal would obey.
# shellcheck disable=SC2016,SC2015,SC2086 # programs for the shell of a scene; skips; words
. tests/common.sh
export LC_ALL=C

# refuses PATTERN OPTION...: a start with these options, by one line.
refuses() {
	pattern=$1
	shift
	assert_fails 125 "$pattern" run "$@" echo started
}

testUsersSeeTheirOwnAndRootSeesAll() {
	lacks_userns && return
	[ "$MODE" != nested ] && am_root || { skip 'for two users' && return; }
	scenario T-302 'to list another users instance by its name and id' 'its command line'
	mine=$(sd run -d -n mine sleep 600)
	theirs=$(as_other "$SELFDOCK" run -d -n theirs sleep 600)
	assertEquals 'root' "$(printf '%s\n' "$mine" "$theirs" | sort)" \
		"$("$SELFDOCK" ls -q "$mine" "$theirs" | sort)"
	assertContains 'the user' "$("$SELFDOCK" ls "$theirs" | tr -s ' ')" " $OTHER run "
	[ "$MODE" = root ] || assertNotContains 'the tester' "$(sd ls -q)" "$theirs"
	assertEquals 'the other' "$theirs" "$(as_other "$SELFDOCK" ls -q)"
	as_other "$SELFDOCK" ls mine
	assertEquals 'by name' 1 $?
	as_other "$SELFDOCK" ls "$mine"
	assertEquals 'by id' 1 $?
	kill "$mine" "$theirs"
}

# The kernel lets users see their own processes only.
testHiddenProcessesAreSaidToBe() {
	[ "$MODE" != nested ] && am_root || { skip 'root mounts such a /proc' && return; }
	scenario T-302 'to list what a /proc with hidepid hides' 'its command line'
	id=$(sd run -d -n hidden sleep 600)
	output=$(MODE=$MODE unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc
		. tests/common.sh
		sd ls hidden; sd run -d -n hidden2 true' 2>&1)
	case $MODE in
	root) assertContains "$output" ' hidden ' ;;
	plain)
		assertContains "$output" ' hidden '
		assertContains "$output" '/proc hides processes (hidepid)'
		;;
	setuid)
		assertContains "$output" '/proc hides processes (hidepid)'
		assertContains "$output" "cannot tell whether the name 'hidden2' is free"
		;;
	esac
	kill "$id"
}

# A command line may hold anything but NUL.
testOutputIsEscaped() {
	scenario T-303 'to have a command line obeyed by the terminal of who lists' 'his terminal'
	scene 'odd=$(printf "a\033[31m\nb\tc\177\302\233\377\303\244\342\202\254\"\\\\")
		id=$($SD run -d -r / sh -c "sleep 600; :" "$odd")
		$SD ls $id | tail -n +2 | wc -l
		$SD ls $id | LC_ALL=C grep -c "[[:cntrl:]]" 
		$SD ls $id | sed -n "s/.*; : //p"
		$SD ls --json $id | jq -r ".[0].command[3]" | od -An -tx1 | tr -d " \n"
		$SD ls --json $id | LC_ALL=C grep -c "[[:cntrl:]]"
		kill $id'
	# The invalid byte becomes U+FFFD; all else comes back as it was.
	assertEquals "1
0
a\x1b[31m\x0ab\x09c\x7f\xc2\x9b\xff$(printf '\303\244\342\202\254')\"\\
611b5b33316d0a6209637fc29befbfbdc3a4e282ac225c0a0" "$output"
}

# What has no width, or turns what follows around: U+009F, U+00AD, U+061C, U+200B, U+200F, U+202E,
# U+2066, U+FEFF, U+E0041; and what is next to them: U+00A0, U+0301, U+202F, U+FFFD, U+1F600.
testCharactersThatDeceiveAreEscaped() {
	scenario T-303 'to have a command line look like another' 'a wrong decision of who lists'
	scene 'odd=$(printf "\302\237\302\255\330\234\342\200\213\342\200\217\342\200\256")
		odd=$odd$(printf "\342\201\246\357\273\277\363\240\201\201")
		plain=$(printf "e\314\201\302\240\342\200\257\357\277\275\360\237\230\200")
		id=$($SD run -d sh -c "sleep 600; :" "$odd" "$plain")
		$SD ls $id | sed -n "s/.*; : //p"
		$SD ls --json $id | grep -o "; :.*"
		$SD ls --json $id | jq -r ".[0].command[3]" | grep -cxF "$odd"
		kill $id'
	plain=$(printf 'e\314\201\302\240\342\200\257\357\277\275\360\237\230\200')
	odd='\xc2\x9f\xc2\xad\xd8\x9c\xe2\x80\x8b\xe2\x80\x8f\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf'
	assertEquals "$odd"'\xf3\xa0\x81\x81'" $plain
; :\",\"\\u009f\\u00ad\\u061c\\u200b\\u200f\\u202e\\u2066\\ufeff\\udb40\\udc41\",\"$plain\"]}
1" "$output"
}

testFileBelowAnothersDirectoryCannotBeMapped() {
	lacks_root && return
	[ "$MODE" = root ] && skip 'root may see all files' && return
	scenario T-301 'to map what lies in a closed directory' 'its content'
	mkdir -m 700 "$HERE/private"
	make_rootfs "$HERE/private/rootfs" 2>/dev/null
	echo secret >"$HERE/private/file"
	mkdir -p "$HERE/private/rootfs/proc" "$HERE/private/rootfs/dev"
	chown -R "$OTHER:$OTHER" "$HERE/private"
	for option in -m -v; do
		for name in file rootfs rootfs/dev missing; do
			assert_fails 125 'Permission denied' "$option" \
				"$HERE/private/$name" "/tmp/$name" run true
		done
	done
	assert_fails 125 'Permission denied' -r "$HERE/private/rootfs" run true
	assert_fails 125 'Permission denied' -C "$HERE/private/rootfs" run true
	try -m "$HERE" /tmp run cat /tmp/private/file
	assertContains "$output" 'Permission denied'
}

testControlCharactersAreNotPrinted() {
	scenario T-303 'to have a message obeyed by the terminal' 'the terminal'
	while IFS=" " read -r bytes shown; do
		# shellcheck disable=SC2059 # the bytes are a format
		refuses 'cannot map' -m "$(printf "a${bytes}b")" /tmp
		assertContains "$output" "cannot map 'a${shown}b'"
	done <<-'EOF'
		\033[31m ?[31m
		\n ?
		\t ?
		\r ?
		\001\177 ??
	EOF
	refuses 'cannot map' -m "$(printf 'a\302\233b')" /tmp
	assertNotContains 'a control character beyond ASCII' "$output" "$(printf '\233')"
	assert_fails 125 'unknown applet' "$(printf 'a\nb')"
	assertContains "$output" "'a?b'"
	refuses 'unknown option' "$(printf -- '--a\033b')"
	assertContains "$output" "'--a?b'"
	assert_fails 127 'cannot execute' run "$(printf 'a\n\033b')"
	assertContains "$output" "'a??b'"
}

# --- what is in a directory that is closed to the caller ---

CLOSED=$HERE/closed
rounds 'program root link' 'file program directory root link dangling fifo' \
	'file program directory root link dangling fifo'
KINDS=$rounds

# put KIND: the name that all try, as one of these or "missing".
put() {
	rm -rf "${CLOSED:?}/name"
	case $1 in
	file) echo '--version' >"$CLOSED/name" ;;
	program) install -m 4755 "$HELPERS/nothing" "$CLOSED/name" ;;
	directory) mkdir "$CLOSED/name" ;;
	root) mkdir -p "$CLOSED/name/proc" "$CLOSED/name/dev" "$CLOSED/name/tmp" ;;
	link) ln -s /etc/passwd "$CLOSED/name" ;;
	dangling) ln -s missing "$CLOSED/name" ;;
	fifo) mkfifo -m 666 "$CLOSED/name" ;;
	esac
}

lacks_closed() {
	lacks_root || { [ "$MODE" = root ] && skip 'root may see all files'; }
}

# assert_blind COMMAND...: its output and status say nothing about what the name is.
assert_blind() {
	mkdir -p "$CLOSED"
	chown "$OTHER" "$CLOSED"
	chmod 700 "$CLOSED"
	put missing
	capture "$@"
	of_none="$status $output"
	assertNotEquals "$*" 0 "$status"
	for kind in $KINDS; do
		put "$kind"
		capture "$@"
		assertEquals "$kind: $*" "$of_none" "$status $output"
	done
	rm -rf "$CLOSED"
}

# assert_blind_sd ARGS...: by sd in this mode.
assert_blind_sd() {
	assert_blind $AS $OUTER "$SELFDOCK" "$@"
}

testMapTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by -m whether a name exists' 'names in a closed directory'
	assert_blind_sd -m "$CLOSED/name" /tmp/x run true
	assert_blind_sd -m "$CLOSED/name/" /tmp/x run true
	assert_blind_sd -m "$CLOSED/name" /etc/passwd run true
}

testVolumeTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by -v whether a name exists' 'names in a closed directory'
	assert_blind_sd -v "$CLOSED/name" /tmp/x run true
	assert_blind_sd -v "$CLOSED/name/../name/x" /tmp/x run true
}

testRootFileSystemTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by -r whether a name exists' 'names in a closed directory'
	assert_blind_sd -r "$CLOSED/name" run true
	assert_blind_sd -r "$CLOSED/name" build true
}

testWorkingDirectoryTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by -C whether a name exists' 'names in a closed directory'
	assert_blind_sd -C "$CLOSED/name" run true
	assert_blind_sd -C "$CLOSED/name/." build true
}

testArgumentsFileTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by -f whether a name exists' 'names in a closed directory'
	assert_blind_sd -f "$CLOSED/name" run true
	assert_blind_sd run --args "$CLOSED/name"
}

testMaskTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by --mask whether a name exists' 'names in a closed directory'
	assert_blind_sd --mask "$CLOSED/name" run true
}

testLogTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by --log whether a name exists' 'names in a closed directory'
	assert_blind_sd -d --log "$CLOSED/name" run true
	assert_blind_sd -d --log "$CLOSED/name/log" run true
}

testDeviceTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by --device whether a name exists' 'names in a closed directory'
	assert_blind_sd --device "$CLOSED/name" run true
}

testDestinationTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by a destination whether a name exists' \
		'names in a closed directory'
	for option in '-t exec' '-m /usr' '-m /etc/passwd' '-v /usr'; do
		assert_blind_sd $option "$CLOSED/name" run true
		assert_blind_sd $option "$CLOSED/name/x" run true
	done
}

testProgramTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by the program whether a name exists' 'names in a closed directory'
	for options in '' -d --init; do
		assert_blind_sd $options run "$CLOSED/name"
	done
	assert_blind env PATH="$CLOSED:$CLOSED/name" $AS $OUTER "$SELFDOCK" run name
}

# A message about a program may look for the interpreter.
testInterpreterTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by the interpreter whether a name exists' \
		'names in a closed directory'
	printf '#!%s\n' "$CLOSED/name" >"$HERE/script"
	chmod 755 "$HERE/script"
	assert_blind_sd run "$HERE/script"
	rm "$HERE/script"
}

testLinkTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by a link whether a name exists' 'names in a closed directory'
	ln -sfn "$CLOSED/name" "$HERE/link"
	for words in "-m $HERE/link /tmp/x run true" "-r $HERE/link run true" \
		"-C $HERE/link run true" "--mask $HERE/link run true" "run $HERE/link" \
		"-f $HERE/link run true" "-d --log $HERE/link run true" \
		"-m /usr $HERE/link run true"; do
		assert_blind_sd $words
	done
	rm "$HERE/link"
}

testEntryTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by entering whether a name exists' 'names in a closed directory'
	for words in "-C $CLOSED/name \$id true" "\$id $CLOSED/name" "\$id cat $CLOSED/name"; do
		assert_blind $AS $OUTER sh -c "id=\$($SELFDOCK run -d sleep 600)
			$SELFDOCK enter $words; status=\$?
			kill \$id; exit \$status"
	done
}

testPlanTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by --dry-run whether a name exists' 'names in a closed directory'
	for words in "-m $CLOSED/name /tmp/x" "-r $CLOSED/name" "-C $CLOSED/name" \
		"--mask $CLOSED/name" "-d --log $CLOSED/name"; do
		mkdir -p "$CLOSED"
		chown "$OTHER" "$CLOSED"
		chmod 700 "$CLOSED"
		put missing
		try --dry-run $words run "$CLOSED/name"
		of_none="$status $output"
		for kind in $KINDS; do
			put "$kind"
			try --dry-run $words run "$CLOSED/name"
			assertEquals "$kind: $words" "$of_none" "$status $output"
		done
		rm -rf "$CLOSED"
	done
}

testNameOfTheBinaryTellsNothingOfAClosedDirectory() {
	lacks_closed && return
	scenario T-301 'to learn by an applet or the name of the binary whether a name exists' \
		'names in a closed directory'
	assert_blind_sd "$CLOSED/name"
	assert_blind_sd --install "$CLOSED/name"
	assert_blind_sd ls "$CLOSED/name"
	assert_blind_sd stop "$CLOSED/name"
	assert_blind_sd enter "$CLOSED/name" true
}

# --- other users ---

# What each applet says about an instance of another user's must be what it says of none.
testWordsOfAnothersInstanceAreAsOfNone() {
	[ "$MODE" != root ] && [ "$MODE" != nested ] && am_root ||
		{ skip 'for two users' && return; }
	scenario T-302 'to learn whether an id or a name is an instance of another user' \
		"another user's instances"
	id=$(as_other "$SELFDOCK" run -d -n secretly sleep 600)
	words="ls $id;ls secretly;enter $id true;enter secretly true;stop $id;stop secretly"
	words="$words;run -n secretly true;ls -q;ls --json;check"
	said='' saying=''
	for round in there gone; do
		IFS=';'
		for each in $words; do
			unset IFS
			try $each
			said="$said$each: $status $(echo "$output" | grep -v '^pid1\|^limits')
"
		done
		unset IFS
		[ "$round" = gone ] || { kill "$id" && saying=$said said='' &&
			until_true eval '[ ! -e "/proc/$id" ]'; }
	done
	assertEquals "$said" "$saying"
}

testProcessesOfOthersAreNotListedInside() {
	lacks_userns && return
	[ "$MODE" != nested ] && am_root || { skip 'for two users' && return; }
	scenario T-302 'to list the instances of others from inside, in the /proc of the host' \
		"another user's instances"
	id=$(as_other "$SELFDOCK" run -d -n "inside-$$" sleep 600)
	try run --proc host "$SELFDOCK" ls
	assertNotContains "$output" "inside-$$"
	try run --proc host "$SELFDOCK" enter "inside-$$" echo ENTERED
	assertNotContains "$output" ENTERED
	try run "$SELFDOCK" ls -q
	assertEquals '' "$output"
	kill "$id"
}

testEnvironmentOfAnotherIsNotTold() {
	lacks_userns && return
	[ "$MODE" != nested ] && am_root || { skip 'for two users' && return; }
	scenario T-302 "to read another user's environment by ls" 'a secret in it'
	id=$(TOKEN=the-secret "$HELPERS/as" "$OTHER" "$OTHER" "$SELFDOCK" run -d sleep 600)
	for words in 'ls -l' 'ls --json' "ls $id" "ls --json $id"; do
		try $words
		assertNotContains "$words" "$output" the-secret
	done
	kill "$id"
}

# --- what a terminal would obey, or show as something else ---

# In turn: CSI, OSC, carriage return, backspace, C1 as a byte and in UTF-8, DEL, an invalid byte, a
# character cut short, right-to-left override and isolate, no width, a tag, line feed.
ODD=$(printf 'a\033[31mb\033]0;t\007c\rd\b\be\233f\302\233g\177h\377i\342\200j\342\200\256k')
ODD=$ODD$(printf '\342\201\246l\342\200\213m\363\240\201\201n\no')
export ODD

# assert_harmless WHAT: in $output there is no byte that could be a part of these, but letters of
# Latin-1 and the ends of lines.
assert_harmless() {
	assertEquals "$1: $output" '' \
		"$(tr -cd '\000-\011\013-\037\177-\237' <"$SCRATCH/output" | od -An -c)"
}

# assert_plain WORDS: one such line, for these words with $ODD in them.
assert_plain() {
	eval "try $1"
	assert_harmless "$1"
	assertNotEquals "$1" '' "$output"
	assertEquals "lines of $1: $output" 1 "$(printf '%s\n' "$output" | wc -l)"
}

testMessagesAboutProgramsAreHarmless() {
	scenario T-303 'to have the name of a program obeyed by the terminal' 'the terminal'
	assert_plain 'run "$ODD"'
	assert_plain 'run "/nonexistent/$ODD"'
	assert_plain '"$ODD"'
	assert_plain 'run --init "$ODD"'
}

testMessagesAboutPathsAreHarmless() {
	scenario T-303 'to have a path obeyed by the terminal' 'the terminal'
	assert_plain '-m "$ODD" /tmp/x run true'
	assert_plain '-v /usr "$ODD" run true'
	assert_plain '-r "$ODD" run true'
	assert_plain '-C "/$ODD" run true'
	assert_plain '-f "$ODD" run true'
	assert_plain '--mask "$ODD" run true'
	assert_plain '--device "/dev/$ODD" run true'
	assert_plain '-d --log "/nonexistent/$ODD" run true'
}

testMessagesAboutWordsAreHarmless() {
	scenario T-303 'to have a word of an option obeyed by the terminal' 'the terminal'
	assert_plain '"--$ODD"'
	assert_plain 'run -n "$ODD" true'
	assert_plain '--net "$ODD" run true'
	assert_plain '--proc "$ODD" run true'
	assert_plain '-t "$ODD" /tmp run true'
	assert_plain '-e "$ODD=" x run true'
	assert_plain '-E "$ODD=" run true'
}

testMessagesAboutInstancesAreHarmless() {
	scenario T-303 'to have the name of an instance obeyed by the terminal' 'the terminal'
	assert_plain 'enter -- "$ODD" true'
	assert_plain 'ls -- "$ODD"'
	assert_plain 'stop -- "$ODD"'
	assert_plain 'stop --signal "$ODD" x'
	assert_plain 'stop --time "$ODD" x'
}

testMessagesAboutLinesOfAFileAreHarmless() {
	scenario T-303 'to have a line of an arguments file obeyed by the terminal' 'the terminal'
	echo "--$ODD" | tr '\n' x >"$HERE/arguments"
	try -f "$HERE/arguments" run true
	assert_harmless 'a line'
	assertEquals "$output" 125 "$status"
	rm "$HERE/arguments"
}

testPlanIsHarmless() {
	scenario T-303 'to have a plan obeyed by the terminal' 'the terminal'
	for words in 'run true "$ODD"' '-e A "$ODD" run true' '-m /usr "/tmp/$ODD" run true' \
		'-C "/$ODD" run true' '-d --log "$ODD" run true'; do
		eval "try --dry-run $words"
		assert_harmless "$words"
		assertNotEquals "$words" '' "$output"
	done
}

# What an entry says of what is inside.
testMessagesOfAnEntryAreHarmless() {
	scenario T-303 'to have a message of an entry obeyed by the terminal' 'the terminal'
	scene 'id=$($SD run -d sleep 600)
		$SD enter $id "$ODD"
		$SD enter -C "/$ODD" $id true
		$SD enter "--$ODD" $id true
		kill $id'
	assertEquals "$output" 3 "$(echo "$output" | grep -c '^selfdock-enter: ')"
	assert_harmless entry
}

# The root file system of an instance is in the table, too.
testPathsInTheTableAreHarmless() {
	scenario T-303 'to have the path of a root file system obeyed by who lists' 'the terminal'
	make_rootfs "$WORK/$ODD"
	scene 'id=$($SD run -d -r "$WORK/$ODD" -m /usr /usr sleep 600)
		$SD ls $id; $SD ls -l $id; $SD ls --json $id
		kill $id'
	rm -rf "${WORK:?}"/*
	assertEquals "$output" 7 "$(echo "$output" | wc -l)"
	assertContains "$output" 'sleep 600'
	assert_harmless table
}

testPathsOfTheCallerInACheckAreHarmless() {
	scenario T-303 'to have the directory of the caller obeyed by who checks' 'the terminal'
	as_tester mkdir "$WORK/$ODD"
	scene 'cd "$WORK/$ODD" && HOME="$WORK/$ODD" $SD check
		cd "$WORK/$ODD" && HOME="$WORK/$ODD" $SD check --json'
	rm -rf "${WORK:?}"/*
	assertContains "$output" start
	assert_harmless check
}

# What another user has typed reaches root's terminal.
testTableOfRootIsHarmless() {
	lacks_userns && return
	lacks_root && return
	[ "$MODE" != nested ] || { skip 'root is outside' && return; }
	scenario T-303 'to have a command line obeyed by the terminal of root' \
		'the terminal of root'
	id=$(as_other "$SELFDOCK" run -d sh -c 'sleep 600; :' "$ODD")
	for words in 'ls' 'ls -l' 'ls --json' 'ls --wide'; do
		capture "$SELFDOCK" $words "$id"
		assertContains "$words" "$output" 'sleep 600'
		assert_harmless "$words"
	done
	kill "$id"
}

. shunit2
