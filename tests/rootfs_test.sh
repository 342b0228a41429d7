#!/bin/sh
# SPDX-License-Identifier: ISC
# Root file systems other than the host's: one of busybox, one of Debian made by
# mmdebstrap, and hostile ones, whose links must not lead out of them.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh
export LC_ALL=C

ROOTFS=$WORK/rootfs
OUTSIDE=$WORK/outside
DEBIAN=$SCRATCH/debian # made once, for all modes

setUp() {
	rm -rf "${WORK:?}"/*
	as_tester mkdir -p "$WORK/dir" "$OUTSIDE/dir" "$ROOTFS/bin" "$ROOTFS/etc" "$ROOTFS/dev" \
		"$ROOTFS/proc" "$ROOTFS/tmp"
	as_tester cp "$(command -v busybox)" "$ROOTFS/bin/busybox"
	for name in sh ls cat touch mkdir rm id find stat pwd ps chown mount; do
		as_tester ln -s busybox "$ROOTFS/bin/$name"
	done
	as_tester sh -c 'echo text >"$1/dir/file"; echo secret >"$2/file"; echo secret >"$2/dir/file"
		echo name >"$3/etc/name"' sh "$WORK" "$OUTSIDE" "$ROOTFS"
}

busybox_is_static() {
	! LC_ALL=C ldd "$(command -v busybox)" >/dev/null 2>&1
}

snapshot() {
	find "$@" -printf '%p %y %i %m %U:%G %n %s %T@ %l\n' | sort
}

needs_debian() {
	am_root || { skip 'needs root' && return 1; }
	[ -x "$(command -v mmdebstrap)" ] || { skip 'no mmdebstrap' && return 1; }
	[ -e "$DEBIAN.log" ] || unshare -m mmdebstrap --variant=apt bookworm "$DEBIAN" \
		>"$DEBIAN.log" 2>&1 || rm -rf "$DEBIAN"
	[ -d "$DEBIAN" ] || { skip "mmdebstrap failed: $(tail -n 1 "$DEBIAN.log")" && return 1; }
}

# busybox

testBusyboxIsStatic() {
	assertTrue 'the tests here need busybox-static' busybox_is_static
}

testProgramOfTheRootfsRuns() {
	assert_output works -r "$ROOTFS" run busybox echo works
	assert_output works -r "$ROOTFS" run sh -c 'echo works'
	assert_output works --rootfs="$ROOTFS" build /bin/busybox echo works
	assert_output "$(sd_uid)" -r "$ROOTFS" run id -u
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
	before=$(snapshot "$ROOTFS")
	try -r "$ROOTFS" -m "$WORK/dir" /tmp/dir run sh -c 'touch /new /etc/new; rm /etc/name
		echo changed >/etc/name; chown 0:0 /etc/name; touch /tmp/new /dev/shm/new'
	assertContains "$output" 'Read-only file system'
	assertEquals "$before" "$(snapshot "$ROOTFS")"
}

testBuildLeavesNothingButWhatTheProgramMade() {
	before=$(snapshot "$ROOTFS/dev" "$ROOTFS/proc" "$ROOTFS/tmp")
	assert_output '' -r "$ROOTFS" -m "$WORK/dir" /tmp/dir build sh -c \
		'mkdir /opt; touch /etc/new /tmp/new /dev/shm/new'
	assertEquals "$before" "$(snapshot "$ROOTFS/dev" "$ROOTFS/proc" "$ROOTFS/tmp")"
	assertEquals 'bin dev etc opt proc tmp' "$(cd "$ROOTFS" && echo *)"
	assertEquals "$(sd_uid)" "$(stat -c %u "$ROOTFS/etc/new")"
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

testMissingDestinationIsNotMadeInTheRootfs() {
	before=$(snapshot "$ROOTFS")
	for applet in run build; do
		assert_fails 125 'does not exist' -r "$ROOTFS" -m "$WORK/dir" /new "$applet" true
		assert_fails 125 'does not exist' -r "$ROOTFS" -t exec /etc/new/x "$applet" true
	done
	assertEquals "$before" "$(snapshot "$ROOTFS")"
}

testInstanceInsideTheRootfs() {
	[ "$MODE" = root ] && skip 'no instance starts inside one that root started' && return
	as_tester cp "$SELFDOCK" "$ROOTFS/bin/selfdock"
	assert_output name -r "$ROOTFS" run selfdock run selfdock run cat /etc/name
}

testOwnersAreTrueWhereTheModeAllowsIt() {
	am_root || { skip 'needs root' && return; }
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
		assertEquals "$applet" "$(sd_uid)" "$(stat -c %u "$WORK/dir/file")"
	done
}

# Hostile ones. OUTSIDE is the caller's own, so that only selfdock protects it.

# targets: what a hostile link may say to get there.
targets() {
	printf '%s\n' "$OUTSIDE" "$OUTSIDE/dir" ../outside ../../../../../../../.."$OUTSIDE" \
		/../.."$OUTSIDE" "/proc/1/root$OUTSIDE" "/proc/self/root$OUTSIDE" \
		/proc/self/cwd/outside /proc/self/fd/0 /proc/self/fd/3 /dev/fd/0 /missing missing/x \
		link ../rootfs/link /link/.. /proc/self/cwd /proc/1/cwd
}

# assert_contained NAME: a clear error or success, and no change outside.
assert_contained() {
	assertEquals "$1: outside" "$before" "$(snapshot "$OUTSIDE")"
	assertNotContains "$1" "$output" secret
	case $status:$output in
	0: | 125:selfdock-*:*) ;;
	*) fail "$1: $status: $output" ;;
	esac
	assertEquals "$1: $output" 1 "$(printf '%s\n' "$output" | wc -l)"
}

testSpecialDirectoriesThatAreLinksAreRefused() {
	before=$(snapshot "$OUTSIDE")
	for name in proc dev tmp; do
		as_tester rmdir "$ROOTFS/$name"
		for target in $(targets); do
			as_tester ln -sfn "$target" "$ROOTFS/$name"
			for applet in run build; do
				output=$(cd "$WORK" && sd -r "$ROOTFS" "$applet" busybox true 2>&1 </etc/passwd)
				status=$?
				assertEquals "$name -> $target" 125 "$status"
				assert_contained "$name -> $target"
			done
		done
		as_tester rm "$ROOTFS/$name"
		as_tester mkdir "$ROOTFS/$name"
	done
}

testLinksInsideSpecialDirectoriesAreHidden() {
	before=$(snapshot "$OUTSIDE")
	for name in null zero pts shm fd stdin ptmx console; do
		as_tester ln -s "$OUTSIDE/file" "$ROOTFS/dev/$name"
	done
	as_tester ln -s "$OUTSIDE" "$ROOTFS/proc/self"
	as_tester ln -s "$OUTSIDE" "$ROOTFS/proc/1"
	for proc in new host none; do
		try -r "$ROOTFS" --proc "$proc" build sh -c 'echo x >/dev/null; echo x >/dev/shm/x' </dev/null
		assertEquals "$output" 0 "$status"
		assert_contained "--proc $proc"
	done
}

testLinkAsDestinationDoesNotLeadOut() {
	before=$(snapshot "$OUTSIDE")
	for target in $(targets); do
		as_tester ln -sfn "$target" "$ROOTFS/link"
		for destination in /link /link/dir /link/new /link/../link /etc/../link/dir/file; do
			for option in "-m $WORK/dir" "-v $WORK/dir/file" '-t exec'; do
				# shellcheck disable=SC2086 # two words
				output=$(cd "$WORK" &&
					sd -r "$ROOTFS" $option "$destination" build busybox true 2>&1 </etc/passwd)
				status=$?
				assert_contained "$target: $option $destination"
			done
		done
	done
}

testLinkAsParentOfADestinationDoesNotLeadOut() {
	before=$(snapshot "$OUTSIDE")
	as_tester mkdir -p "$ROOTFS/a/b"
	for target in $(targets); do
		as_tester rm -rf "$ROOTFS/a"
		as_tester mkdir "$ROOTFS/a"
		as_tester ln -sfn "$target" "$ROOTFS/a/b"
		try -r "$ROOTFS" -m "$WORK/dir" /a/b/dir build busybox true
		assert_contained "a/b -> $target"
		as_tester rm -rf "$ROOTFS/a"
		as_tester ln -sfn "$target" "$ROOTFS/a"
		try -r "$ROOTFS" -t exec /a/b/c build busybox true
		assert_contained "a -> $target"
	done
}

testLinksLeadToTheSamePlaceInsideTheRootfs() {
	as_tester mkdir -p "$ROOTFS$OUTSIDE/dir"
	for target in "$OUTSIDE/dir" "../../../../../../../..$OUTSIDE/dir" "/../..$OUTSIDE/dir"; do
		as_tester ln -sfn "$target" "$ROOTFS/link"
		assert_output text -r "$ROOTFS" -m "$WORK/dir" /link run cat "$OUTSIDE/dir/file"
	done
}

testLinkInATmpfsOfTheInstanceDoesNotLeadOut() {
	before=$(snapshot "$OUTSIDE")
	as_tester ln -s "$OUTSIDE" "$WORK/dir/link"
	try -r "$ROOTFS" -t exec /etc -v "$WORK/dir" /etc/x -m "$WORK/dir" /etc/x/link/new run busybox true
	assertEquals "$output" 125 "$status"
	assert_contained 'a link in a volume'
}

testLinkAsWorkingDirectoryDoesNotLeadOut() {
	before=$(snapshot "$OUTSIDE")
	for target in $(targets); do
		as_tester ln -sfn "$target" "$ROOTFS/link"
		for directory in /link /link/dir; do
			output=$(cd "$WORK" && sd -r "$ROOTFS" -C "$directory" run busybox cat file 2>&1 </etc/passwd)
			status=$?
			assertNotContains "$directory -> $target" "$output" secret
			assertNotEquals "$directory -> $target" 0 "$status"
		done
	done
}

testLinkAsProgramDoesNotLeadOut() {
	as_tester cp "$(command -v busybox)" "$OUTSIDE/busybox"
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
	needs_debian || return 0
	assert_output "$(cat "$DEBIAN/etc/debian_version")" -r "$DEBIAN" run cat /etc/debian_version
	assert_output 42 -r "$DEBIAN" run perl -e 'print 6 * 7'
	assert_output 'install ok installed' -r "$DEBIAN" run dpkg-query -W -f '${Status}' dpkg
	try -r "$DEBIAN" run sh -c 'touch /usr/bin/new'
	assertContains "$output" 'Read-only file system'
}

testDebianProgramsSeeTheHostsFilesOnlyByOption() {
	needs_debian || return 0
	assert_output '' -r "$DEBIAN" run ls -A /mnt
	assert_output text -r "$DEBIAN" -m "$WORK/dir" /mnt run cat /mnt/file
}

testRootInstallsAPackageInDebian() {
	[ "$MODE" = root ] || { skip 'installing is for root' && return; }
	needs_debian || return 0
	before=$(cd "$DEBIAN" && find bin/ sbin/ lib/ usr/bin usr/lib usr/sbin -printf '%p %U:%G %m\n' | sort)
	mounts=$(cat /proc/self/mountinfo)
	try -r "$DEBIAN" build apt-get -q update
	assertEquals "$output" 0 "$status"
	try -r "$DEBIAN" build apt-get -q install -y hello
	assertEquals "$output" 0 "$status"
	assert_output 'Hello, world!' -r "$DEBIAN" run hello
	assertEquals "$mounts" "$(cat /proc/self/mountinfo)"

	assertEquals '0:0 755' "$(stat -c '%u:%g %a' "$DEBIAN/usr/bin/hello")"
	assertEquals 'owners' '' "$(find "$DEBIAN" -uid +999 -o -gid +999)"
	after=$(cd "$DEBIAN" && find bin/ sbin/ lib/ usr/bin usr/lib usr/sbin -printf '%p %U:%G %m\n' | sort)
	printf '%s\n' "$before" >"$SCRATCH/before"
	assertEquals 'what was there is as it was' '' \
		"$(printf '%s\n' "$after" | comm -23 "$SCRATCH/before" -)"
	assertTrue 'setuid bits are kept' "[ -u $DEBIAN/usr/bin/su ]"
}

testRootGivesAFileAwayInDebian() {
	[ "$MODE" = root ] || { skip 'changing owners is for root' && return; }
	needs_debian || return 0
	assert_output '' -r "$DEBIAN" build install -o www-data -g www-data -m 4750 /bin/true /srv/given
	assertEquals '33:33 4750' "$(stat -c '%u:%g %a' "$DEBIAN/srv/given")"
	rm "$DEBIAN/srv/given"
}

testUserInstallsNothingInDebian() {
	[ "$MODE" = root ] && skip 'for users' && return
	needs_debian || return 0
	before=$(snapshot "$DEBIAN/usr/bin" "$DEBIAN/etc" "$DEBIAN/var")
	try -r "$DEBIAN" build sh -c 'touch /usr/bin/new; apt-get -q install -y hello; rm /etc/passwd'
	assertNotEquals 0 "$status"
	assertEquals "$before" "$(snapshot "$DEBIAN/usr/bin" "$DEBIAN/etc" "$DEBIAN/var")"
}

. shunit2
