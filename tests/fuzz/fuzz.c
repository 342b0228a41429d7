/* SPDX-License-Identifier: ISC */
/*
 * What the harnesses share: die() comes back to them, since _exit and execv are these here, and
 * memory is that of malloc, so that the sanitizer knows the ends of each piece.
 */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/text.h"

enum { EXECUTED = 1000, FILE_MAX = 1 << 20, LONG = 1 << 17 };

struct piece {
	struct piece *next;
	max_align_t bytes[];
};

static struct piece *pieces;
static jmp_buf back;
static bool comes_back;
static char **executed;
static int output = -1;
static size_t read_most;

void fuzz_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s (errno: %m)\n", file, line, condition);
	abort();
}

/* What comes from here on goes to memory. */
static void redirect(void)
{
	output = memfd_create("output", 0);
	error_descriptor = memfd_create("errors", 0);
	REQUIRE(error_descriptor >= 0 && dup2(output, STDOUT_FILENO) == STDOUT_FILENO);
}

static void empty(int fd)
{
	REQUIRE(!ftruncate(fd, 0) && !lseek(fd, 0, SEEK_SET));
}

void fuzz_forget_output(void)
{
	text_flush();
	empty(output);
}

void fuzz_begin(void)
{
	if (output < 0)
		redirect();
	while (pieces) {
		struct piece *next = pieces->next;
		free(pieces);
		pieces = next;
	}
	fuzz_forget_output();
	read_most = 0;
}

void fuzz_keep(void)
{
	pieces = NULL;
}

void *fuzz_take(size_t size)
{
	struct piece *piece = calloc(1, sizeof *piece + size);

	REQUIRE(piece);
	piece->next = pieces;
	pieces = piece;
	return piece->bytes;
}

void *memory_take(size_t size)
{
	return fuzz_take(size);
}

char *fuzz_text(const char *text, const char *end)
{
	char *copy = fuzz_take((size_t)(end - text) + 1), *to = copy;

	for (; text < end; text++)
		if (*text)
			*to++ = *text;
	return copy;
}

char **fuzz_words(const char *name, const uint8_t *data, size_t size)
{
	const char *text = size ? (const char *)data : "", *end = text + size;
	size_t count = 1;
	char **words = fuzz_take((size + 3) * sizeof *words);

	words[0] = fuzz_text(name, name + strlen(name));
	while (text < end) {
		const char *line = memchr(text, '\n', (size_t)(end - text));
		line = line ? line : end;
		char *word = fuzz_text(text, line);
		words[count++] = word;
		for (; *word; word++)
			*word = *word == '\v' ? '\n' : *word;
		text = line + 1;
	}
	return words;
}

char **fuzz_copy(char **words)
{
	size_t count = 0;

	while (words[count])
		count++;
	char **copy = fuzz_take((count + 1) * sizeof *copy);
	for (size_t i = 0; i < count; i++)
		copy[i] = fuzz_text(words[i], words[i] + strlen(words[i]));
	return copy;
}

static void come_back(int status)
{
	comes_back = false;
	longjmp(back, status + 1);
}

void _exit(int status)
{
	if (comes_back)
		come_back(status);
	for (;;)
		syscall(SYS_exit_group, status);
}

int execv(const char *path, char *const *words)
{
	REQUIRE(comes_back && !strcmp(path, "/proc/self/exe"));
	executed = (char **)words;
	come_back(EXECUTED);
	return -1;
}

static void check_message(void)
{
	char text[32768];
	ssize_t length = pread(error_descriptor, text, sizeof text, 0);
	const char *name = error_name();

	REQUIRE(length > 0 && text[length - 1] == '\n');
	REQUIRE((size_t)length > strlen(name) + 3 && !memcmp(text, name, strlen(name)));
	REQUIRE(memchr(text, '\n', (size_t)length) == text + length - 1);
	REQUIRE(fuzz_is_clean(text, (size_t)length));
}

int fuzz_status(void (*function)(void *), void *argument)
{
	empty(error_descriptor);
	executed = NULL;
	comes_back = true;
	int status = setjmp(back) - 1;
	if (status < 0)
		function(argument);
	comes_back = false;
	if (status >= 0 && status != EXECUTED)
		check_message();
	return status;
}

char **fuzz_executed(void)
{
	return executed;
}

char *fuzz_output(size_t *length)
{
	REQUIRE(text_flush());
	off_t end = lseek(output, 0, SEEK_END);
	char *text = fuzz_take((size_t)end + 1);
	REQUIRE(pread(output, text, (size_t)end, 0) == end);
	*length = (size_t)end;
	return text;
}

/* The rows of the table in section 4 of the RFC. */
size_t fuzz_character(const char *text, size_t length, unsigned *code)
{
	static const struct {
		unsigned char first, last, low, high, length, bits;
	} rows[] = {
		{ 0x00, 0x7f, 0x80, 0xbf, 1, 0x7f }, { 0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f }, { 0xe1, 0xec, 0x80, 0xbf, 3, 0x0f },
		{ 0xed, 0xed, 0x80, 0x9f, 3, 0x0f }, { 0xee, 0xef, 0x80, 0xbf, 3, 0x0f },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4, 0x07 }, { 0xf1, 0xf3, 0x80, 0xbf, 4, 0x07 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4, 0x07 },
	};
	const unsigned char *byte = (const unsigned char *)text;

	for (size_t i = 0; length && i < sizeof rows / sizeof *rows; i++) {
		if (*byte < rows[i].first || *byte > rows[i].last || length < rows[i].length)
			continue;
		*code = *byte & rows[i].bits;
		for (size_t at = 1; at < rows[i].length; at++) {
			unsigned char low = at == 1 ? rows[i].low : 0x80;
			unsigned char high = at == 1 ? rows[i].high : 0xbf;
			if (byte[at] < low || byte[at] > high)
				return 0;
			*code = *code << 6 | (byte[at] & 0x3f);
		}
		return rows[i].length;
	}
	return 0;
}

bool fuzz_is_clean(const char *text, size_t length)
{
	while (length) {
		unsigned code = 0;
		size_t step = fuzz_character(text, length, &code);
		if (!step)
			code = (unsigned char)*text;
		step = step ? step : 1;
		if ((code < ' ' && code != '\n') || (code >= 0x7f && code < 0xa0))
			return false;
		text += step;
		length -= step;
	}
	return true;
}

struct file {
	char *text;
	size_t length, most;
};

static void append(struct file *file, const char *text, size_t length)
{
	if (file->length + length > file->most)
		return;
	memmove(file->text + file->length, text, length);
	file->length += length;
}

/* Appends what begins at START again and again. */
static void repeat(struct file *file, size_t start, unsigned times)
{
	size_t length = file->length - start;

	while (length && times--)
		append(file, file->text + start, length);
}

char *fuzz_expand(const uint8_t *data, size_t size, size_t most, size_t *length)
{
	static char text[FILE_MAX];
	struct file file = { text, 0, most < FILE_MAX ? most : FILE_MAX };

	for (size_t i = 0; i < size; i++) {
		unsigned times = i + 1 < size ? data[i + 1] : 0;
		size_t line = file.length;
		switch (data[i]) {
		case FUZZ_AGAIN:
			repeat(&file, line ? line - 1 : 0, times * 32);
			i++;
			break;
		case FUZZ_LINE_AGAIN:
			if (line && text[line - 1] == '\n')
				line--;
			while (line && text[line - 1] != '\n')
				line--;
			repeat(&file, line, times * 8);
			i++;
			break;
		default:
			append(&file, (const char *)data + i, 1);
		}
	}
	char *copy = fuzz_take(file.length + 1);
	memcpy(copy, text, file.length);
	*length = file.length;
	return copy;
}

void fuzz_write(const char *name, const char *text, size_t length, size_t most)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	REQUIRE(fd >= 0 && write(fd, text, length) == (ssize_t)length);
	close(fd);
	read_most = length < LONG ? most : 0;
}

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	return __real_read(fd, buffer, read_most && size > read_most ? read_most : size);
}
