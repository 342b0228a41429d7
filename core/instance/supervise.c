/* SPDX-License-Identifier: ISC */
/*
 * The monitor: the process the caller started, without any privilege. Of
 * descriptors it holds /proc, pidfds, signalfds, the eventfds of the start, and
 * with an init a pipe from that.
 *
 * The program is pid 1 of its namespace, for which the kernel drops every
 * signal it does not handle. So the monitor supplies the default action. Any other
 * program, below an init or entered, has its default actions from the kernel, and
 * the monitor does the same after it. What it does about a signal that it gets:
 *
 *   the program        handles, ignores     leaves it to the      leaves it to the
 *                      or waits for it      default, as pid 1     default, not as pid 1
 *   one that ends      pass it on           end the instance,     pass it on, and die as
 *                                           and die by it         the program died
 *   a stop signal      pass it on           stop the program,     pass it on, and stop when
 *                                           then itself           the program has stopped
 *   SIGCONT            pass it on, and forget the stop signals that are undecided
 *   harmless           pass it on
 *   SIGCHLD            look for the end of the program
 *
 * A signal of the terminal is not passed on if the program has had it, too: if it is in
 * this process's group. One that the program blocks is undecided: it is passed on, and looked
 * at again in each round. Before the program has its signals back, it handles what the
 * caller ignores, and nothing else.
 */
#include "core/instance/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/path.h"
#include "core/linux/process.h"
#include "core/linux/procfs.h"

/* The last signal; the milliseconds from one round of the monitor to the next; in how many
 * of them it looks at a signal that is dealt with, but might yet not be; and how many signals
 * it takes in one. */
enum { LAST = 64, PAUSE = 20, LOOKS = 20, BATCH = 16, PAGE_MAX = 65536 };

/* Sets of signals, as the kernel and /proc have them. */
#define BIT(number) (UINT64_C(1) << ((number)-1))

static const uint64_t stops = BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU);
static const uint64_t harmless = BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH);
/* Those that a terminal sends to a whole process group. */
static const uint64_t of_terminal = BIT(SIGHUP) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGCONT) |
				    BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU) | BIT(SIGWINCH);

/* What the program does about signals, as its status in /proc has it. */
struct look {
	uint64_t caught, ignored, blocked, pending;
	char state;
	pid_t group;
	char name[16];
};

struct monitor {
	const struct supervised *child;
	int signals; /* signalfd of all but the stop signals */
	int stops;   /* signalfd of those, which stay pending until they are decided */
	uint64_t seen, seen_again, undecided;
	struct look before; /* the last signal */
	int looks;	    /* how often to look again at what is handled */
	uint64_t most;	    /* CPU time of this process, after which the instance ends */
	int ended_by;	    /* the signal whose default action ended the instance, or 0 */
	int status;	    /* as waitpid has it, once the program has ended */
};

static bool has(uint64_t set, int number)
{
	return set >> (number - 1) & 1;
}

static void change_mask(int how, uint64_t set)
{
	syscall(SYS_rt_sigprocmask, how, &set, NULL, sizeof set);
}

static uint64_t read_pending(void)
{
	uint64_t pending = 0;

	syscall(SYS_rt_sigpending, &pending, sizeof pending);
	return pending;
}

/* --- what the program makes of a signal --- */

static uint64_t read_set(char *status, const char *field)
{
	return text_number(procfs_field(status, field), NULL, 16);
}

/* False if there is nothing to see: it has ended, or hidepid hides it. */
static bool look_at(const struct supervised *child, struct look *look)
{
	char *status = procfs_status(child->proc, child->process);
	const char *name = procfs_field(status, "Name");

	*look = (struct look){
		.caught = read_set(status, "SigCgt"),
		.ignored = read_set(status, "SigIgn"),
		.blocked = read_set(status, "SigBlk"),
		.pending = read_set(status, "SigPnd") | read_set(status, "ShdPnd"),
		.state = *procfs_field(status, "State"),
		.group = (pid_t)text_number(procfs_field(status, "NSpgid"), NULL, 10),
	};
	text_format(look->name, sizeof look->name, "%.*s", (int)strcspn(name, "\n"), name);
	return status;
}

enum disposition { HANDLED, BY_DEFAULT, UNDECIDED };

/* Whether the program deals with a signal itself: by a handler, by ignoring it,
 * or by taking it while blocked, sigwait(3). One that is pending may yet meet its
 * default, which the kernel drops then: when it is no longer blocked, or when
 * another program is executed. A handler that is gone by then has had it. */
static enum disposition read_disposition(const struct monitor *monitor, int number)
{
	const struct look *before = &monitor->before;
	struct look now;

	if (!monitor->child->started)
		return process_ignores(number) ? HANDLED : BY_DEFAULT;
	bool seen = look_at(monitor->child, &now);
	if (process_has_ended(monitor->child->pidfd))
		return HANDLED;
	if (!seen) /* a second one counts */
		return has(monitor->seen_again, number) ? BY_DEFAULT : HANDLED;
	if (has(now.ignored, number))
		return HANDLED;
	if (has(now.pending, number))
		return UNDECIDED;
	/* What a first thread that has ended blocks, others need not. */
	if (has(now.caught | (now.state == 'Z' ? 0 : now.blocked), number))
		return HANDLED;
	bool had_it = has(before->caught, number);
	return had_it && !strcmp(before->name, now.name) ? HANDLED : BY_DEFAULT;
}

/* Whether the kernel has sent it to the program as well: the terminal does to
 * all of a process group; but to one that leads its session, alone, when the
 * terminal is gone. A timer's signal is the kernel's too, and never shared. */
static bool is_shared(const struct supervised *child, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;
	bool alone = (number == SIGHUP || number == SIGCONT) && getsid(0) == getpid();
	struct look now;

	return info->ssi_code == SI_KERNEL && has(of_terminal, number) && !alone &&
	       (!look_at(child, &now) || now.group == getpgrp());
}

/* --- what is done about it --- */

static void send(int process, int number)
{
	syscall(SYS_pidfd_send_signal, process, number, NULL, 0);
}

/* Lets a pending signal do to this process what it does by default. */
static void let_act(int number)
{
	process_act_by_default(number);
	change_mask(SIG_UNBLOCK, BIT(number));
}

/* The program is stopped: this process too, by the signal that is pending; not
 * if it was continued since, or if its process group is an orphaned one. Then
 * nobody would continue it, and the program goes on, unless AS_TOLD to stop. */
static void stop_along(const struct monitor *monitor, int number, bool as_told)
{
	int looks = getpid() == 1 ? LOOKS / 2 : 0;

	let_act(number);
	/* A pid 1 cannot stop itself. Its own monitor does, finding it like this. */
	for (; looks && !(read_pending() & ~BIT(SIGCHLD)); looks--)
		poll(NULL, 0, PAUSE);
	change_mask(SIG_BLOCK, BIT(number));
	/* A pending SIGCONT will be passed on. */
	if (!has(read_pending(), SIGCONT) && (!as_told || getpid() == 1))
		send(monitor->child->pidfd, SIGCONT);
}

static bool is_stopped(const struct supervised *child)
{
	struct look now;

	/* Below an init the target is its /proc/PID, which is always ready: not seen, it has
	 * ended. Else hidepid may hide it, and the pidfd tells. */
	return look_at(child, &now) ? now.state == 'T' : !process_has_ended(child->target);
}

/* A program that has its default actions has stopped, by that signal. A stop
 * signal that is sent takes SIGCONT back; so a program that was continued just
 * then is looked for once more. */
static void follow_stop(const struct monitor *monitor, int number)
{
	int own = number == SIGTTIN || number == SIGTTOU ? number : SIGTSTP;

	if (has(read_pending(), SIGCONT) || !is_stopped(monitor->child))
		return;
	kill(getpid(), own);
	if (is_stopped(monitor->child))
		stop_along(monitor, own, number == SIGSTOP);
	else
		process_ignore(own); /* which discards it */
}

/* Of that signal, as everybody will see. */
static void end_instance(struct monitor *monitor, int number)
{
	send(monitor->child->pidfd, SIGKILL);
	monitor->ended_by = number;
	monitor->undecided = 0;
}

/* Supplies the default action of the undecided signals that the program turns
 * out not to deal with. */
static void settle(struct monitor *monitor)
{
	monitor->looks -= monitor->looks > 0;
	for (int number = 1; number <= LAST; number++) {
		if (!has(monitor->undecided, number))
			continue;
		enum disposition now = read_disposition(monitor, number);
		/* A monitor that is the program shows it only when its own has stopped. */
		if (now == UNDECIDED || (now == HANDLED && has(stops, number) && monitor->looks))
			continue;
		monitor->undecided &= ~BIT(number);
		if (now == BY_DEFAULT && has(stops, number)) {
			if (has(read_pending(), SIGCONT))
				continue;
			kill(getpid(), number);
			send(monitor->child->pidfd, SIGSTOP);
			stop_along(monitor, number, false);
		} else if (now == BY_DEFAULT) {
			end_instance(monitor, number);
		}
	}
}

static void pass_on(struct monitor *monitor, const struct signalfd_siginfo *info)
{
	const struct supervised *child = monitor->child;
	int number = (int)info->ssi_signo;

	if (number == SIGCHLD || monitor->ended_by)
		return;
	monitor->seen_again |= monitor->seen & BIT(number);
	monitor->seen |= BIT(number);
	monitor->looks = LOOKS;
	if (number == SIGCONT) /* takes stop signals back, signal(7) */
		monitor->undecided &= ~stops;
	if (child->started) {
		look_at(child, &monitor->before); /* a handler may be quick, and reset itself */
		if (!is_shared(child, info))
			send(child->target, number);
	}
	if ((child->is_pid1 || !child->started) && !has(harmless, number))
		monitor->undecided |= BIT(number);
}

/* --- the terminal --- */

/* A shell inside makes process groups of its own, and cannot give the terminal
 * back to one outside. That of a group without processes is nobody's: it becomes
 * that of this process's group, and then this is true. */
static bool restore_terminal(void)
{
	int terminal = path_open(AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY, 0);
	pid_t group = terminal < 0 ? -1 : tcgetpgrp(terminal);
	bool restored =
		group > 0 && kill(-group, 0) && errno == ESRCH && !tcsetpgrp(terminal, getpgrp());

	close(terminal);
	return restored;
}

/* What is by default is decided with the signal pending: if SIGCONT follows,
 * the kernel takes it back. */
static void decide_stop(struct monitor *monitor)
{
	const struct supervised *child = monitor->child;
	struct signalfd_siginfo info;
	uint64_t pending = read_pending();
	int number = SIGTTOU;

	if (!(pending & stops))
		return;
	if (has(pending, SIGTTIN))
		number = SIGTTIN;
	if (has(pending, SIGTSTP))
		number = SIGTSTP;
	if (child->started && number != SIGTSTP && restore_terminal()) {
		kill(0, SIGCONT);
	} else if (child->is_pid1 && !monitor->ended_by &&
		   read_disposition(monitor, number) == BY_DEFAULT) {
		send(child->pidfd, SIGSTOP);
		stop_along(monitor, number, false);
	} else if (read(monitor->stops, &info, sizeof info) == sizeof info) {
		pass_on(monitor, &info);
	}
}

/* --- the end --- */

static _Noreturn void end_by_signal(int number)
{
	/* Not of one that would stop this process, or that an init made up. */
	if (number <= LAST && !has(stops | BIT(SIGSTOP), number)) {
		kill(getpid(), number);
		let_act(number);
	}
	_exit(128 + number); /* a pid 1, or one of those that do not end a process */
}

/* The signals that came to the monitor of a pid 1. To any other program the kernel does what
 * they do by default. */
static uint64_t read_met(const struct monitor *monitor)
{
	return monitor->child->is_pid1 ? (monitor->seen | read_pending()) & ~BIT(SIGCHLD) : 0;
}

/* Of these, those that the program, which has ended, did not deal with to the last. */
static uint64_t read_left(const struct monitor *monitor, uint64_t met)
{
	struct look last;

	return met && look_at(monitor->child, &last)
		       ? met & ~(last.caught | last.ignored | last.blocked)
		       : 0;
}

/* How a program has ended that the kernel reaps: a moment after the end, and POLLHUP says when,
 * Linux 6.9. */
static int read_exit(int pidfd)
{
	struct kernel_pidfd_info info = { .mask = KERNEL_PIDFD_INFO_EXIT };
	struct pollfd reaped = { .fd = pidfd };

	poll(&reaped, 1, -1);
	if (ioctl(pidfd, KERNEL_PIDFD_GET_INFO, &info) || !(info.mask & KERNEL_PIDFD_INFO_EXIT))
		return EXIT_SELFDOCK << 8;
	return info.exit_code;
}

/* What an init has to say: the last of it, since a program that stops and goes on can
 * make it say that without end. The pipe is a page, which may have as many bytes. */
static void hear(struct monitor *monitor)
{
	int reports[64], last = -1;

	for (int i = 0; i < PAGE_MAX / (int)sizeof reports; i++) {
		ssize_t length = read(monitor->child->reports, reports, sizeof reports);
		if (length < (ssize_t)sizeof *reports)
			break;
		last = reports[(size_t)length / sizeof *reports - 1];
	}
	if (last == -1)
		return;
	if (WIFSTOPPED(last))
		follow_stop(monitor, WSTOPSIG(last));
	else
		monitor->status = last;
}

/* Whether the program has ended, and how; it may have stopped. A process of the
 * instance that traces it can keep the end from waitpid, but not from the pidfd. */
static bool has_ended(struct monitor *monitor)
{
	const struct supervised *child = monitor->child;
	bool ended = process_has_ended(child->pidfd);
	int now, looks = LOOKS;

	/* Of a pid 1 only the end matters. Its signal sets are there until it is reaped, here or,
	 * from Linux 7.1 on, by the kernel. */
	if (!ended && child->is_pid1)
		return false;
	uint64_t met = read_met(monitor), left = read_left(monitor, met);
	pid_t changed;
	do /* a tracer is told of the end first, and may keep it to itself */
		changed = waitpid(child->pid, &now, WNOHANG | WUNTRACED | __WALL);
	while (!changed && ended && looks-- && !poll(NULL, 0, PAUSE));
	if (!changed || (changed < 0 && !ended))
		return ended;
	if (changed < 0) { /* the kernel has reaped it, or is about to */
		now = read_exit(child->pidfd);
		left = met;
	}
	if (WIFSTOPPED(now)) {
		follow_stop(monitor, WSTOPSIG(now));
		return false;
	}
	/* Programs handle a signal, then reset and raise it, to tell of what they
	 * die. A pid 1 does not die of it, but exits with 128 and its number. */
	int meant = WIFEXITED(now) ? WEXITSTATUS(now) - 128 : 0;
	if (now || child->reports < 0) /* an init that has told all exits with 0 */
		monitor->status = meant > 0 && meant <= LAST && has(left, meant) ? meant : now;
	hear(monitor);
	return true;
}

/* Until the program is about to be executed the inner side has the same errno, and no call here may
 * fail. Stop signals and SIGCONT take each other back, so that to read one might: they wait. */
static void await_start(struct monitor *monitor)
{
	const struct supervised *child = monitor->child;
	struct pollfd events[] = { { .fd = monitor->signals, .events = POLLIN },
				   { .fd = child->pidfd, .events = POLLIN } };
	struct signalfd_siginfo info;

	while (!child->started && !events[1].revents)
		if (poll(events, 2, PAUSE) > 0 && events[0].revents &&
		    read(events[0].fd, &info, sizeof info) == sizeof info) {
			pass_on(monitor, &info);
			settle(monitor);
		}
}

/* Of CPU time, in milliseconds and by the clock of RLIMIT_CPU: it may count a whole tick for
 * an event, of which no other clock knows. */
static uint64_t read_spent(void)
{
	struct timespec spent = { 0 };

	syscall(KERNEL_SYS_CLOCK_GETTIME, KERNEL_CLOCK_PROFILE, &spent);
	return (uint64_t)spent.tv_sec * 1000 + (uint64_t)spent.tv_nsec / 1000000;
}

/* A program can make this process work, by its terminal, and at its hard limit on CPU time
 * the kernel kills it. A program is not to be rid of it like that: after half of what is
 * left of the limit, which is of a second at least, the instance ends. */
static uint64_t read_most(void)
{
	struct rlimit limit = { 0 };

	prlimit(0, RLIMIT_CPU, NULL, &limit);
	uint64_t most = limit.rlim_max < UINT32_MAX ? limit.rlim_max : UINT32_MAX;
	return (read_spent() + (most ? most : 1) * 1000) / 2;
}

/* Rounds are apart, so that events cost next to nothing however many there are: what comes
 * meanwhile is one to the kernel, or waits, but for the end of the program. */
static void watch(struct monitor *monitor)
{
	struct pollfd events[] = { { .fd = monitor->child->reports, .events = POLLIN },
				   { .fd = monitor->stops, .events = POLLIN },
				   { .fd = monitor->signals, .events = POLLIN },
				   { .fd = monitor->child->pidfd, .events = POLLIN } };
	struct signalfd_siginfo infos[BATCH];

	for (; !has_ended(monitor); poll(&events[3], 1, PAUSE)) {
		if (read_spent() >= monitor->most)
			end_instance(monitor, SIGXCPU);
		if (poll(events, 4, monitor->undecided ? 0 : -1) < 0)
			continue;
		if (events[0].revents)
			hear(monitor);
		if (events[1].revents)
			decide_stop(monitor);
		ssize_t size = events[2].revents ? read(events[2].fd, infos, sizeof infos) : 0;
		for (int i = 0; (i + 1) * (ssize_t)sizeof *infos <= size; i++)
			pass_on(monitor, &infos[i]);
		settle(monitor); /* not before all are known: SIGCONT takes stops back */
	}
}

/* FD, or a new one for -1. Not sigwaitinfo, which lets the signals it waits for look
 * unblocked: an outer monitor would take this process for one that handles none. */
static int open_signals(int fd, uint64_t set)
{
	fd = (int)syscall(SYS_signalfd4, fd, &set, sizeof set, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0)
		die_errno("cannot wait for signals");
	return fd;
}

_Noreturn void supervise(const struct supervised *child)
{
	/* Whoever reads from the program's output waits for its end, not ours; and
	 * whoever waits for a start, for the other side. */
	syscall(SYS_close_range, 0U, 2U, 0U);
	if (error_descriptor != STDERR_FILENO)
		close(error_descriptor);

	/* The end is the pidfd's to tell; a stop matters where it is to be followed. */
	uint64_t others = ~stops & ~(child->is_pid1 ? BIT(SIGCHLD) : 0);

	/* After that, so that no limit on descriptors is in the way. */
	struct monitor monitor = {
		.child = child,
		.most = read_most(),
		.status = EXIT_SELFDOCK << 8, /* if nothing tells */
		.signals = open_signals(-1, others & ~BIT(SIGCONT)),
		.stops = open_signals(-1, stops),
	};

	await_start(&monitor);
	open_signals(monitor.signals, others);
	watch(&monitor);
	restore_terminal();
	if (WIFEXITED(monitor.status))
		_exit(WEXITSTATUS(monitor.status));
	end_by_signal(monitor.ended_by ? monitor.ended_by : WTERMSIG(monitor.status));
}
