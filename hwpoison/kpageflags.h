/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the scan of /proc/kpageflags share: one u64 of flags for each PFN. */
#ifndef HWPOISON_KPAGEFLAGS_H
#define HWPOISON_KPAGEFLAGS_H

#include <linux/kernel-page-flags.h>

#include "hwpoison/internal.h"

#pragma GCC visibility push(hidden)

#define KPAGEFLAG(bit) (UINT64_C(1) << (bit))

/* A run of poisoned PFNs, all of hugetlb folios or none. */
struct hwpoison_hit {
	uint64_t pfn, count;
	bool hugetlb;
};

struct hwpoison_hits {
	struct hwpoison_hit *hits;
	size_t count, capacity;
};

/* Appends, merging with the last hit where it goes on. HWPOISON_ENOMEM. */
int hwpoison_hit_add(struct hwpoison_hits *hits, const struct hwpoison_hit *hit);

/* PFNs to read: [start, end). Those from whole on are only in part RAM and need not exist. */
struct hwpoison_pfns {
	uint64_t start, whole, end;
};

/* A scan as it is divided among threads. */
struct hwpoison_scan_work {
	int file;
	const struct hwpoison_scan_options *options;
	const struct hwpoison_pfns *pfns; /* sorted, disjoint, none empty */
	size_t pfns_count;
};

struct hwpoison_scan_found {
	struct hwpoison_hits hits; /* sorted and merged; the caller frees hits.hits */
	uint64_t frames_read;
	uint64_t failed_pfn; /* where it failed, when it did */
	int os_error;
};

/* HWPOISON_ESHORT, HWPOISON_EIO, HWPOISON_ENOMEM. found->hits is empty on failure. */
int hwpoison_scan_run(const struct hwpoison_scan_work *work, struct hwpoison_scan_found *found);

/* The flags of count PFNs from pfn on; *got is less than count only where the file ends.
 * 0 or an errno. */
int hwpoison_flags_read(int file, uint64_t pfn, uint64_t *flags, size_t count, size_t *got);

/* The hugetlb folios to which hits belong, as hits that are sorted and disjoint. The caller frees
 * folios->hits, also on failure. HWPOISON_EIO with *os_error, HWPOISON_ENOMEM. */
int hwpoison_folios_find(int file, const struct hwpoison_hits *hits, struct hwpoison_hits *folios,
			 int *os_error);

#pragma GCC visibility pop

#endif
