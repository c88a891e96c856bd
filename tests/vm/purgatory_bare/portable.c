/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loader's code needs from elsewhere: a function of the C library, and SHA-256 without the
 * vector registers, which nobody has enabled when it runs here. */
#include <string.h>

#include "purgatory/sha256.h"

int strcmp(const char *a, const char *b)
{
	for (; *a == *b && *a; a++)
		b++;
	return (unsigned char)*a - (unsigned char)*b;
}

bool sha256_has_hardware(void)
{
	return false;
}

void sha256_blocks_hardware(uint32_t state[8], const uint8_t *blocks, size_t count)
{
	sha256_blocks_portable(state, blocks, count);
}
