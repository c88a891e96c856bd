/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checker's registry. Each check looks at one promise of a finished plan, and works it out from
 * the frames and the bytes anew; nothing of the planner's code is used. A check runs after those
 * that it needs, and is skipped when one of them did not pass.
 */
#ifndef KEXEC_CHECK_H
#define KEXEC_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kexec/arch.h"

enum check_state { CHECK_WAITING, CHECK_RUNNING, CHECK_PASSED, CHECK_FAILED, CHECK_SKIPPED };

struct check_result {
	const struct plan_check *check;
	enum check_state state;
	char reason[192];
};

#define CHECKS_MAX 40

struct check_report {
	struct check_result results[CHECKS_MAX];
	size_t count, failed;
};

/* All checks of the plan's architecture and the common ones. */
void checks_run(const struct plan *plan, struct check_report *report);

/* --- for checks ----------------------------------------------------------------------------- */

/* Writes the reason; returns non-zero. */
int check_failed(char *reason, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The first segment of a name; NULL. */
const struct segment *segment_find(const struct plan *plan, const char *name);

/* What will lie at [address, address + size): NULL when it is not wholly within the bytes of one
 * segment. */
const uint8_t *plan_memory(const struct plan *plan, uint64_t address, uint64_t size);

/* Whether [start, end) is RAM of a sorted map without a gap. */
bool map_covers(const struct hwpoison_map *map, uint64_t start, uint64_t end);

/* A frame of the plan, widened to pages of page_size. */
struct hwpoison_range frame_widen(const struct hwpoison_frame_range *frame, uint64_t page_size);

/* The page size to which the next kernel rounds frames. */
uint64_t plan_page_size(const struct plan *plan);

/* The first poisoned range, widened, that [start, end) touches; false when there is none. */
bool plan_poisoned(const struct plan *plan, uint64_t start, uint64_t end,
		   struct hwpoison_range *poisoned);

extern const struct plan_check map_checks[]; /* the last one has no name */
extern const struct plan_check segment_checks[];

#endif
