#!/bin/sh
# SPDX-License-Identifier: ISC
# selfdock-check where the machine refuses, lacks or hides what it looks at: it goes on, says what
# is unknown, and prints the same JSON as everywhere.
# modes: plain setuid root
# shellcheck disable=SC2016,SC2086 # the scripts are for another shell; words
. tests/common.sh
export LC_ALL=C

BLIND=$SCRATCH/blind
# A setting that concerns users without the setuid bit.
USERNS=
[ "$MODE" != plain ] || USERNS='userns '

setUp() {
	mkdir "$BLIND"
}

tearDown() {
	rm -rf "$BLIND"
}

# blind NAME COMMAND...: the check, executed by that command.
blind() {
	blind=$1
	shift
	"$@" $AS $SD_WORDS check --json >"$BLIND/$blind" 2>&1
	echo "$?" >>"$BLIND/$blind"
}

# judge: what the helper says of each in $output.
judge() {
	capture $PYTHON "$HELPERS/blind.py" "$BLIND"/*
}

# assert_blind LINE...: exactly these have been said, in any order.
assert_blind() {
	assertEquals "$(printf '%s\n' "$@" | sort)" "$(printf '%s\n' "$output" | sort)"
}

NO_START='start directory names home tmp'

testEachCallThatIsRefused() {
	lacks_userns && return
	is_sanitized && return
	"$HELPERS/blind_calls" >"$SCRATCH/calls"
	while read -r name number; do
		for error in 1 38; do
			blind "$name-$error" "$HELPERS/refuse" "$number" "$error" &
		done
	done <"$SCRATCH/calls"
	wait
	judge
	# With the bit, a process that cannot be sure about its rights goes no further. Elsewhere it
	# has only the caller's.
	failed=$(printf '%s\n' "$output" | sed -n 's/-[0-9]* 125 no JSON: selfdock.*//p' |
		uniq | paste -sd ' ')
	unsure='capget getresgid getresuid prctl' told=
	[ "$MODE" = setuid ] || told=$unsure unsure=
	assertEquals "$unsure" "$failed"
	output=$(printf '%s\n' "$output" | grep -v ' 125 ')
	assertNotContains "$output" 'no JSON'
	all='kernel userns binary limits proc filter landlock terminal pid1'
	for error in 1 38; do
		for line in "uname-$error 0 kernel" "kill-$error 0 pid1" \
			"getcwd-$error 0 directory" \
			"clone-$error 1 limits pid1 start directory names home tmp" \
			"wait4-$error 1 $all $NO_START" \
			${told:+"capget-$error 1 directory names home tmp"} \
			${told:+"getresuid-$error 1 directory names home tmp"}; do
			assertContains "$output
" "$line
"
		done
		assertContains "$output" "openat2-$error 1 ${USERNS:-binary }proc terminal"
		assertContains "$output" "statx-$error 1 "
	done
}

testLimits() {
	lacks_userns && return
	is_sanitized && return
	for count in 4 5 10 20; do
		blind "files-$count" prlimit --nofile=$count:$count
	done
	blind memory prlimit --as=1192000:1192000
	before=$AS
	AS="$AS prlimit --nproc=0:0"
	blind processes env
	AS=$before
	judge
	processes='processes 1 limits pid1 start directory names home tmp'
	[ "$MODE" != root ] || processes='processes 0'
	view='directory names home tmp'
	assert_blind "files-4 1 $view" "files-5 1 $view" "files-10 1 $view" "files-20 1 $view" \
		'memory 0 proc' "$processes"
}

testStandardDescriptors() {
	lacks_userns && return
	blind stdin sh -c 'exec "$@" <&-' sh
	blind stderr sh -c 'exec "$@" 2>&-' sh
	judge
	assert_blind 'stderr 0' 'stdin 0'
	for closed in '>/dev/full' '>&-' '>&- <&-' '>&- 2>&- <&-'; do
		output=$(eval "$AS $SD_WORDS check 2>&1 $closed")
		status=$?
		# The C library gives a setuid program /dev/null for a closed descriptor.
		[ "$MODE $closed" = 'setuid >/dev/full' ] || [ "$MODE" != setuid ] || continue
		assertEquals "$closed: $output" 125 "$status"
	done
	rm -f "$WORK/file"
	output=$(prlimit --fsize=0:0 $AS sh -c '"$@" >"$0"' "$WORK/file" $SD_WORDS check 2>&1)
	assertEquals "125 selfdock-check: cannot write to standard output: File too large" \
		"$? $output"
}

testDirectories() {
	lacks_userns && return
	as_tester mkdir "$WORK/deleted" "$WORK/closed" "$WORK/closed/in"
	cd "$WORK/deleted" && blind deleted busybox sh -c 'rmdir "$0"; exec "$@"' "$WORK/deleted"
	cd "$WORK/closed/in" && blind closed busybox sh -c 'chmod 0 "$0"; exec "$@"' "$WORK/closed"
	chmod 700 "$WORK/closed"
	cd "$CHECK/source" || return
	judge
	assert_blind 'closed 0' 'deleted 0'
	assertContains "$(cat "$BLIND/deleted")" \
		'"directory","verdict":"note","text":"it was deleted or is out of reach'
}

# in_own_mounts NAME SCRIPT: where the script has changed what is mounted.
in_own_mounts() {
	blind "$1" unshare -m sh -c "$2"'; exec "$@"' sh
}

testMounts() {
	lacks_userns && return
	lacks_root && return
	in_own_mounts none 'umount -l /proc'
	in_own_mounts covered 'mount -t tmpfs none /proc'
	in_own_mounts settings 'mount -t tmpfs none /proc/sys'
	in_own_mounts foreign 'unshare -pf mount -t proc none /proc'
	# A /proc of their own: options of one are options of all its mounts.
	for option in hidepid=2 subset=pid; do
		blind "$option" unshare -mpf --mount-proc \
			sh -c 'mount -o "remount,$0" /proc && "$@"' "$option"
	done
	judge
	assert_blind 'covered 1 userns binary terminal directory names home tmp' \
		'foreign 1 userns binary directory names home tmp' 'hidepid=2 0' \
		'none 1 userns binary terminal directory names home tmp' \
		"subset=pid 0 ${USERNS}terminal" \
		"settings 1 ${USERNS}terminal directory names home tmp"
}

testPrivileges() {
	lacks_userns && return
	blind no-new-privs setpriv --no-new-privs
	before=$AS
	AS="setpriv --bounding-set=-all --reuid $SD_UID --clear-groups"
	! am_root || blind bounding env
	AS=$before
	judge
	bounding='bounding 1 directory names home tmp'
	[ "$MODE" != plain ] || bounding='bounding 0'
	! am_root || set -- "$bounding"
	assert_blind "$@" 'no-new-privs 0'
}

. shunit2
