/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames that purgatory looks for in the map or the tree that is handed over. */
#ifndef KEXEC_POISON_TABLE_H
#define KEXEC_POISON_TABLE_H

#include <stddef.h>

struct plan;
struct purgatory_poison;

/* Writes the table, neighbours merged, when entries is not NULL; returns how many there are. None
 * when no frames are told, and none of the frames that others than e820 or the tree tell. */
size_t poison_table_write(const struct plan *plan, struct purgatory_poison *entries);

#endif
