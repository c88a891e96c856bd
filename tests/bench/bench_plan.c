/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Planning at the size of a large machine gone bad: 25,600 isolated frames on 16 TiB of RAM, on the
 * e820 carrier, without a limit, with the table of Linux (3200 entries) and with few RAM regions.
 * Prints the processor time of each, the ratio to sorting as many numbers, which says more than
 * milliseconds do across machines, and the peak of memory. Each time is the least of several.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "hwpoison/hwpoison.h"

#define FRAMES 25600u
#define ROUNDS 15
#define GIB (UINT64_C(1) << 30)
#define MEMORY (UINT64_C(16) << 40)

static double processor_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static uint64_t random_bits(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void fail(const char *what, int error)
{
	fprintf(stderr, "bench_plan: %s: %s\n", what, hwpoison_strerror(error));
	exit(1);
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static double sort_numbers(void)
{
	static uint64_t numbers[FRAMES];
	uint64_t state = 1;
	double start;
	size_t i;

	for (i = 0; i < FRAMES; i++)
		numbers[i] = random_bits(&state);
	start = processor_seconds();
	qsort(numbers, FRAMES, sizeof(numbers[0]), compare);
	return processor_seconds() - start;
}

/* Two sockets' worth of entries, as firmware makes them. */
static void machine_make(struct hwpoison_map *map)
{
	static const struct hwpoison_map_entry entries[] = {
		{0x1000, 0x9f000, HWPOISON_RAM},
		{0x9f000, 0x100000, HWPOISON_RESERVED},
		{0x100000, 0x6f000000, HWPOISON_RAM},
		{0x6f000000, 0x70000000, HWPOISON_ACPI},
		{0x70000000, 0x90000000, HWPOISON_RESERVED},
		{4 * GIB, 8192 * GIB, HWPOISON_RAM},
		{8192 * GIB, 8193 * GIB, HWPOISON_RESERVED},
		{8193 * GIB, MEMORY + 4 * GIB, HWPOISON_RAM},
	};
	size_t i;
	int error;

	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		error = hwpoison_map_add(map, entries[i].start, entries[i].end, entries[i].type);
		if (error)
			fail("map", error);
	}
}

/* Frames in random places, each by itself. Sorted, as a scan would find them. */
static void frames_make(struct hwpoison_frames *frames)
{
	static uint64_t places[FRAMES];
	uint64_t state = 42, slot = MEMORY / FRAMES;
	size_t i;
	int error;

	for (i = 0; i < FRAMES; i++)
		places[i] = 4 * GIB + i * slot + random_bits(&state) % (slot - 8192);
	for (i = 0; i < FRAMES; i++) {
		error = hwpoison_frames_add(frames, places[i], places[i] + 1,
					    HWPOISON_SOURCE_KPAGEFLAGS, 4096);
		if (error)
			fail("frames", error);
	}
}

static void plan(const char *name, const struct hwpoison_map *map,
		 const struct hwpoison_frames *frames, size_t max_entries, size_t max_regions,
		 double unit)
{
	struct hwpoison_limits limits = {max_entries, max_regions, UINT64_MAX, 4096};
	struct hwpoison_outcome outcome;
	size_t entries = 0, regions = 0;
	double start, took, best = 1e9;
	int i, error;

	for (i = 0; i < ROUNDS; i++) {
		start = processor_seconds();
		error = hwpoison_e820_plan(map, frames, &limits, &outcome);
		took = processor_seconds() - start;
		if (error)
			fail(name, error);
		entries = outcome.entries;
		regions = outcome.ram_regions;
		hwpoison_outcome_free(&outcome);
		if (took < best)
			best = took;
	}
	printf("plan %u frames on 16 TiB, %s: %zu entries, %zu RAM regions: %.2f ms, "
	       "%.2f times sorting as many numbers (wanted: at most 50 ms)\n",
	       FRAMES, name, entries, regions, best * 1e3, best / unit);
}

int main(void)
{
	struct hwpoison_frames frames = {0};
	struct hwpoison_map map = {0};
	double unit = 1e9, took;
	long before;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		took = sort_numbers();
		if (took < unit)
			unit = took;
	}
	before = peak_kib();
	machine_make(&map);
	frames_make(&frames);
	plan("no limit", &map, &frames, HWPOISON_NO_LIMIT, HWPOISON_NO_LIMIT, unit);
	plan("3200 entries", &map, &frames, 3200, HWPOISON_NO_LIMIT, unit);
	plan("3200 entries and 120 RAM regions", &map, &frames, 3200, 120, unit);
	printf("peak of memory: %.1f MiB, of which %.1f MiB for the frames and the plans "
	       "(wanted: at most 32 MiB)\n",
	       (double)peak_kib() / 1024, (double)(peak_kib() - before) / 1024);
	hwpoison_frames_free(&frames);
	hwpoison_map_free(&map);
	return 0;
}
