#!/bin/sh
# SPDX-License-Identifier: ISC
# What enters an instance: it is no less confined than the program, nobody inside can rob it, and
# it leaves nothing that steers the next call.
# shellcheck disable=SC2016,SC2015,SC2086,SC2154 # programs for the shell of a scene; skips; words
. tests/common.sh

# What must be the program's too, in /proc/PID/status.
CONFINEMENT='Uid Gid Groups CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp Seccomp_filters'
FILES='mountinfo limits uid_map gid_map cgroup'
LINKS='ns/cgroup ns/ipc ns/mnt ns/net ns/pid ns/user ns/uts root'

# Sets $id, $program and $entered: an instance, and a process that entered it.
# The arguments are options of run.
enter_sleeper() {
	id=$(sd run -d "$@" sleep 67.$$)
	program=$(pgrep -P "$id")
	sd enter "$id" sleep 68.$$ &
	until_true pgrep -f "^sleep 68.$$" >/dev/null
	entered=$(pgrep -f "^sleep 68.$$")
}

end_sleeper() {
	as_tester kill "$id"
	wait
	return 0
}

# confinement PID: a line for each of these and more, which begins with its name; in $output.
confinement() {
	# shellcheck disable=SC2086 # words
	capture as_looker sh -c 'cd "/proc/$1" || exit
		grep -H "$2" status
		grep -H "" $3
		stat -c %N $4
		cd fd && echo descriptors: *' \
		sh "$1" "$(printf '^%s:\n' $CONFINEMENT)" "$FILES" "$LINKS"
}

testConfinementEqualsTheProgramsFieldByField() {
	[ "$MODE" != nested ] || { skip 'compared from outside' && return; }
	scenario T-902 'to have more rights by entering than the program has' \
		'ids, capabilities or namespaces'
	for options in '' '--net none' "-v $WORK $WORK" '--hostname x'; do
		# shellcheck disable=SC2086 # words
		enter_sleeper $options
		assertNotEquals "$program" "$entered"
		confinement "$program"
		of_program=$output
		confinement "$entered"
		assertEquals "of $options" "$of_program" "$output"
		for field in $CONFINEMENT; do
			assertContains "$options" "$output" "status:$field:"
		done
		for file in $FILES; do
			assertContains "$options" "$output" "
$file:"
		done
		for link in $LINKS; do
			assertContains "$options" "$output" "
'$link' -> '"
		done
		assertEquals "descriptors of $options" '0 1 2' "${output##*descriptors: }"
		end_sleeper
	done
}

# Who may look into the processes of an instance: root, or the tester if the
# user namespace is the tester's.
as_looker() {
	if am_root; then "$@"; else as_tester "$@"; fi
}

testConfinementOfRootsBuildIsTheSame() {
	[ "$MODE" = root ] || { skip 'for root' && return; }
	scenario T-902 'to have more rights by entering a build of root' \
		'a capability that building does not need'
	id=$(sd build -d sleep 600)
	assertEquals 00000000800405fb "$(sd enter "$id" sed -n 's/^CapEff:.//p' /proc/self/status)"
	assertEquals 00000000800405fb "$(sd enter "$id" sed -n 's/^CapBnd:.//p' /proc/self/status)"
	assertEquals 1 "$(sd enter "$id" sed -n 's/^NoNewPrivs:.//p' /proc/self/status)"
	kill "$id"
}

testAbstractSocketsOutsideAreOutOfReach() {
	lacks_scopes && return
	scenario T-902 'to reach an abstract socket by entering' 'a service outside'
	scene ': >"$WORK/out"
		"$HELPERS/confine_abstract" serve enter-$$ >"$WORK/out" &
		server=$!
		until_true grep -q ready "$WORK/out"
		"$HELPERS/confine_abstract" connect enter-$$
		id=$($SD run -d sleep 600)
		$SD enter $id "$HELPERS/confine_abstract" connect enter-$$
		kill -KILL $id $server'
	assertEquals 'connected
connect: Operation not permitted' "$(echo "$output" | head -2)"
}

testSignalToTheProcessGroupStaysInside() {
	lacks_scopes && return
	[ "$MODE" != nested ] || { skip 'the group is of the outer level' && return; }
	scenario T-902 'to signal a process outside by entering' 'the end of a process outside'
	cat >"$SCRATCH/home/group" <<-EOF
		. tests/common.sh
		id=\$(sd run -d sleep 600)
		as_tester sleep 11.$$ &
		until_true pgrep -f '^sleep 11.$$'
		sd enter "\$id" sh -c 'trap : TERM; kill -TERM 0; echo sent; sleep 0.1'
		sleep 0.1
		pgrep -f '^sleep 11.$$' >/dev/null && echo alive
		pkill -KILL -f '^sleep 11.$$'
		kill "\$id"
	EOF
	output=$(setsid -w sh "$SCRATCH/home/group" 2>/dev/null)
	assert_words 'sent alive'
}

testCallersSessionKeyringIsNotInside() {
	[ -r /proc/keys ] || { skip 'a kernel without keyrings' && return; }
	[ "$MODE" != nested ] || { skip 'the outer level has no keyring' && return; }
	scenario T-902 'to find keys of the caller by entering' 'a key'
	id=$(sd run -d sleep 600)
	output=$(as_tester "$HELPERS/confine_caller" key "$SELFDOCK" enter "$id" cat /proc/keys)
	assertNotContains 'inside' "$output" selfdock-secret
	kill "$id"
}

testClosedDoors() {
	scenario T-902 'to find a door open by entering that is closed to the program' \
		'system calls that are refused'
	scene 'id=$($SD run -d sleep 600)
		$SD enter $id "$HELPERS/confine_doors"
		$SD enter $id "$HELPERS/confine_self" $(id -u) $(id -g) enter
		kill $id'
	assertEquals "$(sd run "$HELPERS/confine_doors")" "$(echo "$output" | sed '$d')"
	assertContains "$output" OK
}

# The program's limits and the caller's: of each the lower one.
testLimitsAreNeverHigher() {
	scenario T-902 'to have higher limits by entering' \
		'more than the limits of caller or instance'
	scene 'id=$(ulimit -f 100; ulimit -n 50; $SD run -d sleep 600)
		limits="ulimit -f; ulimit -n; ulimit -Hf; ulimit -Hn"
		$SD enter $id sh -c "$limits"
		(ulimit -f 10; ulimit -n 60; $SD enter $id sh -c "$limits")
		(ulimit -Sn 40; $SD enter $id sh -c "ulimit -n")
		kill $id'
	assert_words '100 50 100 50 10 50 10 50 40'
}

testWithoutTraceLandlockForbidsIt() {
	lacks_scopes && return
	scenario T-902 'to trace the program by entering' 'its memory'
	scene 'id=$($SD run -d sleep 600)
		$SD enter $id strace -p 1
		kill $id'
	assertContains "$output" 'Operation not permitted'
}

testNoUsernsHoldsForWhatEnters() {
	lacks_userns && return
	scenario T-902 'to make a user namespace by entering' 'capabilities in one'
	scene 'id=$($SD run --no-userns -d sleep 600)
		$SD enter $id unshare -U true
		$SD enter $id cat /proc/sys/user/max_user_namespaces
		kill $id'
	assertContains "$output" 'No space left on device'
	assertEquals 0 "$(echo "$output" | tail -n 1)"
}

# thief_of WHICH ENTERS: so many enters of an instance whose program is
# tests/attack/entered_thief.c, and more until it has seen a quarter of them.
thief_of() {
	scene 'id=$($SD run -d -v "$WORK" "$WORK" "$HELPERS/entered_thief" "$WORK/hits" '"$1"')
		until_true [ -s "$WORK/hits" ]
		enters='"$2"' most='"$2"'
		has_seen() {
			read -r _ _ seen _ <"$WORK/hits"
			[ "$seen" -ge $((most / 4)) ]
		}
		while [ $enters -gt 0 ] || { [ $enters -gt -$((9 * most)) ] && ! has_seen; }; do
			$SD enter $id "$HELPERS/sleep" 0.01 || echo "enter: $?"
			enters=$((enters - 1))
		done
		kill $id'
	assertEquals '' "$output"
	assertEquals "hits" '' "$(grep HIT "$WORK/hits" | head -n 5)"
	read -r attempts _ seen _ <"$WORK/hits"
	rm -f "$WORK/hits"
}

testNothingInsideRobsWhatEnters() {
	lacks_scopes && return # what has entered is anybody's to look at, without Landlock
	scenario T-103 'to look into, trace and rob each process that enters' \
		'descriptors and memory of a process with privilege'
	rounds 30 1500 10000
	share "$rounds"
	thief_of any "$share"
	assertTrue "it saw $seen" "[ $seen -ge $((share / 4)) ]"
	figure "$share enters, $attempts attempts, 0 gains"
}

# rob_slowly WORD...: a process that enters, at each of its last steps. Landlock, which would refuse
# it all, is refused by a filter around. The words start selfdock.
rob_slowly() {
	id=$("$HELPERS/refuse" 444 38 "$@" run -d -v "$WORK" "$WORK" \
		"$HELPERS/entered_thief" "$WORK/hits" selfdock)
	until_true [ -s "$WORK/hits" ]
	for _ in 1 2 3 4 5; do # it may have seen few by chance
		for call in setns setresuid capset seccomp keyctl execve; do
			strace -f -o "$SCRATCH/home/trace" -e "trace=$call" \
				-e "inject=$call:delay_enter=30000:delay_exit=10000" \
				"$HELPERS/refuse" 444 38 "$@" enter "$id" "$HELPERS/nothing"
			assertEquals "$call" 0 $?
			assertTrue "$call is made" "grep -q '$call(' '$SCRATCH/home/trace'"
		done
		read -r attempts _ seen _ <"$WORK/hits"
		[ "$seen" -lt 100 ] || break
	done
	kill "$id"
	assertEquals 'hits' '' "$(grep HIT "$WORK/hits" | head -n 5)"
	rm -f "$WORK/hits"
	assertTrue "it saw $seen" "[ $seen -ge 100 ]"
	figure "slow enters, $attempts attempts, 0 gains"
}

testNothingInsideRobsASlowEntryWithoutLandlock() {
	[ "$MODE" != nested ] && am_root || { skip 'root slows the entry down' && return; }
	scenario T-103 'to rob a process that enters at each of its last steps, without Landlock' \
		'descriptors and memory of a process with privilege'
	rob_slowly $AS "$SELFDOCK"
}

# It is uid 0 of the user's own namespace, and no root that has to be hidden.
testNothingInsideRobsASlowEntryOfRootOfAUsersNamespace() {
	[ "$MODE" = plain ] && am_root || { skip 'root slows the entry of a user down' && return; }
	scenario T-103 'the same, where uid 0 of a user namespace enters' \
		'the monitor, which is outside'
	$AS unshare -r "$HELPERS/sleep" 600 &
	holder=$!
	until_true sh -c '
		[ "$(readlink "/proc/$0/ns/user")" != "$(readlink /proc/self/ns/user)" ]' "$holder"
	rob_slowly nsenter -t "$holder" -U -S 0 -G 0 "$SELFDOCK"
	kill "$holder"
	wait "$holder" 2>/dev/null
	:
}

testMaskHoldsForWhatEnters() {
	scenario T-902 'to read by entering what is masked' 'a file that the instance must not have'
	scene 'id=$($SD run -d --mask /etc/passwd --mask /usr/share sleep 600)
		$SD enter $id cat /etc/passwd
		$SD enter $id ls /usr/share
		$SD enter $id umount /etc/passwd
		$SD enter $id unshare $OWN_USERNS busybox umount /etc/passwd
		$SD enter $id unshare $OWN_USERNS -m busybox umount /etc/passwd
		kill $id'
	assertNotContains "$output" root:
	assertNotContains "$output" doc
	assertEquals "$output" 5 "$(echo "$output" | grep -c .)"
}

testRootIsReadOnlyForWhatEnters() {
	lacks_userns && return
	scenario T-902 'to write by entering where the program cannot' 'a changed file outside'
	scene 'id=$($SD run -d -m "$WORK" "$WORK" sleep 600)
		write="touch '"$HERE"'/new $WORK/new"
		$SD enter $id $write
		$SD enter $id sh -c "mount -o remount,bind,rw /; $write"
		for place in / "$WORK"; do
			$SD enter $id unshare $OWN_USERNS -m sh -c \
				"busybox mount -o remount,bind,rw $place; $write"
		done
		kill $id'
	assertEquals "$output" 8 "$(echo "$output" | grep -c '^touch: .*Read-only file system')"
	assertFalse 'written' "[ -e '$HERE/new' ] || [ -e '$WORK/new' ]"
}

testOptionsOfTheCallerDoNotLoosenAnEntry() {
	scenario T-902 'to loosen an entry by options of a start' 'an entry without confinement'
	scene 'id=$($SD run -d sleep 600)
		for option in "--net host" "--abstract-sockets" "-v / /mnt" "--proc host" "--init" \
			"-w" "-r /" "--device /dev/null" "-t exec /tmp"; do
			$SD enter $option $id echo ENTERED
		done
		kill $id'
	assertNotContains "$output" ENTERED
	assertEquals "$output" 9 "$(echo "$output" | grep -c 'unknown option')"
}

# What the caller inherits to an entry: a program could reach it by /proc/self/fd.
testDescriptorsOfTheCallerStayOutside() {
	scenario T-902 'to take a descriptor of the caller along' 'a file outside'
	scene 'id=$($SD run -d sleep 600)
		exec 5</etc/passwd 6</ 7>"$WORK/out"
		$SD enter $id sh -c "echo /proc/self/fd/*"
		kill $id'
	# The shell has the directory open that it lists.
	assertEquals "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3" "$output"
}

testTraceGivesNothingElse() {
	scenario T-902 'to have more by --trace than the right to trace' 'a capability'
	lacks_scopes && return
	scene 'id=$($SD run -d sleep 600)
		$SD enter --trace $id "$HELPERS/confine_self" $(id -u) $(id -g) enter
		kill $id'
	assertEquals OK "$output"
}

# The places where things could be kept are empty file systems here. The last call shows that what
# is left there would be seen.
testNothingIsKeptBetweenCalls() {
	lacks_root && return
	scenario T-903 'to find a file that steers the next call' \
		'a state that an attacker can change'
	in_mounts private 'for place; do busybox mount -t tmpfs -o mode=1777 none "$place"; done
		look() { find "$@" -xdev -mindepth 1; }
		sd run true
		sd run --init true
		sd build true
		sd run /nonexistent 2>/dev/null || echo $?
		sd enter none true 2>/dev/null || echo $?
		outside sh -c "\$0 run -d -n kept sleep 600 &&
			\$0 enter kept true && \$0 stop kept" "$SELFDOCK" | wc -l
		look "$@"
		as_tester touch /tmp/seen
		look "$@"' /tmp /run /var/lib /var/cache /var/log /dev/shm /root /home /mnt /opt
	assertEquals "$(printf '127\n125\n1\n/tmp/seen')" "$output"
}

# From here on the attacker is inside an instance, and tries to join what is not below it.

testInstanceBesideIsNotEnteredFromInside() {
	scenario T-901 'to enter another instance from inside one' 'the other instance'
	scene 'id=$($SD run -d -n beside sleep 600)
		for proc in new host; do
			for word in beside $id 1 2; do
				$SD run --proc $proc $SD enter $word echo ENTERED
				echo $?
			done
		done
		kill $id'
	assertNotContains "$output" ENTERED
	assertEquals "$output" 8 "$(echo "$output" | grep -cx 125)"
}

testOutsideIsNotEnteredFromInside() {
	scenario T-901 'to enter a process outside from inside' 'the way out'
	scene 'for pid in 1 $$ $PPID self 0 -1; do
			$SD run --proc host $SD enter -- $pid echo ENTERED
			echo $?
		done'
	assertNotContains "$output" ENTERED
	assertEquals "$output" 6 "$(echo "$output" | grep -cx 125)"
}

testMonitorThatIsForgedInsideIsNotEntered() {
	lacks_userns && return
	scenario T-901 'to pass for a monitor, inside an instance' 'an entry that was arranged'
	scene '$SD run sh -c "
			unshare -Urpf --mount-proc --kill-child sleep 600 &
			until_true() { until \"\$@\" >/dev/null 2>&1; do sleep 0.02; done; }
			\"$HELPERS/exec_as\" /bin/sleep selfdock-run -n forged 600 &
			$SD enter forged echo ENTERED; echo \$?
			$SD enter \$! echo ENTERED; echo \$?
			$SD enter 2 echo ENTERED; echo \$?"'
	assertNotContains "$output" ENTERED
	assertEquals "$output" 3 "$(echo "$output" | grep -cx 125)"
}

testProgramThatMadeANamespaceIsNotFollowed() {
	lacks_userns && return
	scenario T-901 'to have an entry follow into a namespace made inside' 'an entry in it'
	scene 'id=$($SD run -d -n moved unshare -Uc sleep 600)
		until_true $SD ls -q $id
		until_true sh -c "! $SD enter $id true"
		$SD enter moved echo ENTERED; echo $?
		$SD enter $id echo ENTERED; echo $?
		kill $id'
	assertNotContains "$output" ENTERED
	assertEquals "$output" 2 "$(echo "$output" | grep -cx 125)"
}

testProgramThatHidesIsNotEntered() {
	[ "$MODE" != root ] || { skip 'root may look into any' && return; }
	scenario T-901 'to have a program entered that cannot be read' 'its memory'
	scene 'id=$($SD run -d -n hidden "$HELPERS/forbidden_self" hidden)
		until_true sh -c "! $SD enter $id true"
		$SD enter hidden echo ENTERED; echo $?
		kill $id'
	assertNotContains "$output" ENTERED
	assertContains "$output" 'its program is not readable'
}

testOrphanIsNotEntered() {
	scenario T-901 'to enter an instance whose monitor was killed' \
		'an instance without a monitor'
	scene 'id=$($SD run -d -n orphan sleep 600)
		kill -KILL $id
		until_true sh -c "! $SD ls -q orphan"
		$SD enter orphan echo ENTERED; echo $?
		$SD enter $id echo ENTERED; echo $?'
	assertNotContains "$output" ENTERED
	assertEquals "$output" 2 "$(echo "$output" | grep -cx 125)"
}

. shunit2
