/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the radix tree of preserved pages as __kho_radix_walk_tree() does, and arrays as
 * kho_restore_vmalloc() does (Linux kernel/liveupdate/kexec_handover.c).
 */
#include "kexec/bytes.h"
#include "kexec/kho/check.h"

#define HEX(number) (unsigned long long)(number)

/* enum kho_radix_consts. */
struct radix_shape {
	unsigned int page_shift;
	unsigned int order_0;	  /* the bit of a key that says order 0 */
	unsigned int bitmap_bits; /* of a key, which choose a bit in a leaf */
	unsigned int table_bits;  /* of a key, which choose a slot in a table */
	unsigned int depth;	  /* levels, leaves included */
};

static struct radix_shape shape_of(const struct kho_view *view)
{
	unsigned int shift = (unsigned int)__builtin_ctzll(view->page);
	struct radix_shape shape = {shift, 64 - shift, shift + 3, shift - 3, 0};
	unsigned int above = shape.order_0 - shape.bitmap_bits;

	/* Version 2 forgot the bit of the order, of which only pages of 16 KiB made a difference. */
	if (view->plan->kho.abi > HWPOISON_KHO_V2)
		above++;
	shape.depth = (above + shape.table_bits - 1) / shape.table_bits + 1;
	return shape;
}

/* One page, by its key. */
static int page_add(struct kho_view *view, const struct radix_shape *shape, uint64_t key)
{
	uint64_t pfn = key & ((UINT64_C(1) << shape->order_0) - 1), start;

	/* A frame, a page of an array and a blob are each taken back on their own: order 0. */
	if (key >> shape->order_0 != 1)
		return KHO_WRONG(view, "a page of the tree is of no order 0 (key 0x%llx)",
				 HEX(key));
	if (pfn >= HWPOISON_ADDRESS_LIMIT >> shape->page_shift)
		return KHO_WRONG(view, "page 0x%llx of the tree is no memory", HEX(pfn));
	start = pfn << shape->page_shift;
	if (hwpoison_map_add(&view->preserved, start, start + view->page, HWPOISON_RESERVED))
		return KHO_WRONG(view, "out of memory");
	return 0;
}

static int leaf_read(struct kho_view *view, const struct radix_shape *shape, const uint8_t *leaf,
		     uint64_t prefix)
{
	size_t before = view->preserved.count;

	for (uint64_t i = 0; i < view->page; i++) {
		for (unsigned int bit = 0; leaf[i] >> bit; bit++) {
			if (leaf[i] >> bit & 1 && page_add(view, shape, prefix | (i * 8 + bit)))
				return -1;
		}
	}
	if (view->preserved.count == before)
		return KHO_WRONG(view, "the tree has a leaf without a page");
	return 0;
}

/* prefix: the bits of the key that the levels above have chosen. Not deeper than shape->depth. */
static int node_read(struct kho_view *view, const struct radix_shape *shape, uint64_t address,
		     unsigned int level, uint64_t prefix)
{
	const uint8_t *node = kho_claim(view, "the radix tree", address, view->page);
	unsigned int shift;
	bool any = false;

	if (!node)
		return -1;
	if (!level)
		return leaf_read(view, shape, node, prefix);
	shift = (level - 1) * shape->table_bits + shape->bitmap_bits;
	for (uint64_t i = 0; i < view->page / 8; i++) {
		uint64_t below = get_le64(node + i * 8);

		if (!below)
			continue;
		any = true;
		if (node_read(view, shape, below, level - 1, prefix | i << shift))
			return -1;
	}
	return any ? 0 : KHO_WRONG(view, "the tree has an empty table at 0x%llx", HEX(address));
}

int kho_radix_read(struct kho_view *view, uint64_t root)
{
	struct radix_shape shape = shape_of(view);

	if (node_read(view, &shape, root, shape.depth - 1, 0))
		return -1;
	if (hwpoison_map_normalise(&view->preserved))
		return KHO_WRONG(view, "out of memory");
	return 0;
}

/* --- arrays ------------------------------------------------------------------------------------ */

/* struct kho_vmalloc, and its flag KHO_VMALLOC_ALLOC. */
enum kho_vmalloc_bytes {
	VMALLOC_FIRST = 0,
	VMALLOC_PAGES = 8,
	VMALLOC_FLAGS = 12,
	VMALLOC_ORDER = 14
};
#define VMALLOC_ALLOC 1

/* The next of the PFNs that must be there. */
struct pfn_cursor {
	const struct hwpoison_map *pages;
	size_t at;
	uint64_t next; /* bytes into the entry */
};

static bool pfn_next(struct pfn_cursor *cursor, uint64_t page, uint64_t *pfn)
{
	const struct hwpoison_map *pages = cursor->pages;

	if (cursor->at == pages->count)
		return false;
	*pfn = (pages->entries[cursor->at].start + cursor->next) / page;
	cursor->next += page;
	if (pages->entries[cursor->at].start + cursor->next == pages->entries[cursor->at].end) {
		cursor->at++;
		cursor->next = 0;
	}
	return true;
}

/* A page of the array; behind the last PFN there are zeroes. */
static int array_page_check(struct kho_view *view, uint64_t address, struct pfn_cursor *cursor)
{
	const uint8_t *bytes = kho_claim_own(view, "the array of PFNs", address, view->page);

	for (uint64_t i = 0; bytes && i < view->page; i += 8) {
		uint64_t wanted = 0;

		pfn_next(cursor, view->page, &wanted);
		if (get_le64(bytes + i) != wanted)
			return KHO_WRONG(view, "the array of PFNs has 0x%llx, not 0x%llx",
					 HEX(get_le64(bytes + i)), HEX(wanted));
	}
	return bytes ? 0 : -1;
}

int kho_array_check(struct kho_view *view, const uint8_t *vmalloc, const struct hwpoison_map *pages)
{
	struct pfn_cursor cursor = {pages, 0, 0};
	uint64_t slots = view->page / 8 - 1, chunk = get_le64(vmalloc + VMALLOC_FIRST);
	uint64_t wanted = (hwpoison_map_bytes(pages, HWPOISON_RESERVED) / view->page * 8 +
			   view->page - 1) /
			  view->page;
	uint64_t left = get_le32(vmalloc + VMALLOC_PAGES);

	/* An array without a page cannot be mapped. */
	if (left != (wanted ? wanted : 1))
		return KHO_WRONG(view, "the array of PFNs has %llu pages, not %llu", HEX(left),
				 HEX(wanted ? wanted : 1));
	if (get_le16(vmalloc + VMALLOC_FLAGS) != VMALLOC_ALLOC ||
	    get_le16(vmalloc + VMALLOC_ORDER) != 0)
		return KHO_WRONG(view, "the array of PFNs has other flags or another order");
	while (left) {
		const uint8_t *bytes = kho_claim_own(view, "a chunk of the array", chunk,
						     view->page);

		for (uint64_t i = 1; bytes && i <= slots; i++) {
			uint64_t address = get_le64(bytes + i * 8);

			if (!left && address)
				return KHO_WRONG(view, "the array of PFNs has more pages");
			if (left && array_page_check(view, address, &cursor))
				return -1;
			left -= left > 0;
		}
		if (!bytes)
			return -1;
		chunk = get_le64(bytes);
	}
	return chunk ? KHO_WRONG(view, "the array of PFNs has more chunks") : 0;
}
