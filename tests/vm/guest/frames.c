// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest says about page frames, asked from below: a static helper of the VM tests.
 *
 *   frames list                  the poisoned frames (KPF_HWPOISON), from every frame there is
 *   frames pick SEED COUNT [LOW HIGH]
 *                                random frames of System RAM that the kernel or nobody uses, none
 *                                beside another
 *   frames run PFN COUNT         the harmless ones of so many frames in a row
 *   frames grid PFN STEP COUNT   so many frames of System RAM from one on, each so far from the last,
 *                                whatever they are used for
 *   frames flags PFN...          kpageflags of each
 *   frames gone FILE             0 if each frame in FILE is out of RAM, else says which are not
 *   frames out FILE              the same, whatever the map calls them
 *   frames kept FILE             0 if each frame in FILE is reserved inside of System RAM, else says
 *                                which are not
 *   frames preserved FILE        0 if each frame in FILE is in System RAM, in nobody's hands and not
 *                                for the taking: what Kexec HandOver keeps; else says which are not
 *   frames free FILE             0 if most frames in FILE are for the taking, else says which are not
 *   frames back FILE             0 if each frame in FILE is in System RAM, else says which are not
 *   frames where FILE            address, and name in /proc/iomem, of each frame in FILE
 *   frames ram                   bytes of System RAM
 *   frames page-size             bytes of a page
 *   frames flagged FILE          0 if each frame in FILE is marked poisoned
 *   frames pressure FILE         fills nearly all memory; 0 if it was never given one of FILE
 *   frames ranges                JSON ranges from standard input ("start", "size") as frames
 *
 * Frames are PFNs in hexadecimal, one per line.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_PFN ((1ULL << 55) - 1)

#define SHOWN 8 /* wrong frames that are named */

struct frames {
	uint64_t *pfn;
	size_t count;
};

static int pfn_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static struct frames frames_read(const char *path)
{
	FILE *file = fopen(path, "r");
	struct frames frames = {calloc(1 << 20, 8), 0};
	unsigned long long pfn;

	if (!file)
		die(path);
	while (frames.count < 1 << 20 && fscanf(file, "%llx", &pfn) == 1)
		frames.pfn[frames.count++] = pfn;
	fclose(file);
	if (!frames.count) {
		fprintf(stderr, "frames: %s names no frame\n", path);
		exit(2);
	}
	qsort(frames.pfn, frames.count, 8, pfn_compare);
	return frames;
}

static int list(void)
{
	static uint64_t flags[65536];
	int fd = flags_open();
	uint64_t pfn = 0;
	ssize_t got;

	while ((got = pread(fd, flags, sizeof(flags), (off_t)(pfn * 8))) > 0) {
		for (ssize_t i = 0; i < got / 8; i++) {
			if (flags[i] & KPF_HWPOISON && flags[i] != ~0ULL)
				printf("%llx\n", (unsigned long long)pfn + i);
		}
		pfn += got / 8;
	}
	return 0;
}

/* splitmix64 (Vigna), so that a seed gives the same choice of numbers everywhere. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How many frames of an area are RAM between low and high. */
static uint64_t area_frames(const struct area *area, uint64_t low, uint64_t high)
{
	uint64_t start = larger(area->start, low), end = smaller(area->end, high);

	return area->ram && area->top && start < end ? end - start : 0;
}

static int pick(uint64_t seed, size_t count, uint64_t low, uint64_t high)
{
	struct frames frames = {calloc(count, 8), 0};
	int fd = flags_open();
	uint64_t total = 0;

	for (size_t i = 0; i < area_count; i++)
		total += area_frames(&areas[i], low, high);
	for (size_t tries = 0; total && frames.count < count && tries < count * 1000; tries++) {
		uint64_t n = random_next(&seed) % total, pfn = 0;
		bool known = false;

		for (size_t i = 0; i < area_count; i++) {
			uint64_t here = area_frames(&areas[i], low, high);

			if (n < here) {
				pfn = larger(areas[i].start, low) + n;
				break;
			}
			n -= here;
		}
		for (size_t i = 0; i < frames.count && !known; i++)
			known = pfn + 1 >= frames.pfn[i] && pfn <= frames.pfn[i] + 1;
		if (known || !harmless(flags_read(fd, pfn)))
			continue;
		frames.pfn[frames.count++] = pfn;
		printf("%llx\n", (unsigned long long)pfn);
	}
	if (frames.count < count)
		fprintf(stderr, "frames: only %zu frames to pick from\n", frames.count);
	return frames.count < count;
}

static int run(uint64_t pfn, size_t count)
{
	int fd = flags_open();

	for (; count; pfn++, count--) {
		const struct area *area = area_find(pfn);

		if (area->ram && pfn + 1 < area->end && harmless(flags_read(fd, pfn)))
			printf("%llx\n", (unsigned long long)pfn);
	}
	return 0;
}

static int grid(uint64_t pfn, uint64_t step, size_t count)
{
	/* Past the highest frame there is nothing. */
	for (; count && pfn < UINT32_MAX; pfn += step) {
		const struct area *area = area_find(pfn);

		if (!area->ram || pfn + 1 >= area->end)
			continue;
		printf("%llx\n", (unsigned long long)pfn);
		count--;
	}
	return count != 0;
}

typedef bool (*test)(const struct area *area, uint64_t flags);

/* No part of RAM; struct page, where there is one, reserved and in nobody's hands. */
static bool is_gone(const struct area *area, uint64_t flags)
{
	return !area->ram &&
	       (!strcmp(area->name, "Unusable memory") || !strcmp(area->name, "reserved")) &&
	       (flags & ~KPF_HWPOISON) == KPF_RESERVED;
}

static bool is_out(const struct area *area, uint64_t flags)
{
	return !area->ram && !(flags & KPF_BUDDY);
}

/* Where the frames could only be reserved (an arm64 machine with ACPI): in nobody's hands. */
static bool is_kept(const struct area *area, uint64_t flags)
{
	return !area->top && !strcmp(area->name, "reserved") &&
	       (flags & ~KPF_HWPOISON) == KPF_RESERVED;
}

/*
 * In memory that the kernel counts as RAM, but never freed to the allocator. Its struct page is as memblock
 * left it: no flags at all, or reserved (kho_mem_retrieve() in kernel/liveupdate/kexec_handover.c).
 */
static bool is_preserved(const struct area *area, uint64_t flags)
{
	return area->ram &&
	       ((flags & ~KPF_HWPOISON) == 0 || (flags & ~KPF_HWPOISON) == KPF_RESERVED);
}

static bool is_free(const struct area *area, uint64_t flags)
{
	return area->ram && flags != ~0ULL && flags & KPF_BUDDY;
}

static bool is_back(const struct area *area, uint64_t flags)
{
	return area->ram && !(flags & KPF_HWPOISON);
}

static bool is_flagged(const struct area *area, uint64_t flags)
{
	(void)area;
	return flags != ~0ULL && flags & KPF_HWPOISON;
}

static int frames_test(const char *path, test right)
{
	struct frames frames = frames_read(path);
	size_t wrong = 0;
	int fd = flags_open();

	for (size_t i = 0; i < frames.count; i++) {
		const struct area *area = right == is_kept ? area_find_inner(frames.pfn[i]) :
							     area_find(frames.pfn[i]);
		uint64_t flags = flags_read(fd, frames.pfn[i]);

		if (!right(area, flags) && wrong++ < SHOWN)
			printf("frame %llx: in %s, flags %llx\n", (unsigned long long)frames.pfn[i],
			       area->name, (unsigned long long)flags);
	}
	if (wrong)
		printf("%zu of %zu frames are wrong\n", wrong, frames.count);
	return right == is_free ? wrong * 2 > frames.count : wrong != 0;
}

static int where(const char *path)
{
	struct frames frames = frames_read(path);

	for (size_t i = 0; i < frames.count; i++)
		printf("0x%llx %s\n", (unsigned long long)frames.pfn[i] * page_size,
		       area_find(frames.pfn[i])->name);
	return 0;
}

static uint64_t memory_available(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long long kib = 0;
	char line[128];

	if (!file)
		die("/proc/meminfo");
	while (fgets(line, sizeof(line), file) && sscanf(line, "MemAvailable: %llu", &kib) != 1)
		;
	fclose(file);
	return kib * 1024;
}

/* Takes memory until little is left, and looks which frames were given. */
static int pressure(const char *path)
{
	struct frames frames = frames_read(path);
	uint64_t available = memory_available(), size = available - available / 16;
	uint64_t entries[512], pages = size / page_size, wrong = 0, seen = 0;
	char *memory = mmap(NULL, pages * page_size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (memory == MAP_FAILED || fd < 0)
		die("mmap or pagemap");
	for (uint64_t i = 0; i < pages; i++)
		memory[i * page_size] = (char)i;
	for (uint64_t i = 0; i < pages; i += 512) {
		uint64_t count = pages - i < 512 ? pages - i : 512;

		if (pread(fd, entries, count * 8,
			  (off_t)(((uintptr_t)memory / page_size + i) * 8)) != (ssize_t)count * 8)
			die("/proc/self/pagemap");
		for (uint64_t j = 0; j < count; j++) {
			uint64_t pfn = entries[j] & PAGEMAP_PFN;

			if (!(entries[j] & PAGEMAP_PRESENT))
				continue;
			seen++;
			if (bsearch(&pfn, frames.pfn, frames.count, 8, pfn_compare) &&
			    wrong++ < SHOWN)
				printf("frame %llx was given to a process\n",
				       (unsigned long long)pfn);
		}
	}
	printf("%llu frames were taken, %llu of them bad\n", (unsigned long long)seen,
	       (unsigned long long)wrong);
	return wrong || seen < pages / 2;
}

static int ranges(void)
{
	static char text[1 << 23];
	size_t size = fread(text, 1, sizeof(text) - 1, stdin);
	char *at = text;

	if (size == sizeof(text) - 1)
		return 1;
	text[size] = 0;
	/* No sscanf(), which counts all of the text before it reads. */
	while ((at = strstr(at, "\"start\""))) {
		char *next = strstr(at, "\"size\""), *number = strchr(at + 7, '"'), *end;
		unsigned long long start, length;

		if (!next || !number)
			return 1;
		start = strtoull(number + 1, &end, 16);
		if (end == number + 1 || *end != '"')
			return 1;
		number = strchr(next, ':');
		length = number ? strtoull(number + 1, &end, 10) : 0;
		if (!length)
			return 1;
		for (uint64_t pfn = start / page_size; pfn * page_size < start + length; pfn++)
			printf("%llx\n", (unsigned long long)pfn);
		at = next;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	areas_read();
	if (!strcmp(what, "list"))
		return list();
	if (!strcmp(what, "ranges"))
		return ranges();
	if (!strcmp(what, "pick") && argc >= 4)
		return pick(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0),
			    argc > 4 ? strtoull(argv[4], NULL, 16) : 0x100,
			    argc > 5 ? strtoull(argv[5], NULL, 16) : UINT64_MAX);
	if (!strcmp(what, "run") && argc == 4)
		return run(strtoull(argv[2], NULL, 16), strtoul(argv[3], NULL, 0));
	if (!strcmp(what, "grid") && argc == 5)
		return grid(strtoull(argv[2], NULL, 16), strtoull(argv[3], NULL, 0),
			    strtoul(argv[4], NULL, 0));
	if (!strcmp(what, "gone") && argc == 3)
		return frames_test(argv[2], is_gone);
	if (!strcmp(what, "out") && argc == 3)
		return frames_test(argv[2], is_out);
	if (!strcmp(what, "kept") && argc == 3)
		return frames_test(argv[2], is_kept);
	if (!strcmp(what, "preserved") && argc == 3)
		return frames_test(argv[2], is_preserved);
	if (!strcmp(what, "free") && argc == 3)
		return frames_test(argv[2], is_free);
	if (!strcmp(what, "where") && argc == 3)
		return where(argv[2]);
	if (!strcmp(what, "ram"))
		return !printf("%llu\n", (unsigned long long)ram_bytes());
	if (!strcmp(what, "page-size"))
		return !printf("%llu\n", (unsigned long long)page_size);
	if (!strcmp(what, "back") && argc == 3)
		return frames_test(argv[2], is_back);
	if (!strcmp(what, "flagged") && argc == 3)
		return frames_test(argv[2], is_flagged);
	if (!strcmp(what, "pressure") && argc == 3)
		return pressure(argv[2]);
	if (!strcmp(what, "flags") && argc > 2) {
		int fd = flags_open();

		for (int i = 2; i < argc; i++)
			printf("%s %llx\n", argv[i],
			       (unsigned long long)flags_read(fd, strtoull(argv[i], NULL, 16)));
		return 0;
	}
	fprintf(stderr, "frames: see the head of frames.c\n");
	return 2;
}
