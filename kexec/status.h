/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a kernel is loaded, and what the record tells of it. */
#ifndef KEXEC_STATUS_H
#define KEXEC_STATUS_H

#include <stdio.h>

struct host;
struct load_steps;
struct options;

/* -S: 1 loaded, 0 not, EXIT_FAILED after failure(). */
int status_code(const struct host *host, const struct options *options);

/* --status-long: prints, and returns what -S -l would. */
int status_print(const struct host *host, const struct load_steps *steps,
		 const struct options *options, FILE *out);

#endif
