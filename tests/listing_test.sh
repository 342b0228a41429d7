#!/bin/sh
# SPDX-License-Identifier: ISC
# The two ways in which a start finds the mounts to cover, see core/linux/mountinfo.c, make the same
# view. Where listmount(2) is refused, there is only the long one.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh
export LC_ALL=C

LISTMOUNT=458

setUp() {
	new_work :
}

# mounts_by COMMAND...: the mounts that the program sees, without what differs from start to start.
FUNCTIONS='
	mounts_by() {
		"$@" $AS $SD_WORDS $options run cat /proc/self/mountinfo 2>&1 |
			sed "s/^[0-9]* [0-9]* [0-9:]* //" | sort
	}

	tmpfs() {
		mount -t tmpfs -o mode=755 none "$@"
	}
'

# same OPTIONS SCRIPT: after the script the options lead to the same view both ways.
same() {
	in_mounts private "$FUNCTIONS"'
		options=$1
		mkdir -p "$WORK/layout"
		cd "$WORK/layout"
		mkdir a b c
		touch file
		eval "$2"
		cd /
		mounts_by strace -f -o "$SCRATCH/trace" -e trace=openat2 >"$SCRATCH/short"
		mounts_by "$HELPERS/refuse" "$3" 38 >"$SCRATCH/long"
		diff "$SCRATCH/long" "$SCRATCH/short"
		! grep -q " /dev/null " "$SCRATCH/short" || echo started' "$1" "$2" "$LISTMOUNT"
	assertEquals "$1, after: $2" started "$output"
	rm -rf "$WORK/layout"
}

testAnyMountsMakeTheSameView() {
	lacks_root && return
	while read -r way layout; do
		same '' "$layout"
		# In an instance, and before Linux 6.13, it is the long one more often.
		case $MODE.$(uname -r) in nested.* | *.6.[0-9].* | *.6.1[0-2].*) continue ;; esac
		found=short
		! grep -q self/mountinfo "$SCRATCH/trace" || found=long
		assertEquals "after: $layout" "$way" "$found"
	done <<-'EOF_LAYOUTS'
		short :
		short tmpfs a
		short tmpfs a; mkdir a/b; tmpfs a/b; mkdir a/b/c; tmpfs a/b/c
		long tmpfs a; tmpfs a
		short mount --bind file file
		short mkdir -p -m 700 a/closed/in; chmod 700 a/closed; tmpfs a/closed/in
		short mkdir a/b; tmpfs a/b; tmpfs a
		short mkdir "a/b c" "a/b\\c" a/\#; tmpfs "a/b c"; tmpfs "a/b\\c"; tmpfs a/\#
		short for n in $(seq 12); do mkdir "a/$n"; tmpfs "a/$n"; done
		short for n in $(seq 90); do mkdir "a/$n"; tmpfs "a/$n"; done
		short tmpfs a; for n in $(seq 200); do mkdir "a/$n"; mount -B "a/$n" "a/$n"; done
		short mount --bind /usr/local a; tmpfs /usr/local
		short mkdir a/b; mount --bind a/b c; rmdir a/b
		long touch a/b; mount --bind a/b file; rm a/b
		long mkdir -p a/b/c; mount --bind a c; tmpfs c/b/c; mv a/b b
		short tmpfs a; mkdir a/b; tmpfs a/b; mount --move a/b c; mount --move a b
		long mount -t tmpfs selfdock a; mkdir a/underlay0; mount -B a/underlay0 b; tmpfs c
		short mount -t tmpfs selfdock a; mkdir a/cover; mount --bind a/cover b
		short tmpfs a; mkdir a/cover; touch a/cover/file; mount --bind a/cover b
		short mount -t tmpfs -o ro,noexec none a; mount -t tmpfs -o size=4k,nosuid none b
		short tmpfs /tmp; mount -t proc none /proc; mount -t proc none /proc; tmpfs /dev/shm
		short tmpfs /mnt; mkdir /mnt/a; tmpfs /mnt/a
		short mount -t sysfs none a; mount -t mqueue none b; mount -t devpts none c
		short mount --rbind / a
		short mount -t overlay -o lowerdir=/usr:/etc none a 2>/dev/null || :
	EOF_LAYOUTS
}

testMessageNamesAMountBelowAnother() {
	lacks_root && return
	in_mounts private 'mkdir a; mount -t tmpfs -o mode=755 none a
		mkdir a/in; mount -t tmpfs -o mode=755 none a/in
		cp "$HELPERS/nothing" a/in/program
		sd run "$PWD/a/in/program"'
	[ "$MODE" = nested ] ||
		assertContains "$output" "on the covered mount $SCRATCH/mounts/a/in;"
	assertContains "$output" 'No such file'
}

testMountsInARootFileSystemMakeTheSameView() {
	lacks_root && return
	make_rootfs "$WORK/layout/rootfs"
	mkdir "$WORK/layout/rootfs/below"
	same "-r $WORK/layout/rootfs -m /usr /usr" \
		'tmpfs rootfs/below; mkdir rootfs/below/a; tmpfs rootfs/below/a'
}

# Below an option, and where an underlay shows what else there is.
testOptionsMakeTheSameView() {
	lacks_root && return
	while read -r options; do
		same "$options" 'tmpfs a; mkdir a/in; tmpfs a/in; tmpfs b'
	done <<-EOF_OPTIONS
		-m $WORK/layout/a $WORK/layout/c
		-v $WORK/layout/a $WORK/layout/missing/below
		-m $WORK/layout/a $WORK/layout/c -m $WORK/layout/file $WORK/layout/c/in/missing
		-m /etc /missing-at-the-root
		-t mode=755 /dev/mine
		-m $WORK/layout/file /dev/shm/file -m $WORK/layout/file /tmp/file
	EOF_OPTIONS
}

. shunit2
