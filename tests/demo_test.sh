#!/bin/sh
# SPDX-License-Identifier: ISC
# scripts/demo, which is the first thing that a newcomer sees.
# modes: plain setuid root
# shellcheck disable=SC2016 # for other shells
. tests/common.sh

demo() {
	(cd "${1%/*}" && as_tester "$OLDPWD/scripts/demo" "./${1##*/}")
}

is_gone() {
	! sd ls -q "$1"
}

testStoryFitsOneScreenAndSaysWhatIsNext() {
	id=$(sd run -d -n demo sleep 600)
	output=$(demo "$SELFDOCK")
	assertEquals "$output" 0 $?
	assertTrue 'a prompt has room below it' "[ $(echo "$output" | wc -l) -lt 24 ]"
	assertEquals 'no line is wider than 80 characters' '' "$(echo "$output" | grep '.\{81\}')"
	assertContains "$(echo "$output" | tail -n 1)" './selfdock run bash'
	assertContains 'what was there before is left' "$(sd ls -q demo)" "$id"
	kill "$id"
	name=$(echo "$output" | sed -n 's/.* -n \(demo-[0-9]*\) .*/\1/p')
	assertTrue "'$name' is left" '[ "$name" ] && until_true is_gone "$name"'
}

testProgramThatDoesNotDoWhatTheStorySaysIsAnError() {
	for fault in '*touch*) exit 0' 'enter*) exit 1' '*--net*) exit 1'; do
		printf '#!/bin/sh\ncase "$*" in\n%s ;;\n*) exec %s "$@" ;;\nesac\n' \
			"$fault" "$SELFDOCK" |
			install -m 755 /dev/stdin "$SCRATCH/home/false"
		output=$(demo "$SCRATCH/home/false")
		assertNotEquals "$fault: $output" 0 $?
	done
}

. shunit2
