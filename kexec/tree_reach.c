/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Up to where a device tree lets devices and drivers have memory that they cannot do without. */
#include <libfdt.h>
#include <string.h>

#include "kexec/tree.h"

#define NO_LIMIT UINT64_MAX

/* Of a number of cells the last two: what stands before says what space of a PCI bus it is of. */
static uint64_t cells_read(const fdt32_t *at, int cells)
{
	uint64_t number = 0;

	for (int i = cells > 2 ? cells - 2 : 0; i < cells; i++)
		number = number << 32 | fdt32_ld(&at[i]);
	return number;
}

struct dma_range {
	uint64_t child, parent, size;
};

/* The one with this number of what dma-ranges of a bus says; false behind the last one. */
static bool range_at(const void *fdt, int bus, int number, struct dma_range *range)
{
	int above = fdt_parent_offset(fdt, bus), length = 0, step;
	int child = fdt_address_cells(fdt, bus), size = fdt_size_cells(fdt, bus);
	int parent = above < 0 ? -1 : fdt_address_cells(fdt, above);
	const fdt32_t *at = fdt_getprop(fdt, bus, "dma-ranges", &length);

	if (!at || child < 1 || parent < 1 || size < 1)
		return false;
	step = child + parent + size;
	if (length / 4 / step <= number)
		return false;
	at += number * step;
	*range = (struct dma_range){cells_read(at, child), cells_read(at + child, parent),
				    cells_read(at + child + parent, size)};
	return true;
}

/* An address on a bus as the processors have it. false where its devices do not reach memory. */
static bool translate(const void *fdt, int bus, uint64_t *address)
{
	for (; bus > 0; bus = fdt_parent_offset(fdt, bus)) {
		struct dma_range range;
		int count = 0;
		bool found = false;

		for (; !found && range_at(fdt, bus, count, &range); count++)
			found = *address >= range.child && *address - range.child < range.size;
		if (!found && count)
			return false;
		if (found)
			*address = *address - range.child + range.parent;
	}
	return true;
}

static bool is_available(const void *fdt, int node)
{
	for (; node > 0; node = fdt_parent_offset(fdt, node)) {
		const char *status = fdt_getprop(fdt, node, "status", NULL);

		if (status && strcmp(status, "okay") != 0 && strcmp(status, "ok") != 0)
			return false;
	}
	return true;
}

/* Where the memory ends that devices on a bus reach; 0 when it does not say. */
static uint64_t bus_end(const void *fdt, int bus)
{
	int above = fdt_parent_offset(fdt, bus);
	struct dma_range range;
	uint64_t end = 0;

	for (int i = 0; range_at(fdt, bus, i, &range); i++) {
		if (translate(fdt, above, &range.parent) && range.size <= NO_LIMIT - range.parent &&
		    range.parent + range.size > end)
			end = range.parent + range.size;
	}
	return end;
}

/* Where a node without a place may have one, at the highest; 0 when it does not say. */
static uint64_t place_end(const void *fdt, int node)
{
	int address = fdt_address_cells(fdt, 0), size = fdt_size_cells(fdt, 0), length = 0;
	const fdt32_t *at = fdt_getprop(fdt, node, "alloc-ranges", &length);
	uint64_t end = 0;

	if (!at || address < 1 || size < 1 || !fdt_getprop(fdt, node, "size", NULL) ||
	    fdt_getprop(fdt, node, "reg", NULL))
		return 0;
	for (int left = length / 4; left >= address + size;
	     left -= address + size, at += address + size) {
		uint64_t start = cells_read(at, address), bytes = cells_read(at + address, size);

		if (bytes <= NO_LIMIT - start && start + bytes > end)
			end = start + bytes;
	}
	return end;
}

uint64_t tree_low_end(const void *fdt, size_t size)
{
	uint64_t limit = NO_LIMIT;
	int reserved;

	if (!tree_is_good(fdt, size))
		return limit;
	reserved = fdt_path_offset(fdt, "/reserved-memory");
	for (int node = fdt_next_node(fdt, 0, NULL); node >= 0;
	     node = fdt_next_node(fdt, node, NULL)) {
		uint64_t end = 0;

		if (fdt_getprop(fdt, node, "dma-ranges", NULL))
			end = bus_end(fdt, node);
		else if (reserved > 0 && fdt_getprop(fdt, node, "alloc-ranges", NULL) &&
			 fdt_parent_offset(fdt, node) == reserved)
			end = place_end(fdt, node);
		if (end && end < limit && is_available(fdt, node))
			limit = end;
	}
	return limit;
}
