/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways about a flattened device tree: its cells, and what in it is ours. Hostile until read. */
#include <string.h>

#include "hwpoison/fdt.h"

/* Of older versions the header does not say how long the structure is, and libfdt 1.6.1 was seen
 * to read past the end of one. dtc and U-Boot have written 17 since 2005. */
#define VERSION_MIN 17

int hwpoison_tree_fail(const struct hwpoison_tree *tree, int node, int error,
		       struct hwpoison_problem *problem)
{
	int length;
	const char *name = fdt_get_name(tree->fdt, node, &length);

	if (!name || !length) {
		name = "/";
		length = 1;
	}
	hwpoison_problem_set(problem, name, (size_t)length);
	return error;
}

static int tree_refuse(int fdt_error, struct hwpoison_problem *problem)
{
	hwpoison_problem_set(problem, "device tree", strlen("device tree"));
	if (problem)
		problem->fdt_error = fdt_error;
	return HWPOISON_EFDT;
}

int hwpoison_tree_node_end(const void *fdt, int node)
{
	int depth = 0, next = node;

	do {
		switch (fdt_next_tag(fdt, next, &next)) {
		case FDT_BEGIN_NODE:
			depth++;
			break;
		case FDT_END_NODE:
			depth--;
			break;
		case FDT_END:
			return next < 0 ? next : -FDT_ERR_BADSTRUCTURE;
		}
	} while (depth > 0);
	return next;
}

/* What fdt_check_full() of libfdt 1.6.1 lets pass: trees of no root, or of several, and properties
 * of a negative length. */
static int structure_check(const void *fdt)
{
	int depth = 0, offset = 0, next, length;
	bool rooted = false;

	for (;; offset = next) {
		uint32_t tag = fdt_next_tag(fdt, offset, &next);

		if (next <= offset || (!rooted && tag != FDT_BEGIN_NODE))
			return -FDT_ERR_BADSTRUCTURE;
		switch (tag) {
		case FDT_BEGIN_NODE:
			if (rooted && !depth)
				return -FDT_ERR_BADSTRUCTURE;
			rooted = true;
			depth++;
			break;
		case FDT_END_NODE:
			if (!depth--)
				return -FDT_ERR_BADSTRUCTURE;
			break;
		case FDT_PROP:
			if (!depth || !fdt_get_property_by_offset(fdt, offset, &length) ||
			    length < 0)
				return -FDT_ERR_BADSTRUCTURE;
			break;
		case FDT_END:
			return depth ? -FDT_ERR_BADSTRUCTURE : 0;
		}
	}
}

static int tree_check(const void *fdt, size_t size)
{
	int error;

	if (size < sizeof(struct fdt_header))
		return -FDT_ERR_TRUNCATED;
	if (fdt_magic(fdt) == FDT_MAGIC && fdt_version(fdt) < VERSION_MIN)
		return -FDT_ERR_BADVERSION;
	error = fdt_check_header(fdt);
	if (!error && fdt_totalsize(fdt) > size)
		error = -FDT_ERR_TRUNCATED;
	if (!error)
		error = structure_check(fdt);
	return error ? error : fdt_check_full(fdt, size);
}

/* A property that is absent leaves *cells as it is. */
static int cells_get(const struct hwpoison_tree *tree, int node, const char *name,
		     unsigned int *cells)
{
	int length;
	const fdt32_t *value = fdt_getprop(tree->fdt, node, name, &length);

	if (!value)
		return 0;
	if (length != sizeof(*value) || fdt32_ld(value) > FDT_MAX_NCELLS)
		return HWPOISON_EPARSE;
	*cells = fdt32_ld(value);
	return 0;
}

/* Rising, so that a hostile tree of many entries does not take for ever to look them up in. */
static int entries_check(const struct hwpoison_tree *tree)
{
	int length;
	const fdt64_t *noted = fdt_getprop(tree->fdt, tree->chosen, TREE_ENTRIES, &length);

	if (!noted)
		return 0;
	if ((size_t)length % (2 * sizeof(*noted)))
		return HWPOISON_EPARSE;
	for (size_t i = 2; i < (size_t)length / sizeof(*noted); i += 2) {
		if (fdt64_ld(noted + i) <= fdt64_ld(noted + i - 2))
			return HWPOISON_EPARSE;
	}
	return 0;
}

int hwpoison_tree_open(const void *fdt, size_t size, struct hwpoison_tree *tree,
		       struct hwpoison_problem *problem)
{
	struct hwpoison_tree opened = {.fdt = fdt, .address_cells = 1, .size_cells = 1};
	int error = tree_check(fdt, size);

	if (error)
		return tree_refuse(error, problem);
	/* Without the properties Linux takes 1 and 1, not the 2 and 1 of the Devicetree
	 * Specification, 2.3.5: early_init_dt_scan_root() in drivers/of/fdt.c. */
	error = cells_get(&opened, 0, "#address-cells", &opened.address_cells);
	if (!error)
		error = cells_get(&opened, 0, "#size-cells", &opened.size_cells);
	if (error)
		return hwpoison_tree_fail(&opened, 0, error, problem);
	opened.reserved_memory = fdt_path_offset(fdt, "/reserved-memory");
	opened.chosen = fdt_path_offset(fdt, "/chosen");
	error = entries_check(&opened);
	if (error)
		return hwpoison_tree_fail(&opened, opened.chosen, error, problem);
	*tree = opened;
	return 0;
}

bool hwpoison_tree_node_is_ours(const struct hwpoison_tree *tree, int node)
{
	size_t length = strlen(TREE_NODE);
	const char *name = fdt_get_name(tree->fdt, node, NULL);

	if (name && !strncmp(name, TREE_NODE, length) &&
	    (name[length] == '@' || name[length] == '\0'))
		return true;
	return fdt_node_check_compatible(tree->fdt, node, TREE_NODE) == 0;
}

/* The cells by which reg is read: those of the parent, as the Devicetree Specification has it
 * (2.3.6). Where they differ from the root's, Linux ignores the node, but we do not forget it. */
static int reg_cells(const struct hwpoison_tree *tree, unsigned int *address_cells,
		     unsigned int *size_cells)
{
	int error;

	*address_cells = tree->address_cells;
	*size_cells = tree->size_cells;
	error = cells_get(tree, tree->reserved_memory, "#address-cells", address_cells);
	if (!error)
		error = cells_get(tree, tree->reserved_memory, "#size-cells", size_cells);
	if (!error &&
	    (*address_cells < 1 || *address_cells > 2 || *size_cells < 1 || *size_cells > 2))
		error = HWPOISON_EPARSE;
	return error;
}

int hwpoison_tree_reg_count(const struct hwpoison_tree *tree, int node, size_t *count)
{
	unsigned int address_cells, size_cells, tuple;
	int length, error;

	if (!fdt_getprop(tree->fdt, node, "reg", &length)) {
		*count = 0;
		return 0;
	}
	error = reg_cells(tree, &address_cells, &size_cells);
	if (error)
		return error;
	tuple = (address_cells + size_cells) * (unsigned int)sizeof(fdt32_t);
	if (!length || (unsigned int)length % tuple)
		return HWPOISON_EPARSE;
	*count = (unsigned int)length / tuple;
	return 0;
}

static uint64_t cells_read(const fdt32_t *cells, unsigned int count)
{
	return count == 2 ? (uint64_t)fdt32_ld(cells) << 32 | fdt32_ld(cells + 1) : fdt32_ld(cells);
}

void hwpoison_tree_reg_get(const struct hwpoison_tree *tree, int node, size_t index, uint64_t *base,
			   uint64_t *size)
{
	const fdt32_t *reg = fdt_getprop(tree->fdt, node, "reg", NULL);
	unsigned int address_cells, size_cells;

	reg_cells(tree, &address_cells, &size_cells);
	reg += index * (address_cells + size_cells);
	*base = cells_read(reg, address_cells);
	*size = cells_read(reg + address_cells, size_cells);
}

bool hwpoison_tree_entry_is_ours(const struct hwpoison_tree *tree, int index)
{
	int length;
	const fdt64_t *noted = fdt_getprop(tree->fdt, tree->chosen, TREE_ENTRIES, &length);
	uint64_t base, size;
	size_t low = 0, high;

	if (!noted || fdt_get_mem_rsv(tree->fdt, index, &base, &size))
		return false;
	for (high = (size_t)length / (2 * sizeof(*noted)); low < high;) {
		size_t middle = low + (high - low) / 2;

		if (fdt64_ld(noted + 2 * middle) < base)
			low = middle + 1;
		else
			high = middle;
	}
	return low < (size_t)length / (2 * sizeof(*noted)) && fdt64_ld(noted + 2 * low) == base &&
	       fdt64_ld(noted + 2 * low + 1) == size;
}

static int range_add(struct hwpoison_map *ranges, uint64_t base, uint64_t size,
		     struct hwpoison_problem *problem)
{
	int error = HWPOISON_ERANGE;

	if (base < HWPOISON_ADDRESS_LIMIT && size <= HWPOISON_ADDRESS_LIMIT - base)
		error = hwpoison_map_add(ranges, base, base + size, HWPOISON_UNUSABLE);
	if (error == HWPOISON_ERANGE && problem) {
		problem->start = base;
		problem->end = size <= UINT64_MAX - base ? base + size : UINT64_MAX;
	}
	return error;
}

static int node_ranges(const struct hwpoison_tree *tree, int node, struct hwpoison_map *ranges,
		       struct hwpoison_problem *problem)
{
	uint64_t base, size;
	size_t count;
	int error = hwpoison_tree_reg_count(tree, node, &count);

	/* Without reg it says that there is something bad, but not where. */
	if (!error && !count)
		error = HWPOISON_EPARSE;
	hwpoison_tree_fail(tree, node, error, problem);
	for (size_t i = 0; !error && i < count; i++) {
		hwpoison_tree_reg_get(tree, node, i, &base, &size);
		error = range_add(ranges, base, size, problem);
	}
	return error;
}

int hwpoison_tree_efi_ranges(const struct hwpoison_tree *tree, struct hwpoison_map *ranges,
			     struct hwpoison_problem *problem)
{
	int length, error = 0;
	const fdt64_t *noted = fdt_getprop(tree->fdt, tree->chosen, TREE_EFI_RANGES, &length);

	if (!noted)
		return 0;
	hwpoison_problem_set(problem, TREE_EFI_RANGES, strlen(TREE_EFI_RANGES));
	if ((size_t)length % (2 * sizeof(*noted)))
		return HWPOISON_EPARSE;
	for (size_t i = 0; i < (size_t)length / sizeof(*noted) && !error; i += 2)
		error = range_add(ranges, fdt64_ld(noted + i), fdt64_ld(noted + i + 1), problem);
	return error;
}

static bool property_number(const struct hwpoison_tree *tree, const char *name, uint64_t *number)
{
	int length;
	const void *value = fdt_getprop(tree->fdt, tree->chosen, name, &length);

	if (!value || (length != 4 && length != 8))
		return false;
	*number = length == 4 ? fdt32_ld(value) : fdt64_ld(value);
	return true;
}

int hwpoison_tree_efi_map(const struct hwpoison_tree *tree, const struct hwpoison_efi_map *other,
			  struct hwpoison_efi_map *map, struct hwpoison_problem *problem)
{
	uint64_t start, size, descriptor_size;
	int length;

	*map = (struct hwpoison_efi_map){0};
	hwpoison_problem_set(problem, TREE_MMAP_START, strlen(TREE_MMAP_START));
	if (!property_number(tree, TREE_MMAP_START, &start) ||
	    !property_number(tree, TREE_MMAP_SIZE, &size) ||
	    !property_number(tree, TREE_MMAP_DESCRIPTOR_SIZE, &descriptor_size))
		return 0;
	map->bytes = fdt_getprop(tree->fdt, tree->chosen, TREE_EFI_MAP, &length);
	if (map->bytes) {
		map->size = (size_t)length;
		map->descriptor_size = (uint32_t)hwpoison_min(descriptor_size, UINT32_MAX);
	} else if (other && other->bytes) {
		*map = *other;
		if (map->size != size || map->descriptor_size != descriptor_size)
			return HWPOISON_EPARSE;
	}
	return map->bytes ? hwpoison_efi_map_check(map, problem) : 0;
}

int hwpoison_tree_ranges(const struct hwpoison_tree *tree, struct hwpoison_map *ranges,
			 struct hwpoison_problem *problem)
{
	uint64_t base, size;
	int node, error = 0;

	for (node = fdt_first_subnode(tree->fdt, tree->reserved_memory); node >= 0 && !error;
	     node = fdt_next_subnode(tree->fdt, node)) {
		if (hwpoison_tree_node_is_ours(tree, node))
			error = node_ranges(tree, node, ranges, problem);
	}
	for (int i = 0; !error && !fdt_get_mem_rsv(tree->fdt, i, &base, &size) && size; i++) {
		if (!hwpoison_tree_entry_is_ours(tree, i))
			continue;
		hwpoison_tree_fail(tree, tree->chosen, 0, problem);
		error = range_add(ranges, base, size, problem);
	}
	return error ? error : hwpoison_tree_efi_ranges(tree, ranges, problem);
}
