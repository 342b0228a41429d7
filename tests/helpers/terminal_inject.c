/* SPDX-License-Identifier: ISC */
/* terminal_inject: types a line into its terminal, or prints why it cannot. */
#include <stdio.h>
#include <sys/ioctl.h>

int main(void)
{
	for (const char *typed = "injected\n"; *typed; typed++)
		if (ioctl(0, TIOCSTI, typed)) {
			perror("TIOCSTI");
			return 0;
		}
	return 0;
}
