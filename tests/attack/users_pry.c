/* SPDX-License-Identifier: ISC */
/*
 * users_pry BINARY MARK [own]: says "prying", and then, until it is told to end, tries everything
 * on each process of another user's, or with "own" of anybody's, that was started as BINARY: to end
 * it, to look into it, to take what it has open, to change it. Prints "gained WHAT" for what works,
 * once, and at its end how many processes it tried.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static volatile sig_atomic_t ended;
static int tried, by_number;

static void end(int number)
{
	(void)number;
	ended = 1;
}

static void refused(const char *name, long result)
{
	static const char *known[64];
	size_t i = 0;

	if (result < 0)
		return;
	while (known[i] && strcmp(known[i], name))
		i++;
	if (known[i] || i == 63)
		return;
	known[i] = name;
	printf("gained %s\n", name);
	fflush(stdout);
}

static void try_files(const char *pid)
{
	static const char *const files[] = { "environ", "maps",		 "mem",	    "fd",
					     "fd/0",	"fd/3",		 "root",    "cwd",
					     "exe",	"ns/user",	 "ns/mnt",  "auxv",
					     "syscall", "stack",	 "io",	    "pagemap",
					     "fdinfo",	"map_files",	 "smaps",   "personality",
					     "timers",	"timerslack_ns", "root/etc" };
	static const char *const written[] = { "oom_score_adj", "coredump_filter", "uid_map",
					       "gid_map",	"setgroups",	   "clear_refs",
					       "comm",		"autogroup" };
	char path[64];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "/proc/%s/%s", pid, files[i]);
		int file = open(path, O_RDONLY | O_NONBLOCK);
		struct stat status;
		char byte;
		int directory = !fstat(file, &status) && S_ISDIR(status.st_mode);
		/* Of some it is the read that the kernel refuses, and a process that ends has
		 * nothing to read. */
		refused(files[i], directory || read(file, &byte, 1) > 0 ? 0 : -1);
		close(file);
	}
	for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
		snprintf(path, sizeof path, "/proc/%s/%s", pid, written[i]);
		int file = open(path, O_WRONLY);
		refused(written[i], file < 0 ? -1 : write(file, "0", 1));
		close(file);
	}
}

static void try_calls(pid_t pid)
{
	char byte;
	struct iovec own = { &byte, 1 }, other = { (void *)0x10000, 1 };
	struct rlimit limit = { 0, 0 };
	cpu_set_t processors;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	CPU_ZERO(&processors);
	CPU_SET(0, &processors);
	for (int fd = 0; fd < 8; fd++)
		refused("a descriptor", syscall(SYS_pidfd_getfd, pidfd, fd, 0));
	refused("namespaces", setns(pidfd, CLONE_NEWNS | CLONE_NEWPID));
	refused("madvise", syscall(SYS_process_madvise, pidfd, &other, 1, 21, 0));
	refused("a signal by its descriptor",
		syscall(SYS_pidfd_send_signal, pidfd, SIGSTOP, NULL, 0));
	close(pidfd);
	refused("memory", process_vm_readv(pid, &own, 1, &other, 1, 0));
	refused("memory written", process_vm_writev(pid, &own, 1, &other, 1, 0));
	refused("limits", syscall(SYS_prlimit64, pid, RLIMIT_CPU, &limit, NULL));
	refused("priority", setpriority(PRIO_PROCESS, (id_t)pid, 19));
	refused("processors", sched_setaffinity(pid, sizeof processors, &processors));
	refused("ioprio", syscall(SYS_ioprio_set, 1, pid, 3 << 13));
	refused("trace", ptrace(PTRACE_SEIZE, pid, 0, 0));
	refused("stop", kill(pid, SIGSTOP));
	refused("kill", kill(pid, SIGKILL));
}

static void scan(const char *binary, int own)
{
	DIR *all = opendir("/proc");
	struct dirent *entry;

	while (all && !ended && (entry = readdir(all))) {
		char path[300], words[4096] = "";
		struct stat status;
		if (!strspn(entry->d_name, "0123456789") || atoi(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
		int file = open(path, O_RDONLY);
		ssize_t length = file < 0 ? -1 : read(file, words, sizeof words - 1);
		close(file);
		snprintf(path, sizeof path, "/proc/%s", entry->d_name);
		if (length <= 0 || strcmp(words, binary) || stat(path, &status) ||
		    (!own && status.st_uid == getuid()))
			continue;
		tried++;
		try_files(entry->d_name);
		if (by_number)
			try_calls(atoi(entry->d_name));
	}
	closedir(all);
}

int main(int argc, char **argv)
{
	char own[32] = "";

	if (argc < 3 || readlink("/proc/self", own, sizeof own - 1) < 0)
		return 2;
	by_number = atoi(own) == getpid();
	signal(SIGTERM, end);
	puts("prying");
	fflush(stdout);
	while (!ended)
		scan(argv[1], argc > 3);
	printf("%d processes tried\n", tried);
	return 0;
}
