/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KHO trees for tests: written by the library, in memory that is dirty before and guarded behind, and
 * read by the independent reader. */
#ifndef TESTS_UNIT_KHO_FIXTURE_H
#define TESTS_UNIT_KHO_FIXTURE_H

#include "tests/kho_reader.h"
#include "tests/unit/words.h"

struct kho_made {
	uint8_t *bytes;
	size_t size;
	struct hwpoison_kho_layout layout;
	struct kho_read read;
};

#define KHO_GUARD 64

static inline int kho_write_only(const struct hwpoison_frames *kept,
				 const struct hwpoison_frames *known,
				 const struct hwpoison_kho_options *options, uint64_t address,
				 struct kho_made *made)
{
	int error;

	*made = (struct kho_made){0};
	error = hwpoison_kho_size(kept, known, options, &made->size);
	if (error)
		return error;
	made->bytes = malloc(made->size + KHO_GUARD);
	assert_non_null(made->bytes);
	memset(made->bytes, 0xa5, made->size + KHO_GUARD);
	error = hwpoison_kho_write(kept, known, options, address, made->bytes, made->size,
				   &made->layout);
	for (size_t i = 0; i < KHO_GUARD; i++)
		assert_int_equal(made->bytes[made->size + i], 0xa5);
	return error;
}

/* As a next kernel with pages of page_size finds it; else made->read.error says why not. */
static inline bool kho_read_made(struct kho_made *made, uint64_t address, uint32_t page_size)
{
	made->read = (struct kho_read){
		.bytes = made->bytes,
		.address = address,
		.size = made->size,
		.page_size = page_size,
	};
	return kho_read(&made->read, made->layout.fdt, made->layout.fdt_size, made->layout.scratch,
			made->layout.scratch_size);
}

static inline void kho_made_free(struct kho_made *made)
{
	kho_read_free(&made->read);
	free(made->bytes);
}

#endif
