# shellcheck shell=bash disable=SC2034 # what bash-completion uses
# SPDX-License-Identifier: ISC
# completion.bash PREFIX: for each line of standard input, the line after "== " and what
# bash offers at its end, with the completions installed in PREFIX/share. A word ends where
# readline ends it: at a blank, and before and after any "=" and ":".
. /usr/share/bash-completion/bash_completion
BASH_COMPLETION_USER_DIR=$1/share/bash-completion

split() {
	local rest=$1
	COMP_WORDS=()
	while [[ $rest =~ ^\ *([=:]+|[^=:\ ]+)(.*)$ ]]; do
		COMP_WORDS+=("${BASH_REMATCH[1]}") rest=${BASH_REMATCH[2]}
	done
	[[ $1 != *' ' ]] || COMP_WORDS+=('')
}

# Only readline has options of the completion that runs.
compopt() {
	:
}

while IFS= read -r COMP_LINE; do
	echo "== $COMP_LINE"
	split "$COMP_LINE"
	COMP_POINT=${#COMP_LINE} COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
	command=${COMP_WORDS[0]}
	complete -p "$command" >/dev/null 2>&1 || _completion_loader "$command"
	function=$(complete -p "$command")
	function=${function#*-F }
	"${function%% *}" "$command" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	printf '%s\n' "${COMPREPLY[@]}"
done
