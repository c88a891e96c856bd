/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory nodes: what RAM a device tree tells Linux of when EFI does not. */
#include "kexec/tree_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include "kexec/bytes.h"
#include "kexec/tree.h"

#define PAGE UINT64_C(4096)

struct cells {
	unsigned int address, size;
};

/* early_init_dt_scan_root() in drivers/of/fdt.c: 1 where the root has none. */
static unsigned int cells_get(const void *fdt, const char *name)
{
	int length;
	const fdt32_t *value = fdt_getprop(fdt, 0, name, &length);

	return value && length == sizeof(*value) ? fdt32_ld(value) : 1;
}

static struct cells root_cells(const void *fdt)
{
	return (struct cells){cells_get(fdt, "#address-cells"), cells_get(fdt, "#size-cells")};
}

static bool is_available(const void *fdt, int node)
{
	int length;
	const char *status = fdt_getprop(fdt, node, "status", &length);

	return !status || (length > 0 && !status[length - 1] &&
			   (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0));
}

static bool is_memory(const void *fdt, int node)
{
	int length;
	const char *type = fdt_getprop(fdt, node, "device_type", &length);

	return type && length == sizeof("memory") &&
	       memcmp(type, "memory", sizeof("memory")) == 0 && is_available(fdt, node);
}

/* of_read_number() in include/linux/of.h: of more than two cells the last two count. */
static uint64_t number_read(const fdt32_t **cells, unsigned int count)
{
	uint64_t number = 0;

	for (; count; count--, ++*cells)
		number = number << 32 | fdt32_ld(*cells);
	return number;
}

static int node_list(const void *fdt, int node, struct cells cells, struct hwpoison_map *memory)
{
	int length, error = 0;
	const fdt32_t *at = fdt_getprop(fdt, node, "linux,usable-memory", &length);
	size_t tuple = (cells.address + cells.size) * sizeof(*at);

	if (!at)
		at = fdt_getprop(fdt, node, "reg", &length);
	if (!at || !tuple)
		return 0;
	for (size_t left = (size_t)length; left >= tuple && !error; left -= tuple) {
		uint64_t base = number_read(&at, cells.address);
		uint64_t size = number_read(&at, cells.size), end = base + size;

		/* early_init_dt_add_memory_arch(): whole pages only. */
		if (end < base || end > HWPOISON_ADDRESS_LIMIT)
			end = HWPOISON_ADDRESS_LIMIT;
		base = (base + PAGE - 1) & ~(PAGE - 1);
		end &= ~(PAGE - 1);
		if (size && base < end)
			error = hwpoison_map_add(memory, base, end, HWPOISON_RAM);
	}
	return error;
}

/* early_init_dt_scan_memory() in drivers/of/fdt.c. */
int tree_memory_list(const void *fdt, struct hwpoison_map *memory)
{
	struct hwpoison_map found = {0};
	struct cells cells = root_cells(fdt);
	int node, error = 0;

	if (cells.address > FDT_MAX_NCELLS || cells.size > FDT_MAX_NCELLS) {
		*memory = found;
		return 0;
	}
	for (node = fdt_first_subnode(fdt, 0); node >= 0 && !error;
	     node = fdt_next_subnode(fdt, node)) {
		if (is_memory(fdt, node))
			error = node_list(fdt, node, cells, &found);
	}
	if (!error)
		error = hwpoison_map_normalise(&found);
	if (error)
		hwpoison_map_free(&found);
	else
		*memory = found;
	return error;
}

int tree_lent_list(const void *fdt, struct hwpoison_map *lent)
{
	struct hwpoison_map found = {0};
	struct cells cells = root_cells(fdt);
	int parent = fdt_path_offset(fdt, "/reserved-memory"), node, error = 0;

	if (parent < 0 || cells.address > FDT_MAX_NCELLS || cells.size > FDT_MAX_NCELLS)
		parent = -1;
	for (node = parent < 0 ? -1 : fdt_first_subnode(fdt, parent); node >= 0 && !error;
	     node = fdt_next_subnode(fdt, node)) {
		if (is_available(fdt, node) && fdt_getprop(fdt, node, "reusable", NULL) &&
		    !fdt_getprop(fdt, node, "no-map", NULL))
			error = node_list(fdt, node, cells, &found);
	}
	if (!error)
		error = hwpoison_map_normalise(&found);
	if (error)
		hwpoison_map_free(&found);
	else
		*lent = found;
	return error;
}

static int reserved_add(uint64_t base, uint64_t size, struct hwpoison_map *reserved)
{
	if (!size || base >= HWPOISON_ADDRESS_LIMIT)
		return 0;
	if (size > HWPOISON_ADDRESS_LIMIT - base)
		size = HWPOISON_ADDRESS_LIMIT - base;
	return hwpoison_map_add(reserved, base, base + size, HWPOISON_RESERVED);
}

static int region_list(const void *fdt, int node, struct cells cells, struct hwpoison_map *reserved)
{
	int length, error = 0;
	const fdt32_t *at = fdt_getprop(fdt, node, "reg", &length);
	size_t tuple = (cells.address + cells.size) * sizeof(*at);

	for (size_t left = at ? (size_t)length : 0; tuple && left >= tuple && !error;
	     left -= tuple) {
		uint64_t base = number_read(&at, cells.address);

		error = reserved_add(base, number_read(&at, cells.size), reserved);
	}
	return error;
}

int tree_reserved_list(const void *fdt, struct hwpoison_map *reserved)
{
	struct hwpoison_map found = {0};
	struct cells cells = root_cells(fdt);
	int parent = fdt_path_offset(fdt, "/reserved-memory"), node, error = 0;
	uint64_t base, size;

	for (int i = 0; !error && !fdt_get_mem_rsv(fdt, i, &base, &size) && size; i++) {
		if (!tree_entry_is_ours(fdt, i))
			error = reserved_add(base, size, &found);
	}
	if (cells.address > FDT_MAX_NCELLS || cells.size > FDT_MAX_NCELLS)
		parent = -1;
	for (node = parent < 0 ? -1 : fdt_first_subnode(fdt, parent); node >= 0 && !error;
	     node = fdt_next_subnode(fdt, node)) {
		if (is_available(fdt, node) && !tree_node_is_ours(fdt, node))
			error = region_list(fdt, node, cells, &found);
	}
	if (!error)
		error = hwpoison_map_normalise(&found);
	if (error)
		hwpoison_map_free(&found);
	else
		*reserved = found;
	return error;
}

static int memory_node_find(const void *fdt)
{
	int node;

	fdt_for_each_subnode(node, fdt, 0)
	{
		if (is_memory(fdt, node))
			return node;
	}
	return -FDT_ERR_NOTFOUND;
}

static int number_append(void *fdt, int node, uint64_t number, unsigned int cells)
{
	if (cells == 2)
		return fdt_appendprop_u64(fdt, node, "reg", number);
	if (cells != 1 || number > UINT32_MAX)
		return -FDT_ERR_BADNCELLS;
	return fdt_appendprop_u32(fdt, node, "reg", (uint32_t)number);
}

static int memory_node_add(void *fdt, uint64_t start)
{
	char name[sizeof("memory@") + 16];
	int node, error;

	snprintf(name, sizeof(name), "memory@%" PRIx64, start);
	node = fdt_add_subnode(fdt, 0, name);
	if (node < 0)
		return node;
	error = fdt_setprop_string(fdt, node, "device_type", "memory");
	return error ? error : node;
}

int tree_memory_make(void *fdt, const struct hwpoison_map *ram)
{
	struct cells cells = root_cells(fdt);
	int node = memory_node_find(fdt), error;
	size_t first = 0;

	while (first < ram->count && ram->entries[first].type != HWPOISON_RAM)
		first++;
	if (first == ram->count)
		return -FDT_ERR_NOTFOUND;
	if (node < 0)
		node = memory_node_add(fdt, ram->entries[first].start);
	if (node < 0)
		return node;
	error = fdt_setprop(fdt, node, "reg", NULL, 0);
	for (size_t i = first; i < ram->count && !error; i++) {
		const struct hwpoison_map_entry *entry = &ram->entries[i];

		if (entry->type != HWPOISON_RAM)
			continue;
		error = number_append(fdt, node, entry->start, cells.address);
		if (!error)
			error = number_append(fdt, node, entry->end - entry->start, cells.size);
	}
	return error;
}

size_t tree_memory_room(const struct hwpoison_map *ram)
{
	/* A node's name, its device_type, their words; then two numbers for each range. */
	return 256 + ram->count * 16;
}
