#!/bin/sh
# SPDX-License-Identifier: ISC
# scripts/mkrootfs. "make boot" boots what it makes.
# modes: plain
# early: it packs and compresses
# shellcheck disable=SC2016,SC2086 # paths with variables, for assertTrue; words
. tests/common.sh

# Archives that several tests look at.
IMAGE=$SCRATCH/home/image

oneTimeSetUp() {
	for format in tar cpio.gz; do make_image "$SELFDOCK" "$IMAGE.$format"; done
}

setUp() {
	rm -rf "${WORK:?}"/* "$SCRATCH/other"
	mkdir "$SCRATCH/other"
}

make_image() {
	as_tester scripts/mkrootfs "$@"
}

testSameBytesForEachUserAtEachTime() {
	for format in tar cpio.gz; do
		(umask 077 && sleep 1 &&
			scripts/mkrootfs "$SELFDOCK" "$SCRATCH/other/image.$format")
		assertTrue "$format" "cmp '$IMAGE.$format' '$SCRATCH/other/image.$format'"
	done
}

testAllBelongsToRootInAnArchive() {
	assertEquals 0/0 \
		"$(tar -tvf "$IMAGE.tar" --numeric-owner | awk '{ print $2 }' | sort -u)"
	assertEquals 0/0 "$(zcat "$IMAGE.cpio.gz" | busybox cpio -tv 2>&1 |
		awk '$2 ~ "/" { print $2 }' | sort -u)"
}

testSetuidBitIsAChoice() {
	make_image -s "$SELFDOCK" "$WORK/with.tar"
	assertEquals '-rwxr-xr-x' "$(tar -tvf "$IMAGE.tar" ./bin/selfdock | cut -d' ' -f1)"
	assertEquals '-rwsr-xr-x' "$(tar -tvf "$WORK/with.tar" ./bin/selfdock | cut -d' ' -f1)"
	output=$(make_image -s "$SELFDOCK" "$WORK/directory" 2>&1)
	assertContains "$output" 'the bit would be yours'
	assertFalse '[ -e "$WORK/directory" ]'
}

testDirectoryIsARootFileSystemToRunIn() {
	is_sanitized && return
	make_image "$SELFDOCK" "$WORK/image"
	assert_output works -r "$WORK/image" run sh -c 'echo works'
	assert_output works -r "$WORK/image" run selfdock run selfdock-run echo works
}

testFilesOfOthersAreAdded() {
	as_tester mkdir -p "$WORK/added/etc"
	as_tester touch "$WORK/added/etc/mine" "$WORK/added/init"
	make_image "$SELFDOCK" "$WORK/image" "$WORK/added"
	assertTrue '[ -e "$WORK/image/etc/mine" ] && [ -e "$WORK/image/bin/sh" ]'
	assertEquals 0 "$(stat -c %s "$WORK/image/init")"
}

testWhatWouldNotWorkInItIsRefused() {
	output=$(BUSYBOX=/bin/ls make_image "$SELFDOCK" "$WORK/image.tar" 2>&1)
	assertEquals "mkrootfs: '/bin/ls' is not static; install busybox-static" "$output"
	output=$(make_image /bin/false "$WORK/image.tar" 2>&1)
	assertEquals "mkrootfs: '/bin/false' is no selfdock that runs here" "$output"
	output=$(make_image "$SELFDOCK" "$WORK/image.tar" "$WORK/missing" 2>&1)
	assertEquals "mkrootfs: '$WORK/missing' is no directory" "$output"
	assertFalse '[ -e "$WORK/image.tar" ]'
}

testProgramsThatDoNotRunAreAnError() {
	for emulator in false no-such-emulator; do
		EMULATOR=$emulator make_image "$SELFDOCK" "$WORK/image.cpio.gz" 2>/dev/null
		assertNotEquals "$emulator" 0 $?
		assertFalse "$emulator" '[ -e "$WORK/image.cpio.gz" ]'
	done
}

testCommandLineIsExplained() {
	output=$(make_image --help)
	assertEquals 0 $?
	assertContains "$output" 'usage: mkrootfs [-s] BINARY OUTPUT [DIR]...'
	for words in '' '-s' "$SELFDOCK" "-s $SELFDOCK" "-x $SELFDOCK $WORK/image"; do
		output=$(make_image $words 2>&1)
		assertEquals "$words" 1 $?
		assertContains "$output" "; see 'mkrootfs --help'"
	done
	assertFalse '[ -e "$WORK/image" ]'
}

testWhatIsThereIsLeftAlone() {
	as_tester touch "$WORK/image.tar"
	output=$(make_image "$SELFDOCK" "$WORK/image.tar" 2>&1)
	assertContains "$output" 'exists already'
	assertEquals 0 "$(stat -c %s "$WORK/image.tar")"
}

. shunit2
