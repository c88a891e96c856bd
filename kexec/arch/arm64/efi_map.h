/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EFI memory map of an arm64 machine: found, and handed over. */
#ifndef KEXEC_ARCH_ARM64_EFI_MAP_H
#define KEXEC_ARCH_ARM64_EFI_MAP_H

#include <stdbool.h>
#include <stdint.h>

struct machine;
struct placement;
struct plan;

/* Fills machine->efi_map, or efi_map_why. 0, or an exit code after failure(). */
int efi_map_read(struct machine *machine);

/* Refuses a tree whose copy of the firmware's map was damaged: what it points at is a copy, too. An
 * exit code after failure(). */
int efi_map_check_carried(const struct plan *plan);

/* Whether it can be told of bad memory: the next kernel's tree will point at it. */
bool efi_map_usable(const struct plan *plan);

/* Warns when the next kernel would read its map from bad memory. */
void efi_map_warn(struct plan *plan);

/* Where the tree replaces the firmware's, gives the one that goes with it a place, and points the
 * tree at it. prefer_below as in struct hole_request. 0, or an exit code after failure(). */
int efi_map_place(struct plan *plan, struct placement *placement, uint64_t prefer_below);

#endif
