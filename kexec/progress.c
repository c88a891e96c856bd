/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows on a terminal how far a long step has come. */
#include "kexec/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SILENT_MILLISECONDS 1000

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct progress progress_start(const char *what)
{
	return (struct progress){
		.what = what,
		.terminal = isatty(STDERR_FILENO) == 1,
		.started = milliseconds(),
	};
}

void progress_show(void *context, uint64_t done, uint64_t total)
{
	struct progress *progress = context;
	unsigned int percent;

	if (!progress->terminal || !total ||
	    milliseconds() - progress->started < SILENT_MILLISECONDS)
		return;
	percent = (unsigned int)(done / (total / 100 + 1));
	if (progress->shown == percent + 1)
		return;
	progress->shown = percent + 1;
	fprintf(stderr, "\rkexec: %s: %u %%", progress->what, percent);
}

void progress_end(struct progress *progress)
{
	/* Back to the first column, and erase to the end of the line (ECMA-48, 8.3.41). */
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = 0;
}
