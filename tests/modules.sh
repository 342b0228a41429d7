# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# For tests of programs that are linked with a few modules of core/: the head comment of such a
# program names these, after "With:".

# modules_of SOURCE: prints them.
modules_of() {
	tr '\n' ' ' <"$1" | sed 's/.* With: //; s/ \*\/.*//; s/ \* / /g'
}

# link_program DIRECTORY SOURCE...: makes DIRECTORY/NAME from the sources and what the first one
# names. "compile ARG..." is the caller's compiler. Several programs have modules in common, which
# are compiled once.
link_program() {
	directory=$1 program=$1/$(basename "$2" .c)
	shift
	objects=
	for source in $(modules_of "$1") "$@"; do
		object=$directory/objects/${source%.c}.o
		objects="$objects $object"
		[ ! -e "$object" ] || continue
		mkdir -p "${object%/*}"
		compile -c -o "$object" "$source" || return
	done
	# shellcheck disable=SC2086 # words
	compile -o "$program" $objects
}
