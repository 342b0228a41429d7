#!/bin/sh
# SPDX-License-Identifier: ISC
# What the program cannot reach, and what it inherits from its caller.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh

# sd_by "COMMAND ARG..." ARGS...: sd, started by that command.
sd_by() {
	by=$1
	shift
	# shellcheck disable=SC2086 # a command in one word
	case $MODE in
	nested) as_tester "$SELFDOCK" -v "$WORK" "$WORK" run -- $by "$SELFDOCK" "$@" ;;
	*) as_tester $by "$SELFDOCK" "$@" ;;
	esac
}

with_caller() {
	state=$1
	shift
	sd_by "$HELPERS/confine_caller $state" "$@"
}

# start_monitor ARGS...: sd in the background; sets $job, and $monitor to the pid
# of the process that was started. Its program says "ready" when it is.
start_monitor() {
	rm -f "$WORK/out" "$WORK/pid"
	as_tester truncate -s 0 "$WORK/out" "$WORK/pid"
	start="$HELPERS/confine_caller default $SCRATCH/home/note $SELFDOCK"
	# shellcheck disable=SC2086 # a command in one word
	case $MODE in
	nested) as_tester $start -v "$WORK" "$WORK" run -- "$SELFDOCK" "$@" ;;
	*) as_tester $start "$@" ;;
	esac >"$WORK/out" 2>&1 &
	job=$!
	until_true grep -q ready "$WORK/out" || fail "did not start: $(cat "$WORK/out")"
	monitor=$(cat "$WORK/pid")
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
		'AF_VSOCK EAFNOSUPPORT' 'AF_VSOCK+garbage EAFNOSUPPORT'; do
		assertContains "$output" "$door"
	done
}

testOpenDoors() {
	try run "$HELPERS/confine_doors"
	assertContains "$output" 'AF_UNIX open'
	assertContains "$output" 'AF_INET open'
	assertContains "$output" 'setpriority open'
}

testCallersSessionKeyringIsNotInside() {
	[ -r /proc/keys ] || { skip 'a kernel without keyrings' && return; }
	assertContains 'outside' "$(as_tester "$HELPERS/confine_caller" key /bin/cat /proc/keys)" selfdock-secret
	assertNotContains 'inside' "$(with_caller key run cat /proc/keys)" selfdock-secret
}

testAbstractSocketsOutsideAreOutOfReach() {
	"$HELPERS/confine_abstract" scopes x || { skip 'a kernel without Landlock scopes' && return; }
	name=selfdock-$$
	: >"$WORK/out"
	as_tester "$HELPERS/confine_abstract" serve "$name" >"$WORK/out" &
	server=$!
	until_true grep -q ready "$WORK/out"
	assertEquals 'outside' connected "$(as_tester "$HELPERS/confine_abstract" connect "$name" 2>&1)"
	assertEquals 'inside' 'connect: Operation not permitted' "$(sd run "$HELPERS/confine_abstract" connect "$name" 2>&1)"
	pkill -KILL -P "$server"
	kill -KILL "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	return 0
}

testAbstractSocketsInsideCanBeUsed() {
	try run sh -c '
		"$0" serve inside >/tmp/out &
		until grep -qs ready /tmp/out; do sleep 0.05; done
		"$0" connect inside' "$HELPERS/confine_abstract"
	assertEquals connected "$output"
}

# The process group of the program is the caller's, whatever its pid namespace.
testSignalToTheProcessGroupStaysInside() {
	"$HELPERS/confine_abstract" scopes x || { skip 'a kernel without Landlock scopes' && return; }
	for target in 0 -1; do
		cat >"$SCRATCH/home/group" <<-EOF
			. tests/common.sh
			as_tester sleep 10.$$ &
			until pgrep -f '^sleep 10.$$' >/dev/null; do sleep 0.05; done
			sd run sh -c 'trap : TERM; kill -TERM $target; echo sent; sleep 0.1'
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
		outside=$(as_tester "$HELPERS/confine_caller" "$state" "$HELPERS/confine_state" | sed 1d)
		inside=$(with_caller "$state" run "$HELPERS/confine_state" | sed 1d)
		assertEquals "$state" "$outside" "$inside"
	done
	assertEquals 'the default' "$(as_tester "$HELPERS/confine_state" | sed 1d)" \
		"$(sd run "$HELPERS/confine_state" | sed 1d)"
}

testIgnoredChildSignalDoesNotHideTheStatus() {
	sd_by "timeout -s KILL 10 $HELPERS/confine_caller nochld" run sh -c 'exit 42'
	assertEquals 42 $?
}

testAlarmSetByTheCallerEndsTheInstance() {
	with_caller alarm run sleep 30
	assertEquals 142 $?
}

testAlarmSetByTheCallerReachesAHandler() {
	with_caller alarm run sh -c 'trap "echo handled; exit 7" ALRM
		i=0; while [ $i -lt 20 ]; do sleep 0.1; i=$((i + 1)); done' >"$SCRATCH/home/out"
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

testInstanceInsideAnInstanceStarts() {
	[ "$MODE" != root ] || { skip 'no instance starts inside one that root started' && return; }
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
			i=0; while [ $i -lt 60 ]; do i=$((i + 1)); sleep 0.05; done' "${each%:*}"
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
			i=0; until [ -e "$1" ] || [ $i = 60 ]; do i=$((i + 1)); sleep 0.05; done
			exit 7' "${each%:*}" "$WORK/go"
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
	[ "$MODE" != nested ] || set -- -v "$WORK" "$WORK" run -- "$SELFDOCK" "$@"
	as_tester sh -c 'go=$1 && shift; "$@" | { cat >/dev/null; touch "$go"; }' sh "$WORK/go" "$SELFDOCK" "$@"
	until_true test -e "$WORK/went"
	assertTrue 'the end came before the program ended' '[ -e "$WORK/went" ]'
}

testInstancesShareNoIpc() {
	rm -f "$SCRATCH/home/made"
	as_tester "$HELPERS/confine_ipc" make $$ >"$SCRATCH/home/made" &
	maker=$!
	until_true grep -q mqueue "$SCRATCH/home/made"
	assertEquals 'outside, all five' 5 "$(as_tester "$HELPERS/confine_ipc" look $$ | wc -l)"
	assertEquals 'of the caller' '' "$(sd run "$HELPERS/confine_ipc" look $$)"
	pkill -KILL -P "$maker"
	as_tester "$HELPERS/confine_ipc" remove $$
	start_monitor run sh -c '"$0" make "$1" & sleep 0.3; echo ready; exec sleep 10' "$HELPERS/confine_ipc" $$
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
	assertEquals '' "$(mounts_lacking nodev | grep -vE '^/dev/(null|zero|full|random|urandom|tty|console|pts)$')"
}

testNoMountIsShared() {
	assertEquals '' "$(sd run cat /proc/self/mountinfo | grep -E ' (shared|master):')"
}

testRootCannotBeWritten() {
	for place in / /usr /etc /dev /var/tmp; do
		assert_output 'refused' run sh -c 'touch "$0/x" 2>/dev/null || echo refused' "$place"
	done
}

testTmpIsNoexec() {
	try run sh -c 'cp /bin/true /tmp/ && /tmp/true'
	assertEquals "$output" 126 "$status"
}

testMountsBelowTheRootAreCovered() {
	for place in /sys /dev/mqueue; do
		assert_output '' run sh -c 'ls -A "$0" 2>/dev/null || :' "$place"
	done
}

testOldRootIsGone() {
	assertEquals 1 "$(sd run awk '$5 == "/"' /proc/self/mountinfo | wc -l)"
	as_tester mkdir "$WORK/root" "$WORK/root/proc" "$WORK/root/dev" "$WORK/root/usr"
	for name in bin lib lib64; do as_tester ln -s "usr/$name" "$WORK/root/$name"; done
	assertEquals 1 "$(sd -r "$WORK/root" -m /usr /usr run grep -c '^[^ ]* [^ ]* [^ ]* [^ ]* / ' /proc/self/mountinfo)"
}

testLinksInTheRootDoNotLeadOut() {
	as_tester mkdir -p "$WORK/root/proc" "$WORK/root/dev" "$WORK/root/bin" "$WORK/there"
	as_tester ln -s "$WORK/there" "$WORK/root/link"
	helpers=$(realpath "$HELPERS")
	assert_fails 125 "'/link' does not exist" -r "$WORK/root" -m "$helpers" /link build /link/die
	# Inside, a place is made where the link leads to there.
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
