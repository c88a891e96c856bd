/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/lzop_fixture.h"

#include <assert.h>
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "kexec/bytes.h"

#define BLOCK ((size_t)256 << 10)

static void put_bytes(struct blob *to, const void *bytes, size_t size)
{
	memcpy(to->bytes + to->size, bytes, size);
	to->size += size;
}

static void put_number(struct blob *to, uint32_t number, size_t size)
{
	uint8_t bytes[4];

	put_be32(bytes, number);
	put_bytes(to, bytes + 4 - size, size);
}

/* The checksum of what stands at from and behind it. */
static void put_header_sum(struct blob *to, uint32_t flags, size_t from)
{
	const uint8_t *bytes = to->bytes + from;
	uInt size = (uInt)(to->size - from);

	put_number(to,
		   (uint32_t)(flags & LZOP_H_CRC32 ? crc32(0, bytes, size) :
						     adler32(1, bytes, size)),
		   4);
}

static void put_header(struct blob *to, const struct lzop *how)
{
	const char *name = how->name ? how->name : "";

	put_bytes(to, "\x89LZO\0\r\n\x1a\n", 9);
	put_number(to, how->version ? how->version : 0x1040, 2);
	put_number(to, 0x20a0, 2); /* of the library */
	put_number(to, how->needed ? how->needed : 0x0940, 2);
	put_number(to, how->method ? how->method : 3, 1);
	put_number(to, 9, 1); /* level */
	put_number(to, how->flags, 4);
	if (how->flags & LZOP_H_FILTER)
		put_number(to, 4, 4);
	put_number(to, 0100644, 4);    /* mode */
	put_number(to, 0x65000000, 4); /* time, low and high */
	put_number(to, 0, 4);
	put_number(to, (uint32_t)strlen(name), 1);
	put_bytes(to, name, strlen(name));
	put_header_sum(to, how->flags, 9);
	if (how->flags & LZOP_H_EXTRA_FIELD) {
		size_t from = to->size;

		put_number(to, 5, 4);
		put_bytes(to, "extra", 5);
		put_header_sum(to, how->flags, from);
	}
}

static void put_block(struct blob *to, uint32_t flags, const uint8_t *bytes, size_t size)
{
	uint8_t *packed = malloc(size + size / 16 + 64 + 3), *work = malloc(LZO1X_1_MEM_COMPRESS);
	lzo_uint packed_size;
	int result;

	assert(packed && work);
	result = lzo1x_1_compress(bytes, size, packed, &packed_size, work);
	assert(result == LZO_E_OK);
	put_number(to, (uint32_t)size, 4);
	put_number(to, (uint32_t)(packed_size < size ? packed_size : size), 4);
	if (flags & LZOP_ADLER32_D)
		put_number(to, (uint32_t)adler32(1, bytes, (uInt)size), 4);
	if (flags & LZOP_CRC32_D)
		put_number(to, (uint32_t)crc32(0, bytes, (uInt)size), 4);
	/* A block that would not get smaller is stored, and is summed up once. */
	if (packed_size >= size) {
		put_bytes(to, bytes, size);
	} else {
		if (flags & LZOP_ADLER32_C)
			put_number(to, (uint32_t)adler32(1, packed, (uInt)packed_size), 4);
		if (flags & LZOP_CRC32_C)
			put_number(to, (uint32_t)crc32(0, packed, (uInt)packed_size), 4);
		put_bytes(to, packed, packed_size);
	}
	free(packed);
	free(work);
}

struct blob blob_lzop(const void *bytes, size_t size, const struct lzop *how)
{
	size_t block = how->block ? how->block : BLOCK, part;
	struct blob blob = {malloc(size + (size / block + 1) * 24 + 400), 0};

	assert(blob.bytes && lzo_init() == LZO_E_OK);
	put_header(&blob, how);
	for (size_t done = 0; done < size; done += part) {
		part = size - done < block ? size - done : block;
		put_block(&blob, how->flags, (const uint8_t *)bytes + done, part);
	}
	put_number(&blob, 0, 4);
	return blob;
}
