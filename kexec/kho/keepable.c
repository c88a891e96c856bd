/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for what the next kernel does with memory whatever its tree of preserved pages says. */
#include "kexec/kho/keepable.h"

#include <inttypes.h>

#include "kexec/arch.h"
#include "kexec/check.h"
#include "kexec/machine.h"
#include "kexec/map_edit.h"
#include "kexec/report.h"

/* Memory that the next kernel uses before it has read the tree, scratch or not. */
static bool is_early(const struct plan *plan, const struct hwpoison_map *map, uint64_t start,
		     uint64_t end)
{
	uint64_t limit = plan->machine->arch->low_memory;

	return start < limit && map_has_ram(map, start, end < limit ? end : limit);
}

/* Whether there are struct pages for it. Linux takes those of each page of the tree for granted
 * (kho_radix_walk_tree()'s callers), and panics where there are none. */
static bool is_present(const struct plan *plan, uint64_t start, uint64_t end)
{
	return plan->present.count ? map_covers(&plan->present, start, end) :
				     !map_has_ram(&plan->unseen, start, end);
}

/* The same of what of it is RAM of a map, in whole pages: no other is kept. */
static bool ram_is_present(const struct plan *plan, const struct hwpoison_map *map, uint64_t start,
			   uint64_t end)
{
	const uint64_t page = plan->target.page_size;

	for (size_t i = 0; i < map->count; i++) {
		uint64_t from = (map->entries[i].start + page - 1) & ~(page - 1);
		uint64_t to = map->entries[i].end & ~(page - 1);

		from = from > start ? from : start;
		to = to < end ? to : end;
		if (map->entries[i].type == HWPOISON_RAM && from < to &&
		    !is_present(plan, from, to))
			return false;
	}
	return true;
}

bool kho_keepable(const struct plan *plan, const struct hwpoison_map *map, uint64_t start,
		  uint64_t end)
{
	return !is_early(plan, map, start, end) && ram_is_present(plan, map, start, end);
}

static int not_present(const struct plan *plan, uint64_t start, uint64_t end)
{
	const char *why = plan->machine->efi_map_why ? plan->machine->efi_map_why :
						       "nothing tells of its memory";

	if (plan->present.count)
		return failure(EXIT_USAGE,
			       "--hwpoison-mode=kho: bad memory at 0x%" PRIx64 "-0x%" PRIx64
			       " is not in the memory that the next kernel is told of (memory that "
			       "was added later is not), and it would panic over what KHO keeps "
			       "there; say --hwpoison-mode=dtb,kho, or take the frames back "
			       "(--hwpoison-forget)",
			       start, end - 1);
	return failure(
		EXIT_USAGE,
		"--hwpoison-mode=kho: bad memory at 0x%" PRIx64 "-0x%" PRIx64
		" is not RAM of this kernel, and whether it is of the next one cannot be known "
		"(%s): if not, it would panic over what KHO keeps there; say "
		"--hwpoison-mode=dtb,kho, or take the frames back (--hwpoison-forget)",
		start, end - 1, why);
}

int kho_keepable_check(const struct plan *plan, const struct hwpoison_map *map,
		       const struct hwpoison_map *lent, uint64_t start, uint64_t end)
{
	if (is_early(plan, map, start, end))
		return failure(EXIT_USAGE,
			       "--hwpoison-mode=kho: bad memory at 0x%" PRIx64 "-0x%" PRIx64
			       " lies below 1 MiB, where the next kernel takes memory before it "
			       "reads what KHO hands over; say --hwpoison-mode=e820,kho",
			       start, end - 1);
	if (!ram_is_present(plan, map, start, end))
		return not_present(plan, start, end);
	if (map_has_ram(map, start, end) && map_has_ram(lent, start, end))
		return failure(EXIT_USAGE,
			       "--hwpoison-mode=kho: bad memory at 0x%" PRIx64 "-0x%" PRIx64
			       " lies in a region under /reserved-memory that is reusable, all of "
			       "which Linux frees, whatever KHO keeps: name a device tree without "
			       "that node (--dtb), or take the frames back (--hwpoison-forget)",
			       start, end - 1);
	return 0;
}
