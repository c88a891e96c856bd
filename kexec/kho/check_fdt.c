/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the flattened trees of KHO tag by tag (Devicetree Specification, chapter 5), in the one form
 * in which a tree without gaps can be written: so that no bit of it can change unseen.
 */
#include <string.h>

#include "kexec/bytes.h"
#include "kexec/kho/check.h"

enum fdt_header_bytes {
	FDT_MAGIC_AT = 0,
	FDT_TOTAL_AT = 4,
	FDT_STRUCT_AT = 8,
	FDT_STRINGS_AT = 12,
	FDT_RESERVE_AT = 16,
	FDT_VERSION_AT = 20,
	FDT_COMPATIBLE_AT = 24,
	FDT_CPU_AT = 28,
	FDT_STRINGS_SIZE_AT = 32,
	FDT_STRUCT_SIZE_AT = 36,
	FDT_HEADER_SIZE = 40,
};
#define FDT_MAGIC_NUMBER 0xd00dfeed
#define FDT_RESERVE_SIZE 16 /* of an empty block: the entry that ends it */
enum fdt_tag { TAG_BEGIN = 1, TAG_END = 2, TAG_PROPERTY = 3, TAG_LAST = 9 };

#define NAMES_MAX 8

struct tree {
	struct kho_view *view;
	const char *what; /* for messages */
	const uint8_t *bytes;
	uint32_t at, end; /* of the structure block: what was read */
	uint32_t strings, strings_size;
	/* Where the names of properties that were used are. */
	struct {
		uint32_t offset, size;
	} names[NAMES_MAX];
	size_t name_count;
};

#define TREE_WRONG(tree, ...) tree_wrong((tree), __VA_ARGS__)

static int tree_wrong(struct tree *tree, const char *why)
{
	return KHO_WRONG(tree->view, "%s: %s", tree->what, why);
}

static uint32_t be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static bool all_zero(const uint8_t *bytes, uint64_t size)
{
	for (uint64_t i = 0; i < size; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

/* The header, and that the blocks follow one another. size: at most; *total: of the tree. */
static int tree_open(struct kho_view *view, const char *what, const uint8_t *bytes, uint64_t size,
		     struct tree *tree, uint64_t *total)
{
	uint64_t reserve, start;

	*tree = (struct tree){.view = view, .what = what, .bytes = bytes};
	if (size < FDT_HEADER_SIZE + FDT_RESERVE_SIZE || be32(bytes) != FDT_MAGIC_NUMBER ||
	    be32(bytes + FDT_VERSION_AT) != 17 || be32(bytes + FDT_COMPATIBLE_AT) != 16 ||
	    be32(bytes + FDT_CPU_AT))
		return TREE_WRONG(tree, "its header is no good one");
	reserve = be32(bytes + FDT_RESERVE_AT);
	start = be32(bytes + FDT_STRUCT_AT);
	tree->strings = be32(bytes + FDT_STRINGS_AT);
	tree->strings_size = be32(bytes + FDT_STRINGS_SIZE_AT);
	*total = (uint64_t)tree->strings + tree->strings_size;
	if ((reserve != 40 && reserve != 48) || start != reserve + FDT_RESERVE_SIZE ||
	    tree->strings != start + be32(bytes + FDT_STRUCT_SIZE_AT) ||
	    be32(bytes + FDT_TOTAL_AT) != *total || *total > size)
		return TREE_WRONG(tree, "its blocks do not follow one another");
	if (!all_zero(bytes + FDT_HEADER_SIZE, start - FDT_HEADER_SIZE))
		return TREE_WRONG(tree, "it reserves memory");
	tree->at = (uint32_t)start;
	tree->end = tree->strings;
	return 0;
}

static uint32_t tag_next(struct tree *tree)
{
	if (tree->end - tree->at < 4)
		return 0;
	tree->at += 4;
	return be32(tree->bytes + tree->at - 4);
}

/* size bytes and zeroes up to the next tag; NULL when that is not what there is. */
static const uint8_t *bytes_next(struct tree *tree, uint64_t size)
{
	const uint8_t *bytes = tree->bytes + tree->at;
	uint64_t padded = (size + 3) / 4 * 4;

	if (padded > tree->end - tree->at || !all_zero(bytes + size, padded - size))
		return NULL;
	tree->at += (uint32_t)padded;
	return bytes;
}

/* Begins a node, whose name must be one of them; which, or -1. */
static int node_begin(struct tree *tree, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t size = strlen(names[i]) + 1;
		uint32_t at = tree->at;
		const uint8_t *bytes;

		if (tag_next(tree) == TAG_BEGIN && size <= tree->end - tree->at &&
		    memcmp(tree->bytes + tree->at, names[i], size) == 0) {
			bytes = bytes_next(tree, size);
			if (bytes)
				return (int)i;
		}
		tree->at = at;
	}
	return -1;
}

static void name_note(struct tree *tree, uint32_t offset, uint32_t size)
{
	for (size_t i = 0; i < tree->name_count; i++) {
		if (tree->names[i].offset == offset)
			return;
	}
	if (tree->name_count < NAMES_MAX) {
		tree->names[tree->name_count].offset = offset;
		tree->names[tree->name_count++].size = size;
	}
}

/* The next thing must be this property; its value, or NULL. length: wanted, or 0 for any, which it
 * becomes. */
static const uint8_t *property_next(struct tree *tree, const char *name, uint32_t *length)
{
	uint32_t size = (uint32_t)strlen(name) + 1, found, offset;

	if (tag_next(tree) != TAG_PROPERTY || tree->end - tree->at < 8)
		return NULL;
	found = be32(tree->bytes + tree->at);
	offset = be32(tree->bytes + tree->at + 4);
	tree->at += 8;
	if ((*length && found != *length) || offset > tree->strings_size ||
	    size > tree->strings_size - offset ||
	    memcmp(tree->bytes + tree->strings + offset, name, size) != 0)
		return NULL;
	name_note(tree, offset, size);
	*length = found;
	return bytes_next(tree, found);
}

static bool property_is(struct tree *tree, const char *name, const char *value)
{
	uint32_t length = (uint32_t)strlen(value) + 1;
	const uint8_t *found = property_next(tree, name, &length);

	return found && memcmp(found, value, length) == 0;
}

/* A number of the ABI: in the byte order of the kernels, not of the tree. */
static bool property_number(struct tree *tree, const char *name, uint64_t *number)
{
	uint32_t length = 8;
	const uint8_t *found = property_next(tree, name, &length);

	if (found)
		*number = get_le64(found);
	return found != NULL;
}

/* Nothing may be left, neither a tag nor a name. */
static int tree_close(struct tree *tree)
{
	uint32_t named = 0;
	uint32_t root_end = tag_next(tree), last = tag_next(tree);

	if (root_end != TAG_END || last != TAG_LAST || tree->at != tree->end)
		return TREE_WRONG(tree, "it has more than it may");
	for (size_t i = 0; i < tree->name_count; i++) {
		size_t j = 0;

		while (j < tree->name_count && tree->names[j].offset != named)
			j++;
		if (j == tree->name_count)
			return TREE_WRONG(tree, "its names are not those of its properties");
		named += tree->names[j].size;
	}
	return named == tree->strings_size ? 0 : TREE_WRONG(tree, "it has a name too many");
}

/* --- "hwpoison": the shapes that were published for the kernel's own list --------------------------- */

/* It names the pages that are RAM of the next kernel: others have no struct page to be flagged. */
static int count_check(struct kho_view *view, uint64_t count, const uint8_t *vmalloc)
{
	struct hwpoison_map pages = {0};
	int error = kho_pages(&view->plan->kho.kept, NULL, true, view->page, &pages);
	uint64_t wanted = hwpoison_map_bytes(&pages, HWPOISON_RESERVED) / view->page;

	if (error)
		error = KHO_WRONG(view, "out of memory");
	else if (count != wanted)
		error = KHO_WRONG(view, "hwpoison counts %llu frames, not %llu",
				  (unsigned long long)count, (unsigned long long)wanted);
	else
		error = kho_array_check(view, vmalloc, &pages);
	hwpoison_map_free(&pages);
	return error;
}

/* u32 version, u32 0, u64 count, struct kho_vmalloc. */
static int hwpoison_check(struct kho_view *view, uint64_t address, uint64_t size)
{
	const uint8_t *bytes = kho_claim_own(view, "hwpoison", address, size);

	if (!bytes)
		return -1;
	if (size != 32 || get_le32(bytes) != 1 || get_le32(bytes + 4))
		return KHO_WRONG(view, "hwpoison is not of version 1");
	return count_check(view, get_le64(bytes + 8), bytes + 16);
}

/* The older one, a tree; version 2 takes its own word for the size of a blob. */
static int hwpoison_tree_check(struct kho_view *view, uint64_t address)
{
	static const char *const root[] = {""};
	const uint8_t *bytes = kho_claim_own(view, "hwpoison", address, view->page), *vmalloc;
	uint32_t length = 16;
	uint64_t count = 0, total = 0;
	struct tree tree;

	if (!bytes || tree_open(view, "hwpoison", bytes, view->page, &tree, &total))
		return -1;
	if (!all_zero(bytes + total, view->page - total))
		return TREE_WRONG(&tree, "there is something behind it");
	if (node_begin(&tree, root, 1) || !property_is(&tree, "compatible", "hwpoison-v1") ||
	    !property_number(&tree, "count", &count))
		return TREE_WRONG(&tree, "it is no list of version 1");
	vmalloc = property_next(&tree, "pfns", &length);
	if (!vmalloc)
		return TREE_WRONG(&tree, "it has no array");
	return tree_close(&tree) ? -1 : count_check(view, count, vmalloc);
}

/* --- "hwpoison-ranges": doc/formats.md -------------------------------------------------------------- */

#define RANGE_SIZE 24 /* u64 start, u64 size, u32 sources, u32 page size */

static int ranges_compare(struct tree *tree, const uint8_t *bytes, uint32_t length)
{
	const struct hwpoison_frames *frames = &tree->view->plan->frames;

	if (length != frames->count * RANGE_SIZE)
		return TREE_WRONG(tree, "it has another number of ranges");
	for (size_t i = 0; i < frames->count; i++, bytes += RANGE_SIZE) {
		const struct hwpoison_frame_range *range = &frames->ranges[i];

		if (get_le64(bytes) != range->start ||
		    get_le64(bytes + 8) != range->end - range->start ||
		    get_le32(bytes + 16) != range->sources ||
		    get_le32(bytes + 20) != range->page_size)
			return TREE_WRONG(tree, "a range is not what was learnt");
	}
	return 0;
}

/* size: 0 when nothing but the tree tells. */
static int ranges_check(struct kho_view *view, uint64_t address, uint64_t size)
{
	static const char *const root[] = {""};
	uint64_t left = view->start + view->size - address, total = 0;
	const uint8_t *bytes, *ranges;
	uint32_t length = 0;
	struct tree tree;

	if (address < view->start || address % view->page || left > view->size)
		return KHO_WRONG(view, "hwpoison-ranges is not in the segment");
	bytes = view->bytes + (address - view->start);
	if (tree_open(view, "hwpoison-ranges", bytes, left, &tree, &total))
		return -1;
	if (size && size != total)
		return TREE_WRONG(&tree, "its blob has another size");
	if (!kho_claim_own(view, "hwpoison-ranges", address, total))
		return -1;
	if (node_begin(&tree, root, 1) || !property_is(&tree, "compatible", "hwpoison-ranges-v1"))
		return TREE_WRONG(&tree, "it is no list of version 1");
	ranges = property_next(&tree, "ranges", &length);
	if (!ranges)
		return TREE_WRONG(&tree, "it has no ranges");
	return ranges_compare(&tree, ranges, length) ? -1 : tree_close(&tree);
}

/* --- the root --------------------------------------------------------------------------------- */

static const char *const blob_names[] = {"hwpoison", "hwpoison-ranges"};
#define BLOBS 2

struct root_tree {
	uint64_t map;
	struct {
		bool there;
		uint64_t address, size;
	} blobs[BLOBS];
};

/* size[]: 0 without a property, as version 2 has none. */
static int blob_node_read(struct tree *tree, struct root_tree *root)
{
	int which = node_begin(tree, blob_names, BLOBS);

	if (which < 0 || root->blobs[which].there)
		return TREE_WRONG(tree,
				  "it has another sub-node than hwpoison and hwpoison-ranges");
	root->blobs[which].there = true;
	if (!property_number(tree, "preserved-data", &root->blobs[which].address) ||
	    (tree->view->plan->kho.abi >= HWPOISON_KHO_V3 &&
	     (!property_number(tree, "blob-size", &root->blobs[which].size) ||
	      !root->blobs[which].size)) ||
	    tag_next(tree) != TAG_END)
		return TREE_WRONG(tree, "a sub-node has not the properties of its version");
	return 0;
}

static int root_read(struct tree *tree, struct root_tree *root)
{
	static const char *const names[] = {""};
	static const char *const versions[] = {"kho-v2", "kho-v3", "kho-v4"};
	unsigned int abi = tree->view->plan->kho.abi;

	if (abi < HWPOISON_KHO_V2 || abi > HWPOISON_KHO_V4)
		return TREE_WRONG(tree, "the version is not known");
	if (node_begin(tree, names, 1) ||
	    !property_is(tree, "compatible", versions[abi - HWPOISON_KHO_V2]))
		return TREE_WRONG(tree, "it is of another version");
	if (!property_number(tree, "preserved-memory-map", &root->map) || !root->map)
		return TREE_WRONG(tree, "it has no preserved-memory-map of 8 bytes");
	for (size_t i = 0; i < BLOBS; i++) {
		if (blob_node_read(tree, root))
			return -1;
	}
	return tree_close(tree);
}

int kho_root_check(struct kho_view *view, uint64_t address)
{
	const uint8_t *bytes = kho_claim_own(view, "the root tree", address, view->page);
	struct root_tree root = {0};
	struct tree tree;
	uint64_t total = 0;

	if (!bytes || tree_open(view, "the root tree", bytes, view->page, &tree, &total))
		return -1;
	if (!all_zero(bytes + total, view->page - total))
		return TREE_WRONG(&tree, "there is something behind it");
	if (root_read(&tree, &root) || kho_radix_read(view, root.map))
		return -1;
	if (view->plan->kho.abi >= HWPOISON_KHO_V3 ?
		    hwpoison_check(view, root.blobs[0].address, root.blobs[0].size) :
		    hwpoison_tree_check(view, root.blobs[0].address))
		return -1;
	return ranges_check(view, root.blobs[1].address, root.blobs[1].size);
}
