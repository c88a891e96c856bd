/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What blobs from kho/in say: an error, or frames that survive the next hop as they are; and a count. */
#include <stdlib.h>
#include <string.h>

#include "tests/kho_reader.h"

#include "hwpoison/hwpoison.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ADDRESS 0x10000000

/* Writes what was learnt, and reads it back. */
static void hand_over(const struct hwpoison_frames *known)
{
	static const struct hwpoison_range scratch = {0x4000000, 0x8000000};
	const struct hwpoison_kho_options options = {HWPOISON_KHO_V4, 4096, &scratch, 1};
	const struct hwpoison_frames none = {0};
	struct hwpoison_frames again = {0};
	struct hwpoison_kho_layout layout;
	struct kho_read read = {.address = ADDRESS, .page_size = 4096};
	const struct kho_read_blob *blob;
	uint8_t *bytes;

	if (hwpoison_kho_size(&none, known, &options, &read.size))
		abort();
	bytes = malloc(read.size);
	read.bytes = bytes;
	if (hwpoison_kho_write(&none, known, &options, ADDRESS, bytes, read.size, &layout) ||
	    !kho_read(&read, layout.fdt, layout.fdt_size, layout.scratch, layout.scratch_size))
		abort();
	blob = kho_read_blob(&read, "hwpoison-ranges");
	if (hwpoison_kho_frames(blob->bytes, blob->size, &again, NULL) ||
	    again.count != known->count)
		abort();
	for (size_t i = 0; i < again.count; i++)
		if (memcmp(&again.ranges[i], &known->ranges[i], sizeof(again.ranges[i])) != 0)
			abort();
	hwpoison_frames_free(&again);
	kho_read_free(&read);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_problem problem = {0};
	uint64_t count = 0;
	void *blob = malloc(size ? size : 1); /* aligned, and bounded for the sanitizer */
	int error;

	memcpy(blob, data, size);
	error = hwpoison_kho_frames(blob, size, &frames, &problem);
	if (error && (frames.count || !problem.what[0]))
		abort();
	if (!error)
		hand_over(&frames);
	error = hwpoison_kho_count(blob, size, &count, &problem);
	if (error && (count || error != HWPOISON_EPARSE))
		abort();
	hwpoison_frames_free(&frames);
	free(blob);
	return 0;
}
