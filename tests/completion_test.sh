#!/bin/sh
# SPDX-License-Identifier: ISC
# What bash, zsh and fish offer with the completions that "make install" installs.
# modes: plain
# early: shells complete slowly
# shellcheck disable=SC2016 # not for this shell
. tests/common.sh
export LC_ALL=C ZZ_VARIABLE=1 PATH="$SCRATCH/plain:$WORK/bin:$PATH"

PREFIX=$SCRATCH/home/prefix

install_completions() {
	make -s install-completions O="$SCRATCH/home/out" PREFIX="$PREFIX" "$@" 2>&1
}

oneTimeSetUp() {
	install_completions
	mkdir "$WORK/bin" "$WORK/data" "$WORK/data/dir" "$SCRATCH/home/zsh"
	touch "$WORK/data/file" "$WORK/data/a:b"
	printf '#!/bin/sh\n' | install -m 755 /dev/stdin "$WORK/bin/zz-command"
}

lines() {
	printf '%s\n' "$@"
}

# complete_in SHELL: for each line of standard input, "LINE ->" and what the shell offers,
# in the order of sort. Some offer whole words, some only what comes after a "/" or "=".
complete_in() {
	case $1 in
	bash) set -- bash --norc tests/helpers/completion.bash "$PREFIX" ;;
	zsh) set -- zsh -f tests/helpers/completion.zsh "$PREFIX" "$SCRATCH/home/zsh" ;;
	# In fish 4 this is the default.
	fish4)
		set -- fish --features qmark-noglob --no-config \
			tests/helpers/completion.fish "$PREFIX"
		;;
	fish) set -- fish --no-config tests/helpers/completion.fish "$PREFIX" ;;
	esac
	timeout 60 "$@" 2>&1 | sed '/^== /! { s|^--[a-z]*=||; s|/$||; s|.*/|| }' | awk '
		/^== / { line = substr($0, 4); $0 = "" }
		{ print line "\t" $0 }' | sort -u | awk -F '\t' '
		NR > 1 && $1 != line { print "" }
		NR == 1 || $1 != line { printf "%s ->", $1; line = $1 }
		$2 != "" { printf " %s", $2 }
		END { print "" }'
}

# assert_completes TEXT: lines as complete_in prints them, in any order.
assert_completes() {
	wanted=$(lines "$1" | sed 's/ ->/\t->/' | sort | sed 's/\t/ /')
	for shell in bash zsh fish fish4; do
		assertEquals "$shell" "$wanted" \
			"$(lines "$wanted" | sed 's/ ->.*//' | complete_in $shell)"
	done
}

# The options in the help of an applet, one a line.
options_of() {
	sd "$1" --help |
		sed -n 's/^  \(-.\), \(--[a-z-]*\).*/\1\n\2/p; s/^      \(--[a-z-]*\).*/\1/p' | sort
}

# Lines as words.
joined() {
	paste -sd ' '
}

testEveryOptionOfTheHelpIsOffered() {
	all=
	for applet in $(sd --list | sed s/selfdock-//); do
		options=$(options_of "$applet" | joined)
		assertContains "$options" --help
		all="${all}selfdock-$applet - -> $options
selfdock $applet - -> $options
"
	done
	assert_completes "${all%?}"
}

# Before its name, the options of any applet; in the first place what else there is.
testAppletsAreOffered() {
	applets=$(sd --list | sed s/selfdock-// | joined)
	options=$(for applet in $applets; do options_of "$applet"; done)
	toolbox=$(sd --help | sed -n 's/^  \(--[a-z]*\).*/\1/p')
	assert_completes "selfdock  -> $applets
selfdock -- -> $(lines "$options" "$toolbox" | grep ^-- | sort -u | joined)
selfdock r -> run
selfdock -v /tmp /tmp ru -> run
selfdock -v /tmp /tmp run --ne -> --net
selfdock --install $WORK/d -> data
selfdock --install -s $WORK/d -> data
selfdock --install - -> -s
selfdock --version  ->
selfdock check  ->"
}

testArgumentsOfOptionsAreOffered() {
	assert_completes "selfdock run -r $WORK/data/ -> dir
selfdock run --rootfs=$WORK/data/ -> dir
selfdock run -wC $WORK/data/ -> dir
selfdock run -m $WORK/data/ -> a:b dir file
selfdock run -m $WORK/data/ $WORK/data/d -> dir
selfdock run -f $WORK/data/f -> file
selfdock run -m $WORK/data/a:b / --ma -> --map --mask
selfdock run --net  -> host none
selfdock run --net=n -> none
selfdock run --net=none --ma -> --map --mask
selfdock run --proc  -> host new none
selfdock run -t  -> exec mode= noexec nr_inodes= size=
selfdock run -t no -> noexec
selfdock run -t exec,size=1G $WORK/data/f -> file
selfdock run -n  ->
selfdock run -n x --ma -> --map --mask
selfdock enter -e ZZ_ -> ZZ_VARIABLE
selfdock enter -e A --t ->
selfdock enter -e A B --t -> --trace
selfdock enter -eA B --t -> --trace
selfdock unpack $WORK/data/f -> file
selfdock unpack -q $WORK/data/file $WORK/data/d -> dir"
}

# A command has its own completion, here that of selfdock.
testCommandsAreOffered() {
	assert_completes 'selfdock run zz -> zz-command
selfdock run -w -- zz -> zz-command
selfdock-run --net=none zz -> zz-command
selfdock run -m / / selfdock ls --q -> --quiet
selfdock run --net=none selfdock ls --q -> --quiet
selfdock-build -- selfdock ls --q -> --quiet
selfdock enter name zz -> zz-command
selfdock enter name -- zz -> zz-command
selfdock enter name selfdock ls --q -> --quiet
selfdock-enter -C / name -- selfdock ls --q -> --quiet'
}

testInstancesAreOffered() {
	id=$(sd run -d -n "zz-$$" sleep 600)
	assert_completes "selfdock enter zz- -> zz-$$
selfdock enter $id -> $id
selfdock-enter -C / zz- -> zz-$$
selfdock ls zz- -> zz-$$
selfdock-ls -q 1 zz- -> zz-$$"
	kill "$id"
}

# Of what "ls" prints, a name is what some process says of itself.
testNamesThatShellsWouldExpandAreNotOffered() {
	mkdir "$WORK/liar"
	install -m 755 /dev/stdin "$WORK/liar/selfdock" <<-LIAR
		#!/bin/sh
		echo 'ID NAME PID'
		echo '1 \$(touch\${IFS}$WORK/expanded) 2'
		echo '3 \`touch\${IFS}$WORK/expanded\` 4'
		echo '5 -zz 6'
		echo '7 good_1.x-y 8'
	LIAR
	assertContains "$("$WORK/liar/selfdock" ls)" '$(touch'
	PATH=$WORK/liar:$PATH assert_completes 'selfdock enter  -> 1 3 5 7 good_1.x-y'
	assertFalse 'a shell expanded a name' "[ -e $WORK/expanded ]"
}

testOnlyTheAppletsThatAreBuiltAreOffered() {
	install_completions APPLETS='ls check' O="$SCRATCH/home/two" PREFIX="$SCRATCH/home/few"
	PREFIX=$SCRATCH/home/few assert_completes 'selfdock  -> check ls
selfdock --workd ->
selfdock --q -> --quiet
selfdock-run -- ->'
}

testBashWithoutItsPackageIsToldOnce() {
	output=$(bash --norc -ec '. "$1"; ! complete -p selfdock' bash \
		"$PREFIX/share/bash-completion/completions/selfdock" 2>&1)
	assertContains "$output" \
		'selfdock: bash completes nothing here without the package bash-completion'
}

testTableThatCannotBeReadIsAnError() {
	sed 's/"SRC DST", /&\n\t  /' core/cli/plan.c >"$WORK/plan.c"
	output=$(scripts/completions/generate bash "$WORK/plan.c" applets/run.c 2>&1)
	assertNotEquals 0 $?
	assertContains "$output" "$WORK/plan.c:"
	output=$(scripts/completions/generate bash applets/run.c 2>&1)
	assertNotEquals 0 $?
	assertContains "$output" "no rows of the table plan_options"
}

. shunit2
