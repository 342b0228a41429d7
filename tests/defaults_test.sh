#!/bin/sh
# SPDX-License-Identifier: ISC
# What an instance shows though no option names it, on disks that are cut in other ways: what names
# are looked up with, and the working directory.
# shellcheck disable=SC2016,SC2086 # the scripts here are for another shell; words
. tests/common.sh
export LC_ALL=C

# Files of its own in /etc, and nothing in /run.
OWN='mkdir etc
	mount --bind /etc etc
	mount -t tmpfs -o mode=755 none /etc
	cp etc/passwd etc/group /etc
	umount etc
	mount -t tmpfs -o mode=755 none /run
	'

# --- names ---

# The file is replaced by a rename, as the services do.
testNamesResolveByWhatALinkIntoRunLeadsTo() {
	lacks_root && return
	for link in ../run/systemd/resolve/stub-resolv.conf /run/NetworkManager/resolv.conf \
		/var/run/resolvconf/resolv.conf; do
		in_mounts private "$OWN"'link=$1 directory=/${1#*/}
			directory=${directory#/var} directory=${directory%/*}
			[ -e /var/run ] || ln -s /run /var/run
			mkdir -p "$directory" /run/dbus
			echo "nameserver ::1" >"$directory/${link##*/}"
			ln -s "$link" /etc/resolv.conf
			sd check | grep ^names
			sd run busybox sh -c "cat /etc/resolv.conf; cd /run; echo *
				until grep -q new /etc/resolv.conf || [ \$((i += 1)) = 2000 ]; do
					usleep 5000
				done
				cat /etc/resolv.conf
				(echo >$directory/made) 2>/dev/null || echo closed" >out &
			until_true grep -q ::1 out
			echo new >"$directory/next"
			mv "$directory/next" "$directory/${link##*/}"
			wait $!
			cat out' "$link"
		name=${link%/*} name=${name#*/run/} name=${name%%/*}
		shown='an instance shows /etc/resolv.conf, which leads to'
		assertEquals "names     good     $shown $link
nameserver ::1
$name
new
closed" "$output"
	done
}

# Neither /run nor what else is mounted beside the file comes to light.
testFileAloneIsShownElsewhere() {
	lacks_root && return
	in_mounts private "$OWN"'mkdir wsl secret
		echo "nameserver ::1" >/run/resolver
		echo secret >/run/secret
		mount -t tmpfs none wsl
		echo "nameserver ::2" >wsl/resolv.conf
		echo secret >wsl/secret
		show="cat /etc/resolv.conf; cd /run; echo run: *; cd \"$PWD/wsl\"; echo wsl: *"
		ln -s ../run/resolver /etc/resolv.conf
		sd run busybox sh -c "$show"
		ln -sf "$PWD/wsl/resolv.conf" /etc/resolv.conf
		sd run busybox sh -c "$show"
		ln -sf "$PWD/wsl/resolv.conf" /etc/link
		ln -sf link /etc/resolv.conf
		sd build busybox sh -c "$show; (echo >/etc/resolv.conf) 2>/dev/null || echo closed"'
	assertEquals 'nameserver ::1
run: resolver
wsl: *
nameserver ::2
run: *
wsl: resolv.conf
nameserver ::2
run: *
wsl: resolv.conf
closed' "$output"
}

# The first link is hidden, and what it leads to is not.
testLinkToALinkInRun() {
	lacks_root && return
	in_mounts private "$OWN"'mkdir -p /run/NetworkManager
		echo "nameserver ::1" >/run/NetworkManager/file
		ln -s NetworkManager/file /run/resolv.conf
		ln -s ../run/resolv.conf /etc/resolv.conf
		sd run busybox sh -c "cat /etc/resolv.conf; cd /run; echo *"'
	assertEquals 'nameserver ::1
NetworkManager resolv.conf' "$output"
}

testOptionsComeAfterWhatNamesResolveBy() {
	lacks_userns && return
	lacks_root && return
	in_mounts private "$OWN"'mkdir -p /run/systemd/resolve
		echo "nameserver ::1" >/run/systemd/resolve/file
		echo "nameserver ::2" >other
		ln -s /run/systemd/resolve/file /etc/resolv.conf
		show="cat /etc/resolv.conf 2>/dev/null || echo none"
		sd --net none run sh -c "$show"
		sd -t mode=755 /run run sh -c "$show"
		sd --mask /run/systemd run sh -c "$show"
		sd -m other /etc/resolv.conf run sh -c "$show"
		sd run "$SELFDOCK" -m other /etc/resolv.conf run sh -c "$show"'
	[ "$MODE" != root ] || output="$output
nameserver ::2"
	assertEquals 'none
none
none
nameserver ::2
nameserver ::2' "$(printf '%s\n' "$output" | grep -v ' no instance starts inside ')"
}

# The service replaces its file meanwhile, which takes away what is mounted on that.
testOptionAtTheResolverStays() {
	lacks_root && return
	in_mounts private "$OWN"'mkdir -p /run/systemd/resolve
		ln -s /run/systemd/resolve/file /etc/resolv.conf
		echo mine >mine
		mkfifo -m 666 go
		for option in "-m mine /etc/resolv.conf" "--mask /etc/resolv.conf" \
			"-m mine /run/systemd/resolve/file"; do
			echo old >/run/systemd/resolve/file
			sd $option run sh -c "echo ready; read x
					cat /etc/resolv.conf || echo masked" \
				<>go >out 2>/dev/null &
			until_true test -s out
			echo host >/run/systemd/resolve/next
			mv /run/systemd/resolve/next /run/systemd/resolve/file
			echo >go
			wait $! || true
			cat out
			rm out
		done'
	assertEquals "ready
mine
ready
masked
ready
mine" "$output"
}

# What the caller may not follow, or what is no file, keeps no start from going on.
testOtherResolversAreLeftAlone() {
	lacks_root && return
	in_mounts private "$OWN"'echo secret >/run/secret
		for link in nowhere /run/none /proc/self/environ /run/directory /run/pipe \
			/proc/version; do
			mkdir -p /run/directory
			[ -e /run/pipe ] || mkfifo /run/pipe
			ln -sfn "$link" /etc/resolv.conf
			sd run sh -c "echo started; ls /run"
		done
		[ "$MODE" = root ] || chown "$TESTER" /etc
		rm /etc/resolv.conf
		as_tester ln -s /run/secret /etc/resolv.conf
		sd run sh -c "echo started; ls /run"'
	wanted='started
started
started
started
started
started
started'
	[ "$MODE" != root ] || wanted="$wanted
secret"
	assertEquals "$wanted" "$output"
}

testLinksOfNixosAreThere() {
	lacks_root && return
	in_mounts private "$OWN"'mkdir /nix 2>/dev/null && made=yes
		mount -t tmpfs -o mode=755 none /nix
		mkdir -p /nix/store/system/sw/bin
		printf "#!/bin/sh\necho found\n" >/nix/store/system/sw/bin/tool
		chmod 755 /nix/store/system/sw/bin/tool
		ln -s /nix/store/system /run/current-system
		ln -s /nix/store/none /run/booted-system
		PATH=$PATH:/run/current-system/sw/bin sd run tool
		sd run busybox sh -c "cd /run; echo *
			readlink current-system; readlink booted-system"
		sd -t mode=755 /run run busybox ls /run
		sd run --dry-run true | grep "#"
		umount /nix
		[ ! "$made" ] || rmdir /nix'
	assertEquals "found
booted-system current-system
/nix/store/system
/nix/store/none
# link /run/current-system to /nix/store/system
# link /run/booted-system to /nix/store/none" "$output"
}

# --- the working directory ---

# Says where the program is, what is there, and whether that can be written to.
export LOOK='echo "$PWD" *; (echo >made) 2>/dev/null && rm made && echo writable || echo read-only'

# assert_shown LAYOUT: the script mounts something at "disk", with a directory for the tester in
# it, below a secret that stays out of sight.
assert_shown() {
	in_mounts private 'mkdir disk
		'"$1"'
		mkdir -p disk/home/mine/below
		echo secret >disk/home/secret
		chmod 1777 disk/home
		mount -t tmpfs none disk/home/mine/below
		touch disk/home/mine/file disk/home/mine/below/deep
		[ "$MODE" = root ] || chown "$TESTER" disk/home/mine
		cd disk/home/mine
		sd run sh -c "$LOOK; ls .. below"
		sd build sh -c "$LOOK"
		sd run "$SELFDOCK" run sh -c "$LOOK; ls .. below" || true
		cd below
		sd run sh -c "$LOOK"
		cd /
		umount -l "$SCRATCH/mounts/disk/home/mine/below" "$SCRATCH/mounts/disk"'
	home=$SCRATCH/mounts/disk/home/mine
	inside="$home below file
read-only
..:
mine

below:
deep"
	nested=$inside writable=writable
	[ "$MODE" != nested ] || writable=read-only # as the outer instance is
	[ "$MODE" != root ] || nested='selfdock-run: '
	assertContains "$output" "$inside
$home below file
$writable
$nested"
	assertContains "$output" "$home/below deep
read-only"
}

testWorkingDirectoryOnATmpfs() {
	lacks_userns && return
	lacks_root && return
	assert_shown 'mount -t tmpfs none disk'
}

testWorkingDirectoryOnABind() {
	lacks_userns && return
	lacks_root && return
	assert_shown 'mkdir other; mount --bind other disk'
}

testWorkingDirectoryOnAnOverlay() {
	lacks_userns && return
	lacks_root && return
	lacks_overlay && return
	assert_shown 'mkdir layers; mount -t tmpfs none layers; cd layers; mkdir up work low
		mount -t overlay -o lowerdir=low,upperdir=up,workdir=work none ../disk; cd ..'
}

testWorkingDirectoryOnABtrfsSubvolume() {
	lacks_userns && return
	lacks_root && return
	command -v mkfs.btrfs >/dev/null || { skip 'no mkfs.btrfs' && return; }
	grep -q btrfs /proc/filesystems || { skip 'a kernel without btrfs' && return; }
	truncate -s 120M "$SCRATCH/image"
	mkfs.btrfs -q "$SCRATCH/image" >/dev/null
	assert_shown 'mkdir whole; mount -o loop "$SCRATCH/image" whole
		btrfs -q subvolume create whole/volume
		mount -o loop,subvol=volume "$SCRATCH/image" disk; umount whole'
	rm "$SCRATCH/image"
}

# The test is its daemon, as their common process group tells the kernel.
testWorkingDirectoryOnAnAutomount() {
	lacks_userns && return
	lacks_root && return
	grep -q autofs /proc/filesystems || { skip 'a kernel without autofs' && return; }
	assert_shown 'mkfifo pipe; exec 7<>pipe 8>pipe
		group=$(ps -o pgid= -p $$)
		mount -i -t autofs none disk \
			-o indirect,fd=8,pgrp=${group##* },minproto=5,maxproto=5
		mkdir disk/home; mount -t tmpfs none disk/home'
}

# A FUSE file system whose server never answers is below the directory.
testWorkingDirectoryAboveAFileSystemThatHangs() {
	lacks_root && return
	lacks_fuse && return
	in_mounts private 'mkdir disk; mount -t tmpfs none disk; mkdir -p disk/mine/fuse
		exec 9<>/dev/fuse
		mount -i -t fuse -o "fd=9,rootmode=40000,user_id=$OTHER,group_id=$OTHER" \
			none disk/mine/fuse
		cd disk/mine
		sd run busybox sh -c "pwd; echo *"'
	assertEquals "$SCRATCH/mounts/disk/mine
fuse" "$output"
}

testWorkingDirectoryBelowTmp() {
	scene 'rm -rf /tmp/defaults.'$$'; mkdir -p /tmp/defaults.'$$'/in /dev/shm/defaults.'$$'
		touch /tmp/defaults.'$$'/file
		for directory in /tmp /dev/shm /dev/shm/defaults.'$$' /tmp/defaults.'$$'; do
			cd $directory
			"$SD" run sh -c "pwd; ls -A; (echo >new) 2>/dev/null || echo read-only"
		done
		cd /
		rm -r /tmp/defaults.'$$' /dev/shm/defaults.'$$
	assertEquals "/tmp
/dev/shm
/dev/shm/defaults.$$
read-only
/tmp/defaults.$$
file
in
read-only" "$output"
}

testWorkingDirectoryIsNeverLeftUnasked() {
	scene 'for directory in /run /proc /proc/1 /sys /dev /dev/pts; do
			cd $directory
			"$SD" run pwd
			"$SD" run --dry-run pwd
			"$SD" -C / run pwd
		done
		mkdir "$WORK/gone"
		cd "$WORK/gone"
		rmdir ../gone
		"$SD" run pwd
		"$SD" -C / run pwd'
	wanted=
	for directory in /run /proc /proc/1 /sys /dev /dev/pts; do
		refusal="selfdock-run: cannot start in '$directory'"
		refusal="$refusal: it belongs to the running machine"
		refusal="$refusal; -C / starts in '/'"
		wanted="$wanted$refusal
$refusal
/
"
	done
	assertEquals "${wanted}selfdock-run: the working directory was deleted or is out of reach; \
-C / starts in '/'
/" "$output"
}

testWorkingDirectoryInRun() {
	lacks_root && return
	[ "$MODE" != nested ] || { skip 'the outer instance is refused, too' && return; }
	in_mounts private 'mount -t tmpfs none /run
		mkdir -p /run/user/7/below /run/media/disk
		for directory in /run /run/user /run/user/7 /run/user/7/below /run/media/disk; do
			cd $directory
			sd run pwd || true
		done'
	wanted=
	for directory in /run /run/user /run/user/7 /run/user/7/below; do
		wanted="${wanted}selfdock-run: cannot start in '$directory': \
it belongs to the running machine; -C / starts in '/'
"
	done
	assertEquals "$wanted/run/media/disk" "$output"
}

# As by "sudo -u somebody" in a directory of one's own, or below one.
testWorkingDirectoryOutOfReach() {
	lacks_root && return
	[ "$MODE" != root ] || { skip 'root reaches every directory' && return; }
	[ "$MODE" != nested ] || { skip 'the outer instance is refused, too' && return; }
	in_mounts private 'mkdir -p closed/open disk
		mount -t tmpfs none disk
		mkdir -p disk/closed/open
		chmod 700 closed disk/closed
		for directory in closed closed/open disk/closed disk/closed/open; do
			(cd $directory; sd run pwd || sd -C / run pwd)
		done'
	wanted=
	for directory in closed closed/open disk/closed disk/closed/open; do
		wanted="${wanted}selfdock-run: cannot start in '$SCRATCH/mounts/$directory': \
Permission denied; -C / starts in '/'
/
"
	done
	assertEquals "$wanted" "$output
"
}

# A tree to change root into: the instance must not reach the kernel through it, which root's build
# could change, nor the processes outside.
testWorkingDirectoryWithAFileSystemOfTheKernelIsRefused() {
	lacks_root && return
	in_mounts private 'mkdir disk; mount -t tmpfs none disk; mkdir disk/proc disk/sys disk/in
		mount --bind /proc disk/proc; mount --bind /sys disk/sys
		for directory in disk disk/proc disk/sys/kernel; do
			(cd "$directory"; sd build pwd || true
				sd -C / build ls -A "$PWD" || true)
		done
		cd disk/in
		sd run pwd'
	wanted=
	for directory in disk disk/proc disk/sys/kernel; do
		wanted="${wanted}selfdock-build: cannot start in '$SCRATCH/mounts/$directory': \
a file system of the kernel is mounted there; -C / starts in '/'
"
	done
	# The outer instance is refused, too.
	[ "$MODE" != nested ] || return 0
	assertEquals "$wanted$SCRATCH/mounts/disk/in" "$output"
}

# What hides the directory wins: the program starts in what is at that path, or not at all.
testOptionsComeAfterTheWorkingDirectory() {
	lacks_root && return
	in_mounts private 'mkdir disk other; mount -t tmpfs none disk; mkdir disk/in
		touch disk/in/file disk/project other/another
		cd disk/in
		sd -m ../../other "$PWD" run sh -c "$LOOK"
		sd -t mode=1777 "$PWD" run sh -c "$LOOK"
		sd -m .. "${PWD%/in}" run sh -c "$LOOK; echo ../*"
		sd -t mode=755 "${PWD%/in}" run sh -c "$LOOK" || true
		sd --mask "$PWD" run sh -c "$LOOK" || true
		sd -w --mask "$PWD/file" run sh -c "[ -r file ] || [ -s file ] || echo masked"'
	place=$SCRATCH/mounts/disk/in
	above='../in ../project'
	[ "$MODE" != nested ] || above=../in # the outer instance shows nothing else there
	wanted="$place another
read-only
$place *
writable
$place file
read-only
$above
selfdock-run: cannot start in '$place': No such file or directory; -C / starts in '/'
selfdock-run: cannot start in '$place': Permission denied; -C / starts in '/'
masked"
	assertEquals "$wanted" "$output"
}

testAnotherRootStartsInItsRoot() {
	scene 'mkdir -p "$WORK/root/proc" "$WORK/root/dev" "$WORK/root/bin" "$WORK/root$WORK"
		cp /bin/busybox "$WORK/root/bin"
		cd "$WORK"
		"$SD" -r root run /bin/busybox pwd
		"$SD" -r root -C "$WORK" run /bin/busybox pwd
		rm -r "$WORK/root"'
	assertEquals "/
$WORK" "$output"
}

# A mount has come to the path of the working directory, so that the path leads elsewhere.
testWorkingDirectoryThatAnotherMountHides() {
	lacks_root && return
	in_mounts private 'mkdir disk; mount -t tmpfs none disk; mkdir disk/in; cd disk/in
		mount -t tmpfs none "$SCRATCH/mounts/disk"
		mkdir "$SCRATCH/mounts/disk/in"
		sd run pwd || true
		sd -t size=1M /tmp/new run pwd || true
		sd -C / run ls "$PWD" 2>/dev/null && echo shown'
	refusal="selfdock-run: cannot start in '$SCRATCH/mounts/disk/in': something else is there; \
-C / starts in '/'"
	assertEquals "$refusal
$refusal" "$output"
}

# The same where the directory is on the root file system, and with options.
testOptionsDoNotExchangeTheWorkingDirectory() {
	lacks_root && return
	in_mounts private 'mkdir disk
		cd disk
		mount -t tmpfs none "$SCRATCH/mounts/disk"
		for options in "-m /usr /tmp/usr" "-C ." -w; do
			sd $options run pwd || true
		done'
	refusal="selfdock-run: cannot start in '$SCRATCH/mounts/disk': something else is there; \
-C / starts in '/'"
	# The outer instance is refused, too.
	[ "$MODE" != nested ] || return 0
	assertEquals "$refusal
$refusal
$refusal" "$output"
}

# Somebody who may rename a directory above it can do the same during the start.
testWorkingDirectoryDoesNotReplaceWhatALinkLeadsTo() {
	lacks_root && return
	in_mounts private 'mkdir -p disk/mine/bin other
		ln -s /usr other/mine
		cd disk/mine/bin
		sd -m ../../../other "$SCRATCH/mounts/disk" -w run true || true'
	refusal="selfdock-run: cannot mount volume '.' at '.': something else is there"
	assertEquals "$refusal" "$output"
}

# What is found may have any name, and the terminal must not obey it.
testDryRunPrintsNoControls() {
	lacks_root && return
	in_mounts private "$OWN"'control=$(printf "\033]0;x\007\ny")
		mkdir disk
		mount -t tmpfs none disk
		mkdir "disk/$control"
		cd "disk/$control"
		ln -s "/nix/$control" /run/current-system
		sd run --dry-run true | grep -e "#" -e map -e chdir'
	place="'$SCRATCH/mounts/disk/?]0;x??y'"
	assertEquals "# link /run/current-system to '/nix/?]0;x??y'
--map $place $place
--chdir $place" "$output"
}

testDryRunShowsTheDefaults() {
	lacks_root && return
	in_mounts private "$OWN"'mkdir -p /run/systemd/resolve disk
		echo >/run/systemd/resolve/file
		ln -s /run/systemd/resolve/file /etc/resolv.conf
		mount -t tmpfs none disk
		cd disk
		sd run --dry-run true
		sd build --dry-run true | grep "^--vol"
		sd --net none --mask /x -C / run --dry-run true | grep -E "^--(map|mask|chdir)"'
	disk=$SCRATCH/mounts/disk
	assertEquals "--rootfs /
--proc new
--tmpfs mode=1777,exec /tmp
--map /run/systemd/resolve /run/systemd/resolve
# link /etc/resolv.conf to /run/systemd/resolve/file
--map $disk $disk
--net host
--hostname $(uname -n)
--chdir $disk
-- true
--vol $disk $disk
--map $disk $disk
--mask /x
--chdir /" "$output"
}

. shunit2
