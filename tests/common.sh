# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034,SC2086,SC2153 # what is set here is used by the tests; words
# Shared by all test files, which begin with ". tests/common.sh" and end with
# ". shunit2". tests/run sets the environment:
#   MODE      plain, setuid, root or nested
#   RUNNER    uid of who runs the suite
#   SCRATCH   a directory below which only home/ and work/ are the tester's to write;
#             here/ is a part of the root file system in every instance
#   TESTER    uid and gid of the plain user, TESTER_GROUPS the groups
#   OTHER     uid of another one; empty where the suite is not run by root
#   SLOW      how many times slower than usual the machine is
# Other tests run meanwhile, as the same user where that is root or where the suite is not
# run by root: names of instances, and what pgrep looks for, are one's own.
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
#                  sd as the job of a terminal: tests/helpers/terminal.c
#   outside ...    a command where sd is started: nested, in the outer instance
#   in_mounts PROPAGATION SCRIPT ARGS...
#                  a script for sh in a mount namespace and directory of its own
#   capture ...    a command, with what it prints in $output and its status in $status
#   try ARGS...    sd in the same way
#   try_limited RESOURCE=LIMIT ARGS...
#                  the same with that limit
#   read_all FILE  what is in it, in $output
#   until_true COMMAND...
#                  waits for it: tests/helpers/scene.sh
#   once NAME COMMAND...
#                  for all modes of a file
#   kernel_ties    whether it is Linux 7.1 or newer, which ties processes
#   share COUNT    how many of so many rounds are this mode's
#   example WORDS  the block of README.md that follows a line with these first words
#   skip REASON    names and counts a skip: "skip 'no gdb' && return"
#
# For tests/attack:
#   scenario T-NNN WHAT GAIN
#                  the test is an attack of that number in tests/attack/threats: what it tries, and
#                  what the attacker would have if it worked. Counted where the test is not skipped
#   rounds FAST HOUR FULL
#                  sets $rounds to what "make check", "make proof" and "make proof PROOF=full" do
#   figure TEXT    what has been tried, for the table of "make proof": "COUNT UNIT, ..."

HELPERS=$SCRATCH/helpers
WORK=$SCRATCH/work
HERE=$SCRATCH/here
SYSTEM_PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
PATH=$HELPERS/bin:$SYSTEM_PATH
PYTHON='/usr/bin/python3 -ES' # it starts in two thirds of the time without its site packages
export HOME="$SCRATCH/home" SHUNIT_COLOR=none
unset SHELL
umask 022
SLOW=${SLOW:-1}

case $MODE in
setuid) SELFDOCK=$SCRATCH/setuid/selfdock ;;
*) SELFDOCK=$SCRATCH/plain/selfdock ;;
esac

am_root() {
	[ "$RUNNER" = 0 ]
}

# The uid that the program of an instance has in this mode.
SD_UID=$TESTER
[ "$MODE" != root ] || SD_UID=0
# How unshare(1) gives all capabilities in a user namespace made inside. Root's has no ids to map.
OWN_USERNS=-Ur
[ "$MODE" != root ] || OWN_USERNS='-U --keep-caps'
export OWN_USERNS

# Each as words: "$AS ..." is one process. What starts an instance where nested, what
# selfdock is executed as, and by whom.
AS='' OUTER=''
[ "$MODE" = root ] || ! am_root || AS="$HELPERS/as $TESTER $TESTER_GROUPS"
[ "$MODE" != nested ] || OUTER="$SELFDOCK -v $WORK $WORK run --"
SD_WORDS="$OUTER $SELFDOCK"

as_tester() {
	$AS "$@"
}

as_other() {
	"$HELPERS/as" "$OTHER" "$OTHER" "$@"
}

outside() {
	$AS $OUTER "$@"
}

sd() {
	outside "$SELFDOCK" "$@"
}

# The identity map that root makes for the caller with that id.
map_for() {
	echo "0 0 $(($1 + 1))"
	echo "$(($1 + 1)) $(($1 + 1)) $((4294967294 - $1))"
}

# sd with a terminal of its own for its arguments, which hold no quotes.
sd_on_terminal() {
	cat >"$SCRATCH/home/command" <<-EOF_COMMAND
		. tests/common.sh
		sd $(printf "'%s' " "$@")
	EOF_COMMAND
	script -qec "sh $SCRATCH/home/command" /dev/null | tr -d '\r'
}

# on_terminal STEP... -- ARGS...: fails the test where a step does not hold.
on_terminal() {
	steps=0
	for word; do
		[ "$word" != -- ] || break
		steps=$((steps + 1))
	done
	for word; do
		shift
		[ "$steps" != 0 ] || set -- "$@" -- $SD_WORDS
		[ "$steps" = 0 ] || set -- "$@" "$word"
		steps=$((steps - 1))
	done
	terminal "$@"
}

# The same with any command after the "--".
terminal() {
	as_tester "$HELPERS/terminal" "$@" || fail "see above"
}

. tests/helpers/scene.sh

# read_all FILE: sets $output to all of it, as output=$(cat FILE) does by two processes.
read_all() {
	output='' separator=''
	while IFS= read -r line || [ "$line" ]; do
		output=$output$separator$line separator='
'
	done <"$1"
	while [ "${output%"$separator"}" != "$output" ]; do
		output=${output%"$separator"}
	done
}

# capture COMMAND...: what it prints on both streams in $output, and its status in $status. A file
# saves the two processes that $( ) of a function takes, which is as much as a start does.
capture() {
	"$@" >"$SCRATCH/output" 2>&1
	status=$?
	read_all "$SCRATCH/output"
}

try() {
	capture $AS $OUTER "$SELFDOCK" "$@"
}

# in_mounts PROPAGATION SCRIPT ARGS...: by root, with its output in $output.
in_mounts() {
	propagation=$1 script=$2
	shift 2
	rm -rf "$SCRATCH/mounts"
	mkdir "$SCRATCH/mounts"
	capture unshare -m --propagation "$propagation" \
		sh -ec ". tests/common.sh; cd '$SCRATCH/mounts'; $script" sh "$@"
}

# scene SCRIPT: a script for sh, which calls selfdock as $SD, with its output and
# errors in $output and its status in $status; where nested, in one instance.
scene() {
	capture outside sh -c "export SD='$SELFDOCK' WORK='$WORK' HELPERS='$HELPERS'
		. '$HELPERS/scene.sh'; cd /; $1"
}

# try_limited RESOURCE=LIMIT ARGS...: sd with that limit. A file would have one, too, so the output
# goes into a pipe.
try_limited() {
	resource=$1
	shift
	output=$($AS $OUTER prlimit "--$resource:${resource#*=}" "$SELFDOCK" "$@" 2>&1)
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

# assert_words TEXT: what $output is with one space between its words.
assert_words() {
	wanted=$1
	set -f
	# shellcheck disable=SC2086 # words
	set -- $output
	set +f
	assertEquals "$wanted" "$*"
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
	output=$(cd / &&
		"$@" "$HELPERS/states_matrix" $states $command "$HELPERS/states_matrix" started)
	assertEquals "$output; $command, by: $*" "0 wrong" "${output##*, }"
}

# with_caller STATE ARGS...: sd, started by a caller in that state.
with_caller() {
	state=$1
	shift
	outside "$HELPERS/confine_caller" "$state" "$SELFDOCK" "$@"
}

# has_word WORD FILE: the word is in a line of that file.
has_word() {
	while read -r line; do
		! holds "$line" "$1" || return 0
	done <"$2"
	return 1
}

# start_monitor ARGS...: sd in the background; sets $job, and $monitor to the pid
# of the process that was started. Its program says "ready" when it is.
start_monitor() {
	rm -f "$WORK/out" "$WORK/pid"
	as_tester touch "$WORK/out" "$WORK/pid"
	printf '#!/bin/sh\necho $$ >%s/pid\nexec "$@"\n' "$WORK" >"$SCRATCH/home/note"
	chmod 755 "$SCRATCH/home/note"
	# shellcheck disable=SC2086 # words
	as_tester "$HELPERS/confine_caller" default "$SCRATCH/home/note" $SD_WORDS "$@" \
		>"$WORK/out" 2>&1 &
	job=$!
	until_true has_word ready "$WORK/out" || fail "did not start: $(cat "$WORK/out")"
	read -r monitor <"$WORK/pid"
}

# try_sh SCRIPT ARGS...: sh -c SCRIPT where sd is started, nested that is in the
# outer instance; $0 is selfdock and the arguments are its own.
try_sh() {
	script=$1
	shift
	capture outside sh -c "$script" "$SELFDOCK" "$@"
}

# try_under 'ARGS' COMMAND...: sd, started by the command.
try_under() {
	sd_arguments=$1
	shift
	# shellcheck disable=SC2086 # they are words
	capture "$@" $AS $SD_WORDS $sd_arguments
}

# assert_refused NAME PATTERN: a line of selfdock's, and nothing else.
assert_refused() {
	assertEquals "$1: status, with '$output'" 125 "$status"
	case $output in
	*"
"*) fail "$1: more than a line: $output" ;;
	selfdock*:*$2*) ;;
	*) fail "$1: '$output' does not match '$2'" ;;
	esac
}

# in_background ARGS...: sd, with the pids of its monitor, init and program in $monitor, $init
# and $program; the program is "sleep 94.$$".
in_background() {
	sd "$@" sleep "94.$$" >/dev/null 2>&1 &
	job=$!
	until_true pgrep -f "^sleep 94.$$" || fail 'does not start'
	program=$(pgrep -f "^sleep 94.$$")
	init=$(ps -o ppid= "$program" | tr -d ' ')
	monitor=$(ps -o ppid= "$init" | tr -d ' ')
}

end_it() {
	kill -KILL "$monitor"
	wait "$job"
	:
} 2>/dev/null

example() {
	awk -v words="$1" '
		index($0, words) == 1 { found = 1 }
		found && /^    / { print substr($0, 5); printed = 1 }
		printed && !/^    / { exit }' README.md
}

skip() {
	echo "SKIP: $1"
}

scenario() {
	echo "SCENARIO: $1 $2; the gain would be: $3"
}

rounds() {
	case ${PROOF-} in
	'') rounds=$1 ;;
	hour) rounds=$2 ;;
	full) rounds=$3 ;;
	*) fail "PROOF is hour or full, not '$PROOF'" ;;
	esac
}

figure() {
	echo "FIGURE: $1"
}

# For a file without these functions shunit2 would execute a program that does nothing. By noexec
# it asks whether such a program can be executed.
oneTimeSetUp() {
	:
}

oneTimeTearDown() {
	:
}

noexec() {
	:
}

setUp() {
	:
}

tearDown() {
	:
}

# holds TEXT PART: the part may be of several lines.
holds() {
	case $1 in
	*"$2"*) ;;
	*) return 1 ;;
	esac
}

# is_true CONDITION: a status, or commands.
is_true() {
	case $1 in
	'') return 1 ;;
	*[!0-9]*) eval "$1" >/dev/null 2>&1 ;;
	*) return "$1" ;;
	esac
}

# shunit2 calls expr(1), grep(1) and sed(1), one to nine processes for an assertion and most of its
# time. suite, which it calls before the tests, replaces them.
# shellcheck disable=SC2317 # it is reached
suite() {
	_shunit_assertPass() {
		__shunit_assertsPassed=$((__shunit_assertsPassed + 1))
		__shunit_assertsTotal=$((__shunit_assertsTotal + 1))
	}

	suite_addTest() {
		__shunit_suite="${__shunit_suite-} $1"
		__shunit_testsTotal=$((__shunit_testsTotal + 1))
	}

	expr() {
		case $2 in
		:) case $1 in *[!0-9]*) ;; *) echo "$1" ;; esac ;;
		+) echo "$(($1 + $3))" ;;
		esac
	}

	assertContains() {
		[ $# = 3 ] || set -- '' "$@"
		holds "$2" "$3" || fail "${1:+$1: }'$2' does not contain '$3'"
	}

	assertNotContains() {
		[ $# = 3 ] || set -- '' "$@"
		! holds "$2" "$3" || fail "${1:+$1: }'$2' contains '$3'"
	}

	assertTrue() {
		[ $# = 2 ] || set -- '' "$@"
		is_true "$2" || fail "${1:-$2}"
	}

	assertFalse() {
		[ $# = 2 ] || set -- '' "$@"
		! is_true "$2" || fail "${1:-$2}"
	}

	assertNull() {
		[ $# = 2 ] || set -- '' "$@"
		[ ! "$2" ] || fail "${1:+$1: }'$2' is not empty"
	}

	assertNotNull() {
		[ $# = 2 ] || set -- '' "$@"
		[ "$2" ] || fail "${1:+$1: }it is empty"
	}

	for only in ${ONLY-}; do
		suite_addTest "$only"
	done
}

# What a test cannot do without: "lacks_root && return".
lacks_root() {
	! am_root && skip 'needs root'
}

lacks_levels() {
	[ "$MODE" = root ] && skip 'no instance starts inside one that root started' && return
	lacks_userns
}

# Those that a program may make that has no capability, also where root started it.
lacks_userns() {
	bounded=
	[ "$MODE" != root ] || bounded='setpriv --bounding-set=-all --inh-caps=-all'
	! $AS $bounded unshare -U true 2>/dev/null && skip 'no user namespaces here'
}

lacks_scopes() {
	! "$HELPERS/confine_abstract" scopes x && skip 'a kernel without Landlock scopes'
}

lacks_overlay() {
	! grep -q overlay /proc/filesystems && ! modprobe -q overlay 2>/dev/null &&
		skip 'a kernel without overlay file systems'
}

lacks_fuse() {
	[ ! -e /dev/fuse ] && skip 'a kernel without FUSE'
}

# A sanitizer has a runtime that is a shared library and makes system calls of its own.
is_sanitized() {
	[ "${SANITIZED-}" ] && skip 'the runtime of the sanitizers is in the way'
}

# calls_of [OPTION]...: "NUMBER NAME" of each system call of a start with these options. Left out
# are those without which the C library or a message does not work, and which no filter refuses to a
# program that is to live.
calls_of() {
	strace -n -f -o "$SCRATCH/home/trace" $AS "$SELFDOCK" "$@" run "$HELPERS/nothing"
	awk -v selfdock="$SELFDOCK\"" '
		!started { started = index($0, "execve(\"" selfdock); next }
		match($0, /\[ *[0-9]+\] [a-z0-9_]+\(/) {
			split(substr($0, RSTART + 1, RLENGTH - 2), word)
			if (!seen[word[2]]++) print word[1] + 0, word[2]
		}' "$SCRATCH/home/trace" |
		grep -vE ' (arch_prctl|set_tid_address|getpid|mmap|write|exit_group)$'
}

# once NAME COMMAND...: runs it for the first mode of the file that comes here; the others
# wait. What it makes is in ONCE.
ONCE=$CHECK/once
once() {
	(
		flock 9
		[ -e "$ONCE/$1.done" ] && return
		touch "$ONCE/$1.done"
		shift
		"$@"
	) 9>"$ONCE/$1.lock"
}

# Whether the kernel ties a process to its monitor, and reaps it: Linux 7.1.
kernel_ties() {
	case $(uname -r) in
	7.[1-9]* | [89].* | [1-9][0-9].*) ;;
	*) return 1 ;;
	esac
}

# share COUNT: sets $share to this mode's part of the rounds of a race that is the same in plain,
# setuid and root. Only root has all three.
share() {
	share=$1
	! am_root || [ "${MODES-}" ] || [ "$MODE" = nested ] || share=$((($1 + 2) / 3))
}

# The directory that keeps things for the next run which take long to make: beside the binary, if
# it is writable.
KEPT=${BINARY%/*}
[ -w "$KEPT" ] || KEPT=$ONCE

# A Debian with a database and a web server, which several files and modes share. On this machine
# their packages would start them. By the programs of the system: mmdebstrap finds none that is a
# link to busybox.
DEBIAN=$ONCE/debian
make_debian() {
	kept=$KEPT/debian-services.tar
	[ -e "$kept" ] || { PATH=$SYSTEM_PATH unshare -m mmdebstrap --variant=apt --format=tar \
		--include=nginx,redis-server bookworm "$kept.new" && mv "$kept.new" "$kept"; } ||
		return
	mkdir "$DEBIAN"
	tar -C "$DEBIAN" --numeric-owner -xpf "$kept" || rm -rf "$DEBIAN"
} >"$DEBIAN.log" 2>&1

# lacks_debian HOW: it is "shared" with what runs in other modes meanwhile, or "exclusive", until
# descriptor 8 is closed.
lacks_debian() {
	lacks_root && return
	once debian make_debian
	[ ! -d "$DEBIAN" ] && skip "mmdebstrap failed: $(tail -n 1 "$DEBIAN.log")" && return
	exec 8>"$DEBIAN.use"
	flock "--$1" 8
	false
}

# A root file system that gets its programs by "-m /usr /usr".
make_rootfs() {
	as_tester mkdir -p "$1/proc" "$1/dev" "$1/tmp" "$1/usr" "$1/etc" "$1/data"
	for name in bin sbin lib lib64; do as_tester ln -s "usr/$name" "$1/$name"; done
}

# new_work SCRIPT ARG...: WORK, which is the tester's, and HERE with nothing in them but what the
# script makes there, if it is not so since the last time. busybox runs the script, and executes no
# other program for the commands in it.
new_work() {
	[ "$("$HELPERS/snapshot" "$WORK" "$HERE")" != "${fresh-}" ] || return 0
	script=$1
	shift
	busybox sh -ec "rm -rf '${WORK:?}'/* '${HERE:?}'; mkdir '$HERE'
		cd '$WORK'; $script; chown -hR $SD_UID:$SD_UID '$WORK'" sh "$@"
	fresh=$("$HELPERS/snapshot" "$WORK" "$HERE")
}

# new_rootfs: WORK with a root file system of busybox in rootfs/, secrets of the caller in outside/,
# and dir/.
# shellcheck disable=SC2016 # for the shell of new_work
new_rootfs() {
	new_work 'mkdir dir outside outside/dir rootfs
		echo text >dir/file
		echo secret >outside/file
		echo secret >outside/dir/file
		cd rootfs
		mkdir bin etc dev proc tmp
		echo name >etc/name
		cp "$1" bin/busybox
		for name in sh ls cat touch mkdir rm id find stat pwd ps chown mount readlink tr; do
			ln -s busybox "bin/$name"
		done
		cp "$2" bin' "$(command -v busybox)" "$HELPERS/nothing"
}

# A program for sh -c: prints ro or rw for each directory, and changes nothing:
# where writing is possible, the kernel gets as far as looking the name up.
# shellcheck disable=SC2016 # for the shell inside
export WRITABLE='for dir; do
	shift
	set -- "$@" "$dir/no-such-entry"
done
rmdir "$@" 2>&1 | {
	all=
	while read -r line; do
		case $line in
		*Read-only*) all="$all ro" ;;
		*"No such"*) all="$all rw" ;;
		*) all="$all ?" ;;
		esac
	done
	echo $all
}'

# new_destinations: WORK with dir/file, and HERE with things that options can hide.
# shellcheck disable=SC2016 # for the shell of new_work
new_destinations() {
	new_work 'mkdir dir
		echo text >dir/file
		mkdir -p "$1/dir/sub"
		echo sibling >"$1/file"
		echo below >"$1/dir/file"' "$HERE"
}

# Everything a user can write to or that an option names there; in $output. Meanwhile
# tests/defaults_test.sh may have made a /nix.
look() {
	capture "$HELPERS/snapshot" "$HERE" "$WORK" -- / /usr /opt /mnt
	output=$(printf '%s\n' "$output" | grep -vx '/: nix')
}

# Outside, nothing has changed since "look; before=$output".
assert_untouched() {
	look
	# shellcheck disable=SC2154 # the caller's
	assertEquals outside "$before" "$output"
}
