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
	try run touch /selfdock-test /usr/selfdock-test /var/selfdock-test
	for dir in '' /usr /var; do
		assertContains "$output" "$dir/selfdock-test: Read-only file system"
		[ ! -e "$dir/selfdock-test" ] || fail "$dir/selfdock-test was made"
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
	in_mounts private 'mkdir -p mnt; mount -t tmpfs -o mode=1777 none mnt
		mkdir mnt/sub; touch mnt/file; mount -t tmpfs none mnt/sub
		for applet in run build; do
			sd $applet sh -c "ls -A \"\$1\"; $WRITABLE" sh "$PWD/mnt"
		done'
	assertEquals "$(printf 'ro\nro')" "$output"
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
	in_mounts private 'mkdir $(seq 300)
		$PYTHON -c "
import ctypes
mount, MS_BIND = ctypes.CDLL(None).mount, 4096
for i in range(1, 301):
    assert not mount(b\"/etc\", b\"%d\" % i, None, MS_BIND, None)"
		sd run sh -c "find \"\$1\" -name passwd; cd \"\$1\"; set -- 300; $WRITABLE" \
			sh "$PWD"'
	assertEquals ro "$output"
}

# Another namespace exchanges names, which moves the mount from p/sub to q to p and back. Where
# selfdock looks for it, there may be a directory of the mount, or a mount on that. The modes share
# the 100000 exchanges.
testMountThatIsMovedMeanwhileIsCovered() {
	lacks_root && return
	for sub in true "mount -t tmpfs none source/sub"; do
		in_mounts private 'mkdir -p source/sub p/sub q; $1
			touch source/marker source/sub/marker
			mount --rbind source p/sub; share 100000
			export AT="$PWD"; cd "$OLDPWD"
			nsenter --mount="/proc/$PPID/ns/mnt" "$HELPERS/source_race" \
				"${ROUNDS:-$share}" "$AT" p/sub q p q p q p/sub q -- \
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

# Where the directory is closed to the caller, selfdock covers it and nothing above it. The modes
# share the 100 starts.
testDirectoryAboveOneThatIsMovedIsNotCovered() {
	lacks_root && return
	in_mounts private 'mkdir -p p/mnt; mount -t tmpfs none p/mnt; chmod 0 p; touch file
		$PYTHON -c "
import os
while True:
    os.rename(\"p\", \"q\")
    os.rename(\"q\", \"p\")" &
		share 100
		for i in $(seq "$share"); do
			sd run sh -c "cd \$1; echo *file*" sh "$PWD" >printed 2>&1
			while read -r line; do
				case $line in *" is hidden: "*) break ;; esac
				echo "$line"
			done <printed
		done | sort -u
		kill $!'
	assertEquals file "$(printf '%s\n' "$output" | grep -v '^selfdock-run: cannot cover')"
}

# The mount at top/dir/mnt has a name that is always wrong, as renames in time would have it, and a
# start says what it hides: top or top/dir. There are seven of these, in one start.
testMountThatIsAlwaysMovedIsHiddenWithWhatOthersCannotRename() {
	lacks_root && return
	in_mounts private 'touch file; paths=
		add() { # TOP OWNER MODE OWNER-OF-ENTRY
			mkdir -p "$1/dir/mnt"; mount -t tmpfs none "$1/dir/mnt"
			touch "$1/file" "$1/dir/file" "$1/dir/mnt/file"
			chown "$2" "$1"; chmod "$3" "$1"; chown "$4" "$1/dir"
			paths="$paths -P $PWD/$1/dir/mnt"
		}
		add users "$OTHER" 755 "$OTHER"
		add sticky-users 0 1777 "$OTHER"
		add for-group 0 775 0
		add for-all-mine 0 757 "$SD_UID"
		add roots 0 755 "$OTHER"
		add sticky-mine 0 1777 "$SD_UID"
		add mine "$SD_UID" 755 "$OTHER"
		strace -f -o /dev/null $paths -e trace=openat2 \
			-e inject=openat2:error=ENOENT $AS $SD_WORDS run find . 2>&1 | sort'
	# Without the setuid bit all others are nobody, and root is one of them.
	case $MODE in
	setuid | root) hidden='users sticky-users for-group for-all-mine' ;;
	*) hidden='users/dir sticky-users/dir for-group for-all-mine' ;;
	esac
	hidden="$hidden roots/dir sticky-mine/dir mine/dir"
	seen='. ./file'
	for each in $hidden; do
		assertContains "$output" "selfdock-run: '$SCRATCH/mounts/$each' is hidden: "
		seen="$seen ./${each%/dir}"
		[ "$each" = "${each%/dir}" ] || seen="$seen ./$each ./${each%/dir}/file"
	done
	# shellcheck disable=SC2086 # words
	assertEquals "$output" "$(printf '%s\n' $seen | sort)" \
		"$(printf '%s\n' "$output" | grep -v '^selfdock-run: ')"
	assertEquals 'lines of errors' 7 "$(printf '%s\n' "$output" | grep -c '^selfdock-run: ')"
}

testMountOfADeletedDirectoryIsNoObstacle() {
	lacks_root && return
	in_mounts private 'mkdir src at; mount --bind src at; rmdir src
		chown "$SD_UID" .
		for applet in run build; do
			sd $applet sh -c "ls -A at; touch at/new 2>/dev/null || echo none"
		done'
	assertEquals "$(printf 'none\nnone')" "$output"
	# A caller who may not list the directory cannot see that it is deleted.
	in_mounts private 'mkdir src at; chmod 0 src; mount --bind src at; rmdir src
		for applet in run build; do
			sd $applet ls -A at 2>/dev/null; echo "$?"
		done'
	assertEquals "$(printf '0\n0')" "$output"
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
	in_mounts private 'echo hidden >"$WORK/src"; : >"$WORK/deleted/at"
		mount --bind "$WORK/src" "$WORK/deleted/at"; rm "$WORK/src"
		for options in "" "-m /etc /new" "--proc host"; do
			for applet in run build; do
				echo "$options $applet"
				sd -r "$WORK/deleted" -m /usr /usr $options $applet \
					sh -c "cat at; ls -d proc/self" 2>/dev/null
			done
		done'
	assertEquals ' run
proc/self
 build
proc/self
-m /etc /new run
proc/self
-m /etc /new build
proc/self
--proc host run
proc/self
--proc host build
proc/self' "$output"
}

# Its line in /proc/self/mountinfo is longer than whatever could be meant to hold it.
testMountBelowDirectoriesWithoutEndIsNoObstacle() {
	lacks_root && return
	as_tester mkdir "$WORK/root"
	in_mounts private 'mount -t tmpfs -o mode=1777 none "$WORK/root"; make_rootfs "$WORK/root"
		cd "$WORK/root"; $PYTHON -c "
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
	set --
	for dir in /opt /usr/local /etc/opt; do
		[ ! -d "$dir" ] || set -- "$@" "$dir"
	done
	in_mounts private 'for dir; do
			mount -t tmpfs -o mode=1777 none "$dir"; touch "$dir/kept"
		done
		sd run sh -c "for dir; do echo \$dir \$(ls -A \$dir); done; $WRITABLE" sh "$@"' "$@"
	wanted=
	for dir; do
		wanted="$wanted ro"
		assertContains "$output" "$dir kept"
	done
	assertEquals "${wanted# }" "${output##*kept?}"
}

testMountsOfARootfsAreKeptOnlyWhereItsSystemIs() {
	lacks_root && return
	make_rootfs "$WORK/rootfs"
	as_tester mkdir "$WORK/rootfs/optional" "$WORK/rootfs/opt" "$WORK/rootfs/etc/etc"
	in_mounts private 'for dir in optional opt data etc/etc; do
			mount -t tmpfs none "$WORK/rootfs/$dir"
			touch "$WORK/rootfs/$dir/in-${dir##*/}"
		done
		sd -r "$WORK/rootfs" -m /usr /usr run find / -path /usr -prune -o \
			-path /proc -prune -o -name "in-*" -print 2>/dev/null | sort'
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
	assert_output "$(printf ' 00 00 00\n8\n8\npiped\npiped')" run sh -c '
		echo lost >/dev/null
		head -c 3 /dev/zero | od -An -tx1
		head -c 8 /dev/urandom | wc -c
		head -c 8 /dev/random | wc -c
		echo piped | cat /dev/stdin | tee /dev/stdout | head -n 1
		echo piped | { cat /dev/fd/0 >/dev/stderr; } 2>&1 | cat'
	try run sh -c 'head -c 1 /dev/zero >/dev/full'
	assertContains "$output" 'No space left on device'
}

testNothingCanBeChangedInDev() {
	assert_output ran run sh -c 'for change; do
			! $change 2>/dev/null || echo "done: $change"
		done; echo ran' sh 'touch /dev/x' 'mkdir /dev/x' 'mknod /dev/x c 1 3' \
		'ln -s null /dev/x' 'rm -f /dev/null' 'mv -f /dev/null /dev/zero' \
		'mkdir /dev/pts/x' 'mknod /dev/shm/x c 1 3'
}

# The nodes are the host's: not even their owner changes them from inside. The
# mode that is set here is the one they have.
testNodesOfTheHostCannotBeChanged() {
	assert_output '1 1 1 1 1 1' run sh -c 'for node; do
			chmod 666 "/dev/$node" 2>/dev/null
			all="$all $?"
		done; echo $all' sh null zero full random urandom tty
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

testTmpIsEmptyAndForEverybody() {
	assert_output '1777 0' run sh -c 'echo $(stat -c %a /tmp) $(ls -A /tmp | wc -l)'
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
	assert_output '1 4096
1 4096
1 4096
1 4096
3 4096
256 4096
262144 4096' -t size=4K /tmp/a -t size=4k /tmp/b -t size=4096 /tmp/c -t size=1 /tmp/d \
		-t size=8193 /tmp/e -t size=1M /tmp/f -t size=1g /tmp/g \
		run sh -c 'stat -fc "%b %S" /tmp/*'
	try -t size=4K /tmp run sh -c 'head -c 8192 /dev/zero >/tmp/x'
	assertContains "$output" 'No space left on device'
}

testTmpfsModeIsTheOneGiven() {
	assert_output "$(printf '700\n755\n1777\n1777\n0')" -t mode=700 /tmp/a -t mode=0755 /tmp/b \
		-t mode=01777 /tmp/c -t mode=1777 /tmp/d -t mode=0 /tmp/e \
		run sh -c 'stat -c %a /tmp/*'
}

testTmpfsInodesAreLimited() {
	try -t nr_inodes=2 /tmp run sh -c 'touch /tmp/a && touch /tmp/b'
	assertContains "$output" '/tmp/b'
	assertContains "$output" 'No space left on device'
}

testTmpfsProgramsRunOnlyOnRequest() {
	assert_output '0 126 126 0 126 0' -t exec /tmp/a -t noexec /tmp/b -t size=1M /tmp/c \
		-t noexec,exec /tmp/d -t exec,noexec /tmp/e \
		-t exec,size=1M,mode=700,nr_inodes=10 /tmp/f \
		run sh -c 'for dir in /tmp/*; do
			cp /bin/true "$dir" && "$dir/true" 2>/dev/null
			all="$all $?"
		done; echo $all'
}

# So that compilers and test runners work. It stays nosuid and nodev.
testProgramsInTmpRunUnlessForbidden() {
	for options in '0' '0 -t size=1M //tmp/' '126 -t noexec /tmp' '126 -t exec,noexec /tmp'; do
		# shellcheck disable=SC2086 # words
		set -- $options
		wanted=$1
		shift
		assert_output "$* $wanted rw,nosuid,nodev" "$@" run sh -c 'cp /bin/true /tmp
			/tmp/true 2>/dev/null
			echo "$* $?" $(sed -n "s|.* /tmp \(rw,nosuid,nodev\)[, ].*|\1|p" \
				/proc/self/mountinfo | tail -n 1)' sh "$@"
	done
}

testTmpfsCanBeAnywhere() {
	set -- /usr/share /home /etc /dev/shm
	assert_output 'rw rw rw rw' -t mode=755 "$1" -t mode=755 "$2" -t mode=755 "$3" \
		-t mode=755 "$4" run sh -c 'for dir; do ls -A "$dir"; done'"; $WRITABLE" sh "$@"
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
		assert_output "$(printf 'text\ntext')" -m "$WORK/dir/file" "$top/a/b/c" \
			-v "$WORK/dir" "$top/d//e/" run cat "$top/a/b/c" "$top/d/e/file"
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
	as_tester touch "$WORK/rootfs/data/secret" "$WORK/rootfs/etc/secret"
	for kind in tmpfs bind private shared slave unbindable; do
		in_mounts private 'for over in "$WORK/rootfs/data" "$WORK/rootfs/etc"; do
				case $1 in
				tmpfs) mount -t tmpfs -o mode=755 none "$over" ;;
				*) mount --bind "$WORK/dir" "$over"; mount "--make-$1" "$over" ;;
				esac 2>/dev/null || mount --bind "$WORK/dir" "$over"
			done
			sd -r "$WORK/rootfs" -m /usr /usr run find /etc /data
			sd -m "$WORK/rootfs" /tmp/map -v "$WORK/rootfs" /tmp/volume \
				-m "$WORK/rootfs/data" /tmp/data -m "$WORK/rootfs/etc" /tmp/etc \
				-v / /tmp/all run find /tmp/map/data /tmp/map/etc /tmp/volume/data \
				/tmp/volume/etc /tmp/data /tmp/etc \
				"/tmp/all$WORK/rootfs/data" "/tmp/all$WORK/rootfs/etc"' "$kind"
		for place in /etc /data /tmp/map/data /tmp/map/etc /tmp/volume/data \
			/tmp/volume/etc /tmp/data /tmp/etc; do
			assertContains "$kind" "$output" "$place"
		done
		assertNotContains "$kind" "$output" selfdock-run:
		assertNotContains "$kind" "$output" secret
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

# tests/defaults_test.sh has those that a start would hide.
testWorkingDirectoryIsTheCallers() {
	assertEquals /usr/share "$(cd /usr/share && sd run pwd -P 2>&1)"
	assertEquals '/usr/share file' \
		"$(cd /usr/share && sd -m "$WORK/dir" /usr/share run sh -c 'echo $(pwd -P) *' 2>&1)"
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

testHostNameIsTheHostsUnlessNamed() {
	before=$(uname -n)
	assert_output "$before" run uname -n
	# In one scene: a later namespace may get the number of one that is gone.
	scene 'for each in "" "$SD run"; do $each readlink /proc/self/ns/uts; done'
	assertEquals "a namespace of its own: $output" 2 \
		"$(printf '%s\n' "$output" | sort -u | grep -c 'uts:\[')"
	assert_output box.example --hostname box.example run uname -n
	longest=$(printf %064d 0)
	assert_output "$longest" --hostname "$longest" run uname -n
	assertEquals "$before" "$(uname -n)"
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
