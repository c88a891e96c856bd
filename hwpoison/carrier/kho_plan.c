/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How large a KHO tree is, and where its pieces lie: the root, the blobs and the array of PFNs, which
 * the next kernel must not free before they are read; then the array of scratch memory and the
 * radix tree, which it has read by then.
 */
#include "hwpoison/kho.h"

const char *hwpoison_kho_abi_name(unsigned int abi)
{
	switch (abi) {
	case HWPOISON_KHO_V2:
		return "kho-v2";
	case HWPOISON_KHO_V3:
		return "kho-v3";
	case HWPOISON_KHO_V4:
		return "kho-v4";
	}
	return NULL;
}

/*
 * KHO_ORDER_0_LOG2, KHO_BITMAP_SIZE_LOG2, KHO_TABLE_SIZE_LOG2 and KHO_TREE_MAX_DEPTH. Version 2
 * counts the levels without the bit that says the order. That comes to the same for pages of 4 and
 * 64 KiB; with pages of 16 KiB no table decides this bit, and kho_radix_decode_key() takes each page
 * for another, of a high order: such a kernel can be handed nothing.
 */
static int geometry_make(const struct hwpoison_kho_options *options, struct kho_geometry *geometry)
{
	uint32_t page_size = options->page_size;

	if (!hwpoison_kho_abi_name(options->abi) ||
	    (page_size != 0x1000 && page_size != 0x4000 && page_size != 0x10000) ||
	    (page_size == 0x4000 && options->abi == HWPOISON_KHO_V2))
		return HWPOISON_EARGUMENT;
	geometry->page_shift = (unsigned int)__builtin_ctz(page_size);
	geometry->key_bit = 64 - geometry->page_shift;
	geometry->bitmap_bits = geometry->page_shift + 3;
	geometry->table_bits = geometry->page_shift - 3;
	geometry->levels = (geometry->key_bit - geometry->bitmap_bits + geometry->table_bits) /
				   geometry->table_bits +
			   1;
	return 0;
}

/* Sorted, disjoint, within the limit: what every set is that the library has made. */
static int frames_check(const struct hwpoison_frames *frames)
{
	for (size_t i = 0; i < frames->count; i++) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];

		if (!hwpoison_range_valid(range->start, range->end))
			return HWPOISON_ERANGE;
		if (i && range->start < frames->ranges[i - 1].end)
			return HWPOISON_EARGUMENT;
	}
	return 0;
}

/* How many tables or bitmaps of a level the kept frames are in. */
static uint64_t kept_nodes(const struct kho_plan *plan, unsigned int bits)
{
	unsigned int shift = plan->geometry.page_shift + bits;
	uint64_t nodes = 0, next = 0;

	for (size_t i = 0; i < plan->kept.count; i++) {
		uint64_t first = plan->kept.ranges[i].start >> shift;
		uint64_t last = (plan->kept.ranges[i].end - 1) >> shift;

		first = hwpoison_max(first, next);
		if (first > last)
			continue;
		nodes += last - first + 1;
		next = last + 1;
	}
	return nodes;
}

/* Pages of the radix tree, whichever pages of the next kernel the own_pages are, one behind another. */
static uint64_t radix_pages(const struct kho_plan *plan, uint64_t own_pages)
{
	const struct kho_geometry *geometry = &plan->geometry;
	uint64_t all_pages = HWPOISON_ADDRESS_LIMIT >> geometry->page_shift, pages = 0;

	for (unsigned int level = 0; level < geometry->levels; level++) {
		/* The bits of a PFN that are decided below and at this level. */
		unsigned int bits = geometry->bitmap_bits + level * geometry->table_bits;
		uint64_t covered, nodes;

		if (bits >= geometry->key_bit || UINT64_C(1) << bits >= all_pages) {
			pages++;
			continue;
		}
		/* n pages in a row reach into one block more for each covered - 1 that they are
		 * longer than the first. */
		covered = UINT64_C(1) << bits;
		nodes = (own_pages + covered - 2) / covered + 1;
		nodes += kept_nodes(plan, bits);
		pages += hwpoison_min(nodes, all_pages >> bits);
	}
	return pages;
}

static struct kho_piece piece_add(struct kho_plan *plan, uint64_t size)
{
	struct kho_piece piece = {plan->size, size};

	plan->size += hwpoison_round_up(size, plan->options->page_size);
	return piece;
}

static void pieces_place(struct kho_plan *plan)
{
	uint32_t page_size = plan->options->page_size;
	uint64_t pfn_pages, chunks;

	plan->root = piece_add(plan, page_size);
	plan->hwpoison = piece_add(plan, plan->options->abi >= KHO_BLOB_SIZE_SINCE ?
						 sizeof(struct kho_hwpoison) :
						 KHO_TREE_OVERHEAD);
	/* An array of no page cannot be mapped: kho_restore_vmalloc() would return NULL. */
	plan->pfns = piece_add(plan, hwpoison_max(plan->kept_pages, 1) * sizeof(uint64_t));
	pfn_pages = hwpoison_round_up(plan->pfns.size, page_size) / page_size;
	/* The first number of a chunk is the address of the next. */
	chunks = (pfn_pages + kho_page_addresses(plan) - 2) / (kho_page_addresses(plan) - 1);
	plan->chunks = piece_add(plan, chunks * page_size);
	plan->ranges = piece_add(plan, plan->ranges.size);
	plan->scratch = piece_add(plan, hwpoison_max(plan->options->scratch_count, 1) *
						sizeof(struct kho_scratch));
	plan->radix = piece_add(plan,
				radix_pages(plan, plan->scratch.offset / page_size) * page_size);
}

int hwpoison_kho_plan_make(const struct hwpoison_frames *kept, const struct hwpoison_frames *known,
			   const struct hwpoison_kho_options *options, struct kho_plan *plan)
{
	int error;

	*plan = (struct kho_plan){.options = options, .known = known};
	error = geometry_make(options, &plan->geometry);
	if (!error && options->scratch_count > KHO_SCRATCH_MAX)
		error = HWPOISON_EARGUMENT;
	if (!error)
		error = frames_check(kept);
	if (!error)
		error = frames_check(known);
	if (!error)
		error = hwpoison_kho_ranges_size(known->count, &plan->ranges.size);
	if (!error)
		error = hwpoison_frames_round(kept, options->page_size, &plan->kept);
	if (error)
		return error;
	plan->kept_pages = hwpoison_frames_bytes(&plan->kept) / options->page_size;
	pieces_place(plan);
	return 0;
}

void hwpoison_kho_plan_free(struct kho_plan *plan)
{
	hwpoison_frames_free(&plan->kept);
}

int hwpoison_kho_size(const struct hwpoison_frames *kept, const struct hwpoison_frames *known,
		      const struct hwpoison_kho_options *options, size_t *size)
{
	struct kho_plan plan;
	int error = hwpoison_kho_plan_make(kept, known, options, &plan);

	if (!error)
		*size = plan.size;
	hwpoison_kho_plan_free(&plan);
	return error;
}
