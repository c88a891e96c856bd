/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bad memory that Linux reserves before it reads the tree's nodes. A no-map node that meets any such
 * memory is refused whole (-EBUSY from early_init_dt_reserve_memory() in drivers/of/of_reserved_mem.c),
 * and all of its range stays RAM. Without EFI that is what we place and what the tree reserves. With
 * EFI it is ACPI's tables, the EFI memory map, and what firmware and earlier kernels had reserved
 * (efi_init() and efi_config_parse_tables() in drivers/firmware/efi), which the running kernel shows
 * as reserved inside of System RAM.
 */
#include <inttypes.h>

#include <libfdt.h>

#include "kexec/arch/arm64/arm64.h"
#include "kexec/arch/arm64/check.h"
#include "kexec/tree.h"
#include "kexec/bytes.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/tree_memory.h"

/* EFI_MEMORY_DESCRIPTOR: UEFI Specification 2.10, section 7.2.3. */
enum { AT_START = 8, AT_PAGES = 24 };
#define EFI_PAGE 4096
#define EFI_ACPI_RECLAIM 9

/* The largest page that Linux has on arm64: the next kernel's is not known yet. */
#define PAGE_LARGEST UINT64_C(65536)

/* The first entry of a normalised map that meets [start, end), or NULL. */
static const struct hwpoison_map_entry *met(const struct hwpoison_map *map, uint64_t start,
					    uint64_t end)
{
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->entries[middle].end <= start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < map->count && map->entries[low].start < end ? &map->entries[low] : NULL;
}

bool arm64_reserved_early(const struct plan *plan)
{
	const struct machine *machine = plan->machine;

	if (!machine->fdt || !tree_has_efi(machine->fdt, machine->fdt_size))
		return false;
	for (size_t i = 0; i < plan->frames.count; i++) {
		struct hwpoison_range range = frame_widen(&plan->frames.ranges[i], PAGE_LARGEST);

		if (met(&machine->in_use, range.start, range.end))
			return true;
	}
	return false;
}

/* What the running kernel reserves because the kernel before told it by entries of ours is no
 * reservation of the next one; but it may hide one. */
static bool was_ours(const struct plan *plan, const struct hwpoison_map_entry *reserved,
		     uint64_t start, uint64_t end)
{
	int entries = fdt_num_mem_rsv(plan->source_dtb);
	uint64_t base, size;

	start = start > reserved->start ? start : reserved->start;
	end = end < reserved->end ? end : reserved->end;
	for (int i = 0; i < entries; i++) {
		if (!fdt_get_mem_rsv(plan->source_dtb, i, &base, &size) && base <= start &&
		    end - base <= size && tree_entry_is_ours(plan->source_dtb, i))
			return true;
	}
	return false;
}

/* EfiACPIReclaimMemory, where the map can be read: it does not show any more where a copy of the map
 * kept out what lies in the same page. */
static bool tables_met(const struct plan *plan, uint64_t start, uint64_t end)
{
	const struct hwpoison_efi_map *map = &plan->machine->efi_map;
	const uint8_t *bytes = map->bytes;
	uint64_t page = plan->target.page_size;

	for (size_t at = 0; at < map->size; at += map->descriptor_size) {
		uint64_t from = get_le64(bytes + at + AT_START) & ~(page - 1);
		uint64_t pages = get_le64(bytes + at + AT_PAGES);
		uint64_t to = get_le64(bytes + at + AT_START) + pages * EFI_PAGE;

		if (get_le32(bytes + at) == EFI_ACPI_RECLAIM && from < end &&
		    start < ((to + page - 1) & ~(page - 1)))
			return true;
	}
	return false;
}

static int widened_add(struct hwpoison_map *list, uint64_t start, uint64_t end, uint64_t page)
{
	end = end > HWPOISON_ADDRESS_LIMIT - page ? HWPOISON_ADDRESS_LIMIT :
						    (end + page - 1) & ~(page - 1);
	start &= ~(page - 1);
	return start < end ? hwpoison_map_add(list, start, end, HWPOISON_RESERVED) : 0;
}

static int tables_list(const struct hwpoison_efi_map *map, uint64_t page, struct hwpoison_map *list)
{
	const uint8_t *bytes = map->bytes;
	int error = 0;

	for (size_t at = 0; at < map->size && !error; at += map->descriptor_size) {
		uint64_t start = get_le64(bytes + at + AT_START);
		uint64_t end = start + get_le64(bytes + at + AT_PAGES) * EFI_PAGE;

		if (get_le32(bytes + at) == EFI_ACPI_RECLAIM)
			error = widened_add(list, start, end, page);
	}
	return error;
}

/* A region of the running kernel's own tree that is System RAM to it is one that it has refused. */
static int refused_list(const struct machine *machine, struct hwpoison_map *list)
{
	struct hwpoison_map told = {0};
	int error = 0;

	if (tree_is_good(machine->fdt, machine->fdt_size))
		error = tree_reserved_list(machine->fdt, &told);
	for (size_t i = 0; i < told.count && !error; i++) {
		const struct hwpoison_map_entry *region = &told.entries[i], *ram;
		uint64_t at = region->start;

		for (; !error && (ram = met(&machine->ram, at, region->end)); at = ram->end)
			error = widened_add(list, ram->start > at ? ram->start : at,
					    ram->end < region->end ? ram->end : region->end, 1);
	}
	hwpoison_map_free(&told);
	return error;
}

/* Larger pages of the next kernel may make two meet. */
int arm64_early_list(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	uint64_t page = plan->image && plan->image->page_size ? plan->image->page_size :
								machine->page_size;
	struct hwpoison_map *list = &plan->reserved_early;
	int error;

	if (!tree_has_efi(plan->base_dtb, plan->base_dtb_size))
		return 0;
	error = refused_list(machine, list);
	for (size_t i = 0; i < machine->in_use.count && !error; i++)
		error = widened_add(list, machine->in_use.entries[i].start,
				    machine->in_use.entries[i].end, page);
	if (!error)
		error = tables_list(&machine->efi_map, page, list);
	if (!error)
		error = hwpoison_map_normalise(list);
	return error ? failure(EXIT_FAILED, "out of memory") : 0;
}

static int ignored(uint64_t start, uint64_t end)
{
	return failure(
		EXIT_USAGE,
		"bad memory at 0x%" PRIx64 "-0x%" PRIx64
		" meets what Linux may reserve before it reads the device tree's nodes, and "
		"it ignores a node there: say --hwpoison-fdt-way=efi, or =reserve, or take the "
		"frames back (--hwpoison-forget)",
		start, end - 1);
}

static int range_check(const struct plan *plan, const struct hwpoison_map_entry *told)
{
	const struct hwpoison_map *in_use = &plan->machine->in_use;
	const struct hwpoison_map_entry *reserved;

	/* A page alone is kept out either way: by its node, or by what stands in the node's way. */
	bool page = told->end - told->start <= plan->target.page_size;

	for (uint64_t at = told->start; (reserved = met(in_use, at, told->end));
	     at = reserved->end) {
		if (page && was_ours(plan, reserved, at, told->end))
			continue;
		return ignored(told->start, told->end);
	}
	if (!page && tables_met(plan, told->start, told->end))
		return ignored(told->start, told->end);
	return 0;
}

int arm64_nodes_check(const struct plan *plan)
{
	const struct hwpoison_map *map = &plan->outcome.map;
	int error = 0;

	if (!(plan->modes & MODE_DTB) || plan->fdt_way != HWPOISON_FDT_NODES ||
	    !tree_has_efi(plan->base_dtb, plan->base_dtb_size))
		return 0;
	for (size_t i = 0; i < map->count && !error; i++) {
		if (map->entries[i].type == HWPOISON_UNUSABLE)
			error = range_check(plan, &map->entries[i]);
	}
	return error;
}
