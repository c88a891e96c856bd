/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RAM that the running kernel does not use and /proc/iomem does not show, but that the next kernel
 * finds: what mem= took from this one (arm64_memblock_init() in arch/arm64/mm/init.c), or what a
 * reservation keeps that only kernels of its version heed. Bad frames that earlier kernels learnt
 * of may lie there, and have to be told all the same.
 */
#include <stdlib.h>

#include "kexec/arch/arm64/arm64.h"
#include "kexec/tree_memory.h"
#include "kexec/tree.h"
#include "kexec/bytes.h"
#include "kexec/machine.h"

/* EFI_MEMORY_DESCRIPTOR: UEFI Specification 2.10, section 7.2.3. */
enum { AT_TYPE = 0, AT_START = 8, AT_PAGES = 24, AT_ATTRIBUTES = 32 };
#define EFI_PAGE 4096
#define WRITE_BACK (UINT64_C(1) << 3)
#define WRITE_COMBINE (UINT64_C(1) << 1)
#define WRITE_THROUGH (UINT64_C(1) << 2)

/* EfiLoaderCode to EfiBootServicesData, EfiConventionalMemory and EfiPersistentMemory:
 * is_usable_memory() in drivers/firmware/efi/efi-init.c. */
static bool efi_is_ram(uint32_t type)
{
	return (type >= 1 && type <= 4) || type == 7 || type == 14;
}

/* The RAM of it, and all that becomes memory: reserve_regions() and is_memory() there. */
static int efi_list(const struct hwpoison_efi_map *map, struct hwpoison_map *ram,
		    struct hwpoison_map *present)
{
	const uint64_t memory = WRITE_BACK | WRITE_THROUGH | WRITE_COMBINE;
	const uint8_t *bytes = map->bytes;
	int error = 0;

	for (size_t at = 0; at < map->size && !error; at += map->descriptor_size) {
		uint64_t start = get_le64(bytes + at + AT_START);
		uint64_t end = start + get_le64(bytes + at + AT_PAGES) * EFI_PAGE;
		uint64_t attributes = get_le64(bytes + at + AT_ATTRIBUTES);

		if (start >= end || end > HWPOISON_ADDRESS_LIMIT)
			continue;
		if (efi_is_ram(get_le32(bytes + at + AT_TYPE)) && attributes & WRITE_BACK)
			error = hwpoison_map_add(ram, start, end, HWPOISON_RAM);
		if (!error && attributes & memory)
			error = hwpoison_map_add(present, start, end, HWPOISON_RAM);
	}
	if (!error)
		error = hwpoison_map_normalise(ram);
	return error ? error : hwpoison_map_normalise(present);
}

/* As the firmware made it: this kernel's own may have bad frames taken out. Bytes are NULL where
 * nobody can read it. */
static struct hwpoison_efi_map firmware_map(const struct machine *machine)
{
	struct hwpoison_efi_map map = {0};

	if (!machine->fdt ||
	    hwpoison_fdt_efi_original(machine->fdt, machine->fdt_size, &map, NULL) || !map.bytes)
		return machine->efi_map;
	return map;
}

/* The RAM that the next kernel is told of, and plan->present; empty where that cannot be known. */
static int next_list(struct plan *plan, struct hwpoison_map *ram)
{
	struct hwpoison_efi_map map;
	int error;

	if (!tree_is_good(plan->base_dtb, plan->base_dtb_size))
		return 0;
	if (!tree_has_efi(plan->base_dtb, plan->base_dtb_size)) {
		error = tree_memory_list(plan->base_dtb, ram);
		return error ? error : hwpoison_map_copy(ram, &plan->present);
	}
	map = firmware_map(plan->machine);
	return map.bytes ? efi_list(&map, ram, &plan->present) : 0;
}

/* Of [start, end), what the running kernel shows as no memory; and as reserved, if that is wanted. */
static int unseen_add(const struct hwpoison_map *bare, uint64_t start, uint64_t end,
		      bool reserved_too, struct hwpoison_map *unseen)
{
	int error = 0;

	for (size_t i = 0; i < bare->count && start < end && !error; i++) {
		const struct hwpoison_map_entry *entry = &bare->entries[i];

		if (entry->end <= start || (reserved_too && entry->type == HWPOISON_RESERVED))
			continue;
		if (start < entry->start)
			error = hwpoison_map_add(unseen, start,
						 entry->start < end ? entry->start : end,
						 HWPOISON_RAM);
		start = entry->end;
	}
	if (start < end && !error)
		error = hwpoison_map_add(unseen, start, end, HWPOISON_RAM);
	return error;
}

int arm64_unseen(struct plan *plan)
{
	const struct hwpoison_map *bare = &plan->machine->bare;
	struct hwpoison_map ram = {0};
	int error = next_list(plan, &ram);

	for (size_t i = 0; i < ram.count && !error; i++)
		error = unseen_add(bare, ram.entries[i].start, ram.entries[i].end, true,
				   &plan->unseen);
	/* To tell of a frame that is no RAM does no harm; to be silent of one that is may. */
	if (!error && !ram.count)
		error = unseen_add(bare, 0, HWPOISON_ADDRESS_LIMIT, false, &plan->unseen);
	hwpoison_map_free(&ram);
	return error ? out_of_memory() : 0;
}
