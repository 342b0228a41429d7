#!/bin/sh
# SPDX-License-Identifier: ISC
# Attacks by an archive that takes over what reads it, or what decompresses it: what these have
# within reach.
# shellcheck disable=SC2016 # scripts for the shell inside
. tests/common.sh
export LC_ALL=C

tearDown() {
	as_tester rm -rf "$WORK"/* 2>/dev/null
	rm -rf "$HERE/bin"
}

# find_reader: sets $reader to the pid of the one that makes $WORK/new.
find_reader() {
	for directory in /proc/[0-9]*; do
		words=$(tr '\0' ' ' <"$directory/cmdline") 2>/dev/null
		case $words in
		"selfdock-reader "*" $WORK/new ") reader=${directory#/proc/} && return ;;
		esac
	done
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
	[ "$MODE" != root ] || capabilities=$(capabilities_of_build)
	assertEquals "$capabilities" \
		"$(sed -n 's/^Cap\(Prm\|Eff\|Bnd\):\t//p' "/proc/$reader/status" | sort -u)"
	assertEquals '1 2' "$(sed -n 's/^\(NoNewPrivs\|Seccomp\):\t//p' "/proc/$reader/status" |
		paste -sd ' ')"
	assertEquals 0 "$(wc -c <"/proc/$reader/environ")"
	assertEquals 'archive archive args content socket tree' "$(for fd in "/proc/$reader/fd"/*; do
		[ "${fd##*/}" = 2 ] || readlink "$fd"
	done | sed 's|^socket:.*|socket|; s|.*/||' | sort | paste -sd ' ')"
	end_reading
}

# What root keeps to build, as /proc shows it.
capabilities_of_build() {
	sd build sed -n 's/^CapEff:\t//p' /proc/self/status
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
	assertEquals 'archive new' "$(echo $(ls "$WORK"))"
}

. shunit2
