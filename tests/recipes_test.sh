#!/bin/sh
# SPDX-License-Identifier: ISC
# The recipes of README.md, as they stand there: each by its first words.
# shellcheck disable=SC2016 # the scripts here are for the shell inside
. tests/common.sh
export LC_ALL=C

# The indented block that follows the paragraph "**WORDS...".
recipe() {
	awk -v head="**$1" '
		index($0, head) == 1 { found = 1 }
		found && /^    / { print substr($0, 5); printed = 1 }
		printed && !/^    / { exit }' README.md
}

setUp() {
	new_work 'mkdir bin home home/.ssh home/notes project
		ln -s "$1" bin/selfdock
		ln -s "$1" bin/selfdock-run
		echo secret >home/.ssh/key
		echo note >home/notes/note
		cat >project/Makefile' "$SELFDOCK" <<-'EOF_MAKE'
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

testCompilerOfAnotherRootFileSystem() {
	as_tester mkdir -p "$WORK/target/dev" "$WORK/target/proc" "$WORK/target/bin"
	as_tester cp "$(command -v busybox)" "$WORK/target/bin/"
	as_tester sh -c '
		printf "#!/bin/busybox sh\necho \"\$@\" >made\n" >"$1/cc"; chmod 755 "$1/cc"' \
		sh "$WORK/target/bin"
	recipe 'The compiler of' | sed "s,/srv/target,$WORK/target," |
		as_tester sh -c 'cat >"$1"; chmod 755 "$1"' sh "$WORK/bin/target-cc"
	in_project 'target-cc -c hello.c; cat made'
	assertEquals '-c hello.c' "$output"
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
	recipe=$(recipe 'A window on your screen' |
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

testServiceWithOneWritableDirectory() {
	port=$((20000 + $$ % 10000))
	command=$(recipe 'A service' | sed "s/8080/$port/")
	in_project "id=\$($command) || exit
		until_true busybox wget -qO- http://127.0.0.1:$port/note
		busybox wget -qO- http://127.0.0.1:$port/note
		selfdock enter notes sh -c 'echo kept >/srv/notes/new; touch /srv/new'
		kill \$id"
	assertContains "$output" note
	assertContains "$output" "touch: /srv/new: Read-only file system"
	assertEquals kept "$(cat "$WORK/home/notes/new")"
}

testScriptThatIsNotTrusted() {
	as_tester sh -c 'cat >"$1"; chmod 755 "$1"' sh "$WORK/project/script" <<-'EOF_SCRIPT'
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

. shunit2
