/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two files of the reader of KHO trees share. All that return bool refuse with a reason. */
#ifndef TESTS_KHO_READER_PRIVATE_H
#define TESTS_KHO_READER_PRIVATE_H

#include <libfdt.h>

#include "tests/kho_reader.h"

/* Notes the first reason; returns false. */
bool kho_read_refuse(struct kho_read *read, const char *what, uint64_t number);

/* A u64 as both architectures' kernels store it. */
uint64_t kho_read_number(const uint8_t *bytes);

/* Gives pages at an address a meaning; size bytes of them have one. own: it is read so late that it
 * must be preserved. NULL when it is refused. */
const uint8_t *kho_read_take(struct kho_read *read, uint64_t address, uint64_t size, bool own);

/* A device tree of which every byte has a meaning. */
bool kho_read_tree(struct kho_read *read, const uint8_t *fdt, uint64_t size);

/* A node has exactly these properties, the last of which is NULL. */
bool kho_read_properties(struct kho_read *read, const void *fdt, int node,
			 const char *const *names);

/* The root's compatible is this one string. */
bool kho_read_compatible(struct kho_read *read, const void *fdt, const char *wanted);

bool kho_read_is_preserved(const struct kho_read *read, uint64_t address);

/* The sub-node "hwpoison", in the shape that goes with the version. */
bool kho_read_hwpoison(struct kho_read *read);

#endif
