/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks that bad frames of which a tree tells by itself are not lost when what is ours in it is written
 * anew: of the tree that is handed over, and of the machine's own.
 */
#include <libfdt.h>

#include "kexec/arch/arm64/check.h"
#include "kexec/arch/arm64/check_nodes.h"
#include "kexec/machine.h"
#include "kexec/options.h"

#define HEX "0x%llx-0x%llx"
#define RANGE(start, end) (unsigned long long)(start), (unsigned long long)(end)-1

struct look {
	const struct plan *plan;
	char *reason;
	size_t size;
};

/* Whole frames are taken back, of the size at which they were learnt. */
static bool is_forgotten(const struct plan *plan, uint64_t address, uint64_t page)
{
	const struct options *options = plan->options;

	for (size_t i = 0; i < options->forget_count; i++) {
		struct hwpoison_range range;

		if (!hwpoison_range_parse(options->forget[i], plan->machine->page_size, &range) &&
		    range.start / page * page <= address &&
		    address < (range.end + page - 1) / page * page)
			return true;
	}
	return options->forget_all;
}

static int range_check(const struct look *look, uint64_t start, uint64_t size, uint64_t page)
{
	const struct plan *plan = look->plan;
	uint64_t at = start, end = start + size;

	if (end > HWPOISON_ADDRESS_LIMIT || end < start || !page)
		return check_failed(look->reason, look->size,
				    "the device tree tells of 0x%llx, which is no memory",
				    (unsigned long long)start);
	while (at < end) {
		const struct hwpoison_frame_range *frame = hwpoison_frames_find(&plan->frames, at,
										at + 1);

		if (!frame && !is_forgotten(plan, at, page))
			return check_failed(look->reason, look->size,
					    "of the bad " HEX
					    ", of which the device tree tells, 0x%llx is lost",
					    RANGE(start, end), (unsigned long long)at);
		at = frame ? frame->end : at - at % 4096 + 4096;
	}
	return 0;
}

/* Whether a recorded frame accounts for a range that was made from it: the range may be more than the
 * frame, in the largest pages that Linux has, or none of it, where others reserve that. */
static bool is_recorded(const void *fdt, uint64_t start, uint64_t size)
{
	const uint64_t page = 65536;
	int length;
	const fdt64_t *at = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "hwpoison,frames",
					&length);

	for (int i = 0; at && i + 3 <= length / 8; i += 3) {
		uint64_t from = fdt64_ld(at + i), to = from + fdt64_ld(at + i + 1);

		if (from < (start + size + page - 1) / page * page && start / page * page < to)
			return true;
	}
	return false;
}

static int told_check(const struct look *look, const void *fdt, uint64_t start, uint64_t size)
{
	if (is_recorded(fdt, start, size))
		return 0;
	return range_check(look, start, size, look->plan->machine->page_size);
}

static int record_check(const struct look *look, const void *fdt)
{
	int length;
	const fdt64_t *at = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "hwpoison,frames",
					&length);

	for (int i = 0; at && i + 3 <= length / 8; i += 3) {
		if (range_check(look, fdt64_ld(at + i), fdt64_ld(at + i + 1), fdt64_ld(at + i + 2)))
			return -1;
	}
	return 0;
}

/* The ranges that are unusable in an EFI memory map of ours. */
static int efi_ranges_check(const struct look *look, const void *fdt)
{
	int length;
	const fdt64_t *at = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "hwpoison,efi-ranges",
					&length);

	for (int i = 0; at && i + 2 <= length / 8; i += 2) {
		if (told_check(look, fdt, fdt64_ld(at + i), fdt64_ld(at + i + 1)))
			return -1;
	}
	return 0;
}

static int cells_of(const void *fdt, const char *name)
{
	int length;
	const fdt32_t *value = fdt_getprop(fdt, 0, name, &length);

	return value && length == 4 ? (int)fdt32_ld(value) : 1;
}

static uint64_t number(const fdt32_t *at, int cells)
{
	return cells == 2 ? (uint64_t)fdt32_ld(at) << 32 | fdt32_ld(at + 1) : fdt32_ld(at);
}

static int node_check(const struct look *look, const void *fdt, int node)
{
	int address = cells_of(fdt, "#address-cells"), size = cells_of(fdt, "#size-cells"), length;
	const fdt32_t *at = fdt_getprop(fdt, node, "reg", &length);
	bool marked = fdt_getprop(fdt, node, "hwpoison,recorded", NULL) != NULL;

	if (address < 1 || address > 2 || size < 1 || size > 2)
		return 0;
	for (int i = 0; at && i + address + size <= length / 4; i += address + size) {
		uint64_t base = number(at + i, address), bytes = number(at + i + address, size);

		if (marked && is_recorded(fdt, base, bytes))
			continue;
		if (range_check(look, base, bytes, look->plan->machine->page_size))
			return -1;
	}
	return 0;
}

/* The record has the frames themselves; what was made from them may be more. */
static int tree_check(const struct look *look, const void *fdt)
{
	int entries = fdt_num_mem_rsv(fdt), node;
	uint64_t base, size;

	if (record_check(look, fdt) || efi_ranges_check(look, fdt))
		return -1;
	for (int i = 0; i < entries; i++) {
		if (!fdt_get_mem_rsv(fdt, i, &base, &size) && reserve_entry_is_ours(fdt, i) &&
		    told_check(look, fdt, base, size))
			return -1;
	}
	fdt_for_each_subnode(node, fdt, fdt_path_offset(fdt, "/reserved-memory"))
	{
		if (reserved_node_is_ours(fdt, node) && node_check(look, fdt, node))
			return -1;
	}
	return 0;
}

int check_tree_source(const struct plan *plan, char *reason, size_t size)
{
	const struct look look = {plan, reason, size};
	const struct machine *machine = plan->machine;

	if (!plan->modes || !plan->source_dtb)
		return 0;
	if (tree_check(&look, plan->source_dtb))
		return -1;
	if (!machine->fdt || machine->fdt == plan->source_dtb ||
	    fdt_check_full(machine->fdt, machine->fdt_size))
		return 0;
	return tree_check(&look, machine->fdt);
}
