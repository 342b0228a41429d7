/* SPDX-License-Identifier: ISC */
/*
 * end_monitor BINARY: tries to end or to change each process that it finds in /proc which executes
 * BINARY, by its number there. Prints how many it saw, what it gained, and how much that is.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int gained, seen;

static void refused(const char *name, long result)
{
	if (result < 0)
		return;
	printf("gained %s\n", name);
	gained++;
}

static void attack(const char *pid)
{
	static const char *const files[] = { "oom_score_adj", "coredump_filter",
					     "timerslack_ns", "clear_refs",
					     "mem",	      "autogroup",
					     "comm",	      "setgroups" };
	static const char *const links[] = { "exe", "root", "cwd", "ns/user", "ns/mnt", "ns/pid" };
	char path[64];
	struct rlimit limit = { 0, 0 };
	pid_t number = atoi(pid);

	seen++;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "/proc/%s/%s", pid, files[i]);
		refused(path, open(path, O_WRONLY));
	}
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		snprintf(path, sizeof path, "/proc/%s/%s", pid, links[i]);
		refused(path, open(path, O_RDONLY));
	}
	refused("a file of its binary", open("/proc/self/root/proc/1/exe", O_WRONLY));
	if (number == 1 || number == getpid())
		return;
	/* The numbers are of another namespace: nobody inside has them. */
	refused("kill", kill(number, SIGKILL));
	refused("trace", ptrace(PTRACE_SEIZE, number, 0, 0));
	refused("pidfd", syscall(SYS_pidfd_open, number, 0));
	refused("prlimit", syscall(SYS_prlimit64, number, RLIMIT_CPU, &limit, NULL));
	refused("priority", setpriority(PRIO_PROCESS, (id_t)number, 19));
}

int main(int argc, char **argv)
{
	DIR *all = opendir("/proc");
	struct dirent *entry;

	while (argc > 1 && all && (entry = readdir(all))) {
		char path[300], words[4096] = "";
		snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
		int file = strspn(entry->d_name, "0123456789") ? open(path, O_RDONLY) : -1;
		if (file >= 0 && read(file, words, sizeof words - 1) > 0 && !strcmp(words, argv[1]))
			attack(entry->d_name);
		close(file);
	}
	printf("%s\n%d gained\n", seen ? "monitors seen" : "no monitor", gained);
	return 0;
}
