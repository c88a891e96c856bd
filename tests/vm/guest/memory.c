// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's memory as its kernel shows it, in /proc/iomem and /proc/kpageflags. */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t page_size;
struct area areas[AREAS_MAX];
size_t area_count;
/* Of the top-level ones, which are sorted and disjoint, the indices. */
static uint32_t tops[AREAS_MAX];
static size_t top_count;

void die(const char *what)
{
	fprintf(stderr, "frames: %s: %s\n", what, strerror(errno));
	exit(2);
}

void areas_read(void)
{
	FILE *file = fopen("/proc/iomem", "r");
	char line[256];

	page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	if (!file)
		die("/proc/iomem");
	while (fgets(line, sizeof(line), file)) {
		struct area *area = &areas[area_count];
		unsigned long long start, end;
		char *name = strstr(line, " : ");

		if (!name || sscanf(line, "%llx-%llx", &start, &end) != 2)
			continue;
		if (area_count == AREAS_MAX) {
			errno = E2BIG;
			die("/proc/iomem");
		}
		name[strcspn(name, "\n")] = 0;
		area->top = line[0] != ' ';
		area->ram = !strncmp(name + 3, "System RAM", 10);
		area->bytes = end - start + 1;
		area->start = start / page_size;
		area->end = end / page_size + 1;
		snprintf(area->name, sizeof(area->name), "%s", name + 3);
		if (area->top)
			tops[top_count++] = (uint32_t)area_count;
		area_count++;
	}
	fclose(file);
}

uint64_t ram_bytes(void)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < area_count; i++)
		bytes += areas[i].ram && areas[i].top ? areas[i].bytes : 0;
	return bytes;
}

const struct area *area_find(uint64_t pfn)
{
	static const struct area nothing = {.name = "nothing"};
	size_t low = 0, high = top_count;

	/* Two of them may share a page, of which the first counts. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (areas[tops[middle]].end <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < top_count && areas[tops[low]].start <= pfn ? &areas[tops[low]] : &nothing;
}

/* /proc/iomem lists what is inside after what it is in. */
const struct area *area_find_inner(uint64_t pfn)
{
	const struct area *inner = area_find(pfn), *end = areas + area_count;

	if (!inner->ram)
		return inner;
	for (const struct area *area = inner + 1; area < end && !area->top && area->start <= pfn;
	     area++) {
		if (pfn < area->end)
			inner = area;
	}
	return inner;
}

int flags_open(void)
{
	int fd = open("/proc/kpageflags", O_RDONLY);

	if (fd < 0)
		die("/proc/kpageflags");
	return fd;
}

uint64_t flags_read(int fd, uint64_t pfn)
{
	uint64_t flags;

	if (pread(fd, &flags, sizeof(flags), (off_t)(pfn * 8)) != sizeof(flags))
		return ~0ULL;
	return flags;
}

bool harmless(uint64_t flags)
{
	return !(flags & ~(KPF_SLAB | KPF_BUDDY | KPF_PGTABLE | KPF_RESERVED));
}
