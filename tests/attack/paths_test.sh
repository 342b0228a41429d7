#!/bin/sh
# SPDX-License-Identifier: ISC
# What may be a source: the links that are followed and those that a program could
# have planted, the flags of its mount, and names that change during the start.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh
export LC_ALL=C

# The secret is the caller's own, so that only selfdock keeps it from the caller.
SECRET=$WORK/secret

setUp() {
	new_work 'mkdir dir secret "$1/dir"
		echo text >dir/file
		echo secret >secret/file
		echo text >"$1/dir/file"' "$HERE"
}

# selfdock follows root's own links: whoever can plant one needs no instance.
are_roots() {
	[ "$MODE" = root ] && skip 'links of root are followed'
}

# refuses_link SOURCE [SAID]: neither option shows it, and the message names the source.
refuses_link() {
	for option in -m -v; do
		assert_fails 125 "${REFUSAL:-name what '${2:-$1}' leads to}" "$option" "$1" /tmp/x \
			run cat /tmp/x /tmp/x/file
	done
}

# follows TEXT SOURCE: it is a directory, in which file has that text.
follows() {
	for option in -m -v; do
		assert_output "$1" "$option" "$2" /tmp/x run cat /tmp/x/file
	done
}

# refuses PATTERN OPTION...: the one line is the message, so the program did not start.
refuses() {
	pattern=$1
	shift
	assert_fails 125 "$pattern" run "$@" echo started
}

# Links

testLinkThatTheCallerMadeIsRefusedInHisDirectory() {
	are_roots && return
	scenario T-206 'to leave a link in a source of the next start' 'to see where it leads'
	as_tester mkdir "$WORK/a" "$WORK/a/b"
	for target in "$WORK/dir" ../../dir ../../missing /usr ../link; do
		as_tester ln -sfn "$target" "$WORK/a/link"
		for source in a/link a/link/file a/link/../../dir a/b/../link/; do
			refuses_link "$WORK/$source"
		done
		assert_fails 125 'name what' --device "$WORK/a/link" run true
	done
}

testLinkThatTheCallerMadeIsFollowedIfHeIsRoot() {
	[ "$MODE" = root ] || { skip 'for root' && return; }
	ln -s dir "$WORK/link"
	ln -s "$WORK" "$HERE/link"
	follows text "$WORK/link"
	follows text "$HERE/link/link"
}

testLinkOfTheCallersIsRefusedByARelativePath() {
	are_roots && return
	[ "$MODE" = nested ] && skip 'nothing is relative to the outer directory' && return
	scenario T-206 'to leave a link in a relative source' 'to see where it leads'
	as_tester ln -s dir "$WORK/link"
	for source in link ./link dir/../link link/ link/file; do
		output=$(cd "$WORK" && sd -m "$source" /tmp/x run true 2>&1)
		assertEquals "$source" 125 $?
		assertContains "$source" "$output" "name what '$source' leads to"
	done
	assertEquals text "$(cd "$WORK" && sd -m dir /tmp/x run cat /tmp/x/file 2>&1)"
}

testLinkOfRootIsFollowed() {
	lacks_root && return
	as_tester mkdir "$WORK/a"
	ln -s "$WORK/dir" "$WORK/absolute"
	ln -s ../dir "$WORK/a/relative"
	ln -s "$HERE" "$HERE/here"
	follows text "$WORK/absolute"
	follows text "$WORK/a/relative"
	follows text "$WORK/a/relative/../dir"
	follows text "$HERE/here/here/dir"
	assert_output text -m "$WORK/absolute/file" /tmp/x run cat /tmp/x
}

testLinkOfAnotherUserIsFollowedWhereTheCallerCannotMakeOne() {
	lacks_root && return
	ln -s dir "$HERE/link"
	chown -h "$OTHER" "$HERE/link"
	[ "$MODE" != root ] || chown "$OTHER" "$HERE"
	follows text "$HERE/link"
}

# Without the setuid bit, and nested, another user and root look the same.
testLinkOfAnotherUserIsRefusedInADirectoryOfTheCallers() {
	lacks_root && return
	scenario T-206 'to give such a link to another user' 'to see where it leads'
	ln -s dir "$WORK/link"
	chown -h "$OTHER" "$WORK/link"
	case $MODE in
	setuid | root) refuses_link "$WORK/link" ;;
	*) follows text "$WORK/link" ;;
	esac
}

testLinkInADirectoryForAllIsRefusedUnlessBothAreRoots() {
	lacks_root && return
	scenario T-206 'to leave a link in a directory for all' 'to see where it leads'
	# With this setting the kernel itself refuses most of these, and tells less.
	REFUSAL=
	[ "$(cat /proc/sys/fs/protected_symlinks)" = 0 ] || REFUSAL="at '/tmp/x': "
	chmod 1777 "$HERE"
	ln -s dir "$HERE/link"
	case $MODE in
	setuid | root) follows text "$HERE/link" ;;
	*) refuses_link "$HERE/link" ;;
	esac
	for owner in "$OTHER" "$TESTER"; do
		chown -h "$owner" "$HERE/link"
		refuses_link "$HERE/link"
		refuses_link "$HERE/link/file"
	done
	chown "$OTHER" "$HERE"
	chown -h 0 "$HERE/link"
	refuses_link "$HERE/link"
	REFUSAL=
}

testLinkOfTheCallersIsFollowedWhereHeCannotMakeOne() {
	lacks_root && return
	ln -s dir "$HERE/link"
	chown -h "$SD_UID" "$HERE/link"
	follows text "$HERE/link"
	chmod 775 "$HERE"
	follows text "$HERE/link"
}

testLinkOfTheCallersIsRefusedInAnyDirectoryThatHeCanWriteTo() {
	lacks_root && return
	are_roots && return
	scenario T-206 'to leave a link in a directory that a group may write to' \
		'to see where it leads'
	ln -s dir "$HERE/link"
	chown -h "$TESTER" "$HERE/link"
	chmod 777 "$HERE"
	refuses_link "$HERE/link"
	chmod 1777 "$HERE"
	refuses_link "$HERE/link"
	chgrp "${TESTER_GROUPS##*,}" "$HERE"
	chmod 770 "$HERE"
	refuses_link "$HERE/link"
}

testLinkOfTheCallersIsRefusedWhereHeCanGiveHimselfThePermission() {
	are_roots && return
	scenario T-206 'to make the directory of the link read-only afterwards' \
		'to see where it leads'
	as_tester mkdir "$WORK/a"
	as_tester ln -s ../secret "$WORK/a/link"
	for mode in 555 500 111 100; do
		as_tester chmod "$mode" "$WORK/a"
		refuses_link "$WORK/a/link"
	done
	as_tester chmod 700 "$WORK/a"
}

# The caller may be able to write there through another mount, which a program may have had.
testLinkOfTheCallersIsRefusedWhereItIsOnlyShownReadOnly() {
	are_roots && return
	lacks_root && return
	scenario T-206 'to leave a link where the next start sees a read-only mount' \
		'to see where it leads'
	case $MODE in
	nested) wanted='No such file' ;; # the outer level covers it
	*) wanted="name what '$SCRATCH/mounts/ro/link' leads to" ;;
	esac
	# Without a mount on /dev, that is on the file system of the link.
	for type in bind tmpfs static; do
		in_mounts private 'mkdir rw "$WORK/rw" ro; from="--bind $WORK/rw"
			[ "$1" != tmpfs ] || from="-t tmpfs none"
			[ "$1" != static ] || umount -l /dev
			mount $from rw; chown "$SD_UID" rw; as_tester ln -s "$WORK/dir" rw/link
			mount --bind rw ro; mount -o remount,bind,ro ro
			sd -m "$PWD/ro/link" /tmp/x run cat /tmp/x/file || echo $?
			chown 0 rw; chmod 777 rw
			sd -m "$PWD/ro/link" /tmp/x run cat /tmp/x/file || echo $?
			rm -r "$WORK/rw"' "$type"
		assertEquals "$type: $output" 2 "$(printf '%s\n' "$output" | grep -c "$wanted")"
		assertEquals "$type: $output" 2 "$(printf '%s\n' "$output" | grep -cx 125)"
	done
}

testLinkInAProcIsRefused() {
	lacks_root && return
	scenario T-207 'to name a source through links into a /proc' \
		'to name what is open in selfdock'
	for target in /proc/self /proc/self/cwd /proc/self/fd/0 /proc/mounts /proc/self/root; do
		ln -sfn "$target" "$HERE/link"
		for source in "$target" "$HERE/link" "$HERE/link/dir"; do
			assert_fails 125 'or one is in a /proc' -m "$source" /tmp/x \
				run true </etc/passwd
			assert_fails 125 'or one is in a /proc' -v "$source" /tmp/x \
				run true </etc/passwd
		done
	done
	assert_fails 125 'or one is in a /proc' -m /dev/stdin /tmp/x run true </etc/passwd
}

testEveryLinkOfAChainIsJudged() {
	lacks_root && return
	are_roots && return
	scenario T-206 'to hide a link behind links of root' 'to see where it leads'
	ln -s "$HERE/two" "$HERE/one"
	ln -s three "$HERE/two"
	ln -s "$WORK/dir" "$HERE/three"
	follows text "$HERE/one"
	rm "$HERE/three"
	as_tester ln -s dir "$WORK/own"
	ln -s "$WORK/own" "$HERE/three"
	refuses_link "$HERE/one"
	refuses_link "$HERE/one/file"
	ln -sfn "$WORK/own/../dir" "$HERE/three"
	refuses_link "$HERE/one"
	ln -sfn "$HERE/two" "$WORK/roots"
	ln -sfn "$WORK/dir" "$HERE/three"
	follows text "$WORK/roots"
}

testFortyLinksAreFollowedAndNoMore() {
	lacks_root && return
	ln -s dir "$HERE/1"
	for i in $(seq 2 41); do ln -s "$((i - 1))" "$HERE/$i"; done
	follows text "$HERE/40"
	for source in "$HERE/41" "$HERE/41/file"; do
		assert_fails 125 'links form a loop' -m "$source" /tmp/x run true
	done
}

testLinksThatFormALoopAreRefused() {
	lacks_root && return
	ln -s loop "$HERE/loop"
	ln -s two/x "$HERE/one"
	ln -s "$HERE/one" "$HERE/two"
	for source in loop loop/x one two; do
		assert_fails 125 'links form a loop' -m "$HERE/$source" /tmp/x run true
	done
}

testLinkThatLeadsNowhereIsAnError() {
	lacks_root && return
	ln -s missing "$HERE/dangling"
	ln -s dir/file "$HERE/file"
	for option in -m -v; do
		assert_fails 125 'No such file' "$option" "$HERE/dangling" /tmp/x run true
		assert_fails 125 'No such file' "$option" "$HERE/dangling/x" /tmp/x run true
		assert_fails 125 'Not a directory' "$option" "$HERE/file/x" /tmp/x run true
	done
}

testLinkWithALongTextIsFollowedOrRefused() {
	lacks_root && return
	ln -s "$(printf '%02000d' 0 | sed 's|00|./|g')dir" "$HERE/long"
	follows text "$HERE/long"
	ln -s "$(printf '%01000d' 0 | sed 's|00|./|g')long" "$HERE/longer"
	follows text "$HERE/longer"
	longest=$HERE/longer/$(printf '%03000d' 0 | sed 's|00|./|g')file
	assert_fails 125 'ame too long' -m "$longest" /tmp/x run true
}

testSourceBelowADirectoryThatCanOnlyBeSearchedWorks() {
	lacks_root && return
	mkdir "$HERE/search" "$HERE/search/dir"
	echo below >"$HERE/search/dir/file"
	ln -s search/dir "$HERE/link"
	ln -s dir "$HERE/search/link"
	chmod 711 "$HERE/search"
	follows below "$HERE/search/dir"
	follows below "$HERE/link"
	follows below "$HERE/search/link"
	assert_output below -m "$HERE/search/dir/file" /tmp/x run cat /tmp/x
}

testLinksOfTheSystemAreFollowed() {
	[ -L /bin ] || { skip 'no links at the root' && return; }
	assert_output yes -m /bin /tmp/x run sh -c '[ -x /tmp/x/sh ] && echo yes'
	assert_output yes -m /bin/sh /tmp/x run sh -c '[ -x /tmp/x ] && echo yes'
}

# What runs with a volume may leave links for the next start.
testNextStartRefusesALinkThatAProgramHasPlanted() {
	are_roots && return
	scenario T-206 'to put links into a volume in ten ways' \
		'to see a secret in the next instance'
	while read -r source plant; do
		rm -rf "$WORK/project"
		as_tester mkdir -p "$WORK/project/a/b/c"
		as_tester touch "$WORK/project/a/b/c/file"
		assert_output '' -v "$WORK/project" /mnt \
			run sh -ec "cd /mnt; secret=\$1; $plant" sh "$SECRET"
		for option in -m -v; do
			try "$option" "$WORK/project/$source" /tmp/x \
				run cat /tmp/x /tmp/x/file /tmp/x/c/file
			assertEquals "$plant: $output" 125 "$status"
			assertNotContains "$plant" "$output" secret/file
			assertContains "$plant" "$output" \
				'a program of yours could have made one of its links'
		done
		as_tester chmod -R u+rwx "$WORK/project"
	done <<-'EOF_CASES'
	a/b/c mv a/b/c old; ln -s "$secret" a/b/c
	a/b/c mv a/b old; ln -s "$secret" a/b
	a/b/c mv a old; mkdir a; ln -s "${secret%/*}/secret" a/b
	a mv a old; ln -s "$secret" a
	a/b/c/file ln -sf "$secret/file" a/b/c/file
	a/b/c/file mv a/b/c old; ln -s "$secret" a/b/c
	a/b/c rmdir a/b/d 2>/dev/null || :; mv a/b/c old; ln -s ../../../secret a/b/c; chmod 555 a/b
	a/b/c mv a old; mkdir a a/b; ln -s "$secret" a/b/c; chmod 111 a/b; chmod 500 a
	a/b/c mv a/b/c old; ln -s ../x a/b/c; ln -s "$secret" a/x
	a/b/c mv a/b/c old; ln -s "$secret" x; ln x y; mv y a/b/c
	EOF_CASES
}

# The same with a second name for a link of root's. A program cannot make such a name.
testLinkOfRootIsNotTheProgramsToName() {
	lacks_root && return
	are_roots && return
	[ "$(cat /proc/sys/fs/protected_hardlinks)" = 1 ] ||
		{ skip 'hard links to all are allowed' && return; }
	scenario T-206 'to give a link of root another name in the volume' \
		'to have it followed as one of root'
	ln -s "$SECRET" "$WORK/dir/root"
	try -v "$WORK/dir" /mnt run /usr/bin/ln -P /mnt/root /mnt/planted
	assertContains "$output" 'Operation not permitted'
}

# Flags

# Names that change during the start. What is mounted must be what the caller could
# open, and 20000 exchanges of names, or more, must not change that. The modes share them.

rounds 20000 100000 1000000
share "$rounds"
ROUNDS=${ROUNDS:-$share}
exchanges=0

oneTimeTearDown() {
	figure "$exchanges exchanges of names, 0 gains"
}

# race DIRECTORY A B [A B]... -- ARGS...: sd with these, and what is printed, each
# line once, in $output.
race() {
	directory=$1
	shift
	for word; do
		shift
		set -- "$@" "$word"
		[ "$word" != -- ] || set -- "$@" "$SELFDOCK"
	done
	output=$(outside "$HELPERS/source_race" "$ROUNDS" "$directory" "$@" | sort -u)
	exchanges=$((exchanges + ROUNDS))
}

# assert_lines PATTERN: that there are lines, and all match it.
assert_lines() {
	assertNotEquals 'nothing was printed' '' "$output"
	assertEquals "$(printf '%s\n' "$output" | grep -Ev "$1" | head -n 5)" '' \
		"$(printf '%s\n' "$output" | grep -Ev "$1")"
}

# An error is right, whatever it says of what was there for a moment.
MESSAGE="^selfdock-(run|build): cannot (map '[^']*' at|mount volume '[^']*' at|make) '[^']*'[ :]"

testExchangedSourceIsNeverWhatItsCallerCannotRead() {
	lacks_root && return
	[ "$MODE" = root ] && skip 'root may read it' && return
	scenario T-202 'to exchange a source for a link to a file of root' 'to read it'
	mkdir -m 700 "$HERE/closed"
	echo rootsecret >"$HERE/closed/file"
	echo rootsecret >"$HERE/file"
	chmod 600 "$HERE/file"
	as_tester mkdir "$WORK/race" "$WORK/race/dir"
	as_tester sh -c 'echo text >"$1/dir/file"; echo text >"$1/file"' sh "$WORK/race"
	ln -s "$HERE/closed" "$WORK/race/to-dir"
	ln -s "$HERE/file" "$WORK/race/to-file"
	race "$WORK/race" dir to-dir file to-file -- -m "$WORK/race/dir/file" /tmp/a run cat /tmp/a
	assert_lines "^text$|$MESSAGE"
	race "$WORK/race" dir to-dir file to-file -- -v "$WORK/race/file" /tmp/a run cat /tmp/a
	assert_lines "^text$|^cat: can't open '/tmp/a': Permission denied$|$MESSAGE"
	race "$WORK/race" dir to-dir file to-file -- -m "$WORK/race/dir" /tmp/a run cat /tmp/a/file
	assert_lines "^text$|^cat: can't open '/tmp/a/file': Permission denied$|$MESSAGE"
}

# The link is the caller's, and at times in a directory where the caller cannot make one.
testExchangedLinkIsNeverFollowed() {
	lacks_root && return
	are_roots && return
	scenario T-202 'to exchange a source for a link of a program' \
		'to show the program what only the caller may see'
	mkdir -p "$WORK/race/closed/link"
	echo text >"$WORK/race/closed/link/file"
	chown "$TESTER" "$WORK/race"
	as_tester mkdir "$WORK/race/own" "$WORK/race/dir"
	as_tester ln -s "$SECRET" "$WORK/race/own/link"
	as_tester ln -s "$SECRET" "$WORK/race/link"
	as_tester sh -c 'echo text >"$1/file"' sh "$WORK/race/dir"
	race "$WORK/race" own closed -- -m "$WORK/race/own/link/file" /tmp/a run cat /tmp/a
	assert_lines "^text$|$MESSAGE"
	race "$WORK/race" dir link -- -m "$WORK/race/dir/file" /tmp/a run cat /tmp/a
	assert_lines "^text$|$MESSAGE"
	race "$WORK/race" own closed dir link -- -v "$WORK/race/own/link" /tmp/a run cat /tmp/a/file
	assert_lines "^text$|$MESSAGE"
}

testExchangedDestinationStaysInsideAndOutsideIsNotWritten() {
	scenario T-203 'to exchange a directory above a destination for a link that leads out' \
		'a mount point made outside'
	make_rootfs "$WORK/rootfs"
	as_tester mkdir -p "$WORK/rootfs/data/a/b" "$WORK/rootfs/data/x" "$WORK/outside/b"
	as_tester sh -c 'ln -s "$1/outside" "$1/rootfs/data/link"
		ln -s ../../../outside "$1/rootfs/data/x/up"
		echo outside >"$1/outside/b/file"' sh "$WORK"
	before=$("$HELPERS/snapshot" "$WORK/outside")
	for destination in data/a/b data/a/new; do
		for option in -m -v; do
			race "$WORK/rootfs/data" a link a x -- -r "$WORK/rootfs" -m /usr /usr \
				"$option" "$WORK/dir" "/$destination" run \
				sh -c 'echo ran; cat /data/*/b/file /data/*/new/file 2>/dev/null'
			assert_lines "^ran$|^text$|$MESSAGE"
			race "$WORK/rootfs/data" a link a x -- -r "$WORK/rootfs" -m /usr /usr \
				"$option" "$WORK/dir" "/$destination" \
				build sh -c 'echo ran; cat /data/*/b/file 2>/dev/null'
			assert_lines "^ran$|^text$|$MESSAGE"
		done
	done
	assertEquals outside "$before" "$("$HELPERS/snapshot" "$WORK/outside")"
	assertEquals "$(printf 'a\nb\nlink\nup\nx')" \
		"$(cd "$WORK/rootfs/data" && find . -mindepth 1 -printf '%f\n' | sort)"
}

testUnderlayOfAnExchangedDirectoryIsReadOnly() {
	scenario T-203 'to exchange a directory while it gets an underlay' \
		'an underlay that can be written to'
	make_rootfs "$WORK/rootfs"
	as_tester mkdir -p "$WORK/rootfs/data/a" "$WORK/rootfs/data/b"
	rounds=$ROUNDS ROUNDS=$((ROUNDS / 10))
	export PAUSE=200 # so that many of the starts get through
	race "$WORK/rootfs/data" a b -- -r "$WORK/rootfs" -m /usr /usr -m "$WORK/dir" /data/a/new \
		run sh -c 'touch /data/a/made /data/b/made 2>/dev/null
			ls /data/a /data/b | grep made; echo ran'
	unset PAUSE
	ROUNDS=$rounds
	assert_lines "^ran$|$MESSAGE"
}

# A directory on the way is moved out of the root file system and back.
testDestinationMovedOutOfTheRootStaysHarmless() {
	scenario T-203 'to move a directory above a destination out of the root file system' \
		'a mount outside'
	make_rootfs "$WORK/rootfs"
	as_tester mkdir -p "$WORK/rootfs/data/a/b" "$WORK/outside/b"
	as_tester sh -c 'echo outside >"$1/outside/b/file"' sh "$WORK"
	race "$WORK" rootfs/data/a outside -- -r "$WORK/rootfs" -m /usr /usr \
		-v "$WORK/dir" /data/a/b/../b run sh -c 'touch /data/a/b/made 2>/dev/null; echo ran'
	assert_lines "^ran$|$MESSAGE"
	race "$WORK" rootfs/data/a outside -- -r "$WORK/rootfs" -m /usr /usr \
		-m "$WORK/dir" /data/a/new/../b/../../a/b/new run echo ran
	assert_lines "^ran$|$MESSAGE"
	assertEquals "$(printf 'b\nb\nfile')" \
		"$(cd "$WORK" && find rootfs/data/a outside -mindepth 1 -printf '%f\n' | sort)"
}

testMagicLinksAreRefused() {
	scenario T-207 'to name a source by a magic link' 'to name what is open in selfdock'
	for path in /proc/self/cwd /proc/self/root /proc/self/fd/0 /proc/1/root; do
		try -m "$path" /tmp/x run true
		assertEquals "$path: $output" 125 "$status"
	done
}

testSourceByAMagicLink() {
	scenario T-207 'to name a source or a root by a magic link' \
		'to name what is open in selfdock'
	for source in /proc/self/fd/0 /proc/self/root /proc/self/cwd /proc/self/exe \
		/proc/self/root/etc /proc/thread-self/cwd /proc/self/ns/mnt /dev/stdin; do
		refuses "cannot map '$source' at '/tmp/x'" -m "$source" /tmp/x </etc/passwd
	done
	refuses "cannot use '/proc/self/root' as root file system" -r /proc/self/root
}

testDestinationByAMagicLink() {
	scenario T-207 'to name a destination by a magic link' \
		'to mount on what is open in selfdock'
	for destination in /dev/fd/0 /dev/stdin; do
		refuses "cannot map '/etc/passwd' at '$destination'" -m /etc/passwd "$destination"
	done
}

# A program with a volume could lead the next start's log to any file of the caller's.
testLinkThatAProgramCouldHaveMadeIsNotFollowed() {
	lacks_userns && return
	scenario T-206 'to leave a link at or above a log' 'to write to any file of the caller'
	as_tester ln -s ../target "$WORK/dir/link"
	as_tester ln -s dir "$WORK/way"
	for file in "$WORK/dir/link" "$WORK/way/log"; do
		[ "$MODE$file" != "root$WORK/way/log" ] || continue # root's links are followed
		assert_fails 125 "cannot append to the log '$file': *a link that a program" \
			run -d --log "$file" true
	done
	assertFalse "nothing is made" "[ -e '$WORK/target' ] || [ -e '$WORK/dir/log' ]"
}

# What a start changes

# calls ARGS...: the calls of such a start that change files, in $output.
calls() {
	# shellcheck disable=SC2086 # words
	capture "$HELPERS/calls" $AS $SD_WORDS "$@"
	assertContains "$*: $output" "$output" ' changes, ended '
	changes=${output##*"
"} changes=${changes%% *}
	assertEquals "$*" '' "$(echo "$output" | grep '^outside\|^mount' | head -n 3)"
	assertEquals "$*" '' "$(echo "$output" | grep '^writes' |
		grep -vx 'writes \([ug]id_map\|setgroups\|max_user_namespaces\)')"
	all=$((all + changes))
}

# The program makes no call that changes anything.
testNoStartChangesAFileOutsideItsOwnFileSystems() {
	is_sanitized && return
	scenario T-201 'to have it write, make, rename or change the mode of anything' \
		'a file of the caller or, with the bit, of root'
	make_rootfs "$WORK/rootfs"
	as_tester cp "$HELPERS/nothing" "$WORK/rootfs/data"
	all=0 starts=0
	while read -r words; do
		# shellcheck disable=SC2086 # words
		calls $words
		starts=$((starts + 1))
	done <<-EOF_STARTS
		run $HELPERS/nothing
		build $HELPERS/nothing
		run --init $HELPERS/nothing
		run --no-userns --hostname box --net none $HELPERS/nothing
		run --proc host -t exec,size=1M,mode=700 /tmp $HELPERS/nothing
		run -m /etc $HERE/a/b/c -v $WORK/dir /selfdock-new $HELPERS/nothing
		run --mask $HERE/dir/file --mask $HERE/new $HELPERS/nothing
		run -m /etc /usr/new -m /etc/passwd $HERE/dir/new $HELPERS/nothing
		run -v $WORK/dir /mnt -m $WORK/dir /mnt/new $HELPERS/nothing
		build -v $WORK/dir /mnt --mask $HERE/new --device /dev/null $HELPERS/nothing
		run -C /usr -e A b -d $HELPERS/nothing
		run -r $WORK/rootfs -m $WORK/dir /new /data/nothing
		build -r $WORK/rootfs -t exec /data/new /data/nothing
		build -r $WORK/rootfs -m $WORK/dir /etc --proc none /data/nothing
		run $SELFDOCK --dry-run run true
		ls -l
		check
	EOF_STARTS
	if [ "$MODE" != nested ]; then # there it would be gone already
		id=$(sd run -d sleep 600)
		calls enter "$id" "$HELPERS/nothing"
		calls stop "$id"
	fi
	assertTrue "the changes in one's own are seen, too: $all" "[ $all -ge 200 ]"
	figure "$starts kinds of starts, $all changes, 0 outside"
}

# Magic links, wherever a path can be

testNoPathLeadsToWhatIsOpenInSelfdock() {
	scenario T-207 'to give magic links to each option with a path, and ways through them' \
		'what is open in selfdock'
	scene 'tried=0
		for option in "-m % /tmp/x" "-v % /tmp/x" "-m /etc %" "-v /etc/passwd %" \
			"-t exec %" "--mask %" "--device %" "-r %" "-C %" "-d --log %"; do
			for path in /proc/self/fd/0 /proc/self/fd/3 /proc/self/fd/9 \
				/proc/self/root /proc/self/cwd /proc/self/exe /proc/self/ns/mnt \
				/proc/self/ns/user /proc/thread-self/root /proc/self/task/1/cwd \
				/proc/1/root /proc/1/cwd /proc/$$/root /proc/$$/fd/0 \
				/proc/self/root/etc /proc/self/cwd/etc/.. /dev/fd/0 \
				/dev/fd/9 /dev/stdin /dev/stderr; do
				said=$("$SD" run ${option%%%*}$path${option#*%} echo started 2>&1 \
					</etc/passwd 9</usr)
				status=$? tried=$((tried + 1))
				case $status:$said in
				125:selfdock-run:*) ;;
				*) echo "$option $path: $status $said" ;;
				esac
			done
		done
		echo "$tried"'
	# The device of that name is the terminal itself, or none.
	assertEquals 200 "$output"
}

# Unusual directories

testWorkingDirectoryInADetachedMountIsRefused() {
	lacks_root && return
	scenario T-208 'to start in a directory of a mount that is detached' 'what is mounted there'
	in_mounts private 'mkdir a; mount -t tmpfs -o mode=777 none a; top=$PWD/a; cd a
		touch marker; umount -l "$top"
		for options in "" "-C ." -w "-m . /mnt"; do
			sd $options run sh -c "ls -A . /mnt; echo ran" || echo $?
		done'
	assertNotContains "$output" marker
	assertContains "$output" 125
}

# The kernel says so by "(unreachable)".
testWorkingDirectoryAboveTheRootIsRefused() {
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer level refuses already' && return
	scenario T-208 'to start above the root of a chroot' 'what is outside of it'
	as_tester mkdir "$WORK/chroot" "$WORK/chroot/proc" "$WORK/chroot/dev"
	in_mounts private 'mount --rbind /proc "$WORK/chroot/proc"
		mount --rbind /dev "$WORK/chroot/dev"
		for options in "" "-C ." -w "-m . /mnt"; do
			cd "$SCRATCH"; $PYTHON -c "
import os, sys
binary = os.open(sys.argv[2], os.O_RDONLY)
os.chroot(sys.argv[1])
id = int(sys.argv[3])
os.setgroups([id]); os.setresgid(id, id, id); os.setresuid(id, id, id)
os.execve(binary, [\"selfdock\", \"run\"] + sys.argv[4:] + [\"echo\", \"ran\"], {})" \
				"$WORK/chroot" "$SELFDOCK" "$SD_UID" $options || echo $?
		done'
	assertEquals "$output" 4 "$(echo "$output" | grep -cx 125)"
	assertNotContains "$output" 'ran
'
}

. shunit2
