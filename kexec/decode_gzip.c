/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gzip (RFC 1952), by zlib. */
#include <string.h>
#include <zlib.h>

#include "kexec/decompress.h"

/* zlib counts in unsigned int; feeding it less at a time than that holds is simplest. */
#define STEP (1u << 30)

/* One member. *bytes and *size move to what follows it. */
static int decode_member(z_stream *stream, const uint8_t **bytes, size_t *size,
			 struct decode_buffer *out)
{
	int result;

	do {
		size_t room;
		int error = decode_buffer_grow(out);

		if (error)
			return error;
		room = out->capacity - out->size;
		/* zlib does not write to it; its type says otherwise unless ZLIB_CONST is set. */
		stream->next_in = (Bytef *)(uintptr_t)*bytes;
		stream->avail_in = *size < STEP ? (uInt)*size : STEP;
		stream->next_out = out->bytes + out->size;
		stream->avail_out = room < STEP ? (uInt)room : STEP;
		result = inflate(stream, Z_NO_FLUSH);
		*size -= (size_t)(stream->next_in - *bytes);
		*bytes = stream->next_in;
		out->size = (size_t)(stream->next_out - out->bytes);
	} while (result == Z_OK);
	switch (result) {
	case Z_STREAM_END:
		return 0;
	case Z_BUF_ERROR:
		return DECODE_ETRUNCATED;
	case Z_MEM_ERROR:
		return DECODE_ENOMEM;
	default:
		return DECODE_ECORRUPT;
	}
}

int decode_gzip(const uint8_t *bytes, size_t size, struct decode_buffer *out)
{
	z_stream stream;
	int error;

	memset(&stream, 0, sizeof(stream));
	/* The largest window, and 16 for the gzip header: zlib.h, inflateInit2(). */
	if (inflateInit2(&stream, 15 + 16) != Z_OK)
		return DECODE_ENOMEM;
	do {
		error = decode_member(&stream, &bytes, &size, out);
		if (!error && inflateReset(&stream) != Z_OK)
			error = DECODE_ECORRUPT;
	} while (!error && size > 2 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8);
	inflateEnd(&stream);
	return error;
}
