/* SPDX-License-Identifier: ISC */
/*
 * SHA-256, as FIPS 180-4 has it: the digests by which images name their parts. Every byte of a
 * layer comes through here. Rounds that are written out eight at a time, so that none moves the
 * words of the state, need 670 bytes more and gain 6 % with -O2; with -Oz they are slower.
 */
#include "core/image/sha256.h"

#include <string.h>

/* The fractions of the square roots of the first eight primes, 32 bits of each. */
static const uint32_t initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* The fractions of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static inline uint32_t rotate(uint32_t word, unsigned by)
{
	return word >> by | word << (32 - by);
}

/* The first 16 words of the schedule are the block; each other is made from four before it. */
static void schedule(uint32_t words[64], const unsigned char *block)
{
	for (int i = 0; i < 16; i++, block += 4)
		words[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
			   (uint32_t)block[2] << 8 | block[3];
	for (int i = 16; i < 64; i++) {
		uint32_t near = words[i - 2], far = words[i - 15];
		near = rotate(near, 17) ^ rotate(near, 19) ^ near >> 10;
		far = rotate(far, 7) ^ rotate(far, 18) ^ far >> 3;
		words[i] = near + words[i - 7] + far + words[i - 16];
	}
}

static void add_block(uint32_t state[8], const unsigned char *block)
{
	uint32_t words[64];
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

	schedule(words, block);
	for (int i = 0; i < 64; i++) {
		uint32_t chosen = g ^ (e & (f ^ g)), most = (a & b) | (c & (a | b));
		uint32_t mixed = h + constants[i] + words[i] + chosen;
		mixed += rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		h = g;
		g = f;
		f = e;
		e = d + mixed;
		mixed += most + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22));
		d = c;
		c = b;
		b = a;
		a = mixed;
	}
	uint32_t sums[8] = { a, b, c, d, e, f, g, h };
	for (int i = 0; i < 8; i++)
		state[i] += sums[i];
}

void sha256_begin(struct sha256 *sha)
{
	memcpy(sha->state, initial, sizeof initial);
	sha->length = 0;
}

void sha256_add(struct sha256 *sha, const void *data, size_t length)
{
	const unsigned char *from = data;

	while (length) {
		size_t held = sha->length % SHA256_BLOCK, part = SHA256_BLOCK - held;
		part = part < length ? part : length;
		if (part == SHA256_BLOCK) { /* where it is */
			add_block(sha->state, from);
		} else {
			memcpy(sha->block + held, from, part);
			if (held + part == SHA256_BLOCK)
				add_block(sha->state, sha->block);
		}
		sha->length += part;
		from += part;
		length -= part;
	}
}

void sha256_end(struct sha256 *sha, char digest[SHA256_TEXT])
{
	unsigned char bits[8];

	for (int i = 0; i < 8; i++)
		bits[i] = (unsigned char)(sha->length * 8 >> (56 - i * 8));
	sha256_add(sha, "\x80", 1);
	while (sha->length % SHA256_BLOCK != SHA256_BLOCK - sizeof bits)
		sha256_add(sha, "", 1);
	sha256_add(sha, bits, sizeof bits);
	for (int i = 0; i < SHA256_TEXT - 1; i++)
		digest[i] = "0123456789abcdef"[sha->state[i / 8] >> (28 - i % 8 * 4) & 0xf];
	digest[SHA256_TEXT - 1] = '\0';
}
