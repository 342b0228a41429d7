#!/bin/sh
# SPDX-License-Identifier: ISC
# Root file systems other than the host's: one of busybox, one of Debian made by
# mmdebstrap. tests/attack/roots_test.sh has hostile ones.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh
export LC_ALL=C

ROOTFS=$WORK/rootfs
OUTSIDE=$WORK/outside
BUSYBOX=$(command -v busybox)

setUp() {
	new_rootfs
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

# in_root_of_tmpfs SCRIPT: with the root file system on a tmpfs at root/.
in_root_of_tmpfs() {
	in_mounts private 'mkdir root other; mount -t tmpfs none root; cp -a "$1/." root
		'"$1" "$ROOTFS"
}

# The roots of two tmpfs have the same inode number.
testMountIsNotTakenForTheRoot() {
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer instance does not show it' && return
	in_root_of_tmpfs 'mkdir root/sub; mount -t tmpfs none other; touch other/file
		sd -r "$PWD/root" -m "$PWD/other" /sub -m /etc/hostname /sub/new run \
			sh -c "echo \$(ls /); echo \$(ls /sub)"'
	assertEquals "bin dev etc proc sub tmp
file new" "$output"
}

testRootMayBeSearchableOnly() {
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer instance does not show it' && return
	in_root_of_tmpfs 'chown 0:0 root; chmod 711 root; sd -r "$PWD/root" run cat /etc/name'
	assertEquals name "$output"
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
		$(example 'the binary is named by its path' |
			sed "/mmdebstrap/d; s,out/selfdock,selfdock,; s,/srv/debian,$DEBIAN,")"
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

# A root file system with FIFOs in /proc, which a program or the maker left there.
make_trap() {
	make_rootfs "$WORK/trap"
	as_tester mkdir -p "$WORK/trap/proc/self" "$WORK/trap/proc/sys/user" \
		"$WORK/trap/proc/sys/kernel"
	as_tester mkfifo "$WORK/trap/proc/self/status" \
		"$WORK/trap/proc/sys/user/max_user_namespaces" \
		"$WORK/trap/proc/sys/kernel/unprivileged_userns_clone"
	as_tester install -m 4755 /dev/null "$WORK/trap/proc/self/exe"
	as_tester touch "$WORK/trap/data/plain" "$WORK/trap/data/selfdock"
}

# After a failure selfdock looks for the policy that is to blame, but not in that /proc.
testTrapInsteadOfAProcIsNotLookedAt() {
	[ "$MODE" = plain ] ||
		{ skip 'strace takes the setuid bit away, and once is enough' && return; }
	make_trap
	id=$(sd run -d -r "$WORK/trap" -m /usr /usr --proc none sleep 600)
	output=$(as_tester timeout -s KILL 10 strace -o /dev/null \
		-e trace=clone,clone3 -e inject=clone,clone3:error=EPERM \
		"$SELFDOCK" enter "$id" true 2>&1)
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
