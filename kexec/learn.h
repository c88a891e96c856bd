/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which frames are bad: everything that any source says, less what the user takes back. */
#ifndef KEXEC_LEARN_H
#define KEXEC_LEARN_H

#include "hwpoison/hwpoison.h"
#include "kexec/failure.h"

struct image;
struct machine;
struct options;

/* What learning came across, beside the frames. Initialise with {0}. */
struct learnt {
	bool scanned;		  /* kpageflags was there and read to its end */
	uint64_t scanned_bytes;	  /* RAM that was looked at */
	uint64_t flagged_bytes;	  /* that kpageflags calls bad, without hugetlb extension */
	uint64_t announced_bytes; /* the same, of what earlier kernels handed over: no RAM */
	uint64_t hugetlb_bytes;	  /* added because a whole huge page is suspected */
	struct hwpoison_frames forgotten; /* was known, and is taken back */
};

/* Unites all sources; among them, with --preserve-hwpoison, the device tree that the next kernel is
 * handed in place of the machine's own (--dtb, or of the image, which may be NULL). 0, or an exit code
 * after failure(). The caller frees frames and learnt. */
int learn_frames(const struct machine *machine, const struct options *options,
		 const struct image *image, struct hwpoison_frames *frames, struct learnt *learnt,
		 struct warnings *warnings);
/* Of these, the ones that earlier kernels handed over: of the firmware's map, iomem, the device
 * tree, Kexec HandOver (spoilt: see kho_in_learn()). 0, or an exit code after failure(). */
int carried_learn(const struct machine *machine, struct hwpoison_frames *frames,
		  struct warnings *spoilt);
/* A list file. The same. */
int file_learn(const struct machine *machine, const char *path, struct hwpoison_frames *frames,
	       struct warnings *warnings);
void learnt_free(struct learnt *learnt);

#endif
