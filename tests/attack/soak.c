/* SPDX-License-Identifier: ISC */
/*
 * soak COUNT PARALLEL PROGRAM SLEEPER WORD...: so many starts, so many at a time, by selfdock,
 * whose words these are. PROGRAM ends at once, SLEEPER PROGRAM does not. Most starts run the one,
 * some with an init; some run the other and are killed or terminated; some enter the instance
 * "target". Prints each that ends with another status than it must, and "N starts, N failed".
 *
 * soak limit KIND NUMBER COMMAND...: as root of a user namespace with the same ids, in which there
 * may be so many namespaces of that kind, or "all"; and in a mount namespace and a pid namespace.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_MAX = 32, PARALLEL_MAX = 256, KINDS = 16, SIGNALLED = 128 };

static struct running {
	pid_t pid;
	int wanted, kind;
} running[PARALLEL_MAX];

static int failed;

/* --- starts --- */

/* What to do with a start: its words, the signal that it gets, and the status it must have. */
static const struct kind {
	const char *words[4];
	int sleeps, signal;
} kinds[KINDS] = {
	[0] = { { "run", "--init" }, 0, 0 },
	[4] = { { "run" }, 1, SIGKILL },
	[6] = { { "run", "--init" }, 1, SIGKILL },
	[8] = { { "enter", "target" }, 0, 0 },
	[10] = { { "run" }, 1, SIGTERM },
	[12] = { { "enter", "target" }, 1, SIGKILL },
	[14] = { { "run", "--net", "none" }, 0, 0 },
};

static void start(struct running *one, int number, char **argv)
{
	const struct kind *kind = &kinds[number % KINDS];
	const char *words[WORDS_MAX] = { 0 };
	int count = 0;

	for (int i = 2; argv[i]; i++)
		words[count++] = argv[i];
	words[count++] = *kind->words ? *kind->words : "run";
	for (int i = 1; i < 4 && kind->words[i]; i++)
		words[count++] = kind->words[i];
	words[count++] = kind->sleeps ? argv[1] : argv[0];
	words[count++] = kind->sleeps ? "1000" : NULL;
	one->kind = number % KINDS;
	one->pid = vfork();
	if (!one->pid) {
		execv(words[0], (char **)words);
		_exit(127);
	}
	if (one->pid < 0)
		perror("vfork"), exit(2);
	one->wanted = kind->signal ? SIGNALLED + kind->signal : 0;
}

/* Before or after the program has begun. The kernel refuses it while all ids are root's. */
static void end(struct running *one)
{
	if (!kinds[one->kind].signal)
		return;
	usleep((useconds_t)(rand() % 12000));
	while (kill(one->pid, kinds[one->kind].signal))
		usleep(100);
}

static void reap(void)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status);

	for (struct running *one = running; one < running + PARALLEL_MAX; one++)
		if (one->pid == pid) {
			one->pid = 0;
			if (code == one->wanted)
				return;
			printf("kind %d ended with %d instead of %d\n", one->kind, code,
			       one->wanted);
			failed++;
		}
}

static int soak(int count, int parallel, char **argv)
{
	int alive = 0;

	for (int i = 0; i < count; i++) {
		struct running *free_one = running;
		for (; alive >= parallel; alive--)
			reap();
		while (free_one->pid)
			free_one++;
		start(free_one, i, argv);
		end(free_one);
		alive++;
	}
	for (; alive; alive--)
		reap();
	printf("%d starts, %d failed\n", count, failed);
	return failed > 0;
}

/* --- limits --- */

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path), exit(2);
	close(fd);
}

static void limit(const char *kind, const char *number)
{
	static const char *const all[] = { "user", "mnt", "pid", "ipc", "uts", "cgroup", "net" };
	char path[64];

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", all[i]);
		if (!strcmp(kind, "all") || !strcmp(kind, all[i]))
			write_file(path, number);
	}
}

static int run_limited(char **argv)
{
	int made[2], mapped[2], status;
	char path[64], byte;

	if (pipe(made) || pipe(mapped))
		return 2;
	pid_t child = fork();
	if (!child) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) ||
		    write(made[1], "", 1) != 1 || read(mapped[0], &byte, 1) != 1)
			perror("unshare"), _exit(2);
		pid_t first = fork();
		if (!first) {
			if (mount("proc", "/proc", "proc", 0, NULL))
				perror("/proc"), _exit(2);
			limit(argv[0], argv[1]);
			execvp(argv[2], argv + 2);
			_exit(127);
		}
		waitpid(first, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
	}
	if (read(made[0], &byte, 1) != 1)
		return 2;
	snprintf(path, sizeof path, "/proc/%d/uid_map", child);
	write_file(path, "0 0 4294967295");
	snprintf(path, sizeof path, "/proc/%d/gid_map", child);
	write_file(path, "0 0 4294967295");
	if (write(mapped[1], "", 1) != 1 || waitpid(child, &status, 0) != child)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

int main(int argc, char **argv)
{
	if (argc > 4 && !strcmp(argv[1], "limit"))
		return run_limited(argv + 2);
	if (argc < 6 || atoi(argv[2]) > PARALLEL_MAX)
		return 2;
	return soak(atoi(argv[1]), atoi(argv[2]), argv + 3);
}
