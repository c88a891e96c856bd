/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 in portable C, and the message framing for whichever compression function is used. */
#include "purgatory/sha256.h"

#include <string.h>

const uint32_t sha256_constants[64] = {
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

static const uint32_t initial_state[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static inline uint32_t rotate(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static inline uint32_t load(const uint8_t *p)
{
	uint32_t x;

	/* In freestanding code memcpy() is a call, here of a loop over four bytes. */
	__builtin_memcpy(&x, p, sizeof(x));
	return __builtin_bswap32(x);
}

/* ch and maj are written with one operation less than FIPS 180-4, 4.1.2 writes them. */
#define ROUND(a, b, c, d, e, f, g, h, k, w)                                                        \
	do {                                                                                       \
		uint32_t t_ = (h) + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +               \
			      ((g) ^ ((e) & ((f) ^ (g)))) + (k) + (w);                             \
		(d) += t_;                                                                         \
		(h) = t_ + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +                        \
		      (((a) & (b)) | ((c) & ((a) | (b))));                                         \
	} while (0)

/* The schedule lives in a window of 16 words, each overwritten when it was last needed. */
#define NEXT(w, i)                                                                                 \
	((w)[(i)&15] += (rotate((w)[((i) + 14) & 15], 17) ^ rotate((w)[((i) + 14) & 15], 19) ^     \
			 (w)[((i) + 14) & 15] >> 10) +                                             \
			(w)[((i) + 9) & 15] +                                                      \
			(rotate((w)[((i) + 1) & 15], 7) ^ rotate((w)[((i) + 1) & 15], 18) ^        \
			 (w)[((i) + 1) & 15] >> 3))

#define EIGHT(i, W)                                                                                \
	do {                                                                                       \
		ROUND(a, b, c, d, e, f, g, h, k[(i)], W(i));                                       \
		ROUND(h, a, b, c, d, e, f, g, k[(i) + 1], W((i) + 1));                             \
		ROUND(g, h, a, b, c, d, e, f, k[(i) + 2], W((i) + 2));                             \
		ROUND(f, g, h, a, b, c, d, e, k[(i) + 3], W((i) + 3));                             \
		ROUND(e, f, g, h, a, b, c, d, k[(i) + 4], W((i) + 4));                             \
		ROUND(d, e, f, g, h, a, b, c, k[(i) + 5], W((i) + 5));                             \
		ROUND(c, d, e, f, g, h, a, b, k[(i) + 6], W((i) + 6));                             \
		ROUND(b, c, d, e, f, g, h, a, k[(i) + 7], W((i) + 7));                             \
	} while (0)

#define W_FIRST(i) (w[i] = load(blocks + 4 * (i)))
#define W_LATER(i) NEXT(w, i)

void sha256_blocks_portable(uint32_t state[8], const uint8_t *blocks, size_t count)
{
	const uint32_t *k;

	for (; count > 0; count--, blocks += SHA256_BLOCK_SIZE) {
		uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
		uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
		uint32_t w[16];

		k = sha256_constants;
		EIGHT(0, W_FIRST);
		EIGHT(8, W_FIRST);
		for (unsigned int round = 16; round < 64; round += 16) {
			k += 16;
			EIGHT(0, W_LATER);
			EIGHT(8, W_LATER);
		}
		state[0] += a;
		state[1] += b;
		state[2] += c;
		state[3] += d;
		state[4] += e;
		state[5] += f;
		state[6] += g;
		state[7] += h;
	}
}

static void blocks_take(struct sha256 *sha256, const uint8_t *blocks, size_t count)
{
	if (sha256->path == SHA256_HARDWARE)
		sha256_blocks_hardware(sha256->state, blocks, count);
	else
		sha256_blocks_portable(sha256->state, blocks, count);
}

void sha256_start(struct sha256 *sha256, enum sha256_path path)
{
	memset(sha256, 0, sizeof(*sha256));
	memcpy(sha256->state, initial_state, sizeof(initial_state));
	sha256->path = path;
}

void sha256_update(struct sha256 *sha256, const void *bytes, size_t size)
{
	const uint8_t *next = bytes;
	size_t waiting = sha256->total % SHA256_BLOCK_SIZE;

	if (size == 0)
		return;
	sha256->total += size;
	if (waiting > 0) {
		size_t wanted = SHA256_BLOCK_SIZE - waiting;
		size_t taken = size < wanted ? size : wanted;

		memcpy(sha256->rest + waiting, next, taken);
		if (taken < wanted)
			return;
		blocks_take(sha256, sha256->rest, 1);
		next += taken;
		size -= taken;
	}
	if (size >= SHA256_BLOCK_SIZE)
		blocks_take(sha256, next, size / SHA256_BLOCK_SIZE);
	next += size - size % SHA256_BLOCK_SIZE;
	if (size % SHA256_BLOCK_SIZE > 0)
		memcpy(sha256->rest, next, size % SHA256_BLOCK_SIZE);
}

void sha256_finish(struct sha256 *sha256, uint8_t digest[SHA256_SIZE])
{
	/* FIPS 180-4, 5.1.1: a one bit, zeros, and the length in bits as 64 big-endian bits. */
	uint64_t bits = __builtin_bswap64(sha256->total * 8);
	size_t waiting = sha256->total % SHA256_BLOCK_SIZE;

	sha256->rest[waiting++] = 0x80;
	if (waiting > SHA256_BLOCK_SIZE - sizeof(bits)) {
		memset(sha256->rest + waiting, 0, SHA256_BLOCK_SIZE - waiting);
		blocks_take(sha256, sha256->rest, 1);
		waiting = 0;
	}
	memset(sha256->rest + waiting, 0, SHA256_BLOCK_SIZE - sizeof(bits) - waiting);
	memcpy(sha256->rest + SHA256_BLOCK_SIZE - sizeof(bits), &bits, sizeof(bits));
	blocks_take(sha256, sha256->rest, 1);
	for (unsigned int i = 0; i < 8; i++) {
		uint32_t word = __builtin_bswap32(sha256->state[i]);

		memcpy(digest + 4 * i, &word, sizeof(word));
	}
}

void sha256_of(enum sha256_path path, const void *bytes, size_t size, uint8_t digest[SHA256_SIZE])
{
	struct sha256 sha256;

	sha256_start(&sha256, path);
	sha256_update(&sha256, bytes, size);
	sha256_finish(&sha256, digest);
}
