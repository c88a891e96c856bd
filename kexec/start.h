/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting what is loaded: the last thing that this program does. */
#ifndef KEXEC_START_H
#define KEXEC_START_H

struct host;
struct load_steps;
struct options;

/* -e: syncs, settles what went bad since the load, takes the network down, and starts the next
 * kernel. Returns only when that failed, with the network up again: an exit code after
 * failure(). (0 when a test's call returned.) */
int start_kernel(const struct host *host, const struct load_steps *steps,
		 const struct options *options);

#endif
