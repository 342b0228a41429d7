/* SPDX-License-Identifier: ISC */
/*
 * kernel_handle FILE: prints the handle of the file, as "TYPE BYTES", in one word.
 * kernel_handle PLACE HANDLE: opens that file on the file system of PLACE, and prints what is in
 * it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 128 };

static union {
	struct file_handle handle;
	char room[sizeof(struct file_handle) + ROOM];
} made;

int main(int argc, char **argv)
{
	char text[256];
	int mount;

	made.handle.handle_bytes = ROOM;
	if (argc == 2) {
		if (name_to_handle_at(AT_FDCWD, argv[1], &made.handle, &mount, 0))
			return 1;
		printf("%d:", made.handle.handle_type);
		for (unsigned i = 0; i < made.handle.handle_bytes; i++)
			printf("%02x", made.handle.f_handle[i]);
		puts("");
		return 0;
	}
	if (argc != 3)
		return 2;
	char *bytes;
	made.handle.handle_type = (int)strtol(argv[2], &bytes, 10);
	made.handle.handle_bytes = (unsigned)strlen(++bytes) / 2;
	for (unsigned i = 0; i < made.handle.handle_bytes; i++) {
		char two[] = { bytes[2 * i], bytes[2 * i + 1], '\0' };
		made.handle.f_handle[i] = (unsigned char)strtol(two, NULL, 16);
	}
	int file = open_by_handle_at(open(argv[1], O_RDONLY), &made.handle, O_RDONLY);
	ssize_t length = file < 0 ? -1 : read(file, text, sizeof text);
	if (length < 0) {
		perror("open_by_handle_at");
		return 1;
	}
	return fwrite(text, 1, (size_t)length, stdout) != (size_t)length;
}
