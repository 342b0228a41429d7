/* SPDX-License-Identifier: ISC */
/* forbidden_self WHAT: a process with a second "thread"; one that is "hidden",
 * not being dumpable; or one with a child that is a "zombie". */
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *wait_forever(void *argument)
{
	for (;;)
		pause();
	return argument;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	pthread_t thread;

	if (!strcmp(what, "thread") && pthread_create(&thread, NULL, wait_forever, NULL))
		return 1;
	if (!strcmp(what, "hidden"))
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (!strcmp(what, "zombie") && !fork())
		_exit(0);
	wait_forever(NULL);
}
