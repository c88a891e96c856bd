/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cross-checks of what was learnt: they warn, and are never taken as proof. */
#ifndef KEXEC_CROSSCHECK_H
#define KEXEC_CROSSCHECK_H

#include "hwpoison/hwpoison.h"
#include "kexec/failure.h"

struct learnt;
struct machine;

/* Offline memory blocks that lie in memory that the next kernel would use, sorted, as RAM
 * entries. An absent directory gives none. 0 or -ENOMEM. */
int offline_blocks_find(const struct machine *machine, struct hwpoison_map *blocks);

/* Compares HardwareCorrupted and the counters of each node with what was found, and names the
 * offline blocks unless they were taken as bad. */
void crosscheck_warn(const struct machine *machine, const struct learnt *learnt,
		     const struct hwpoison_map *offline_blocks, bool offline_taken,
		     struct warnings *warnings);

#endif
