/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames that went bad after the next kernel was loaded. */
#ifndef KEXEC_LATE_H
#define KEXEC_LATE_H

#include <stdbool.h>

#include "hwpoison/hwpoison.h"

struct counters;
struct host;
struct load_steps;
struct options;
struct record;

/* What lies in now and neither in known nor in excluded: *fresh, which the caller frees.
 * 0 or HWPOISON_ENOMEM. */
int late_frames_find(const struct hwpoison_frames *now, const struct hwpoison_frames *known,
		     const struct hwpoison_frames *excluded, struct hwpoison_frames *fresh);

/* Looks whether a kernel that was loaded with --preserve-hwpoison would be given bad frames: by
 * the counters, and where they moved or are not there, by learning anew with the record's own
 * words. *fresh, which the caller frees, has what the loaded kernel does not keep out. 0, or an
 * exit code after failure(). */
int late_find(const struct host *host, const struct load_steps *steps, const struct record *record,
	      struct hwpoison_frames *fresh);

/* Before the next kernel starts: does what --hwpoison-late says. 0 when it may be started, else
 * an exit code after failure(). */
int late_settle(const struct host *host, const struct load_steps *steps,
		const struct options *options);

#endif
