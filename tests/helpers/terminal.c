/* SPDX-License-Identifier: ISC */
/*
 * terminal STEP [WORD]... -- COMMAND [ARG]...: runs the command as the foreground job of a new
 * session on a pseudo-terminal, as an interactive shell does, and takes the steps. Where one does
 * not hold within seconds, says so and fails. Steps:
 *
 *   until TEXT      the output goes on with that, somewhere
 *   type TEXT       types it; ^C is that key
 *   kill SIGNAL     to the process of the job; group SIGNAL: to its process group;
 *                   program SIGNAL: to the process's only child; child SIGNAL: to
 *                   all children of a shell that is the job
 *   stopped SIGNAL  the job has stopped by that
 *   so-has-program  and its only child has stopped by now, with all threads
 *   goes-on         it does not stop
 *   fg, bg          continues the job, and gives it the terminal, or takes that away
 *   size ROWS COLS  of the window
 *   foreground WHO  the terminal is the "job"'s, or somebody "other"'s
 *   hangup          the terminal is gone
 *   spent MOST      the process of the job, and the only child of each, have each had no
 *                   more CPU time than so many milliseconds
 *   ends HOW        the job has exited with that number, or died by that signal; and
 *                   its process group is empty
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20, CHILDREN_MAX = 64 };

static const double LIMIT = 30; /* seconds; several instances may start at once on a slow machine */

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP },   { "INT", SIGINT },	      { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP }, { "ABRT", SIGABRT },     { "BUS", SIGBUS },   { "FPE", SIGFPE },
	{ "KILL", SIGKILL }, { "USR1", SIGUSR1 },     { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE }, { "ALRM", SIGALRM },     { "TERM", SIGTERM }, { "STKFLT", SIGSTKFLT },
	{ "CHLD", SIGCHLD }, { "CONT", SIGCONT },     { "STOP", SIGSTOP }, { "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },     { "URG", SIGURG },   { "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM }, { "PROF", SIGPROF }, { "WINCH", SIGWINCH },
	{ "IO", SIGIO },     { "PWR", SIGPWR },	      { "SYS", SIGSYS },
};

static char **steps, **command; /* each ends in NULL */
static int master, slave;
static char text[TEXT_MAX]; /* what has been printed since the last "until" */
static size_t length;
static pid_t job;
static char state[32]; /* the last change of the job, like "ends 5" or "stopped TSTP" */
static int ended;

static int same(const char *one, const char *other)
{
	return !strcmp(one, other);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Whatever became of the job, nothing of it shall be left. */
static _Noreturn void finish(int status)
{
	if (job > 0 && !ended) {
		kill(job, SIGKILL);
		waitpid(job, NULL, 0);
	}
	exit(status);
}

static _Noreturn void fail(const char *format, ...)
{
	va_list list;

	for (char **word = steps; *word; word++)
		printf("%s ", *word);
	printf(": ");
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	printf("; output: '%.*s'\n", (int)length, text);
	finish(1);
}

static int number_of(const char *name)
{
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (same(signals[i].name, name))
			return signals[i].number;
	if (!isdigit((unsigned char)*name))
		fail("unknown signal '%s'", name);
	return atoi(name);
}

static void set_state(const char *what, int number)
{
	snprintf(state, sizeof state, "%s %d", what, number);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (signals[i].number == number)
			snprintf(state, sizeof state, "%s %s", what, signals[i].name);
}

static void read_text(int milliseconds)
{
	struct pollfd wait = { .fd = master, .events = POLLIN };

	for (; poll(&wait, 1, milliseconds) > 0; milliseconds = 0) {
		if (length == TEXT_MAX)
			fail("too much");
		ssize_t more = read(master, text + length, TEXT_MAX - length);
		if (more <= 0)
			return;
		length += (size_t)more;
	}
}

static void until(const char *part)
{
	const double deadline = now() + LIMIT;
	char *at;

	while (!(at = memmem(text, length, part, strlen(part)))) {
		if (now() > deadline)
			fail("no '%s'", part);
		read_text(50);
	}
	at += strlen(part);
	length -= (size_t)(at - text);
	memmove(text, at, length);
}

static void type(const char *keys)
{
	for (; *keys; keys++) {
		char key = *keys;

		if (key == '^' && keys[1])
			key = *++keys & 31;
		if (write(master, &key, 1) != 1)
			fail("cannot type");
	}
}

/* The next change of the job, in state; false, if there is none for so many seconds. */
static int wait_for_change(int options, double limit)
{
	const double deadline = now() + limit;
	sigset_t child;
	int status;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (!ended) {
		pid_t pid = waitpid(job, &status, options | WNOHANG);
		if (pid && WIFSTOPPED(status)) {
			set_state("stopped", WSTOPSIG(status));
			return 1;
		}
		if (pid && WIFEXITED(status))
			snprintf(state, sizeof state, "ends %d", WEXITSTATUS(status));
		else if (pid)
			set_state("ends", WTERMSIG(status));
		ended = pid != 0;
		double left = deadline - now();
		if (!ended && left <= 0)
			return 0;
		if (!ended)
			sigtimedwait(&child, NULL,
				     &(struct timespec){ (time_t)left,
							 (long)((left - (time_t)left) * 1e9) });
	}
	return 1;
}

static void expect(const char *what, const char *how)
{
	char wanted[sizeof state];

	snprintf(wanted, sizeof wanted, "%s %s", what, how);
	int changed = wait_for_change(same(what, "stopped") ? WUNTRACED : 0, LIMIT);
	if (changed && same(state, wanted))
		return;
	read_text(0);
	fail("expected: %s; but was: %s", wanted, changed ? state : "nothing");
}

static int read_children(pid_t pid, pid_t *children)
{
	char path[64];
	int count = 0;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
	FILE *file = fopen(path, "r");
	while (file && count < CHILDREN_MAX && fscanf(file, "%d", &children[count]) == 1)
		count++;
	if (file)
		fclose(file);
	return count;
}

static pid_t only_child(void)
{
	const double deadline = now() + LIMIT;
	pid_t children[CHILDREN_MAX];
	int count;

	while ((count = read_children(job, children)) != 1) {
		if (now() > deadline)
			fail("the job has %d children", count);
		usleep(1000);
	}
	return children[0];
}

static char read_state(const char *path)
{
	char line[256], one_state = '?';
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof line, file))
		sscanf(line, "State: %c", &one_state);
	if (file)
		fclose(file);
	return one_state;
}

static void expect_stopped_program(void)
{
	char path[300];
	pid_t program = only_child();
	struct dirent *entry;

	snprintf(path, sizeof path, "/proc/%d/task", program);
	DIR *tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/status", program, entry->d_name);
		char one_state = read_state(path);
		if (one_state != 'T')
			fail("a thread of the program is in state %c", one_state);
	}
	if (!tasks)
		fail("there is no program");
	closedir(tasks);
}

/* By the clock of RLIMIT_CPU. */
static void expect_spent(long most)
{
	pid_t children[CHILDREN_MAX] = { job };
	struct timespec time;

	do {
		if (clock_gettime((clockid_t)(~(unsigned)*children << 3), &time))
			fail("no clock of %d", *children);
		long spent = time.tv_sec * 1000 + time.tv_nsec / 1000000;
		if (spent > most)
			fail("%d has had %ld ms", *children, spent);
	} while (read_children(*children, children) == 1);
}

/* Whether the process group of the job has a member that is no zombie. */
static int has_members(void)
{
	struct dirent *entry;
	char path[300], line[1024];
	int found = 0;

	if (kill(-job, 0) && errno == ESRCH)
		return 0;
	DIR *proc = opendir("/proc");
	while (proc && !found && (entry = readdir(proc))) {
		char one_state = 'Z';
		int group = 0;

		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		FILE *file = fopen(path, "r");
		char *end = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
		if (file)
			fclose(file);
		found = end && sscanf(end, ") %c %*d %d", &one_state, &group) == 2 &&
			group == job && one_state != 'Z';
	}
	if (proc)
		closedir(proc);
	return found;
}

static void expect_empty_group(void)
{
	const double deadline = now() + 1;

	while (has_members()) {
		if (now() > deadline)
			fail("its process group has processes left");
		usleep(5000);
	}
}

static void continue_job(int foreground)
{
	tcsetpgrp(slave, foreground ? job : getpgrp());
	kill(-job, SIGCONT);
}

/* Takes the step, and returns the next one. */
static char **take(char **step)
{
	const char *name = *step++;
	/* These have no word. */
	if (same(name, "goes-on")) {
		if (wait_for_change(WUNTRACED, 0.3))
			fail("it stopped, or ended");
		return step;
	}
	if (same(name, "so-has-program")) {
		expect_stopped_program();
		return step;
	}
	if (same(name, "fg") || same(name, "bg")) {
		continue_job(same(name, "fg"));
		return step;
	}
	if (same(name, "hangup")) {
		close(slave);
		close(master);
		master = slave = -1;
		return step;
	}
	const char *word = *step;
	if (!word)
		fail("'%s' lacks a word, or is unknown", name);
	step++;
	if (same(name, "until")) {
		until(word);
	} else if (same(name, "type")) {
		type(word);
	} else if (same(name, "kill")) {
		kill(job, number_of(word));
	} else if (same(name, "group")) {
		kill(-job, number_of(word));
	} else if (same(name, "program")) {
		kill(only_child(), number_of(word));
	} else if (same(name, "child")) {
		pid_t children[CHILDREN_MAX];
		for (int count = read_children(job, children); count > 0; count--)
			kill(children[count - 1], number_of(word));
	} else if (same(name, "stopped")) {
		expect(name, word);
	} else if (same(name, "ends")) {
		expect(name, word);
		expect_empty_group();
	} else if (same(name, "spent")) {
		expect_spent(atol(word));
	} else if (same(name, "size") && *step) {
		struct winsize size = { .ws_row = (unsigned short)atoi(word),
					.ws_col = (unsigned short)atoi(*step++) };
		ioctl(master, TIOCSWINSZ, &size);
	} else if (same(name, "foreground")) {
		if ((tcgetpgrp(slave) == job) != same(word, "job"))
			fail("the terminal is not that of %s", word);
	} else {
		fail("unknown step '%s'", name);
	}
	return step;
}

static void open_terminal(void)
{
	sigset_t child;

	setsid();
	signal(SIGHUP, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD); /* wait_for_change looks for it */
	sigprocmask(SIG_BLOCK, &child, NULL);
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) || unlockpt(master))
		fail("no pseudo-terminal: %s", strerror(errno));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0))
		fail("no terminal of the session: %s", strerror(errno));
}

static void start_job(void)
{
	sigset_t none;

	job = fork();
	if (job < 0)
		fail("cannot fork: %s", strerror(errno));
	if (job) {
		/* The job takes it. Later, this would be to take it from a shell in the job. */
		while (tcgetpgrp(slave) == getpgrp())
			usleep(1000);
		return;
	}
	setpgid(0, 0);
	tcsetpgrp(slave, getpid());
	for (int fd = 0; fd < 3; fd++)
		dup2(slave, fd);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(*command, command);
	_exit(99);
}

int main(int argc, char **argv)
{
	int status, at = 1;

	while (at < argc && !same(argv[at], "--"))
		at++;
	if (at >= argc - 1)
		return 2;
	argv[at] = NULL;
	steps = argv + 1;
	command = argv + at + 1;
	pid_t leader = fork(); /* so that what follows can lead a session */
	if (leader) {
		waitpid(leader, &status, 0);
		return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	}
	open_terminal();
	start_job();
	for (char **step = steps; *step;)
		step = take(step);
	finish(0);
}
