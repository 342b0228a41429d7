#!/bin/sh
# SPDX-License-Identifier: ISC
# selfdock-unpack: what it makes of archives and images as others write them, and what it leaves
# where it fails. tests/archives_test.sh has hostile archives.
# shellcheck disable=SC2016,SC2086 # scripts for the shell inside, and for others; words
. tests/common.sh
export LC_ALL=C

ROOT=$WORK/root
BUSYBOX=$(command -v busybox)

# What DIR.args calls.
oneTimeSetUp() {
	ln -s selfdock "${SELFDOCK%/*}/selfdock-run"
}

# remove PATH...: directories of any mode.
remove() {
	as_tester /bin/chmod -R u+rwx "$@"
	as_tester /bin/rm -rf "$@"
} 2>/dev/null

tearDown() {
	remove "$WORK"/*
}

# make SCRIPT: python in WORK, with the functions of tests/helpers/archive.py.
make() {
	as_tester $PYTHON -c "import sys
sys.dont_write_bytecode = True
sys.path.insert(0, '$HELPERS')
from archive import *
os.chdir('$WORK')
$1" || fail 'no archive'
}

# entries DIR: a line for all that is in it, without what was made meanwhile.
entries() {
	(cd "$1" && find . -mindepth 1 ! -path './dev*' ! -path ./proc ! -path ./tmp \
		\( -type d -printf '%P/ %m %Ts\n' -o -type l -printf '%P -> %l %Ts\n' -o \
		-printf '%P %y %m %s %n %Ts\n' \) | sort
	cd "$1" && find . -type f -exec cksum {} + 2>/dev/null | sort)
}

# assert_entries NAME: those of ROOT are those in the file "expected".
assert_entries() {
	entries "$ROOT" >"$SCRATCH/found"
	assertEquals "$1" '' "$(diff "$SCRATCH/expected" "$SCRATCH/found" 2>&1)"
}

# contents DIR: the same in short, with the text of each file.
contents() {
	(cd "$1" && find . -mindepth 1 | sort | while IFS= read -r path; do
		if [ -h "$path" ]; then
			echo "${path#./} -> $(readlink "$path")"
		elif [ -d "$path" ]; then
			echo "${path#./}/"
		else
			echo "${path#./}: $(cat "$path")"
		fi
	done)
}

# of FORMAT NAME...: what stat(1) tells of them in ROOT, in a line.
of() {
	(cd "$ROOT" && stat -c "$@" | tr '\n' ' ' | sed 's/ $//')
}

# unpacks ARGS...: it makes ROOT anew, and says nothing.
unpacks() {
	remove "$ROOT" "$ROOT.args"
	assert_output '' unpack "$@"
}

# refuses PATTERN ARGS...: with a line that has the pattern; and nothing changes in WORK.
refuses() {
	pattern=$1
	shift
	before=$("$HELPERS/snapshot" "$WORK"/*)
	assert_fails 125 "$pattern" unpack "$@"
	assertEquals "$*" "$before" "$("$HELPERS/snapshot" "$WORK"/*)"
}

# A root file system that tar(1) packs: src, and plain.tar.
make_source() {
	as_tester sh -ec 'cd "$1"
		mkdir -p src/dir/closed src/deep/er src/sticky src/dev src/proc src/tmp
		echo text >src/dir/file
		ln src/dir/file src/deep/hard
		ln -s file src/dir/link
		ln -s /dir/file src/absolute
		ln -s none/at/all src/dangling
		mkfifo src/dir/fifo
		: >src/empty
		head -c 300000 /dev/urandom >src/deep/er/large
		for name in "a b" "new
line" "$(printf "\\033[1m\\377")" -v "back\\slash" .hidden "$2" "$2$2"; do
			echo "$name" >"src/dir/closed/$name"
		done
		mkdir -p "src/$2$2/$2$2/$2$2"
		echo far >"src/$2$2/$2$2/$2$2/far"
		ln -s "$2$2/$2$2" src/long
		chmod 640 src/empty
		chmod 400 src/dir/file
		chmod 711 src/deep
		chmod 1777 src/sticky src/tmp
		find src ! -type d -exec /bin/touch -h -d @1234567890 {} +
		find src -depth -type d -exec /bin/touch -d @987654321 {} +
		chmod 555 src/dir/closed
		tar -C src --numeric-owner -cf plain.tar .
		' - "$WORK" "$(printf %0120d 0)"
}

# Archives

testPlainArchiveIsUnpackedAsItWasPacked() {
	make_source
	entries "$WORK/src" >"$SCRATCH/expected"
	for format in gnu pax; do
		as_tester tar -C "$WORK/src" --format="$format" -cf "$WORK/archive" .
		unpacks "$WORK/archive" "$ROOT"
		assert_entries "$format"
		assertEquals 1777 "$(stat -c %a "$ROOT/tmp")"
	done
	assertFalse 'it is no image' "[ -e '$ROOT.args' ]"
}

testArchiveMayBeCompressed() {
	make_source
	entries "$WORK/src" >"$SCRATCH/expected"
	for packer in gzip xz zstd; do
		command -v "$packer" >/dev/null || continue
		as_tester sh -c '"$1" <"$2/plain.tar" >"$2/packed"' - "$packer" "$WORK"
		unpacks "$WORK/packed" "$ROOT"
		assert_entries "$packer"
	done
}

testArchiveMayBeStandardInput() {
	make_source
	entries "$WORK/src" >"$SCRATCH/expected"
	gzip <"$WORK/plain.tar" >"$SCRATCH/packed"
	for file in "$WORK/plain.tar" "$SCRATCH/packed"; do
		for word in - ''; do
			remove "$ROOT"
			capture sd unpack $word "$ROOT" <"$file"
			assertEquals "'$word': $output" 0 "$status"
			assert_entries "'$word'"
		done
		remove "$ROOT"
		# As slowly as a network.
		output=$({ head -c 700 "$file" && sleep 0.2 && tail -c +701 "$file"; } |
			sd unpack "$ROOT" 2>&1)
		assert_entries "pipe: $output"
	done
}

testArchivesOfManyWritersAreRead() {
	make_source
	for writer in 'busybox tar -c -C src .' 'bsdtar -c -C src .' 'tar -c -C src -b 1 .' \
		'tar -c -C src --format=v7 dir' 'tar -c -C src --format=ustar dir' \
		'git -C repository archive --prefix=src/ HEAD'; do
		case $writer in
		git*)
			as_tester sh -c 'cd "$1" && mkdir repository && cd repository &&
				git init -q && echo text >file && git add . &&
				git -c user.name=n -c user.email=e commit -qm x' - "$WORK"
			;;
		bsdtar*) command -v bsdtar >/dev/null || continue ;;
		esac
		as_tester sh -c "cd \"\$1\" && $writer >archive" - "$WORK"
		unpacks "$WORK/archive" "$ROOT"
	done
	assertEquals text "$(cat "$ROOT/src/file")"
}

testDirectoriesThatInstancesNeedAreMade() {
	make "save('archive', tar())"
	unpacks "$WORK/archive" "$ROOT"
	assertEquals 'dev: end proc tmp' "dev:$(ls "$ROOT/dev") $(cd "$ROOT" && echo [!d]*)"
	assertEquals 1777 "$(stat -c %a "$ROOT/tmp")"
	make "save('archive', tar(folder('tmp', 0o700), folder('proc', 0o711)))"
	unpacks "$WORK/archive" "$ROOT"
	assertEquals '700 711' "$(of %a tmp proc)"
}

# Layers

testImageMayHaveNoLayers() {
	make "save('archive', pack(oci()))"
	unpacks "$WORK/archive" "$ROOT"
	assertEquals 'dev proc tmp' "$(cd "$ROOT" && echo *)"
}

testWhiteoutsOfNothingCostNothing() {
	make "save('archive', image(tar(entry('a')),
		tar(*[entry(f'none{at}/.wh.a') for at in range(2000)], entry('b'))))"
	unpacks "$WORK/archive" "$ROOT"
	assertEquals 'a b dev end proc tmp' "$(cd "$ROOT" && echo *)"
}

testAttributeOfAClosedFileIsKept() {
	make "save('archive', tar(pax({'SCHILY.xattr.user.a': 'b'}), entry('a', 'text', mode=0)))"
	unpacks "$WORK/archive" "$ROOT"
	assertEquals 0 "$(of %a a)"
}

testLayersAreOnTopOfEachOther() {
	make "save('archive', image(
	tar(folder('a'), entry('a/again', 'old'), entry('a/before', 'old'), entry('a/gone', 'old'),
		entry('a/keep', 'keep'), folder('b'), entry('b/old', 'old'), folder('b/sub'),
		entry('b/sub/old', 'old'), entry('c', 'old'), folder('d'), entry('d/old', 'old'),
		link('e', 'a'), folder('f'), entry('f/old', 'old'), folder('g'),
		entry('g/old', 'old'), entry('h', 'one'), hard('h2', 'h'), folder('i'),
		folder('i/sub'),
		entry('i/sub/old', 'old'), link('l', 'a'), folder('m'), entry('m/old', 'old'),
		entry('n', 'old'), entry('o', 'old')),
	tar(entry('a/.wh.gone'), entry('a/again', 'new'), entry('a/.wh.again'),
		entry('a/.wh.before'), entry('a/before', 'new'), entry('b/new', 'new'),
		entry('b/.wh..wh..opq'), entry('b/newer', 'new'), folder('c'),
		entry('c/new', 'new'), entry('d', 'new'), folder('e'), entry('e/new', 'new'),
		link('f', 'a'),
		folder('g', 0o700), entry('h', 'two'), entry('.wh.i'), entry('.wh.none'),
		entry('l/through', 'new'), entry('m/.wh..wh..opq'), hard('a/hard', 'a/keep'),
		link('n', 'h'), entry('o', kind='6')),
	tar(entry('i/new', 'new'), entry('b/.wh.newer'), entry('.wh.l'), entry('.wh.o'))))"
	unpacks "$WORK/archive" "$ROOT"
	assertEquals 'a/
a/again: new
a/before: new
a/hard: keep
a/keep: keep
a/through: new
b/
b/new: new
c/
c/new: new
d: new
dev/
e/
e/new: new
end: end
f -> a
g/
g/old: old
h2: one
h: two
i/
i/new: new
m/
n -> h
proc/
tmp/' "$(contents "$ROOT" | sort)"
	assertEquals '700 2' "$(stat -c %a "$ROOT/g") $(stat -c %h "$ROOT/a/hard")"
}

# As "docker build" and "docker commit" may write it: what is removed comes last.
testOrderWithinALayerDoesNotMatter() {
	make "lower = tar(folder('d'), entry('d/old', 'old'), entry('d/both', 'old'))
upper = [entry('d/new', 'new'), entry('d/both', 'new')]
for name, mark in ('opaque', 'd/.wh..wh..opq'), ('whiteout', '.wh.d'):
	save(name + '-last', image(lower, tar(folder('d'), *upper, entry(mark))))
	save(name + '-first', image(lower, tar(entry(mark), folder('d'), *upper)))
	save(name + '-middle', image(lower, tar(folder('d'), upper[0], entry(mark), upper[1])))"
	for archive in opaque-last opaque-first opaque-middle whiteout-last whiteout-first \
		whiteout-middle; do
		unpacks "$WORK/$archive" "$ROOT"
		assertEquals "$archive" 'both: new
new: new' "$(contents "$ROOT/d")"
	done
}

testLinksInParentsLeadToTheRootAgain() {
	make "save('archive', tar(folder('usr'), folder('usr/bin'), link('bin', 'usr/bin'),
	link('absolute', '/usr/bin'), link('up', '../../../usr/bin'), link('chain', 'absolute'),
	entry('bin/one', '1'), entry('absolute/two', '2'), entry('up/three', '3'),
	entry('chain/four', '4'), hard('bin/five', 'chain/one'), folder('bin/six')))"
	unpacks "$WORK/archive" "$ROOT"
	assertEquals 'five four one six three two' "$(cd "$ROOT/usr/bin" && echo *)"
	assertEquals '1 usr/bin' "$(cat "$ROOT/usr/bin/five") $(readlink "$ROOT/bin")"
}

testLayersMayBeCompressed() {
	make "for name, packer in ('none', bytes), ('gzip', gzip.compress), ('xz', lzma.compress):
	save(name, image(tar(entry('file', name)), tar(), packer=packer))
	save(name + '.gz', gzip.compress(image(tar(entry('file', name)), packer=packer)))
save('zstd', image(tar(entry('file', 'zstd')), packer=zstd))"
	for name in none gzip xz none.gz gzip.gz xz.gz zstd; do
		command -v "$name" >/dev/null || [ "$name" != zstd ] || continue
		unpacks "$WORK/$name" "$ROOT"
		assertEquals "${name%.gz}" "$(cat "$ROOT/file")"
	done
}

# Owners, modes and attributes

CAPABILITY=0100000200040000000000000000000000000000
ATTRIBUTES="save('archive', tar(entry('suid', 'x', mode=0o4755), entry('sgid', 'x', mode=0o2711),
	folder('owned.d', 0o700, uid=12345, gid=54321), entry('owned.d/file', 'x', uid=23456),
	hard('owned.d/hard', 'owned.d/file'), folder('owned.d/sub', 0o500),
	folder('sgid.d', 0o2770), folder('sticky', 0o1777), folder('closed', 0o555),
	entry('closed/file', 'x', mode=0), folder('none', 0), entry('none/file', 'x'),
	entry('fifo', kind='6', mode=0o620), entry('owned', 'x', uid=12345, gid=54321),
	link('link', 'none', uid=12345, gid=54321, mtime=5), entry('sda', kind='4', major=8),
	entry('null', kind='3', major=1, minor=3),
	pax({'mtime': '1000000000.25', 'uid': '3000000', 'SCHILY.xattr.user.test': 'a=b',
		'SCHILY.xattr.security.capability': bytes.fromhex('$CAPABILITY')}),
	entry('pax', 'x'), entry('before', 'x', mtime=-1), folder('old', mtime=1), entry('old/x')))"

# attribute NAME: of the file "pax", in $output.
attribute() {
	output=$($PYTHON -c 'import os, sys
try: print(os.getxattr(*sys.argv[1:]).hex())
except OSError: print("none")' "$ROOT/pax" "$1")
}

testModesAndTimesAreThoseOfTheArchive() {
	make "$ATTRIBUTES"
	for mask in 022 077 000; do
		remove "$ROOT"
		try_sh "umask $mask; exec \"\$0\" unpack -q \"\$@\"" "$WORK/archive" "$ROOT"
		assertEquals "$mask: $output" 0 "$status"
		assertEquals "$mask" '755 711 770 1777 555 0 620 644' \
			"$(of %a suid sgid sgid.d sticky closed none fifo owned)"
	done
	assertEquals '5 1 -1 1000000000.25' \
		"$(of %Y link old before) $(find "$ROOT/pax" -printf '%T@' | sed 's/0*$//')"
	! am_root || assertEquals '0 644' "$(of %a closed/file none/file)"
}

testRootMayHaveAnyMode() {
	for mode in 555 700 1777 711 0; do
		make "save('archive', tar(folder('.', 0o$mode, mtime=5), entry('file', 'x')))"
		unpacks "$WORK/archive" "$ROOT"
		assertEquals "$mode 5" "$(stat -c '%a %Y' "$ROOT")"
	done
}

testDirectoryOfAGroupPassesOnNoBit() {
	make "save('archive', tar(folder('d'), entry('d/x')))"
	as_tester mkdir "$WORK/shared"
	as_tester chmod 2775 "$WORK/shared"
	try unpack "$WORK/archive" "$WORK/shared/root"
	assertEquals "$output" 0 "$status"
	assertEquals '' "$(find "$WORK/shared/root" -perm /6000)"
}

testWhatIsLeftOutIsCounted() {
	make "$ATTRIBUTES"
	try unpack "$WORK/archive" "$ROOT"
	assertEquals "$output" 0 "$status"
	last=$(printf '%s\n' "$output" | tail -n 1)
	assertContains "$last" 'selfdock-unpack: '
	assertContains "$last" 'left out'
	assertContains "$last" setuid
	[ "$MODE" = root ] || assertContains "$last" device
	[ "$MODE" = root ] || assertFalse "[ -e '$ROOT/sda' ] || [ -e '$ROOT/null' ]"
	attribute security.capability
	assertEquals none "$output"
}

testOwnersAreRootsToGive() {
	make "$ATTRIBUTES"
	try unpack -q "$WORK/archive" "$ROOT"
	if [ "$MODE" = root ]; then
		assertEquals '12345:54321 12345:54321 0:0 12345:54321 23456:0 3000000:0' \
			"$(of %u:%g owned link suid owned.d owned.d/hard pax)"
	else
		assertEquals '' "$(find "$ROOT" ! -uid "$SD_UID" -o ! -gid "$SD_UID")"
	fi
}

testAttributesOfUsersAreKept() {
	as_tester touch "$WORK/probe"
	! as_tester $PYTHON -c "import os; os.setxattr('$WORK/probe', 'user.test', b'x')" \
		2>/dev/null && skip 'a file system without such attributes' && return
	make "$ATTRIBUTES"
	try unpack -q "$WORK/archive" "$ROOT"
	attribute user.test
	assertEquals 613d62 "$output"
}

testSetuidBitsAreKeptForRootAlone() {
	make "$ATTRIBUTES"
	if [ "$MODE" != root ]; then
		refuses root --keep-setuid "$WORK/archive" "$ROOT"
		return
	fi
	try unpack -q --keep-setuid "$WORK/archive" "$ROOT"
	assertEquals "$output" '4755 2711 2770' "$(of %a suid sgid sgid.d)"
	attribute security.capability
	assertEquals "$CAPABILITY" "$output"
}

# Images

IMAGES="one, two = tar(entry('which', 'one')), tar(entry('which', 'two'))
def name(text):
	return {'annotations': {'org.opencontainers.image.ref.name': text}}
"

# As docker 24, 25 and 29 save it; where two layers are the same, one may be a link to the other.
testDockerArchiveIsUnpacked() {
	make "low, top = tar(folder('d'), entry('d/x', 'x'), entry('d/y')), tar(entry('d/.wh.y'))
def link_third(listed, files):
	files['x/layer.tar'] = '../' + listed['Layers'][0]
	listed['Layers'][2] = 'x/layer.tar'
def as_blobs(listed, files):
	for name in listed['Layers'] + [listed['Config']]:
		files.pop(name)
	listed['Layers'] = ['blobs/sha256/' + name[:64] for name in listed['Layers']]
	listed['Config'] = 'blobs/sha256/' + listed['Config'][:64]
old = {'repositories': b'{}', '0/VERSION': b'1.0', '0/json': b'{}'}
save('docker24', folder('0') + pack(docker(low, top, files=old)))
save('links', saved(low, top, low, top, then=link_third))
named = {'annotations': {'io.containerd.image.name': 'docker.io/library/one:1',
	'org.opencontainers.image.ref.name': '1'}}
save('docker25', pack(docker(low, top, then=as_blobs, files=oci(low, top, descriptor=named))))
platform = {'platform': {'os': 'linux', 'architecture': MACHINE}}
save('docker29', pack(nested(oci(low, top, packer=gzip.compress, descriptor=platform))))"
	for archive in docker24 links docker25 docker29; do
		unpacks "$WORK/$archive" "$ROOT"
		assertEquals "$archive" 'x: x' "$(contents "$ROOT/d")"
		assertTrue "$archive" "[ -x '$ROOT.args' ]"
	done
	unpacks --image one:1 "$WORK/docker24" "$ROOT"
	unpacks --image one:1 "$WORK/docker25" "$ROOT"
}

testLayoutMayBeADirectory() {
	make "layout = oci(tar(entry('x', 'x')), tar(entry('.wh.x'), entry('y', 'y')))
save('layout', layout)
save('archive', pack(layout))"
	unpacks "$WORK/archive" "$ROOT"
	expected=$(contents "$ROOT")
	unpacks "$WORK/layout" "$ROOT"
	assertEquals "$expected" "$(contents "$ROOT")"
	assertContains "$expected" 'y: y'
	for name in layout/ ./layout/. "$WORK/layout"; do
		remove "$ROOT" "$ROOT.args"
		output=$(cd "$WORK" && sd unpack "$name" root 2>&1)
		assertEquals "$name: $output" "$expected" "$(contents "$ROOT")"
	done
	output=$(cd "$WORK/layout" && sd unpack . new 2>&1)
	assertEquals "$output" "$expected" "$(contents "$WORK/layout/new")"
}

testOneOfManyImagesIsNamed() {
	make "$IMAGES
save('saved', saved(two, tags=['two:2', 'second:1'], files=docker(one)))
layout = oci(two, descriptor=name('two:2'), files=oci(one, descriptor=name('one:1')))
save('layout', layout)
save('packed', pack(layout))"
	for archive in saved layout packed; do
		unpacks -i one:1 "$WORK/$archive" "$ROOT"
		assertEquals "$archive" one "$(cat "$ROOT/which")"
		unpacks --image two:2 "$WORK/$archive" "$ROOT"
		assertEquals "$archive" two "$(cat "$ROOT/which")"
		remove "$ROOT" "$ROOT.args"
		refuses one:1 "$WORK/$archive" "$ROOT"
		assertContains "$output" two:2
		refuses 'no image' -i three "$WORK/$archive" "$ROOT"
	done
	for name in second:1 second two 2; do
		unpacks -i "$name" "$WORK/saved" "$ROOT"
		assertEquals "$name" two "$(cat "$ROOT/which")"
	done
}

testImageMayBeNamedWhereThereIsOne() {
	make "$IMAGES
save('saved', saved(one))"
	unpacks -i one:1 "$WORK/saved" "$ROOT"
	remove "$ROOT" "$ROOT.args"
	refuses 'no image' -i two:2 "$WORK/saved" "$ROOT"
}

testImageMayHaveNoNameOrSeveral() {
	make "$IMAGES
save('none', saved(one, tags=None))
save('empty', saved(one, tags=[]))
save('two', saved(one, tags=['one:1', 'one:latest']))"
	for archive in none empty two; do
		unpacks "$WORK/$archive" "$ROOT"
		assertEquals "$archive" one "$(cat "$ROOT/which")"
	done
}

# Whether or not the index tells for which.
testImageThatIsAloneMayBeForAnotherMachine() {
	make "plan9 = {'os': 'plan9', 'architecture': 'mips'}
mips = lambda config: config.update(plan9)
layer = tar(entry('which', 'mips'))
save('silent', image(layer, config=mips))
save('told', image(layer, config=mips, descriptor={'platform': plan9}))
save('two', pack(oci(tar(), descriptor={'platform': plan9},
	files=oci(layer, descriptor={'platform': plan9}))))"
	for archive in silent told; do
		unpacks "$WORK/$archive" "$ROOT"
		assertEquals "$archive" mips "$(cat "$ROOT/which")"
		unpacks -p plan9/mips "$WORK/$archive" "$ROOT"
		remove "$ROOT" "$ROOT.args"
		refuses 'plan9/mips' -p linux/amd64 "$WORK/$archive" "$ROOT"
	done
	refuses 'no image for linux/' "$WORK/two" "$ROOT"
	refuses 'several images;' -p plan9/mips "$WORK/two" "$ROOT"
}

# Here it tells a variant in the index alone.
testVariantOfAMachineChooses() {
	make "files = {}
for variant in 'v6', 'v7':
	oci(tar(entry('which', variant)), files=files,
		config=lambda config: config.update(architecture='arm'),
		descriptor={'platform': {'os': 'linux', 'architecture': 'arm', 'variant': variant}})
save('archive', pack(files))"
	for variant in v6 v7; do
		unpacks -p "linux/arm/$variant" "$WORK/archive" "$ROOT"
		assertEquals "$variant" "$(cat "$ROOT/which")"
	done
	remove "$ROOT" "$ROOT.args"
	refuses 'several images;' -p linux/arm "$WORK/archive" "$ROOT"
	make "arm = lambda config: config.update(architecture='arm')
save('archive', image(tar(), config=arm))"
	refuses 'for linux/arm, not for linux/arm/v7' -p linux/arm/v7 "$WORK/archive" "$ROOT"
}

testOptionsThatChooseAnImageNeedOne() {
	make "save('archive', tar())"
	refuses 'no image' -i one "$WORK/archive" "$ROOT"
	refuses 'no image' -p linux/amd64 "$WORK/archive" "$ROOT"
}

# "umoci insert" writes such layers. Nothing vouches for an archive that is no image.
testLayerNeedsNoEndIfItsDigestFits() {
	make "layer = tar(entry('which', 'whole'))[:-1024]
save('oci', image(layer))
save('packed', image(layer, packer=gzip.compress))
save('docker', saved(layer))
save('plain', layer)"
	for archive in oci packed docker; do
		unpacks "$WORK/$archive" "$ROOT"
		assertEquals "$archive" whole "$(cat "$ROOT/which")"
	done
	remove "$ROOT" "$ROOT.args"
	refuses 'truncated: it has no end' "$WORK/plain" "$ROOT"
}

testPlatformIsThisMachinesUnlessNamed() {
	make "files = {}
def add(what, os, machine):
	oci(tar(entry('which', what)), files=files,
		config=lambda config: config.update(architecture=machine),
		descriptor={'platform': {'os': os, 'architecture': machine}})
for machine in dict.fromkeys(('s390x', 'amd64', 'arm64', 'riscv64', MACHINE)):
	add(machine, 'linux', machine)
add('windows', 'windows', MACHINE)
add('attestation', 'unknown', 'unknown')
save('layout', nested(files))
save('packed', pack(nested(files, 2)))
save('machine', MACHINE.encode())"
	machine=$(cat "$WORK/machine")
	for archive in layout packed; do
		unpacks "$WORK/$archive" "$ROOT"
		assertEquals "$archive" "$machine" "$(cat "$ROOT/which")"
		for other in s390x riscv64; do
			unpacks -p "linux/$other" "$WORK/$archive" "$ROOT"
			assertEquals "$archive" "$other" "$(cat "$ROOT/which")"
		done
		remove "$ROOT" "$ROOT.args"
		refuses 'no image' --platform plan9/mips "$WORK/$archive" "$ROOT"
	done
}

# Options and operands

testBadCommandLineIsRefused() {
	make "save('archive', tar())"
	refuses ''
	refuses '' a b c
	refuses 'exists: name a new directory' "$WORK/archive"
	refuses "'' is no name" "$WORK/archive" ''
	refuses unknown --bogus "$WORK/archive" "$ROOT"
	refuses 'needs a word' --image
	for size in '' x 5X -1 5MM 99999999999999999999 1.5G; do
		refuses '' "--max-size=$size" "$WORK/archive" "$ROOT"
	done
	for count in '' x -1 5K5 99999999999999999999; do
		refuses '' "--max-files=$count" "$WORK/archive" "$ROOT"
	done
	for platform in '' linux; do
		refuses '' "--platform=$platform" "$WORK/archive" "$ROOT"
	done
	try unpack --help
	assertEquals 0 "$status"
	assertContains "$output" 'usage: selfdock-unpack'
}

testSizeAndCountHaveLimits() {
	make "save('archive', tar(*[entry(f'f{at}', bytes(2 ** 18)) for at in range(8)]))"
	refuses --max-size --max-size 1M "$WORK/archive" "$ROOT"
	refuses --max-files --max-files 5 "$WORK/archive" "$ROOT"
	for size in 3M 3000K 1G 1T 3000000; do
		unpacks --max-size "$size" "$WORK/archive" "$ROOT"
	done
	unpacks --max-files 100 "$WORK/archive" "$ROOT"
	for limit in '--max-size 1M' '--max-files 5'; do
		remove "$ROOT"
		capture sd unpack $limit - "$ROOT" <"$WORK/archive"
		assert_refused "$limit" ''
		assertEquals archive "$(cd "$WORK" && echo *)"
	done
}

testWhatIsThereIsLeftAlone() {
	make "save('archive', tar())"
	as_tester mkdir "$WORK/dir" "$WORK/full"
	as_tester touch "$WORK/file" "$WORK/full/file"
	as_tester ln -s dir "$WORK/link"
	as_tester ln -s none "$WORK/dangling"
	for name in dir full file link dangling dir/ full/../dir .; do
		refuses "$name" "$WORK/archive" "$WORK/$name"
	done
	output=$(cd "$WORK/dir" && sd unpack ../archive . 2>&1)
	assertContains "$output" 'selfdock-unpack: '
}

testLinkAtTheNameOfTheOptionsIsNotFollowed() {
	make "save('archive', image(Cmd=['sh']))"
	as_tester touch "$WORK/victim"
	as_tester ln -s victim "$ROOT.args"
	try unpack "$WORK/archive" "$ROOT"
	assertEquals "$output" 0 "$(stat -c %s "$WORK/victim")"
	[ "$status" = 125 ] || assertEquals "$output" 0 "$status"
	[ "$status" = 0 ] || assertEquals 'archive root.args victim' "$(cd "$WORK" && echo *)"
}

testMissingArchiveAndMissingParentAreErrors() {
	make "save('archive', tar())"
	as_tester mkdir "$WORK/dir"
	as_tester mkfifo "$WORK/fifo"
	refuses none "$WORK/none" "$ROOT"
	refuses dir "$WORK/dir" "$ROOT"
	refuses none "$WORK/archive" "$WORK/none/root"
	refuses archive "$WORK/archive" "$WORK/archive/root"
	[ "$MODE" = root ] || refuses /usr "$WORK/archive" /usr/selfdock-root
	[ "$MODE" = root ] || {
		as_tester chmod 0 "$WORK/archive"
		refuses 'ermission denied' "$WORK/archive" "$ROOT"
	}
	capture sd unpack "$ROOT" </dev/null
	assert_refused 'no input' ''
	capture sd unpack "$ROOT" <&-
	assert_refused 'no standard input' ''
	assertFalse "[ -e '$ROOT' ]"
}

testInputMayBeEndless() {
	capture sd unpack --max-size 10M "$ROOT" </dev/zero
	assert_refused zeros --max-size
	assertEquals '*' "$(cd "$WORK" && echo *)"
}

testDecompressorThatIsNotThereIsNamed() {
	make "save('archive', gzip.compress(tar()))"
	try_sh 'PATH=/none exec "$0" unpack "$@"' "$WORK/archive" "$ROOT"
	assert_refused 'no gzip' "'gzip'"
	try_sh 'unset PATH; exec "$0" unpack "$@"' "$WORK/archive" "$ROOT"
	assertEquals "no PATH: $output" 0 "$status"
}

testStandardStreamsMayBeClosed() {
	make "save('plain', tar())
save('packed', gzip.compress(tar()))"
	for archive in plain packed; do
		for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
			remove "$ROOT"
			try_sh "exec \"\$0\" unpack \"\$@\" $closed" "$WORK/$archive" "$ROOT"
			assertEquals "$archive $closed: $output" 0 "$status"
			assertTrue "$archive $closed" "[ -f '$ROOT/end' ]"
		done
	done
}

testNewDirectoryMayBeNamedInAnyWay() {
	make "save('archive', image())"
	as_tester mkdir "$WORK/dir"
	for name in root root/ dir/../root ./root; do
		output=$(cd "$WORK" && sd unpack archive "$name" 2>&1)
		assertEquals "$name" '' "$output"
		assertEquals "$name" 'archive dir root root.args' "$(cd "$WORK" && echo *)"
		remove "$ROOT" "$ROOT.args"
	done
	make "save('archive', tar())"
	for name in 'a b' ./-v "$(printf '\303\266\377')" "qu\"o'te\\"; do
		output=$(cd "$WORK" && sd unpack archive "$name" 2>&1)
		[ -f "$WORK/$name/end" ] || fail "$name: $output"
	done
	refuses newline "$WORK/archive" "$WORK/$(printf 'new\nline')"
}

# Ends

# stalled SCRIPT: it runs amid the input. Tells the mode of the directory until then, whether the
# applet succeeded, and what is there in the end.
stalled() {
	scene 'cd "$WORK"; mkfifo pipe
		$SD unpack root <pipe & unpack=$!
		exec 9>pipe
		head -c 5000 archive >&9
		until_true sh -c "[ -d root.partial.* ]"
		echo $(stat -c %a root.partial.*)
		'"$1"'
		wait $unpack && echo succeeded
		rm pipe; echo *'
}

testSignalLeavesNothing() {
	make "save('archive', tar(*[entry(f'f{at}', 'x') for at in range(100)]))"
	for signal in TERM HUP; do
		stalled "kill -$signal \$unpack"
		assertEquals "$signal" '700
archive' "$(printf '%s\n' "$output" | grep -Ev 'selfdock|Terminated|Hangup')"
	done
	# A shell's job in the background ignores it.
	scene 'cd "$WORK"; { head -c 5000 archive; sleep 3; } | timeout -s INT 1 $SD unpack root
		echo *'
	assertEquals INT archive "${output##*
}"
}

testItsInstancesAreListed() {
	make "save('archive', tar(*[entry(f'f{at}', 'x') for at in range(100)]))"
	stalled 'until_true sh -c "$SD ls | grep -qw starter"
		tail -c +5001 archive >&9; exec 9>&-'
	assertNotContains "$output" ASSERT
	assertContains "$output" succeeded
}

testInputThatEndsEarlyLeavesNothing() {
	make "save('archive', tar(*[entry(f'f{at}', 'x') for at in range(100)]))"
	stalled 'exec 9>&-'
	assertNotContains "$output" succeeded
	assertEquals 'archive' "${output##*
}"
}

testDirectoryThatAppearsMeanwhileIsKept() {
	make "save('archive', tar(*[entry(f'f{at}', 'x') for at in range(100)]))"
	stalled 'mkdir root; touch root/mine
		tail -c +5001 archive >&9; exec 9>&-'
	assertNotContains "$output" succeeded
	assertEquals 'archive root' "${output##*
}"
	assertEquals mine "$(ls -A "$ROOT")"
}

testProgressIsShownOnATerminal() {
	make "save('archive', tar(entry('big', bytes(1 << 20))))"
	for option in '' -q; do
		capture $AS script -qec \
			"cat $WORK/archive | $SD_WORDS unpack $option - $ROOT" /dev/null
		assertEquals "$option: $output" 0 "$status"
		remove "$ROOT"
		[ ! "$option" ] || assertEquals "$option" '' "$output"
		[ "$option" ] || assertContains "$output" 'reading, '
		[ "$option" ] || assertContains "$output" 'layer 1 of 1, '
	done
}

testArgumentsThatAppearMeanwhileAreKept() {
	make "save('archive', image(tar(*[entry(f'f{at}', 'x') for at in range(100)])))"
	stalled 'touch root.args
		tail -c +5001 archive >&9; exec 9>&-'
	assertNotContains "$output" succeeded
	assertEquals 'archive root.args' "${output##*
}"
}

# Such as NFS.
testFileSystemWhoseRenamesReplaceIsEnough() {
	make "save('archive', image(tar(*[entry(f'f{at}', 'x') for at in range(100)])))"
	try_under "unpack $WORK/archive $ROOT" "$HELPERS/refuse" noreplace 22
	assertEquals "$output" 0 "$status"
	assertEquals 100 "$(find "$ROOT" -name 'f*' | wc -l)"
	assertEquals '755 1' "$(stat -c '%a %h' "$ROOT.args")"
	assertEquals 'archive root root.args' "$(cd "$WORK" && echo *)"
	remove "$ROOT" "$ROOT.args"
	binary=$SELFDOCK
	SELFDOCK="$HELPERS/refuse noreplace 22 $binary"
	for mine in root root.args; do
		stalled "mkdir $mine
			tail -c +5001 archive >&9; exec 9>&-"
		assertNotContains "$output" succeeded
		assertEquals "archive $mine" "${output##*
}"
		remove "$WORK/$mine"
	done
	SELFDOCK=$binary
}

testWhatAKilledOneHasLeftIsTold() {
	make "save('archive', tar(*[entry(f'f{at}', 'x') for at in range(100)]))"
	# The reader ends with it: nobody has the other end of the pipe any more. What it says would
	# be in the output below.
	stalled 'kill -KILL $unpack; trap "" PIPE; until_true sh -c "! echo >&9"; exec 9>&-'
	assertNotContains "$output" ASSERT
	# Nested, unpack itself has that pid.
	[ "$MODE" = nested ] || as_tester touch "$WORK/root.partial.1"
	try unpack "$WORK/archive" "$ROOT"
	assertEquals "$output" 0 "$status"
	assertContains "$output" "was left by an unpack that was killed"
	assertEquals 1 "$(printf '%s\n' "$output" | grep -c .)"
	as_tester rm -f "$WORK/root.partial.1"
	assertEquals 1 "$(cd "$WORK" && set -- *.partial.* && echo $#)"
}

# The reader is not tied to it yet then.
testReaderEndsWithAnUnpackThatIsKilledAsItStarts() {
	[ "$MODE" = plain ] || { skip 'strace takes the bit away, and once is enough' && return; }
	make "save('archive', tar())"
	scene 'cd "$WORK"; mkfifo pipe
		timeout 20 strace -f -o /dev/null -e inject=execve:delay_enter=500000 \
			$SD unpack root <pipe & tracer=$!
		exec 9>pipe
		until_true sh -c "[ -d root.partial.* ]"
		kill -KILL $(echo root.partial.* | sed "s/.*partial.//")
		trap "" PIPE; until_true sh -c "! echo >&9"; exec 9>&-; wait $tracer'
	assertNotContains "$output" ASSERT
}

testFullFileSystemLeavesNothing() {
	lacks_root && return
	[ "$MODE" = nested ] && skip 'the outer instance covers it' && return
	make "save('archive', tar(*[entry(f'f{at}', bytes(50000)) for at in range(100)]))"
	for option in size=1m nr_inodes=50; do
		in_mounts private 'mkdir small; mount -t tmpfs -o "mode=777,$1" none small
			sd unpack "$WORK/archive" "$PWD/small/root" || echo $? $(ls -A small)' \
			"$option"
		assertContains "$option" "$output" 'No space left'
		assertEquals "$option" 125 "${output##*
}"
	done
}

# What is run

# run_image ARGS...: in the directory of another, by the binary that PATH has.
run_image() {
	capture outside sh -c 'export "PATH=$1:$PATH" MINE=mine; shift; cd / && exec "$@"' - \
		"${SELFDOCK%/*}" "$ROOT.args" "$@"
}

# busybox_image WORDS: archive, with these words of its config.
busybox_image() {
	make "busybox = entry('bin/busybox', open('$BUSYBOX', 'rb').read(), mode=0o755)
save('archive', image(tar(folder('bin'), busybox, link('bin/sh', 'busybox'),
	link('bin/echo', 'busybox'), link('bin/env', 'busybox'), folder('srv')),
	packer=gzip.compress, $1))"
	unpacks "$WORK/archive" "$ROOT"
}

testProgramOfTheImageRuns() {
	busybox_image "Entrypoint=['/bin/sh', '-c',
			'printf \"<%s>\" \"\$A\" \"\$PWD\" \"\$@\"', 'x'],
		Cmd=['one two', '#three', '', '\\\\four', '-v'], WorkingDir='/srv',
		Env=['A=b  c', 'PATH=/bin', 'E=']"
	run_image
	assertEquals '<b  c></srv><one two><#three><><\four><-v>' "$output"
	run_image 'a b' -v --help
	assertEquals '<b  c></srv><a b><-v><--help>' "$output"
	try run -f "$ROOT.args"
	assertEquals '<b  c></srv><one two><#three><><\four><-v>' "$output"
}

testCommandWithoutEntrypointIsReplaced() {
	busybox_image "Cmd=['echo', 'of the image'], Env=['PATH=/bin']"
	run_image
	assertEquals 'of the image' "$output"
	run_image echo mine
	assertEquals mine "$output"
	run_image sh -c 'exit 7'
	assertEquals 7 "$status"
}

testEntrypointNeedsNoCommand() {
	busybox_image "Entrypoint=['/bin/echo', 'entry']"
	run_image
	assertEquals entry "$output"
	run_image with words
	assertEquals 'entry with words' "$output"
}

testImageWithoutAProgramRunsWhatIsNamed() {
	busybox_image ''
	run_image /bin/echo mine
	assertEquals mine "$output"
}

testWordsOfTheImageAreNoOptions() {
	busybox_image "Cmd=['--help'], Env=['PATH=/bin']"
	run_image
	assertNotContains "$output" usage
	assertEquals "$output" 127 "$status"
}

testCommandThatLinesCannotHoldIsLeftOut() {
	make "save('archive', image(tar(), Cmd=['echo', 'a\\nb'], Env=['A=1', 'B=1\\n2']))"
	try unpack "$WORK/archive" "$ROOT"
	assertEquals "$output" 0 "$status"
	assertEquals "$output" 3 "$(printf '%s\n' "$output" | grep -c '^selfdock-unpack: left out')"
	assertContains "$output" 'for that reason: the command of the image'
	assertEquals '--env A 1' "$(grep -v '^#' "$ROOT.args" | tail -n 3 | paste -sd ' ')"
}

# Docker makes it, too.
testDirectoryOfTheImageIsMade() {
	for directory in /new/and/newer new /link/new; do
		make "busybox = entry('bin/busybox', open('$BUSYBOX', 'rb').read(), mode=0o755)
save('archive', image(tar(busybox, folder('srv', 0o755, mtime=7), link('link', '/srv')),
	Cmd=['/bin/busybox', 'pwd'], WorkingDir='$directory'))"
		unpacks "$WORK/archive" "$ROOT"
		run_image
		assertEquals "$directory" "$(echo "/${directory#/}" | sed s,/link,/srv,)" "$output"
		assertEquals '755 7' "$(of '%a %Y' srv)"
	done
	for directory in /bin/busybox /loop/new /link/new /../../new-outside /tmp/new /proc/new; do
		make "save('archive', image(tar(entry('bin/busybox'), link('loop', 'loop'),
			link('link', '../../new-outside')), WorkingDir='$directory'))"
		unpacks "$WORK/archive" "$ROOT"
		case $directory in
		/link/new) assertTrue "$directory" "[ -d '$ROOT/new-outside/new' ]" ;;
		/b* | /l*) assertEquals "$directory" 'bin dev end link loop proc tmp' \
			"$(cd "$ROOT" && echo *)" ;;
		*) assertTrue "$directory" "[ -d '$ROOT/${directory#/../..}' ]" ;;
		esac
		assertEquals "$directory" '1777 555' "$(of %a tmp proc)"
	done
	assertEquals 'archive root root.args' "$(cd "$WORK" && echo *)"
}

testEnvironmentOfTheImageIsAdded() {
	busybox_image "Cmd=['env'], Env=['PATH=/bin', 'A=1', 'B=x=y', 'C=', '-v=x', 'MINE=image']"
	run_image
	for line in PATH=/bin A=1 B=x=y C= -v=x MINE=image; do
		printf '%s\n' "$output" | grep -qxF -e "$line" || fail "no $line in: $output"
	done
}

testRootFileSystemRuns() {
	busybox_image ''
	assert_output works run -r "$ROOT" /bin/busybox echo works
	assert_output works build -r "$ROOT" /bin/busybox echo works
}

# Peers

# What others write and read: skopeo makes a layout of docker's archive, and umoci unpacks it.
testPeersMakeTheSame() {
	for peer in skopeo umoci; do
		! command -v "$peer" >/dev/null && skip "no $peer here" && return
	done
	[ "$MODE" = nested ] && skip 'they need nothing of an instance' && return
	make "save('archive', saved(
	tar(folder('a'), entry('a/old', 'old'), entry('a/gone'), folder('b'), entry('b/old'),
		entry('c', 'old'), folder('d', 0o750, mtime=5), entry('d/old'), link('e', 'a'),
		entry('h', 'one'), hard('h2', 'h'), folder('f', 0o1777), entry('p', kind='6'),
		pax({'path': 'a/' + 'n' * 150}), entry('x', 'long'), entry('old', mtime=1)),
	tar(entry('a/.wh.gone'), folder('b'), entry('b/.wh..wh..opq'), entry('b/new', 'new'),
		folder('c'), entry('c/new', 'new'), entry('h', 'two'), link('e', 'h', mtime=7)),
	tar(entry('.wh.f'), entry('a/old', 'new', mode=0o600), folder('d', 0o700, mtime=9))))"
	capture as_tester sh -ec 'cd "$1"
		skopeo --insecure-policy copy --quiet docker-archive:archive oci:layout:one
		skopeo --insecure-policy copy --quiet oci:layout:one oci-archive:packed:one
		umoci unpack --rootless --image layout:one bundle' - "$WORK"
	assertEquals "$output" 0 "$status"
	entries "$WORK/bundle/rootfs" >"$SCRATCH/expected"
	assertContains "$(cat "$SCRATCH/expected")" b/new
	for archive in archive layout packed; do
		unpacks "$WORK/$archive" "$ROOT"
		assert_entries "$archive"
	done
}

. shunit2
