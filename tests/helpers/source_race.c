/* SPDX-License-Identifier: ISC */
/*
 * source_race ROUNDS DIRECTORY A B [A B]... -- COMMAND [ARG]...: a process that
 * exchanges the names A and B in DIRECTORY, pair by pair, as fast as it can, and
 * meanwhile the command, again and again, until there were ROUNDS exchanges. Prints
 * what the command prints on both streams, and says so if an exchange fails. With
 * PAUSE=N in the environment it waits N microseconds after each exchange.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static _Atomic long *rounds;

static _Noreturn void exchange(int directory, char **names)
{
	const char *pause = getenv("PAUSE");

	for (;;)
		for (char **pair = names; strcmp(*pair, "--"); pair += 2) {
			if (syscall(SYS_renameat2, directory, pair[0], directory, pair[1],
				    RENAME_EXCHANGE))
				_exit(1);
			++*rounds;
			if (pause)
				usleep((useconds_t)atoi(pause));
		}
}

int main(int argc, char **argv)
{
	int status, ended = 0;
	long wanted = argc > 6 ? atol(argv[1]) : 0;
	int directory = wanted ? open(argv[2], O_PATH | O_DIRECTORY) : -1;
	char **command = argv + 3;

	while (*command && strcmp(*command, "--"))
		command++;
	if (directory < 0 || !*command || (command - argv) % 2 == 0)
		return 2;
	rounds = mmap(NULL, sizeof *rounds, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (rounds == MAP_FAILED)
		return 2;
	pid_t exchanger = fork();
	if (!exchanger)
		exchange(directory, argv + 3);
	while (*rounds < wanted && !ended) {
		pid_t pid = fork();
		if (!pid) {
			dup2(STDOUT_FILENO, STDERR_FILENO);
			execv(command[1], command + 1);
			_exit(99);
		}
		if (waitpid(pid, &status, 0) < 0)
			return 2;
		ended = waitpid(exchanger, &status, WNOHANG);
	}
	kill(exchanger, SIGKILL);
	if (ended)
		puts("source_race: an exchange failed");
	return ended != 0;
}
