/* SPDX-License-Identifier: ISC */
/* floor COMMAND [ARG]...: the least that a program can do to run another one and wait for it.
 * Without a command it does nothing, successfully. */
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status;

	if (argc < 2)
		return 0;
	pid_t pid = vfork();
	if (!pid) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	return waitpid(pid, &status, 0) != pid || status;
}
