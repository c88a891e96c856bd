/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies a tree piece by piece, with what is ours left out and what is to be told put in. libfdt's
 * fdt_add_subnode() would put new nodes first, but nodes of a fixed place must follow the others:
 * Linux 6.1 forgets nodes that come after the 64th, and those of the machine's own drivers must
 * not be among them (MAX_RESERVED_REGIONS in drivers/of/of_reserved_mem.c).
 */
#include <string.h>

#include "hwpoison/fdt_writer.h"

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++) {
		if (!strcmp(name, *names))
			return true;
	}
	return false;
}

/* Whether a node that we made holds nothing but what we made it with. */
static bool node_is_spare(const struct hwpoison_tree *tree, int node, const char *const *own)
{
	int property, child;
	const char *name;

	if (!fdt_getprop(tree->fdt, node, TREE_CREATED, NULL))
		return false;
	fdt_for_each_property_offset(property, tree->fdt, node)
	{
		if (!fdt_getprop_by_offset(tree->fdt, property, &name, NULL) ||
		    !is_one_of(name, own))
			return false;
	}
	fdt_for_each_subnode(child, tree->fdt, node)
	{
		if (node != tree->reserved_memory || !hwpoison_tree_node_is_ours(tree, child))
			return false;
	}
	return true;
}

static bool node_is_left_out(const struct hwpoison_writer *writer, int node, int parent)
{
	static const char *const reserved[] = {"#address-cells", "#size-cells", "ranges",
					       TREE_CREATED, NULL};
	static const char *const chosen[] = {TREE_FRAMES,     TREE_ENTRIES, TREE_EFI_MAP,
					     TREE_EFI_RANGES, TREE_CREATED, NULL};
	const struct hwpoison_tree *tree = &writer->tree;

	if (node == tree->reserved_memory)
		return !writer->reserved_wanted && node_is_spare(tree, node, reserved);
	if (node == tree->chosen)
		return !writer->chosen_wanted && node_is_spare(tree, node, chosen);
	return parent >= 0 && parent == tree->reserved_memory &&
	       hwpoison_tree_node_is_ours(tree, node);
}

/* The mark stays where something of ours stays. */
static bool property_is_left_out(const struct hwpoison_writer *writer, int parent, const char *name)
{
	if (parent < 0)
		return false;
	if (parent == writer->tree.reserved_memory)
		return !writer->reserved_wanted && !strcmp(name, TREE_CREATED);
	if (parent == writer->tree.chosen)
		return !strcmp(name, TREE_FRAMES) || !strcmp(name, TREE_ENTRIES) ||
		       !strcmp(name, TREE_EFI_MAP) || !strcmp(name, TREE_EFI_RANGES) ||
		       (!writer->chosen_wanted && !strcmp(name, TREE_CREATED));
	return false;
}

/* next is the offset behind it. */
static int property_copy(struct hwpoison_writer *writer, int offset, int next, int parent)
{
	const char *fdt = writer->tree.fdt, *name;
	int length;

	if (!fdt_getprop_by_offset(fdt, offset, &name, &length))
		return length;
	if (property_is_left_out(writer, parent, name))
		return 0;
	if (parent >= 0 && parent == writer->tree.chosen && writer->efi_map.bytes &&
	    !strcmp(name, TREE_MMAP_SIZE))
		return hwpoison_writer_put_number(writer, name, (uint32_t)writer->efi_size);
	return hwpoison_out_copy(&writer->out, fdt + fdt_off_dt_struct(fdt) + offset,
				 (size_t)(next - offset));
}

/* Where a copy has got to. */
struct place {
	int depth;  /* of the node we are in; 0 is outside of the root */
	int parent; /* the child of the root we are in, or negative */
	bool chosen_done;
};

/* Properties come before subnodes, so ours go in before the first of them, or at the end. */
static int chosen_complete(struct hwpoison_writer *writer, struct place *place)
{
	if (place->depth != 2 || place->parent != writer->tree.chosen || place->chosen_done)
		return 0;
	place->chosen_done = true;
	return hwpoison_writer_put_record(writer);
}

static int node_begin(struct hwpoison_writer *writer, struct place *place, int offset, int *next)
{
	const char *name = fdt_get_name(writer->tree.fdt, offset, NULL);

	if (!name)
		return -FDT_ERR_BADSTRUCTURE;
	FDT_TRY(chosen_complete(writer, place));
	if (place->depth &&
	    node_is_left_out(writer, offset, place->depth == 2 ? place->parent : -1)) {
		*next = hwpoison_tree_node_end(writer->tree.fdt, offset);
		return *next < 0 ? *next : 0;
	}
	if (place->depth == 1)
		place->parent = offset;
	place->depth++;
	return hwpoison_out_node_begin(&writer->out, name);
}

static int node_finish(struct hwpoison_writer *writer, struct place *place)
{
	FDT_TRY(chosen_complete(writer, place));
	if (place->depth == 2 && place->parent >= 0 &&
	    place->parent == writer->tree.reserved_memory)
		FDT_TRY(hwpoison_writer_put_nodes(writer));
	if (place->depth == 1)
		FDT_TRY(hwpoison_writer_put_missing(writer));
	if (place->depth == 2)
		place->parent = -1;
	place->depth--;
	return hwpoison_out_node_end(&writer->out);
}

int hwpoison_writer_copy(struct hwpoison_writer *writer)
{
	struct place place = {.parent = -1};
	int offset = 0, next = 0;

	for (;; offset = next) {
		switch (fdt_next_tag(writer->tree.fdt, offset, &next)) {
		case FDT_BEGIN_NODE:
			FDT_TRY(node_begin(writer, &place, offset, &next));
			break;
		case FDT_END_NODE:
			FDT_TRY(node_finish(writer, &place));
			break;
		case FDT_PROP:
			FDT_TRY(property_copy(writer, offset, next,
					      place.depth == 2 ? place.parent : -1));
			break;
		case FDT_END:
			return next < 0 ? next : 0;
		}
	}
}
