#!/bin/sh
# SPDX-License-Identifier: ISC
# selfdock-unpack and hostile archives, those of tests/helpers/archive.py: each is refused with one
# line and nothing left, or unpacked whole; and nothing but the new directory changes.
# early: there are hundreds of archives
# shellcheck disable=SC2016 # scripts for the shell that starts selfdock
. tests/common.sh
export LC_ALL=C

ARCHIVES=$WORK/archives VICTIM=$WORK/victim RUNS=$WORK/runs

oneTimeSetUp() {
	as_tester mkdir "$ARCHIVES" "$VICTIM" "$VICTIM/dir"
	as_tester touch "$VICTIM/file" "$VICTIM/dir/file"
	# shellcheck disable=SC2086 # words
	as_tester $PYTHON "$HELPERS/archive.py" --all "$ARCHIVES" "$VICTIM"
	$PYTHON "$HELPERS/archive.py" --list >"$SCRATCH/list"
}

# Directories may have any mode, and be deeper than a path is long.
tearDown() {
	as_tester /bin/chmod -R u+rwx "$RUNS"
	as_tester /bin/rm -rf "$RUNS"
} 2>/dev/null

# For each line of the file "$1": what is left is above/beside/, and what was said in said/.
UNPACK='while read -r name wanted options; do
	mkdir -p "$WORK/runs/$name/above/beside" "$WORK/runs/$name/said"
	cd "$WORK/runs/$name/above/beside"
	echo sentinel | tee sentinel >../sentinel
	timeout 60 $SD unpack $options "$WORK/archives/$name" root >../../said/output \
		2>../../said/error </dev/null
	echo $? >../../said/status
done <"$WORK/cases"'

# seen_of NAME: what was said and is there, in $status, $error and $there.
seen_of() {
	status='' error='' there=$(cd "$RUNS/$1/above/beside" && echo *)
	read -r status <"$RUNS/$1/said/status"
	read_all "$RUNS/$1/said/error"
	error=$output
	read_all "$RUNS/$1/said/output"
	[ ! "$output" ] || fail "$1: standard output has: $output"
}

assert_refused_wholly() {
	assertEquals "$1: status; it said: $error" 125 "$status"
	assertEquals "$1: what is there" sentinel "$there"
	case $error in
	*[[:cntrl:]]*) fail "$1: not one plain line: $error" ;;
	'selfdock-unpack: '?*) ;;
	*) fail "$1: no message: '$error'" ;;
	esac
}

assert_whole_root() {
	assertEquals "$1: status; it said: $error" 0 "$status"
	case $there in
	'root root.args sentinel' | 'root sentinel') ;;
	*) fail "$1: what is there: $there" ;;
	esac
	[ -f "$RUNS/$1/above/beside/root/end" ] || fail "$1: not whole"
	for name in dev proc tmp; do
		[ -e "$RUNS/$1/above/beside/root/$name" ] || fail "$1: no $name"
	done
	case $(printf '%s' "$error" | tr '\n' ' ') in
	*[[:cntrl:]]*) fail "$1: control characters: $error" ;;
	'' | 'selfdock-unpack: '?*) ;;
	*) fail "$1: said $error" ;;
	esac
	! grep -qxF "$VICTIM" "$RUNS/$1/above/beside/root.args" 2>/dev/null ||
		fail "$1: words of the image are options"
}

# assert_cases WANTED: all of which that is wanted.
assert_cases() {
	awk -v wanted="$1" '$2 == wanted' "$SCRATCH/list" >"$SCRATCH/cases"
	as_tester cp "$SCRATCH/cases" "$WORK/cases"
	before=$("$HELPERS/snapshot" "$VICTIM" "$ARCHIVES")
	scene "$UNPACK"
	assertEquals '' "$output"
	while read -r name wanted _; do
		seen_of "$name"
		case $wanted:$status in
		refused:* | either:125) assert_refused_wholly "$name" ;;
		*) assert_whole_root "$name" ;;
		esac
	done <"$SCRATCH/cases"
	assertEquals 'what is elsewhere' "$before" "$("$HELPERS/snapshot" "$VICTIM" "$ARCHIVES")"
	# Beside and above: a file of those 9 bytes, with one name.
	count=$(grep -c . "$SCRATCH/cases")
	assertEquals 'what is above' "$count" "$(cd "$RUNS" && printf '%s\n' */above/* |
		awk -F/ '{ names[$1] = names[$1] " " $3 }
			END { for (name in names) good += names[name] == " beside sentinel"
				print good }')"
	assertEquals 'sentinels' "$((2 * count)) sentinel" "$(
		find "$RUNS" -mindepth 3 -maxdepth 4 -name sentinel -type f -links 1 -perm 644 \
			-exec cat {} + | sort | uniq -c | sed 's/^ *//')"
}

testWhatIsRefusedLeavesNothing() {
	assert_cases refused
}

testWhatIsHarmlessIsUnpackedWhole() {
	assert_cases harmless
}

testWhatMayBeRefusedOrNotIsNotUnpackedByHalf() {
	assert_cases either
}

. shunit2
