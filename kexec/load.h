/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading by kexec_load(2): the plan's segments go to the kernel as they stand, and frames that
 * went bad meanwhile make it be done again.
 */
#ifndef KEXEC_LOAD_H
#define KEXEC_LOAD_H

#include "kexec/host.h"

struct hwpoison_frames;
struct options;
struct plan;
struct preparation;
struct record;
struct warnings;

/* Flags of kexec_load(2) that installed headers may lack. */
#define LOAD_FLAG_DEBUG 0x10 /* KEXEC_DEBUG, Linux 6.19 */

/* How often a load is planned anew while frames keep going bad. */
#define LOAD_ROUNDS 5
/* How long another load is waited for: EBUSY. */
#define LOAD_BUSY_TRIES 50
#define LOAD_BUSY_WAIT 100 /* milliseconds */

/* How a plan comes to be: of the machine itself, or a test's. Each returns 0, or an exit code
 * after failure(). */
struct load_steps {
	int (*prepare)(const struct options *options, struct preparation *preparation);
	/* Only the frames, as they are known now. The caller frees them, also on failure. */
	int (*learn)(const struct options *options, struct hwpoison_frames *frames);
};
extern const struct load_steps load_steps;

/* One kexec_load(2) of a finished plan. An image that was loaded before stays when it fails.
 * 0, or an exit code after failure(). */
int load_plan(const struct host *host, const struct plan *plan);

/* -l: prepares, loads, looks whether frames went bad meanwhile and then does it again; leaves
 * the record. 0, or an exit code after failure(). */
int load_kernel(const struct host *host, const struct load_steps *steps,
		const struct options *options);

/* The files that the words name, in place of those that the record has. plan: what was made of
 * them, or NULL; it saves reading twice. 0 or a negative errno. */
int load_record_files(const struct options *options, const struct plan *plan,
		      struct record *record);
/* Writes the record, or warns: without a record the image stays loaded all the same, as a machine without
 * a place for it must be able to kexec. error: what went wrong before, or 0. */
void load_record_leave(const struct options *options, const struct record *record, int error,
		       struct warnings *warnings);

#endif
