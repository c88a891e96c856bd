/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hugetlb folio around a poisoned page. Linux 6.1 flags the head of the folio whichever page
 * is bad, later kernels flag every page (stable_page_flags() in fs/proc/page.c): the bad one
 * cannot be told, so the whole folio is suspected. A folio may reach over the borders of what one
 * thread reads, so this is done afterwards, for the few that are poisoned.
 */
#include <stdlib.h>

#include "hwpoison/kpageflags.h"

#define WINDOW_PFNS 4096

/* The flags of the neighbourhood that was looked at last. */
struct window {
	int file;
	int os_error; /* the first that happened; flags read as 0 from then on */
	uint64_t pfn;
	size_t count;
	uint64_t *flags;
};

static uint64_t flags_at(struct window *window, uint64_t pfn)
{
	if (window->os_error)
		return 0;
	if (pfn / WINDOW_PFNS != window->pfn / WINDOW_PFNS || !window->count) {
		window->pfn = pfn / WINDOW_PFNS * WINDOW_PFNS;
		window->os_error = hwpoison_flags_read(window->file, window->pfn, window->flags,
						       WINDOW_PFNS, &window->count);
		if (window->os_error)
			return 0;
	}
	return pfn - window->pfn < window->count ? window->flags[pfn - window->pfn] : 0;
}

static bool is_hugetlb(uint64_t flags, uint64_t part)
{
	return flags & KPAGEFLAG(KPF_HUGE) && flags & part;
}

static struct hwpoison_hit folio_of(struct window *window, const struct hwpoison_hit *hit)
{
	uint64_t head = KPAGEFLAG(KPF_COMPOUND_HEAD), tail = KPAGEFLAG(KPF_COMPOUND_TAIL);
	uint64_t start = hit->pfn, end = hit->pfn + hit->count;

	while (start && is_hugetlb(flags_at(window, start), tail) &&
	       is_hugetlb(flags_at(window, start - 1), head | tail))
		start--;
	/* It may have been split since: then what follows belongs to another folio. */
	if (is_hugetlb(flags_at(window, end - 1), head | tail)) {
		while (is_hugetlb(flags_at(window, end), tail))
			end++;
	}
	return (struct hwpoison_hit){start, end - start, true};
}

int hwpoison_folios_find(int file, const struct hwpoison_hits *hits, struct hwpoison_hits *folios,
			 int *os_error)
{
	struct window window = {.file = file};
	uint64_t done = 0;
	int error = 0;

	for (size_t i = 0; i < hits->count && !error; i++) {
		const struct hwpoison_hit *hit = &hits->hits[i];
		struct hwpoison_hit folio;

		if (!hit->hugetlb || hit->pfn + hit->count <= done)
			continue;
		if (!window.flags)
			window.flags = malloc(WINDOW_PFNS * sizeof(*window.flags));
		if (!window.flags)
			return HWPOISON_ENOMEM;
		folio = folio_of(&window, hit);
		done = folio.pfn + folio.count;
		error = window.os_error ? HWPOISON_EIO : hwpoison_hit_add(folios, &folio);
	}
	*os_error = window.os_error;
	free(window.flags);
	return error;
}
