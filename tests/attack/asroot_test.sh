#!/bin/sh
# SPDX-License-Identifier: ISC
# With --fakeroot the program is uid 0 in a user namespace of the caller's, keeps capabilities over
# it, and is told that calls succeeded which were not made. Outside it is the caller.
# shellcheck disable=SC2016,SC2086 # programs for the shell inside; words
. tests/common.sh

GROUP=$(as_tester id -g)

tearDown() {
	rm -rf "${WORK:?}"/*
}

# root_file NAME OWNER MODE: a file for the attack.
root_file() {
	echo secret >"$WORK/$1"
	chown "$2" "$WORK/$1"
	chmod "$3" "$WORK/$1"
}

testFilesOfOthersStayClosed() {
	lacks_userns && return
	lacks_root && return
	[ "$MODE" != root ] || { skip 'the files are its own' && return; }
	scenario T-1801 'to use files as root and by CAP_DAC_OVERRIDE' 'files of root and of others'
	root_file roots 0:0 600
	root_file others "$OTHER:$OTHER" 600
	root_file group "0:$GROUP" 0
	root_file readable 0:0 644
	try run --fakeroot -v "$WORK" "$WORK" sh -c 'cd "$1"
		cat roots others group
		for file in *; do
			echo changed >"$file"
			chmod 666 "$file" || chmod 4755 "$file"
		done
		touch -d 2000-01-01 readable' sh "$WORK"
	assertNotContains "$output" secret
	for name in roots others group readable; do
		assertEquals "$name" secret "$(cat "$WORK/$name")"
	done
	assertEquals '600 600 0 644' "$(cd "$WORK" && stat -c %a roots others group readable |
		tr '\n' ' ' | sed 's/ $//')"
}

# The group is not given up, though setgroups(2) says so: its mode would let nobody else in.
testGroupsAreKept() {
	lacks_userns && return
	lacks_root && return
	[ "$MODE" != root ] || { skip 'root has no group to give up' && return; }
	scenario T-1803 'to give up a group by setgroups' 'a file that the group may not read'
	extra=${TESTER_GROUPS##*,}
	root_file kept "0:$extra" 604
	[ "$extra" != "$GROUP" ] || fail 'the tester has no second group'
	try run --fakeroot -v "$WORK" "$WORK" setpriv --clear-groups cat "$WORK/kept"
	assertNotContains "$output" secret
	assertContains "$output" 'Permission denied'
}

testCapabilitiesOfAFileCountInsideAlone() {
	lacks_userns && return
	lacks_root && return
	[ "$MODE" != root ] || { skip 'root has them' && return; }
	scenario T-1802 'to give a file capabilities, and execute it outside' 'a file of root'
	root_file roots 0:0 600
	as_tester cp /bin/cat "$WORK/cat"
	try build --fakeroot -v "$WORK" "$WORK" sh -c '
		setcap cap_dac_override,cap_setuid+ep "$1/cat" && getcap "$1/cat"' sh "$WORK"
	assertContains "$output" cap_dac_override
	for who in as_tester as_other; do
		capture "$who" "$WORK/cat" "$WORK/roots"
		assertNotContains "$who" "$output" secret
		assertContains "$who" "$output" 'Permission denied'
	done
}

testPortsOfTheHostsNetworkStayClosed() {
	lacks_userns && return
	lacks_root && return
	[ "$MODE" != root ] || { skip 'root may use them' && return; }
	scenario T-1802 'to bind a port by CAP_NET_BIND_SERVICE' 'the port of a service of root'
	script='import socket; socket.socket().bind(("", 80))'
	capture unshare -n sh -c '
		echo 1024 >/proc/sys/net/ipv4/ip_unprivileged_port_start
		exec "$@"' sh $AS $SD_WORDS build --fakeroot $PYTHON -c "$script"
	assertContains "$output" PermissionError
}

# What says that it can be written is opened, but nothing is written.
SETTINGS='import os
for top, _, names in os.walk("/proc/sys"):
    for name in names:
        try:
            os.close(os.open(os.path.join(top, name), os.O_WRONLY))
            print(os.path.join(top, name))
        except OSError:
            pass'

testSettingsOfTheKernelStayClosed() {
	lacks_userns && return
	[ "$MODE" != root ] || { skip 'the next test' && return; }
	scenario T-1801 'to open the settings of the kernel as root' 'a setting of the machine'
	try run --fakeroot $PYTHON -c "$SETTINGS"
	# Those of namespaces that the instance has of its own. Linux 6.14 added pid_max to them.
	own='user/max_|fs/mqueue/|kernel/(sem|shm|msg|auto_msgmni|ns_last_pid|pid_max)'
	assertEquals '' "$(printf '%s\n' "$output" |
		grep -Ev "^/proc/sys/($own|kernel/.*_next_id\$)")"
	before=$(cat /proc/sys/kernel/pid_max)
	try run --fakeroot sh -c 'echo 1000 >/proc/sys/kernel/pid_max'
	assertEquals "$before" "$(cat /proc/sys/kernel/pid_max)"
}

testSettingsOfTheKernelStayClosedToRoot() {
	[ "$MODE" = root ] || { skip 'for root' && return; }
	scenario T-1801 'to open the settings of the kernel as root' 'a setting of the machine'
	assert_output '' run --fakeroot $PYTHON -c "$SETTINGS"
}

# Uid 0 of a user's namespace starts where no other one can be made. The monitor is in the namespace
# of the program then, in sight by --proc host, and Landlock is refused by a filter around.
testMonitorOfRootOfAUsersNamespaceIsNoWayOut() {
	[ "$MODE" = plain ] || { skip 'the caller becomes root by unshare(1)' && return; }
	lacks_userns && return
	scenario T-1801 'to reach out by /proc/PID/root of the monitor' 'what is masked'
	echo secret | as_tester sh -c 'cat >"$1"' sh "$WORK/masked"
	output=$(as_tester unshare -r sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces
		cd /
		exec "$0" 444 38 "$1" run --proc host -m "$2" "$2" --mask "$2/masked" sh -c "
			for process in /proc/[0-9]*; do
				[ -e \$process/root/proc ] && echo seen
				cat \$process/root\$0/masked
			done" "$2"' "$HELPERS/refuse" "$SELFDOCK" "$WORK" 2>/dev/null)
	assertContains "$output" seen
	assertNotContains "$output" secret
}

# All ids are the caller's, and no capability is left, when the namespaces are made.
testSetuidBitIsGivenUpFirst() {
	lacks_userns && return
	[ "$MODE" = setuid ] || { skip 'there is no bit' && return; }
	scenario T-1804 'to have the user namespace made with the setuid bit' \
		'capabilities over a user namespace of root'
	strace -f -o "$SCRATCH/trace" -e trace=execve,setresuid,capset,prctl,clone,clone3 $AS \
		"$SELFDOCK" run --fakeroot true
	ids="$TESTER, $TESTER, $TESTER"
	assertEquals 'ids capabilities nnp dumpable clone' "$(awk -v ids="setresuid($ids)" \
		-v selfdock="execve(\"$SELFDOCK\"" '
		index($0, selfdock) { started = 1 }
		!started || cloned { next }
		/setresuid/ { printf index($0, ids) ? "ids " : last ? "raised " : "" }
		/capset/ && /effective=0, permitted=0/ { printf "capabilities " }
		/PR_SET_NO_NEW_PRIVS, 1/ { printf "nnp " }
		/PR_SET_DUMPABLE, SUID_DUMP_USER/ { printf "dumpable " }
		/clone/ { cloned = 1; printf "clone" }
		/setresuid/ { last = 1 }' "$SCRATCH/trace")"
}

. shunit2
