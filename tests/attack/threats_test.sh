#!/bin/sh
# SPDX-License-Identifier: ISC
# The list of threats and the scenarios agree.
# modes: plain
# without instances
. tests/common.sh

testEachThreatHasItsScenarioAndEachScenarioItsThreat() {
	assertEquals '' "$(awk '
		FNR == 1 { file = FILENAME; sub(/.*\//, "", file); sub(/_test.sh/, "", file) }
		FILENAME == ARGV[1] && /^T-/ { listed[$1 " " $2]; next }
		/^[ \t]*scenario T-/ { tried[$2 " " file] }
		END {
			for (each in listed) if (each !~ / -$/ && !(each in tried))
				print each ": no scenario"
			for (each in tried) if (!(each in listed)) print each ": not listed"
		}' tests/attack/threats tests/attack/*_test.sh)"
}

. shunit2
