#!/bin/sh
# SPDX-License-Identifier: ISC
# What is made for an option: destinations that do not exist, the underlays that
# hold them, masks; and options on top of each other. Outside nothing changes.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh
export LC_ALL=C

setUp() {
	new_destinations
}

refuses() {
	pattern=$1
	shift
	assert_fails 125 "$pattern" "$@"
}

# Destinations that do not exist

testMissingDirectoryIsMade() {
	look
	before=$output
	for destination in "$HERE/new" "$HERE/a/b/c" "$HERE/dir/new" "$HERE/dir/sub/a/b" \
		"/selfdock-new" "/usr/selfdock/new" "$HERE//a/./b//" "$HERE/dir/../new" \
		"$HERE/a/../b"; do
		for option in -m -v; do
			assert_output text "$option" "$WORK/dir" "$destination" \
				run cat "$destination/file"
		done
		assert_output 'tmpfs 0' -t mode=755 "$destination" \
			run sh -c 'echo $(stat -fc %T "$1") $(ls -A "$1" | wc -l)' sh "$destination"
	done
	assert_untouched
}

testMissingFileIsMade() {
	look
	before=$output
	for destination in "$HERE/new" "$HERE/a/b/c" "$HERE/dir/new" /selfdock-new \
		/usr/selfdock/new; do
		for option in -m -v; do
			assert_output text "$option" "$WORK/dir/file" "$destination" \
				run cat "$destination"
		done
	done
	refuses 'Not a directory' -m "$WORK/dir/file" "$HERE/new/" run true
	assert_untouched
}

testMissingDestinationOfAVolumeIsAsWritableAsItsSource() {
	assert_output '' -v "$WORK/dir" "$HERE/new" run touch "$HERE/new/made"
	assertTrue "[ -e $WORK/dir/made ]"
	assert_output '' -v "$WORK/dir/file" "$HERE/new/file" \
		run sh -c 'echo more >>"$1"' sh "$HERE/new/file"
	assertEquals "$(printf 'text\nmore')" "$(cat "$WORK/dir/file")"
	assert_output 'rw ro ro' -v "$WORK/dir" "$HERE/new/dir" \
		run sh -c "$WRITABLE" sh "$HERE/new/dir" "$HERE/new" "$HERE"
}

testMissingDestinationBelowAMapIsMade() {
	look
	before=$output
	assert_output "$(printf 'file\nnew\ntext')" -m "$WORK/dir" /mnt -m "$WORK/dir" /mnt/new \
		run sh -c 'ls /mnt; cat /mnt/new/file'
	assert_output text -m "$WORK" /tmp/map -m "$WORK/dir" /tmp/map/dir/a/b \
		run cat /tmp/map/dir/a/b/file
	assert_output text -m "$WORK" "$HERE/new" -m "$WORK/dir/file" "$HERE/new/new" \
		run cat "$HERE/new/new"
	assert_output text -m "$WORK" /mnt -m "$WORK/dir" /mnt/new build cat /mnt/new/file
	assert_untouched
}

testMissingDestinationOnACoveredMountIsMade() {
	lacks_root && return
	in_mounts private 'mkdir home; mount -t tmpfs none home; mkdir -p home/user/project
		echo secret >home/user/secret; chown -R "$SD_UID" home/user
		sd -m "$WORK/dir" "$PWD/home/user/project" run \
			sh -c "cd \$1; find . | sort; cat user/project/file; $WRITABLE" \
			sh "$PWD/home"
		[ -d home/user/project ] && find home -name file'
	assertEquals \
		"$(printf '.\n./user\n./user/project\n./user/project/file\ntext\nro')" "$output"
}

testWorkdirOnACoveredMountIsWritable() {
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer level covers it' && return
	in_mounts private 'mkdir home; mount -t tmpfs none home; mkdir -p home/user/project
		echo secret >home/user/secret; chown -R "$SD_UID" home/user; cd home/user/project
		sd -w run sh -c "pwd -P; touch made; ls -A ..; $WRITABLE" sh . ..
		ls'
	assertEquals \
		"$(printf '%s\nproject\nrw ro\nmade' "$SCRATCH/mounts/home/user/project")" "$output"
}

testMissingDestinationInAReadOnlyFileSystemIsMade() {
	lacks_root && return
	make_rootfs "$WORK/rootfs"
	in_mounts private 'mount --bind "$WORK/rootfs" "$WORK/rootfs"
		mount -o remount,bind,ro "$WORK/rootfs"
		sd -r "$WORK/rootfs" -m /usr /usr -m "$WORK/dir" /new build cat /new/file
		sd -r "$WORK/rootfs" -m /usr /usr -m "$WORK/dir" /etc/new \
			build sh -c "$WRITABLE" sh / /etc
		mkdir source; mount -t tmpfs none source; mount -o remount,ro source
		sd -v "$PWD/source" /mnt -m "$WORK/dir" /mnt/new run cat /mnt/new/file'
	assertEquals "$(printf 'text\nro ro\ntext')" "$output"
}

testMissingDestinationWhereTheProgramCouldMakeItIsRefused() {
	make_rootfs "$WORK/rootfs"
	look
	before=$output
	error='does not exist, and what is there is writable: make it first'
	for option in '-m /etc' '-v /etc' '-t exec' '-m /etc/passwd' --mask; do
		for words in "-v $WORK/dir /mnt $option /mnt/new run" \
			"-v $WORK/dir /mnt $option /mnt/new/a build" \
			"-r $WORK/rootfs -m /usr /usr $option /new build" \
			"-r $WORK/rootfs -m /usr /usr $option /etc/new build" \
			"-v $WORK/dir $HERE/new $option $HERE/new/new run"; do
			# shellcheck disable=SC2086 # words
			refuses "$error" $words true
		done
	done
	assert_untouched
}

testManyMissingDestinationsInTheSameDirectory() {
	look
	before=$output
	assert_output \
		"$(printf 'dir\nfile\nnew1\nnew2\nnew3\nnew4\ntext\ntext\nbelow\nnew5\nsub')" \
		-m "$WORK/dir" "$HERE/new1" -m "$WORK/dir/file" "$HERE/new2" -t exec "$HERE/new3" \
		-v "$WORK/dir" "$HERE/new4/a" -m /etc "$HERE/dir/new5" \
		run sh -c 'cd "$1"; ls; cat new1/file new2 dir/file; ls -I file dir' sh "$HERE"
	assert_untouched
}

testLaterOptionBelowAMadeDestination() {
	assert_output "$(printf 'file\nnew\nro')" -m "$WORK/dir" "$HERE/a" \
		-t mode=755 "$HERE/a/new" run sh -c "ls \$1/a; $WRITABLE" sh "$HERE"
	assert_output 'rw rw' -t mode=755 "$HERE/a" -v "$WORK/dir" "$HERE/a/new" \
		run sh -c "$WRITABLE" sh "$HERE/a" "$HERE/a/new"
	assert_output '' -m "$WORK/dir" "$HERE/a" -t exec "$HERE/a" run ls -A "$HERE/a"
	assert_output file -m "$WORK/dir" "$HERE/a/b" -m "$WORK/dir" "$HERE/a" run ls -A "$HERE/a"
	assert_output file -m "$WORK/dir" "$HERE/new" -m "$WORK/dir" "$HERE" run ls -A "$HERE"
}

testMissingDestinationAtTheRootAndItsLinks() {
	make_rootfs "$WORK/rootfs"
	look
	before=$output
	assert_output \
		"$(printf 'bin\ndata\ndev\netc\nlib\nlib64\nnew\nproc\nsbin\ntmp\nusr\nusr/bin')" \
		-r "$WORK/rootfs" -m /usr /usr -m "$WORK/dir" /new \
		run sh -c 'ls -A /; readlink /bin'
	assert_output 'proc tmpfs tmpfs' -r "$WORK/rootfs" -m /usr /usr -m "$WORK/dir" /new \
		run sh -c 'echo $(stat -fc %T /proc /dev /tmp)'
	refuses '--rootfs' -m "$WORK/dir" /selfdock-new -m "$WORK/dir" /selfdock-new/.. run true
	refuses 'at or below /proc' -m "$WORK/dir" /selfdock-new -m /usr /selfdock-new/../proc \
		run true
	refuses 'cannot map' -m "$WORK/dir" /selfdock-new -m /usr /usr/../proc/new run true
	assert_untouched
}

# Each level has entries of its own in the same directories.
testMissingDestinationsAtEveryLevel() {
	lacks_levels && return
	look
	before=$output
	assert_output "$(printf 'dir\nfile\nnew1\nnew2\nnew3\nsibling\ntext')" \
		-m "$WORK/dir" "$HERE/new1" run \
		"$SELFDOCK" -m "$HERE/new1" "$HERE/new2" run \
		"$SELFDOCK" -m "$HERE/new2" "$HERE/new3" run \
		sh -c 'cd "$1"; ls; cat file new3/file' sh "$HERE"
	assert_output "$(printf 'text\n1')" -m "$WORK/dir" /selfdock-1 run \
		"$SELFDOCK" -m /selfdock-1 /selfdock-2 run \
		"$SELFDOCK" -m /selfdock-2 /selfdock-3 run sh -c 'cat /selfdock-3/file; echo $$'
	assert_untouched
}

testMissingDestinationThroughLinks() {
	ln -s dir "$HERE/relative"
	ln -s "$HERE/dir" "$HERE/absolute"
	ln -s "../${HERE##*/}/missing" "$HERE/dangling"
	ln -s dangling "$HERE/chain"
	ln -s "$HERE/missing/a/../b" "$HERE/deep"
	ln -s ../../../../../../../../../../../selfdock-new "$HERE/up"
	look
	before=$output
	while read -r destination place text; do
		assert_output "text
$text" -m "$WORK/dir" "$HERE/$destination" run sh -c 'cat "$1/file"; readlink "$2"' \
			sh "$place" "$HERE/${destination%%/*}"
		assert_output text -m "$WORK/dir/file" "$HERE/$destination" run cat "$place"
	done <<-EOF_CASES
		relative/new $HERE/dir/new dir
		absolute/a/b $HERE/dir/a/b $HERE/dir
		absolute/../new $HERE/new $HERE/dir
		dangling $HERE/missing ../${HERE##*/}/missing
		dangling/new $HERE/missing/new ../${HERE##*/}/missing
		chain $HERE/missing dangling
		chain/new $HERE/missing/new dangling
		deep $HERE/missing/b $HERE/missing/a/../b
		up /selfdock-new ../../../../../../../../../../../selfdock-new
	EOF_CASES
	assert_untouched
}

testMissingDestinationBehindALoopIsRefused() {
	ln -s loop "$HERE/loop"
	ln -s two "$HERE/one"
	ln -s one/x "$HERE/two"
	look
	before=$output
	for destination in loop loop/new one two/new; do
		refuses 'ymbolic link' -m "$WORK/dir" "$HERE/$destination" run true
	done
	assert_untouched
}

testMissingDestinationOfAnyName() {
	long=$(printf %0255d 0)
	set -- 'a b' ' ' 'tab	' 'back\slash' '\040' 'new
line' '#' "$(printf '\303\266\377')" "$long" "${long%0}1/$long" -
	assertEquals 11 $#
	texts=
	for name; do
		shift
		set -- "$@" -m "$WORK/dir" "$HERE/$name"
		texts="$texts text"
	done
	assert_output "${texts# }" "$@" run sh -c 'while [ $# -gt 0 ]; do
			all="$all $(cat "$3/file")"
			shift 3
		done; echo $all' sh "$@"
	lacks_levels >/dev/null || assert_output '' "$@" run "$SELFDOCK" \
		run sh -c 'while [ $# -gt 0 ]; do ls -A "$3"; shift 3; done' sh "$@"
	look
	before=$output
	refuses 'ame too long' -m "$WORK/dir" "$HERE/${long}0" run true
	refuses 'ame too long' -m "$WORK/dir" "$HERE/a/${long}0" run true
	assert_untouched
}

testFileOnTheWayToAMissingDestinationIsRefused() {
	look
	before=$output
	refuses 'Not a directory' -m "$WORK/dir" "$HERE/file/new" run true
	refuses 'Not a directory' -m "$WORK/dir" "$HERE/new" -m "$WORK/dir" "$HERE/new/file/a" \
		run true
	refuses "'$HERE/new' is no directory" -m "$WORK/dir/file" "$HERE/new" \
		-m "$WORK/dir" "$HERE/new" run true
	refuses "'$HERE/new' is a directory" -m "$WORK/dir" "$HERE/new/a" \
		-m "$WORK/dir/file" "$HERE/new" run true
	assert_untouched
}

testDirectoryThatTheCallerMayNotListGetsNoUnderlay() {
	lacks_root && return
	mkdir "$HERE/closed" "$HERE/closed/dir"
	chmod 711 "$HERE/closed"
	assert_output text -m "$WORK/dir" "$HERE/closed/dir" run cat "$HERE/closed/dir/file"
	[ "$MODE" = root ] && assert_output "$(printf 'dir\nnew')" \
		-m "$WORK/dir" "$HERE/closed/new" run ls "$HERE/closed" && return
	look
	before=$output
	for name in new a/b dir/../new; do
		for option in "-m $WORK/dir" "-v $WORK/dir/file" '-t exec' --mask; do
			# shellcheck disable=SC2086 # one or two words
			refuses 'Permission denied' $option "$HERE/closed/$name" run true
		done
	done
	assert_untouched
	chmod 700 "$HERE/closed"
	refuses 'Permission denied' -m "$WORK/dir" "$HERE/closed/new" run true
	refuses 'Permission denied' -m "$WORK/dir" "$HERE/closed/dir" run true
}

testWorkingDirectoryStaysWhereItGetsAnUnderlay() {
	assertEquals "$HERE" \
		"$(cd "$HERE" && sd -m "$WORK/dir" "$HERE/new" run sh -c 'pwd -P' 2>&1)"
	assertEquals "$HERE/dir" \
		"$(cd "$HERE/dir" && sd -m "$WORK/dir" "$HERE/new" run sh -c 'pwd -P' 2>&1)"
	assertEquals "$HERE" \
		"$(cd "$HERE" && sd -m "$WORK/dir" /selfdock-new run sh -c 'pwd -P' 2>&1)"
	assertEquals "$HERE" "$(cd "$HERE" && sd -m "$WORK" "$HERE" -m "$WORK" "$HERE/new" \
		run sh -c 'pwd -P' 2>&1)"
	assertEquals "$HERE/new/a" \
		"$(cd / && sd -t exec "$HERE/new/a" -C "$HERE/new/a" run sh -c 'pwd -P' 2>&1)"
}

# Underlays

testEntriesOfAnUnderlayAreTheVeryFiles() {
	mkfifo "$HERE/fifo"
	"$HELPERS/input_socket" "$HERE/socket"
	touch "$HERE/empty" "$HERE/setuid" "$HERE/unreadable" "$HERE/.hidden"
	chmod 6755 "$HERE/setuid"
	chmod 0 "$HERE/unreadable"
	mkdir -m 1777 "$HERE/sticky"
	mkdir -m 700 "$HERE/private"
	ln "$HERE/file" "$HERE/hard"
	ln -s file "$HERE/link"
	ln -s /missing/place "$HERE/dangling"
	ln -s . "$HERE/dot"
	if am_root; then
		mknod "$HERE/null" c 1 3
		mknod "$HERE/block" b 7 0
		chmod 666 "$HERE/null"
		chown 12345:12346 "$HERE/empty"
	fi
	list='cd "$1"
		find . -mindepth 1 ! -type l ! -path ./new \
			-printf "%P %y %D:%i %m %U:%G %n %s %T@\n" 2>/dev/null
		find . -type l -printf "%P %y %l\n" 2>/dev/null
		cat file dir/file link hard dot/file'
	try run sh -c "$list" sh "$HERE"
	assertEquals "$output" 0 "$status"
	without=$(printf '%s\n' "$output" | sort)
	try -t exec "$HERE/new" run sh -c "$list" sh "$HERE"
	assertEquals "$without" "$(printf '%s\n' "$output" | sort)"
	assertContains "$output" 'socket s'
	! am_root || assertContains "$output" 'null c'
}

# The kernel may refuse to follow another user's link in a directory for all; the copy of the link
# in an underlay would be the caller's.
testUnderlayLeavesOutTheLinksOfOthersInADirectoryForAll() {
	lacks_root && return
	mkdir -m 1777 "$HERE/all"
	for owner in "$SD_UID" "$OTHER" 12345; do
		ln -s ../file "$HERE/all/$owner"
		chown -h "$owner" "$HERE/all/$owner"
	done
	assert_output "$(printf '%s new' "$SD_UID")" -m "$WORK/dir" "$HERE/all/new" \
		run sh -c 'echo $(ls "$1")' sh "$HERE/all"
	chmod 777 "$HERE/all"
	assert_output 4 -m "$WORK/dir" "$HERE/all/new" run sh -c 'ls "$1" | wc -l' sh "$HERE/all"
}

testNodeInAnUnderlayIsNone() {
	lacks_root && return
	mknod "$HERE/zero" c 1 5
	chmod 666 "$HERE/zero"
	try -m "$WORK/dir" "$HERE/new" run head -c 1 "$HERE/zero"
	assertContains "$output" 'Permission denied'
}

testSetuidProgramInAnUnderlayHasNoEffect() {
	lacks_root && return
	cp "$(command -v id)" "$HERE/id"
	chmod 4755 "$HERE/id"
	[ "$MODE" != root ] || chown "$OTHER" "$HERE/id"
	assert_output "$SD_UID" -m "$WORK/dir" "$HERE/new" run "$HERE/id" -u
}

testMountsBelowEntriesOfAnUnderlayStay() {
	lacks_root && return
	in_mounts private 'mkdir -p "$WORK/tree/a/b" "$WORK/tree/c"
		mount -t tmpfs -o mode=1777 none "$WORK/tree/a/b"; touch "$WORK/tree/a/b/seen"
		mount -t tmpfs -o mode=1777 none "$WORK/tree/c"; mkdir "$WORK/tree/c/d"
		mount --make-unbindable "$WORK/tree/c"
		touch "$WORK/tree/e"; mount --bind "$WORK/dir/file" "$WORK/tree/e"
		sd -m "$WORK/tree" /mnt -t exec /mnt/new \
			run sh -c "cd /mnt; find . | sort; cat e; $WRITABLE" sh a/b c
		mount --bind "$WORK/tree" "$WORK/tree"'
	assertEquals "$(printf '.\n./a\n./a/b\n./a/b/seen\n./c\n./c/d\n./e\n./new\ntext\nro ro')" \
		"$output"
}

testUnderlayHasTheModeOfTheDirectory() {
	(cd "$WORK" && as_tester mkdir -p 700/sub 755/sub 750/sub 1777/sub 555/sub 500/sub \
		1755/sub 733/sub 2755/sub 711/sub)
	set --
	wanted=
	for mode in 700 755 750 1777 555 500 1755 733 2755 711; do
		as_tester chmod "$mode" "$WORK/$mode"
		set -- "$@" -m "$WORK/$mode" "/tmp/$mode" -m "$WORK/dir" "/tmp/$mode/new"
		case $mode in
		2755 | 555) shown=755 ;;
		500) shown=700 ;;
		*) shown=$mode ;;
		esac
		wanted="$wanted $mode: $shown $SD_UID"
	done
	assert_output "${wanted# }" "$@" \
		run sh -c 'cd /tmp; echo $(stat -c "%n: %a %u" "$@")' \
		sh 700 755 750 1777 555 500 1755 733 2755 711
	chmod 700 "$WORK/555" "$WORK/500"
	umask 077
	assert_output '755 755' -m "$WORK" /mnt -m "$WORK/dir" /mnt/a/b \
		run sh -c 'echo $(stat -c %a /mnt /mnt/a)'
	umask 022
}

testUnderlayOverALargeDirectory() {
	mkdir "$HERE/large"
	(cd "$HERE/large" && seq 3000 | xargs touch)
	assert_output "$(printf '3001\ntext')" -m "$WORK/dir" "$HERE/large/new" \
		run sh -c 'ls "$1" | wc -l; cat "$1/new/file"' sh "$HERE/large"
}

testEntryThatAppearsLaterIsNotSeen() {
	as_tester mkfifo "$WORK/go"
	sd -v "$WORK" "$WORK" -t exec "$HERE/new" run sh -c 'touch "$1/started" && read x <"$1/go"
		ls -A "$2" >"$1/seen"' sh "$WORK" "$HERE" &
	until_true test -e "$WORK/started" || fail 'it did not start'
	touch "$HERE/later"
	echo >"$WORK/go"
	wait $!
	assertEquals "$(printf 'dir\nfile\nnew')" "$(cat "$WORK/seen")"
}

# Entries come, go and change their type while the underlay is filled. The modes share the 50000
# exchanges.
testUnderlayOverADirectoryThatChanges() {
	make_rootfs "$WORK/rootfs"
	as_tester mkdir "$WORK/rootfs/etc/two"
	as_tester touch "$WORK/rootfs/etc/one" "$WORK/rootfs/etc/three"
	as_tester ln -s /missing "$WORK/rootfs/etc/four"
	share 50000
	results=$(outside "$HELPERS/source_race" "${ROUNDS:-$share}" "$WORK/rootfs/etc" \
		one two three four -- \
		"$SELFDOCK" -r "$WORK/rootfs" -m /usr /usr -m "$WORK/dir/file" /etc/new \
		run sh -c 'cat /etc/new; echo $(ls /etc | wc -l)' | sort -u)
	assertEquals "$(printf '5\ntext')" "$results"
}

# Inner instances

testInnerInstanceSeesTheEntriesAndNotTheOptionsOfTheOuterOne() {
	lacks_levels && return
	assert_output \
		"$(printf 'a\ndir\nfile\nnew\nnewfile\nb\nfile\nnewer\nsub\nsibling\nbelow')" \
		-m "$WORK/dir" "$HERE/dir/sub" -v "$WORK/dir" "$HERE/dir/newer" \
		-v "$WORK/dir" "$HERE/new" -m "$WORK/dir/file" "$HERE/newfile" \
		-t mode=755 "$HERE/a/b" \
		run "$SELFDOCK" run sh -c 'cd "$1"; ls; ls a; ls dir; cat file dir/file newfile
			find new/ a/b/ dir/newer/ dir/sub/ -mindepth 1' sh "$HERE"
	assert_output 'ro ro ro' -v "$WORK/dir" "$HERE/new" -t mode=755 "$HERE/a/b" \
		run "$SELFDOCK" run sh -c "$WRITABLE" sh "$HERE" "$HERE/new" "$HERE/a/b"
}

testInnerInstanceOfOneWithAnUnderlayAtTheRoot() {
	lacks_levels && return
	try run ls -A /var /etc "$HERE" /usr/bin
	without=$output
	assert_output "$without" -v "$WORK/dir" /selfdock-new -m /etc/passwd /selfdock-file \
		run "$SELFDOCK" run ls -A /var /etc "$HERE" /usr/bin
	assert_output 'ro ro' -v "$WORK/dir" /selfdock-new run "$SELFDOCK" run \
		sh -c "find /selfdock-new /sys /tmp -mindepth 1; $WRITABLE" sh / /selfdock-new
	assert_output 'ro ro' -v "$WORK/dir" /selfdock-new run "$SELFDOCK" \
		build sh -c "$WRITABLE" sh / /etc
	assert_output '' -m /etc/passwd /selfdock-file run "$SELFDOCK" run cat /selfdock-file
	assert_output 'bin -> usr/bin' -v "$WORK/dir" /selfdock-new -r / run "$SELFDOCK" run \
		sh -c 'echo "bin -> $(readlink /bin)"'
}

testInnerInstanceMapsWhatTheOuterOneHasMade() {
	lacks_levels && return
	assert_output text -v "$WORK/dir" "$HERE/new" run "$SELFDOCK" -m "$HERE/new" "$HERE/new" \
		run cat "$HERE/new/file"
	assert_output "$(printf 'text\nro rw')" -v "$WORK/dir" /selfdock-new \
		run "$SELFDOCK" -m /selfdock-new /mnt -v /selfdock-new /tmp/volume \
		run sh -c "cat /mnt/file; $WRITABLE" sh /mnt /tmp/volume
	assert_output "$(printf 'sibling\ntext')" -v "$WORK/dir" "$HERE/new" \
		run "$SELFDOCK" -m "$HERE" /mnt run cat /mnt/file /mnt/new/file
}

testInnerInstanceMapsThroughTheLinksOfAnUnderlay() {
	lacks_levels && return
	ln -s dir "$HERE/link"
	assert_output below -t exec "$HERE/new" run "$SELFDOCK" -m "$HERE/link" /mnt \
		run cat /mnt/file
	[ ! -L /bin ] || assert_output yes -t exec /selfdock-new run "$SELFDOCK" -m /bin /tmp/x \
		run sh -c '[ -x /tmp/x/sh ] && echo yes'
}

testInnerInstanceSeesOptionsOfTheOuterOneInTheInstalledSystem() {
	lacks_levels && return
	for top in /usr /etc /opt; do
		[ -d "$top" ] || continue
		assert_output "$(printf 'text\nro')" -v "$WORK/dir" "$top/selfdock-new" \
			run "$SELFDOCK" run sh -c "cat \"\$1/file\"; $WRITABLE" \
			sh "$top/selfdock-new"
	done
}

# Masks

testMaskOfALinkIsOnWhatItLeadsTo() {
	ln -s file "$HERE/link"
	ln -s "$HERE/dir" "$HERE/absolute"
	ln -s missing "$HERE/dangling"
	assert_output '0 777 file' --mask "$HERE/link" \
		run sh -c 'echo $(stat -c %a "$1/file" "$1/link"; readlink "$1/link")' sh "$HERE"
	assert_output '0 0' --mask "$HERE/absolute/file" --mask "$HERE/dangling" \
		run sh -c 'echo $(stat -c %a "$1/dir/file" "$1/missing")' sh "$HERE"
	try --mask "$HERE/link" run cat "$HERE/link"
	assertContains "$output" 'Permission denied'
}

testMaskOfWhatDoesNotExist() {
	look
	before=$output
	for path in "$HERE/new" "$HERE/a/b" /selfdock-new /tmp/new; do
		try --mask "$path" run sh -c 'stat -c "%a %F" "$1"; ls "$1"
			touch "$1/x" 2>/dev/null || echo not made' sh "$path"
		assertContains "$path" "$output" '0 directory'
		assertContains "$path" "$output" 'Permission denied'
		assertContains "$path" "$output" 'not made'
	done
	assert_untouched
}

testMaskOfSpecialFiles() {
	mkfifo "$HERE/fifo"
	"$HELPERS/input_socket" "$HERE/socket"
	set -- "$HERE/fifo" "$HERE/socket" /dev/null /dev/zero
	assert_output "$(printf '0 regular empty file\n%.0s' "$@")" --mask "$1" --mask "$2" \
		--mask "$3" --mask "$4" run stat -c '%a %F' "$@" </dev/null
	set -- /tmp /dev/shm /dev/pts /sys /usr/share
	assert_output "$(printf '0 directory\n%.0s' "$@")" --mask "$1" --mask "$2" \
		--mask "$3" --mask "$4" --mask "$5" run stat -c '%a %F' "$@"
}

testMaskThatCannotBe() {
	look
	before=$output
	refuses '--rootfs' --mask / run true
	refuses '--rootfs' --mask /usr/.. run true
	refuses 'at or below /proc' --mask /proc/self/environ run true
	refuses 'at or below /proc' --mask /usr/../proc run true
	refuses "must begin with '/'" --mask usr run true
	refuses 'Not a directory' --mask "$HERE/file/x" run true
	assert_untouched
}

testManyMasks() {
	set --
	for i in $(seq 40); do set -- "$@" --mask "$HERE/new$i" --mask "$HERE/dir/new$i"; done
	assert_output '81 0' "$@" --mask "$HERE/file" run sh -c '
		echo $(find "$1" -perm 0 2>/dev/null | wc -l) $(stat -c %a "$1/new40")' sh "$HERE"
}

testMaskBelowAMapAndAVolume() {
	assert_output '0 text' -m "$WORK" /mnt -m "$WORK/dir" /tmp/dir --mask /mnt/dir \
		run sh -c 'echo $(stat -c %a /mnt/dir; cat /tmp/dir/file)'
	assert_output '0 0' -v "$WORK" /mnt --mask /mnt/dir/file -m "$WORK" "$HERE/new" \
		--mask "$HERE/new/new" \
		run sh -c 'echo $(stat -c %a /mnt/dir/file "$1")' sh "$HERE/new/new"
	try -v "$WORK" /mnt --mask /mnt/dir \
		run sh -c 'rmdir /mnt/dir; rm -rf /mnt/dir; mv /mnt/dir /mnt/x; ls /mnt/dir'
	assertNotEquals 0 "$status"
	assertEquals text "$(cat "$WORK/dir/file")"
}

# Options on top of each other

testLaterOptionWins() {
	assert_output "$(printf 'text\nfile\ntext')" --mask "$HERE/file" --mask "$HERE/dir" \
		--mask "$HERE/new" -m "$WORK/dir/file" "$HERE/file" -m "$WORK/dir" "$HERE/dir" \
		-m "$WORK/dir" "$HERE/new" run sh -c 'cd "$1"; cat file; ls dir; cat new/file' \
		sh "$HERE"
	assert_output "$(printf '0\n0\n0')" -m "$WORK/dir/file" "$HERE/file" \
		-m "$WORK/dir" "$HERE/dir" -v "$WORK/dir" "$HERE/new" --mask "$HERE/file" \
		--mask "$HERE/dir" --mask "$HERE/new" \
		run stat -c %a "$HERE/file" "$HERE/dir" "$HERE/new"
	assert_output text --mask "$HERE/dir/file" -m "$WORK/dir" "$HERE/dir" \
		run cat "$HERE/dir/file"
	look
	before=$output
	refuses 'Permission denied' --mask "$HERE/dir" -m "$WORK/dir" "$HERE/dir/sub" run true
	refuses 'Permission denied' --mask "$HERE/dir" -m "$WORK/dir" "$HERE/dir/new" run true
	assert_untouched
}

testVolumeBelowAMapAndTheReverse() {
	as_tester mkdir -p "$WORK/a/b" "$WORK/c/b"
	assert_output 'ro rw' -m "$WORK/a" /mnt -v "$WORK/dir" /mnt/b \
		run sh -c "$WRITABLE" sh /mnt /mnt/b
	assert_output 'rw ro' -v "$WORK/a" /mnt -m "$WORK/dir" /mnt/b \
		run sh -c "$WRITABLE" sh /mnt /mnt/b
	assert_output 'ro rw ro rw' -m "$WORK/a" "$HERE/x" -v "$WORK/c" "$HERE/x/b" \
		-m "$WORK/a" "$HERE/x/b/b" -v "$WORK/dir" "$HERE/x/b/b/b" \
		run sh -c "$WRITABLE" sh "$HERE/x" "$HERE/x/b" "$HERE/x/b/b" "$HERE/x/b/b/b"
	assert_output 'ro rw' -m "$WORK/dir" "$HERE/new" -v "$WORK/c" "$HERE/new/new" \
		run sh -c "$WRITABLE" sh "$HERE/new" "$HERE/new/new"
	assert_output 'rw ro' -v "$WORK/c" "$HERE/new" -m "$WORK/dir" "$HERE/new/b" \
		run sh -c "$WRITABLE" sh "$HERE/new" "$HERE/new/b"
	assertEquals "$(printf 'a\nb\nc\ndir')" \
		"$(cd "$WORK" && find a c dir -type d | tr / '\n' | sort -u)"
}

testRootOfTheHostAtAMissingDestination() {
	for option in -m -v; do
		assert_output "$(printf 'sibling\nbelow')" "$option" / /host \
			run sh -c 'cat "/host$1/file" "/host$1/dir/file"' sh "$HERE"
		assert_output text "$option" / /host -m "$WORK/dir" "/host$HERE/dir/sub" \
			run cat "/host$HERE/dir/sub/file"
	done
	assert_output text -m / /host -m "$WORK/dir" /host/selfdock-new \
		run cat /host/selfdock-new/file
	assert_output ro -m / /host run sh -c "$WRITABLE" sh /host
	assertFalse '[ -e /host ]'
}

# The modes share the 20 starts.
testEntriesThatAreDeletedMeanwhileAreLeftOut() {
	while :; do
		for name in 1 2 3 4 5 6 7 8 9; do
			: >"$HERE/dir/$name"
		done
		rm "$HERE/dir/"[1-9]
	done 2>/dev/null &
	churn=$!
	share 20
	for _ in $(seq "$share"); do
		try -v /usr "$HERE/dir/new" run true
		assertEquals "$output" 0 "$status"
	done
	kill $churn
	wait $churn 2>/dev/null
	:
}

. shunit2
