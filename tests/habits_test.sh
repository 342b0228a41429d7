#!/bin/sh
# SPDX-License-Identifier: ISC
# What users of docker, podman, bubblewrap, firejail and the tools of the day type: it works, or the
# one line of the answer has what helps. A command line is refused before there is any privilege, so
# one mode is enough.
# modes: plain
# shellcheck disable=SC2016 # the scripts here are for another shell
. tests/common.sh

# answers: reads a table of rows "STATUS|works or a piece of the answer|COMMAND LINE", and runs all
# of them in one shell of the tester's.
answers() {
	as_tester mkdir -p "$WORK/bin" "$WORK/src"
	as_tester ln -sf "$SELFDOCK" "$WORK/bin/selfdock"
	as_tester touch "$WORK/image.tar"
	capture as_tester env PATH="$WORK/bin:$PATH" sh -c 'cd "$1"
		while IFS="|" read -r wanted piece words; do
			(eval "$words") >output 2>&1 </dev/null
			status=$? output="" lines=0
			while IFS= read -r line; do
				output="$output$line " lines=$((lines + 1))
			done <output
			case $wanted:$lines in
			0:* | 124:* | *:1) ;;
			*) echo "$words: $lines lines: $output" ;;
			esac
			case $status:$output in
			"$wanted:"*"$piece"*) ;;
			"$wanted:"*) [ "$piece" = works ] || echo "$words: $output" ;;
			*) echo "$words: status $status: $output" ;;
			esac
		done' sh "$WORK"
	assertNull 'without the answer that helps' "$output"
}

testOptionsOfDockerAndPodman() {
	answers <<-'EOF'
		125|leave it out: nothing is left|selfdock run --rm true
		125|leave it out: nothing is left|selfdock --rm run true
		125|leave it out: the program has your terminal|selfdock run -it sh
		125|leave it out: the program has your terminal|selfdock run -i -t sh
		125|leave it out: the program has your terminal|selfdock run --interactive sh
		125|leave it out: the program has your terminal|selfdock run --tty sh
		125|leave it out: the program has your terminal|selfdock enter -it name sh
		125|leave it out: the program has your terminal|selfdock run -ti sh
		125|leave it out: the program has your terminal|selfdock run -dti sh
		125|is --tmpfs OPT DST: leave it out|selfdock run -t -i sh
		125|is --tmpfs OPT DST: leave it out|selfdock run -t ubuntu bash
		125|write --map FILE /etc/resolv.conf|selfdock run --dns 1.1.1.1 true
		125|has your uid|selfdock run -u 0 id
		125|has your uid|selfdock run --user 1000:1000 id
		125|has your uid|selfdock run --user=1000 id
		125|has your uid|selfdock run --userns=keep-id id
		125|no port is mapped|selfdock run -p 80:80 true
		125|no port is mapped|selfdock run --publish 80:80 true
		125|prlimit, or systemd-run|selfdock run --memory 512m true
		125|prlimit, or systemd-run|selfdock run --memory-swap=1g true
		125|-p CPUQuota=50%|selfdock run --cpus 2 true
		125|prlimit|selfdock run --ulimit nofile=9 true
		125|prlimit|selfdock run --pids-limit 9 true
		125|limited from outside|selfdock run -m 512m true
		125|limited from outside|selfdock run -m 512m /bin/true
		125|--device PATH|selfdock run --gpus all true
		125|what you can|selfdock run --cap-add SYS_ADMIN true
		125|what you can|selfdock run --privileged true
		125|has no privileges|selfdock run --cap-drop ALL true
		125|has its own filter|selfdock run --security-opt no-new-privileges true
		125|read-only in 'run'|selfdock run --read-only true
		125|write --map SRC DST, --vol|selfdock run --mount type=bind,src=/a,dst=/b true
		125|write --net none|selfdock run --network none true
		125|write --net none|selfdock run --network=none true
		125|'host' or 'none'|selfdock run --net bridge true
		125|always has its own|selfdock run --pid host true
		125|write --vol SRC DST|selfdock run --volume /a:/b true
		125|write --vol SRC DST|selfdock run --volume=/a:/b true
		125|inside must begin with '/'|selfdock run -v a:b true
		125|two words: --vol /a /b|selfdock run -v /a:/b /bin/true
		125|two words: --map /a /b|selfdock run -v /a:/b:ro true
		125|needs two words: --vol SRC DST|selfdock run -v/a:/b true
		125|needs two words: --vol SRC DST|selfdock run -v /a:/b
		125|--tmpfs mode=1777 /run|selfdock run --tmpfs /run true
		125|--tmpfs mode=1777 /run|selfdock run --tmpfs /run:size=64m /bin/true
		125|two words: --env A b|selfdock run -e A=b env
		125|needs two words: --env NAME VALUE|selfdock run --env=A=b env
		125|set -a; . FILE|selfdock run --env-file vars env
		125|write --chdir DIR|selfdock run --workdir /src make
		126|a directory has that name|selfdock run -w /usr make
		127|a directory has that name|selfdock run -w src make
		125|COMMAND is the program|selfdock run --entrypoint sh true
		125|a service manager does that|selfdock run --restart always true
		125|did you mean '--detach'|selfdock run --detatch true
		125|did you mean '--name'|selfdock run --nmae x true
		125|unpack it first|selfdock run -r image.tar sh
		127|no images: only programs|selfdock run ubuntu bash
		127|no images: only programs|selfdock run alpine:3.19 sh
	EOF
}

testCommandsOfDockerAndPodman() {
	answers <<-'EOF'
		125|write selfdock enter NAME|selfdock exec -it name sh
		125|write selfdock enter NAME|selfdock attach name
		125|write selfdock ls|selfdock ps
		125|nothing is left of what has ended|selfdock ls -a
		125|write selfdock ls|selfdock container ls
		1|no instance of yours is|selfdock stop name
		125|write selfdock stop NAME|selfdock kill name
		125|write selfdock stop NAME|selfdock rm -f name
		125|write selfdock run -d --log FILE|selfdock logs name
		125|write selfdock ls --json NAME|selfdock inspect name
		125|write selfdock ls -l|selfdock top name
		125|write selfdock ls -l|selfdock stats
		125|'run' waits|selfdock wait name
		125|cp(1)|selfdock cp name:/x y
		125|no images: --rootfs DIR|selfdock images
		125|no images: --rootfs DIR|selfdock pull alpine
		125|write selfdock unpack ARCHIVE DIR|selfdock load -i image.tar
		125|write selfdock check|selfdock info
		125|write selfdock run|selfdock create alpine
		125|start it again by run|selfdock restart name
		125|xargs -r selfdock stop|selfdock stop --all
		125|could be pruned|selfdock system prune
		125|no image is built|selfdock build .
		125|is --tmpfs OPT DST: leave it out|selfdock build -t foo .
		125|A program: selfdock run bash|selfdock bash
		125|did you mean 'enter'|selfdock entre name
		125|'selfdock --help'|selfdock compose up
	EOF
}

testOptionsOfBubblewrapAndFirejail() {
	answers <<-'EOF'
		125|write --map SRC DST|selfdock run --ro-bind /usr /usr true
		125|write --vol SRC DST|selfdock run --bind /usr /usr true
		125|write --vol SRC DST|selfdock run --dev-bind / / true
		125|an instance has its own|selfdock run --dev /dev true
		125|'new', 'host' or 'none'|selfdock run --proc /proc true
		125|write --net none|selfdock run --unshare-net true
		125|write --net none|selfdock run --unshare-all true
		125|an instance has its own|selfdock run --unshare-pid true
		125|write --env NAME VALUE|selfdock run --setenv A b env
		125|has its own filter|selfdock run --new-session true
		125|write --mask PATH, or --tmpfs mode=700|selfdock run --private true
		125|write --mask PATH, or --tmpfs|selfdock run --private-etc=hosts true
		125|write --unset NAME|selfdock run --rmenv=A true
		125|'--rootfs' is no option of 'ls'|selfdock --rootfs / ls
		127|a shell can do that|selfdock run 'echo a; echo b'
		125|an instance has its own|selfdock run --private-tmp true
		125|write selfdock enter NAME|selfdock --join=name
		125|write selfdock enter NAME|selfdock run --join name sh
		125|has its own filter|selfdock run --noprofile true
		125|has no privileges|selfdock run --caps.drop=all true
		125|write --mask PATH|selfdock run --blacklist=/etc true
		125|prlimit|selfdock run --rlimit-as=9 true
		125|write --tmpfs mode=755 DIR|selfdock run --dir /x true
		125|write selfdock stop NAME|selfdock --shutdown=name
	EOF
}

testQuestionsAndMistakes() {
	answers <<-'EOF'
		0|applets, each with|selfdock help
		0|applets, each with|selfdock -h
		0|applets, each with|selfdock --help
		0|usage: selfdock-run|selfdock help run
		0|usage: selfdock-run|selfdock run -h
		0|usage: selfdock-ls|selfdock ls --help
		0|selfdock 0|selfdock version
		0|selfdock 0|selfdock --version
		0|selfdock 0|selfdock run --version
		0|applets, each with|selfdock --chdir / -h
		0|selfdock 0|selfdock --chdir / --version
		125|see 'selfdock --help'|selfdock
		125|unknown option '-Z'; see 'selfdock-run --help'|selfdock run -wZd true
		125|'/a' and 'run' is taken as --vol SRC DST|selfdock -v /a run
		125|'run' is taken as --rootfs DIR|selfdock -r run
		125|'-l' comes after 'name'|selfdock ls name -l
		125|'-C' comes after 'name'|selfdock enter name -C / ls
		125|two words: --env A b|selfdock enter -e A=b name env
		125|no word: --clearenv|selfdock run --clearenv=A true
	EOF
}

testHabitsThatWork() {
	answers <<-'EOF'
		0|works|selfdock run --name habit true
		0|works|selfdock run -d true
		0|works|selfdock run --init true
		0|works|selfdock run --device /dev/null true
		0|box|selfdock run --hostname box hostname
		0|works|selfdock run --net none true
		0|works|selfdock run --net=none true
		0|works|selfdock run --die-with-parent true
		124||timeout 0.1 selfdock run sleep 9
		124||timeout -s INT 0.1 selfdock run sleep 9
		124||timeout -k 1 0.1 selfdock run sleep 9
		124||timeout --foreground 0.1 selfdock run sleep 9
		0|b|echo a b | xargs -n 1 -P 2 selfdock run echo
		0|works|nohup selfdock run true
		0|works|setsid -w selfdock run true
		0|works|env -i "$(command -v selfdock)" run true
		0|5|nice -n 5 selfdock run nice
		0|works|flock src selfdock run true
		0|works|selfdock run true <&- >&-
		0|piped|echo piped | selfdock run cat | cat
		0|64|ulimit -n 64; selfdock run sh -c 'ulimit -n'
		0|0077|umask 077; selfdock run sh -c umask
		0|made|printf 'all:;@echo made\n' >Makefile; make -j4 SHELL='selfdock run -w sh'
	EOF
}

. shunit2
