#!/bin/sh
# SPDX-License-Identifier: ISC
# Package managers and installers in a root file system that a plain user made and owns, without
# root, by --fakeroot. "make check" does that once, and "make proof" beside other tools.
# modes: plain setuid
# shellcheck disable=SC2016 # scripts for the shell inside
. tests/common.sh

INCLUDED=fakeroot,rpm,rsync,cpio,adduser,libcap2-bin,busybox,attr,acl,make,mount,python3-minimal
INCLUDED=$INCLUDED,pacman-package-manager
KEPT_ROOT=$KEPT/debian-packaging-$(echo "$INCLUDED" | cksum | cut -d ' ' -f 1).tar

# A Debian made from nothing by the tester, by the commands of README.md.
make_root() {
	[ ! -e "$KEPT_ROOT" ] || return 0
	scene "selfdock() { \$SD \"\$@\"; }
		PATH=$SYSTEM_PATH HOME=\$WORK
		set -e
		$(example 'do their work. This makes' |
		sed "s/--variant=apt/& --include=$INCLUDED/")
		cd
		$(example 'Where there is no mmdebstrap')
		[ -x other/usr/bin/hello ]
		mv debian.tar root.tar"
	printf '%s\n' "$output"
	[ "$status" = 0 ] && mv "$WORK/root.tar" "$KEPT_ROOT"
} >"$ONCE/packaging.log" 2>&1

# lacks_debian_of_ones_own: otherwise it is in $WORK/root.
lacks_debian_of_ones_own() {
	lacks_userns && return
	once packaging make_root
	[ ! -e "$KEPT_ROOT" ] && skip "mmdebstrap failed: $(tail -n 1 "$ONCE/packaging.log")" &&
		return
	as_tester mkdir "$WORK/root"
	as_tester tar -C "$WORK/root" -xpf - <"$KEPT_ROOT"
	false
}

tearDown() {
	as_tester rm -rf "$WORK"/*
}

# in_root WORD...: as root inside, with the words before sh, and the script.
in_root() {
	option=$1
	shift
	# shellcheck disable=SC2086 # words
	try build $option -r "$WORK/root" -C /tmp -e LC_ALL C -e DEBIAN_FRONTEND noninteractive \
		-e PATH "/usr/local/sbin:$SYSTEM_PATH" "$@"
}

build_rpm() {
	as_tester cp tests/packaging/p.spec "$WORK/root/srv"
	in_root --fakeroot sh -c 'rpmbuild -bb --define "_topdir /tmp/rpm" /srv/p.spec &&
		cp /tmp/rpm/RPMS/noarch/*.rpm /srv/p.rpm'
	assertEquals "$output" 0 "$status"
}

# compare COLUMN OPTION WORD...: each row of the table with that column of results.
# shellcheck disable=SC2034 # the columns, by their names
compare() {
	column=$1 option=$2 rows=0
	shift 2
	while IFS='|' read -r name first second third script; do
		case $name in '#'*) continue ;; esac
		eval "wanted=\$$column"
		in_root "$option" "$@" sh -c "$script" </dev/null
		result=fails
		[ "$status" != 0 ] || result=works
		assertEquals "$name: $output" "$wanted" "$result"
		rows=$((rows + 1))
	done <tests/packaging/table
	assertTrue "$rows rows" "[ $rows -ge 40 ]"
	figure "$rows commands of packaging, by ${*:-$option}"
}

testPackageManagersAndInstallersWork() {
	[ "$MODE${PROOF-}" = setuid ] && skip 'plain does the same, and make proof both' && return
	lacks_debian_of_ones_own && return
	build_rpm
	compare first --fakeroot
}

testOtherToolsForThat() {
	[ ! "${PROOF-}" ] && skip 'for make proof' && return
	lacks_debian_of_ones_own && return
	build_rpm
	compare second '' env FAKEROOTDONTTRYCHOWN=1 fakeroot
	as_tester rm -rf "$WORK"/*
	lacks_debian_of_ones_own && return
	build_rpm
	compare third '' unshare -r
}

# proof_in_root PACKAGES SCRIPT: installs these, too, and then the script succeeds.
proof_in_root() {
	[ ! "${PROOF-}" ] && skip 'for make proof' && return
	lacks_debian_of_ones_own && return
	build_rpm
	in_root --fakeroot sh -ec "sed 's/^deb /deb-src /' /etc/apt/sources.list \
			>/etc/apt/sources.list.d/source.list
		apt-get update -qq
		apt-get install -qqy --no-install-recommends $1 >/dev/null
		$2"
	assertEquals "$output" 0 "$status"
}

testDnfAndZypperInstall() {
	proof_in_root 'dnf zypper createrepo-c' '
		mkdir /srv/repo
		mv /srv/p.rpm /srv/repo
		createrepo_c -q /srv/repo
		dnf -qy --repofrompath=p,/srv/repo --repo=p --nogpgcheck --releasever=1 install p
		[ -g /opt/owned ]
		rpm -e p
		[ ! -e /opt/owned ]
		zypper -nq addrepo -G /srv/repo p
		zypper -n install p
		[ -g /opt/owned ]'
}

testMakeInstallOfUtilLinux() {
	proof_in_root 'gcc libc6-dev make xz-utils bison pkg-config libpam0g-dev libncurses-dev' '
		cd /srv
		apt-get source -qq --download-only util-linux
		tar -xf util-linux_*.orig.tar.*
		cd util-linux-*/
		./configure --quiet --without-python --disable-nls
		make -s -j2 >/dev/null
		make -s install >/dev/null
		[ -u /usr/bin/su ] && [ -g /usr/bin/wall ]
		su --version | grep "${PWD##*-}"'
}

testServicesInstallAndTheResultIsWhole() {
	[ ! "${PROOF-}" ] && skip 'for make proof' && return
	lacks_debian_of_ones_own && return
	in_root --fakeroot sh -c 'apt-get update -qq && apt-get install -qqy \
		hello openssh-server redis-server man-db dbus gcc'
	assertEquals "$output" 0 "$status"
	in_root --fakeroot dpkg --audit
	assertEquals 'dpkg --audit' '0:' "$status:$output"
	try run -r "$WORK/root" hello
	assertEquals 'Hello, world!' "$output"
	assertEquals 'all of it is one user: ' '' \
		"$(find "$WORK/root" ! -uid "$SD_UID" -print -quit)"
}

. shunit2
