#!/bin/sh
# SPDX-License-Identifier: ISC
# Hostile root file systems: links that lead out of them, and things in the place of others. OUTSIDE
# is the caller's own, so that only selfdock protects it.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh
export LC_ALL=C

ROOTFS=$WORK/rootfs
OUTSIDE=$WORK/outside
BUSYBOX=$(command -v busybox)

setUp() {
	new_rootfs
}

# What a hostile link may say to get there.
TARGETS="$OUTSIDE $OUTSIDE/dir ../outside ../../../../../../../..$OUTSIDE \
	/../..$OUTSIDE /proc/1/root$OUTSIDE /proc/self/root$OUTSIDE \
	/proc/self/cwd/outside /proc/self/fd/0 /proc/self/fd/3 /dev/fd/0 /missing \
	missing/x link ../rootfs/link /link/.. \
	/proc/self/cwd /proc/1/cwd /proc/1/root / . .. ../.."
TARGETS_COUNT=$(echo "$TARGETS" | wc -w)

# What /dev, /proc and /tmp are inside, whatever the root file system has there:
# the file systems, and each entry with its type, where it leads, and the right number or mode.
SPECIAL='stat -f -c "%n %T" /dev /dev/pts /dev/shm /proc /tmp
	cd /dev && stat -c "%n %F %t:%T" / pts /proc null zero full random urandom tty
	stat -c "%N %F %a" ptmx fd shm /dev /tmp'
SPECIAL_WANTED="/dev tmpfs
/dev/pts devpts
/dev/shm tmpfs
/proc proc
/tmp tmpfs
/ directory 0:0
pts directory 0:0
/proc directory 0:0
null character special file 1:3
zero character special file 1:5
full character special file 1:7
random character special file 1:8
urandom character special file 1:9
tty character special file 5:0
'ptmx' -> 'pts/ptmx' symbolic link 777
'fd' -> '/proc/self/fd' symbolic link 777
shm directory 1777
/dev directory 755
/tmp directory 1777"

# Where "-m $WORK/dir" is mounted inside, whatever its destination has become.
export SHOWN="^[^ ]* [^ ]* [^ ]* [^ ]*/dir " MOUNTS=/proc/self/mountinfo

# attempts SCRIPT: a script for sh in WORK with the targets as arguments, in one scene,
# which calls "attempt NAME ARGS..."; each is a clear error or a success, and outside
# nothing changes. What they printed stays in $output, a line "NAME: STATUS: TEXT" each.
attempts() {
	before=$("$HELPERS/snapshot" "$OUTSIDE")
	scene "set -- $TARGETS"'
		cd "$WORK"
		attempt() {
			label=$1
			shift
			"$SD" -r "$WORK/rootfs" "$@" >text 2>&1 </etc/passwd
			status=$? text="" more=""
			{ read -r text; read -r more; } <text
			echo "$label: $status: $text"
			[ ! "$more" ] || echo "$more" # which is wrong
		}
		'"$1"
	assertEquals "$output" 0 "$status"
	assertEquals outside "$before" "$("$HELPERS/snapshot" "$OUTSIDE")"
	assertNotContains "$output" secret
	assertEquals '' \
		"$(printf '%s\n' "$output" | grep -Ev ': 0: $|: 125: selfdock-(run|build): ')"
}

testSpecialDirectoriesThatAreLinksAreRefused() {
	scenario T-205 'to have /proc, /dev or /tmp as a link to anywhere' \
		'the mount on a file system outside'
	attempts '
		for name in proc dev tmp; do
			rmdir "rootfs/$name"
			for target; do
				"$HELPERS/links" "$target" "rootfs/$name"
				for applet in run build; do
					attempt "$name -> $target" "$applet" nothing
				done
			done
			rm "rootfs/$name"
			mkdir "rootfs/$name"
		done'
	assertEquals "$((3 * 2 * TARGETS_COUNT))" \
		"$(printf '%s\n' "$output" | grep -c ": 125: .*'/\(proc\|dev\|tmp\)'")"
}

testLinksInsideSpecialDirectoriesAreHidden() {
	scenario T-205 'to have links in the place of nodes and of what is in /proc' \
		'a write outside'
	before=$("$HELPERS/snapshot" "$OUTSIDE")
	cd "$ROOTFS" || return
	for target in $TARGETS "$OUTSIDE/file"; do
		as_tester "$HELPERS/links" "$target" \
			dev/null dev/zero dev/pts dev/shm dev/fd dev/stdin dev/ptmx dev/console \
			dev/tty proc/self proc/1 proc/sys tmp/x
		assert_output "$SPECIAL_WANTED" -r "$ROOTFS" build sh -c "$SPECIAL" </dev/null
	done
	cd "$OLDPWD" || return
	assert_output "$SPECIAL_WANTED" -r "$ROOTFS" run sh -c "$SPECIAL" </dev/null
	assertEquals "$before" "$("$HELPERS/snapshot" "$OUTSIDE")"
	for proc in new host none; do
		assert_output '' -r "$ROOTFS" --proc "$proc" \
			build sh -c 'echo x >/dev/null; echo x >/dev/shm/x' </dev/null
	done
	assertEquals "$before" "$("$HELPERS/snapshot" "$OUTSIDE")"
}

testNodesThatAreSomethingElseAreHidden() {
	scenario T-205 'to have other files in the place of nodes' 'a write to them'
	as_tester sh -c 'cd "$1"; mkdir null full; mkfifo zero
		cp "$2" urandom; ln "$2" random; touch pts shm' \
		sh "$ROOTFS/dev" "$OUTSIDE/file"
	before=$("$HELPERS/snapshot" "$OUTSIDE")
	for applet in run build; do
		assert_output "$SPECIAL_WANTED" -r "$ROOTFS" "$applet" sh -c "$SPECIAL" </dev/null
		assert_output '' -r "$ROOTFS" "$applet" \
			sh -c 'echo x >/dev/null; echo x >/dev/shm/x'
	done
	assertEquals "$before" "$("$HELPERS/snapshot" "$OUTSIDE")"
}

testLinkAsDestinationDoesNotLeadOut() {
	scenario T-204 'to have a destination as a link to anywhere' 'a mount point made outside'
	attempts '
		for target; do
			"$HELPERS/links" "$target" rootfs/link
			for option in "-m $WORK/dir" "-v $WORK/dir/file" "-t exec" --mask; do
				for destination in /link /link/new /etc/../link/dir/file; do
					attempt "$option $destination -> $target" \
						$option "$destination" run nothing
				done
				for destination in /link /link/dir /link/../link; do
					attempt "$option $destination -> $target" \
						$option "$destination" build nothing
				done
			done
			attempt "inside: $target" \
				-m "$WORK/dir" /link run busybox grep -q "$SHOWN" $MOUNTS
		done'
	assertEquals "$(((4 * 6 + 1) * TARGETS_COUNT))" "$(printf '%s\n' "$output" | wc -l)"
	assertContains "$output" ': 0: '
}

testLinkAsParentOfADestinationDoesNotLeadOut() {
	scenario T-204 'to have a directory above a destination as a link to anywhere' \
		'a mount point made outside'
	attempts '
		mkdir rootfs/a
		for target; do
			"$HELPERS/links" "$target" rootfs/a/b rootfs/c
			for applet in run build; do
				attempt "a/b -> $target" -m "$WORK/dir" /a/b/dir \
					"$applet" busybox grep -q "$SHOWN" $MOUNTS
			done
			for applet in run build; do
				attempt "c -> $target" -t exec /c/b/c "$applet" nothing
			done
		done'
	assertEquals "$((4 * TARGETS_COUNT))" "$(printf '%s\n' "$output" | wc -l)"
	assertContains "$output" ': 0: '
}

# The root itself gets an underlay for some destinations; the old root could stay on top of that.
testNothingIsAboveTheRoot() {
	lacks_userns && return
	scenario T-204 'to go above the root' 'the root file system of the host'
	for missing in '' /new /new/deep/er /etc/new; do
		for root in "$ROOTFS" /; do
			# shellcheck disable=SC2046 # none, or three words
			assert_output 'same dev 1' -r "$root" \
				$([ ! "$missing" ] || echo -m "$WORK/dir" "$missing") \
				run sh -c '[ /.. -ef / ] && [ /../.. -ef / ] && echo same \
				$(ls -d /../dev | cut -c5-) \
				$(grep -c "^[^ ]* [^ ]* [^ ]* [^ ]* / " /proc/self/mountinfo)'
		done
	done
	# A nested instance is gone already, and outside its id belongs to another process.
	[ "$MODE" = nested ] && return
	id=$(sd -r "$ROOTFS" -m "$WORK/dir" /new run -d sh -c 'sleep 600')
	assertContains "$(sd enter "$id" ls /..)" new
	kill "$id"
	# Below the new root, the old one would do no harm, but keep its mounts in use.
	calls=$(as_tester strace -f -e trace=pivot_root,umount2 \
		"$SELFDOCK" -r "$ROOTFS" run true 2>&1)
	assertContains 'the old root is detached' "$calls" 'pivot_root(".", "."'
	assertContains 'the old root is detached' "$calls" 'umount2(".", MNT_DETACH'
}

testLinksLeadToTheSamePlaceInsideTheRootfs() {
	scenario T-204 'to lead a destination out by a link to a path that is inside, too' \
		'a mount outside'
	as_tester mkdir -p "$ROOTFS$OUTSIDE/dir"
	for target in "$OUTSIDE/dir" "../../../../../../../..$OUTSIDE/dir" "/../..$OUTSIDE/dir"; do
		as_tester ln -sfn "$target" "$ROOTFS/link"
		assert_output text -r "$ROOTFS" -m "$WORK/dir" /link run cat "$OUTSIDE/dir/file"
	done
}

testLinkInATmpfsOfTheInstanceDoesNotLeadOut() {
	scenario T-204 'to lead a destination out by a link in a volume on a tmpfs' \
		'a mount point made outside'
	before=$("$HELPERS/snapshot" "$OUTSIDE")
	as_tester ln -s "$OUTSIDE" "$WORK/dir/link"
	assert_fails 125 'does not exist' -r "$ROOTFS" -t exec /etc -v "$WORK/dir" /etc/x \
		-m "$WORK/dir" /etc/x/link/new build busybox true
	assert_output text -r "$ROOTFS" -t exec /etc -v "$WORK/dir" /etc/x \
		-m "$WORK/dir" /etc/x/link/new run cat "$OUTSIDE/new/file"
	assertEquals "$before" "$("$HELPERS/snapshot" "$OUTSIDE")"
}

# What is made for a link that leads nowhere is made where it leads inside.
testDanglingLinkAsDestinationIsFollowedInsideTheRootfs() {
	scenario T-204 'to have a mount point made where a dangling link leads' \
		'a directory made outside'
	for target in "$OUTSIDE/new" "../../../../../../..$OUTSIDE/new" "/../..$OUTSIDE/new"; do
		as_tester ln -sfn "$target" "$ROOTFS/link"
		before=$("$HELPERS/snapshot" "$WORK")
		assert_output "$(printf 'text\n%s' "$target")" -r "$ROOTFS" -m "$WORK/dir" /link \
			run sh -c 'cat "$1/file"; readlink /link' sh "$OUTSIDE/new"
		assert_output text -r "$ROOTFS" -m "$WORK/dir" /link/a/b \
			run cat "$OUTSIDE/new/a/b/file"
		assertEquals "$before" "$("$HELPERS/snapshot" "$WORK")"
	done
}

testLinkAsWorkingDirectoryDoesNotLeadOut() {
	scenario T-204 'to have the working directory as a link to anywhere' 'a directory outside'
	before=$("$HELPERS/snapshot" "$OUTSIDE")
	cd "$WORK" || return
	for target in $TARGETS; do
		as_tester "$HELPERS/links" "$target" "$ROOTFS/link"
		for directory in /link /link/dir; do
			try -r "$ROOTFS" -C "$directory" run busybox cat file </etc/passwd
			assertNotContains "$directory -> $target" "$output" secret
			assertNotEquals "$directory -> $target" 0 "$status"
		done
	done
	cd "$OLDPWD" || return
}

testLinkAsProgramDoesNotLeadOut() {
	scenario T-204 'to have the program as a link to anywhere' 'a program outside'
	as_tester cp "$BUSYBOX" "$OUTSIDE/busybox"
	for target in "$OUTSIDE/busybox" "../../../../../../../..$OUTSIDE/busybox" \
		"/proc/1/cwd/outside/busybox"; do
		as_tester ln -sfn "$target" "$ROOTFS/bin/busybox-outside"
		output=$(cd "$WORK" && sd -r "$ROOTFS" run busybox-outside 2>&1)
		assertEquals "$target: $output" 127 $?
	done
}

testFileReadThroughALinkIsTheRootfsOwn() {
	scenario T-204 'to read through links that lead up and out' 'a file outside'
	as_tester ln -s ../../../../../../../../../etc/name "$ROOTFS/up"
	as_tester ln -s "$OUTSIDE/file" "$ROOTFS/out"
	assert_output name -r "$ROOTFS" run cat /up
	try -r "$ROOTFS" run cat /out
	assertContains "$output" 'No such file'
}

testDotDotOfTheRootIsTheRoot() {
	scenario T-204 'to go up from the root by a working directory' 'the directories above it'
	assert_output "$(printf 'bin\ndev\netc\nproc\ntmp')" \
		-r "$ROOTFS" -C /../../.. run ls -A ../../../..
}

# Its node is bound only where there is a terminal.
testConsoleIsTheTerminalWhateverTheRootfsHasThere() {
	scenario T-205 'to have a link or a file where the node of the terminal is bound' \
		'a terminal of another, or a mount outside'
	for kind in "$HELPERS/links $OUTSIDE/file" "$HELPERS/links /dev/null" \
		"$HELPERS/links /proc/1/root$OUTSIDE/file" "touch" "mkdir"; do
		as_tester rm -rf "$ROOTFS/dev"
		as_tester mkdir "$ROOTFS/dev"
		# shellcheck disable=SC2086 # words
		as_tester $kind "$ROOTFS/dev/console"
		output=$(sd_on_terminal -r "$ROOTFS" run sh -c 'stat -c %F:%t /dev/console <&1')
		assertEquals "$kind" 'character special file:88' "$output"
	done
	assertEquals secret "$(cat "$OUTSIDE/file")"
}

. shunit2
