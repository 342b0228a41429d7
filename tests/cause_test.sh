#!/bin/sh
# SPDX-License-Identifier: ISC
# Causes: what is in the way of a start is what its messages name, and no line of them is false.
# shellcheck disable=SC2016,SC2086 # the scripts here are for the shell inside; words
. tests/common.sh
export LC_ALL=C

# under "COMMAND..." ARGS...: sd, started by the command.
under() {
	words=$1
	shift
	capture $words $AS $SD_WORDS "$@"
}

# assert_lines PATTERN...: the start failed, and each pattern matches a line of its own.
assert_lines() {
	assertEquals "$output" 125 "$status"
	printf '%s\n' "$output" >"$SCRATCH/home/lines"
	while read -r line; do
		[ $# -gt 0 ] || { fail "also: $line" && return; }
		case $line in
		selfdock*:*$1*) ;;
		*) fail "'$line' does not match '$1'" ;;
		esac
		shift
	done <"$SCRATCH/home/lines"
	assertEquals "$output" 0 $#
}

# A filter around

# By the time a monitor makes it, it has no standard error.
testRefusedWaitIsNamedAndNoHang() {
	[ "$MODE" = nested ] && skip 'the outer one does not start' && return
	wait4=$("$HELPERS/blind_calls" | sed -n 's/^wait4 //p')
	under "timeout 20 $HELPERS/refuse $wait4 1" run true
	assert_lines 'cannot watch a program: Operation not permitted' 'refuses wait4'
}

testFilterStandsInForLandlock() {
	for number in 444 446; do # landlock_create_ruleset, landlock_restrict_self
		for error in 1 38; do
			under "$HELPERS/refuse $number $error" run sh -c 'kill -0 0 || echo kept'
			assertContains "$number $error" "$output" kept
		done
	done
}

testErrorOfLandlockEndsTheStartWithoutAFilter() {
	lacks_scopes && return
	[ "$MODE" = nested ] && skip 'there is a filter' && return
	for call in landlock_create_ruleset landlock_restrict_self; do
		capture strace -f -o /dev/null -e "inject=$call:error=EPERM:when=1" \
			$AS "$SELFDOCK" run echo started
		assert_lines 'Landlock*: Operation not permitted'
	done
}

# What the kernel or an administrator forbids

testLandlockDomainAroundIsNamed() {
	lacks_userns && return
	capture "$HELPERS/in_landlock" 1 true
	[ "$status" != 0 ] && skip 'a kernel without Landlock' && return
	[ "$MODE" = nested ] && skip 'the outer one does not start' && return
	for right in 1 4 0x1000; do
		under "$HELPERS/in_landlock $right" run echo started
		assert_lines 'Landlock domain around forbids mounts'
	done
}

testCapabilitiesThatAreMissingAreNamed() {
	lacks_root && return
	case $MODE in
	root)
		under 'setpriv --bounding-set=-setfcap' run echo started
		assert_lines 'id maps: Operation not permitted' 'lacks CAP_SETFCAP, '
		;;
	setuid)
		capture setpriv --reuid "$TESTER" --regid "$TESTER" --clear-groups \
			--bounding-set=-setuid,-setgid "$SELFDOCK" run echo started
		assert_lines 'cannot act as root: ' 'lacks CAP_SETUID CAP_SETGID, '
		;;
	*) skip 'for root and the bit' ;;
	esac
}

# The start has set NO_NEW_PRIVS itself by then.
testNeitherBitNorFilterIsBlamedForACoveredProc() {
	lacks_root && return
	lacks_userns && return
	[ "$MODE" = nested ] && skip 'once is enough' && return
	in_mounts private 'mount --bind "$SCRATCH/setuid" "$SCRATCH/setuid"
		mount -o remount,bind,nosuid "$SCRATCH/setuid"
		mount -t tmpfs none /proc/sys/kernel; sd run echo started' || :
	assert_lines 'Operation not permitted' "'/proc/sys/kernel' is covered*--proc host"
}

testNosuidMountIsBlamedFirst() {
	[ "$MODE" = setuid ] || { skip 'for the bit' && return; }
	lacks_userns && return
	in_mounts private 'mount --bind "$SCRATCH/setuid" "$SCRATCH/setuid"
		mount -o remount,bind,nosuid "$SCRATCH/setuid"
		"$HELPERS/refuse" userns 1 setpriv --no-new-privs $AS "$SELFDOCK" run echo started'
	assert_lines 'Operation not permitted' 'a seccomp filter around*refuses clone' \
		'a nosuid mount'
}

# The root directory of the processes is below that mount then.
testMountOverTheRootIsNamed() {
	lacks_root && return
	in_mounts private 'mount --rbind / /; sd run echo started'
	assert_lines 'Operation not permitted' "a mount covers '/': no user namespace*outside"
}

testLimitOfAUserNamespaceAroundIsNamed() {
	lacks_userns && return
	[ "$MODE" = plain ] || { skip 'only the plain binary can be put there' && return; }
	capture as_tester unshare -U --map-current-user --keep-caps sh -c '
		echo 1 >/proc/sys/user/max_user_namespaces || exit 1
		exec unshare -U --map-current-user setpriv --inh-caps=-all "$0" run echo started' \
		"$SELFDOCK"
	assert_lines 'No space left on device' 'max_user_namespaces is reached in a user*around'
}

testLimitThatOthersHaveUsedUpIsNamed() {
	lacks_userns && return
	[ "$MODE" = plain ] || { skip 'only the plain binary can be put there' && return; }
	capture as_tester unshare -U --map-current-user --keep-caps sh -c '
		echo 0 >/proc/sys/user/max_uts_namespaces || exit 1
		exec setpriv --inh-caps=-all "$0" run echo started' "$SELFDOCK"
	assert_lines 'No space left on device' 'max_uts_namespaces is 0, and reached: raise it'
}

testLimitOnProcessesIsNamed() {
	[ "$MODE" = plain ] || { skip 'a limit of a plain user' && return; }
	capture as_tester prlimit --nproc=1 "$SELFDOCK" run echo started
	assert_lines 'unavailable; ulimit -u is reached'
}

testLimitsOnFilesAndMemoryAreNamed() {
	for limit in 6 12 20; do
		output=$(as_tester prlimit --nofile="$limit:$limit" "$SELFDOCK" run true 2>&1)
		status=$?
		assert_lines 'raise the limit on open files, ulimit -n'
	done
	is_sanitized && return
	scene 'ulimit -v 2000; $SD -n "cause-$$" run echo started'
	assert_lines 'ulimit -v'
}

# What is in the way in a view

testDirectoryIsNamedInWhichNothingCanBeMade() {
	lacks_root && return
	[ "$MODE" = root ] && skip 'root may list it' && return
	mkdir -p "$HERE/closed" && chmod 711 "$HERE/closed"
	try -m /etc/hostname "$HERE/closed/new" run echo started
	assert_lines "make anything in '$HERE/closed': Permission denied; you may not list it"
}

testDirectoryOfTooManyEntriesIsNamed() {
	[ "$MODE" = plain ] || { skip 'once is enough' && return; }
	mkdir -p "$HERE/many"
	(cd "$HERE/many" && seq 17000 | xargs touch)
	try -m /etc/hostname "$HERE/many/new" run echo started
	assert_lines "make anything in '$HERE/many': No space left*16384 or fs.mount-max"
	rm -r "$HERE/many"
}

# in_fuse UID SCRIPT: with a FUSE mount of that user at /opt/fuse, whose server never answers.
in_fuse() {
	in_mounts private 'mkdir -p dir/fuse; mount --bind dir /opt; exec 9<>/dev/fuse
		mount -i -t fuse -o "fd=9,rootmode=40000,user_id=$1,group_id=$1" none /opt/fuse
		'"$2" "$1"
}

testFuseMountOfAnotherUserIsClosedInAnUnderlay() {
	lacks_root && return
	lacks_fuse && return
	in_fuse "$OTHER" 'sd -m /etc/hostname /opt/new run ls -l /opt'
	assertEquals "$output" 0 "$status"
	assertContains "$output" 'd---------'
	assertContains "$output" new
}

testFuseMountOfAnotherUserIsNamed() {
	lacks_root && return
	lacks_fuse && return
	in_fuse "$OTHER" 'sd --mask /opt/fuse run echo started'
	assert_lines "'/opt/fuse': Permission denied; a FUSE mount of another user"
}

testRootWithoutItsFuseServerIsNamed() {
	lacks_root && return
	lacks_fuse && return
	[ "$MODE" = root ] || { skip 'only its owner may look at it' && return; }
	in_fuse 0 'exec 9<&-; sd -r /opt/fuse run echo started'
	assert_lines "'/opt/fuse'*a FUSE file system there has lost its daemon"
}

testDeletedMountIsNoObstacleAndIsNamed() {
	lacks_root && return
	in_mounts private 'mkdir -p dir/sub source; mount --bind dir /opt
		mount --bind source /opt/sub; rmdir source
		sd run echo started; sd -m /etc /opt/sub run echo more'
	assertContains "$output" started
	output=${output#*started?}
	assert_lines 'what is mounted there was deleted'
}

# Otherwise the first file that is opened would be its standard input.
testClosedInputWithoutDevNullIsNamed() {
	lacks_root && return
	[ "$MODE" = setuid ] && skip 'the C library ends it before' && return
	in_mounts private 'mount -t tmpfs none /dev; sd run echo started <&-'
	assert_lines "cannot open '/dev/null' as file descriptor 0: No such file or directory"
}

testLimitThatKeepsTheProgramFromRunningIsNamed() {
	[ "$MODE" = plain ] ||
		{ skip 'strace takes the setuid bit away, and once is enough' && return; }
	is_sanitized && return
	for error in EAGAIN ENOMEM EMFILE ENFILE; do
		capture as_tester strace -f -o /dev/null \
			-e "inject=execve:error=$error:when=1" "$SELFDOCK" run true
		assertEquals "$error: $output" 125 "$status"
		assertContains "$error" "$output" 'a limit of yours is reached'
	done
}

# It is looked for only in what the kernel has cached, and a mount at that moment hides that, too.
testProgramOutsideIsNamedWhateverOthersMount() {
	lacks_root && return
	[ "$MODE" = plain ] || { skip 'once is enough' && return; }
	unshare -m $PYTHON -c 'import ctypes
libc = ctypes.CDLL(None)
while True:
    libc.mount(b"/usr", b"/mnt", None, 4096, None)
    libc.umount2(b"/mnt", 2)' &
	mounter=$!
	tool=/dev/shm/tool.$$
	as_tester cp /bin/true "$tool"
	for _ in $(seq 300); do
		try run "$tool"
		holds "$output" 'it is there outside, on the covered mount' || echo "$output"
	done >"$SCRATCH/unnamed"
	kill "$mounter"
	wait "$mounter" 2>/dev/null
	rm "$tool"
	assertEquals '' "$(cat "$SCRATCH/unnamed")"
}

. shunit2
