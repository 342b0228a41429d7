#!/bin/sh
# SPDX-License-Identifier: ISC
# /proc: a false one, false words in a true one, and the kernel's settings in it.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh

testSystemWithoutProc() {
	is_sanitized && return
	lacks_root && return
	scenario T-801 'to have another file system at /proc' 'id maps written into it'
	try_under 'run echo started' unshare -m sh -c 'umount -l /proc; exec "$@"' sh
	assert_refused 'nothing there' "no proc file system at '/proc'"
	try_under 'run echo started' unshare -m sh -c 'mount -t tmpfs none /proc; exec "$@"' sh
	assert_refused 'something else there' "no proc file system at '/proc'"
	try_under '--proc none run echo started' unshare -m sh -c 'umount -l /proc; exec "$@"' sh
	assert_refused 'even if not wanted inside' "no proc file system at '/proc'"
}

testProcOfTheHostCannotBeWritten() {
	scenario T-803 'to write to a /proc of the host' 'the settings of the kernel'
	try --proc host run sh -c 'echo changed >/proc/self/comm'
	assertContains "$output" 'Read-only file system'
}

testProcIsReadOnlyForRoot() {
	[ "$MODE" = root ] || { skip 'for uid 0' && return; }
	scenario T-803 'to write as root to a setting' 'the settings of the kernel'
	for proc in new host; do
		try --proc "$proc" run sh -c 'echo x >/proc/sys/kernel/domainname'
		assertContains "$proc" "$output" 'Read-only file system'
	done
}

testFarmOfLinksAtProcIsRefused() {
	lacks_root && return
	scenario T-801 'to have links to files of its own in the place of /proc' \
		'id maps written there, or files of root changed'
	for kind in files links; do
		in_mounts private 'kind=$1; mkdir farm; mount -t tmpfs -o mode=755 none farm
			cd farm; mkdir own sys sys/user
			for name in uid_map gid_map setgroups status stat cmdline; do
				: >own/$name
			done
			echo 9 >sys/user/max_user_namespaces
			cp own/status mountinfo; chmod -R a+rwX .
			$PYTHON -c "
import os
for name in \"self\", \"thread-self\", *range(1, 33000 if \"$kind\" == \"links\" else 2):
    os.symlink(\"own\", str(name))"
			mount --bind . /proc
			for options in "" --no-userns "--proc none" "--proc host"; do
				$AS $SD_WORDS $options run echo started || echo $?
			done 2>&1
			cat own/uid_map own/gid_map own/setgroups sys/user/max_*' "$kind"
		assertNotContains "$kind: $output" "$output" started
		assertEquals "$kind: $output" 4 "$(echo "$output" | grep -cx 125)"
		assertEquals "$kind: $output" 9 "$(echo "$output" | tail -n 1)"
	done
}

# The outer side is held between the clone and the maps.
testMapThatIsCoveredByAMountIsRefused() {
	lacks_root && return
	is_sanitized && return
	[ "$MODE" = nested ] && skip 'the instance has a /proc of its own' && return
	scenario T-801 'to cover the uid_map of the new process by a file of its own' \
		'what is written there, with the privilege of root'
	for name in uid_map gid_map; do
		# A start that is killed with its tracer would prove nothing: it goes on without.
		in_mounts private 'name=$1; : >false; chmod 666 false
			call=clone # clone3 fails where the kernel cannot tie the process
			! kernel_ties || call=clone3
			strace -f -o /dev/null -e trace=$call -e inject=$call:delay_exit=60000000 \
				$AS $SD_WORDS run echo "started $$" >said 2>&1 & tracer=$!
			covered() {
				for pid in $(pgrep -f "^$SELFDOCK run echo started $$"); do
					[ ! "$(cat "/proc/$pid/uid_map")" ] || continue
					mount --bind false "/proc/$pid/$name" && return
				done
				return 1
			}
			until_true covered
			kill -KILL $tracer; wait $tracer 2>/dev/null || :
			until_true grep -q . said
			cat said; echo "written: $(cat false)"' "$name"
		assertContains "$output" "$output" 'cannot write the id maps'
		assertNotContains "$output" "$output" started
		assertEquals "$output" 'written: ' "$(echo "$output" | tail -n 1)"
	done
}

# Names of programs, and so the comm of processes, that lie where /proc is read as text.
testNamesOfProcessesDeceiveNobody() {
	scenario T-802 'to be named as the rest of a line of stat or status' \
		'an instance that is not found, or another process that is taken for it'
	rm -rf "$WORK/names" "$WORK/links"
	as_tester mkdir "$WORK/names" "$WORK/links"
	set -- 'a) R 1 (' ') Z 1 1 1 1' 'x) R 0 0 0' '
PPid:	1' 'a
State:	Z' '
Uid:	0	0	0' '\n\\) \040' "$(printf '\377\376\375\200\033[31m')" ')))))))))))))))' \
		'(((((((((((((((' ' ' '
'
	for name; do
		as_tester cp "$HELPERS/lifetime_pause" "$WORK/names/$name"
		as_tester ln -s "$SELFDOCK" "$WORK/links/$name"
	done
	scene 'cd "$WORK/names"
		for name in *; do
			# The names of both, the monitor and the program.
			id=$("$HELPERS/exec_as" "$WORK/links/$name" selfdock run -d -n "named.$$" \
				-m "$WORK/names/$name" "/tmp/$name" "/tmp/$name") ||
				echo "no start: $name"
			listed=$("$SD" ls | grep -c " named\.$$ ")
			[ "$listed" = 1 ] || echo "listed $listed times: $name"
			# It has just started, and is one process.
			"$SD" ls -l | grep -Eq " named\.$$ .* / +[0-9]{1,2}s +0s +[0-9]+[KM] +1 " ||
				echo "times and processes: $name"
			for word in "$id" "named.$$"; do
				"$SD" enter "$word" "$HELPERS/nothing" || echo "not entered: $name"
			done
			"$SD" stop "named.$$" >/dev/null || echo "not stopped: $name"
			until_true test ! -e "/proc/$id" || echo "alive: $name"
		done
		ls -q | wc -l' # names with a newline are a line each
	assertEquals $# "$output"
}

# not_outside WORD...: what tests/attack/proc.c with these words can open to write inside can be
# opened outside, too.
not_outside() {
	as_tester "$HELPERS/proc" "$@" | sort -u >"$SCRATCH/home/outside"
	for options in '' --init '--net none'; do
		# shellcheck disable=SC2086 # words
		sd $options run "$HELPERS/proc" "$@" >"$SCRATCH/home/found" || fail "$options $*"
		sort -u "$SCRATCH/home/found" >"$SCRATCH/home/inside"
		assertEquals "$options $*" '' \
			"$(comm -13 "$SCRATCH/home/outside" "$SCRATCH/home/inside" | head -n 5)"
	done
}

testSettingsAreNoMoreWritableThanOutside() {
	scenario T-803 'to open all settings of the kernel and sysrq to write to them' \
		'the settings of the host'
	not_outside settings
	# Root could write to all of them outside.
	[ "$MODE" != root ] ||
		assertEquals '' "$(grep -v '^/proc/pressure' "$SCRATCH/home/inside")"
}

# Some kernels, as 6.18.15, count cad_pid among those of a pid namespace.
testSettingsOfAnInnerUserNamespaceAreItsOwn() {
	lacks_userns && return
	scenario T-803 'to open all settings in namespaces of its own, also in a /proc of its own' \
		'the settings of the host'
	not_outside settings own
	assertEquals '' "$(grep -vE "^/proc/(pressure|sys/(fs/mqueue|net|user))/" \
		"$SCRATCH/home/inside" | grep -vxE \
		'/proc/sys/kernel/(auto_msgmni|cad_pid|(msg|sem|shm)[a-z_]*|ns_last_pid|pid_max)')"
}

# What a user namespace of one's own would change outside is seen there.
testSettingsOutsideStayWhatTheyAre() {
	lacks_userns && return
	scenario T-803 'to write to what can be opened in namespaces of its own' \
		'the limits and queues of the host'
	as_tester sh -c 'cd /proc/sys && cat user/max_* kernel/msgmax kernel/sem kernel/shmmax \
		fs/mqueue/* net/ipv4/ip_forward kernel/pid_max' >"$SCRATCH/home/before" 2>/dev/null
	for applet in run build; do
		# shellcheck disable=SC2086 # words
		written=$(sd --net none $applet unshare $OWN_USERNS -nimp --fork sh -c '
			cd /proc/sys
			for file in user/max_user_namespaces kernel/msgmax kernel/shmmax \
				fs/mqueue/msg_max net/ipv4/ip_forward kernel/pid_max; do
				echo 400 >$file && echo $file
			done 2>/dev/null; echo tried')
		assertContains "$applet" "$written" tried
		[ "$MODE" = root ] || assertContains "$applet" "$written" kernel/msgmax
	done
	as_tester sh -c 'cd /proc/sys && cat user/max_* kernel/msgmax kernel/sem kernel/shmmax \
		fs/mqueue/* net/ipv4/ip_forward kernel/pid_max' >"$SCRATCH/home/after" 2>/dev/null
	assertEquals '' "$(diff "$SCRATCH/home/before" "$SCRATCH/home/after")"
}

testOtherProcessesOfTheHostCannotBeWrittenTo() {
	scenario T-803 'to open the files of processes outside, by --proc host' \
		'their memory, name or priority'
	for applet in run build; do
		assert_output '' --proc host "$applet" "$HELPERS/proc" others
	done
	# Outside, the same finds something.
	as_tester sleep 98.$$ &
	until_true pgrep -f "^sleep 98.$$"
	assertNotNull "$(as_tester "$HELPERS/proc" others)"
	pkill -KILL -f "^sleep 98.$$"
	wait
} 2>/dev/null

. shunit2
