/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds room for the pieces of the next kernel. What must not be touched is carved out of its
 * RAM first, so that nothing later has to know about poisoned frames.
 */
#ifndef KEXEC_PLACE_H
#define KEXEC_PLACE_H

#include "kexec/plan.h"

struct placement {
	struct plan *plan;
	struct hwpoison_range *holes; /* sorted, disjoint, whole 4 KiB pages */
	size_t count, capacity;
	uint64_t page; /* of the running kernel: what starts and sizes are whole of */
};

/* What a hole must be like. */
struct hole_request {
	const char *name;      /* for the message: "the kernel" */
	uint64_t size;	       /* bytes; widened to whole pages */
	uint64_t align;	       /* a power of two; 0: a page */
	uint64_t offset;       /* the start is this many bytes past a multiple of align */
	uint64_t min, max;     /* what the boot protocol bears: [min, max); 0, 0: no bound */
	bool lowest;	       /* the lowest hole that fits, not the highest */
	uint64_t prefer_below; /* the highest that ends here or below, if there is one; 0: none */
};

/*
 * The RAM of plan->outcome.map, less: poisoned frames, what the running kernel does not use as
 * RAM or holds for its firmware, its crash kernel's, the architecture's low memory, what a device
 * tree has no memory node for, what --mem-min and --mem-max leave out, and segments and areas that
 * the plan has already.
 * 0, or an exit code after failure(). placement_free() in every case.
 */
int placement_start(struct plan *plan, struct placement *placement);
/* The same, where only some rules hold (enum cut_rule). */
int placement_carve(struct plan *plan, unsigned int rules, struct placement *placement);
void placement_free(struct placement *placement);

/* Finds a hole and leaves it. false when there is none. */
bool placement_find(const struct placement *placement, const struct hole_request *request,
		    uint64_t *start);

/* Finds a hole and takes it. 0, or an exit code after a failure() that says which hole is the
 * largest and what stands in the way. */
int placement_take(struct placement *placement, const struct hole_request *request,
		   uint64_t *start);

/* The same for a segment, which is added to the plan. segment->start and size are not looked at:
 * size becomes request->size in whole pages. *start may be NULL. */
int placement_add(struct placement *placement, const struct hole_request *request,
		  const struct segment *segment, uint64_t *start);

struct purgatory_parameters;

/*
 * The last piece: the architecture's purgatory, with the digests of all other segments and the table
 * of poison behind its memory; its entry becomes the plan's. where: name and size are not looked at.
 * parameters were started, and have what the architecture alone knows.
 */
int purgatory_place(struct placement *placement, const struct hole_request *where,
		    struct purgatory_parameters *parameters);

/* What --initrd names, else the one in the image; *bytes is NULL when there is none. They live as
 * long as the plan. Warns when both are there. 0, or an exit code after failure(). */
int initrd_find(struct plan *plan, const void **bytes, size_t *size);

#endif
