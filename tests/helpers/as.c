/* SPDX-License-Identifier: ISC */
/*
 * as UID GROUP,... COMMAND [ARG]...: the command as that user, with these groups, of which
 * the first is its own. For root. What setpriv(1) does takes ten times as long, most of it
 * to load what it is linked to.
 */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST = 16 };

int main(int argc, char **argv)
{
	gid_t groups[MOST];
	size_t count = 0;

	if (argc < 4)
		return 2;
	uid_t uid = (uid_t)strtoul(argv[1], NULL, 10);
	for (char *rest = argv[2]; *rest && count < MOST; rest += *rest == ',')
		groups[count++] = (gid_t)strtoul(rest, &rest, 10);
	if (!count || setgroups(count, groups) || setresgid(groups[0], groups[0], groups[0]) ||
	    setresuid(uid, uid, uid)) {
		perror("as");
		return 2;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
