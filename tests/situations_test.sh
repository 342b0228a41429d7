#!/bin/sh
# SPDX-License-Identifier: ISC
# Situations that trouble the neighbouring tools, as their users report them. Those that no other
# file makes are here; each test names what its users met. All of them, by number, with the file and
# the main test of each:
#
#  1  the source of a mount was deleted           cause testDeletedMountIsNoObstacleAndIsNamed
#  2  a job reads in the background               terminal testReadingInTheBackgroundStops
#  3  timeout(1) hangs on a terminal              terminal testProgramThatReadsEndsAtItsTimeout
#  4  ^Z hangs, kill does not end it        terminal testProgramThatIsStoppedAndReadsEndsWhenKilled
#  5  resolv.conf is a link into /run      defaults testNamesResolveByWhatALinkIntoRunLeadsTo
#  6  links to the store in /run                  defaults testLinksOfNixosAreThere
#  7  keyctl ends in EPERM   inherited testEachCallThatAFilterRefusesIsNamedOrDoneWithout
#  8  root lacks CAP_SETFCAP                      cause testCapabilitiesThatAreMissingAreNamed
#  9  an empty bounding set                       situations testServicesOfSystemd
# 10  an unprivileged container                   situations testContainerOfRunc
# 11  a Landlock domain around                    cause testLandlockDomainAroundIsNamed
# 12  RLIMIT_NPROC is used up by others         identity testLimitOnProcessesIsForEachInstance
# 13  another user's FUSE mount              cause testFuseMountOfAnotherUserIsClosedInAnUnderlay
# 14  the home is a mount of its own              defaults testWorkingDirectoryOnATmpfs
# 15  a limit says "no space left"                cause testLimitOfAUserNamespaceAroundIsNamed
# 16  programs in /tmp do not run                 view testProgramsInTmpRunUnlessForbidden
# 17  ssh refuses the files of nobody             situations testSshThatWantsRootsFiles
# 18  a directory of 100,000 entries              cause testDirectoryOfTooManyEntriesIsNamed
# 19  .git is a file                              situations testMaskBelowAFile
# 20  output that is closed                       situations testOutputThatIsClosed
# 21  input that is closed                   inherited testClosedStandardDescriptorsAreDevNullInside
# 22  ids above 2^31                              situations testLargeIds
# 23  names of mounts with escapes                mounts testMountsOfAnyNameAreCovered
# 24  an automount without its daemon   situations testAutomountWithoutItsDaemonIsNoObstacle
# 25  a FUSE mount without its server             cause testRootWithoutItsFuseServerIsNamed
# 26  a read-only FUSE mount as volume            situations testVolumeOfAReadOnlyFuseMount
# 27  mount flags that are locked                 situations testRootWithLockedFlags
# 28  a root that may not be listed               situations testRootThatMayNotBeListed
# 29  /tmp is a link                         roots testSpecialDirectoriesThatAreLinksAreRefused
# 30  a mount below /tmp                          situations testMountsOfAnyKindAreNoObstacle
# 31  a shared mount with all in it               situations testMountsOfAnyKindAreNoObstacle
# 32  a file in /proc is covered                  situations testFileInProcIsCovered
# 33  processes are hidden, hidepid               check testHiddenProcesses
# 34  any umask                                   layer testUnderlayHasTheModeOfTheDirectory
# 35  low limits                                  inherited testLimitsEndInAMessageOrInFullSuccess
# 36  a child from before the execve  situations testChildOfTheCallerIsNotTheProgram
# 37  zombies and lost statuses                   init testInitReapsWhatTheProgramLeaves
# 38  abort and kill of oneself                   situations testProgramThatKillsItself
# 39  SIGPIPE, ignored and not                    situations testIgnoredSigpipeIsLeftToTheProgram
# 40  the window changes its size                 terminal testWindowSizeArrives
# 41  the terminal hangs up                       terminal testHangupEndsTheInstance
# 42  the shell has lost the terminal         terminal testTerminalIsTheCallersAfterAShellInside
# 43  a rename over a mapped file                 situations testRenameOverAMappedFile
# 44  homes that are links                         paths testLinkOfRootIsFollowed
# 45  .git is a link                              layer testMaskOfALinkIsOnWhatItLeadsTo
# 46  thousands of binds                          layer testManyMasks
# 47  a closed directory above           situations testWorkingDirectoryBelowAClosedOne
# 48  mounts in mounts, and over the root         situations testMountsOfAnyKindAreNoObstacle
# 49  the socket of an agent, a GPU, /sys         situations testSocketInAMappedDirectory
# shellcheck disable=SC2016,SC2086 # the scripts here are for the shell inside; words
. tests/common.sh
export LC_ALL=C

testEachSituationHasItsTest() {
	assertEquals '' "$(awk '
		FNR == 1 { name = FILENAME; sub(/.*\//, "", name) }
		/^# +[0-9]+ / && FILENAME == ARGV[1] {
			rows[$2]; wanted[$(NF - 1) "_test.sh " $NF "() {"]
		}
		/^test/ { there[name " " $0] }
		END {
			for (i = 1; i <= 49; i++) if (!(i in rows)) print i
			for (each in wanted) if (!(each in there)) print each
		}' tests/situations_test.sh tests/*_test.sh tests/attack/*_test.sh)"
}

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

# Tools that look at the hardware.
testSysShowsTheProcessors() {
	[ "$MODE" = nested ] && skip 'the outer instance has no /sys' && return
	assert_output "$(lscpu -p)" -m /sys /sys run lscpu -p
}

testGpuIsPassedByItsNode() {
	[ "$MODE" = nested ] && skip 'the outer instance has no such device' && return
	for node in /dev/dri/renderD* /dev/nvidia0 /dev/kfd; do
		[ ! -c "$node" ] || break
	done
	[ ! -c "$node" ] && skip 'no GPU' && return
	assert_output 'character special file' --device "$node" run stat -c %F "$node"
}

# A program as pid 1 is not killed by its own signals, but abort(3) ends by a fault then.
testProgramThatKillsItself() {
	try run sh -c 'kill -SEGV $$; exit 0'
	assertEquals "$output" 0 "$status"
	try run $PYTHON -c 'import os; os.abort()'
	assertEquals "$output" 139 "$status"
	try run --init sh -c 'kill -SEGV $$; exit 0'
	assertEquals "$output" 139 "$status"
	try run --init $PYTHON -c 'import os; os.abort()'
	assertEquals "$output" 134 "$status"
}

# Where the caller ignores SIGPIPE, the program learns from an error that its reader has gone.
testIgnoredSigpipeIsLeftToTheProgram() {
	for option in '' --init; do
		assertEquals y "$({
			$AS sh -c 'trap "" PIPE; exec "$@"' sh $SD_WORDS run $option \
				sh -c 'while echo y; do :; done 2>/dev/null; exit 3'
			echo $? >"$SCRATCH/home/status"
		} | head -n 1)"
		assertEquals "$option" 3 "$(cat "$SCRATCH/home/status")"
	done
}

# ssh reads no part of its configuration that belongs to neither root nor the user.
testSshThatWantsRootsFiles() {
	lacks_root && return
	echo "tester:x:$SD_UID:$SD_UID::/tmp:/bin/sh" >"$WORK/passwd"
	for mask in '' '--mask /etc/ssh/ssh_config.d'; do
		in_mounts private 'mkdir -p ssh/ssh_config.d; cd ssh
			echo "Include /etc/ssh/ssh_config.d/*.conf" >ssh_config
			echo "User found" >ssh_config.d/one.conf
			mount --bind . /etc/ssh
			sd $1 -m "$WORK/passwd" /etc/passwd run ssh -G host || :' "$mask"
		case $MODE:$mask in
		setuid: | root:) assertContains "$output" 'user found' ;;
		plain: | nested:) assertContains "$output" 'Bad owner or permissions' ;;
		*) assertContains "$output" 'user tester' ;;
		esac
	done
}

# An automount waits for its daemon, which does not answer or has died.
testAutomountWithoutItsDaemonIsNoObstacle() {
	lacks_root && return
	for daemon in silent dead; do
		in_mounts private 'mkdir -p direct indirect dir/direct dir/indirect
			mkfifo pipe; exec 7<>pipe 8>pipe
			mount --bind dir /opt
			for kind in direct indirect; do
				for place in "$kind" "/opt/$kind"; do
					mount -i -t autofs none "$place" \
						-o "$kind,fd=8,pgrp=1,minproto=5,maxproto=5"
				done
			done
			[ "$1" = silent ] || exec 7>&-
			exec 8>&-
			cd /
			timeout 20 $AS $SD_WORDS run sh -c "cd \$1; ls -A direct indirect" \
				sh "$OLDPWD"' "$daemon"
		holds "$output" 'unknown filesystem type' &&
			skip 'a kernel without autofs' && return
		assertEquals "$daemon" 'direct:

indirect:' "$output"
	done
}

testVolumeOfAReadOnlyFuseMount() {
	lacks_root && return
	lacks_fuse && return
	for flag in ro rw; do
		in_mounts private 'mkdir -p dir/fuse; mount --bind dir /opt; exec 9<>/dev/fuse
			mount -i -t fuse none /opt/fuse \
				-o "$1,fd=9,rootmode=40000,user_id=$SD_UID,group_id=$SD_UID"
			$PYTHON "$HELPERS/fuse.py" <&9 &
			sd -v /opt/fuse /mnt run sh -c "$WRITABLE" sh /mnt
			kill $!' "$flag"
		wanted=$flag
		[ "$MODE" != nested ] || wanted=ro # as the outer instance is
		assertEquals "$wanted" "$output"
	done
}

# Mounts on mounts in the installed system, which an instance shows, and elsewhere.
testMountsOfAnyKindAreNoObstacle() {
	lacks_root && return
	lacks_overlay && return
	in_mounts private 'mkdir -p low upper dir/place dir/private dir/volume/sub shared
		echo low >low/file
		mount --bind dir /opt
		for number in 1 2 3; do
			mount -t tmpfs none /opt/place; touch "/opt/place/$number"
		done
		mount -t tmpfs none /opt/private; touch /opt/private/kept
		mount --make-unbindable /opt/private
		mount -t tmpfs none upper; mkdir -m 777 upper/dir upper/work
		mount -t overlay -o lowerdir=low,upperdir=upper/dir,workdir=upper/work none \
			/opt/volume/sub
		mount -t tmpfs none shared; mount --make-shared shared; mkdir shared/root
		mount --rbind / shared/root
		mount -t tmpfs none /tmp; mkdir /tmp/sub; mount -t tmpfs none /tmp/sub
		cd /
		sd run sh -c "ls -A /opt/place /opt/private /tmp \"\$1\"" sh "$OLDPWD/shared"
		sd -v /opt/volume /mnt run sh -c "cat /mnt/sub/file; $WRITABLE" sh /mnt/sub
		sd -r / -m "$OLDPWD/low" /home run cat /home/file'
	case $MODE in nested) writable=ro ;; *) writable=rw ;; esac
	assertEquals "/opt/place:
3

/opt/private:
kept

/tmp:

$SCRATCH/mounts/shared:
low
$writable
low" "$output"
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
	[ ! -w "$(findmnt -rnt cgroup,cgroup2 -o TARGET | head -n 1)" ] &&
		skip 'no cgroup can be made here' && return
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

# A container as docker makes it, with a filter and a covered /proc. The options that README.md's
# recipe for CI names take them away, one after the other.
testContainerOfDocker() {
	lacks_containers runc plain && return
	mkdir "$SCRATCH/docker" && mv "$CONTAINER" "$SCRATCH/docker/rootfs"
	cd "$SCRATCH/docker" || return
	for options in '' seccomp= 'seccomp= systempaths='; do
		rm -f config.json && runc spec
		$PYTHON - "$TESTER" "$options" <<-'EOF_SPEC'
			import json, sys
			spec = json.load(open("config.json"))
			user, options = int(sys.argv[1]), sys.argv[2]
			spec["process"] |= {"user": {"uid": user, "gid": user}, "terminal": False,
			    "noNewPrivileges": False, "args": ["sh", "-c", """
			    selfdock run busybox echo started
			    selfdock --proc host run busybox echo started"""]}
			if "seccomp=" not in options:
			    new_user = {"index": 0, "op": "SCMP_CMP_MASKED_EQ",
			        "value": 1 << 28, "valueTwo": 1 << 28}
			    calls = [{"names": ["clone"], "args": [new_user]},
			        {"names": ["clone3"], "errnoRet": 38}]
			    spec["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
			        "syscalls": [{"action": "SCMP_ACT_ERRNO"} | each for each in calls]}
			if "systempaths=" in options:
			    spec["linux"] |= {"maskedPaths": [], "readonlyPaths": []}
			json.dump(spec, open("config.json", "w"))
		EOF_SPEC
		capture runc --root "$SCRATCH/runc" run "${SCRATCH##*/}-$$"
		case $options in
		'') assertContains "$output" 'refuses clone' ;;
		seccomp=) assertContains "$output" "'/proc/bus' is covered" ;;
		esac
		echo "$(printf '%s\n' "$output" | grep -cx started) by ${options:-nothing}"
	done >"$SCRATCH/started"
	cd "$CHECK/source" || return
	assertEquals '0 by nothing
1 by seccomp=
2 by seccomp= systempaths=' "$(cat "$SCRATCH/started")"
	for option in seccomp= systempaths= apparmor=; do
		assertTrue "$option" 'grep -qe "--security-opt $option" README.md'
	done
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

# Makes lines "NUMBER|WHO|SETTING|TEXT" of "SETTING|WHO|TEXT"; "all" stands for three who start one.
number_services() {
	number=0
	while IFS='|' read -r setting who text; do
		[ "$who" != all ] || who='plain setuid root'
		for who in $who; do
			echo "$((number += 1))|$who|$setting|$text"
		done
	done
}

# The setting of a service, who starts an instance in it, and what is said then.
services() {
	number_services <<-'EOF_SERVICES'
		Nice=0|all|started
		NoNewPrivileges=yes|all|started
		PrivateTmp=yes|all|started
		ProtectKernelTunables=yes|all|started
		DynamicUser=yes|all|refuses openat2
		RestrictSUIDSGID=yes|all|refuses openat2
		RestrictNamespaces=yes|all|refuses clone
		ProtectHostname=yes|all|started
		SystemCallFilter=@system-service @mount seccomp|all|started
		SystemCallFilter=@system-service|all|refuses mount_setattr
		SystemCallFilter=~@mount:kill|all|Bad system call
		CapabilityBoundingSet=|plain|started
		CapabilityBoundingSet=|setuid|lacks CAP_SETFCAP CAP_SETUID CAP_SETGID,
		CapabilityBoundingSet=|root|lacks CAP_SETFCAP,
	EOF_SERVICES
}

# make_booted: a root file system in which systemd starts these services, and ends.
make_booted() {
	BOOTED=$SCRATCH/booted
	units=$BOOTED/etc/systemd/system
	make_rootfs "$BOOTED"
	mkdir -p "$units"
	cp /etc/os-release "$BOOTED/etc"
	cp "$SELFDOCK" "$BOOTED/plain"
	cp "$SELFDOCK" "$BOOTED/root"
	cp -p "$SCRATCH/setuid/selfdock" "$BOOTED/setuid"
	printf '%s\n' root:x:0:0::/:/bin/sh "tester:x:$TESTER:$TESTER::/:/bin/sh" \
		>"$BOOTED/etc/passwd"
	printf '%s\n' root:x:0: "tester:x:$TESTER:" >"$BOOTED/etc/group"
	echo '/$1 run echo started; echo $?' >"$BOOTED/start"
	printf '%s\n' '[Service]' Type=oneshot ExecStart=/bin/true \
		'[Unit]' DefaultDependencies=no SuccessAction=exit-force >"$units/end.service"
	services | while IFS='|' read -r number who setting _; do
		user=tester
		[ "$who" != root ] || user=root
		printf '%s\n' '[Unit]' DefaultDependencies=no Before=end.service \
			'[Service]' Type=oneshot "User=$user" "$setting" \
			SystemCallErrorNumber=EPERM "ExecStart=-/bin/sh /start $who" \
			StandardError=inherit \
			"StandardOutput=file:/data/$number" >"$units/$number.service"
		echo "Wants=$number.service" >>"$units/end.service"
	done
}

# Services run by systemd, which is booted for them all: where a setting of theirs keeps an instance
# from starting, the message says what.
testServicesOfSystemd() {
	lacks_userns && return
	lacks_containers systemd-nspawn root && return
	make_booted
	# Two at a time would have the same cgroup.
	capture flock --close /run/selfdock-check.boot timeout 60 systemd-nspawn -q -D "$BOOTED" \
		-M "selfdock-$$" --register=no --keep-unit --bind-ro=/usr \
		--boot systemd.unit=end.service </dev/null
	[ ! -s "$BOOTED/data/1" ] && skip "systemd did not boot: ${output%%
*}" && return
	services >"$SCRATCH/services"
	while IFS='|' read -r number who setting text; do
		read_all "$BOOTED/data/$number"
		case $text in
		started) assertEquals "$who, $setting" 'started
0' "$output" ;;
		*)
			assertContains "$who, $setting" "$output" "$text"
			assertNotContains "$who, $setting" "$output" started
			;;
		esac
	done <"$SCRATCH/services"
}

. shunit2
