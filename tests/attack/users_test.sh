#!/bin/sh
# SPDX-License-Identifier: ISC
# Attacks by another user who is active while instances start, are listed, entered and stopped: on
# their mounts, names, limits and processes.
# shellcheck disable=SC2016,SC2086,SC2116,SC2154 # programs for the shell inside
. tests/common.sh
. tests/helpers/lifetime.sh

# as_other in words: "$AS_OTHER ... &" is one process.
AS_OTHER="$HELPERS/as $OTHER $OTHER"
export AS_OTHER

tearDown() {
	nothing_left || pkill -KILL -f "mark[.]$$[.]end"
	rm -rf "${WORK:?}"/* 2>/dev/null
}

# --- what is mounted ---

# Another namespace exchanges names, which moves the mount from p/sub to q to p and back. Where
# selfdock looks for it, there may be a directory of the mount, or a mount on that. The modes share
# the 100000 exchanges.
testMountThatIsMovedMeanwhileIsCovered() {
	lacks_root && return
	scenario T-1601 'to move a mount during a start' 'the mount seen inside'
	for sub in true "mount -t tmpfs none source/sub"; do
		in_mounts private 'mkdir -p source/sub p/sub q; $1
			touch source/marker source/sub/marker
			mount --rbind source p/sub; share 100000
			export AT="$PWD"; cd "$OLDPWD"
			nsenter --mount="/proc/$PPID/ns/mnt" "$HELPERS/source_race" \
				"${ROUNDS:-$share}" "$AT" p/sub q p q p q p/sub q -- \
				/usr/bin/nsenter --mount="/proc/$$/ns/mnt" --wdns="$PWD" sh -c "
					. tests/common.sh
					sd run sh -c \"for i in 1 2 3 4 5 6 7 8 9; do
						for seen in $AT/[pq]/marker $AT/p/sub/marker \
							$AT/p/sub/sub/marker; do
							[ ! -e \\\$seen ] || echo \\\$seen
						done
					done; echo ran\" 2>&1 |
						sed \"/ is hidden: /,\\\$d\"" | sort -u' "$sub"
		assertEquals "$output" ran \
			"$(printf '%s\n' "$output" | grep -v '^selfdock-run: cannot cover')"
	done
}

# Where the directory is closed to the caller, selfdock covers it and nothing above it. The modes
# share the 100 starts.
testDirectoryAboveOneThatIsMovedIsNotCovered() {
	lacks_root && return
	scenario T-1601 'to rename the directory above a mount' 'more hidden than the mount'
	in_mounts private 'mkdir -p p/mnt; mount -t tmpfs none p/mnt; chmod 0 p; touch file
		$PYTHON -c "
import os
while True:
    os.rename(\"p\", \"q\")
    os.rename(\"q\", \"p\")" &
		share 100
		for i in $(seq "$share"); do
			sd run sh -c "cd \$1; echo *file*" sh "$PWD" >printed 2>&1
			while read -r line; do
				case $line in *" is hidden: "*) break ;; esac
				echo "$line"
			done <printed
		done | sort -u
		kill $!'
	assertEquals file "$(printf '%s\n' "$output" | grep -v '^selfdock-run: cannot cover')"
}

# The mount at top/dir/mnt has a name that is always wrong, as renames in time would have it, and a
# start says what it hides: top or top/dir. There are seven of these, in one start.
testMountThatIsAlwaysMovedIsHiddenWithWhatOthersCannotRename() {
	lacks_root && return
	scenario T-1601 'to move a mount whenever a start looks for it' \
		'the mount brought to light later'
	in_mounts private 'touch file; paths=
		add() { # TOP OWNER MODE OWNER-OF-ENTRY
			mkdir -p "$1/dir/mnt"; mount -t tmpfs none "$1/dir/mnt"
			touch "$1/file" "$1/dir/file" "$1/dir/mnt/file"
			chown "$2" "$1"; chmod "$3" "$1"; chown "$4" "$1/dir"
			paths="$paths -P $PWD/$1/dir/mnt"
		}
		add users "$OTHER" 755 "$OTHER"
		add sticky-users 0 1777 "$OTHER"
		add for-group 0 775 0
		add for-all-mine 0 757 "$SD_UID"
		add roots 0 755 "$OTHER"
		add sticky-mine 0 1777 "$SD_UID"
		add mine "$SD_UID" 755 "$OTHER"
		strace -f -o /dev/null $paths -e trace=openat2 \
			-e inject=openat2:error=ENOENT $AS $SD_WORDS run find . 2>&1 | sort'
	# Without the setuid bit all others are nobody, and root is one of them.
	case $MODE in
	setuid | root) hidden='users sticky-users for-group for-all-mine' ;;
	*) hidden='users/dir sticky-users/dir for-group for-all-mine' ;;
	esac
	hidden="$hidden roots/dir sticky-mine/dir mine/dir"
	seen='. ./file'
	for each in $hidden; do
		assertContains "$output" "selfdock-run: '$SCRATCH/mounts/$each' is hidden: "
		seen="$seen ./${each%/dir}"
		[ "$each" = "${each%/dir}" ] || seen="$seen ./$each ./${each%/dir}/file"
	done
	# shellcheck disable=SC2086 # words
	assertEquals "$output" "$(printf '%s\n' $seen | sort)" \
		"$(printf '%s\n' "$output" | grep -v '^selfdock-run: ')"
	assertEquals 'lines of errors' 7 "$(printf '%s\n' "$output" | grep -c '^selfdock-run: ')"
}

# Its line in /proc/self/mountinfo is longer than whatever could be meant to hold it.
testMountBelowDirectoriesWithoutEndIsNoObstacle() {
	lacks_root && return
	scenario T-1601 'a mount below 17,000 directories' 'memory that is overwritten, or no start'
	as_tester mkdir "$WORK/root"
	in_mounts private 'mount -t tmpfs -o mode=1777 none "$WORK/root"; make_rootfs "$WORK/root"
		cd "$WORK/root"; $PYTHON -c "
import ctypes, os
for _ in range(17000):
    os.mkdir(\"d\" * 255)
    os.chdir(\"d\" * 255)
assert not ctypes.CDLL(None).mount(b\"none\", b\".\", b\"tmpfs\", 0, None)"
		sd -r "$WORK/root" -m /usr /usr run sh -c "find /ddd* | wc -l"
		sd run echo ran'
	assertEquals "$(printf '15\nran')" "$output"
}

# Nobody but its owner may look at it, and its server never answers.
testFuseMountOfAnotherUserIsNoObstacle() {
	lacks_root && return
	lacks_fuse && return
	scenario T-1601 'a FUSE mount that only another user may look at' \
		'a start that fails or waits'
	in_mounts private 'mkdir -p fuse; exec 9<>/dev/fuse
		mount -i -t fuse -o "fd=9,rootmode=40000,user_id=$OTHER,group_id=$OTHER" none fuse
		sd run sh -c "ls -A \"\$1\" && echo empty" sh "$PWD/fuse"; umount -l fuse'
	assertEquals empty "$output"
}

testMountBelowOneThatDoesNotAnswerIsNoObstacle() {
	lacks_root && return
	lacks_fuse && return
	scenario T-1601 'a mount below a FUSE mount that never answers' 'a start that waits'
	in_mounts private 'mkdir -p fuse/below; mount -t tmpfs none fuse/below; exec 9<>/dev/fuse
		mount -i -t fuse none fuse \
			-o "fd=9,rootmode=40000,user_id=$OTHER,group_id=$OTHER,allow_other"
		(sleep 10; umount -f fuse) & # ends what waits for it
		sd run sh -c "ls -A \"\$1\" && echo empty" sh "$PWD/fuse"; kill $!; umount -l fuse'
	assertEquals empty "$output"
}

# It would be asked who may search its root.
testMountOnAnotherThatDoesNotAnswerIsNoObstacle() {
	lacks_root && return
	lacks_fuse && return
	scenario T-1601 'a FUSE mount that never answers, on the root of another mount' \
		'a start that waits'
	in_mounts private 'mkdir home; mount -t tmpfs -o "mode=755,uid=$OTHER" none home
		exec 9<>/dev/fuse
		mount -i -t fuse none home -o "fd=9,rootmode=40000,user_id=$OTHER,group_id=$OTHER" \
			-o allow_other,default_permissions
		(sleep 10; umount -f home) & # ends what waits for it
		sd run sh -c "ls -A \"\$1\" && echo empty" sh "$PWD/home"; kill $!; umount -l home'
	assertEquals empty "$output"
}

# Ten mounts, each below a directory that is renamed without end; and ten below the same one. The
# start is made elsewhere, since it may hide the directory above them.
testRenamesWithoutEndStopNoStart() {
	scenario T-1601 'to rename the directories above ten mounts without end' \
		'starts that fail, or the mounts seen inside'
	lacks_root && return
	share 30
	for place in 'a$i/m' 'a0/m$i'; do
		in_mounts private 'for i in 0 1 2 3 4 5 6 7 8 9; do
				eval at='"'$place'"'
				mkdir -p "$at"; mount -t tmpfs none "$at"; touch "$at/marker"
			done
			chown "$OTHER" . a*
			$AS_OTHER $PYTHON -c "
import os
names = [n for n in os.listdir() if n[0] == \"a\"]
while True:
    for name in names:
        os.rename(name, \"b\" + name)
        os.rename(\"b\" + name, name)" & renamer=$!
			here=$PWD
			cd /
			for i in $(seq "'$share'"); do
				timeout 60 $AS $SD_WORDS run sh -c "cd \$1; ls */m*/marker" sh \
					"$here" 2>&1 | grep -v "No such file\|is hidden: " || :
				sd run echo ran 2>&1 | grep -v "is hidden: " || :
			done | sort | uniq -c
			kill "$renamer"; wait' "$place"
		assertEquals "$place" "$share ran" "$(echo $output)"
	done
}

# As fusermount(1) would mount them for that user.
testMountsThatComeAndGoStopNoStart() {
	scenario T-1601 'to mount and unmount without end' 'starts that fail or wait'
	lacks_root && return
	lacks_fuse && return
	share 30
	in_mounts private 'mkdir fuse deeper deeper/fuse; chown "$OTHER" fuse deeper deeper/fuse
		while :; do
			for at in fuse deeper/fuse; do
				mount -i -t fuse none $at -o \
					"fd=9,rootmode=40000,user_id=$OTHER,group_id=$OTHER" \
					9<>/dev/fuse || :
			done
			umount -l fuse deeper/fuse || :
		done 2>/dev/null & mounter=$!
		for i in $(seq "'$share'"); do
			timeout 60 $AS $SD_WORDS run echo ran 2>&1 || :
		done | sort | uniq -c
		kill "$mounter"'
	assertEquals "$share ran" "$(echo $output)"
}

# As long as anybody renames anything, the kernel is not sure about "..", and says EAGAIN.
testRenamesWithoutEndKeepNobodyFromStarting() {
	scenario T-1601 'to rename without end while a start follows a link' 'a start that fails'
	lacks_outside && return
	new_rootfs
	as_tester mkdir "$WORK/a" "$WORK/b" "$WORK/rootfs/in"
	as_tester ln -s "$(printf '../%.0s' $(seq 60))in" "$WORK/rootfs/link"
	share 400000
	capture as_tester "$HELPERS/source_race" "$share" "$WORK" a b -- \
		"$SELFDOCK" -r "$WORK/rootfs" -m "$WORK" /link run nothing
	assertEquals "0 " "$status $(printf '%s\n' "$output" | sort -u)"
}

# --- what is in a shared directory ---

testLinksThatAreExchangedInASharedDirectoryLeadNowhere() {
	scenario T-1601 'a link of another user instead of a source, exchanged without end' \
		'a directory of the caller shown to that user'
	lacks_root && return
	case $MODE in
	setuid | root) ;;
	*) skip 'a limit that is known without the bit' && return ;;
	esac
	rounds 200 2000 20000
	mkdir -m 1777 "$HERE/shared"
	mkdir -m 700 "$SCRATCH/home/secret"
	touch "$SCRATCH/home/secret/secret"
	chown "$SD_UID" "$SCRATCH/home/secret"
	as_other mkdir "$HERE/shared/src"
	as_other ln -s "$SCRATCH/home/secret" "$HERE/shared/link"
	$AS_OTHER $PYTHON -c '
import ctypes, sys
libc = ctypes.CDLL(None)
a, b = (sys.argv[1] + name for name in ("/src", "/link"))
while libc.renameat2(-100, a.encode(), -100, b.encode(), 2) == 0: pass' "$HERE/shared" &
	exchanger=$!
	seen=
	for round in $(seq "$rounds"); do
		try -m "$HERE/shared/src" /tmp/x run ls /tmp/x
		seen="$seen$status "
		assertNotContains "$output" secret
	done
	kill "$exchanger"
	wait "$exchanger" 2>/dev/null
	assertContains 'it was found sometimes' "$seen" '0 '
	assertContains 'and refused sometimes' "$seen" '125 '
	rm -r "$HERE/shared"
	figure "$rounds starts, 0 links followed"
}

testFilesThatArePlantedWhereALogShallBeAreHarmless() {
	scenario T-1601 'a link, a queue or a device of another user where a log shall be' \
		'a file of the caller written, or a start that waits'
	lacks_root && return
	lacks_outside && return
	mkdir -m 1777 "$HERE/shared"
	as_tester sh -c 'echo original >"$1"' sh "$WORK/mine"
	as_other ln -s "$WORK/mine" "$HERE/shared/link"
	as_other mkfifo -m 666 "$HERE/shared/fifo"
	as_other mkdir -m 777 "$HERE/shared/dir"
	for name in link fifo dir; do
		output=$(timeout 10 $AS $SELFDOCK run -d --log "$HERE/shared/$name" \
			echo written 2>&1)
		assertEquals "$name: $output" 125 $?
	done
	assertEquals original "$(cat "$WORK/mine")"
	rm -r "$HERE/shared"
}

# --- names ---

testAnotherUserCannotBlockAName() {
	lacks_userns && return
	lacks_outside && return
	lacks_root && return
	scenario T-1602 'another user takes the same name, and forges it' \
		'a name that cannot be used'
	theirs=$(as_other "$SELFDOCK" run -d -n shared --hostname theirs $PAUSE)
	assertEquals 'theirs runs' 0 $?
	as_other "$HELPERS/exec_as" "$HELPERS/lifetime_pause" "$SELFDOCK" run -n shared "$MARK" &
	liar=$!
	until_true pgrep -P "$liar" -f "run -n shared mark[.]$$[.]end"
	mine=$($SD run -d -n shared --hostname mine $PAUSE)
	assertEquals 'so does mine' 0 $?
	assert_output mine enter shared uname -n
	assertEquals theirs "$(as_other "$SELFDOCK" enter shared uname -n)"
	kill "$theirs" "$mine"
	pkill -KILL -f "run -n shared mark[.]$$[.]end"
	wait "$liar" 2>/dev/null
	assert_gone 'both'
}

# What runs inside may have any command line, and may even be selfdock.
testProgramInsideCannotBlockAName() {
	lacks_userns && return
	lacks_outside && return
	scenario T-1602 'a program inside looks like an instance of that name' \
		'a name that cannot be used'
	monitor=$($SD run -d "$HELPERS/exec_as" "$HELPERS/lifetime_pause" \
		"$SELFDOCK" run -n wanted "$MARK")
	assertEquals 0 $?
	$SD enter "$monitor" "$HELPERS/exec_as" "$HELPERS/lifetime_pause" \
		selfdock-run -n wanted "$MARK" &
	outer=$!
	until_true pgrep -P "$outer" -f "^selfdock-run -n wanted" || fail 'no enter'
	assert_output free run -n wanted echo free
	kill "$monitor"
	assert_gone 'the liars'
	wait "$outer" 2>/dev/null
	[ "$MODE" != root ] || return 0
	monitor=$($SD run -d "$SELFDOCK" run -n wanted $PAUSE)
	until_true sleepers || fail 'no instance inside'
	assert_output free run -n wanted echo free
	end_instance
}

# A setuid start looks like one of root's around its clone. It is stopped there.
testNameOfRootIsNotTakenByAUsersStart() {
	scenario T-1602 'a start of that name is about to clone' 'a name that root cannot use'
	[ "$MODE" = setuid ] || { skip 'others are never root there' && return; }
	cat >"$WORK/wait" <<-EOF_WAIT
		#!/bin/sh
		grep -q '^Uid:.0' "/proc/\$1/status" || exit 0
		echo >>"$WORK/cloning"
		until [ -e "$WORK/tried" ]; do sleep 0.02; done
	EOF_WAIT
	chmod 755 "$WORK/wait"
	# In a namespace of their own they have few processes to look at.
	capture unshare --pid --fork --mount --mount-proc --kill-child sh -c '
		. "$HELPERS/scene.sh"
		"$HELPERS/privilege_stops" "$2" "$2" "$1/wait" "$SELFDOCK" run -n wanted \
			/bin/true >/dev/null 2>&1 &
		until_true [ -e "$1/cloning" ]
		"$SELFDOCK" run -n wanted echo free
		touch "$1/tried"
		wait' sh "$WORK" "$TESTER"
	assertEquals free "$output"
}

testNameIsFreeWhileAnotherUserTakesAndLeavesIt() {
	scenario T-1602 'to take and leave a name without end' 'a name that cannot be used'
	lacks_root && return
	lacks_outside && return
	$AS_OTHER sh -c 'while :; do "$1" run -n contended sleep 0.01; done' sh "$SELFDOCK" \
		2>/dev/null &
	taker=$!
	share 60
	for round in $(seq "$share"); do
		assert_output ran run -n contended echo ran
	done
	kill "$taker"
	wait "$taker" 2>/dev/null
	pkill -KILL -f "^$SELFDOCK run -n contended"
	:
}

testForgedInstancesAreNotStoppedInsteadOfOnesOwn() {
	lacks_userns && return
	scenario T-1602 'an instance and forgeries of another user by the same name' \
		'root or somebody else acts on the wrong processes'
	lacks_root && return
	lacks_outside && return
	theirs=$(as_other "$SELFDOCK" run -d -n same $PAUSE)
	for words in "$SELFDOCK run -n same" 'selfdock-run -n same' "$SELFDOCK -n same run" \
		"$SELFDOCK run --name=same"; do
		$AS_OTHER "$HELPERS/exec_as" "$HELPERS/lifetime_pause" $words "$MARK" &
	done
	until_true eval '[ "$(pgrep -c -f "same.*mark[.]$$[.]end")" -ge 5 ]'
	before=$(pgrep -f "same.*mark[.]$$[.]end")
	for words in 'stop same' 'stop -s KILL same' 'enter same true' 'stop --all'; do
		[ "$MODE:$words" = 'root:stop --all' ] && continue # and other tests'
		try $words
		assertEquals "$words: those of the other" "$before" \
			"$(pgrep -f "same.*mark[.]$$[.]end")"
	done
	start same
	assert_output "$(uname -n)" enter same uname -n
	try stop same
	assertEquals "$output" 0 "$status"
	until_true eval '! sleepers "$monitor"' # it has ended
	assertEquals 'those of the other' "$before" "$(pgrep -f "same.*mark[.]$$[.]end")"
	as_other kill $theirs $before 2>/dev/null
	assert_gone 'all'
	wait
	:
}

# Root's start below a process of that user, as by sudo. Its program loses its monitor, and the
# user's process, whose words are those of a monitor, becomes its parent.
testInstanceThatAnotherUserAdoptsIsNotHis() {
	scenario T-1602 'to adopt the program of root after its monitor has been killed' \
		'a program with the rights of root'
	[ "$MODE" = root ] || { skip 'root starts it' && return; }
	for binary in "$SELFDOCK" "$SCRATCH/setuid/selfdock"; do
		: >"$SCRATCH/home/out" # what the other has said
		"$HELPERS/users_adopt" "$OTHER" "$MARK" "$binary" run -n adopted \
			"$HELPERS/end_stubborn" untied "$MARK" >"$SCRATCH/home/out" 2>&1 &
		job=$!
		until_true grep -q ready "$SCRATCH/home/out" || fail "$(cat "$SCRATCH/home/out")"
		monitor=$(pgrep -o -f "^$binary run -n adopted")
		kill -KILL "$monitor"
		for target in adopted "$job"; do
			output=$(as_other "$SCRATCH/setuid/selfdock" enter "$target" id -u 2>&1)
			assertEquals "$target: $output" 125 $?
			output=$(as_other "$SCRATCH/plain/selfdock" enter "$target" id -u 2>&1)
			assertEquals "$target: $output" 125 $?
		done
		kill -KILL "$job"
		wait "$job" 2>/dev/null
		assert_gone "$binary"
	done
}

# --- limits ---

testProcessesOfAnotherUserAreNotCountedAgainstAStart() {
	scenario T-1603 'to have as many processes and instances as the limit allows' \
		'starts of another user that fail'
	lacks_root && return
	lacks_outside && return
	[ "$MODE" = root ] && skip 'root has no such limit' && return
	for each in 1 2 3 4 5 6 7 8 9 10 11 12; do
		as_other "$SELFDOCK" run -d $PAUSE >/dev/null
	done
	$AS_OTHER prlimit --nproc=40 sh -c 'for i in $(seq 40); do "$@" & done; wait' sh \
		"$HELPERS/lifetime_pause" "$MARK" 2>/dev/null &
	until_true eval '[ "$(pgrep -c -f "mark[.]$$[.]end")" -ge 34 ]'
	for options in '' --init; do
		output=$(setpriv --reuid "$TESTER" --regid "$TESTER" --clear-groups \
			prlimit --nproc=10 "$SELFDOCK" run $options echo ran 2>&1)
		assertEquals "$options" ran "$output"
	done
	pkill -KILL -f "mark[.]$$[.]end"
	assert_gone 'all'
	wait
	:
}

testQuotasThatAnotherUserHasUsedUpAreHis() {
	scenario T-1603 'to use up his inotify instances, keys, queues and pipes' \
		'starts of another user that fail'
	lacks_root && return
	lacks_outside && return
	$AS_OTHER "$HELPERS/users_fill" "$MARK" >"$SCRATCH/home/out" 2>&1 &
	filler=$!
	until_true grep -q full "$SCRATCH/home/out"
	for options in '' --init '--net none'; do
		assert_output 'ran' run $options sh -c 'echo ran'
	done
	kill -KILL "$filler"
	wait "$filler" 2>/dev/null
	:
}

# --- processes ---

# pry_during COMMAND...: the command, while the other user tries everything on the processes of the
# caller and of root that execute selfdock. Sets $output to what he gained.
pry_during() {
	: >"$SCRATCH/home/pried"
	$AS_OTHER $INSIDE "$HELPERS/users_pry" "$SELFDOCK" "$MARK" >"$SCRATCH/home/pried" 2>&1 &
	pryer=$!
	until_true grep -q prying "$SCRATCH/home/pried"
	"$@"
	pkill -TERM -f "^$HELPERS/users_pry .*mark[.]$$[.]end"
	wait "$pryer"
	output=$(grep -v prying "$SCRATCH/home/pried")
}

start_and_enter() {
	for round in $(seq "$rounds"); do
		for options in '' --init; do
			monitor=$($SD run -d $options -n pried $PAUSE) || fail "$round: no start"
			assert_output ran enter pried echo ran
			try ls pried
			assertEquals "$output" 0 "$status"
			try stop pried
			assertEquals "$round: $output" 0 "$status"
		done
	done
}

testAnotherUserReachesNothingOfStartsEntersAndStops() {
	scenario T-1601 \
		'signals, traces, descriptors, memory and limits of all processes of a start' \
		'a start that ends, or what it has open'
	lacks_root && return
	lacks_outside && return
	rounds 8 200 1000
	INSIDE=
	pry_during start_and_enter
	assertContains "it looked at some: $output" "$output" 'processes tried'
	assertNotContains "$output" gained
	assertNotContains "$output" ' 0 processes'
	figure "$((2 * rounds)) starts, 0 gains"
}

testAnotherUserReachesNothingFromAnInstanceOfHis() {
	lacks_userns && return
	scenario T-1601 'the same from inside an instance with the processes of the host in sight' \
		'a start that ends, or what it has open'
	lacks_root && return
	lacks_outside && return
	rounds 4 100 500
	INSIDE="$SELFDOCK --proc host run"
	pry_during start_and_enter
	assertNotContains "$output" gained
}

# What it finds where it may, so that the two tests above mean something.
testPryingFindsWhatIsOpen() {
	lacks_root && return
	lacks_outside && return
	$AS_OTHER sh -c 'exec "$1" run "$2" "$3"' sh "$HELPERS/lifetime_pause" "$MARK" "$MARK" &
	victim=$!
	until_true pgrep -f "^$HELPERS/lifetime_pause"
	INSIDE=
	: >"$SCRATCH/home/pried"
	$AS_OTHER "$HELPERS/users_pry" "$HELPERS/lifetime_pause" "$MARK" own \
		>"$SCRATCH/home/pried" 2>&1 &
	pryer=$!
	until_true grep -q gained "$SCRATCH/home/pried"
	assertTrue 'gained' $?
	kill "$pryer"
	wait "$pryer" "$victim" 2>/dev/null
	:
}

. shunit2
