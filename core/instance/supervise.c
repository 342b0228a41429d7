/* SPDX-License-Identifier: ISC */
/*
 * The monitor: the process that the caller started, without any privilege. Its descriptors are
 * /proc, pidfds, signalfds, the eventfds of the start and, with an init, a pipe from the init.
 *
 * The program is usually pid 1 of its namespace. The kernel drops every signal that a pid 1 does
 * not handle, so the monitor supplies the default action. For any other program, below an init or
 * entered, the kernel supplies it, and the monitor then does the same as the program did. What the
 * monitor does about a signal that it gets:
 *
 *   the program        handles, ignores     leaves it to the      leaves it to the
 *                      or waits for it      default, as pid 1     default, not as pid 1
 *   a signal that      pass it on           end the instance,     pass it on, and die as
 *   ends a process                          and die by it         the program died
 *   a stop signal      pass it on           stop the program,     pass it on, and stop when
 *                                           then itself           the program has stopped
 *   SIGCONT            pass it on, and forget the stop signals that are undecided
 *   harmless           pass it on
 *   SIGCHLD            look for the end of the program
 *
 * A signal that ends a process comes before a stop signal: whoever ends a job also continues it,
 * and what it then reads or writes must not stop it before it has ended.
 *
 * A signal of the terminal is not passed on if the program got it too, being in this process's
 * group. A signal that is pending in the program is undecided: it was passed on, and the monitor
 * looks at it again in each round. Until the program has its signals back, it counts as handling
 * what the caller ignores, and nothing else.
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
#include "core/base/filter.h"
#include "core/base/text.h"
#include "core/linux/kernel.h"
#include "core/linux/path.h"
#include "core/linux/process.h"
#include "core/linux/procfs.h"

/* LAST: the last signal. PAUSE: milliseconds between two rounds of the monitor. LOOKS: in how many
 * rounds it looks again at a signal that seems to be dealt with. BATCH: the signals that it takes
 * in one round. PAGE_MAX: the largest page, in bytes. */
enum { LAST = 64, PAUSE = 20, LOOKS = 20, BATCH = 16, PAGE_MAX = 65536 };

/* Sets of signals, in the form of the kernel and of /proc. */
#define BIT(number) (UINT64_C(1) << ((number)-1))

static const uint64_t stops = BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU);
static const uint64_t harmless = BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH);
/* The signals that a terminal sends to a whole process group. */
static const uint64_t of_terminal = BIT(SIGHUP) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGCONT) |
				    BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU) | BIT(SIGWINCH);

/* What the program does about signals, read from its status in /proc. */
struct look {
	uint64_t caught, ignored, blocked, pending;
	char state;
	pid_t group;
	char name[16];
};

struct monitor {
	const struct supervised *child;
	int signals; /* signalfd of all signals except the stop signals */
	int stops;   /* signalfd of the stop signals, which stay pending until they are decided */
	uint64_t seen, seen_again, undecided;
	struct look before; /* the state of the program before the last signal */
	uint64_t exposed;   /* signals that the program left to the default when they were sent */
	int looks;	    /* how many more rounds to look at a signal that seems handled */
	int ending;	    /* in how many more rounds the program may deal with a signal that
			     * ends a process, before it is stopped by what it reads or writes */
	uint64_t most;	    /* CPU time of this process at which the instance ends */
	int ended_by;	    /* the signal whose default action ended the instance, or 0 */
	int status;	    /* as waitpid returns it, once the program has ended */
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

/* --- what the program does about a signal --- */

static uint64_t read_set(char *status, const char *field)
{
	return text_number(procfs_field(status, field), NULL, 16);
}

/* Returns false if the program cannot be seen: it has ended, or hidepid hides it. */
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

/* Whether the process behind PIDFD ends within so many milliseconds. While the program runs, nobody
 * could be told of an error: it must end nothing, and the next look tells. */
static bool is_over(int pidfd, int milliseconds)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	return poll(&end, 1, milliseconds) > 0;
}

enum disposition { HANDLED, BY_DEFAULT, UNDECIDED, MISSED };

/* Whether the program deals with a signal itself: by a handler, by ignoring it, or by taking it
 * while it is blocked, sigwait(3). A pending signal is undecided: when it is unblocked, or another
 * program is executed, it may still come to its default action, which the kernel drops for a pid 1.
 * A handler that was there before, and is gone now, has had the signal. A signal that is blocked
 * now, and was not when it was sent, may have been dropped just before. */
static enum disposition read_disposition(const struct monitor *monitor, int number)
{
	const struct look *before = &monitor->before;
	struct look now;

	if (!monitor->child->started)
		return process_ignores(number) ? HANDLED : BY_DEFAULT;
	bool seen = look_at(monitor->child, &now);
	if (is_over(monitor->child->pidfd, 0))
		return HANDLED;
	if (!seen) /* hidden: the second signal of a kind takes its default */
		return has(monitor->seen_again, number) ? BY_DEFAULT : HANDLED;
	if (has(now.ignored, number))
		return HANDLED;
	if (has(now.pending, number))
		return UNDECIDED;
	if (has(now.blocked & monitor->exposed, number))
		return MISSED;
	/* If the first thread has ended, its mask does not tell what the others block. */
	if (has(now.caught | (now.state == 'Z' ? 0 : now.blocked), number))
		return HANDLED;
	bool had_it = has(before->caught, number);
	return had_it && !strcmp(before->name, now.name) ? HANDLED : BY_DEFAULT;
}

/* Whether the kernel has sent the signal to the program as well. A terminal sends to a whole
 * process group, except when it is gone: then the leader of the session alone gets SIGHUP and
 * SIGCONT. The signal of a timer also comes from the kernel, but is never shared. */
static bool is_shared(const struct supervised *child, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;
	bool alone = (number == SIGHUP || number == SIGCONT) && getsid(0) == getpid();
	struct look now;

	return info->ssi_code == SI_KERNEL && has(of_terminal, number) && !alone &&
	       (!look_at(child, &now) || now.group == getpgrp());
}

/* --- what the monitor does about it --- */

static void send(int process, int number)
{
	syscall(SYS_pidfd_send_signal, process, number, NULL, 0);
}

/* Lets a pending signal take its default action on this process. */
static void let_act(int number)
{
	process_act_by_default(number);
	change_mask(SIG_UNBLOCK, BIT(number));
}

/* Whether a signal has come that ends a process, and the program has had no time to deal with it:
 * that comes before a stop. */
static bool is_ending(const struct monitor *monitor)
{
	return monitor->ending || read_pending() & ~(stops | harmless);
}

/* Lets a pending stop signal act on this process; returns when it is continued, or has not stopped.
 * Returns false if it has not tried, since the caller may have no more timers, RLIMIT_SIGPENDING.
 * The kernel takes a signal with a lower number first. So SIGTERM and the others below the stop
 * signals come before the stop, up to the last moment. And what the program reads or writes when it
 * is continued, together with this process, cannot stop this process again: by then the timer has
 * sent a signal. The handlers stay, since these signals are blocked everywhere else. */
static bool let_stop(int number)
{
	struct itimerspec soon = { .it_value.tv_nsec = 5000000 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGSTKFLT };
	uint64_t mask = ~BIT(number);
	int timer;

	process_act_by_default(number);
	for (int lower = 1; lower < SIGTSTP; lower++) {
		if (has(harmless, lower))
			continue;
		process_put_back(lower);
		mask &= ~BIT(lower);
	}
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer))
		return false;
	syscall(KERNEL_SYS_TIMER_SETTIME, timer, 0, &soon, NULL);
	syscall(SYS_rt_sigsuspend, &mask, sizeof mask);
	syscall(SYS_timer_delete, timer);
	process_ignore(SIGSTKFLT);
	return true;
}

/* The program is stopped. Stops this process too, by the signal that is pending, unless SIGCONT
 * came meanwhile or its process group is orphaned. In an orphaned group nobody would continue the
 * program, so it goes on, unless AS_TOLD says that it had SIGSTOP. */
static void stop_along(const struct monitor *monitor, int number, bool as_told)
{
	int looks = getpid() == 1 ? LOOKS / 2 : 0;

	if (looks || !let_stop(number)) {
		let_act(number);
		/* A pid 1 cannot stop itself. Its own monitor finds its program stopped, and stops
		 * it. */
		for (; looks && !(read_pending() & ~BIT(SIGCHLD)); looks--)
			poll(NULL, 0, PAUSE);
		change_mask(SIG_BLOCK, BIT(number));
	}
	/* A pending SIGCONT will be passed on. */
	if (!has(read_pending(), SIGCONT) && (!as_told || getpid() == 1))
		send(monitor->child->pidfd, SIGCONT);
}

/* Whether all threads of the program have stopped, or that cannot be told. */
static bool has_stopped(pid_t program)
{
	siginfo_t info = { 0 };
	int options = WSTOPPED | WNOHANG | WNOWAIT | __WALL;

	return syscall(SYS_waitid, P_PID, program, &info, options, NULL) || info.si_pid;
}

/* Stops the program, and then this process, by the signal that is pending. A program that has yet
 * to stop may still be sending a stop signal to both, from within the terminal: whoever continues
 * both before that would see this process stop again, alone. So this waits, unless it takes too
 * long. A SIGCONT that another stop signal discards has discarded SIGSTOP: it is sent again. */
static void stop_both(const struct monitor *monitor, int number)
{
	const struct supervised *child = monitor->child;
	int looks = LOOKS / 2; /* a monitor around this one looks twice as often */

	do
		send(child->pidfd, SIGSTOP);
	while (looks-- && !has_stopped(child->pid) && !is_over(child->pidfd, PAUSE) &&
	       !has(read_pending(), SIGCONT));
	stop_along(monitor, number, false);
}

static bool is_stopped(const struct supervised *child)
{
	struct look now;

	/* Below an init the target is a /proc/PID, which always polls as ready: a program that is
	 * not seen there has ended. Elsewhere hidepid may hide the program, and the pidfd tells. */
	return look_at(child, &now) ? now.state == 'T' : !is_over(child->target, 0);
}

/* A program that is not pid 1 was stopped by NUMBER. A stop signal discards a pending SIGCONT when
 * it is sent. So look again, in case the program was continued just then. */
static void follow_stop(const struct monitor *monitor, int number)
{
	int own = number == SIGTTIN || number == SIGTTOU ? number : SIGTSTP;

	if (has(read_pending(), SIGCONT) || !is_stopped(monitor->child))
		return;
	if (own != SIGTSTP && is_ending(monitor)) {
		send(monitor->child->target, SIGCONT);
		return;
	}
	kill(getpid(), own);
	if (is_stopped(monitor->child))
		stop_along(monitor, own, number == SIGSTOP);
	else
		process_ignore(own); /* discards the pending signal */
}

/* Ends the instance, in settle. The monitor then dies by NUMBER, which everybody sees. */
static void end_instance(struct monitor *monitor, int number)
{
	monitor->ended_by = number;
	monitor->undecided = 0;
}

/* Supplies the default action of the undecided signals that the program does not deal with. An
 * instance that is to end is killed in each round: what becomes its program takes no signal from
 * this process until it has the caller's ids. */
static void settle(struct monitor *monitor)
{
	monitor->looks -= monitor->looks > 0;
	monitor->ending -= monitor->ending > 0;
	for (int number = 1; number <= LAST; number++) {
		if (!has(monitor->undecided, number))
			continue;
		enum disposition now = read_disposition(monitor, number);
		/* A program that is itself a monitor handles a stop signal, and lets it act only
		 * when its own program has stopped. */
		bool early =
			now == HANDLED ? monitor->looks : number != SIGTSTP && is_ending(monitor);
		if (now == UNDECIDED || (has(stops, number) && early))
			continue;
		if (now == MISSED) {
			monitor->exposed &= ~BIT(number);
			send(monitor->child->target, number);
			continue;
		}
		monitor->undecided &= ~BIT(number);
		if (now == BY_DEFAULT && has(stops, number)) {
			if (has(read_pending(), SIGCONT))
				continue;
			kill(getpid(), number);
			stop_both(monitor, number);
		} else if (now == BY_DEFAULT) {
			end_instance(monitor, number);
		}
	}
	if (monitor->ended_by)
		send(monitor->child->pidfd, SIGKILL);
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
	if (!has(harmless | stops, number) && !monitor->ending)
		monitor->ending = LOOKS;
	if (number == SIGCONT) /* discards stop signals, signal(7) */
		monitor->undecided &= ~stops;
	if (child->started) {
		struct look *before = &monitor->before; /* a quick handler may reset itself */

		look_at(child, before);
		monitor->exposed &= ~BIT(number);
		monitor->exposed |=
			BIT(number) & ~(before->caught | before->ignored | before->blocked);
		if (!is_shared(child, info))
			send(child->target, number);
	}
	if ((child->is_pid1 || !child->started) && !has(harmless, number))
		monitor->undecided |= BIT(number);
}

/* --- the terminal --- */

/* A shell inside makes its own process groups, and cannot give the terminal back to a group
 * outside. If the terminal's foreground group has no process left, gives it to this process's group
 * and returns true. */
static bool restore_terminal(void)
{
	int terminal = path_open(AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY, 0);
	pid_t group = terminal < 0 ? -1 : tcgetpgrp(terminal);
	bool restored =
		group > 0 && kill(-group, 0) && errno == ESRCH && !tcsetpgrp(terminal, getpgrp());

	close(terminal);
	return restored;
}

/* A stop signal whose default action applies stays pending while that is decided: if SIGCONT
 * follows, the kernel discards it. */
static void decide_stop(struct monitor *monitor)
{
	const struct supervised *child = monitor->child;
	struct signalfd_siginfo info;
	uint64_t pending = read_pending();

	if (!(pending & stops) || pending & ~(stops | harmless))
		return;
	int number = __builtin_ctzll(pending & stops) + 1; /* the lowest: SIGTSTP comes first */
	if (child->started && number != SIGTSTP && restore_terminal()) {
		kill(0, SIGCONT);
	} else if (monitor->ending && number != SIGTSTP) {
		process_ignore(number); /* a program that still reads or writes gets the next one */
	} else if (child->is_pid1 && !monitor->ended_by &&
		   read_disposition(monitor, number) == BY_DEFAULT) {
		stop_both(monitor, number);
	} else if (read(monitor->stops, &info, sizeof info) == sizeof info) {
		pass_on(monitor, &info);
	}
}

/* --- the end --- */

static _Noreturn void end_by_signal(int number)
{
	/* Not by a signal that would stop this process, nor by a number that an init made up. */
	if (number <= LAST && !has(stops | BIT(SIGSTOP), number)) {
		kill(getpid(), number);
		let_act(number);
	}
	_exit(128 + number); /* a pid 1, or a signal that does not end a process */
}

/* The signals that came to the monitor of a pid 1; none for any other program, to which the kernel
 * supplies the default action. */
static uint64_t read_met(const struct monitor *monitor)
{
	return monitor->child->is_pid1 ? (monitor->seen | read_pending()) & ~BIT(SIGCHLD) : 0;
}

/* The signals of MET that the program, which has ended, did not handle, ignore or block. */
static uint64_t read_left(const struct monitor *monitor, uint64_t met)
{
	struct look last;

	return met && look_at(monitor->child, &last)
		       ? met & ~(last.caught | last.ignored | last.blocked)
		       : 0;
}

/* How a program that the kernel reaps has ended. The status is there a moment after the end;
 * POLLHUP says when, Linux 6.9. */
static int read_exit(int pidfd)
{
	struct kernel_pidfd_info info = { .mask = KERNEL_PIDFD_INFO_EXIT };
	struct pollfd reaped = { .fd = pidfd };

	poll(&reaped, 1, -1);
	if (ioctl(pidfd, KERNEL_PIDFD_GET_INFO, &info) || !(info.mask & KERNEL_PIDFD_INFO_EXIT))
		return EXIT_SELFDOCK << 8;
	return info.exit_code;
}

/* Reads the reports of an init, and uses the last one: a program that stops and goes on can make
 * the init report without end. The pipe is one page, which may have up to PAGE_MAX bytes. */
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

/* Whether the program has ended, and how. If it has stopped, follows it. A process of the instance
 * that traces the program can keep its end from waitpid, but not from the pidfd. */
static bool has_ended(struct monitor *monitor)
{
	const struct supervised *child = monitor->child;
	bool ended = is_over(child->pidfd, 0);
	int now, looks = LOOKS;

	/* For a pid 1 only the end matters. Its signal sets can be read until it is reaped: here
	 * or, from Linux 7.1 on, by the kernel. */
	if (!ended && child->is_pid1)
		return false;
	uint64_t met = read_met(monitor), left = read_left(monitor, met);
	pid_t changed;
	do /* a tracer is told of the end first, and may keep it to itself */
		changed = waitpid(child->pid, &now, WNOHANG | WUNTRACED | __WALL);
	while (!changed && ended && looks-- && !poll(NULL, 0, PAUSE));
	if (!changed || (changed < 0 && !ended))
		return ended;
	if (changed < 0) { /* the kernel has reaped it, or is about to; or a filter refuses */
		now = errno == ECHILD ? read_exit(child->pidfd) : EXIT_SELFDOCK << 8;
		left = met;
	}
	if (WIFSTOPPED(now)) {
		follow_stop(monitor, WSTOPSIG(now));
		return false;
	}
	/* Programs handle a signal, then reset it and raise it again, to show what they die of. A
	 * pid 1 does not die of it, but exits with 128 plus its number. */
	int meant = WIFEXITED(now) ? WEXITSTATUS(now) - 128 : 0;
	if (now || child->reports < 0) /* an init that has reported everything exits with 0 */
		monitor->status = meant > 0 && meant <= LAST && has(left, meant) ? meant : now;
	hear(monitor);
	return true;
}

/* Until the program is about to be executed, the inner side shares errno with this one, so no call
 * here may fail. Stop signals and SIGCONT discard each other, so a read of one may fail: they are
 * read later. */
static void await_start(struct monitor *monitor)
{
	const struct supervised *child = monitor->child;
	struct pollfd events[] = { { .fd = monitor->signals, .events = POLLIN },
				   { .fd = child->pidfd, .events = POLLIN } };
	struct signalfd_siginfo info;

	while (!child->started && !events[1].revents) {
		if (poll(events, 2, PAUSE) > 0 && events[0].revents &&
		    read(events[0].fd, &info, sizeof info) == sizeof info)
			pass_on(monitor, &info);
		settle(monitor);
	}
}

/* Returns the CPU time in milliseconds, by the clock of RLIMIT_CPU. That clock may count a whole
 * tick for an event that no other clock counts. */
static uint64_t read_spent(void)
{
	struct timespec spent = { 0 };

	syscall(KERNEL_SYS_CLOCK_GETTIME, KERNEL_CLOCK_PROFILE, &spent);
	return (uint64_t)spent.tv_sec * 1000 + (uint64_t)spent.tv_nsec / 1000000;
}

/* Through its terminal a program can make this process work, and at the hard limit on CPU time the
 * kernel kills it. A program must not get rid of its monitor like that. So the instance ends after
 * half of what is left of the limit; a limit of 0 counts as a second. */
static uint64_t read_most(void)
{
	struct rlimit limit = { 0 };

	prlimit(0, RLIMIT_CPU, NULL, &limit);
	uint64_t most = limit.rlim_max < UINT32_MAX ? limit.rlim_max : UINT32_MAX;
	return (read_spent() + (most ? most : 1) * 1000) / 2;
}

/* There is a pause between two rounds, so that any number of events costs next to nothing. In a
 * pause the kernel merges events or lets them wait. Only the end of the program cuts it short. */
static void watch(struct monitor *monitor)
{
	struct pollfd events[] = { { .fd = monitor->child->reports, .events = POLLIN },
				   { .fd = monitor->stops, .events = POLLIN },
				   { .fd = monitor->signals, .events = POLLIN },
				   { .fd = monitor->child->pidfd, .events = POLLIN } };
	struct signalfd_siginfo infos[BATCH];

	for (; !has_ended(monitor); is_over(monitor->child->pidfd, PAUSE)) {
		if (read_spent() >= monitor->most)
			end_instance(monitor, SIGXCPU);
		if (poll(events, 4, monitor->undecided || monitor->ended_by ? 0 : -1) < 0)
			continue;
		if (events[0].revents)
			hear(monitor);
		ssize_t size = events[2].revents ? read(events[2].fd, infos, sizeof infos) : 0;
		for (int i = 0; (i + 1) * (ssize_t)sizeof *infos <= size; i++)
			pass_on(monitor, &infos[i]);
		settle(monitor); /* after the last one: SIGCONT discards stops */
		if (events[1].revents)
			decide_stop(monitor);
	}
}

/* Changes the signals of FD, or opens a new descriptor if FD is -1. sigwaitinfo would make the
 * signals that it waits for look unblocked: an outer monitor would conclude that this process
 * handles none. */
static int open_signals(int fd, uint64_t set)
{
	fd = (int)syscall(SYS_signalfd4, fd, &set, sizeof set, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0)
		die_errno("cannot watch a program");
	return fd;
}

void supervise_prepare(void)
{
	if (filter_refuses_monitor())
		die_errno("cannot watch a program");
}

_Noreturn void supervise(const struct supervised *child)
{
	/* A reader of the program's output must see its end when the program ends, even if this
	 * process is still there. Two descriptors make room for two below, so that no limit on
	 * descriptors is in the way. */
	syscall(SYS_close_range, 0U, 1U, 0U);
	process_close_kept();

	/* The pidfd tells of the end. SIGCHLD also tells of a stop, which matters unless the
	 * program is pid 1. */
	uint64_t others = ~stops & ~(child->is_pid1 ? BIT(SIGCHLD) : 0);

	struct monitor monitor = {
		.child = child,
		.most = read_most(),
		.status = EXIT_SELFDOCK << 8, /* if nothing tells how the program ended */
		.signals = open_signals(-1, others & ~BIT(SIGCONT)),
		.stops = open_signals(-1, stops),
	};
	/* A process that waits for a start must wait for the inner side only. */
	if (error_descriptor != STDERR_FILENO)
		close(error_descriptor);

	await_start(&monitor);
	open_signals(monitor.signals, others);
	syscall(SYS_close_range, 2U, 2U, 0U); /* the program runs: nothing is left to be said */
	watch(&monitor);
	restore_terminal();
	if (WIFEXITED(monitor.status))
		_exit(WEXITSTATUS(monitor.status));
	end_by_signal(monitor.ended_by ? monitor.ended_by : WTERMSIG(monitor.status));
}
