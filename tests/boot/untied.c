/* SPDX-License-Identifier: ISC */
/* untied: makes sure not to end with its parent, says so, and goes on. */
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void)
{
	prctl(PR_SET_PDEATHSIG, 0);
	puts("untied");
	fflush(stdout);
	for (;;)
		pause();
}
