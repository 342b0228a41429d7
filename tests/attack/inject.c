/* SPDX-License-Identifier: ISC */
/*
 * inject WHAT [OPTION]... SELFDOCK COMMAND [ARG]...: executes the command, and notes each system
 * call of each process that executes SELFDOCK: a point is a process, a call, and the how manieth of
 * this process. Then it executes the command again for each point, with something that happens
 * there. WHAT is
 *
 *   list                 nothing: prints the points
 *   ERROR,...            the call fails with that error, without being made
 *   0                    the same for each that gives privilege up, but it says that it succeeded
 *   kill                 the process is killed; group: with its process group
 *   random               no points: a process is killed at any moment
 *
 *   -B SCRIPT            for sh, before all this; -b: before each execution
 *   -d                   the first process is not the monitor, but its parent: where it is killed
 *                        while the program runs, the instance is there, until it is terminated
 *   -c COUNT             so many of the errors for each point, in turn
 *   -e EVERY             each point of so many; of random: so many executions
 *   -l FILE              the program prints to this file
 *   -o                   instead of "OK" on its output, the command's status tells whether it works
 *   -s NAME              listens at this abstract socket
 *   -z                   zombies are no leftovers: pid 1 does not reap
 *
 * With an error the command must work, or print nothing, fail and say why in one line. Where
 * something is killed, nothing may be left a second later: no process, no mount. There the program
 * must not end by itself; when all else waits it is terminated, and these calls are points, too.
 * Prints what is wrong, and "N points, N tried, N not reached, N open".
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES_MAX = 64, CALLS_MAX = 512, POINTS_MAX = 8192, TEXT = 16384 };
enum { PIDS = 1 << 22 }; /* pid_max is never more, proc(5) */
enum { OPENED_MAX = 10 };
#ifdef SYS_poll
enum { NUMBER_POLL = SYS_poll };
#else
enum { NUMBER_POLL = SYS_ppoll };
#endif
enum { OP_ENTRY = 1, OP_EXIT = 2 };
/* Instead of an errno. */
enum { LIST = -1, KILL = -2, GROUP = -3, RANDOM = -4 };
/* Milliseconds: from the program's execution to its termination, until all must have ended, and
 * from a kill to the same. */
enum { CALM = 30, LIMIT = 5000, LEFT = 1000 };
/* Microseconds that a start takes, and some more. */
enum { LONGEST = 12000 };

struct point {
	unsigned process; /* 1 is the first; its children are 8, 9..., theirs 64... */
	int number, when;
	bool late;   /* the program runs */
	bool silent; /* the monitor cannot say anything any more */
	bool libc;   /* before main: the C library looks at no error, or crashes */
};

static struct process {
	pid_t pid;
	unsigned name, children;
	bool known;   /* its parent has told of it */
	bool held;    /* until then */
	bool own;     /* it executes selfdock */
	bool begun;   /* in main, which begins with capget */
	bool silent;  /* the monitor has closed its standard error */
	bool failing; /* in the call that is to fail */
	unsigned short calls[CALLS_MAX];
} processes[PROCESSES_MAX];

static struct point points[POINTS_MAX];
static size_t count;

/* The execution that is under way. */
static struct {
	pid_t first;
	const struct point *point;
	int what;
	bool hit, program, terminated;
	bool crashed;
	long begun, executed, killed;
	int status; /* of the first, as waitpid tells; -1 until it has ended */
	size_t alive;
} now;

static const char *before, *log_file;
static int each = 1, errors_each, opened, tried, missed;
static int slow = 1; /* how many times slower the machine is, as SLOW in the environment says */
static bool zombies, detached, by_status;
static struct stat selfdock;
static char said[TEXT], complaint[TEXT], mounts[2][262144];
static bool there[PIDS]; /* these processes were there before */

static _Noreturn void give_up(const char *what)
{
	perror(what);
	exit(2);
}

/* Milliseconds of a machine that is not slow. */
static long clock_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (time.tv_sec * 1000 + time.tv_nsec / 1000000) / slow;
}

static struct process *find_process(pid_t pid)
{
	struct process *free_one = NULL;

	for (struct process *one = processes; one < processes + PROCESSES_MAX; one++) {
		if (one->pid == pid)
			return one;
		if (!one->pid && !free_one)
			free_one = one;
	}
	if (!free_one)
		give_up("too many processes");
	memset(free_one, 0, sizeof *free_one);
	free_one->pid = pid;
	now.alive++;
	return free_one;
}

static void check(long result, const char *what)
{
	/* It may have been killed meanwhile. */
	if (result < 0 && errno != ESRCH)
		give_up(what);
}

#if defined __x86_64__
static void skip_call(pid_t pid)
{
	check(ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L),
	      "skip_call");
}

static void set_result(pid_t pid, long result)
{
	check(ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), result),
	      "set_result");
}
#elif defined __aarch64__
static void skip_call(pid_t pid)
{
	int none = -1;
	struct iovec part = { &none, sizeof none };

	check(ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &part), "skip_call");
}

static void set_result(pid_t pid, long result)
{
	struct user_regs_struct registers;
	struct iovec part = { &registers, sizeof registers };

	check(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part), "set_result");
	registers.regs[0] = (unsigned long)result;
	check(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part), "set_result");
}
#endif

/* --- one execution --- */

/* Calls that never fail. */
static bool is_fixed(int number)
{
	return number == SYS_exit_group || number == SYS_exit || number == SYS_rt_sigreturn ||
	       number == SYS_restart_syscall;
}

/* What selfdock reads back. */
static bool gives_up(int number)
{
	return number == SYS_setresuid || number == SYS_setresgid || number == SYS_setgroups ||
	       number == SYS_capset || number == SYS_prctl;
}

static bool is_point(const struct point *point, const struct process *process, int number)
{
	return point && !now.hit && point->process == process->name && point->number == number &&
	       point->when == process->calls[number];
}

/* A monitor polls, and looks at its program, as often as it takes. */
static bool is_waiting(const struct process *process, int number)
{
	return number == NUMBER_POLL && process->calls[number] > 6;
}

static void at_call(struct process *process)
{
	struct __ptrace_syscall_info info;
	pid_t pid = process->pid;

	check(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info), "system call");
	int number = (int)info.entry.nr;
	if (info.op == OP_EXIT && process->failing) {
		set_result(pid, -(long)now.what);
		process->failing = false;
	}
	if (info.op != OP_ENTRY || number < 0 || number >= CALLS_MAX)
		return;
	process->calls[number]++;
	process->begun |= number == SYS_capget;
	process->silent |= number == SYS_close_range && info.entry.args[0] == 2;
	if (now.what == LIST && count < POINTS_MAX && !is_waiting(process, number))
		points[count++] =
			(struct point){ process->name, number,		process->calls[number],
					now.program,   process->silent, !process->begun };
	if (!is_point(now.point, process, number))
		return;
	now.hit = true;
	now.killed = clock_now();
	if (now.what == GROUP) {
		kill(-now.first, SIGKILL);
	} else if (now.what == KILL) {
		kill(pid, SIGKILL);
	} else {
		if (number != SYS_close) /* which closes, and then fails */
			skip_call(pid);
		process->failing = true;
	}
}

static void go_on(struct process *process, int request, int deliver)
{
	if (request == PTRACE_SYSCALL && (!process->own || (now.hit && !process->failing)))
		request = PTRACE_CONT;
	check(ptrace(request, process->pid, NULL, (long)deliver), "going on");
}

static void name_child(struct process *parent)
{
	unsigned long pid = 0;

	check(ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid), "a child");
	struct process *child = find_process((pid_t)pid);
	child->name = parent->name * 8 + parent->children++;
	child->own = parent->own;
	child->begun = parent->begun;
	child->known = true;
	if (child->held)
		go_on(child, PTRACE_SYSCALL, 0);
	child->held = false;
}

static void look_what_it_executes(struct process *process)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof path, "/proc/%d/exe", process->pid);
	bool own = !stat(path, &status) && status.st_ino == selfdock.st_ino &&
		   status.st_dev == selfdock.st_dev;
	if (process->own && !own) {
		now.program = true;
		now.executed = clock_now();
	}
	process->own = own;
	process->begun = false;
}

static bool is_stop(int number)
{
	return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

static void at_stop(struct process *process, int status)
{
	int number = WSTOPSIG(status), event = status >> 16, deliver = 0;
	int request = PTRACE_SYSCALL;

	if (!process->known) {
		process->held = true;
		return;
	}
	if (number == (SIGTRAP | 0x80))
		at_call(process);
	else if (event == PTRACE_EVENT_STOP && is_stop(number))
		request = PTRACE_LISTEN;
	else if (event == PTRACE_EVENT_EXEC)
		look_what_it_executes(process);
	else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
		 event == PTRACE_EVENT_CLONE)
		name_child(process);
	else if (!event)
		deliver = number;
	go_on(process, request, deliver);
}

static void at_end(struct process *process, int status)
{
	int by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (process->pid == now.first)
		now.status = status;
	now.crashed |= process->own && (by == SIGSEGV || by == SIGBUS || by == SIGILL ||
					by == SIGABRT || by == SIGFPE || by == SIGTRAP);
	process->pid = 0;
	now.alive--;
}

static bool is_zombie(int pid)
{
	char path[64], text[512] = "";
	int file;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	file = open(path, O_RDONLY);
	if (file < 0)
		return true;
	ssize_t length = read(file, text, sizeof text - 1);
	close(file);
	const char *end = length > 0 ? strrchr(text, ')') : NULL;
	return !end || end[2] == 'Z' || end[2] == 'X';
}

/* Returns the number of processes that were not there before, and the last of them. */
static int find_others(bool note, int *other)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	int found = 0;

	if (!proc)
		give_up("/proc");
	while ((entry = readdir(proc))) {
		int pid = atoi(entry->d_name);
		if (pid <= 0 || pid >= PIDS || there[pid] || (zombies && is_zombie(pid)))
			continue;
		there[pid] = note;
		*other = pid;
		found++;
	}
	closedir(proc);
	return found;
}

static void on_alarm(int number)
{
	(void)number;
}

static void listen_as(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t length = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);

	memcpy(address.sun_path + 1, name, strlen(name));
	if (bind(fd, (void *)&address, (socklen_t)length) || listen(fd, 64))
		give_up(name);
}

static void run_shell(const char *command)
{
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/sh", "sh", command, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, NULL, 0) < 0)
		if (errno != EINTR)
			give_up(command);
}

static pid_t find_monitor(void)
{
	for (struct process *one = processes; detached && one < processes + PROCESSES_MAX; one++)
		if (one->pid && one->name == 8)
			return one->pid;
	return now.status < 0 ? now.first : 0;
}

/* Returns true if it is time to end the execution, whatever is left. */
static bool at_tick(void)
{
	long time = clock_now();
	bool kills = now.what < 0, stays = detached && now.point && now.point->process == 1;

	if (kills && now.program && !now.terminated && time - now.executed > CALM &&
	    (!now.hit || stays)) {
		now.terminated = true;
		pid_t monitor = find_monitor();
		if (monitor)
			kill(monitor, SIGTERM);
		now.killed = time;
	}
	if (now.hit && kills)
		return time - now.killed > LEFT;
	return time - now.begun > LIMIT;
}

static _Noreturn void execute(char **words, int traced, int out, int err)
{
	int null = open("/dev/null", O_RDONLY);
	char byte;

	setpgid(0, 0);
	dup2(null, 0);
	dup2(out, 1);
	dup2(err, 2);
	if (read(traced, &byte, 1) != 1)
		_exit(127);
	for (int fd = 3; fd < 64; fd++)
		if (fd != 9) /* which a caller may hand in */
			close(fd);
	execvp(words[0], words);
	_exit(127);
}

static void read_text(int fd, char *text)
{
	size_t length = 0;
	ssize_t more;

	while ((more = read(fd, text + length, TEXT - 1 - length)) > 0)
		length += (size_t)more;
	text[length] = '\0';
	close(fd);
}

/* Traces it until all have ended. Returns false if something did not. */
static bool trace_all(void)
{
	int status;

	while (now.alive) {
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno != EINTR)
			give_up("waitpid");
		if (at_tick())
			return false;
		if (pid < 0)
			continue;
		if (WIFSTOPPED(status))
			at_stop(find_process(pid), status);
		else
			at_end(find_process(pid), status);
	}
	return true;
}

static void kill_all(void)
{
	for (struct process *one = processes; one < processes + PROCESSES_MAX; one++)
		if (one->pid)
			kill(one->pid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
	memset(processes, 0, sizeof processes);
}

/* Returns false if something was left. */
static bool run(const struct point *point, int what, char **words)
{
	int out[2], err[2], traced[2], other;

	if (before) {
		run_shell(before);
		memset(there, 0, sizeof there);
		find_others(true, &other);
	}
	if (log_file && truncate(log_file, 0) && errno != ENOENT)
		give_up(log_file);
	if (pipe2(out, O_NONBLOCK) || pipe2(err, O_NONBLOCK) || pipe(traced))
		give_up("pipe");
	memset(&now, 0, sizeof now);
	now.point = point;
	now.what = what;
	now.status = -1;
	now.begun = clock_now();
	now.first = fork();
	if (!now.first)
		execute(words, traced[0], out[1], err[1]);
	close(out[1]);
	close(err[1]);
	check(ptrace(PTRACE_SEIZE, now.first, NULL,
		     PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL),
	      "PTRACE_SEIZE");
	struct process *first = find_process(now.first);
	first->name = 1;
	first->known = true;
	if (write(traced[1], "", 1) != 1)
		give_up("pipe");
	close(traced[0]);
	close(traced[1]);
	bool ended = trace_all();
	if (!ended)
		kill_all();
	read_text(out[0], said);
	read_text(err[0], complaint);
	if (log_file) {
		int file = open(log_file, O_RDONLY);
		if (file >= 0)
			read_text(file, said);
	}
	return ended;
}

/* --- what is left --- */

static void read_mounts(char *text)
{
	size_t length = 0;
	ssize_t more;
	int file = open("/proc/self/mountinfo", O_RDONLY);

	while ((more = read(file, text + length, sizeof mounts[0] - 1 - length)) > 0)
		length += (size_t)more;
	text[length] = '\0';
	close(file);
}

static void open_point(const struct point *point, int what, const char *format, ...)
{
	va_list list;

	opened++;
	if (point)
		printf("OPEN: process %u call %d occurrence %d%s: ", point->process, point->number,
		       point->when, point->late ? " late" : "");
	else
		printf("OPEN: ");
	if (what >= 0)
		printf("error %d: ", what);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	printf("; status %d, '%s', '%s'\n", now.status, said, complaint);
}

static void check_left(const struct point *point, int what, bool ended)
{
	int other = 0;

	if (!ended)
		open_point(point, what, "a process was left");
	for (long start = clock_now(); find_others(false, &other);) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (clock_now() - start > LEFT) {
			open_point(point, what, "process %d is left", other);
			kill(other, SIGKILL);
			break;
		}
		usleep(500);
	}
	read_mounts(mounts[1]);
	if (strcmp(mounts[0], mounts[1])) {
		open_point(point, what, "mounts are left: %s", mounts[1]);
		strcpy(mounts[0], mounts[1]);
	}
}

/* --- the points --- */

static void try_error(const struct point *point, int error, char **words)
{
	int lines = 0, tries = 5; /* a monitor polls as often as it takes */
	bool ended;

	do
		ended = run(point, error, words);
	while (!now.hit && --tries);
	if (!now.hit) {
		missed++;
		return;
	}
	tried++;
	bool works = by_status ? !now.status : !strcmp(said, "OK\n");
	/* A detached program that works has ended at once, and a line says so. */
	for (char *line = complaint, *end; (end = strchr(line, '\n')); line = end + 1)
		lines += !memmem(line, (size_t)(end - line), "a seccomp filter around", 23) &&
			 !(works && memmem(line, (size_t)(end - line), "ended at once", 13));
	if (!ended)
		open_point(point, error, "it hangs");
	else if (now.crashed || WIFSIGNALED(now.status))
		open_point(point, error, "it crashed");
	else if (!works && !by_status && *said)
		open_point(point, error, "a guarantee is broken");
	else if (!works && !now.status)
		open_point(point, error, "nothing ran, and the status is 0");
	else if (!works && lines != 1 && (lines || !point->silent))
		open_point(point, error, "nothing ran, and there are %d lines", lines);
	else if (works && lines > 1)
		open_point(point, error, "it ran, and there are %d lines", lines);
}

static void try_kill(const struct point *point, int what, char **words)
{
	int tries = 5;

	do
		check_left(point, what, run(point, what, words));
	while (!now.hit && --tries);
	if (now.hit)
		tried++;
	else
		missed++;
}

/* By turns the process group, the monitor, and any process that has begun by then. What is killed
 * last is the monitor, by SIGTERM, where that was not it. */
static void try_random(char **words)
{
	unsigned random = (unsigned)clock_now();
	int null = open("/dev/null", O_RDWR), other;

	for (int i = 0; i < each && opened < OPENED_MAX; i++) {
		memset(&now, 0, sizeof now);
		random = random * 1103515245 + 12345;
		pid_t pid = fork();
		if (!pid) {
			setpgid(0, 0);
			dup2(null, 0);
			dup2(null, 1);
			dup2(null, 2);
			execvp(words[0], words);
			_exit(127);
		}
		setpgid(pid, pid);
		usleep((random >> 8) % LONGEST * (unsigned)slow);
		other = pid;
		if (i % 3 == 2)
			find_others(false, &other);
		kill(i % 3 ? other : -pid, SIGKILL);
		if (other != pid) {
			usleep((random >> 20) % 1000);
			kill(pid, SIGTERM);
		}
		waitpid(pid, &now.status, 0);
		tried++;
		check_left(NULL, KILL, true);
	}
}

static void try_points(const int *errors, int error_count, char **words)
{
	static int turn;

	/* What is left costs a second each. */
	for (size_t i = 0; i < count && opened < OPENED_MAX; i += (size_t)each) {
		const struct point *point = &points[i];
		if (errors[0] == KILL || errors[0] == GROUP) {
			try_kill(point, errors[0], words);
			continue;
		}
		if (point->libc || is_fixed(point->number) ||
		    (!errors[0] && !gives_up(point->number)))
			continue;
		for (int j = 0; j < errors_each; j++)
			try_error(point, errors[turn++ % error_count], words);
	}
}

static int read_errors(char *text, int errors[64])
{
	int error_count = 0;

	if (!strcmp(text, "list"))
		errors[error_count++] = LIST;
	else if (!strcmp(text, "kill"))
		errors[error_count++] = KILL;
	else if (!strcmp(text, "group"))
		errors[error_count++] = GROUP;
	else if (!strcmp(text, "random"))
		errors[error_count++] = RANDOM;
	else
		for (char *word = strtok(text, ","); word && error_count < 64;
		     word = strtok(NULL, ","))
			errors[error_count++] = atoi(word);
	return error_count;
}

int main(int argc, char **argv)
{
	struct itimerval tick = { { 0, 10000 }, { 0, 10000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	int errors[64], other, option;

	if (argc < 4)
		return 2;
	if (getenv("SLOW"))
		slow = atoi(getenv("SLOW"));
	int error_count = read_errors(argv[1], errors);
	argv++, argc--;
	errors_each = error_count;
	while ((option = getopt(argc, argv, "+B:b:c:de:l:os:z")) != -1)
		switch (option) {
		case 'b':
			before = optarg;
			break;
		case 'B':
			run_shell(optarg);
			break;
		case 'd':
			detached = true;
			break;
		case 's':
			listen_as(optarg);
			break;
		case 'c':
			errors_each = atoi(optarg);
			break;
		case 'e':
			each = atoi(optarg);
			break;
		case 'l':
			log_file = optarg;
			break;
		case 'o':
			by_status = true;
			break;
		case 'z':
			zombies = true;
			break;
		default:
			return 2;
		}
	if (argc - optind < 2 || stat(argv[optind], &selfdock))
		return 2;
	char **words = argv + optind + 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGALRM, &action, NULL);
	find_others(true, &other);
	read_mounts(mounts[0]);
	if (errors[0] == RANDOM) {
		try_random(words);
	} else {
		setitimer(ITIMER_REAL, &tick, NULL);
		if (!run(NULL, LIST, words))
			give_up("the first execution");
		if (errors[0] == LIST)
			for (size_t i = 0; i < count; i++)
				printf("%u %d %d%s\n", points[i].process, points[i].number,
				       points[i].when, points[i].late ? " late" : "");
		else
			try_points(errors, error_count, words);
	}
	printf("%zu points, %d tried, %d not reached, %d open\n", count, tried, missed, opened);
	return opened > 0;
}
