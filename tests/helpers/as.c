/* SPDX-License-Identifier: ISC */
/*
 * as UID GROUP,... COMMAND [ARG]...: executes the command as that user with these groups; the
 * first is the main group. Needs root. setpriv(1) takes ten times as long, mostly to load its
 * libraries.
 */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { GROUPS_MAX = 16 };

int main(int argc, char **argv)
{
	gid_t groups[GROUPS_MAX];
	size_t count = 0;

	if (argc < 4)
		return 2;
	uid_t uid = (uid_t)strtoul(argv[1], NULL, 10);
	for (char *rest = argv[2]; *rest && count < GROUPS_MAX; rest += *rest == ',')
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
