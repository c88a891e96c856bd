/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packed files of every format: whatever the bytes, no more than the limit comes out, and what comes
 * out is whole. */
#include <stdlib.h>

#include "kexec/decompress.h"

#define LIMIT ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct decoder *decoder = decoder_find(bytes, size);
	uint8_t *unpacked = NULL;
	size_t unpacked_size = 0;
	volatile uint8_t sum = 0;

	if (!decoder)
		return 0;
	if (decompress(decoder, bytes, size, LIMIT, &unpacked, &unpacked_size)) {
		if (unpacked)
			abort();
		return 0;
	}
	if (!unpacked || unpacked_size > LIMIT)
		abort();
	for (size_t i = 0; i < unpacked_size; i++)
		sum = (uint8_t)(sum + unpacked[i]);
	free(unpacked);
	return 0;
}
