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

# Links

testLinkThatTheCallerMadeIsRefusedInHisDirectory() {
	are_roots && return
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
	ln -s dir "$WORK/link"
	chown -h "$OTHER" "$WORK/link"
	case $MODE in
	setuid | root) refuses_link "$WORK/link" ;;
	*) follows text "$WORK/link" ;;
	esac
}

testLinkInADirectoryForAllIsRefusedUnlessBothAreRoots() {
	lacks_root && return
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
	as_tester ln -s dir "$WORK/link"
	in_mounts private 'mkdir ro; mount --bind "$WORK" ro; mount -o remount,bind,ro ro
		sd -m "$PWD/ro/link" /tmp/x run cat /tmp/x/file || echo $?
		chown 0 "$WORK"; chmod 777 "$WORK"
		sd -m "$PWD/ro/link" /tmp/x run cat /tmp/x/file || echo $?'
	chown "$SD_UID" "$WORK"
	chmod 755 "$WORK"
	case $MODE in
	nested) wanted='No such file' ;; # the outer level covers it
	*) wanted="name what '$SCRATCH/mounts/ro/link' leads to" ;;
	esac
	assertEquals "$output" 2 "$(printf '%s\n' "$output" | grep -c "$wanted")"
	assertEquals "$output" 2 "$(printf '%s\n' "$output" | grep -cx 125)"
}

testLinkInAProcIsRefused() {
	lacks_root && return
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
	ln -s "$SECRET" "$WORK/dir/root"
	try -v "$WORK/dir" /mnt run /usr/bin/ln -P /mnt/root /mnt/planted
	assertContains "$output" 'Operation not permitted'
}

# Flags

# Each flag is on the mount alone: nothing could change a flag of the file system.
testFlagsOfASourceAreKept() {
	lacks_root && return
	flags=
	for w in rw ro; do for s in suid nosuid; do for d in dev nodev; do for x in exec noexec; do
		for a in strictatime relatime noatime strictatime,nodiratime relatime,nodiratime \
			noatime,nodiratime; do
			flags="$flags $w,$s,$d,$x,$a"
		done
	done; done; done; done
	# shellcheck disable=SC2086 # words
	in_mounts private 'top=$WORK/top
		mkdir "$top"; mount -t tmpfs none "$top"; mkdir "$top/sub"
		cd "$top/sub"; mkdir "$@"
		$PYTHON -c "
import ctypes, sys
bits = dict(ro=1, nosuid=2, nodev=4, noexec=8, noatime=1024, nodiratime=2048, relatime=1 << 21,
	    strictatime=1 << 24)
mount, REMOUNT, BIND = ctypes.CDLL(None).mount, 32, 4096
for name in sys.argv[1:]:
    path, flags = name.encode(), sum(bits.get(flag, 0) for flag in name.split(\",\"))
    assert not mount(path, path, None, BIND, None)
    assert not mount(None, path, None, REMOUNT | BIND | flags, None)" "$@"
		set --
		for dir in "$top"/sub/*; do
			set -- "$@" -m "$dir" "/tmp/-m/${dir##*/}" -v "$dir" "/tmp/-v/${dir##*/}"
		done
		print="!/ selfdock / { print \$5, \$6 }"
		sd "$@" -m "$top" /tmp/-m-all -v "$top" /tmp/-v-all run \
			awk "$print" /proc/self/mountinfo' $flags
	flags=$(printf '%s\n' "$output" | awk '
		$1 ~ "^/tmp/.*," {
			n = split($1, part, "/")
			m = split(part[n], flag, ",")
			ro = flag[1] == "ro" || part[3] ~ "^-m"
			wanted = (ro ? "ro" : "rw") ",nosuid,nodev"
			if (flag[4] == "noexec") wanted = wanted ",noexec"
			if (flag[5] == "noatime") wanted = wanted ",noatime"
			if (flag[6] == "nodiratime") wanted = wanted ",nodiratime"
			if (flag[5] == "relatime") wanted = wanted ",relatime"
			if ($2 == wanted) right++
			else print $1 " " $2
		}
		END { print right }')
	assertEquals "$((4 * 96))" "$flags"
}

testProgramsOnANosuidOrNoexecSourceStayWithoutEffect() {
	lacks_root && return
	in_mounts private 'for dir in a b; do
			mkdir "$WORK/dir/$dir"; mount -t tmpfs -o mode=755 none "$WORK/dir/$dir"
			cp "$(command -v id)" "$WORK/dir/$dir/id"; chmod 4755 "$WORK/dir/$dir/id"
			chown "$OTHER" "$WORK/dir/$dir/id"; chmod 4755 "$WORK/dir/$dir/id"
		done
		mount -o remount,bind,noexec "$WORK/dir/b"
		for option in -m -v; do
			sd "$option" "$WORK/dir" /mnt run /mnt/a/id -u
			sd "$option" "$WORK/dir" /mnt run /mnt/b/id -u 2>/dev/null || echo $?
		done'
	assertEquals "$(printf '%s\n126\n%s\n126' "$SD_UID" "$SD_UID")" "$output"
}

# Names that change during the start. What is mounted must be what the caller could
# open, and 20000 exchanges of names must not change that. The modes share them.

share 20000
ROUNDS=${ROUNDS:-$share}

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

. shunit2
