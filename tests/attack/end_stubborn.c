/* SPDX-License-Identifier: ISC */
/*
 * end_stubborn KIND MARK [ends]: some processes that do not end by themselves, nor by what may be
 * sent to them, and "ready" when they are there; with "ends" the program then ends with 7. MARK is
 * for whoever looks for them.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 4, DEEP = 3 };

static int ready[2];

static void say_ready(void)
{
	(void)!write(ready[1], "", 1);
}

static _Noreturn void stay(void)
{
	say_ready();
	for (;;)
		pause();
}

static void ignore_all(void)
{
	for (int number = 1; number <= 64; number++)
		signal(number, SIG_IGN);
}

static void be_ignoring(void)
{
	sigset_t all;

	setsid();
	ignore_all();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	stay();
}

static void be_stopped(void)
{
	say_ready();
	for (;;)
		raise(SIGSTOP);
}

/* Each is the child of one that has ended. */
static void be_forking(void)
{
	ignore_all();
	signal(SIGCHLD, SIG_DFL);
	say_ready();
	for (;;) {
		pid_t pid = fork();
		if (pid > 0)
			_exit(0);
		setsid();
		usleep(pid < 0 ? 1000 : 100);
	}
}

static void be_vfork(void)
{
	say_ready();
	ignore_all();
	if (!vfork())
		for (;;)
			pause();
	stay();
}

static void be_traced(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXIT);
	ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	waitpid(pid, &status, 0);
	be_ignoring();
}

static void be_deep(int levels)
{
	if (!levels || unshare(CLONE_NEWUSER | CLONE_NEWPID))
		be_ignoring();
	if (!fork())
		be_deep(levels - 1);
	ignore_all();
	for (;;)
		pause();
}

static void be_namespaces(void)
{
	be_deep(DEEP);
}

static void untie(void)
{
	prctl(PR_SET_PDEATHSIG, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)!unshare(CLONE_NEWUSER);
	setsid();
}

static void be_untied(void)
{
	untie();
	be_ignoring();
}

static void *spin(void *unused)
{
	for (;;)
		sched_yield();
	return unused;
}

static void be_threads(void)
{
	pthread_t thread;

	ignore_all();
	nice(19);
	pthread_create(&thread, NULL, spin, NULL);
	say_ready();
	syscall(SYS_exit, 0);
}

static const struct {
	const char *name;
	void (*be)(void);
} kinds[] = {
	{ "ignoring", be_ignoring }, { "stopped", be_stopped }, { "forking", be_forking },
	{ "vfork", be_vfork },	     { "traced", be_traced },	{ "namespaces", be_namespaces },
	{ "untied", be_untied },     { "threads", be_threads },
};

int main(int argc, char **argv)
{
	char byte;

	if (argc < 3 || pipe(ready))
		return 2;
	for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
		if (strcmp(kinds[kind].name, argv[1]))
			continue;
		for (int i = 0; i < COUNT; i++)
			if (!fork())
				kinds[kind].be();
	}
	/* As pid 1 it reaps what forks without end, or all pids of the machine would be used up. */
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < COUNT; i++)
		if (read(ready[0], &byte, 1) != 1)
			return 3;
	/* As pid 1 it is what the death signal of the start is for: see "Known limits". */
	if (!strcmp(argv[1], "untied") && getpid() != 1)
		untie();
	puts("ready");
	fflush(stdout);
	if (argc > 3)
		_exit(7);
	for (;;)
		pause();
}
