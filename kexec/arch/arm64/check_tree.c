/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of what the next kernel's tree keeps out, by the rules that Linux has for it: read from
 * the finished tree with nothing of the library that wrote it but its containers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "kexec/arch/arm64/check.h"
#include "kexec/image.h"
#include "kexec/kho/check.h"
#include "kexec/machine.h"

#define HEX "0x%llx-0x%llx"
#define RANGE(start, end) (unsigned long long)(start), (unsigned long long)(end)-1

struct cells {
	int address, size;
};

/* A node's reg, in the cells of the root, which those of /reserved-memory must equal. */
struct reg {
	uint64_t start, end; /* of the first (base, size) */
	int tuples;	     /* 0: none that makes sense */
};

/* dt_root_addr_cells and dt_root_size_cells of early_init_dt_scan_root(). */
static struct cells root_cells(const void *fdt)
{
	struct cells cells = {1, 1};
	int length;
	const fdt32_t *value = fdt_getprop(fdt, 0, "#address-cells", &length);

	if (value && length == 4)
		cells.address = (int)fdt32_ld(value);
	value = fdt_getprop(fdt, 0, "#size-cells", &length);
	if (value && length == 4)
		cells.size = (int)fdt32_ld(value);
	return cells;
}

static uint64_t number(const fdt32_t *at, int cells)
{
	return cells == 2 ? (uint64_t)fdt32_ld(at) << 32 | fdt32_ld(at + 1) : fdt32_ld(at);
}

static struct reg reg_read(const void *fdt, int node)
{
	struct cells cells = root_cells(fdt);
	int length, tuple = 4 * (cells.address + cells.size);
	const fdt32_t *value = fdt_getprop(fdt, node, "reg", &length);
	struct reg reg = {0};

	if (!value || cells.address < 1 || cells.address > 2 || cells.size < 1 || cells.size > 2 ||
	    length < tuple || length % tuple)
		return reg;
	reg.start = number(value, cells.address);
	reg.end = reg.start + number(value + cells.address, cells.size);
	if (reg.end <= reg.start)
		return reg;
	/* A region may reach past all memory, which no map can. */
	if (reg.end > HWPOISON_ADDRESS_LIMIT)
		reg.end = HWPOISON_ADDRESS_LIMIT;
	reg.tuples = reg.start < reg.end ? length / tuple : 0;
	return reg;
}

static bool node_has(const void *fdt, int node, const char *name)
{
	return fdt_getprop(fdt, node, name, NULL) != NULL;
}

/* of_fdt_device_is_available(). */
static bool node_is_available(const void *fdt, int node)
{
	int length;
	const char *status = fdt_getprop(fdt, node, "status", &length);

	return !status || (length == 5 && memcmp(status, "okay", 5) == 0) ||
	       (length == 3 && memcmp(status, "ok", 3) == 0);
}

bool reserved_node_is_ours(const void *fdt, int node)
{
	const char *name = fdt_get_name(fdt, node, NULL);

	if (name && strncmp(name, "hwpoison", 8) == 0 && (!name[8] || name[8] == '@'))
		return true;
	return fdt_node_check_compatible(fdt, node, "hwpoison") == 0;
}

bool reserve_entry_is_ours(const void *fdt, int index)
{
	int length;
	const fdt64_t *noted = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"),
					   "hwpoison,reserve-entries", &length);
	uint64_t base, size;

	if (!noted || fdt_get_mem_rsv(fdt, index, &base, &size))
		return false;
	/* They rise. */
	for (int low = 0, high = length / 16; low < high;) {
		int middle = low + (high - low) / 2;
		uint64_t start = fdt64_ld(noted + 2 * middle);

		if (start == base)
			return fdt64_ld(noted + 2 * middle + 1) == size;
		if (start < base)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* __reserved_mem_check_root(): or all of the nodes are ignored. */
static const char *root_why(const void *fdt, int reserved)
{
	struct cells cells = root_cells(fdt);
	int length;
	const fdt32_t *value = fdt_getprop(fdt, reserved, "#address-cells", &length);

	if (!value || length != 4 || (int)fdt32_ld(value) != cells.address)
		return "#address-cells is not the root's";
	value = fdt_getprop(fdt, reserved, "#size-cells", &length);
	if (!value || length != 4 || (int)fdt32_ld(value) != cells.size)
		return "#size-cells is not the root's";
	if (!node_has(fdt, reserved, "ranges"))
		return "it has no ranges";
	return NULL;
}

/* --- what is kept out ------------------------------------------------------------------------- */

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
		struct reg reg = reg_read(fdt, node);

		/* Reusable memory is handed out (rmem_cma_setup() in kernel/dma/contiguous.c). */
		if (reg.tuples && node_is_available(fdt, node) && !node_has(fdt, node, "no-map") &&
		    !node_has(fdt, node, "reusable"))
			error = hwpoison_map_add(plain, reg.start, reg.end, HWPOISON_RESERVED);
	}
	return error ? error : hwpoison_map_normalise(plain);
}

static bool map_meets(const struct hwpoison_map *map, uint64_t start, uint64_t end)
{
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->entries[middle].end <= start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < map->count && map->entries[low].start < end;
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

/* With EFI, also what firmware and the boot stub had reserved, in whole pages (efi_init() in
 * drivers/firmware/efi/efi-init.c). What is RAM to the running kernel is a region that it has refused,
 * or was not told of. */
static bool early_meets(const struct plan *plan, uint64_t start, uint64_t end)
{
	const struct hwpoison_iomem *iomem = &plan->machine->iomem;
	uint64_t page = plan_page_size(plan);

	if (!fdt_getprop(plan->next_dtb, fdt_path_offset(plan->next_dtb, "/chosen"),
			 "linux,uefi-system-table", NULL))
		return false;
	for (size_t i = 0; i < iomem->count; i++) {
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

	if (reserved >= 0 && root_why(fdt, reserved))
		reserved = -1;
	error = plain_list(fdt, reserved, true, &plain);
	if (!error)
		error = plain_list(fdt, reserved, !block_is_late(plan, reserved), kept);
	for (node = reserved < 0 ? -1 : fdt_first_subnode(fdt, reserved); node >= 0 && !error;
	     node = fdt_next_subnode(fdt, node)) {
		struct reg reg = reg_read(fdt, node);

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

/* --- the rules -------------------------------------------------------------------------------- */

static const char *node_why(const void *fdt, int node, const struct hwpoison_map *foreign)
{
	struct reg reg = reg_read(fdt, node);
	const char *name = fdt_get_name(fdt, node, NULL);

	/* Linux 7.2 reads no more than the first (__reserved_mem_reserve_reg()). */
	if (reg.tuples != 1)
		return "reg is not one address and one size";
	if (strtoull(strchr(name, '@') ? strchr(name, '@') + 1 : "", NULL, 16) != reg.start)
		return "its name has another address";
	if (!node_has(fdt, node, "no-map") || node_has(fdt, node, "reusable"))
		return "it is not no-map";
	if (node_has(fdt, node, "status") || node_has(fdt, node, "size"))
		return "it may not be taken";
	if (map_meets(foreign, reg.start, reg.end))
		return "it lies over what is reserved besides";
	return NULL;
}

/* All that others reserve: every tuple counts, as some kernels read all. */
static int foreign_list(const void *fdt, int reserved, struct hwpoison_map *foreign)
{
	struct cells cells = root_cells(fdt);
	int entries = fdt_num_mem_rsv(fdt), node, length, error = 0;
	uint64_t base, size;

	for (int i = 0; i < entries && !error; i++) {
		if (!fdt_get_mem_rsv(fdt, i, &base, &size) && size &&
		    base < HWPOISON_ADDRESS_LIMIT && size <= HWPOISON_ADDRESS_LIMIT - base)
			error = hwpoison_map_add(foreign, base, base + size, HWPOISON_RESERVED);
	}
	for (node = fdt_first_subnode(fdt, reserved); node >= 0 && !error;
	     node = fdt_next_subnode(fdt, node)) {
		const fdt32_t *value = fdt_getprop(fdt, node, "reg", &length);

		if (reserved_node_is_ours(fdt, node) || !node_is_available(fdt, node) || !value ||
		    !reg_read(fdt, node).tuples)
			continue;
		for (int i = 0; i < length / 4 && !error; i += cells.address + cells.size) {
			base = number(value + i, cells.address);
			size = number(value + i + cells.address, cells.size);
			if (size && base < HWPOISON_ADDRESS_LIMIT &&
			    size <= HWPOISON_ADDRESS_LIMIT - base)
				error = hwpoison_map_add(foreign, base, base + size,
							 HWPOISON_RESERVED);
		}
	}
	return error ? error : hwpoison_map_normalise(foreign);
}

/* How many are ours; negative when one breaks a rule. */
static int nodes_check(const void *fdt, int reserved, const struct hwpoison_map *foreign,
		       char *reason, size_t size)
{
	int node, ours = 0;

	fdt_for_each_subnode(node, fdt, reserved)
	{
		const char *why = NULL;

		if (!reserved_node_is_ours(fdt, node)) {
			/* Linux 6.1 forgets what comes after the 64th (MAX_RESERVED_REGIONS). */
			if (ours)
				return check_failed(reason, size, "%s comes after nodes of ours",
						    fdt_get_name(fdt, node, NULL));
			continue;
		}
		if (!ours++)
			why = root_why(fdt, reserved);
		if (!why)
			why = node_why(fdt, node, foreign);
		if (why)
			return check_failed(reason, size, "%s: %s", fdt_get_name(fdt, node, NULL),
					    why);
	}
	return ours;
}

int check_tree_rules(const struct plan *plan, char *reason, size_t size)
{
	const void *fdt = plan->next_dtb;
	struct hwpoison_map foreign = {0};
	int reserved, ours = 0, entries;
	size_t told;

	if (!fdt || !(plan->modes & MODE_DTB))
		return 0;
	reserved = fdt_path_offset(fdt, "/reserved-memory");
	if (reserved >= 0 && foreign_list(fdt, reserved, &foreign))
		ours = check_failed(reason, size, "out of memory");
	else if (reserved >= 0)
		ours = nodes_check(fdt, reserved, &foreign, reason, size);
	hwpoison_map_free(&foreign);
	if (ours < 0)
		return -1;
	told = (size_t)ours;
	entries = fdt_num_mem_rsv(fdt);
	for (int i = 0; i < entries; i++)
		told += reserve_entry_is_ours(fdt, i);
	told += (size_t)efi_ranges_count(fdt);
	if (plan->fdt_way != HWPOISON_FDT_NODES && ours)
		return check_failed(reason, size, "there are nodes, where none were wanted");
	if (told != plan->outcome.entries)
		return check_failed(reason, size, "it tells of %zu ranges, and %zu were planned",
				    told, plan->outcome.entries);
	return 0;
}
