/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks two trees in step; where they differ, the second must be at something that may be new. */
#include "tests/dtbs/same.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

struct walk {
	const void *tree;
	int chosen, reserved; /* its nodes, or negative */
	int offset, next;
	uint32_t tag;
};

static struct walk walk_begin(const void *tree)
{
	return (struct walk){
		.tree = tree,
		.chosen = fdt_path_offset(tree, "/chosen"),
		.reserved = fdt_path_offset(tree, "/reserved-memory"),
	};
}

static void walk_step(struct walk *walk)
{
	do {
		walk->offset = walk->next;
		walk->tag = fdt_next_tag(walk->tree, walk->offset, &walk->next);
	} while (walk->tag == FDT_NOP);
}

/* Where both are. */
struct place {
	int depth; /* nodes that are open */
	bool in_chosen, in_reserved;
};

static const char *node_name(const struct walk *walk)
{
	return fdt_get_name(walk->tree, walk->offset, NULL);
}

static const char *property_name(const struct walk *walk, const void **value, int *length)
{
	const char *name = NULL;

	*value = fdt_getprop_by_offset(walk->tree, walk->offset, &name, length);
	return name;
}

static bool item_equal(const struct walk *a, const struct walk *b)
{
	const void *x, *y;
	int x_length, y_length;

	if (a->tag != b->tag)
		return false;
	if (a->tag == FDT_BEGIN_NODE)
		return !strcmp(node_name(a), node_name(b));
	if (a->tag != FDT_PROP)
		return true;
	return !strcmp(property_name(a, &x, &x_length), property_name(b, &y, &y_length)) &&
	       x_length == y_length && !memcmp(x, y, (size_t)x_length);
}

static void place_follow(struct place *place, const struct walk *walk)
{
	if (walk->tag == FDT_BEGIN_NODE) {
		if (++place->depth == 2) {
			place->in_chosen = walk->offset == walk->chosen;
			place->in_reserved = walk->offset == walk->reserved;
		}
	} else if (walk->tag == FDT_END_NODE) {
		if (--place->depth < 2)
			place->in_chosen = place->in_reserved = false;
	}
}

static void node_skip(struct walk *walk)
{
	int depth = 0;

	do {
		depth += (walk->tag == FDT_BEGIN_NODE) - (walk->tag == FDT_END_NODE);
		walk_step(walk);
	} while (depth);
}

static bool note_node(struct added *added, int node)
{
	if (added->node_count == ADDED_NODES_MAX)
		return false;
	added->nodes[added->node_count++] = node;
	return true;
}

/* A /reserved-memory where none was: cells, ranges and the mark, then nodes. */
static bool made_reserved(const struct walk *base, const struct walk *next, struct added *added)
{
	static const char *const names[] = {"#address-cells", "#size-cells", "ranges",
					    "hwpoison,created"};
	int property, node, length;
	size_t seen = 0;

	if (base->reserved >= 0 || added->made_reserved_memory)
		return false;
	added->made_reserved_memory = true;
	fdt_for_each_property_offset(property, next->tree, next->offset)
	{
		const char *name;

		fdt_getprop_by_offset(next->tree, property, &name, &length);
		if (seen == 4 || strcmp(name, names[seen]) || (seen >= 2 && length))
			return false;
		seen++;
	}
	fdt_for_each_subnode(node, next->tree, next->offset)
	{
		if (!note_node(added, node))
			return false;
	}
	return seen == 4;
}

/* A /chosen where none was: nothing but the record. */
static bool made_chosen(const struct walk *base, const struct walk *next, struct added *added)
{
	int property;

	if (base->chosen >= 0 || added->made_chosen)
		return false;
	added->made_chosen = true;
	fdt_for_each_property_offset(property, next->tree, next->offset)
	{
		const char *name;

		fdt_getprop_by_offset(next->tree, property, &name, NULL);
		if (strncmp(name, "hwpoison,", 9))
			return false;
	}
	return fdt_first_subnode(next->tree, next->offset) < 0;
}

/* Goes past what is in next alone. false when it may not be. */
static bool new_item(const struct place *place, const struct walk *base, struct walk *next,
		     struct added *added)
{
	const void *value;
	int length;

	if (next->tag == FDT_PROP && place->depth == 2 && place->in_chosen &&
	    base->tag != FDT_PROP &&
	    !strncmp(property_name(next, &value, &length), "hwpoison,", 9)) {
		walk_step(next);
		return true;
	}
	if (next->tag != FDT_BEGIN_NODE || base->tag != FDT_END_NODE)
		return false;
	if (place->depth == 2 && place->in_reserved) {
		if (!note_node(added, next->offset))
			return false;
	} else if (place->depth == 1 && !strcmp(node_name(next), "reserved-memory")) {
		if (!made_reserved(base, next, added))
			return false;
	} else if (place->depth == 1 && !strcmp(node_name(next), "chosen")) {
		if (!made_chosen(base, next, added))
			return false;
	} else {
		return false;
	}
	node_skip(next);
	return true;
}

static bool different(const struct walk *base, const struct walk *next, struct added *added)
{
	const struct walk *walks[] = {base, next};
	char names[2][64];

	for (int i = 0; i < 2; i++) {
		const void *value;
		int length;

		if (walks[i]->tag == FDT_BEGIN_NODE)
			snprintf(names[i], sizeof(names[i]), "node %.50s", node_name(walks[i]));
		else if (walks[i]->tag == FDT_PROP)
			snprintf(names[i], sizeof(names[i]), "property %.50s",
				 property_name(walks[i], &value, &length));
		else
			snprintf(names[i], sizeof(names[i]), "end (tag %u)", walks[i]->tag);
	}
	snprintf(added->why, sizeof(added->why), "%s where %s was, at %d and %d", names[1],
		 names[0], next->offset, base->offset);
	return false;
}

static bool entries_follow(const void *base, const void *next, struct added *added)
{
	uint64_t a[2], b[2];
	int i = 0, count = fdt_num_mem_rsv(base), all = fdt_num_mem_rsv(next);

	for (; i < count && i < all; i++) {
		fdt_get_mem_rsv(base, i, &a[0], &a[1]);
		fdt_get_mem_rsv(next, i, &b[0], &b[1]);
		if (memcmp(a, b, sizeof(a)))
			break;
	}
	if (i < count || count < 0 || all < 0) {
		snprintf(added->why, sizeof(added->why), "entry %d of the reserve block differs",
			 i);
		return false;
	}
	added->entries = (size_t)(all - count);
	return true;
}

bool tree_has_all_of(const void *base, const void *next, struct added *added)
{
	struct walk a = walk_begin(base), b = walk_begin(next);
	struct place place = {0};

	*added = (struct added){0};
	if (fdt_boot_cpuid_phys(base) != fdt_boot_cpuid_phys(next)) {
		snprintf(added->why, sizeof(added->why), "the boot processor differs");
		return false;
	}
	if (!entries_follow(base, next, added))
		return false;
	walk_step(&a);
	walk_step(&b);
	for (;;) {
		if (item_equal(&a, &b)) {
			if (a.tag == FDT_END)
				return true;
			place_follow(&place, &a);
			walk_step(&a);
			walk_step(&b);
		} else if (!new_item(&place, &a, &b, added)) {
			return different(&a, &b, added);
		}
	}
}
