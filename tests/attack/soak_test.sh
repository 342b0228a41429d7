#!/bin/sh
# SPDX-License-Identifier: ISC
# Soak: thousands of starts, also killed and entered, leave nothing, and need no more than one does;
# and starts with less than they need. It looks at the whole machine, so nothing else runs.
# alone: plain setuid root nested
# shellcheck disable=SC2016,SC2086 # programs for sh; words
. tests/common.sh

export HELPERS

# in_limit KIND NUMBER SCRIPT: in a user namespace where there may be so many of these.
in_limit() {
	capture timeout -s KILL "${most_seconds:-60}" "$HELPERS/soak" limit "$1" "$2" sh -c \
		"SD='$AS $SD_WORDS'; cd /; $3"
}

# Mounts, cgroups, and processes of the tester, also zombies.
machine() {
	md5sum </proc/self/mountinfo
	awk '$1 == "memory" || $1 == "pids" { print $1, $3 }' /proc/cgroups
	[ "$SD_UID" = 0 ] || ps -o pid= -o stat= -o args= -u "$SD_UID"
}

# Objects of the kernel: it keeps some for a moment, and counts by the page.
slabs() {
	awk '/^(pid_namespace|uts_namespace|user_namespace|net_namespace|mnt_cache) / { sum += $2 }
		END { print sum + 0 }' /proc/slabinfo
}

testManyStartsLeaveNothing() {
	lacks_userns && return
	is_sanitized && return
	lacks_root && return
	scenario T-1502 'thousands of starts, kills and enters' 'to use up what the machine has'
	rounds 60 12000 100000
	one_by_one=$rounds
	rounds 60 4000 20000
	before=$(machine) enough=$(($(slabs) + 1000))
	# 200 of each kind of namespace are enough for 64 at a time. At the end there may be few, so
	# that some that leaked are noticed; a detached mount counts as a mount namespace.
	most_seconds=10000
	in_limit all 200 ". $HELPERS/scene.sh
		$AS $OUTER sh -c '
			$SELFDOCK run -n target -d $HELPERS/sleep 1000 >/dev/null
			for parallel in 1:$one_by_one 32:$rounds; do
				$HELPERS/soak \${parallel#*:} \${parallel%:*} \
					$HELPERS/nothing $HELPERS/sleep $SELFDOCK
			done
			$SELFDOCK stop target'
		for most in mnt:14 user:4 pid:4 ipc:4 uts:4 cgroup:4 net:4; do
			echo \${most#*:} >/proc/sys/user/max_\${most%:*}_namespaces
		done
		until_true \$SD run --net none true && echo freed"
	assertEquals "$one_by_one starts, 0 failed
$rounds starts, 0 failed
freed" "$output"
	until_true eval '[ "$(machine)" = "$before" ]'
	assertEquals "$before" "$(machine)"
	until_true eval '[ "$(slabs)" -lt '"$enough"' ]'
	figure "$((one_by_one + rounds)) starts, 0 leaks"
}

testLimitsOnNamespacesAreRespectedAtTheirEdge() {
	lacks_userns && return
	is_sanitized && return
	lacks_root && return
	scenario T-1502 'the namespaces of a start are one too few' 'an instance that shares one'
	for kind in mnt pid ipc uts cgroup net; do
		least=0
		while [ "$least" -lt 30 ]; do
			in_limit $kind $least '$SD run --net none echo started'
			[ "$output" = started ] && break
			assertEquals "$kind $least: $output" 125 "$status"
			assertContains "$kind $least" "$output" 'No space left on device'
			least=$((least + 1))
		done
		assertNotEquals "without a namespace of its own: $kind" 0 "$least"
		# As many are enough again and again: what is left over is freed.
		in_limit $kind $least '. "$HELPERS/scene.sh"
			for i in 1 2 3; do until_true $SD run --net none true || exit; done
			echo freed'
		assertEquals "$kind $least" freed "$output"
	done
	figure '6 limits, 0 exceeded'
}

# in_memory BYTES COMMAND...: in a memory cgroup; fails if something is left in it.
in_memory() {
	cgroup=/sys/fs/cgroup/memory/selfdock-soak.$$ file=memory.limit_in_bytes
	[ -d /sys/fs/cgroup/memory ] ||
		cgroup=/sys/fs/cgroup/selfdock-soak.$$ file=memory.max
	mkdir "$cgroup"
	echo "$1" >"$cgroup/$file"
	shift
	capture sh -c 'echo 0 >"$1/cgroup.procs"; shift; exec "$@"' sh "$cgroup" "$@"
	until_true rmdir "$cgroup"
	assertFalse 'something is left in the cgroup' "[ -d '$cgroup' ]"
}

testOutOfMemoryAnywhereLeavesNothing() {
	is_sanitized && return
	lacks_root && return
	[ ! -d /sys/fs/cgroup/memory ] && ! grep -q memory /sys/fs/cgroup/cgroup.subtree_control &&
		skip 'no memory cgroup' && return
	scenario T-1503 'memory runs out during a start' 'a program that lacks a guarantee'
	rounds 5 60 300
	started=0
	for i in $(seq "$rounds"); do
		in_memory $((65536 + i * 4194304 / rounds)) timeout -s KILL 20 $AS $SD_WORDS run \
			"$HELPERS/confine_self" "$SD_UID" "$(as_tester id -g)"
		case $status:$output in
		0:OK) started=$((started + 1)) ;;
		0:* | *BROKEN*) fail "$i: $status $output" ;;
		esac
	done
	assertTrue "$started started" "[ $started -gt 0 ]"
	figure "$rounds limits on memory, 0 left"
}

testNoSpaceAnywhereEndsAStartOrCostsNoGuarantee() {
	is_sanitized && return
	lacks_root && return
	scenario T-1503 'no space is left, at each call' 'a program that lacks a guarantee'
	rounds 5 1 1
	as=
	[ "$MODE" != setuid ] || as=$AS
	by=
	[ "$MODE" = setuid ] || by="$AS $OUTER"
	capture $by "$HELPERS/inject" 28 -e $rounds "$SELFDOCK" $as "$SELFDOCK" run \
		-t size=4k,nr_inodes=2 "$HERE" \
		"$HELPERS/confine_self" "$SD_UID" "$(as_tester id -g)"
	assertContains "$output" ' 0 open'
	assertNotContains "$output" ' 0 tried'
	figure "${output##* points, }"
	# shellcheck disable=SC2016 # for the shell inside
	assert_output 'full, no inodes' run -t size=4k,nr_inodes=2 "$HERE" sh -c '
		cd "$0"
		echo >one
		busybox dd if=/dev/zero of=one bs=8k count=1 2>/dev/null || printf "full, "
		(echo >two) 2>/dev/null || echo "no inodes"' "$HERE"
}

. shunit2
