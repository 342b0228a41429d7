#!/bin/sh
# SPDX-License-Identifier: ISC
# The toolbox: which applet a command line means, --help and the like, install.
# modes: plain setuid
# shellcheck disable=SC2016 # expressions are for assertTrue
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
		assertEquals "$name" ran "$(as_tester "$HELPERS/exec_as" "$SELFDOCK" "$name" run echo ran)"
	done
	output=$(as_tester "$HELPERS/exec_as" "$SELFDOCK" 2>&1)
	assert_usage_error $? "$output"
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
	assert_fails 125 'no applet' --walk run
	assert_fails 125 'no applet named'
}

testHelpListsEveryOption() {
	for applet in build enter ls run; do
		help=$(sd $applet --help)
		assertEquals 0 $?
		case $applet in
		run | build) table=core/plan.c ;;
		*) table=applets/$applet.c ;;
		esac
		for option in $(sed -n 's/^	{ .*, "\([a-z-]*\)", "[A-Z ]*",.*/\1/p' "$table") help; do
			assertContains "$help" " --$option"
		done
		assertEquals "on standard error" '' "$(sd $applet --help 2>&1 >/dev/null)"
	done
	assertEquals 'options found' "$(grep -c '^	{ .*, "[a-gi-z][a-z-]*", "' core/plan.c)" "$(sd run --help | grep -c ' --[a-gi-z]')"
}

testToolboxSpeaksOfItself() {
	assert_output 'selfdock-build
selfdock-enter
selfdock-ls
selfdock-run' --list
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

testEachAppletBuildsAlone() {
	[ "$MODE" = plain ] || { skip 'once' && return; }
	for applet in build enter ls run; do
		make -s O="$SCRATCH/home/alone" APPLETS="$applet" >/dev/null 2>&1
		assertEquals "selfdock-$applet" "$("$SCRATCH/home/alone/selfdock" --list)"
	done
	rm -r "$SCRATCH/home/alone"
}

testInstallAndUninstallAreEachOthersOpposite() {
	[ "$MODE" = plain ] || { skip 'once' && return; }
	root=$SCRATCH/home/root
	for setuid in yes no; do
		make -s install O="$SCRATCH/home/install" DESTDIR="$root" SETUID=$setuid >/dev/null 2>&1
		case $setuid$(id -u) in
		yes0) assertEquals 4755 "$(stat -c %a "$root/usr/local/bin/selfdock")" ;;
		*) assertEquals 755 "$(stat -c %a "$root/usr/local/bin/selfdock")" ;;
		esac
		assertEquals 'selfdock' "$(readlink "$root/usr/local/bin/selfdock-run")"
		assertTrue 'the page' '[ -s "$root/usr/local/share/man/man1/selfdock-run.1" ]'
		make -s uninstall O="$SCRATCH/home/install" DESTDIR="$root" >/dev/null 2>&1
		assertEquals '' "$(find "$root" ! -type d)"
	done
	rm -r "$root" "$SCRATCH/home/install"
}

. shunit2
