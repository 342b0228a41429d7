#!/bin/sh
# SPDX-License-Identifier: ISC
# In what state the caller is: what could be of use against a privileged start, and what a
# start may not depend on.
# shellcheck disable=SC2016,SC2015,SC2046,SC2086 # programs for the shell inside; skips; words
. tests/common.sh

SECRET=$SCRATCH/home/secret

# Root keeps these when it builds: CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID
# SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP.
BUILD_SET=00000000800405fb

# Everyone here is in this group, root, too.
GROUP=$((TESTER + 2))
[ "$MODE" != root ] || AS="$HELPERS/as 0 0,$GROUP"
SD_GID=$(as_tester id -g)

oneTimeSetUp() {
	am_root || return 0
	install -m 600 /dev/stdin "$SECRET" <<-'EOF_SECRET'
		--the-secret
	EOF_SECRET
}

# as_tester_by WORD... COMMAND...: the command as the tester, started by setpriv with these words.
as_tester_by() {
	setpriv --reuid "$TESTER" --regid "$TESTER" --clear-groups "$@"
}

testSecurebitsAreRefusedWhereThereArePrivileges() {
	[ "$MODE" = setuid ] || [ "$MODE" = root ] ||
		{ skip 'nothing is privileged but setuid and root' && return; }
	scenario T-402 'to keep capabilities over the change of ids by securebits' 'a file of root'
	with=
	[ "$MODE" = root ] || with="--reuid $TESTER --regid $TESTER --clear-groups"
	for bits in +no_setuid_fixup +no_setuid_fixup,+no_setuid_fixup_locked \
		+no_setuid_fixup,+noroot; do
		# shellcheck disable=SC2086 # words
		output=$(setpriv $with --securebits="$bits" "$SELFDOCK" -f "$SECRET" run 2>&1)
		assertEquals "$bits" 125 $?
		case $MODE$bits$output in
		*noroot*'Permission denied') ;; # with that the setuid bit gives no capability
		root*noroot*) ;;		# nor has root any, but the file is root's
		*)
			assertContains "$bits" "$output" 'securebits must be clear'
			assertNotContains "$bits" "$output" the-secret
			;;
		esac
	done
}

testCapabilitiesOfTheBinaryAreNoAuthority() {
	{ [ "$MODE" = plain ] && am_root; } ||
		{ skip 'root gives a binary capabilities' && return; }
	scenario T-402 'to use capabilities of the file' 'a file of root'
	install -m 755 "$SELFDOCK" "$SCRATCH/home/selfdock"
	setcap cap_dac_override,cap_sys_admin,cap_setuid+ep "$SCRATCH/home/selfdock"
	output=$(as_tester "$SCRATCH/home/selfdock" -f "$SECRET" run 2>&1)
	assertContains "$output" "Permission denied"
	assertNotContains "$output" the-secret
	# The capabilities of a file make the process of a caller who has none undumpable, and no
	# instance starts then; setpriv has all of them until it executes this.
	assertEquals OK "$(as_tester_by "$SCRATCH/home/selfdock" run "$HELPERS/confine_self" \
		"$TESTER" "$TESTER")"
}

testCapabilitiesOfTheCallerAreNoAuthority() {
	case $MODE in plain | setuid) am_root ;; *) false ;; esac ||
		{ skip 'root makes such a caller' && return; }
	scenario T-402 'to use ambient capabilities' 'a file of root'
	output=$(as_tester_by --inh-caps +dac_override --ambient-caps +dac_override \
		"$SELFDOCK" -f "$SECRET" run 2>&1)
	assertContains "$output" "Permission denied"
	assertNotContains "$output" the-secret
}

# The limit is not compared with the processes of root, who owns the user namespace of a setuid
# start.
testLimitOnProcessesIsForEachInstance() {
	case $MODE in plain | setuid) ;; *) false ;; esac ||
		{ skip 'root has no such limit, and where nested it is as plain' && return; }
	{ am_root && [ "$(ps -o pid= -u root | wc -l)" -ge 20 ]; } ||
		{ skip 'needs root, with some processes' && return; }
	scenario T-403 'to start beyond the limit on processes' 'more processes than allowed'
	assertEquals works "$(as_tester_by prlimit --nproc=10 "$SELFDOCK" run \
		sh -c 'sleep 0 & wait $! && echo works')"
	output=$(as_tester_by prlimit --nproc=10 "$SELFDOCK" run sh -c \
		'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done; echo all' 2>&1)
	assertNotContains 'the limit is in force' "$output" all
}

testProgramHasNoPrivilege() {
	scenario T-402 'to find a capability or another id inside' 'what it is good for'
	assert_output OK run "$HELPERS/confine_self" "$SD_UID" "$SD_GID"
	case $MODE in
	plain | nested) ;; # there the kernel has no names for the groups
	*) [ "$(as_tester id -G)" = "$(sd run id -G)" ] ;;
	esac
	assertTrue 'the groups are those outside' $?
}

testCapabilitiesOfTheCallerAreNotInherited() {
	[ "$MODE" = plain ] && am_root ||
		{ skip 'a plain user with capabilities, made by root' && return; }
	scenario T-402 'to keep inheritable and ambient capabilities' 'these capabilities inside'
	assertEquals OK "$(setpriv --reuid "$TESTER" --regid "$TESTER" --clear-groups \
		--inh-caps +chown,+dac_override --ambient-caps +chown,+dac_override \
		"$SELFDOCK" run "$HELPERS/confine_self" "$TESTER" "$TESTER")"
}

testRootKeepsWhatBuildingNeedsAndOnlyThen() {
	[ "$MODE" = root ] || { skip 'for root' && return; }
	scenario T-402 'to keep capabilities of root' 'what building does not need'
	for set in Prm Eff Bnd; do
		assert_output "$BUILD_SET" build sh -c "sed -n 's/^Cap$set:.//p' /proc/self/status"
	done
	assert_output 1 build sed -n 's/^NoNewPrivs:.//p' /proc/self/status
	assert_output 0000000000000000 run sed -n 's/^CapEff:.//p' /proc/self/status
}

# told OPTIONS: the same for confine_self.
told() {
	case $1 in
	--init) echo init ;;
	'--net none') echo none ;;
	esac
}

# assert_sealed STATUS WHAT: $output is that of confine_self where all holds, or a refusal.
assert_sealed() {
	case $1:$output in
	0:OK | 12[56]:selfdock*) ;;
	*) fail "$2: $1 $output" ;;
	esac
}

# --- groups that are lost: a file of mode 0604 is closed to its group alone ---

# closed_to_groups: two such files, of the main group and of another, in $closed.
closed_to_groups() {
	rm -rf "${HERE:?}"/*
	for group in "$SD_GID" "$GROUP"; do
		install -D -m 604 -o "$OTHER" -g "$group" /dev/stdin "$HERE/$group" <<-'EOF_CLOSED'
			the-secret
		EOF_CLOSED
	done
	closed="$HERE/$SD_GID $HERE/$GROUP"
}

# assert_closed COUNT: so many times it was refused, and what it says was not seen.
assert_closed() {
	assertNotContains "$output" the-secret
	assertEquals "$output" "$1" "$(echo "$output" | grep -c 'Permission denied')"
}

testFileClosedToAGroupIsClosedInside() {
	lacks_root && return
	scenario T-401 'to read as another what is closed to a group of the caller' 'the file'
	closed_to_groups
	assertEquals 'others may' 'the-secret the-secret' "$(as_other cat $closed | xargs)"
	for options in '' --init '--net none' '--no-userns' '--proc host' "-m $HERE /tmp/x"; do
		try $options run cat $closed
		assert_closed 2
	done
}

testFileClosedToAGroupIsClosedInABuild() {
	lacks_root && return
	[ "$MODE" != root ] || { skip 'root may read any file when it builds' && return; }
	scenario T-401 'to read in a build what is closed to a group of the caller' 'the file'
	closed_to_groups
	try build cat $closed
	assert_closed 2
}

testFileClosedToAGroupIsClosedInARootFileSystem() {
	lacks_root && return
	scenario T-401 'to read by a map what is closed to a group of the caller' 'the file'
	closed_to_groups
	rm -rf "$WORK/rootfs"
	make_rootfs "$WORK/rootfs"
	for option in -m -v; do
		try -r "$WORK/rootfs" -m /usr /usr $option "$HERE" /data run \
			cat "/data/$SD_GID" "/data/$GROUP"
		assert_closed 2
	done
}

testFileClosedToAGroupIsClosedToWhatEnters() {
	lacks_root && return
	scenario T-401 'to read by entering what is closed to a group of the caller' 'the file'
	closed_to_groups
	scene 'id=$($SD run -d sleep 600)
		$SD enter $id cat '"$closed"'
		kill $id'
	assert_closed 2
}

testFileClosedToAGroupIsClosedOnTheNextLevel() {
	lacks_userns && return
	lacks_root && return
	lacks_levels && return
	scenario T-401 'to lose a group by an instance in an instance' 'the file'
	closed_to_groups
	try run "$SELFDOCK" run cat $closed
	assert_closed 2
	try run "$SELFDOCK" run "$SELFDOCK" run cat $closed
	assert_closed 2
}

testNoGroupIsLostInANamespaceOfOnesOwn() {
	lacks_root && return
	lacks_userns && return
	scenario T-401 'to lose a group in a user namespace made inside' 'the file'
	closed_to_groups
	for map in '' -r -c; do
		[ "$MODE$map" != "root${map:-x}" ] || continue # /proc is read-only for root
		try run unshare -U $map $PYTHON -c 'import os, sys
for change in lambda: os.setgroups([]), lambda: os.setgroups([0]), lambda: os.setgid(0):
    try: change()
    except OSError: pass
for name in sys.argv[1:]:
    try: print(open(name).read())
    except OSError as error: print(error)' $closed
		assert_closed 2
	done
}

# A program of that group starts it, as a set-group-ID program could.
testGroupOfASetgidProgramIsNotInside() {
	[ "$MODE" != nested ] && am_root || { skip 'root makes such a program' && return; }
	scenario T-401 'to bring a group inside that the real ids do not have' 'files of the group'
	install -m 2755 -g "$OTHER" "$HELPERS/exec_as" "$SCRATCH/home/of-a-group"
	assertEquals "$OTHER" "$(as_tester "$SCRATCH/home/of-a-group" /usr/bin/id id -g)"
	# Without the setuid bit it is not dumpable then, and cannot write the maps.
	capture as_tester "$SCRATCH/home/of-a-group" "$SELFDOCK" selfdock run \
		"$HELPERS/confine_self" "$SD_UID" "$SD_GID"
	assert_sealed "$status" run
	install -m 640 -g "$OTHER" "$SECRET" "$HERE/of-the-group"
	output=$(as_tester "$SCRATCH/home/of-a-group" "$SELFDOCK" selfdock \
		-f "$HERE/of-the-group" run 2>&1)
	[ "$MODE" = root ] || assertNotContains "$output" the-secret
	rm "$SCRATCH/home/of-a-group"
}

# --- capabilities ---

testNoStateOfCapabilitiesGivesOneInside() {
	[ "$MODE" != nested ] && am_root || { skip 'root makes such callers' && return; }
	scenario T-402 'to start with odd sets of capabilities and securebits' 'a capability inside'
	with='' some=+sys_admin,+dac_override,+setuid,+setfcap,+setpcap
	[ "$MODE" = root ] || with="--reuid $TESTER --regid $TESTER --clear-groups"
	while read -r state; do
		for options in '' --init; do
			output=$(setpriv $with $state "$SELFDOCK" run $options \
				"$HELPERS/confine_self" "$SD_UID" "$SD_UID" $(told "$options") 2>&1)
			assert_sealed $? "$state $options"
		done
	done <<-EOF_STATES
		--inh-caps $some
		--inh-caps $some --ambient-caps $some
		--inh-caps $some --ambient-caps $some --no-new-privs
		--inh-caps $some --ambient-caps $some --securebits +noroot
		--inh-caps $some --ambient-caps $some --securebits +no_setuid_fixup
		--inh-caps $some --securebits +keep_caps_locked
		--securebits +noroot,+noroot_locked
		--securebits +noroot,+no_setuid_fixup,+keep_caps_locked
		--bounding-set -all
		--bounding-set -setpcap
	EOF_STATES
}

testCapabilitiesOfTheCallerAreNotThoseOfWhatEnters() {
	[ "$MODE" != nested ] && am_root || { skip 'root makes such a caller' && return; }
	scenario T-402 'to enter with inheritable and ambient capabilities' \
		'these capabilities inside'
	with=
	[ "$MODE" = root ] || with="--reuid $TESTER --regid $TESTER --clear-groups"
	id=$(setpriv $with "$SELFDOCK" run -d sleep 600)
	output=$(setpriv $with --inh-caps +chown,+sys_admin --ambient-caps +chown,+sys_admin \
		"$SELFDOCK" enter "$id" "$HELPERS/confine_self" "$SD_UID" "$SD_UID" enter 2>&1)
	assert_sealed $? enter
	kill "$id"
}

testRootOfANamespaceOfOnesOwnHasNoCapabilityInside() {
	lacks_userns && return
	scenario T-402 'to start as root of a user namespace' 'its capabilities inside'
	for options in '' --init '--proc host'; do
		capture outside unshare -Ur "$SELFDOCK" run $options "$HELPERS/confine_self" 0 0 \
			$(told "$options")
		assert_sealed "$status" "$options"
	done
	capture outside unshare -Ur setpriv --inh-caps +chown --ambient-caps +chown \
		"$SELFDOCK" run "$HELPERS/confine_self" 0 0
	assert_sealed "$status" ambient
}

# What a program has in a user namespace of its own is for this one alone.
testCapabilitiesOfANamespaceMadeInsideAreForNothingElse() {
	lacks_userns && return
	scenario T-402 'to use capabilities of a user namespace made inside' \
		'what they are good for'
	try --hostname kept run sh -c 'own="unshare $0"
		$own hostname changed
		$own busybox mount -o remount,bind,rw / && echo works
		$own busybox umount /proc && echo works
		$own chroot /proc/1/root true && echo works
		$own chown 1:1 /etc/passwd && echo works
		$own setpriv --reuid 1 true && echo works
		$own mknod /tmp/node c 1 3 && echo works
		$own nice -n -5 sh -c "[ \$(nice) -lt 0 ]" && echo works
		$own grep CapEff /proc/self/status
		uname -n' "$OWN_USERNS"
	assertEquals "$output" kept "$(echo "$output" | tail -n 1)"
	assertNotContains "$output" works
	assertNotContains 'it has them' "$output" 'CapEff:	0000000000000000'
	assertContains "$output" CapEff
}

# --- a drop that fails, or that seems to succeed ---

testLimitOfNoProcessesChangesNoIdentity() {
	scenario T-403 'to have a change of ids fail by RLIMIT_NPROC' 'the program as root'
	for limit in 0 1 2; do
		for options in '' --init '--net none'; do
			capture outside prlimit --nproc=$limit "$SELFDOCK" run $options \
				"$HELPERS/confine_self" "$SD_UID" "$SD_GID" $(told "$options")
			assert_sealed "$status" "$limit $options"
		done
		capture outside prlimit --nproc=$limit "$SELFDOCK" build "$HELPERS/nothing"
		case $status:$output in
		0: | 125:selfdock*) ;;
		*) fail "$limit build: $status $output" ;;
		esac
	done
}

# inject CALL COUNT STEP WORD...: a start under strace, for each of so many calls of each process,
# where that call is not made and ends so: "retval=0" is a false success. With $before it is another
# command than run. chroot(1) becomes the caller by calls that a start does not make.
inject() {
	call=$1 last=$2 step=$3 tried=0
	shift 3
	for result; do
		count=1
		while [ "$count" -le "$last" ]; do
			output=$(strace -f -o /dev/null -e "trace=$call" \
				-e "inject=$call:$result:when=$count" \
				chroot --userspec="$SD_UID:$SD_GID" --groups="$SD_GID,$GROUP" / \
				"$SELFDOCK" ${before:-run} "$HELPERS/confine_self" "$SD_UID" \
				"$SD_GID" ${before:+enter} 2>/dev/null)
			case $?:$output in
			0:OK | 12[56]:) ;;
			*' works'*) ;; # that was a call of the program
			*) fail "$call $count $result: $output" ;;
			esac
			tried=$((tried + 1)) count=$((count + step))
		done
	done
	before=
	figure "$tried drops of $call that failed or lied, 0 programs with more"
}

lacks_injection() {
	is_sanitized || { ! { [ "$MODE" != nested ] && am_root; } &&
		skip 'root injects, and where nested it is as plain'; }
}

testChangeOfIdsThatFailsOrLiesIsSeen() {
	lacks_injection && return
	scenario T-403 'to have a change of ids fail or seem to succeed' 'the program as root'
	inject setresuid 5 1 retval=0 error=EAGAIN error=EPERM
}

testDropOfCapabilitiesThatFailsOrLiesIsSeen() {
	lacks_injection && return
	scenario T-403 'to have a drop of capabilities fail or seem to succeed' \
		'a capability inside'
	inject capset 6 1 retval=0 error=EPERM
}

# These are NO_NEW_PRIVS, the dumpable flag, the parent-death signal and the bounding set.
testChangeByPrctlThatFailsOrLiesIsSeen() {
	lacks_injection && return
	scenario T-403 'to have a prctl fail or seem to succeed' 'a setuid program inside'
	rounds 7 1 1
	inject prctl 52 "$rounds" retval=0 error=EPERM error=EINVAL
}

testNoNewPrivsThatIsNotSetIsSeen() {
	lacks_injection && return
	scenario T-403 'to have NO_NEW_PRIVS seem to be set' 'a setuid program inside'
	inject prctl 5 1 retval=0
}

testDropOfAnEntryThatFailsOrLiesIsSeen() {
	lacks_injection && return
	scenario T-403 'to have a drop of an entry fail or seem to succeed' 'more by entering'
	id=$(sd run -d sleep 600)
	for call in setresuid capset prctl; do
		rounds 2 1 1
		before="enter $id"
		inject $call 6 "$rounds" retval=0 error=EPERM
	done
	kill "$id"
}

# --- numbers ---

testNoOptionNamesAnId() {
	scenario T-404 'to name an id by an option' 'another user'
	for applet in run build enter ls stop; do
		for option in --user --uid --gid --group --groups --setuid --cap-add --caps \
			--keep-caps --privileged --userns --map-root-user --map-user --suid; do
			for value in '' =0 =-1 =root; do
				assert_fails 125 'unknown option' $applet "$option$value" true
			done
		done
	done
}

testIdsThatLookNegativeAreNobodyElse() {
	[ "$MODE" != root ] && am_root || { skip 'root makes such users' && return; }
	scenario T-404 'to have a uid wrap around' 'the ids of root'
	for id in 65534 65535 65536 2147483647 2147483648 4294901760 4294967293 4294967294; do
		assertEquals "$id" "$id $id" "$("$HELPERS/as" $id $id $OUTER "$SELFDOCK" run \
			sh -c 'echo $(id -u) $(id -g)')"
		capture "$HELPERS/as" $id $id $OUTER "$SELFDOCK" -f "$SECRET" run
		assertNotContains "$id" "$output" the-secret
	done
}

testNumbersOfOptionsDoNotWrapAround() {
	scenario T-404 'to have a number of an option wrap around' 'another signal, time or process'
	for number in -1 +1 0x1 1e1 ' 1' '1 ' 4294967296 4294967297 18446744073709551617; do
		assert_fails 125 'no number of seconds' stop "--time=$number" x
		assert_fails 125 'no signal' stop "--signal=$number" x
		assert_fails 125 'cannot mount a tmpfs' -t "mode=$number" /tmp run true
		case $number in 4294967296 | 4294967297) continue ;; esac
		assert_fails 125 'cannot mount a tmpfs' -t "size=$number" /tmp run true
		assert_fails 125 'cannot mount a tmpfs' -t "nr_inodes=$number" /tmp run true
	done
}

testModesOfATmpfsMakeNoSetuidFile() {
	scenario T-404 'to have a tmpfs made with other bits or another owner' 'a directory of root'
	for word in mode=4755 mode=07777 mode=01000000755 mode=40000000755 uid=0 gid=0 suid dev; do
		assert_fails 125 'cannot mount a tmpfs' -t "$word" /tmp run true
	done
	assert_output "$SD_UID 755" -t mode=755 /tmp run stat -c '%u %a' /tmp
}

# --- the environment ---

# The environment of somebody else.
FAKED="HOME=/root USER=root LOGNAME=root UID=0 EUID=0 SUDO_UID=0 SUDO_GID=0 SUDO_USER=root
	SUDO_COMMAND=/bin/sh PKEXEC_UID=0 DOAS_USER=root MAIL=/root SHELL=/root/sh PWD=/root
	LD_PRELOAD=$WORK/evil.so LD_LIBRARY_PATH=$WORK LD_AUDIT=$WORK/evil.so
	MUSL_LOCPATH=$WORK LOCPATH=$WORK NLSPATH=$WORK/%N LANG=evil LC_ALL=evil GCONV_PATH=$WORK
	TZ=:$WORK/evil TZDIR=$WORK TMPDIR=$WORK GLIBC_TUNABLES=glibc.malloc.check=3
	MALLOC_CHECK_=3 RES_OPTIONS=debug XDG_CONFIG_HOME=$WORK XDG_RUNTIME_DIR=$WORK
	SELFDOCK=$WORK SELFDOCK_ROOT=/ SELFDOCK_UID=0 ENV=$WORK/evil BASH_ENV=$WORK/evil
	LIBMOUNT_FORCE_MOUNT2=always"

testEnvironmentMakesNobodyElse() {
	scenario T-405 'to be taken for root by the environment' 'the ids of root'
	for options in '' --init --clearenv; do
		capture env $FAKED $AS $OUTER "$SELFDOCK" run $options "$HELPERS/confine_self" \
			"$SD_UID" "$SD_GID" $(told "$options")
		assertEquals "$options" OK "$output"
	done
}

# paths_of NAME=VALUE...: what a start with that environment looks up until it executes its program,
# except in /proc/PID.
paths_of() {
	strace -f -o "$SCRATCH/home/trace" env "$@" $AS "$SELFDOCK" run /usr/bin/true
	awk -v selfdock="$SELFDOCK\"" '
		!started { started = index($0, "execve(\"" selfdock); next }
		/ execve\(/ { exit }
		!/ (read|write|fsconfig|fsopen|getcwd)\(/ { print }' "$SCRATCH/home/trace" |
		grep -o '([^"()]*"[^"]*"' | sed 's/"[0-9][0-9]*/"PID/' | sort -u
}

testEnvironmentNamesNoFileToAStart() {
	lacks_injection && return
	scenario T-405 'to have a file looked up that the environment names' 'code or text from it'
	paths_of "HOME=$HOME" >"$SCRATCH/home/paths"
	assertContains "$(cat "$SCRATCH/home/paths")" '/dev/null'
	assertEquals '' "$(paths_of $FAKED | diff "$SCRATCH/home/paths" -)"
	for name in /passwd /group /shadow nsswitch ld.so locale zoneinfo; do
		assertNotContains "$name" "$(cat "$SCRATCH/home/paths")" "$name"
	done
}

testEnvironmentShowsNobodysInstances() {
	[ "$MODE" != nested ] && am_root || { skip 'for two users' && return; }
	scenario T-405 'to be taken for the owner of an instance' "another's instance"
	id=$(sd run -d -n "owned" sleep 600)
	for user in 0 "$SD_UID"; do
		for words in "ls" "enter owned id" "enter $id id" "stop $id"; do
			capture env SUDO_UID="$user" UID="$user" USER="$user" PKEXEC_UID="$user" \
				LOGNAME="$user" "$HELPERS/as" "$OTHER" "$OTHER" "$SELFDOCK" $words
			assertNotContains "$words" "$output" sleep
			assertNotContains "$words" "$output" uid=
		done
	done
	assertEquals 'it runs' "$id" "$(sd ls -q "$id")"
	kill "$id"
}

testEnvironmentGivesNoFileOfRoot() {
	[ "$MODE" != root ] && am_root || { skip 'a file of root, for a user' && return; }
	scenario T-405 'to have a file of root read for an environment of root' 'the file'
	capture env $FAKED $AS $OUTER "$SELFDOCK" -f "$SECRET" run
	assertContains "$output" 'ermission denied'
	assertNotContains "$output" the-secret
}

. shunit2
