/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sub-node "hwpoison" of a KHO tree, and struct kho_vmalloc, as kho_restore_vmalloc() reads it. */
#include <stdlib.h>
#include <string.h>

#include "tests/kho_reader_private.h"

/* An array of pages: struct kho_vmalloc { u64 first; u32 total_pages; u16 flags, order; }. */
static bool vmalloc_read(struct kho_read *read, const uint8_t *vmalloc, uint64_t array_size,
			 uint8_t *array)
{
	uint64_t last = kho_read_number(vmalloc + 8);
	uint64_t total = last & UINT32_MAX, flags = last >> 32 & 0xffff, order = last >> 48;
	uint64_t wanted = (array_size + read->page_size - 1) / read->page_size, pages = 0;
	uint64_t chunk = kho_read_number(vmalloc), entries = read->page_size / 8;

	/* VM_ALLOC, which vmalloc() gives; a page without a size would not be mapped. */
	if (flags != 1 || order || total != wanted || !total)
		return kho_read_refuse(read, "struct kho_vmalloc", last);
	while (chunk) {
		const uint8_t *bytes = kho_read_take(read, chunk, read->page_size, true);
		uint64_t i;

		if (!bytes)
			return false;
		for (i = 1; i < entries && kho_read_number(bytes + 8 * i); i++, pages++) {
			uint64_t size = array_size < read->page_size ? array_size : read->page_size;
			const uint8_t *page = kho_read_take(read, kho_read_number(bytes + 8 * i),
							    size, true);

			if (!page)
				return false;
			memcpy(array, page, size);
			array += size;
			array_size -= size;
		}
		chunk = kho_read_number(bytes);
		if ((chunk && i < entries) || i == 1)
			return kho_read_refuse(read, "a chunk that is not full", i);
		for (; i < entries; i++)
			if (kho_read_number(bytes + 8 * i))
				return kho_read_refuse(read, "an address behind the end", i);
	}
	return pages == total || kho_read_refuse(read, "total_pages", pages);
}

static bool list_read(struct kho_read *read, const uint8_t *vmalloc, uint64_t count)
{
	/* One page when there is nothing: an empty array cannot be restored. */
	uint64_t size = 8 * (count ? count : 1);
	uint8_t *array;
	bool good;

	if (size > read->size)
		return kho_read_refuse(read, "more frames than there is room for", count);
	array = calloc(1, size);
	read->listed = calloc(count + 1, sizeof(*read->listed));
	good = vmalloc_read(read, vmalloc, size, array);
	for (uint64_t i = 0; good && i < count; i++)
		read->listed[i] = kho_read_number(array + 8 * i) * read->page_size;
	read->listed_count = count;
	if (good && !count && kho_read_number(array))
		good = kho_read_refuse(read, "a frame in an empty list", 0);
	free(array);
	return good;
}

/* FDT: "hwpoison-v1". */
static bool tree_read(struct kho_read *read, const struct kho_read_blob *blob)
{
	static const char *const names[] = {"compatible", "count", "pfns", NULL};
	const uint8_t *count, *pfns;
	int count_size, pfns_size;

	if (!kho_read_tree(read, blob->bytes, blob->size) ||
	    !kho_read_compatible(read, blob->bytes, "hwpoison-v1") ||
	    !kho_read_properties(read, blob->bytes, 0, names))
		return false;
	count = fdt_getprop(blob->bytes, 0, "count", &count_size);
	pfns = fdt_getprop(blob->bytes, 0, "pfns", &pfns_size);
	if (count_size != 8 || pfns_size != 16)
		return kho_read_refuse(read, "properties of hwpoison", (uint64_t)count_size);
	return list_read(read, pfns, kho_read_number(count));
}

bool kho_read_hwpoison(struct kho_read *read)
{
	const struct kho_read_blob *blob = kho_read_blob(read, "hwpoison");

	if (!blob)
		return kho_read_refuse(read, "no sub-node hwpoison", 0);
	if (read->version == 2)
		return tree_read(read, blob);
	/* u32 version = 1; u32 pad; u64 count; struct kho_vmalloc pfns, packed. */
	if (blob->size != 32 || kho_read_number(blob->bytes) != 1)
		return kho_read_refuse(read, "the head of hwpoison", blob->size);
	return list_read(read, blob->bytes + 16, kho_read_number(blob->bytes + 8));
}
