/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lz4, by liblz4: frames, and the legacy format that Linux packs itself with (lz4 -l). */
#include <lz4.h>
#include <lz4frame.h>
#include <string.h>

#include "kexec/bytes.h"
#include "kexec/decompress.h"

/* A block of the legacy format unpacks to 8 MiB, the last one to less
 * (lz4_Frame_format.md, "Legacy frame"). */
#define LEGACY_BLOCK ((size_t)8 << 20)
#define LEGACY_MAGIC UINT32_C(0x184c2102)

static int error_of(size_t result)
{
	/* The only way that LZ4F_errorCodes_t values are told apart outside of its static API. */
	const char *name = LZ4F_getErrorName(result);

	return strcmp(name, "ERROR_allocation_failed") == 0 ? DECODE_ENOMEM : DECODE_ECORRUPT;
}

int decode_lz4(const uint8_t *bytes, size_t size, struct decode_buffer *out)
{
	LZ4F_dctx *context;
	size_t result;
	int error = 0;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
		return DECODE_ENOMEM;
	do {
		size_t used = size, written;

		error = decode_buffer_grow(out);
		if (error)
			break;
		written = out->capacity - out->size;
		result = LZ4F_decompress(context, out->bytes + out->size, &written, bytes, &used,
					 NULL);
		if (LZ4F_isError(result)) {
			error = error_of(result);
			break;
		}
		bytes += used;
		size -= used;
		out->size += written;
		if (result && !used && !written)
			error = DECODE_ETRUNCATED;
	} while (result && !error);
	LZ4F_freeDecompressionContext(context);
	return error;
}

int decode_lz4_legacy(const uint8_t *bytes, size_t size, struct decode_buffer *out)
{
	size_t at = 4;

	if (size < 8)
		return DECODE_ETRUNCATED;
	while (size - at >= 4) {
		uint32_t packed = get_le32(bytes + at);
		size_t room;
		int written, error;

		at += 4;
		if (packed == LEGACY_MAGIC) /* files that were put behind each other */
			continue;
		/* Linux appends the unpacked length, which looks like one more block
		 * (scripts/Makefile.lib: size_append). */
		if ((at == size || !packed) && out->size)
			return 0;
		if (packed > (uint32_t)LZ4_compressBound((int)LEGACY_BLOCK))
			return DECODE_ECORRUPT;
		if (packed > size - at)
			return DECODE_ETRUNCATED;
		/* At the limit the last block may still be a short one: the bound is what is left. */
		room = out->limit - out->size < LEGACY_BLOCK ? out->limit - out->size :
							       LEGACY_BLOCK;
		error = decode_buffer_reserve(out, room);
		if (error)
			return error;
		written = LZ4_decompress_safe((const char *)bytes + at,
					      (char *)out->bytes + out->size, (int)packed,
					      (int)room);
		if (written < 0)
			return room < LEGACY_BLOCK ? DECODE_ELARGE : DECODE_ECORRUPT;
		out->size += (size_t)written;
		at += packed;
	}
	return at == size ? 0 : DECODE_ETRUNCATED;
}
