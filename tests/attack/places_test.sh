#!/bin/sh
# SPDX-License-Identifier: ISC
# Places that everybody can write to: a start needs none of them, and follows nothing there.
# shellcheck disable=SC2016 # most programs here are for the shell inside
. tests/common.sh

# Nested, the outer instance would cover a mount on /var with the binary in it.
PLACES='/tmp /run /dev/shm /var'
[ "$MODE" != nested ] || PLACES='/tmp /run /dev/shm'

# in_places OPTIONS SCRIPT: all kinds of starts where each of these places is a tmpfs with these
# options, after the script. In $output what was wrong, what they changed there, and "looked".
in_places() {
	# SCRATCH is below /var, and is mounted there again.
	in_mounts private 'options=$1 places=$3; keep=$(realpath "$SCRATCH/..")
		mkdir keep; mount --rbind "$keep" keep; exec 9<keep
		for place in $places; do
			mount -t tmpfs -o mode=1777 none "$place"
			[ "$place" != /var ] || mkdir -p "$keep"
		done
		eval "$2"
		case $places in *var*) mount --rbind /proc/self/fd/9 "$keep" ;; esac
		for place in $places; do mount -o "remount,$options" "$place"; done
		look() {
			find $places -xdev ! -path "$keep*" -printf "%p %y %l %m %s %T@\n" | sort
		}
		cd /; look >"$SCRATCH/home/before"
		for words in run build "run --init" "run -t exec /tmp/a" "run -m /etc /new/er" \
			"--mask /etc/passwd run" "--proc host -m /usr /tmp/x run"; do
			said=$(sd $words echo started 2>&1) || :
			[ "$said" = started ] || echo "$words: $said"
		done
		look | diff "$SCRATCH/home/before" - | head -n 3
		echo looked' "$1" "$2" "$PLACES"
}

testPlacesThatAreReadOnly() {
	lacks_root && return
	scenario T-1301 'to have the places for all read-only' 'a start by half'
	in_places ro :
	assertEquals looked "$output"
}

testPlacesThatAreFull() {
	lacks_root && return
	scenario T-1301 'to fill the places for all' 'a start by half'
	in_places rw 'for place in $places; do
			mount -o remount,size=64k,nr_inodes=20 "$place"
			for name in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
				head -c 65536 /dev/zero >"$place/$name" || :
			done
		done 2>/dev/null'
	assertEquals looked "$output"
}

testPlacesWithoutPrograms() {
	lacks_root && return
	scenario T-1301 'to have the places for all noexec, nosuid and nodev' 'a start by half'
	in_places noexec,nosuid,nodev :
	assertEquals looked "$output"
}

testPlacesThatAreClosed() {
	lacks_root && return
	scenario T-1301 'to close the places for all' 'a start by half'
	in_places rw 'chmod 0 $places; case $places in *var*) chmod 711 /var ;; esac'
	assertEquals looked "$output"
}

# Names that a start might use, each a link to a secret of another user.
testPlacesWithLinksOfOthers() {
	lacks_root && return
	scenario T-1301 'to prepare links by names that tools use' \
		'a file of another written, or shown inside'
	echo secret >"$SCRATCH/home/secret"
	chown "$OTHER" "$SCRATCH/home/secret"
	in_places rw 'for place in $places; do
			cd "$place"
			for name in selfdock .selfdock "selfdock-$SD_UID" "selfdock.$SD_UID" \
				newroot oldroot .old root lock user "user/$SD_UID" tmp x \
				a; do
				ln -sfn "$SCRATCH/home/secret" "$name" 2>/dev/null || :
			done
		done
		chown -hR "$OTHER" $places'
	assertEquals looked "$output"
	assertEquals secret "$(cat "$SCRATCH/home/secret")"
}

# As a system may have them. /tmp is shown, so there it has to be refused.
testPlacesThatAreLinks() {
	lacks_root && return
	scenario T-1301 'to have the places for all as links to others, to nothing and in a loop' \
		'a start that makes something there'
	for tmp in link directory; do
		in_mounts private 'mkdir root; mount -t tmpfs -o mode=755 none root; cd root
			mkdir proc dev usr etc old
			for name in bin sbin lib lib64; do ln -s "usr/$name" "$name"; done
			cp -p "$SELFDOCK" selfdock; cp "$HELPERS/as" as
			for dir in proc dev usr etc; do mount --rbind "/$dir" "$dir"; done
			ln -s missing run; ln -s var var
			case $1 in link) ln -s /etc tmp ;; *) mkdir -m 1777 tmp ;; esac
			pivot_root . old; cd /; umount -l /old; rmdir /old
			as=; [ ! "$AS" ] || as="/as $TESTER $TESTER_GROUPS"
			level=; [ "$MODE" != nested ] || level="/selfdock run"
			echo *
			for words in run build "run --init" "run -m /etc /new/er"; do
				$as $level /selfdock $words /bin/echo started 2>&1 || :
			done
			echo *' "$tmp"
		case $tmp in
		link) wanted="cannot use '/tmp'" ;;
		*) wanted=started ;;
		esac
		assertEquals "$tmp: $output" 4 "$(echo "$output" | grep -c "$wanted")"
		assertEquals "$tmp: $output" 6 "$(echo "$output" | wc -l)"
		assertEquals "$(echo "$output" | head -n 1)" "$(echo "$output" | tail -n 1)"
	done
}

. shunit2
