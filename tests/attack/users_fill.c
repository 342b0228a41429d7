/* SPDX-License-Identifier: ISC */
/*
 * users_fill MARK: uses up what the kernel counts for a user: inotify instances, keys, message
 * queues, segments, pipes and locked memory. Says "full", and waits.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MANY = 4096 };

static void fill_keys(void)
{
	char name[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "selfdock-fill-%d", i);
		/* In the process's keyring, so that they end with it. */
		if (syscall(SYS_add_key, "user", name, name, strlen(name), -2) < 0)
			return;
	}
}

static void fill_queues(void)
{
	char name[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "/selfdock-fill-%d-%d", (int)getuid(), i);
		if (mq_open(name, O_CREAT | O_RDWR, 0600, NULL) < 0)
			return;
		mq_unlink(name); /* it lives while it is open */
	}
}

int main(void)
{
	int ends[2];

	while (inotify_init() >= 0)
		;
	fill_queues();
	fill_keys();
	mlock(mmap(NULL, 1 << 23, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	      1 << 23);
	while (!pipe(ends))
		fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
	puts("full");
	fflush(stdout);
	for (;;)
		pause();
}
