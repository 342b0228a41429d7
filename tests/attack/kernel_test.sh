#!/bin/sh
# SPDX-License-Identifier: ISC
# Attacks on what selfdock must not open of the kernel: namespaces where users may make none, what
# is root's alone, cgroups, handles, the page cache.
# shellcheck disable=SC2016,SC2086 # most programs here are for the shell inside; words
. tests/common.sh

# What starts a program in an instance, one way a line; a program is executed by "$SELFDOCK" and
# these words.
WAYS='run
build
run --init
--net none run
--proc host run
run --no-userns'

# A user namespace of the program's own. In an instance of root's no ids can be mapped.
OWN=-Ur
[ "$MODE" != root ] || OWN=-U

# each_way COMMAND...: the command in an instance of each way, with "WAY: OUTPUT" of each in
# $output.
each_way() {
	all=
	while read -r way; do
		try $way "$@"
		all="$all$way: $output
"
	done <<-EOF_WAYS
		$WAYS
	EOF_WAYS
	# Here nothing but the capabilities keeps root from the machine.
	if [ "$MODE" = root ]; then
		capture "$HELPERS/refuse" userns 22 "$SELFDOCK" run "$@"
		all="${all}without: ${output#*starting without one?}
"
	fi
	output=$all
}

# assert_nothing_gained GROUP: by tests/attack/kernel_calls.c, whichever way it is started.
assert_nothing_gained() {
	each_way "$HELPERS/kernel_calls" "$1"
	ways=$WAYS
	[ "$MODE" != root ] || ways="$WAYS
without"
	assertEquals "$(echo "$ways" | sed 's/$/: 0 gained/')" "${output%?}"
}

# in_limits NAME=N,... SCRIPT: by root, in a user namespace of all ids in which there may be so many
# others of each kind, by sh.
in_limits() {
	printf '. tests/common.sh\n%s\n' "$2" >"$SCRATCH/home/limited"
	capture "$HELPERS/kernel_limits" "$1" sh "$SCRATCH/home/limited"
}

# --- user namespaces ---

testNoUsernsForbidsThem() {
	lacks_userns && return
	scenario T-1401 'a user namespace despite --no-userns' \
		'what the kernel keeps from users without one'
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
	scenario T-1401 '--no-userns where the namespace is that of the host' \
		'the limit of the host changed'
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
	scenario T-1401 '--no-userns below a read-only /proc' \
		'a program that believes itself without'
	in_mounts private 'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys
		sd --proc host run echo without
		sd --proc host --no-userns run echo with || echo $?'
	assertContains "$output" without
	assertFalse "$output" 'echo "$output" | grep -qx with'
	assertContains "$output" '--no-userns cannot write'
	assertContains "$output" 'it is read-only or a mount here'
	assertEquals 125 "$(echo "$output" | tail -n 1)"
}

# The limit leaves room for the namespace of the instance alone. Inside it is the kernel that counts
# all levels.
testWhereTheLimitIsReachedTheProgramMakesNone() {
	scenario T-1401 'a user namespace inside where the limit allows only that of the instance' \
		'what the kernel keeps from users without one'
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the limit is for one level' && return
	lacks_userns && return
	for option in '' --init; do
		in_limits user=1 'sd run '$option' sh -c "unshare -U echo gained; echo ran"'
		assertContains "$option: $output" "$output" ran
		assertNotContains "$option" "$output" gained
		assertContains "$option: $output" "$output" 'No space left on device'
	done
}

testProgramCannotUseTheNamespaceOfTheStart() {
	scenario T-1401 'to join, map and limit the namespace that the start made' \
		'capabilities over a namespace of true ids'
	assert_nothing_gained namespace
}

testProcessOutsideCannotUseTheNamespaceOfTheStart() {
	scenario T-1401 'to join the namespaces of an instance from outside' \
		'capabilities over a namespace of true ids'
	[ "$MODE" = setuid ] || { skip 'elsewhere it is that of who starts' && return; }
	monitor=$(sd run -d sleep "81.$$")
	program=$(pgrep -f "^sleep 81.$$")
	for kind in user mnt pid ipc uts net cgroup; do
		assertFalse "$kind" "as_tester nsenter --$kind=/proc/$program/ns/$kind true"
	done
	assertFalse 'all' "as_tester nsenter -a -t $program true"
	for file in uid_map gid_map setgroups; do
		assertFalse "$file" "as_tester sh -c 'echo 0 0 1 >/proc/$program/$file'"
	done
	kill "$monitor"
}

# --- what is root's ---

testCallsForRootAreRefused() {
	scenario T-1406 'each call that the kernel keeps for root' 'what only root may do'
	assert_nothing_gained root
}

testCallsForRootAreRefusedToWhatEnters() {
	scenario T-1406 'each call that the kernel keeps for root, by a program that enters' \
		'what only root may do'
	scene 'id=$($SD run -d sleep 600) && $SD enter $id "$HELPERS/kernel_calls" root; kill $id'
	assertEquals '0 gained' "$output"
}

# The program is root there, with every capability over a namespace of its own.
testCallsForRootAreRefusedInANamespaceOfOnesOwn() {
	lacks_userns && return
	scenario T-1406 'each call that the kernel keeps for root, as root of an own namespace' \
		'what only root may do'
	for applet in run build; do
		try $applet unshare $OWN -mpfi "$HELPERS/kernel_calls" root
		assertEquals "$applet" '0 gained' "$output"
	done
}

testSettingsOfTheKernelCannotBeOpened() {
	scenario T-1406 'to open each file of /proc and /dev that is for root' \
		'the settings and the memory of the machine'
	assert_nothing_gained files
}

# --- quotas ---

# With the limit at eight, the first starts that leave one would be the last.
testNamespacesOfStartsComeBack() {
	lacks_userns && return
	scenario T-1402 'starts that are killed, where there is room for a few' \
		'namespaces that are used up for good'
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the limit is for one level' && return
	rounds 12 60 300
	for option in '' --init; do
		in_limits user=8,pid=8,ipc=8,uts=8,cgroup=8 '
			# The kernel counts those of before down a little later.
			begin() {
				$AS "$SELFDOCK" run '$option' sleep "82.'$$'" & job=$!
				for look in $(seq 1000); do
					! pgrep -f "^sleep 82.'$$'" || return 0
					kill -0 $job || return
					sleep 0.01
				done
				return 1
			}
			for round in $(seq '"$rounds"'); do
				until_true begin || break
				kill -KILL $job
				until_true eval "! pgrep -f ^sleep.82.'$$'" || break
				wait $job
				until_true sd run true || break
				echo ended
			done'
		assertEquals "$option: $output" "$rounds" "$(echo "$output" | grep -c ended)"
	done
	figure "$((2 * rounds)) killed starts, 0 namespaces left"
}

testInotifyInstancesComeBack() {
	scenario T-1402 'all inotify instances that there are, by a program that is killed' \
		'instances of the kernel that are used up for good'
	for option in '' --init; do
		: >"$SCRATCH/home/out"
		sd run $option $PYTHON -c '
import ctypes, time
while ctypes.CDLL(None).inotify_init() >= 0: pass
print("full", flush=True)
time.sleep(600)' "83.$$" >"$SCRATCH/home/out" 2>&1 &
		job=$!
		until_true grep -q full "$SCRATCH/home/out"
		kill -KILL "$(pgrep -o -f "83[.]$$")"
		wait "$job" 2>/dev/null
		until_true eval '! pgrep -f "83[.]$$"'
		until_true sd run $PYTHON -c 'import ctypes, sys
sys.exit(ctypes.CDLL(None).inotify_init() < 0)'
		assertTrue "$option" $?
	done
}

testQueuesAndMemoryOfAnInstanceEndWithIt() {
	scenario T-1402 'queues, memory segments and semaphores without end' \
		'memory of the kernel that nobody frees'
	before=$(as_tester "$HELPERS/kernel_calls" ipc-list)
	for way in run build '--init run'; do
		try $way "$HELPERS/kernel_calls" ipc-fill
		assertContains "$way: $output" "$output" 'filled'
	done
	assertEquals "$before" "$(as_tester "$HELPERS/kernel_calls" ipc-list)"
	as_tester "$HELPERS/kernel_calls" ipc-remove
}

testMemoryOfAnInstanceIsNotLockedBeyondTheLimit() {
	scenario T-1402 'to lock more memory than the limit' \
		'memory of the machine that nobody gets'
	for way in run build 'run --init'; do
		try_limited memlock=65536 $way "$HELPERS/kernel_calls" lock
		assertEquals "$way" '0 gained' "$output"
	done
}

# --- cgroups ---

# in_cgroup COMMAND...: the command, and all that it starts, as members of $cgroup.
in_cgroup() {
	(sh -c 'echo "$PPID" >"$1/cgroup.procs"' sh "$cgroup" && "$@")
}

# The program tries to reach a cgroup of the caller's. A service manager gives one to each user,
# and root owns all. Each attack has a process to kill: the attack from outside must kill it.
testCgroupsOutsideAreOutOfReach() {
	lacks_userns && return
	scenario T-1403 'a cgroup namespace of its own in seven ways' \
		'the processes of the caller killed'
	hierarchy=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	cgroup=$hierarchy/selfdock-$MODE-$$
	[ ! "$hierarchy" ] && skip 'no cgroup2' && return
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
	# That the attack works outside is seen once they have died.
	until_true eval '! pgrep -f "^sleep 71.$$"'
	rm -rf /tmp/cgroup
	until_true rmdir "$cgroup"
}

testNoCgroupFileSystemIsInView() {
	scenario T-1403 'to find a cgroup file system in the view' 'the cgroups of the machine'
	while read -r way; do
		# What is covered is listed, too.
		assertEquals "$way" '' "$(sd $way sh -c '
			for at in $(awk "/ - cgroup2? /{ print \$5 }" /proc/self/mountinfo); do
				stat -f -c %T $at
			done 2>/dev/null | grep cgroup')"
		assertEquals "$way" '' "$(sd $way sh -c 'ls -A /sys/fs/cgroup 2>/dev/null')"
		assert_output "" $way sh -c 'find /sys /run /dev -name release_agent 2>/dev/null; :'
	done <<-EOF_WAYS
		$WAYS
	EOF_WAYS
}

# The caller passes the files in. The kernel asks for capabilities of the machine.
testReleaseAgentCannotBeWritten() {
	lacks_userns && return
	scenario T-1403 'to name a release agent in a mapped cgroup file system' \
		'a program that the kernel runs as root outside'
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer instance has none' && return
	hierarchy=$(awk '$3 == "cgroup" { print $2; exit }' /proc/mounts)
	[ ! "$hierarchy" ] && skip 'no cgroup of version 1' && return
	before=$(cat "$hierarchy/release_agent")
	for way in run build '--no-userns run'; do
		try -v "$hierarchy" /tmp/cgroup $way sh -c 'cd /tmp/cgroup
			echo /bin/false >release_agent
			unshare $0 sh -c "echo /bin/false >release_agent; echo tried"' "$OWN_USERNS"
		[ "$way" = '--no-userns run' ] || ! $AS unshare -U true 2>/dev/null ||
			assertContains "$way" "$output" tried
		assertEquals "$way" "$before" "$(cat "$hierarchy/release_agent")"
	done
	# Root with its capabilities outside can.
	assertTrue 'outside' "[ -w '$hierarchy/release_agent' ]"
}

# --- handles and the page cache ---

testFilesCannotBeOpenedByTheirHandles() {
	scenario T-1404 'to open a file outside by its handle' 'every file of the file system'
	lacks_root && return
	echo secret >"$SCRATCH/secret"
	chmod 600 "$SCRATCH/secret"
	open=$HELPERS/kernel_handle
	handle=$("$open" "$SCRATCH/secret") || { skip 'no handles here' && return; }
	assertEquals 'root, outside' secret "$("$open" / "$handle")"
	as_tester touch "$WORK/file"
	for way in run build 'run --init' '--no-userns run'; do
		for place in / /tmp /usr "$WORK/file"; do
			try -v "$WORK" "$WORK" $way "$open" "$place" "$handle"
			assertContains "$way $place: $output" "$output" 'not permitted'
			try -v "$WORK" "$WORK" $way unshare $OWN -m "$open" "$place" \
				"$handle"
			assertNotContains "$way $place" "$output" secret
		done
	done
	[ "$MODE" = root ] || return 0
	output=$("$HELPERS/refuse" userns 22 "$SELFDOCK" build "$open" / "$handle" 2>&1)
	assertContains 'without a user namespace' "$output" 'not permitted'
}

testCryptographyOfTheKernelIsOutOfReach() {
	lacks_userns && return
	scenario T-1405 'AF_ALG, by each call that makes a socket' \
		'the page cache of files that are read-only'
	assert_nothing_gained alg
	for applet in run build; do
		try $applet unshare $OWN -n "$HELPERS/kernel_calls" alg
		assertEquals "$applet" '0 gained' "$output"
	done
	scene 'id=$($SD run -d sleep 600) && $SD enter $id "$HELPERS/kernel_calls" alg; kill $id'
	assertEquals '0 gained' "$output"
}

testReadOnlyFilesCannotBeWrittenThroughPipesAndMaps() {
	scenario T-1405 'splice, vmsplice, a shared map and sendfile onto a read-only file' \
		'files of the host changed'
	as_tester sh -c 'echo original >"$1"' sh "$WORK/file"
	for way in run build 'run --init'; do
		try -m "$WORK" "$WORK" $way "$HELPERS/kernel_calls" pages "$WORK/file"
		assertEquals "$way" '0 gained' "$output"
	done
	assertEquals original "$(cat "$WORK/file")"
}

. shunit2
