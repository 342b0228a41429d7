/* SPDX-License-Identifier: ISC */
/* signal_enter SELFDOCK PAUSE PROGRAM [ARG]...: starts an instance that pauses, and becomes a
 * selfdock that enters it with the program. */
#include <fcntl.h>
#include <spawn.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a start of an instance prints, without its newline; 0 where it fails. */
static int start(char *selfdock, char *pause, char *id, size_t room)
{
	char *command[] = { selfdock, "run", "-d", pause, NULL };
	posix_spawn_file_actions_t actions;
	int out[2], status;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) || posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO) ||
	    posix_spawn(&pid, selfdock, &actions, NULL, command, environ) ||
	    waitpid(pid, &status, 0) != pid || status)
		return 0;
	ssize_t length = read(out[0], id, room - 1);
	id[length > 0 ? length : 0] = '\0';
	id[strcspn(id, "\n")] = '\0';
	return length > 0;
}

int main(int argc, char **argv)
{
	char id[32];

	if (argc < 4 || !start(argv[1], argv[2], id, sizeof id))
		return 98;
	/* The words before the program: selfdock, "enter" and the id. */
	char *selfdock = argv[1];
	argv[0] = selfdock;
	argv[1] = "enter";
	argv[2] = id;
	execv(selfdock, argv);
	return 98;
}
