#!/bin/sh
# SPDX-License-Identifier: ISC
# Bad input and a bad environment: status 125, one line that says what is wrong,
# no program started and nothing left.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh
export LC_ALL=C

setUp() {
	new_work 'mkdir dir
		touch file
		mkfifo fifo
		ln -s loop loop
		ln -s missing dangling
		"$1/input_socket" socket' "$HELPERS"
}

before='' STATE="$HELPERS/snapshot $WORK $SCRATCH/home"

# refuses PATTERN OPTION...: the one line is the message, so the program, which
# would print another, did not start. What is left by all that a test refuses is seen at its end;
# what the test itself makes meanwhile it makes known by "before=$($STATE)".
refuses() {
	pattern=$1
	shift
	[ "$before" ] || before=$($STATE)
	assert_fails 125 "$pattern" run "$@" echo started
}

tearDown() {
	[ ! "$before" ] || [ "$before" = "$($STATE)" ] || fail "left: $($STATE), before: $before"
	before=
}

# The same where a second line names the host's policy: it has to match too.
assert_policy() {
	policy=${output#*"
"}
	case $policy in
	*"
"*) fail "$1: more than two lines: $output" ;;
	selfdock*:*$3*) ;;
	*) fail "$1: the second line '$policy' does not match '$3'" ;;
	esac
	output=${output%%"
"*}
	assert_refused "$1" "$2"
}

# The command line

testUnknownOption() {
	for option in -Z --bogus --rootf --rootfsx --chdi -wZ -Zw --=x --= ---; do
		refuses 'unknown option' "$option"
	done
	assert_fails 125 unknown -Z run echo started
	assert_fails 125 unknown --bogus run echo started
	assert_fails 125 unknown -wZ run echo started
}

testUnknownApplet() {
	assert_fails 125 "unknown applet 'bogus'" bogus
	assert_fails 125 "unknown applet 'RUN'" RUN true
	assert_fails 125 "unknown applet ''" ''
	assert_fails 125 applet -w bogus true
	assert_fails 125 applet -m run run
	assert_fails 125 applet
}

testMissingArgument() {
	for option in -r -C --rootfs --chdir --proc --net --hostname --device -E --unset \
		--keep-env; do
		assert_fails 125 "option '$option' needs a word: --" run "$option"
	done
	for option in -m -v -t -e --map --vol --tmpfs --env; do
		assert_fails 125 "option '$option' needs two words: --" run "$option"
		assert_fails 125 "option '$option' needs two words: --" run "$option" one
	done
	assert_fails 125 "option '-wm' needs two words: --map SRC DST" run -wm
	assert_fails 125 "option '-wm' needs two words: --map SRC DST" run -wm one
}

testEmptyArgument() {
	for option in -r -C --rootfs --chdir --proc --net --hostname --device -E; do
		refuses "option '$option' has an empty argument" "$option" ''
	done
	for option in --rootfs --chdir --proc --net --hostname --device --unset --keep-env; do
		refuses 'empty argument' "$option="
	done
	for option in -m -v -t -e; do
		refuses "option '$option' has an empty argument" "$option" '' /tmp
	done
	refuses "must begin with '/'" -m /usr ''
	refuses "must begin with '/'" -v /usr ''
	refuses "must begin with '/'" -t size=4K ''
}

testArgumentThatIsNotTakenThere() {
	refuses 'needs two words: --map SRC DST' -mw /usr /usr
	refuses 'needs two words: --map SRC DST' -m/usr /tmp
	refuses 'needs two words: --tmpfs OPT DST' -wt4K /tmp
	for option in --map=/usr --vol=/usr --tmpfs=exec --env=A; do
		refuses "option '$option' needs two words: ${option%%=*} " "$option" /tmp
	done
	for option in --workdir-writable=x --clearenv=; do
		refuses "option '$option' needs no word: ${option%%=*}" "$option" /tmp
	done
}

testEnvironmentNameThatIsNone() {
	refuses "environment variable 'A=B': write two words: --env A B" -e A=B value
	refuses "environment variable '=': write two words" -e = value
	refuses "environment variable 'A=B': a name has no" -E A=B
	refuses "environment variable '=B': a name has no" --unset==B
	refuses "cannot keep the environment variable 'A=B': a name has no" --keep-env A=B
}

testWordsThatAreNotOnTheList() {
	for word in HOST off host,none 'none '; do
		refuses "--net is 'host' or 'none'" --net "$word"
	done
	for word in NEW old hos newer; do
		refuses "--proc is 'new', 'host' or 'none'" "--proc=$word"
	done
}

testHostNameThatIsTooLong() {
	refuses 'longer than 64 bytes' --hostname "$(printf %065d 0)"
	refuses 'longer than 64 bytes' --hostname "$(printf %03000d 0)"
}

testTmpfsOptionsOutsideTheGrammar() {
	while IFS= read -r word; do
		refuses "cannot mount a tmpfs at '/tmp'" -t "$word" /tmp
	done <<-'EOF'
		size
		size=
		size=0
		size=00
		size=0K
		size=-1
		size=+1
		size=x
		size=K
		size=1x
		size=1KK
		size=1KB
		size=1KiB
		size= 1
		size=1 
		size=1 K
		size=0x10
		size=1.5M
		size=1e3
		size=50%
		size==1
		size=9223372036854775808
		size=18446744073709551615
		size=18446744073709551616
		size=99999999999999999999999
		size=9007199254740992K
		size=8388608T
		size=16777216T
		size=18014398509481985K
		size=00000000000000000000000000000000000000000000000001
		SIZE=1M
		Size=1M
		nr_inodes
		nr_inodes=
		nr_inodes=0
		nr_inodes=-1
		nr_inodes=10x
		nr_inodes=999999T
		mode
		mode=
		mode=8
		mode=789
		mode=-1
		mode=+7
		mode=2000
		mode=02777
		mode=4755
		mode=07777
		mode=0x1ff
		mode=u=rwx
		mode=755 
		exec=1
		exec=
		noexec=
		EXEC
		xexec
		execs
		ro
		rw
		uid=0
		gid=0
		suid
		dev
		huge=always
		context=x
		size=1M;exec
		size=1M exec
		,
		,,
		,exec
		exec,
		exec,,noexec
		size=1M,,mode=755
		size=1M,bogus
		size=1M,size=
	EOF
	refuses 'cannot mount a tmpfs' -t 'exec
' /tmp
}

# Destinations

testDestinationThatIsNotAbsolute() {
	for destination in tmp . .. ./tmp '~' 'a:/tmp' ' /tmp'; do
		refuses "must begin with '/'" -m /usr "$destination"
		refuses "must begin with '/'" -v /usr "$destination"
		refuses "must begin with '/'" -t exec "$destination"
	done
	refuses "must begin with '/'" --device dev/null
}

testDestinationThatIsTheRoot() {
	for destination in / // /// /. /.. /./ /usr/.. /usr/../.. /tmp/../; do
		refuses '--rootfs' -m /usr "$destination"
		refuses '--rootfs' -t exec "$destination"
	done
	output=$(cd / && sd run -w echo started 2>&1)
	status=$?
	assert_refused '-w at the root' '--rootfs'
}

testDestinationInProc() {
	for destination in /proc /proc/ /proc/sys /proc/self //proc /./proc /usr/../proc /../proc \
		/proc/../proc //proc//sys /proc/../usr/../proc/sys/kernel /tmp/../proc/1; do
		refuses 'nothing can be mounted at or below /proc' -m /usr "$destination"
		refuses 'nothing can be mounted at or below /proc' -t exec "$destination"
	done
	refuses 'nothing can be mounted at or below /proc' -m /etc/passwd //proc/version
	for proc in host none; do
		refuses 'nothing can be mounted at or below /proc' --proc "$proc" \
			-m /usr /usr/../proc
	done
}

testDestinationThatLeadsToProcByALink() {
	as_tester mkdir -p "$WORK/root/proc" "$WORK/root/dev" "$WORK/root/tmp"
	as_tester ln -s /proc "$WORK/root/link"
	as_tester ln -s tmp/../link "$WORK/root/again"
	for destination in /link /link/sys /again /again/sys/kernel /tmp/../again; do
		refuses 'nothing can be mounted at or below /proc' \
			-r "$WORK/root" -m /usr "$destination"
	done
	refuses 'nothing can be mounted at or below /proc' \
		-m "$WORK" /tmp -r "$WORK/root" -t exec /link
}

testDestinationInAMountOfTheOuterProc() {
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer level needs a /proc without mounts' && return
	try_under "run --proc host -m $WORK/dir //proc/fs echo started" \
		unshare -m sh -c 'mount -t tmpfs none /proc/fs; exec "$@"' sh
	assert_refused 'mount below /proc' 'nothing can be mounted at or below /proc'
}

testDestinationThatDoesNotExistWhereTheProgramCanWrite() {
	mkdir -p "$WORK/dir"
	refuses "'/tmp/missing' does not exist, and what is there is writable" \
		-v "$WORK/dir" /tmp -t exec /tmp/missing
	refuses 'make it first' -v "$WORK/dir" /tmp --mask /tmp/missing/too
	assertEquals '' "$(ls "$WORK/dir")"
}

testDestinationWithAFileOnItsWay() {
	refuses 'Not a directory' -m /usr /etc/passwd/x
	refuses 'Not a directory' -m /usr /dev/null/x
	refuses 'Not a directory' -m "$WORK/file" /tmp/x -m /usr /tmp/x/y
}

testNamesThatAreTooLong() {
	long=$(printf %05000d 0)
	name=$(printf %0300d 0)
	refuses 'destination is too long' -m /usr "/$long"
	refuses 'destination is too long' --device "/$long"
	refuses 'ame too long' -m /usr "/$name"
	refuses 'ame too long' -m /usr "/tmp/$name"
	refuses 'ame too long' -m "/$name" /tmp
	refuses 'ame too long' -m "/$long" /tmp
	refuses 'ame too long' -r "/$long"
	refuses '' -C "/$long"
	refuses '' -C "$long"
}

# Sources

testSourceThatCannotBeOpened() {
	! am_root || chown -h 0:0 "$WORK/dangling" "$WORK/loop"
	for option in -m -v; do
		refuses 'No such file or directory' "$option" /missing /tmp
		refuses 'No such file or directory' "$option" missing/../usr /tmp
		case $(stat -c %u "$WORK/loop") in
		0)
			refuses 'No such file or directory' "$option" "$WORK/dangling" /tmp
			refuses 'links form a loop' "$option" "$WORK/loop" /tmp
			refuses 'links form a loop' "$option" "$WORK/loop/x" /tmp
			;;
		*) refuses "name what '$WORK/loop' leads to" "$option" "$WORK/loop" /tmp ;;
		esac
		refuses 'Not a directory' "$option" "$WORK/file/" /tmp
		refuses 'Not a directory' "$option" "$WORK/fifo/x" /tmp
	done
}

testSourceThatIsASocket() {
	refuses 'it is a socket' -m "$WORK/socket" /tmp/socket
	refuses 'it is a socket' -v "$WORK/socket" /etc/passwd
}

testSourceThatIsUnreadable() {
	lacks_root && return
	[ "$MODE" = root ] && skip 'root may read it' && return
	mkdir -p "$HERE/closed/dir"
	chown -R "$OTHER" "$HERE/closed"
	chmod 700 "$HERE/closed"
	refuses 'Permission denied' -m "$HERE/closed/dir" /tmp
	refuses 'Permission denied' -v "$HERE/closed/missing" /tmp
	refuses 'Permission denied' -r "$HERE/closed/dir"
}

testFileOntoDirectoryAndTheReverse() {
	for option in -m -v; do
		refuses "'/usr' is a directory" "$option" "$WORK/file" /usr
		refuses "'/etc/passwd' is no directory" "$option" "$WORK/dir" /etc/passwd
		refuses "'/tmp' is a directory" "$option" "$WORK/fifo" /tmp
		refuses "'/dev/null' is no directory" "$option" "$WORK" /dev/null
	done
	refuses "'/etc/passwd' is no directory" -t exec /etc/passwd
	refuses '' -m "$WORK/file" /tmp/x/
}

testDeviceThatIsNone() {
	refuses 'No such file or directory' --device /dev/missing
	refuses 'not a device node' --device /dev
	refuses 'not a device node' --device /etc/passwd
	refuses 'socket' --device "$WORK/socket"
	refuses 'not a device node' --device "$WORK/fifo"
}

# The root file system and the working directory

testRootFileSystemThatIsNone() {
	for rootfs in file fifo socket; do
		refuses 'Not a directory' -r "$WORK/$rootfs"
	done
	for rootfs in missing dangling missing/..; do
		refuses 'No such file or directory' -r "$WORK/$rootfs"
	done
	refuses 'ymbolic link' -r "$WORK/loop"
	refuses 'ymbolic link' -r /proc/self/root
	refuses 'ymbolic link' -r /proc/self/cwd
}

testRootFileSystemWithoutProcOrDev() {
	refuses 'has no directory' -r "$WORK/dir"
	as_tester mkdir "$WORK/dir/proc"
	refuses "has no directory '/dev'" -r "$WORK/dir"
	as_tester rmdir "$WORK/dir/proc"
	as_tester mkdir "$WORK/dir/dev"
	before=$($STATE)
	refuses "has no directory '/proc'" -r "$WORK/dir"
	refuses "has no directory '/proc'" -r "$WORK/dir" --proc none
}

testRootFileSystemWithProcDevOrTmpAsSomethingElse() {
	# The root file systems are proc1, where /proc is the first of these links, to tmp7, and
	# proc-file to tmp-file.
	as_tester sh -ec 'cd "$1"
		for name in proc dev tmp; do
			set -- /usr usr . /proc ../.. /missing "$name"
			for number in 1 2 3 4 5 6 7 -file; do
				root=$name$number
				mkdir "$root" "$root/usr" "$root/proc" "$root/dev" "$root/tmp"
				rmdir "$root/$name"
				case $number in
				-file) touch "$root/$name" ;;
				*) ln -s "$1" "$root/$name" && shift ;;
				esac
			done
		done' sh "$WORK"
	for name in proc dev tmp; do
		for number in 1 2 3 4 5 6 7 -file; do
			refuses "cannot use '/$name'" -r "$WORK/$name$number"
		done
	done
}

testWorkingDirectoryThatIsNone() {
	refuses 'No such file or directory' -C /missing
	refuses 'Not a directory' -C /etc/passwd
	refuses 'Not a directory' -C /dev/null
	refuses 'No such file or directory' -C missing
	refuses 'cannot change to directory' -C /proc/self/root
	refuses 'cannot change to directory' -C /dev/fd/0
	mkdir -m 0 "$HERE/locked"
	[ "$MODE" = root ] ||
		refuses "to directory '$HERE/locked'*Permission denied" -C "$HERE/locked"
}

testWorkingDirectoryThatWasDeleted() {
	for options in '' -w '-C .' '-C usr' '-v /usr /tmp -C .'; do
		# shellcheck disable=SC2086 # none, one or more words
		try_sh 'mkdir "$1/gone"; cd "$1/gone"; rmdir "$1/gone"; shift; exec "$0" "$@"' \
			"$WORK" run $options echo started
		assert_refused "$options" 'the working directory was deleted'
	done
	try_sh 'mkdir "$1/gone"; cd "$1/gone"; rmdir "$1/gone"; shift; exec "$0" "$@"' \
		"$WORK" -C / run echo started
	assertEquals started "$output"
}

# What is inherited

testModestLimitsAreEnough() {
	is_sanitized && return
	for limit in nofile=64 fsize=0 core=0 as=268435456 stack=262144 msgqueue=0 sigpending=0; do
		try_limited "$limit" run -m /usr /usr -t exec /tmp echo started
		assertEquals "$limit" started "$output"
	done
}

testManyFileSystemOptionsNeedNoHigherSoftLimit() {
	# shellcheck disable=SC2046 # words
	try_sh 'exec prlimit --nofile=64:4096 "$0" "$@"' run \
		$(seq -f '-t exec /tmp/%.0f -m /usr /usr' 100) sh -c 'ulimit -Sn; ulimit -Hn'
	assertEquals "$(printf '64\n4096')" "$output"
}

testTextInAnotherLanguageIsPrinted() {
	refuses "cannot map '/fehlt-äöü-日本' at" -m '/fehlt-äöü-日本' /tmp
}

# The system

testChroot() {
	lacks_userns && return
	is_sanitized && return
	lacks_root && return
	mkdir -p "$HERE/proc" "$HERE/dev" "$HERE/bin"
	cp -p "$SELFDOCK" "$HERE/bin"
	case $MODE in
	root) user=0:0 ;;
	*) user=$TESTER:$TESTER ;;
	esac
	output=$(unshare -m sh -c 'mount --rbind /proc "$2/proc"; mount --rbind /dev "$2/dev"
		exec chroot --userspec="$1" "$2" /bin/selfdock run echo started' sh \
		"$user" "$HERE" 2>&1)
	status=$?
	assert_policy 'in a chroot' \
		'cannot make the namespaces of an instance: Operation not permitted' chroot
}

# EPERM, EINVAL, ENOSPC and ENOSYS, as the kernel has them for a policy, for
# itself without user namespaces, and for a limit.
testKernelThatRefusesUserNamespaces() {
	for error in 1 22 28 38; do
		try_under 'run echo started' "$HELPERS/refuse" userns "$error"
		case $MODE:$error in
		root:22) assertContains "$error" "$output" 'without one
started' ;;
		*:1 | *:38) assert_policy "$error" namespace 'seccomp filter' ;;
		setuid:28) assert_refused "$error" "root's limits" ;;
		*:28) assert_policy "$error" namespace user.max_user_namespaces ;;
		*) assert_refused "$error" namespace ;;
		esac
	done
}

# By number: those of this age are the same on every machine. The filter answers as an older kernel
# does, so it is blamed.
testKernelThatIsTooOld() {
	lacks_userns && return
	while read -r name number; do
		try_under 'run echo started' "$HELPERS/refuse" "$number" 38
		assert_policy "$name" 'Function not implemented' "refuses $name"
	done <<-'EOF'
		open_tree 428
		move_mount 429
		fsopen 430
		fsconfig 431
		fsmount 432
		pidfd_open 434
		close_range 436
		openat2 437
		mount_setattr 442
	EOF
}

testInstanceInsideRootsIsRefused() {
	lacks_userns && return
	[ "$MODE" = root ] || { skip 'for uid 0' && return; }
	for applet in run build; do
		assert_fails 125 'no instance starts inside one of root' \
			"$applet" "$SELFDOCK" run echo started
	done
}

testKernelWithoutLandlockIsGoodEnough() {
	for error in 38 95; do
		try_under 'run echo started' "$HELPERS/refuse" 444 "$error"
		assertEquals "$error" started "$output"
	done
}

testLittleAddressSpaceIsEnough() {
	scene 'ulimit -v 12000; $SD run sh -c "echo fits"'
	assertEquals fits "$output"
}

. shunit2
