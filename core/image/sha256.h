/* SPDX-License-Identifier: ISC */
#ifndef CORE_SHA256_H
#define CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* The digits of a digest, and a NUL. */
enum { SHA256_BLOCK = 64, SHA256_TEXT = 65 };

/* A digest that is being made. */
struct sha256 {
	uint32_t state[8];
	uint64_t length; /* of all that was added; what is left over by the last block is below */
	unsigned char block[SHA256_BLOCK];
};

/* Begins the digest of no bytes. */
void sha256_begin(struct sha256 *sha);

/* Appends LENGTH bytes. DATA need not be aligned. */
void sha256_add(struct sha256 *sha, const void *data, size_t length);

/* Writes the digest of all that was added to DIGEST, in small hexadecimal digits. After that only
 * sha256_begin may follow. */
void sha256_end(struct sha256 *sha, char digest[SHA256_TEXT]);

#endif
