/* SPDX-License-Identifier: ISC */
/* Prints the state a process inherits, one line for each kind. */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>

int main(void)
{
	struct rlimit core;
	sigset_t mask;
	mode_t mode = umask(0);

	printf("fds");
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	getrlimit(RLIMIT_CORE, &core);
	printf("\numask %o\ncore %lld %lld\nblocked", mode, (long long)core.rlim_cur,
	       (long long)core.rlim_max);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int number = 1; number < 65; number++)
		if (sigismember(&mask, number) == 1)
			printf(" %d", number);
	printf("\nignored");
	for (int number = 1; number < 65; number++) {
		struct sigaction action;
		if (number != SIGCHLD && !sigaction(number, NULL, &action) &&
		    action.sa_handler == SIG_IGN)
			printf(" %d", number);
	}
	puts("");
	return 0;
}
