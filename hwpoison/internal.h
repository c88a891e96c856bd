/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the library share with each other and with nobody else. */
#ifndef HWPOISON_INTERNAL_H
#define HWPOISON_INTERNAL_H

#include "hwpoison/hwpoison.h"

#pragma GCC visibility push(hidden)

/* ------------------------------------------------------------------------------------- range.c */

/* The smallest page that any of the supported kernels has. */
#define HWPOISON_PAGE_SIZE_MIN 4096u

/* A power of two of at least HWPOISON_PAGE_SIZE_MIN. */
bool hwpoison_page_size_valid(uint32_t page_size);

/* size is a power of two. Rounding up does not wrap for addresses up to the limit. */
static inline uint64_t hwpoison_round_down(uint64_t address, uint64_t size)
{
	return address & ~(size - 1);
}

static inline uint64_t hwpoison_round_up(uint64_t address, uint64_t size)
{
	return hwpoison_round_down(address + size - 1, size);
}

static inline uint64_t hwpoison_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t hwpoison_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Not empty, not inverted, not past the limit. */
static inline bool hwpoison_range_valid(uint64_t start, uint64_t end)
{
	return start < end && end <= HWPOISON_ADDRESS_LIMIT;
}

/* Makes room for `needed` elements of element_size in an array with a capacity, at least doubling
 * it. HWPOISON_ENOMEM, with the array as it was. array is the address of the pointer. */
int hwpoison_reserve(void *array, size_t *capacity, size_t needed, size_t element_size);

/* The words of hwpoison_range_parse() in text[0..size), which need not end with a 0 byte. Blanks
 * around it are allowed. HWPOISON_EPARSE, HWPOISON_ERANGE. */
int hwpoison_range_read(const char *text, size_t size, uint32_t page_size,
			struct hwpoison_range *range);

/* ------------------------------------------------------------------------------------ number.c */

/* Reads decimal or 0x hex at the front of *text (of *size bytes) and steps over it.
 * HWPOISON_EPARSE when there is no digit, HWPOISON_ERANGE past 64 bits. */
int hwpoison_number_read(const char **text, size_t *size, uint64_t *value);

/* As above, and a suffix K, M, G or T of either case. */
int hwpoison_size_read(const char **text, size_t *size, uint64_t *value);

/* ------------------------------------------------------------------------------------- error.c */

/* Fills a problem that may be NULL: clears it, and copies what of what_size bytes, cut to fit, with
 * bytes that do not print as '?'. */
void hwpoison_problem_set(struct hwpoison_problem *problem, const char *what, size_t what_size);

/* ------------------------------------------------------------------------------------ frames.c */

/* hwpoison_frames_add() without the widening: for ranges that were widened when they were first
 * added. Cheap when nothing, or little, lies behind start. HWPOISON_ENOMEM. */
int hwpoison_frames_add_exact(struct hwpoison_frames *frames,
			      const struct hwpoison_frame_range *range);

/* --------------------------------------------------------------------------------------- map.c */

/* Appends to a map in rising order, merging with the last entry where Linux would. */
int hwpoison_map_append(struct hwpoison_map *map, uint64_t start, uint64_t end, uint32_t type);

/* The RAM of a normalised map that frames cover, bytes. Linear in both. */
uint64_t hwpoison_map_covered(const struct hwpoison_map *map, const struct hwpoison_frames *frames);

/* ---------------------------------------------------------------------------------- coalesce.c */

/* Below it lies what the start of the other processors and of the kernel itself needs on x86
 * (arch/x86/realmode/init.c: reserve_real_mode()). */
#define HWPOISON_LOW_MEMORY (UINT64_C(1) << 20)

/* A stretch of good RAM beside bad frames that a carrier may give up to save room. */
struct hwpoison_gap {
	uint64_t start, end;
	unsigned int saves; /* how many table entries go with it: 1 or 2 */
	bool chosen;	    /* out: give it up */
};

/*
 * Chooses the gaps whose sum is least such that at least `entries` table entries are saved and at
 * least `gaps_wanted` gaps are given up (each is one RAM region less). RAM below
 * HWPOISON_LOW_MEMORY is only chosen when the rest does not suffice, and then the least of it.
 * Exact. gaps stay in their order; *bytes is the sum. A carrier whose gaps all save one range
 * passes saves = 1 and gaps_wanted = 0.
 * HWPOISON_EFULL when all gaps together do not suffice; HWPOISON_ENOMEM. */
int hwpoison_gaps_choose(struct hwpoison_gap *gaps, size_t count, size_t entries,
			 size_t gaps_wanted, uint64_t *bytes);

#pragma GCC visibility pop

#endif
