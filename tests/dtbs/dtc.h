/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs dtc, the device tree compiler, on a tree. */
#ifndef TESTS_DTBS_DTC_H
#define TESTS_DTBS_DTC_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it takes the tree and warns of nothing of ours; else why[WHY_SIZE] is what it said. */
bool dtc_accepts(const void *tree, size_t size, bool made_reserved_memory, char *why);

#endif
