/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of Kexec HandOver: that all is kept which must be, and that each byte of what is handed
 * over says what it must.
 */
#include "kexec/kho/check.h"

#include <stdlib.h>
#include <string.h>

#include "kexec/bytes.h"
#include "kexec/machine.h"

#define SCRATCH_ENTRY 16 /* struct kho_scratch: u64 address, u64 size */

/* --- what is kept -------------------------------------------------------------------------------- */

/* The pages of [start, end), which lies in memory of a map. */
static int pages_add(uint64_t start, uint64_t end, bool touched, uint64_t page,
		     struct hwpoison_map *pages)
{
	uint64_t first = touched ? start / page * page : (start + page - 1) / page * page;
	uint64_t last = touched ? (end + page - 1) / page * page : end / page * page;

	return first < last ? hwpoison_map_add(pages, first, last, HWPOISON_RESERVED) : 0;
}

int kho_pages(const struct hwpoison_frames *frames, const struct hwpoison_map *ram, bool touched,
	      uint64_t page, struct hwpoison_map *pages)
{
	int error = 0;
	size_t at = 0;

	for (size_t i = 0; i < frames->count && !error; i++) {
		struct hwpoison_range frame = frame_widen(&frames->ranges[i], page);

		if (!ram) {
			error = pages_add(frame.start, frame.end, true, page, pages);
			continue;
		}
		while (at < ram->count && ram->entries[at].end <= frame.start)
			at++;
		for (size_t j = at; j < ram->count && ram->entries[j].start < frame.end && !error;
		     j++) {
			const struct hwpoison_map_entry *entry = &ram->entries[j];
			uint64_t start = entry->start > frame.start ? entry->start : frame.start;
			uint64_t end = entry->end < frame.end ? entry->end : frame.end;

			if (entry->type == HWPOISON_RAM)
				error = pages_add(start, end, touched, page, pages);
		}
	}
	return error ? error : hwpoison_map_normalise(pages);
}

bool kho_keeps(const struct plan *plan, uint64_t start, uint64_t end)
{
	uint64_t page = plan_page_size(plan);

	if (!(plan->modes & MODE_KHO))
		return false;
	for (uint64_t at = start / page * page; at < end; at += page) {
		if (!hwpoison_frames_find(&plan->kho.kept, at, at + page))
			return false;
	}
	return true;
}

/* The first address in a that b has not; HWPOISON_ADDRESS_LIMIT when there is none. */
static uint64_t map_lacks(const struct hwpoison_map *a, const struct hwpoison_map *b)
{
	for (size_t i = 0; i < a->count; i++) {
		uint64_t at = a->entries[i].start;
		const struct hwpoison_map_entry *entry;

		while (at < a->entries[i].end && (entry = hwpoison_map_find(b, at)) != NULL)
			at = entry->end;
		if (at < a->entries[i].end)
			return at;
	}
	return HWPOISON_ADDRESS_LIMIT;
}

/* RAM that the next kernel may not have from the start has no struct pages either. */
static int absent_find(const struct plan *plan, const struct hwpoison_map *kept, char *reason,
		       size_t size)
{
	for (size_t i = 0; i < kept->count; i++) {
		uint64_t start = kept->entries[i].start, end = kept->entries[i].end;

		for (size_t j = 0; j < plan->unseen.count && !plan->present.count; j++) {
			if (plan->unseen.entries[j].start < end &&
			    start < plan->unseen.entries[j].end)
				return check_failed(reason, size,
						    "0x%llx is kept, and may be no memory",
						    (unsigned long long)start);
		}
		if (plan->present.count && !map_covers(&plan->present, start, end))
			return check_failed(reason, size, "0x%llx is kept, and is no memory",
					    (unsigned long long)start);
	}
	return 0;
}

static int kept_compare(const struct plan *plan, struct hwpoison_map maps[3], char *reason,
			size_t size)
{
	const struct hwpoison_map *ram = &plan->outcome.map;
	uint64_t page = plan_page_size(plan), at;

	if (kho_pages(&plan->kho.kept, NULL, true, page, &maps[0]) ||
	    kho_pages(&plan->frames, ram, false, page, &maps[1]) ||
	    kho_pages(&plan->frames, ram, true, page, &maps[2]))
		return check_failed(reason, size, "out of memory");
	at = map_lacks(&maps[1], &maps[0]);
	if (at != HWPOISON_ADDRESS_LIMIT)
		return check_failed(reason, size, "poisoned 0x%llx is RAM, and not kept",
				    (unsigned long long)at);
	/* Linux looks for the struct page of each, and what is no RAM may have none: it dies. */
	at = map_lacks(&maps[0], &maps[2]);
	if (at != HWPOISON_ADDRESS_LIMIT)
		return check_failed(reason, size, "0x%llx is kept, and is no poisoned RAM",
				    (unsigned long long)at);
	return absent_find(plan, &maps[0], reason, size);
}

/* Promise 1, as far as KHO keeps it. */
static int check_kept(const struct plan *plan, char *reason, size_t size)
{
	struct hwpoison_map maps[3] = {{0}};
	int error;

	if (!(plan->modes & MODE_KHO))
		return plan->kho.kept.count ?
			       check_failed(reason, size, "frames are kept without KHO") :
			       0;
	error = check_kho_words(plan, reason, size);
	if (!error)
		error = kept_compare(plan, maps, reason, size);
	for (size_t i = 0; i < 3; i++)
		hwpoison_map_free(&maps[i]);
	return error;
}

/* --- what is handed over --------------------------------------------------------------------------- */

const uint8_t *kho_claim(struct kho_view *view, const char *what, uint64_t address, uint64_t size)
{
	uint64_t offset = address - view->start, whole;

	if (address < view->start || offset >= view->size || address % view->page || !size ||
	    size > view->size - offset) {
		KHO_WRONG(view, "%s at 0x%llx is not in the segment", what,
			  (unsigned long long)address);
		return NULL;
	}
	whole = (size + view->page - 1) / view->page;
	for (uint64_t i = 0; i < whole; i++) {
		bool *claimed = &view->claimed[offset / view->page + i];

		if (*claimed) {
			KHO_WRONG(view, "%s at 0x%llx lies on something else", what,
				  (unsigned long long)address);
			return NULL;
		}
		*claimed = true;
	}
	for (uint64_t i = size; i < whole * view->page; i++) {
		if (view->bytes[offset + i]) {
			KHO_WRONG(view, "there is something behind %s", what);
			return NULL;
		}
	}
	return view->bytes + offset;
}

const uint8_t *kho_claim_own(struct kho_view *view, const char *what, uint64_t address,
			     uint64_t size)
{
	const uint8_t *bytes = kho_claim(view, what, address, size);

	if (bytes && pages_add(address, address + size, true, view->page, &view->own)) {
		KHO_WRONG(view, "out of memory");
		return NULL;
	}
	return bytes;
}

/* What nothing was found in, up to the scratch array, is padding of what lies before it. */
static int padding_add(const struct kho_view *view, uint64_t end, struct hwpoison_map *pages)
{
	int error = 0;

	for (uint64_t at = view->start; at < end && !error; at += view->page) {
		if (!view->claimed[(at - view->start) / view->page])
			error = hwpoison_map_add(pages, at, at + view->page, HWPOISON_RESERVED);
	}
	return error;
}

/* The radix tree has the kept frames and what must outlive the start, and nothing else. */
static int preserved_compare(struct kho_view *view, uint64_t scratch)
{
	struct hwpoison_map wanted = {0};
	uint64_t lacks, more;
	int error = kho_pages(&view->plan->kho.kept, NULL, true, view->page, &wanted);

	for (size_t i = 0; i < view->own.count && !error; i++)
		error = hwpoison_map_add(&wanted, view->own.entries[i].start,
					 view->own.entries[i].end, HWPOISON_RESERVED);
	if (!error)
		error = padding_add(view, scratch, &wanted);
	if (error || hwpoison_map_normalise(&wanted)) {
		hwpoison_map_free(&wanted);
		return KHO_WRONG(view, "out of memory");
	}
	lacks = map_lacks(&wanted, &view->preserved);
	more = map_lacks(&view->preserved, &wanted);
	hwpoison_map_free(&wanted);
	if (lacks != HWPOISON_ADDRESS_LIMIT)
		return KHO_WRONG(view, "the tree lacks 0x%llx", (unsigned long long)lacks);
	if (more != HWPOISON_ADDRESS_LIMIT)
		return KHO_WRONG(view, "the tree has 0x%llx", (unsigned long long)more);
	return 0;
}

static int array_compare(struct kho_view *view, const struct kho_handed *handed)
{
	const struct plan_kho *kho = &view->plan->kho;
	const uint8_t *bytes;

	if (handed->scratch_size != kho->scratch_count * SCRATCH_ENTRY)
		return KHO_WRONG(view, "%llu bytes of scratch areas are handed over",
				 (unsigned long long)handed->scratch_size);
	bytes = kho_claim(view, "the scratch array", handed->scratch, handed->scratch_size);
	for (size_t i = 0; bytes && i < kho->scratch_count; i++, bytes += SCRATCH_ENTRY) {
		if (get_le64(bytes) != kho->scratch[i].start ||
		    get_le64(bytes + 8) != kho->scratch[i].end - kho->scratch[i].start)
			return KHO_WRONG(view, "scratch area %zu is not what was planned", i);
	}
	return bytes ? 0 : -1;
}

static int rest_check(struct kho_view *view)
{
	for (uint64_t i = 0; i < view->size; i++) {
		if (!view->claimed[i / view->page] && view->bytes[i])
			return KHO_WRONG(view, "0x%llx is nothing of it, and not 0",
					 (unsigned long long)(view->start + i));
	}
	return 0;
}

static int view_check(struct kho_view *view, const struct kho_handed *handed)
{
	const struct hwpoison_kho_layout *layout = &view->plan->kho.layout;

	if (handed->fdt != layout->fdt || handed->fdt_size != layout->fdt_size ||
	    handed->scratch != layout->scratch || handed->scratch_size != layout->scratch_size)
		return KHO_WRONG(view, "what is handed over is not what was planned");
	/* kho_fill_kimage()'s callers say a page, whatever the tree has used of it. */
	if (handed->fdt_size != view->page)
		return KHO_WRONG(view, "the root tree is said to be of 0x%llx bytes",
				 (unsigned long long)handed->fdt_size);
	if (kho_root_check(view, handed->fdt) || array_compare(view, handed))
		return -1;
	return preserved_compare(view, handed->scratch) ? -1 : rest_check(view);
}

int check_kho_handed(const struct plan *plan, const struct kho_handed *handed, char *reason,
		     size_t size)
{
	const struct segment *segment = segment_find(plan, KHO_CHECKED_SEGMENT);
	struct kho_view view = {.plan = plan, .reason = reason, .reason_size = size};
	int error;

	if (!(plan->modes & MODE_KHO))
		return check_failed(reason, size, "it is handed over without being asked for");
	if (!segment)
		return check_failed(reason, size, "there is no segment for it");
	view.page = plan_page_size(plan);
	view.start = segment->start;
	view.size = segment->bytes_size;
	view.bytes = segment->bytes;
	if (!view.size || view.start % view.page || view.size % view.page)
		return check_failed(reason, size, "the segment is not whole pages");
	view.claimed = calloc(view.size / view.page, sizeof(*view.claimed));
	error = view.claimed ? view_check(&view, handed) : KHO_WRONG(&view, "out of memory");
	hwpoison_map_free(&view.own);
	hwpoison_map_free(&view.preserved);
	free(view.claimed);
	return error;
}

int check_kho_absent(const struct plan *plan, char *reason, size_t size)
{
	if (plan->modes & MODE_KHO && plan->segment_count)
		return check_failed(reason, size, "it is not handed over");
	if (segment_find(plan, KHO_CHECKED_SEGMENT))
		return check_failed(reason, size, "there is a segment for it, but no word of it");
	return 0;
}

const struct plan_check kho_checks[] = {
	{"kho-kept", check_kept, {"frames", "map"}},
	{"kho-scratch", check_kho_scratch, {"segments", "frames", "map"}},
	{NULL, NULL, {NULL}},
};
