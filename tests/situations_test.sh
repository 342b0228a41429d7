#!/bin/sh
# SPDX-License-Identifier: ISC
# Situations that trouble the neighbouring tools, as their users report them, and that no other file
# makes. Each names what its users met.
# shellcheck disable=SC2016,SC2086 # the scripts here are for the shell inside; words
. tests/common.sh
export LC_ALL=C

# An id beyond what fits into a signed number.
testLargeIds() {
	[ "$MODE" = plain ] || [ "$MODE" = setuid ] || { skip 'for a user of that id' && return; }
	lacks_root && return
	for id in 2147483648 3000000000 4294967294; do
		assertEquals "$id" "$id $id" "$(cd / && "$HELPERS/as" "$id" "$id" \
			"$SELFDOCK" run busybox sh -c 'echo $(id -u) $(id -g)' 2>&1)"
	done
}

# A container whose root file system is restricted, and may not be less so inside.
testRootWithLockedFlags() {
	lacks_root && return
	is_sanitized && return
	[ "$MODE" = plain ] || { skip 'once is enough' && return; }
	for flags in nosuid,nodev,noatime ro,nosuid,nodev; do
		in_mounts private 'mkdir root
			mount -t tmpfs none root
			mkdir root/proc root/dev root/bin root/tmp
			cp "$(command -v busybox)" "$SELFDOCK" "$HELPERS/as" root/bin
			mount --rbind /proc root/proc
			mount --rbind /dev root/dev
			mount -o "remount,bind,$1" root
			cd root
			pivot_root . tmp
			exec /bin/busybox sh -c "cd / && busybox umount -l /tmp &&
				exec /bin/as $2 /bin/selfdock run busybox echo started"' \
			"$flags" "$TESTER $TESTER"
		assertEquals "$flags" started "$output"
	done
}

# A root directory that may be searched, and not listed.
testRootThatMayNotBeListed() {
	case $MODE in root | nested) skip 'for a user who may not list it' && return ;; esac
	make_rootfs "$SCRATCH/home/closed"
	chmod 311 "$SCRATCH/home/closed"
	assert_output started \
		-r "$SCRATCH/home/closed" -m /usr /usr run busybox echo started
	chmod 700 "$SCRATCH/home/closed" && rm -rf "$SCRATCH/home/closed"
}

# lxcfs covers files in /proc, and the kernel refuses a new one.
testFileInProcIsCovered() {
	lacks_root && return
	[ "$MODE" = root ] || [ "$MODE" = nested ] && skip 'once is enough' && return
	in_mounts private 'mount --bind /dev/null /proc/cpuinfo
		sd run true || :
		sd --proc host run echo started'
	assertContains "$output" "'/proc/cpuinfo' is covered"
	assertContains "$output" '--proc host'
	assertContains "$output" '
started'
}

# A shell that was executed by another has its children, and waits for its program alone.
testChildOfTheCallerIsNotTheProgram() {
	capture $AS sh -c 'busybox sleep 0.01 & exec "$@"' sh $SD_WORDS run sh -c 'exit 7'
	assertEquals "$output" 7 "$status"
}

# An editor saves by a rename over the file, which is a mount.
testRenameOverAMappedFile() {
	scene 'cd "$WORK" && echo old >file && echo new >other
		"$SD" -w -m file "$WORK/file" run mv -f other file
		"$SD" -w -v file "$WORK/file" run sh -c "cat other >file"
		cat file'
	assertContains "$output" 'busy'
	assertEquals new "${output##*
}"
}

# A directory that may not be entered is above the working directory.
testWorkingDirectoryBelowAClosedOne() {
	scene 'mkdir -p "$WORK/closed/in" && cd "$WORK/closed/in" && chmod 0 ..
		"$SD" -v . /x -C / run sh -c "echo written >/x/file"
		cat file; chmod 700 ..'
	assertEquals written "$output"
}

# What cannot be printed is an error.
testOutputThatIsClosed() {
	case $MODE in setuid | nested) skip 'there it is /dev/null' && return ;; esac
	output=$(sd ls --json 2>&1 >&-)
	assertEquals 125 $?
	assertContains "$output" 'cannot write to standard output'
}

# .git is a file in a worktree.
testMaskBelowAFile() {
	scene 'cd "$WORK" && echo gitdir >.git && "$SD" -w --mask "$WORK/.git/hooks" run true'
	assertEquals "125 selfdock-run: cannot mask '$WORK/.git/hooks': Not a directory" \
		"$status $output"
}

# The socket of an agent.
testSocketInAMappedDirectory() {
	cat >"$SCRATCH/agent.py" <<-'EOF_AGENT'
		import os, socket, subprocess, sys
		if len(sys.argv) == 1:
		    socket.socket(socket.AF_UNIX).connect("/agent/socket")
		    sys.exit("connected")
		os.chdir(sys.argv[2])
		agent = socket.socket(socket.AF_UNIX)
		agent.bind("socket")
		agent.listen()
		run = [sys.argv[1], "-m", ".", "/agent", "run"]
		subprocess.call(run + [sys.executable, sys.argv[0]])
	EOF_AGENT
	capture outside $PYTHON "$SCRATCH/agent.py" "$SELFDOCK" "$WORK"
	assertEquals connected "$output"
}

# make_container: a root file system of busybox and selfdock.
make_container() {
	CONTAINER=$SCRATCH/container
	mkdir -p "$CONTAINER/bin" "$CONTAINER/proc" "$CONTAINER/dev" "$CONTAINER/tmp" \
		"$CONTAINER/sys" "$CONTAINER/etc" "$CONTAINER/usr"
	cp "$(command -v busybox)" "$SELFDOCK" "$CONTAINER/bin"
	ln -sf busybox "$CONTAINER/bin/sh"
}

# lacks_containers PROGRAM MODE: for that program of containers, in that mode alone.
lacks_containers() {
	lacks_root && return
	is_sanitized && return
	[ "$MODE" != "$2" ] && skip 'once is enough' && return
	! command -v "$1" >/dev/null && skip "no $1" && return
	make_container
	return 1
}

# assert_check_in_container STATUS TEXT: of the output, what "check --json" printed with its status.
assert_check_in_container() {
	printf '%s\n' "$output" | sed -n '/^{/,/^[0-9]*$/p' >"$SCRATCH/checked"
	assertEquals "$output" "checked $1" \
		"$($PYTHON "$HELPERS/blind.py" "$SCRATCH/checked" | cut -d ' ' -f 1-2)"
	assertNotContains "$output" 'no JSON'
	assertContains "$output" "$2' is covered"
}

CHECK_IN_CONTAINER='selfdock check --json; echo $?'

# A user in a container as docker makes it: few capabilities, NO_NEW_PRIVS, a covered /proc.
testContainerOfRunc() {
	lacks_containers runc plain && return
	cd "$SCRATCH" && mv container rootfs && runc spec
	$PYTHON - "$TESTER" "$CHECK_IN_CONTAINER
		selfdock --proc host run busybox echo started" <<-'EOF_SPEC'
		import json, sys
		spec = json.load(open("config.json"))
		user = int(sys.argv[1])
		spec["process"] |= {"terminal": False, "user": {"uid": user, "gid": user},
		    "args": ["sh", "-c", sys.argv[2]]}
		json.dump(spec, open("config.json", "w"))
	EOF_SPEC
	capture runc --root "$SCRATCH/runc" run "${SCRATCH##*/}-$$"
	cd "$CHECK/source" || return
	assert_check_in_container 1 "'/proc/bus"
	assertEquals started "${output##*
}"
}

# Root in a container whose filter refuses keyrings and Landlock with EPERM.
testContainerOfNspawn() {
	lacks_containers systemd-nspawn root && return
	capture systemd-nspawn -q -D "$CONTAINER" --register=no --keep-unit --as-pid2 --pipe \
		sh -c "$CHECK_IN_CONTAINER"
	assert_check_in_container 0 "'/proc/sys"
	assertContains "$output" 'an instance starts"'
	assertContains "$output" 'by a filter around'
}

# A service that may not call what only the privileged need.
testServiceOfSystemd() {
	[ ! -d /run/systemd/system ] && skip 'systemd does not run this machine' && return
	lacks_containers systemd-run root && return
	capture systemd-run -q --wait --pipe -p NoNewPrivileges=yes \
		-p SystemCallFilter='~@privileged' -p SystemCallErrorNumber=EPERM \
		"$SELFDOCK" check --json
	assertContains "$output" '"works":'
}

. shunit2
