/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preloaded: the allocation whose number is in NO_MEMORY_AT fails, once. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static atomic_long left = -1;

__attribute__((constructor)) static void start(void)
{
	const char *text = getenv("NO_MEMORY_AT");

	if (text)
		left = atol(text);
}

static bool fails(void)
{
	if (left <= 0 || atomic_fetch_sub(&left, 1) != 1)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
	return fails() ? NULL : __libc_realloc(block, size);
}
