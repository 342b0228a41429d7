#!/bin/sh
# SPDX-License-Identifier: ISC
# The main job: a program runs in an instance, sees what it should, and its
# end is what the caller sees.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh

testExitStatusIsTheProgramsOwn() {
	for code in 0 1 42 124 255; do
		try run sh -c "exit $code"
		assertEquals "$code" "$status"
	done
}

# $SHELL, if it can be executed inside, and otherwise /bin/sh.
testWithoutACommandAShellRuns() {
	assertEquals 'the shell' "$(SHELL=/bin/echo sd run 2>&1 </dev/null | wc -l)" 1
	for shell in /none /etc/passwd /etc sh '' "$SCRATCH/closed/shell"; do
		assertEquals "'$shell'" '/bin/sh 1' \
			"$(echo 'echo $0 $$' | SHELL=$shell sd run 2>&1)"
		assertEquals "'$shell'" '-- /bin/sh' \
			"$(SHELL=$shell sd run --dry-run 2>&1 | tail -n 1)"
	done
}

# Neither "bare" nor anything in it is there inside.
testCommandThatIsOnlyOutsideIsSaidToBeThere() {
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer instance does not show it either' && return
	script='mkdir bare; mount -t tmpfs none bare; cp /bin/true bare/tool
		cd /
		sd run "$SCRATCH/mounts/bare/tool" || echo $?
		PATH=/usr/bin:/bin:$SCRATCH/mounts/bare sd run tool || echo $?
		PATH=/usr/bin:/bin:$SCRATCH/mounts/bare sd run --init tool || echo $?
		PATH=/usr/bin:/bin sd run tool || echo $?
		sd -C /etc run ./bin/true || echo $?
		cp /bin/true "$1"; sd run "$1" || echo $?; rm "$1"'
	none='No such file or directory; it is there outside'
	bare="$none, on the covered mount $SCRATCH/mounts/bare; -m shows it
127"
	wanted="selfdock-run: cannot execute '$SCRATCH/mounts/bare/tool': $bare
selfdock-run: cannot execute 'tool': $bare
selfdock-run: cannot execute 'tool': $bare
selfdock-run: cannot execute 'tool': No such file or directory; no images: only programs of the \
root file system run
127
selfdock-run: cannot execute './bin/true': $none; -m shows it
127
selfdock-run: cannot execute '/tmp/tool.$$': $none; -m shows it
127"
	# Only the kernel's cache is asked outside, which gives no answer while others mount.
	for each in 1 2 3 4 5; do
		in_mounts private "$script" "/tmp/tool.$$"
		[ "$output" != "$wanted" ] || return 0
	done
	assertEquals "$each times" "$wanted" "$output"
}

# Its server never answers.
testFileSystemInPathThatHangsIsNotAsked() {
	lacks_root && return
	lacks_fuse && return
	in_mounts private 'mkdir fuse
		exec 9<>/dev/fuse
		user=$SD_UID
		mount -i -t fuse -o "fd=9,rootmode=40000,user_id=$user,group_id=$user" none fuse
		cd /
		PATH=$SCRATCH/mounts/fuse:$PATH
		outside /usr/bin/timeout -s KILL 9 "$SELFDOCK" run echo started'
	assertEquals started "$output"
}

# It is a directory outside, as the empty name is, too, or lacks its interpreter inside.
testCommandThatIsInPathAndNoProgram() {
	scene 'in=/tmp/in.'$$'; mkdir -p $in/directory "$WORK/in"; PATH=$in:$WORK/in:/usr/bin:/bin
		echo "#!/none" >"$WORK/in/tool"; echo "echo" >"$WORK/in/script"
		chmod 755 "$WORK/in/"*
		for name in "" directory tool script; do
			"$SD" -m "$WORK" "$WORK" run "$name" || echo $?
		done
		rm -r $in "$WORK/in"'
	none='No such file or directory'
	first='a script needs a first line such as #!/bin/sh'
	only="$none; no images: only programs of the root file system run"
	assertEquals "selfdock-run: cannot execute '': $only
127
selfdock-run: cannot execute 'directory': $only
127
selfdock-run: cannot execute 'tool': $none; its interpreter is missing in the instance
126
selfdock-run: cannot execute 'script': Exec format error; $first
126" "$output"
}

# The kernel gives no sure answer at once while others mount or rename.
testInterpreterIsMissedWhateverOthersMount() {
	[ "$MODE" = plain ] ||
		{ skip 'strace takes the setuid bit away, and once is enough' && return; }
	is_sanitized && return
	tool=$WORK/tool.$$
	echo '#!/none' >"$tool"
	chmod 755 "$tool"
	# The first look is that outside. Ten more are made in any case.
	capture as_tester strace -f -o /dev/null -P "$tool" \
		-e inject=openat2:error=EAGAIN:when=2..30 "$SELFDOCK" run "$tool"
	assertContains "$output" 'its interpreter is missing in the instance'
	assertEquals 126 "$status"
	rm "$tool"
}

testDeathBySignalIsTheMonitorsToo() {
	try run "$HELPERS/die"
	assertEquals 'SIGSEGV' 139 "$status"
}

testProgramIsPid1AndAlone() {
	assert_output 1 run sh -c 'echo $$'
	try run ps -e -o pid= -o comm=
	assert_words '1 ps'
}

# The test of the original selfdock: ps lists the program as the only process on the terminal.
testOnATerminalItIsTheOnlyProcess() {
	listed=$(sd_on_terminal run ps -a)
	assertEquals "$listed" 2 "$(echo "$listed" | wc -l)"
	assertContains "$listed" ' 1 '
}

testTerminalHasAName() {
	assertEquals /dev/console "$(sd_on_terminal run tty)"
	assertEquals written "$(sd_on_terminal run sh -c 'echo written >/dev/tty')"
}

# --- pipes ---

testReaderThatLeavesEndsTheWriter() {
	assertEquals y "$(sd run yes 2>/dev/null | head -n 1)"
	assertEquals 1 "$(sd run cat /dev/zero 2>/dev/null | head -c 1 | wc -c)"
	# A program that is pid 1 gets an error; one that counts on SIGPIPE needs --init.
	assertEquals y "$({
		sd run --init sh -c 'while :; do echo y; done'
		echo $? >"$SCRATCH/home/status"
	} | head -n 1)"
	assertEquals 141 "$(cat "$SCRATCH/home/status")"
}

testLargeTransfersAreTheSame() {
	head -c 50000000 /dev/urandom >"$SCRATCH/home/large"
	sum=$(sha256sum <"$SCRATCH/home/large")
	assertEquals "$sum" "$(sd run cat <"$SCRATCH/home/large" | sd run cat | sha256sum)"
	rm "$SCRATCH/home/large"
}

testStandardDescriptorsHaveNames() {
	echo text >"$SCRATCH/home/text"
	# A pipe has an owner, too, so the tester makes all of this one.
	assertEquals text "$(cd / && as_tester sh -c \
		"echo text | $SD_WORDS run sh -c 'cat /dev/stdin >/proc/self/fd/1' | cat")"
	assertEquals text "$(sd run sh -c 'cat /proc/self/fd/0' <"$SCRATCH/home/text")"
	assertEquals 'no output' '' "$(sd run echo lost >&-)"
}

testStandardDescriptorsMayBeSockets() {
	cat >"$SCRATCH/home/sockets.py" <<-'EOF_SOCKET'
		import socket, subprocess, sys
		ours, theirs = socket.socketpair()
		job = subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=theirs)
		theirs.close()
		ours.sendall(b"there and back")
		ours.shutdown(socket.SHUT_WR)
		print(ours.makefile().read(), job.wait())
	EOF_SOCKET
	# shellcheck disable=SC2086 # words
	assertEquals 'there and back 0' \
		"$(cd / && as_tester $PYTHON "$SCRATCH/home/sockets.py" $SD_WORDS run cat)"
}

# The user namespace has few ids, like that of root in a rootless container.
testRootOfASmallUserNamespaceCanStart() {
	lacks_userns && return
	[ "$MODE" = root ] || { skip 'only root can map ids for another namespace' && return; }
	assertEquals ' 0 0 1' "$("$HELPERS/in_userns" "$SELFDOCK" run \
		cat /proc/self/uid_map | tr -s ' ')"
}

# It does not matter where the options stand, nor that other names begin the same.
testKeptVariablesStayWhenAllOthersAreUnset() {
	scene 'export TOKEN=secret TOKENS=2 OTHER="a b" EMPTY=
		env="$(command -v env)"
		$SD run --clearenv --keep-env TOKEN $env
		$SD --keep-env TOKEN \
			run --keep-env=EMPTY --keep-env TOKEN --clearenv -e NEW 1 $env | sort
		$SD run --keep-env OTHER --keep-env TOKEN --clearenv -E TOKEN -e OTHER new \
			--clearenv $env
		$SD run --keep-env NONE --clearenv --clearenv -- $env
		$SD run --keep-env NONE printenv OTHER'
	assertEquals 'TOKEN=secret
EMPTY=
NEW=1
TOKEN=secret
OTHER=new
a b' "$output"
}

. shunit2
