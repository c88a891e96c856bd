/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks that Linux heeds what the next kernel's tree tells it of bad frames: by its rules for reserved memory. */
#include <stdlib.h>
#include <string.h>

#include "kexec/arch/arm64/check.h"
#include "kexec/arch/arm64/check_nodes.h"

static const char *node_why(const void *fdt, int node, const struct hwpoison_map *foreign)
{
	struct reg reg = node_reg(fdt, node);
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
	struct cells cells = tree_cells(fdt);
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
		    !node_reg(fdt, node).tuples)
			continue;
		for (int i = 0; i < length / 4 && !error; i += cells.address + cells.size) {
			base = cells_number(value + i, cells.address);
			size = cells_number(value + i + cells.address, cells.size);
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
			why = reserved_memory_why(fdt, reserved);
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
