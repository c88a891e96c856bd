/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256 as purgatory and the command have it. Each path is held against the vectors of NIST and
 * against the other; every length around the padding's edges, and every way to cut a message in two,
 * goes through a plain transcription of FIPS 180-4 as well. The code in purgatory's own blob is run
 * here too, where the processor is of its architecture.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "purgatory/purgatory.h"
#include "purgatory/sha256.h"

static void digest_check(const uint8_t digest[SHA256_SIZE], const char *wanted)
{
	char text[2 * SHA256_SIZE + 1];

	for (unsigned int i = 0; i < SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, wanted);
}

/* NIST's examples for FIPS 180-4, and its vectors of zero bits (SHA256ShortMsg, SHA256LongMsg). */
static const struct {
	const char *message;
	unsigned int times;
	const char *digest;
} vectors[] = {
	{"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	 "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	 1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	{"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
	{"\xbd", 1, "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"},
	{"\xc9\x8c\x8e\x55", 1, "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"},
};

static void vectors_check(enum sha256_path path)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		struct sha256 sha256;
		uint8_t digest[SHA256_SIZE];

		sha256_start(&sha256, path);
		for (unsigned int n = 0; n < vectors[i].times; n++)
			sha256_update(&sha256, vectors[i].message, strlen(vectors[i].message));
		sha256_finish(&sha256, digest);
		digest_check(digest, vectors[i].digest);
	}
}

static uint32_t rotate(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

/* FIPS 180-4, 6.2.2, word for word; only the constants are shared. */
static void plain_block(uint32_t hash[8], const uint8_t *block)
{
	uint32_t w[64], v[8];

	for (unsigned int t = 0; t < 16; t++)
		w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
		       (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
	for (unsigned int t = 16; t < 64; t++)
		w[t] = (rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10) + w[t - 7] +
		       (rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 16];
	memcpy(v, hash, sizeof(v));
	for (unsigned int t = 0; t < 64; t++) {
		uint32_t t1 = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
			      ((v[4] & v[5]) ^ (~v[4] & v[6])) + sha256_constants[t] + w[t];
		uint32_t t2 = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) +
			      ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (unsigned int i = 0; i < 8; i++)
		hash[i] += v[i];
}

static void plain_sha256(const uint8_t *message, size_t size, uint8_t digest[SHA256_SIZE])
{
	uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	size_t padded = (size + 9 + 63) / 64 * 64;
	uint8_t *bytes = calloc(1, padded);

	assert_non_null(bytes);
	if (size > 0)
		memcpy(bytes, message, size);
	bytes[size] = 0x80;
	for (unsigned int i = 0; i < 8; i++)
		bytes[padded - 1 - i] = (uint8_t)((uint64_t)size * 8 >> 8 * i);
	for (size_t i = 0; i < padded; i += 64)
		plain_block(hash, bytes + i);
	for (unsigned int i = 0; i < SHA256_SIZE; i++)
		digest[i] = (uint8_t)(hash[i / 4] >> (24 - 8 * (i % 4)));
	free(bytes);
}

/* The same bytes on every run. */
static void bytes_fill(uint8_t *bytes, size_t size)
{
	uint32_t x = 2463534242;

	for (size_t i = 0; i < size; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		bytes[i] = (uint8_t)x;
	}
}

static void lengths_check(enum sha256_path path)
{
	uint8_t wanted[SHA256_SIZE], got[SHA256_SIZE];

	for (size_t size = 0; size <= 300; size++) {
		/* On the heap, so that a sanitizer sees a byte too many. */
		uint8_t *message = malloc(size);

		bytes_fill(message, size);
		plain_sha256(message, size, wanted);
		sha256_of(path, message, size, got);
		assert_memory_equal(got, wanted, sizeof(got));
		for (size_t cut = 0; cut <= size; cut += size < 140 ? 1 : 7) {
			struct sha256 sha256;

			sha256_start(&sha256, path);
			sha256_update(&sha256, message, cut);
			sha256_update(&sha256, message + cut, size - cut);
			sha256_finish(&sha256, got);
			assert_memory_equal(got, wanted, sizeof(got));
		}
		free(message);
	}
}

static void large_check(enum sha256_path path)
{
	const size_t size = 4 << 20;
	uint8_t *message = malloc(size + 1);
	uint8_t wanted[SHA256_SIZE], got[SHA256_SIZE];

	assert_non_null(message);
	bytes_fill(message, size + 1);
	for (size_t start = 0; start < 2; start++) {
		plain_sha256(message + start, size - start, wanted);
		sha256_of(path, message + start, size - start, got);
		assert_memory_equal(got, wanted, sizeof(got));
	}
	free(message);
}

static void portable_path(void **state)
{
	(void)state;
	vectors_check(SHA256_PORTABLE);
	lengths_check(SHA256_PORTABLE);
	large_check(SHA256_PORTABLE);
}

static void hardware_path(void **state)
{
	(void)state;
	if (!sha256_has_hardware()) {
		print_message("# skipped: this processor has no SHA instructions that are used\n");
		skip();
	}
	vectors_check(SHA256_HARDWARE);
	lengths_check(SHA256_HARDWARE);
	large_check(SHA256_HARDWARE);
}

#if defined(__x86_64__)
#define BLOB purgatory_x86_64
#elif defined(__aarch64__)
#define BLOB purgatory_arm64
#endif

#if defined(BLOB)
typedef void blocks_function(uint32_t state[8], const uint8_t *blocks, size_t count);

static void blob_function_check(const uint8_t *function)
{
	blocks_function *blocks;
	uint32_t wanted[8] = {1, 2, 3, 4, 5, 6, 7, 8}, got[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t *message = malloc(64 * 50);

	assert_non_null(message);
	memcpy(&blocks, &function, sizeof(blocks));
	bytes_fill(message, 64 * 50);
	for (unsigned int i = 0; i < 50; i++)
		plain_block(wanted, message + 64 * i);
	blocks(got, message, 20);
	blocks(got, message + 64 * 20, 0);
	blocks(got, message + 64 * 20, 30);
	assert_memory_equal(got, wanted, sizeof(got));
	free(message);
}
#endif

/* At two addresses, since the blob runs wherever it is put. */
static void blob_code(void **state)
{
	(void)state;
#if defined(BLOB)
	const struct purgatory_blob *blob = &BLOB;
	size_t size = blob->memory_size;
	uint8_t *memory = mmap(NULL, 3 * size, PROT_READ | PROT_WRITE | PROT_EXEC,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	for (unsigned int i = 0; i < 2; i++) {
		uint8_t *image = memory + i * (size + 4096);

		memcpy(image, blob->bytes, blob->bytes_size);
		__builtin___clear_cache((char *)image, (char *)image + blob->bytes_size);
		blob_function_check(image + blob->sha256_portable_offset);
		if (sha256_has_hardware())
			blob_function_check(image + blob->sha256_hardware_offset);
	}
	munmap(memory, 3 * size);
#else
	print_message("# skipped: the blob's code is for another architecture\n");
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(portable_path),
		cmocka_unit_test(hardware_path),
		cmocka_unit_test(blob_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
