/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dtb carrier, writing: what is put into the tree, and the buffer that it takes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hwpoison/efi_map.h"
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

static int empty_write(struct hwpoison_out *out, const char *name)
{
	void *value;

	return hwpoison_out_property(out, name, 0, &value);
}

static int number_write(struct hwpoison_out *out, const char *name, uint32_t number)
{
	void *value;

	FDT_TRY(hwpoison_out_property(out, name, sizeof(number), &value));
	fdt32_st(value, number);
	return 0;
}

int hwpoison_writer_put_number(struct hwpoison_writer *writer, const char *name, uint32_t number)
{
	return number_write(&writer->out, name, number);
}

/* One (base, size) to a node: Linux 7.2 reads no more (__reserved_mem_reserve_reg()). The unit
 * address is the number without leading zeros, as dtc checks it (check_unit_address_format()). */
static int node_write(struct hwpoison_writer *writer, const struct hwpoison_map_entry *range)
{
	struct hwpoison_out *out = &writer->out;
	unsigned int address_cells = writer->tree.address_cells;
	unsigned int size_cells = writer->tree.size_cells;
	char name[sizeof(TREE_NODE) + 1 + 16];
	void *value;
	fdt32_t *reg;

	snprintf(name, sizeof(name), TREE_NODE "@%" PRIx64, range->start);
	FDT_TRY(hwpoison_out_node_begin(out, name));
	FDT_TRY(hwpoison_out_property(out, "compatible", sizeof(TREE_NODE), &value));
	memcpy(value, TREE_NODE, sizeof(TREE_NODE));
	FDT_TRY(hwpoison_out_property(out, "reg", (address_cells + size_cells) * sizeof(*reg),
				      &value));
	reg = value;
	reg += cells_fill(reg, range->start, address_cells);
	cells_fill(reg, range->end - range->start, size_cells);
	FDT_TRY(empty_write(out, "no-map"));
	FDT_TRY(empty_write(out, TREE_RECORDED));
	return hwpoison_out_node_end(out);
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
	FDT_TRY(hwpoison_out_property(&writer->out, TREE_FRAMES,
				      frames->count * 3 * sizeof(*record), &place));
	record = place;
	for (size_t i = 0; i < frames->count; i++) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];

		fdt64_st(record++, range->start);
		fdt64_st(record++, range->end - range->start);
		fdt64_st(record++, range->page_size);
	}
	return 0;
}

static int told_note(struct hwpoison_writer *writer, enum hwpoison_fdt_way way, const char *name)
{
	void *place;
	fdt64_t *noted;

	if (writer->way != way || !writer->told.count)
		return 0;
	if (writer->told.count > TREE_SIZE_MAX / (2 * sizeof(*noted)))
		return -FDT_ERR_NOSPACE;
	FDT_TRY(hwpoison_out_property(&writer->out, name, writer->told.count * 2 * sizeof(*noted),
				      &place));
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
	void *place;

	FDT_TRY(record_write(writer));
	FDT_TRY(told_note(writer, HWPOISON_FDT_RESERVE, TREE_ENTRIES));
	FDT_TRY(told_note(writer, HWPOISON_FDT_EFI, TREE_EFI_RANGES));
	if (!writer->efi_map.bytes)
		return 0;
	FDT_TRY(hwpoison_out_property(&writer->out, TREE_EFI_MAP, writer->efi_map.size, &place));
	memcpy(place, writer->efi_map.bytes, writer->efi_map.size);
	return 0;
}

/* What is not there is made, and marked, so that it goes again with the last frame: on a machine
 * of ACPI a node beside /chosen makes a later kernel believe in the tree (dt_is_stub() in
 * arch/arm64/kernel/acpi.c). */
int hwpoison_writer_put_missing(struct hwpoison_writer *writer)
{
	struct hwpoison_out *out = &writer->out;

	if (writer->tree.reserved_memory < 0 && writer->reserved_wanted) {
		FDT_TRY(hwpoison_out_node_begin(out, "reserved-memory"));
		FDT_TRY(number_write(out, "#address-cells", writer->tree.address_cells));
		FDT_TRY(number_write(out, "#size-cells", writer->tree.size_cells));
		FDT_TRY(empty_write(out, "ranges"));
		FDT_TRY(empty_write(out, TREE_CREATED));
		FDT_TRY(hwpoison_writer_put_nodes(writer));
		FDT_TRY(hwpoison_out_node_end(out));
	}
	if (writer->tree.chosen < 0 && writer->chosen_wanted) {
		FDT_TRY(hwpoison_out_node_begin(out, "chosen"));
		FDT_TRY(empty_write(out, TREE_CREATED));
		FDT_TRY(hwpoison_writer_put_record(writer));
		FDT_TRY(hwpoison_out_node_end(out));
	}
	return 0;
}

static int entries_copy(struct hwpoison_writer *writer)
{
	uint64_t base, size;

	for (int i = 0; !fdt_get_mem_rsv(writer->tree.fdt, i, &base, &size) && size; i++) {
		if (!hwpoison_tree_entry_is_ours(&writer->tree, i))
			FDT_TRY(hwpoison_out_entry(&writer->out, base, size));
	}
	for (size_t i = 0; writer->way == HWPOISON_FDT_RESERVE && i < writer->told.count; i++) {
		const struct hwpoison_map_entry *range = &writer->told.entries[i];

		FDT_TRY(hwpoison_out_entry(&writer->out, range->start, range->end - range->start));
	}
	return hwpoison_out_entries_end(&writer->out);
}

static int tree_write(struct hwpoison_writer *writer)
{
	FDT_TRY(entries_copy(writer));
	FDT_TRY(hwpoison_writer_copy(writer));
	return hwpoison_out_finish(&writer->out, fdt_boot_cpuid_phys(writer->tree.fdt));
}

/* Tries ever larger buffers. */
static int tree_make(struct hwpoison_writer *writer, struct hwpoison_problem *problem)
{
	int error = -FDT_ERR_NOSPACE;

	for (size_t size = TREE_SIZE_FIRST; error == -FDT_ERR_NOSPACE && size <= TREE_SIZE_MAX;
	     size *= 2) {
		hwpoison_out_free(&writer->out);
		error = hwpoison_out_begin(&writer->out, writer->tree.fdt, size);
		if (error)
			return error;
		error = tree_write(writer);
		if (!error) {
			uint64_t used = fdt_totalsize(writer->out.bytes);

			fdt_set_totalsize(writer->out.bytes,
					  (uint32_t)hwpoison_min(used + TREE_SLACK, size));
			return 0;
		}
	}
	hwpoison_problem_set(problem, "device tree", strlen("device tree"));
	if (problem)
		problem->fdt_error = error;
	return error == -FDT_ERR_NOSPACE ? HWPOISON_EFULL : HWPOISON_EFDT;
}

/* A map that was replaced once is always replaced: what lies where the firmware's was is not known
 * any more. */
static int efi_map_find(struct hwpoison_writer *writer, const struct hwpoison_fdt_options *options,
			struct hwpoison_problem *problem)
{
	static const struct hwpoison_map nothing = {0};
	bool told = options->way == HWPOISON_FDT_EFI && writer->told.count;
	int error = hwpoison_tree_efi_map(&writer->tree, told ? &options->efi_map : NULL,
					  &writer->efi_map, problem);

	if (error || !writer->efi_map.bytes)
		return error;
	hwpoison_problem_set(problem, "copy of the EFI memory map",
			     strlen("copy of the EFI memory map"));
	return hwpoison_efi_map_size(&writer->efi_map, told ? &writer->told : &nothing,
				     &writer->efi_size);
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
		error = hwpoison_tree_told_check(&writer.tree, options, &writer.told, problem);
	if (!error)
		error = efi_map_find(&writer, options, problem);
	if (!error) {
		writer.reserved_wanted = writer.told.count && options->way == HWPOISON_FDT_NODES;
		writer.chosen_wanted = frames->count || writer.efi_map.bytes ||
				       (writer.told.count && options->way == HWPOISON_FDT_RESERVE);
		error = tree_make(&writer, problem);
	}
	hwpoison_map_free(&writer.told);
	if (!error) {
		*next = writer.out.bytes;
		*next_size = fdt_totalsize(*next);
		writer.out.bytes = NULL;
	}
	hwpoison_out_free(&writer.out);
	return error;
}

int hwpoison_fdt_efi_original(const void *fdt, size_t size, struct hwpoison_efi_map *map,
			      struct hwpoison_problem *problem)
{
	struct hwpoison_tree tree;
	int error = hwpoison_tree_open(fdt, size, &tree, problem);

	*map = (struct hwpoison_efi_map){0};
	return error ? error : hwpoison_tree_efi_map(&tree, NULL, map, problem);
}

int hwpoison_fdt_efi_map(const void *fdt, size_t size, void **map, size_t *map_size,
			 struct hwpoison_problem *problem)
{
	struct hwpoison_efi_map original = {0};
	struct hwpoison_map ranges = {0};
	struct hwpoison_tree tree;
	int error = hwpoison_tree_open(fdt, size, &tree, problem);

	*map = NULL;
	*map_size = 0;
	if (!error)
		error = hwpoison_tree_efi_map(&tree, NULL, &original, problem);
	if (!error)
		error = hwpoison_tree_efi_ranges(&tree, &ranges, problem);
	if (!error)
		error = hwpoison_map_normalise(&ranges);
	if (!error && original.bytes)
		error = hwpoison_efi_map_split(&original, &ranges, map, map_size);
	hwpoison_map_free(&ranges);
	return error;
}
