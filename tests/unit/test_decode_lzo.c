/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lzop archives with each flag that lzop can set, and those that it only reads: unpacked with every
 * checksum looked at, or refused by the name of what is missing. What all decoders must do is in
 * test_decompress.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kexec/bytes.h"
#include "kexec/decompress.h"
#include "tests/unit/lzop_fixture.h"

#define LIMIT ((size_t)64 << 20)
#define HEADER 38 /* bytes, without name and extra field */
#define COMMON ((uint32_t)LZOP_OS_UNIX)

/* lzop's own choices are -9 in a pipe, -9, -F, -CC, --crc32, --crc32 -CC, and -P. */
static const uint32_t flags_known[] = {
	COMMON | LZOP_ADLER32_D | LZOP_STDIN | LZOP_STDOUT,
	COMMON | LZOP_ADLER32_D,
	COMMON,
	COMMON | LZOP_ADLER32_D | LZOP_ADLER32_C,
	COMMON | LZOP_CRC32_D | LZOP_H_CRC32,
	COMMON | LZOP_CRC32_D | LZOP_CRC32_C | LZOP_H_CRC32,
	COMMON | LZOP_ADLER32_D | LZOP_H_PATH,
	COMMON | LZOP_ADLER32_D | LZOP_H_EXTRA_FIELD,
	COMMON | LZOP_CRC32_D | LZOP_H_CRC32 | LZOP_H_EXTRA_FIELD,
	COMMON | LZOP_ADLER32_C,
	COMMON | LZOP_ADLER32_D | LZOP_ADLER32_C | LZOP_CRC32_D | LZOP_CRC32_C,
};

#define KNOWN (sizeof(flags_known) / sizeof(*flags_known))

static int unpack(const struct blob *packed, struct blob *out)
{
	const struct decoder *decoder = decoder_find(packed->bytes, packed->size);

	assert_string_equal(decoder->name, "lzo");
	return decompress(decoder, packed->bytes, packed->size, LIMIT, &out->bytes, &out->size);
}

static void assert_unpacks_to(const struct blob *packed, const struct blob *wanted)
{
	struct blob out = {0};

	assert_int_equal(unpack(packed, &out), 0);
	assert_int_equal(out.size, wanted->size);
	assert_memory_equal(out.bytes, wanted->bytes, wanted->size);
	free(out.bytes);
}

static void assert_refused(struct blob packed, int error)
{
	struct blob out = {0};

	assert_int_equal(unpack(&packed, &out), error);
	free(packed.bytes);
}

/* Blocks that pack well, and blocks that are stored. */
static struct blob blob_mixed(void)
{
	struct blob blob = blob_noise(900, 4);

	memset(blob.bytes + 200, 'x', 300);
	for (size_t i = 0; i < 200; i++)
		blob.bytes[i] = (uint8_t)(i * i * 7 + i / 3);
	return blob;
}

static void test_flags(void **state)
{
	struct blob plain = blob_mixed(), empty = {plain.bytes, 0};

	(void)state;
	for (size_t i = 0; i < KNOWN; i++) {
		const struct lzop how = {.flags = flags_known[i],
					 .block = 200,
					 .name = "a/vmlinux"};
		struct blob packed = blob_lzop(plain.bytes, plain.size, &how);

		assert_unpacks_to(&packed, &plain);
		free(packed.bytes);
		packed = blob_lzop(plain.bytes, 0, &how);
		assert_unpacks_to(&packed, &empty);
		free(packed.bytes);
	}
	free(plain.bytes);
}

static void test_methods(void **state)
{
	struct blob plain = blob_mixed();

	(void)state;
	for (uint8_t method = 1; method < 6; method++) {
		const struct lzop how = {.flags = LZOP_ADLER32_D, .method = method};
		struct blob packed = blob_lzop(plain.bytes, plain.size, &how);

		if (method <= 3)
			assert_unpacks_to(&packed, &plain);
		else
			assert_refused(packed, DECODE_EUNSUPPORTED);
		if (method <= 3)
			free(packed.bytes);
	}
	free(plain.bytes);
}

static void test_truncated(void **state)
{
	struct blob plain = blob_mixed();

	(void)state;
	for (size_t i = 0; i < KNOWN; i++) {
		const struct lzop how = {.flags = flags_known[i], .block = 200, .name = "vmlinux"};
		struct blob packed = blob_lzop(plain.bytes, plain.size, &how);

		for (size_t size = 9; size < packed.size; size++) {
			struct blob cut = {malloc(size), size};

			memcpy(cut.bytes, packed.bytes, size);
			assert_refused(cut, DECODE_ETRUNCATED);
		}
		free(packed.bytes);
	}
	free(plain.bytes);
}

/* Every bit of an archive whose blocks' bytes are summed up: whatever it becomes, no other bytes
 * come out than went in. */
static void test_corrupt(void **state)
{
	struct blob plain = blob_mixed();

	(void)state;
	for (size_t i = 0; i < KNOWN; i++) {
		const struct lzop how = {.flags = flags_known[i], .block = 200, .name = "vmlinux"};
		struct blob packed = blob_lzop(plain.bytes, plain.size, &how);

		for (size_t bit = 9 * 8; bit < packed.size * 8; bit++) {
			/* Without a checksum of them, only the header's bytes are sure. */
			size_t sure = HEADER + strlen(how.name);
			struct blob out = {0};

			if (!(how.flags & (LZOP_ADLER32_D | LZOP_CRC32_D)) && bit >= sure * 8)
				break;
			packed.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (!unpack(&packed, &out)) {
				/* A copy from elsewhere may be of the same bytes. */
				if (how.flags & (LZOP_ADLER32_C | LZOP_CRC32_C))
					fail_msg("flags %x: byte %zu is another, and it unpacks",
						 how.flags, bit / 8);
				assert_int_equal(out.size, plain.size);
				assert_memory_equal(out.bytes, plain.bytes, plain.size);
				free(out.bytes);
			}
			packed.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		free(packed.bytes);
	}
	free(plain.bytes);
}

/* Each checksum by itself is one that is looked at. */
static void test_checksums(void **state)
{
	static const uint32_t flags[] = {LZOP_ADLER32_D, LZOP_CRC32_D, LZOP_ADLER32_C,
					 LZOP_CRC32_C};
	struct blob plain = blob_mixed();

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct lzop how = {.flags = flags[i]};
		struct blob packed = blob_lzop(plain.bytes, plain.size, &how);

		packed.bytes[HEADER + 8] ^= 1; /* behind the block's two lengths */
		assert_refused(packed, DECODE_ECORRUPT);
	}
	free(plain.bytes);
}

static void test_refused(void **state)
{
	static const struct {
		struct lzop how;
		int error;
		const char *says;
	} refused[] = {
		{{.flags = LZOP_H_FILTER}, DECODE_EFILTER, "--filter"},
		{{.flags = LZOP_MULTIPART}, DECODE_EPARTS, "one part of a split archive"},
		{{.flags = 1 << 14}, DECODE_EUNSUPPORTED, "not supported"},
		{{.flags = 1 << 19}, DECODE_EUNSUPPORTED, "not supported"},
		{{.needed = 0x1041}, DECODE_EUNSUPPORTED, "not supported"},
		{{.version = 0x0930}, DECODE_EUNSUPPORTED, "not supported"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		assert_refused(blob_lzop("kernel", 6, &refused[i].how), refused[i].error);
		assert_non_null(strstr(decode_strerror(refused[i].error), refused[i].says));
	}
}

/* A header of no flags, a block's two lengths, and a byte. */
static struct blob blob_block(uint32_t unpacked, uint32_t packed)
{
	struct blob blob = blob_lzop("", 0, &(struct lzop){0});

	blob.size = HEADER + 9;
	blob.bytes = realloc(blob.bytes, blob.size);
	put_be32(blob.bytes + HEADER, unpacked);
	put_be32(blob.bytes + HEADER + 4, packed);
	blob.bytes[HEADER + 8] = 'x';
	return blob;
}

static void test_lengths(void **state)
{
	const struct {
		uint32_t unpacked, packed;
		int error;
	} blocks[] = {
		{5, 0, DECODE_ECORRUPT},
		{5, 6, DECODE_ECORRUPT},
		{5, UINT32_MAX, DECODE_ECORRUPT},
		{5, 5, DECODE_ETRUNCATED},
		{1, 1, DECODE_ETRUNCATED}, /* one stored byte, and no end */
		{64 << 20, 1, DECODE_ECORRUPT},
		{(64 << 20) + 1, 1, DECODE_ECORRUPT},
		{UINT32_MAX - 1, 1, DECODE_ECORRUPT},
		{UINT32_MAX, 1, DECODE_EPARTS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++)
		assert_refused(blob_block(blocks[i].unpacked, blocks[i].packed), blocks[i].error);
}

/* A block that is packed well but is not as long as it says. */
static void test_other_length(void **state)
{
	struct blob plain = blob_mixed();

	(void)state;
	for (int more = -1; more <= 1; more += 2) {
		struct blob packed = blob_lzop(plain.bytes, plain.size, &(struct lzop){0});

		put_be32(packed.bytes + HEADER, (uint32_t)((int)plain.size + more));
		assert_refused(packed, DECODE_ECORRUPT);
	}
	free(plain.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),	  cmocka_unit_test(test_methods),
		cmocka_unit_test(test_truncated), cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_checksums), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_lengths),	  cmocka_unit_test(test_other_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
