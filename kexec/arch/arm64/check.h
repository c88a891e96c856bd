/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of checks of this architecture share. */
#ifndef KEXEC_ARCH_ARM64_CHECK_H
#define KEXEC_ARCH_ARM64_CHECK_H

#include "kexec/check.h"

/* In check_tree.c: what the tree keeps from the next kernel. */
int check_tree_frames(const struct plan *plan, char *reason, size_t size);
/* In check_rules.c: whether Linux heeds it. */
int check_tree_rules(const struct plan *plan, char *reason, size_t size);

/* In check_record.c: that the next hop will learn what this one knows. */
int check_tree_record(const struct plan *plan, char *reason, size_t size);

/* In check_memory.c: that what is loaded lies in memory; and what the next kernel finds at its start: RAM,
 * and all memory, to which that of the machine's own tree is added; normalised, both empty where EFI's
 * memory map cannot be read. HWPOISON_ENOMEM. */
int check_memory(const struct plan *plan, char *reason, size_t size);
int boot_memory_list(const struct plan *plan, struct hwpoison_map *ram,
		     struct hwpoison_map *memory);

/* In check_source.c: that no frame is lost of which the tree told before it was written anew. */
int check_tree_source(const struct plan *plan, char *reason, size_t size);

/* In check_efi_map.c: that a copy of the EFI memory map says what the firmware's says, but for bad
 * memory; what it keeps out, added to a map (HWPOISON_ENOMEM); how many ranges the tree notes. */
int check_efi_map(const struct plan *plan, char *reason, size_t size);
int efi_map_kept(const struct plan *plan, struct hwpoison_map *kept);
int efi_ranges_count(const void *fdt);
/* RAM, and all memory, of the firmware's; added. HWPOISON_ENOMEM. */
int efi_map_list(const struct plan *plan, struct hwpoison_map *ram, struct hwpoison_map *memory);
/* Whether Linux reserves any of [start, end) for ACPI's tables, as far as the map can be read. */
bool efi_map_reserves(const struct plan *plan, uint64_t start, uint64_t end);

/* In check_acpi.c: that Linux will use ACPI where it does now. */
int check_tree_acpi(const struct plan *plan, char *reason, size_t size);

/* In check_rest.c: that all else in it is as it was found. */
int check_tree_rest(const struct plan *plan, char *reason, size_t size);
int check_tree_entries(const struct plan *plan, char *reason, size_t size);

/* In check_kho.c: what is handed over by Kexec HandOver. */
int check_kho_chosen(const struct plan *plan, char *reason, size_t size);

#endif
