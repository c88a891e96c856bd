/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel shows of the blobs that it was handed over by KHO. Hostile until read. */
#include "hwpoison/fdt.h"
#include "hwpoison/kho.h"

static int refuse(const char *what, int error, struct hwpoison_problem *problem)
{
	hwpoison_problem_set(problem, what, strlen(what));
	return error;
}

/* A property of the root of a tree that must be there with a compatible string; length is exact unless
 * it is 0. */
static int property_get(const struct hwpoison_tree *tree, const char *name, int *length,
			const void **value, struct hwpoison_problem *problem)
{
	int found;

	*value = fdt_getprop(tree->fdt, 0, name, &found);
	if (!*value || (*length && found != *length))
		return refuse(name, HWPOISON_EPARSE, problem);
	*length = found;
	return 0;
}

static int tree_open(const void *blob, size_t size, const char *compatible,
		     struct hwpoison_tree *tree, struct hwpoison_problem *problem)
{
	int error = hwpoison_tree_open(blob, size, tree, problem);

	if (!error && fdt_node_check_compatible(blob, 0, compatible))
		error = refuse("compatible", HWPOISON_EPARSE, problem);
	return error;
}

/* Frames that are not in rising order were not written by us, and would be slow to sort in. The size
 * of the pages at which a range was learnt need not divide it: another source may have cut it. */
static int range_add(struct hwpoison_frames *frames, const struct kho_range *entry)
{
	uint64_t start = le64toh(entry->start), size = le64toh(entry->size);
	uint32_t page_size = le32toh(entry->page_size);
	const struct hwpoison_frame_range range = {start, start + size, HWPOISON_SOURCE_KHO,
						   page_size};

	if (start >= HWPOISON_ADDRESS_LIMIT || !size || size > HWPOISON_ADDRESS_LIMIT - start)
		return HWPOISON_ERANGE;
	if (!hwpoison_page_size_valid(page_size) || (start | size) % HWPOISON_PAGE_SIZE_MIN ||
	    (frames->count && start < frames->ranges[frames->count - 1].end))
		return HWPOISON_EPARSE;
	return hwpoison_frames_add_exact(frames, &range);
}

static int ranges_read(const uint8_t *ranges, size_t size, struct hwpoison_frames *found,
		       struct hwpoison_problem *problem)
{
	if (size % sizeof(struct kho_range))
		return refuse(KHO_RANGES_PROPERTY, HWPOISON_EPARSE, problem);
	for (size_t i = 0; i < size; i += sizeof(struct kho_range)) {
		struct kho_range entry;
		int error;

		memcpy(&entry, ranges + i, sizeof(entry));
		error = range_add(found, &entry);
		if (!error)
			continue;
		refuse(KHO_RANGES_PROPERTY, error, problem);
		if (problem) {
			problem->start = le64toh(entry.start);
			problem->end = le64toh(entry.size) <= UINT64_MAX - problem->start ?
					       problem->start + le64toh(entry.size) :
					       UINT64_MAX;
		}
		return error;
	}
	return 0;
}

int hwpoison_kho_frames(const void *blob, size_t size, struct hwpoison_frames *frames,
			struct hwpoison_problem *problem)
{
	struct hwpoison_frames found = {0};
	struct hwpoison_tree tree;
	const void *ranges;
	int length = 0;
	int error = tree_open(blob, size, KHO_RANGES_COMPATIBLE, &tree, problem);

	if (!error)
		error = property_get(&tree, KHO_RANGES_PROPERTY, &length, &ranges, problem);
	if (!error)
		error = ranges_read(ranges, (size_t)length, &found, problem);
	if (!error)
		error = hwpoison_frames_unite(frames, &found);
	hwpoison_frames_free(&found);
	return error;
}

/* The older of the published shapes. */
static int tree_count(const void *blob, size_t size, uint64_t *count,
		      struct hwpoison_problem *problem)
{
	struct hwpoison_tree tree;
	const void *value, *pfns;
	int value_size = sizeof(uint64_t), pfns_size = sizeof(struct kho_vmalloc);
	int error = tree_open(blob, size, KHO_HWPOISON_COMPATIBLE, &tree, problem);

	if (!error)
		error = property_get(&tree, KHO_HWPOISON_COUNT, &value_size, &value, problem);
	if (!error)
		error = property_get(&tree, KHO_HWPOISON_PFNS, &pfns_size, &pfns, problem);
	if (!error)
		*count = kho_fetch(value);
	return error == HWPOISON_EFDT ? HWPOISON_EPARSE : error;
}

int hwpoison_kho_count(const void *blob, size_t size, uint64_t *count,
		       struct hwpoison_problem *problem)
{
	struct kho_hwpoison read;
	fdt32_t magic;

	if (size < sizeof(magic))
		return refuse("size", HWPOISON_EPARSE, problem);
	memcpy(&magic, blob, sizeof(magic));
	if (fdt32_to_cpu(magic) == FDT_MAGIC)
		return tree_count(blob, size, count, problem);
	memcpy(&read.version, blob, sizeof(read.version));
	if (le32toh(read.version) != KHO_HWPOISON_VERSION)
		return refuse("version", HWPOISON_EPARSE, problem);
	if (size < sizeof(read))
		return refuse("size", HWPOISON_EPARSE, problem);
	memcpy(&read, blob, sizeof(read));
	*count = le64toh(read.count);
	return 0;
}
