/* SPDX-License-Identifier: ISC */
/* signal_sizes SECONDS: is not to end with its parent; then changes the size of the window
 * for so long, as fast as it can, by processes that no limit on CPU time ends. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void flood(time_t until)
{
	struct winsize size = { 24, 80, 0, 0 };

	while (clock() < CLOCKS_PER_SEC / 2 && time(NULL) < until)
		for (int each = 0; each < 50; each++) {
			size.ws_row = (unsigned short)(24 + each % 2);
			ioctl(0, TIOCSWINSZ, &size);
		}
	_exit(0);
}

int main(int argc, char **argv)
{
	time_t until = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);

	prctl(PR_SET_PDEATHSIG, 0);
	setvbuf(stdout, NULL, _IONBF, 0);
	puts("ready");
	while (time(NULL) < until) {
		if (!fork())
			flood(until);
		wait(NULL);
	}
	return 0;
}
