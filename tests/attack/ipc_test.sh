#!/bin/sh
# SPDX-License-Identifier: ISC
# Sockets, keys, queues, shared memory and signals: none of those outside is reached.
# shellcheck disable=SC2016,SC2086 # programs for the shell inside; words
. tests/common.sh

PAUSE=$HELPERS/lifetime_pause

# A command for an entered program: it starts an instance, and enters it.
ENTER_OWN="$OUTER $HELPERS/signal_enter $SELFDOCK $PAUSE"

# Ends what the commands of these have started; where nested, that has ended already.
tearDown() {
	pkill -KILL -f "^$SELFDOCK run -d $PAUSE"
	as_tester rm -rf "$WORK"/* 2>/dev/null
}

testAbstractSocketsOutsideAreOutOfReach() {
	lacks_scopes && return
	scenario T-1101 'to connect to an abstract socket' 'the session of the caller'
	name=selfdock-$$
	: >"$WORK/out"
	as_tester "$HELPERS/confine_abstract" serve "$name" >"$WORK/out" &
	server=$!
	until_true has_word ready "$WORK/out"
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

testCallersSessionKeyringIsNotInside() {
	[ -r /proc/keys ] || { skip 'a kernel without keyrings' && return; }
	scenario T-1103 'to see the session keyring of the caller' 'the keys in it'
	assertContains 'outside' \
		"$(as_tester "$HELPERS/confine_caller" key /bin/cat /proc/keys)" selfdock-secret
	assertNotContains 'inside' "$(with_caller key run cat /proc/keys)" selfdock-secret
}

testInstancesShareNoIpc() {
	scenario T-1104 'to open five kinds of objects of others' 'their data'
	rm -f "$SCRATCH/home/made"
	as_tester "$HELPERS/confine_ipc" make $$ >"$SCRATCH/home/made" &
	maker=$!
	until_true has_word mqueue "$SCRATCH/home/made"
	assertEquals 'outside, all five' 5 "$(as_tester "$HELPERS/confine_ipc" look $$ | wc -l)"
	assertEquals 'of the caller' '' "$(sd run "$HELPERS/confine_ipc" look $$)"
	pkill -KILL -P "$maker"
	as_tester "$HELPERS/confine_ipc" remove $$
	start_monitor run sh -c '"$0" make "$1" & echo ready; exec sleep 600' \
		"$HELPERS/confine_ipc" $$
	until_true has_word mqueue "$WORK/out" || fail "made inside: $(cat "$WORK/out")"
	assertEquals 'of another instance' '' "$(sd run "$HELPERS/confine_ipc" look $$)"
	assertEquals 'of an instance, from outside' '' "$(as_tester "$HELPERS/confine_ipc" look $$)"
	as_tester kill "$monitor"
	wait "$job"
	assertEquals 143 $?
}

# The process group of the program is the caller's, whatever its pid namespace.
testSignalToTheProcessGroupStaysInside() {
	lacks_scopes && return
	scenario T-1105 'to signal the process group and all processes' 'the end of those outside'
	for target in 0 -1 '-1 --abstract-sockets'; do
		options=${target#* } target=${target% *}
		[ "$options" != "$target" ] || options=
		cat >"$SCRATCH/home/group" <<-EOF
			. tests/common.sh
			as_tester sleep 600.$$ &
			until_true pgrep -f '^sleep 600.$$'
			sd run $options \
				sh -c 'trap : TERM; kill -TERM $target; echo sent; sleep 0.1'
			sleep 0.1
			pgrep -f '^sleep 600.$$' >/dev/null && echo alive
			pkill -KILL -f '^sleep 600.$$'
		EOF
		output=$(setsid -w sh "$SCRATCH/home/group" 2>/dev/null)
		assertContains "kill $target, program: $output" "$output" 'sent'
		assertContains "kill $target, outside: $output" "$output" 'alive'
	done
}

# escape COMMAND...: the command with the pid of a process outside, in a process
# group of $WITNESS. Sets $output to the ways that were open.
escape() {
	: >"$WORK/seen"
	chmod 666 "$WORK/seen"
	as_tester sleep 97.$$ &
	until_true pgrep -f "^sleep 97.$$" >/dev/null
	victim=$(pgrep -f "^sleep 97.$$")
	output=$(cd / && $WITNESS "$@" "$victim" 2>&1)
	ended=$?
	alive=$(pgrep -f "^sleep 97.$$")
	pkill -KILL -f "^sleep 97.$$"
	wait 2>/dev/null
}

assert_no_escape() {
	escape "$@"
	assertEquals "$*: $output" 0 "$ended"
	assertEquals "ways out of $*" '' "$output"
	assertEquals "signals out of $*" '' "$(cat "$WORK/seen")"
	assertEquals "the victim of $*" "$victim" "$alive"
}

# Outside, the same has an effect.
assert_control() {
	escape "$HELPERS/signal_escape"
	assertEquals kill "$(echo "$output" | head -n 1)"
	assertNotNull 'the group is signalled' "$(cat "$WORK/seen")"
	assertNull 'the victim dies' "$alive"
}

assert_nobody_escapes() {
	assert_control
	assert_no_escape $SD_WORDS run "$HELPERS/signal_escape" all
	assert_no_escape $SD_WORDS run --init "$HELPERS/signal_escape" all
	assert_no_escape $ENTER_OWN "$HELPERS/signal_escape" all
}

testNoSignalGetsOut() {
	lacks_scopes && return
	scenario T-1105 'to signal a process and a group outside in all ways' \
		'the end of those outside'
	WITNESS="$AS $HELPERS/signal_witness $WORK/seen"
	assert_nobody_escapes
}

testNoSignalGetsOutWithoutLandlock() {
	scenario T-1105 'the same where the kernel has no scopes' 'the end of those outside'
	WITNESS="$HELPERS/signal_unscoped $AS $HELPERS/signal_witness $WORK/seen"
	assert_nobody_escapes
	output=$($WITNESS $SD_WORDS \
		run sh -c 'sleep 600 & kill $! && wait $!; echo $?; kill 0' 2>&1)
	assertContains 'others inside can be signalled' "$output" 143
	assertContains 'the group cannot' "$output" 'not permitted'
}

# told PREFIX COMMAND...: the signals that the foreground group of a terminal got by a key while
# the command tried the ways of signal_escape.
told() {
	prefix=$1
	shift
	: >"$WORK/seen"
	chmod 666 "$WORK/seen"
	$prefix $AS "$HELPERS/terminal" until 'type' type "x
" ends 0 -- "$HELPERS/signal_witness" "$WORK/seen" "$@" 99999999 || fail "$*"
	sort -u "$WORK/seen"
}

# Whether Landlock itself, without selfdock, lets no signal of a terminal out.
landlock_scopes_terminals() {
	[ ! "$(told '' "$HELPERS/ipc" scoped "$HELPERS/signal_escape")" ]
}

testTerminalTellsNobodyOutside() {
	scenario T-1105 'to have the terminal send signals' 'signals to those outside'
	unscoped=$HELPERS/signal_unscoped
	assertNotNull 'outside' "$(told '' "$HELPERS/signal_escape")"
	if ! "$HELPERS/confine_abstract" scopes x; then
		:
	elif landlock_scopes_terminals; then
		assertEquals 'with scopes' '' \
			"$(told '' $SD_WORDS run "$HELPERS/signal_escape" all)"
	else
		skip "this kernel's Landlock lets signals of a terminal out"
	fi
	assertEquals 'without' '' "$(told $unscoped $SD_WORDS run "$HELPERS/signal_escape" all)"
	assertEquals 'entered' '' "$(told $unscoped $ENTER_OWN "$HELPERS/signal_escape" all)"
}

# A program can write whatever its init can write, so the monitor keeps what it knows elsewhere.
testInitCannotBeMadeToRedirectASignal() {
	scenario T-1105 'to change in memory whom the monitor signals' 'the end of those outside'
	as_tester sleep 96.$$ &
	until_true pgrep -f "^sleep 96.$$"
	victim=$(pgrep -f "^sleep 96.$$")
	on_terminal until forged kill TERM goes-on type "q
" ends 9 -- run --init "$HELPERS/signal_forge" "$victim"
	assertEquals "$victim" "$(pgrep -f "^sleep 96.$$")"
	pkill -KILL -f "^sleep 96.$$"
	wait 2>/dev/null
}

testDoorsToKeysAndSocketsAreClosed() {
	scenario T-1104 'to get at keys, kernel sockets and queues by their system calls' \
		'what the kernel confines to no instance'
	try run "$HELPERS/confine_doors"
	for door in 'keyctl ENOSYS' 'add_key ENOSYS' 'request_key ENOSYS' 'io_uring_setup ENOSYS' \
		'AF_ALG EAFNOSUPPORT' 'AF_VSOCK EAFNOSUPPORT' 'AF_VSOCK+garbage EAFNOSUPPORT'; do
		assertContains "$output" "$door"
	done
}

testPrioritiesOfTheGroupStay() {
	scenario T-1105 'to lower the priorities of the process group' 'slow processes outside'
	try run "$HELPERS/confine_doors"
	assertContains "$output" 'setpriority+group EPERM'
	assertContains "$output" 'ioprio_set+group EPERM'
}

testNoMoreFamiliesOfSocketsThanOutside() {
	lacks_userns && return
	scenario T-1104 'to open sockets of all families and types, by odd numbers, too' \
		'a family that no namespace confines'
	as_tester "$HELPERS/ipc" families | sort -u >"$SCRATCH/home/outside"
	unshare='run unshare -Urn'
	[ "$MODE" != root ] || unshare= # root's /proc is read-only inside
	for options in run build 'run --net none' 'run --init' "$unshare"; do
		[ "$options" ] || continue
		sd $options "$HELPERS/ipc" families | sort -u >"$SCRATCH/home/inside"
		# In a network namespace of its own a program may use raw sockets.
		! holds "$options" unshare || as_tester unshare -Urn "$HELPERS/ipc" families |
			sort -u >"$SCRATCH/home/outside"
		assertContains "$options" "$(cat "$SCRATCH/home/inside")" 'family 1 type 1'
		assertEquals "$options" '' "$(cd "$SCRATCH/home" && comm -13 outside inside)"
		assertEquals "$options" '' "$(grep 'family \(38\|40\|42\) ' "$SCRATCH/home/inside")"
	done
}

# processes_of COMMAND...: what the connector of the kernel tells it while processes start outside.
processes_of() {
	: >"$SCRATCH/home/out" # or what the last one said might be found
	"$@" "$HELPERS/ipc" processes >"$SCRATCH/home/out" 2>&1 &
	listener=$!
	until_true grep -qx tried "$SCRATCH/home/out"
	wait $listener
	cat "$SCRATCH/home/out"
}

# It is a part of the host's network.
testKernelTellsOfNoProcessOutside() {
	lacks_userns && return
	scenario T-1104 'to ask the process connector of the kernel' \
		'the pids, names and ends of all processes outside'
	[ "$(processes_of as_tester)" = tried ] && skip 'users may not ask it' && return
	unshare='run unshare -Ur'
	[ "$MODE" != root ] || unshare=build
	for options in run build 'run --init' "$unshare" '--net none run' '--proc host run'; do
		assertEquals "$options" tried "$(processes_of sd $options)"
	done
	assertEquals 'entered' tried "$(processes_of $AS $ENTER_OWN)"
}

# Whether this kernel has them or not.
testCallsThatNoNamespaceConfinesAreFiltered() {
	scenario T-1104 'to open sockets that no network namespace confines' \
		'hypervisors, modems, and the processes outside'
	scenario T-1103 'to have a file system that is read-only forget a key of the caller' \
		'encrypted directories that are closed outside'
	for options in run build 'run --init' '--net none run'; do
		assertEquals "$options" "$(printf '%s\n' vsock qipcrtr connector \
			'connector with garbage' 'removal of a key' 'removal with garbage' tried)" \
			"$(sd $options "$HELPERS/ipc" filtered)"
	done
}

testNoCallAboutKeysWorks() {
	lacks_userns && return
	[ -r /proc/keys ] || { skip 'a kernel without keyrings' && return; }
	scenario T-1103 'to use the keyrings of the user, the session and others by 320 calls' \
		'a key of the caller, or one left for programs outside'
	assertContains 'outside' "$(as_tester "$HELPERS/ipc" keys)" 'keyctl 0 of'
	unshare='run unshare -Ur'
	[ "$MODE" != root ] || unshare=build
	for options in run build 'run --init' "$unshare"; do
		assertEquals "$options" tried "$(with_caller key $options "$HELPERS/ipc" keys)"
	done
	assertEquals 'entered' tried "$($AS $ENTER_OWN "$HELPERS/ipc" keys)"
}

# Sockets in the places where services have them, which all may connect to.
testSocketsOfServicesAreNotThere() {
	lacks_userns && return
	lacks_root && return
	scenario T-1102 'to connect to sockets in /run, /tmp and others by their paths' \
		'a service that does what its client may not'
	in_mounts private 'for place in /run /tmp /dev/shm /home; do
			mount -t tmpfs -o mode=755 none "$place"
		done
		mkdir -p /run/user/$SD_UID /run/dbus /tmp/.X11-unix
		set -- /run/docker.sock /run/dbus/system_bus_socket /run/user/$SD_UID/bus \
			/tmp/.X11-unix/X0 /dev/shm/socket /home/agent
		chown -R "$SD_UID" /run/user
		"$HELPERS/ipc" serve "$@" >served 2>&1 & server=$!
		until_true grep -q ready served
		cd /
		[ "$($AS "$HELPERS/ipc" connect "$@" | grep -c /)" = 6 ] || echo none outside
		for words in run build "run --init" "run --net none" "run -m /etc /new/er" \
			"run unshare -Um" "run --abstract-sockets"; do
			sd $words "$HELPERS/ipc" connect "$@" /var/run/docker.sock \
				/var/run/dbus/system_bus_socket /proc/1/root/run/docker.sock \
				/proc/self/root/run/docker.sock
		done | sort | uniq -c | xargs
		kill $server'
	assertEquals '7 tried' "$output"
}

# A directory that is shown read-only would not keep a program from a socket in it.
testSocketsInTheWorkingDirectoryOfServicesAreNotThere() {
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer level covers it' && return
	scenario T-1102 'to be started in the directory of a service' 'the socket in it'
	in_mounts private 'mount -t tmpfs -o mode=755 none /run; mkdir -p /run/user/$SD_UID
		chown "$SD_UID" /run/user/$SD_UID
		"$HELPERS/ipc" serve /run/socket "/run/user/$SD_UID/bus" >served 2>&1 & server=$!
		until_true grep -q ready served
		for directory in /run /run/user /run/user/$SD_UID; do
			cd "$directory"
			for words in run build "run --init" "-C . run"; do
				sd $words "$HELPERS/ipc" connect socket bus /run/socket \
					"/run/user/$SD_UID/bus" 2>/dev/null || :
			done
		done | sort -u
		kill $server'
	assertNotContains "$output" socket
	assertNotContains "$output" bus
}

. shunit2
