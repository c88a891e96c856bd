/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of the scratch memory: the next kernel uses nothing else until it has read what is preserved,
 * and dies without a word when there is something wrong with it.
 */
#include "kexec/image.h"
#include "kexec/kho/check.h"
#include "kexec/machine.h"

#define HEX "0x%llx-0x%llx"
#define RANGE(start, end) (unsigned long long)(start), (unsigned long long)(end)-1
#define MIB (UINT64_C(1) << 20)
#define FOUR_GIB (UINT64_C(1) << 32)

/* SCRATCH_ALIGNMENT_BYTES in kernel/liveupdate/kexec_handover.c: the largest block of the page
 * allocator. MAX_PAGE_ORDER is 10, 11, 13 (ARCH_FORCE_MAX_ORDER in arch/arm64/Kconfig) unless the next
 * kernel's config says another. */
static uint64_t scratch_alignment(const struct plan *plan)
{
	uint64_t page = plan_page_size(plan);
	unsigned int usual = page == 4096 ? 10 : page == 16384 ? 11 : 13;

	return page << (plan->target.max_order ? plan->target.max_order : usual);
}

static bool meets(const struct hwpoison_range *area, uint64_t start, uint64_t end)
{
	return area->start < end && start < area->end;
}

/* What lies in an area that must not; NULL. */
static const char *scratch_meets(const struct plan *plan, const struct hwpoison_range *area)
{
	struct hwpoison_range poisoned;

	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];

		if (meets(area, segment->start, segment->start + segment->size))
			return segment->name;
	}
	for (size_t i = 0; i < plan->area_count; i++) {
		if (meets(area, plan->areas[i].start, plan->areas[i].end))
			return plan->areas[i].name;
	}
	if (plan_poisoned(plan, area->start, area->end, &poisoned) ||
	    hwpoison_frames_find(&plan->kho.kept, area->start, area->end))
		return "poisoned memory";
	if (hwpoison_frames_find(&plan->outcome.excluded, area->start, area->end))
		return "memory that is kept out";
	for (size_t i = 0; i < plan->outcome.given_up.count; i++) {
		const struct hwpoison_map_entry *entry = &plan->outcome.given_up.entries[i];

		if (meets(area, entry->start, entry->end))
			return "memory that is given up";
	}
	return NULL;
}

/* Memory that the running kernel or its firmware holds, and that is not its own scratch memory. */
static bool scratch_is_held(const struct machine *machine, const struct hwpoison_range *area)
{
	for (size_t i = 0; i < machine->kho_scratch_count; i++) {
		const struct hwpoison_range *own = &machine->kho_scratch[i];

		if (own->start <= area->start && area->end <= own->end)
			return false;
	}
	for (size_t i = 0; i < machine->in_use.count; i++) {
		if (meets(area, machine->in_use.entries[i].start, machine->in_use.entries[i].end))
			return true;
	}
	return false;
}

static int scratch_area_check(const struct plan *plan, size_t index, char *reason, size_t size)
{
	const struct hwpoison_range *area = &plan->kho.scratch[index];
	uint64_t alignment = scratch_alignment(plan);
	const char *what;

	if (area->start >= area->end || area->end > HWPOISON_ADDRESS_LIMIT ||
	    (index && area->start < plan->kho.scratch[index - 1].end))
		return check_failed(reason, size, "area %zu is empty, no memory or out of order",
				    index);
	if (area->start % alignment || area->end % alignment)
		return check_failed(reason, size, HEX " is not aligned to 0x%llx",
				    RANGE(area->start, area->end), (unsigned long long)alignment);
	/* memblock_add() would make RAM of it, whatever the map says. */
	if (!map_covers(&plan->outcome.map, area->start, area->end))
		return check_failed(reason, size, HEX " is not RAM of the next kernel",
				    RANGE(area->start, area->end));
	if (scratch_is_held(plan->machine, area))
		return check_failed(reason, size, HEX " is held by the running kernel",
				    RANGE(area->start, area->end));
	what = scratch_meets(plan, area);
	return what ? check_failed(reason, size, HEX " meets %s", RANGE(area->start, area->end),
				   what) :
		      0;
}

/* Bytes of RAM below and from 4 GiB on. */
static void ram_measure(const struct hwpoison_map *map, uint64_t *low, uint64_t *high)
{
	*low = *high = 0;
	for (size_t i = 0; i < map->count; i++) {
		uint64_t start = map->entries[i].start, end = map->entries[i].end;

		if (map->entries[i].type != HWPOISON_RAM)
			continue;
		if (start < FOUR_GIB)
			*low += (end < FOUR_GIB ? end : FOUR_GIB) - start;
		if (end > FOUR_GIB)
			*high += end - (start > FOUR_GIB ? start : FOUR_GIB);
	}
}

/*
 * Less was seen to kill kernels in their first moments, without a word. A struct page of 64 bytes for
 * each page, and 16 MiB: 48 MiB was enough for 2 GiB, and 40 MiB was not. On x86 the kernel itself goes
 * there where it fits (KASLR). The buffer for devices that reach no further than 4 GiB (swiotlb_init() in
 * kernel/dma/swiotlb.c) is one piece of 64 MiB.
 */
static int scratch_sum_check(const struct plan *plan, char *reason, size_t size)
{
	uint64_t sum = 0, largest = 0, low, high, floor;

	ram_measure(&plan->outcome.map, &low, &high);
	for (size_t i = 0; i < plan->kho.scratch_count; i++) {
		const struct hwpoison_range *area = &plan->kho.scratch[i];

		sum += area->end - area->start;
		if (area->end <= FOUR_GIB && area->end - area->start > largest)
			largest = area->end - area->start;
	}
	floor = (low + high) / plan_page_size(plan) * 64 + 16 * MIB;
	if (plan->machine->arch->moves && plan->image)
		floor += plan->image->memory_size;
	if (sum < floor)
		return check_failed(reason, size,
				    "%llu MiB are less than the %llu MiB for its RAM and itself",
				    (unsigned long long)(sum / MIB),
				    (unsigned long long)(floor / MIB));
	/* Where a machine has next to nothing there, nothing there is all that it can use. */
	if (low >= 256 * MIB && (!largest || (high && largest < 64 * MIB)))
		return check_failed(reason, size, "%llu MiB of it are below 4 GiB in one piece",
				    (unsigned long long)(largest / MIB));
	return 0;
}

/* Entries of a map, RAM alone or all, with one more for each area that begins or ends within RAM: there
 * memblock has one region more (memblock_mark_kho_scratch()). */
static size_t regions_count(const struct plan *plan, const struct hwpoison_map *map, bool all)
{
	size_t regions = 0;

	for (size_t i = 0; i < map->count; i++) {
		uint64_t start = map->entries[i].start, end = map->entries[i].end;

		regions += all || map->entries[i].type == HWPOISON_RAM;
		if (map->entries[i].type != HWPOISON_RAM)
			continue;
		for (size_t j = 0; j < plan->kho.scratch_count; j++) {
			const struct hwpoison_range *area = &plan->kho.scratch[j];

			regions += area->start > start && area->start < end;
			regions += area->end > start && area->end < end;
		}
	}
	return regions;
}

/*
 * Past 128 of RAM Linux 7.2 hangs on x86 (doc/linux-memblock-after-discard.md), of which the limit
 * leaves 8 to spare. On arm64 a full array panics ("cannot resize memory array"), whose regions may also
 * be memory that is not mapped, as what it is told of is; but for entries of the tree's reserve block,
 * which leave all memory as it is.
 */
static int scratch_regions_check(const struct plan *plan, char *reason, size_t size)
{
	size_t limit = plan->target.max_ram_regions, array = plan->target.first_regions, regions;
	bool reserved = plan->modes & MODE_DTB && plan->fdt_way == HWPOISON_FDT_RESERVE;

	regions = regions_count(plan, &plan->outcome.map, false);
	if (limit && limit != HWPOISON_NO_LIMIT && regions > limit + 8)
		return check_failed(reason, size, "with it there are %zu regions of RAM", regions);
	regions = regions_count(plan, reserved ? &plan->machine->bare : &plan->outcome.map, true);
	if (array && regions >= array)
		return check_failed(reason, size,
				    "with it there are %zu regions of memory, of %zu that Linux "
				    "bears early at boot",
				    regions, array);
	return 0;
}

int check_kho_scratch(const struct plan *plan, char *reason, size_t size)
{
	size_t count = plan->kho.scratch_count;

	if (!(plan->modes & MODE_KHO))
		return count ? check_failed(reason, size, "there is some without KHO") : 0;
	if (count > KHO_SCRATCH_MAX || (!count && plan->segment_count))
		return check_failed(reason, size, "there are %zu areas", count);
	for (size_t i = 0; i < count; i++) {
		if (scratch_area_check(plan, i, reason, size))
			return -1;
	}
	if (count && scratch_regions_check(plan, reason, size))
		return -1;
	return count ? scratch_sum_check(plan, reason, size) : 0;
}
