/* SPDX-License-Identifier: ISC */
/* as_user COMMAND [ARG]...: runs it as uid and gid 1000, which need not be in /etc. */
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2 || setgroups(0, NULL) || setresgid(1000, 1000, 1000) ||
	    setresuid(1000, 1000, 1000))
		return 99;
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 99;
}
