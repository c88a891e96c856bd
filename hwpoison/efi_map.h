/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory map of UEFI, for the carrier that has bad memory told by it. */
#ifndef HWPOISON_EFI_MAP_H
#define HWPOISON_EFI_MAP_H

#include "hwpoison/internal.h"

#pragma GCC visibility push(hidden)

/* The functions take maps that hwpoison_efi_map_check() has let pass. */

/* Normalised: what is RAM to Linux, and as ACPI what it reserves beside (EfiACPIReclaimMemory, which
 * stays in one piece: acpi_os_ioremap() in arch/arm64/kernel/acpi.c takes no table that lies in two
 * descriptors). All else is left out. The caller frees it. HWPOISON_ENOMEM. */
int hwpoison_efi_map_memory(const struct hwpoison_efi_map *map, struct hwpoison_map *memory);

/* A malloc()ed copy in which the RAM of a normalised map's entries is unusable; bytes. Entries are
 * whole pages of 4 KiB. HWPOISON_EFULL when Linux would not map it all, HWPOISON_ENOMEM. */
int hwpoison_efi_map_split(const struct hwpoison_efi_map *map, const struct hwpoison_map *told,
			   void **split, size_t *size);
int hwpoison_efi_map_size(const struct hwpoison_efi_map *map, const struct hwpoison_map *told,
			  size_t *size);

#pragma GCC visibility pop

#endif
