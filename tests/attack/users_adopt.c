/* SPDX-License-Identifier: ISC */
/*
 * users_adopt UID MARK COMMAND...: by root, who plays sudo: a process of that user whose words are
 * those of a monitor of the instance "adopted", and which gets the orphans below it; and below it
 * the command, as root.
 */
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "-n"))
		for (;;)
			pause();
	if (argc < 4)
		return 2;
	uid_t uid = (uid_t)atoi(argv[1]);
	char *words[] = { "selfdock-run", "-n", "adopted", "sleep", argv[2], NULL };
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid_t between = fork();
	if (!between) {
		if (!fork())
			execv(argv[3], argv + 3);
		_exit(0);
	}
	waitpid(between, NULL, 0);
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return 3;
	execv("/proc/self/exe", words);
	return 4;
}
