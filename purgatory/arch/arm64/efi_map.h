/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EFI memory map that a device tree points at. */
#ifndef PURGATORY_ARM64_EFI_MAP_H
#define PURGATORY_ARM64_EFI_MAP_H

#include "purgatory/check.h"

/* What /chosen says of it; 0 where it says nothing. */
struct purgatory_efi_map {
	uint64_t start;	     /* physical */
	uint64_t size, step; /* bytes: of the map, of a descriptor */
	uint64_t at;	     /* the descriptor that was found last: the next is likely to follow */
};

/* Makes a map that was not loaded, the firmware's own, one of no size. false where it is damaged. */
bool purgatory_efi_map_open(const struct purgatory_parameters *parameters,
			    struct purgatory_efi_map *map);

/* Whether an address is kept out, and up to where. */
bool purgatory_efi_map_find(struct purgatory_efi_map *map, uint64_t address, uint64_t *end);

#endif
