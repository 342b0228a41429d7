# SPDX-License-Identifier: ISC
# Counts the tests in shunit2's output: a test fails where an assertion of it
# does, and is skipped where tests/common.sh printed "SKIP: reason". Those skipped
# go to the file SKIPS, too, as "FILE MODE TEST". With PROOF set, a table tells for each mode how
# many scenarios there were and what "figure" said.
function finish() {
	if (name == "") return
	if (why == "") {
		tried[mode] += scenarios
		if (!bad) held[mode] += scenarios
	}
	if (bad) { failed++; printf "FAIL %s [%s] %s\n%s", file, mode, name, text }
	else if (why != "") {
		skipped++
		printf "SKIP %s [%s] %s: %s\n", file, mode, name, why
		print file, mode, name >skips
	}
	else passed++
	name = ""
}
/^== / {
	close_file()
	file = $2
	mode = substr($3, 2, length($3) - 2)
	ran = 0
	next
}
/^test[A-Z_]/ {
	finish()
	name = $1
	bad = 0
	why = ""
	text = ""
	scenarios = 0
	if ($1 == "test_all") ran = 1
	next
}
/^SKIP: / { why = substr($0, 7); next }
/^SCENARIO: / { scenarios++ }
/^FIGURE: / { figures[++count] = sprintf("%-10s %-7s %s", file, mode, substr($0, 9)) }
/^Ran [1-9][0-9]* tests?\./ { ran = 1; next }
/ASSERT:|shunit2:ERROR|^shunit2:FATAL/ {
	if (name == "") name = "outside of its tests"
	bad = 1
}
{ text = text "    " $0 "\n" }
function close_file() {
	finish()
	if (file != "" && !ran) {
		failed++
		printf "FAIL %s [%s] did not run to its end\n%s", file, mode, text
	}
	text = ""
}
END {
	close_file()
	if (ENVIRON["PROOF"] != "") {
		for (mode in tried) if (tried[mode])
			printf "%-10s %-7s %d tried, %d held\n",
				"scenarios", mode, tried[mode], held[mode]
		for (i = 1; i <= count; i++) print figures[i]
	}
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0 || passed == 0
}
