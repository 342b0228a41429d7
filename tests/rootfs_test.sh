#!/bin/sh
# SPDX-License-Identifier: ISC
# Root file systems other than the host's: one of busybox, one of Debian made by
# mmdebstrap, and hostile ones, whose links must not lead out of them.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh
export LC_ALL=C

ROOTFS=$WORK/rootfs
OUTSIDE=$WORK/outside
BUSYBOX=$(command -v busybox)

setUp() {
	new_work 'mkdir dir outside outside/dir rootfs
		echo text >dir/file
		echo secret >outside/file
		echo secret >outside/dir/file
		cd rootfs
		mkdir bin etc dev proc tmp
		echo name >etc/name
		cp "$1" bin/busybox
		for name in sh ls cat touch mkdir rm id find stat pwd ps chown mount readlink tr; do
			ln -s busybox "bin/$name"
		done
		cp "$2" bin' "$BUSYBOX" "$HELPERS/nothing"
}

busybox_is_static() {
	! LC_ALL=C ldd "$BUSYBOX" >/dev/null 2>&1
}

tearDown() {
	exec 8>&-
}

# busybox

testBusyboxIsStatic() {
	assertTrue 'the tests here need busybox-static' busybox_is_static
}

testProgramOfTheRootfsRuns() {
	assert_output works -r "$ROOTFS" run busybox echo works
	assert_output works -r "$ROOTFS" run sh -c 'echo works'
	assert_output works --rootfs="$ROOTFS" build /bin/busybox echo works
	assert_output "$SD_UID" -r "$ROOTFS" run id -u
	assert_output 1 -r "$ROOTFS" run sh -c 'echo $$'
}

testRootfsIsAllThatIsSeen() {
	assert_output "$(printf 'bin\ndev\netc\nproc\ntmp')" -r "$ROOTFS" run ls -A /
	assert_output name -r "$ROOTFS" run cat /etc/name
	assert_output '' -r "$ROOTFS" run ls -A /tmp
	assert_output 1777 -r "$ROOTFS" run stat -c %a /tmp
	assert_output 'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero' \
		-r "$ROOTFS" run sh -c 'echo $(ls -A /dev)' </dev/null
	try -r "$ROOTFS" run cat "$OUTSIDE/file"
	assertContains "$output" 'No such file'
}

testWorkingDirectoryThatIsNotThereIsTheRoot() {
	assertEquals / "$(cd "$WORK" && sd -r "$ROOTFS" run pwd 2>&1)"
	assertEquals / "$(cd /etc && sd -r "$ROOTFS" run pwd 2>&1)"
	assertEquals /etc "$(cd /etc && sd -r "$ROOTFS" -C . run pwd 2>&1)"
}

testWhatTheRootfsHasInDevProcAndTmpIsHidden() {
	as_tester touch "$ROOTFS/dev/hidden" "$ROOTFS/proc/hidden" "$ROOTFS/tmp/hidden"
	assert_output '' -r "$ROOTFS" run find /dev /proc /tmp -name hidden -maxdepth 1
}

testRunChangesNothingInTheRootfs() {
	before=$("$HELPERS/snapshot" "$ROOTFS")
	try -r "$ROOTFS" -m "$WORK/dir" /tmp/dir run sh -c 'touch /new /etc/new; rm /etc/name
		echo changed >/etc/name; chown 0:0 /etc/name; touch /tmp/new /dev/shm/new'
	assertContains "$output" 'Read-only file system'
	assertEquals "$before" "$("$HELPERS/snapshot" "$ROOTFS")"
}

testBuildLeavesNothingButWhatTheProgramMade() {
	before=$("$HELPERS/snapshot" "$ROOTFS/dev" "$ROOTFS/proc" "$ROOTFS/tmp")
	assert_output '' -r "$ROOTFS" -m "$WORK/dir" /tmp/dir build sh -c \
		'mkdir /opt; touch /etc/new /tmp/new /dev/shm/new'
	assertEquals "$before" "$("$HELPERS/snapshot" "$ROOTFS/dev" "$ROOTFS/proc" "$ROOTFS/tmp")"
	assertEquals 'bin dev etc opt proc tmp' "$(cd "$ROOTFS" && echo *)"
	assertEquals "$SD_UID" "$(stat -c %u "$ROOTFS/etc/new")"
}

testRootfsWithoutTmpGetsNone() {
	as_tester rmdir "$ROOTFS/tmp"
	assert_output "$(printf 'bin\ndev\netc\nproc')" -r "$ROOTFS" run ls -A /
}

testRootfsNamedByRelativePathAndByLink() {
	as_tester ln -s rootfs "$WORK/link"
	assertEquals name "$(cd "$WORK" && sd -r rootfs run cat /etc/name 2>&1)"
	assertEquals name "$(cd "$WORK/dir" && sd -r ../link/ run cat /etc/name 2>&1)"
	assertEquals name "$(cd "$ROOTFS" && sd -r . run cat /etc/name 2>&1)"
}

testHostFilesAreMappedIntoTheRootfs() {
	assert_output text -r "$ROOTFS" -m "$WORK/dir" /etc run cat /etc/file
	assert_output text -r "$ROOTFS" -m "$WORK/dir/file" /etc/name run cat /etc/name
	assert_output '' -r "$ROOTFS" -v "$WORK/dir" /etc run touch /etc/made
	assertTrue "[ -e $WORK/dir/made ]"
}

testMissingDestinationIsMadeWithoutTheRootfsOrRefused() {
	before=$("$HELPERS/snapshot" "$ROOTFS")
	assert_output text -r "$ROOTFS" -m "$WORK/dir" /new run cat /new/file
	assert_output text -r "$ROOTFS" -m "$WORK/dir/file" /etc/new/x run cat /etc/new/x
	assert_output name -r "$ROOTFS" -t exec /etc/new/x run cat /etc/name
	assert_fails 125 'does not exist' -r "$ROOTFS" -m "$WORK/dir" /new build true
	assert_fails 125 'does not exist' -r "$ROOTFS" -t exec /etc/new/x build true
	assertEquals "$before" "$("$HELPERS/snapshot" "$ROOTFS")"
}

testInstanceInsideTheRootfs() {
	is_sanitized && return
	lacks_levels && return
	as_tester cp "$SELFDOCK" "$ROOTFS/bin/selfdock"
	assert_output name -r "$ROOTFS" run selfdock run selfdock run cat /etc/name
}

testOwnersAreTrueWhereTheModeAllowsIt() {
	lacks_root && return
	touch "$ROOTFS/etc/others"
	chown 12345:12346 "$ROOTFS/etc/others"
	case $MODE in
	setuid | root) wanted=12345:12346 ;;
	*) wanted=$(cat /proc/sys/fs/overflowuid):$(cat /proc/sys/fs/overflowgid) ;;
	esac
	assert_output "$wanted" -r "$ROOTFS" run stat -c %u:%g /etc/others
	[ "$MODE" = root ] || return 0
	assert_output '' -r "$ROOTFS" build chown 54321:12 /etc/others
	assertEquals 54321:12 "$(stat -c %u:%g "$ROOTFS/etc/others")"
}

testOnlyBuildByRootMayChangeOwners() {
	for applet in run build; do
		[ "$MODE:$applet" = root:build ] && continue
		try -r "$ROOTFS" -v "$WORK/dir" /tmp "$applet" chown 12345 /tmp/file
		assertEquals "$applet: $output" 1 "$status"
		assertEquals "$applet" "$SD_UID" "$(stat -c %u "$WORK/dir/file")"
	done
}

# Hostile ones. OUTSIDE is the caller's own, so that only selfdock protects it.

# What a hostile link may say to get there.
TARGETS="$OUTSIDE $OUTSIDE/dir ../outside ../../../../../../../..$OUTSIDE \
	/../..$OUTSIDE /proc/1/root$OUTSIDE /proc/self/root$OUTSIDE \
	/proc/self/cwd/outside /proc/self/fd/0 /proc/self/fd/3 /dev/fd/0 /missing \
	missing/x link ../rootfs/link /link/.. \
	/proc/self/cwd /proc/1/cwd /proc/1/root / . .. ../.."
TARGETS_COUNT=$(echo "$TARGETS" | wc -w)

# What /dev, /proc and /tmp are inside, whatever the root file system has there:
# the file systems, and each entry with its type, where it leads, and the right number or mode.
SPECIAL='stat -f -c "%n %T" /dev /dev/pts /dev/shm /proc /tmp
	cd /dev && stat -c "%n %F %t:%T" / pts /proc null zero full random urandom tty
	stat -c "%N %F %a" ptmx fd shm /dev /tmp'
SPECIAL_WANTED="/dev tmpfs
/dev/pts devpts
/dev/shm tmpfs
/proc proc
/tmp tmpfs
/ directory 0:0
pts directory 0:0
/proc directory 0:0
null character special file 1:3
zero character special file 1:5
full character special file 1:7
random character special file 1:8
urandom character special file 1:9
tty character special file 5:0
'ptmx' -> 'pts/ptmx' symbolic link 777
'fd' -> '/proc/self/fd' symbolic link 777
shm directory 1777
/dev directory 755
/tmp directory 1777"

# attempts SCRIPT: a script for sh in WORK with the targets as arguments, in one scene,
# which calls "attempt NAME ARGS..."; each is a clear error or a success, and outside
# nothing changes. What they printed stays in $output, a line "NAME: STATUS: TEXT" each.
attempts() {
	before=$("$HELPERS/snapshot" "$OUTSIDE")
	scene "set -- $TARGETS"'
		cd "$WORK"
		attempt() {
			label=$1
			shift
			"$SD" -r "$WORK/rootfs" "$@" >text 2>&1 </etc/passwd
			status=$? text="" more=""
			{ read -r text; read -r more; } <text
			echo "$label: $status: $text"
			[ ! "$more" ] || echo "$more" # which is wrong
		}
		'"$1"
	assertEquals "$output" 0 "$status"
	assertEquals outside "$before" "$("$HELPERS/snapshot" "$OUTSIDE")"
	assertNotContains "$output" secret
	assertEquals '' \
		"$(printf '%s\n' "$output" | grep -Ev ': 0: $|: 125: selfdock-(run|build): ')"
}

testSpecialDirectoriesThatAreLinksAreRefused() {
	attempts '
		for name in proc dev tmp; do
			rmdir "rootfs/$name"
			for target; do
				"$HELPERS/links" "$target" "rootfs/$name"
				for applet in run build; do
					attempt "$name -> $target" "$applet" nothing
				done
			done
			rm "rootfs/$name"
			mkdir "rootfs/$name"
		done'
	assertEquals "$((3 * 2 * TARGETS_COUNT))" \
		"$(printf '%s\n' "$output" | grep -c ": 125: .*'/\(proc\|dev\|tmp\)'")"
}

testLinksInsideSpecialDirectoriesAreHidden() {
	before=$("$HELPERS/snapshot" "$OUTSIDE")
	cd "$ROOTFS" || return
	for target in $TARGETS "$OUTSIDE/file"; do
		as_tester "$HELPERS/links" "$target" \
			dev/null dev/zero dev/pts dev/shm dev/fd dev/stdin dev/ptmx dev/console \
			dev/tty proc/self proc/1 proc/sys tmp/x
		assert_output "$SPECIAL_WANTED" -r "$ROOTFS" build sh -c "$SPECIAL" </dev/null
	done
	cd "$OLDPWD" || return
	assert_output "$SPECIAL_WANTED" -r "$ROOTFS" run sh -c "$SPECIAL" </dev/null
	assertEquals "$before" "$("$HELPERS/snapshot" "$OUTSIDE")"
	for proc in new host none; do
		assert_output '' -r "$ROOTFS" --proc "$proc" \
			build sh -c 'echo x >/dev/null; echo x >/dev/shm/x' </dev/null
	done
	assertEquals "$before" "$("$HELPERS/snapshot" "$OUTSIDE")"
}

testNodesThatAreSomethingElseAreHidden() {
	as_tester sh -c 'cd "$1"; mkdir null full; mkfifo zero
		cp "$2" urandom; ln "$2" random; touch pts shm' \
		sh "$ROOTFS/dev" "$OUTSIDE/file"
	before=$("$HELPERS/snapshot" "$OUTSIDE")
	for applet in run build; do
		assert_output "$SPECIAL_WANTED" -r "$ROOTFS" "$applet" sh -c "$SPECIAL" </dev/null
		assert_output '' -r "$ROOTFS" "$applet" \
			sh -c 'echo x >/dev/null; echo x >/dev/shm/x'
	done
	assertEquals "$before" "$("$HELPERS/snapshot" "$OUTSIDE")"
}

testLinkAsDestinationDoesNotLeadOut() {
	attempts '
		for target; do
			"$HELPERS/links" "$target" rootfs/link
			for option in "-m $WORK/dir" "-v $WORK/dir/file" "-t exec" --mask; do
				for destination in /link /link/new /etc/../link/dir/file; do
					attempt "$option $destination -> $target" \
						$option "$destination" run nothing
				done
				for destination in /link /link/dir /link/../link; do
					attempt "$option $destination -> $target" \
						$option "$destination" build nothing
				done
			done
		done'
	assertEquals "$((4 * 6 * TARGETS_COUNT))" "$(printf '%s\n' "$output" | wc -l)"
	assertContains "$output" ': 0: '
}

testLinkAsParentOfADestinationDoesNotLeadOut() {
	attempts '
		mkdir rootfs/a
		for target; do
			"$HELPERS/links" "$target" rootfs/a/b rootfs/c
			for applet in run build; do
				attempt "a/b -> $target" -m "$WORK/dir" /a/b/dir "$applet" nothing
			done
			for applet in run build; do
				attempt "c -> $target" -t exec /c/b/c "$applet" nothing
			done
		done'
	assertEquals "$((4 * TARGETS_COUNT))" "$(printf '%s\n' "$output" | wc -l)"
	assertContains "$output" ': 0: '
}

# The root itself gets an underlay for some destinations; the old root could stay on top of that.
testNothingIsAboveTheRoot() {
	for missing in '' /new /new/deep/er /etc/new; do
		for root in "$ROOTFS" /; do
			# shellcheck disable=SC2046 # none, or three words
			assert_output 'same dev 1' -r "$root" \
				$([ ! "$missing" ] || echo -m "$WORK/dir" "$missing") \
				run sh -c '[ /.. -ef / ] && [ /../.. -ef / ] && echo same \
				$(ls -d /../dev | cut -c5-) \
				$(grep -c "^[^ ]* [^ ]* [^ ]* [^ ]* / " /proc/self/mountinfo)'
		done
	done
	# A nested instance is gone already, and outside its id belongs to another process.
	[ "$MODE" = nested ] && return
	id=$(sd -r "$ROOTFS" -m "$WORK/dir" /new run -d sh -c 'sleep 600')
	assertContains "$(sd enter "$id" ls /..)" new
	kill "$id"
	# Below the new root, the old one would do no harm, but keep its mounts in use.
	calls=$(as_tester strace -f -e trace=pivot_root,umount2 \
		"$SELFDOCK" -r "$ROOTFS" run true 2>&1)
	assertContains 'the old root is detached' "$calls" 'pivot_root(".", "."'
	assertContains 'the old root is detached' "$calls" 'umount2(".", MNT_DETACH'
}

testLinksLeadToTheSamePlaceInsideTheRootfs() {
	as_tester mkdir -p "$ROOTFS$OUTSIDE/dir"
	for target in "$OUTSIDE/dir" "../../../../../../../..$OUTSIDE/dir" "/../..$OUTSIDE/dir"; do
		as_tester ln -sfn "$target" "$ROOTFS/link"
		assert_output text -r "$ROOTFS" -m "$WORK/dir" /link run cat "$OUTSIDE/dir/file"
	done
}

testLinkInATmpfsOfTheInstanceDoesNotLeadOut() {
	before=$("$HELPERS/snapshot" "$OUTSIDE")
	as_tester ln -s "$OUTSIDE" "$WORK/dir/link"
	assert_fails 125 'does not exist' -r "$ROOTFS" -t exec /etc -v "$WORK/dir" /etc/x \
		-m "$WORK/dir" /etc/x/link/new build busybox true
	assert_output text -r "$ROOTFS" -t exec /etc -v "$WORK/dir" /etc/x \
		-m "$WORK/dir" /etc/x/link/new run cat "$OUTSIDE/new/file"
	assertEquals "$before" "$("$HELPERS/snapshot" "$OUTSIDE")"
}

# What is made for a link that leads nowhere is made where it leads inside.
testDanglingLinkAsDestinationIsFollowedInsideTheRootfs() {
	for target in "$OUTSIDE/new" "../../../../../../..$OUTSIDE/new" "/../..$OUTSIDE/new"; do
		as_tester ln -sfn "$target" "$ROOTFS/link"
		before=$("$HELPERS/snapshot" "$WORK")
		assert_output "$(printf 'text\n%s' "$target")" -r "$ROOTFS" -m "$WORK/dir" /link \
			run sh -c 'cat "$1/file"; readlink /link' sh "$OUTSIDE/new"
		assert_output text -r "$ROOTFS" -m "$WORK/dir" /link/a/b \
			run cat "$OUTSIDE/new/a/b/file"
		assertEquals "$before" "$("$HELPERS/snapshot" "$WORK")"
	done
}

testLinkAsWorkingDirectoryDoesNotLeadOut() {
	before=$("$HELPERS/snapshot" "$OUTSIDE")
	cd "$WORK" || return
	for target in $TARGETS; do
		as_tester "$HELPERS/links" "$target" "$ROOTFS/link"
		for directory in /link /link/dir; do
			try -r "$ROOTFS" -C "$directory" run busybox cat file </etc/passwd
			assertNotContains "$directory -> $target" "$output" secret
			assertNotEquals "$directory -> $target" 0 "$status"
		done
	done
	cd "$OLDPWD" || return
}

testLinkAsProgramDoesNotLeadOut() {
	as_tester cp "$BUSYBOX" "$OUTSIDE/busybox"
	for target in "$OUTSIDE/busybox" "../../../../../../../..$OUTSIDE/busybox" \
		"/proc/1/cwd/outside/busybox"; do
		as_tester ln -sfn "$target" "$ROOTFS/bin/busybox-outside"
		output=$(cd "$WORK" && sd -r "$ROOTFS" run busybox-outside 2>&1)
		assertEquals "$target: $output" 127 $?
	done
}

testFileReadThroughALinkIsTheRootfsOwn() {
	as_tester ln -s ../../../../../../../../../etc/name "$ROOTFS/up"
	as_tester ln -s "$OUTSIDE/file" "$ROOTFS/out"
	assert_output name -r "$ROOTFS" run cat /up
	try -r "$ROOTFS" run cat /out
	assertContains "$output" 'No such file'
}

testDotDotOfTheRootIsTheRoot() {
	assert_output "$(printf 'bin\ndev\netc\nproc\ntmp')" \
		-r "$ROOTFS" -C /../../.. run ls -A ../../../..
}

# Debian

testDebianRootfsRuns() {
	lacks_debian shared && return
	assert_output "$(cat "$DEBIAN/etc/debian_version")" -r "$DEBIAN" run cat /etc/debian_version
	assert_output 42 -r "$DEBIAN" run perl -e 'print 6 * 7'
	assert_output 'install ok installed' -r "$DEBIAN" run dpkg-query -W -f '${Status}' dpkg
	try -r "$DEBIAN" run sh -c 'touch /usr/bin/new'
	assertContains "$output" 'Read-only file system'
}

testDebianProgramsSeeTheHostsFilesOnlyByOption() {
	lacks_debian shared && return
	assert_output '' -r "$DEBIAN" run ls -A /mnt
	assert_output text -r "$DEBIAN" -m "$WORK/dir" /mnt run cat /mnt/file
}

# By the commands of README.md.
testRootInstallsAPackageInDebian() {
	[ "$MODE" = root ] || { skip 'installing is for root' && return; }
	lacks_debian exclusive && return
	before=$(cd "$DEBIAN" &&
		find bin/ sbin/ lib/ usr/bin usr/lib usr/sbin -printf '%p %U:%G %m\n' | sort)
	mounts=$(cat /proc/self/mountinfo)
	scene "selfdock() { \$SD \"\$@\"; }
		sudo() { \"\$@\"; }
		set -e
		$(example 'of its own, so the binary' |
			sed "/mmdebstrap/d; s,out/selfdock,selfdock,; s,~/debian,$DEBIAN,")"
	assertEquals "$output" 0 "$status"
	assertEquals 'Hello, world!' "${output##*
}"
	assertEquals "$mounts" "$(cat /proc/self/mountinfo)"

	assertEquals '0:0 755' "$(stat -c '%u:%g %a' "$DEBIAN/usr/bin/hello")"
	assertEquals 'owners' '' "$(find "$DEBIAN" -uid +999 -o -gid +999)"
	after=$(cd "$DEBIAN" &&
		find bin/ sbin/ lib/ usr/bin usr/lib usr/sbin -printf '%p %U:%G %m\n' | sort)
	printf '%s\n' "$before" >"$SCRATCH/before"
	assertEquals 'what was there is as it was' '' \
		"$(printf '%s\n' "$after" | comm -23 "$SCRATCH/before" -)"
	assertTrue 'setuid bits are kept' "[ -u $DEBIAN/usr/bin/su ]"
}

testRootGivesAFileAwayInDebian() {
	[ "$MODE" = root ] || { skip 'changing owners is for root' && return; }
	lacks_debian exclusive && return
	assert_output '' -r "$DEBIAN" \
		build install -o www-data -g www-data -m 4750 /bin/true /srv/given
	assertEquals '33:33 4750' "$(stat -c '%u:%g %a' "$DEBIAN/srv/given")"
	rm "$DEBIAN/srv/given"
}

testUserInstallsNothingInDebian() {
	[ "$MODE" = root ] && skip 'for users' && return
	lacks_debian exclusive && return
	before=$("$HELPERS/snapshot" "$DEBIAN/usr/bin" "$DEBIAN/etc" "$DEBIAN/var")
	try -r "$DEBIAN" \
		build sh -c 'touch /usr/bin/new; apt-get -q install -y hello; rm /etc/passwd'
	assertNotEquals 0 "$status"
	assertEquals "$before" \
		"$("$HELPERS/snapshot" "$DEBIAN/usr/bin" "$DEBIAN/etc" "$DEBIAN/var")"
}

# A root file system with a FIFO in /proc/sys, which a program or the maker left there.
make_trap() {
	make_rootfs "$WORK/trap"
	as_tester mkdir -p "$WORK/trap/proc/sys/user"
	as_tester mkfifo "$WORK/trap/proc/sys/user/max_user_namespaces"
	as_tester touch "$WORK/trap/data/plain" "$WORK/trap/data/selfdock"
}

# After a failure selfdock looks for the policy that is to blame, but not in that /proc.
testTrapInsteadOfAProcIsNotLookedAt() {
	[ "$MODE" = plain ] ||
		{ skip 'strace takes the setuid bit away, and once is enough' && return; }
	make_trap
	id=$(sd run -d -r "$WORK/trap" -m /usr /usr --proc none sleep 600)
	output=$(as_tester timeout -s KILL 10 strace -o /dev/null \
		-e trace=clone -e inject=clone:error=EPERM "$SELFDOCK" enter "$id" true 2>&1)
	assertEquals 125 $?
	assertEquals \
		'selfdock-enter: cannot start a process in the instance: Operation not permitted' \
		"$output"
	kill "$id"
	rm -r "$WORK/trap"
}

testTrapInsteadOfAProcIsNotWaitedFor() {
	make_trap
	scene 'timeout -s KILL 10 $SD run -r $WORK/trap -m $SD /data/selfdock --proc none \
			/data/selfdock check | cut -d " " -f 1 | xargs'
	assertContains "$output" 'userns binary limits proc filter landlock terminal pid1 start'
	rm -r "$WORK/trap"
}

. shunit2
