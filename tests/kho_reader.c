/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root, the radix tree and the scratch memory of a KHO tree, as the next kernel reads them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kho_reader_private.h"

bool kho_read_refuse(struct kho_read *read, const char *what, uint64_t number)
{
	if (!read->error[0])
		snprintf(read->error, sizeof(read->error), "%s (0x%llx)", what,
			 (unsigned long long)number);
	return false;
}

uint64_t kho_read_number(const uint8_t *bytes)
{
	uint64_t number = 0;

	for (int i = 7; i >= 0; i--)
		number = number << 8 | bytes[i];
	return number;
}

const uint8_t *kho_read_take(struct kho_read *read, uint64_t address, uint64_t size, bool own)
{
	uint64_t offset = address - read->address, page_size = read->page_size;

	if (address % page_size || address < read->address || offset >= read->size || !size ||
	    size > read->size - offset) {
		kho_read_refuse(read, "not whole pages of the buffer", address);
		return NULL;
	}
	for (uint64_t left = size, page = offset / page_size; left; page++) {
		uint64_t here = left < page_size ? left : page_size;

		if (read->used[page]) {
			kho_read_refuse(read, "a page has two meanings", address);
			return NULL;
		}
		read->used[page] = (uint32_t)here;
		read->own[page] = own;
		left -= here;
	}
	return read->bytes + offset;
}

/* ------------------------------------------------------------------------------------ the root */

bool kho_read_tree(struct kho_read *read, const uint8_t *fdt, uint64_t size)
{
	int error = size < sizeof(struct fdt_header) ? -FDT_ERR_TRUNCATED :
						       fdt_check_full(fdt, size);
	uint32_t reserve, structure, strings;

	if (error)
		return kho_read_refuse(read, "libfdt refuses a tree", (uint64_t)-error);
	/* Header, empty reserve block, structure and strings, with at most padding between them. */
	reserve = fdt_off_mem_rsvmap(fdt);
	structure = reserve + sizeof(struct fdt_reserve_entry);
	strings = structure + fdt_size_dt_struct(fdt);
	if (reserve > 48 || fdt_num_mem_rsv(fdt) || fdt_off_dt_struct(fdt) != structure ||
	    fdt_off_dt_strings(fdt) != strings ||
	    fdt_totalsize(fdt) != strings + fdt_size_dt_strings(fdt) || fdt_version(fdt) != 17 ||
	    fdt_last_comp_version(fdt) != 16 || fdt_boot_cpuid_phys(fdt))
		return kho_read_refuse(read, "a tree has something between its parts", reserve);
	for (uint32_t i = sizeof(struct fdt_header); i < reserve; i++)
		if (fdt[i])
			return kho_read_refuse(read, "padding is not 0", i);
	return true;
}

bool kho_read_properties(struct kho_read *read, const void *fdt, int node, const char *const *names)
{
	int property, count = 0, wanted = 0;

	fdt_for_each_property_offset(property, fdt, node)
	{
		const char *name;
		int length;
		const char *value = fdt_getprop_by_offset(fdt, property, &name, &length);

		for (; value && length % 4; length++)
			if (value[length])
				return kho_read_refuse(read, "padding is not 0", (uint64_t)length);
		count++;
	}
	for (; *names; names++, wanted++)
		if (!fdt_getprop(fdt, node, *names, NULL))
			return kho_read_refuse(read, *names, 0);
	return count == wanted || kho_read_refuse(read, "too many properties", (uint64_t)count);
}

bool kho_read_compatible(struct kho_read *read, const void *fdt, const char *wanted)
{
	int length;
	const char *value = fdt_getprop(fdt, 0, "compatible", &length);

	if (!value || (size_t)length != strlen(wanted) + 1 || strcmp(value, wanted))
		return kho_read_refuse(read, "compatible is not as wanted", 0);
	return true;
}

/* A u64 of the kernel's byte order. */
static bool property_number(struct kho_read *read, const void *fdt, int node, const char *name,
			    uint64_t *number)
{
	int length;
	const void *value = fdt_getprop(fdt, node, name, &length);

	if (!value || length != 8)
		return kho_read_refuse(read, name, (uint64_t)length);
	*number = kho_read_number(value);
	return true;
}

static bool blob_read(struct kho_read *read, const void *fdt, int node)
{
	static const char *const with_size[] = {"preserved-data", "blob-size", NULL};
	static const char *const without[] = {"preserved-data", NULL};
	struct kho_read_blob *blob = &read->blobs[read->blob_count];
	const char *name = fdt_get_name(fdt, node, NULL);

	if (read->blob_count == KHO_READ_BLOBS || strlen(name) >= sizeof(blob->name) ||
	    kho_read_blob(read, name))
		return kho_read_refuse(read, "too many sub-nodes, or of one name", (uint64_t)node);
	strcpy(blob->name, name);
	if (!kho_read_properties(read, fdt, node, read->version == 2 ? without : with_size) ||
	    !property_number(read, fdt, node, "preserved-data", &blob->address))
		return false;
	if (blob->address < read->address || blob->address - read->address >= read->size)
		return kho_read_refuse(read, "a blob is not in the buffer", blob->address);
	blob->bytes = read->bytes + (blob->address - read->address);
	if (read->version == 2)
		/* Of old all blobs are trees. */
		blob->size = fdt_magic(blob->bytes) == FDT_MAGIC ? fdt_totalsize(blob->bytes) : 0;
	else if (!property_number(read, fdt, node, "blob-size", &blob->size))
		return false;
	read->blob_count++;
	return kho_read_take(read, blob->address, blob->size, true) != NULL;
}

static bool root_read(struct kho_read *read, uint64_t address, uint64_t size, uint64_t *map)
{
	static const char *const names[] = {"compatible", "preserved-memory-map", NULL};
	const uint8_t *fdt = kho_read_take(read, address, size, true);
	char compatible[] = "kho-v0";
	int node, length;
	const char *found;

	if (!fdt)
		return false;
	if (size != read->page_size)
		return kho_read_refuse(read, "the root is not a page", size);
	if (!kho_read_tree(read, fdt, size) || !kho_read_properties(read, fdt, 0, names))
		return false;
	read->used[(address - read->address) / read->page_size] = fdt_totalsize(fdt);
	found = fdt_getprop(fdt, 0, "compatible", &length);
	read->version = length == 7 ? (unsigned int)(found[5] - '0') : 0;
	compatible[5] = (char)('0' + read->version);
	if (read->version < 2 || read->version > 4)
		return kho_read_refuse(read, "no known version", read->version);
	if (!kho_read_compatible(read, fdt, compatible) ||
	    !property_number(read, fdt, 0, "preserved-memory-map", map))
		return false;
	fdt_for_each_subnode(node, fdt, 0)
	{
		if (!blob_read(read, fdt, node))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------------- the radix tree */

/* enum kho_radix_consts */
struct radix {
	unsigned int order_0, bitmap, table, depth;
};

static struct radix radix_consts(const struct kho_read *read)
{
	unsigned int page_shift = 0, above;
	struct radix radix;

	while (1u << page_shift < read->page_size)
		page_shift++;
	radix.order_0 = 64 - page_shift;
	radix.table = page_shift - 3;
	radix.bitmap = page_shift + 3;
	above = radix.order_0 - radix.bitmap + (read->version > 2);
	radix.depth = above / radix.table + (above % radix.table != 0) + 1;
	return radix;
}

/* A page that is preserved by a key: an order bit, and the PFN below it. */
static bool key_read(struct kho_read *read, const struct radix *radix, uint64_t key)
{
	uint64_t address = key << (64 - radix->order_0);

	if (key >> radix->order_0 != 1)
		return kho_read_refuse(read, "a key that is not of order 0", key);
	if (read->preserved_count == read->capacity) {
		read->capacity = read->capacity ? 2 * read->capacity : 1024;
		read->preserved = realloc(read->preserved,
					  read->capacity * sizeof(*read->preserved));
		if (!read->preserved)
			abort();
	}
	read->preserved[read->preserved_count++] = address;
	return true;
}

static bool bitmap_read(struct kho_read *read, const struct radix *radix, const uint8_t *bitmap,
			uint64_t prefix)
{
	size_t before = read->preserved_count;

	for (uint64_t byte = 0; byte < read->page_size; byte++) {
		for (unsigned int bit = 0; bitmap[byte] >> bit; bit++)
			if (bitmap[byte] >> bit & 1 &&
			    !key_read(read, radix, prefix | byte << 3 | bit))
				return false;
	}
	return read->preserved_count != before || kho_read_refuse(read, "an empty bitmap", prefix);
}

static bool node_read(struct kho_read *read, const struct radix *radix, uint64_t address,
		      unsigned int level, uint64_t prefix)
{
	const uint8_t *page = kho_read_take(read, address, read->page_size, false);
	unsigned int shift = level ? (level - 1) * radix->table + radix->bitmap : 0;
	uint64_t entries = 0;

	if (!page)
		return false;
	read->radix_pages++;
	if (!level)
		return bitmap_read(read, radix, page, prefix);
	for (uint64_t i = 0; i < read->page_size / 8; i++) {
		uint64_t next = kho_read_number(page + 8 * i);

		if (!next)
			continue;
		entries++;
		if (!node_read(read, radix, next, level - 1, prefix | i << shift))
			return false;
	}
	return entries || kho_read_refuse(read, "an empty table", address);
}

bool kho_read_is_preserved(const struct kho_read *read, uint64_t address)
{
	size_t low = 0, high = read->preserved_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (read->preserved[middle] < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < read->preserved_count && read->preserved[low] == address;
}

/* ------------------------------------------------------------------------------------- the whole */

static bool scratch_read(struct kho_read *read, uint64_t address, uint64_t size)
{
	const uint8_t *bytes = kho_read_take(read, address, size, false);

	if (!bytes || size % 16)
		return kho_read_refuse(read, "not an array of struct kho_scratch", size);
	read->scratch_count = size / 16;
	read->scratch = calloc(read->scratch_count, sizeof(*read->scratch));
	for (size_t i = 0; i < read->scratch_count; i++) {
		struct kho_read_area *area = &read->scratch[i];

		area->address = kho_read_number(bytes + 16 * i);
		area->size = kho_read_number(bytes + 16 * i + 8);
		if (!area->size || (area->address | area->size) % read->page_size)
			return kho_read_refuse(read, "scratch is not of pages", area->address);
		if (area->address < read->address + read->size &&
		    read->address < area->address + area->size)
			return kho_read_refuse(read, "scratch on the tree", area->address);
		for (size_t page = 0; page < read->preserved_count; page++)
			if (read->preserved[page] - area->address < area->size)
				return kho_read_refuse(read, "a preserved page in scratch",
						       read->preserved[page]);
	}
	return true;
}

static bool pages_check(struct kho_read *read)
{
	for (size_t page = 0; page < read->size / read->page_size; page++) {
		const uint8_t *bytes = read->bytes + page * read->page_size;

		if (read->own[page] !=
		    kho_read_is_preserved(read, read->address + page * read->page_size))
			return kho_read_refuse(read,
					       "a page of the buffer is preserved and should "
					       "not be, or the reverse",
					       page);
		read->used_pages += read->used[page] != 0;
		for (uint32_t byte = read->used[page]; byte < read->page_size; byte++)
			if (bytes[byte])
				return kho_read_refuse(read, "a byte without a meaning",
						       page * read->page_size + byte);
	}
	read->kept = calloc(read->preserved_count + 1, sizeof(*read->kept));
	for (size_t i = 0; i < read->preserved_count; i++)
		if (read->preserved[i] - read->address >= read->size)
			read->kept[read->kept_count++] = read->preserved[i];
	return true;
}

bool kho_read(struct kho_read *read, uint64_t fdt, uint64_t fdt_size, uint64_t scratch,
	      uint64_t scratch_size)
{
	struct radix radix;
	uint64_t map;

	read->used = calloc(read->size / read->page_size + 1, sizeof(*read->used));
	read->own = calloc(read->size / read->page_size + 1, sizeof(*read->own));
	if (read->size % read->page_size || read->address % read->page_size)
		return kho_read_refuse(read, "the buffer is not of whole pages", read->address);
	if (!root_read(read, fdt, fdt_size, &map))
		return false;
	radix = radix_consts(read);
	return node_read(read, &radix, map, radix.depth - 1, 0) &&
	       scratch_read(read, scratch, scratch_size) && kho_read_hwpoison(read) &&
	       pages_check(read);
}

void kho_read_free(struct kho_read *read)
{
	free(read->preserved);
	free(read->kept);
	free(read->scratch);
	free(read->listed);
	free(read->used);
	free(read->own);
}

const struct kho_read_blob *kho_read_blob(const struct kho_read *read, const char *name)
{
	for (size_t i = 0; i < read->blob_count; i++)
		if (strcmp(read->blobs[i].name, name) == 0)
			return &read->blobs[i];
	return NULL;
}
