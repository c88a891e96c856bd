/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The choice of gaps against exhaustive search: of all subsets of up to fourteen gaps none that
 * suffices may cost less low memory, or as much of it and less memory, than what was chosen; and
 * what was said to be full must have no subset that suffices. Sizes are drawn from few values, so
 * that equals are common.
 */
#include "hwpoison/internal.h"
#include "tests/property/model.h"

#define GAPS_MAX 14u

struct subset {
	uint64_t low, bytes;
	size_t saved, count;
};

static struct hwpoison_gap gaps[GAPS_MAX];
static struct subset subsets[1u << GAPS_MAX];
static size_t count;

static void draw_gaps(void)
{
	uint64_t at = draw(3) ? HWPOISON_LOW_MEMORY : draw(HWPOISON_LOW_MEMORY);
	unsigned int i, interior = (unsigned int)draw(11);
	bool small = draw(2);

	count = draw(8) ? draw(10) : draw(GAPS_MAX + 1);
	for (i = 0; i < count; i++) {
		gaps[i].start = at;
		gaps[i].end = at + 1024 * (1 + draw(small ? 6 : 1000));
		gaps[i].saves = draw(10) < interior ? 2 : 1;
		gaps[i].chosen = draw(2);
		at = gaps[i].end + 4096 * (1 + draw(200));
	}
}

static uint64_t low_bytes(const struct hwpoison_gap *gap)
{
	if (gap->start >= HWPOISON_LOW_MEMORY)
		return 0;
	return (gap->end < HWPOISON_LOW_MEMORY ? gap->end : HWPOISON_LOW_MEMORY) - gap->start;
}

static bool costs_less(const struct subset *a, const struct subset *b)
{
	return a->low != b->low ? a->low < b->low : a->bytes < b->bytes;
}

static bool suffices(const struct subset *subset, size_t entries, size_t wanted)
{
	return subset->saved >= entries && subset->count >= wanted;
}

/* The best of all subsets; NULL when none suffices. */
static const struct subset *search(size_t entries, size_t wanted)
{
	const struct subset *best = NULL;
	uint64_t low[GAPS_MAX];
	unsigned int mask, i;

	for (i = 0; i < count; i++)
		low[i] = low_bytes(&gaps[i]);
	for (mask = 0; mask < 1u << count; mask++) {
		struct subset *subset = &subsets[mask];

		*subset = (struct subset){0};
		if (mask) {
			i = (unsigned int)__builtin_ctz(mask);
			*subset = subsets[mask & (mask - 1)];
			subset->low += low[i];
			subset->bytes += gaps[i].end - gaps[i].start;
			subset->saved += gaps[i].saves;
			subset->count++;
		}
		if (suffices(subset, entries, wanted) && (!best || costs_less(subset, best)))
			best = subset;
	}
	return best;
}

static void one_case(void)
{
	struct hwpoison_gap before[GAPS_MAX];
	const struct subset *best;
	struct subset got = {0};
	size_t entries, wanted, i;
	uint64_t bytes = 0;
	int error;

	draw_gaps();
	entries = draw(4) ? draw(2 * count + 2) : 0;
	wanted = draw(3) ? draw(count + 2) : 0;
	memcpy(before, gaps, sizeof(gaps));
	best = search(entries, wanted);
	error = hwpoison_gaps_choose(gaps, count, entries, wanted, &bytes);
	CHECK(error == (best ? 0 : HWPOISON_EFULL));
	for (i = 0; i < count; i++) {
		CHECK(gaps[i].start == before[i].start && gaps[i].end == before[i].end &&
		      gaps[i].saves == before[i].saves);
		if (gaps[i].chosen) {
			got.low += low_bytes(&gaps[i]);
			got.bytes += gaps[i].end - gaps[i].start;
			got.saved += gaps[i].saves;
			got.count++;
		}
	}
	if (!best) {
		CHECK(got.count == 0);
		return;
	}
	CHECK(suffices(&got, entries, wanted));
	CHECK(got.low == best->low);
	CHECK(got.bytes == best->bytes);
	CHECK(bytes == best->bytes);
}

static void no_other_choice_costs_less(void **state)
{
	(void)state;
	run_cases(20000, one_case);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_other_choice_costs_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
