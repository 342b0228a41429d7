#!/bin/sh
# SPDX-License-Identifier: ISC
# What a program finds of everything around it, by way of /proc: of every process all that
# can be opened or read, with tests/helpers/inside_walk.c, which says what counts as the
# instance's own. The caller has a secret in every place that selfdock itself knows of.
# shellcheck disable=SC2016 # programs for the shell inside
. tests/common.sh

# In the environment, in values of options, in a file of them, and behind a descriptor.
SECRET=this-voice-no-inside
SHOWN=/usr/local/bin:/usr/bin:/bin

oneTimeSetUp() {
	mkdir -p "$SCRATCH/home/$SECRET"
	echo "$SECRET" >"$SCRATCH/home/$SECRET/file"
	printf '%s\n' -e UNSEEN "$SECRET" -E UNSEEN >"$SCRATCH/home/args"
	chmod -R a+rX "$SCRATCH/home"
}

# These options change the environment, so that it holds only PATH and LEFT.
OPTIONS="-f $SCRATCH/home/args --clearenv -e TOLD $SECRET -E TOLD -e PATH $SHOWN -e LEFT here"

# A walk of so many rounds, and the words that it may find.
walk() {
	echo "$HELPERS/inside_walk $1 PATH=$SHOWN LEFT=here selfdock-init sleep 600 73.$$"
}

# in_secret SCRIPT: scene, with the secret around it, and standard descriptors that all of
# its programs share.
in_secret() {
	scene "export VOICE=$SECRET; exec 3<'$SCRATCH/home/$SECRET' 4<'$SCRATCH/home/$SECRET/file' \
		5</ </dev/null 2>&1
		await() { # the end of a walk that writes to this file
			until_true grep processes: \$WORK/out
		}
		$1"
}

# assert_own COUNT OPTION...: in an instance with these options a walk finds so many
# processes, and nothing but the instance's own.
assert_own() {
	count=$1
	shift
	in_secret "\$SD $OPTIONS $* $(walk 20)"
	assertEquals "of: $*" "processes: $count" "$output"
}

testWalkFindsWhatIsNotTheInstances() {
	{ [ "$MODE" = plain ] && am_root; } || { skip 'once, by root' && return; }
	output=$(cd / && as_tester env -i VOICE=$SECRET "$HELPERS/inside_walk" 1 \
		</dev/null 2>&1 3</etc/passwd)
	assertContains 'environment' "$output" "environ has 'VOICE'"
	output=$(unshare -mpf --mount-proc sh -c 'exec 3<"$1"; mount -t tmpfs none "${1%/*}"
		cd / && VOICE=$2 sleep 9 & sleep 0.2; env -i "$3" 1 sleep 9' sh \
		"$SCRATCH/home/$SECRET/file" $SECRET "$HELPERS/inside_walk" </dev/null 2>&1)
	for found in "/fd/3 leads out, to $SCRATCH/home" "environ has 'VOICE'" \
		'mem holds what the caller keeps'; do
		assertContains "$output" "$found"
	done
}

testRunHoldsNothingElse() {
	assert_own 1 run
}

testBuildHoldsNothingElse() {
	assert_own 1 build
}

testInitHoldsNothingElse() {
	for applet in run build; do
		assert_own 2 $applet --init
	done
}

testInstanceOfManyOptionsHoldsNothingElse() {
	assert_own 1 run --net none -m "$SCRATCH/home/$SECRET" /tmp/map -v "$WORK" /tmp/vol \
		-m "$SCRATCH/home/$SECRET/file" /opt/made -t exec /srv --mask /var/lib --hostname x
}

testInstanceWithARootFileSystemHoldsNothingElse() {
	make_rootfs "$WORK/root"
	assert_own 1 run -r "$WORK/root" -m /usr /usr -m "$(realpath "$HELPERS")" "$HELPERS"
	as_tester rm -rf "$WORK/root"
}

# It may have ended when the start returns, which says so then in place of the id.
testDetachedHoldsNothingElse() {
	for init in '' --init; do
		in_secret "\$SD $OPTIONS run -d $init $(walk 20) >\$WORK/out 2>&1
			await; grep -v '^[0-9]*\$\|ended at once\$' \$WORK/out"
		assertEquals "$init" "processes: $((1 + ${#init} / 6))" "$output"
	done
}

# Programs that enter have a Landlock domain of their own, and see of the others what /proc shows
# of any process; with --trace they can see as much of them as the program itself.
testEnteredProgramsHoldNothingElse() {
	for init in '' --init; do
		for trace in '' --trace; do
			in_secret "id=\$(\$SD $OPTIONS run -d $init sleep 600) &&
				\$SD enter $trace --clearenv -e TOLD $SECRET -E TOLD \
					-e PATH $SHOWN -e LEFT here \$id $(walk 20); kill \$id"
			assertEquals "$init $trace" "processes: $((2 + ${#init} / 6))" "$output"
		done
	done
}

# While it joins, its command line is still selfdock's, without the values.
testEnterShowsNoValueWhileItJoins() {
	in_secret "\$SD $OPTIONS run -d $(walk -) true touch /tmp/stop >\$WORK/out
		id=\$(grep -x '[0-9]*' \$WORK/out) && enter=\"\$SD enter --clearenv -e PATH $SHOWN\"
		for each in \$(seq 40); do
			\$enter -e TOLD $SECRET -E TOLD -e LEFT here \$id true
		done
		{ \$enter \$id touch /tmp/stop; } 2>/dev/null # which ends with the instance
		await; kill \$id 2>/dev/null; grep -v '^[0-9]*\$' \$WORK/out"
	assertContains "$output" processes:
	assertNotContains "$output" "$SECRET"
	assertEquals '' "$(echo "$output" | grep -vE 'cmdline has|^processes:')"
}

# The host's mount of it is writable: by a descriptor on it root could change the node.
testDevNullInThePlaceOfAClosedDescriptorIsTheInstances() {
	cat >"$SCRATCH/home/where" <<-'EOF_WHERE'
		# Where in the instance the mount is that descriptor $1 of this shell is on.
		id=$(sed -n 's/^mnt_id:[^0-9]*//p' "/proc/$$/fdinfo/$1")
		sed -n "s/^$id [^/]*[^ ]* \([^ ]*\) .*/\1/p" /proc/self/mountinfo >>"$2/where"
		[ "$3" ] && exec sleep 600
	EOF_WHERE
	# With the bit, musl opens what is closed before there is any code of selfdock's; that
	# node is root's, and no user's to change.
	wanted=6
	[ "$MODE" != setuid ] || wanted=1
	scene "start=\"\$SD -v \$WORK \$WORK run\" inside=\"sh $SCRATCH/home/where\"
		\$start \$inside 0 \$WORK <&-
		\$start --init \$inside 0 \$WORK <&-
		\$start \$inside 1 \$WORK >&-
		\$start \$inside 2 \$WORK 2>&-
		id=\$(\$start -d \$inside 1 \$WORK stays)
		\$SD enter \$id \$inside 0 \$WORK <&-
		until_true eval '[ \$(wc -l <\$WORK/where) = $wanted ]'
		kill \$id; cat \$WORK/where; rm \$WORK/where"
	assertEquals "$(yes /dev/null | head -n $wanted | xargs)" "$(echo "$output" | xargs)"
}

. shunit2
