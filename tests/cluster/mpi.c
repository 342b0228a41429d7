/* SPDX-License-Identifier: ISC */
/* mpi: what the ranks of an MPI program do with each other. Prints how many there are, their sum,
 * and how many wrong bytes and words came; and then how many megabytes a second went from rank 0
 * to rank 1 and back. */
#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 4 << 20, ROUNDS = 50 };

static char buffer[SIZE];

/* Returns the number of wrong bytes. */
static int play(int rank)
{
	int wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		memset(buffer, rank ? 0 : i, 64);
		if (rank == 0)
			MPI_Send(buffer, SIZE, MPI_CHAR, 1, 0, MPI_COMM_WORLD);
		MPI_Recv(buffer, SIZE, MPI_CHAR, !rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		for (int at = 0; at < 64; at++)
			wrong += buffer[at] != (char)i;
		if (rank == 1)
			MPI_Send(buffer, SIZE, MPI_CHAR, 0, 0, MPI_COMM_WORLD);
	}
	return wrong;
}

/* Waits for all ranks and sleeps meanwhile: a rank that waits in the library takes a processor, of
 * which there may be fewer than ranks, and those that play would be slow by chance. */
static void rest(void)
{
	MPI_Request request;

	MPI_Ibarrier(MPI_COMM_WORLD, &request);
	for (int done = 0; !done; usleep(1000))
		MPI_Test(&request, &done, MPI_STATUS_IGNORE);
}

/* Whether a word in memory that the ranks of this node share is not what the first one wrote. */
static int share(void)
{
	MPI_Comm node;
	MPI_Win window;
	MPI_Aint size;
	int *own, *first, unit, rank;

	MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
	MPI_Comm_rank(node, &rank);
	MPI_Win_allocate_shared(sizeof *own, sizeof *own, MPI_INFO_NULL, node, &own, &window);
	MPI_Win_fence(0, window);
	*own = rank + 100;
	MPI_Win_fence(0, window);
	MPI_Win_shared_query(window, 0, &size, &unit, &first);
	int wrong = *first != 100;
	MPI_Win_fence(0, window);
	MPI_Win_free(&window);
	return wrong;
}

int main(int argc, char **argv)
{
	int rank, count, sum, wrong, all;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &count);
	MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	double begin = MPI_Wtime();
	wrong = count > 1 && rank < 2 ? play(rank) : 0;
	double rate = 2.0 * ROUNDS * SIZE / 1e6 / (MPI_Wtime() - begin);
	rest();
	wrong += share();
	MPI_Allreduce(&wrong, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	if (rank == 0)
		printf("%d ranks, sum %d, %d wrong\n%.0f MB/s\n", count, sum, all, rate);
	MPI_Finalize();
	return 0;
}
