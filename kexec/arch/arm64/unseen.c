/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RAM that the running kernel does not use and /proc/iomem does not show, but that the next kernel
 * finds: what mem= took from this one (arm64_memblock_init() in arch/arm64/mm/init.c), or what a
 * reservation keeps that only kernels of its version heed. Bad frames that earlier kernels learnt
 * of may lie there, and have to be told all the same.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "kexec/arch/arm64/arm64.h"
#include "kexec/tree_memory.h"
#include "kexec/tree.h"
#include "kexec/bytes.h"
#include "kexec/image.h"
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

/* What the next kernel finds, in whole pages of either kernel. Where that is another tree's memory, also
 * what the machine's own has: memory that only the running kernel was told of is not told again. */
static int at_start_list(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	struct hwpoison_map own = {0};
	const struct hwpoison_map *lists[] = {&plan->present, &own};
	uint64_t page = machine->page_size;
	int error = 0;

	if (!plan->present.count)
		return 0;
	if (plan->image && plan->image->page_size > page)
		page = plan->image->page_size;
	if (!tree_has_efi(machine->fdt, machine->fdt_size) &&
	    tree_is_good(machine->fdt, machine->fdt_size))
		error = tree_memory_list(machine->fdt, &own);
	for (size_t i = 0; i < 2 && !error; i++) {
		for (size_t j = 0; j < lists[i]->count && !error; j++) {
			uint64_t end = (lists[i]->entries[j].end + page - 1) & ~(page - 1);

			error = hwpoison_map_add(&plan->at_start,
						 lists[i]->entries[j].start & ~(page - 1), end,
						 HWPOISON_RAM);
		}
	}
	hwpoison_map_free(&own);
	return error ? error : hwpoison_map_normalise(&plan->at_start);
}

static int later_refuse(uint64_t start, uint64_t end, bool efi)
{
	return failure(
		EXIT_USAGE,
		"bad memory at 0x%" PRIx64 "-0x%" PRIx64
		" was added after the start (it is not in the %s), and the next kernel does "
		"not heed what marks memory that is not there yet; take the memory out, or take "
		"the frames back, bad as they are "
		"(--hwpoison-forget=0x%" PRIx64 "-0x%" PRIx64 ")",
		start, end - 1, efi ? "EFI memory map" : "memory nodes of the device tree", start,
		end - 1);
}

/* The first of [start, end) that is not in a normalised map; end if all is. */
static uint64_t missing(const struct hwpoison_map *map, uint64_t start, uint64_t end)
{
	const struct hwpoison_map_entry *entry;

	while (start < end && (entry = hwpoison_map_find(map, start)))
		start = entry->end;
	return start < end ? start : end;
}

int arm64_later_check(struct plan *plan)
{
	const struct hwpoison_map *bare = &plan->machine->bare;
	bool efi = tree_has_efi(plan->base_dtb, plan->base_dtb_size), any = false;

	if (!(plan->modes & MODE_DTB) || plan->fdt_way == HWPOISON_FDT_EFI)
		return 0;
	for (size_t i = 0; i < plan->frames.count; i++) {
		const struct hwpoison_frame_range *frame = &plan->frames.ranges[i];

		for (size_t j = 0; j < bare->count && bare->entries[j].start < frame->end; j++) {
			uint64_t start = bare->entries[j].start, end = bare->entries[j].end, at;

			start = start > frame->start ? start : frame->start;
			end = end < frame->end ? end : frame->end;
			if (bare->entries[j].type != HWPOISON_RAM || start >= end)
				continue;
			any = true;
			at = plan->at_start.count ? missing(&plan->at_start, start, end) : end;
			if (at < end)
				return later_refuse(at, end, efi);
		}
	}
	if (any && !plan->at_start.count)
		warn(&plan->warnings,
		     "it cannot be known which memory was added after the start (%s): what marks bad "
		     "memory there the next kernel does not heed",
		     efi && plan->machine->efi_map_why ? plan->machine->efi_map_why :
							 "the device tree has no memory");
	return 0;
}

int arm64_unseen(struct plan *plan)
{
	const struct hwpoison_map *bare = &plan->machine->bare;
	struct hwpoison_map ram = {0};
	int error = next_list(plan, &ram);

	if (!error)
		error = at_start_list(plan);

	for (size_t i = 0; i < ram.count && !error; i++)
		error = unseen_add(bare, ram.entries[i].start, ram.entries[i].end, true,
				   &plan->unseen);
	/* To tell of a frame that is no RAM does no harm; to be silent of one that is may. */
	if (!error && !ram.count)
		error = unseen_add(bare, 0, HWPOISON_ADDRESS_LIMIT, false, &plan->unseen);
	hwpoison_map_free(&ram);
	return error ? out_of_memory() : 0;
}
