#!/bin/sh
# SPDX-License-Identifier: ISC
# Attacks by what a start inherits and reads: arguments, environment, descriptors, limits, state,
# stack, and a filter around.
# shellcheck disable=SC2016,SC2086,SC2116,SC3045 # programs for the shell inside
. tests/common.sh
export LC_ALL=C

NEWLINE='
'
EXEC=$HELPERS/inherited_exec
TOO_LONG='Argument list too long'

tearDown() {
	as_tester rm -rf "$WORK"/* 2>/dev/null
}

lacks_stack() {
	[ "$(ulimit -H -s)" != unlimited ] && skip 'the hard limit of the stack is low'
}

# oddly KIND ARGS...: sd, executed as tests/attack/inherited_exec.c says.
oddly() {
	kind=$1
	shift
	capture outside "$EXEC" "$kind" "$SELFDOCK" "$@"
}

# file NAME LINE...: a file of the tester's.
file() {
	name=$1
	shift
	printf '%s\n' "$@" >"$SCRATCH/$name"
	chmod 644 "$SCRATCH/$name"
}

# assert_refused_or_confined WHAT: what confine_self says in an instance, or one line or two.
assert_refused_or_confined() {
	case $status:$output in
	0:OK | 125:selfdock*) ;;
	*) fail "$1: $status: $output" ;;
	esac
}

# --- arguments ---

testNoArgumentsStartNothing() {
	scenario T-1201 'no arguments, and an environment that looks like some' \
		'a command that the environment names'
	for kind in null none empty; do
		oddly "$kind" run -v "$WORK" "$WORK" touch "$WORK/gained"
		assertEquals "$kind: $output" 125 "$status"
		assertEquals "$kind" "selfdock: no applet named; see 'selfdock --help'" "$output"
	done
	assertFalse 'nothing ran' "[ -e '$WORK/gained' ]"
}

testOddNameOfTheProgramIsNoApplet() {
	scenario T-1201 'names of the program that nearly name an applet or the init' \
		'an applet or an init where none was named'
	for name in '' / run/ selfdock-init /selfdock-init selfdock-run/ selfdock-runx \
		xselfdock-run -selfdock-run 'selfdock-run ' SELFDOCK-RUN "$(printf %04000d 0)" \
		"$(printf 'selfdock-run\n')x"; do
		capture outside "$HELPERS/exec_as" "$SELFDOCK" "$name" touch "$WORK/gained"
		assertEquals "$name: $output" 125 "$status"
		assertNotContains "$output" "$(printf '\n')x'"
	done
	assertFalse 'nothing ran' "[ -e '$WORK/gained' ]"
}

testSixMegabytesOfWordsReachTheProgramAsTheyAre() {
	scenario T-1208 '6 MB of words and an unlimited stack' 'memory that is overwritten'
	lacks_stack && return
	for stack in unlimited 67108864; do
		capture as_tester prlimit --stack=$stack:unlimited "$EXEC" words "$EXEC" tell
		wanted=$(echo "$output" | head -n 1)
		assertContains "outside: $output" "$wanted" 'words 46 '
		output=$($AS $OUTER prlimit --stack=$stack:unlimited "$EXEC" words "$SELFDOCK" run \
			"$EXEC" tell 2>&1)
		# The kernel gives a setuid program, and so what it executes, 8 MB of stack.
		[ "$MODE" != setuid ] || wanted="selfdock-run: cannot execute '$EXEC': $TOO_LONG"
		assertEquals "$stack" "$wanted" "$(echo "$output" | head -n 1)"
	done
}

testSixMegabytesOfOptionsAreAllTakenOrRefused() {
	scenario T-1208 '6 MB in options of a start' 'memory that is overwritten'
	lacks_stack && return
	for options in -C -e '-t exec' --hostname -n '-d --log' '-m /usr' -f --keep-env -r; do
		output=$($AS $OUTER prlimit --stack=unlimited:unlimited "$EXEC" words "$SELFDOCK" \
			run $options 2>&1)
		case $?:$output in
		125:selfdock* | 126:selfdock*) ;;
		*) fail "$options: $(echo "$output" | cut -c 1-100)" ;;
		esac
	done
}

testLittleStackEndsInAMessageOrInFullSuccess() {
	scenario T-1208 'a stack of any small size' 'a stack that runs into other memory'
	is_sanitized && return
	for size in 4096 8192 12288 16384 20480 24576 32768 49152 65536 131072; do
		try_limited "stack=$size" run -m /usr /usr -t exec /tmp \
			"$HELPERS/confine_self" "$SD_UID" "$SD_UID"
		# Where it does not suffice, the kernel kills who needs more, also in execve.
		case $status:$output in
		13[79]: | 13[79]:OK) continue ;;
		esac
		assert_refused_or_confined "$size"
	done
}

testTooManyFileSystemOptions() {
	scenario T-1202 '5,000 options' 'memory that is overwritten'
	# shellcheck disable=SC2046 # words
	try run $(seq -f '-t exec /tmp/%.0f' 5000) echo started
	assertEquals "125 selfdock-run: more than 4096 file-system options" "$status $output"
}

testFilesMayNameFilesButNotForEver() {
	scenario T-1202 'files of arguments that name each other' 'a stack without an end'
	file inner --env B b
	file args --env A a -f "$SCRATCH/inner"
	assert_output 'a b' run -f "$SCRATCH/args" -f "$SCRATCH/inner" sh -c 'echo $A $B'
	file args -f "$SCRATCH/args"
	assert_fails 125 'more than 16 files' run -f "$SCRATCH/args" true
}

testFileThatCannotBeUsedIsNamed() {
	scenario T-1202 'files of arguments that are odd or too large' 'memory that is overwritten'
	assert_fails 125 "'$SCRATCH/none': No such file" run -f "$SCRATCH/none" true
	assert_fails 125 "'$SCRATCH': Is a directory" run -f "$SCRATCH" true
	assert_fails 125 'must be a word of its own' run -wf "$SCRATCH/args" true
	assert_fails 125 "needs a word: --args FILE" run -f
	printf 'echo\0x\n' >"$SCRATCH/args"
	assert_fails 125 'NUL byte' run -f "$SCRATCH/args"
	head -c 3000000 /dev/zero | tr '\0' x >"$SCRATCH/args"
	assert_fails 125 'too long' run -f "$SCRATCH/args"
	yes x | head -n 70000 >"$SCRATCH/args"
	assert_fails 125 'more than 65536 arguments' run -f "$SCRATCH/args"
}

testFilesOfArgumentsOfAnyBytesAreTakenOrRefused() {
	scenario T-1202 'files of arguments of random bytes' 'memory that is overwritten'
	rounds 40 400 4000
	for round in $(seq "$rounds"); do
		# Half of them are of the bytes that mean something.
		[ $((round % 2)) = 0 ] && set='\n\\#-=/ amvtef' || set='\001-\377'
		head -c 4000 /dev/urandom | tr -cd "$set" >"$SCRATCH/args"
		printf '\n\\echo\n' >>"$SCRATCH/args"
		capture outside timeout 20 "$SELFDOCK" run --dry-run -f "$SCRATCH/args"
		case $status:$output in
		0:--rootfs* | 125:selfdock*) ;;
		*) fail "$round: $status: $(od -c "$SCRATCH/args" | head)" && return ;;
		esac
	done
	figure "$rounds files of arguments, 0 crashes"
}

# --- what is an option ---

testWordsAfterTheProgramAreNeverOptions() {
	scenario T-1203 'options after the program' 'an option that the caller did not give'
	for word in -w --rootfs=/none -r --help --version -- -f --init -Z; do
		assert_output "$word" run printf %s "$word"
		assert_output "$word" run -- printf %s "$word"
	done
	assert_output '-- -w' run echo -- -w
	assert_output '-w --' run echo -w --
}

testProgramThatBeginsWithADashRunsOnlyAfterDashes() {
	scenario T-1203 'programs whose names are options' \
		'an option that the caller did not give, or a program instead of one'
	for name in -w -Z --help --rootfs=x -- -; do
		printf '#!/bin/sh\necho "ran $*"\n' >"$WORK/$name"
		chmod 755 "$WORK/$name"
		assert_output 'ran -w' -e PATH "$WORK:/usr/bin:/bin" -m "$WORK" "$WORK" run -- \
			"$name" -w
		[ "$name" = - ] && continue
		try -e PATH "$WORK:/usr/bin:/bin" -m "$WORK" "$WORK" run "$name"
		assertNotContains "$name is an option" "$output" ran
	done
}

testArgumentsOfOptionsAreTakenWhateverTheyLookLike() {
	scenario T-1203 'files and names that look like options' \
		'an option that the caller did not give'
	for name in -v --vol --rootfs=/none -- -Z; do
		as_tester mkdir -p "$WORK/dir/$name"
		as_tester touch "$WORK/dir/$name/marker"
		(cd "$WORK/dir" && sd run -m "$name" /tmp/x ls /tmp/x) >"$SCRATCH/home/out" 2>&1
		[ "$MODE" = nested ] || assertEquals "$name" marker "$(cat "$SCRATCH/home/out")"
		assert_output marker run -m "$WORK/dir/$name" /tmp/x ls /tmp/x
		assert_output "[$name]" run -e WORD "$name" sh -c 'echo "[$WORD]"'
		assert_output "$name" run --hostname "$name" uname -n
	done
}

testNoPrefixOfAPathOrNameCounts() {
	scenario T-1203 'options and words that begin like others' 'an option by a part of its name'
	for option in --rootf --rootfsx --chdi -wZ -Zw --no-usern --ini --die --abstract-socket; do
		assert_fails 125 'unknown option' run "$option" echo started
	done
	for words in '--net hos' '--net nonex' '--proc hos' '--proc newx' '--net host,none'; do
		assert_fails 125 "is '" run $words echo started
	done
	# Neither is below /proc.
	assert_output ran run -t exec /procx -t exec /tmp/proc echo ran
}

# --- the environment ---

testHundredThousandVariablesReachTheProgram() {
	scenario T-1204 '100,000 variables' 'memory that is overwritten'
	lacks_stack && return
	before=$AS
	AS="$AS prlimit --stack=unlimited:unlimited"
	capture as_tester "$EXEC" variables "$EXEC" tell
	wanted=$(echo "$output" | tail -n 1)
	assertContains "$output" 'variables 100000 '
	oddly variables run "$EXEC" tell
	# The kernel gives a setuid program, and so what it executes, 8 MB of stack.
	[ "$MODE" != setuid ] || wanted="selfdock-run: cannot execute '$EXEC': $TOO_LONG"
	assertEquals "$output" "$wanted" "$(echo "$output" | tail -n 1)"
	oddly variables run --clearenv -e ONE 1 -E TWO "$EXEC" tell
	assertEquals "$output" 'variables 1' "$(echo "$output" | sed -n 's/ [0-9a-f]*$//; 2p')"
	if [ "$MODE" != setuid ]; then
		oddly variables run -E VARIABLE_99999 -e VARIABLE_0 changed "$EXEC" tell
		assertContains "$output" 'variables 99999 '
	fi
	AS=$before
}

testEntriesThatAreNoVariablesChangeNothing() {
	scenario T-1204 'entries without a name or a sign, and twice the same' \
		'another value than the caller sees'
	capture as_tester "$EXEC" odd "$EXEC" tell
	wanted=$(echo "$output" | tail -n 1)
	assertContains "$output" 'variables 10 '
	oddly odd run "$EXEC" tell
	assertEquals "$output" "$wanted" "$(echo "$output" | tail -n 1)"
	# Whoever reads the first or the last of two, finds the one that is set.
	oddly odd run -e TWICE 3 -E PATH cat /proc/self/environ
	output=$(tr '\0' '\n' <"$SCRATCH/output")
	assertEquals "$output" TWICE=3 "$(echo "$output" | grep ^TWICE=)"
	assertNotContains "$output" PATH=
}

# Each name that a C library or a tool of this kind reads. What a variable could have it open is in
# a directory of its own.
testNoVariableSteersAStart() {
	scenario T-1204 'the variables that steer C libraries and tools' \
		'code or a file of their choice'
	is_sanitized && return
	case $MODE in
	plain | root) ;;
	*) skip 'strace sees it, and the code is the same' && return ;;
	esac
	planted=$WORK/planted
	as_tester mkdir "$planted"
	set --
	for name in LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT LD_DEBUG_OUTPUT LD_PROFILE LD_ORIGIN_PATH \
		GCONV_PATH GETCONF_DIR HOSTALIASES LOCALDOMAIN LOCPATH MALLOC_TRACE MALLOC_CHECK_ \
		MALLOC_ARENA_MAX NIS_PATH NLSPATH RESOLV_HOST_CONF RES_OPTIONS TMPDIR TZ TZDIR \
		MUSL_LOCPATH GLIBC_TUNABLES LIBMOUNT_FORCE_MOUNT2 LIBMOUNT_FSTAB SELFDOCK \
		SELFDOCK_ROOTFS XDG_RUNTIME_DIR XDG_CONFIG_HOME HOME USER LOGNAME SUDO_UID \
		SUDO_GID SUDO_USER SHELL PWD OLDPWD TERM TERMINFO COLUMNS ENV BASH_ENV LANG LC_ALL \
		LANGUAGE DBUS_SESSION_BUS_ADDRESS NOTIFY_SOCKET LISTEN_FDS LISTEN_PID; do
		set -- "$@" "$name=$planted/$name"
	done
	for words in "run -n steered.$MODE" "--init run" ls; do
		program=nothing
		[ "$words" != ls ] || program=
		as_tester env "$@" PATH="$HELPERS:$PATH" \
			strace -f -o "$SCRATCH/home/trace" "$SELFDOCK" $words $program
		assertEquals "$words" 0 $?
		assertEquals "$words" '' "$(grep "$planted" "$SCRATCH/home/trace")"
		assertTrue "$words: it was traced" "grep -q execve '$SCRATCH/home/trace'"
	done
}

# --- descriptors ---

testClosedStandardDescriptorsAreDevNullInside() {
	is_sanitized && return
	scenario T-1205 'every set of closed descriptors' 'a file of the start as standard output'
	for closed in '' 0 1 2 01 02 12 012; do
		redirect='' wanted=''
		for fd in 0 1 2; do
			case $closed in
			*$fd*) redirect="$redirect $fd<&-" wanted="$wanted $fd=null" ;;
			*) redirect="$redirect $fd</etc/passwd" wanted="$wanted $fd" ;;
			esac
		done
		try_sh "exec \"\$0\" -v \"\$1\" \"\$1\" run \
			'$HELPERS/input_fds' \"\$1/fds\" $redirect" "$WORK"
		assertEquals "status with '$closed' closed" 0 "$status"
		read -r found <"$WORK/fds"
		assertEquals "'$closed' closed" "${wanted# }" "$found"
		rm -f "$WORK/fds"
	done
}

testAppletsWithClosedDescriptorsEndAsWith() {
	scenario T-1205 'every set of closed descriptors, for each applet' \
		'a message in a file of the applet'
	for words in 'ls -q' 'enter none.$$ true' 'stop none.$$' '--help' 'version' \
		'run --dry-run true' 'run no-such-program' 'run -d -n . true'; do
		eval "try $words"
		wanted=$status
		for closed in '<&-' '2>&-' '<&- 2>&-'; do
			eval "output=\$(timeout 20 $AS $SD_WORDS $words $closed)"
			assertEquals "$words $closed" "$wanted" $?
		done
		for closed in '>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
			eval "timeout 20 $AS $SD_WORDS $words $closed" 2>/dev/null
			case $?:$MODE in
			"$wanted":* | 125:*) ;;
			*) fail "$words $closed: $?" ;;
			esac
		done
	done
}

testLogHoldsNothingOfAStartWithClosedDescriptors() {
	scenario T-1205 'a log as the lowest free descriptor' 'messages or ids written into the log'
	is_sanitized && return
	for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		rm -f "$WORK/log"
		eval "$AS $SD_WORDS run -d --log '$WORK/log' sh -c 'echo said' $closed" \
			>"$SCRATCH/home/out" 2>&1
		[ "$MODE" = nested ] && continue # it ends with the outer one
		until_true grep -q said "$WORK/log"
		assertEquals "$closed" said "$(cat "$WORK/log")"
	done
}

# --- limits ---

# Either the program runs, or it does not and there is one line at most. With a limit of memory
# the kernel may also end the process that reaches it.
assert_safe() {
	case $status:$output in
	0:started) ;;
	0:* | *started* | *"
"*) fail "$1: $status: $output" ;;
	125:selfdock*:*) ;;
	125:*) fail "$1: $status: $output" ;;
	esac
}

testLimitsEndInAMessageOrInFullSuccess() {
	scenario T-1206 'the limits that calls of a start run into' 'a start by half'
	for limit in nofile=0 nofile=1 nofile=2 nofile=3 nofile=4 nofile=5 nofile=6 nofile=7 \
		nofile=8 nofile=9 nofile=10 nofile=11 nofile=12 nofile=16 \
		nproc=0 nproc=1 fsize=0 fsize=1 core=0 \
		stack=0 stack=65536 data=0 memlock=0 sigpending=0 msgqueue=0 \
		as=0 as=65536 as=131072 as=262144 as=524288 as=1048576 as=2097152 as=4194304; do
		try_limited "$limit" run echo started
		assert_safe "$limit"
	done
}

testUnderEachLimitWhatStartsIsConfined() {
	scenario T-1206 'each of 16 limits, by 0, 1, 2 and a small number' \
		'a program that is confined less'
	is_sanitized && return
	for limit in as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio \
		rttime sigpending stack; do
		for value in 0 1 2 64; do
			try_limited "$limit=$value" run "$HELPERS/confine_self" "$SD_UID" "$SD_UID"
			case $limit:$status in
			# The kernel ends who reaches these, in execve, too; musl a program with
			# the bit whose three descriptors it cannot look at; and prlimit(1) says
			# that it cannot execute anything then.
			as:* | cpu:* | data:* | stack:* | nofile:*)
				case $output in
				'' | OK | selfdock* | prlimit*) continue ;;
				esac
				;;
			nice:1 | rtprio:1) continue ;; # the caller may not have that much
			esac
			assert_refused_or_confined "$limit=$value"
		done
	done
}

testWithEachNumberOfDescriptorsWhatStartsIsConfined() {
	scenario T-1206 'from 3 to 64 open files' 'a program that is confined less'
	rounds 8 2 1
	for count in $(seq 3 "$rounds" 64); do
		for options in '' --init; do
			try_limited "nofile=$count" run $options -m /usr /usr cat /proc/self/status
			case $status in
			0)
				assertContains "$count" "$output" "NoNewPrivs:	1"
				assertContains "$count" "$output" "CapBnd:	0000000000000000"
				;;
			125) ;;
			*) [ "$count" -lt 16 ] || fail "$count: $status: $output" ;;
			esac
		done
	done
}

testLimitOfTheCallerIsTheProgramsAndNoHigher() {
	scenario T-1206 'to get a limit raised by a start' 'more than the caller has'
	for limit in nofile core cpu; do
		for way in run 'run --init' build; do
			capture $AS $OUTER prlimit --$limit=60:70 "$SELFDOCK" $way \
				prlimit --$limit --raw --noheadings -o SOFT,HARD
			assertEquals "$limit $way" '60 70' "$(echo $output)"
			capture $AS $OUTER prlimit --$limit=60:70 "$SELFDOCK" $way \
				prlimit --$limit=60:71 echo raised
			assertNotContains "$limit $way" "$output" raised
		done
	done
}

# --- the state of the process ---

testIgnoredChildSignalDoesNotHideTheStatus() {
	scenario T-1207 'to have it ignore the end of its child' \
		'the status of another'
	outside timeout -s KILL 10 "$HELPERS/confine_caller" nochld "$SELFDOCK" run sh -c 'exit 42'
	assertEquals 42 $?
}

testStateOfTheCallerIsInherited() {
	is_sanitized && return
	scenario T-1207 'odd masks, limits and modes at the start' \
		'a program without the state that its caller chose'
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

testAlarmSetByTheCallerEndsTheInstance() {
	scenario T-1207 'a timer that is set before the start' 'an instance that goes on'
	with_caller alarm run sleep 30
	assertEquals 142 $?
}

testAlarmSetByTheCallerReachesAHandler() {
	scenario T-1207 'a timer that is set before the start' \
		'a monitor that dies and leaves its program'
	with_caller alarm run sh -c 'trap "echo handled; exit 7" ALRM
		sleep 10 & wait' >"$SCRATCH/home/out"
	assertEquals 7 $?
	assertEquals handled "$(cat "$SCRATCH/home/out")"
}

testProcessThatSharesMemoryOfTheKernelCannotSteerAStart() {
	lacks_userns && return
	scenario T-1207 'a process that shares directory, umask and descriptors, and changes them' \
		'a privileged start whose state another process changes'
	for options in '' --init; do
		for round in 1 2 3 4 5; do
			oddly shared run $options sh -c 'grep -E "^(NoNewPrivs|CapBnd|CapEff|Uid)" \
				/proc/self/status; ls /proc/self/fd | wc -l'
			# With the umask of another moment it may be able to make nothing.
			case $status:$output in
			125:selfdock*'Permission denied') continue ;;
			esac
			assertEquals "$options $round: $output" 0 "$status"
			assertEquals "$options $round" "$(printf '%s\n' \
				"Uid:	$SD_UID	$SD_UID	$SD_UID	$SD_UID" \
				"CapEff:	0000000000000000" "CapBnd:	0000000000000000" \
				"NoNewPrivs:	1" 4)" "$output"
		done
	done
}

# --- a filter around ---

testEachCallThatAFilterRefusesIsNamedOrDoneWithout() {
	lacks_userns && return
	is_sanitized && return
	case $MODE in plain | root) ;; *) skip 'the same as in plain' && return ;; esac
	scenario T-1209 'a filter that refuses one call of a start' \
		'a program that is confined less'
	set -- -m /usr /selfdock-new -v "$WORK" /opt -t size=1m /mnt --mask /etc/passwd
	calls_of "$@" >"$SCRATCH/home/calls"
	assertTrue 'they were found' '[ "$(wc -l <"$SCRATCH/home/calls")" -gt 40 ]'
	output=$($AS "$HELPERS/refuse_each" "$SELFDOCK" "$@" run "$HELPERS/nothing" \
		<"$SCRATCH/home/calls")
	# A program that the kernel reaps has its status told by an ioctl: without, it is 125.
	known=none
	! kernel_ties || known='^wrong: ioctl [0-9]*: 0x7d00 $'
	output=$(echo "$output" | grep -v "$known")
	assertEquals '' "$(echo "$output" | grep -A 9 ^wrong)"
	restrict='' ioctl='ioctl '
	! kernel_ties || ioctl=
	"$HELPERS/confine_abstract" scopes x && restrict='landlock_restrict_self '
	# Where keyctl and Landlock are refused, the filters of an instance stand in; and the list
	# of mounts in /proc where the kernel does not tell those on the root.
	works=$(echo "$output" | awk '/^works:/ { print $2 }' | sort -u |
		grep -vE 'listmount|statmount|syscall_0x1c[9a]')
	assertEquals "clock_gettime clone3 getppid ${ioctl}keyctl landlock_create_ruleset \
${restrict}rt_sigaction rt_sigpending" "$(echo "$works" | xargs)"
	assertTrue "$output" '[ "$(echo "$output" | sed -n "s/^told: //p")" -ge 72 ]'
}

testEachCallOfOptionsThatAFilterRefusesIsNamed() {
	lacks_userns && return
	is_sanitized && return
	case $MODE in plain | root) ;; *) skip 'the same as in plain' && return ;; esac
	scenario T-1209 'a filter that refuses a call for an option' 'an option without its effect'
	calls_of >"$SCRATCH/home/calls"
	calls_of --init --net none | grep -vxF -f "$SCRATCH/home/calls" >"$SCRATCH/home/more"
	for name in socket pipe2 execveat rt_sigtimedwait waitid kill; do
		assertContains "$(cat "$SCRATCH/home/more")" " $name"
	done
	output=$($AS "$HELPERS/refuse_each" "$SELFDOCK" --init --net none run "$HELPERS/nothing" \
		<"$SCRATCH/home/more")
	assertEquals '' "$(echo "$output" | grep -A 9 ^wrong)"
	assertEquals 'setsid' "$(echo "$output" | awk '/^works:/ { print $2 }' | sort -u | xargs)"
}

# By root the filter comes without NO_NEW_PRIVS, so that the bit has its effect. The program is read
# about where no call has been replaced: in what the kernel says of it.
testCallsThatClaimToHaveDroppedEverythingAreNotBelieved() {
	scenario T-1209 'a filter by which the drops of privilege succeed without an effect' \
		'a program with privilege'
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer one does not start' && return
	is_sanitized && return
	# as(1) would call what is replaced; these two calls do the same.
	become=
	[ "$MODE" = root ] || become="$PYTHON $SCRATCH/home/become.py $TESTER"
	cat >"$SCRATCH/home/become.py" <<-'EOF_BECOME'
		import os, sys
		os.setgroups([])
		os.setregid(int(sys.argv[1]), int(sys.argv[1]))
		os.setreuid(int(sys.argv[1]), int(sys.argv[1]))
		os.execv(sys.argv[2], sys.argv[2:])
	EOF_BECOME
	for call in 'setresuid 117' 'setresgid 119' 'capset 126' 'prctl 157' 'prlimit64 302' \
		'close_range 436' 'rt_sigprocmask 14' 'umount2 166' 'mount_setattr 442' \
		'move_mount 429' 'pivot_root 155' 'chdir 80' 'fchdir 81' 'seccomp 317'; do
		[ "$(uname -m)" = x86_64 ] || continue
		capture "$HELPERS/refuse" "${call#* }" 0 $become "$SELFDOCK" run \
			cat /proc/self/status
		[ "$status" = 125 ] && continue
		[ "${call% *}" = seccomp ] && continue # a filter that lies about filters
		assertContains "${call% *}: $status" "$output" "NoNewPrivs:	1"
		assertContains "${call% *}" "$output" "CapEff:	0000000000000000"
		assertContains "${call% *}" "$output" "CapBnd:	0000000000000000"
		assertContains "${call% *}" "$output" "Uid:	$SD_UID	$SD_UID	$SD_UID	$SD_UID"
	done
}

. shunit2
