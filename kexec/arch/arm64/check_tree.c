/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of what the next kernel's tree keeps out, by the rules that Linux has for it: read from
 * the finished tree with nothing of the library that wrote it but its containers.
 */
#include <stdio.h>

#include "kexec/arch/arm64/check.h"
#include "kexec/arch/arm64/check_nodes.h"
#include "kexec/image.h"
#include "kexec/kho/check.h"
#include "kexec/machine.h"

#define HEX "0x%llx-0x%llx"
#define RANGE(start, end) (unsigned long long)(start), (unsigned long long)(end)-1

/* What nodes without no-map reserve, and the reserve block if that is wanted. */
static int plain_list(const void *fdt, int reserved, bool block, struct hwpoison_map *plain)
{
	int entries = block ? fdt_num_mem_rsv(fdt) : 0, node, error = 0;
	uint64_t base, size;

	for (int i = 0; i < entries && !error; i++) {
		if (fdt_get_mem_rsv(fdt, i, &base, &size) || !size ||
		    base >= HWPOISON_ADDRESS_LIMIT)
			continue;
		if (size > HWPOISON_ADDRESS_LIMIT - base)
			size = HWPOISON_ADDRESS_LIMIT - base;
		error = hwpoison_map_add(plain, base, base + size, HWPOISON_RESERVED);
	}
	for (node = reserved < 0 ? -1 : fdt_first_subnode(fdt, reserved); node >= 0 && !error;
	     node = fdt_next_subnode(fdt, node)) {
		struct reg reg = node_reg(fdt, node);

		/* Reusable memory is handed out (rmem_cma_setup() in kernel/dma/contiguous.c). */
		if (reg.tuples && node_is_available(fdt, node) && !node_has(fdt, node, "no-map") &&
		    !node_has(fdt, node, "reusable"))
			error = hwpoison_map_add(plain, reg.start, reg.end, HWPOISON_RESERVED);
	}
	return error ? error : hwpoison_map_normalise(plain);
}

/* Whether the reserve block comes too late: Linux 6.12 and later find a place for nodes that have a size
 * and no reg before they read it (early_init_fdt_scan_reserved_mem()). */
static bool block_is_late(const struct plan *plan, int reserved)
{
	unsigned int version = 0, patchlevel = 0;
	int node;

	if (plan->image && sscanf(plan->image->release, "%3u.%5u", &version, &patchlevel) == 2 &&
	    (version < 6 || (version == 6 && patchlevel < 12)))
		return false;
	fdt_for_each_subnode(node, plan->next_dtb, reserved)
	{
		if (node_is_available(plan->next_dtb, node) &&
		    node_has(plan->next_dtb, node, "size") &&
		    !node_has(plan->next_dtb, node, "reg"))
			return true;
	}
	return false;
}

/* What Linux reserves before it reads the nodes: arm64_memblock_init() in arch/arm64/mm/init.c. */
static bool loaded_meets(const struct plan *plan, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		if (start < segment->start + segment->size && segment->start < end)
			return true;
	}
	for (size_t i = 0; i < plan->area_count; i++) {
		if (start < plan->areas[i].end && plan->areas[i].start < end)
			return true;
	}
	return false;
}

/* Whether the running kernel's own tree has a region there. */
static bool running_was_told(const struct plan *plan, uint64_t start, uint64_t end)
{
	const void *fdt = plan->machine->fdt;
	int node = -1;

	if (fdt && fdt_check_full(fdt, plan->machine->fdt_size) == 0)
		node = fdt_first_subnode(fdt, fdt_path_offset(fdt, "/reserved-memory"));
	for (; node >= 0; node = fdt_next_subnode(fdt, node)) {
		struct reg reg = node_reg(fdt, node);

		if (reg.tuples && reg.start < end && start < reg.end)
			return true;
	}
	return false;
}

/* With EFI, also what firmware and the boot stub had reserved, in whole pages (efi_init() in
 * drivers/firmware/efi/efi-init.c). A region that the running kernel was told of and has as RAM, it has
 * refused. */
static bool early_meets(const struct plan *plan, uint64_t start, uint64_t end)
{
	const struct hwpoison_iomem *iomem = &plan->machine->iomem;
	uint64_t page = plan_page_size(plan);

	if (!fdt_getprop(plan->next_dtb, fdt_path_offset(plan->next_dtb, "/chosen"),
			 "linux,uefi-system-table", NULL))
		return false;
	for (size_t i = 0; i < iomem->count && running_was_told(plan, start, end); i++) {
		if (iomem->entries[i].kind == HWPOISON_IOMEM_RAM && iomem->entries[i].start < end &&
		    start < iomem->entries[i].end)
			return true;
	}
	return map_meets(&plan->machine->in_use, start / page * page,
			 (end + page - 1) / page * page) ||
	       efi_map_reserves(plan, start, end);
}

/* All of it that every kernel keeps out: of no-map nodes those alone that meet nothing that is
 * reserved besides (-EBUSY from early_init_dt_reserve_memory() in drivers/of/of_reserved_mem.c). */
static int kept_list(const struct plan *plan, struct hwpoison_map *kept)
{
	const void *fdt = plan->next_dtb;
	int reserved = fdt_path_offset(fdt, "/reserved-memory"), node, error;
	struct hwpoison_map plain = {0};

	if (reserved >= 0 && reserved_memory_why(fdt, reserved))
		reserved = -1;
	error = plain_list(fdt, reserved, true, &plain);
	if (!error)
		error = plain_list(fdt, reserved, !block_is_late(plan, reserved), kept);
	for (node = reserved < 0 ? -1 : fdt_first_subnode(fdt, reserved); node >= 0 && !error;
	     node = fdt_next_subnode(fdt, node)) {
		struct reg reg = node_reg(fdt, node);

		if (reg.tuples && node_is_available(fdt, node) && node_has(fdt, node, "no-map") &&
		    !map_meets(&plain, reg.start, reg.end) &&
		    !loaded_meets(plan, reg.start, reg.end) &&
		    (reserved_node_is_ours(fdt, node) || !early_meets(plan, reg.start, reg.end)))
			error = hwpoison_map_add(kept, reg.start, reg.end, HWPOISON_RESERVED);
	}
	hwpoison_map_free(&plain);
	if (!error)
		error = efi_map_kept(plan, kept);
	return error ? error : hwpoison_map_normalise(kept);
}

/* The first address from start on, below end, that no entry covers; end if there is none. */
static uint64_t uncovered(const struct hwpoison_map *map, uint64_t start, uint64_t end)
{
	const struct hwpoison_map_entry *entry;

	while (start < end && (entry = hwpoison_map_find(map, start)) != NULL)
		start = entry->end;
	return start < end ? start : end;
}

static int frame_check(const struct plan *plan, const struct hwpoison_map *kept,
		       const struct hwpoison_map *ram, struct hwpoison_range frame, char *reason,
		       size_t size)
{
	for (size_t i = 0; i < ram->count && ram->entries[i].start < frame.end; i++) {
		uint64_t start = ram->entries[i].start, end = ram->entries[i].end, at;

		if (ram->entries[i].type != HWPOISON_RAM)
			continue;
		start = start > frame.start ? start : frame.start;
		end = end < frame.end ? end : frame.end;
		if (start >= end)
			continue;
		at = uncovered(kept, start, end);
		/* One carrier alone need not keep all of a frame; both together must. */
		while (at < end && kho_keeps(plan, at, at + 1))
			at = uncovered(kept, at + plan_page_size(plan) - at % plan_page_size(plan),
				       end);
		if (at < end)
			return check_failed(reason, size,
					    "0x%llx of the poisoned " HEX
					    " is RAM to the next kernel",
					    (unsigned long long)at, RANGE(frame.start, frame.end));
	}
	return 0;
}

/* Bad RAM of this kernel that the next one does not find at its start is added later, and what marks it
 * is not heeded. In whole pages of either. */
static int added_check(const struct plan *plan, const struct hwpoison_map *memory,
		       const struct hwpoison_frame_range *frame, char *reason, size_t size)
{
	const struct hwpoison_map *bare = &plan->machine->bare;
	uint64_t page = plan_page_size(plan);

	page = page > plan->machine->page_size ? page : plan->machine->page_size;
	for (size_t i = 0; memory->count && i < bare->count; i++) {
		uint64_t start = bare->entries[i].start, end = bare->entries[i].end, at;

		if (start >= frame->end)
			break;
		start = start > frame->start ? start : frame->start;
		end = end < frame->end ? end : frame->end;
		if (bare->entries[i].type != HWPOISON_RAM || start >= end)
			continue;
		at = uncovered(memory, start, end);
		while (at < end && map_meets(memory, at / page * page, at / page * page + page))
			at = uncovered(memory, at / page * page + page, end);
		if (at < end)
			return check_failed(reason, size,
					    "0x%llx of the poisoned " HEX
					    " is not there when the next kernel starts",
					    (unsigned long long)at,
					    RANGE(frame->start, frame->end));
	}
	return 0;
}

int check_tree_frames(const struct plan *plan, char *reason, size_t size)
{
	struct hwpoison_map kept = {0}, ram = {0}, memory = {0};
	int error = 0;

	if (!(plan->modes & MODE_DTB) || !plan->next_dtb)
		return 0;
	if (kept_list(plan, &kept) || boot_memory_list(plan, &ram, &memory))
		error = check_failed(reason, size, "out of memory");
	/* What is RAM of the machine can become the next kernel's, and what the tree or EFI says is: the
	 * running kernel may have been told to leave some of it. */
	for (size_t i = 0; i < plan->frames.count && !error; i++) {
		struct hwpoison_range frame = frame_widen(&plan->frames.ranges[i],
							  plan_page_size(plan));

		error = frame_check(plan, &kept, &plan->machine->bare, frame, reason, size);
		if (!error)
			error = frame_check(plan, &kept, &ram, frame, reason, size);
		if (!error)
			error = added_check(plan, &memory, &plan->frames.ranges[i], reason, size);
	}
	hwpoison_map_free(&kept);
	hwpoison_map_free(&ram);
	hwpoison_map_free(&memory);
	return error;
}
