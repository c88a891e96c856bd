/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules by which Linux reads memory and reservations from a device tree. */
#include "tests/dtbs/kernel.h"

#include <libfdt.h>
#include <string.h>

const char *const kernel_names[KERNELS] = {"Linux 6.1", "Linux 6.12", "Linux 7.2"};

struct kernel_cells kernel_root_cells(const void *tree)
{
	const fdt32_t *address = fdt_getprop(tree, 0, "#address-cells", NULL);
	const fdt32_t *size = fdt_getprop(tree, 0, "#size-cells", NULL);

	return (struct kernel_cells){address ? fdt32_ld(address) : 1, size ? fdt32_ld(size) : 1};
}

uint64_t kernel_number(const uint8_t **cells, unsigned int count)
{
	uint64_t number = 0;

	for (unsigned int i = 0; i < 4 * count; i++)
		number = number << 8 | *(*cells)++;
	return number;
}

/* of_fdt_device_is_available(). */
static bool is_available(const void *tree, int node)
{
	const char *status = fdt_getprop(tree, node, "status", NULL);

	return !status || !strcmp(status, "ok") || !strcmp(status, "okay");
}

bool kernel_is_memory(const void *tree, int node)
{
	const char *type = fdt_getprop(tree, node, "device_type", NULL);

	return type && !strcmp(type, "memory") && is_available(tree, node);
}

static void memory_scan(const void *tree, struct kernel_memory *found)
{
	struct kernel_cells cells = kernel_root_cells(tree);
	int tuple = 4 * (int)(cells.address + cells.size), node, length;

	fdt_for_each_subnode(node, tree, 0)
	{
		const uint8_t *reg;

		if (!kernel_is_memory(tree, node))
			continue;
		reg = fdt_getprop(tree, node, "linux,usable-memory", &length);
		if (!reg)
			reg = fdt_getprop(tree, node, "reg", &length);
		for (; reg && length >= tuple; length -= tuple) {
			uint64_t base = kernel_number(&reg, cells.address);
			uint64_t size = kernel_number(&reg, cells.size);

			/* early_init_dt_add_memory_arch() takes whole pages. */
			if (size)
				spans_add(&found->memory, (base + 4095) & ~UINT64_C(4095),
					  (base + size) & ~UINT64_C(4095));
		}
	}
}

/* __reserved_mem_check_root(). */
static bool root_is_good(const void *tree, int node)
{
	struct kernel_cells cells = kernel_root_cells(tree);
	const fdt32_t *size = fdt_getprop(tree, node, "#size-cells", NULL);
	const fdt32_t *address = fdt_getprop(tree, node, "#address-cells", NULL);

	return size && fdt32_ld(size) == cells.size && address &&
	       fdt32_ld(address) == cells.address && fdt_getprop(tree, node, "ranges", NULL);
}

/* early_init_dt_reserve_memory(). */
static void reserve(struct kernel_memory *found, uint64_t base, uint64_t size, bool no_map,
		    bool reusable)
{
	struct spans asked = {0}, marked;

	if (!no_map) {
		spans_add(&found->reserved, base, base + size);
		if (reusable)
			spans_add(&found->lent, base, base + size);
		return;
	}
	if (spans_overlap(&found->memory, base, base + size) &&
	    spans_overlap(&found->reserved, base, base + size)) {
		found->refused++;
		return;
	}
	/* memblock_mark_nomap(): what is no memory stays none. */
	spans_add(&asked, base, base + size);
	marked = spans_common(&asked, &found->memory);
	spans_add_all(&found->no_map, &marked);
	spans_free(&asked);
	spans_free(&marked);
}

static void record(struct kernel_memory *found, const char *name)
{
	if (found->record_count == KERNEL_RECORDS_MAX)
		found->forgotten++;
	else
		found->records[found->record_count++] = name;
}

/* __reserved_mem_reserve_reg(), and what calls it does with a node without a place. */
static void node_scan(enum kernel kernel, const void *tree, int node, struct kernel_memory *found)
{
	struct kernel_cells cells = kernel_root_cells(tree);
	int tuple = 4 * (int)(cells.address + cells.size), length;
	const uint8_t *reg = fdt_getprop(tree, node, "reg", &length);
	bool no_map = fdt_getprop(tree, node, "no-map", NULL);
	bool reusable = fdt_getprop(tree, node, "reusable", NULL);
	const char *name = fdt_get_name(tree, node, NULL);

	if (!reg) {
		if (fdt_getprop(tree, node, "size", NULL))
			record(found, name);
		return;
	}
	if (length % tuple)
		return;
	for (int at = 0; at < length && (!at || kernel != LINUX_7_2); at += tuple) {
		uint64_t base = kernel_number(&reg, cells.address);
		uint64_t size = kernel_number(&reg, cells.size);

		if (size)
			reserve(found, base, size, no_map, reusable);
		if (!at && kernel == LINUX_6_1)
			record(found, name);
	}
}

static void nodes_scan(enum kernel kernel, const void *tree, int reserved,
		       struct kernel_memory *found)
{
	int node;

	found->heeded = reserved >= 0 && root_is_good(tree, reserved);
	if (!found->heeded)
		return;
	fdt_for_each_subnode(node, tree, reserved)
	{
		if (is_available(tree, node))
			node_scan(kernel, tree, node, found);
	}
}

static void entries_scan(const void *tree, struct kernel_memory *found)
{
	uint64_t base, size;

	for (int i = 0; !fdt_get_mem_rsv(tree, i, &base, &size) && size; i++)
		spans_add(&found->reserved, base, base + size);
}

void kernels_read(const void *tree, struct kernel_memory memory[KERNELS])
{
	int reserved = fdt_path_offset(tree, "/reserved-memory");

	for (int i = 0; i < KERNELS; i++) {
		memory[i] = (struct kernel_memory){0};
		if (i)
			spans_add_all(&memory[i].memory, &memory[0].memory);
		else
			memory_scan(tree, &memory[i]);
		/* early_init_fdt_scan_reserved_mem(): the entries came first, once. */
		if (i == LINUX_6_1)
			entries_scan(tree, &memory[i]);
		nodes_scan((enum kernel)i, tree, reserved, &memory[i]);
		if (i != LINUX_6_1)
			entries_scan(tree, &memory[i]);
	}
}

void kernels_free(struct kernel_memory memory[KERNELS])
{
	for (int i = 0; i < KERNELS; i++) {
		spans_free(&memory[i].memory);
		spans_free(&memory[i].no_map);
		spans_free(&memory[i].reserved);
		spans_free(&memory[i].lent);
	}
}

struct kernel_verdict kernel_judge(const struct kernel_memory memory[KERNELS])
{
	struct kernel_verdict verdict = {0};

	for (int i = 0; i < KERNELS; i++) {
		struct spans used = {0}, both;

		spans_add_all(&used, &memory[i].memory);
		spans_remove_all(&used, &memory[i].no_map);
		spans_remove_all(&used, &memory[i].reserved);
		if (i) {
			both = spans_common(&used, &verdict.open);
			spans_free(&verdict.open);
			verdict.open = both;
		} else {
			spans_add_all(&verdict.open, &used);
			spans_add_all(&verdict.held, &memory[i].memory);
		}
		spans_remove_all(&verdict.held, &used);
		spans_remove_all(&verdict.held, &memory[i].lent);
		spans_free(&used);
	}
	return verdict;
}
