/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No memory: every allocation of every function fails once. The function must then say
 * HWPOISON_ENOMEM, leave its arguments as they were and keep nothing allocated.
 * The program has a malloc() of its own, which counts down to the one that fails; memory comes
 * from an array, and what is freed is only counted. The sanitizers have a malloc() of their own,
 * so under them there is nothing to test here.
 */
#include "tests/unit/words.h"

#include "hwpoison/internal.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)

int main(void)
{
	puts("1..0 # SKIP the sanitizer's malloc() cannot be made to fail here");
	return 0;
}

#else

#define ARENA_SIZE (64u << 20)
#define FAR SIZE_MAX

static _Alignas(16) unsigned char arena[ARENA_SIZE];
static size_t arena_used;
static size_t allocations_left = FAR; /* how many succeed before one fails */
static size_t live;

/* Each block has its size in the 16 bytes before it. */
static void *allocate(size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;
	unsigned char *block = arena + arena_used;

	if (allocations_left == 0) {
		allocations_left = FAR;
		return NULL;
	}
	if (allocations_left != FAR)
		allocations_left--;
	if (rounded < size || rounded > ARENA_SIZE - 16 - arena_used)
		return NULL;
	arena_used += rounded + 16;
	memcpy(block, &size, sizeof(size));
	live++;
	return block + 16;
}

void *malloc(size_t size)
{
	return allocate(size);
}

/* The arena is zero until it is used, and used once. */
void *calloc(size_t count, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(count, size, &bytes) ? NULL : allocate(bytes);
}

void *realloc(void *old, size_t size)
{
	void *block = allocate(size);
	size_t old_size;

	if (!old || !block)
		return block;
	memcpy(&old_size, (unsigned char *)old - 16, sizeof(old_size));
	memcpy(block, old, old_size < size ? old_size : size);
	live--;
	return block;
}

void free(void *block)
{
	if (block)
		live--;
}

/* What the functions work on. */
struct scene {
	struct hwpoison_frames frames, other;
	struct hwpoison_map map, unsorted;
	struct hwpoison_gap gaps[3];
	struct hwpoison_limits limits;
	/* What they make. */
	struct hwpoison_frames made_frames;
	struct hwpoison_map made_map;
	struct hwpoison_outcome outcome;
	uint64_t bytes;
};

#define MANY 40

/* Arrays that are exactly full, so that the next element needs more memory; and enough elements
 * that an array made of them grows more than once. */
static void scene_set(struct scene *scene)
{
	uint64_t i, start;

	*scene = (struct scene){0};
	frames_of_words("1000-2000, 3000-8000, a000-b000", &scene->frames);
	frames_of_words("2000-4000 2/1000, 10000-11000", &scene->other);
	map_of_words("0-100000 ram, 100000-180000 unusable, 180000-1f0000 ram", &scene->map);
	map_of_words("3000-6000 unusable, 0-5000 ram, 8000-9000 unusable", &scene->unsorted);
	for (i = 0; i < MANY; i++) {
		start = 0x200000 + i * 0x20000;
		assert_int_equal(hwpoison_frames_add(&scene->frames, start, start + 1, 1, 4096), 0);
		assert_int_equal(hwpoison_map_add(&scene->unsorted, start, start + 1, 5), 0);
	}
	assert_int_equal(hwpoison_map_add(&scene->map, 0x200000, 0x800000, 1), 0);
	scene->frames.capacity = scene->frames.count;
	scene->map.capacity = scene->map.count;
	scene->gaps[0] = (struct hwpoison_gap){0x200000, 0x201000, 1, false};
	scene->gaps[1] = (struct hwpoison_gap){0x203000, 0x206000, 2, false};
	scene->gaps[2] = (struct hwpoison_gap){0x209000, 0x20a000, 1, false};
	scene->limits = (struct hwpoison_limits){20, 9, UINT64_MAX, 4096};
}

static void scene_free(struct scene *scene)
{
	hwpoison_frames_free(&scene->frames);
	hwpoison_frames_free(&scene->other);
	hwpoison_map_free(&scene->map);
	hwpoison_map_free(&scene->unsorted);
	hwpoison_frames_free(&scene->made_frames);
	hwpoison_map_free(&scene->made_map);
	hwpoison_outcome_free(&scene->outcome);
}

static const char *scene_words(struct scene *scene)
{
	static char words[8 * WORDS_SIZE];

	strcpy(words, frames_words(&scene->frames));
	strcat(words, "|");
	strcat(words, frames_words(&scene->other));
	strcat(words, "|");
	strcat(words, map_words(&scene->map));
	strcat(words, "|");
	strcat(words, map_words(&scene->unsorted));
	strcat(words, "|");
	strcat(words, frames_words(&scene->made_frames));
	strcat(words, "|");
	strcat(words, map_words(&scene->made_map));
	strcat(words, "|");
	strcat(words, map_words(&scene->outcome.map));
	strcat(words, frames_words(&scene->outcome.excluded));
	strcat(words, map_words(&scene->outcome.given_up));
	sprintf(words + strlen(words), "|%d%d%d %llx", scene->gaps[0].chosen, scene->gaps[1].chosen,
		scene->gaps[2].chosen, (unsigned long long)scene->bytes);
	return words;
}

/* Lets each allocation of an operation fail in turn, on a fresh scene each time. The C library's
 * qsort() allocates too, and sorts in place when it cannot: then all must be as if nothing had
 * failed. */
static void check(int (*operation)(struct scene *scene), size_t fewest)
{
	static char before[8 * WORDS_SIZE], after[8 * WORDS_SIZE];
	size_t n, failed = 0, live_at_start = live, live_before;
	struct scene scene;
	bool ran_out = true;
	int error;

	scene_set(&scene);
	strcpy(before, scene_words(&scene));
	assert_int_equal(operation(&scene), 0);
	strcpy(after, scene_words(&scene));
	assert_string_not_equal(before, after);
	scene_free(&scene);
	assert_int_equal(live, live_at_start);

	for (n = 0; ran_out; n++) {
		scene_set(&scene);
		live_before = live;
		allocations_left = n;
		error = operation(&scene);
		ran_out = allocations_left == FAR;
		allocations_left = FAR;
		if (error) {
			assert_true(ran_out);
			assert_int_equal(error, HWPOISON_ENOMEM);
			assert_string_equal(scene_words(&scene), before);
			assert_int_equal(live, live_before);
			failed++;
		} else {
			assert_string_equal(scene_words(&scene), after);
		}
		scene_free(&scene);
		assert_int_equal(live, live_at_start);
	}
	assert_true(failed >= fewest);
}

static int do_append(struct scene *scene)
{
	return hwpoison_frames_add(&scene->frames, 0x900000, 0x901000, 1, 4096);
}

static int do_add_between(struct scene *scene)
{
	return hwpoison_frames_add(&scene->frames, 0x4000, 0x5000, 2, 4096);
}

static int do_remove(struct scene *scene)
{
	return hwpoison_frames_remove(&scene->frames, 0x4000, 0x5000);
}

static int do_unite(struct scene *scene)
{
	return hwpoison_frames_unite(&scene->frames, &scene->other);
}

static int do_round(struct scene *scene)
{
	return hwpoison_frames_round(&scene->frames, 65536, &scene->made_frames);
}

static int do_map_add(struct scene *scene)
{
	return hwpoison_map_add(&scene->map, 0x900000, 0x901000, 1);
}

static int do_copy(struct scene *scene)
{
	return hwpoison_map_copy(&scene->map, &scene->made_map);
}

static int do_normalise(struct scene *scene)
{
	return hwpoison_map_normalise(&scene->unsorted);
}

static int do_poison(struct scene *scene)
{
	return hwpoison_map_poison(&scene->map, &scene->frames, &scene->made_map);
}

static int do_map_frames(struct scene *scene)
{
	return hwpoison_map_frames(&scene->unsorted, 4096, 4, &scene->frames);
}

static int do_choose(struct scene *scene)
{
	return hwpoison_gaps_choose(scene->gaps, 3, 3, 0, &scene->bytes);
}

static int do_plan(struct scene *scene)
{
	return hwpoison_e820_plan(&scene->map, &scene->frames, &scene->limits, &scene->outcome);
}

#define KHO_ADDRESS 0x1000000

static const struct hwpoison_range kho_scratch = {0x4000000, 0x8000000};
static const struct hwpoison_kho_options kho = {HWPOISON_KHO_V4, 4096, &kho_scratch, 1};
static _Alignas(8) uint8_t kho_bytes[1 << 20];

static int do_kho_size(struct scene *scene)
{
	size_t size;
	int error = hwpoison_kho_size(&scene->frames, &scene->frames, &kho, &size);

	if (!error)
		scene->bytes = size;
	return error;
}

static int do_kho_write(struct scene *scene)
{
	struct hwpoison_kho_layout layout;
	size_t left = allocations_left, size;
	int error;

	allocations_left = FAR;
	assert_int_equal(hwpoison_kho_size(&scene->frames, &scene->frames, &kho, &size), 0);
	allocations_left = left;
	error = hwpoison_kho_write(&scene->frames, &scene->frames, &kho, KHO_ADDRESS, kho_bytes,
				   size, &layout);
	if (!error)
		scene->bytes = layout.scratch;
	return error;
}

/* From the tree that was written last: its list begins a page, with the name that it has. */
static int do_kho_frames(struct scene *scene)
{
	size_t offset = 4096;

	while (!memmem(kho_bytes + offset, 4096, "hwpoison-ranges-v1", 18))
		offset += 4096;
	return hwpoison_kho_frames(kho_bytes + offset, 4096, &scene->made_frames, NULL);
}

/* The fewest allocations that there must be, so that a check that tries none is seen. */
#define TEST(name, fewest)                                                                         \
	static void name##_without_memory_changes_nothing(void **state)                            \
	{                                                                                          \
		(void)state;                                                                       \
		check(do_##name, fewest);                                                          \
	}

TEST(append, 1)
TEST(add_between, 1)
TEST(remove, 1)
TEST(unite, 3)
TEST(round, 3)
TEST(map_add, 1)
TEST(copy, 1)
TEST(normalise, 5)
TEST(poison, 3)
TEST(map_frames, 5)
TEST(choose, 1)
TEST(plan, 15)
TEST(kho_size, 3)
TEST(kho_write, 3)
TEST(kho_frames, 4)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(append_without_memory_changes_nothing),
		cmocka_unit_test(add_between_without_memory_changes_nothing),
		cmocka_unit_test(remove_without_memory_changes_nothing),
		cmocka_unit_test(unite_without_memory_changes_nothing),
		cmocka_unit_test(round_without_memory_changes_nothing),
		cmocka_unit_test(map_add_without_memory_changes_nothing),
		cmocka_unit_test(copy_without_memory_changes_nothing),
		cmocka_unit_test(normalise_without_memory_changes_nothing),
		cmocka_unit_test(poison_without_memory_changes_nothing),
		cmocka_unit_test(map_frames_without_memory_changes_nothing),
		cmocka_unit_test(choose_without_memory_changes_nothing),
		cmocka_unit_test(plan_without_memory_changes_nothing),
		cmocka_unit_test(kho_size_without_memory_changes_nothing),
		cmocka_unit_test(kho_write_without_memory_changes_nothing),
		cmocka_unit_test(kho_frames_without_memory_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
