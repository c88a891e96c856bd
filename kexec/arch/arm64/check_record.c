/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exact record in /chosen, by which the next hop learns what is bad: it is believed before the
 * ranges that it was told by, so a frame that is missing there would be forgotten (doc/formats.md).
 */
#include <libfdt.h>

#include "kexec/arch/arm64/check.h"
#include "kexec/kho/check.h"

#define HEX "0x%llx-0x%llx"
#define RANGE(start, end) (unsigned long long)(start), (unsigned long long)(end)-1

/* Three numbers each: start, size, and the size of the pages at which it was learnt. */
struct record {
	const fdt64_t *numbers;
	size_t count;
};

static uint64_t record_start(const struct record *record, size_t i)
{
	return fdt64_ld(record->numbers + 3 * i);
}

static uint64_t record_end(const struct record *record, size_t i)
{
	return record_start(record, i) + fdt64_ld(record->numbers + 3 * i + 1);
}

/* Rising, and nothing but what is known to be bad. */
static int record_read(const struct plan *plan, const struct record *record, char *reason,
		       size_t size)
{
	uint64_t before = 0;

	for (size_t i = 0; i < record->count; i++) {
		uint64_t start = record_start(record, i), end = record_end(record, i);
		const struct hwpoison_frame_range *frame;

		if (start < before || end <= start)
			return check_failed(reason, size, "its ranges do not rise");
		frame = hwpoison_frames_find(&plan->frames, start, end);
		if (!frame || start < frame->start || end > frame->end)
			return check_failed(reason, size, HEX " is not known to be bad",
					    RANGE(start, end));
		if (fdt64_ld(record->numbers + 3 * i + 2) != frame->page_size)
			return check_failed(reason, size, HEX " was learnt at other pages",
					    RANGE(start, end));
		before = end;
	}
	return 0;
}

/* The next address of a frame that the record does not have from *i on; its end when there is none. */
static uint64_t unrecorded(const struct record *record, size_t *i, uint64_t start, uint64_t end)
{
	while (*i < record->count && record_end(record, *i) <= start)
		++*i;
	for (size_t j = *i; j < record->count && start < end && record_start(record, j) <= start;
	     j++)
		start = record_end(record, j);
	return start < end ? start : end;
}

int check_tree_record(const struct plan *plan, char *reason, size_t size)
{
	const void *fdt = plan->next_dtb;
	struct record record = {0};
	size_t at = 0;
	int length = 0;

	if (!(plan->modes & MODE_DTB) || !fdt)
		return 0;
	record.numbers = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "hwpoison,frames",
				     &length);
	if (record.numbers && length % 24)
		return check_failed(reason, size, "it is not of triples");
	record.count = record.numbers ? (size_t)length / 24 : 0;
	if (record_read(plan, &record, reason, size))
		return -1;
	for (size_t i = 0; i < plan->frames.count; i++) {
		uint64_t page = plan_page_size(plan), end = plan->frames.ranges[i].end;
		uint64_t start = unrecorded(&record, &at, plan->frames.ranges[i].start, end);

		/* The list of Kexec HandOver has what that keeps. */
		while (start < end && kho_keeps(plan, start, start + 1))
			start = unrecorded(&record, &at, start + page - start % page, end);
		if (start < end)
			return check_failed(reason, size, "0x%llx is not in it",
					    (unsigned long long)start);
	}
	return 0;
}
