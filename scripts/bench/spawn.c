/* SPDX-License-Identifier: ISC */
/*
 * spawn UID ROUNDS [CROWD]: reads commands, each as a line "LABEL USER WORD..." separated by tabs.
 * Runs all of them in each of ROUNDS, each time in another order: so all meet the same moments of a
 * noisy machine, and each follows each. A run is thrown away and repeated if other processes waited
 * for a CPU for more than a fiftieth of it, as the kernel tells in /proc/pressure/cpu. USER is
 * "plain", with UID as all ids, or "root". Meanwhile CROWD other processes wait. Prints for each
 * command, separated by tabs:
 *
 *   LABEL MEDIAN QUARTILE QUARTILE CPU    microseconds from vfork(2) to the end of wait4(2), the
 *                                         lower quartile first; the median of CPU time
 *   LABEL failed STATUS                   as wait4(2) returns it; it is not run again
 *
 * and on standard error how many were thrown away, and what part of the whole time some process
 * waited for a CPU.
 *
 * spawn -p STARTERS UID SECONDS: runs the same commands, one after the other. STARTERS processes
 * run each of them at once, for SECONDS. Prints LABEL and runs per second.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS = 64, WORDS = 1 << 15 };

struct command {
	char *label, **words;
	uid_t uid;
	int status;
	double *took, *used; /* wall-clock and CPU time of each run */
};

static struct command commands[COMMANDS];
static int count, null, pressure;

static void die(const char *what)
{
	fprintf(stderr, "spawn: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void read_commands(uid_t plain)
{
	static char *words[WORDS];
	char **next = words, *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		struct command *command = &commands[count++];
		char *rest = strdup(line), *word;
		rest[strcspn(rest, "\n")] = '\0';
		command->label = strsep(&rest, "\t");
		const char *user = strsep(&rest, "\t");
		command->uid = user && !strcmp(user, "root") ? 0 : plain;
		command->words = next;
		while ((word = strsep(&rest, "\t")) && next < words + WORDS - 1)
			*next++ = word;
		*next++ = NULL;
		if (!command->words[0] || count == COMMANDS || next == words + WORDS)
			die("cannot take these commands");
	}
	free(line);
}

static int run(const struct command *command, double *used)
{
	struct rusage usage;
	int status;
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (!pid) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (geteuid() == 0 && command->uid &&
		    (setgroups(0, NULL) || setresgid(command->uid, command->uid, command->uid) ||
		     setresuid(command->uid, command->uid, command->uid)))
			_exit(99);
		execv(command->words[0], command->words);
		_exit(98);
	}
	while (wait4(pid, &status, 0, &usage) < 0)
		;
	*used = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
		(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	return status;
}

/* Returns for how long some process has waited for a CPU, in microseconds. 0 if that is unknown. */
static double waited(void)
{
	char text[256] = "";
	ssize_t length = pread(pressure, text, sizeof text - 1, 0);
	const char *total = length > 0 ? strstr(text, "total=") : NULL;

	return total ? atof(total + strlen("total=")) : 0;
}

/* Runs a command in a moment in which nothing else wants its CPU, if one comes in forty tries.
 * Returns how many runs were thrown away. */
static int run_in_peace(struct command *command, int round)
{
	for (int thrown = 0;; thrown++) {
		double before = waited(), began = now();
		command->status = run(command, &command->used[round]);
		double took = now() - began;
		command->took[round] = took;
		if (command->status || thrown == 40 || waited() - before <= took / 50)
			return thrown;
	}
}

static void shuffle(int *order)
{
	for (int i = 0; i < count; i++)
		order[i] = i;
	for (int i = count - 1; i > 0; i--) {
		int other = rand() % (i + 1), kept = order[i];
		order[i] = order[other];
		order[other] = kept;
	}
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void print(const struct command *command, int rounds)
{
	double *took = command->took, *used = command->used;

	qsort(took, (size_t)rounds, sizeof *took, compare);
	qsort(used, (size_t)rounds, sizeof *used, compare);
	if (command->status)
		printf("%s\tfailed\t%#x\n", command->label, command->status);
	else
		printf("%s\t%.1f\t%.1f\t%.1f\t%.1f\n", command->label, took[rounds / 2],
		       took[rounds / 4], took[rounds * 3 / 4], used[rounds / 2]);
}

static void take_turns(int rounds)
{
	int order[COMMANDS], thrown = 0;

	for (int i = 0; i < count; i++) {
		commands[i].took = calloc((size_t)rounds, sizeof(double));
		commands[i].used = calloc((size_t)rounds, sizeof(double));
		/* puts its files into the page cache */
		commands[i].status = run(&commands[i], commands[i].used);
	}
	double before = waited(), began = now();
	for (int round = 0; round < rounds; round++) {
		shuffle(order);
		for (int i = 0; i < count; i++)
			if (!commands[order[i]].status)
				thrown += run_in_peace(&commands[order[i]], round);
	}
	fprintf(stderr, "%d of %d runs thrown away; some process waited for a CPU in %.1f %%\n",
		thrown, thrown + rounds * count, (waited() - before) / (now() - began) * 100);
	for (int i = 0; i < count; i++)
		print(&commands[i], rounds);
}

static void run_until(const struct command *command, double end, _Atomic long *runs)
{
	double used;

	while (now() < end) {
		if (run(command, &used))
			_exit(1);
		++*runs;
	}
	_exit(0);
}

static void start_at_once(int starters, double seconds)
{
	_Atomic long *runs =
		mmap(NULL, sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, failed;

	for (int i = 0; i < count; i++) {
		double began = now();
		*runs = failed = 0;
		for (int starter = 0; starter < starters; starter++)
			if (!fork())
				run_until(&commands[i], began + seconds * 1e6, runs);
		for (int starter = 0; starter < starters; starter++)
			if (wait(&status) < 0 || status)
				failed = 1;
		if (failed)
			printf("%s\tfailed\n", commands[i].label);
		else
			printf("%s\t%.0f\n", commands[i].label,
			       (double)*runs / (now() - began) * 1e6);
		fflush(stdout);
	}
}

static void gather_crowd(int crowd)
{
	while (crowd--)
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
}

int main(int argc, char **argv)
{
	int starters = argc > 2 && !strcmp(argv[1], "-p") ? atoi(argv[2]) : 0;

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pressure = open("/proc/pressure/cpu", O_RDONLY | O_CLOEXEC); /* Linux 4.20 */
	srand((unsigned)getpid());
	argv += starters ? 2 : 0;
	argc -= starters ? 2 : 0;
	if (argc < 3 || argc > 4 || null < 0) {
		fputs("spawn: see its head comment\n", stderr);
		return 1;
	}
	read_commands((uid_t)atoi(argv[1]));
	gather_crowd(argc == 4 ? atoi(argv[3]) : 0);
	if (starters)
		start_at_once(starters, atof(argv[2]));
	else
		take_turns(atoi(argv[2]));
	return 0;
}
