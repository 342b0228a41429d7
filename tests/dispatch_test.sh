#!/bin/sh
# SPDX-License-Identifier: ISC
# The toolbox: which applet a command line means, --help and the like, install.
# modes: plain setuid
# early: it compiles
# shellcheck disable=SC2016,SC2086 # expressions are for assertTrue; lists of applets
. tests/common.sh

LINKS=$SCRATCH/home/links

oneTimeSetUp() {
	mkdir -p "$LINKS"
	for name in selfdock-run selfdock-build selfdock-other other; do
		ln -sf "$SELFDOCK" "$LINKS/$name"
	done
}

assert_usage_error() {
	status=$1 output=$2
	assertEquals "$output" 125 "$status"
	assertEquals "$output" 1 "$(echo "$output" | wc -l)"
}

testNameOfTheLinkIsTheApplet() {
	assertEquals ran "$(as_tester "$LINKS/selfdock-run" echo ran)"
	assertEquals ran "$(as_tester "$LINKS/selfdock-build" echo ran)"
	assertEquals ran "$(as_tester "$LINKS/other" run echo ran)"
	output=$(as_tester "$LINKS/selfdock-other" echo ran 2>&1)
	assert_usage_error $? "$output"
}

testOddNamesAreTheToolbox() {
	for name in '' - -selfdock selfdock ./x/ /; do
		assertEquals "$name" ran \
			"$(as_tester "$HELPERS/exec_as" "$SELFDOCK" "$name" run echo ran)"
	done
	output=$(as_tester "$HELPERS/exec_as" "$SELFDOCK" 2>&1)
	assert_usage_error $? "$output"
}

# Of the names with "selfdock-" in front only those of applets, also of those that were left out,
# and of the init mean something else.
testNameWithASuffixIsTheToolbox() {
	for name in selfdock-static selfdock-1.0 selfdock-other selfdock-; do
		assertEquals "$name" ran \
			"$(as_tester "$HELPERS/exec_as" "$SELFDOCK" $name run echo ran)"
	done
	output=$(as_tester "$HELPERS/exec_as" "$SELFDOCK" selfdock-init run echo ran 2>&1)
	assert_usage_error $? "$output"
	assertContains "$output" "unknown applet 'selfdock-init'"
}

# The words of the tables are in arrays, and one that filled its array would go on into the next.
testHelpIsWholeText() {
	for applet in $("$SELFDOCK" --list) ''; do
		capture "$SELFDOCK" ${applet:+"${applet#selfdock-}"} --help
		assertEquals "$applet" '' "$(printf '%s' "$output" | LC_ALL=C tr -d '\n -~')"
	done
	assertContains "$("$SELFDOCK" enter --help)" 'INSTANCE [--] [COMMAND [ARG]...]
run a program in a running instance
'
}

# A wrapper of NixOS executes another file under the name it was called by. Only the wrapper has
# the setuid bit; the file has none, and gets the privilege from it.
testWrapperCanHoldTheNameAndTheBit() {
	cp "$SCRATCH/plain/selfdock" "$SCRATCH/home/.wrapped"
	cp "$HELPERS/exec_as" "$SCRATCH/home/wrapper"
	[ "$MODE" = plain ] || chmod 4755 "$SCRATCH/home/wrapper"
	for name in selfdock-run /run/wrappers/bin/selfdock-run; do
		output=$(as_tester "$SCRATCH/home/wrapper" "$SCRATCH/home/.wrapped" "$name" \
			awk '{ print $1, $2, $3 }' /proc/self/uid_map 2>&1)
		case $MODE in
		plain) assertEquals "$name" "$TESTER $TESTER 1" "$output" ;;
		*) assertEquals "$name" "$(map_for "$SD_UID")" "$output" ;;
		esac
	done
	output=$(as_tester "$SCRATCH/home/wrapper" "$SCRATCH/home/.wrapped" other 2>&1)
	assert_usage_error $? "$output"
}

# The inner instance finds such a root: it is read-only and has no /etc, /sys, /tmp or library.
testRootWithoutAnythingElseIsEnough() {
	lacks_userns && return
	is_sanitized && return
	as_tester mkdir -p "$WORK/bare/proc" "$WORK/bare/dev" "$WORK/bare/bin"
	as_tester cp /bin/busybox "$SELFDOCK" "$WORK/bare/bin"
	as_tester ln -s selfdock "$WORK/bare/bin/selfdock-run"
	assert_output 'bin dev proc' run -r "$WORK/bare" --clearenv \
		/bin/selfdock-run /bin/busybox sh -c 'cd /; echo *'
	assert_output ran run -r "$WORK/bare" --clearenv -e PATH /bin \
		selfdock run -t mode=700 /missing/too busybox echo ran
	rm -r "$WORK/bare"
}

testOptionsGoBeforeTheAppletOrAfterOrBoth() {
	assert_output one -e A one run printenv A
	assert_output one run -e A one printenv A
	assert_output two -e A one run -e A two printenv A
	assert_output /usr -wC /usr run pwd
	assert_output run -e A run run printenv A
}

testFirstOperandEndsTheOptions() {
	assert_output '-e --' run printf '%s %s' -e --
	assert_output '-C' run printf %s -C
	assert_output '-C' run -- printf %s -C
	assert_fails 127 "cannot execute '-x'" run -- -x
}

testUnknownApplet() {
	assert_fails 125 "unknown applet 'walk'" walk
	assert_fails 125 "unknown option '--walk'" --walk run
	assert_fails 125 'no applet named'
}

# What is said about the applet that knows the most of the options.
testWordsThatWereTakenForArgumentsAreNamed() {
	assert_fails 125 "no applet follows: '/a' and 'run' is taken as --vol SRC DST" -v /a run
	assert_fails 125 "no applet follows: 'run' is taken as --chdir DIR" -w -C run
	assert_fails 125 "option '-v' needs two words: --vol SRC DST" -v run
	assert_fails 125 "option '-r' needs a word: --rootfs DIR" -w -r
	assert_fails 125 'no applet named' -w
	assert_fails 125 "unknown applet '/a'" -w /a run
	assert_fails 125 "unknown option '--clearnev'; did you mean '--clearenv'?" \
		--trace --clearnev enter x
}

testHelpAndVersionHaveManyForms() {
	for words in help -h; do
		assert_output "$(sd --help)" $words
	done
	for words in 'help run' 'run -h' 'run -w --help' '-h run'; do
		try $words
		assertContains "$words" "$output" 'usage: selfdock'
	done
	for words in version 'run --version' 'ls --version' 'enter --version'; do
		assert_output "$(sd --version)" $words
	done
}

testHelpListsEveryOption() {
	for applet in build check enter ls run stop; do
		help=$(sd $applet --help)
		assertEquals 0 $?
		case $applet in
		run | build) table=core/cli/plan.c ;;
		*) table=applets/$applet.c ;;
		esac
		for option in \
			$(sed -n 's/^	{ .*, "\([a-z-]*\)", "[A-Z ]*",.*/\1/p' "$table") help; do
			assertContains "$help" " --$option"
		done
		assertEquals "on standard error" '' "$(sd $applet --help 2>&1 >/dev/null)"
	done
	assertEquals 'options found' \
		"$(grep -c '^	{ .*, "[a-gi-z][a-z-]*", "' core/cli/plan.c)" \
		"$(sd run --help | grep -c ' --[a-gi-z]')"
}

testToolboxSpeaksOfItself() {
	assert_output 'selfdock-build
selfdock-check
selfdock-enter
selfdock-ls
selfdock-run
selfdock-stop
selfdock-unpack' --list
	assertContains "$(sd --version)" 'selfdock 0'
	assertContains "$(sd --help)" '--install'
}

testInstallLinksTheNames() {
	[ "$MODE" = plain ] || { skip 'refused with the bit, see the next test' && return; }
	as_tester mkdir -p "$WORK/bin" "$WORK/far/away"
	as_tester cp "$SELFDOCK" "$WORK/bin/selfdock"
	as_tester "$WORK/bin/selfdock" --install -s "$WORK/far/away"
	assertEquals ../../bin/selfdock "$(readlink "$WORK/far/away/selfdock-run")"
	assertEquals ran "$(as_tester "$WORK/far/away/selfdock-run" echo ran)"
	as_tester "$WORK/bin/selfdock" --install -s "$WORK/bin"
	assertEquals selfdock "$(readlink "$WORK/bin/selfdock-build")"
	as_tester "$WORK/bin/selfdock" --install "$WORK/far"
	assertTrue 'a hard link' '[ "$WORK/far/selfdock-run" -ef "$WORK/bin/selfdock" ]'
	output=$(as_tester "$WORK/bin/selfdock" --install -s "$WORK/bin" 2>&1)
	assert_usage_error $? "$output"
	rm -r "${WORK:?}/bin" "$WORK/far"
}

testInstallIsRefused() {
	assert_fails 125 'needs one directory' --install
	assert_fails 125 'needs one directory' --install a b
	[ "$MODE" = setuid ] || { assert_fails 125 "'/nowhere'" --install /nowhere && return; }
	assert_fails 125 'while this binary runs setuid' --install -s "$WORK"
}

# build_to WORD...: make, for the same objects each time. Nobody debugs them.
build_to() {
	make -s O="$SCRATCH/home/some" CFLAGS=-Os WERROR=-Werror "$@" 2>&1
}

testAnyAppletsBuildWithoutOthers() {
	[ "$MODE" = plain ] || { skip 'once' && return; }
	for applets in build check enter ls run stop 'enter run' 'check ls'; do
		build_to APPLETS="$applets" >/dev/null
		assertEquals "$applets" "$(printf 'selfdock-%s\n' $applets)" \
			"$("$SCRATCH/home/some/selfdock" --list)"
		case $applets in
		run) assertContains "$("$SCRATCH/home/some/selfdock" ls 2>&1)" \
			"this binary was built without the applet 'ls'" ;;
		esac
		for applet in $applets; do
			assertContains "$("$SCRATCH/home/some/selfdock" $applet --help)" \
				"usage: selfdock-$applet "
		done
		case $applets in
		*run) assertEquals ran "$("$SCRATCH/home/some/selfdock" run echo ran)" ;;
		esac
	done
	# The last applets ask for no privilege, so "make install" does not set the bit.
	capture build_to install APPLETS="$applets" DESTDIR="$SCRATCH/home/root"
	assertContains "$output" 'without the setuid bit: no applet in it needs privilege'
	assertEquals 755 "$(stat -c %a "$SCRATCH/home/root/usr/local/bin/selfdock")"
	rm -r "$SCRATCH/home/root"
}

testInstallAndUninstallAreEachOthersOpposite() {
	[ "$MODE" = plain ] || { skip 'once' && return; }
	root=$SCRATCH/home/root
	for setuid in yes no; do
		build_to install DESTDIR="$root" SETUID=$setuid >/dev/null
		case $setuid$(id -u) in
		yes0) assertEquals 4755 "$(stat -c %a "$root/usr/local/bin/selfdock")" ;;
		*) assertEquals 755 "$(stat -c %a "$root/usr/local/bin/selfdock")" ;;
		esac
		assertEquals 'selfdock' "$(readlink "$root/usr/local/bin/selfdock-run")"
		assertTrue 'the page' '[ -s "$root/usr/local/share/man/man1/selfdock-run.1" ]'
		build_to uninstall DESTDIR="$root" >/dev/null
		assertEquals '' "$(find "$root" ! -type d)"
	done
	rm -r "$root" "$SCRATCH/home/some"
}

. shunit2
