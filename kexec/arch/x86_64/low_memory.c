/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Models what Linux does below 1 MiB before it has read its memory map. */
#include "kexec/arch/x86_64/low_memory.h"

#include <stdint.h>

#include "kexec/arch/x86_64/boot_params.h"
#include "kexec/plan.h"

/*
 * find_trampoline_placement() in arch/x86/boot/compressed/pgtable_64.c: two pages at the end of
 * the last RAM entry of the zero page that begins below the end of low memory. That end is at most
 * this, and less where the BIOS data area says so, which only the next kernel reads; wherever
 * between 128 KiB and here it is, the pages lie in a RAM entry when one of two pages is there.
 */
#define LOW_END UINT64_C(0x9f000)
#define TRAMPOLINE_SIZE UINT64_C(0x2000)
#define PAGE UINT64_C(0x1000)

/* What is read whatever the map says, when no EFI memory map is handed over. */
static const struct {
	uint64_t start, end;
	const char *reader;
} legacy_reads[] = {
	{0, 0x1000, "the BIOS data area (reserve_bios_regions(), the MP table search)"},
	{0x80000, 0xa0000,
	 "the search for an iBFT (find_ibft_region()) and the extended BIOS data "
	 "area"},
	{0xe0000, 0x100000, "the searches for DMI, the RSDP and the MP table"},
};

static bool trampoline_find(const struct hwpoison_map *map, uint64_t *start)
{
	size_t count = map->count < BOOT_E820_MAX ? map->count : BOOT_E820_MAX;

	for (size_t i = count; i-- > 0;) {
		const struct hwpoison_map_entry *entry = &map->entries[i];
		uint64_t end = entry->end < LOW_END ? entry->end & ~(PAGE - 1) : LOW_END;

		/* What begins above the end of low memory fails the second test as well. */
		if (entry->type != HWPOISON_RAM || end < entry->start + TRAMPOLINE_SIZE)
			continue;
		*start = end - TRAMPOLINE_SIZE;
		return true;
	}
	return false;
}

static int trampoline_plan(struct plan *plan)
{
	const struct hwpoison_frame_range *frame;
	uint64_t start;

	if (!trampoline_find(&plan->outcome.map, &start)) {
		/* Then it takes the end of low memory, RAM or not. */
		start = LOW_END - TRAMPOLINE_SIZE;
		frame = hwpoison_frames_find(&plan->frames, start, LOW_END);
		if (frame)
			return failure(EXIT_USAGE,
				       "no two pages of good RAM are left below 0x%llx: the next "
				       "kernel would use the poisoned frame at 0x%llx to start",
				       (unsigned long long)LOW_END,
				       (unsigned long long)frame->start);
		warn(&plan->warnings, "there is no RAM below 0x%llx: the next kernel may not start",
		     (unsigned long long)LOW_END);
		return 0;
	}
	plan->areas[plan->area_count++] = (struct working_area){"trampoline", start,
								start + TRAMPOLINE_SIZE};
	return 0;
}

static void legacy_warn(struct plan *plan)
{
	for (size_t i = 0; i < sizeof(legacy_reads) / sizeof(*legacy_reads); i++) {
		const struct hwpoison_frame_range *frame = hwpoison_frames_find(
			&plan->frames, legacy_reads[i].start, legacy_reads[i].end);

		if (frame)
			warn(&plan->warnings,
			     "poisoned frame 0x%llx lies where any kernel reads at boot, whatever its "
			     "memory map says: %s; it is kept out of RAM, but not from that",
			     (unsigned long long)(frame->start > legacy_reads[i].start ?
							  frame->start :
							  legacy_reads[i].start),
			     legacy_reads[i].reader);
	}
}

int low_memory_plan(struct plan *plan, bool efi)
{
	if (!efi)
		legacy_warn(plan);
	return trampoline_plan(plan);
}
