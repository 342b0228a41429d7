/* SPDX-License-Identifier: ISC */
/* sleep SECONDS, a plain number. The suite starts thousands, and busybox needs twice the time to
 * start. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	double seconds = argc == 2 ? strtod(argv[1], NULL) : 0;
	struct timespec left = { (time_t)seconds,
				 (long)((seconds - (double)(time_t)seconds) * 1e9) };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
	return 0;
}
