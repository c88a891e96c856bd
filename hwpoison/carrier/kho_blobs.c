/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two sub-nodes of a KHO tree: "hwpoison", the PFNs in the shape that the kernel's own proof of
 * concept has published, and "hwpoison-ranges", all that is known, for user space.
 */
#include "hwpoison/kho.h"

/* The array of PFNs, and the chunks that say in which pages it is. */
static void pfns_put(const struct kho_plan *plan, uint64_t address, uint8_t *bytes)
{
	uint32_t page_size = plan->options->page_size;
	uint64_t pages = hwpoison_round_up(plan->pfns.size, page_size) / page_size;
	uint64_t each = kho_page_addresses(plan) - 1;
	uint8_t *pfn_bytes = bytes + plan->pfns.offset;

	for (size_t i = 0; i < plan->kept.count; i++) {
		for (uint64_t frame = plan->kept.ranges[i].start; frame < plan->kept.ranges[i].end;
		     frame += page_size) {
			kho_store(pfn_bytes, frame >> plan->geometry.page_shift);
			pfn_bytes += sizeof(uint64_t);
		}
	}
	for (uint64_t page = 0; page < pages; page++) {
		uint64_t chunk = plan->chunks.offset + page / each * page_size;

		/* Behind the address of the next chunk. */
		kho_store(bytes + chunk + (page % each + 1) * KHO_ADDRESS_SIZE,
			  address + plan->pfns.offset + page * page_size);
		if (page % each == 0 && page)
			kho_store(bytes + chunk - page_size, address + chunk);
	}
}

static struct kho_vmalloc pfns_describe(const struct kho_plan *plan, uint64_t address)
{
	uint32_t page_size = plan->options->page_size;

	/* order 0: kho_restore_vmalloc() restores each page by itself, as the radix tree has them. */
	return (struct kho_vmalloc){
		.first = htole64(address + plan->chunks.offset),
		.total_pages = htole32(
			(uint32_t)(hwpoison_round_up(plan->pfns.size, page_size) / page_size)),
		.flags = htole16(KHO_VMALLOC_ALLOC),
	};
}

int hwpoison_kho_tree_begin(void *fdt, uint64_t size, const char *compatible)
{
	int error = fdt_create(fdt, (int)size);

	if (!error)
		error = fdt_finish_reservemap(fdt);
	if (!error)
		error = fdt_begin_node(fdt, "");
	return error ? error : fdt_property_string(fdt, "compatible", compatible);
}

int hwpoison_kho_tree_end(void *fdt, uint64_t size, uint64_t *used)
{
	int error = fdt_end_node(fdt);

	if (!error)
		error = fdt_finish(fdt);
	if (error)
		return error;
	*used = fdt_totalsize(fdt);
	/* libfdt leaves behind the end what it moved from there. */
	memset((uint8_t *)fdt + *used, 0, size - *used);
	return 0;
}

/* The older shape: for version 2, in which a blob has no size of its own and must be a tree. */
static int hwpoison_tree_put(struct kho_plan *plan, uint64_t address, void *fdt)
{
	struct kho_vmalloc pfns = pfns_describe(plan, address);
	uint64_t room = plan->hwpoison.size, count = htole64(plan->kept_pages);
	int error = hwpoison_kho_tree_begin(fdt, room, KHO_HWPOISON_COMPATIBLE);

	if (!error)
		error = fdt_property(fdt, KHO_HWPOISON_COUNT, &count, sizeof(count));
	if (!error)
		error = fdt_property(fdt, KHO_HWPOISON_PFNS, &pfns, sizeof(pfns));
	return error ? error : hwpoison_kho_tree_end(fdt, room, &plan->hwpoison.size);
}

static void hwpoison_struct_put(const struct kho_plan *plan, uint64_t address, void *bytes)
{
	const struct kho_hwpoison blob = {
		.version = htole32(KHO_HWPOISON_VERSION),
		.count = htole64(plan->kept_pages),
		.pfns = pfns_describe(plan, address),
	};

	memcpy(bytes, &blob, sizeof(blob));
}

/* The tree of so many ranges, up to the place for them. Negative FDT_ERR_*. */
static int ranges_begin(void *fdt, uint64_t size, size_t count, void **ranges)
{
	int error = hwpoison_kho_tree_begin(fdt, size, KHO_RANGES_COMPATIBLE);

	return error ? error :
		       fdt_property_placeholder(fdt, KHO_RANGES_PROPERTY,
						(int)(count * sizeof(struct kho_range)), ranges);
}

int hwpoison_kho_ranges_size(size_t count, uint64_t *size)
{
	uint64_t tree[KHO_TREE_OVERHEAD / sizeof(uint64_t)], used;
	void *ranges;
	int error = ranges_begin(tree, sizeof(tree), 0, &ranges);

	if (!error)
		error = hwpoison_kho_tree_end(tree, sizeof(tree), &used);
	if (error)
		return HWPOISON_EFDT;
	*size = used + count * sizeof(struct kho_range);
	return *size <= INT32_MAX ? 0 : HWPOISON_ERANGE;
}

static int ranges_put(const struct kho_plan *plan, void *fdt)
{
	const struct hwpoison_frames *known = plan->known;
	uint64_t used;
	void *ranges;
	uint8_t *next;
	int error = ranges_begin(fdt, plan->ranges.size, known->count, &ranges);

	if (error)
		return error;
	next = ranges;
	for (size_t i = 0; i < known->count; i++, next += sizeof(struct kho_range)) {
		const struct hwpoison_frame_range *range = &known->ranges[i];
		const struct kho_range entry = {
			.start = htole64(range->start),
			.size = htole64(range->end - range->start),
			.sources = htole32(range->sources),
			.page_size = htole32(range->page_size),
		};

		memcpy(next, &entry, sizeof(entry));
	}
	return hwpoison_kho_tree_end(fdt, plan->ranges.size, &used);
}

int hwpoison_kho_blobs_write(struct kho_plan *plan, uint64_t address, void *bytes)
{
	uint8_t *hwpoison = (uint8_t *)bytes + plan->hwpoison.offset;

	pfns_put(plan, address, bytes);
	if (plan->options->abi >= KHO_BLOB_SIZE_SINCE)
		hwpoison_struct_put(plan, address, hwpoison);
	else if (hwpoison_tree_put(plan, address, hwpoison))
		return HWPOISON_EFDT;
	return ranges_put(plan, (uint8_t *)bytes + plan->ranges.offset) ? HWPOISON_EFDT : 0;
}
