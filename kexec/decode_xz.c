/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xz and the older .lzma format, by liblzma. */
#include <lzma.h>

#include "kexec/decompress.h"

/* Kernels are packed with dictionaries of up to 128 MiB (scripts/xz_wrap.sh in Linux). */
#define MEMORY_LIMIT (UINT64_C(256) << 20)

static int decode_stream(lzma_stream *stream, struct decode_buffer *out)
{
	lzma_ret result;

	do {
		int error = decode_buffer_grow(out);

		if (error)
			return error;
		stream->next_out = out->bytes + out->size;
		stream->avail_out = out->capacity - out->size;
		result = lzma_code(stream, LZMA_RUN);
		out->size = (size_t)(stream->next_out - out->bytes);
	} while (result == LZMA_OK && (stream->avail_in || !stream->avail_out));
	switch (result) {
	case LZMA_STREAM_END:
		return 0;
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return DECODE_ETRUNCATED;
	case LZMA_MEM_ERROR:
		return DECODE_ENOMEM;
	case LZMA_MEMLIMIT_ERROR:
		return DECODE_ELARGE;
	case LZMA_OPTIONS_ERROR:
		return DECODE_EUNSUPPORTED;
	default:
		return DECODE_ECORRUPT;
	}
}

static int decode_with(lzma_ret started, lzma_stream *stream, const uint8_t *bytes, size_t size,
		       struct decode_buffer *out)
{
	int error;

	if (started != LZMA_OK)
		return DECODE_ENOMEM;
	stream->next_in = bytes;
	stream->avail_in = size;
	error = decode_stream(stream, out);
	lzma_end(stream);
	return error;
}

int decode_xz(const uint8_t *bytes, size_t size, struct decode_buffer *out)
{
	lzma_stream stream = LZMA_STREAM_INIT;

	return decode_with(lzma_stream_decoder(&stream, MEMORY_LIMIT, 0), &stream, bytes, size,
			   out);
}

int decode_lzma(const uint8_t *bytes, size_t size, struct decode_buffer *out)
{
	lzma_stream stream = LZMA_STREAM_INIT;

	return decode_with(lzma_alone_decoder(&stream, MEMORY_LIMIT), &stream, bytes, size, out);
}
