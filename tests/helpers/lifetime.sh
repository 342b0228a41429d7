# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034,SC2086 # what is set here is used by the tests; words
# For tests of how instances live and end, after tests/common.sh.

# sd as words: so "$SD ... &" makes selfdock the process $!.
SD="$AS $SELFDOCK"

# A word in the command line of every process that these tests leave running.
MARK=mark.$$.end
PAUSE="$HELPERS/lifetime_pause $MARK"
export SELFDOCK HELPERS MARK

lacks_outside() {
	[ "$MODE" = nested ] && skip 'seen from outside'
}

nothing_left() {
	! pgrep -f "mark[.]$$[.]end" >/dev/null
}

# sleepers [PID]: the pids of the processes that execute $PAUSE: all, or the children of PID.
sleepers() {
	pgrep ${1:+-P "$1"} -f "^$HELPERS/lifetime_pause mark[.]$$[.]end"
}

assert_gone() {
	until_true nothing_left || fail "$* left: $(pgrep -a -f "mark[.]$$[.]end")"
}

# is_message APPLET TEXT: one line, and that applet's.
is_message() {
	case $2 in
	*"
"*) false ;;
	"selfdock-$1: "?*) ;;
	*) false ;;
	esac
}

# sleeps_below PID: whether its first child executes $PAUSE; sets $sleeper to that.
sleeps_below() {
	sleeper='' words=''
	read -r sleeper _ <"/proc/$1/task/$1/children"
	read -r words <"/proc/$sleeper/cmdline"
	[ "$words" = "$HELPERS/lifetime_pause$MARK" ] # read drops the NUL between them
} 2>/dev/null

# start NAME: an instance of that name that sleeps; sets $monitor and $program.
start() {
	monitor=$($SD run -d -n "$1" $PAUSE) || fail "no start of '$1'"
	sleeps_below "$monitor" || fail "no program of '$1'"
	program=$sleeper
}

# start_enter NAME: an enter that sleeps; sets $outer and $entered.
start_enter() {
	$SD enter "$1" $PAUSE &
	outer=$!
	until_true sleeps_below "$outer" || fail "no enter of '$1'"
	entered=$sleeper
}

end_instance() {
	kill "$monitor"
	assert_gone "the end of $monitor"
}
