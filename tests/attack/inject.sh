# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2016,SC2034,SC2086,SC2154 # a program for sh; words
# For the tests that use tests/attack/inject.c: where it runs, and what it starts.

OPTIONS="-m $WORK/map $HERE/map -v $WORK/volume $HERE/volume -t size=1m $HERE/tmpfs
	--mask $HERE/mask --hostname inject --net none -n inject"
TARGET=$HERE/target.sh
export UNREAPED='' HELPERS

lacks_processes() {
	[ "$MODE" = plain ] && lacks_root
}

# What OPTIONS shows; a secret in a mount, which no instance shows; and TARGET, which makes sure
# that there is an instance with that name.
prepare() {
	[ ! -e "$TARGET" ] || return 0
	mkdir "$WORK/map" "$WORK/volume" "$HERE/map" "$HERE/volume" "$HERE/tmpfs"
	echo secret | tee "$HERE/mask" >"$WORK/secret"
	as=
	[ "$MODE" != setuid ] || as=$AS
	echo "$as $SELFDOCK run -n target -d $HELPERS/sleep 1000 >/dev/null 2>&1" >"$TARGET"
	! am_root || chown -R "$SD_UID" "$WORK" "$HERE"
}

# alone COMMAND...: where there are no other processes, and where a mount that an instance makes in
# its own namespace would be seen if it were not private. With UNREAPED set, pid 1 is a program that
# does not wait for its children.
alone() {
	if [ "$MODE" = nested ]; then
		outside "$@"
	else
		unshare -m -p -f --kill-child --propagation private --mount-proc sh -ec '
			mount --bind "$1" "$1"
			mount --make-rshared /
			shift
			[ "$UNREAPED" ] || exec "$@"
			mkfifo "$HOME/output"
			"$@" >"$HOME/output" 2>&1 &
			exec "$HELPERS/cat" "$HOME/output"' sh "$WORK" "$@"
		rm -f "$HOME/output"
	fi
}

# inject WHAT OPTIONS ARGS...: of selfdock. What it prints is in $output, and its counts in $points,
# $tried, $missed and $open.
inject() {
	what=$1 options=$2
	shift 2
	case $MODE in
	setuid) set -- "$HELPERS/inject" $what $options "$SELFDOCK" $AS "$SELFDOCK" "$@" ;;
	nested) set -- "$HELPERS/inject" $what $options "$SELFDOCK" "$SELFDOCK" "$@" ;;
	*) set -- $AS "$HELPERS/inject" $what $options "$SELFDOCK" "$SELFDOCK" "$@" ;;
	esac
	capture alone "$@"
	last=${output##*
}
	points=0 tried=0 missed=1 open=1
	# "N points, N tried, N not reached, N open"
	case $last in
	*' points, '*' open')
		points=${last%% *} last=${last#*, } tried=${last%% *} last=${last#*, }
		missed=${last%% *} last=${last#*, } open=${last%% *}
		;;
	esac
}
