/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the device tree that an arm64 kernel is handed still keeps every poisoned frame out, by
 * the rules that Linux reads it by: entries of the memory reserve block
 * (early_init_fdt_scan_reserved_mem() in drivers/of/fdt.c), and nodes with no-map below
 * /reserved-memory (fdt_scan_reserved_mem_reg_nodes() in drivers/of/of_reserved_mem.c), of which
 * Linux 7.2 takes the first (base, size) alone; or the EFI memory map that /chosen points at. The
 * format: Devicetree Specification 0.4, chapter 5.
 */
#include <string.h>

#include "purgatory/arch/arm64/efi_map.h"
#include "purgatory/check.h"

/* Linux maps no more of it (MAX_FDT_SIZE in arch/arm64/include/asm/boot.h). */
#define TREE_SIZE_MAX (UINT32_C(2) << 20)
#define MAGIC UINT32_C(0xd00dfeed)
#define VERSION 17
#define ENTRY_SIZE 16

/* The header, in words of 32 bits. */
enum {
	HEADER_MAGIC,
	HEADER_SIZE,
	HEADER_STRUCTURE,
	HEADER_STRINGS,
	HEADER_RESERVE,
	HEADER_VERSION,
	HEADER_LAST_COMPATIBLE,
	HEADER_BOOT_CPU,
	HEADER_STRINGS_SIZE,
	HEADER_STRUCTURE_SIZE,
	HEADER_WORDS
};

enum tag { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4, END = 9 };

/* A tree whose blocks lie within it; its structure block ends with END, its strings with a 0. */
struct tree {
	const uint8_t *bytes;
	uint32_t size, reserve, structure, structure_end, strings, strings_size;
	uint32_t entries;  /* of the memory reserve block */
	uint32_t children; /* of /reserved-memory: where they start; 0: none that count */
	uint32_t address_cells, size_cells;
	uint32_t entry, child; /* where the last frame was found: the next is likely to follow */
	struct purgatory_efi_map efi_map;
};

struct item {
	enum tag tag;
	const uint8_t *name;
	const uint8_t *value;
	uint32_t size;
};

/* Everything in a tree is big-endian and aligned to 32 bits. */
static uint32_t word_at(const struct tree *tree, uint32_t at)
{
	uint32_t word;

	memcpy(&word, __builtin_assume_aligned(tree->bytes + at, 4), sizeof(word));
	return __builtin_bswap32(word);
}

static uint64_t number_at(const uint8_t *bytes, uint32_t cells)
{
	uint64_t number = 0;

	for (uint32_t i = 0; i < 4 * cells; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* The next item of the structure block but NOP. false where it is damaged. */
static bool item_next(const struct tree *tree, uint32_t *at, struct item *item)
{
	uint32_t left;

	do {
		if (*at > tree->structure_end - 4)
			return false;
		item->tag = (enum tag)word_at(tree, *at);
		*at += 4;
	} while (item->tag == NOP);
	left = tree->structure_end - *at;
	item->name = item->value = tree->bytes + *at;
	if (item->tag == BEGIN_NODE) {
		for (item->size = 0; item->size < left; item->size++)
			if (item->name[item->size] == '\0')
				break;
		if (item->size == left)
			return false;
		item->size++;
	} else if (item->tag == PROPERTY) {
		if (left < 8 || word_at(tree, *at + 4) >= tree->strings_size)
			return false;
		item->size = word_at(tree, *at);
		item->name = tree->bytes + tree->strings + word_at(tree, *at + 4);
		item->value += 8;
		*at += 8;
		left -= 8;
	} else {
		item->size = 0;
		return item->tag == END_NODE || item->tag == END;
	}
	if (item->size > left || left - item->size < (-item->size & 3))
		return false;
	*at += (item->size + 3) & ~UINT32_C(3);
	return true;
}

static bool name_is(const uint8_t *name, const char *wanted)
{
	while (*wanted != '\0' && *name == (uint8_t)*wanted) {
		name++;
		wanted++;
	}
	return *wanted == '\0' && *name == '\0';
}

static bool node_is_reserved_memory(const struct item *item)
{
	static const char wanted[] = "reserved-memory";

	return item->size >= sizeof(wanted) &&
	       memcmp(item->name, wanted, sizeof(wanted) - 1) == 0 &&
	       (item->name[sizeof(wanted) - 1] == '\0' || item->name[sizeof(wanted) - 1] == '@');
}

static bool header_read(const struct purgatory_parameters *parameters, struct tree *tree)
{
	uint32_t header[HEADER_WORDS];

	tree->bytes = (const uint8_t *)(uintptr_t)parameters->handover;
	if (parameters->handover % 8 != 0)
		return false;
	for (unsigned int i = 0; i < HEADER_WORDS; i++)
		header[i] = word_at(tree, 4 * i);
	tree->size = header[HEADER_SIZE];
	tree->reserve = header[HEADER_RESERVE];
	tree->structure = header[HEADER_STRUCTURE];
	tree->strings = header[HEADER_STRINGS];
	tree->strings_size = header[HEADER_STRINGS_SIZE];
	if (header[HEADER_MAGIC] != MAGIC || header[HEADER_VERSION] < VERSION ||
	    header[HEADER_LAST_COMPATIBLE] > VERSION || tree->size > TREE_SIZE_MAX ||
	    !purgatory_range_loaded(parameters, parameters->handover, tree->size))
		return false;
	if (tree->structure % 4 != 0 || tree->structure > tree->size ||
	    header[HEADER_STRUCTURE_SIZE] < 4 || header[HEADER_STRUCTURE_SIZE] % 4 != 0 ||
	    header[HEADER_STRUCTURE_SIZE] > tree->size - tree->structure ||
	    tree->strings > tree->size || tree->strings_size > tree->size - tree->strings)
		return false;
	tree->structure_end = tree->structure + header[HEADER_STRUCTURE_SIZE];
	return tree->strings_size == 0 ||
	       tree->bytes[tree->strings + tree->strings_size - 1] == '\0';
}

/* Linux stops at the first entry of no size. */
static bool entries_count(struct tree *tree)
{
	if (tree->reserve % 8 != 0)
		return false;
	for (uint32_t at = tree->reserve; at <= tree->size && tree->size - at >= ENTRY_SIZE;
	     at += ENTRY_SIZE) {
		if (number_at(tree->bytes + at + 8, 2) == 0)
			return true;
		tree->entries++;
	}
	return false;
}

/* What the walk has seen of the root and of /reserved-memory; Linux wants their cells to be equal
 * and ranges to be there (__reserved_mem_check_root()). As everywhere, properties come before
 * children, and the first of a name counts: fdt_getprop() of libfdt, which Linux asks, sees no
 * other. */
struct cells {
	uint32_t address, size;
	bool has_address, has_size;
};

static void cells_read(struct cells *cells, const struct item *item)
{
	uint32_t number = item->size == 4 ? (uint32_t)number_at(item->value, 1) : 0;

	if (name_is(item->name, "#address-cells") && !cells->has_address) {
		cells->address = number;
		cells->has_address = true;
	} else if (name_is(item->name, "#size-cells") && !cells->has_size) {
		cells->size = number;
		cells->has_size = true;
	}
}

/* fdtparams.c in drivers/firmware/efi of Linux: numbers of one cell or two. */
static void efi_map_note(struct purgatory_efi_map *map, const struct item *item)
{
	uint64_t number;

	if (item->size != 4 && item->size != 8)
		return;
	number = number_at(item->value, item->size / 4);
	if (!map->start && name_is(item->name, "linux,uefi-mmap-start"))
		map->start = number;
	else if (!map->size && name_is(item->name, "linux,uefi-mmap-size"))
		map->size = number;
	else if (!map->step && name_is(item->name, "linux,uefi-mmap-desc-size"))
		map->step = number;
}

/* Goes through all of the structure, so that no later walk has to doubt it; notes the children of
 * the first /reserved-memory. */
static bool structure_read(struct tree *tree)
{
	struct cells root = {0}, reserved = {0};
	uint32_t depth = 0, at = tree->structure, children = 0;
	bool inside = false, seen = false, ranges = false, chosen = false, nodes = false;
	struct item item;

	do {
		uint32_t before = at;

		if (!item_next(tree, &at, &item))
			return false;
		if (item.tag == BEGIN_NODE) {
			nodes = nodes || depth == 1;
			if (depth++ == 1 && !seen)
				inside = seen = node_is_reserved_memory(&item);
			if (depth == 2)
				chosen = name_is(item.name, "chosen");
			else if (depth == 3 && inside && !children)
				children = before;
		} else if (item.tag == END_NODE) {
			if (depth-- == 0)
				return false;
			inside = inside && depth > 1;
		} else if (item.tag == PROPERTY) {
			if (depth == 0)
				return false;
			if (depth == 1 && !nodes)
				cells_read(&root, &item);
			else if (depth == 2 && chosen)
				efi_map_note(&tree->efi_map, &item);
			if (depth != 2 || !inside || children)
				continue;
			cells_read(&reserved, &item);
			ranges = ranges || name_is(item.name, "ranges");
		}
	} while (item.tag != END);
	if (ranges && root.address == reserved.address && root.size == reserved.size &&
	    root.address - 1 < 2 && root.size - 1 < 2)
		tree->children = children;
	tree->address_cells = root.address;
	tree->size_cells = root.size;
	tree->child = tree->children;
	return depth == 0;
}

struct kept {
	uint64_t start, size;
};

static bool kept_has(const struct kept *kept, uint64_t address)
{
	return address >= kept->start && address - kept->start < kept->size &&
	       kept->size <= UINT64_MAX - kept->start;
}

/* What the properties of a child of /reserved-memory say. */
struct child {
	struct item reg, status; /* value NULL: there is none */
	bool no_map;
};

static void child_property(struct child *child, const struct item *item)
{
	if (name_is(item->name, "no-map"))
		child->no_map = true;
	else if (name_is(item->name, "status") && !child->status.value)
		child->status = *item;
	else if (name_is(item->name, "reg") && !child->reg.value)
		child->reg = *item;
}

/* What it keeps out; nothing when Linux would not heed it (of_fdt_device_is_available() as for its
 * status). */
static struct kept child_kept(const struct tree *tree, const struct child *child)
{
	const struct item *reg = &child->reg, *status = &child->status;
	uint32_t tuple = 4 * (tree->address_cells + tree->size_cells);
	bool okay = !status->value ||
		    (status->size > 0 && status->value[status->size - 1] == '\0' &&
		     (name_is(status->value, "okay") || name_is(status->value, "ok")));

	if (!child->no_map || !okay || !reg->value || !reg->size || reg->size % tuple)
		return (struct kept){0};
	return (struct kept){
		number_at(reg->value, tree->address_cells),
		number_at(reg->value + 4 * tree->address_cells, tree->size_cells),
	};
}

/* One child of /reserved-memory; at is its BEGIN_NODE, and then what follows it. */
static struct kept child_read(const struct tree *tree, uint32_t *at)
{
	struct child child = {0};
	bool nodes = false;
	uint32_t depth = 0;
	struct item item;

	do {
		if (!item_next(tree, at, &item))
			return (struct kept){0};
		nodes = nodes || (item.tag == BEGIN_NODE && depth == 1);
		depth += item.tag == BEGIN_NODE;
		depth -= item.tag == END_NODE;
		if (item.tag == PROPERTY && depth == 1 && !nodes)
			child_property(&child, &item);
	} while (depth > 0);
	return child_kept(tree, &child);
}

static bool entry_find(struct tree *tree, uint64_t address, uint64_t *end)
{
	for (uint32_t i = 0; i < tree->entries; i++) {
		const uint8_t *entry = tree->bytes + tree->reserve + tree->entry * ENTRY_SIZE;
		struct kept kept = {number_at(entry, 2), number_at(entry + 8, 2)};

		*end = kept.start + kept.size;
		if (kept_has(&kept, address))
			return true;
		tree->entry = tree->entry + 1 == tree->entries ? 0 : tree->entry + 1;
	}
	return false;
}

/* The next child after this one, by way of the first after the last. */
static uint32_t child_after(const struct tree *tree, uint32_t next)
{
	uint32_t at = next;
	struct item item;

	return item_next(tree, &at, &item) && item.tag == BEGIN_NODE ? next : tree->children;
}

static bool child_find(struct tree *tree, uint64_t address, uint64_t *end)
{
	uint32_t first = tree->child;

	if (!tree->children)
		return false;
	do {
		uint32_t next = tree->child;
		struct kept kept = child_read(tree, &next);

		*end = kept.start + kept.size;
		if (kept_has(&kept, address))
			return true;
		tree->child = child_after(tree, next);
	} while (tree->child != first);
	return false;
}

bool purgatory_fdt_check(const struct purgatory_parameters *parameters,
			 struct purgatory_fault *fault)
{
	const struct purgatory_poison *table = (const struct purgatory_poison *)(uintptr_t)
						       parameters->poison_address;
	struct tree tree = {0};

	*fault = (struct purgatory_fault){
		.what = "the device tree is damaged",
		.start = parameters->handover,
		.end = parameters->handover + sizeof(uint32_t) * HEADER_WORDS,
	};
	if (!header_read(parameters, &tree) || !entries_count(&tree) || !structure_read(&tree))
		return false;
	if (!purgatory_efi_map_open(parameters, &tree.efi_map)) {
		fault->what = "the EFI memory map is damaged";
		fault->start = tree.efi_map.start;
		fault->end = tree.efi_map.start + tree.efi_map.size;
		return false;
	}
	for (uint64_t i = 0; i < parameters->poison_count; i++) {
		uint64_t at = table[i].start, end;

		for (; at < table[i].end; at = end) {
			if (entry_find(&tree, at, &end) || child_find(&tree, at, &end) ||
			    purgatory_efi_map_find(&tree.efi_map, at, &end))
				continue;
			*fault = (struct purgatory_fault){
				.what = "a poisoned frame is RAM in the device tree",
				.start = at,
				.end = table[i].end,
			};
			return false;
		}
	}
	return true;
}
