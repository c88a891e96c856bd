/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blobs of KHO's sub-nodes for tests, by hand, as doc/formats.md has them. */
#ifndef TESTS_UNIT_KHO_BLOBS_H
#define TESTS_UNIT_KHO_BLOBS_H

#include <libfdt.h>

#include "kexec/bytes.h"
#include "tests/unit/words.h"

/* "hwpoison-ranges" of such frames, at most 4096 bytes; its size. */
static inline size_t ranges_blob(const char *words, uint8_t blob[4096])
{
	struct hwpoison_frames frames = {0};
	uint8_t ranges[2048];

	frames_of_words(words, &frames);
	assert_true(frames.count * 24 <= sizeof(ranges));
	for (size_t i = 0; i < frames.count; i++) {
		put_le64(ranges + 24 * i, frames.ranges[i].start);
		put_le64(ranges + 24 * i + 8, frames.ranges[i].end - frames.ranges[i].start);
		put_le32(ranges + 24 * i + 16, frames.ranges[i].sources);
		put_le32(ranges + 24 * i + 20, frames.ranges[i].page_size);
	}
	assert_int_equal(fdt_create(blob, 4096), 0);
	assert_int_equal(fdt_finish_reservemap(blob), 0);
	assert_int_equal(fdt_begin_node(blob, ""), 0);
	assert_int_equal(fdt_property_string(blob, "compatible", "hwpoison-ranges-v1"), 0);
	assert_int_equal(fdt_property(blob, "ranges", ranges, (int)(frames.count * 24)), 0);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_finish(blob), 0);
	hwpoison_frames_free(&frames);
	return fdt_totalsize(blob);
}

#define COUNT_BLOB 32

/* "hwpoison" of so many frames, which lie nowhere. */
static inline void count_blob(uint64_t count, uint8_t blob[COUNT_BLOB])
{
	memset(blob, 0, COUNT_BLOB);
	put_le32(blob, 1);
	put_le64(blob + 8, count);
}

#endif
