#!/bin/sh
# SPDX-License-Identifier: ISC
# Mounts: their flags, what is below them, where they can be seen, and file systems that an attacker
# would like to have mounted.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh
export LC_ALL=C

setUp() {
	new_destinations
}

# Each flag is on the mount alone: nothing could change a flag of the file system.
testFlagsOfASourceAreKept() {
	lacks_root && return
	scenario T-601 'to map a source that has flags' 'a mount without them'
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
	scenario T-601 'to execute from a mount that is nosuid or noexec' 'its ids'
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

testEntriesOfAnUnderlayKeepTheFlagsOfTheirMounts() {
	lacks_root && return
	[ -d /opt ] || { skip 'no /opt' && return; }
	scenario T-601 'to get at a restricted mount through an underlay' \
		'a mount without its flags'
	in_mounts private 'tree=$WORK/tree; mkdir "$tree"; mount -t tmpfs -o mode=755 none "$tree"
		for flags in noexec noatime nodiratime,noatime strictatime nosuid,noexec ro \
			ro,noexec,noatime; do
			mkdir "$tree/$flags"; mount --bind "$tree/$flags" "$tree/$flags"
			mount -o "remount,bind,$flags" "$tree/$flags"
		done
		list() {
			line="[^ ]* [^ ]* [^ ]* [^ ]* /opt/([^ ]*) ([^ ]*) .*"
			sd "$@" run sed -En "/ selfdock /!s|^$line|\1 \2|p" \
				/proc/self/mountinfo | sort -u
		}
		map=$(list -m "$tree" /opt)
		[ "$map" = "$(list -m "$tree" /opt -t exec /opt/new | grep -v ^new)" ] ||
			echo differs
		mount -o remount,bind,ro "$tree"
		volume=$(list -v "$tree" /opt)
		[ "$volume" = "$(list -v "$tree" /opt -t exec /opt/new | grep -v ^new)" ] ||
			echo differs
		echo "$volume"'
	assertEquals "$(printf '%s' 'noatime rw,nosuid,nodev,noatime
nodiratime,noatime rw,nosuid,nodev,noatime,nodiratime
noexec rw,nosuid,nodev,noexec,relatime
nosuid,noexec rw,nosuid,nodev,noexec,relatime
ro ro,nosuid,nodev,relatime
ro,noexec,noatime ro,nosuid,nodev,noexec,noatime
strictatime rw,nosuid,nodev')" "$output"
}

# The few lines of the view that confinement itself rests on.
mounts_lacking() {
	sd run cat /proc/self/mountinfo | awk -v flag="$1" '
		("," $6 ",") !~ "," flag "," { print $5 }
		END { if (!NR) print "no mounts" }'
}

testEveryMountIsNosuid() {
	scenario T-601 'to find a mount that is not nosuid' 'the ids of a setuid program'
	assertEquals '' "$(mounts_lacking nosuid)"
}

testOnlyDevicesLackNodev() {
	scenario T-601 'to find a mount that is not nodev' 'a device'
	assertEquals '' "$(mounts_lacking nodev |
		grep -vE '^/dev/(null|zero|full|random|urandom|tty|console|pts)$')"
}

testEveryMountInsideIsNosuidAndNodevButForNodes() {
	scenario T-601 'to find one among all kinds of options' \
		'a device, or the ids of a setuid program'
	assert_output '' -v "$WORK" "$WORK" -m /usr /usr -v /etc /tmp/etc -t exec /tmp/exec \
		-v / /tmp/root -v "$WORK" /device --device /dev/null run awk '
		$6 !~ /(^|,)nosuid(,|$)/ { print "suid", $0 }
		$6 !~ /(^|,)nodev(,|$)/ && $5 !~ "^/dev/(null|zero|full|random|urandom|tty|pts)$" {
			print "dev", $0
		}' /proc/self/mountinfo </dev/null
}

testProgramOnANoexecSourceDoesNotRun() {
	lacks_root && return
	scenario T-601 'to execute a program of a noexec volume' 'what the host forbids'
	in_mounts private 'mount -t tmpfs -o noexec none "$WORK/dir"; cp /bin/true "$WORK/dir"
		sd -v "$WORK/dir" /tmp run /tmp/true || echo $?'
	assertContains "$output" '126'
}

testRootCannotBeWritten() {
	scenario T-602 'to write to the root file system' 'changed files of the caller'
	set -- / /usr /etc /dev /var/tmp
	assert_output "$(printf '%s refused\n' "$@")" run \
		sh -c 'for place; do touch "$place/x" 2>/dev/null || echo "$place refused"; done' \
		sh "$@"
}

testMountsCannotBeChangedByTheProgram() {
	scenario T-602 'to mount, unmount and remount' 'a view that can be written to'
	assert_output OK -v "$WORK" "$WORK" run "$HELPERS/confine_mounts" direct "$WORK"
}

testRootIsReadOnlyInRun() {
	scenario T-602 'to write to the directories of run' 'changed files of the caller'
	assert_output 'ro ro ro ro ro' run sh -c "$WRITABLE" sh / /usr /var /etc /home
	try run touch /selfdock-test /usr/selfdock-test /var/selfdock-test
	for dir in '' /usr /var; do
		assertContains "$output" "$dir/selfdock-test: Read-only file system"
		[ ! -e "$dir/selfdock-test" ] || fail "$dir/selfdock-test was made"
	done
}

testBuildIsReadOnlyWhereTheRootfsIs() {
	lacks_root && return
	scenario T-602 'to write by build to a root that is read-only outside' 'more than outside'
	make_rootfs "$WORK/rootfs"
	in_mounts private 'mount --bind "$WORK/rootfs" "$WORK/rootfs"
		mount -o remount,bind,ro "$WORK/rootfs"
		sd -r "$WORK/rootfs" -m /usr /usr build sh -c "$WRITABLE" sh / /etc /data'
	assertEquals 'ro ro ro' "$output"
}

testBuildInsideRunIsReadOnly() {
	lacks_userns && return
	lacks_levels && return
	scenario T-602 'to write by an inner build' 'what the outer level took away'
	assert_output 'ro ro ro' run "$SELFDOCK" build sh -c "$WRITABLE" sh / /usr /var
}

testNothingCanBeChangedInDev() {
	scenario T-602 'to change /dev' 'a node of its own'
	for option in '' '-m /etc /dev/below'; do
		# shellcheck disable=SC2086 # words
		assert_output ran $option run sh -c 'for change; do
				! $change 2>/dev/null || echo "done: $change"
			done; echo ran' sh 'touch /dev/x' 'mkdir /dev/x' 'mknod /dev/x c 1 3' \
			'ln -s null /dev/x' 'rm -f /dev/null' 'mv -f /dev/null /dev/zero' \
			'mkdir /dev/pts/x' 'mknod /dev/shm/x c 1 3'
	done
}

# The nodes are the host's: not even their owner changes them from inside. The
# mode that is set here is the one they have.
testNodesOfTheHostCannotBeChanged() {
	scenario T-602 'to change the modes of nodes' 'the nodes of the host'
	for option in '' '-m /etc /dev/below'; do
		# shellcheck disable=SC2086 # words
		assert_output '1 1 1 1 1 1' $option run sh -c 'for node; do
				chmod 666 "/dev/$node" 2>/dev/null
				all="$all $?"
			done; echo $all' sh null zero full random urandom tty
	done
}

testMapIsReadOnly() {
	scenario T-602 'to write to what is mapped' 'changed files of the caller'
	assert_output text -m "$WORK/dir" /tmp run cat /tmp/file
	assert_output ro -m "$WORK/dir" /tmp run sh -c "$WRITABLE" sh /tmp
	assert_output ro -m "$WORK/dir" /tmp build sh -c "$WRITABLE" sh /tmp
	try -m "$WORK/dir" /tmp run sh -c 'echo changed >/tmp/file'
	assertEquals text "$(cat "$WORK/dir/file")"
}

testMapIsReadOnlyAlsoInSubmounts() {
	lacks_root && return
	scenario T-602 'to write to what is mounted below what is mapped' \
		'changed files of the caller'
	in_mounts private 'mkdir "$WORK/dir/a"; mount -t tmpfs -o mode=1777 none "$WORK/dir/a"
		mkdir "$WORK/dir/a/b"; mount -t tmpfs -o mode=1777 none "$WORK/dir/a/b"
		touch "$WORK/dir/a/b/seen"
		sd -m "$WORK/dir" /tmp run ls -A /tmp/a/b
		sd -m "$WORK/dir" /tmp build sh -c "$WRITABLE" sh /tmp /tmp/a /tmp/a/b
		sd -v "$WORK/dir" /tmp run sh -c "$WRITABLE" sh /tmp /tmp/a /tmp/a/b'
	assertEquals "$(printf 'seen\nro ro ro\nrw rw rw')" "$output"
}

testReadOnlySourceIsNoMoreWritableAsVolume() {
	lacks_userns && return
	lacks_levels && return
	scenario T-602 'to make a read-only source a volume' 'a source that can be written to'
	assert_output ro run "$SELFDOCK" -v /usr /tmp run sh -c "$WRITABLE" sh /tmp
}

testNothingCanBeChangedInAnUnderlay() {
	scenario T-602 'to change an underlay in 18 ways' \
		'names in the place of the files of the caller'
	look
	before=$output
	for options in "-m $WORK/dir $HERE/a/b -m $WORK/dir /selfdock-new" \
		"-m $WORK/dir /selfdock-new -m $WORK/dir $HERE/a/b" \
		"-m $WORK/dir $HERE/dir/new -m $WORK/dir $HERE/a/b --mask $SCRATCH/new"; do
		# shellcheck disable=SC2086 # words
		assert_output 'ro ro ro ro ro ro ro' $options run \
			sh -c "$WRITABLE" sh "$HERE" "$HERE/dir" "$HERE/a" "$HERE/a/b" / /usr /dev
	done
	set -- 'touch x' 'mkdir x' 'mkfifo x' 'ln -s file x' 'ln file x' 'rm file' 'rmdir dir/sub' \
		'rmdir a' 'mv file x' 'mv a x' 'chmod 777 .' 'chmod 777 a' 'chown 0 a' \
		'touch a/b/x' 'touch /x' 'touch /dev/x' 'ln -s x /dev/x' 'rm /dev/stdin' 'touch a/x'
	try -m "$WORK/dir" "$HERE/a/b" -m "$WORK/dir" /selfdock-new run sh -c '
		cd "$1" || exit
		shift
		for change; do
			error=$(eval "$change" 2>&1)
			case $? in 0) echo "done: $change" ;; esac
			case $error in
			*"Read-only file system"*) ;;
			*) echo "$change: $error" ;;
			esac
		done' sh "$HERE" "$@"
	assertEquals '' "$output"
	assert_untouched
}

testNoMountIsShared() {
	scenario T-603 'to find a mount that is shared or a slave' 'mounts that come in or get out'
	assert_output '' run awk '/ (shared|master):/' /proc/self/mountinfo
	am_root || return 0
	in_mounts shared '
		sd run cat /proc/self/mountinfo | grep -E " (shared|master):" || echo none'
	assertEquals none "$output"
}

testMountsInsideAreOfNoPeerGroup() {
	scenario T-603 'to be of a peer group of the host' 'mounts that come in or get out'
	assert_output - \
		run awk '{ seen[$7] } END { for (tag in seen) print tag }' /proc/self/mountinfo
	lacks_root && return
	in_mounts shared 'mount -t tmpfs none "$WORK/dir"; mount --make-shared "$WORK/dir"
		sd -v "$WORK/dir" /tmp -v / /home run awk "{ print \$7 }" /proc/self/mountinfo |
			sort -u'
	assertEquals - "$output"
}

testMountsOutsideStayAsTheyAre() {
	lacks_root && return
	scenario T-603 'to change the mounts outside' 'a mount on the host'
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

testMountsBelowTheRootAreCovered() {
	scenario T-604 'to look below the root' '/sys and the queues of the host'
	assert_output '' run sh -c 'ls -A /sys 2>/dev/null; ls -A /dev/mqueue 2>/dev/null; :'
}

testOldRootIsGone() {
	scenario T-604 'to find the old root' 'all files of the host'
	assertEquals 1 "$(sd run awk '$5 == "/"' /proc/self/mountinfo | wc -l)"
	as_tester mkdir "$WORK/root" "$WORK/root/proc" "$WORK/root/dev" "$WORK/root/usr"
	for name in bin lib lib64; do as_tester ln -s "usr/$name" "$WORK/root/$name"; done
	assertEquals 1 "$(sd -r "$WORK/root" -m /usr /usr run \
		grep -c '^[^ ]* [^ ]* [^ ]* [^ ]* / ' /proc/self/mountinfo)"
}

testMountBelowTheRootIsCovered() {
	lacks_root && return
	scenario T-604 'to look into a mount below the root' 'what is in it'
	in_mounts private 'mkdir -p mnt; mount -t tmpfs -o mode=1777 none mnt
		mkdir mnt/sub; touch mnt/file; mount -t tmpfs none mnt/sub
		for applet in run build; do
			sd $applet sh -c "ls -A \"\$1\"; $WRITABLE" sh "$PWD/mnt"
		done'
	assertEquals "$(printf 'ro\nro')" "$output"
}

testMountOnAFileIsCovered() {
	lacks_root && return
	scenario T-604 'to read a mount on a file' 'what is in it'
	in_mounts private 'touch file; mount --bind /etc/passwd file
		sd run stat -c %F "$PWD/file"; sd run cat "$PWD/file"'
	assertEquals 'regular empty file' "$output"
}

testMountsOnTheSamePlaceAreCovered() {
	lacks_root && return
	scenario T-604 'to look into mounts on top of each other' 'what is in them'
	in_mounts private 'mkdir mnt
		for i in 1 2 3; do mount -t tmpfs none mnt; touch mnt/$i; done
		sd run ls -A "$PWD/mnt"'
	assertEquals '' "$output"
}

testMountBelowAnotherMountIsNoObstacle() {
	lacks_root && return
	scenario T-604 'to look into a mount below another one' 'what is in it'
	in_mounts private 'mkdir -p mnt/below; mount -t tmpfs none mnt/below; touch mnt/below/file
		mount -t tmpfs none mnt; touch mnt/file; sd run ls -A "$PWD/mnt"'
	assertEquals '' "$output"
}

testMountsOfAnyNameAreCovered() {
	lacks_root && return
	scenario T-604 'to look into mounts of odd names' 'what is in them'
	in_mounts private 'for name in "a b" "tab	" "back\\slash" "\\040" "new
line" "#" "$(printf "\\303\\266\\377")" " "; do
			mkdir "$name"; mount -t tmpfs none "$name"; touch "$name/file"
		done
		sd run find "$PWD" -name file'
	assertEquals '' "$output"
}

testMountsInManyPlacesAreCovered() {
	lacks_root && return
	scenario T-604 'to look into one of 300 mounts' 'what is in it'
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

# Nothing can be mounted on it, so its directory gets an underlay.
testMountOfADeletedFileIsOutOfSight() {
	lacks_root && return
	scenario T-604 'to read a mount on a file that is deleted' 'what is in it'
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
	scenario T-604 'to read such a mount in the root itself' 'what is in it'
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

testMountOutOfReachIsNoObstacleAndStaysOutOfReach() {
	lacks_root && return
	scenario T-604 'to look into a mount below a closed directory' 'what is in it'
	in_mounts private 'mkdir -p closed/mnt; chmod 700 closed; mount -t tmpfs none closed/mnt
		touch closed/mnt/marker
		sd run sh -c "ls -A \$1/closed/mnt 2>&1; echo ran" sh "$PWD"'
	assertContains "$output" ran
	assertNotContains "$output" marker
}

testMountBelowADirectoryClosedForNowIsCovered() {
	lacks_root && return
	scenario T-604 'to open a closed directory above a mount afterwards' 'what is in it'
	in_mounts private 'mkdir -p own/mnt; mount -t tmpfs none own/mnt; touch own/mnt/marker
		chown "$SD_UID" own; chmod 0 own
		sd build sh -c "chmod 755 \$1/own; ls -A \$1/own/mnt 2>&1; echo ran" sh "$PWD"'
	assertContains "$output" ran
	assertNotContains "$output" marker
}

testOtherMountOfTheHostsProcIsCovered() {
	lacks_root && return
	scenario T-604 'to look into another mount of a /proc' 'the processes of the host'
	in_mounts private 'mkdir proc; mount --bind /proc proc
		sd --proc host run sh -c "ls -A \$1/proc; ls -d /proc/self" sh "$PWD"'
	assertEquals /proc/self "$output"
}

testFileHiddenUnderAMountStaysHidden() {
	lacks_root && return
	scenario T-604 'to see beneath mounts of all kinds' 'what they hide'
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
	scenario T-604 'to see beneath mounts where none is locked' 'what they hide'
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
	lacks_userns && return
	lacks_levels && return
	scenario T-604 'to see by an inner level what the outer one covers' 'what is covered'
	assert_output '' run "$SELFDOCK" -v /sys /tmp run ls -A /tmp
	assert_output '' run "$SELFDOCK" -r / run ls -A /sys
	try run "$SELFDOCK" -v /dev /dev run ls -A /dev
	assertNotContains "$output" kmsg
}

testCoveredMountStaysCoveredBelowAnUnderlay() {
	lacks_userns && return
	lacks_levels && return
	scenario T-604 'to see through an underlay what is covered' 'what is covered'
	assert_output '' -t exec /sys/new run ls -A /sys/new
	assert_output '' -t exec /sys/new run "$SELFDOCK" run ls -A /sys
	assert_output '' -t exec /selfdock-new run "$SELFDOCK" -v /sys /mnt run ls -A /mnt
	lacks_root && return
	in_mounts private 'mkdir -p home; mount -t tmpfs none home; echo secret >home/secret
		sd -m "$WORK/dir" "$PWD/home/new" run "$SELFDOCK" run ls -A "$PWD/home"
		sd -m "$WORK/dir" "$PWD/new" run "$SELFDOCK" run ls -A "$PWD/home"
		sd -m "$WORK/dir" "$PWD/new" run "$SELFDOCK" -m "$PWD" /mnt run ls -A /mnt/home'
	assertEquals '' "$output"
}

# The mode does not stop root in build, but the file is empty, too.
testMaskedFileCannotBeReadOrWritten() {
	scenario T-604 'to read, change and rename what is masked' 'the file'
	look
	before=$output
	for applet in run build; do
		try --mask "$HERE/file" "$applet" sh -c '
			stat -c "%a %s %F" "$1"; cat "$1"; echo changed >"$1"
			chmod 644 "$1"; rm -f "$1"; mv "$1" "$1.old"; cat "$1"' sh "$HERE/file"
		assertContains "$applet" "$output" '0 0 regular empty file'
		assertNotContains "$applet" "$output" sibling
	done
	try --mask "$HERE/file" run cat "$HERE/file"
	assertEquals "$output" 1 "$status"
	assertContains "$output" 'Permission denied'
	assert_untouched
}

testMaskedDirectoryCannotBeListedOrEnteredOrWritten() {
	scenario T-604 'to list, enter and rename what is masked' 'the directory'
	look
	before=$output
	for applet in run build; do
		try --mask "$HERE/dir" "$applet" sh -c '
			stat -c "%a %F" "$1"; ls -A "$1"; cat "$1/file"
			touch "$1/new"; chmod 755 "$1"; rmdir "$1"; mv "$1" "$1.old"
			cat "$1/file"; ls "$1/sub"' sh "$HERE/dir"
		assertContains "$applet" "$output" '0 directory'
		assertNotContains "$applet" "$output" below
		assertNotContains "$applet" "$output" sub:
	done
	assert_output ran --mask "$HERE/dir" run sh -c 'dir=$1; shift
		for command; do
			! (cd "$dir" && $command) 2>/dev/null || echo "done: $command"
		done; echo ran' sh "$HERE/dir" ls 'cat file' 'touch new'
	assert_output 'dir file' --mask "$HERE/dir" run sh -c 'echo $(ls -A "$1")' sh "$HERE"
	assert_untouched
}

testMaskedPathThatComesToExistStaysMasked() {
	scenario T-604 'to wait until a masked name exists' 'what is there'
	as_tester mkfifo "$WORK/go"
	sd -v "$WORK" "$WORK" --mask "$HERE/new" run sh -c 'touch "$1/started" && read x <"$1/go"
		cat "$2/new/secret" >"$1/seen" 2>&1
		stat -c %a "$2/new" >>"$1/seen"' sh "$WORK" "$HERE" &
	until_true test -e "$WORK/started" || fail 'it did not start'
	mkdir "$HERE/new"
	echo secret >"$HERE/new/secret"
	echo >"$WORK/go"
	wait $!
	assertContains "$(cat "$WORK/seen")" 'Permission denied'
	assertEquals 0 "$(tail -n 1 "$WORK/seen")"
}

testMaskStaysInInnerInstances() {
	lacks_userns && return
	lacks_levels && return
	scenario T-604 'to see by an inner level what the outer one masks' 'what is masked'
	for applet in run build; do
		assert_output '0 0 0 0 0' --mask "$HERE/file" --mask "$HERE/dir" \
			--mask "$HERE/new" --mask /selfdock-new --mask /sys \
			run "$SELFDOCK" "$applet" sh -c '
			cat "$1/file" "$1/dir/file" 2>/dev/null; ls "$1/dir" "$1/new" 2>/dev/null
			echo $(stat -c %a "$1/file" "$1/dir" "$1/new" /selfdock-new /sys)' \
			sh "$HERE"
	done
	assert_output '0 0 0' --mask "$HERE/file" --mask "$HERE/dir" --mask "$HERE/new" \
		run "$SELFDOCK" run "$SELFDOCK" -t exec /selfdock-new run sh -c '
		cat "$1/file" "$1/dir/file" 2>/dev/null
		echo $(stat -c %a "$1/file" "$1/dir" "$1/new")' sh "$HERE"
	assert_output '0' --mask /etc/passwd run "$SELFDOCK" run stat -c %a /etc/passwd
}

testMaskOverAMountStaysInInnerInstances() {
	lacks_userns && return
	lacks_levels && return
	lacks_root && return
	scenario T-604 'to see by an inner level the mount below a mask' 'what is masked'
	in_mounts private 'mkdir -p dir/mnt; mount -t tmpfs none dir/mnt
		echo secret >dir/mnt/secret
		sd --mask "$PWD/dir" run "$SELFDOCK" run \
			sh -c "stat -c %a \$1; ls \$1 \$1/mnt 2>/dev/null || :" sh "$PWD/dir"
		sd --mask "$PWD/dir/mnt" run "$SELFDOCK" run \
			sh -c "stat -c %a \$1; ls \$1 2>/dev/null || :" sh "$PWD/dir/mnt"'
	assertEquals "$(printf '0\n0')" "$output"
}

testInnerInstanceCannotMapWhatIsMasked() {
	lacks_levels && return
	scenario T-604 'to map by an inner level what the outer one masks' 'what is masked'
	for source in "$HERE" "$HERE/dir" "$HERE/file" /; do
		try --mask "$HERE/file" --mask "$HERE/dir" run \
			"$SELFDOCK" -v "$source" /tmp/x -t exec /selfdock-new \
			run sh -c 'cat /tmp/x /tmp/x/file /tmp/x/dir/file \
				"/tmp/x$1/file" "/tmp/x$1/dir/file"' sh "$HERE"
		assertNotContains "$source" "$output" sibling
		assertNotContains "$source" "$output" below
	done
}

# Nobody inside can take it off: its mount is locked to the one below.
testMaskCannotBeUnmounted() {
	sd run unshare -Urm true 2>/dev/null || { skip 'no user namespaces of a user' && return; }
	scenario T-604 'to unmount or pass by a mask as root of a namespace' 'what is masked'
	try --mask "$HERE/file" --mask "$HERE/dir" run unshare -Urm sh -c '
		umount "$1/file"; umount -l "$1/dir"
		mkdir /tmp/x; mount --bind "$1" /tmp/x; mount --rbind / /tmp/x
		cat "$1/file" "$1/dir/file" /tmp/x/file "/tmp/x$1/file"; echo ran' sh "$HERE"
	assertContains "$output" ran
	assertNotContains "$output" sibling
	assertNotContains "$output" below
}

testTmpAndShmAreAnInstancesOwn() {
	scenario T-605 'to find the files of another instance in /tmp and /dev/shm' \
		'a way to talk to it'
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

# Flags of all kinds of sources

FLAGS='ro nosuid nodev noexec nosymfollow noatime'

# The mounts are made once, in a directory each, which is a root file system, too.
testFlagsOfEverySourceAreASubsetOfThoseInside() {
	lacks_root && return
	scenario T-601 'to map, root or work in sources of all 64 combinations of flags' \
		'a mount without them'
	flags=
	for number in $(seq 0 63); do
		all=
		for flag in $FLAGS; do
			[ $((number & 1)) = 0 ] || all=$all,$flag
			number=$((number / 2))
		done
		flags="$flags ${all:-,none}"
	done
	# shellcheck disable=SC2086 # words
	in_mounts private 'top=$WORK/top; mkdir "$top"
		mount -t tmpfs -o mode=755 none "$top"; cd "$top"; mkdir "$@"
		for each; do mkdir "$each/proc" "$each/dev" "$each/data"; done
		chown -R "$SD_UID" .
		$PYTHON -c "
import ctypes, sys
bits = dict(ro=1, nosuid=2, nodev=4, noexec=8, nosymfollow=256, noatime=1024, none=0)
mount, REMOUNT, BIND = ctypes.CDLL(None).mount, 32, 4096
for name in sys.argv[1:]:
    path, flags = name.encode(), sum(bits[flag] for flag in name.split(\",\")[1:])
    assert not mount(path, path, None, BIND, None)
    assert not mount(None, path, None, REMOUNT | BIND | flags, None)" "$@"
		helpers=$(realpath "$HELPERS")
		binds=
		for each; do
			binds="$binds -m $top/$each /tmp/-m$each -v $top/$each /tmp/-v$each"
			cd "$each"; echo "-w$each" $(sd -w run "$HELPERS/mountinfo" "$PWD"); cd ..
			for applet in run build; do
				echo "$applet$each" $(sd -r "$PWD/$each" -m "$helpers" /data \
					$applet /data/mountinfo /)
			done
		done
		sd $binds run "$HELPERS/mountinfo" $(for each; do
			echo "/tmp/-m$each" "/tmp/-v$each"; done)' $flags
	# Each line has a name and the flags inside. Those outside are in the name.
	output=$(printf '%s\n' "$output" | sed 's|^/tmp/||' | awk '
		{
			wanted = $1
			sub(/^[^,]*/, "", wanted)
			if ($1 ~ /^-m|^run/) wanted = wanted ",ro"
			count = split(wanted ",nosuid,nodev", flag, ",")
			for (i = 2; i <= count; i++)
				if (flag[i] != "none" && index("," $2 ",", "," flag[i] ",") == 0) {
					print "lost " flag[i] ": " $0
					next
				}
			held++
		}
		END { print held }')
	assertEquals "$((5 * 64))" "$output"
	figure "$((5 * 64)) sources of all combinations of flags, 0 flags lost"
}

# Two instances

# exchange WORDS...: two instances with these options. The first has one object of each kind, and
# tells the number of its pseudo-terminal; what the second one finds of them in $output.
exchange() {
	number=$$
	start_monitor "$@" run sh -c '"$0/confine_ipc" make "$1" &
		"$0/confine_abstract" serve "exchange.$1" &
		echo mark >/dev/shm/exchange; echo mark >/tmp/exchange
		exec "$0/tty" hold' "$HELPERS" "$number"
	until_true has_word held "$WORK/out"
	until_true has_word mqueue "$WORK/out"
	try "$@" run sh -c '"$0/confine_ipc" look "$1"
		"$0/confine_abstract" connect "exchange.$1" 2>/dev/null
		cat /dev/shm/exchange /tmp/exchange 2>/dev/null
		"$0/tty" reach; ls -A /dev/mqueue 2>/dev/null; echo looked' "$HELPERS" "$number"
	as_tester kill "$monitor"
	wait "$job"
}

testTwoInstancesExchangeNothing() {
	lacks_scopes && return
	scenario T-605 'to meet another instance in shared memory, queues, sockets and terminals' \
		'a channel between two instances'
	for options in '' '--net none' '-m /usr /usr'; do
		# shellcheck disable=SC2086 # words
		exchange $options
		assertEquals "$options" looked "$output"
	done
}

# Types

# types OF WORDS...: the types of file systems that such a start mounts, and their options.
types() {
	# shellcheck disable=SC2086 # words
	capture "$HELPERS/calls" $AS $SD_WORDS "$@"
	assertContains "$output" ', ended '
	types=$(echo "$output" | sed -n 's/^type //p;s/^mount.*/&/p;s/^option/&/p' | sort -u)
}

testOnlyFourTypesAreEverMounted() {
	is_sanitized && return
	scenario T-607 'to have a type or option of its own passed to the kernel' \
		'a module or a file system that users may not mount'
	scenario T-606 'to have an overlay mounted, by words that others know' \
		'the bugs of overlayfs with the power of root'
	all=
	for words in "run $HELPERS/nothing" \
		"run -t exec,size=1M,nr_inodes=9,mode=700 /tmp $HELPERS/nothing" \
		"build -m /etc /usr/share/new --proc host --net none $HELPERS/nothing" \
		"run -m /etc $HERE/new/er --mask $HERE/file $HELPERS/nothing"; do
		# shellcheck disable=SC2086 # words
		types $words
		all="$all
$types"
	done
	assertEquals 'devpts
option mode
option nr_inodes
option ptmxmode
option size
option source
proc
tmpfs' "$(echo "$all" | sed '/^$/d' | sort -u)"
	types run --bogus "$HELPERS/nothing"
	refused=$types # those of the outer level, where there is one
	for words in '--overlay / /tmp' '-t overlay /tmp' '-t lowerdir=/etc,upperdir=/tmp /tmp' \
		'-t exec,lowerdir=/etc /tmp' '--type overlay' '-t type=overlay /tmp' \
		'-t size=1M,huge=always /tmp' '-t uid=0 /tmp' '-t mpol=bind:0 /tmp' \
		'-t context=system_u:object_r:tmp_t:s0 /tmp' '-t quota /tmp' '-t casefold /tmp'; do
		# shellcheck disable=SC2086 # words
		types run $words "$HELPERS/nothing"
		assertEquals "$words" "$refused" "$types"
		assertContains "$words: $output" "$output" 'ended 125'
	done
}

# Each call that mounts, or restricts a mount, once.
testStepThatFailsEndsTheStart() {
	is_sanitized && return
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer level would fail already' && return
	scenario T-608 'to have a step of the mounts fail' 'a program in half a view'
	failed=0
	for call in open_tree move_mount mount_setattr fsopen fsconfig fsmount pivot_root \
		umount2; do
		for when in 1 2 3; do
			# shellcheck disable=SC2086 # words
			capture strace -f -o "$SCRATCH/home/trace" -e trace="$call" \
				-e inject="$call:error=EACCES:when=$when" \
				$AS "$SELFDOCK" run -m /etc /tmp/x echo started
			grep -q INJECTED "$SCRATCH/home/trace" || continue
			failed=$((failed + 1))
			assertEquals "$call $when: $output" 125 "$status"
			assertNotContains "$call $when" "$output" started
		done
	done
	assertTrue "$failed failed" "[ $failed -ge 15 ]"
}

. shunit2
