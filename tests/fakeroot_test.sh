#!/bin/sh
# SPDX-License-Identifier: ISC
# --fakeroot: the caller appears as root, and what only root can do seems to succeed.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh

# The capabilities that root's "build" has, and their set as /proc shows it.
BUILD=00000000800405fb

tearDown() {
	as_tester rm -rf "$WORK"/* 2>/dev/null
}

# fields FILE NAME...: what a status in /proc has there, in a line.
FIELDS='fields() {
	status=$1
	shift
	for field; do
		sed -n "s/^$field:[[:space:]]*//p" "$status"
	done | tr "\t\n" "  "
}'

testCallerAppearsAsRoot() {
	lacks_userns && return
	for applet in run build; do
		assert_output "0 0 0 $SD_UID 1" "$applet" --fakeroot sh -c '
			echo $(id -u) $(id -g) $(cat /proc/self/uid_map)'
		kept="$BUILD $BUILD $BUILD"
		assert_output "0 0 0 0 $kept 1 deny" "$applet" --fakeroot sh -c "$FIELDS
			echo \$(fields /proc/self/status Uid CapPrm CapEff CapBnd NoNewPrivs &&
				cat /proc/self/setgroups)"
	done
}

testFilesOfTheCallerAreRootsInside() {
	lacks_userns && return
	as_tester touch "$WORK/file"
	assert_output '0 0' run --fakeroot -v "$WORK" "$WORK" stat -c '%u %g' "$WORK/file"
}

# What each call of tests/helpers/fakeroot_calls.c answers, and what there is afterwards.
testWhatOnlyRootCanDoSeemsToSucceed() {
	lacks_userns && return
	try run --fakeroot "$HELPERS/fakeroot_calls" /tmp
	assertEquals "$output" 0 "$status"
	assertEquals 'mknod No such file or directory
mknodat No such file or directory
made fifo
made whiteout
made fifo-at
made whiteout-at
mount Operation not permitted
unlinkat No such file or directory
setxattr Operation not permitted
ids 0 0, file of 0 0' "$(printf '%s\n' "$output" | grep -v ' 0$' &&
		printf '%s\n' "$output" | grep 'file of')"
}

testWithoutTheOptionItFails() {
	lacks_userns && return
	try run "$HELPERS/fakeroot_calls" /tmp
	assertEquals "$output" '' "$(printf '%s\n' "$output" | grep -E '^(f?l?chown|set).* 0$')"
	assertContains "$output" 'setgroups Operation not permitted'
	assertContains "$output" 'mknodat Operation not permitted'
}

# Numbers of another ABI are other calls, and the newest of two filters has the last word.
testWhatIsRefusedStaysRefused() {
	lacks_userns && return
	try run "$HELPERS/confine_doors"
	without=$output
	assertContains "$without" ENOSYS
	assert_output "$without" run --fakeroot "$HELPERS/confine_doors"
}

testInstanceIsFoundAndEntered() {
	lacks_userns && return
	for option in '' --init; do
		scene "
			\$SD run --fakeroot $option -n f-$$ -d sleep 60 >\$WORK/id
			\$SD ls -q f-$$ | cmp - \$WORK/id && echo listed
			\$SD enter f-$$ \$HELPERS/fakeroot_calls /tmp | tail -n 1
			\$SD enter f-$$ sh -c 'chown 33 /tmp && echo \$APT_CONFIG'
			\$SD stop f-$$"
		assertEquals "$option" 'listed
ids 0 0, file of 0 0
/dev/selfdock-apt.conf' "$output"
	done
}

# What enters has the capabilities of pid 1.
testWhatEntersKeepsTheCapabilities() {
	lacks_userns && return
	scene "
		\$SD run --fakeroot -n f-$$ -d sleep 60 >\$WORK/id
		\$SD enter f-$$ sed -n 's/^CapEff:.//p' /proc/self/status
		\$SD stop f-$$"
	assertEquals "$BUILD" "$output"
}

# The instance inside has its own user namespace, in which the caller is uid 0 as well.
testInstancesInsideStartAndAreEntered() {
	lacks_userns && return
	lacks_levels && return
	for option in '' --fakeroot; do
		assert_output '0
0 0 1
0
0
0' run --fakeroot sh -c '
			cd /tmp
			"$0" build $1 sh -c "id -u; echo \$(cat /proc/self/uid_map)"
			"$0" run $1 -n inner -d sleep 60 >id
			"$0" enter inner id -u
			"$0" enter inner chown 33 /tmp; echo $?
			"$0" stop inner; echo $?' "$SELFDOCK" "$option"
	done
}

testThreeLevels() {
	lacks_userns && return
	lacks_levels && return
	assert_output 0 run --fakeroot "$SELFDOCK" build --fakeroot "$SELFDOCK" run --fakeroot id -u
}

# Uid 0 is the caller there, not the machine's root, whose links may be followed.
testLinkOfTheCallersIsNotFollowed() {
	lacks_userns && return
	[ "$MODE" != root ] || { skip 'uid 0 is root there' && return; }
	as_tester mkdir "$WORK/volume"
	as_tester ln -s /etc/passwd "$WORK/volume/link"
	assert_fails 125 'could have made one of its links' \
		run --fakeroot -v "$WORK/volume" /mnt -m "$WORK/volume/link" /srv true
	lacks_levels && return
	try run --fakeroot -v "$WORK" "$WORK" "$SELFDOCK" run \
		-v "$WORK/volume" /mnt -m "$WORK/volume/link" /srv true
	assertEquals 125 "$status"
	assertContains "$output" 'could have made one of its links'
}

# What tells the two apart must be there, whatever else /proc lacks.
testLinkIsNotFollowedWhereProcIsSmall() {
	lacks_userns && return
	lacks_root && return
	[ "$MODE" = plain ] || [ "$MODE" = setuid ] ||
		{ skip 'uid 0 is root there, or the outer one mounts nothing' && return; }
	as_tester mkdir "$WORK/volume"
	as_tester ln -s /etc/passwd "$WORK/volume/link"
	in_mounts private 'mount -t proc -o subset=pid proc /proc
		$AS $SELFDOCK run --fakeroot --proc none -v "$WORK/volume" /mnt \
			-m "$WORK/volume/link" /srv cat /srv'
	assertContains "$output" 'could have made one of its links'
}

testLinksOfRootAreFollowed() {
	lacks_userns && return
	assert_output 0 run --fakeroot -m /proc/../bin/sh /mnt/sh /mnt/sh -c 'id -u'
}

# The setuid bit is given up before anything is made, so nothing has to be hidden from the caller,
# also where the binary is not readable.
testMonitorHasNothingOfTheSetuidBit() {
	lacks_userns && return
	start_monitor run --fakeroot sh -c 'echo ready; exec sleep "9.$$"'
	ids="$SD_UID $SD_UID $SD_UID $SD_UID"
	eval "$FIELDS"
	assertEquals "$ids 0000000000000000 1" \
		"$(fields "/proc/$monitor/status" Uid CapPrm NoNewPrivs | sed 's/ $//')"
	[ "$MODE" = root ] ||
		assertEquals "$SD_UID" "$(stat -c %u "/proc/$monitor/environ")"
	kill "$monitor"
	wait "$job"
	:
}

testBinaryNeedNotBeReadable() {
	lacks_userns && return
	[ "$MODE" = setuid ] || { skip 'for the bit' && return; }
	install -m 4711 "$SELFDOCK" "$SCRATCH/home/unreadable"
	capture as_tester "$SCRATCH/home/unreadable" run --fakeroot id -u
	assertEquals 0 "$output"
}

# Only one of the two instances was started with --fakeroot; their maps are alike.
testOtherRootsOfOneIdAreNotEnteredSo() {
	lacks_userns && return
	[ "$MODE" = plain ] || [ "$MODE" = root ] ||
		{ skip 'the caller becomes root by unshare(1)' && return; }
	for option in '' --fakeroot; do
		output=$(as_tester unshare -r sh -c '
			cd /
			"$0" run $1 -n "one-$2" -d sleep 60 >/dev/null
			"$0" enter "one-$2" chown 33 /tmp 2>/dev/null && echo seems to work
			"$0" enter "one-$2" printenv APT_CONFIG
			"$0" stop "one-$2"' "$SELFDOCK" "$option" $$)
		wanted=
		[ ! "$option" ] || wanted='seems to work
/dev/selfdock-apt.conf'
		assertEquals "'$option'" "$wanted" "$output"
	done
}

testRootOfAnotherGroupEnters() {
	lacks_userns && return
	[ "$MODE" = root ] || { skip 'for root' && return; }
	output=$(setpriv --regid 5 --clear-groups sh -c '
		cd /
		"$0" run --fakeroot -n "group-$1" -d sleep 60 >/dev/null
		"$0" enter "group-$1" id -g
		"$0" stop "group-$1"' "$SELFDOCK" $$)
	assertEquals 0 "$output"
}

testOptionsAndStateSurvive() {
	lacks_userns && return
	try_sh 'umask 027; cd /usr; TEXT="a b" exec "$0" run "$@"' --fakeroot -e NAME 'c d' \
		-t mode=700 /mnt sh -c 'umask; pwd; echo "$TEXT" "$NAME" "$*"; exit 7' x 'e  f' ''
	assertEquals '0027
/usr
a b c d e  f ' "$output"
	assertEquals 7 "$status"
}

testAptIsKeptFromGivingUpRoot() {
	lacks_userns && return
	assert_output 'APT::Sandbox::User "root";' run --fakeroot sh -c 'cat "$APT_CONFIG"'
	assert_output /mine run --fakeroot -e APT_CONFIG /mine printenv APT_CONFIG
	assert_output /dev/selfdock-apt.conf run --fakeroot --clearenv /usr/bin/printenv APT_CONFIG
	assert_output '' run sh -c 'ls /dev | grep apt; echo $APT_CONFIG'
	assert_output '' run --fakeroot -e APT_CONFIG '' sh -c '
		ls /dev | grep apt
		echo $APT_CONFIG'
	lacks_levels && return
	assert_output 'APT::Sandbox::User "root";' run --fakeroot "$SELFDOCK" build \
		sh -c 'cat "$APT_CONFIG"'
}

testDryRunTellsIt() {
	try run --fakeroot --dry-run true
	assertContains "$output" '
--fakeroot
'
	assertContains "$output" '
--env APT_CONFIG /dev/selfdock-apt.conf
'
	printf '%s\n' "$output" | sed '/^#/d; /^--tmpfs/d; s/ .*//' | sort >"$SCRATCH/first"
	printf '%s\n' "$output" | sed -n 's/^--env APT_CONFIG //p' >"$SCRATCH/named"
	try run --fakeroot -e APT_CONFIG "$(cat "$SCRATCH/named")" --dry-run true
	printf '%s\n' "$output" | sed '/^#/d; /^--tmpfs/d; s/ .*//' | sort >"$SCRATCH/second"
	assertEquals 'the same when it is read again' '' \
		"$(diff "$SCRATCH/first" "$SCRATCH/second")"
	try run --dry-run true
	assertNotContains "$output" APT_CONFIG
}

testDetachedStartThatWarnsIsDetached() {
	lacks_userns && return
	as_tester mkdir -p "$WORK/root/dev" "$WORK/root/proc" "$WORK/root/bin"
	as_tester cp "$(command -v busybox)" "$WORK/root/bin/"
	scene '
		id=$($SD run --fakeroot -r "$WORK/root" -n warned -d \
			/bin/busybox sleep 20 2>"$WORK/said")
		[ "$id" = "$($SD ls -q warned)" ] && tr "\0" "#" <"$WORK/said"
		$SD stop warned
		$SD run --fakeroot -r "$WORK/root" -d /bin/none; echo $?'
	assertEquals "$output" 4 "$(printf '%s\n' "$output" | grep -c .)"
	assertContains "$output" "$WORK/root' should be yours"
	assertContains "$output" "/bin/none"
	assertEquals 127 "${output##*
}"
}

testRootFileSystemThatOthersCanReachIsTold() {
	lacks_userns && return
	as_tester mkdir -p "$WORK/root/dev" "$WORK/root/proc" "$WORK/root/bin"
	as_tester cp "$(command -v busybox)" "$WORK/root/bin/"
	try build --fakeroot -r "$WORK/root" /bin/busybox true
	assertContains "$output" "'$WORK/root' should be yours"
	assertEquals 0 "$status"
	try build -r "$WORK/root" /bin/busybox true
	assertEquals '' "$output"
	as_tester chmod 700 "$WORK/root"
	assert_output '' build --fakeroot -r "$WORK/root" /bin/busybox true
}

testWhereUsersMayMakeNoUserNamespace() {
	try_under 'run --fakeroot true' "$HELPERS/refuse" userns 1
	assertEquals 125 "$status"
	assertContains "$output" 'cannot make the namespaces of an instance'
	assertNotContains "$output" 'setuid bit has no effect'
}

. shunit2
