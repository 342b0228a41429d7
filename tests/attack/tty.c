/* SPDX-License-Identifier: ISC */
/*
 * tty HOW: what a program may try with terminals.
 *
 *   inject   types a line into its terminal in each way that there is, says each that works, and
 *            says "tried" at the end
 *   hold     opens a pseudo-terminal of its own, says "held", and waits
 *   reach    opens all pseudo-terminals that have a name, and says each that it opens
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* <asm/ioctls.h> */
enum { PASTE = 0x541c, HANG_UP = 0x5437, GIVE_PEER = 0x5441 };

static void say(const char *way, const char *where)
{
	printf("%s, %s\n", way, where);
	fflush(stdout);
}

#ifdef __x86_64__
static long by_int80(int fd, const char *typed)
{
	/* 32-bit arguments: the byte has to be where they reach. */
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(54L), "b"((long)fd), "c"((long)TIOCSTI), "d"(typed)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}
#endif

/* In a process of its own: a kernel without this ABI lets it end by SIGSEGV. */
static int foreign(int fd, const char *typed)
{
#ifdef __x86_64__
	int status;
	pid_t child = fork();

	if (!child)
		_exit(by_int80(fd, typed) < 0);
	waitpid(child, &status, 0);
	return WIFEXITED(status) && !WEXITSTATUS(status);
#else
	(void)fd, (void)typed;
	return 0;
#endif
}

static void type_into(int fd, const char *where)
{
	static const char line[] = "injected\n";
	const unsigned long garbage[] = { 0, 0xdeadbeef00000000, 1UL << 32, 1UL << 63 };
	char paste[2] = { 3 };

	for (const char *typed = line; *typed; typed++) {
		for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++)
			if (!syscall(SYS_ioctl, fd, TIOCSTI | garbage[i], typed))
				say("TIOCSTI", where);
		if (!syscall(SYS_ioctl, (long)fd | 1L << 32, TIOCSTI, typed))
			say("TIOCSTI of a large number", where);
		if (foreign(fd, typed))
			say("int 0x80", where);
#ifdef __x86_64__
		if (!syscall(0x40000000L | 16, fd, TIOCSTI, typed) ||
		    !syscall(0x40000000L | 514, fd, TIOCSTI, typed))
			say("x32", where);
#endif
	}
	for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++)
		if (!syscall(SYS_ioctl, fd, PASTE | garbage[i], paste))
			say("TIOCLINUX", where);
	if (!ioctl(fd, HANG_UP, 0))
		say("TIOCVHANGUP", where);
}

static void inject(const char *where)
{
	static const char *const names[] = { "/dev/tty", "/dev/console", "/proc/self/fd/0",
					     "/dev/stdin" };

	type_into(0, where);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int fd = open(names[i], O_RDWR | O_NOCTTY);
		if (fd >= 0)
			type_into(fd, names[i]);
		close(fd);
	}
}

static void inject_in_all_places(void)
{
	inject("itself");
	if (!fork()) {
		inject("a child");
		_exit(0);
	}
	wait(NULL);
	if (!fork()) {
		if (!unshare(CLONE_NEWUSER | CLONE_NEWNS))
			inject("a user namespace");
		_exit(0);
	}
	wait(NULL);
	if (!fork()) {
		setsid();
		ioctl(0, TIOCSCTTY, 1);
		inject("a session");
		_exit(0);
	}
	wait(NULL);
	puts("tried");
}

static void open_all(const char *directory, const char *where)
{
	char path[64];

	for (int i = 0; i < 4096; i++) {
		snprintf(path, sizeof path, "%s/%d", directory, i);
		if (open(path, O_RDWR | O_NOCTTY) >= 0)
			say(path, where);
	}
}

static void reach(void)
{
	open_all("/dev/pts", "by its name");
	if (!fork()) {
		if (!unshare(CLONE_NEWUSER | CLONE_NEWNS) && !mkdir("/tmp/pts", 0700) &&
		    !mount("devpts", "/tmp/pts", "devpts", 0, ""))
			open_all("/tmp/pts", "in a devpts of one's own");
		_exit(0);
	}
	wait(NULL);
	/* A master of one's own has the number that another instance's has, too. */
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (master < 0 || unlockpt(master))
		return;
	int peer = ioctl(master, GIVE_PEER, O_RDWR | O_NOCTTY);
	struct termios raw;
	char byte;
	if (peer < 0 || tcgetattr(peer, &raw))
		return;
	cfmakeraw(&raw);
	tcsetattr(peer, TCSANOW, &raw);
	fcntl(peer, F_SETFL, O_NONBLOCK);
	if (read(peer, &byte, 1) > 0)
		say("a byte", "of another");
}

static void hold(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);

	if (master < 0 || unlockpt(master) || write(master, "mark", 4) != 4)
		return;
	puts("held\nready");
	fflush(stdout);
	pause();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	if (!strcmp(how, "inject"))
		inject_in_all_places();
	if (!strcmp(how, "hold"))
		hold();
	if (!strcmp(how, "reach"))
		reach();
	return 0;
}
