#!/bin/sh
# SPDX-License-Identifier: ISC
# The recipes of README.md, as they stand there: each by its first words. Only paths and names are
# replaced, and what takes long or is not there.
# shellcheck disable=SC2016,SC2086 # the scripts here are for the shell inside
. tests/common.sh
export LC_ALL=C

# The indented block that follows the paragraph "**WORDS...".
recipe() {
	example "**$1"
}

setUp() {
	new_work 'mkdir bin home home/.ssh home/notes project run
		ln -s "$1" bin/selfdock
		ln -s "$1" bin/selfdock-run
		echo secret >home/.ssh/key
		echo note >home/notes/note
		echo "you:x:$2:$2::$PWD/home:/bin/sh" >passwd
		cat >project/Makefile' "$SELFDOCK" "$SD_UID" <<-'EOF_MAKE'
		.RECIPEPREFIX = >
		all:
		> @echo made >result
		> @cat $(HOME)/.ssh/key 2>&1 || :
		> @touch /usr/made $(HOME)/made $(HOME)/.aws/made 2>&1 || :
		> @cat /proc/net/dev | grep -c :
	EOF_MAKE
}

# in_project RECIPE: a script with the recipe in it, as a user would run it.
in_project() {
	[ "$1" ] || fail 'the recipe is not in README.md'
	scene 'cd "$WORK/project" && HOME=$WORK/home PATH=$WORK/bin:$PATH && export HOME && '"$1"
}

# program NAME: a script of the user's, from standard input.
program() {
	as_tester sh -c 'cat >"$1"; chmod 755 "$1"' sh "$WORK/$1"
}

testEachRecipeHasItsTest() {
	sed -n "s/.*recipe '\([^']*\)'.*/\1/p" tests/recipes_test.sh >"$SCRATCH/tested"
	assertEquals 'Many machines: Slurm, MPI, GNU parallel.
Rescue a system.' "$(awk '
		FILENAME != "README.md" { tested["**" $0]; next }
		/^## / { inside = /Recipes/ }
		inside && /^\*\*/ {
			for (each in tested) if (index($0, each) == 1) next
			split($0, words, /\*\*/)
			print words[2]
		}' "$SCRATCH/tested" README.md)"
	assertTrue 'the last one, by tests/boot' "grep -qF '^\*\*Rescue' tests/boot/run"
	assertTrue 'the other one, by make cluster' \
		"grep -qF -- '\$step -m /sys /sys --' tests/cluster/cluster_test.sh"
}

testCompilerOfAnotherRootFileSystem() {
	as_tester mkdir -p "$WORK/target/dev" "$WORK/target/proc" "$WORK/target/bin"
	as_tester cp "$(command -v busybox)" "$WORK/target/bin/"
	program target/bin/cc <<-'EOF_SCRIPT'
		#!/bin/busybox sh
		echo "$@" >made
	EOF_SCRIPT
	recipe 'The compiler of' | sed "s,/srv/target,$WORK/target," |
		program bin/target-cc
	in_project 'target-cc -c hello.c; cat made'
	assertEquals '-c hello.c' "$output"
}

testImage() {
	as_tester $PYTHON - "$HELPERS" "$(command -v busybox)" "$WORK/busybox.tar" <<-'EOF_IMAGE'
		import sys
		sys.dont_write_bytecode = True
		sys.path.insert(0, sys.argv[1])
		from archive import *
		busybox = entry('bin/busybox', open(sys.argv[2], 'rb').read(), mode=0o755)
		root = tar(busybox, link('bin/echo', 'busybox'))
		save(sys.argv[3], image(root, Cmd=['/bin/echo']))
	EOF_IMAGE
	in_project "$(recipe 'From an image' | sed 's,docker save busybox,cat ../busybox.tar,
		s,run -r ~/busybox,& /bin/echo there,')"
	assertEquals 'hello
there' "$output"
}

testProjectDirectoryAndNoSecrets() {
	in_project "$(recipe 'A project directory')"
	assertEquals "$output" 0 "$status"
	assertEquals made "$(cat "$WORK/project/result")"
	assertNotContains "$output" secret
	assertContains "$output" 'Permission denied'
	assertContains "$output" "touch: /usr/made: Read-only file system"
	assertEquals "$(printf '.ssh\nnotes')" "$(ls -A "$WORK/home")"
}

# In the home directory, which is writable then, only what exists can be masked.
testHomeDirectoryAndNoSecrets() {
	scene 'cd "$WORK/home" && HOME=$PWD PATH=$WORK/bin:$PATH && export HOME
		cp ../project/Makefile .
		'"$(recipe 'A project directory')"
	assertEquals "$output" 0 "$status"
	assertEquals made "$(cat "$WORK/home/result")"
	assertNotContains "$output" secret
}

# A server of the abstract socket that an X11 client tries first stands in for a screen.
testWindowOnYourScreen() {
	[ "$MODE" != nested ] || { skip 'the outer instance keeps the sockets away' && return; }
	recipe=$(recipe 'A window on your screen, by X11' |
		sed "s,/tmp/.X11-unix,$WORK/x11,g
			s,xclock,\"$HELPERS/confine_abstract\" connect,")
	in_project "mkdir ../x11; touch ~/.Xauthority ../ready
		display=$WORK/x11/X7
		\"$HELPERS/confine_abstract\" serve \$display >../ready &
		server=\$!
		until_true grep -q ready ../ready
		unset XAUTHORITY
		$recipe \$display
		kill \$server"
	assertEquals connected "$output"
}

testOfflineBuild() {
	in_project "$(recipe 'An offline build')"
	assertEquals "$output" 0 "$status"
	assertEquals made "$(cat "$WORK/project/result")"
	assertEquals "$output" 1 "$(printf '%s\n' "$output" | tail -n 1)"
}

testScriptThatIsNotTrusted() {
	program project/script <<-'EOF_SCRIPT'
		#!/bin/sh
		ls -A ~ ~/.ssh
		env | grep SECRET
		touch ~/made here && echo works
		unshare -U true 2>/dev/null && echo namespace
		grep -c : /proc/net/dev
	EOF_SCRIPT
	in_project "SECRET=x; export SECRET; $(recipe 'An agent')"
	assertEquals "$output" 0 "$status"
	assertNotContains "$output" notes
	assertNotContains "$output" SECRET
	assertContains "$output" works
	assertNotContains "$output" namespace
	assertEquals 1 "$(printf '%s\n' "$output" | tail -n 1)"
	assertTrue '[ -e "$WORK/project/here" ]'
	assertFalse '[ -e "$WORK/home/made" ]'
}

testServiceWithItsLog() {
	port=$((20000 + $$ % 10000))
	recipe=$(recipe 'A service' | sed "s/8080/$port/; s/-n notes/-n notes-$$/
		s/\(ls\|enter\|stop\) notes/&-$$/")
	in_project "$recipe" # the whole of it ends well
	assertEquals "$output" 0 "$status"
	assertContains "$output" "notes-$$"
	in_project "$(echo "$recipe" | sed '/^selfdock ls/,$d')
		until_true busybox wget -qO- http://127.0.0.1:$port/note
		busybox wget -qO- http://127.0.0.1:$port/note
		selfdock enter notes-$$ sh -c 'echo kept >/srv/notes/new; touch /srv/new'
		selfdock stop notes-$$; selfdock ls -q notes-$$; cat ~/notes.log"
	assertContains "$output" note
	assertContains "$output" "touch: /srv/new: Read-only file system"
	assertContains "$output" 'no instance is'
	assertContains "$output" 'response:200'
	assertEquals kept "$(cat "$WORK/home/notes/new")"
	in_project "$(echo "$recipe" | sed '/^selfdock ls/,$d; s,-h /srv,&/none,')"
	assertContains "$output" 'ended at once'
	assertContains "$output" 'No such file'
}

# Others may have instances running, unless this is inside one.
testLeaveNothingBehind() {
	recipe=$(recipe 'Leave nothing')
	[ "$MODE" = nested ] ||
		recipe=$(echo "$recipe" | sed "s,ls -q,& one-$$ two-$$ 2>/dev/null,")
	in_project "mounts=\$(wc -l </proc/self/mountinfo)
		$recipe
		selfdock run -d -n one-$$ sleep 93.$$
		selfdock run -d -n two-$$ --init sh -c 'sleep 93.$$ & sleep 93.$$; :'
		until_true pgrep -f '^sleep 93.$$'
		$recipe || echo \$?
		id=\$(selfdock run -d sleep 93.$$)
		kill -KILL \$id
		gone() { ! pgrep -f '^sleep 93.$$'; }
		until_true gone
		echo \$((\$(wc -l </proc/self/mountinfo) - mounts)) mounts"
	assertEquals '0 mounts' "$(printf '%s\n' "$output" | grep -v '^[0-9]*$')"
}

# What the program gets, and how many command lines have it: --proc host shows the monitor's, too.
testSecret() {
	program project/publish <<-EOF_SCRIPT
		#!/bin/sh
		echo "got \${TOKEN-}\$(cat \${1+"\$1"})"
		cat /proc/[0-9]*/cmdline 2>/dev/null | grep -ac '[s]esame-$$'
	EOF_SCRIPT
	echo "sesame-$$" | program home/.token
	echo "TOKEN=sesame-$$" | program home/secrets.env
	in_project "exec </dev/null
		$(recipe 'A secret' | sed 's/run/& --proc host/
			s/pass show token/cat ~\/.token/; s/$/; echo "[${TOKEN-}]"/')"
	assertEquals "$(for _ in 1 2 3; do printf '%s\n' "got sesame-$$" 0 '[]'; done)" "$output"
	in_project "OTHER=x TOKEN=y
		export OTHER TOKEN
		selfdock run --clearenv --keep-env TOKEN --keep-env PATH env"
	assertEquals "$(printf '%s\n' PATH TOKEN)" \
		"$(printf '%s\n' "$output" | cut -d = -f 1 | grep -v PWD | sort)"
}

# The compiler has an answer in the cache at the second time; for the others, each variable names a
# directory that the program can write to. Then the home directory is hidden.
testCaches() {
	program project/use-caches <<-'EOF_SCRIPT'
		#!/bin/sh
		set -e
		for each in "$GOCACHE" "$GOMODCACHE" "$npm_config_cache" "$PIP_CACHE_DIR"; do
			mkdir -p "$each"
			touch "$each/used"
		done
		echo 'int x;' >"$1.c"
		ccache gcc -c "$1.c"
	EOF_SCRIPT
	recipe=$(recipe 'The caches of')
	in_project "$(echo "$recipe" | sed 's,make$,./use-caches one,')
		$(echo "$recipe" | sed 's,make$,./use-caches one,; s,run -w,run -t mode=755 ~ -w,')
		CCACHE_DIR=~/boxed/ccache ccache -s | grep Hits:"
	assertContains "$output" '1 /'
	assertEquals "$(printf '%s/used\n' go-build go-mod npm pip)" \
		"$(cd "$WORK/home/boxed" && ls -d -- */used)"
	in_project "mkdir -p ~/.cache/ccache
		selfdock run $(grep -o -e '-v ~/.cache/ccache ~/.cache/ccache' README.md) \
			touch ~/.cache/ccache/used ~/made"
	assertTrue '[ -e "$WORK/home/.cache/ccache/used" ]'
	assertContains "$output" 'Read-only'
}

testJobOfCi() {
	in_project "SECRET=x CI=true
		export SECRET CI
		$(recipe 'A job of CI' | sed 's/ make$/ sh -c "env; make"/')"
	assertEquals "$output" 0 "$status"
	assertNotContains "$output" SECRET
	assertContains "$output" CI=true
	assertEquals made "$(cat "$WORK/project/result")"
}

# A key that the agent has signs inside, where its file is hidden.
testSshAgent() {
	recipe=$(recipe 'Your ssh-agent' |
		sed 's/run/& --mask ~\/.ssh/; s/git pull/ssh-add -T key.pub/')
	in_project "eval \$(ssh-agent) >/dev/null
		selfdock run -w -m ../passwd /etc/passwd ssh-keygen -q -t ed25519 -N '' -f key
		mv key ~/.ssh && ssh-add -q ~/.ssh/key
		$recipe && echo signs
		selfdock run ssh-add -l
		kill \$SSH_AGENT_PID"
	assertContains "$output" signs
	assertContains "$output" 'No such file'
}

# Where there are such files: situations testSshThatWantsRootsFiles.
testSshWithoutTheSetuidBit() {
	in_project "$(recipe 'ssh without' |
		sed 's,git pull,ls -A /etc/ssh/ssh_config.d,')"
	assertContains "$output" 'Permission denied'
	in_project "mkdir ~/.ssh/system.d
		touch ~/.ssh/system.d/mine.conf
		selfdock run $(grep -o -e '-m ~/.ssh/system.d /etc/ssh/ssh_config.d' README.md) \
			ls /etc/ssh/ssh_config.d"
	assertEquals mine.conf "$output"
}

# A server of that socket stands in for a compositor, and what connects to it for its client.
testWindowByWayland() {
	program project/serve <<-'EOF_SCRIPT'
		#!/usr/bin/python3 -ES
		import os, socket, time
		server = socket.socket(socket.AF_UNIX)
		server.bind(os.path.expandvars("$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY"))
		server.listen()
		time.sleep(60)
	EOF_SCRIPT
	program project/foot <<-'EOF_SCRIPT'
		#!/usr/bin/python3 -ES
		import os, socket
		os.chdir(os.environ["XDG_RUNTIME_DIR"])
		socket.socket(socket.AF_UNIX).connect(os.environ["WAYLAND_DISPLAY"])
		print("connected", *os.listdir())
	EOF_SCRIPT
	recipe=$(recipe 'A window on your screen, by Wayland' | sed 's,foot$,./foot,')
	in_project "XDG_RUNTIME_DIR=$WORK/run WAYLAND_DISPLAY=wayland-7
		export XDG_RUNTIME_DIR WAYLAND_DISPLAY
		./serve &
		server=\$!
		until_true [ -S ../run/wayland-7 ]
		touch ../run/bus
		$recipe && $recipe
		kill \$server"
	assertEquals "$(printf 'connected wayland-7\nconnected wayland-7')" "$output"
}

# It does what the real one does: waits for the signal that a server sends its parent, unless that
# is pid 1.
testXvfbRun() {
	program project/Xvfb <<-'EOF_SCRIPT'
		#!/bin/sh
		sleep 0.05
		[ "$PPID" = 1 ] || kill -USR1 "$PPID"
		exec sleep 60
	EOF_SCRIPT
	program project/xvfb-run <<-'EOF_SCRIPT'
		#!/bin/bash
		[ "$1" = -a ] && shift
		trap : USR1
		./Xvfb &
		wait $! || :
		"$@"
	EOF_SCRIPT
	recipe="PATH=\$PWD:\$PATH; $(recipe 'A screen that' | sed 's/^/timeout -k 1 20 /')"
	in_project "$recipe"
	assertEquals "$output" 0 "$status"
	assertEquals made "$(cat "$WORK/project/result")"
	in_project "$(echo "$recipe" | sed 's/1 20/1 0.3/; s/--init//')"
	assertEquals "hangs without --init: $output" 124 "$status"
}

testWhenToGiveInit() {
	program project/test <<-'EOF_SCRIPT'
		#!/bin/sh
		kill -ABRT $$
	EOF_SCRIPT
	in_project "$(recipe 'When to give')"
	assertEquals 134 "${output##*
}"
}

# A stand-in for systemd-run, which needs a session of systemd, tells what it would limit.
testLimits() {
	program bin/systemd-run <<-'EOF_SCRIPT'
		#!/bin/sh
		while [ "$1" != selfdock ]; do
			printf '%s ' "$1"
			shift
		done
		"$@"
	EOF_SCRIPT
	program project/job <<-'EOF_SCRIPT'
		#!/bin/sh
		ulimit -t
		ulimit -f
	EOF_SCRIPT
	recipe=$(recipe 'Limits on')
	in_project "$(echo "$recipe" | sed 's,make,./job,')"
	assertEquals '--user --scope -p MemoryMax=1G -p TasksMax=200 unlimited' \
		"$(printf '%s\n' "$output" | head -n 1)"
	assertEquals '60 1953125' "$(printf '%s\n' "$output" | tail -n 2 | paste -sd ' ')"
	in_project "$(echo "$recipe" | sed -n "/^timeout/{
			s/20m/0.5/; s/make/sh -c 'setsid sleep 92.$$ \& sleep 92.$$'/; p; }")
		echo \$?
		pgrep -f '^sleep 92.$$' || echo none"
	assertEquals "124
none" "$(printf '%s\n' "$output" | tail -n 2)"
}

# What a program used that is left at the end counts with --init alone.
testHowLongItTook() {
	program project/burn <<-'EOF_SCRIPT'
		#!/bin/sh
		i=0
		while [ $((i += 1)) -lt 200000 ]; do :; done
		[ $# = 0 ] || { echo >burnt && exec sleep 60; }
	EOF_SCRIPT
	program project/leave <<-'EOF_SCRIPT'
		#!/bin/sh
		./burn and-stay & read -r _ <burnt
	EOF_SCRIPT
	recipe=$(recipe 'How long')
	program project/timed <<-EOF_SCRIPT
		TIMEFORMAT=%U
		$(echo "$recipe" | sed 's,make,./burn,')
		$(echo "$recipe" | sed 's,make,./leave,')
		$(echo "$recipe" | sed 's,make,--init ./leave,')
	EOF_SCRIPT
	in_project 'mkfifo burnt; bash timed'
	assertEquals "$output" '0 1' \
		"$(echo "$output" | paste -sd ' ' | awk '{ print ($2 > $1 / 4), ($3 > $1 / 4) }')"
}

testNamesAndUsersOfAnotherRootFileSystem() {
	root=$WORK/home/debian
	as_tester mkdir -p "$root/dev" "$root/proc" "$root/bin" "$root/etc"
	as_tester cp "$(command -v busybox)" "$root/bin/"
	as_tester ln -s ../run/none/resolv.conf "$root/etc/"
	echo '127.0.0.1 localhost' | program hosts
	recipe=$(recipe 'The names and users' | sed "s,-m /etc/\(passwd\|hosts\),-m $WORK/\1,g")
	in_project "$(echo "$recipe" | sed 's,whoami,/bin/busybox &,')
		$(echo "$recipe" | sed 's,whoami,/bin/busybox cat /etc/resolv.conf /etc/hosts,') |
			cmp - /dev/fd/3 3<<-EOF_NAMES
		\$(cat /etc/resolv.conf ../hosts)
		EOF_NAMES"
	assertEquals you "$output"
}

testWhyANameDoesNotResolve() {
	in_project "$(recipe 'See why')"
	assertContains "$output" 'names '
	assertContains "$output" "$(cat /etc/resolv.conf)"
}

testProcessors() {
	[ "$MODE" = nested ] && skip 'the outer instance has no /sys' && return
	recipe=$(recipe 'The processors')
	# Those names are not in /sys/devices.
	shorter=$(echo "$recipe" | sed 's,/sys,&/devices/system,g')
	in_project "{ $recipe; $shorter; } | grep -v BIOS"
	wanted=$(lscpu | grep -v BIOS)
	assertEquals "$wanted
$wanted" "$output"
}

. shunit2
