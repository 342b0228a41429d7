# SPDX-License-Identifier: ISC
# completion.fish PREFIX: for each line of standard input, the line after "== " and what
# fish offers at its end, with the completions installed in PREFIX/share.
set -p fish_complete_path $argv[1]/share/fish/vendor_completions.d

while read -l line
    echo "== $line"
    complete -C $line | string replace -r '\t.*' ''
end
