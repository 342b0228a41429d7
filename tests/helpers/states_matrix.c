/* SPDX-License-Identifier: ISC */
/* states_matrix all|one COMMAND [ARG]...: the command once for each of the states below that
 * a caller can be in, or once in none; then what is said of each that went wrong, and how
 * many started, how many were refused, and how many the kernel killed, where it may.
 * "states_matrix started" is the program that it is to start.
 *
 * A start ends in one of two ways: the program ran, and there was no message; or there was
 * one, of a line and perhaps a second with the reason, and status 125 or 126, and nothing
 * ran. No process is left by either. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STATUS = 7, DEADLINE = 20, MDWE = 65, MDWE_REFUSE_EXEC_GAIN = 1 };

static const struct limit {
	const char *name;
	int which;
	int kills; /* whoever it hits, in execve, too */
} limits[] = {
	{ "as", RLIMIT_AS, 1 },
	{ "core", RLIMIT_CORE, 0 },
	{ "cpu", RLIMIT_CPU, 1 },
	{ "data", RLIMIT_DATA, 1 },
	{ "fsize", RLIMIT_FSIZE, 0 },
	{ "locks", RLIMIT_LOCKS, 0 },
	{ "memlock", RLIMIT_MEMLOCK, 0 },
	{ "msgqueue", RLIMIT_MSGQUEUE, 0 },
	{ "nice", RLIMIT_NICE, 0 },
	{ "nofile", RLIMIT_NOFILE, 0 },
	{ "nproc", RLIMIT_NPROC, 0 },
	{ "rss", RLIMIT_RSS, 0 },
	{ "rtprio", RLIMIT_RTPRIO, 0 },
	{ "rttime", RLIMIT_RTTIME, 0 },
	{ "sigpending", RLIMIT_SIGPENDING, 0 },
	{ "stack", RLIMIT_STACK, 1 },
};

static const rlim_t values[] = { 0, 1, 2, 9, 131072 };

static const char *const words[] = { "none",	  "nnp",   "traced", "ignored", "blocked",
				     "umask",	  "nice",  "tsc",    "mdwe",	"exec",
				     "pdeathsig", "group", "session" };

struct state {
	char name[64];
	const char *word;
	const struct limit *limit;
	rlim_t value;
	int closed; /* descriptors, as bits */
};

static int started, refused, killed, wrong;
static int secure;   /* the command is run with more rights than this program has */
static int detached; /* it is to print a number, and no more */

static void for_signals(void (*act)(int number))
{
	for (int number = 1; number <= 64; number++)
		act(number);
}

static void ignore(int number)
{
	signal(number, SIG_IGN);
}

static void be(const struct state *state)
{
	const char *word = state->word;
	sigset_t all;

	memset(&all, 0xff, sizeof all);
	if (!strcmp(word, "nnp"))
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	else if (!strcmp(word, "traced"))
		ptrace(PTRACE_TRACEME, 0, 0, 0);
	else if (!strcmp(word, "ignored"))
		for_signals(ignore);
	else if (!strcmp(word, "blocked"))
		sigprocmask(SIG_BLOCK, &all, NULL);
	else if (!strcmp(word, "umask"))
		umask(0777);
	else if (!strcmp(word, "nice"))
		setpriority(PRIO_PROCESS, 0, 19);
	else if (!strcmp(word, "tsc"))
		prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
	else if (!strcmp(word, "mdwe"))
		prctl(MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
	else if (!strcmp(word, "exec"))
		personality(READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE);
	else if (!strcmp(word, "pdeathsig"))
		prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	else if (!strcmp(word, "group"))
		setpgid(0, 0);
	else if (!strcmp(word, "session"))
		setsid();
	if (state->limit) {
		struct rlimit limit = { state->value, state->value };
		setrlimit(state->limit->which, &limit);
	}
	for (int fd = 0; fd < 3; fd++)
		if (state->closed & 1 << fd)
			close(fd);
}

/* What the command says, until it and all that have its descriptors have ended. */
static void listen_to(int fd, char *text, size_t room)
{
	size_t length = 0;
	ssize_t more;

	while ((more = read(fd, text + length, room - 1 - length)) > 0)
		length += (size_t)more;
	text[length] = '\0';
}

/* The status of the command, with its tracer's work done, and then 1 more for each
 * process that is left: this one is who gets them. */
static int wait_for(pid_t pid, int *left)
{
	int status = 0, other;
	pid_t who;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, 0, WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status));
	/* What the kernel is ending has its time. */
	for (int tries = 100; (who = waitpid(-1, &other, WNOHANG)) >= 0 && tries; tries--)
		if (!who)
			usleep(10000);
	*left = who >= 0;
	return status;
}

static int count_lines(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* musl's start of a program that runs with more rights than its caller looks at the
 * descriptors 0 to 2 by poll(2), which for three fails where only two may be open, and
 * then it crashes on purpose: before any code of selfdock's, with nothing done. */
static int may_be_killed(const struct state *state)
{
	return state->limit &&
	       (state->limit->kills ||
		(secure && state->limit->which == RLIMIT_NOFILE && state->value < 3));
}

/* Whether TEXT is what a start prints that has run the program: what the program says or, if it is
 * detached, the id, or that it has ended meanwhile. */
static int is_answer(const struct state *state, const char *text, int ended)
{
	size_t digits = strspn(text, "0123456789");

	if (detached && ended)
		return state->closed & 4 ? !*text : strstr(text, "ended at once") != NULL;
	if (state->closed & 2)
		return !*text;
	return detached ? digits && !strcmp(text + digits, "\n") : !strcmp(text, "started\n");
}

static void judge(const struct state *state, int status, const char *text, int left)
{
	int ended = WIFEXITED(status) && WEXITSTATUS(status) == STATUS;
	int ran = ended || (detached && WIFEXITED(status) && !WEXITSTATUS(status));
	int failed =
		WIFEXITED(status) && (WEXITSTATUS(status) == 125 || WEXITSTATUS(status) == 126);
	int lines = count_lines(text), said = is_answer(state, text, ended);

	if (left)
		wrong++, printf("%s: a process is left\n", state->name);
	if (ran && said)
		started++;
	else if (failed &&
		 (state->closed & 4 ? !lines : !strncmp(text, "selfdock", 8) && lines < 3))
		refused++;
	else if (!ran && !failed && (!lines || said) && may_be_killed(state))
		killed++;
	else
		wrong++, printf("%s: status %x, '%s'\n", state->name, (unsigned)status, text);
}

static void try(const struct state *state, char **command)
{
	static char text[1 << 16];
	int out[2], left;

	fflush(stdout);
	if (pipe(out))
		exit(3);
	pid_t pid = fork();
	if (!pid) {
		dup2(out[1], 1);
		dup2(out[1], 2);
		close(out[0]);
		close(out[1]);
		be(state);
		execv(*command, command);
		_exit(9);
	}
	close(out[1]);
	/* Traced, it goes on only when it is waited for, and says little. */
	int traced = !strcmp(state->word, "traced");
	int status = traced ? wait_for(pid, &left) : 0;
	alarm(DEADLINE);
	listen_to(out[0], text, sizeof text);
	close(out[0]);
	if (!traced)
		status = wait_for(pid, &left);
	alarm(0);
	judge(state, status, text, left);
}

static void name_state(struct state *state)
{
	snprintf(state->name, sizeof state->name, "%s %s=%lu closed=%x", state->word,
		 state->limit ? state->limit->name : "-", (unsigned long)state->value,
		 (unsigned)state->closed);
}

static void try_all(char **command)
{
	struct state state = { .word = "none" };

	for (size_t word = 0; word < sizeof words / sizeof *words; word++)
		for (state.closed = 0; state.closed < 8; state.closed++) {
			state.word = words[word];
			name_state(&state);
			try(&state, command);
		}
	state.word = "none";
	for (state.limit = limits; state.limit < limits + sizeof limits / sizeof *limits;
	     state.limit++)
		for (size_t value = 0; value < sizeof values / sizeof *values; value++)
			for (state.closed = 0; state.closed < 8; state.closed += 7) {
				state.value = values[value];
				name_state(&state);
				try(&state, command);
			}
}

int main(int argc, char **argv)
{
	static const struct state none = { .name = "no state", .word = "none" };
	struct stat status;

	if (argc == 2 && !strcmp(argv[1], "started"))
		return puts("started") < 0 ? 1 : STATUS;
	if (argc < 3 || stat(argv[2], &status))
		return 2;
	secure = getuid() != 0 && (status.st_mode & S_ISUID);
	for (char **word = argv; *word; word++)
		detached |= !strcmp(*word, "-d");
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (!strcmp(argv[1], "all"))
		try_all(argv + 2);
	else
		try(&none, argv + 2);
	printf("%d started, %d refused, %d killed, %d wrong\n", started, refused, killed, wrong);
	return wrong != 0;
}
