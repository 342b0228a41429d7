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

testUsrAsMapAndAsVolume() {
	assert_output ro -m /usr /usr run sh -c "$WRITABLE" sh /usr
	assert_output ro -m /usr /usr build sh -c "$WRITABLE" sh /usr
	assert_output "$(outside sh -c "$WRITABLE" sh /usr)" \
		-v /usr /usr run sh -c "$WRITABLE" sh /usr
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
	am_root || return 0 # a link of the caller's is not followed
	ln -s "$WORK/dir" "$HERE/l"
	for source in l ./l; do
		output=$(cd "$HERE" && sd -m "$source" /tmp run cat /tmp/file 2>&1)
		assertEquals "$source" text "$output"
	done
	rm "$HERE/l"
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

testVolumeOfTheHostsRootShowsItsMounts() {
	assert_output "$(outside ls -A /)" -v / /tmp run ls -A /tmp
	assert_output "$(outside ls -A /sys)" -v / /tmp run ls -A /tmp/sys
}

# What the caller cannot see

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
# The same, where these renames come between the list of mounts and the look at p/sub, which EAGAIN
# holds up. Then the mount is at p, and at p/sub is a directory of it, or a mount on that.
testMountThatIsMovedAtThatMomentIsCovered() {
	lacks_root && return
	for sub in true "mount -t tmpfs none source/sub"; do
		in_mounts private 'mkdir -p source/sub p/sub q; $1
			touch source/marker source/sub/marker
			mount --rbind source p/sub
			AT=$PWD; cd "$OLDPWD"
			nsenter --mount="/proc/$PPID/ns/mnt" sh -c ". $HELPERS/scene.sh; cd $AT
				until_true test -s log
				mv p/sub x; mv q p/sub; mv x q; mv p y; mv q p; mv y q" &
			strace -f -o "$AT/log" -P "$AT/p/sub" -e trace=openat2 \
				-e inject=openat2:error=EAGAIN:delay_enter=20000:when=1..60 \
				$AS $SD_WORDS run find "$AT" -name marker -path "*/[pq]/*" 2>&1
			wait; [ -e "$AT/p/marker" ] && echo moved' "$sub"
		assertEquals moved "$output"
	done
}
# The same, where the rename comes right after the directory was found to be closed.
testDirectoryAboveOneThatIsMovedAtThatMomentIsNotCovered() {
	lacks_root && return
	in_mounts private 'mkdir -p p/mnt; mount -t tmpfs none p/mnt; chmod 0 p; touch file
		strace -f -o /dev/null -P "$PWD/p" -e trace=openat2 \
			-e inject=openat2:error=ENOENT:when=1 $AS $SD_WORDS run sh -c "echo *file*"'
	assertEquals file "$output"
}
# A caller may have put another node there, in a mount namespace of his own.
testNodeThatIsNotTheOneOfItsNameIsRefused() {
	lacks_root && return
	in_mounts private 'mount --bind /dev/zero /dev/full; ! sd run true'
	assertEquals "selfdock-run: '/dev/full' is not the device node of that name" "$output"
}

# Only the last mount at a path is in sight.
testNothingInDevIsExecutable() {
	for option in '' '-m /etc /dev/below'; do
		# shellcheck disable=SC2086 # words
		assert_output '' $option run awk '
			$5 ~ "^/dev(/(null|zero|full|random|urandom|tty|pts))?$" { last[$5] = $6 }
			END { for (each in last) if (last[each] !~ /(^|,)noexec(,|$)/) print each }
			' /proc/self/mountinfo </dev/null
	done
}

testNodeOfADeviceCannotBeChanged() {
	lacks_root && return
	mknod -m 600 "$HERE/node" c 1 3
	chown "$SD_UID" "$HERE/node"
	sd --device "$HERE/node" run chmod 666 "$HERE/node" 2>/dev/null
	assertEquals 600 "$(stat -c %a "$HERE/node")"
	rm "$HERE/node"
}
testNamespacesAreAnInstancesOwn() {
	list='cd /proc/self/ns; readlink mnt pid ipc uts user cgroup net'
	scene "($list); \$SD run sh -c '$list'"
	shared=net
	[ "$MODE" != nested ] || shared='cgroup net' # the filter around refuses a new one
	assertEquals "$shared" "$(echo "$output" | sort | uniq -d | sed 's/:.*//' | xargs)"
}

. shunit2
