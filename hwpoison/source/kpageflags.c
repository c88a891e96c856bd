/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames the running kernel marked PG_hwpoison: what is read, and what the flags mean. */
#include <stdlib.h>
#include <string.h>

#include "hwpoison/kpageflags.h"

struct pfns {
	struct hwpoison_pfns *pfns;
	size_t count, capacity;
};

static int ram_add(struct pfns *pfns, const struct hwpoison_map_entry *ram, uint32_t page_size)
{
	struct hwpoison_pfns next = {
		.start = ram->start / page_size,
		.whole = ram->end / page_size,
		.end = hwpoison_round_up(ram->end, page_size) / page_size,
	};
	int error;

	/* Two pieces of RAM may lie in one page. */
	if (pfns->count)
		next.start = hwpoison_max(next.start, pfns->pfns[pfns->count - 1].end);
	if (next.start >= next.end)
		return 0;
	error = hwpoison_reserve(&pfns->pfns, &pfns->capacity, pfns->count + 1,
				 sizeof(*pfns->pfns));
	if (!error)
		pfns->pfns[pfns->count++] = next;
	return error;
}

static int pfns_list(const struct hwpoison_map *map, uint32_t page_size, struct pfns *pfns)
{
	struct hwpoison_map ram = {0};
	int error = hwpoison_map_copy(map, &ram);

	if (!error)
		error = hwpoison_map_normalise(&ram);
	for (size_t i = 0; i < ram.count && !error; i++) {
		if (ram.entries[i].type == HWPOISON_RAM)
			error = ram_add(pfns, &ram.entries[i], page_size);
	}
	hwpoison_map_free(&ram);
	return error;
}

static int pfns_add(struct hwpoison_frames *frames, uint64_t pfn, uint64_t end, uint32_t source,
		    uint32_t page_size)
{
	if (pfn >= end)
		return 0;
	return hwpoison_frames_add(frames, pfn * page_size, end * page_size, source, page_size);
}

static int hits_name(const struct hwpoison_hits *hits, uint32_t page_size,
		     struct hwpoison_frames *frames)
{
	int error = 0;

	for (size_t i = 0; i < hits->count && !error; i++)
		error = pfns_add(frames, hits->hits[i].pfn, hits->hits[i].pfn + hits->hits[i].count,
				 HWPOISON_SOURCE_KPAGEFLAGS, page_size);
	return error;
}

/* The pages of folios that are not flagged themselves. Both lists are sorted. */
static int folios_name(const struct hwpoison_hits *folios, const struct hwpoison_hits *hits,
		       uint32_t page_size, struct hwpoison_frames *frames)
{
	size_t next = 0;
	int error = 0;

	for (size_t i = 0; i < folios->count && !error; i++) {
		uint64_t at = folios->hits[i].pfn, end = at + folios->hits[i].count;

		for (; next < hits->count && hits->hits[next].pfn < end && !error; next++) {
			const struct hwpoison_hit *hit = &hits->hits[next];

			error = pfns_add(frames, at, hit->pfn, HWPOISON_SOURCE_HUGETLB, page_size);
			at = hwpoison_max(at, hit->pfn + hit->count);
		}
		if (!error)
			error = pfns_add(frames, at, end, HWPOISON_SOURCE_HUGETLB, page_size);
	}
	return error;
}

/* The first RAM that is not in the file, for the message. */
static struct hwpoison_range missing_from(const struct hwpoison_map *map, uint64_t address)
{
	struct hwpoison_range missing = {0, 0};

	for (size_t i = 0; i < map->count; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		uint64_t start = hwpoison_max(entry->start, address);

		if (entry->type == HWPOISON_RAM && start < entry->end &&
		    (!missing.end || start < missing.start))
			missing = (struct hwpoison_range){start, entry->end};
	}
	return missing;
}

static void problem_fill(struct hwpoison_problem *problem, int os_error,
			 const struct hwpoison_range *range)
{
	hwpoison_problem_set(problem, "kpageflags", strlen("kpageflags"));
	if (!problem)
		return;
	problem->os_error = os_error;
	problem->start = range->start;
	problem->end = range->end;
}

static int found_unite(int file, const struct hwpoison_scan_found *found, uint32_t page_size,
		       struct hwpoison_frames *frames, uint64_t *extended, int *os_error)
{
	struct hwpoison_frames flagged = {0}, suspected = {0};
	struct hwpoison_hits folios = {0};
	int error = hwpoison_folios_find(file, &found->hits, &folios, os_error);

	if (!error)
		error = hits_name(&found->hits, page_size, &flagged);
	if (!error)
		error = folios_name(&folios, &found->hits, page_size, &suspected);
	*extended = hwpoison_frames_bytes(&suspected);
	if (!error)
		error = hwpoison_frames_unite(&flagged, &suspected);
	if (!error)
		error = hwpoison_frames_unite(frames, &flagged);
	hwpoison_frames_free(&flagged);
	hwpoison_frames_free(&suspected);
	free(folios.hits);
	return error;
}

int hwpoison_scan(int kpageflags, const struct hwpoison_map *ram,
		  const struct hwpoison_scan_options *options, struct hwpoison_frames *frames,
		  struct hwpoison_scan_result *result, struct hwpoison_problem *problem)
{
	struct hwpoison_scan_found found = {0};
	struct hwpoison_range range = {0, 0};
	struct hwpoison_scan_work work = {.file = kpageflags, .options = options};
	struct pfns pfns = {0};
	uint64_t extended = 0;
	int error;

	/* The kernel refuses other offsets and counts: kpage_read() in fs/proc/page.c. */
	if (!hwpoison_page_size_valid(options->page_size) || options->buffer % sizeof(uint64_t))
		return HWPOISON_EARGUMENT;
	error = pfns_list(ram, options->page_size, &pfns);
	if (error)
		goto fail;
	work.pfns = pfns.pfns;
	work.pfns_count = pfns.count;
	error = hwpoison_scan_run(&work, &found);
	if (error == HWPOISON_ESHORT)
		range = missing_from(ram, found.failed_pfn * options->page_size);
	if (!error)
		error = found_unite(kpageflags, &found, options->page_size, frames, &extended,
				    &found.os_error);
fail:
	if (error)
		problem_fill(problem, found.os_error, &range);
	if (!error || error == HWPOISON_ESHORT) {
		*result = (struct hwpoison_scan_result){
			.frames_read = found.frames_read,
			.hugetlb_extended = extended,
			.missing = range,
		};
	}
	free(found.hits.hits);
	free(pfns.pfns);
	return error;
}
