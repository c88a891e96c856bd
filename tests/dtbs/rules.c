/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold of a tree that was made of another one to keep frames out, for all kernels: each
 * rule is Linux's own or Devicetree's, and is looked at without a line of the library's.
 */
#include "tests/dtbs/rules.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* MAX_FDT_SIZE in arch/arm64/include/asm/boot.h. */
#define TREE_SIZE_MAX (2u << 20)

__attribute__((format(printf, 2, 3))) static bool broken(char *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, WHY_SIZE, format, arguments);
	va_end(arguments);
	return false;
}

static bool is_unchanged(struct rules *rules, char *why)
{
	if (tree_has_all_of(rules->base, rules->next, &rules->added))
		return true;
	return broken(why, "%s", rules->added.why);
}

static bool is_mappable(struct rules *rules, char *why)
{
	uint32_t size = fdt_totalsize(rules->next);
	int error = fdt_check_full(rules->next, size);

	if (error)
		return broken(why, "libfdt: %s", fdt_strerror(error));
	if (size > TREE_SIZE_MAX || fdt_version(rules->next) != 17)
		return broken(why, "%u bytes of version %u", size, fdt_version(rules->next));
	return true;
}

/* One (base, size), no-map and nothing that says otherwise; its name is its address. */
static bool node_is_formed(const void *tree, int node, char *why)
{
	static const char *const none[] = {"status", "reusable", "size", "alloc-ranges", "phandle"};
	struct kernel_cells cells = kernel_root_cells(tree);
	int length, no_map;
	const uint8_t *reg = fdt_getprop(tree, node, "reg", &length);
	const char *name = fdt_get_name(tree, node, NULL), *unit = strchr(name, '@');
	char wanted[17];
	uint64_t base, size;

	if (!reg || length != 4 * (int)(cells.address + cells.size))
		return broken(why, "%s: reg is of %d bytes, not one base and size", name, length);
	base = kernel_number(&reg, cells.address);
	size = kernel_number(&reg, cells.size);
	snprintf(wanted, sizeof(wanted), "%" PRIx64, base);
	if (!size)
		return broken(why, "%s: no size", name);
	if (!unit || strcmp(unit + 1, wanted) != 0)
		return broken(why, "%s: the unit address is not %s", name, wanted);
	if (!fdt_getprop(tree, node, "no-map", &no_map) || no_map)
		return broken(why, "%s: no-map is missing, or has a value", name);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		if (fdt_getprop(tree, node, none[i], NULL))
			return broken(why, "%s has %s", name, none[i]);
	}
	return fdt_first_subnode(tree, node) < 0 || broken(why, "%s has children", name);
}

/* No child of /reserved-memory has the name of another. */
static bool names_differ(const void *tree, char *why)
{
	const char *names[2 * ADDED_NODES_MAX];
	int node;
	size_t count = 0;

	fdt_for_each_subnode(node, tree, fdt_path_offset(tree, "/reserved-memory"))
	{
		const char *name = fdt_get_name(tree, node, NULL);

		for (size_t i = 0; i < count; i++) {
			if (!strcmp(names[i], name))
				return broken(why, "two nodes %s", name);
		}
		if (count < sizeof(names) / sizeof(*names))
			names[count++] = name;
	}
	return true;
}

static bool nodes_are_formed(struct rules *rules, char *why)
{
	if (rules->way == WAY_ENTRIES)
		return !rules->added.node_count ||
		       broken(why, "nodes where entries were asked for");
	if (rules->added.entries)
		return broken(why, "entries where nodes were asked for");
	for (size_t i = 0; i < rules->added.node_count; i++) {
		if (!node_is_formed(rules->next, rules->added.nodes[i], why))
			return false;
	}
	return !rules->added.node_count || names_differ(rules->next, why);
}

static bool nodes_are_heeded(struct rules *rules, char *why)
{
	if (!rules->added.node_count || rules->after[0].heeded)
		return true;
	return broken(why, "the cells of /reserved-memory are not the root's, or it has no ranges");
}

/* Exactly this much of memory changes: the frames, less what nobody is given anyway. */
static bool keeps_frames_out(struct rules *rules, char *why)
{
	for (int kernel = 0; kernel < KERNELS; kernel++) {
		const struct kernel_memory *before = &rules->before[kernel];
		const struct kernel_memory *after = &rules->after[kernel];
		struct spans frames = spans_common(rules->frames, &before->memory);
		uint64_t missed;

		spans_remove_all(&frames, &rules->verdict->held);
		spans_remove_all(&frames, &after->no_map);
		spans_remove_all(&frames, &after->reserved);
		missed = frames.count ? frames.list[0].start : 0;
		spans_free(&frames);
		if (missed)
			return broken(why, "%s hands out 0x%" PRIx64, kernel_names[kernel], missed);
		if (after->refused != before->refused)
			return broken(why, "%s refuses %u nodes over reserved memory, before %u",
				      kernel_names[kernel], after->refused, before->refused);
	}
	return true;
}

static bool keeps_nothing_else(struct rules *rules, char *why)
{
	for (int kernel = 0; kernel < KERNELS; kernel++) {
		const struct kernel_memory *before = &rules->before[kernel];
		const struct kernel_memory *after = &rules->after[kernel];
		struct spans told = spans_common(rules->frames, &before->memory);
		struct spans no_map = {0}, reserved = {0};
		bool same;

		spans_remove_all(&told, &rules->verdict->held);
		spans_add_all(&no_map, &before->no_map);
		spans_add_all(&reserved, &before->reserved);
		spans_add_all(rules->way == WAY_NODES ? &no_map : &reserved, &told);
		same = spans_equal(&before->memory, &after->memory) &&
		       spans_equal(&no_map, &after->no_map) &&
		       spans_equal(&reserved, &after->reserved) &&
		       spans_equal(&before->lent, &after->lent);
		spans_free(&told);
		spans_free(&no_map);
		spans_free(&reserved);
		if (!same)
			return broken(why, "%s: more is kept out than the frames, or less",
				      kernel_names[kernel]);
	}
	return true;
}

/* Who had one of the records, or is given a place, has it still. */
static bool records_stay(struct rules *rules, char *why)
{
	for (int kernel = 0; kernel < KERNELS; kernel++) {
		const struct kernel_memory *before = &rules->before[kernel];
		const struct kernel_memory *after = &rules->after[kernel];

		for (size_t i = 0; i < before->record_count; i++) {
			if (i >= after->record_count ||
			    strcmp(before->records[i], after->records[i]) != 0)
				return broken(why, "%s forgets %s", kernel_names[kernel],
					      before->records[i]);
		}
	}
	return true;
}

/* The record of doc/formats.md: (start, size, page size), all the frames and exactly them. */
static bool is_recorded(struct rules *rules, char *why)
{
	int chosen = fdt_path_offset(rules->next, "/chosen"), length = 0;
	const uint8_t *record = chosen < 0 ? NULL :
					     fdt_getprop(rules->next, chosen, "hwpoison,frames",
							 &length);
	struct spans recorded = {0};
	bool same;

	for (; record && length >= 24; length -= 24) {
		uint64_t start = kernel_number(&record, 2), size = kernel_number(&record, 2);

		record += 8;
		spans_add(&recorded, start, start + size);
	}
	same = !length && spans_equal(&recorded, rules->frames);
	spans_free(&recorded);
	return same || broken(why, "hwpoison,frames is not the frames");
}

const struct rule rules_all[] = {
	{"all other content is as it was", is_unchanged},
	{"Linux can map it", is_mappable},
	{"each node has one base and size, no-map, and is named after it", nodes_are_formed},
	{"Linux heeds /reserved-memory", nodes_are_heeded},
	{"Linux hands out no frame", keeps_frames_out},
	{"Linux loses nothing else", keeps_nothing_else},
	{"no driver's record of reserved memory is lost", records_stay},
	{"the frames are recorded", is_recorded},
	{NULL, NULL},
};
