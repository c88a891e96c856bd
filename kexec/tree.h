/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device tree says of the way in which a machine was booted. */
#ifndef KEXEC_TREE_H
#define KEXEC_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether libfdt can read all of it. */
bool tree_is_good(const void *fdt, size_t size);

/* Whether /chosen hands EFI over. */
bool tree_has_efi(const void *fdt, size_t size);

/* Whether a node is called that, with or without an address behind it. name may be NULL. */
bool tree_name_is(const char *name, const char *wanted);

/* Whether a node below /reserved-memory, or an entry of the memory reserve block, stands for bad frames that an
 * earlier kexec told of, or somebody by hand (doc/formats.md). The tree must be good. */
bool tree_node_is_ours(const void *fdt, int node);
bool tree_entry_is_ours(const void *fdt, int index);

/* How many reservations it makes with no help of ours: entries of its memory reserve block, and nodes
 * that are not no-map. */
size_t tree_reservations(const void *fdt, size_t size);

/* The name of a node under /reserved-memory to which Linux gives memory of its choice (a size, and no
 * reg), or NULL. Points into the tree. */
const char *tree_floating_region(const void *fdt, size_t size);

/* Where the memory ends that all devices reach (dma-ranges, as of_dma_get_max_cpu_address() in
 * drivers/of/address.c reads them), and in which each region of /reserved-memory may lie that has no place
 * yet (alloc-ranges); UINT64_MAX when nothing bounds it. */
uint64_t tree_low_end(const void *fdt, size_t size);

/* The command line in /chosen, or NULL. Points into the tree. */
const char *tree_command_line(const void *fdt, size_t size);

#endif
