#!/bin/sh
# SPDX-License-Identifier: ISC
# Privilege: each interlock of the setuid mode, and what is left of it after.
# modes: plain setuid root
# shellcheck disable=SC2016,SC2015,SC2086 # programs for the shell inside; skips; words
. tests/common.sh

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
	scenario T-101 'to own the namespace of true ids' 'every capability over it'
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
	scenario T-101 'to find the inner process with all capabilities' 'power over each inode'
	trace -- run true
	setuid=
	[ "$MODE" != setuid ] || setuid='1<<CAP_SETUID[|]'
	kept="${setuid}1<<CAP_SETPCAP[|]1<<CAP_SYS_CHROOT[|]1<<CAP_SYS_ADMIN"
	assert_before "capset[(].*permitted=$kept," 'openat2[(].*uid_map'
}

testNoPathIsLookedUpBeforeTheIdsAndNoNewPrivsAreSet() {
	lacks_root && return
	scenario T-101 'to have a path followed with privilege' 'a file of root'
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
	scenario T-101 'to reach the privileged outer process through shared memory' \
		'its capabilities'
	trace -- run true
	uid=$SD_UID
	assertEquals 'ids capabilities nnp said' "$(awk -v uid="$uid" -v selfdock="$SELFDOCK\"" '
		!started { started = index($0, "execve(\"" selfdock); outer = $1; next }
		$1 != outer { next }
		/clone3?\(/ && !/ = -1 / { cloned = 1 }
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
		kill -CONT "$start" || : # if it was stopped, it would never end
		wait' "$@"
	trace=$SCRATCH/mounts/trace
}

# A call that fails in the outer side sets the errno of the inner side: they share their memory.
testNoCallOfTheOuterSideFailsBeforeTheProgramRuns() {
	is_sanitized && return
	[ "$MODE" = setuid ] || { skip 'hidepid hides nothing of a plain start' && return; }
	scenario T-106 'to change the errno of the inner process by signals' \
		'a step taken for another'
	held_start fsopen PDEATHSIG eval 'kill -WINCH $start; kill -TSTP $start; kill -CONT $start'
	assertTrue "it was signalled: $output" "grep -q ', 128) *= 128' '$trace'"
	assertEquals '' "$(awk -v selfdock="$SELFDOCK\"" '
		!started { started = index($0, "execve(\"" selfdock); outer = $1; next }
		/clone3?\(/ && !/ = -1 / { cloned = 1 }
		$1 != outer && / execve\(/ { exit }
		cloned && $1 == outer && / = -1 / { print }' "$trace")"
}

# The kernel would count stopped starts as processes of root, and a caller could stop any number.
testCallerCannotStopAPrivilegedStart() {
	is_sanitized && return
	[ "$MODE" = setuid ] || { skip 'for the setuid bit' && return; }
	scenario T-106 'to stop a start while it is privileged' 'any number of root processes'
	held_start clone3 'setresuid(0, 0, 0' eval \
		'as_tester sh -c "kill -STOP $start"; as_tester kill -0 $start'
	assertContains "$output" 'peration not permitted'
}

testStackOfTheInnerSideHasAGuardPage() {
	is_sanitized && return
	lacks_root && return
	scenario T-101 'to run the inner process out of its stack' 'memory of the outer one'
	trace -- run true
	guard=$(sed -n 's/.* mprotect(\(0x[0-9a-f]*\), [0-9]*, PROT_NONE) *= 0/\1/p' "$TRACE" |
		tail -n 1)
	# clone3 gets the lower end of the stack; clone gets the upper end, less what the C library
	# puts there.
	low=$(sed -n 's/.* clone3(.*[ {]stack=\(0x[0-9a-f]*\),.*/\1/p' "$TRACE" | tail -n 1)
	high=$(sed -n 's/.* clone(child_stack=\(0x[0-9a-f]*\),.*/\1/p' "$TRACE" | tail -n 1)
	assertTrue 'there are both' '[ "$guard" ] && [ "$low$high" ]'
	assertEquals 'right below the stack' "$((guard + 65536))" \
		"$((low ? low : (high + 15) / 16 * 16 - 131072))"
}

# The limit counts the calls of a default start and of its end. It leaves out those that cover the
# host's mounts, a few for each mount, and the monitor's looks, one for each 20 ms. Whoever needs
# more calls gives the reason here.
# What a start waits for may take long, and then it looks again.
testStartMakesNoMoreCallsThanItMay() {
	is_sanitized && return
	lacks_root && return
	# 6 of these look at the state of the caller, and empty the capabilities and read them
	# back, before selfdock reads the command line and after the change of ids. 4 put a guard
	# page below the stack, ask for the tie of Linux 7.1, and let stop signals wait. 5 take
	# the limit on CPU time from the monitor. One sees whether there is a filter around that
	# may refuse what the monitor needs.
	most=266
	[ "$MODE" != setuid ] || most=271
	# Root looks whether it is the machine's.
	[ "$MODE" != root ] || most=267
	for _ in 1 2 3 4 5; do
		trace -- run true
		calls=$(awk -v selfdock="$SELFDOCK\"" '
			!started { started = index($0, "execve(\"" selfdock); outer = $1; next }
			/resumed>|[+]{3}/ || / (poll|clock_gettime)\(/ || ended[$1] { next }
			/self\/mountinfo|listmount|syscall_0x1ca/ { covering = 1 }
			covering { covering = !/\/[.]", {flags/; next }
			{ count++ }
			$1 != outer && /execve/ { ended[$1] = 1 }
			END { print count }' "$TRACE")
		[ "$calls" -gt "$most" ] || break
	done
	assertTrue "$calls of $most" "[ $calls -le $most ] && [ $calls -gt 200 ]"
}

# From Linux 6.8 on. The list in /proc takes the longer, the more mounts there are.
testListOfMountsInProcIsReadOnlyWhereItMust() {
	is_sanitized && return
	lacks_root && return
	$PYTHON -c 'import ctypes, sys; libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(458, 0, 0, 0, 0); sys.exit(ctypes.get_errno() == 38)' ||
		{ skip 'no listmount(2)' && return; }
	inner="$SELFDOCK run"
	case $(uname -r) in 6.[89].* | 6.1[0-2].*) inner= ;; esac # no source of a tmpfs is told
	# A cover that is a file does not tell what it covers: see stands_on_root.
	while read -r _ _ _ _ path _; do
		[ -d "$(printf %b "$path")" ] || inner=
	done </proc/self/mountinfo
	while read -r words; do
		# shellcheck disable=SC2086 # words
		trace -- $words true
		assertTrue "$words: not asked for" "grep -Eq 'listmount|syscall_0x1ca' '$TRACE'"
		assertFalse "$words: read" "grep -q self/mountinfo '$TRACE'"
	done <<-EOF_WORDS
		run
		run -m /bin/sh /tmp/file -m /bin/sh /dev/shm/file
		run $inner
		run $inner $inner
	EOF_WORDS
	trace "$HELPERS/refuse" 458 38 -- run true
	assertTrue 'where listmount(2) is refused' "grep -q self/mountinfo '$TRACE'"
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
	scenario T-101 'to name a path to the privileged process' 'a file of root'
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
	scenario T-101 'to attack by what prints only' 'privilege over the bytes it prints'
	for arguments in 'run --help' 'build -w --help' --version --list --help; do
		# shellcheck disable=SC2086 # several words
		trace -- $arguments >/dev/null
		assert_before "setresuid[(]$TESTER, $TESTER, $TESTER" 'writev?[(]1,'
	done
}

holds_no_more() {
	[ "$(find "/proc/$1/fd" -type l -exec readlink {} + | sort -u | tr '\n' ' ')" = \
		'/proc anon_inode:[eventfd] anon_inode:[pidfd] anon_inode:[signalfd] ' ]
}

testMonitorHasNoPrivilege() {
	lacks_root && return
	scenario T-101 'to trace, read and rob the monitor' 'its descriptors and memory'
	start_sleeper
	uid=$SD_UID
	assertEquals "$(printf 'Uid:\t%s\t%s\t%s\t%s' "$uid" "$uid" "$uid" "$uid")" \
		"$(grep ^Uid: "/proc/$monitor/status")"
	assertEquals 'NoNewPrivs: 1' "$(grep ^NoNewPrivs: "/proc/$monitor/status" | tr '\t' ' ')"
	for set in Inh Prm Eff Amb; do
		assertContains "$(cat "/proc/$monitor/status")" \
			"$(printf 'Cap%s:\t0000000000000000' $set)"
	done
	# It closes its errors when the program runs.
	until_true holds_no_more "$monitor"
	assertTrue "descriptors: $(ls -l "/proc/$monitor/fd")" $?
	[ "$MODE" != setuid ] || assertEquals 'attacks of its own user' '' \
		"$(as_tester "$HELPERS/privilege_attack" "$monitor" 2>&1)"
	stop_sleeper
}

# The pid of the inner process is another one in that /proc.
testProcOfAnotherPidNamespaceDoesNotMisleadTheMaps() {
	[ "$MODE" != root ] && am_root || { skip 'root makes the namespace for a user' && return; }
	scenario T-101 'to have the maps written for a namesake' 'a namespace of true ids'
	assertEquals "$TESTER" "$(unshare -p -f $AS "$SELFDOCK" run id -u)"
}

testSetuidBitThatIsInertIsNoObstacle() {
	lacks_userns && return
	[ "$MODE" = setuid ] || { skip 'for the bit' && return; }
	scenario T-104 'to start it with a void bit' 'a start that takes itself for privileged'
	assertEquals " $TESTER $TESTER 1" "$(setpriv --no-new-privs --reuid "$TESTER" \
		--regid "$TESTER" --clear-groups "$SELFDOCK" run cat /proc/self/uid_map |
		tr -s ' ')"
}

testOnlyRootStartsWithoutUserNamespaces() {
	[ "$MODE" != plain ] || { skip 'needs root, or the bit' && return; }
	scenario T-101 'to start without a user namespace' 'capabilities over the one of the host'
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
	lacks_userns && return
	[ "$MODE" = root ] || { skip 'for root' && return; }
	scenario T-101 'to use up the namespaces of root' 'a start of root without a user namespace'
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
	scenario T-106 'to kill the monitor' 'a program that nobody watches'
	start_sleeper
	as_tester kill -KILL "$monitor"
	wait "$job" 2>/dev/null
	assertTrue 'the program is gone' 'is_gone "^sleep 600.$$"'
}

# --- T-102: what it leaves open where it exits ---

# What may be open there: descriptors of the start that give no right.
HARMLESS='^/proc$\|^anon_inode:\[\(eventfd\|pidfd\|signalfd\)\]$\|^pipe:'

# exits_of EXECS COMMAND...: what its processes have open that they got as root, where they exit;
# and "exits" where that was seen.
exits_of() {
	"$HELPERS/privilege_watch" 0 "$@" 2>/dev/null | sort -u | grep -v "$HARMLESS" |
		sed 's/^[1-9][0-9]* exits$/exits/'
}

testNothingPrivilegedIsOpenWhereAStartExits() {
	[ "$MODE" = setuid ] || { skip 'nothing is privileged but setuid' && return; }
	scenario T-102 'to steal a descriptor of root while a start exits' 'a file of root, open'
	for words in 'run true' '--init run true' '-d run true' 'run /nonexistent' '--help' ls \
		'stop x' 'enter x true' '-f /nonexistent run' '-m /nonexistent /tmp/x run true' \
		'--hostname x --net none run true' check 'build true' '--nonsense'; do
		assertEquals "$words" exits "$(exits_of 2 $AS "$SELFDOCK" $words)"
	done
}

testNothingPrivilegedIsOpenWhereAnEntryExits() {
	[ "$MODE" = setuid ] || { skip 'nothing is privileged but setuid' && return; }
	scenario T-102 'to steal a descriptor of root while an entry exits' 'a file of root, open'
	id=$(sd run -d sleep 600)
	for words in 'true' '/nonexistent' '-C /nonexistent true'; do
		case $words in
		-C*) set -- -C /nonexistent "$id" true ;;
		*) set -- "$id" $words ;;
		esac
		assertEquals "$words" exits "$(exits_of 2 $AS "$SELFDOCK" enter "$@")"
	done
	kill "$id"
}

# Each system call of a start is refused by a filter of root's, which leaves the bit its effect.
# Where poll is, the C library lets no setuid program begin; without close, nothing can be closed.
testNothingPrivilegedIsOpenWhereAnErrorEndsAStart() {
	is_sanitized && return
	[ "$MODE" = setuid ] || { skip 'nothing is privileged but setuid' && return; }
	scenario T-102 'to steal a descriptor of root where an error ends a start' \
		'a file of root, open'
	calls_of -m /usr /usr >"$SCRATCH/home/calls"
	sed -Ei '/ (set(resuid|resgid|groups)|execve|rt_sig.*|poll|close)$/d' "$SCRATCH/home/calls"
	assertTrue 'they were found' '[ "$(wc -l <"$SCRATCH/home/calls")" -gt 30 ]'
	rounds 1 5 5
	while read -r number name; do
		for error in 1 12 38 11 22; do # EPERM, ENOMEM, ENOSYS, EAGAIN, EINVAL
			assertEquals "$name $error" exits "$(exits_of 3 \
				"$HELPERS/refuse" "$number" "$error" $AS "$SELFDOCK" run true)"
			[ "$rounds" = 5 ] || break
		done
	done <"$SCRATCH/home/calls"
	figure "$(wc -l <"$SCRATCH/home/calls") calls refused, 0 descriptors of root left"
}

# --- T-104: traced from its beginning ---

testTracedStartHasNoPrivilege() {
	lacks_userns && return
	[ "$MODE" = setuid ] || { skip 'for the bit' && return; }
	scenario T-104 'to trace a setuid start by PTRACE_TRACEME' 'its memory while it is root'
	output=$(as_tester "$HELPERS/privilege_caller" traced "$SELFDOCK" run \
		"$HELPERS/confine_self" "$TESTER" "$TESTER" 2>&1)
	assertContains "$output" OK
	assertEquals 'uids' "Uid: $TESTER $TESTER $TESTER $TESTER" \
		"$(echo "$output" | grep ^Uid | sort -u | xargs)"
	assertEquals "$TESTER $TESTER 1" "$(as_tester "$HELPERS/privilege_caller" traced \
		"$SELFDOCK" run cat /proc/self/uid_map | grep -v Uid | xargs)"
}

testStartUnderStraceHasNoPrivilege() {
	lacks_userns && return
	[ "$MODE" = setuid ] || { skip 'for the bit' && return; }
	scenario T-104 'to seize a setuid start before it is executed' 'its memory while it is root'
	for words in '-f' '-D -f' '-b execve'; do
		capture as_tester strace $words -o "$SCRATCH/home/own" "$SELFDOCK" run \
			cat /proc/self/uid_map
		assertEquals "$words" "$TESTER $TESTER 1" "$(echo "$output" | xargs)"
	done
	assertEquals 'a file of root' 125 "$(as_tester strace -f -o "$SCRATCH/home/own" \
		"$SELFDOCK" -f /etc/shadow run 2>/dev/null; echo $?)"
}

testStartThatSharesWithAnotherProcessHasNoMore() {
	lacks_userns && return
	[ "$MODE" = setuid ] || { skip 'for the bit' && return; }
	scenario T-104 'to share memory, directory or descriptors with a setuid start' \
		'a directory that changes below it'
	for what in fs vm files; do
		capture as_tester "$HELPERS/privilege_caller" $what "$SELFDOCK" run \
			"$HELPERS/confine_self" "$TESTER" "$TESTER"
		assertEquals "$what" OK "$output"
	done
	# Who shares the directory could change it: then the kernel gives no privilege.
	assertEquals fs "$TESTER $TESTER 1" "$(as_tester "$HELPERS/privilege_caller" fs \
		"$SELFDOCK" run cat /proc/self/uid_map | xargs)"
}

testTracerThatComesLaterIsRefused() {
	[ "$MODE" = setuid ] || { skip 'for the bit' && return; }
	scenario T-104 'to trace a monitor, its program and what enters' 'their memory'
	start_sleeper
	sd enter "$monitor" sleep 601.$$ &
	until_true pgrep -f "^sleep 601.$$"
	for pid in "$monitor" "$(pgrep -f "enter $monitor sleep 601.$$" | tail -n 1)" "$program"; do
		capture as_tester timeout 5 strace -o /dev/null -p "$pid"
		assertContains "$pid: $output" "$output" 'Operation not permitted'
	done
	stop_sleeper
	wait
}

# --- T-105: core files ---

# cores_of SIGNAL [WORD]...: the signal at calls of a start; what dumped its core in $output.
cores_of() {
	number=$1
	shift
	rounds 9 2 1
	rm -rf "$SCRATCH/home/cores"
	as_tester mkdir "$SCRATCH/home/cores"
	output=$(cd "$SCRATCH/home/cores" && "$HELPERS/privilege_watch" "$number" 2 "$rounds" \
		${AS:-env} "$SELFDOCK" "$@" 2>/dev/null)
	tried=${output##*
}
	deaths=${tried% deaths} deaths=${deaths##*, } tried=${tried%% *}
}

# assert_no_core WORD...: by none of these signals.
assert_no_core() {
	all=0
	for number in 11 3 6; do # SEGV, QUIT, ABRT
		cores_of $number "$@"
		assertNotContains "$number" "$output" core
		assertTrue "$number: $output" "[ $tried -gt 5 ] && [ $deaths -gt 0 ]"
		assertEquals "$number: files" '' "$(ls "$SCRATCH/home/cores")"
		all=$((all + tried))
	done
	figure "$all signals that dump a core, 0 cores"
}

testNoSignalMakesAStartDumpItsCore() {
	[ "$MODE" = setuid ] || { skip 'a plain process is the own one of the caller' && return; }
	scenario T-105 'to have a setuid start dump its core anywhere' 'memory of a process of root'
	assert_no_core run true
}

testNoSignalMakesAnEntryDumpItsCore() {
	[ "$MODE" = setuid ] || { skip 'a plain process is the own one of the caller' && return; }
	scenario T-105 'to have a setuid entry dump its core anywhere' 'memory of a process of root'
	id=$(sd run -d sleep 600)
	assert_no_core enter "$id" true
	kill "$id"
}

testNoSignalMakesAStopOrAListDumpItsCore() {
	[ "$MODE" = setuid ] || { skip 'a plain process is the own one of the caller' && return; }
	scenario T-105 'to have what only looks dump its core' 'what it saw as root'
	for words in 'ls -q' 'stop nobody'; do
		cores_of 11 $words
		assertNotContains "$words" "$output" core
		assertTrue "$words: $output" "[ $deaths -gt 0 ]"
	done
}

# What a plain process does shows that the signals come where a core could be dumped.
testPlainStartDumpsItsCoreWhereNothingIsSetYet() {
	[ "$MODE" = plain ] && am_root || { skip 'once, by root' && return; }
	case $(cat /proc/sys/kernel/core_pattern) in
	'|'* | /*) skip 'cores go elsewhere' && return ;;
	esac
	cores_of 11 run true
	assertContains "$output" core
	assertNotEquals '' "$(ls "$SCRATCH/home/cores")"
	rm -rf "$SCRATCH/home/cores"
}

testMonitorDumpsNoCore() {
	lacks_root && return
	[ "$MODE" != plain ] || { skip 'a plain process is the own one of the caller' && return; }
	scenario T-105 'to have the monitor dump its core' 'its memory'
	for number in SEGV QUIT ABRT BUS SYS; do
		rm -rf "$SCRATCH/home/cores"
		as_tester mkdir "$SCRATCH/home/cores"
		output=$(cd "$SCRATCH/home/cores" &&
			prlimit --core=unlimited $AS "$SELFDOCK" run -d sleep 600)
		kill -$number "$output"
		until_true eval '! kill -0 "$output" 2>/dev/null'
		assertEquals "$number" '' "$(ls "$SCRATCH/home/cores")"
	done
}

. shunit2
