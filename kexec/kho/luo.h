/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What user space has asked Linux's Live Update Orchestrator to preserve, by name: its open updates. */
#ifndef KEXEC_KHO_LUO_H
#define KEXEC_KHO_LUO_H

#include <stddef.h>

struct machine;

/* How many there are, with their names as words; -1 when it cannot be told: in a snapshot, or where
 * the open files of other processes are not to be seen. */
int luo_updates_find(const struct machine *machine, char *names, size_t size);

#endif
