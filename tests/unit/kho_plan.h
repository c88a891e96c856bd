/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan hands over by KHO, read by the independent reader and held against the plan, by rules of
 * its own: every bad page that is RAM of the next kernel's map is kept, no other is. */
#ifndef TESTS_UNIT_KHO_PLAN_H
#define TESTS_UNIT_KHO_PLAN_H

#include <libfdt.h>

#include "kexec/bytes.h"
#include "kexec/plan.h"
#include "tests/unit/kho_fixture.h"

/* Whether all of [start, end) is RAM of a map whose entries do not overlap. */
static inline bool kho_plan_is_ram(const struct hwpoison_map *map, uint64_t start, uint64_t end)
{
	uint64_t ram = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		uint64_t from = entry->start > start ? entry->start : start;
		uint64_t to = entry->end < end ? entry->end : end;

		if (entry->type == HWPOISON_RAM && from < to)
			ram += to - from;
	}
	return ram == end - start;
}

static inline void kho_plan_compare_kept(const struct plan *plan, const struct kho_read *read)
{
	uint64_t page = plan->target.page_size, done = 0;
	size_t count = 0;

	for (size_t i = 0; i < plan->frames.count; i++) {
		uint64_t at = plan->frames.ranges[i].start & ~(page - 1);

		for (at = at > done ? at : done; at < plan->frames.ranges[i].end; at += page) {
			done = at + page;
			if (!kho_plan_is_ram(&plan->outcome.map, at, at + page))
				continue;
			if (count == read->kept_count || read->kept[count] != at)
				fail_msg("0x%llx is not kept", (unsigned long long)at);
			assert_true(count < read->listed_count && read->listed[count] == at);
			count++;
		}
	}
	assert_int_equal(read->kept_count, count);
	assert_int_equal(read->listed_count, count);
}

/* "hwpoison-ranges", as doc/formats.md has it: all that is bad, kept or told otherwise. */
static inline void kho_plan_compare_ranges(const struct plan *plan, const struct kho_read *read)
{
	const struct kho_read_blob *blob = kho_read_blob(read, "hwpoison-ranges");
	const uint8_t *row;
	int length;

	assert_non_null(blob);
	row = fdt_getprop(blob->bytes, 0, "ranges", &length);
	assert_non_null(row);
	assert_int_equal(length, 24 * plan->frames.count);
	for (size_t i = 0; i < plan->frames.count; i++, row += 24) {
		const struct hwpoison_frame_range *range = &plan->frames.ranges[i];

		assert_int_equal(get_le64(row), range->start);
		assert_int_equal(get_le64(row + 8), range->end - range->start);
		assert_int_equal(get_le32(row + 16), range->sources);
		assert_int_equal(get_le32(row + 20), range->page_size);
	}
}

/* The segment of a plan that is placed. */
static inline void kho_plan_read(const struct plan *plan)
{
	struct kho_made made = {.layout = plan->kho.layout};
	const struct segment *segment = NULL;

	for (size_t i = 0; i < plan->segment_count; i++)
		if (strcmp(plan->segments[i].name, "kho") == 0)
			segment = &plan->segments[i];
	assert_non_null(segment);
	made.size = segment->size;
	made.bytes = calloc(1, segment->size);
	assert_non_null(made.bytes);
	memcpy(made.bytes, segment->bytes, segment->bytes_size);
	if (!kho_read_made(&made, segment->start, plan->target.page_size))
		fail_msg("%s", made.read.error);
	assert_int_equal(made.read.version, plan->kho.abi);
	kho_plan_compare_kept(plan, &made.read);
	kho_plan_compare_ranges(plan, &made.read);
	assert_int_equal(made.read.scratch_count, plan->kho.scratch_count);
	for (size_t i = 0; i < plan->kho.scratch_count; i++) {
		const struct hwpoison_range *area = &plan->kho.scratch[i];

		assert_int_equal(made.read.scratch[i].address, area->start);
		assert_int_equal(made.read.scratch[i].size, area->end - area->start);
		assert_true(kho_plan_is_ram(&plan->outcome.map, area->start, area->end));
	}
	kho_made_free(&made);
}

/* The tree that a plan would hand over that is decided but not placed. */
static inline void kho_plan_write_and_read(const struct plan *plan)
{
	static const struct hwpoison_range scratch = {0x38000000, 0x39000000};
	const struct hwpoison_kho_options options = {plan->kho.abi, plan->target.page_size,
						     &scratch, 1};
	const uint64_t address = 0x30000000;
	struct kho_made made;

	assert_int_equal(kho_write_only(&plan->kho.kept, &plan->frames, &options, address, &made),
			 0);
	if (!kho_read_made(&made, address, options.page_size))
		fail_msg("%s", made.read.error);
	kho_plan_compare_kept(plan, &made.read);
	kho_plan_compare_ranges(plan, &made.read);
	kho_made_free(&made);
}

#endif
