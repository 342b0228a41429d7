#!/bin/sh
# SPDX-License-Identifier: ISC
# selfdock-check, and the same words after a failed start. The tests provoke every cause that
# they can; check has to name it with its remedy.
# alone: plain, since settings of the kernel are changed for a moment
# shellcheck disable=SC2016,SC2086 # the scripts here are for the shell inside; words
. tests/common.sh
export LC_ALL=C

# under COMMAND...: what check and run say where the command arranges something,
# and executes its last arguments.
under() {
	# shellcheck disable=SC2086 # words
	capture "$@" $AS $SD_WORDS check
	found=$output found_status=$status
	# shellcheck disable=SC2086 # words
	capture "$@" $AS $SD_WORDS run echo started
}

# assert_cause NAME PATTERN: check blames that probe, and run fails with a second line;
# nested, it is the outer one that fails, be it of check or of run.
assert_cause() {
	assertEquals "$1: $output" 125 "$status"
	assertContains "$1" \
		"$(printf '%s\n' "$output" | sed -n '2,$p' | grep '^selfdock-run: ')" "$2"
	[ "$MODE" = nested ] && return
	assertEquals "$1: $found" 1 "$found_status"
	assertContains "$1" "$(printf '%s\n' "$found" | grep "^$1 .*\(bad\|suspect\)")" "$2"
}

# assert_inert PATTERN: the setuid bit has no effect, and a start works without it.
assert_inert() {
	assertContains "$(printf '%s\n' "$found" | grep '^binary *bad')" "$1"
	assertEquals "$found" 0 "$found_status"
	assertEquals started "$output"
}

testCheckSaysThatInstancesStart() {
	try check
	assertEquals "$output" 0 "$status"
	for name in kernel userns binary limits proc filter landlock terminal pid1; do
		assertContains "$output" "$name"
	done
	assertContains "$output" "start     good     an instance starts
directory good     an instance starts in '"
	for name in names home tmp; do
		assertContains "$output" "
$name "
	done
	case $MODE in
	setuid) assertContains "$output" 'setuid root: ' ;;
	plain) assertContains "$output" 'no setuid bit' ;;
	root) assertContains "$output" 'the caller is root' ;;
	esac
}

testCheckSaysWhatAnInstanceShows() {
	scene 'mkdir -p /tmp/home.'$$'
		cd /dev; HOME=/tmp/home.'$$' "$SD" check
		cd /; HOME=/etc "$SD" check
		HOME=/none "$SD" check
		rmdir /tmp/home.'$$
	hidden="an instance does not show"
	assertEquals "directory note     $hidden '/dev': it starts with --chdir DIR
home      note     $hidden '/tmp/home.$$': -m and -v show what a program needs of it
tmp       good     an instance has a /tmp of its own
directory good     an instance starts in '/'
home      good     an instance shows '/etc'; --mask hides what is secret in it
tmp       good     an instance has a /tmp of its own
directory good     an instance starts in '/'
home      note     HOME is unset, or not a directory of yours
tmp       good     an instance has a /tmp of its own" \
		"$(echo "$output" | grep -E '^(directory|home|tmp) ')"
}

testCheckSaysWhetherPid1Reaps() {
	lacks_levels && return
	for options in '' --init; do
		capture $AS "$SELFDOCK" $options run "$SELFDOCK" check
		printf '%s\n' "$output" | grep '^pid1'
	done >"$SCRATCH/pid1"
	assertEquals 'pid1      note     it did not reap an orphan in 200 ms
pid1      good     it reaps orphans' "$(sed 's/:.*//' "$SCRATCH/pid1")"
}

testCheckPrintsJson() {
	sd check --json >"$SCRATCH/json"
	assertEquals 0 $?
	names='kernel userns binary limits proc filter landlock terminal pid1 start'
	assertEquals "$names directory names home tmp True" \
		"$($PYTHON -c 'import json, sys
found = json.load(open(sys.argv[1]))
print(*[check["name"] for check in found["checks"] if check["text"] and check["verdict"]],
	found["works"])' \
			"$SCRATCH/json")"
}

testCheckTakesNoOperand() {
	assert_fails 125 'no operand' check what
}

# The setuid bit

testBitWithoutEffectUnderNoNewPrivs() {
	lacks_userns && return
	[ "$MODE" = setuid ] || { skip 'for the setuid bit' && return; }
	under setpriv --no-new-privs
	assert_inert NO_NEW_PRIVS
}

testBitIsMootInAnInstance() {
	[ "$MODE" = setuid ] || { skip 'for the setuid bit' && return; }
	try run "$SELFDOCK" check
	assertContains "$output" 'binary    note     the setuid bit has no effect in an instance'
}

testBitWithoutEffectOnANosuidMount() {
	lacks_userns && return
	[ "$MODE" = setuid ] || { skip 'for the setuid bit' && return; }
	under unshare -m sh -c 'mount --bind "$SCRATCH/setuid" "$SCRATCH/setuid"
		mount -o remount,bind,nosuid "$SCRATCH/setuid"; exec "$@"' sh
	assert_inert nosuid
}

testBitOfAnotherOwner() {
	[ "$MODE" = setuid ] || { skip 'for the setuid bit' && return; }
	install -o "$OTHER" -m 4755 "$SELFDOCK" "$SCRATCH/home/selfdock"
	output=$(as_tester "$SCRATCH/home/selfdock" run echo started 2>&1)
	status=$?
	found=$(as_tester "$SCRATCH/home/selfdock" check 2>&1)
	found_status=$?
	assert_cause binary "belongs to uid $OTHER"
}

# User namespaces

testLimitOfUserNamespacesThatIsZero() {
	[ "$MODE" = plain ] || { skip 'only the plain binary can be put there' && return; }
	output=$(as_tester unshare -U --map-current-user --keep-caps sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces || exit 1
		exec setpriv --inh-caps=-all \
			sh -c "\$0 check >\$1; echo \$? >>\$1; exec \$0 run echo started" \
			"$0" "$1"' "$SELFDOCK" "$WORK/found" 2>&1)
	status=$?
	found=$(cat "$WORK/found")
	found_status=$(tail -n 1 "$WORK/found")
	assert_cause limits user.max_user_namespaces
}

testLimitOfOtherNamespacesThatIsZero() {
	[ "$MODE" = plain ] || { skip 'only the plain binary can be put there' && return; }
	for kind in mnt pid ipc uts cgroup; do
		output=$(as_tester unshare -U --map-current-user --keep-caps sh -c '
			echo 0 >/proc/sys/user/max_$2_namespaces || exit 1
			exec setpriv --inh-caps=-all \
				sh -c "\$0 check >\$1; echo \$? >>\$1; exec \$0 run echo started" \
				"$0" "$1"' "$SELFDOCK" "$WORK/found" "$kind" 2>&1)
		status=$?
		found=$(cat "$WORK/found")
		found_status=$(tail -n 1 "$WORK/found")
		assert_cause limits "user.max_${kind}_namespaces"
	done
}

# What Debian and Ubuntu have, if this kernel has it too.
testSettingsOfDistributions() {
	lacks_root && return
	[ "$MODE" = plain ] || { skip 'for the plain binary' && return; }
	tried=
	for setting in unprivileged_userns_clone:0 apparmor_restrict_unprivileged_userns:1; do
		file=/proc/sys/kernel/${setting%:*}
		[ -w "$file" ] || continue
		tried=$file
		before=$(cat "$file")
		echo "${setting#*:}" >"$file"
		under env
		echo "$before" >"$file"
		assert_cause userns "${setting%:*}"
	done
	[ "$tried" ] || skip 'this kernel has neither setting'
}

testSeccompFilterThatRefusesUserNamespaces() {
	lacks_root && return
	under "$HELPERS/refuse" userns 1
	assert_cause filter 'a seccomp filter'
}

testChroot() {
	is_sanitized && return
	lacks_root && return
	mkdir -p "$SCRATCH/check/proc" "$SCRATCH/check/dev" "$SCRATCH/check/bin"
	cp -p "$SELFDOCK" "$SCRATCH/check/bin"
	case $MODE in
	root) user=0:0 ;;
	*) user=$TESTER:$TESTER ;;
	esac
	for words in check 'run echo started'; do
		found=$output found_status=$status
		# shellcheck disable=SC2086 # words
		output=$(unshare -m sh -c '
			mount --rbind /proc "$1/proc"
			mount --rbind /dev "$1/dev"
			exec chroot --userspec="$0" "$@"' \
			"$user" "$SCRATCH/check" /bin/selfdock $words 2>&1)
		status=$?
	done
	assert_cause userns 'this is a chroot'
}

# /proc

testCoveredProc() {
	lacks_root && return
	under unshare -m sh -c 'mount -t tmpfs none /proc/sys/kernel; exec "$@"' sh
	assert_cause proc "'/proc/sys/kernel' is covered"
}

testMissingProc() {
	lacks_root && return
	under unshare -m sh -c 'umount -l /proc; exec "$@"' sh
	assertEquals "$output" 125 "$status"
	assertContains "$output" "'mount -t proc proc /proc'"
	[ "$MODE" = nested ] && return
	assertEquals "$found" 1 "$found_status"
	assertContains "$found" "'mount -t proc proc /proc'"
}

testForeignProc() {
	lacks_root && return
	[ "$MODE" = nested ] && skip 'once is enough' && return
	under unshare -m sh -c 'unshare -pf mount -t proc none /proc; exec "$@"' sh
	assertEquals "$found" 1 "$found_status"
	assertContains "$found" '/proc is of another pid namespace'
	assertEquals "$output" 125 "$status"
	assertContains "$output" 'another pid namespace'
}

testHiddenProcesses() {
	lacks_root && return
	[ "$MODE" = root ] && skip 'root sees them all' && return
	[ "$MODE" = nested ] && skip 'the /proc inside is a new one' && return
	under unshare -mpf --mount-proc sh -c 'mount -o remount,hidepid=2 /proc; "$@"' sh
	assertContains "$found" hidepid
	assertEquals started "$output"
}

# Enter

testEnterSaysThatItsBitHasNoEffect() {
	[ "$MODE" = setuid ] || { skip 'for the setuid bit' && return; }
	as_tester "$SELFDOCK" run -d -n checked sleep 600 >/dev/null
	# shellcheck disable=SC2086 # words
	output=$(setpriv --no-new-privs $AS "$SELFDOCK" enter checked true 2>&1)
	assertEquals "$output" 125 $?
	assertContains "$(printf '%s\n' "$output" | sed -n 2p)" NO_NEW_PRIVS
	kill "$(as_tester "$SELFDOCK" ls -q checked)"
}

testOrdinaryErrorsHaveNoSecondLine() {
	assert_fails 125 'No such file' run -m /none /etc true
	assert_fails 125 'No such file' run -r /none true
	assert_fails 127 'No such file' run /none
}

. shunit2
