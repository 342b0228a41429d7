/* SPDX-License-Identifier: ISC */
/*
 * inherited_exec KIND COMMAND [ARG]...: executes the command in an odd way:
 *   null, none, empty  with no argv at all, with one of no words, with one empty word; the ARGs are
 *                      the environment
 *   variables          with 100,000 variables
 *   odd                with entries of the environment that are no variables, or twice the same
 *   words              with some 6 MB of words after those given, which is all that Linux takes
 *   shared             while a process with the same directory, umask and descriptors changes them
 *                      without end
 *   tell               nothing is executed: prints how many words and variables there are, and a
 *                      sum of each
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VARIABLES = 100000, WORDS = 46, LONG = 131000 };

static char *made[VARIABLES + 1024];

static void tell(const char *what, char **list)
{
	uint32_t sum = 1;
	size_t count = 0;

	for (; list[count]; count++)
		for (const char *at = list[count];; at++) {
			sum = sum * 31 + (unsigned char)*at;
			if (!*at)
				break;
		}
	printf("%s %zu %x\n", what, count, sum);
}

static char **make_variables(void)
{
	for (int i = 0; i < VARIABLES; i++) {
		made[i] = malloc(32);
		sprintf(made[i], "VARIABLE_%d=%d", i, i);
	}
	return made;
}

static char **make_words(char **words)
{
	size_t count = 0;

	for (; words[count]; count++)
		made[count] = words[count];
	for (int i = 0; i < WORDS; i++) {
		made[count + i] = malloc(LONG + 1);
		memset(made[count + i], 'a' + i % 26, LONG);
		made[count + i][LONG] = '\0';
	}
	return made;
}

static int disturb(void *unused)
{
	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(30);
	for (;;) {
		if (chdir("/tmp") || chdir("/"))
			return 1;
		umask(0777);
		umask(0);
		for (int fd = 3; fd < 16; fd++)
			dup2(0, fd), close(fd);
	}
}

static void share(void)
{
	static char stack[65536] __attribute__((aligned(16)));

	clone(disturb, stack + sizeof stack, CLONE_FS | CLONE_FILES | CLONE_VM | SIGCHLD, NULL);
}

int main(int argc, char **argv)
{
	static char empty[] = "";
	char *odd[] = { "NOSIGN",	 "",	    "=NONAME",
			"TWICE=1",	 "TWICE=2", "PATH=/usr/bin:/bin",
			"PATH=/nowhere", "=",	    "\377\001=\n",
			"NOSIGN",	 NULL };
	char *none[] = { NULL }, *nameless[] = { empty, NULL };
	const char *kind = argc > 1 ? argv[1] : "";
	char **words = argv + 2;

	if (!strcmp(kind, "tell")) {
		tell("words", words);
		tell("variables", environ);
		return 0;
	}
	if (argc < 3)
		return 2;
	if (!strcmp(kind, "null"))
		execve(words[0], NULL, words + 1);
	else if (!strcmp(kind, "none"))
		execve(words[0], none, words + 1);
	else if (!strcmp(kind, "empty"))
		execve(words[0], nameless, words + 1);
	else if (!strcmp(kind, "variables"))
		execve(words[0], words, make_variables());
	else if (!strcmp(kind, "odd"))
		execve(words[0], words, odd);
	else if (!strcmp(kind, "words"))
		execv(words[0], make_words(words));
	else if (!strcmp(kind, "shared"))
		share(), execv(words[0], words);
	perror(words[0]);
	return 3;
}
