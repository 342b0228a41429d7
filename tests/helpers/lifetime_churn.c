/* SPDX-License-Identifier: ISC */
/*
 * lifetime_churn FIRST: makes processes that end at once, and has the kernel go
 * on with the pid after FIRST again and again, so that whatever pid gets free
 * is soon another process's. For root of the pid namespace, without end.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 4 };

int main(int argc, char **argv)
{
	int last = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);

	if (argc != 2)
		return 2;
	for (;;) {
		/* Where there is no such file, the small pid_max does it, slower. */
		if (last >= 0 && pwrite(last, argv[1], strlen(argv[1]), 0) < 0)
			return 1;
		for (int i = 0; i < BATCH; i++)
			if (!fork())
				_exit(0);
		while (wait(NULL) > 0)
			;
	}
}
