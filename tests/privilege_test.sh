#!/bin/sh
# SPDX-License-Identifier: ISC
# Privilege: each interlock of the setuid mode, and what is left of it after.
# modes: plain setuid root
# shellcheck disable=SC2016,SC2015,SC2086 # programs for the shell inside; skips; words
. tests/common.sh

# Root keeps these when it builds: CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID
# SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP.
BUILD_SET=00000000800405fb

# trace OPTION... -- ARGS...: the system calls of sd ARGS in $TRACE, from its
# execve on.
TRACE=$SCRATCH/home/trace
trace() {
	set -- strace -f -o "$TRACE" "$@"
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # options of strace
	$options $AS "$SELFDOCK" "$@"
}

# line_of PATTERN [inner]: the number of the first line of $TRACE that matches,
# after selfdock's execve, of both processes or of the inner one alone.
line_of() {
	awk -v selfdock="$SELFDOCK\"" -v wanted="$1" -v inner="${2:-}" '
		!started { started = index($0, "execve(\"" selfdock); outer = $1; next }
		inner != "" && $1 == outer { next }
		$0 ~ wanted { print NR; exit }' "$TRACE"
}

# assert_before FIRST SECOND [inner]
assert_before() {
	first=$(line_of "$1" "${3:-}") second=$(line_of "$2" "${3:-}")
	assertTrue "$1 (line $first) before $2 (line $second)" \
		"[ '${first:-999999}' -lt '${second:-0}' ]"
}

# Sets $monitor and $program of an instance that sleeps.
start_sleeper() {
	sd run sleep 600.$$ 5</etc/passwd &
	job=$!
	program=
	until_true eval 'program=$(pgrep -f "^sleep 600.$$")'
	monitor=$(awk '/^PPid:/ { print $2 }' "/proc/$program/status")
}

stop_sleeper() {
	kill "$monitor"
	wait "$job"
	return 0
}

testNamespaceIsOwnedByRootOrElseTheCaller() {
	lacks_root && return
	start_sleeper
	case $MODE in
	plain) wanted=$TESTER map="$TESTER $TESTER 1" ;;
	*) wanted=0 map=$(map_for "$SD_UID") ;;
	esac
	assertEquals "$wanted" "$("$HELPERS/privilege_owner" "$program")"
	assertEquals "$map" "$(tr -s " " <"/proc/$program/uid_map" | sed "s/^ //")"
	stop_sleeper
}

testCapabilitiesAreFewBeforeTheMapsAreWritten() {
	lacks_root && return
	trace -- run true
	setuid=
	[ "$MODE" != setuid ] || setuid='1<<CAP_SETUID[|]'
	kept="${setuid}1<<CAP_SETPCAP[|]1<<CAP_SYS_CHROOT[|]1<<CAP_SYS_ADMIN"
	assert_before "capset[(].*permitted=$kept," 'openat2[(].*uid_map'
}

testNoPathIsLookedUpBeforeTheIdsAndNoNewPrivsAreSet() {
	lacks_root && return
	trace -- run true
	for step in 'NO_NEW_PRIVS, 1' 'PR_SET_DUMPABLE, SUID_DUMP_DISABLE' 'PR_SET_PDEATHSIG'; do
		[ "$MODE $step" = 'plain PR_SET_DUMPABLE, SUID_DUMP_DISABLE' ] ||
			assert_before "$step" 'getcwd|fsopen|open_tree' inner
	done
	[ "$MODE" = root ] ||
		assert_before "setresuid[(]$TESTER, $TESTER, $TESTER" \
			'getcwd|open_tree|mount_setattr' inner
}

# From then on the inner side, in the same memory, follows paths of the caller's.
testOuterSideHasDroppedAllBeforeItSaysMapped() {
	is_sanitized && return
	lacks_root && return
	trace -- run true
	uid=$SD_UID
	assertEquals 'ids capabilities nnp said' "$(awk -v uid="$uid" -v selfdock="$SELFDOCK\"" '
		!started { started = index($0, "execve(\"" selfdock); outer = $1; next }
		$1 != outer { next }
		/clone\(/ { cloned = 1 }
		!cloned { next }
		$0 ~ "setresuid\\(" uid ", " uid ", " uid "\\) *= 0" { printf "ids " }
		/capset\(.*effective=0, permitted=0/ { printf "capabilities " }
		/NO_NEW_PRIVS, 1,.*= 0/ { printf "nnp " }
		/ write\(.*, 8\)/ { print "said"; exit }' "$TRACE")"
}

# held_start CALL SEEN COMMAND...: a start by the tester. strace holds it at its first CALL, and
# COMMAND runs as soon as SEEN is in the trace. The trace, of whole lines, is in $trace then. The
# start cannot see its own processes in /proc.
held_start() {
	in_mounts private 'call=$1 seen=$2
		shift 2
		mount -t proc -o hidepid=2 proc /proc
		strace -f -o trace -e "inject=$call:delay_enter=2000000:when=1" $AS "$SELFDOCK" \
			run true &
		until_true grep -q "$seen" trace
		start=$(pgrep -f "^$SELFDOCK run true" | head -n 1)
		"$@"
		wait' "$@"
	trace=$SCRATCH/mounts/trace
}

# A call that fails in the outer side sets the errno of the inner side: they share their memory.
testNoCallOfTheOuterSideFailsBeforeTheProgramRuns() {
	is_sanitized && return
	[ "$MODE" = setuid ] || { skip 'hidepid hides nothing of a plain start' && return; }
	held_start fsopen PDEATHSIG eval 'kill -WINCH $start; kill -TSTP $start; kill -CONT $start'
	assertTrue "it was signalled: $output" "grep -q ', 128) *= 128' '$trace'"
	assertEquals '' "$(awk -v selfdock="$SELFDOCK\"" '
		!started { started = index($0, "execve(\"" selfdock); outer = $1; next }
		/clone\(/ { cloned = 1 }
		$1 != outer && / execve\(/ { exit }
		cloned && $1 == outer && / = -1 / { print }' "$trace")"
}

# The kernel would count stopped starts as processes of root, and a caller could stop any number.
testCallerCannotStopAPrivilegedStart() {
	is_sanitized && return
	[ "$MODE" = setuid ] || { skip 'for the setuid bit' && return; }
	held_start clone 'setresuid(0, 0, 0' eval \
		'as_tester sh -c "kill -STOP $start"; as_tester kill -0 $start'
	assertContains "$output" 'peration not permitted'
}

testStackOfTheInnerSideHasAGuardPage() {
	is_sanitized && return
	lacks_root && return
	trace -- run true
	guard=$(sed -n 's/.* mprotect(\(0x[0-9a-f]*\), [0-9]*, PROT_NONE) *= 0/\1/p' "$TRACE" |
		tail -n 1)
	# clone3 gets the lower end of the stack; clone gets the upper end, less what the C library
	# puts there.
	low=$(sed -n 's/.* clone3(.*[ {]stack=\(0x[0-9a-f]*\),.*) = [0-9].*/\1/p' "$TRACE" |
		tail -n 1)
	high=$(sed -n 's/.* clone(child_stack=\(0x[0-9a-f]*\),.*/\1/p' "$TRACE" | tail -n 1)
	assertTrue 'there are both' '[ "$guard" ] && [ "$low$high" ]'
	assertEquals 'right below the stack' "$((guard + 65536))" \
		"$((low ? low : (high + 15) / 16 * 16 - 131072))"
}

# The limit counts the calls of a default start and of its end. It leaves out those that cover the
# host's mounts, a few for each mount, and the monitor's polls, one for each 20 ms. Whoever needs
# more calls gives the reason here.
testStartMakesNoMoreCallsThanItMay() {
	is_sanitized && return
	lacks_root && return
	trace -- run true
	calls=$(awk -v selfdock="$SELFDOCK\"" '
		!started { started = index($0, "execve(\"" selfdock); outer = $1; next }
		/resumed>|[+]{3}/ || / poll\(/ || ended[$1] { next }
		/self\/mountinfo/ { covering = 1 }
		covering { covering = !/\/[.]", {flags/; next }
		{ count++ }
		$1 != outer && /execve/ { ended[$1] = 1 }
		END { print count }' "$TRACE")
	# 6 of these look at the state of the caller, and empty the capabilities and read them
	# back, before selfdock reads the command line and after the change of ids. 4 put a guard
	# page below the stack, ask for the tie of Linux 7.1, and let stop signals wait. 5 take
	# the limit on CPU time from the monitor. One sees whether there is a filter around that
	# may refuse what the monitor needs.
	most=272
	[ "$MODE" != setuid ] || most=276
	assertTrue "$calls of $most" "[ $calls -le $most ] && [ $calls -gt 200 ]"
}

# Without it a program that has cleared its parent-death signal would outlive its monitor.
testNoStartGoesOnWithoutTheTieButWhereItIsUnknown() {
	is_sanitized && return
	lacks_root && return
	for error in EAGAIN ENOMEM ENOSPC; do
		output=$(trace -e "inject=clone3:error=$error" -- run echo started 2>&1)
		assertEquals "$error: $output" 125 $?
	done
	for error in ENOSYS EINVAL EPERM; do
		assertEquals "$error" started \
			"$(trace -e "inject=clone3:error=$error" -- run echo started)"
	done
}

# A user who maps a file of FUSE over the command line makes the reader wait for ever.
testNoCommandLineOfAnotherUserIsReadForAName() {
	is_sanitized && return
	lacks_root && return
	"$HELPERS/as" "$OTHER" "$OTHER" sleep 600 &
	theirs=$!
	until_true eval '[ "$(stat -c %u "/proc/$theirs")" = "$OTHER" ]'
	while read -r words; do
		# shellcheck disable=SC2086 # words
		trace -- $words
		assertTrue "$words: whose it is" "grep -q '\"$theirs/\"' '$TRACE'"
		assertFalse "$words: what it says" "grep -q '\"$theirs/cmdline' '$TRACE'"
	done <<-'EOF_WORDS'
		run -n none true
		enter none true
	EOF_WORDS
	kill "$theirs"
	wait "$theirs" || :
}

testAtMostTwentyFourCallsArePrivileged() {
	is_sanitized && return
	[ "$MODE" = setuid ] || { skip 'nothing is privileged but setuid' && return; }
	trace -- -m /usr /usr run true
	privileged=$(awk -v uid="$TESTER" -v selfdock="$SELFDOCK\"" '
		!started {
			started = index($0, "execve(\"" selfdock)
			outer = $1
			high[outer] = 1
			next
		}
		/resumed>/ { next }
		high[$1] || ($1 != outer && !low[$1]) { print }
		$0 ~ "setresuid\\(-1, " uid ", -1" { high[$1] = 0 }
		/setresuid\([0-9]+, 0, 0/ { high[$1] = 1 }
		$0 ~ "setresuid\\(" uid ", " uid ", " uid { high[$1] = 0; low[$1] = 1 }' "$TRACE")
	count=$(printf '%s\n' "$privileged" | wc -l)
	assertTrue "$count calls: $privileged" "[ $count -le 24 ] && [ $count -ge 15 ]"
	assertEquals 'paths in them' "$(printf 'gid_map\nself\nuid_map')" \
		"$(printf '%s\n' "$privileged" | grep -ao '"[^"]*"' | tr -d '"' |
			sed 's/^[0-9]*\///' | grep '^[a-z/]' | sort -u)"
}

testWhatNeedsNoPrivilegeHasNone() {
	[ "$MODE" = setuid ] || { skip 'the bit is what is to be dropped' && return; }
	for arguments in 'run --help' 'build -w --help' --version --list --help; do
		# shellcheck disable=SC2086 # several words
		trace -- $arguments >/dev/null
		assert_before "setresuid[(]$TESTER, $TESTER, $TESTER" 'writev?[(]1,'
	done
}

testMonitorHasNoPrivilege() {
	lacks_root && return
	start_sleeper
	uid=$SD_UID
	assertEquals "$(printf 'Uid:\t%s\t%s\t%s\t%s' "$uid" "$uid" "$uid" "$uid")" \
		"$(grep ^Uid: "/proc/$monitor/status")"
	assertEquals 'NoNewPrivs: 1' "$(grep ^NoNewPrivs: "/proc/$monitor/status" | tr '\t' ' ')"
	for set in Inh Prm Eff Amb; do
		assertContains "$(cat "/proc/$monitor/status")" \
			"$(printf 'Cap%s:\t0000000000000000' $set)"
	done
	assertEquals 'descriptors' \
		'/proc anon_inode:[eventfd] anon_inode:[pidfd] anon_inode:[signalfd]' \
		"$(find "/proc/$monitor/fd" -type l -exec readlink {} + | sort -u | tr '\n' ' ' |
			sed 's/ $//')"
	[ "$MODE" != setuid ] || assertEquals 'attacks of its own user' '' \
		"$(as_tester "$HELPERS/privilege_attack" "$monitor" 2>&1)"
	stop_sleeper
}

testNobodyCanInterfereWithAStart() {
	[ "$MODE" = setuid ] ||
		{ skip 'a caller may do with a plain start as they like' && return; }
	output=$("$HELPERS/privilege_stops" "$TESTER" "$TESTER" "$HELPERS/privilege_attack" \
		"$SELFDOCK" run true 2>&1)
	assertEquals "$output" 1 "$(echo "$output" | wc -l)"
	assertTrue "$output" "[ '${output% stops}' -ge 100 ]"
}

testProgramHasNoPrivilege() {
	assert_output OK run "$HELPERS/confine_self" "$SD_UID" "$(as_tester id -g)"
	[ "$(as_tester id -G)" = "$(sd run id -G)" ] || [ "$MODE" = plain ]
	assertTrue 'the groups are those outside' $?
}

testCapabilitiesOfTheCallerAreNotInherited() {
	[ "$MODE" = plain ] && am_root ||
		{ skip 'a plain user with capabilities, made by root' && return; }
	assertEquals OK "$(setpriv --reuid "$TESTER" --regid "$TESTER" --clear-groups \
		--inh-caps +chown,+dac_override --ambient-caps +chown,+dac_override \
		"$SELFDOCK" run "$HELPERS/confine_self" "$TESTER" "$TESTER")"
}

testRootKeepsWhatBuildingNeedsAndOnlyThen() {
	[ "$MODE" = root ] || { skip 'for root' && return; }
	for set in Prm Eff Bnd; do
		assert_output "$BUILD_SET" build sh -c "sed -n 's/^Cap$set:.//p' /proc/self/status"
	done
	assert_output 1 build sed -n 's/^NoNewPrivs:.//p' /proc/self/status
	assert_output 0000000000000000 run sed -n 's/^CapEff:.//p' /proc/self/status
}

testPrivilegedFilesGiveNothing() {
	[ "$MODE" != root ] && am_root || { skip 'root makes such files for a user' && return; }
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

# The pid of the inner process is another one in that /proc.
testProcOfAnotherPidNamespaceDoesNotMisleadTheMaps() {
	[ "$MODE" != root ] && am_root || { skip 'root makes the namespace for a user' && return; }
	assertEquals "$TESTER" "$(unshare -p -f $AS "$SELFDOCK" run id -u)"
}

testSetuidBitThatIsInertIsNoObstacle() {
	[ "$MODE" = setuid ] || { skip 'for the bit' && return; }
	assertEquals " $TESTER $TESTER 1" "$(setpriv --no-new-privs --reuid "$TESTER" \
		--regid "$TESTER" --clear-groups "$SELFDOCK" run cat /proc/self/uid_map |
		tr -s ' ')"
}

testOnlyRootStartsWithoutUserNamespaces() {
	[ "$MODE" != plain ] || { skip 'needs root, or the bit' && return; }
	for error in 22 28; do # EINVAL, ENOSPC
		if [ "$MODE:$error" = root:22 ]; then
			assertEquals run "OK
selfdock-run: no user namespace can be made here: starting without one" \
				"$("$HELPERS/refuse" userns "$error" \
					"$SELFDOCK" run "$HELPERS/confine_self" 0 0 2>&1 | sort)"
			assertEquals build 0000000000000000 \
				"$("$HELPERS/refuse" userns "$error" "$SELFDOCK" build \
					sed -n 's/^CapBnd:.//p' /proc/self/status 2>/dev/null)"
			continue
		fi
		# shellcheck disable=SC2086 # a command in words
		output=$("$HELPERS/refuse" userns "$error" $AS "$SELFDOCK" run echo started 2>&1)
		assertEquals 125 $?
		assertNotContains "$output" started
	done
}

# in_limit LIMIT SCRIPT: by uid 0 of a user namespace in which so many others may be made.
in_limit() {
	output=$(SELFDOCK=$SELFDOCK unshare -r sh -c '
		echo "$1" >/proc/sys/user/max_user_namespaces; eval "$2"' sh "$@" 2>&1)
}

testRootWithoutQuotaStartsWithoutUserNamespaceOnlyWhereNoneIsAllowed() {
	[ "$MODE" = root ] || { skip 'for root' && return; }
	in_limit 0 '"$SELFDOCK" run echo started'
	assertEquals 'selfdock-run: no user namespace can be made here: starting without one
started' "$output"
	in_limit 1 'id=$("$SELFDOCK" run -d sleep 600); "$SELFDOCK" run echo started; kill "$id"'
	assertContains "$output" 'No space left on device'
	assertNotContains "$output" started
}

is_gone() {
	pattern=$1
	until_true eval '! pgrep -f "$pattern"'
}

testKilledMonitorTakesTheInstanceWithIt() {
	start_sleeper
	as_tester kill -KILL "$monitor"
	wait "$job" 2>/dev/null
	assertTrue 'the program is gone' 'is_gone "^sleep 600.$$"'
}

# "NUMBER NAME COUNT" for each system call of a start, up to the execve of the program, for
# tests/helpers/privilege_inject.c.
calls_of_a_start() {
	trace -n -- run true
	awk -v selfdock="$SELFDOCK\"" '
		!started { started = index($0, "execve(\"" selfdock); next }
		/resumed>/ { next }
		/ execve\(/ { exit }
		match($0, /\[ *[0-9]+\] [a-z0-9_]+\(/) {
			split(substr($0, RSTART + 1, RLENGTH - 2), word)
			count[word[1] + 0 " " word[2]]++
		}
		END {
			for (call in count) print call, (count[call] > 8 ? 8 : count[call])
		}' "$TRACE" |
		grep -vE ' (arch_prctl|set_tid_address|exit_group|rt_sigreturn) '
}

testKilledAnywhereAStartLeavesNothing() {
	[ "$MODE" = setuid ] || { skip 'once, with the bit' && return; }
	calls_of_a_start >"$SCRATCH/home/calls"
	assertTrue 'they were found' '[ "$(wc -l <"$SCRATCH/home/calls")" -gt 30 ]'
	while read -r number name count; do
		while [ "$count" -gt 0 ]; do
			"$HELPERS/privilege_inject" "$number" "$count" kill \
				$AS "$SELFDOCK" run sleep 700.$$ </dev/null >/dev/null 2>&1 &
			tracer=$!
			( sleep 2; pkill -KILL -f "^sleep 700.$$" ) &
			wait "$tracer" 2>/dev/null
			kill $! 2>/dev/null
			assertTrue "$name $count" \
				'is_gone "selfdock run sleep 700.$$|^sleep 700.$$"'
			count=$((count - 3))
		done
	done <"$SCRATCH/home/calls"
}

testErrorAnywhereEndsTheStartOrCostsNoGuarantee() {
	[ "$MODE" != root ] && am_root || { skip 'once with the bit and once without' && return; }
	calls_of_a_start >"$SCRATCH/home/calls"
	assertTrue 'they were found' '[ "$(wc -l <"$SCRATCH/home/calls")" -gt 30 ]'
	uid=$TESTER
	while read -r number name count; do
		while [ "$count" -gt 0 ]; do
			for error in 1 12; do # EPERM, ENOMEM
				output=$("$HELPERS/privilege_inject" "$number" "$count" $error \
					$AS "$SELFDOCK" run "$HELPERS/confine_self" "$uid" "$uid" \
					</dev/null 2>/dev/null)
				# "works" is what the program says of a call of its own that failed.
				case $output in
				OK | '' | *works*) ;;
				*) fail "$name $count $error: $output" ;;
				esac
			done
			count=$((count - 2))
		done
	done <"$SCRATCH/home/calls"
}

. shunit2
