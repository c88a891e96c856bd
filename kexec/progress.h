/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a long step has come, on a terminal, once it takes longer than a second. */
#ifndef KEXEC_PROGRESS_H
#define KEXEC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	bool terminal;	    /* standard error is one */
	uint64_t started;   /* milliseconds of CLOCK_MONOTONIC */
	unsigned int shown; /* the percentage last shown, and one; 0 before the first */
};

struct progress progress_start(const char *what);
/* context is a struct progress; for hwpoison_scan_options.progress. */
void progress_show(void *context, uint64_t done, uint64_t total);
/* Takes the line away again. */
void progress_end(struct progress *progress);

#endif
