# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# For tests/common.sh, and for the scripts that tests run elsewhere, with HELPERS set.

# until_true COMMAND...: waits for it, and says so where that is in vain.
until_true() {
	tries=$((300 * ${SLOW:-1}))
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || { echo "ASSERT:in vain waited for: $*" >&2 && return 1; }
		sleep 0.02
	done
}

# What these programs do as far as tests need it: tests/helpers/pgrep.c.
pgrep() {
	"$HELPERS/pgrep" "$@"
}

pkill() {
	"$HELPERS/pkill" "$@"
}
