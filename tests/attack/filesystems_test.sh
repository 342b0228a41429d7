#!/bin/sh
# SPDX-License-Identifier: ISC
# Attacks by file systems that a program mounts in a user namespace of its own, on marked things
# outside: tests/attack/filesystems_mount.c mounts them in each of two ways.
# shellcheck disable=SC2016,SC2086 # most programs here are for the shell inside; words
. tests/common.sh

MOUNT=$HELPERS/filesystems_mount
export UPPER=upperdir=/tmp/u,workdir=/tmp/w

# Those that the kernel lets a user namespace mount, and that a scenario below is about.
HARMLESS='autofs binfmt_misc bpf devpts fuse mqueue overlay proc ramfs tmpfs'

# as_inner SCRIPT ARGS...: by sh, as root of a user namespace of its own in an instance, with own
# namespaces of all other kinds that it may make. WORK is a volume; /tmp/m, /tmp/u and /tmp/w are
# empty directories.
as_inner() {
	inner=$1
	shift
	try $OPTIONS -v "$WORK" "$WORK" $APPLET sh -c 'mkdir /tmp/m /tmp/u /tmp/w
		exec unshare -Urmpfniu --propagation private sh -c "$@"' sh "$inner" sh "$@"
}

lacks_ids() {
	[ "$MODE" = root ] && skip "no ids can be mapped in an instance of root's"
}

lacks_overlay() {
	! $AS unshare -Urm mount -t overlay -o lowerdir=/usr:/etc none /tmp 2>/dev/null &&
		skip 'users can mount no overlay here'
}

# makes_fuse: a device that everybody may use.
makes_fuse() {
	[ -e "$HERE/fuse" ] || mknod -m 666 "$HERE/fuse" c 10 229
}

setUp() {
	OPTIONS='' APPLET=run
}

tearDown() {
	as_tester rm -rf "$WORK"/* 2>/dev/null
}

testMountsCannotBeChangedByAnInnerUserNamespace() {
	lacks_userns && return
	scenario T-1701 'to change each mount of the view in a namespace of its own' \
		'what is read-only written, what is hidden seen'
	assert_output OK -v "$WORK" "$WORK" run "$HELPERS/confine_mounts" inner "$WORK"
}

testBuildsMountsCannotBeChangedByAnInnerUserNamespace() {
	lacks_userns && return
	scenario T-1701 'the same in a build' 'what is hidden seen'
	assert_output OK -v "$WORK" "$WORK" build "$HELPERS/confine_mounts" inner "$WORK"
}

# It makes a cgroup namespace where it may, and becomes root of it where it can.
testNothingOfTheHostsCanBeMountedByAnInnerUserNamespace() {
	lacks_userns && return
	scenario T-1701 'file systems that show the whole machine' \
		'its devices, cgroups and settings'
	for applet in run build '--net none run'; do
		# shellcheck disable=SC2086 # words
		output=$(sd $applet sh -c 'for more in Cr C r ""; do
				unshare -Umnipf$more "$@" 2>/dev/null
			done' sh "$HELPERS/confine_types" /tmp sysfs cgroup cgroup2 cpuset debugfs \
			tracefs securityfs configfs devtmpfs pstore efivarfs fusectl hugetlbfs \
			resctrl | sort -u)
		assertEquals "$applet" end "$output"
	done
}

# A kernel may know more, so a new one has to be looked at. Types of devices are among them.
testEachTypeThatCanBeMountedIsKnown() {
	lacks_userns && return
	scenario T-1701 'each type of /proc/filesystems, by mount(2) and by fsopen(2)' \
		'a file system that nobody has thought of'
	for options in '' '--net none' '--proc host' '--init'; do
		OPTIONS=$options
		for APPLET in run build; do
			try $OPTIONS $APPLET sh -c 'mkdir /tmp/m; exec "$1" all /tmp/m' sh "$MOUNT"
			for type in $output; do
				case " $HARMLESS end " in
				*" $type "*) ;;
				*) fail "$options $APPLET: $type can be mounted" ;;
				esac
			done
			assertContains "$options $APPLET" "$output" tmpfs
			assertContains "$options $APPLET" "$output" end
		done
	done
}

testFileSystemsInMemoryHoldNothingOfTheHosts() {
	lacks_userns && return
	scenario T-1701 'tmpfs and ramfs with device nodes and setuid programs' \
		'a device, or the rights of another user'
	lacks_ids && return
	for type in tmpfs ramfs; do
		for APPLET in run build; do
			as_inner '"$1" one /tmp/m '$type' && cd /tmp/m || exit
				for node in "b 254 0" "c 1 1" "c 1 3" "c 5 1"; do
					mknod node $node 2>/dev/null && echo "gained $node"
				done
				cp /usr/bin/id id; chmod 6755 id
				[ "$(./id -u)" = 0 ] || echo "gained $(./id -u)"
				chown 1 id 2>/dev/null && echo "gained an owner"
				ls -A' "$MOUNT"
			assertEquals "$type $APPLET" id "$output"
			as_inner '"$1" one /tmp/m '$type'; ls -A /tmp/m' "$MOUNT"
			assertEquals "$type $APPLET, again" '' "$output"
		done
	done
	assertNull 'nothing of it is outside' "$(find "$WORK" -mindepth 1)"
}

testProcOfOnesOwnShowsAndChangesNothingOutside() {
	lacks_userns && return
	scenario T-1701 'a proc of an own pid namespace' 'processes and settings outside'
	lacks_ids && return
	as_tester sleep "84.$$" &
	until_true pgrep -f "^sleep 84.$$"
	for APPLET in run build; do
		as_inner '"$1" one /tmp/m proc || exit 0
			cat /tmp/m/[0-9]*/cmdline | tr "\0" " " | grep -o "84[.].*"
			for file in sysrq-trigger sys/kernel/core_pattern sys/kernel/modprobe \
				sys/kernel/panic sys/vm/drop_caches sys/fs/suid_dumpable \
				sys/fs/binfmt_misc/register irq/default_smp_affinity; do
				(: >/tmp/m/$file) 2>/dev/null && echo "gained $file"
			done; cat /tmp/m/kcore /tmp/m/kmsg 2>/dev/null | head -c 1; :' "$MOUNT"
		assertEquals "$APPLET" '' "$output"
	done
	pkill -KILL -f "^sleep 84.$$"
	wait
}

testTerminalsOfOnesOwnAreNotTheHosts() {
	lacks_userns && return
	scenario T-1701 'a devpts of its own' 'a terminal of somebody outside'
	lacks_ids && return
	for APPLET in run build; do
		as_inner '"$1" one /tmp/m devpts && ls /tmp/m' "$MOUNT"
		assertEquals "$APPLET" ptmx "$output"
	done
}

testQueuesOfOnesOwnAreNotTheHosts() {
	lacks_userns && return
	scenario T-1701 \
		'an mqueue file system, of the own and of the ipc namespace of the instance' \
		'a queue outside'
	lacks_ids && return
	rm -f "$SCRATCH/home/made"
	as_tester "$HELPERS/confine_ipc" make $$ >"$SCRATCH/home/made" &
	maker=$!
	until_true grep -q mqueue "$SCRATCH/home/made"
	for APPLET in run build; do
		as_inner '"$1" one /tmp/m mqueue; ls -A /tmp/m' "$MOUNT"
		assertEquals "$APPLET" '' "$output"
		try $APPLET sh -c 'mkdir /tmp/m; exec unshare -Um sh -c "\$1 one /tmp/m mqueue
			ls -A /tmp/m" sh "$1"' sh "$MOUNT"
		assertEquals "$APPLET, not its own" '' "$output"
	done
	pkill -KILL -P "$maker"
	wait "$maker" 2>/dev/null
	as_tester "$HELPERS/confine_ipc" remove $$
}

# The lower layer is a clone of one mount without those on it.
testOverlayShowsNothingThatIsHiddenAndChangesNothing() {
	scenario T-1701 'an overlay of masked directories, of the root and of what is read-only' \
		'what a mask or a mount hides, or a file outside changed'
	lacks_ids && return
	lacks_overlay && return
	as_tester sh -c 'mkdir "$1/d" "$1/d/masked"; echo secret >"$1/d/file"
		echo secret >"$1/d/masked/file"; echo original >"$1/d/open"' sh "$WORK"
	for APPLET in run build; do
		OPTIONS="-m $WORK/d /tmp/d --mask /tmp/d/file --mask /tmp/d/masked"
		as_inner 'for lower in /tmp/d / /tmp /usr /tmp/d/masked; do
				mount -t overlay -o "lowerdir=$lower,$UPPER" \
					none /tmp/m 2>/dev/null || continue
				cat /tmp/m/file /tmp/m/masked/file /tmp/m/tmp/d/file 2>/dev/null
				ls /tmp/m/sys /tmp/m/proc 2>/dev/null
				echo changed >/tmp/m/open
				umount /tmp/m
			done; echo tried'
		assertEquals "$APPLET" tried "$output"
		# What may be overlaid is copied up, and the file outside stays.
		OPTIONS="-m $WORK/d /tmp/d"
		as_inner 'mount -t overlay -o "lowerdir=/tmp/d,$UPPER" none /tmp/m
			echo changed >/tmp/m/open && cat /tmp/u/open'
		assertContains "$APPLET" "$output" changed
		assertEquals "$APPLET" original "$(cat "$WORK/d/open")"
	done
}

testOverlayGivesNoRightsToFiles() {
	scenario T-1701 'an overlay of files of other users, with a setuid program copied up' \
		'to read what the caller may not, or to become another user'
	lacks_root && return
	lacks_ids && return
	lacks_overlay && return
	mkdir "$HERE/theirs"
	echo secret >"$HERE/theirs/file"
	cp /usr/bin/id "$HERE/theirs/id"
	chown "$OTHER:$OTHER" "$HERE/theirs/file" "$HERE/theirs/id"
	chmod 600 "$HERE/theirs/file"
	chmod 6755 "$HERE/theirs/id"
	for APPLET in run build; do
		as_inner 'mount -t overlay -o "lowerdir=$1,$UPPER,userxattr" \
				none /tmp/m || echo "no overlay"
			chmod u+r /tmp/m/file 2>/dev/null; cat /tmp/m/file 2>/dev/null
			touch /tmp/m/id 2>/dev/null; /tmp/m/id -u; ls -A /tmp/u' "$HERE/theirs"
		assertNotContains "$APPLET: $output" "$output" secret
		assertEquals "$APPLET" 0 "$(echo "$output" | grep -x '[0-9]*' | head -n 1)"
	done
	rm -r "$HERE/theirs"
}

testFuseNeedsADeviceThatIsNotThere() {
	scenario T-1701 'a FUSE file system' 'a server that makes others wait, or gives them files'
	lacks_ids && return
	for APPLET in run build; do
		as_inner 'exec 9<>/dev/fuse'
		assertNotEquals "$APPLET" 0 "$status"
		as_inner 'mknod /tmp/fuse c 10 229; [ ! -c /tmp/fuse ] || echo gained
			"$1" one /tmp/m fuse && echo gained
			"$1" one /tmp/m fuseblk && echo gained; :' "$MOUNT"
		assertNotContains "$output" gained
	done
}

# The caller passes the device in.
testFuseOfOnesOwnIsSeenByNobodyElse() {
	lacks_userns && return
	scenario T-1701 'a FUSE file system by a device that is passed in, for everybody' \
		'others outside who wait for it'
	lacks_root && return
	lacks_fuse && return
	lacks_ids && return
	[ "$MODE" = nested ] && skip 'seen from outside' && return
	makes_fuse
	as_tester mkdir "$WORK/m"
	sd --device "$HERE/fuse" -v "$WORK" "$WORK" run unshare -Urm --propagation shared sh -c '
		exec 9<>"$2"
		mount -i -t fuse none "$1" \
			-o "fd=9,rootmode=40000,user_id=0,group_id=0,allow_other" || echo failed
		echo mounted; exec sleep 85.'$$ sh "$WORK/m" "$HERE/fuse" \
		>"$SCRATCH/home/out" 2>&1 &
	job=$!
	until_true grep -q mounted "$SCRATCH/home/out"
	assertEquals mounted "$(cat "$SCRATCH/home/out")"
	assertEquals 'not there outside' '' "$(timeout 10 $AS ls -A "$WORK/m" 2>&1)"
	assertEquals 'not even for root' '' "$(timeout 10 ls -A "$WORK/m" 2>&1)"
	assertTrue 'starts do not wait' "timeout 10 $AS $SELFDOCK -v $WORK $WORK run ls $WORK/m"
	pkill -KILL -f "^sleep 85.$$"
	wait "$job" 2>/dev/null
	:
}

# From Linux 6.7 on, each user namespace has formats of its own.
testFormatsOfOnesOwnAreNotTheHosts() {
	lacks_userns && return
	scenario T-1701 'a format of programs, with an interpreter and its credentials' \
		'an interpreter of programs outside'
	lacks_ids && return
	as_tester sh -c 'printf "\177SELFDOCK-MARK" >"$1/program"; chmod 755 "$1/program"
		printf "#!/bin/sh\necho gained\n" >"$1/interpreter"; chmod 755 "$1/interpreter"' \
		sh "$WORK"
	for APPLET in run build; do
		as_inner '"$1" one /tmp/m binfmt_misc || { echo none; exit; }
			cd "$2"
			for flags in F C O P ""; do
				echo ":mark$flags:M::\\x7fSELFDOCK-MARK::$2/interpreter:$flags" \
					>/tmp/m/register && echo registered
			done
			./program
			sleep 0' "$MOUNT" "$WORK"
		case $output in
		none) continue ;; # an older kernel
		esac
		assertContains "$APPLET: $output" "$output" registered
		assertContains "it works inside: $output" "$output" gained
		assertNotContains "$APPLET" "$(as_tester "$WORK/program" 2>&1)" gained
		assertNotContains "$APPLET, another instance" \
			"$(sd -v "$WORK" "$WORK" run "$WORK/program" 2>&1)" gained
	done
	[ -e /proc/sys/fs/binfmt_misc/markF ] && fail 'it is registered outside'
	:
}

testProgramsOfTheKernelAreNotTheHosts() {
	lacks_userns && return
	scenario T-1701 'a bpf file system, and what can be kept in it' \
		'maps and programs of the kernel outside'
	lacks_ids && return
	for APPLET in run build; do
		as_inner '"$1" one /tmp/m bpf || { echo none; exit; }
			mkdir /tmp/m/own 2>/dev/null; ls -A /tmp/m
			mount -o remount,delegate_cmds=any /tmp/m 2>/dev/null && echo gained
			:' "$MOUNT"
		case $output in
		none | own | '') ;;
		*) fail "$APPLET: $output" ;;
		esac
	done
}

testNoImageOfTheCallersIsMounted() {
	lacks_userns && return
	scenario T-1701 'an image of a file system, by a loop device and without one' \
		'bugs of file systems that only root may mount'
	lacks_ids && return
	as_tester sh -c 'head -c 1048576 /dev/zero >"$1/image"' sh "$WORK"
	as_tester sh -c 'mkfs.ext4 -q "$1/image" || mke2fs -q "$1/image"' sh "$WORK" 2>/dev/null
	for APPLET in run build; do
		as_inner '
			for type in $(awk "NF == 1" /proc/filesystems); do
				mount -i -t $type "$1" /tmp/m 2>/dev/null && echo "gained $type"
				mount -i -t $type -o loop "$1" /tmp/m 2>/dev/null &&
					echo "gained $type"
			done; echo tried' "$WORK/image"
		assertEquals "$APPLET" tried "$output"
	done
}

testMountsOfOnesOwnStayInside() {
	lacks_userns && return
	scenario T-1701 'shared mounts in a volume' 'a mount outside'
	lacks_ids && return
	before=$(as_tester cat /proc/self/mountinfo)
	as_tester mkdir "$WORK/m"
	for APPLET in run build; do
		as_inner 'mount --make-rshared /; mount -t tmpfs none "$1"; touch "$1/gained"
			mount --bind /usr "$1"; [ -d "$1/bin" ] && echo mounted' "$WORK/m"
		assertEquals "$APPLET" mounted "$output"
		assertEquals "$APPLET" '' "$(ls -A "$WORK/m")"
	done
	assertEquals "$before" "$(as_tester cat /proc/self/mountinfo)"
}

. shunit2
