#!/bin/sh
# SPDX-License-Identifier: ISC
# Setuid programs and devices in a view that the caller has arranged, and the binary itself under
# other names.
# shellcheck disable=SC2016,SC2015,SC2086 # programs for the shell inside; skips; words
. tests/common.sh

SD_GID=$(as_tester id -g)
SECRET=$HERE/secret
OK="$SD_UID $SD_GID $SECRET"

# set_traps DIRECTORY: programs in it that give whoever executes them outside something.
set_traps() {
	for mode in 4755 2755 6755; do
		install -m $mode "$HELPERS/setuid_gain" "$1/$mode"
		# What root has already is no gain: for root they are another user's.
		[ "$SD_UID" != 0 ] || chown "$OTHER:$OTHER" "$1/$mode"
		chmod $mode "$1/$mode"
	done
	install -m 755 "$HELPERS/setuid_gain" "$1/capable"
	setcap cap_setuid,cap_dac_override,cap_sys_admin+ep "$1/capable"
	traps="4755 2755 6755 capable"
}

setUp() {
	am_root || return 0
	rm -rf "${HERE:?}"/* "${WORK:?}"/*
	echo the-secret >"$SECRET"
	[ "$SD_UID" != 0 ] || chown "$OTHER" "$SECRET"
	chmod 600 "$SECRET"
	set_traps "$HERE"
}

# assert_no_gain DIRECTORY COMMAND...: of the programs in the directory, by a command that executes
# what follows. Each has run.
assert_no_gain() {
	directory=$1
	shift
	for trap in $traps; do
		capture "$@" "$directory/$trap" $OK
		assertEquals "$trap by: $*" ran "$output"
	done
}

in_sd() {
	set -- $AS $OUTER "$SELFDOCK" "$@"
	"$@"
}

testSetuidProgramsGiveSomethingOutside() {
	[ "$MODE" != nested ] && am_root || { skip 'to see whether the traps work' && return; }
	for trap in $traps; do
		assertContains "$trap" "$(as_tester "$HERE/$trap" $OK)" GAINED ||
			[ "$MODE" = root ] # which has every capability outside
	done
}

testPrivilegedFilesGiveNothing() {
	case $MODE in plain | setuid) am_root ;; *) false ;; esac ||
		{ skip 'root makes such files for a user' && return; }
	scenario T-501 'to execute set-user-ID and capable programs of the system' 'root'
	bin=$SCRATCH/home/bin
	mkdir -p "$bin"
	cp /usr/bin/id "$bin/id"
	chmod 6755 "$bin/id"
	cp /usr/bin/grep "$bin/grep"
	setcap cap_dac_override+ep "$bin/grep"
	assertEquals 'outside' 0 "$(as_tester "$bin/id" -u)"
	assert_output "$TESTER" run "$bin/id" -u
	assert_output "$TESTER" run "$bin/id" -g
	assert_output 'CapEff:	0000000000000000' run "$bin/grep" CapEff /proc/self/status
	rm -r "$bin"
}

testSetuidProgramsOfTheRootGiveNothing() {
	lacks_root && return
	scenario T-501 'to execute set-user-ID, set-group-ID and capable programs of the root' \
		'their ids and capabilities'
	assert_no_gain "$HERE" in_sd run
}

testSetuidProgramsGiveNothingInABuild() {
	lacks_root && return
	[ "$MODE" != root ] || { skip 'root keeps capabilities when it builds' && return; }
	scenario T-501 'to execute them in a build' 'their ids and capabilities'
	assert_no_gain "$HERE" in_sd build
}

testSetuidProgramsGiveNothingBelowAnInit() {
	lacks_root && return
	scenario T-501 'to execute them below an init' 'their ids and capabilities'
	assert_no_gain "$HERE" in_sd run --init
	assert_no_gain "$HERE" in_sd run --init /bin/sh -c '"$@"' sh
}

testSetuidProgramsInASourceGiveNothing() {
	lacks_root && return
	scenario T-501 'to execute them in a mapped directory and in a volume' \
		'their ids and capabilities'
	set_traps "$WORK"
	for option in -m -v; do
		assert_no_gain /mnt/x in_sd -t exec /mnt $option "$WORK" /mnt/x run
	done
	for trap in $traps; do
		capture in_sd -m "$WORK/$trap" /tmp/one run /tmp/one $OK
		assertEquals "the file $trap" ran "$output"
	done
}

testSetuidProgramsInARootFileSystemGiveNothing() {
	lacks_root && return
	scenario T-501 'to execute them in a root file system' 'their ids and capabilities'
	make_rootfs "$WORK/rootfs"
	set_traps "$WORK/rootfs/data"
	assert_no_gain /data in_sd -r "$WORK/rootfs" run
	[ "$MODE" = root ] || assert_no_gain /data in_sd -r "$WORK/rootfs" build
}

testSetuidProgramsGiveNothingInNamespacesMadeInside() {
	lacks_root && return
	lacks_userns && return
	[ "$MODE" != root ] || { skip '/proc is read-only for root' && return; }
	scenario T-501 'to execute them in a user namespace made inside' 'their ids outside of it'
	for trap in $traps; do
		capture in_sd run unshare -Uc "$HERE/$trap" $OK
		assertEquals "$trap" ran "$output"
		capture in_sd run unshare -Ucm "$HERE/$trap" $OK
		assertEquals "$trap" ran "$output"
	done
}

# A bind mount made there would be without nosuid, if the namespace had not locked that flag.
testNosuidCannotBeTakenAwayInside() {
	lacks_root && return
	lacks_userns && return
	scenario T-501 'to have a mount inside lose nosuid' 'what a set-user-ID program gives'
	try run sh -c 'own="unshare $0 -m"
		$own busybox mount -o remount,bind,suid / && echo works
		$own busybox mount -o remount,suid / && echo works
		$own sh -c "busybox mount --bind / /mnt &&
			busybox mount -o remount,bind,suid /mnt" && echo works
		$own true && echo tried' "$OWN_USERNS"
	assertContains "$output" tried
	assertNotContains "$output" works
}

testSetuidProgramsGiveNothingToWhatEnters() {
	lacks_root && return
	scenario T-501 'to execute them by entering' 'their ids and capabilities'
	scene 'id=$($SD run -d sleep 600)
		for trap in '"$traps"'; do $SD enter $id '"$HERE"'/$trap '"$OK"'; done
		kill $id'
	assertEquals "ran ran ran ran" "$(echo "$output" | xargs)"
}

testSetuidProgramsGiveNothingOnTheNextLevel() {
	lacks_userns && return
	lacks_root && return
	lacks_levels && return
	scenario T-501 'to execute them in an instance in an instance' 'their ids and capabilities'
	assert_no_gain "$HERE" in_sd run "$SELFDOCK" run
	assert_no_gain "$HERE" in_sd run "$SELFDOCK" build
}

# The next four let a program of the system run code of the caller's.

testLoaderOfTheCallersGivesNothing() {
	lacks_root && return
	[ -e /lib64/ld-linux-x86-64.so.2 ] || { skip 'another loader' && return; }
	scenario T-501 'to give su a loader of the own' 'code that runs as root'
	loader=$(readlink -f /lib64/ld-linux-x86-64.so.2)
	install -m 755 "$HELPERS/setuid_gain" "$WORK/loader"
	capture in_sd -m "$WORK/loader" "$loader" run /usr/bin/su $OK
	assertEquals ran "$output"
}

testLibraryOfTheCallersGivesNothing() {
	lacks_root && return
	[ -e /lib64/ld-linux-x86-64.so.2 ] || { skip 'another loader' && return; }
	scenario T-501 'to give a program of root a root file system of the own' \
		'code that runs as root'
	make_rootfs "$WORK/rootfs"
	rm "$WORK/rootfs/lib64"
	install -D -m 755 "$HELPERS/setuid_gain" "$WORK/rootfs/lib64/ld-linux-x86-64.so.2"
	for option in -m -v; do
		capture in_sd -r "$WORK/rootfs" $option /usr /usr run /usr/bin/passwd $OK
		assertEquals "$option" ran "$output"
	done
}

testPreloadedLibraryGivesNothing() {
	lacks_root && return
	cat >"$SCRATCH/home/evil.c" <<-'EOF_EVIL'
		#include <stdio.h>
		#include <unistd.h>
		__attribute__((constructor)) static void load(void)
		{
			printf("loaded by %d\n", (int)geteuid());
		}
	EOF_EVIL
	gcc -shared -fPIC -o "$WORK/evil.so" "$SCRATCH/home/evil.c" 2>/dev/null ||
		{ skip 'no compiler for shared libraries' && return; }
	scenario T-501 'to have su load a library by /etc/ld.so.preload' 'code that runs as root'
	echo "/tmp/evil.so" >"$WORK/preload"
	for program in su passwd mount; do
		try -m "$WORK/preload" /etc/ld.so.preload -m "$WORK/evil.so" /tmp/evil.so \
			run "/usr/bin/$program" --help
		assertEquals "$program" "loaded by $SD_UID" "${output%%
*}"
	done
}

testPasswordOfTheCallersOpensNothing() {
	lacks_root && return
	[ "$MODE" != root ] || { skip 'root may become anybody' && return; }
	scenario T-501 'to give su passwd, shadow and nsswitch.conf of the own' 'the uid of root'
	echo 'root::0:0::/:/bin/sh' >"$WORK/passwd"
	echo 'root::1:0:99999:7:::' >"$WORK/shadow"
	echo 'passwd: files' >"$WORK/nsswitch"
	echo 'auth sufficient pam_permit.so' >"$WORK/pam"
	try -m "$WORK/passwd" /etc/passwd -m "$WORK/shadow" /etc/shadow \
		-m "$WORK/nsswitch" /etc/nsswitch.conf -m "$WORK/pam" /etc/pam.d/su \
		run su -c 'id -u; echo became' root
	assertNotContains "$output" became
	assertNotEquals "$output" 0 "$status"
}

# --- T-502: what it loads ---

testBinaryLoadsNothing() {
	scenario T-502 'to have it load a library' 'code that runs with its privilege'
	capture readelf -Wld "$SELFDOCK"
	assertContains "$output" 'Program Headers:'
	for word in INTERP NEEDED RPATH RUNPATH; do
		assertNotContains "$word" "$output" "$word"
	done
}

# trace_start ARGS...: the system calls of a start up to its program, by a tracer of root's or the
# caller's own, in $trace.
trace_start() {
	trace=$SCRATCH/home/trace
	if [ "$MODE" = nested ]; then
		as_tester touch "$WORK/trace"
		outside strace -f -o "$WORK/trace" "$SELFDOCK" "$@" >/dev/null 2>&1
		trace=$WORK/trace
	else
		strace -f -o "$trace" $AS "$SELFDOCK" "$@" >/dev/null 2>&1
	fi
}

testNothingButTheProgramIsExecuted() {
	is_sanitized && return
	[ "$MODE" != setuid ] || am_root || { skip 'needs root' && return; }
	scenario T-502 'to have it execute something else on its way' 'a program with its privilege'
	for options in '' '--net none' '--hostname x' "-m $WORK /mnt"; do
		trace_start $options run /usr/bin/true
		assertEquals "$options" '/usr/bin/true' "$(awk -v selfdock="$SELFDOCK\"" '
			!started { started = index($0, "execve(\"" selfdock); next }
			/ execve(at)?\(/ { print }' "$trace" | sed 's/[^"]*"\([^"]*\)".*/\1/')"
	done
}

testInitIsTheOnlyOtherProgram() {
	is_sanitized && return
	[ "$MODE" != setuid ] || am_root || { skip 'needs root' && return; }
	scenario T-502 'to have another init executed' 'a program that outlives the drop'
	trace_start run --init /usr/bin/true
	assertEquals '/usr/bin/true selfdock-init' "$(awk -v selfdock="$SELFDOCK\"" '
		!started { started = index($0, "execve(\"" selfdock); next }
		/ execve(at)?\(/ { print }' "$trace" |
		sed 's/.*execve("\([^"]*\)".*/\1/; s/.*execveat([0-9]*, "", \["\([^"]*\)".*/\1/' |
		sort | xargs)"
}

# The root file system has a library, a locale and an account for each that a C library looks for.
testNothingOfTheViewIsOpened() {
	is_sanitized && return
	lacks_root && return
	scenario T-502 'to have a file of the view opened before the drop' 'code or text from it'
	make_rootfs "$WORK/rootfs"
	for name in passwd group nsswitch.conf ld.so.preload ld.so.cache localtime hosts; do
		echo trap >"$WORK/rootfs/etc/$name"
	done
	trace_start -r "$WORK/rootfs" -m /usr /usr run /usr/bin/true
	awk -v selfdock="$SELFDOCK\"" '
		!started { started = index($0, "execve(\"" selfdock); next }
		/ execve\(/ { exit }
		/ (open|openat|openat2)\(/ && !/O_PATH/ { print }' "$trace" >"$SCRATCH/home/opened"
	assertTrue 'it executed' '[ -s "$trace" ]'
	known='"self/mountinfo"\|/[ug]id_map"\|/setgroups"\|/dev/tty\|"/proc"'
	assertEquals '' "$(grep -v "$known" "$SCRATCH/home/opened")"
}

# --- T-503: another name ---

# assert_same STATUS WHAT: it was started with all guarantees, or refused in a line.
assert_same() {
	case $1:$output in
	0:OK | 12[5-7]:selfdock*) ;;
	*) fail "$2: $1 $output" ;;
	esac
}

testSymbolicLinkIsTheSame() {
	scenario T-503 'to start it by a symbolic link of the own' 'a start without a guarantee'
	for name in x selfdock-run selfdock-init su sh -run; do
		as_tester ln -sf "$SELFDOCK" "$WORK/$name"
		capture outside "$WORK/$name" run "$HELPERS/confine_self" "$SD_UID" "$SD_GID"
		case $name in
		selfdock-run) assert_same 127 "$name" ;; # whose program is called run
		selfdock-init) assertNotEquals "$name: $output" 0 "$status" ;;
		*) assert_same "$status" "$name" ;;
		esac
	done
}

testHardLinkIsTheSame() {
	am_root || { skip 'root makes the link' && return; }
	scenario T-503 'to start it by a hard link' 'a start without a guarantee'
	ln "$SELFDOCK" "$HERE/link" # of a setuid file, only root can
	capture outside "$HERE/link" run "$HELPERS/confine_self" "$SD_UID" "$SD_GID"
	assert_same "$status" link
	assertEquals OK "$output"
	rm "$HERE/link"
}

testCallerMakesNoHardLinkOfIt() {
	lacks_userns && return
	[ "$MODE" = setuid ] || { skip 'for the bit' && return; }
	[ "$(cat /proc/sys/fs/protected_hardlinks)" = 1 ] ||
		{ skip 'hard links to all are allowed' && return; }
	scenario T-503 'to keep a hard link of it until it has a hole' 'a setuid binary that stays'
	capture as_tester ln "$SELFDOCK" "$SCRATCH/home/kept"
	assertNotEquals 0 "$status"
	assertFalse '[ -e "$SCRATCH/home/kept" ]'
	# What runs pins no setuid file either: nothing inside can execute it with the bit.
	assert_output " $TESTER $TESTER 1" run "$SELFDOCK" run sh -c \
		"tr -s ' ' </proc/self/uid_map"
}

testCopyHasNoPrivilege() {
	lacks_userns && return
	scenario T-503 'to start a copy of the own' 'a setuid start of what the caller can change'
	for mode in 755 4755 6755; do
		as_tester cp "$SELFDOCK" "$WORK/copy"
		as_tester chmod $mode "$WORK/copy"
		capture outside "$WORK/copy" run "$HELPERS/confine_self" "$SD_UID" "$SD_GID"
		assertEquals $mode OK "$output"
		[ "$MODE" = root ] || assertEquals "$mode" "$SD_UID $SD_UID 1" \
			"$(outside "$WORK/copy" run cat /proc/self/uid_map | xargs)"
		rm -f "$WORK/copy"
	done
}

testBitOfAnotherUserGivesNothing() {
	[ "$MODE" != nested ] && am_root || { skip 'for two users' && return; }
	scenario T-503 "to start a copy that has another user's bits" "that user's files"
	echo --their-secret >"$SCRATCH/home/theirs"
	chown "$OTHER:$OTHER" "$SCRATCH/home/theirs"
	chmod 640 "$SCRATCH/home/theirs"
	for mode in 4755 2755 6755; do
		cp "$SELFDOCK" "$SCRATCH/home/copy"
		chown "$OTHER:$OTHER" "$SCRATCH/home/copy"
		chmod $mode "$SCRATCH/home/copy"
		capture as_tester "$SCRATCH/home/copy" run \
			"$HELPERS/confine_self" "$SD_UID" "$SD_GID"
		assert_same "$status" "$mode"
		for words in "-f $SCRATCH/home/theirs run" "run cat $SCRATCH/home/theirs" \
			"-m $SCRATCH/home/theirs /tmp/x run cat /tmp/x"; do
			capture as_tester "$SCRATCH/home/copy" $words
			[ "$MODE" = root ] || assertNotContains "$mode" "$output" their-secret
		done
		rm -f "$SCRATCH/home/copy"
	done
	rm "$SCRATCH/home/theirs"
}

testNameInArgvDecidesNothing() {
	scenario T-503 'to start it with another name in argv' 'a start without a guarantee'
	for name in '' - -sh /bin/su init ./selfdock ../selfdock selfdock selfdock/ '%s%n' \
		"$(printf 'a\nb')" selfdock-nothing; do
		capture outside "$HELPERS/exec_as" "$SELFDOCK" "$name" run \
			"$HELPERS/confine_self" "$SD_UID" "$SD_GID"
		assert_same "$status" "'$name'"
	done
	capture outside "$HELPERS/exec_as" "$SELFDOCK" # argv is empty
	assertNotEquals "$output" 0 "$status"
	for name in selfdock-init /usr/bin/selfdock-init; do
		capture outside "$HELPERS/exec_as" "$SELFDOCK" "$name" run echo started
		assertNotEquals "$output" 0 "$status"
		assertNotContains "$output" started
	done
}

testBitOnANosuidMountIsNoAuthority() {
	lacks_root && return
	scenario T-503 'to start it from a nosuid mount' 'a start that takes itself for privileged'
	in_mounts private 'mount -t tmpfs -o nosuid,mode=755 none "$WORK"
		install -m 4755 "$SELFDOCK" "$WORK/selfdock"
		outside "$WORK/selfdock" run "$HELPERS/confine_self" "$1" "$2"' "$SD_UID" "$SD_GID"
	assert_same "$status" nosuid
}

# --- T-504: devices and setuid files on a file system of the caller's ---

# on_filesystem KIND: nodes for zero and a block device, and the traps, on a file system at $WORK
# that has no flag at all; then each use of it.
on_filesystem() {
	case $1 in
	tmpfs) make='mount -t tmpfs -o mode=755 none "$WORK"' ;;
	ext4)
		make='truncate -s 8M image; mke2fs -q -t ext4 image
			mount -o loop,suid,dev image "$WORK"; chmod 755 "$WORK"' ;;
	esac
	in_mounts private "$make"'
		mkdir -p "$WORK/proc" "$WORK/dev" "$WORK/tmp" "$WORK/usr"
		for name in bin sbin lib lib64; do ln -s "usr/$name" "$WORK/$name"; done
		mknod -m 666 "$WORK/zero" c 1 5
		mknod -m 666 "$WORK/block" b 7 0
		install -m 6755 "$HELPERS/setuid_gain" "$WORK/trap"
		[ "$SD_UID" != 0 ] || chown "$OTHER:$OTHER" "$WORK/trap"
		chmod 6755 "$WORK/trap"
		test "$(head -c 1 "$WORK/zero" | wc -c)" = 1 || echo "it is no device outside"
		for options in "-m $WORK /mnt" "-v $WORK /mnt" "-r $WORK -m /usr /usr"; do
			at=/mnt
			case $options in -r*) at= ;; esac
			for node in zero block; do
				sd $options run head -c 1 "$at/$node" && echo "GAINED: $node"
				sd $options run sh -c ": >$at/$node" && echo "GAINED: $node"
			done
			sd $options run "$at/trap" '"$OK"'
			sd $options run cat /proc/self/mountinfo |
				grep -q "^[^ ]* [^ ]* [^ ]* / ${at:-/} r[ow],nosuid,nodev" &&
				echo flags
		done 2>/dev/null'
	assertEquals "$1" 'ran flags ran flags ran flags' "$(echo "$output" | xargs)"
}

testDevicesOfATmpfsCannotBeOpened() {
	lacks_root && return
	scenario T-504 'to open devices and execute set-user-ID files on a tmpfs of the own' \
		'a disk, or the ids of root'
	on_filesystem tmpfs
}

testDevicesOfAnImageCannotBeOpened() {
	lacks_root && return
	[ "$MODE" != nested ] && [ -e /dev/loop-control ] && losetup -f >/dev/null 2>&1 &&
		command -v mke2fs >/dev/null ||
		{ skip 'no loop devices or no ext4 here' && return; }
	scenario T-504 'to open devices and execute set-user-ID files on an image of the own' \
		'a disk, or the ids of root'
	on_filesystem ext4
}

testDevicesOfTheRootCannotBeOpened() {
	lacks_root && return
	scenario T-504 'to open a device in a directory of the root' 'a disk'
	mknod -m 666 "$HERE/zero" c 1 5
	mknod -m 666 "$HERE/block" b 7 0
	for options in '' "-m $HERE /mnt" "-v $HERE /mnt"; do
		at=${options:+/mnt}
		try $options run head -c 1 "${at:-$HERE}/zero" "${at:-$HERE}/block"
		assertEquals "$options: $output" 2 "$(echo "$output" | grep -c 'Permission denied')"
	done
	try -m "$HERE/zero" /tmp/zero -v "$HERE/block" /tmp/block run head -c 1 /tmp/zero /tmp/block
	assertEquals "$output" 2 "$(echo "$output" | grep -c 'Permission denied')"
}

testDeviceIsNotMadeInside() {
	scenario T-504 'to make a device inside' 'a disk'
	try -t exec /mnt run sh -c 'for place in /tmp /dev /dev/shm /mnt /dev/pts; do
			mknod $place/node b 7 0 && echo works
			mknod $place/node c 1 5 && echo works
			unshare $0 mknod $place/node c 1 5 && echo works
			unshare $0 true && echo tried
		done' "$OWN_USERNS"
	assertNotContains "$output" works
	lacks_userns || assertEquals 5 "$(echo "$output" | grep -c tried)"
}

. shunit2
