#!/bin/sh
# SPDX-License-Identifier: ISC
# The examples and tables of README.md, as they stand there; tests/recipes_test.sh has the recipes.
# modes: plain setuid root
# shellcheck disable=SC2016,SC2088 # the scripts here, with their ~, are for another shell
# shellcheck disable=SC3045 # sh has "ulimit -n" where the tests run
. tests/common.sh
export LC_ALL=C

# Blocks that are run elsewhere, and drawings: the first words of a line before each, and where.
ELSEWHERE="On Debian or Ubuntu with|scripts/fresh
do their work. This makes|tests/packaging_test.sh
Where there is no mmdebstrap|tests/packaging_test.sh
the binary is named by its path|tests/rootfs_test.sh
These are the layers|README.md
And these are the processes|README.md
for bash need|tests/dispatch_test.sh
the programs that selfdock runs|scripts/packaging/build-deb"

oneTimeSetUp() {
	new_work 'mkdir bin home home/.ssh home/data home/results home/project
		ln -s "$1" bin/selfdock
		ln -s "$1" bin/selfdock-run
		cat >bin/systemd-run
		chmod 755 bin/systemd-run
		echo secret >home/.ssh/key
		printf "b\na\n" >home/data/letters
		cd home/project
		echo "A=b" >vars
		printf "%s\n" --net none >args
		ln -s ../data link
		tar -cf image.tar vars
		echo "int main(void) { return 0; }" >hello.c
		printf "#!/bin/sh\ngrep -c : /proc/net/dev\n" >install.sh
		chmod 755 install.sh' "$SELFDOCK" <<-'EOF_SYSTEMD_RUN'
		#!/bin/sh
		while :; do case $1 in -p) shift 2 ;; -*) shift ;; *) exec "$@" ;; esac; done
	EOF_SYSTEMD_RUN
	as_tester tee "$WORK/home/project/Makefile" >/dev/null <<-'EOF_MAKE'
		.RECIPEPREFIX = >
		all: hello
		> @cat ~/.ssh/key 2>&1 || :
		> @touch ~/made 2>&1 || :
		hello: hello.c
		> @$(CC) -o hello hello.c
	EOF_MAKE
	make_rootfs "$WORK/home/project/root"
	in_project "$(example 'busybox and selfdock')"
	small=$output
}

# in_project SCRIPT: a script with examples in it, as a user would type them. The name of the
# instance and the port in them are this test's own.
in_project() {
	[ "$1" ] || fail 'the example is not in README.md'
	scene "cd \"\$WORK/home/project\"
		export HOME=\$WORK/home PATH=\$WORK/bin:$SYSTEM_PATH SECRET=x
		$(printf '%s\n' "$1" | own)"
}

PORT=$((20000 + $$ % 10000))
own() {
	sed "s/\<web\>/web-$$/g; s/\<app\>/app-$$/g; s/8080/$PORT/
		s,scripts/mkrootfs,$PWD/&,; s,out/selfdock,$SELFDOCK,; s,out/rescue,\$WORK/rescue,"
}

# assert_session WORDS [SED]: what a block shows is what its commands print, apart from the number
# of blanks. The sed script is for both.
assert_session() {
	session=$(example "$1" | sed 's/selfdock ls$/& web/')
	in_project "typed=\$(cat <<'EOF_SESSION'
$session
EOF_SESSION
)
		printf '%s\n' \"\$typed\" | sed -n 's/^\\$ //p' >../typed
		while IFS= read -r line; do
			printf '\$ %s\n' \"\$line\"
			case \$line in
			*wget*) until_true eval \"\$line >../got\"; cat ../got ;;
			*) eval \"\$line\" </dev/null ;;
			esac
		done <../typed"
	assertEquals "$(printf '%s\n' "$session" | own | sed "s/  */ /g; ${2-}")" \
		"$(printf '%s\n' "$output" | sed "s/  */ /g; ${2-}")"
}

testEachBlockIsRun() {
	awk '/^## / { recipes = /Recipes/ }
		!recipes && /^    / && !inside { print substr($0, 5) }
		{ inside = /^    / }' README.md | sort >"$SCRATCH/blocks"
	{
		sed -n "s/.*\(example\|assert_session\) '\([^']*\)'.*/\2/p" tests/readme_test.sh
		printf '%s\n' "$ELSEWHERE" | cut -d '|' -f 1
	} | sort -u | while IFS= read -r words; do
		example "$words" | sed -n 1p
	done | sort | diff "$SCRATCH/blocks" - >"$SCRATCH/difference"
	assertNull 'blocks that no test runs (<), or that are not there (>)' \
		"$(cat "$SCRATCH/difference")"
	for file in $(printf '%s\n' "$ELSEWHERE" | cut -d '|' -f 2); do
		assertTrue "[ -e $file ]"
	done
}

testFirstSession() {
	assert_session 'neither needs nor gives root.'
}

testBuildHere() {
	in_project "$(example '**Build here'); [ -e hello ] && echo built"
	assertContains "$output" 'Read-only file system'
	assertContains "$output" built
	assertFalse '[ -e "$WORK/home/made" ]'
}

testCompilerCallInAnInstance() {
	in_project "rm -f hello; $(example '**Run every compiler call'); [ -e hello ] && echo built"
	assertContains "$output" built
	as_tester rm -f "$WORK/home/made"
}

testReadOneDirectoryAndWriteToAnother() {
	in_project "$(example 'order given, and the last one'); cat ~/results/sorted"
	assertEquals "$(printf 'a\nb')" "$output"
}

testHideWhatIsSecret() {
	in_project "$(example '**not in your home itself**'); ls -A ~"
	assertEquals "$output" 0 "$status"
	assertNotContains "$output" secret
	assertContains "$output" 'key: Permission denied'
	assertContains "$output" 'key: No such file'
	assertFalse '[ -e "$WORK/home/made" ]'
}

testTakeTheNetworkAway() {
	in_project "$(example '**Take the network away')"
	assertEquals 1 "$output"
}

testPartOfTheEnvironment() {
	in_project "$(example '**Give it only a part')"
	assertEquals 'HOME PATH' "$(printf '%s\n' "$output" | cut -d = -f 1 | sort | xargs)"
}

# Root's ls says whose an instance is.
testLeaveItRunning() {
	assert_session 'without the daemon.' 's/[0-9][0-9]*/N/g; s/\[::ffff:\(.*\)\]/\1/
		s/ PID USER/ PID/; s/^\(N web-N N\) N/\1/'
}

# Also where nothing runs. "make uninstall" is in tests/dispatch_test.sh.
testStopAll() {
	all=$(example 'reads no configuration' | sed '/make/d; s/ls -q/& web/')
	in_project "selfdock run -d -n web sleep 600 >../id
		$all && $all && { tr '\\0' ' ' </proc/\$(cat ../id)/cmdline; } 2>/dev/null"
	assertContains "$output" "no instance is 'web-$$'"
	assertEquals "$output" 1 "$(printf '%s\n' "$output" | wc -l)"
}

testAnotherRootFileSystem() {
	assertContains "$small" init
	assertContains "$small" proc
	assertNotContains "$small" home/project
}

testAskFirst() {
	in_project "$(example 'machine, says whether')"
	assertEquals "$output" 0 "$status"
	assertContains "$output" "$(printf '%s\n' --workdir-writable '--net host')"
	assertContains "$output" 'an instance starts'
}

# No mode matters.
testImages() {
	[ "$MODE" = plain ] || return 0
	in_project "$(example 'script needs no root'); cd ../..; ls rescue*; rm rescue*"
	assertEquals "$(printf 'rescue.cpio.gz\nrescue.tar')" "$output"
}

# rows HEADING: the rows of the tables below a heading, without their heads.
rows() {
	awk -v heading="## $1" '
		/^## / { here = $0 == heading }
		!here || !/^\|/ { body = 0; next }
		body { print }
		/^\|-/ { body = 1 }' README.md
}

# spans COLUMN: what is code in that column of rows.
spans() {
	awk -F '|' -v column="$1" '{
		count = split($(column + 1), part, "`")
		for (i = 2; i <= count; i += 2) print part[i]
	}'
}

# Options alone are those of a start. What they print does not matter.
testWhatOtherToolsHave() {
	lacks_userns && return
	for tool in docker bubblewrap firejail; do
		rows "Coming from $tool" | spans 2 | own |
			sed 's/^-.*/selfdock run & true/; s/tail -f/tail/' >"$SCRATCH/home/spans"
		assertTrue "$tool" "[ -s $SCRATCH/home/spans ]"
		in_project "while IFS= read -r line; do
			(eval \"\$line\") >../said 2>&1 </dev/null ||
				{ echo \"\$line: \$?\"; cat ../said; }
			done <$SCRATCH/home/spans"
		assertNull "$tool: $output" "$output"
	done
}

# What the program sees: ROW|OPTIONS|SCRIPT|OUTPUT. The two rows of mounts, and sockets, have
# tests of their own.
SEEN="the directory you are in||cat vars; touch here|A=b touch: cannot touch 'here': Read-only
the directory you are in|-w|touch here; ls here|here
\`/usr\`, \`/etc\`, \`/var\`, ...||head -c 4 /etc/passwd; [ -w /var/tmp ] ; echo \$?|root1
\`/usr\`, \`/etc\`, \`/var\`, ...|-v /var/tmp /var/tmp|[ -w /var/tmp ]; echo \$?|0
your home, if it is not a disk of its own||cat ~/.ssh/key|secret
your home, if it is not a disk of its own|--mask ~/.ssh|cat ~/.ssh/key|Permission denied
your home, if it is not a disk of its own|-t mode=755 ~ -w|ls -A ~|project
\`/tmp\`, \`/dev/shm\`||ls -A /tmp /dev/shm; touch /tmp/x|/dev/shm: /tmp: 
\`/tmp\`, \`/dev/shm\`|-t size=4K /tmp|seq 9999 >/tmp/x|No space left
\`/sys\`||ls -A /sys; echo none|none
\`/sys\`|-m /sys /sys|ls -d /sys/kernel|/sys/kernel
\`/proc\`, other processes||echo /proc/[0-9]*|/proc/1 
\`/proc\`, other processes|--proc host|set -- /proc/[0-9]*; [ \$# -gt 4 ]; echo \$?|0
devices||ls -x -w 99 /dev|fd full null ptmx pts random shm stderr stdin stdout tty urandom zero
devices|--device /dev/null|ls /dev/null|/dev/null
devices|-v /dev /dev|ls -d /dev/shm /dev/ptmx|/dev/ptmx /dev/shm
network||grep -c : /proc/net/dev|$(grep -c : /proc/net/dev)
network|--net none|grep -c : /proc/net/dev|1
descriptors||ls -x /proc/self/fd|0 1 2 3 
environment||echo \$SECRET|x
environment|--clearenv --keep-env PATH -e NAME VALUE|env|NAME=VALUE
environment|-E SECRET|echo \"<\$SECRET>\"|<>
user and rights||id -u; grep -c ^Cap...:.*[1-9a-f] /proc/self/status|$SD_UID 0
signals||kill -9 0 1; echo lives|lives
host name, limits||hostname; ulimit -n|$(uname -n) $(ulimit -n)
host name, limits|--hostname box|hostname|box"

testWhatTheProgramSees() {
	printf '%s\n' "$SEEN" >"$SCRATCH/home/seen"
	in_project "exec 7<vars
		while IFS='|' read -r row options script wanted; do
			seen=\$(eval \"selfdock run \$options sh -c '\$script'\" 2>&1 </dev/null |
				tr -s ' \t\n' ' ')
			case \$seen in
			*\"\$wanted\"*) ;;
			*) echo \"\$row: \$script: \$seen\" ;;
			esac
		done <$SCRATCH/home/seen"
	assertNull "$output" "$output"
	rest='your home on a disk of its own, other disks
`/run`
sockets'
	assertEquals "$(printf '%s\n' "$rest" "$SEEN" | cut -d '|' -f 1 | sort -u)" \
		"$(rows 'What the program sees' | cut -d '|' -f 2 | sed 's/^ *//; s/ *$//' | sort)"
}

testMountsThatTheProgramSees() {
	lacks_root && return
	in_mounts private 'mkdir disk
		mount -t tmpfs none disk
		mount -t tmpfs none /run
		for dir in disk /run; do mkdir $dir/x; echo seen >$dir/x/file; done
		sd run ls -A /run "$PWD/disk"
		sd run -m "$PWD/disk" "$PWD/disk" -m /run/x /run/x \
			sh -c "cat disk/x/file /run/x/file"'
	assertEquals "$(printf '/run:\n\n%s/disk:\nseen\nseen' "$SCRATCH/mounts")" "$output"
}

testSocketsThatTheProgramSees() {
	lacks_scopes && return
	in_project 'cat >../sockets.py <<-EOF_PYTHON
			import os, socket, sys
			for name in "listening", "\0" + os.getcwd():
			    end = socket.socket(socket.AF_UNIX)
			    if sys.argv[1] == "listen":
			        end.bind(name)
			        end.listen()
			        os.dup(end.fileno())
			    else:
			        print(end.connect_ex(name))
			if sys.argv[1] == "listen":
			    open("ready", "w")
			    sys.stdin.read()
		EOF_PYTHON
		mkfifo hold
		python3 -ES ../sockets.py listen <hold &
		exec 9>hold
		until_true [ -e ready ]
		selfdock run python3 -ES ../sockets.py connect
		selfdock run --abstract-sockets python3 -ES ../sockets.py connect
		exec 9>&-'
	assertEquals "$(printf '0\n1\n0\n0')" "$output"
}

# norm: a message without what differs from case to case.
norm() {
	sed "s/'[^' ]*'/'%s'/g; s/[0-9][0-9]*/%d/g"
}

# Each message of the table has been printed here, or is in the source.
testMessages() {
	in_project 'bin=/dev/shm/bin-$$
		mkdir $bin
		printf "#!/bin/sh\n" >$bin/tool
		chmod 755 $bin/tool
		cp "$SD" ../other
		exec </dev/null
		selfdock run --rm true
		selfdock run ubuntu bash
		selfdock run $bin/tool
		selfdock run -m $bin $bin $bin/tool || echo failed
		selfdock run cat $bin/tool
		rm -r $bin
		selfdock run touch /usr/mine
		selfdock run -v /var/tmp /var/tmp -m . /var/tmp/new true
		selfdock run -m link /x true
		selfdock run -m "$(realpath link)" /x true || echo failed
		(cd /run; selfdock run true)
		(cd /run; selfdock run -C / true) || echo failed
		selfdock run -r image.tar sh
		selfdock run --net none python3 -ES -c \
			"import socket; socket.getaddrinfo(\"x.invalid\", 1)"
		SSH_AUTH_SOCK=/tmp/agent selfdock run ssh-add -l
		selfdock run -d --log web.log false
		selfdock run -d -n web sleep 600
		selfdock run -n web true
		../other enter web true
		selfdock stop web
		selfdock enter web true
		script -qec "selfdock run dash" /dev/null'
	assertNotContains "$output" failed
	{
		printf '%s\n' "$output"
		for file in core/*/*.c; do
			tr -d '\n\t' <"$file" | sed 's/" *"//g' | grep -o '"[^"]*"'
		done
	} | norm >"$SCRATCH/known"
	rows 'When something does not work' | spans 1 | while IFS= read -r message; do
		grep -Fq -- "$(printf '%s\n' "$message" | norm)" "$SCRATCH/known" || echo "$message"
	done >"$SCRATCH/unknown"
	assertNull 'nothing prints' "$(cat "$SCRATCH/unknown")"
}

. shunit2
