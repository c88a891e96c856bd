/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KHO trees against the independent reader (tests/kho_reader.h), on random sets of frames that crowd
 * around the edges of what a bitmap and a table of the radix tree cover, below and far above 4 GiB, at
 * any address, for each version and page size. The reader itself sees that every byte has a meaning,
 * and that of the buffer's pages just those are preserved that must be. Here: the frames that are
 * preserved outside of it are exactly those that were given, widened to pages; the published list
 * says the same; and our list gives back what is known, to the byte.
 */
#include <libfdt.h>

#include "tests/property/model.h"
#include "tests/unit/kho_fixture.h"

#define FRAMES_MAX 400

struct scene {
	struct hwpoison_kho_options options;
	struct hwpoison_range scratch[3];
	struct hwpoison_frames kept, known, wide;
	uint64_t address;
	size_t size;
};

static unsigned long written, refused;

/* An edge of what a leaf or a table covers, of a page, or of the memory itself. */
static uint64_t draw_edge(uint32_t page_size)
{
	unsigned int shift = (unsigned int)__builtin_ctz(page_size);
	uint64_t leaf = UINT64_C(1) << (2 * shift + 3), table = leaf * (page_size / 8);

	switch (draw(6)) {
	case 0:
		return 0;
	case 1:
		return UINT64_C(1) << 32;
	case 2:
		return leaf * (1 + draw(20));
	case 3:
		return table < HWPOISON_ADDRESS_LIMIT / 4 ? table * (1 + draw(2)) : leaf;
	case 4:
		return HWPOISON_ADDRESS_LIMIT - 64 * page_size;
	default:
		return draw(1 << 24) * page_size;
	}
}

/* A little before or behind an edge. */
static uint64_t draw_place(uint32_t page_size)
{
	uint64_t edge = draw_edge(page_size), near = draw(48) * page_size;

	return draw(2) && edge >= near ? edge - near : edge + near;
}

static void draw_frames(struct hwpoison_frames *frames, uint32_t page_size)
{
	uint64_t clusters = draw(6);

	for (uint64_t i = 0; i < clusters; i++) {
		uint64_t place = draw_place(page_size) + draw(page_size / 4096) * 4096;
		uint64_t count = draw(4) ? draw(8) : draw(FRAMES_MAX);
		/* Isolated frames, or a run. */
		uint64_t stride = draw(3) ? (1 + draw(5)) * page_size : 4096;

		for (uint64_t frame = 0; frame < count; frame++, place += stride) {
			/* The same on both sides of rounding: no page size above the kernel's. */
			uint32_t learnt = draw(4) ? 4096 : page_size;

			if (place < HWPOISON_ADDRESS_LIMIT)
				CHECK(hwpoison_frames_add(frames, place, place + 1, 1u << draw(8),
							  learnt) == 0);
		}
	}
}

static void draw_scene(struct scene *scene)
{
	static const uint32_t sizes[] = {4096, 4096, 4096, 16384, 65536};
	uint32_t page_size = sizes[draw(5)];

	*scene = (struct scene){0};
	scene->options.page_size = page_size;
	scene->options.abi = page_size == 16384 ? 3 + (unsigned int)draw(2) :
						  2 + (unsigned int)draw(3);
	scene->options.scratch = scene->scratch;
	scene->options.scratch_count = 1 + draw(3);
	for (size_t i = 0; i < scene->options.scratch_count; i++) {
		uint64_t place = draw_place(page_size);

		scene->scratch[i] = (struct hwpoison_range){place, place + page_size};
	}
	draw_frames(&scene->kept, page_size);
	draw_frames(&scene->known, page_size);
	CHECK(hwpoison_frames_unite(&scene->known, &scene->kept) == 0);
	CHECK(hwpoison_frames_round(&scene->kept, page_size, &scene->wide) == 0);
	CHECK(hwpoison_kho_size(&scene->kept, &scene->known, &scene->options, &scene->size) == 0);
	/* Right behind a frame or somewhere. */
	if (scene->wide.count && draw(2))
		scene->address = scene->wide.ranges[draw(scene->wide.count)].end;
	else
		scene->address = draw_place(page_size);
}

static void scene_free(struct scene *scene)
{
	hwpoison_frames_free(&scene->kept);
	hwpoison_frames_free(&scene->known);
	hwpoison_frames_free(&scene->wide);
}

/* What the library must say of the place: 0, or that something overlaps or cannot be. */
static int place_judge(const struct scene *scene)
{
	uint64_t start = scene->address, end = start + scene->size;

	if (!start)
		return HWPOISON_EARGUMENT;
	if (end > HWPOISON_ADDRESS_LIMIT)
		return HWPOISON_ERANGE;
	for (size_t i = 0; i < scene->options.scratch_count; i++)
		if (scene->scratch[i].end > HWPOISON_ADDRESS_LIMIT)
			return HWPOISON_ERANGE;
	for (size_t i = 0; i < scene->wide.count; i++) {
		const struct hwpoison_frame_range *range = &scene->wide.ranges[i];

		if (range->start < end && start < range->end)
			return HWPOISON_EOVERLAP;
		for (size_t area = 0; area < scene->options.scratch_count; area++)
			if (range->start < scene->scratch[area].end &&
			    scene->scratch[area].start < range->end)
				return HWPOISON_EOVERLAP;
	}
	for (size_t i = 0; i < scene->options.scratch_count; i++)
		if (scene->scratch[i].start < end && start < scene->scratch[i].end)
			return HWPOISON_EOVERLAP;
	return 0;
}

static void check_frames(const struct scene *scene, const struct kho_read *read)
{
	size_t frame = 0;

	for (size_t i = 0; i < scene->wide.count; i++) {
		for (uint64_t address = scene->wide.ranges[i].start;
		     address < scene->wide.ranges[i].end;
		     address += scene->options.page_size, frame++) {
			CHECK(frame < read->kept_count && read->kept[frame] == address);
			CHECK(frame < read->listed_count && read->listed[frame] == address);
		}
	}
	CHECK(frame == read->kept_count);
	CHECK(frame == read->listed_count);
}

static void check_known(const struct scene *scene, const struct kho_read *read)
{
	const struct kho_read_blob *blob = kho_read_blob(read, "hwpoison-ranges");
	struct hwpoison_frames learnt = {0}, expected = {0};

	CHECK(blob);
	CHECK(blob->size == fdt_totalsize(blob->bytes));
	CHECK(hwpoison_kho_frames(blob->bytes, blob->size, &learnt, NULL) == 0);
	for (size_t i = 0; i < scene->known.count; i++)
		CHECK(hwpoison_frames_add(&expected, scene->known.ranges[i].start,
					  scene->known.ranges[i].end, HWPOISON_SOURCE_KHO,
					  4096) == 0);
	CHECK(hwpoison_frames_bytes(&learnt) == hwpoison_frames_bytes(&expected));
	for (size_t i = 0, j = 0; i < scene->known.count; i++) {
		const struct hwpoison_frame_range *range = &scene->known.ranges[i];

		while (j < learnt.count && learnt.ranges[j].end <= range->start)
			j++;
		CHECK(j < learnt.count);
		CHECK(learnt.ranges[j].start <= range->start && learnt.ranges[j].end >= range->end);
		CHECK(learnt.ranges[j].sources == HWPOISON_SOURCE_KHO);
		CHECK(learnt.ranges[j].page_size == range->page_size);
	}
	hwpoison_frames_free(&learnt);
	hwpoison_frames_free(&expected);
}

static void one_case(void)
{
	struct scene scene;
	struct kho_made made;
	const struct kho_read_blob *blob;
	uint64_t count;
	int error;

	draw_scene(&scene);
	error = kho_write_only(&scene.kept, &scene.known, &scene.options, scene.address, &made);
	/* Several may be wrong at once. */
	CHECK(!error == !place_judge(&scene));
	if (error) {
		refused++;
	} else {
		if (!kho_read_made(&made, scene.address, scene.options.page_size))
			fail_msg("SEED=%llu CASE=%llu: %s", (unsigned long long)model_seed,
				 (unsigned long long)model_case, made.read.error);
		CHECK(made.read.version == scene.options.abi);
		/* Of the upper bound, which knows no address, little may be left over: two pages for
		 * each of three levels. */
		CHECK(made.size / scene.options.page_size - made.read.used_pages <= 6);
		CHECK(made.read.scratch_count == scene.options.scratch_count);
		for (size_t i = 0; i < made.read.scratch_count; i++) {
			CHECK(made.read.scratch[i].address == scene.scratch[i].start);
			CHECK(made.read.scratch[i].size == scene.options.page_size);
		}
		check_frames(&scene, &made.read);
		check_known(&scene, &made.read);
		blob = kho_read_blob(&made.read, "hwpoison");
		CHECK(hwpoison_kho_count(blob->bytes, blob->size, &count, NULL) == 0);
		CHECK(count == made.read.listed_count);
		written++;
	}
	kho_made_free(&made);
	scene_free(&scene);
}

static void a_tree_holds_the_frames_and_nothing_else(void **state)
{
	(void)state;
	run_cases(2000, one_case);
	if (!getenv("CASE")) {
		assert_true(written > 1000);
		assert_true(refused > 50);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_holds_the_frames_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
