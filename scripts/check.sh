#!/bin/sh
# SPDX-License-Identifier: ISC
# check.sh FILE: for scripts/check, runs a file of tests in every mode, one after
# the other. Other files run at the same time: each has a scratch directory of its own
# and, if root runs this, users by LANE, a number that none of the others has.
#
# Modes (tests/common.sh says how each runs selfdock):
#   plain   a plain user, no setuid bit      setuid  a plain user, setuid root
#   root    root                             nested  one level inside itself
# A test file that is not for all of them says so: "# modes: plain setuid".
set -u
file=$1 name=$(basename "$1" _test.sh)
exec >"$CHECK/logs/$name" 2>&1

SCRATCH=$CHECK/$name
if [ "$(id -u)" = 0 ]; then
	modes='plain setuid root nested'
	# Ids that nobody has; the groups are the tester's supplementary ones.
	TESTER=$((61300 + 10 * LANE)) OTHER=$((61301 + 10 * LANE))
	TESTER_GROUPS=$TESTER,$((61302 + 10 * LANE)),$((61303 + 10 * LANE))
else
	modes='plain nested'
	TESTER=$(id -u) OTHER='' TESTER_GROUPS=''
fi
export SCRATCH TESTER OTHER TESTER_GROUPS

make_scratch() {
	mkdir "$SCRATCH" "$SCRATCH/plain" "$SCRATCH/setuid" "$SCRATCH/home" "$SCRATCH/work"
	ln -s ../helpers "$SCRATCH/helpers"
	install -m 755 "$BINARY" "$SCRATCH/plain/selfdock"
	[ "$(id -u)" = 0 ] || return 0
	chown "$TESTER:$TESTER" "$SCRATCH/home" "$SCRATCH/work"
	install -m 4755 "$BINARY" "$SCRATCH/setuid/selfdock"
}

say_skip() {
	printf 'test%s\nSKIP: %s\n' "$1" "$2"
}

make_scratch
wanted=$(sed -n 's/^# modes: //p' "$file")
for mode in ${wanted:-plain setuid root nested}; do
	echo "== $name [$mode]"
	case " $modes " in
	*" $mode "*) MODE=$mode sh "$file" 2>&1 || [ $? -lt 3 ] || echo 'ASSERT:the test file itself failed' ;;
	*) say_skip "_${name}_test_$mode" 'needs root' ;;
	esac
done
