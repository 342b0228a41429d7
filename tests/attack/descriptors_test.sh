#!/bin/sh
# SPDX-License-Identifier: ISC
# Descriptors: those that a caller holds or hands in, and the binary that /proc leads to.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh

tearDown() {
	as_tester rm -rf "$WORK"/* 2>/dev/null
}

testDescriptorsOfTheCallerStayOutside() {
	scenario T-701 'to inherit descriptors of 17 kinds' 'a way out'
	outside=$(as_tester "$HELPERS/confine_caller" fds "$HELPERS/confine_state")
	assertContains 'the caller holds many' "$outside" ' 20 '
	assertEquals 'fds 0 1 2' "$(with_caller fds run "$HELPERS/confine_state" | head -n 1)"
}

testNoOtherDescriptorIsInherited() {
	scenario T-701 'to inherit descriptors beside the three' 'a way out'
	try_sh "exec \"\$0\" -v \"\$1\" \"\$1\" run '$HELPERS/input_fds' \"\$1/fds\" \
		3</usr 4</etc/passwd 9>\"\$1/nine\" 0</etc/passwd" "$WORK"
	assertEquals '0 1 2' "$(cat "$WORK/fds")"
}

testProgramCannotReachItsInit() {
	scenario T-701 'to get hold of what the init has open' 'to speak for the init'
	for applet in run build; do
		assert_output OK "$applet" --init "$HELPERS/init_reach"
	done
	try run --init "$HELPERS/init_flood" /proc/1/fd/0
	assertEquals "$output" 1 "$status"
	assert_output selfdock-init run --init sh -c 'tr "\0" "\n" </proc/1/cmdline'
}

# By those inside, whoever owns the file; and by what root outside may reach it from.
testBinaryCannotBeChangedThroughItsInit() {
	lacks_userns && return
	scenario T-702 'to change the binary through /proc/1/exe' \
		'a program of its own in the next start'
	as_tester cp "$SELFDOCK" "$WORK/own"
	for binary in "$SELFDOCK" "$WORK/own"; do
		before=$(stat -c '%a %Y %s' "$binary")
		for applet in run build; do
			scene "$binary $applet --init sh -c 'chmod 4777 /proc/1/exe || echo refused
				touch -d 2001-01-01 /proc/1/exe; echo >>/proc/1/exe'"
			assertContains "$output" "$output" refused
		done
		assertEquals "$before" "$(stat -c '%a %Y %s' "$binary")"
	done
	lacks_root && return
	in_background run --init
	assertContains "$(chmod 4777 "/proc/$init/exe" 2>&1)" 'Read-only'
	assertEquals "$before" "$(stat -c '%a %Y %s' "$binary")"
	end_it
}

testDirectoryAsStandardDescriptor() {
	scenario T-703 'to hand in a directory as a standard descriptor' \
		'all that is below its mount'
	for fd in 0 1; do
		try_sh "exec \"\$0\" \"\$@\" $fd</usr" run echo started
		assert_refused "$fd" "file descriptor $fd is a directory"
	done
	try_sh 'exec "$0" -v "$1" "$1" run touch "$1/started" 2</usr' "$WORK"
	assertEquals 125 "$status"
	assertFalse "[ -e $WORK/started ]"
}

testPathDescriptorAsStandardDescriptor() {
	scenario T-703 'to hand in an O_PATH descriptor' 'all that is below its mount'
	for path in /usr /etc/passwd /; do
		for fd in 0 1; do
			try_sh "exec '$HELPERS/input_opath' $fd $path \"\$0\" \"\$@\"" \
			run echo started
			assert_refused "$fd $path" "file descriptor $fd"
		done
	done
}

# The caller holds more than a thousand, of all kinds.
testDescriptorsStayOutsideOfEveryStart() {
	scenario T-701 'to inherit one of 1000 descriptors, by each way to start a program' \
		'a directory, a namespace, a cgroup or a process outside'
	for words in run build 'run --init' 'run --net none --no-userns'; do
		# shellcheck disable=SC2086 # words
		assertEquals "$words" 'fds 0 1 2' \
			"$(with_caller fds $words "$HELPERS/confine_state" | sed -n 1p)"
	done
	capture outside "$HELPERS/confine_caller" fds "$HELPERS/signal_enter" "$SELFDOCK" \
		"$HELPERS/lifetime_pause" "$HELPERS/confine_state"
	assertEquals 'enter' 'fds 0 1 2' "${output%%"
"*}"
	pkill -KILL -f "^$SELFDOCK run -d $HELPERS/lifetime_pause"
	scene 'cd "$WORK"
		"$HELPERS/confine_caller" fds "$SD" run -d -n many.$$ --log log sh -c \
			"\"$HELPERS/confine_state\"; exec sleep 600"
		until_true grep -q fds log; sed -n 1p log
		"$SD" stop many.$$'
	assertEquals "$(printf 'fds 0 1 2')" "$(echo "$output" | grep '^fds')"
}

# change_binary BINARY OPTION...: a program inside attacks what each process executes, while the
# caller enters the instance again and again.
change_binary() {
	binary=$1
	shift
	before=$(stat -c '%a %u %g %Y %s %h' "$binary") sum=$(cksum <"$binary")
	rounds 15 1000 10000
	# In one scene, since no instance outlives the outer one.
	scene "binary=$binary rounds=$rounds; cd \"\$WORK\"; rm -f log"'
		id=$("$binary" '"$*"' run -d --log log "$HELPERS/binary") || exit
		until_true grep -q ready log
		for i in $(seq "$rounds"); do
			"$binary" enter "$id" "$HELPERS/nothing" || echo "cannot enter"
		done
		"$binary" stop "$id"
		until_true grep -q tried log
		cat log'
	assertEquals "$binary: $output" ready "$(echo "$output" | grep -v '^tried \|stopped')"
	assertContains "$output" 'tried '
	assertEquals "$binary" "$before" "$(stat -c '%a %u %g %Y %s %h' "$binary")"
	assertEquals "$binary" "$sum" "$(cksum <"$binary")"
	entered=$((entered + rounds))
}

# Without the bit the binary may be the caller's own.
testBinaryCannotBeChangedWhileTheInstanceIsEntered() {
	lacks_userns && return
	scenario T-702 'to change the binary through /proc/PID/exe of those that enter' \
		'a program of its own wherever this binary is executed next'
	entered=0
	as_tester cp "$SELFDOCK" "$WORK/own"
	for binary in "$SELFDOCK" "$WORK/own"; do
		change_binary "$binary"
		change_binary "$binary" --init
	done
	figure "$entered enters, 0 changes of the binary"
}

testNamespaceAsStandardInputIsNotJoined() {
	scenario T-703 'to hand in namespaces as the standard descriptors' \
		'the namespaces of the host'
	for name in user mnt net pid ipc uts cgroup; do
		try_sh "exec \"\$0\" \"\$@\" </proc/self/ns/$name" \
			run "$HELPERS/descriptors" join
		assertEquals "$name" tried "$output"
		try_sh "exec \"\$0\" \"\$@\" </proc/self/ns/$name" \
			build "$HELPERS/descriptors" join
		assertEquals "$name" tried "$output"
	done
}

# The file's permissions let the caller read it and no more.
testFileOpenedForReadingIsNotWrittenTo() {
	lacks_root && return
	scenario T-706 'to write to the file that standard input reads' 'a changed file of another'
	echo text >"$SCRATCH/home/readable"
	chown "$OTHER" "$SCRATCH/home/readable"
	chmod 644 "$SCRATCH/home/readable"
	before=$(stat -c '%a %u %Y %s' "$SCRATCH/home/readable")
	for applet in run 'run --init' 'run --no-userns'; do
		# shellcheck disable=SC2086 # words
		capture sd $applet "$HELPERS/descriptors" write 0 <"$SCRATCH/home/readable"
		assertEquals "$applet" tried "$output"
	done
	assertEquals "$before" "$(stat -c '%a %u %Y %s' "$SCRATCH/home/readable")"
	assertEquals text "$(cat "$SCRATCH/home/readable")"
}

# The file is the caller's own, but the descriptor is of a mount that is read-only.
testFileOpenedOnAReadOnlyMountIsNotWrittenTo() {
	lacks_root && return
	scenario T-706 'to write to a file that was opened on a read-only mount' 'a changed file'
	as_tester sh -c 'echo text >"$1"' sh "$WORK/file"
	in_mounts private 'mount --bind "$WORK" "$WORK"; mount -o remount,bind,ro "$WORK"
		sd run "$HELPERS/descriptors" write 0 <"$WORK/file"'
	# The mode and the times are the inode's, which the kernel guards by the mount, too.
	assertEquals tried "$output"
	assertEquals text "$(cat "$WORK/file")"
}

testLogIsNotReadByWhoMayNotReadIt() {
	lacks_root && return
	scenario T-706 'to read the log that it writes to' 'what others have written there'
	echo secret >"$WORK/log"
	chown "$OTHER" "$WORK/log"
	chmod 622 "$WORK/log"
	scene 'cd "$WORK"
		"$SD" run -d -n log.$$ --log log \
			sh -c "\"$HELPERS/descriptors\" read 1; exec sleep 600"
		cat log 2>/dev/null
		until_true "$SD" enter log.$$ pgrep sleep
		"$SD" stop log.$$'
	assertEquals "$(printf 'secret\ntried')" "$(cat "$WORK/log")"
}

. shunit2
