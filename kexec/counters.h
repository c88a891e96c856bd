/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's counters of memory failures. They cost nothing to read and tell that something
 * happened, never what: they differ from the number of poisoned frames in both directions
 * (offline blocks, device memory, huge pages), so they are only ever compared with themselves.
 */
#ifndef KEXEC_COUNTERS_H
#define KEXEC_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

struct host;

struct counters {
	bool known;	    /* HardwareCorrupted could be read */
	uint64_t corrupted; /* HardwareCorrupted of /proc/meminfo, bytes */
	bool nodes_known;   /* the kernel counts for each node (Linux 6.3 and later) */
	uint64_t failures;  /* memory_failure/total of all nodes */
};

/* Never fails: what cannot be read is not known. */
void counters_read(const struct host *host, struct counters *counters);

/* Whether nothing can have gone bad between the two: everything is known and equal. */
bool counters_equal(const struct counters *before, const struct counters *after);

#endif
