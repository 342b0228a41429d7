#!/bin/sh
# SPDX-License-Identifier: ISC
# The file-system view: what the program sees, what it can write, and that
# outside nothing of it is seen during the run or left after it.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh
export LC_ALL=C

setUp() {
	new_work 'mkdir dir; echo text >dir/file'
}

# The root file system

testRootIsReadOnlyInRun() {
	assert_output 'ro ro ro ro ro' run sh -c "$WRITABLE" sh / /usr /var /etc /home
	for dir in / /usr /var; do
		try run touch "$dir/selfdock-test"
		assertContains "$dir" "$output" 'Read-only file system'
		assertFalse "$dir" "[ -e $dir/selfdock-test ]"
	done
}

testRootIsAsWritableAsOutsideInBuild() {
	assert_output "$(outside sh -c "$WRITABLE" sh / /usr /var)" \
		build sh -c "$WRITABLE" sh / /usr /var
}

testBuildChangesARootfsAndRunDoesNot() {
	make_rootfs "$WORK/rootfs"
	as_tester touch "$WORK/rootfs/etc/old"
	assert_output '' -r "$WORK/rootfs" -m /usr /usr build sh -c 'touch /etc/new; rm /etc/old'
	assertEquals new "$(ls "$WORK/rootfs/etc")"
	try -r "$WORK/rootfs" -m /usr /usr run sh -c 'touch /etc/more; rm /etc/new'
	assertEquals "$output" 2 "$(printf '%s\n' "$output" | grep -c 'Read-only file system')"
	assertEquals new "$(ls "$WORK/rootfs/etc")"
}

testBuildIsReadOnlyWhereTheRootfsIs() {
	lacks_root && return
	make_rootfs "$WORK/rootfs"
	in_mounts private 'mount --bind "$WORK/rootfs" "$WORK/rootfs"
		mount -o remount,bind,ro "$WORK/rootfs"
		sd -r "$WORK/rootfs" -m /usr /usr build sh -c "$WRITABLE" sh / /etc /data'
	assertEquals 'ro ro ro' "$output"
}

testBuildInsideRunIsReadOnly() {
	lacks_levels && return
	assert_output 'ro ro ro' run "$SELFDOCK" build sh -c "$WRITABLE" sh / /usr /var
}

testRunInsideBuildIsReadOnly() {
	lacks_levels && return
	assert_output 'ro ro ro' build "$SELFDOCK" run sh -c "$WRITABLE" sh / /usr /var
}

# levels COUNT COMMAND...: the command in as many instances inside each other,
# of which the outer one of the nested mode is one.
levels() {
	count=$1
	shift
	[ "$MODE" = nested ] && count=$((count - 1))
	while [ "$count" -gt 1 ]; do
		set -- "$SELFDOCK" run "$@"
		count=$((count - 1))
	done
	try run "$@"
}

testSixteenLevelsWorkAndNoneCanWriteToTheRootOrDev() {
	lacks_levels && return
	for level in 2 3 16; do
		levels "$level" sh -c "$WRITABLE"'; echo $$' sh / /usr /dev
		assertEquals "level $level" "$(printf 'ro ro ro\n1')" "$output"
	done
}

testLevelSeventeenWorksOrSaysWhyNot() {
	lacks_levels && return
	levels 17 echo works
	case $status:$output in
	0:works) ;;
	125:selfdock-run:*Landlock*) assertEquals 1 "$(printf '%s\n' "$output" | wc -l)" ;;
	*) fail "$status: $output" ;;
	esac
}

# What is mounted below it

testMountBelowTheRootIsCovered() {
	lacks_root && return
	for applet in run build; do
		in_mounts private 'mkdir -p mnt; mount -t tmpfs -o mode=1777 none mnt
			mkdir mnt/sub; touch mnt/file; mount -t tmpfs none mnt/sub
			sd "$1" ls -A "$PWD/mnt"; sd "$1" sh -c "$WRITABLE" sh "$PWD/mnt"' "$applet"
		assertEquals "$applet" ro "$output"
	done
}

testMountOnAFileIsCovered() {
	lacks_root && return
	in_mounts private 'touch file; mount --bind /etc/passwd file
		sd run stat -c %F "$PWD/file"; sd run cat "$PWD/file"'
	assertEquals 'regular empty file' "$output"
}

testMountsOnTheSamePlaceAreCovered() {
	lacks_root && return
	in_mounts private 'mkdir mnt
		for i in 1 2 3; do mount -t tmpfs none mnt; touch mnt/$i; done
		sd run ls -A "$PWD/mnt"'
	assertEquals '' "$output"
}

testMountBelowAnotherMountIsNoObstacle() {
	lacks_root && return
	in_mounts private 'mkdir -p mnt/below; mount -t tmpfs none mnt/below; touch mnt/below/file
		mount -t tmpfs none mnt; touch mnt/file; sd run ls -A "$PWD/mnt"'
	assertEquals '' "$output"
}

testMountsOfAnyNameAreCovered() {
	lacks_root && return
	in_mounts private 'for name in "a b" "tab	" "back\\slash" "\\040" "new
line" "#" "$(printf "\\303\\266\\377")" " "; do
			mkdir "$name"; mount -t tmpfs none "$name"; touch "$name/file"
		done
		sd run find "$PWD" -name file'
	assertEquals '' "$output"
}

testMountsInManyPlacesAreCovered() {
	lacks_root && return
	in_mounts private 'busybox sh -ec "for i in \$(seq 300); do
			mkdir \$i; mount --bind /etc \$i
		done"
		sd run find "$PWD" -name passwd; sd run sh -c "$WRITABLE" sh "$PWD/300"'
	assertEquals ro "$output"
}

# Another namespace exchanges names, which moves the mount from p/sub to q to p and back. Where
# selfdock looks for it, there may be a directory of the mount, or a mount on that.
testMountThatIsMovedMeanwhileIsCovered() {
	lacks_root && return
	for sub in true "mount -t tmpfs none source/sub"; do
		in_mounts private 'mkdir -p source/sub p/sub q; $1
			touch source/marker source/sub/marker
			mount --rbind source p/sub
			export AT="$PWD"; cd "$OLDPWD"
			nsenter --mount="/proc/$PPID/ns/mnt" "$HELPERS/source_race" \
				"${ROUNDS:-100000}" "$AT" p/sub q p q p q p/sub q -- \
				/usr/bin/nsenter --mount="/proc/$$/ns/mnt" --wdns="$PWD" sh -c "
					. tests/common.sh
					sd run sh -c \"for i in 1 2 3 4 5 6 7 8 9; do
						for seen in $AT/[pq]/marker $AT/p/sub/marker \
							$AT/p/sub/sub/marker; do
							[ ! -e \\\$seen ] || echo \\\$seen
						done
					done; echo ran\" 2>&1 |
						sed \"/ is hidden: /,\\\$d\"" | sort -u' "$sub"
		assertEquals "$output" ran \
			"$(printf '%s\n' "$output" | grep -v '^selfdock-run: cannot cover')"
	done
}

# Where the directory is closed to the caller, selfdock covers it and nothing above it.
testDirectoryAboveOneThatIsMovedIsNotCovered() {
	lacks_root && return
	in_mounts private 'mkdir -p p/mnt; mount -t tmpfs none p/mnt; chmod 0 p; touch file
		/usr/bin/python3 -c "
import os
while True:
    os.rename(\"p\", \"q\")
    os.rename(\"q\", \"p\")" &
		for i in $(seq 100); do
			sd run sh -c "cd \$1; echo *file*" sh "$PWD" 2>&1 | sed "/ is hidden: /,\$d"
		done | sort -u
		kill $!'
	assertEquals file "$(printf '%s\n' "$output" | grep -v '^selfdock-run: cannot cover')"
}

# is_hidden DIRECTORY OWNER MODE OWNER-OF-ENTRY: the mount at top/dir/mnt has a name that is
# always wrong, as renames in time would have it, and a start says that it hides DIRECTORY.
is_hidden() {
	in_mounts private 'shift; mkdir -p top/dir/mnt; mount -t tmpfs none top/dir/mnt
		touch file top/file top/dir/file top/dir/mnt/file
		chown "$1" top; chmod "$2" top; chown "$3" top/dir
		strace -f -o /dev/null -P "$PWD/top/dir/mnt" -e trace=openat2 \
			-e inject=openat2:error=ENOENT $AS $SD_WORDS run find . 2>&1 | sort' "$@"
	assertContains "$*" "$output" "selfdock-run: '$SCRATCH/mounts/$1' is hidden: "
	assertEquals "$*: $output" "$(
		case $1 in
		top) printf '.\n./file\n./top' ;;
		*) printf '.\n./file\n./top\n./top/dir\n./top/file' ;;
		esac
	)" "$(printf '%s\n' "$output" | grep -v '^selfdock-run: ')"
	assertEquals 'lines of errors' 1 "$(printf '%s\n' "$output" | grep -c '^selfdock-run: ')"
}

testMountThatIsAlwaysMovedIsHiddenWithWhatOthersCannotRename() {
	lacks_root && return
	# Without the setuid bit all others are nobody, and root is one of them.
	case $MODE in
	setuid | root) others=top ;;
	*) others=top/dir ;;
	esac
	me=$SD_UID
	is_hidden "$others" "$OTHER" 755 "$OTHER"
	is_hidden "$others" 0 1777 "$OTHER"
	is_hidden top 0 775 0
	is_hidden top 0 757 "$me"
	is_hidden top/dir 0 755 "$OTHER"
	is_hidden top/dir 0 1777 "$me"
	is_hidden top/dir "$me" 755 "$OTHER"
}

testMountOfADeletedDirectoryIsNoObstacle() {
	lacks_root && return
	for applet in run build; do
		in_mounts private 'mkdir src at; mount --bind src at; rmdir src
			chown "$SD_UID" .
			sd "$1" sh -c "ls -A at; touch at/new 2>/dev/null || echo none"' "$applet"
		assertEquals "$applet" none "$output"
		# A caller who may not list the directory cannot see that it is deleted.
		in_mounts private 'mkdir src at; chmod 0 src; mount --bind src at; rmdir src
			sd "$1" ls -A at 2>/dev/null; echo "$?"' "$applet"
		assertEquals "$applet" 0 "$output"
	done
}

# Nothing can be mounted on it, so its directory gets an underlay.
testMountOfADeletedFileIsOutOfSight() {
	lacks_root && return
	script='for i in 1 2; do
			echo hidden >src; : >at$i; mount --bind src at$i; ln -f src link; rm src
		done
		mkdir dir mnt; mount -t tmpfs none mnt; touch mnt/marker; echo shown >file
		chown -R "$SD_UID" . 2>/dev/null
		sd "$1" sh -c "cat at1 at2 file; ls -A mnt; for new in new dir/new file; do
			(: >\$new) 2>/dev/null && echo \$new; done; rm link 2>/dev/null; ls"'
	all=$(printf 'at1\nat2\ndir\nfile\nlink\nmnt')
	in_mounts private "$script" run
	assertEquals "$(printf 'shown\n%s' "$all")" "$output"
	in_mounts private "$script" build
	[ "$MODE" = nested ] && # its outer one, whose root is read-only, has done it
		assertEquals "$(printf 'shown\n%s' "$all")" "$output" && return
	at=$SCRATCH/mounts
	error="nothing can be made or removed in '$at/': the mount at '$at/at1' cannot be covered"
	assertEquals "$(printf 'selfdock-build: %s\nshown\ndir/new\nfile\n%s' "$error" "$all")" \
		"$output"
}

testMountOfADeletedFileInTheRootIsOutOfSight() {
	lacks_root && return
	make_rootfs "$WORK/deleted"
	for options in '' '-m /etc /new' '--proc host'; do
		for applet in run build; do
			# shellcheck disable=SC2086 # words
			in_mounts private 'echo hidden >"$WORK/src"; : >"$WORK/deleted/at"
				mount --bind "$WORK/src" "$WORK/deleted/at"; rm "$WORK/src"; shift
				sd -r "$WORK/deleted" -m /usr /usr "$@" \
					sh -c "cat at; ls -d proc/self" 2>/dev/null' \
				- $options "$applet"
			assertEquals "$options $applet" proc/self "$output"
		done
	done
}

# Its line in /proc/self/mountinfo is longer than whatever could be meant to hold it.
testMountBelowDirectoriesWithoutEndIsNoObstacle() {
	lacks_root && return
	as_tester mkdir "$WORK/root"
	in_mounts private 'mount -t tmpfs -o mode=1777 none "$WORK/root"; make_rootfs "$WORK/root"
		cd "$WORK/root"; /usr/bin/python3 -c "
import ctypes, os
for _ in range(17000):
    os.mkdir(\"d\" * 255)
    os.chdir(\"d\" * 255)
assert not ctypes.CDLL(None).mount(b\"none\", b\".\", b\"tmpfs\", 0, None)"
		sd -r "$WORK/root" -m /usr /usr run sh -c "find /ddd* | wc -l"
		sd run echo ran'
	assertEquals "$(printf '15\nran')" "$output"
}

testMountOutOfReachIsNoObstacleAndStaysOutOfReach() {
	lacks_root && return
	in_mounts private 'mkdir -p closed/mnt; chmod 700 closed; mount -t tmpfs none closed/mnt
		touch closed/mnt/marker
		sd run sh -c "ls -A \$1/closed/mnt 2>&1; echo ran" sh "$PWD"'
	assertContains "$output" ran
	assertNotContains "$output" marker
}

# Nobody but its owner may look at it, and its server never answers.
testFuseMountOfAnotherUserIsNoObstacle() {
	lacks_root && return
	lacks_fuse && return
	in_mounts private 'mkdir -p fuse; exec 9<>/dev/fuse
		mount -i -t fuse -o "fd=9,rootmode=40000,user_id=$OTHER,group_id=$OTHER" none fuse
		sd run sh -c "ls -A \"\$1\" && echo empty" sh "$PWD/fuse"; umount -l fuse'
	assertEquals empty "$output"
}

testMountBelowOneThatDoesNotAnswerIsNoObstacle() {
	lacks_root && return
	lacks_fuse && return
	in_mounts private 'mkdir -p fuse/below; mount -t tmpfs none fuse/below; exec 9<>/dev/fuse
		mount -i -t fuse none fuse \
			-o "fd=9,rootmode=40000,user_id=$OTHER,group_id=$OTHER,allow_other"
		(sleep 10; umount -f fuse) & # ends what waits for it
		sd run sh -c "ls -A \"\$1\" && echo empty" sh "$PWD/fuse"; kill $!; umount -l fuse'
	assertEquals empty "$output"
}

testMountBelowADirectoryClosedForNowIsCovered() {
	lacks_root && return
	in_mounts private 'mkdir -p own/mnt; mount -t tmpfs none own/mnt; touch own/mnt/marker
		chown "$SD_UID" own; chmod 0 own
		sd build sh -c "chmod 755 \$1/own; ls -A \$1/own/mnt 2>&1; echo ran" sh "$PWD"'
	assertContains "$output" ran
	assertNotContains "$output" marker
}

testMountsOfTheInstalledSystemAreKept() {
	lacks_root && return
	for dir in /opt /usr/local /etc/opt; do
		[ -d "$dir" ] || continue
		in_mounts private 'mount -t tmpfs -o mode=1777 none "$1"; touch "$1/kept"
			sd run ls -A "$1"; sd run sh -c "$WRITABLE" sh "$1"' "$dir"
		assertEquals "$dir" "$(printf 'kept\nro')" "$output"
	done
}

testMountsOfARootfsAreKeptOnlyWhereItsSystemIs() {
	lacks_root && return
	make_rootfs "$WORK/rootfs"
	as_tester mkdir "$WORK/rootfs/optional" "$WORK/rootfs/opt" "$WORK/rootfs/etc/etc"
	in_mounts private 'for dir in optional opt data etc/etc; do
			mount -t tmpfs none "$WORK/rootfs/$dir"
			touch "$WORK/rootfs/$dir/in-${dir##*/}"
		done
		sd -r "$WORK/rootfs" -m /usr /usr run find / -name "in-*" 2>/dev/null | sort'
	assertEquals "$(printf '/etc/etc/in-etc\n/opt/in-opt')" "$output"
}

testSysIsEmpty() {
	assert_output '' run ls -A /sys
}

# /dev

testDevHoldsTheDefaultNodesAndNothingElse() {
	assert_output 'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero' \
		run sh -c 'echo $(ls -A /dev)' </dev/null
}

testDevicesWork() {
	assert_output ' 00 00 00' \
		run sh -c 'echo lost >/dev/null; head -c 3 /dev/zero | od -An -tx1'
	assert_output 8 run sh -c 'head -c 8 /dev/urandom | wc -c'
	assert_output 8 run sh -c 'head -c 8 /dev/random | wc -c'
	assert_output piped run sh -c 'echo piped | cat /dev/stdin | tee /dev/stdout | head -n 1'
	assert_output piped run sh -c 'echo piped | { cat /dev/fd/0 >/dev/stderr; } 2>&1 | cat'
	try run sh -c 'head -c 1 /dev/zero >/dev/full'
	assertContains "$output" 'No space left on device'
}

testNothingCanBeChangedInDev() {
	for change in 'touch /dev/x' 'mkdir /dev/x' 'mknod /dev/x c 1 3' 'ln -s null /dev/x' \
		'rm /dev/null' 'mv /dev/null /dev/zero' 'mkdir /dev/pts/x' \
		'mknod /dev/shm/x c 1 3'; do
		try run sh -c "$change"
		assertNotEquals "$change" 0 "$status"
		assertNotEquals "$change" 125 "$status"
	done
}

# The nodes are the host's: not even their owner changes them from inside. The
# mode that is set here is the one they have.
testNodesOfTheHostCannotBeChanged() {
	for node in null zero full random urandom tty; do
		try run chmod 666 "/dev/$node"
		assertEquals "$node: $output" 1 "$status"
	done
}

testSharedMemoryIsUsable() {
	assert_output "$(printf '1777\ntext')" \
		run sh -c 'stat -c %a /dev/shm; echo text >/dev/shm/x; cat /dev/shm/x'
}

testPseudoTerminalsAreUsable() {
	try run script -qec tty /dev/null </dev/null
	assertEquals /dev/pts/0 "$(printf %s "$output" | tr -d '\r')"
	assert_output ptmx run ls -A /dev/pts </dev/null
}

testCallersTerminalHasAName() {
	output=$(script -qec "sh -c '. tests/common.sh; sd run tty'" /dev/null </dev/null)
	assertEquals /dev/console "$(printf %s "$output" | tr -d '\r')"
}

testDevOfTheHostOnRequest() {
	assert_output "$(outside ls -A /dev)" -v /dev /dev run ls -A /dev </dev/null
	assert_output ' 00' -v /dev /dev run sh -c ': >/dev/null; head -c 1 /dev/zero | od -An -tx1'
}

testDeviceOnRequest() {
	[ -c /dev/kmsg ] || { skip 'no /dev/kmsg' && return; }
	[ "$MODE" = nested ] &&
		assert_fails 125 "cannot pass device '/dev/kmsg'" --device /dev/kmsg \
			run true && return
	assert_output 'character special file 1:b' --device /dev/kmsg \
		run stat -c '%F %t:%T' /dev/kmsg
	try run ls /dev/kmsg
	assertContains "$output" 'No such file'
}

testDeviceIsAsUsableAsOutside() {
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer level has no such device' && return
	mknod "$HERE/zero" c 1 5
	mknod "$HERE/closed" c 1 5
	chmod 644 "$HERE/zero"
	chmod 0 "$HERE/closed"
	assert_output ' 00' --device "$HERE/zero" \
		run sh -c 'head -c 1 "$1" | od -An -tx1' sh "$HERE/zero"
	try --device "$HERE/closed" run head -c 1 "$HERE/closed"
	assertContains "$output" 'Permission denied'
	try run head -c 1 "$HERE/zero"
	assertContains 'without the option' "$output" 'Permission denied'
}

# /tmp and --tmpfs

testTmpIsEmptyAndForEverybodyAndNotForPrograms() {
	assert_output '1777 0' run sh -c 'echo $(stat -c %a /tmp) $(ls -A /tmp | wc -l)'
	try run sh -c 'cp /bin/true /tmp && /tmp/true'
	assertEquals "$output" 126 "$status"
}

testTmpAndShmAreAnInstancesOwn() {
	as_tester mkfifo "$WORK/go"
	sd -v "$WORK" "$WORK" \
		run sh -c 'touch /tmp/$2 /dev/shm/$2 "$1/started" && read x <"$1/go"' \
		sh "$WORK" "own-$$" &
	until_true test -e "$WORK/started"
	assertTrue 'started' "[ -e $WORK/started ]"
	assert_output '' run find /tmp /dev/shm -mindepth 1
	assertFalse 'outside' "[ -e /tmp/own-$$ ] || [ -e /dev/shm/own-$$ ]"
	[ -e "$WORK/started" ] && echo >"$WORK/go"
	wait $!
}

testTmpCanBeAVolume() {
	assert_output text -v "$WORK/dir" /tmp run sh -c 'cat /tmp/file; echo more >/tmp/made'
	assertEquals more "$(cat "$WORK/dir/made")"
}

testTmpfsSizeIsTheOneGiven() {
	while read -r size blocks; do
		assert_output "$blocks 4096" -t "size=$size" /tmp run stat -fc '%b %S' /tmp
	done <<-'EOF'
		4K 1
		4k 1
		4096 1
		1 1
		8193 3
		1M 256
		1g 262144
	EOF
	try -t size=4K /tmp run sh -c 'head -c 8192 /dev/zero >/tmp/x'
	assertContains "$output" 'No space left on device'
}

testTmpfsModeIsTheOneGiven() {
	while read -r mode shown; do
		assert_output "$shown" -t "mode=$mode" /tmp run stat -c %a /tmp
	done <<-'EOF'
		700 700
		0755 755
		01777 1777
		1777 1777
		0 0
	EOF
}

testTmpfsInodesAreLimited() {
	try -t nr_inodes=2 /tmp run sh -c 'touch /tmp/a && touch /tmp/b'
	assertContains "$output" '/tmp/b'
	assertContains "$output" 'No space left on device'
}

testTmpfsProgramsRunOnlyOnRequest() {
	while read -r option wanted; do
		try -t "$option" /tmp run sh -c 'cp /bin/true /tmp && /tmp/true'
		assertEquals "$option" "$wanted" "$status"
	done <<-'EOF'
		exec 0
		noexec 126
		size=1M 126
		noexec,exec 0
		exec,noexec 126
		exec,size=1M,mode=700,nr_inodes=10 0
	EOF
}

testTmpfsCanBeAnywhere() {
	for dir in /usr/share /home /etc /dev/shm; do
		assert_output rw -t mode=755 "$dir" run sh -c 'ls -A "$1"'"; $WRITABLE" sh "$dir"
	done
}

# --map and --vol

testMapIsReadOnly() {
	assert_output text -m "$WORK/dir" /tmp run cat /tmp/file
	assert_output ro -m "$WORK/dir" /tmp run sh -c "$WRITABLE" sh /tmp
	assert_output ro -m "$WORK/dir" /tmp build sh -c "$WRITABLE" sh /tmp
	try -m "$WORK/dir" /tmp run sh -c 'echo changed >/tmp/file'
	assertEquals text "$(cat "$WORK/dir/file")"
}

testMapIsReadOnlyAlsoInSubmounts() {
	lacks_root && return
	in_mounts private 'mkdir "$WORK/dir/a"; mount -t tmpfs -o mode=1777 none "$WORK/dir/a"
		mkdir "$WORK/dir/a/b"; mount -t tmpfs -o mode=1777 none "$WORK/dir/a/b"
		touch "$WORK/dir/a/b/seen"
		sd -m "$WORK/dir" /tmp run ls -A /tmp/a/b
		sd -m "$WORK/dir" /tmp build sh -c "$WRITABLE" sh /tmp /tmp/a /tmp/a/b
		sd -v "$WORK/dir" /tmp run sh -c "$WRITABLE" sh /tmp /tmp/a /tmp/a/b'
	assertEquals "$(printf 'seen\nro ro ro\nrw rw rw')" "$output"
}

testProgramOnANoexecSourceDoesNotRun() {
	lacks_root && return
	in_mounts private 'mount -t tmpfs -o noexec none "$WORK/dir"; cp /bin/true "$WORK/dir"
		sd -v "$WORK/dir" /tmp run /tmp/true || echo $?'
	assertContains "$output" '126'
}

testUsrAsMapAndAsVolume() {
	assert_output ro -m /usr /usr run sh -c "$WRITABLE" sh /usr
	assert_output ro -m /usr /usr build sh -c "$WRITABLE" sh /usr
	assert_output "$(outside sh -c "$WRITABLE" sh /usr)" \
		-v /usr /usr run sh -c "$WRITABLE" sh /usr
}

testReadOnlySourceIsNoMoreWritableAsVolume() {
	lacks_levels && return
	assert_output ro run "$SELFDOCK" -v /usr /tmp run sh -c "$WRITABLE" sh /tmp
}

testFileOnFile() {
	assert_output text -m "$WORK/dir/file" /etc/passwd run cat /etc/passwd
	try -m "$WORK/dir/file" /etc/passwd run sh -c 'echo changed >/etc/passwd'
	assertEquals "$output" text "$(cat "$WORK/dir/file")"
	assert_output '' -v "$WORK/dir/file" /etc/passwd run sh -c 'echo changed >/etc/passwd'
	assertEquals changed "$(cat "$WORK/dir/file")"
}

testDestinationIsMadeWhereTheInstanceOwnsTheDirectory() {
	for top in /tmp /dev/shm; do
		assert_output text -m "$WORK/dir/file" "$top/a/b/c" run cat "$top/a/b/c"
		assert_output text -v "$WORK/dir" "$top/d//e/" run cat "$top/d/e/file"
	done
	assert_output text -t size=1M /home -m "$WORK/dir" /home/x/y run cat /home/x/y/file
	assert_output rw -t mode=755 /tmp/a/b run sh -c "$WRITABLE" sh /tmp/a/b
}

testNothingIsMadeInASource() {
	assert_fails 125 'does not exist, and what is there is writable' \
		-v "$WORK/dir" /tmp -m /etc/passwd /tmp/new run true
	assertEquals file "$(ls -A "$WORK/dir")"
}

testSourceIsRelativeToTheCallersDirectory() {
	output=$(cd "$WORK" && sd -m dir/../dir /tmp run cat /tmp/file 2>&1)
	assertEquals text "$output"
}

testSymbolicLinkIsFollowedAsDestination() {
	make_rootfs "$WORK/rootfs"
	as_tester ln -s /data "$WORK/rootfs/link"
	assert_output text -r "$WORK/rootfs" -m /usr /usr -m "$WORK/dir" /link run cat /data/file
}

testLaterOptionWins() {
	assert_output file -t size=4K /tmp -v "$WORK/dir" /tmp run ls -A /tmp
	assert_output '' -v "$WORK/dir" /tmp -t size=4K /tmp run ls -A /tmp
	assert_output ro -v "$WORK/dir" /tmp -m "$WORK/dir" /tmp run sh -c "$WRITABLE" sh /tmp
	assert_output rw -m "$WORK/dir" /tmp -v "$WORK/dir" /tmp run sh -c "$WRITABLE" sh /tmp
	assert_output '' -m "$WORK/dir" /tmp/a -t mode=755 /tmp run ls -A /tmp
}

testEveryMountInsideIsNosuidAndNodevButForNodes() {
	assert_output '' -v "$WORK" "$WORK" -m /usr /usr -v /etc /tmp/etc -t exec /tmp/exec \
		-v / /tmp/root --device /dev/null run awk '
		$6 !~ /(^|,)nosuid(,|$)/ { print "suid", $0 }
		$6 !~ /(^|,)nodev(,|$)/ && $5 !~ "^/dev/(null|zero|full|random|urandom|tty|pts)$" {
			print "dev", $0
		}' /proc/self/mountinfo </dev/null
}

testVolumeOfTheHostsRootShowsItsMounts() {
	assert_output "$(outside ls -A /)" -v / /tmp run ls -A /tmp
	assert_output "$(outside ls -A /sys)" -v / /tmp run ls -A /tmp/sys
}

# What the caller cannot see

testFileBelowAnothersDirectoryCannotBeMapped() {
	lacks_root && return
	[ "$MODE" = root ] && skip 'root may see all files' && return
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

testFileHiddenUnderAMountStaysHidden() {
	lacks_root && return
	make_rootfs "$WORK/rootfs"
	for kind in tmpfs bind private shared slave unbindable; do
		for hidden in data etc; do
			as_tester touch "$WORK/rootfs/$hidden/secret"
			in_mounts private 'kind=$1 over=$WORK/rootfs/$2
				case $kind in
				tmpfs) mount -t tmpfs -o mode=755 none "$over" ;;
				*) mount --bind "$WORK/dir" "$over"; mount "--make-$kind" "$over" ;;
				esac 2>/dev/null || mount --bind "$WORK/dir" "$over"
				sd -r "$WORK/rootfs" -m /usr /usr run find /etc /data
				sd -m "$WORK/rootfs" /tmp run find /tmp/etc /tmp/data
				sd -v "$WORK/rootfs" /tmp run find /tmp/etc /tmp/data
				sd -m "$over" /tmp run find /tmp
				sd -v / /tmp/all run find "/tmp/all$over"' "$kind" "$hidden"
			assertContains "$kind $hidden" "$output" /etc
			assertNotContains "$kind $hidden" "$output" selfdock-run:
			assertNotContains "$kind $hidden" "$output" secret
			as_tester rm "$WORK/rootfs/$hidden/secret"
		done
	done
}

# Without user namespaces the kernel does not lock a mount to what it hides.
testFileHiddenUnderAMountStaysHiddenWithoutUserNamespaces() {
	[ "$MODE" = root ] || { skip 'only root starts without user namespaces' && return; }
	make_rootfs "$WORK/rootfs"
	touch "$WORK/rootfs/data/secret"
	for kind in private shared unbindable; do
		in_mounts private 'over=$WORK/rootfs/data
			mount --bind "$WORK/dir" "$over"; mount "--make-$1" "$over"
			for options in "-m $WORK/rootfs /tmp" "-v $WORK/rootfs /tmp" \
				"-m $over /tmp" "-r $WORK/rootfs -m /usr /usr"; do
				"$HELPERS/refuse" userns 22 "$SELFDOCK" $options \
					run find /tmp /home /data
			done 2>&1 | grep -v "no user namespace can be made"; echo end' "$kind"
		assertContains "$kind" "$output" /tmp
		assertNotContains "$kind" "$output" selfdock-run:
		assertNotContains "$kind" "$output" secret
	done
}

testWhatAnOuterLevelCoveredStaysCovered() {
	lacks_levels && return
	assert_output '' run "$SELFDOCK" -v /sys /tmp run ls -A /tmp
	assert_output '' run "$SELFDOCK" -r / run ls -A /sys
	try run "$SELFDOCK" -v /dev /dev run ls -A /dev
	assertNotContains "$output" kmsg
}

testMountsInsideAreOfNoPeerGroup() {
	assert_output - \
		run awk '{ seen[$7] } END { for (tag in seen) print tag }' /proc/self/mountinfo
	lacks_root && return
	in_mounts shared 'mount -t tmpfs none "$WORK/dir"; mount --make-shared "$WORK/dir"
		sd -v "$WORK/dir" /tmp -v / /home run awk "{ print \$7 }" /proc/self/mountinfo |
			sort -u'
	assertEquals - "$output"
}

# The working directory

testWorkingDirectoryIsTheCallersWhereItIsVisible() {
	assertEquals /usr/share "$(cd /usr/share && sd run pwd -P 2>&1)"
	assertEquals / "$(cd /usr/share && sd -m "$WORK/dir" /usr/share run sh -c 'pwd -P' 2>&1)"
	assertEquals / "$(cd /tmp && sd run sh -c 'pwd -P' 2>&1)"
	assertEquals "$WORK" "$(cd "$WORK" && sd -v "$WORK" "$WORK" run sh -c 'pwd -P' 2>&1)"
}

testChdirNamesTheWorkingDirectory() {
	assert_output /usr -C /usr run sh -c 'pwd -P'
	assert_output /usr/bin -C /usr/local/../bin run sh -c 'pwd -P'
	assert_output /tmp/a -m "$WORK/dir" /tmp/a -C /tmp/a run sh -c 'pwd -P'
	assert_output /tmp/a -C /tmp/a -m "$WORK/dir" /tmp/a run sh -c 'pwd -P'
	assertEquals /usr/bin "$(cd /usr && sd -C bin run sh -c 'pwd -P' 2>&1)"
	assertEquals /usr "$(cd /usr/bin && sd -C .. run sh -c 'pwd -P' 2>&1)"
	assert_output / -C /../../.. run sh -c 'pwd -P'
}

testWorkdirIsAVolumeAndTheWorkingDirectory() {
	output=$(cd "$WORK" && sd -w run sh -c 'pwd -P; touch made' 2>&1)
	assertEquals "$WORK" "$output"
	assertTrue "[ -e $WORK/made ]"
	output=$(cd "$WORK" && sd -w run sh -c "$WRITABLE" sh . .. 2>&1)
	assertEquals 'rw ro' "$output"
}

# The other kinds of namespace, as far as files show them

testProcIsNewUnlessAskedOtherwise() {
	assert_output 1 run readlink /proc/self
	assertEquals 1 "$(sd --proc new run ls /proc | grep -x '[0-9]*')"
	assert_output '' --proc none run ls -A /proc
	case $MODE in
	nested) assert_output selfdock --proc host run cat /proc/1/comm ;;
	*) assert_output "$(cat /proc/$$/comm)" --proc host run cat "/proc/$$/comm" ;;
	esac
}

testOtherMountOfTheHostsProcIsCovered() {
	lacks_root && return
	in_mounts private 'mkdir proc; mount --bind /proc proc
		sd --proc host run sh -c "ls -A \$1/proc; ls -d /proc/self" sh "$PWD"'
	assertEquals /proc/self "$output"
}

testProcIsReadOnlyForRoot() {
	[ "$MODE" = root ] || { skip 'for uid 0' && return; }
	for proc in new host; do
		try --proc "$proc" run sh -c 'echo x >/proc/sys/kernel/domainname'
		assertContains "$proc" "$output" 'Read-only file system'
	done
}

testHostNameIsSelfdockUnlessNamed() {
	assert_output selfdock run uname -n
	assert_output box.example --hostname box.example run uname -n
	longest=$(printf %064d 0)
	assert_output "$longest" --hostname "$longest" run uname -n
}

testNetNoneHasLoopbackAndItIsUp() {
	assert_output "$(printf 'lo up\nconnected')" --net none run "$HELPERS/view_net"
}

testNetIsTheHostsUnlessAskedOtherwise() {
	for option in '' '--net host'; do
		# shellcheck disable=SC2086 # no option or two words
		assert_output "$(outside readlink /proc/self/ns/net)" $option \
			run readlink /proc/self/ns/net
	done
}

# Outside

testMountsOutsideStayAsTheyAre() {
	lacks_root && return
	for propagation in private shared; do
		setUp
		in_mounts "$propagation" 'before=$(cat /proc/self/mountinfo)
			mkfifo -m 666 "$WORK/go"
			sd -v "$WORK" "$WORK" -t size=4K /tmp -m /usr /usr --net none \
				run sh -c "touch \$1/started && read x <\$1/go" sh "$WORK" &
			until_true test -e "$WORK/started"
			[ -e "$WORK/started" ]
			during=$(cat /proc/self/mountinfo)
			echo >"$WORK/go"
			wait $!
			after=$(cat /proc/self/mountinfo)
			[ "$before" = "$during" ] && echo during
			[ "$before" = "$after" ] && echo after'
		assertEquals "$propagation" "$(printf 'during\nafter')" "$output"
	done
}

testNothingIsLeftBehind() {
	token=left-$$
	before=$("$HELPERS/snapshot" "$WORK" "$SCRATCH/home" "$HERE")
	sd -e TOKEN "$token" -m "$WORK/dir" /tmp/dir -t exec /usr/share run sh -c \
		'touch /tmp/$TOKEN /dev/shm/$TOKEN; sleep 600 & setsid sleep 600 & exit 3'
	assertEquals 3 $?
	assertEquals files "$before" "$("$HELPERS/snapshot" "$WORK" "$SCRATCH/home" "$HERE")"
	assertFalse 'files of the program' "[ -e /tmp/$token ] || [ -e /dev/shm/$token ]"
	assertEquals processes '' \
		"$(grep -ls "lef[t]-$$" /proc/[0-9]*/cmdline /proc/[0-9]*/environ)"
}

. shunit2
