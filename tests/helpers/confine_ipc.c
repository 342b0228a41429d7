/* SPDX-License-Identifier: ISC */
/* confine_ipc make|look|remove NUMBER: System V and POSIX objects known by
 * that number. look prints those that it finds. */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int number = argc > 2 ? atoi(argv[2]) : 0;
	key_t key = 0x5e000000 + number;
	char object[64];
	int make = argc > 1 && !strcmp(argv[1], "make");
	int how = make ? IPC_CREAT | 0666 : 0, flags = make ? O_CREAT | O_RDWR : O_RDWR;
	snprintf(object, sizeof object, "/selfdock-test-%d", number);
	int shm = shmget(key, 4096, how), queue = msgget(key, how), semaphore = semget(key, 1, how);
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
