#!/bin/sh
# SPDX-License-Identifier: ISC
# Services: a database and a web server, as packages of Debian install them, each in an instance of
# its own, are started, entered, used by each other and stopped, and nothing of them is left.
# shellcheck disable=SC2016 # the scripts here are for the shell of a scene
. tests/common.sh

PORT=$((20000 + $$ % 10000))

# In scenes: db and web start the services; "enter db.$$ $cli" talks to the database.
SERVICES='cd "$WORK"
	trap "$SD stop -t 0 web.$$ db.$$ 2>/dev/null" EXIT
	db() {
		(cd db && $SD run -d --log ../db.log -n db.$$ -r '$DEBIAN' -w -v ../run /run \
			-e REDISCLI_AUTH password redis-server db.conf)
	}
	web() {
		(cd web && $SD run -d --log ../web.log -n web.$$ -r '$DEBIAN' -v . /srv -C /srv \
			-v ../run /run -t mode=755 /var/lib/nginx nginx -e stderr -p . -c web.conf)
	}
	cli="redis-cli -e -s /run/db.sock"
	await_db() {
		until_true $SD enter db.$$ $cli ping
	}
	await_web() {
		until_true [ -s run/web.pid ]
	}
	# family PID...: these processes, and all below them.
	family() {
		for each; do
			echo $each
			read -r children </proc/$each/task/$each/children
			family $children
		done
	}
	# What somebody else has yet to wait for is not left.
	left() {
		for each; do
			[ ! "$(cat /proc/$each/cmdline 2>/dev/null)" ] || echo left: $each
		done
		$SD ls -q web.$$ db.$$ 2>/dev/null
		ls run
	}
	'

setUp() {
	rm -rf "${WORK:?}"/*
	as_tester mkdir "$WORK/db" "$WORK/web" "$WORK/run"
	as_tester sh -c 'cat >"$1"' sh "$WORK/db/db.conf" <<-EOF_CONF
		port 0
		unixsocket /run/db.sock
		requirepass password
		save 3600 1
		busy-reply-threshold 1
	EOF_CONF
	# The workers of root's nginx become another user, which takes capabilities.
	as_tester sh -c 'echo "a page" >"$1/page"; cat >"$1/web.conf"' sh "$WORK/web" <<-EOF_CONF
		daemon off;
		pid /run/web.pid;
		error_log stderr notice;
		$([ "$MODE" != root ] || echo 'user root; master_process off;')
		events {}
		http { access_log off; server { listen 127.0.0.1:$PORT; root .; } }
	EOF_CONF
}

tearDown() {
	exec 8>&-
}

# logs TEXT FILE: how often it is there.
logs() {
	grep -c "$1" "$WORK/$2"
}

# Each reaches the other, by the network of the host and by a socket in a volume of both.
testTwoServicesFromTheStartToTheEnd() {
	lacks_debian shared && return
	scene "$SERVICES"'
		family=$(family $(db) $(web))
		await_db; await_web
		$SD enter db.$$ cat db.conf | head -n 1
		$SD enter db.$$ bash -c "exec 3<>/dev/tcp/127.0.0.1/'$PORT'
			printf \"GET /page HTTP/1.0\r\n\r\n\" >&3; tail -n 1 <&3 | $cli -x set page"
		$SD enter -e REDISCLI_AUTH password web.$$ $cli get page
		$SD stop web.$$ db.$$; echo stopped: $?
		left $family
		[ db.log -nt web.log ] && echo in this order
		family=$(family $(web) $(db))
		await_db; await_web
		$SD enter db.$$ $cli get page
		$SD stop db.$$ web.$$; echo stopped: $?
		left $family'
	assertEquals 'port 0 OK a page stopped: 0 in this order a page stopped: 0' \
		"$(echo "$output" | xargs)"
	assertEquals 2 "$(logs 'Redis is now ready to exit' db.log)"
	assertEquals 2 "$(logs 'signal 15 (SIGTERM) received, exiting' web.log)"
	assertEquals 2 "$(logs '1#1: exit$' web.log)"
}

# A service that takes longer to fail has started.
testServiceThatFailsAtOnce() {
	lacks_debian shared && return
	echo 'no_such_directive 1;' >>"$WORK/web/web.conf"
	scene "$SERVICES"'for round in 1 2 3 4 5; do
			id=$(web 2>says) || { echo "$?:$id"; cat says; break; }
			$SD stop web.$$ 2>/dev/null
		done
		left'
	assertEquals "1:
selfdock-run: the program ended at once; see '../web.log'" "$output"
	read_all "$WORK/web.log"
	assertContains "$output" 'unknown directive "no_such_directive" in'
}

# While a script runs, the database does not look at signals. What it had not saved is lost.
testServiceThatHangsIsKilledAndThatShows() {
	lacks_debian shared && return
	scene "$SERVICES"'
		family=$(family $(db))
		await_db
		$SD enter db.$$ $cli set page 1
		$SD enter db.$$ $cli eval "while true do end" 0 >/dev/null 2>&1 &
		until_true $SD enter db.$$ sh -c "$cli ping 2>&1 | grep BUSY"
		$SD stop -t 1 db.$$ 2>&1 | sed "s/db[.]$$/db/"
		left $family
		db >id
		await_db
		$SD enter db.$$ $cli exists page
		$SD stop db.$$'
	killed='selfdock-stop: db did not end in 1 s: killed'
	assertEquals "OK $killed db.sock 0" "$(echo "$output" | xargs)"
	assertEquals 2 "$(logs 'Received SIGTERM' db.log)"
	assertEquals 1 "$(logs 'Redis is now ready to exit' db.log)"
}

testServiceThatEndsByAnotherSignal() {
	lacks_debian shared && return
	scene "$SERVICES"'
		family=$(family $(web))
		await_web
		$SD stop -s QUIT web.$$; echo stopped: $?
		left $family'
	assertEquals 'stopped: 0' "$output"
	assertEquals 1 "$(logs 'signal 3 (SIGQUIT) received, shutting down' web.log)"
	assertEquals 1 "$(logs '1#1: exit$' web.log)"
}

. shunit2
