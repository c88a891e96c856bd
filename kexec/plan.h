/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan: what the next kernel will be told, and what is put where. Made by pure functions from
 * a machine, frames and a target; printed, checked, dumped and loaded as it stands.
 */
#ifndef KEXEC_PLAN_H
#define KEXEC_PLAN_H

#include "hwpoison/hwpoison.h"
#include "kexec/failure.h"

struct machine;
struct options;
struct image;

/* KEXEC_SEGMENT_MAX of Linux, include/uapi/linux/kexec.h. */
#define PLAN_SEGMENTS_MAX 16

/* One piece of memory that the running kernel copies before the next one starts. */
struct segment {
	const char *name;  /* "kernel", "initrd", "purgatory", "boot_params", … static */
	const void *bytes; /* what is copied: borrowed from the image or owned by the plan */
	uint64_t bytes_size;
	uint64_t start;	    /* physical, page aligned */
	uint64_t size;	    /* bytes_size and zero padding, whole pages */
	bool hashed;	    /* purgatory checks the SHA-256 of bytes (not of padding) */
	uint8_t sha256[32]; /* that, once purgatory is in place */
};

/* Memory that nothing is copied to, but that is used before the next kernel reads its map
 * (the kernel's init_size or image_size, low trampoline pages). */
struct working_area {
	const char *name;
	uint64_t start, end;
};
#define PLAN_AREAS_MAX 8

/* What a config file says of an option; there may be no such file. */
enum config_answer { CONFIG_UNKNOWN, CONFIG_NO, CONFIG_YES };

/* What the next kernel can bear: read from its image and its config, told, or guessed. */
struct target {
	char release[65];		  /* "7.2.13" …; "" when not known */
	unsigned int version, patchlevel; /* 0, 0 when not known */
	const char *version_from;	  /* "the image", "the running kernel", … static */
	uint32_t page_size;		  /* bytes */
	size_t max_entries, max_ram_regions, max_ranges;
	/* arm64: regions of memory that memblock's first array holds, which cannot grow before the next
	 * kernel has read what it is told; 0: it is not bounded so. And those of them that the machine
	 * itself, and a few to spare, leave. */
	size_t first_regions, free_regions;
	const char *entries_from, *regions_from,
		*ranges_from; /* why; static words for the report */
	/* CONFIG_KEXEC_HANDOVER, CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT, CONFIG_KEXEC_HANDOVER_DEBUGFS,
	 * CONFIG_KASAN. */
	enum config_answer handover, handover_on, handover_shown, kasan;
	unsigned int max_order; /* of the page allocator: MAX_PAGE_ORDER */
	unsigned int cma_mib;	/* CONFIG_CMA_SIZE_MBYTES, or what is usual */
	char config_from[256];	/* the config file that was read; "" when none was found */
};

enum hwpoison_mode { MODE_AUTO, MODE_E820 = 1, MODE_DTB = 2, MODE_KHO = 4 };

#define KHO_SCRATCH_MAX 64

/* What is handed over by Kexec HandOver. All 0 without MODE_KHO. */
struct plan_kho {
	unsigned int abi;     /* enum hwpoison_kho_abi */
	const char *abi_from; /* "its image", "--kho-abi" …; static */
	/* Bad frames that stay RAM of the next kernel's map: its tree of preserved pages keeps them. */
	struct hwpoison_frames kept;
	/* Good memory, sorted: all that the next kernel uses until it has read the tree. */
	struct hwpoison_range scratch[KHO_SCRATCH_MAX];
	size_t scratch_count;
	const char *scratch_from; /* "the running kernel's own", "chosen by rule"; static */
	const char *own_refused;  /* why the running kernel's own is not taken; NULL; static */
	/* Of target.max_ram_regions, or free_regions, what the map leaves to areas of scratch memory, each of which makes
	 * two regions more of one. */
	size_t region_room;
	struct hwpoison_kho_layout layout;
};

struct plan {
	const struct machine *machine; /* borrowed */
	const struct options *options; /* borrowed */
	const struct image *image;     /* borrowed; NULL when no kernel was given */
	struct hwpoison_frames frames; /* all that was learnt, less what was forgotten */
	struct target target;
	unsigned int modes; /* bits of enum hwpoison_mode; 0 without --preserve-hwpoison */
	enum hwpoison_fdt_way fdt_way;
	const char *fdt_way_why;
	struct plan_kho kho;
	struct hwpoison_map before;	 /* what the next kernel would be told without us */
	struct hwpoison_outcome outcome; /* of the carrier; outcome.map is what it is told */
	/* arm64: the tree as it was found, and without what earlier kernels left in it, with what
	 * it lacked: what a carrier starts from. Both live as long as the plan. NULL elsewhere. */
	const void *source_dtb, *base_dtb;
	size_t source_dtb_size, base_dtb_size;
	char *source_dtb_from;		 /* "--dtb=FILE"; owned */
	struct hwpoison_map tree_memory; /* what its memory nodes have; empty where EFI tells it */
	struct hwpoison_map tree_reserved; /* what others reserve in it: nothing is placed there */
	/* arm64: where the next kernel may have memory reserved before it reads the tree's nodes, or
	 * where this one has not heeded any: a no-map region of others that meets it may be ignored. */
	struct hwpoison_map reserved_early;
	/* arm64: nobody can say that the next kernel is older than Linux 6.12, which gives memory to
	 * regions without a place before it reads the memory reserve block. */
	bool entries_late;
	struct hwpoison_map unseen; /* RAM that the next kernel finds, and this one does not use */
	/* arm64: memory that the next kernel has from the start, RAM or not: only there are struct
	 * pages. Empty where nobody can say; then what is unseen need not be there. */
	struct hwpoison_map present;
	/* arm64: memory of the machine that was there at its start, in whole pages; RAM that is not was
	 * added later. Empty where nobody can say. */
	struct hwpoison_map at_start;
	void *next_dtb; /* arm64: what it is handed; owned */
	size_t next_dtb_size;
	char *command_line; /* of the next kernel; owned; NULL without one */
	struct segment segments[PLAN_SEGMENTS_MAX];
	size_t segment_count;
	struct working_area areas[PLAN_AREAS_MAX];
	size_t area_count;
	uint64_t entry; /* where the running kernel jumps to: in purgatory */
	struct warnings warnings;
	void *owned[24]; /* freed with the plan */
	size_t owned_count;
};

/* Learns nothing, changes nothing: decides. frames are taken over; plan is {0} but for warnings, to
 * which it adds. image may be NULL: then only the map is planned. Files that options name for the
 * next kernel (--dtb, its config) are read. 0 or an exit code after failure(). */
int plan_make(const struct machine *machine, const struct options *options,
	      const struct image *image, struct hwpoison_frames *frames, struct plan *plan);
void plan_free(struct plan *plan);

/* Keeps memory until plan_free(). Returns bytes, or NULL (and frees bytes) when full. */
void *plan_own(struct plan *plan, void *bytes);

/* The registry of named checks, run on every plan, always, before it is loaded. An independent
 * look at the finished plan: all promises. 0, or an exit code after failure() named the check. */
int plan_check(const struct plan *plan);

#endif
