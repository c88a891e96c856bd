/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of decoders, and the bounded buffer that they write to. */
#include "kexec/decompress.h"

#include <stdlib.h>
#include <string.h>

/* A packed kernel unpacks to three to five times its size; starting there saves copies. */
#define EXPECTED_RATIO 4

static bool starts_with(const uint8_t *bytes, size_t size, const void *magic, size_t magic_size)
{
	return size >= magic_size && memcmp(bytes, magic, magic_size) == 0;
}

static bool probe_gzip(const uint8_t *bytes, size_t size)
{
	return starts_with(bytes, size, "\x1f\x8b\x08", 3);
}

static bool probe_xz(const uint8_t *bytes, size_t size)
{
	return starts_with(bytes, size,
			   "\xfd"
			   "7zXZ",
			   6);
}

/*
 * The .lzma format has no magic: a byte of properties (0x5d is what every packer writes), a
 * dictionary size, which is 2^n or 2^n + 2^(n-1), and a length that may be unknown
 * (lzma-file-format.txt in XZ Utils, sections 1.1.1 to 1.1.3).
 */
static bool probe_lzma(const uint8_t *bytes, size_t size)
{
	uint32_t dictionary = 0;
	uint64_t length = 0;

	if (size < 13 || bytes[0] != 0x5d)
		return false;
	for (int i = 0; i < 4; i++)
		dictionary |= (uint32_t)bytes[1 + i] << (8 * i);
	for (int i = 0; i < 8; i++)
		length |= (uint64_t)bytes[5 + i] << (8 * i);
	if (length != UINT64_MAX && length >> 38)
		return false;
	for (int n = 12; n < 31; n++) {
		uint32_t power = UINT32_C(1) << n;

		if (dictionary == power || dictionary == power + power / 2)
			return true;
	}
	return false;
}

static bool probe_zstd(const uint8_t *bytes, size_t size)
{
	return starts_with(bytes, size, "\x28\xb5\x2f\xfd", 4);
}

static bool probe_lz4(const uint8_t *bytes, size_t size)
{
	return starts_with(bytes, size, "\x04\x22\x4d\x18", 4);
}

static bool probe_lz4_legacy(const uint8_t *bytes, size_t size)
{
	return starts_with(bytes, size, "\x02\x21\x4c\x18", 4);
}

static bool probe_lzo(const uint8_t *bytes, size_t size)
{
	return starts_with(bytes, size, "\x89LZO\0\r\n\x1a\n", 9);
}

static bool probe_bzip2(const uint8_t *bytes, size_t size)
{
	return starts_with(bytes, size, "BZh", 3) && size >= 10 &&
	       memcmp(bytes + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0;
}

static const struct decoder decoders[] = {
	{"gzip", probe_gzip, decode_gzip},
	{"xz", probe_xz, decode_xz},
	{"zstd", probe_zstd, decode_zstd},
	{"lz4", probe_lz4, decode_lz4},
	{"lz4", probe_lz4_legacy, decode_lz4_legacy},
	{"lzo", probe_lzo, decode_lzo},
	{"bzip2", probe_bzip2, NULL},
	{"lzma", probe_lzma, decode_lzma}, /* last: its probe is the weakest */
};

const struct decoder *decoder_find(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < sizeof(decoders) / sizeof(*decoders); i++) {
		if (decoders[i].probe(bytes, size))
			return &decoders[i];
	}
	return NULL;
}

const char *decode_strerror(int error)
{
	switch (error) {
	case DECODE_OK:
		return "no error";
	case DECODE_ECORRUPT:
		return "the packed data are corrupt";
	case DECODE_ETRUNCATED:
		return "the packed data end too early";
	case DECODE_ELARGE:
		return "it unpacks to more than a kernel can be";
	case DECODE_ENOMEM:
		return "out of memory";
	case DECODE_EUNSUPPORTED:
		return "this kind of packing is not supported";
	case DECODE_EFILTER:
		return "its bytes were filtered before they were packed (lzop --filter), which is "
		       "not supported";
	case DECODE_EPARTS:
		return "it is one part of a split archive, and unpacks only with the others";
	default:
		return "unknown error";
	}
}

int decode_buffer_reserve(struct decode_buffer *buffer, size_t wanted)
{
	size_t capacity = buffer->capacity;
	uint8_t *bytes;

	if (wanted > buffer->limit - buffer->size)
		return DECODE_ELARGE;
	if (wanted <= capacity - buffer->size)
		return 0;
	capacity = capacity > buffer->limit / 2 ? buffer->limit : capacity * 2;
	if (capacity < buffer->size + wanted)
		capacity = buffer->size + wanted;
	bytes = realloc(buffer->bytes, capacity);
	if (!bytes)
		return DECODE_ENOMEM;
	buffer->bytes = bytes;
	buffer->capacity = capacity;
	return 0;
}

int decode_buffer_grow(struct decode_buffer *buffer)
{
	return decode_buffer_reserve(buffer, 1);
}

int decompress(const struct decoder *decoder, const uint8_t *bytes, size_t size, size_t limit,
	       uint8_t **unpacked, size_t *unpacked_size)
{
	/* One byte more, so that what is exactly as large as the limit is not refused. */
	struct decode_buffer buffer = {.limit = limit + 1};
	int error;

	if (!decoder->decode)
		return DECODE_EUNSUPPORTED;
	buffer.capacity = size < limit / EXPECTED_RATIO ? size * EXPECTED_RATIO + 1 : limit + 1;
	buffer.bytes = malloc(buffer.capacity);
	if (!buffer.bytes)
		return DECODE_ENOMEM;
	error = decoder->decode(bytes, size, &buffer);
	if (!error && buffer.size > limit)
		error = DECODE_ELARGE;
	if (error) {
		free(buffer.bytes);
		return error;
	}
	*unpacked = buffer.bytes;
	*unpacked_size = buffer.size;
	return 0;
}
