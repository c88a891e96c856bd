/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks that a tree which was told of frames is otherwise as it was found: both are walked tag by
 * tag, and must say the same but for what may change.
 */
#include <string.h>

#include <libfdt.h>

#include "kexec/arch/arm64/check.h"
#include "kexec/arch/arm64/check_nodes.h"
#include "kexec/machine.h"

/* Where a walk has got to. */
struct walk {
	const void *fdt;
	int next;  /* offset of the next tag */
	int depth; /* of the node we are in; the root's is 1 */
	int child; /* the node below the root that we are in, or negative */
};

struct item {
	uint32_t tag; /* FDT_BEGIN_NODE, FDT_PROP, FDT_END_NODE, FDT_END */
	const char *name;
	const void *value;
	int length;
};

/* What may differ, for a pair of trees. */
struct leave {
	bool chosen, reserved; /* the node is in one tree alone */
	bool efi;	       /* linux,uefi-… was carried into a tree of another's */
	bool efi_map;	       /* the EFI memory map was replaced */
	bool memory;	       /* memory nodes were made or filled in */
};

/* Of /chosen. Others see to what they say now. */
static const char *const chosen_changes[] = {
	"bootargs",
	"linux,initrd-start",
	"linux,initrd-end",
	"kaslr-seed",
	"rng-seed",
	"linux,elfcorehdr",
	"linux,usable-memory-range",
	"linux,kho-fdt",
	"linux,kho-scratch",
	"linux,ima-kexec-buffer",
	"hwpoison,frames",
	"hwpoison,reserve-entries",
	"hwpoison,efi-map",
	"hwpoison,efi-ranges",
	"hwpoison,created",
	NULL,
};

static bool is_named(const void *fdt, int node, const char *name)
{
	const char *found = node >= 0 ? fdt_get_name(fdt, node, NULL) : NULL;

	return found && strcmp(found, name) == 0;
}

static bool is_memory(const void *fdt, int node)
{
	int length;
	const char *type = fdt_getprop(fdt, node, "device_type", &length);

	return type && length == 7 && memcmp(type, "memory", 7) == 0;
}

static bool node_left(const struct walk *walk, const struct leave *leave, int node)
{
	if (walk->depth == 1) {
		return (leave->chosen && is_named(walk->fdt, node, "chosen")) ||
		       (leave->reserved && is_named(walk->fdt, node, "reserved-memory")) ||
		       (leave->memory && is_memory(walk->fdt, node));
	}
	return walk->depth == 2 && is_named(walk->fdt, walk->child, "reserved-memory") &&
	       reserved_node_is_ours(walk->fdt, node);
}

static bool property_left(const struct walk *walk, const struct leave *leave, const char *name)
{
	if (walk->depth != 2)
		return false;
	if (is_named(walk->fdt, walk->child, "reserved-memory"))
		return strcmp(name, "hwpoison,created") == 0;
	if (!is_named(walk->fdt, walk->child, "chosen"))
		return false;
	for (size_t i = 0; chosen_changes[i]; i++) {
		if (strcmp(name, chosen_changes[i]) == 0)
			return true;
	}
	if (leave->efi_map && (strcmp(name, "linux,uefi-mmap-start") == 0 ||
			       strcmp(name, "linux,uefi-mmap-size") == 0))
		return true;
	return leave->efi && strncmp(name, "linux,uefi-", 11) == 0;
}

static void node_skip(struct walk *walk)
{
	int depth = 1;

	while (depth && walk->next >= 0) {
		uint32_t tag = fdt_next_tag(walk->fdt, walk->next, &walk->next);

		if (tag == FDT_END)
			break;
		depth += tag == FDT_BEGIN_NODE;
		depth -= tag == FDT_END_NODE;
	}
}

/* The next thing that must be the same in both. */
static struct item item_next(struct walk *walk, const struct leave *leave)
{
	for (;;) {
		int at = walk->next;
		struct item item = {.tag = fdt_next_tag(walk->fdt, at, &walk->next)};

		switch (item.tag) {
		case FDT_BEGIN_NODE:
			if (node_left(walk, leave, at)) {
				node_skip(walk);
				continue;
			}
			if (walk->depth++ == 1)
				walk->child = at;
			item.name = fdt_get_name(walk->fdt, at, &item.length);
			return item;
		case FDT_END_NODE:
			if (--walk->depth == 1)
				walk->child = -1;
			return item;
		case FDT_PROP:
			item.value = fdt_getprop_by_offset(walk->fdt, at, &item.name, &item.length);
			if (item.value && property_left(walk, leave, item.name))
				continue;
			return item;
		case FDT_NOP:
			continue;
		default:
			return item;
		}
	}
}

static bool item_same(const struct item *a, const struct item *b)
{
	if (a->tag != b->tag || a->length != b->length)
		return false;
	if (a->tag == FDT_END || a->tag == FDT_END_NODE)
		return true;
	if (!a->name || !b->name || strcmp(a->name, b->name) != 0)
		return false;
	return a->tag == FDT_BEGIN_NODE ||
	       (a->value && b->value && memcmp(a->value, b->value, (size_t)a->length) == 0);
}

/* --- what may differ -------------------------------------------------------------------------- */

/* Whether a node of the root may be in the second tree and not in the first, or the reverse: then we
 * have made it, or what we made is not needed any more. */
static bool node_alone(const struct plan *plan, const char *path)
{
	int before = fdt_path_offset(plan->source_dtb, path);
	int after = fdt_path_offset(plan->next_dtb, path);

	if (before < 0)
		return true;
	return after < 0 && fdt_getprop(plan->source_dtb, before, "hwpoison,created", NULL);
}

/* Whether any memory node has memory. */
static bool has_memory(const void *fdt)
{
	int node;

	fdt_for_each_subnode(node, fdt, 0)
	{
		int length;
		const fdt32_t *cells = fdt_getprop(fdt, node, "reg", &length);
		const fdt32_t *usable;
		int usable_length;

		if (!is_memory(fdt, node))
			continue;
		usable = fdt_getprop(fdt, node, "linux,usable-memory", &usable_length);
		if (usable) {
			cells = usable;
			length = usable_length;
		}
		for (int i = 0; cells && i < length / 4; i++) {
			if (fdt32_ld(cells + i))
				return true;
		}
	}
	return false;
}

static struct leave leave_find(const struct plan *plan)
{
	bool stranger = plan->source_dtb != plan->machine->fdt && plan->image;

	return (struct leave){
		.chosen = node_alone(plan, "/chosen"),
		.reserved = node_alone(plan, "/reserved-memory"),
		.efi = stranger,
		.efi_map = segment_find(plan, "efi-map") || efi_ranges_count(plan->next_dtb),
		.memory = stranger && !has_memory(plan->source_dtb),
	};
}

int check_tree_rest(const struct plan *plan, char *reason, size_t size)
{
	struct walk before = {.fdt = plan->source_dtb, .child = -1};
	struct walk after = {.fdt = plan->next_dtb, .child = -1};
	struct item was, is;
	struct leave leave;

	if (!plan->next_dtb || !plan->source_dtb)
		return 0;
	leave = leave_find(plan);
	do {
		was = item_next(&before, &leave);
		is = item_next(&after, &leave);
		if (!item_same(&was, &is))
			return check_failed(reason, size, "%s in the tree became %s",
					    was.name ? was.name : "the end of a node",
					    is.name ? is.name : "the end of a node");
	} while (was.tag != FDT_END);
	if (fdt_boot_cpuid_phys(before.fdt) != fdt_boot_cpuid_phys(after.fdt))
		return check_failed(reason, size, "the boot processor changed");
	return 0;
}

/* --- the memory reserve block ----------------------------------------------------------------- */

static uint64_t property_number(const void *fdt, const char *name, int offset)
{
	int length;
	const uint8_t *value = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), name, &length);

	if (!value)
		return 0;
	if (length == 4 && !offset)
		return fdt32_ld((const fdt32_t *)value);
	return length >= offset + 8 ? fdt64_ld((const fdt64_t *)(value + offset)) : 0;
}

/* What an earlier kernel's initrd or measurements were reserved by. */
static bool entry_is_leftover(const void *fdt, uint64_t base, uint64_t length)
{
	uint64_t start = property_number(fdt, "linux,initrd-start", 0);
	uint64_t end = property_number(fdt, "linux,initrd-end", 0);

	if (end > start && base == start && length == end - start)
		return true;
	return property_number(fdt, "linux,ima-kexec-buffer", 0) == base &&
	       property_number(fdt, "linux,ima-kexec-buffer", 8) == length;
}

/* The next entry of somebody else; its base, or UINT64_MAX. */
static uint64_t entry_next(const void *fdt, int count, int *at, uint64_t *length)
{
	uint64_t base;

	while (*at < count) {
		int index = (*at)++;

		if (fdt_get_mem_rsv(fdt, index, &base, length) == 0 &&
		    !reserve_entry_is_ours(fdt, index))
			return base;
	}
	*length = 0;
	return UINT64_MAX;
}

int check_tree_entries(const struct plan *plan, char *reason, size_t size)
{
	const void *before = plan->source_dtb, *after = plan->next_dtb;
	int count_before, count_after, at = 0, at_after = 0;
	uint64_t was, is, was_length, is_length;

	if (!before || !after)
		return 0;
	count_before = fdt_num_mem_rsv(before);
	count_after = fdt_num_mem_rsv(after);
	is = entry_next(after, count_after, &at_after, &is_length);
	do {
		was = entry_next(before, count_before, &at, &was_length);
		if (was == is && was_length == is_length)
			is = entry_next(after, count_after, &at_after, &is_length);
		else if (was == UINT64_MAX || !plan->image ||
			 !entry_is_leftover(before, was, was_length))
			return check_failed(reason, size,
					    "the entry at 0x%llx for 0x%llx bytes is 0x%llx, 0x%llx",
					    (unsigned long long)was, (unsigned long long)was_length,
					    (unsigned long long)is, (unsigned long long)is_length);
	} while (was != UINT64_MAX);
	return 0;
}
