#!/bin/sh
# SPDX-License-Identifier: ISC
# Attacks by an archive that takes over what reads it, or what decompresses it: what these have
# within reach.
# shellcheck disable=SC2016,SC2086 # scripts for the shell inside; words
. tests/common.sh
export LC_ALL=C

tearDown() {
	as_tester rm -rf "$WORK"/* 2>/dev/null
	rm -rf "${HERE:?}/bin"
}

# find_reader: sets $reader to the pid of the one that makes $WORK/new.
find_reader() {
	for directory in /proc/[0-9]*; do
		grep -qa ^selfdock-reader "$directory/cmdline" &&
			grep -q "$WORK/new.partial" "$directory/mountinfo" &&
			reader=${directory#/proc/} && return
	done 2>/dev/null
	return 1
}

# read_slowly: unpacks an archive that does not come yet. end_reading ends that.
read_slowly() {
	as_tester mkfifo "$WORK/archive"
	sd unpack "$WORK/archive" "$WORK/new" 2>"$SCRATCH/said" &
	unpacking=$!
	exec 9>"$WORK/archive"
	until_true find_reader
}

end_reading() {
	exec 9>&-
	wait "$unpacking"
	assertEquals "$(cat "$SCRATCH/said")" 125 "$?"
	assertEquals archive "$(ls -A "$WORK")"
}

testReaderSeesTheNewDirectoryAlone() {
	lacks_root && return
	scenario T-1901 'files, processes and the network from the reader of an archive' \
		'anything but the new directory'
	read_slowly
	root=/proc/$reader/root
	assertEquals tree "$(ls -A "$root/")"
	assertEquals '' "$(ls -A "$root/tree")"
	assertEquals '..' tree "$(ls -A "$root/../..")"
	assertFalse 'the root is read-only' "touch '$root/gained' 2>/dev/null"
	assertFalse 'the network is another one' \
		"[ \"\$(readlink /proc/$reader/ns/net)\" = \"\$(readlink /proc/$$/ns/net)\" ]"
	assertEquals 'mounts' '/ /tree' "$(cut -d' ' -f5 "/proc/$reader/mountinfo" | sort -u |
		paste -sd ' ')"
	end_reading
}

testReaderHasNoPrivilegeAndNothingElseOpen() {
	lacks_root && return
	scenario T-1902 'descriptors, capabilities and the environment of the reader' \
		'what the process that was called has'
	read_slowly
	capabilities=0000000000000000
	# What sets owners, modes and file capabilities.
	[ "$MODE" != root ] || capabilities=000000008000001b
	assertEquals "$capabilities" \
		"$(sed -n 's/^Cap\(Prm\|Eff\|Bnd\):\t//p' "/proc/$reader/status" | sort -u)"
	assertEquals '1 2' "$(sed -n 's/^\(NoNewPrivs\|Seccomp\):\t//p' "/proc/$reader/status" |
		paste -sd ' ')"
	assertEquals 0 "$(wc -c <"/proc/$reader/environ")"
	files=$(for fd in "/proc/$reader/fd"/*; do
		[ "${fd##*/}" = 2 ] || readlink "$fd"
	done | sed 's|^socket:.*|socket|; s|.*/||' | sort | paste -sd ' ')
	assertEquals 'archive archive content socket tree words' "$files"
	end_reading
}

# exchanged CALL FILE: unpacks in a directory that OTHER can write to, who exchanges what is made
# there once FILE is in it, while that call takes its time. Only root sees FILE.
exchanged() {
	mkdir -m 777 "$HERE/open" && chown "$OTHER" "$HERE/open"
	{
		until_true sh -c '[ -e "$1"/new.partial.*/"$2" ]' sh "$HERE/open" "$2"
		as_other sh -c 'cd "$1" && place=$(echo new.partial.*) && mv "$place" moved &&
			mkdir "$place" && ln -s "$2/own" "$place/tree"' sh "$HERE/open" "$WORK"
	} &
	exchange=$!
	capture as_tester strace -o /dev/null -e "trace=$1" \
		-e "inject=$1:delay_exit=1000000:when=1" \
		"$SELFDOCK" unpack "$WORK/archive" "$HERE/open/new"
	wait "$exchange"
	assertEquals 'it was exchanged' "$WORK/own" "$(readlink "$HERE"/open/new.partial.*/tree)"
	assertEquals mine "$(cat "$WORK/own/file")"
}

# Between the steps that make the directory, open it and name it to an instance there is time.
testDirectoryThatIsMadeIsHeld() {
	lacks_root && return
	[ "$MODE" != plain ] && skip 'strace slows down a plain binary' && return
	scenario T-1904 'another user puts another directory in the place of the one that is made' \
		'a file of the caller changed, or what was unpacked'
	as_tester mkdir -m 700 "$WORK/own"
	as_tester sh -c 'cd "$1" && echo mine >own/file && echo theirs >file &&
		tar -cf archive file' sh "$WORK"
	exchanged socketpair content
	assertEquals "$output" theirs "$(cat "$HERE/open/new/file")"
	rm -rf "$HERE/open"
	exchanged mkdirat .
	assertEquals "$output" 125 "$status"
	assertContains "$output" 'another user can change its directory'
	rm -rf "$HERE/open"
}

# What an archive that took the reader over would have somebody execute.
testArgumentsAreThoseOfAnImage() {
	scenario T-1905 'words of an image that look like options, or like lines of a file' \
		'a command that DIR.args runs outside, or an option of its own'
	as_tester $PYTHON - "$HELPERS" "$WORK/archive" <<-'EOF_IMAGE'
		import sys
		sys.dont_write_bytecode = True
		sys.path.insert(0, sys.argv[1])
		from archive import *
		save(sys.argv[2], image(tar(entry('file')), Cmd=['--', '--vol', '/', '/x'],
			Entrypoint=['--rootfs=/', '#', ''], WorkingDir='--rootfs=/',
			Env=['A=', '#=#', '--vol=/ /x', 'B=\n--vol\n/\n/x', '=x', 'x'],
			User='0\n--vol'))
	EOF_IMAGE
	try unpack "$WORK/archive" "$WORK/new"
	assertEquals "$output" 0 "$status"
	assertEquals "$(head -n 3 "$WORK/new.args")" "#!/usr/bin/env -S selfdock-run -f
--rootfs
$WORK/new"
	try run --dry-run -f "$WORK/new.args"
	assertContains "$output" '--rootfs '"$WORK/new"
	assertEquals 'options' '--chdir --env --hostname --net --proc --rootfs --tmpfs' \
		"$(printf '%s\n' "$output" | sed -n 's/^\(--[a-z]\{1,\}\) .*/\1/p' | sort -u |
			paste -sd ' ')"
}

# A program called gzip says what it has within reach, as an archive.
testDecompressorWritesToNothingAndHasNoNetwork() {
	lacks_root && return
	scenario T-1903 'files, descriptors and the network from a decompressor' \
		'a change outside of its output, or a connection'
	mkdir "$HERE/bin"
	cat >"$HERE/bin/gzip" <<-EOF_SCRIPT
		#!/bin/sh
		exec 3>/tmp/found
		touch "$WORK/gained" "$SCRATCH/home/gained" "$HERE/gained" && echo wrote >&3
		ls /proc/self/fd | wc -l >&3
		grep -c : /proc/net/dev >&3
		env | grep -c . >&3
		exec 3>&-
		cd /tmp && busybox tar -c found
	EOF_SCRIPT
	chmod 755 "$HERE/bin" "$HERE/bin/gzip"
	as_tester sh -c 'echo | busybox gzip >"$1"' sh "$WORK/archive"
	PATH=$HERE/bin:$PATH try unpack "$WORK/archive" "$WORK/new"
	assertEquals "$output" 0 "$status"
	# 0, 1, 2, its own 3, and that of ls; lo; PATH, PWD and what the shell adds
	assertEquals '5 1' "$(head -n 2 "$WORK/new/found" | paste -sd ' ')"
	assertTrue 'the environment is PATH' "[ $(tail -n 1 "$WORK/new/found") -le 4 ]"
	assertEquals "archive
new" "$(ls "$WORK")"
}

. shunit2
