#!/bin/sh
# SPDX-License-Identifier: ISC
# Where enter does not go: each target is refused with one line, and the command
# has not run. What a user could forge is forged.
# ENTERS=N makes another number of enters amid pid churn than 1000, for all modes together.
# modes: plain setuid root
# shellcheck disable=SC2016,SC2015,SC2086 # programs for the shell inside; skips; words
# shellcheck disable=SC2154 # what eval sets
. tests/common.sh

IMITATE=$HELPERS/forbidden_imitate
SELF=$HELPERS/forbidden_self
THEIRS=$SELFDOCK # the binary that instances are started with
running=
MARK=mark.$$.end # in the command line of what write_enters leaves running
export SELFDOCK HELPERS MARK

# look_born PID: in $born, when it started. That tells it from a later process with the same pid.
look_born() {
	born=
	read -r stat <"/proc/$1/stat" || return
	# shellcheck disable=SC2086 # words
	set -- ${stat##*) }
	born=${20}
}

# remember PID: a process that tearDown is to end, unless it has ended.
remember() {
	look_born "$1"
	running="$running $1=$born"
}

as_root() {
	"$@"
}

# start WHO ARGS...: an instance; sets $monitor and $program to its pids.
start() {
	who=$1
	shift
	program=
	capture "$who" "$THEIRS" run -d "$@"
	monitor=$output
	if [ "$status" = 0 ]; then
		remember "$monitor"
		program=$(pgrep -P "$monitor")
	fi
	[ "$program" ] || fail "did not start: $monitor"
}

# spawn WHO COMMAND...: any process of the tester or root, in the background; sets $spawned to its
# pid, which executes the command soon.
spawn() {
	who=$1
	shift
	[ "$who" = as_root ] || set -- $AS "$@"
	"$@" >/dev/null 2>&1 </dev/null &
	spawned=$!
	remember "$spawned"
}

# says PID WORD...: the process has a command line that begins so. This read leaves out its NULs.
says() {
	read -r command_line <"/proc/$1/cmdline"
	shift
	begin=
	for word; do begin=$begin$word; done
	case $command_line in
	"$begin"*) ;;
	*) return 1 ;;
	esac
}

# imitate OWNER STATE [-m MONITOR] [-p PROGRAM] [-x FILE] WORDS...: runs
# tests/helpers/forbidden_imitate.c, with the tester's uid for those not named and
# as root for owners that a user cannot make; sets $monitor and $program to the pids.
imitate() {
	owner=$1 state=$2 of_monitor=$SD_UID of_program=$SD_UID file=$IMITATE
	shift 2
	while :; do
		case $1 in
		-m) of_monitor=$2 ;;
		-p) of_program=$2 ;;
		-x) file=$2 ;;
		*) break ;;
		esac
		shift 2
	done
	case $owner in
	"$SD_UID" | nowhere) who=as_tester ;;
	*) who=as_root ;;
	esac
	spawn "$who" "$IMITATE" "$owner" "$state" "$of_monitor" "$of_program" "$file" "$@"
	until_true says "$spawned" "$1" || fail "no imitation: $owner $state $*"
	monitor=$spawned program=$(pgrep -o -P "$spawned")
	remember "$program" # of another user it outlives the monitor
}

is_over() {
	read -r stat <"/proc/$1/stat" || return 0
	case ${stat##*) } in
	[XZ]*) ;;
	*) return 1 ;;
	esac
}

# end [SIGNAL]: the monitor, and with it its program.
end() {
	kill "${1:--KILL}" "$monitor"
	until_true is_over "$monitor"
}

tearDown() {
	for each in $running; do
		monitor=${each%=*}
		look_born "$monitor"
		[ "$born" != "${each#*=}" ] || end
	done
	running=
	wait
	rm -f "$SCRATCH/home/sleep" "$SCRATCH/home/selfdock"
} 2>/dev/null

# assert_refused PATTERN INSTANCE...: enter goes to none of these.
assert_refused() {
	reason=$1
	shift
	for instance; do
		assert_fails 125 "$reason" enter -- "$instance" echo ENTERED
		assertNotContains "ran in: $instance" "$output" ENTERED
	done
}

NONE='no instance of yours is'
UNFINISHED='has not finished starting'
NOT_ALONE='has other ids than yours'
case $MODE in
setuid) APART='the kernel keeps it apart' ;;
*) APART='not right below yours' ;;
esac
NOT_OURS='no monitor of this selfdock binary'

# The command that all others must not run.
testOwnInstanceIsEntered() {
	start as_tester -n own sleep 600
	for instance in "$monitor" "$program" own; do
		assert_output ENTERED enter -- "$instance" echo ENTERED
	done
}

# Each one would be a valid number if it were read less strictly.
testWhatIsNoNumberIsRefused() {
	scenario T-901 'to enter by what is nearly a number' 'an instance that was not meant'
	start as_tester sleep 600
	assert_refused "$NONE" " $monitor" "$monitor " "+$monitor" "-$monitor" \
		"$(printf '\t%s' "$monitor")" "$(printf '0x%x' "$monitor")" "0x$monitor" \
		"$monitor.0" "${monitor}e0" "${monitor}x" "#$monitor" \
		"$monitor,$monitor" "$monitor $monitor" "$(printf '%s\n.' "$monitor")"
}

testNumberOutOfRangeIsRefused() {
	scenario T-901 'to enter by a number that wraps around' 'an instance that was not meant'
	start as_tester sleep 600
	assert_refused "$NONE" 0 00 -0 -1 4194305 2147483647 2147483648 4294967295 4294967296 \
		9223372036854775808 \
		99999999999999999999999999 "$((monitor + 4294967296))" \
		"184467440737$(printf %08d $((monitor + 9551616)))"
	for option in -1 "-$monitor" --all; do
		assert_fails 125 'unknown option' enter "$option" echo ENTERED
	done
}

testNameOfNothingIsRefused() {
	scenario T-901 'to enter by a path, a pattern or nothing' 'an instance that was not meant'
	start as_tester -n own sleep 600
	for words in 'enter' 'enter --'; do
		# shellcheck disable=SC2086 # several words
		assert_fails 125 'which instance?' $words
	done
	assert_fails 125 'which instance?' enter '' echo ENTERED
	assert_refused "$NONE" other ow own2 OWN 'own ' ' own' 'own*' '*' . .. self thread-self \
		"../$monitor" "./$monitor" \
		"/proc/$monitor" "self/../$monitor" "$monitor/" "$monitor/task/$monitor" \
		-n --name --help '%s%s%n'
	assert_refused "$NONE" "$(printf '%010000d' 1)" "$(printf '%010000d' 0 | tr 0 n)"
}

testControlCharactersOfANameAreNotPrinted() {
	scenario T-303 'to have the name of an instance obeyed by the terminal' 'the terminal'
	for name in '\0033[31mred' '\0033]0;title\0007' 'two\nlines' 'selfdock-enter: fine\rx' \
		'\b\b\b' '\t' 'del\0177' 'c1\0302\02332J' 'bare\02332J' '\n' '\0001'; do
		assert_refused "$NONE" "$(printf "%b." "$name")"
		assertEquals "$name" '' \
			"$(LC_ALL=C tr -cd '\001-\011\013-\037\177-\237' <"$SCRATCH/output")"
	done
}

testProcessOutsideIsRefused() {
	scenario T-901 'to enter a process outside' 'a way around the confinement'
	assert_refused "$NONE" 1 $$ $PPID
	spawn as_tester sleep 600
	until_true says "$spawned" sleep
	assert_refused "$NONE" "$spawned"
	[ "$(cat /proc/2/comm 2>/dev/null)" != kthreadd ] || assert_refused "$NONE" 2
}

testEndedProcessIsRefused() {
	scenario T-901 'to enter a zombie or a pid that is free' 'the next owner of the pid'
	sleep 0 &
	wait $!
	assert_refused "$NONE" $!
	spawn as_tester "$SELF" zombie
	zombie=$(until_true pgrep -P "$spawned" && pgrep -P "$spawned")
	assert_refused "$NONE" "$zombie"
}

testEndedInstanceIsRefused() {
	scenario T-901 'to enter an instance that has ended' 'the next owner of the pid'
	start as_tester -n old sleep 600
	end -TERM
	assert_refused "$NONE" "$monitor" "$program" old
}

testInstanceWithoutItsProgramIsRefused() {
	scenario T-901 'to enter an instance whose program is dead' 'namespaces that nobody watches'
	start as_tester -n headless sleep 600
	kill -STOP "$monitor"
	kill -KILL "$program"
	until_true is_over "$program"
	assert_refused "$NONE" "$monitor" "$program" headless
}

testInstanceWithoutItsMonitorIsRefused() {
	scenario T-901 'to enter an orphan' 'an instance that no monitor vouches for'
	start as_tester -n orphan sleep 600
	end
	assert_refused "$NONE" "$monitor" "$program" orphan
}

testProcessThatEntersIsNoInstance() {
	scenario T-901 'to enter what only entered' 'a program without a monitor'
	start as_tester sleep 600
	spawn as_tester "$SELFDOCK" enter "$monitor" sleep 61
	until_true pgrep -P "$spawned" || fail 'did not enter'
	entered=$(pgrep -P "$spawned")
	assert_refused "$NONE" "$spawned"
	end -TERM
	until_true is_over "$spawned"
	assert_refused "$NONE" "$monitor" "$spawned" "$entered"
}

find_thread() {
	find "/proc/$1/task" -mindepth 1 -maxdepth 1 ! -name "$1" -printf '%f\n' | grep .
}

testThreadIsNoProcess() {
	scenario T-901 'to enter a thread' 'a task that is not pid 1'
	start as_tester sh -c '"$0" thread; :' "$SELF"
	until_true pgrep -P "$program"
	spawn as_tester "$SELF" thread
	for process in "$(pgrep -P "$program")" "$spawned"; do
		until_true find_thread "$process" || fail 'no thread'
		assert_refused "$NONE" "$(find_thread "$process")"
	done
}

testProcessOfASetuidProgramIsRefused() {
	[ "$MODE" != root ] && am_root || { skip 'root makes the file for a user' && return; }
	scenario T-901 'to enter a setuid program' 'a process of root'
	install -m 4755 "$(command -v sleep)" "$SCRATCH/home/sleep"
	spawn as_tester "$SCRATCH/home/sleep" 60
	until_true says "$spawned" "$SCRATCH/home/sleep"
	assert_refused "$NONE" "$spawned"
}

testPidOfAnotherNamespaceIsRefused() {
	scenario T-901 'to enter by a pid of another namespace' 'a process with the same number'
	start as_tester -n own sleep 600
	for proc in new host; do
		output=$(sd run --proc "$proc" "$SELFDOCK" enter "$monitor" echo ENTERED 2>&1)
		assertEquals "$proc: $output" 125 $?
		assertNotContains "$proc" "$output" ENTERED
	done
	assert_fails 125 "$NONE" run "$SELFDOCK" enter own echo ENTERED
	assert_fails 125 'of another pid namespace' run --proc host \
		"$SELFDOCK" enter own echo ENTERED
	start as_tester sh -c 'for i in $(seq 500); do :; done; sleep 600; :'
	assert_refused "$NONE" 1 # pid 1 of the instance
}

testProcessHiddenByProcIsRefused() {
	[ "$MODE" = setuid ] ||
		{ skip 'a plain monitor is not hidden, nor is any from root' && return; }
	scenario T-901 'to enter what /proc hides' 'an instance that was not checked'
	start as_tester -n own sleep 600
	for instance in "$monitor" "$program" own; do
		output=$(unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc && exec "$@"' - \
			$AS "$SELFDOCK" enter "$instance" echo ENTERED 2>&1)
		assertEquals "$instance" 125 $?
		assertContains "$instance" "$output" hidepid
	done
}

testAnothersInstanceIsRefused() {
	lacks_userns && return
	lacks_root && return
	scenario T-901 'to enter an instance of another user, true or forged' \
		'files and processes of that user'
	chmod 755 "$SCRATCH/home"
	start as_other -n theirs sleep 600
	assert_refused "$NONE" "$monitor" "$program" theirs
	imitate "$OTHER" sealed -m "$OTHER" -p "$OTHER" selfdock run -n forged sleep 600
	assert_refused "$NONE" "$monitor" "$program" forged
	end
	imitate 0 sealed -m "$OTHER" selfdock run -n forged sleep 600
	assert_refused "$NONE" "$monitor" "$program" forged
	end
	imitate 0 sealed -p "$OTHER" selfdock run -n forged sleep 600
	case $MODE in
	root) reason=$NOT_ALONE ;; # which sees everyone's
	*) reason=$NONE ;;
	esac
	assert_refused "$reason" "$monitor" "$program" forged
}

testInstanceOfRootIsRefused() {
	[ "$MODE" != root ] && am_root || { skip 'for a user, beside root' && return; }
	scenario T-901 'to enter an instance of root' 'files and processes of root'
	start as_root -n roots sleep 600
	assert_refused "$NONE" "$monitor" "$program" roots
}

testInstanceOfAUserIsRefusedForRoot() {
	lacks_userns && return
	[ "$MODE" = root ] || { skip 'for root' && return; }
	scenario T-901 'to lure root into an instance of a user' 'what root executes there'
	for THEIRS in "$SCRATCH/plain/selfdock" "$SCRATCH/setuid/selfdock"; do
		start as_other -n "a-users" sleep 600
		assert_refused "$NONE" "$monitor" "$program" a-users
		end
	done
	THEIRS=$SELFDOCK
}

testInstanceOfAnotherBinaryIsRefused() {
	lacks_userns && return
	scenario T-901 'to enter an instance of another binary' \
		'a namespace that was not made by this one'
	THEIRS=$SCRATCH/home/selfdock
	cp -p "$SELFDOCK" "$THEIRS"
	start as_tester -n copied sleep 600
	# In setuid mode the id maps tell that a setuid selfdock made it.
	[ "$MODE" = setuid ] || {
		assert_refused "$NOT_OURS" "$monitor" "$program" copied &&
			THEIRS=$SELFDOCK && return
	}
	end
	THEIRS=$SCRATCH/plain/selfdock
	start as_tester -n plain sleep 600
	assert_refused "$NOT_OURS" "$monitor" "$program" plain
	THEIRS=$SELFDOCK SELFDOCK=$SCRATCH/plain/selfdock
	start as_tester -n setuid sleep 600
	assert_refused 'the kernel keeps it apart' "$monitor" "$program" setuid
	SELFDOCK=$THEIRS
}

testOwnNamespacesAreNoInstance() {
	lacks_userns && return
	scenario T-901 'to enter namespaces that the attacker made' \
		'a view that the bit shows as if it were confined'
	spawn as_tester unshare -Urpfm --mount-proc --kill-child sleep 600
	until_true pgrep -P "$spawned"
	assert_refused "$NONE" "$spawned" "$(pgrep -P "$spawned")"
}

testForgedCommandLineIsRefused() {
	lacks_userns && return
	scenario T-901 'to pass for a monitor by the command line' \
		'an entry that the attacker has arranged'
	for words in 'selfdock run -n fake sleep 600' '/usr/bin/selfdock-run -n fake sleep 600' \
		'selfdock -n fake build sleep' 'x/selfdock-build --name=fake'; do
		# shellcheck disable=SC2086 # several words
		imitate "$SD_UID" sealed $words
		assert_refused "$NOT_OURS" "$monitor" "$program" fake
		end
	done
}

testCommandLineOfNoStartIsRefused() {
	lacks_userns && return
	scenario T-901 'to pass for a monitor by half a command line' \
		'an entry that the attacker has arranged'
	for words in 'selfdock' 'selfdock run -n' 'selfdock-run --name' \
		'selfdock run -n fake --wrong' 'selfdock- -n fake' \
		'selfdock enter fake' 'selfdock enter' 'selfdock enter 1' 'sleep run -n' \
		'selfdock run --help' \
		'selfdock run -m' 'selfdock run -nfake -m x'; do
		# shellcheck disable=SC2086 # several words
		imitate "$SD_UID" sealed $words
		assert_refused "$NONE" "$monitor" "$program" fake
		end
	done
}

testForgedMonitorWithoutANamespaceIsRefused() {
	scenario T-901 'to pass for a monitor without namespaces' \
		'a privileged process that joins nothing'
	imitate nowhere sealed selfdock run -n fake sleep 600
	assert_refused "$NONE" "$monitor" "$program" fake
}

testForgedMonitorOfAZombieIsRefused() {
	lacks_userns && return
	scenario T-901 'to pass for a monitor of a zombie' 'a privileged process that joins nothing'
	for owner in nowhere "$SD_UID"; do
		imitate "$owner" ended selfdock run -n fake sleep 600
		assert_refused "$NONE" "$monitor" "$program" fake
		end
	done
}

testForgedEntriesThatLeadInCirclesAreRefused() {
	lacks_userns && return
	scenario T-901 'to have entries lead in a circle' 'a privileged process that hangs'
	spawn as_tester "$HELPERS/forbidden_circle"
	until_true says "$spawned" selfdock enter
	for pid in $(pgrep -P "$spawned"); do
		assert_refused "$NONE" "$spawned" "$pid"
	done
}

testProgramThatCouldGainPrivilegeIsRefused() {
	lacks_userns && return
	scenario T-901 'to enter where NO_NEW_PRIVS is not set' \
		'a process that can become more later'
	for state in gaining capable; do
		imitate "$SD_UID" "$state" selfdock run -n fake sleep 600
		assert_refused "$UNFINISHED" "$monitor" "$program" fake
		end
	done
}

testProgramWithIdsOfOthersIsRefused() {
	[ "$MODE" != root ] && am_root || { skip 'root makes the namespace for a user' && return; }
	scenario T-901 'to enter a program with a saved id of root' 'a process of root'
	for state in saved-root saved-group; do
		imitate 0 "$state" selfdock run -n fake sleep 600
		assert_refused "$NOT_ALONE" "$monitor" "$program" fake
		end
	done
}

# Container runtimes make such namespaces: all ids are mapped, and pid 1 is a user's process.
testNamespaceOfRootIsRefused() {
	lacks_root && return
	scenario T-901 'to enter a container of root' 'a namespace with all ids'
	imitate 0 sealed runc init
	assert_refused "$NONE" "$monitor" "$program"
	for owner in 0 host; do
		imitate "$owner" sealed selfdock run -n fake sleep 600
		assert_refused "$NOT_OURS" "$monitor" "$program" fake
		end
	done
	[ "$MODE" != root ] || return 0
	imitate 0 sealed -m 0 selfdock run -n roots sleep 600
	assert_refused "$NONE" "$monitor" "$program" roots
}

# The monitor executes selfdock: it waits to print a plan.
testNamespaceThatIsNoneOfSelfdocksIsRefused() {
	lacks_userns && return
	lacks_root && return
	scenario T-901 'to enter a namespace whose monitor is a selfdock that waits' \
		'a namespace of another sandbox'
	case $MODE in
	root) reason='not right below yours' ;;
	*) reason='the kernel keeps it apart' ;;
	esac
	imitate "$OTHER" sealed -x "$SELFDOCK" selfdock run --dry-run -n fake true
	assert_refused "$reason" "$monitor" "$program" fake
	end
	[ "$MODE" != root ] || return 0 # which owns this one
	imitate host sealed -x "$SELFDOCK" selfdock run --dry-run -n fake true
	assert_refused 'not right below yours' "$monitor" "$program" fake
}

# The caller can have a true monitor adopt the child of another sandbox of root's.
testRootsNamespaceWithoutTheMarkIsRefused() {
	[ "$MODE" = setuid ] || { skip 'root makes one for a user with the bit' && return; }
	scenario T-901 'to have a true monitor adopt a sandbox of root' 'a namespace with all ids'
	imitate 0 sealed -x "$SELFDOCK" selfdock run --dry-run -n fake true
	assertEquals 'owner' 0 "$("$HELPERS/privilege_owner" "$program")"
	assert_refused "$APART" "$monitor" "$program" fake
}

# Root built such an instance for itself, and its program became the caller's.
testRootsNamespaceMarkedForAnotherIsRefused() {
	[ "$MODE" = setuid ] || { skip 'root makes one for a user with the bit' && return; }
	scenario T-901 'to enter what was made for another user' 'a namespace of that user'
	for id in 0 "$OTHER"; do
		imitate "0=$id" sealed -x "$SELFDOCK" selfdock run --dry-run -n fake true
		assert_refused "$APART" "$monitor" "$program" fake
		end
	done
	imitate "0=$TESTER" sealed -x "$SELFDOCK" selfdock run --dry-run -n fake true
	assert_output ENTERED enter "$monitor" echo ENTERED
}

# It could still execute a setuid program, and tell the caller where that is: sudo may execute a
# monitor of root's in its place, while the program stays its child.
testMonitorThatCouldBecomeAnothersIsRefused() {
	lacks_root && return
	scenario T-901 'to enter below a monitor that can still change its ids' \
		'the directory of another user'
	imitate "0=$SD_UID" free -x "$SELFDOCK" selfdock run --dry-run -n fake true
	assert_refused "$NOT_OURS" "$monitor" "$program" fake
}

# The mark is right, and the monitor is another program.
testMarkedNamespaceOfAnotherBinaryIsRefused() {
	[ "$MODE" = setuid ] || { skip 'root makes one for a user with the bit' && return; }
	scenario T-901 'to enter a marked namespace of another setuid binary' \
		'a monitor that says what it likes'
	install -m 4755 "$SELFDOCK" "$SCRATCH/home/selfdock"
	imitate "0=$TESTER" sealed -x "$SCRATCH/home/selfdock" selfdock run --dry-run -n fake true
	assert_refused "$NOT_OURS" "$monitor" "$program" fake
}

testProgramInANamespaceOfItsOwnIsRefused() {
	lacks_userns && return
	scenario T-901 'to have enter follow into a namespace made inside' \
		'a namespace that the program owns'
	start as_tester -n deeper unshare -U sleep 600
	until_true says "$program" sleep
	assert_refused "$APART" "$monitor" "$program" deeper
}

# The program was in the right namespace while enter looked at it.
testProgramThatChangesItsNamespaceMeanwhileIsRefused() {
	lacks_userns && return
	lacks_root && return
	scenario T-901 'to exchange the namespace between look and join' \
		'a namespace that the program owns'
	start as_tester -n moving sh -c 'sleep "$0"; exec unshare -U sleep 600' "$SLOW"
	output=$(strace -o /dev/null -e trace=setns \
		-e "inject=setns:delay_enter=$((2000000 * SLOW))" \
		$AS "$SELFDOCK" enter moving echo ENTERED 2>&1)
	assertEquals "$output" 125 $?
	assertContains "$output" 'it changed its user namespace meanwhile'
	assertEquals "$output" 1 "$(echo "$output" | wc -l)"
}

testNamespaceMadeInsideIsNotEntered() {
	lacks_userns && return
	scenario T-901 'to have enter land in a namespace made inside' \
		'a namespace that the program owns'
	start as_tester sh -c 'unshare -Upf --kill-child sleep 62 & sleep 600; :'
	until_true eval \
		'middle=$(pgrep -P "$program" unshare) && inmost=$(pgrep -P "$middle" sleep)' ||
		fail 'did not start'
	for instance in "$monitor" "$program" "$middle"; do
		assert_output same enter --trace "$instance" sh -c '
			[ "$(readlink /proc/self/ns/user)" = "$(readlink /proc/1/ns/user)" ] &&
				echo same'
	done
	assert_refused "$NONE" "$inmost"
}

testInstanceInAForeignNamespaceIsRefused() {
	lacks_userns && return
	scenario T-901 'to enter an instance below a namespace that the attacker made' \
		'a parent that the attacker controls'
	spawn as_tester unshare -Ucpfm --mount-proc --kill-child \
		"$SELFDOCK" run -n foreign sleep 600
	until_true eval 'inner=$(pgrep -P "$spawned") && program=$(pgrep -P "$inner" sleep)' ||
		fail 'did not start'
	remember "$inner"
	assert_refused "$NOT_OURS" "$inner" "$program"
	assert_refused "$NONE" foreign # inside another pid namespace
}

# It has the capabilities there that make a namespace of pids without one of users.
testSandboxInTheCallersOwnUserNamespaceIsRefused() {
	[ "$MODE" != root ] || { skip 'root may have such an instance' && return; }
	lacks_userns && return
	scenario T-901 'to enter a sandbox that has no user namespace of its own' \
		'a process inside that keeps what the caller may do outside'
	spawn as_tester unshare -U --map-current-user --keep-caps "$IMITATE" host sealed \
		"$SD_UID" "$SD_UID" "$SELFDOCK" selfdock run --dry-run -n fake true
	until_true says "$spawned" selfdock run || fail 'no imitation'
	monitor=$spawned program=$(pgrep -o -P "$spawned")
	remember "$program"
	for instance in "$monitor" "$program" fake; do
		capture as_tester nsenter -t "$program" -U --preserve-credentials \
			"$SELFDOCK" enter "$instance" echo ENTERED
		assertEquals "$output" 125 "$status"
		assertContains "$output" 'not right below yours'
		assertNotContains "$output" ENTERED
	done
}

testProgramThatIsHiddenIsRefused() {
	[ "$MODE" != root ] || { skip 'root may look into any' && return; }
	scenario T-901 'to enter a program that cannot be read' \
		'a program whose memory is closed to the caller'
	start as_tester -n hidden "$SELF" hidden
	until_true eval '[ "$(stat -c %u "/proc/$program/status")" = 0 ]'
	assert_refused 'its program is not readable' "$monitor" "$program" hidden
	am_root || { skip 'root makes a file that is not readable' && return; }
	install -m 711 "$(command -v sleep)" "$SCRATCH/home/sleep"
	start as_tester -n unreadable "$SCRATCH/home/sleep" 60
	assert_refused 'its program is not readable' "$monitor" "$program" unreadable
}

# Run as pid 1 of a pid namespace, by root. Before Linux 6.14 all namespaces
# had the one pid_max, and the churn alone keeps to few pids.
write_churn() {
	cat >"$SCRATCH/home/churn" <<-'EOF_CHURN'
		case $(uname -r) in
		6.1[4-9].* | 6.[2-9][0-9].* | [7-9].* | [1-9][0-9].*)
			echo 400 >/proc/sys/kernel/pid_max ;;
		esac
		"$HELPERS/lifetime_churn" 20 &
		"$@"
	EOF_CHURN
}

# enters COUNT: two instances A and B that begin and end all the time, each time
# with a host name of its own that is also the last word of its program; and
# COUNT enters by both names and ids, each with a line "STATUS WORD OUTPUT".
write_enters() {
	cat >"$SCRATCH/home/enters" <<-'EOF_ENTERS'
		restart() {
			number=0
			while :; do
				number=$((number + 1)) own=$1-$number
				id=$("$SELFDOCK" run -d -n "$1" --hostname "$own" \
					"$HELPERS/lifetime_pause" "$MARK" "$own" 2>>starts) ||
					continue
				echo "$id" >"id.$1"
				sleep "0.$(printf %03d $((number % 8 * ${SLOW:-1})))"
				[ $((number % 2)) = 0 ] && kill "$id" || kill -KILL "$id"
			done
		}
		enter() {
			each=0
			while [ "$each" -lt "$1" ]; do
				each=$((each + 1)) id=
				case $((each % 4)) in
				0) word=A ;;
				1) word=B ;;
				2) until read -r word <id.A; do :; done ;;
				3) until read -r word <id.B; do :; done ;;
				esac 2>/dev/null
				output=$("$SELFDOCK" enter "$word" "$HELPERS/lifetime_where" 2>&1)
				echo "$? $word $output"
			done
		}
		cd "$2" || exit 1
		restart A & restart B &
		enter $(($1 / 2)) >enters.1 &
		first=$!
		enter $(($1 - $1 / 2)) >enters.2
		wait "$first"
	EOF_ENTERS
}

# Whoever enters by a name lands in an instance of that name; by an id that was
# read before, in one that may have got it since; or nowhere, and is told so. A
# death by SIGKILL is that of the instance.
classify_enters() {
	awk '
		{ landed = NF == 4 && $3 == $4 && $3 ~ /^[AB]-[0-9]+$/ &&
			($2 ~ /^[0-9]+$/ || index($3, $2 "-") == 1) }
		($1 == 0 || $1 == 137) && landed { print "landed"; next }
		$1 == 137 && NF == 2 { print "killed"; next }
		$1 == 125 && $3 == "selfdock-enter:" { print "refused"; next }
		{ print "wrong: " $0 }'
}

testEntersNeverLandElsewhere() {
	lacks_root && return
	scenario T-904 'to have the pid of an instance used again while it is entered' \
		'another instance or process'
	rounds 1000 10000 100000
	share "${ENTERS:-$rounds}"
	count=$share
	write_churn
	write_enters
	timeout -s KILL 800 unshare --pid --fork --mount --mount-proc --kill-child \
		sh "$SCRATCH/home/churn" $AS busybox sh "$SCRATCH/home/enters" "$count" "$WORK"
	assertEquals 'the loops end' 0 $?
	cat "$WORK/enters.1" "$WORK/enters.2" | classify_enters >"$SCRATCH/home/classes"
	summary=$(sort "$SCRATCH/home/classes" | uniq -c)
	assertEquals "$summary" "$count" "$(wc -l <"$SCRATCH/home/classes")"
	assertEquals 'wrong' '' "$(grep ^wrong "$SCRATCH/home/classes" | head -n 5)"
	for class in landed refused; do
		assertTrue "few $class: $summary" \
			"[ $(grep -c "^$class" "$SCRATCH/home/classes") -gt $((count / 50)) ]"
	done
	[ -z "${ENTERS:-}" ] || echo "$summary" >&2
	figure "$count enters amid pid churn, 0 gains"
	until_true eval '! pgrep -f "$MARK"' || fail "left: $(pgrep -a -f "$MARK")"
}

. shunit2
