/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boards: a device tree as a boot loader completes it, and bad frames on it. */
#ifndef TESTS_DTBS_BOARD_H
#define TESTS_DTBS_BOARD_H

#include "tests/dtbs/kernel.h"

enum memory_size {
	MEMORY_AS_SHIPPED, /* the tree's own memory; 2 GiB where it has none, as most have not */
	MEMORY_LARGE,	   /* 2 GiB and, where the cells allow, 8 GiB far above */
	MEMORY_SIZES
};

/* A copy of a tree with memory in it, malloc()ed; NULL and why when it cannot be given any. */
void *board_make(const void *dtb, enum memory_size size, const char **why);

/* A generator of numbers: the same seed, the same numbers (splitmix64, public domain). */
uint64_t random_next(uint64_t *seed);

/* So many frames in the memory of a board: by turns anywhere, and before, in and behind what is
 * reserved. Fewer when there are not so many. The caller frees them. */
struct spans board_frames(const struct kernel_memory memory[KERNELS], size_t count, uint64_t *seed);

#endif
