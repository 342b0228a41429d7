/* SPDX-License-Identifier: ISC */
/* exec_as FILE [NAME [ARG]...]: executes FILE with exactly these as argv. */
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc > 1)
		execv(argv[1], argv + 2);
	return 99;
}
