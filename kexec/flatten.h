/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A flattened device tree of /proc/device-tree. */
#ifndef KEXEC_FLATTEN_H
#define KEXEC_FLATTEN_H

#include <stddef.h>

/*
 * From the directories (nodes) and files (properties) below an open directory; in the order of
 * their names. The memory reserve block is not to be seen there, and stays empty. *fdt is malloc()ed.
 * 0 or a negative errno: -EFBIG past 2 MiB, -ELOOP when nodes lie too deep, -EINVAL for a name that
 * none can have.
 */
int tree_flatten(int directory, void **fdt, size_t *size);

#endif
