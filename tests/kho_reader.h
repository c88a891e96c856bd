/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of KHO trees for tests, made from the kernel's own header alone (Linux 7.2,
 * include/linux/kho/abi/kexec_handover.h, and its version 2) and knowing nothing of who writes them.
 * It reads what lies in memory as the next kernel would find it, and is stricter than any kernel: every
 * byte must have a meaning or be 0, no page may have two, and of the pages of the buffer exactly
 * those must be preserved that are read after the page allocator has come up.
 */
#ifndef TESTS_KHO_READER_H
#define TESTS_KHO_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KHO_READ_BLOBS 4

struct kho_read_area {
	uint64_t address, size;
};

struct kho_read_blob {
	char name[32];
	uint64_t address, size;
	const uint8_t *bytes; /* in the buffer that was read */
};

struct kho_read {
	/* What is read: bytes[0..size) lie at a physical address. Borrowed. */
	const uint8_t *bytes;
	uint64_t address;
	size_t size;
	uint32_t page_size;

	/* What was found. */
	unsigned int version; /* 2 to 4 */
	struct kho_read_blob blobs[KHO_READ_BLOBS];
	size_t blob_count;
	/* Addresses of all preserved pages, rising; and of those outside of the buffer. */
	uint64_t *preserved, *kept;
	size_t preserved_count, kept_count;
	struct kho_read_area *scratch;
	size_t scratch_count;
	/* Addresses of the frames of the sub-node "hwpoison", in its order. */
	uint64_t *listed;
	size_t listed_count;
	size_t radix_pages, used_pages;

	char error[160]; /* why it was refused */

	/* Private: how many bytes of each page have a meaning, and whether it must be preserved. */
	uint32_t *used;
	bool *own;
	size_t capacity;
};

/* Reads the tree whose root is at fdt and whose array of scratch memory is at scratch. The first four
 * members of read are set. False when it is not exactly as it must be: read->error says why.
 * kho_read_free() in any case. */
bool kho_read(struct kho_read *read, uint64_t fdt, uint64_t fdt_size, uint64_t scratch,
	      uint64_t scratch_size);
void kho_read_free(struct kho_read *read);

/* The blob of a name, or NULL. */
const struct kho_read_blob *kho_read_blob(const struct kho_read *read, const char *name);

#endif
