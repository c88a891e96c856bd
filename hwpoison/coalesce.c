/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which gaps between bad frames are given up when a carrier holds fewer ranges than there are:
 * those whose sum is least.
 *
 * A gap is RAM between others that are not RAM, so giving one up never changes what another would
 * save: the savings add up. All gaps save one RAM region, and one or two table entries. Among gaps
 * that save the same the smallest are always a best choice, so the best choice is the k smallest
 * of one class and the m smallest of the other, for some k and m. Each m is tried, with the least
 * k that then suffices: O(n log n) for sorting, O(n) for the rest.
 */
#include <stdlib.h>

#include "hwpoison/internal.h"

/* What a gap costs: first its bytes of low memory, then its bytes. Pairs in that order add up
 * and compare as one number of 128 bits, as neither sum reaches 2^64. */
typedef unsigned __int128 cost_t;

static cost_t gap_cost(const struct hwpoison_gap *gap)
{
	uint64_t low = 0;

	if (gap->start < HWPOISON_LOW_MEMORY)
		low = hwpoison_min(gap->end, HWPOISON_LOW_MEMORY) - gap->start;
	return ((cost_t)low << 64) + (gap->end - gap->start);
}

struct class
{
	struct hwpoison_gap **gaps; /* cheapest first */
	size_t count;
};

static int compare_gaps(const void *left, const void *right)
{
	const struct hwpoison_gap *a = *(struct hwpoison_gap *const *)left;
	const struct hwpoison_gap *b = *(struct hwpoison_gap *const *)right;
	cost_t cost_a = gap_cost(a), cost_b = gap_cost(b);

	if (cost_a != cost_b)
		return cost_a < cost_b ? -1 : 1;
	return (a->start > b->start) - (a->start < b->start);
}

static size_t less(size_t wanted, size_t had)
{
	return wanted > had ? wanted - had : 0;
}

/* Finds how many of each class to take. False when all do not suffice. */
static bool choose_counts(const struct class *one, const struct class *two, size_t entries,
			  size_t gaps_wanted, size_t *take_one, size_t *take_two)
{
	cost_t cost = 0, best = 0;
	bool found = false;
	size_t k = one->count, m, i;

	/* From k = all down: as m rises, the k that suffices only falls. */
	for (i = 0; i < k; i++)
		cost += gap_cost(one->gaps[i]);
	for (m = 0;; m++) {
		size_t need = less(entries, 2 * m);

		if (need < less(gaps_wanted, m))
			need = less(gaps_wanted, m);
		while (k > need)
			cost -= gap_cost(one->gaps[--k]);
		if (k == need && (!found || cost < best)) {
			found = true;
			best = cost;
			*take_one = k;
			*take_two = m;
		}
		if (m == two->count)
			return found;
		cost += gap_cost(two->gaps[m]);
	}
}

static void take(const struct class *class, size_t count, uint64_t *bytes)
{
	size_t i;

	for (i = 0; i < count; i++) {
		class->gaps[i]->chosen = true;
		*bytes += class->gaps[i]->end - class->gaps[i]->start;
	}
}

int hwpoison_gaps_choose(struct hwpoison_gap *gaps, size_t count, size_t entries,
			 size_t gaps_wanted, uint64_t *bytes)
{
	struct class one = {0}, two = {0};
	size_t i, take_one = 0, take_two = 0;
	struct hwpoison_gap **sorted;
	uint64_t sum = 0;

	for (i = 0; i < count; i++)
		gaps[i].chosen = false;
	if (!entries && !gaps_wanted) {
		*bytes = 0;
		return 0;
	}
	if (!count)
		return HWPOISON_EFULL;
	sorted = malloc(count * sizeof(*sorted));
	if (!sorted)
		return HWPOISON_ENOMEM;
	/* Those that save one from the front, those that save two behind them. */
	for (i = 0; i < count; i++)
		if (gaps[i].saves == 1)
			sorted[one.count++] = &gaps[i];
	for (i = 0; i < count; i++)
		if (gaps[i].saves == 2)
			sorted[one.count + two.count++] = &gaps[i];
	one.gaps = sorted;
	two.gaps = sorted + one.count;
	qsort(one.gaps, one.count, sizeof(*one.gaps), compare_gaps);
	qsort(two.gaps, two.count, sizeof(*two.gaps), compare_gaps);

	if (!choose_counts(&one, &two, entries, gaps_wanted, &take_one, &take_two)) {
		free(sorted);
		return HWPOISON_EFULL;
	}
	take(&one, take_one, &sum);
	take(&two, take_two, &sum);
	free(sorted);
	*bytes = sum;
	return 0;
}
