/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lzo, by liblzo2: the container that lzop writes, as Linux packs itself with it (lzop -9). Its
 * numbers are big-endian. Linux's own reader (lib/decompress_unlzo.c) looks at no checksum; here
 * all that are there are.
 */
#include <lzo/lzo1x.h>
#include <string.h>
#include <zlib.h>

#include "kexec/bytes.h"
#include "kexec/decompress.h"

/* The header that lzop has written since 0.94 (1998). A filter's number moves what is behind FLAGS. */
enum {
	MAGIC_SIZE = 9,
	HEADER_VERSION = 9,	 /* u16 */
	HEADER_NEEDED = 13,	 /* u16: the oldest lzop that can unpack it */
	HEADER_METHOD = 15,	 /* u8 */
	HEADER_FLAGS = 17,	 /* u32 */
	HEADER_NAME_LENGTH = 33, /* u8 */
	HEADER_NAME = 34,	 /* then a checksum of all behind the magic */

	VERSION_OLDEST = 0x0940, /* fields are missing in older headers */
	VERSION_NEWEST = 0x1040,
	METHOD_LAST = 3, /* LZO1X-1, -1(15) and -999: all unpack alike */
};

enum {
	FLAG_ADLER32 = 1 << 0,	      /* of each block's bytes */
	FLAG_ADLER32_PACKED = 1 << 1, /* of each packed block, unless it is stored */
	FLAG_EXTRA = 1 << 6,	      /* a u32 length, as many bytes, a checksum of both */
	FLAG_CRC32 = 1 << 8,
	FLAG_CRC32_PACKED = 1 << 9,
	FLAG_PARTS = 1 << 10,
	FLAG_FILTER = 1 << 11,
	FLAG_HEADER_CRC32 = 1 << 12, /* the header's checksum is one, not Adler-32 */
	FLAGS_RESERVED = 0xfc000,
};

#define BLOCK_MAX (UINT32_C(64) << 20)

/* The checksums of a block, in the order in which they stand before its bytes. */
static const struct {
	uint32_t flag;
	bool crc32, packed;
} sums[] = {
	{FLAG_ADLER32, false, false},
	{FLAG_CRC32, true, false},
	{FLAG_ADLER32_PACKED, false, true},
	{FLAG_CRC32_PACKED, true, true},
};

#define SUMS (sizeof(sums) / sizeof(*sums))

struct input {
	const uint8_t *at;
	size_t left;
};

static bool take_be32(struct input *in, uint32_t *number)
{
	if (in->left < 4)
		return false;
	*number = get_be32(in->at);
	in->at += 4;
	in->left -= 4;
	return true;
}

static uint32_t sum_of(bool is_crc32, const uint8_t *bytes, size_t size)
{
	return (uint32_t)(is_crc32 ? crc32_z(0, bytes, size) : adler32_z(1, bytes, size));
}

/* size bytes, and their checksum behind them. */
static int take_summed(struct input *in, bool is_crc32, size_t size)
{
	const uint8_t *bytes = in->at;
	uint32_t sum;

	if (size > in->left)
		return DECODE_ETRUNCATED;
	in->at += size;
	in->left -= size;
	if (!take_be32(in, &sum))
		return DECODE_ETRUNCATED;
	return sum == sum_of(is_crc32, bytes, size) ? 0 : DECODE_ECORRUPT;
}

/* What this can unpack of all that a header may ask for. */
static int header_check(const uint8_t *header, uint32_t flags)
{
	uint32_t needed = get_be32(header + HEADER_NEEDED) >> 16;

	if (flags & FLAG_FILTER)
		return DECODE_EFILTER;
	if (flags & FLAG_PARTS)
		return DECODE_EPARTS;
	if (flags & FLAGS_RESERVED || needed > VERSION_NEWEST || !header[HEADER_METHOD] ||
	    header[HEADER_METHOD] > METHOD_LAST)
		return DECODE_EUNSUPPORTED;
	return 0;
}

/* Moves to what follows the header. */
static int header_take(struct input *in, uint32_t *flags)
{
	const uint8_t *header = in->at;
	size_t name = HEADER_NAME;
	bool is_crc32;
	uint32_t extra;
	int error;

	if (in->left < HEADER_NAME)
		return DECODE_ETRUNCATED;
	if (get_be32(header + HEADER_VERSION) >> 16 < VERSION_OLDEST)
		return DECODE_EUNSUPPORTED;
	*flags = get_be32(header + HEADER_FLAGS);
	is_crc32 = *flags & FLAG_HEADER_CRC32;
	if (*flags & FLAG_FILTER)
		name += 4;
	if (in->left < name)
		return DECODE_ETRUNCATED;
	in->at += MAGIC_SIZE;
	in->left -= MAGIC_SIZE;
	error = take_summed(in, is_crc32, name - MAGIC_SIZE + header[name - 1]);
	if (!error)
		error = header_check(header, *flags);
	if (error || !(*flags & FLAG_EXTRA))
		return error;
	if (in->left < 4)
		return DECODE_ETRUNCATED;
	extra = get_be32(in->at);
	return extra > in->left - 4 ? DECODE_ETRUNCATED : take_summed(in, is_crc32, 4 + extra);
}

static bool sums_hold(uint32_t flags, const uint32_t *wanted, bool packed, const uint8_t *bytes,
		      size_t size)
{
	for (size_t i = 0; i < SUMS; i++) {
		if (flags & sums[i].flag && sums[i].packed == packed &&
		    sum_of(sums[i].crc32, bytes, size) != wanted[i])
			return false;
	}
	return true;
}

/* One block of unpacked bytes, whose length was just read. */
static int block_take(struct input *in, uint32_t flags, uint32_t unpacked,
		      struct decode_buffer *out)
{
	uint32_t packed, wanted[SUMS] = {0};
	lzo_uint written = unpacked;
	uint8_t *target;
	int error;

	if (!take_be32(in, &packed))
		return DECODE_ETRUNCATED;
	if (!packed || packed > unpacked || unpacked > BLOCK_MAX)
		return DECODE_ECORRUPT;
	if (packed == unpacked) /* stored */
		flags &= ~(uint32_t)(FLAG_ADLER32_PACKED | FLAG_CRC32_PACKED);
	for (size_t i = 0; i < SUMS; i++) {
		if (flags & sums[i].flag && !take_be32(in, &wanted[i]))
			return DECODE_ETRUNCATED;
	}
	if (packed > in->left)
		return DECODE_ETRUNCATED;
	if (!sums_hold(flags, wanted, true, in->at, packed))
		return DECODE_ECORRUPT;
	error = decode_buffer_reserve(out, unpacked);
	if (error)
		return error;
	target = out->bytes + out->size;
	if (packed == unpacked)
		memcpy(target, in->at, unpacked);
	else if (lzo1x_decompress_safe(in->at, packed, target, &written, NULL) != LZO_E_OK ||
		 written != unpacked)
		return DECODE_ECORRUPT;
	if (!sums_hold(flags, wanted, false, target, unpacked))
		return DECODE_ECORRUPT;
	out->size += unpacked;
	in->at += packed;
	in->left -= packed;
	return 0;
}

int decode_lzo(const uint8_t *bytes, size_t size, struct decode_buffer *out)
{
	struct input in = {bytes, size};
	uint32_t flags, unpacked;
	int error;

	/* It compares its types with those that it was called with. */
	if (lzo_init() != LZO_E_OK)
		return DECODE_EUNSUPPORTED;
	error = header_take(&in, &flags);
	while (!error) {
		if (!take_be32(&in, &unpacked))
			return DECODE_ETRUNCATED;
		if (!unpacked)
			return 0;
		if (unpacked == UINT32_MAX) /* the next part of a split archive is another file */
			return DECODE_EPARTS;
		error = block_take(&in, flags, unpacked, out);
	}
	return error;
}
