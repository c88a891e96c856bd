/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of what is handed over by Kexec HandOver: the bytes are read as the next kernel reads them,
 * from its ABI (Linux include/linux/kho/abi/kexec_handover.h), and every one is accounted for.
 */
#ifndef KEXEC_KHO_CHECK_H
#define KEXEC_KHO_CHECK_H

#include "kexec/check.h"

/* Where the boot protocol says that the pieces are: physical, bytes. */
struct kho_handed {
	uint64_t fdt, fdt_size;
	uint64_t scratch, scratch_size;
};

/* Of an architecture's check: whether what was handed over is what the plan says, to the last bit of
 * the segment "kho". */
int check_kho_handed(const struct plan *plan, const struct kho_handed *handed, char *reason,
		     size_t size);

/* The same when the boot protocol hands over nothing. */
int check_kho_absent(const struct plan *plan, char *reason, size_t size);

/* Whether all of [start, end) is in pages of frames that the plan has KHO keep. */
bool kho_keeps(const struct plan *plan, uint64_t start, uint64_t end);

extern const struct plan_check kho_checks[]; /* the last one has no name */

/* --- between the files of this check ----------------------------------------------------------- */

#define KHO_CHECKED_SEGMENT "kho"

/* The segment, as it is read. */
struct kho_view {
	const struct plan *plan;
	uint64_t page; /* of the next kernel, bytes */
	uint64_t start, size;
	const uint8_t *bytes;
	bool *claimed;		       /* which pages something was found in */
	struct hwpoison_map own;       /* pages of the segment that must outlive the next start */
	struct hwpoison_map preserved; /* pages that the radix tree has */
	char *reason;
	size_t reason_size;
};

#define KHO_WRONG(view, ...) check_failed((view)->reason, (view)->reason_size, __VA_ARGS__)

/* The bytes at an address that begins a page, whose pages nothing else may claim, and whose last page
 * is 0 behind them. NULL after a reason was written. */
const uint8_t *kho_claim(struct kho_view *view, const char *what, uint64_t address, uint64_t size);
/* The same, and the radix tree must have the pages. */
const uint8_t *kho_claim_own(struct kho_view *view, const char *what, uint64_t address,
			     uint64_t size);

/* Frames, or what of them is RAM in a map (NULL: all), as whole pages; the caller frees *pages.
 * touched: pages that have any RAM, not those that are nothing but RAM. HWPOISON_ENOMEM. */
int kho_pages(const struct hwpoison_frames *frames, const struct hwpoison_map *ram, bool touched,
	      uint64_t page, struct hwpoison_map *pages);

/* In check_tree.c: fills view->preserved from the tree whose root is at an address. */
int kho_radix_read(struct kho_view *view, uint64_t root);
/* The array of PFNs that struct kho_vmalloc, 16 bytes, describes, has these pages. */
int kho_array_check(struct kho_view *view, const uint8_t *vmalloc,
		    const struct hwpoison_map *pages);

/* In check_words.c: the next command line. */
int check_kho_words(const struct plan *plan, char *reason, size_t size);

/* In check_scratch.c. */
int check_kho_scratch(const struct plan *plan, char *reason, size_t size);

/* In check_fdt.c: the root tree, its blobs, and the radix tree. */
int kho_root_check(struct kho_view *view, uint64_t address);

#endif
