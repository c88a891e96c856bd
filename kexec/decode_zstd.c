/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zstd (RFC 8878), by libzstd. */
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "kexec/decompress.h"

static int error_of(size_t result)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_memory_allocation:
		return DECODE_ENOMEM;
	case ZSTD_error_frameParameter_windowTooLarge: /* 128 MiB, as zstd -22 --ultra makes it */
		return DECODE_ELARGE;
	case ZSTD_error_frameParameter_unsupported:
	case ZSTD_error_version_unsupported:
	case ZSTD_error_dictionary_wrong:
		return DECODE_EUNSUPPORTED;
	default:
		return DECODE_ECORRUPT;
	}
}

static int decode_frame(ZSTD_DCtx *context, ZSTD_inBuffer *in, struct decode_buffer *out)
{
	size_t result;

	do {
		size_t before = out->size;
		size_t in_before = in->pos;
		ZSTD_outBuffer room;
		int error = decode_buffer_grow(out);

		if (error)
			return error;
		room = (ZSTD_outBuffer){out->bytes, out->capacity, out->size};
		result = ZSTD_decompressStream(context, &room, in);
		if (ZSTD_isError(result))
			return error_of(result);
		out->size = room.pos;
		if (result && room.pos == before && in->pos == in_before && in->pos == in->size)
			return DECODE_ETRUNCATED;
	} while (result);
	return 0;
}

int decode_zstd(const uint8_t *bytes, size_t size, struct decode_buffer *out)
{
	ZSTD_inBuffer in = {bytes, size, 0};
	ZSTD_DCtx *context = ZSTD_createDCtx();
	int error;

	if (!context)
		return DECODE_ENOMEM;
	do {
		error = decode_frame(context, &in, out);
	} while (!error && size - in.pos >= 4 &&
		 memcmp(bytes + in.pos, "\x28\xb5\x2f\xfd", 4) == 0);
	ZSTD_freeDCtx(context);
	return error;
}
