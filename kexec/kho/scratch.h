/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch memory of Kexec HandOver: how much a kernel needs to start in, and where that is. All that
 * it allocates until it has read the tree of preserved pages comes from there, and one that finds too
 * little dies before it has a console. Pure: sizes and ranges in, ranges out.
 */
#ifndef KEXEC_KHO_SCRATCH_H
#define KEXEC_KHO_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hwpoison/hwpoison.h"
#include "kexec/plan.h"

struct memory_node;

/* What the rule counts with. */
struct scratch_facts {
	const struct hwpoison_map *map;	 /* of the next kernel, normalised */
	const struct memory_node *nodes; /* sorted; may be none */
	size_t node_count;
	uint32_t page_size;	 /* of the next kernel */
	unsigned int max_order;	 /* MAX_PAGE_ORDER of it */
	unsigned int cpus;	 /* that may ever be there; 0: not known */
	bool kasan;		 /* its shadow memory takes an eighth of RAM */
	uint64_t low_end;	 /* devices reach no further; 0: 4 GiB, and never more */
	bool moves;		 /* the kernel moves into scratch memory where it fits (KASLR) */
	uint64_t kernel, initrd; /* bytes, unpacked where the kernel unpacks itself */
	size_t kept;		 /* ranges that the tree keeps */
	uint64_t cma;		 /* set aside below low_end, bytes */
	uint64_t crash_low, crash_any; /* for a crash kernel: below 4 GiB, and anywhere */
	uint64_t told;		       /* --kho-scratch: all areas together; 0: by the rule */
};

#define SCRATCH_PARTS_MAX (KHO_SCRATCH_MAX / 2)

/* One thing that is needed: an area, or several. */
struct scratch_part {
	uint64_t size; /* multiple of the alignment */
	uint64_t max;  /* below this address; 0: anywhere */
	uint64_t one;  /* so much of it in one piece */
	bool of_node;  /* in the memory of this node */
	unsigned int node;
};

struct scratch_need {
	struct scratch_part parts[SCRATCH_PARTS_MAX];
	size_t count;
	uint64_t align;	    /* of starts and sizes, bytes */
	uint64_t total;	    /* of all parts */
	uint64_t least;	    /* what the rule comes to before it is doubled */
	uint64_t deadly;    /* with less, kernels were seen to die */
	uint64_t low_least; /* below 4 GiB, in one piece, where the first part is for that */
};

void scratch_need_find(const struct scratch_facts *facts, struct scratch_need *need);

/* Where areas are looked for: sorted, disjoint holes in good memory. */
struct scratch_search {
	const struct hwpoison_range *holes;
	size_t hole_count;
	const struct memory_node *nodes;
	size_t node_count;
	uint64_t prefer_below; /* the highest that ends here, then the lowest; 0: the highest */
	size_t max_areas;      /* KHO_SCRATCH_MAX, or less */
};

struct scratch_shortage {
	struct scratch_part part; /* for which there is no room */
	uint64_t found;		  /* in pieces that are large enough to be used */
	size_t areas;		  /* that were found */
	bool full;		  /* and there may be no more */
};

/* One area for each part, else several of at least 8 MiB; of a node that has too little, the
 * rest lies elsewhere. Sorted, disjoint. false when there is no room, or not enough with
 * max_areas areas; false, too, out of memory (shortage->part.size is 0 then). */
bool scratch_choose(const struct scratch_need *need, const struct scratch_search *search,
		    struct hwpoison_range scratch[KHO_SCRATCH_MAX], size_t *count,
		    struct scratch_shortage *shortage);

/* Whether areas that are there already will do: all in holes, aligned, enough. NULL, or why not
 * ("has bad memory, or …"; static). */
const char *scratch_refused(const struct scratch_need *need, const struct scratch_search *search,
			    const struct hwpoison_range *scratch, size_t count);

/* What crashkernel= of a command line asks for (Documentation/admin-guide/kdump/kdump.rst), with ram
 * bytes of RAM; low_usual: what ,high takes below 4 GiB when ,low does not say. */
void crash_size_parse(const char *line, uint64_t ram, uint64_t low_usual, uint64_t *low,
		      uint64_t *any);

#endif
