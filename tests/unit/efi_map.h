/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI memory maps for tests: made in a few words, and written out as text to be compared. */
#ifndef TESTS_UNIT_EFI_MAP_H
#define TESTS_UNIT_EFI_MAP_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EFI_STEP 48
#define EFI_WB UINT64_C(8)
#define EFI_RUNTIME (UINT64_C(1) << 63)
#define EFI_SP (UINT64_C(1) << 18)

struct efi_row {
	uint32_t type;
	uint64_t start, end, attributes, virtual;
};

/* What is in a descriptor of EFI_STEP bytes that nobody names: it is carried. */
#define EFI_TAIL 0x5a

static inline void *efi_map_of_rows(const struct efi_row *rows, size_t count)
{
	uint8_t *bytes = calloc(count, EFI_STEP);

	for (size_t i = 0; bytes && i < count; i++) {
		uint8_t *at = bytes + i * EFI_STEP;
		uint64_t pages = (rows[i].end - rows[i].start) / 4096;

		memset(at, EFI_TAIL, EFI_STEP);
		memcpy(at, &rows[i].type, 4);
		memcpy(at + 8, &rows[i].start, 8);
		memcpy(at + 16, &rows[i].virtual, 8);
		memcpy(at + 24, &pages, 8);
		memcpy(at + 32, &rows[i].attributes, 8);
	}
	return bytes;
}

/* "7 40000000-48000000 8", and "@" with an address where it is mapped; "?" after what has another
 * tail. The caller frees it. */
static inline char *efi_map_text(const void *map, size_t size)
{
	const uint8_t *bytes = map;
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	for (size_t i = 0; i + EFI_STEP <= size; i += EFI_STEP) {
		const uint8_t *at = bytes + i;
		uint64_t start, virtual, pages, attributes;
		uint32_t type;

		memcpy(&type, at, 4);
		memcpy(&start, at + 8, 8);
		memcpy(&virtual, at + 16, 8);
		memcpy(&pages, at + 24, 8);
		memcpy(&attributes, at + 32, 8);
		fprintf(out, "%s%u %" PRIx64 "-%" PRIx64 " %" PRIx64, i ? ", " : "", type, start,
			start + pages * 4096, attributes);
		if (virtual)
			fprintf(out, " @%" PRIx64, virtual);
		if (at[4] != EFI_TAIL || at[EFI_STEP - 1] != EFI_TAIL)
			fputc('?', out);
	}
	if (size % EFI_STEP)
		fputs(" and more", out);
	fclose(out);
	return text;
}

#endif
