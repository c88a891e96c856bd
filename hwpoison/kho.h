/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kexec HandOver: what its ABI says (Linux include/linux/kho/abi/kexec_handover.h, versions 2 to 4),
 * and what the files that write and read it share. All numbers of the ABI, those in device trees
 * included, are in the byte order of the kernels, which is little endian on both architectures.
 */
#ifndef HWPOISON_KHO_H
#define HWPOISON_KHO_H

#include <endian.h>
#include <string.h>

#include <libfdt.h>

#include "hwpoison/internal.h"

#pragma GCC visibility push(hidden)

/* ------------------------------------------------------------------------------ the kernel's ABI */

/* Properties of the root (KHO_FDT_MEMORY_MAP_PROP_NAME) and of its sub-nodes
 * (KHO_SUB_TREE_PROP_NAME, KHO_SUB_TREE_SIZE_PROP_NAME; the latter from version 3 on). */
#define KHO_MEMORY_MAP "preserved-memory-map"
#define KHO_BLOB "preserved-data"
#define KHO_BLOB_SIZE "blob-size"
#define KHO_BLOB_SIZE_SINCE HWPOISON_KHO_V3

/* struct kho_scratch (include/linux/kexec_handover.h). */
struct kho_scratch {
	uint64_t address, size;
};

/* kho_populate() maps the array by early_memremap(), which maps 256 KiB at most on both
 * architectures (NR_FIX_BTMAPS in their asm/fixmap.h). */
#define KHO_SCRATCH_MAX (0x40000 / sizeof(struct kho_scratch))

/* struct kho_vmalloc: pages that were mapped one behind another. first leads to the first chunk;
 * KHO_VMALLOC_ALLOC (kernel/liveupdate/kexec_handover.c) says that vmalloc() made them. */
struct kho_vmalloc {
	uint64_t first;
	uint32_t total_pages;
	uint16_t flags;
	uint16_t order;
};
#define KHO_VMALLOC_ALLOC 1

/* struct kho_vmalloc_chunk is a page: the address of the next chunk, and addresses of pages up to a 0
 * or the end. The same holds for a table of the radix tree (struct kho_radix_node): addresses. */
#define KHO_ADDRESS_SIZE sizeof(uint64_t)

/* ------------------------------------------------------------------------------- the blobs in it */

/* What the proof of concept of "mm/hwpoison: persist poisoned PFN list across kexec via KHO" has
 * published: first a device tree with two properties, later a structure. */
#define KHO_HWPOISON "hwpoison"
#define KHO_HWPOISON_COMPATIBLE "hwpoison-v1"
#define KHO_HWPOISON_COUNT "count"
#define KHO_HWPOISON_PFNS "pfns"
#define KHO_HWPOISON_VERSION 1

struct kho_hwpoison {
	uint32_t version;
	uint32_t pad;
	uint64_t count;
	struct kho_vmalloc pfns; /* of u64 */
} __attribute__((packed));

_Static_assert(sizeof(struct kho_vmalloc) == 16, "as the ABI has it");
_Static_assert(sizeof(struct kho_hwpoison) == 32, "as it was published");

/* Ours: see doc/formats.md. */
#define KHO_RANGES "hwpoison-ranges"
#define KHO_RANGES_COMPATIBLE "hwpoison-ranges-v1"
#define KHO_RANGES_PROPERTY "ranges"

struct kho_range {
	uint64_t start, size;
	uint32_t sources, page_size;
};

_Static_assert(sizeof(struct kho_range) == 24, "without padding");

/* --------------------------------------------------------------------------------- kho_plan.c */

/* No table or bitmap has more above it: 6 levels with pages of 4 KiB, fewer with larger ones. */
#define KHO_LEVELS_MAX 6

/* The shape of the radix tree for a page size (enum kho_radix_consts). */
struct kho_geometry {
	unsigned int page_shift;
	unsigned int key_bit;	  /* which bit of a key says that a page is of order 0 */
	unsigned int bitmap_bits; /* bits of a key that a bitmap, level 0, decides */
	unsigned int table_bits;  /* bits of a key that a table, any other level, decides */
	unsigned int levels;
};

/* A piece of the buffer, bytes. size is what is used, or may be used, of the whole pages that it has. */
struct kho_piece {
	uint64_t offset, size;
};

/* What is to be written, and where in the buffer. */
struct kho_plan {
	struct kho_geometry geometry;
	const struct hwpoison_kho_options *options;
	struct hwpoison_frames kept;	     /* whole pages of the next kernel */
	const struct hwpoison_frames *known; /* borrowed */
	uint64_t kept_pages;
	/* Preserved by entries of their own in the radix tree. */
	struct kho_piece root, hwpoison, pfns, chunks, ranges;
	struct kho_piece scratch, radix;
	uint64_t size; /* of all of it; whole pages */
};

/* HWPOISON_EARGUMENT, HWPOISON_ERANGE, HWPOISON_ENOMEM; hwpoison_kho_plan_free() in any case. */
int hwpoison_kho_plan_make(const struct hwpoison_frames *kept, const struct hwpoison_frames *known,
			   const struct hwpoison_kho_options *options, struct kho_plan *plan);
void hwpoison_kho_plan_free(struct kho_plan *plan);

/* How many numbers an array of addresses in a page has. */
static inline uint64_t kho_page_addresses(const struct kho_plan *plan)
{
	return plan->options->page_size / KHO_ADDRESS_SIZE;
}

/* ------------------------------------------------------------- kho_radix.c, kho_blobs.c */

/* These write into a buffer of zeroes that will lie at address. */

/* The tree of plan->kept and of the buffer's own preserved pages. Its root is the first page of
 * plan->radix. */
void hwpoison_kho_radix_write(const struct kho_plan *plan, uint64_t address, void *bytes);

/* The sub-nodes' blobs, with the array of PFNs. plan->hwpoison.size becomes what the blob has come
 * to. HWPOISON_EFDT. */
int hwpoison_kho_blobs_write(struct kho_plan *plan, uint64_t address, void *bytes);

/* No device tree of ours needs more, without what stands in an array. */
#define KHO_TREE_OVERHEAD 256

/* The exact size of the blob of so many ranges. HWPOISON_ERANGE (past what libfdt counts in an int),
 * HWPOISON_EFDT. */
int hwpoison_kho_ranges_size(size_t count, uint64_t *size);

/* Begins a device tree in size bytes, with its compatible, and ends it: *used bytes, and zeroes.
 * Negative FDT_ERR_*. */
int hwpoison_kho_tree_begin(void *fdt, uint64_t size, const char *compatible);
int hwpoison_kho_tree_end(void *fdt, uint64_t size, uint64_t *used);

/* ------------------------------------------------------------------------------ unaligned numbers */

static inline void kho_store(void *bytes, uint64_t value)
{
	value = htole64(value);
	memcpy(bytes, &value, sizeof(value));
}

static inline uint64_t kho_fetch(const void *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return le64toh(value);
}

#pragma GCC visibility pop

#endif
