/* SPDX-License-Identifier: ISC */
/*
 * Progress: a line on a terminal, which is written again and again.
 */
#include "core/image/progress.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/linux/kernel.h"

enum { PAUSE = 200 };

static void show(const char *text, size_t length)
{
	if (write(STDERR_FILENO, text, length) < 0)
		return; /* it is for the eye alone */
}

void progress_add(struct progress *progress, uint64_t bytes)
{
	struct timespec time;
	char text[128];

	progress->bytes += bytes;
	if (!progress->shown)
		return;
	/* The C library's function would link a search of the vdso. */
	syscall(KERNEL_SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, &time);
	uint64_t now = (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
	if (!progress->began)
		progress->began = now - 1;
	if (now < progress->next)
		return;
	progress->next = now + PAUSE;
	size_t length = progress->layers
				? text_format(text, sizeof text, "layer %u of %u, ",
					      (unsigned)progress->layer, (unsigned)progress->layers)
				: text_format(text, sizeof text, "reading, ");
	length +=
		text_format(text + length, sizeof text - length, "%llu MB, %llu MB/s\33[K\r",
			    (unsigned long long)progress->bytes / 1000000,
			    (unsigned long long)(progress->bytes / (now - progress->began)) / 1000);
	show(text, length);
}

void progress_end(struct progress *progress)
{
	if (progress->shown && progress->began)
		show("\33[K", 3);
	progress->bytes = progress->began = progress->next = 0;
}
