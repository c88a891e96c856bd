/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of addresses: sorted, disjoint, half-open spans of bytes that do not touch. */
#ifndef TESTS_DTBS_SPANS_H
#define TESTS_DTBS_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	uint64_t start, end;
};

/* Initialise with {0}. */
struct spans {
	struct span *list;
	size_t count, capacity;
};

void spans_free(struct spans *spans);
void spans_add(struct spans *spans, uint64_t start, uint64_t end);
void spans_remove(struct spans *spans, uint64_t start, uint64_t end);
void spans_add_all(struct spans *spans, const struct spans *other);
void spans_remove_all(struct spans *spans, const struct spans *other);
/* What lies in both; the caller frees it. */
struct spans spans_common(const struct spans *a, const struct spans *b);
bool spans_overlap(const struct spans *spans, uint64_t start, uint64_t end);
bool spans_equal(const struct spans *a, const struct spans *b);
uint64_t spans_bytes(const struct spans *spans);

#endif
