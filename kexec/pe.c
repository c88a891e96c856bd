/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds sections of a PE file (Microsoft PE/COFF specification, sections 2, 3 and 4). */
#include "kexec/pe.h"

#include <string.h>

#include "kexec/bytes.h"

#define PE_OFFSET 0x3c /* where the MS-DOS stub says where the signature is */
#define COFF_SIZE 24   /* signature and COFF file header */
#define COFF_SECTIONS 6
#define COFF_OPTIONAL_SIZE 20
#define SECTION_SIZE 40
#define SECTION_VIRTUAL_SIZE 8
#define SECTION_RAW_SIZE 16
#define SECTION_RAW_OFFSET 20

static const uint8_t *coff_find(const uint8_t *bytes, size_t size)
{
	uint32_t offset;

	if (size < PE_OFFSET + 4 || memcmp(bytes, "MZ", 2) != 0)
		return NULL;
	offset = get_le32(bytes + PE_OFFSET);
	if (offset > size || size - offset < COFF_SIZE || memcmp(bytes + offset, "PE\0\0", 4) != 0)
		return NULL;
	return bytes + offset;
}

bool pe_probe(const uint8_t *bytes, size_t size)
{
	return coff_find(bytes, size) != NULL;
}

/* The file holds whole alignment units; the section itself may be shorter. */
static int section_read(const uint8_t *bytes, size_t size, const uint8_t *header,
			struct pe_section *section)
{
	uint32_t virtual_size = get_le32(header + SECTION_VIRTUAL_SIZE);
	uint32_t raw_size = get_le32(header + SECTION_RAW_SIZE);
	uint32_t offset = get_le32(header + SECTION_RAW_OFFSET);
	uint32_t used = virtual_size && virtual_size < raw_size ? virtual_size : raw_size;

	if (offset > size || used > size - offset)
		return -1;
	section->bytes = bytes + offset;
	section->size = used;
	return 0;
}

int pe_section_find(const uint8_t *bytes, size_t size, const char *name, struct pe_section *section)
{
	const uint8_t *coff = coff_find(bytes, size);
	char padded[8] = {0};
	size_t table, count;

	section->bytes = NULL;
	section->size = 0;
	if (!coff)
		return -1;
	memcpy(padded, name, strnlen(name, sizeof(padded)));
	count = get_le16(coff + COFF_SECTIONS);
	table = (size_t)(coff - bytes) + COFF_SIZE + get_le16(coff + COFF_OPTIONAL_SIZE);
	if (table > size || (size - table) / SECTION_SIZE < count)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *header = bytes + table + i * SECTION_SIZE;

		if (memcmp(header, padded, sizeof(padded)) == 0)
			return section_read(bytes, size, header, section);
	}
	return 0;
}
