/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dtb carrier, writing: what is put into the tree, and the buffer that it takes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hwpoison/fdt_writer.h"

/* Linux maps no more than that: MAX_FDT_SIZE in arch/arm64/include/asm/boot.h. */
#define TREE_SIZE_MAX (2 * 1024 * 1024)
#define TREE_SIZE_FIRST (64 * 1024)

/* For a caller who sets a property or two in place. */
#define TREE_SLACK 4096

static unsigned int cells_fill(fdt32_t *cells, uint64_t value, unsigned int count)
{
	unsigned int i = 0;

	if (count == 2)
		fdt32_st(&cells[i++], (uint32_t)(value >> 32));
	fdt32_st(&cells[i++], (uint32_t)value);
	return i;
}

/* One (base, size) to a node: Linux 7.2 reads no more (__reserved_mem_reserve_reg()). The unit
 * address is the number without leading zeros, as dtc checks it (check_unit_address_format()). */
static int node_write(struct hwpoison_writer *writer, const struct hwpoison_map_entry *range)
{
	fdt32_t reg[4];
	char name[sizeof(TREE_NODE) + 1 + 16];
	unsigned int count = cells_fill(reg, range->start, writer->tree.address_cells);

	count += cells_fill(reg + count, range->end - range->start, writer->tree.size_cells);
	snprintf(name, sizeof(name), TREE_NODE "@%" PRIx64, range->start);
	FDT_TRY(fdt_begin_node(writer->out, name));
	FDT_TRY(fdt_property_string(writer->out, "compatible", TREE_NODE));
	FDT_TRY(fdt_property(writer->out, "reg", reg, (int)(count * sizeof(*reg))));
	FDT_TRY(fdt_property(writer->out, "no-map", "", 0));
	FDT_TRY(fdt_property(writer->out, TREE_RECORDED, "", 0));
	return fdt_end_node(writer->out);
}

int hwpoison_writer_put_nodes(struct hwpoison_writer *writer)
{
	if (writer->way != HWPOISON_FDT_NODES)
		return 0;
	for (size_t i = 0; i < writer->told.count; i++)
		FDT_TRY(node_write(writer, &writer->told.entries[i]));
	return 0;
}

static int record_write(struct hwpoison_writer *writer)
{
	const struct hwpoison_frames *frames = writer->frames;
	void *place;
	fdt64_t *record;

	if (!frames->count)
		return 0;
	if (frames->count > TREE_SIZE_MAX / (3 * sizeof(*record)))
		return -FDT_ERR_NOSPACE;
	FDT_TRY(fdt_property_placeholder(writer->out, TREE_FRAMES,
					 (int)(frames->count * 3 * sizeof(*record)), &place));
	record = place;
	for (size_t i = 0; i < frames->count; i++) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];

		fdt64_st(record++, range->start);
		fdt64_st(record++, range->end - range->start);
		fdt64_st(record++, range->page_size);
	}
	return 0;
}

static int entries_note(struct hwpoison_writer *writer)
{
	void *place;
	fdt64_t *noted;

	if (writer->way != HWPOISON_FDT_RESERVE || !writer->told.count)
		return 0;
	if (writer->told.count > TREE_SIZE_MAX / (2 * sizeof(*noted)))
		return -FDT_ERR_NOSPACE;
	FDT_TRY(fdt_property_placeholder(writer->out, TREE_ENTRIES,
					 (int)(writer->told.count * 2 * sizeof(*noted)), &place));
	noted = place;
	for (size_t i = 0; i < writer->told.count; i++) {
		const struct hwpoison_map_entry *range = &writer->told.entries[i];

		fdt64_st(noted++, range->start);
		fdt64_st(noted++, range->end - range->start);
	}
	return 0;
}

int hwpoison_writer_put_record(struct hwpoison_writer *writer)
{
	FDT_TRY(record_write(writer));
	return entries_note(writer);
}

/* What is not there is made, and marked, so that it goes again with the last frame: on a machine
 * of ACPI a node beside /chosen makes a later kernel believe in the tree (dt_is_stub() in
 * arch/arm64/kernel/acpi.c). */
int hwpoison_writer_put_missing(struct hwpoison_writer *writer)
{
	void *out = writer->out;

	if (writer->tree.reserved_memory < 0 && writer->reserved_wanted) {
		FDT_TRY(fdt_begin_node(out, "reserved-memory"));
		FDT_TRY(fdt_property_u32(out, "#address-cells", writer->tree.address_cells));
		FDT_TRY(fdt_property_u32(out, "#size-cells", writer->tree.size_cells));
		FDT_TRY(fdt_property(out, "ranges", "", 0));
		FDT_TRY(fdt_property(out, TREE_CREATED, "", 0));
		FDT_TRY(hwpoison_writer_put_nodes(writer));
		FDT_TRY(fdt_end_node(out));
	}
	if (writer->tree.chosen < 0 && writer->chosen_wanted) {
		FDT_TRY(fdt_begin_node(out, "chosen"));
		FDT_TRY(fdt_property(out, TREE_CREATED, "", 0));
		FDT_TRY(hwpoison_writer_put_record(writer));
		FDT_TRY(fdt_end_node(out));
	}
	return 0;
}

static int entries_copy(struct hwpoison_writer *writer)
{
	uint64_t base, size;

	for (int i = 0; !fdt_get_mem_rsv(writer->tree.fdt, i, &base, &size) && size; i++) {
		if (!hwpoison_tree_entry_is_ours(&writer->tree, i))
			FDT_TRY(fdt_add_reservemap_entry(writer->out, base, size));
	}
	for (size_t i = 0; writer->way == HWPOISON_FDT_RESERVE && i < writer->told.count; i++) {
		const struct hwpoison_map_entry *range = &writer->told.entries[i];

		FDT_TRY(fdt_add_reservemap_entry(writer->out, range->start,
						 range->end - range->start));
	}
	return fdt_finish_reservemap(writer->out);
}

static int tree_write(struct hwpoison_writer *writer, int size)
{
	FDT_TRY(fdt_create(writer->out, size));
	FDT_TRY(entries_copy(writer));
	FDT_TRY(hwpoison_writer_copy(writer));
	FDT_TRY(fdt_finish(writer->out));
	fdt_set_boot_cpuid_phys(writer->out, fdt_boot_cpuid_phys(writer->tree.fdt));
	return 0;
}

/* Tries ever larger buffers. */
static int tree_make(struct hwpoison_writer *writer, struct hwpoison_problem *problem)
{
	int error = -FDT_ERR_NOSPACE;

	for (int size = TREE_SIZE_FIRST; error == -FDT_ERR_NOSPACE && size <= TREE_SIZE_MAX;
	     size *= 2) {
		uint32_t used;

		free(writer->out);
		writer->out = calloc(1, (size_t)size);
		if (!writer->out)
			return HWPOISON_ENOMEM;
		error = tree_write(writer, size);
		if (error)
			continue;
		/* libfdt leaves behind the end what it moved from there. */
		used = fdt_totalsize(writer->out);
		memset((char *)writer->out + used, 0, (size_t)size - used);
		fdt_set_totalsize(writer->out,
				  (uint32_t)hwpoison_min(used + TREE_SLACK, (uint64_t)size));
		return 0;
	}
	hwpoison_problem_set(problem, "device tree", strlen("device tree"));
	if (problem)
		problem->fdt_error = error;
	return error == -FDT_ERR_NOSPACE ? HWPOISON_EFULL : HWPOISON_EFDT;
}

int hwpoison_fdt_write(const void *fdt, size_t size, const struct hwpoison_outcome *outcome,
		       const struct hwpoison_frames *frames,
		       const struct hwpoison_fdt_options *options, void **next, size_t *next_size,
		       struct hwpoison_problem *problem)
{
	struct hwpoison_writer writer = {.way = options->way, .frames = frames};
	int error = hwpoison_tree_open(fdt, size, &writer.tree, problem);

	if (!error)
		error = hwpoison_tree_told(&outcome->map, &outcome->excluded, &writer.told);
	if (!error)
		error = hwpoison_tree_told_check(&writer.tree, options->way, &writer.told, problem);
	if (!error) {
		writer.reserved_wanted = writer.told.count && options->way == HWPOISON_FDT_NODES;
		writer.chosen_wanted = frames->count ||
				       (writer.told.count && options->way == HWPOISON_FDT_RESERVE);
		error = tree_make(&writer, problem);
	}
	hwpoison_map_free(&writer.told);
	if (error) {
		free(writer.out);
		return error;
	}
	*next = writer.out;
	*next_size = fdt_totalsize(writer.out);
	return 0;
}
