/* SPDX-License-Identifier: ISC */
/*
 * What the harnesses share. Each has a property: what it requires of the code for every input. A
 * harness runs in a directory of its own, which is its /proc, or root, if it needs one.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, as a crash does, unless CONDITION holds. */
#define REQUIRE(condition)                                                                         \
	do                                                                                         \
		if (!(condition))                                                                  \
			fuzz_fail(__FILE__, __LINE__, #condition);                                 \
	while (0)

_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* Begins an input: what fuzz_take and memory_take returned is given back, and what was printed is
 * forgotten. */
void fuzz_begin(void);

/* All that has been taken stays. */
void fuzz_keep(void);

/* Returns SIZE bytes of zeros. No byte more can be used unnoticed, nor any after fuzz_begin. */
void *fuzz_take(size_t size);

/* Returns a copy of the text up to END, without any NUL. */
char *fuzz_text(const char *text, const char *end);

/* Returns the lines of the input as the words of a command line called NAME; \v stands for a
 * newline in one of them. */
char **fuzz_words(const char *name, const uint8_t *data, size_t size);

/* The same for words that were taken, to compare with what became of them. */
char **fuzz_copy(char **words);

/* Runs the function. Returns the status with which it ends the process, with a message, or -1 if it
 * returns. The message is one line for a terminal. */
int fuzz_status(void (*function)(void *), void *argument);

/* As the last fuzz_status ended by execv(2), what that was to execute, or NULL. */
char **fuzz_executed(void);

/* Returns all that has been printed to standard output. */
char *fuzz_output(size_t *length);

/* What is printed from here on comes first. */
void fuzz_forget_output(void);

/* Whether a terminal obeys nothing in it: no control character but the newlines. */
bool fuzz_is_clean(const char *text, size_t length);

/* Returns the length of the UTF-8 character at the beginning of TEXT, as RFC 3629 has it, or 0. */
size_t fuzz_character(const char *text, size_t length, unsigned *code);

/* Returns the input as the contents of a file, MOST bytes at most. The first of these and a byte N
 * stand for the byte before them, N * 32 times; the second for the line before them, N * 8 times.
 */
enum { FUZZ_AGAIN = 0x1c, FUZZ_LINE_AGAIN = 0x1d };

char *fuzz_expand(const uint8_t *data, size_t size, size_t most, size_t *length);

/* Writes a file of the directory. read(2) then returns at most MOST bytes at once; of a long file,
 * and with 0, as many as there are. */
void fuzz_write(const char *name, const char *text, size_t length, size_t most);

#endif
