/* SPDX-License-Identifier: ISC */
/*
 * mutate HOW FROM STEP STARTER UID GID,GID,... DIRECTORY SELFDOCK: stops starts of instances at
 * each system call, from selfdock's execve to that of the program. While one is stopped there,
 * another process of the user changes something that the start uses. Then the start goes on, and
 * the oracle judges what its program can reach. oracle_plant.c made the directory, and the standard
 * input.
 *
 * HOW is "all": at every call each mutator, each in a start of its own; "quick": the same, with
 * less to be looked at, and of a long row of calls that are alike only the first; "one": the same
 * with the next mutator at each call; or the name of a mutator. FROM and STEP choose the calls.
 * STARTER, who starts the instances, is the user or root.
 *
 * It also looks whether the outer process has no privilege when the inner one first looks at a
 * path, whether what is root's alone is as it was, and whether nothing is left. Prints each gain,
 * and at last "N stops, N mutators, N gains". By root, or by the user where nothing is setuid.
 * MUTATE_VERBOSE=yes lets the errors of the starts be seen.
 *
 * Stopped by a tracer, which can let the start go on at full speed. What a tracer is in the way of
 * is tried where a seccomp listener stops it: tests/helpers/privilege_stops.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/attack/oracle.h"

enum { TRACEES = 16, JUDGE = 3, LINE = 1024, WAIT_MS = 20000, STEP_MS = 5 };

/* linux/ptrace.h, which clashes with <sys/ptrace.h> */
struct call_info {
	uint8_t op, pad[3];
	uint32_t arch;
	uint64_t pointers[2];
	uint64_t number, arguments[6];
};

enum { GET_SYSCALL_INFO = 0x420e, IS_ENTRY = 1 };

static uid_t uid, starter;
static gid_t groups[8];
static size_t group_count;
static const char *directory, *selfdock, *oracle, *how;
static FILE *judge;
static unsigned long gains, stops, looked;
static int is_root;

static const char *in(const char *path)
{
	static char full[32][LINE];
	static unsigned turn;
	char *joined = full[turn++ % 32];

	snprintf(joined, LINE, "%s/%s", directory, path);
	return joined;
}

static void need(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "mutate: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void become(uid_t user)
{
	if (is_root && user)
		need(!setgroups(group_count, groups) &&
			     !setresgid(groups[0], groups[0], groups[0]) &&
			     !setresuid(uid, uid, uid),
		     "ids");
}

/* ---- the mutators: each undoes what it did when it is called with PID 0 ---- */

static void exchange(const char *one, const char *other)
{
	syscall(SYS_renameat2, AT_FDCWD, in(one), AT_FDCWD, in(other), 2 /* RENAME_EXCHANGE */);
}

/* Puts a link to TARGET in the place of PATH, or the reverse. */
static void replace(pid_t pid, const char *path, const char *target)
{
	char away[LINE];

	snprintf(away, sizeof away, "%s.away", path);
	if (pid) {
		if (!rename(in(path), in(away)))
			need(!symlink(in(target), in(path)), path);
	} else if (!access(in(away), F_OK)) {
		unlink(in(path));
		need(!rename(in(away), in(path)), path);
	}
}

static void source_by_link(pid_t pid)
{
	replace(pid, "open/p/q/source", "shut");
}

static void source_by_theirs(pid_t pid)
{
	struct stat is;

	if (pid || (!stat(in("open/p/q/source"), &is) && is.st_uid != uid))
		exchange("open/p/q/source", "open/p/q/theirs");
}

static void source_by_file(pid_t pid)
{
	if (pid) {
		rename(in("open/p/q/source"), in("open/p/q/source.away"));
		close(open(in("open/p/q/source"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	} else if (!access(in("open/p/q/source.away"), F_OK)) {
		unlink(in("open/p/q/source"));
		rename(in("open/p/q/source.away"), in("open/p/q/source"));
	}
}

static void parent_by_link(pid_t pid)
{
	replace(pid, "open/p/q", "shut");
}

static void grandparent_by_link(pid_t pid)
{
	replace(pid, "open/p", "shut");
}

static void parent_away(pid_t pid)
{
	rename(in(pid ? "open/p/q" : "open/p/gone"), in(pid ? "open/p/gone" : "open/p/q"));
}

static void target_by_link(pid_t pid)
{
	replace(pid, "open/p/volume/target", "shut");
}

/* It is the user's own, but no volume. */
static void volume_by_secret(pid_t pid)
{
	replace(pid, "open/p/volume", "secret");
}

static void log_by_link(pid_t pid)
{
	if (pid) {
		unlink(in("open/p/log"));
		need(!symlink("../roots", in("open/p/log")), "log");
	} else {
		unlink(in("open/p/log"));
	}
}

static void log_by_fifo(pid_t pid)
{
	unlink(in("open/p/log"));
	if (pid)
		need(!mkfifo(in("open/p/log"), 0600), "log");
}

static void log_away(pid_t pid)
{
	if (pid)
		unlink(in("open/p/log"));
}

static void parent_of_log_by_link(pid_t pid)
{
	replace(pid, "open/p", "open/closed");
}

static void target_by_root(pid_t pid)
{
	replace(pid, "open/p/volume/target", "../../../../../../../../etc");
}

static void volume_by_link(pid_t pid)
{
	replace(pid, "open/p/volume", "shut");
}

static void root_dev(pid_t pid)
{
	replace(pid, "root/dev", "shut");
}

static void root_dev_outside(pid_t pid)
{
	replace(pid, "root/dev", "../../../../../../../../../../dev");
}

static void root_proc(pid_t pid)
{
	replace(pid, "root/proc", "../../../../../../../../../../proc");
}

static void root_tmp(pid_t pid)
{
	replace(pid, "root/tmp", "shut");
}

static void root_target(pid_t pid)
{
	replace(pid, "root/mnt", "../../../../../../../../../../etc");
}

static void modes(pid_t pid)
{
	chmod(in("open/p/q/source"), pid ? 0 : 0755);
	chmod(in("open/p/volume"), pid ? 0 : 0755);
}

static void modes_of_parents(pid_t pid)
{
	chmod(in("open/p"), pid ? 0 : 0755);
}

/* As an automounter does. */
static void mount_over(pid_t pid)
{
	if (pid)
		mount("tmpfs", in("open/p/q/source"), "tmpfs", 0, "mode=700");
	else
		umount2(in("open/p/q/source"), MNT_DETACH);
}

static void unmount(pid_t pid)
{
	umount2(in("open/p/volume/small"), MNT_DETACH);
	if (!pid)
		mount("tmpfs", in("open/p/volume/small"), "tmpfs", 0, "mode=777,size=64k");
}

static void mount_over_root(pid_t pid)
{
	if (pid)
		mount("tmpfs", in("root/dev"), "tmpfs", 0, "mode=755");
	else
		umount2(in("root/dev"), MNT_DETACH);
}

static void fill_file_system(pid_t pid)
{
	static char block[4096];
	int fd;

	if (!pid) {
		unlink(in("open/p/volume/small/filler"));
		return;
	}
	fd = open(in("open/p/volume/small/filler"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	while (write(fd, block, sizeof block) > 0)
		;
	close(fd);
}

static void write_arguments(const char *text)
{
	int fd = open(in("open/p/arguments"), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	need(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "arguments");
	close(fd);
}

static void truncate_arguments(pid_t pid)
{
	if (pid)
		need(!truncate(in("open/p/arguments"), 0), "arguments");
	else
		write_arguments("-e\nNAME\nvalue\n");
}

static void limit(pid_t pid, int resource, rlim_t value)
{
	const struct rlimit limit = { value, value };

	if (pid)
		syscall(SYS_prlimit64, pid, resource, &limit, NULL);
}

static void limit_files(pid_t pid)
{
	limit(pid, RLIMIT_NOFILE, 3);
}

static void limit_memory(pid_t pid)
{
	limit(pid, RLIMIT_AS, 4096);
}

static void limit_size(pid_t pid)
{
	limit(pid, RLIMIT_FSIZE, 0);
}

static void limit_processes(pid_t pid)
{
	limit(pid, RLIMIT_NPROC, 0);
}

static void schedule(pid_t pid)
{
	const struct sched_param none = { 0 };
	cpu_set_t first;

	if (!pid)
		return;
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	syscall(SYS_sched_setscheduler, pid, 5 /* SCHED_IDLE */, &none);
	sched_setaffinity(pid, sizeof first, &first);
	setpriority(PRIO_PROCESS, (id_t)pid, 19);
}

static void stop(pid_t pid)
{
	if (pid)
		kill(pid, SIGSTOP);
}

static void end(pid_t pid)
{
	if (pid)
		kill(pid, SIGKILL);
}

static void interrupt(pid_t pid)
{
	for (int number = 1; pid && number <= 64; number++)
		if (number != SIGKILL && number != SIGSTOP && number != SIGTSTP &&
		    number != SIGTTIN && number != SIGTTOU)
			kill(pid, number);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		errno = 0; /* not on every machine */
	close(fd);
}

/* Into a cgroup in which nothing more can be started. */
static void move(pid_t pid)
{
	static const char *const tops[] = { "/sys/fs/cgroup/pids", "/sys/fs/cgroup" };
	char group[128], path[160], number[16];
	const char *top = tops[access("/sys/fs/cgroup/pids/cgroup.procs", F_OK) ? 1 : 0];

	snprintf(group, sizeof group, "%s/selfdock-mutate-%d", top, getppid());
	if (!pid) {
		rmdir(group);
		return;
	}
	mkdir(group, 0755);
	snprintf(path, sizeof path, "%s/pids.max", group);
	write_file(path, "1");
	snprintf(path, sizeof path, "%s/cgroup.procs", group);
	snprintf(number, sizeof number, "%d", pid);
	write_file(path, number);
}

/* A tracer is in the way of all this, so it is tried only for what it may spoil. */
static void attack(pid_t pid)
{
	static const char *const files[] = { "mem",	      "environ",	"fd", "cwd", "root",
					     "oom_score_adj", "coredump_filter" };
	static char byte;
	struct iovec local = { &byte, 1 }, remote = { (void *)(uintptr_t)0x1000, 1 };
	char path[64];

	if (!pid)
		return;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0)
			(void)!write(fd, "1", 1);
		close(fd);
	}
	process_vm_writev(pid, &local, 1, &remote, 1, 0);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	for (int fd = 0; fd < 10; fd++) {
		int got = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
		if (got >= 0)
			close(got);
	}
	close(pidfd);
}

enum { HOST, ROOTFS, LOGGED, KINDS };

enum { ONE, ALL, ENOUGH = 5, ROW = 16 };

/* Of selfdock, and the next one is the program's. For "-f" it executes itself once more. */
static const int executions[] = { [HOST] = 3, [ROOTFS] = 2, [LOGGED] = 2 };

static const struct {
	const char *name;
	void (*change)(pid_t pid);
	int start;
	int by_root; /* what only root can do */
} mutators[] = {
	{ "log-by-link", log_by_link, LOGGED, 0 },
	{ "log-by-fifo", log_by_fifo, LOGGED, 0 },
	{ "log-away", log_away, LOGGED, 0 },
	{ "parent-of-log-by-link", parent_of_log_by_link, LOGGED, 0 },
	{ "source-by-link", source_by_link, HOST, 0 },
	{ "source-by-theirs", source_by_theirs, HOST, 0 },
	{ "source-by-file", source_by_file, HOST, 0 },
	{ "parent-by-link", parent_by_link, HOST, 0 },
	{ "grandparent-by-link", grandparent_by_link, HOST, 0 },
	{ "parent-away", parent_away, HOST, 0 },
	{ "target-by-link", target_by_link, HOST, 0 },
	{ "target-by-root", target_by_root, HOST, 0 },
	{ "volume-by-link", volume_by_link, HOST, 0 },
	{ "volume-by-secret", volume_by_secret, ROOTFS, 0 },
	{ "root-dev", root_dev, ROOTFS, 0 },
	{ "root-dev-outside", root_dev_outside, ROOTFS, 0 },
	{ "root-proc", root_proc, ROOTFS, 0 },
	{ "root-tmp", root_tmp, ROOTFS, 0 },
	{ "root-target", root_target, ROOTFS, 0 },
	{ "modes", modes, HOST, 0 },
	{ "modes-of-parents", modes_of_parents, HOST, 0 },
	{ "mount-over", mount_over, HOST, 1 },
	{ "mount-over-root", mount_over_root, ROOTFS, 1 },
	{ "unmount", unmount, HOST, 1 },
	{ "fill", fill_file_system, HOST, 0 },
	{ "arguments", truncate_arguments, HOST, 0 },
	{ "limit-files", limit_files, HOST, 0 },
	{ "limit-memory", limit_memory, HOST, 0 },
	{ "limit-size", limit_size, ROOTFS, 0 },
	{ "limit-processes", limit_processes, HOST, 0 },
	{ "schedule", schedule, HOST, 0 },
	{ "stop", stop, HOST, 0 },
	{ "kill", end, HOST, 0 },
	{ "signals", interrupt, ROOTFS, 0 },
	{ "cgroup", move, HOST, 1 },
	{ "attack", attack, HOST, 0 },
};

enum { MUTATORS = sizeof mutators / sizeof *mutators };

static int reads(const char *text, const char *name, const char *wanted)
{
	const char *found = strstr(text, name);

	return found && !strncmp(found + strlen(name), wanted, strlen(wanted));
}

static int read_status(pid_t pid, char *text, size_t size)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
	close(fd);
	text[length < 0 ? 0 : length] = 0;
	return length > 0;
}

/* A process may have ended, and another one have its pid, before its maker's stop is seen. */
static int is_traced(pid_t pid, pid_t tracer)
{
	char text[4096], value[16];

	snprintf(value, sizeof value, "\t%d\n", tracer);
	return read_status(pid, text, sizeof text) && reads(text, "\nTracerPid:", value);
}

/* As the user, but for what root does. */
static void mutate(int which, const pid_t *pids, size_t count)
{
	int status;

	if (mutators[which].by_root && !is_root)
		return;
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		if (!mutators[which].by_root)
			become(uid);
		for (size_t i = 0; i < count; i++)
			if (!pids[i] || is_traced(pids[i], getppid()))
				mutators[which].change(pids[i]);
		fflush(stdout);
		_exit(0);
	}
	need(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status),
	     mutators[which].name);
}

/* ---- a start ---- */

struct start {
	pid_t pid, tracees[TRACEES];
	size_t count;
	int output, log, executed;
	long number, before; /* of the call, and of the last other one */
	int row;	     /* how many calls of these two numbers there were in a row */
	int seen_path;
};

static char *const *words_of(int kind)
{
	static char *words[32];
	static char text[24][LINE];
	size_t count = 0;
	const char *const host[] = {
		"-f",
		in("open/p/arguments"),
		"-m",
		in("open/p/q/source"),
		"/opt/a",
		"-v",
		in("open/p/volume"),
		in("open/p/volume"),
		"-m",
		in("open/p/q/source"),
		in("open/p/volume/target"),
		"-t",
		"mode=755",
		"/opt/t",
		"-w",
		"run",
		"--",
		oracle,
		"scan",
		how,
		NULL,
	};
	const char *const rootfs[] = {
		"-r",
		in("root"),
		"-m",
		in("open/p/q/source"),
		"/mnt/a",
		"-v",
		in("open/p/volume"),
		"/opt/b",
		"--init",
		"--net",
		"none",
		"run",
		"--",
		"/oracle",
		"scan",
		how,
		NULL,
	};
	/* Its log, which it has open, may have no name any more. */
	const char *const logged[] = {
		"-m",
		in("open/p/q/source"),
		"/opt/a",
		"run",
		"-d",
		"--log",
		in("open/p/log"),
		"--",
		oracle,
		"scan",
		"quick",
		NULL,
	};
	const char *const *const kinds[] = { host, rootfs, logged };
	const char *const *chosen = kinds[kind];

	words[count++] = (char *)(uintptr_t)selfdock;
	for (size_t i = 0, used = 0; chosen[i]; i++) {
		/* What in() gave is overwritten soon. */
		if (*chosen[i] == '/' && used < 24) {
			snprintf(text[used], LINE, "%s", chosen[i]);
			words[count++] = text[used++];
		} else {
			words[count++] = (char *)(uintptr_t)chosen[i];
		}
	}
	words[count] = NULL;
	return words;
}

static void tell_options(int kind)
{
	fprintf(judge, "bind m %s /opt/a\n", in("open/p/q/source"));
	if (kind == HOST)
		fprintf(judge, "cwd %s\nbind v %s %s\nbind v %s %s\n", in("open/p/q"),
			in("open/p/q"), in("open/p/q"), in("open/p/volume"), in("open/p/volume"));
	else if (kind == ROOTFS)
		fprintf(judge, "rootfs %s\nbind v %s /opt/b\n", in("root"), in("open/p/volume"));
	else
		fprintf(judge, "cwd %s\nbind v %s /none\n", in("open/p"), in("open/p/log"));
}

static void launch(struct start *start, int kind)
{
	char *const *words = words_of(kind);
	int go[2], output[2];
	char byte;
	/* As the user's, also where it is root that starts it. */
	int log = open(in("open/p/log"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	need(log >= 0 && (!is_root || !fchown(log, uid, groups[0])), "log");
	memset(start, 0, sizeof *start);
	need(!pipe2(go, O_CLOEXEC) && !pipe2(output, O_CLOEXEC), "pipe");
	fflush(stdout);
	start->pid = fork();
	need(start->pid >= 0, "fork");
	if (!start->pid) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		lseek(0, 0, SEEK_SET);
		dup2(output[1], 1);
		if (!getenv("MUTATE_VERBOSE"))
			dup2(null, 2);
		become(starter);
		setpgid(0, 0);
		if (read(go[0], &byte, 1) != 1 || chdir(in(kind == HOST ? "open/p/q" : "open/p")))
			_exit(3);
		close(JUDGE);
		execv(words[0], words);
		_exit(127);
	}
	close(output[1]);
	close(go[0]);
	start->output = output[0];
	start->log = log;
	start->tracees[start->count++] = start->pid;
	need(!ptrace(PTRACE_SEIZE, start->pid, 0,
		     PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL),
	     "PTRACE_SEIZE");
	need(!ptrace(PTRACE_INTERRUPT, start->pid, 0, 0), "PTRACE_INTERRUPT");
	need(write(go[1], "", 1) == 1, "go");
	close(go[1]);
}

static void forget(struct start *start, pid_t pid)
{
	for (size_t i = 0; i < start->count; i++)
		if (start->tracees[i] == pid)
			start->tracees[i] = start->tracees[--start->count];
}

/* Those that are known keep their order, in which release() goes through them. */
static void remember(struct start *start, pid_t pid)
{
	for (size_t i = 0; i < start->count; i++)
		if (start->tracees[i] == pid)
			return;
	need(start->count < TRACEES, "few processes");
	start->tracees[start->count++] = pid;
}

static int makes_process(int event)
{
	return event && event <= PTRACE_EVENT_CLONE;
}

/* Lets all of them go on without a tracer; STOPPED is the one that is stopped now. Another may have
 * just made a process, which has the tracer, too. */
static void release(struct start *start, pid_t stopped)
{
	unsigned long born;
	int status;

	for (size_t i = 0; i < start->count; i++) {
		pid_t pid = start->tracees[i];
		if (pid != stopped) {
			if (ptrace(PTRACE_INTERRUPT, pid, 0, 0))
				continue;
			if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
				continue;
			if (makes_process(status >> 16) &&
			    !ptrace(PTRACE_GETEVENTMSG, pid, 0, &born))
				remember(start, (pid_t)born);
		}
		ptrace(PTRACE_DETACH, pid, 0, 0);
	}
	start->count = 0;
}

static void report(const char *what, int mutator, long at, long number)
{
	printf("GAIN at stop %ld (call %ld), %s: %s\n", at, number,
	       mutator < 0 ? "no mutator" : mutators[mutator].name, what);
	gains++;
}

/* Whether the outer side has no privilege, when the inner one first looks at a path. That is the
 * one that has a pid in more than one namespace. */
static void look_at_outer(struct start *start, pid_t inner, int mutator, long at)
{
	char text[4096], ids[128];
	int outer, one, two;

	if (!read_status(inner, text, sizeof text) || !strstr(text, "\nNSpid:") ||
	    sscanf(strstr(text, "\nNSpid:"), "\nNSpid: %d %d", &one, &two) != 2 ||
	    sscanf(strstr(text, "\nPPid:"), "\nPPid: %d", &outer) != 1)
		return;
	start->seen_path = 1;
	looked++;
	if (!outer || !read_status(outer, text, sizeof text))
		return; /* it was killed */
	snprintf(ids, sizeof ids, "\t%u\t%u\t%u\t%u\n", starter, starter, starter, starter);
	if (!reads(text, "\nUid:", ids) || !reads(text, "\nCapPrm:", "\t0000000000000000\n") ||
	    !reads(text, "\nCapEff:", "\t0000000000000000\n") ||
	    !reads(text, "\nNoNewPrivs:", "\t1\n"))
		report("the outer side has privilege when the inner one looks at a path", mutator,
		       at, start->number);
}

/* A start asks for each mount by two calls in turn, here some 500 times. */
static int is_far_in_a_row(struct start *start, long number)
{
	int alike = number == start->number || number == start->before;

	if (number != start->number)
		start->before = start->number;
	start->number = number;
	start->row = alike ? start->row + 1 : 0;
	return start->row > ROW && !strcmp(how, "quick");
}

static int looks_at_paths(uint64_t number)
{
	return number == SYS_getcwd || number == SYS_mount || number == SYS_fsopen ||
	       number == SYS_open_tree || number == SYS_move_mount || number == SYS_mount_setattr;
}

/* Goes to the call AT, has it mutated there, and lets the start go on. Returns whether there is
 * such a call before the program. */
static int go_to(struct start *start, long at, int which)
{
	struct call_info info;
	unsigned long born;
	long count = 0;
	int status, entry;

	while (start->count) {
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0)
			break;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			forget(start, pid);
			if (pid == start->pid)
				start->pid = 0;
			continue;
		}
		int event = status >> 16, number = WSTOPSIG(status), deliver = 0;
		remember(start, pid);
		if (event == PTRACE_EVENT_EXEC &&
		    ++start->executed == executions[mutators[which].start]) {
			release(start, pid);
			return 0;
		}
		/* It is stopped already, and may be seen only later. */
		if (makes_process(event) && !ptrace(PTRACE_GETEVENTMSG, pid, 0, &born))
			remember(start, (pid_t)born);
		entry = number == (SIGTRAP | 0x80) && start->executed &&
			ptrace(GET_SYSCALL_INFO, pid, sizeof info, &info) > 0 &&
			info.op == IS_ENTRY;
		if (entry) {
			int far = is_far_in_a_row(start, (long)info.number);
			if (!start->seen_path && looks_at_paths(info.number))
				look_at_outer(start, pid, which, at);
			if (!far && count++ == at) {
				mutate(which, start->tracees, start->count);
				release(start, pid);
				return 1;
			}
		}
		if (!event && number != (SIGTRAP | 0x80) && number != SIGTRAP)
			deliver = number;
		ptrace(PTRACE_SYSCALL, pid, 0, deliver);
	}
	return 0;
}

/* Of a start that may be stopped: until its group has gone on. */
static void wake(const struct start *start, int which)
{
	if (mutators[which].change == stop && start->pid)
		kill(-start->pid, SIGCONT);
}

static char *read_all(int fd, const struct start *start, int which)
{
	size_t length = 0, size = 1 << 17;
	char *text = malloc(size);
	struct pollfd ready = { fd, POLLIN, 0 };
	ssize_t more = 1;
	int waited = 0;

	need(text != NULL, "memory");
	while (more > 0 && waited < WAIT_MS) {
		if (!poll(&ready, 1, STEP_MS)) {
			waited += STEP_MS;
			wake(start, which);
			continue;
		}
		more = read(fd, text + length, size - length - 1);
		length += more > 0 ? (size_t)more : 0;
		if (size - length < 4096)
			need((text = realloc(text, size *= 2)) != NULL, "memory");
	}
	text[length] = 0;
	return text;
}

/* All that comes of a start is a child of this process in the end. */
static void wait_for_end(const struct start *start, int which, long at)
{
	int status, waited = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) >= 0 && waited < WAIT_MS) {
		if (pid)
			continue;
		wake(start, which);
		poll(NULL, 0, 1 + waited / 10);
		waited += 1 + waited / 10;
	}
	if (pid < 0)
		return;
	report("something of it is left", which, at, start->number);
	exit(1); /* the tracer's end is that of what it traces */
}

/* The text that the program printed; the caller frees it. */
static char *read_output(struct start *start, int which, long at)
{
	char *text = read_all(start->output, start, which);

	close(start->output);
	wait_for_end(start, which, at);
	if (mutators[which].start == LOGGED) {
		free(text);
		text = read_all(start->log, start, which);
	}
	close(start->log);
	return text;
}

static unsigned long answer(void)
{
	char line[64];

	/* The stream of the socket is for both directions. */
	fflush(judge);
	ssize_t length = 0;
	while (length < 63 && read(JUDGE, line + length, 1) == 1 && line[length] != '\n')
		length++;
	line[length] = 0;
	need(length > 0, "the oracle");
	return strtoul(line, NULL, 10);
}

static void ask_oracle(const char *text, int kind, int which, long at, long number)
{
	tell_options(kind);
	fprintf(judge, "%sjudge\n", text);
	for (unsigned long more = answer(); more; more = 0) {
		printf("%lu of these: ", more);
		report("the program reaches more", which, at, number);
	}
}

static void look_at_roots_file(int which, long at, long number)
{
	struct stat is;

	if (is_root && (stat(in("open/roots"), &is) || is.st_size != 7 || is.st_uid))
		report("a file of root's was changed", which, at, number);
}

/* Returns whether there is such a call. */
static int try(long at, int which, unsigned long *started)
{
	const pid_t none[] = { 0 };
	struct start start;
	int kind = mutators[which].start;

	launch(&start, kind);
	int reached = go_to(&start, at, which);
	char *text = read_output(&start, which, at);
	size_t length = strlen(text);
	int ended = length > 4 && !strcmp(text + length - 4, "end\n");

	if (reached) {
		stops++;
		*started += (unsigned long)ended;
		if (ended)
			ask_oracle(text, kind, which, at, start.number);
		look_at_roots_file(which, at, start.number);
	}
	mutate(which, none, 1);
	free(text);
	return reached;
}

static void start_oracle(void)
{
	int ends[2], status;

	need(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		become(starter);
		setpgid(0, 0);
		lseek(0, 0, SEEK_SET);
		dup2(ends[1], JUDGE);
		execl(oracle, oracle, "judge", (char *)NULL);
		_exit(127);
	}
	/* It is no child of the process that goes on, which waits for all of its children. */
	pid_t harness = fork();
	if (harness) {
		waitpid(harness, &status, 0);
		kill(pid, SIGKILL);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
	}
	setenv("ORACLE_LIST", in("list"), 1);
	need(!prctl(PR_SET_CHILD_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER");
	dup2(ends[0], JUDGE);
	fcntl(JUDGE, F_SETFD, FD_CLOEXEC);
	close(ends[1]);
	need((judge = fdopen(dup(JUDGE), "w")) != NULL, "judge");
	need(answer() > 0, "the oracle");
}

/* Where root starts, the links are another user's. Those are followed, as SECURITY.md says; others
 * lead to what that user cannot reach. */
static int is_possible(int which)
{
	if (mutators[which].change == volume_by_secret)
		return starter == uid;
	return !mutators[which].by_root || is_root;
}

static int run_all(int every, const char *name, long first, long step)
{
	unsigned long started = 0;
	int over[KINDS] = { 0 };

	for (long at = first; gains < ENOUGH && !(over[HOST] && over[ROOTFS] && over[LOGGED]);
	     at += step) {
		for (int i = 0; i < MUTATORS && gains < ENOUGH; i++) {
			int which = (int)((at / step + i) % MUTATORS), kind = mutators[which].start;
			if (over[kind] || !is_possible(which) ||
			    (name && strcmp(name, mutators[which].name)))
				continue;
			over[kind] = !try(at, which, &started);
			if (every == ONE)
				break;
		}
		/* One name is of one kind. */
		if (name && over[HOST] + over[ROOTFS] + over[LOGGED])
			break;
	}
	printf("%lu programs started\n%lu stops, %d mutators, %lu gains\n", started, stops,
	       MUTATORS, gains);
	return gains || !looked || stops < 50 || started < stops / 10;
}

int main(int argc, char **argv)
{
	static char path[512];

	if (argc < 9)
		return 2;
	/* The judge's place is taken. */
	while (open("/dev/null", O_RDONLY | O_CLOEXEC) < 20)
		;
	setvbuf(stdout, NULL, _IOLBF, 0);
	is_root = geteuid() == 0;
	starter = (uid_t)atoi(argv[4]);
	uid = (uid_t)atoi(argv[5]);
	for (char *rest = argv[6]; *rest && group_count < 8; rest += *rest == ',')
		groups[group_count++] = (gid_t)strtoul(rest, &rest, 10);
	directory = argv[7];
	selfdock = argv[8];
	need(readlink("/proc/self/exe", path, sizeof path - 8) > 0, "exe");
	strcpy(strrchr(path, '/'), "/oracle");
	oracle = path;
	close(MINE);
	start_oracle();
	pid_t none[] = { 0 };
	for (int which = 0; which < MUTATORS; which++)
		if (mutators[which].change == truncate_arguments)
			mutate(which, none, 1);
	long first = atol(argv[2]), step = atol(argv[3]);
	int one = !strcmp(argv[1], "one"), quick = !strcmp(argv[1], "quick");
	const char *name = one || quick || !strcmp(argv[1], "all") ? NULL : argv[1];
	how = one || quick ? "quick" : "all";
	return run_all(one ? ONE : ALL, name, first, step);
}
