# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034 # what is set here is used by the tests
# Shared by all test files, which begin with ". tests/common.sh" and end with
# ". shunit2". tests/run sets the environment:
#   MODE      plain, setuid, root or nested
#   SCRATCH   a directory below which only work/ is the tester's to write
#   TESTER    uid and gid of the plain user, TESTER_GROUPS the groups
#   OTHER     uid of another one; empty where the suite is not run by root
# Other files of tests run meanwhile, as the same user where that is root or where the
# suite is not run by root: names of instances, and what pgrep looks for, are one's own.
#
#   sd ARGS...     selfdock in this mode; prefix it with a variable to set it
#   as_tester ...  a command as the user that sd runs as
#   as_other ...   a command as the user OTHER, where the suite is run by root
#
# Where nested, the outer instance has work/ as a volume; like every mount below
# the root it is covered in the inner one, unless the test maps it.
#
#   scene SCRIPT   a script that calls $SD, in one instance where nested
#   on_terminal STEP... -- ARGS...
#                  sd as the job of a terminal: tests/helpers/terminal.py
#   outside ...    a command where sd is started: nested, in the outer instance
#   in_mounts PROPAGATION SCRIPT ARGS...
#                  a script for sh in a mount namespace and directory of its own
#   try ARGS...    sd, with what it prints in $output and its status in $status
#   skip REASON    names and counts a skip: "skip 'no gdb' && return"

HELPERS=$SCRATCH/helpers
WORK=$SCRATCH/work
PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export HOME="$SCRATCH/home"
unset SHELL
umask 022

case $MODE in
setuid) SELFDOCK=$SCRATCH/setuid/selfdock ;;
*) SELFDOCK=$SCRATCH/plain/selfdock ;;
esac

am_root() {
	[ "$(id -u)" = 0 ]
}

# The same as words: "$AS ..." is one process.
AS=
[ "$MODE" = root ] || ! am_root ||
	AS="setpriv --reuid $TESTER --regid $TESTER --groups $TESTER_GROUPS --"

as_tester() {
	$AS "$@"
}

as_other() {
	setpriv --reuid "$OTHER" --regid "$OTHER" --clear-groups -- "$@"
}

# The identity map that root makes for the caller with that id.
map_for() {
	echo "0 0 $(($1 + 1))"
	echo "$(($1 + 1)) $(($1 + 1)) $((4294967294 - $1))"
}

# The uid that the program of an instance has in this mode.
sd_uid() {
	as_tester id -u
}

# Root inside an instance cannot override whose directory it is.
! am_root || chown "$(sd_uid)" "$WORK"

sd() {
	case $MODE in
	nested) as_tester "$SELFDOCK" -v "$WORK" "$WORK" run -- "$SELFDOCK" "$@" ;;
	*) as_tester "$SELFDOCK" "$@" ;;
	esac
}

outside() {
	case $MODE in
	nested) as_tester "$SELFDOCK" -v "$WORK" "$WORK" run -- "$@" ;;
	*) as_tester "$@" ;;
	esac
}

# sd with a terminal of its own for its arguments, which hold no quotes.
sd_on_terminal() {
	cat >"$SCRATCH/home/command" <<-EOF_COMMAND
		. tests/common.sh
		sd $(printf "'%s' " "$@")
	EOF_COMMAND
	script -qec "sh $SCRATCH/home/command" /dev/null | tr -d '\r'
}

# What sd executes as the tester, as words.
SD_WORDS=$SELFDOCK
[ "$MODE" != nested ] || SD_WORDS="$SELFDOCK -v $WORK $WORK run -- $SELFDOCK"

# on_terminal STEP... -- ARGS...: fails the test where a step does not hold.
on_terminal() {
	steps=0
	for word; do
		[ "$word" != -- ] || break
		steps=$((steps + 1))
	done
	for word; do
		shift
		# shellcheck disable=SC2086 # words
		[ "$steps" != 0 ] || set -- "$@" -- $SD_WORDS
		[ "$steps" = 0 ] || set -- "$@" "$word"
		steps=$((steps - 1))
	done
	terminal "$@"
}

# The same with any command after the "--".
terminal() {
	as_tester /usr/bin/python3 "$HELPERS/terminal.py" "$@" || fail "see above"
}

# until_true COMMAND...: waits for it, but not for ever.
until_true() {
	tries=100
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# Output of sd on both streams, and its status in $status.
try() {
	output=$(sd "$@" 2>&1)
	status=$?
}

# in_mounts PROPAGATION SCRIPT ARGS...: by root, with its output in $output.
in_mounts() {
	propagation=$1 script=$2
	shift 2
	rm -rf "$SCRATCH/mounts"
	mkdir "$SCRATCH/mounts"
	output=$(unshare -m --propagation "$propagation" \
		sh -ec ". tests/common.sh; cd '$SCRATCH/mounts'; $script" sh "$@" 2>&1)
}

# scene SCRIPT: a script for sh, which calls selfdock as $SD, with its output and
# errors in $output and its status in $status; where nested, in one instance.
scene() {
	outer=
	[ "$MODE" != nested ] || outer="$SELFDOCK -v $WORK $WORK run"
	# shellcheck disable=SC2086 # words
	output=$(cd / && as_tester $outer env SD="$SELFDOCK" WORK="$WORK" HELPERS="$HELPERS" \
		sh -c "$1" 2>&1)
	status=$?
}

# assert_fails STATUS PATTERN ARGS...: sd ends with that status and one line
# on standard error that matches the pattern, and nothing else.
assert_fails() {
	wanted=$1 pattern=$2
	shift 2
	try "$@"
	assertEquals "status of: $*" "$wanted" "$status"
	case $output in
	*"
"*) fail "more than a line of: $* -> $output" ;;
	selfdock*:*$pattern*) ;;
	*) fail "message of: $* -> '$output' does not match '$pattern'" ;;
	esac
}

# assert_output TEXT ARGS...: sd succeeds and prints exactly that.
assert_output() {
	wanted=$1
	shift
	try "$@"
	assertEquals "output of: $*" "$wanted" "$output"
	assertEquals "status of: $*" 0 "$status"
}

# assert_whole STATES "COMMAND OPTION..." STARTER...: no state of those that
# tests/helpers/states_matrix.c knows makes it start by half; what that prints is in $output.
assert_whole() {
	states=$1 command=$2
	shift 2
	# shellcheck disable=SC2086 # words
	output=$(cd / && "$@" "$HELPERS/states_matrix" $states $command "$HELPERS/states_matrix" started)
	assertEquals "$output; $command, by: $*" "0 wrong" "${output##*, }"
}

skip() {
	echo "SKIP: $1"
}

# shunit2 calls this before the tests. It would count each assertion that holds by four
# processes.
# shellcheck disable=SC2317 # it is reached
suite() {
	_shunit_assertPass() {
		__shunit_assertsPassed=$((__shunit_assertsPassed + 1))
		__shunit_assertsTotal=$((__shunit_assertsTotal + 1))
	}
}

lacks_root() {
	! am_root && skip 'mounting needs root'
}

# By a runtime that is a shared library, and makes system calls of its own.
is_sanitized() {
	[ "${SANITIZED-}" ] && skip 'the runtime of the sanitizers is in the way'
}

lacks_levels() {
	[ "$MODE" = root ] && skip 'no instance starts inside one that root started'
}

# A root file system that gets its programs by "-m /usr /usr".
make_rootfs() {
	as_tester mkdir -p "$1/proc" "$1/dev" "$1/tmp" "$1/usr" "$1/etc" "$1/data"
	for name in bin sbin lib lib64; do as_tester ln -s "usr/$name" "$1/$name"; done
}

# What there is below directories, to compare with what there is later.
snapshot() {
	find "$@" -printf '%p %y %i %m %U:%G %n %s %T@ %C@ %l\n' | sort
}

# A program for sh -c: prints ro or rw for each directory, and changes nothing:
# where writing is possible, the kernel gets as far as looking the name up.
# shellcheck disable=SC2016 # for the shell inside
export WRITABLE='for dir; do
	case $(rmdir "$dir/no-such-entry" 2>&1) in
	*Read-only*) all="$all ro" ;;
	*"No such"*) all="$all rw" ;;
	*) all="$all ?" ;;
	esac
done; echo $all'
