/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --hwpoison-announce: tells the running kernel of frames that earlier ones handed over. It does
 * not use them, but does not call them poisoned either, until it is told: then everything that
 * reads kpageflags or HardwareCorrupted sees them, and any later kexec can learn them.
 */
#ifndef KEXEC_ANNOUNCE_H
#define KEXEC_ANNOUNCE_H

#include <stddef.h>
#include <stdint.h>

#include "kexec/failure.h"

struct host;
struct hwpoison_frames;
struct machine;
struct options;

/* A range that is larger is the firmware's own, or a huge page: telling the kernel of each frame
 * would take minutes, as it writes two lines to its log for each. */
#define ANNOUNCE_RANGE_MAX (UINT64_C(64) << 20)

struct announcement {
	size_t announced; /* frames that are flagged now and were not before */
	size_t before;	  /* flagged already */
	size_t outside;	  /* frames that this kernel has no struct page for: never used */
	size_t failed;	  /* still not flagged */
	size_t in_use;	  /* handed over as bad, and used as RAM: left alone */
	uint64_t first_failed, first_in_use; /* physical */
	int error;			     /* a positive errno of the first that failed */
};

/* All frames that earlier kernels handed over and that list files name. 0, or an exit code
 * after failure(). The caller frees them. */
int announce_frames_find(const struct machine *machine, const struct options *options,
			 struct hwpoison_frames *frames, struct warnings *warnings);

/* Tells the kernel of each. 0 or a negative errno of /proc/kpageflags. */
int announce_frames(const struct host *host, const struct machine *machine,
		    const struct hwpoison_frames *frames, struct announcement *result);

/* All of it, with one line to standard output. 0 when all are flagged, else an exit code. */
int announce(const struct host *host, const struct machine *machine, const struct options *options);

#endif
