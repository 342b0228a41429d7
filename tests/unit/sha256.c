/* SPDX-License-Identifier: ISC */
/* Digests are those of the examples of FIPS 180-4, in whatever parts the message is added.
 * With: core/image/sha256.c */
#include "core/image/sha256.h"

#include <assert.h>
#include <string.h>

static void digest(const char *message, const char *wanted)
{
	struct sha256 sha;
	char text[SHA256_TEXT];

	sha256_begin(&sha);
	sha256_add(&sha, message, strlen(message));
	sha256_end(&sha, text);
	assert(!strcmp(text, wanted));
}

static void examples(void)
{
	digest("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	digest("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	       "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

/* In parts of a length that is none of blocks. */
static void million(void)
{
	struct sha256 sha;
	char part[1000], text[SHA256_TEXT];

	memset(part, 'a', sizeof part);
	sha256_begin(&sha);
	for (int i = 0; i < 1000; i++)
		sha256_add(&sha, part, sizeof part);
	sha256_end(&sha, text);
	assert(!strcmp(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

/* The same digest for each length up to 200, at once, in two parts, and byte by byte. */
static void parts(void)
{
	unsigned char message[200];
	char whole[SHA256_TEXT], text[SHA256_TEXT];
	struct sha256 sha;

	for (size_t i = 0; i < sizeof message; i++)
		message[i] = (unsigned char)(i * 37);
	for (size_t length = 0; length <= sizeof message; length++) {
		sha256_begin(&sha);
		for (size_t i = 0; i < length; i++)
			sha256_add(&sha, message + i, 1);
		sha256_end(&sha, whole);
		for (size_t first = 0; first <= length; first++) {
			sha256_begin(&sha);
			sha256_add(&sha, message, first);
			sha256_add(&sha, message + first, length - first);
			sha256_end(&sha, text);
			assert(!strcmp(text, whole));
		}
	}
	assert(!strcmp(whole, "d7e637defdb535f7fd87420e9b867bbcfd9dc2792170e849f67c14f148de3ffb"));
}

int main(void)
{
	examples();
	million();
	parts();
	return 0;
}
