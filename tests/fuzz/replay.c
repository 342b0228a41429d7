/* SPDX-License-Identifier: ISC */
/* replay FILE...: gives each file to the harness that it is linked with, as libFuzzer does, and
 * prints how many there were. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum { ROOM = 1 << 16, SECONDS = 30 };

int main(int argc, char **argv)
{
	static uint8_t buffer[ROOM];

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "r");
		REQUIRE(file);
		size_t size = fread(buffer, 1, sizeof buffer, file);
		fclose(file);
		uint8_t *data = malloc(size); /* the sanitizer knows its end */
		for (size_t at = 0; at < size; at++)
			data[at] = buffer[at];
		fprintf(stderr, "%s\n", argv[i]); /* the last one is to blame */
		alarm(SECONDS);			  /* a walk that does not end */
		LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	fprintf(stderr, "%d executions\n", argc - 1);
	return 0;
}
