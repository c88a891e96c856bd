/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every format is packed with its own library and unpacked again: whole, with something behind it,
 * cut at every length, with bytes flipped, and against limits. What has a checksum never yields
 * other bytes than went in; nothing ever yields more than the limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kexec/decompress.h"
#include "tests/unit/image_fixture.h"

#define LIMIT ((size_t)64 << 20)

static int unpack(const struct blob *packed, size_t limit, struct blob *out)
{
	const struct decoder *decoder = decoder_find(packed->bytes, packed->size);

	assert_non_null(decoder);
	return decompress(decoder, packed->bytes, packed->size, limit, &out->bytes, &out->size);
}

static void assert_unpacks_to(const struct blob *packed, const struct blob *wanted)
{
	struct blob out = {0};

	assert_int_equal(unpack(packed, LIMIT, &out), 0);
	assert_int_equal(out.size, wanted->size);
	assert_memory_equal(out.bytes, wanted->bytes, wanted->size);
	free(out.bytes);
}

static void test_round_trip(void **state)
{
	static const size_t sizes[] = {1, 100, 70000, ((size_t)8 << 20) + 5};

	(void)state;
	for (const struct packer *packer = packers; packer->name; packer++) {
		/* The last is more than a block of lz4's legacy format; the others have no need. */
		size_t count = sizeof(sizes) / sizeof(*sizes) - (strcmp(packer->name, "lz4") != 0);

		for (size_t i = 0; i < count; i++) {
			struct blob plain = blob_noise(sizes[i], 3);
			struct blob packed = packer->pack(plain.bytes, plain.size);

			assert_string_equal(decoder_find(packed.bytes, packed.size)->name,
					    packer->name);
			assert_unpacks_to(&packed, &plain);
			free(plain.bytes);
			free(packed.bytes);
		}
	}
}

/* Linux appends the unpacked length to a packed kernel (size_append in scripts/Makefile.lib). */
static void test_trailing(void **state)
{
	struct blob plain = blob_noise(5000, 1);

	(void)state;
	for (const struct packer *packer = packers; packer->name; packer++) {
		struct blob packed = packer->pack(plain.bytes, plain.size);

		packed.bytes = realloc(packed.bytes, packed.size + 4);
		memcpy(packed.bytes + packed.size, "\x88\x13\0", 4);
		packed.size += 4;
		assert_unpacks_to(&packed, &plain);
		free(packed.bytes);
	}
	free(plain.bytes);
}

static void test_members(void **state)
{
	struct blob plain = blob_noise(5000, 1), twice = blob_noise(10000, 1);

	(void)state;
	memcpy(twice.bytes + 5000, plain.bytes, 5000);
	for (size_t i = 0; packers[i].name; i++) {
		const struct packer *packer = &packers[i];
		struct blob packed = packer->pack(plain.bytes, plain.size);

		if (strcmp(packer->name, "gzip") == 0 || strcmp(packer->name, "zstd") == 0) {
			packed.bytes = realloc(packed.bytes, packed.size * 2);
			memcpy(packed.bytes + packed.size, packed.bytes, packed.size);
			packed.size *= 2;
			assert_unpacks_to(&packed, &twice);
		}
		free(packed.bytes);
	}
	free(plain.bytes);
	free(twice.bytes);
}

/* A file that was cut is never taken for a whole one. */
static void test_truncated(void **state)
{
	struct blob plain = blob_noise(700, 5);

	(void)state;
	for (const struct packer *packer = packers; packer->name; packer++) {
		struct blob packed = packer->pack(plain.bytes, plain.size);

		for (size_t size = 14; size < packed.size; size++) {
			/* Its own allocation, so that reading past the end is seen. */
			struct blob cut = {malloc(size), size}, out = {0};
			int error;

			memcpy(cut.bytes, packed.bytes, size);
			error = unpack(&cut, LIMIT, &out);
			if (error != DECODE_ETRUNCATED)
				fail_msg("%s cut to %zu of %zu bytes: %d", packer->name, size,
					 packed.size, error);
			free(cut.bytes);
		}
		free(packed.bytes);
	}
	free(plain.bytes);
}

static void test_corrupt(void **state)
{
	struct blob plain = blob_noise(700, 6);

	(void)state;
	for (const struct packer *packer = packers; packer->name; packer++) {
		struct blob packed = packer->pack(plain.bytes, plain.size);

		for (size_t i = 14; i < packed.size; i++) {
			struct blob out = {0};
			int error;

			packed.bytes[i] ^= 0x10;
			error = unpack(&packed, LIMIT, &out);
			if (!error && packer->checked) {
				assert_int_equal(out.size, plain.size);
				assert_memory_equal(out.bytes, plain.bytes, plain.size);
			}
			if (!error)
				free(out.bytes);
			packed.bytes[i] ^= 0x10;
		}
		free(packed.bytes);
	}
	free(plain.bytes);
}

/* 4 MiB of zeros are a few KiB when packed: the limit holds to the byte. */
static void test_limit(void **state)
{
	const size_t size = (size_t)4 << 20;
	void *zeros = calloc(1, size);

	(void)state;
	for (const struct packer *packer = packers; packer->name; packer++) {
		struct blob packed = packer->pack(zeros, size), out = {0};

		assert_int_equal(unpack(&packed, size - 1, &out), DECODE_ELARGE);
		assert_int_equal(unpack(&packed, 1000, &out), DECODE_ELARGE);
		assert_int_equal(unpack(&packed, size, &out), 0);
		assert_int_equal(out.size, size);
		free(out.bytes);
		free(packed.bytes);
	}
	free(zeros);
}

static void test_unknown(void **state)
{
	static const uint8_t bzip2[16] = "BZh91AY&SY";
	static const uint8_t elf[16] = "\177ELF", almost[16] = {0x5d, 0, 0, 5};
	struct blob out = {0}, packed = {(uint8_t *)(uintptr_t)bzip2, sizeof(bzip2)};

	(void)state;
	assert_null(decoder_find(elf, sizeof(elf)));
	assert_null(decoder_find(almost, sizeof(almost)));
	assert_null(decoder_find(elf, 0));
	assert_string_equal(decoder_find(bzip2, sizeof(bzip2))->name, "bzip2");
	assert_int_equal(unpack(&packed, LIMIT, &out), DECODE_EUNSUPPORTED);
	for (int error = 0; error >= DECODE_EPARTS - 1; error--)
		assert_true(strlen(decode_strerror(error)) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_trailing),
		cmocka_unit_test(test_members),	   cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_corrupt),	   cmocka_unit_test(test_limit),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
