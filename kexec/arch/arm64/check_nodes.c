/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the checks read the nodes of a tree: as Linux does, with nothing of the library that wrote it. */
#include <string.h>

#include <libfdt.h>

#include "kexec/arch/arm64/check_nodes.h"

struct cells tree_cells(const void *fdt)
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

uint64_t cells_number(const fdt32_t *at, int cells)
{
	return cells == 2 ? (uint64_t)fdt32_ld(at) << 32 | fdt32_ld(at + 1) : fdt32_ld(at);
}

struct reg node_reg(const void *fdt, int node)
{
	struct cells cells = tree_cells(fdt);
	int length, tuple = 4 * (cells.address + cells.size);
	const fdt32_t *value = fdt_getprop(fdt, node, "reg", &length);
	struct reg reg = {0};

	if (!value || cells.address < 1 || cells.address > 2 || cells.size < 1 || cells.size > 2 ||
	    length < tuple || length % tuple)
		return reg;
	reg.start = cells_number(value, cells.address);
	reg.end = reg.start + cells_number(value + cells.address, cells.size);
	if (reg.end <= reg.start)
		return reg;
	/* A region may reach past all memory, which no map can. */
	if (reg.end > HWPOISON_ADDRESS_LIMIT)
		reg.end = HWPOISON_ADDRESS_LIMIT;
	reg.tuples = reg.start < reg.end ? length / tuple : 0;
	return reg;
}

bool node_has(const void *fdt, int node, const char *name)
{
	return fdt_getprop(fdt, node, name, NULL) != NULL;
}

bool node_is_available(const void *fdt, int node)
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

const char *reserved_memory_why(const void *fdt, int reserved)
{
	struct cells cells = tree_cells(fdt);
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

bool map_meets(const struct hwpoison_map *map, uint64_t start, uint64_t end)
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
