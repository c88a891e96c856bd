/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What purgatory checks, the map aside, and what the loader writes for it. The checks read memory at
 * the addresses that the parameters give; here these are the addresses of buffers.
 */
#include "tests/unit/purgatory_scene.h"

static void good_parameters_pass(void **state)
{
	struct scene *scene = *state;

	assert_null(purgatory_parameters_check(&scene->parameters));
	assert_int_equal(scene->parameters.reset_delay, 5000);
	assert_true(purgatory_segment_check(&scene->parameters.segments[0], SHA256_PORTABLE,
					    &scene->fault));
	assert_true(purgatory_poison_check(&scene->parameters, SHA256_PORTABLE, &scene->fault));
	assert_int_equal(purgatory_poison_frames(&scene->parameters), 4);
	assert_true(purgatory_e820_check(&scene->parameters, &scene->fault));
}

#define REFUSED(member, value, why)                                                                \
	do {                                                                                       \
		struct purgatory_parameters bad_ = scene->parameters;                              \
		const char *got_;                                                                  \
		bad_.member = (value);                                                             \
		got_ = purgatory_parameters_check(&bad_);                                          \
		assert_non_null(got_);                                                             \
		assert_string_equal(got_, why);                                                    \
	} while (0)

static void bad_parameters_are_refused(void **state)
{
	struct scene *scene = *state;
	const struct purgatory_segment first = scene->parameters.segments[0];
	const uint64_t limit = UINT64_C(1) << 52;

	REFUSED(magic, 0, "they do not start with the magic number");
	REFUSED(version, 2, "they are of another version");
	REFUSED(size, 8, "they are of another version");
	REFUSED(flags, 1U << 31, "a flag is unknown");
	REFUSED(psci, 3, "the way to the firmware is none");
	REFUSED(serial_port, 0x10000, "the serial port is not an I/O port");
	REFUSED(serial_baud, 7, "the serial speed is not a divisor of 115200");
	REFUSED(serial_baud, 1, "the serial speed is not a divisor of 115200");
	REFUSED(serial_baud, 230400, "the serial speed is not a divisor of 115200");
	REFUSED(reset_delay, 60001, "the delay is too long");
	REFUSED(segment_count, 17, "there are too many segments");
	REFUSED(segment_count, UINT32_MAX, "there are too many segments");
	REFUSED(segment_count, 0, "the kernel's entry is in no segment");
	REFUSED(segments[0].bytes_size, FRAME + 1, "a segment has more bytes than memory");
	REFUSED(segments[0].start, limit, "a segment lies past the address limit");
	REFUSED(segments[0].memory_size, limit, "a segment lies past the address limit");
	REFUSED(segments[0].memory_size, UINT64_MAX, "a segment lies past the address limit");
	REFUSED(segments[1].hashed, 2, "a segment's hashed flag is neither 0 nor 1");
	REFUSED(segments[0].name[0], '\0', "a segment has no proper name");
	REFUSED(segments[0].name[27], 'x', "a segment has no proper name");
	REFUSED(segments[1], first, "two segments overlap");
	REFUSED(kernel_entry, first.start - 1, "the kernel's entry is in no segment");
	REFUSED(kernel_entry, 0, "the kernel's entry is in no segment");
	REFUSED(handover, 0, "what the kernel is handed is in no segment");
	REFUSED(handover, scene->parameters.handover + 1,
		"what the kernel is handed is in no segment");
	REFUSED(poison_count, 0, "the poison table cannot be where they say");
	REFUSED(poison_count, UINT64_MAX, "the poison table cannot be where they say");
	REFUSED(poison_count, limit / 16, "the poison table cannot be where they say");
	REFUSED(poison_address, 0, "the poison table cannot be where they say");
	REFUSED(poison_address, scene->parameters.poison_address + 4,
		"the poison table cannot be where they say");
	REFUSED(poison_address, limit, "the poison table cannot be where they say");
}

static void segments_are_limited(void **state)
{
	struct scene *scene = *state;
	struct purgatory_parameters *p = &scene->parameters;

	while (p->segment_count < PURGATORY_SEGMENTS_MAX)
		assert_int_equal(purgatory_segment_add(p, "a name that is longer than its room", 0,
						       NULL, 0, FRAME, false),
				 0);
	assert_string_equal(p->segments[15].name, "a name that is longer than ");
	assert_int_equal(purgatory_segment_add(p, "one more", 0, NULL, 0, FRAME, false), -1);
	assert_int_equal(p->segment_count, PURGATORY_SEGMENTS_MAX);
}

static void seal_writes_digests(void **state)
{
	struct scene *scene = *state;
	const struct purgatory_blob *blob = &purgatory_x86_64;
	struct purgatory_parameters *p = &scene->parameters;
	struct purgatory_parameters written;
	uint8_t digest[SHA256_SIZE];

	assert_null(purgatory_seal(blob, p, scene->image));
	memcpy(&written, scene->image + blob->parameters_offset, sizeof(written));
	assert_memory_equal(&written, p, sizeof(written));
	purgatory_parameters_digest(&written, SHA256_PORTABLE, digest);
	assert_memory_equal(digest, written.sha256, sizeof(digest));
	sha256_of(SHA256_PORTABLE, scene->image, blob->parameters_offset, digest);
	assert_memory_equal(digest, written.code_sha256, sizeof(digest));
	assert_memory_equal(scene->image, blob->bytes, blob->parameters_offset);

	/* The digest covers every member: the last before it, and the first. */
	written.code_sha256[31] ^= 1;
	purgatory_parameters_digest(&written, SHA256_PORTABLE, digest);
	assert_memory_not_equal(digest, written.sha256, sizeof(digest));
}

static void seal_refuses_and_writes_nothing(void **state)
{
	struct scene *scene = *state;
	const struct purgatory_blob *blob = &purgatory_x86_64;

	scene->parameters.kernel_entry = 0;
	assert_string_equal(purgatory_seal(blob, &scene->parameters, scene->image),
			    "the kernel's entry is in no segment");
	assert_memory_equal(scene->image, blob->bytes, blob->bytes_size);
}

static void blob_check(const struct purgatory_blob *blob)
{
	uint64_t magic;

	assert_int_equal(blob->memory_size % FRAME, 0);
	assert_true(blob->bytes_size <= blob->memory_size);
	assert_int_equal(blob->parameters_offset + sizeof(struct purgatory_parameters),
			 blob->bytes_size);
	assert_true(blob->entry_offset < blob->parameters_offset);
	assert_int_equal(blob->parameters_offset % 8, 0);
	memcpy(&magic, blob->bytes + blob->parameters_offset, sizeof(magic));
	assert_true(magic == PURGATORY_MAGIC);
}

static void blobs_are_as_told(void **state)
{
	(void)state;
	blob_check(&purgatory_x86_64);
	blob_check(&purgatory_arm64);
	assert_ptr_equal(purgatory_find("x86_64"), &purgatory_x86_64);
	assert_ptr_equal(purgatory_find("arm64"), &purgatory_arm64);
	assert_null(purgatory_find("arm"));
}

static void every_byte_of_a_segment_counts(void **state)
{
	struct scene *scene = *state;
	const struct purgatory_segment *kernel = &scene->parameters.segments[0];

	for (unsigned int i = 0; i < FRAME; i++) {
		scene->kernel[i] ^= 0x80;
		assert_int_equal(purgatory_segment_check(kernel, SHA256_PORTABLE, &scene->fault),
				 i >= 1000);
		scene->kernel[i] ^= 0x80;
	}
	assert_ptr_equal(scene->fault.segment, kernel->name);
	assert_int_equal(scene->fault.start, kernel->start);
	assert_int_equal(scene->fault.end, kernel->start + 1000);
}

/* With a digest that fits, so that it is the order that is refused. */
static void poison_refused(struct scene *scene, uint64_t start, uint64_t end)
{
	scene->poison[1] = (struct purgatory_poison){start, end};
	purgatory_poison_set(&scene->parameters, address_of(scene->poison), scene->poison, 2);
	assert_false(purgatory_poison_check(&scene->parameters, SHA256_PORTABLE, &scene->fault));
	assert_string_equal(scene->fault.what, "the poison table is out of order");
	assert_int_equal(scene->fault.start, start);
}

static void poison_table_is_checked(void **state)
{
	struct scene *scene = *state;

	poison_refused(scene, 0x10000, 0x12000);
	poison_refused(scene, 0x20000, 0x20000);
	poison_refused(scene, 0x20000, 0x1f000);
	poison_refused(scene, 0x20800, 0x22000);
	poison_refused(scene, 0x20000, 0x21800);
	poison_refused(scene, 0x20000, (UINT64_C(1) << 52) + FRAME);
	scene->poison[1].end = 0x22000;
	assert_false(purgatory_poison_check(&scene->parameters, SHA256_PORTABLE, &scene->fault));
	assert_string_equal(scene->fault.what, "the poison table is not what was loaded");
	scene->poison[1] = (struct purgatory_poison){0x11000, UINT64_C(1) << 52};
	purgatory_poison_set(&scene->parameters, address_of(scene->poison), scene->poison, 2);
	assert_true(purgatory_poison_check(&scene->parameters, SHA256_PORTABLE, &scene->fault));
}

static void find_gives_the_first_that_meets(void **state)
{
	static const struct purgatory_poison table[] = {{10, 20}, {20, 30}, {50, 60}};

	(void)state;
	assert_null(purgatory_poison_find(table, 3, 0, 10));
	assert_ptr_equal(purgatory_poison_find(table, 3, 0, 11), &table[0]);
	assert_ptr_equal(purgatory_poison_find(table, 3, 19, 60), &table[0]);
	assert_ptr_equal(purgatory_poison_find(table, 3, 20, 60), &table[1]);
	assert_null(purgatory_poison_find(table, 3, 30, 50));
	assert_ptr_equal(purgatory_poison_find(table, 3, 0, UINT64_MAX), &table[0]);
	assert_ptr_equal(purgatory_poison_find(table, 3, 59, 60), &table[2]);
	assert_null(purgatory_poison_find(table, 3, 60, UINT64_MAX));
	assert_null(purgatory_poison_find(table, 3, 15, 15));
	assert_null(purgatory_poison_find(table, 0, 0, UINT64_MAX));
}

/* Padding is the next kernel's to use as well; the frame beside it is not. */
static void no_segment_lies_on_poison(void **state)
{
	struct scene *scene = *state;
	struct purgatory_segment *only = &scene->parameters.segments[0];
	uint64_t end = only->start + only->memory_size;

	assert_true(purgatory_place_check(&scene->parameters, &scene->fault));
	scene->parameters.segment_count = 1;
	scene->poison[1] = (struct purgatory_poison){end - FRAME, end + FRAME};
	assert_false(purgatory_place_check(&scene->parameters, &scene->fault));
	assert_string_equal(scene->fault.what, "it lies on a poisoned frame");
	assert_ptr_equal(scene->fault.segment, only->name);
	assert_int_equal(scene->fault.start, only->start);
	assert_int_equal(scene->fault.end, end);
	assert_int_equal(scene->fault.poison_start, end - FRAME);
	assert_int_equal(scene->fault.poison_end, end + FRAME);
	scene->poison[1].start = end;
	assert_true(purgatory_place_check(&scene->parameters, &scene->fault));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_parameters_pass),
		TEST(bad_parameters_are_refused),
		TEST(segments_are_limited),
		TEST(seal_writes_digests),
		TEST(seal_refuses_and_writes_nothing),
		TEST(blobs_are_as_told),
		TEST(every_byte_of_a_segment_counts),
		TEST(poison_table_is_checked),
		TEST(find_gives_the_first_that_meets),
		TEST(no_segment_lies_on_poison),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
