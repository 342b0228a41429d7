# SPDX-License-Identifier: ISC
# completion.zsh PREFIX SCRATCH: for each line of standard input, the line after "== " and
# what zsh offers at its end, with the completions installed in PREFIX/share: a zsh on a
# terminal, into which the lines are typed, writes what it offers into a pipe.

if [[ $3 == inner ]]; then
	PS1=
	fpath=($1/share/zsh/site-functions $fpath)
	pipe=$2/pipe
	exec 3<>$pipe
	autoload -U compinit
	compinit -u -d $2/dump

	# All that is offered goes through this; with -O, -A or -D it is only filtered.
	compadd() {
		local -a found
		if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
			builtin compadd -A found "$@"
			print -rl -- $found >&3
		fi
		builtin compadd "$@"
	}
	insert-nothing() { compstate[list]= compstate[insert]= }

	offer() {
		comppostfuncs=(insert-nothing) # for once; a list as high as the screen asks first
		zle choices
		BUFFER=
		print END >&3
	}
	ready() { print END >&3 }
	zle -C choices complete-word _main_complete
	zle -N offer
	zle -N zle-line-init ready
	bindkey '^I' offer
	return
fi

show() {
	local word
	while IFS= read -r -u 3 word && [[ $word != END ]]; do
		print -r -- $word
	done
	while zpty -r -t shell word; do :; done # what it writes to the terminal
}

zmodload zsh/zpty
mkfifo $2/pipe
exec 3<>$2/pipe
zpty shell zsh -f -i
zpty -w shell "source $0 $1 $2 inner"
show
while IFS= read -r line; do
	print -r -- "== $line"
	zpty -n -w shell "$line"$'\t'
	show
done
zpty -d shell
rm $2/pipe
