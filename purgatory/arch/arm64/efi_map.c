/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the copy of the EFI memory map that the next kernel is pointed at keeps out, by what Linux
 * makes of descriptors (reserve_regions() in drivers/firmware/efi/efi-init.c): EfiUnusableMemory is
 * not even mapped, EfiACPIReclaimMemory is reserved. UEFI Specification 2.10, section 7.2.3.
 */
#include "purgatory/arch/arm64/efi_map.h"

/* EFI_MEMORY_DESCRIPTOR, little endian. */
enum { AT_TYPE = 0, AT_START = 8, AT_PAGES = 24, AT_ATTRIBUTES = 32, SIZE_MIN = 40 };
enum { UNUSABLE = 8, ACPI_RECLAIM = 9 };
#define CACHEABLE 0xe /* or write-combined: Linux takes no notice of other memory (is_memory()) */
#define PAGES_MAX (UINT64_MAX >> 12)

static uint64_t number_at(const uint8_t *bytes, unsigned int size)
{
	uint64_t number = 0;

	while (size--)
		number = number << 8 | bytes[size];
	return number;
}

bool purgatory_efi_map_open(const struct purgatory_parameters *parameters,
			    struct purgatory_efi_map *map)
{
	map->at = 0;
	/* The firmware's own, of which nothing is known, keeps nothing out. */
	if (!map->size || !purgatory_range_loaded(parameters, map->start, map->size))
		map->size = 0;
	return !map->size || (map->step >= SIZE_MIN && map->size % map->step == 0);
}

bool purgatory_efi_map_find(struct purgatory_efi_map *map, uint64_t address, uint64_t *end)
{
	const uint8_t *bytes = (const uint8_t *)(uintptr_t)map->start;

	for (uint64_t left = map->size; left; left -= map->step) {
		const uint8_t *at = bytes + map->at;
		uint64_t type = number_at(at + AT_TYPE, 4), start = number_at(at + AT_START, 8);
		uint64_t pages = number_at(at + AT_PAGES, 8);

		*end = start + pages * 4096;
		if ((type == UNUSABLE || type == ACPI_RECLAIM) &&
		    number_at(at + AT_ATTRIBUTES, 8) & CACHEABLE && pages <= PAGES_MAX &&
		    start <= address && address < *end)
			return true;
		map->at = map->at + map->step == map->size ? 0 : map->at + map->step;
	}
	return false;
}
