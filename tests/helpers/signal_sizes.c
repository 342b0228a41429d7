/* SPDX-License-Identifier: ISC */
/* signal_sizes MILLISECONDS PAUSE: is not to end with its parent; then changes the size of the
 * window for so long, with a pause of so many microseconds after every 50 changes, by processes
 * that no limit on CPU time ends. Then says "flooded", and ends when a line is typed. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* In milliseconds. */
static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void flood(long long until, unsigned pause)
{
	struct winsize size = { 24, 80, 0, 0 };

	while (clock() < CLOCKS_PER_SEC / 2 && now() < until) {
		for (int each = 0; each < 50; each++) {
			size.ws_row = (unsigned short)(24 + each % 2);
			ioctl(0, TIOCSWINSZ, &size);
		}
		if (pause)
			usleep(pause);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	long long until = now() + atoi(argv[1]);
	char line[64];

	prctl(PR_SET_PDEATHSIG, 0);
	setvbuf(stdout, NULL, _IONBF, 0);
	puts("ready");
	while (now() < until) {
		if (!fork())
			flood(until, (unsigned)atoi(argv[2]));
		wait(NULL);
	}
	puts("flooded");
	return read(STDIN_FILENO, line, sizeof line) < 0;
}
