/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Purgatory's look at a device tree: the first byte says how many poisoned ranges there are, three
 * more for each where, and the rest is the tree, at the end of its memory so that no byte behind it
 * can be read unseen. What purgatory lets pass, a reader by libfdt, as Linux's is, must find kept out.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "purgatory/check.h"

#define FRAME 4096
#define BASE UINT64_C(0x40000000)
#define RANGES_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned int cells_of(const void *tree, int node, const char *name)
{
	const fdt32_t *value = fdt_getprop(tree, node, name, NULL);

	return value ? fdt32_ld(value) : 0;
}

static uint64_t number_at(const uint8_t *bytes, unsigned int cells)
{
	uint64_t number = 0;

	for (unsigned int i = 0; i < 4 * cells; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* How far a range that may have an address reaches from there; 0 when it has not. */
static uint64_t reach(uint64_t base, uint64_t size, uint64_t address)
{
	if (address < base || address - base >= size || size > UINT64_MAX - base)
		return 0;
	return base + size - address;
}

static uint64_t entries_reach(const void *tree, uint64_t address)
{
	uint64_t base, size, found = 0;

	for (int i = 0; !found && !fdt_get_mem_rsv(tree, i, &base, &size) && size; i++)
		found = reach(base, size, address);
	return found;
}

static uint64_t node_reach(const void *tree, int node, unsigned int address_cells,
			   unsigned int size_cells, uint64_t address)
{
	int length, tuple = 4 * (int)(address_cells + size_cells);
	const char *status = fdt_getprop(tree, node, "status", &length);
	const uint8_t *reg;

	if (status && (length < 1 || status[length - 1] ||
		       (strcmp(status, "ok") != 0 && strcmp(status, "okay") != 0)))
		return 0;
	reg = fdt_getprop(tree, node, "reg", &length);
	if (!reg || length < tuple || length % tuple || !fdt_getprop(tree, node, "no-map", NULL))
		return 0;
	return reach(number_at(reg, address_cells),
		     number_at(reg + 4 * (size_t)address_cells, size_cells), address);
}

static uint64_t nodes_reach(const void *tree, uint64_t address)
{
	unsigned int address_cells = cells_of(tree, 0, "#address-cells");
	unsigned int size_cells = cells_of(tree, 0, "#size-cells");
	int reserved = fdt_path_offset(tree, "/reserved-memory"), node;
	uint64_t found = 0;

	if (reserved < 0 || cells_of(tree, reserved, "#address-cells") != address_cells ||
	    cells_of(tree, reserved, "#size-cells") != size_cells ||
	    !fdt_getprop(tree, reserved, "ranges", NULL) || address_cells - 1 > 1 ||
	    size_cells - 1 > 1)
		return 0;
	fdt_for_each_subnode(node, tree, reserved)
	{
		found = node_reach(tree, node, address_cells, size_cells, address);
		if (found)
			break;
	}
	return found;
}

static void must_be_kept(const void *tree, const struct purgatory_poison *poison, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (uint64_t at = poison[i].start, more; at < poison[i].end; at += more) {
			more = entries_reach(tree, at);
			if (!more)
				more = nodes_reach(tree, at);
			if (!more)
				abort();
		}
	}
}

/* Sorted and disjoint, as the table's own check makes sure. */
static size_t poison_take(const uint8_t *data, size_t count, struct purgatory_poison *poison)
{
	uint64_t at = BASE;

	for (size_t i = 0; i < count; i++, data += 3) {
		poison[i].start = at + (((uint64_t)data[0] << 8 | data[1]) << 12);
		poison[i].end = at = poison[i].start + (UINT64_C(1) + data[2] % 4) * FRAME;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct purgatory_poison poison[RANGES_MAX];
	struct purgatory_parameters parameters;
	struct purgatory_fault fault = {0};
	size_t count, memory_size;
	uint8_t *memory;
	void *tree;

	if (size < 1 || size - 1 < 3 * (count = data[0] % (RANGES_MAX + 1)))
		return 0;
	poison_take(data + 1, count, poison);
	data += 1 + 3 * count;
	size -= 1 + 3 * count;
	/* A header's worth is always loaded: segments are whole pages. */
	memory_size = size < FRAME ? FRAME : (size + 7) & ~(size_t)7;
	memory = aligned_alloc(8, memory_size);
	if (!memory)
		return 0;
	memset(memory, 0, memory_size);
	tree = memory + memory_size - ((size < 40 ? 40 : size + 7) & ~(size_t)7);
	memcpy(tree, data, size);
	purgatory_parameters_start(&parameters);
	parameters.handover = (uintptr_t)tree;
	purgatory_segment_add(&parameters, "dtb", (uintptr_t)memory, NULL, memory_size, memory_size,
			      false);
	purgatory_poison_set(&parameters, (uintptr_t)poison, poison, count);
	if (purgatory_fdt_check(&parameters, &fault)) {
		if (!fdt_check_full(tree, fdt_totalsize(tree)))
			must_be_kept(tree, poison, count);
	} else if (!fault.what || fault.start >= fault.end) {
		abort();
	}
	free(memory);
	return 0;
}
