#!/bin/sh
# SPDX-License-Identifier: ISC
# What the program cannot reach, and what it inherits from its caller.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh

NEWLINE='
'

# with_caller STATE ARGS...: sd, started by a caller in that state.
with_caller() {
	state=$1
	shift
	outside "$HELPERS/confine_caller" "$state" "$SELFDOCK" "$@"
}

# says WORD FILE: the word is in a line of that file.
says() {
	while read -r line; do
		! holds "$line" "$1" || return 0
	done <"$2"
	return 1
}

# start_monitor ARGS...: sd in the background; sets $job, and $monitor to the pid
# of the process that was started. Its program says "ready" when it is.
start_monitor() {
	rm -f "$WORK/out" "$WORK/pid"
	as_tester touch "$WORK/out" "$WORK/pid"
	# shellcheck disable=SC2086 # words
	as_tester "$HELPERS/confine_caller" default "$SCRATCH/home/note" $SD_WORDS "$@" \
		>"$WORK/out" 2>&1 &
	job=$!
	until_true says ready "$WORK/out" || fail "did not start: $(cat "$WORK/out")"
	read -r monitor <"$WORK/pid"
}

oneTimeSetUp() {
	printf '#!/bin/sh\necho $$ >%s/pid\nexec "$@"\n' "$WORK" >"$SCRATCH/home/note"
	chmod 755 "$SCRATCH/home/note"
}

tearDown() {
	as_tester rm -rf "$WORK"/* 2>/dev/null
}

testClosedDoors() {
	try run "$HELPERS/confine_doors"
	for door in 'TIOCSTI EPERM' 'TIOCSTI+garbage EPERM' 'TIOCLINUX EPERM' \
		'TIOCLINUX+garbage EPERM' 'int80 ENOSYS' 'x32 ENOSYS' 'keyctl ENOSYS' \
		'add_key ENOSYS' 'request_key ENOSYS' 'io_uring_setup ENOSYS' \
		'setpriority+group EPERM' 'ioprio_set+group EPERM' 'AF_ALG EAFNOSUPPORT' \
		'AF_VSOCK EAFNOSUPPORT' 'AF_VSOCK+garbage EAFNOSUPPORT' \
		'clone+cgroup EPERM' 'unshare+cgroup EPERM' 'clone3 ENOSYS'; do
		assertContains "$output" "$door"
	done
}

testOpenDoors() {
	try run "$HELPERS/confine_doors"
	assertContains "$output" 'AF_UNIX open'
	assertContains "$output" 'AF_INET open'
	assertContains "$output" 'setpriority open'
	assertContains "$output" 'clone+user open'
	assertContains "$output" 'unshare+user open'
	assertContains "$output" 'skipped open'
}

# in_cgroup COMMAND...: the command, and all that it starts, as members of $cgroup.
in_cgroup() {
	(sh -c 'echo "$PPID" >"$1/cgroup.procs"' sh "$cgroup" && "$@")
}

# The program tries to reach a cgroup of the caller's. A service manager gives one to each user,
# and root owns all. Each attack has a process to kill: the attack from outside must kill it.
testCgroupsOutsideAreOutOfReach() {
	hierarchy=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	cgroup=$hierarchy/selfdock-$MODE-$$
	mkdir "$cgroup" 2>/dev/null || { skip 'no cgroup2 that can be written to' && return; }
	chown -R "$SD_UID" "$cgroup"
	for by in 'run' 'build' '--net none run' '--init run'; do
		in_cgroup as_tester sleep 71.$$ &
		until_true pgrep -f "^sleep 71.$$"
		# shellcheck disable=SC2086 # words
		output=$(in_cgroup sd $by "$HELPERS/confine_cgroup" "${cgroup#"$hierarchy"}" 2>&1)
		assertEquals "$by" 'unshare 1
unshare-later 1
clone 1
clone-garbage 1
clone3 38
setns 1
without refused' "$output"
		assertTrue "$by: alive outside" "pgrep -f '^sleep 71.$$'"
		pkill -KILL -f "^sleep 71.$$"
		wait
	done
	in_cgroup as_tester sleep 71.$$ &
	until_true pgrep -f "^sleep 71.$$"
	in_cgroup as_tester "$HELPERS/confine_cgroup" "${cgroup#"$hierarchy"}" \
		>"$SCRATCH/home/out" 2>&1
	assertContains "$(cat "$SCRATCH/home/out")" 'unshare mounted cgroup2'
	wait
	assertFalse 'the attack works outside' "pgrep -f '^sleep 71.$$'"
	rm -rf /tmp/cgroup
	until_true rmdir "$cgroup"
}

testCallersSessionKeyringIsNotInside() {
	[ -r /proc/keys ] || { skip 'a kernel without keyrings' && return; }
	assertContains 'outside' \
		"$(as_tester "$HELPERS/confine_caller" key /bin/cat /proc/keys)" selfdock-secret
	assertNotContains 'inside' "$(with_caller key run cat /proc/keys)" selfdock-secret
}

testAbstractSocketsOutsideAreOutOfReach() {
	lacks_scopes && return
	name=selfdock-$$
	: >"$WORK/out"
	as_tester "$HELPERS/confine_abstract" serve "$name" >"$WORK/out" &
	server=$!
	until_true says ready "$WORK/out"
	assertEquals 'outside' connected \
		"$(as_tester "$HELPERS/confine_abstract" connect "$name" 2>&1)"
	assertEquals 'inside' 'connect: Operation not permitted' \
		"$(sd run "$HELPERS/confine_abstract" connect "$name" 2>&1)"
	# Nested, the outer instance scopes them.
	[ "$MODE" = nested ] || assert_output connected --abstract-sockets run \
		"$HELPERS/confine_abstract" connect "$name"
	pkill -KILL -P "$server"
	kill -KILL "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	return 0
}

testAbstractSocketsInsideCanBeUsed() {
	try run sh -c '. "$1/scene.sh"
		"$0" serve "$2" >/tmp/out &
		until_true grep -q ready /tmp/out
		"$0" connect "$2"' "$HELPERS/confine_abstract" "$HELPERS" "inside.$$"
	assertEquals connected "$output"
}

# The process group of the program is the caller's, whatever its pid namespace.
testSignalToTheProcessGroupStaysInside() {
	lacks_scopes && return
	for target in 0 -1 '-1 --abstract-sockets'; do
		options=${target#* } target=${target% *}
		[ "$options" != "$target" ] || options=
		cat >"$SCRATCH/home/group" <<-EOF
			. tests/common.sh
			as_tester sleep 10.$$ &
			until_true pgrep -f '^sleep 10.$$'
			sd run $options \
				sh -c 'trap : TERM; kill -TERM $target; echo sent; sleep 0.1'
			sleep 0.1
			pgrep -f '^sleep 10.$$' >/dev/null && echo alive
			pkill -KILL -f '^sleep 10.$$'
		EOF
		output=$(setsid -w sh "$SCRATCH/home/group" 2>/dev/null)
		assertContains "kill $target, program: $output" "$output" 'sent'
		assertContains "kill $target, outside: $output" "$output" 'alive'
	done
}

testDescriptorsOfTheCallerStayOutside() {
	outside=$(as_tester "$HELPERS/confine_caller" fds "$HELPERS/confine_state")
	assertContains 'the caller holds many' "$outside" ' 20 '
	assertEquals 'fds 0 1 2' "$(with_caller fds run "$HELPERS/confine_state" | head -n 1)"
}

testStateOfTheCallerIsInherited() {
	is_sanitized && return
	for state in umask core mask nohup; do
		capture as_tester "$HELPERS/confine_caller" "$state" "$HELPERS/confine_state"
		outside=${output#*fds*"$NEWLINE"}
		capture with_caller "$state" run "$HELPERS/confine_state"
		assertEquals "$state" "$outside" "${output#*fds*"$NEWLINE"}"
	done
	capture as_tester "$HELPERS/confine_state"
	outside=${output#*fds*"$NEWLINE"}
	try run "$HELPERS/confine_state"
	assertEquals 'the default' "$outside" "${output#*fds*"$NEWLINE"}"
}

testIgnoredChildSignalDoesNotHideTheStatus() {
	outside timeout -s KILL 10 "$HELPERS/confine_caller" nochld "$SELFDOCK" run sh -c 'exit 42'
	assertEquals 42 $?
}

testAlarmSetByTheCallerEndsTheInstance() {
	with_caller alarm run sleep 30
	assertEquals 142 $?
}

testAlarmSetByTheCallerReachesAHandler() {
	with_caller alarm run sh -c 'trap "echo handled; exit 7" ALRM
		sleep 10 & wait' >"$SCRATCH/home/out"
	assertEquals 7 $?
	assertEquals handled "$(cat "$SCRATCH/home/out")"
}

testProcOneIsTheProgram() {
	assert_output 1 run readlink /proc/self
	assert_output /usr/bin/readlink run /usr/bin/readlink /proc/1/exe
}

testMountsCannotBeChangedByTheProgram() {
	assert_output OK -v "$WORK" "$WORK" run "$HELPERS/confine_mounts" direct "$WORK"
}

testMountsCannotBeChangedByAnInnerUserNamespace() {
	assert_output OK -v "$WORK" "$WORK" run "$HELPERS/confine_mounts" inner "$WORK"
}

testBuildsMountsCannotBeChangedByAnInnerUserNamespace() {
	assert_output OK -v "$WORK" "$WORK" build "$HELPERS/confine_mounts" inner "$WORK"
}

# It makes a cgroup namespace where it may, and becomes root of it where it can.
testNothingOfTheHostsCanBeMountedByAnInnerUserNamespace() {
	for applet in run build '--net none run'; do
		# shellcheck disable=SC2086 # words
		output=$(sd $applet sh -c 'for more in Cr C r ""; do
				unshare -Umnipf$more "$@" 2>/dev/null
			done' sh "$HELPERS/confine_types" /tmp sysfs cgroup cgroup2 cpuset debugfs \
			tracefs securityfs configfs devtmpfs pstore efivarfs fusectl hugetlbfs \
			resctrl | sort -u)
		assertEquals "$applet" end "$output"
	done
}

testNoUsernsForbidsThem() {
	limit=/proc/sys/user/max_user_namespaces
	before=$(cat $limit)
	for applet in run build; do
		try --no-userns $applet sh -c '! unshare -U true && cat "$0"; "$1"' \
			$limit "$HELPERS/confine_doors"
		assertContains "$output" 'No space left on device
0'
		assertContains "$output" 'clone+user 28'
		assertContains "$output" 'unshare+user 28'
		try --no-userns $applet sh -c 'echo 9 >"$0"' $limit
		assertNotEquals "$output" 0 "$status"
	done
	assert_output OK --no-userns run "$HELPERS/confine_self" "$SD_UID" "$(as_tester id -g)"
	assertEquals "$before" "$(cat $limit)"
	[ "$MODE" = root ] || assert_fails_inside
}

assert_fails_inside() {
	try --no-userns run "$SELFDOCK" run true
	assertEquals 125 "$status"
	assertContains "$output" 'user.max_user_namespaces is 0 here, as by --no-userns'
}

# The user namespace would be the host's: selfdock may write no limit there.
testNoUsernsIsRefusedWithoutOne() {
	[ "$MODE" = root ] || { skip 'only root starts without one' && return; }
	before=$(cat /proc/sys/user/max_user_namespaces)
	output=$("$HELPERS/refuse" userns 22 "$SELFDOCK" --no-userns run echo started 2>&1)
	assertEquals \
		"125 selfdock-run: --no-userns needs a user namespace, and none can be made here" \
		"$? $output"
	assertEquals "$before" "$(cat /proc/sys/user/max_user_namespaces)"
}

testNoUsernsIsRefusedWhereItCannotBeWritten() {
	lacks_root && return
	[ "$MODE" != nested ] || { skip 'the instance has a /proc of its own' && return; }
	in_mounts private 'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys
		sd --proc host run echo without
		sd --proc host --no-userns run echo with || echo $?'
	assertContains "$output" without
	assertFalse "$output" 'echo "$output" | grep -qx with'
	assertContains "$output" '--no-userns cannot write'
	assertContains "$output" 'it is read-only or a mount here'
	assertEquals 125 "$(echo "$output" | tail -n 1)"
}

testInstanceInsideAnInstanceStarts() {
	lacks_levels && return
	assert_output 1 run "$SELFDOCK" run sh -c 'echo $$'
}

# Terminating signals, and the number that the status then tells.
SIGNALS='TERM:143 INT:130 HUP:129 USR1:138'

testSignalToTheMonitorEndsTheInstance() {
	for each in $SIGNALS; do
		start_monitor run sh -c 'echo ready; exec sleep "$0"' "5.$$"
		as_tester kill -s "${each%:*}" "$monitor"
		wait "$job"
		assertEquals "$each" "${each#*:}" $?
		assertFalse "$each: the program is gone" 'pgrep -f "^sleep 5.$$"'
	done
}

testSignalToTheMonitorReachesAHandler() {
	for each in $SIGNALS; do
		start_monitor run sh -c '
			trap "echo got $0; exit 7" $0
			echo ready
			sleep 10 & wait' "${each%:*}"
		as_tester kill -s "${each%:*}" "$monitor"
		wait "$job"
		assertEquals "$each" 7 $?
		assertContains "$(cat "$WORK/out")" "got ${each%:*}"
	done
}

testSignalToTheMonitorCanBeIgnored() {
	for each in $SIGNALS; do
		start_monitor -v "$WORK" "$WORK" run sh -c '
			trap "" $0
			echo ready
			. "$2/scene.sh"
			until_true test -e "$1"
			exit 7' "${each%:*}" "$WORK/go" "$HELPERS"
		as_tester kill -s "${each%:*}" "$monitor"
		sleep 0.1
		as_tester touch "$WORK/go"
		wait "$job"
		assertEquals "$each" 7 $?
		as_tester rm "$WORK/go"
	done
}

testPipesCarryDataBothWays() {
	size=$(head -c 3000000 /dev/zero | sd run cat | wc -c)
	assertEquals 3000000 "$size"
}

testEndOfInputIsSeen() {
	output=$(sd run cat </dev/null)
	assertEquals '0 ' "$? $output"
}

# The pipe is made by a shell that executes selfdock, so that nobody else holds it.
testReaderSeesTheEndWhileTheProgramGoesOn() {
	set -- -v "$WORK" "$WORK" -C "$WORK" run sh -c '
		echo line
		exec >&-
		for i in 1 2 3 4 5 6 7 8 9 10; do
			[ ! -e go ] || exec touch went
			sleep 0.1
		done'
	# shellcheck disable=SC2086 # words
	as_tester sh -c 'go=$1 && shift; "$@" | { cat >/dev/null; touch "$go"; }' \
		sh "$WORK/go" $SD_WORDS "$@"
	until_true test -e "$WORK/went"
	assertTrue 'the end came before the program ended' '[ -e "$WORK/went" ]'
}

testInstancesShareNoIpc() {
	rm -f "$SCRATCH/home/made"
	as_tester "$HELPERS/confine_ipc" make $$ >"$SCRATCH/home/made" &
	maker=$!
	until_true says mqueue "$SCRATCH/home/made"
	assertEquals 'outside, all five' 5 "$(as_tester "$HELPERS/confine_ipc" look $$ | wc -l)"
	assertEquals 'of the caller' '' "$(sd run "$HELPERS/confine_ipc" look $$)"
	pkill -KILL -P "$maker"
	as_tester "$HELPERS/confine_ipc" remove $$
	start_monitor run sh -c '"$0" make "$1" & sleep 0.3; echo ready; exec sleep 10' \
		"$HELPERS/confine_ipc" $$
	assertContains 'made inside' "$(cat "$WORK/out")" mqueue
	assertEquals 'of another instance' '' "$(sd run "$HELPERS/confine_ipc" look $$)"
	assertEquals 'of an instance, from outside' '' "$(as_tester "$HELPERS/confine_ipc" look $$)"
	as_tester kill "$monitor"
	wait "$job"
	assertEquals 143 $?
}

# The few lines of the view that confinement itself rests on.
mounts_lacking() {
	sd run cat /proc/self/mountinfo | awk -v flag="$1" '
		("," $6 ",") !~ "," flag "," { print $5 }'
}

testEveryMountIsNosuid() {
	assertEquals '' "$(mounts_lacking nosuid)"
}

testOnlyDevicesLackNodev() {
	assertEquals '' "$(mounts_lacking nodev |
		grep -vE '^/dev/(null|zero|full|random|urandom|tty|console|pts)$')"
}

testNoMountIsShared() {
	assertEquals '' "$(sd run cat /proc/self/mountinfo | grep -E ' (shared|master):')"
}

testRootCannotBeWritten() {
	set -- / /usr /etc /dev /var/tmp
	assert_output "$(printf '%s refused\n' "$@")" run \
		sh -c 'for place; do touch "$place/x" 2>/dev/null || echo "$place refused"; done' \
		sh "$@"
}

testMountsBelowTheRootAreCovered() {
	assert_output '' run sh -c 'ls -A /sys 2>/dev/null; ls -A /dev/mqueue 2>/dev/null; :'
}

testOldRootIsGone() {
	assertEquals 1 "$(sd run awk '$5 == "/"' /proc/self/mountinfo | wc -l)"
	as_tester mkdir "$WORK/root" "$WORK/root/proc" "$WORK/root/dev" "$WORK/root/usr"
	for name in bin lib lib64; do as_tester ln -s "usr/$name" "$WORK/root/$name"; done
	assertEquals 1 "$(sd -r "$WORK/root" -m /usr /usr run \
		grep -c '^[^ ]* [^ ]* [^ ]* [^ ]* / ' /proc/self/mountinfo)"
}

testLinksInTheRootDoNotLeadOut() {
	as_tester mkdir -p "$WORK/root/proc" "$WORK/root/dev" "$WORK/root/bin" "$WORK/there"
	as_tester ln -s "$WORK/there" "$WORK/root/link"
	helpers=$(realpath "$HELPERS")
	assert_fails 125 "'/link' does not exist" -r "$WORK/root" -m "$helpers" /link \
		build /link/die
	# For run, selfdock makes a destination inside, where the link leads to in there.
	sd -r "$WORK/root" -m "$helpers" /link run "$WORK/there/die" 2>/dev/null
	assertEquals 'by its signal' 139 $?
	assertEquals '' "$(find "$WORK/there" "$WORK/root/bin" -mindepth 1)"
}

testProcOfTheHostCannotBeWritten() {
	try --proc host run sh -c 'echo changed >/proc/self/comm'
	assertContains "$output" 'Read-only file system'
}

testMagicLinksAreRefused() {
	for path in /proc/self/cwd /proc/self/root /proc/self/fd/0 /proc/1/root; do
		try -m "$path" /tmp/x run true
		assertEquals "$path: $output" 125 "$status"
	done
}

. shunit2
