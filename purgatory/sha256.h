/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4), shared by purgatory and the command; no allocation, no libc. */
#ifndef PURGATORY_SHA256_H
#define PURGATORY_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_BLOCK_SIZE 64

enum sha256_path {
	SHA256_PORTABLE,
	SHA256_HARDWARE, /* the processor's SHA instructions; only when sha256_has_hardware() */
};

struct sha256 {
	uint32_t state[8];
	uint64_t total; /* bytes taken so far */
	enum sha256_path path;
	uint8_t rest[SHA256_BLOCK_SIZE]; /* total % 64 bytes wait here */
};

/* Whether this processor has the instructions, and this program a path that uses them. */
bool sha256_has_hardware(void);

void sha256_start(struct sha256 *sha256, enum sha256_path path);
void sha256_update(struct sha256 *sha256, const void *bytes, size_t size);
/* The context is spent afterwards. */
void sha256_finish(struct sha256 *sha256, uint8_t digest[SHA256_SIZE]);

/* All of it at once. */
void sha256_of(enum sha256_path path, const void *bytes, size_t size, uint8_t digest[SHA256_SIZE]);

/* The compression function over whole blocks, for both paths. */
void sha256_blocks_portable(uint32_t state[8], const uint8_t *blocks, size_t count);
void sha256_blocks_hardware(uint32_t state[8], const uint8_t *blocks, size_t count);

/* The round constants of FIPS 180-4, section 4.2.2. */
extern const uint32_t sha256_constants[64];

#endif
