/* SPDX-License-Identifier: ISC */
/* confine_ipc make|look|remove: System V and POSIX objects known by a name.
 * look prints those that it finds. */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

enum { KEY = 0x5e1fd0c8 };
static const char object[] = "/selfdock-test";

int main(int argc, char **argv)
{
	int make = argc > 1 && !strcmp(argv[1], "make");
	int how = make ? IPC_CREAT | 0666 : 0, flags = make ? O_CREAT | O_RDWR : O_RDWR;
	int shm = shmget(KEY, 4096, how), queue = msgget(KEY, how), semaphore = semget(KEY, 1, how);
	int posix = shm_open(object, flags, 0666);
	mqd_t messages = mq_open(object, flags, 0666, NULL);

	if (argc > 1 && !strcmp(argv[1], "remove")) {
		shmctl(shm, IPC_RMID, NULL);
		msgctl(queue, IPC_RMID, NULL);
		semctl(semaphore, 0, IPC_RMID);
		shm_unlink(object);
		mq_unlink(object);
		return 0;
	}
	if (shm >= 0)
		puts("shm");
	if (queue >= 0)
		puts("msg");
	if (semaphore >= 0)
		puts("sem");
	if (posix >= 0)
		puts("posix shm");
	if (messages >= 0)
		puts("mqueue");
	fflush(stdout);
	if (make)
		pause();
	return 0;
}
