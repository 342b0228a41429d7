/* SPDX-License-Identifier: ISC */
/* signal_threads: its first thread ends, another one waits for ever. */
#include <pthread.h>
#include <unistd.h>

static void *wait_for_ever(void *unused)
{
	(void)unused;
	usleep(100000); /* until the other one has ended */
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		return NULL;
	for (;;)
		pause();
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_for_ever, NULL))
		return 1;
	pthread_exit(NULL);
}
