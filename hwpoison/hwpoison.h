/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libhwpoison: which frames of physical memory are bad, and how the next kernel is told.
 *
 * Conventions, for everything below:
 *  - Addresses are physical, in bytes. Ranges are half-open: [start, end). No address reaches
 *    HWPOISON_ADDRESS_LIMIT, so that an end never wraps.
 *  - Functions return 0 or a negative enum hwpoison_error; what they return is in their
 *    out-parameters, which come last and are not touched on failure.
 *  - Nothing prints, exits, or keeps state between calls. Whoever initialises a container with
 *    {0} frees it with the container's _free().
 */
#ifndef HWPOISON_H
#define HWPOISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* No x86_64 or arm64 processor has more physical address bits (Intel SDM vol. 3A, 4.1.4:
 * MAXPHYADDR is at most 52; Arm ARM D8.1.6: 52 bits with FEAT_LPA). Exclusive. */
#define HWPOISON_ADDRESS_LIMIT (UINT64_C(1) << 52)

/* ------------------------------------------------------------------------------------ errors */

enum hwpoison_error {
	HWPOISON_OK = 0,
	HWPOISON_ENOMEM = -1,	 /* no memory for the answer; nothing was changed */
	HWPOISON_EIO = -2,	 /* a read or an open failed: hwpoison_problem.os_error says why */
	HWPOISON_EPARSE = -3,	 /* the text or blob does not have the form that it must have */
	HWPOISON_ERANGE = -4,	 /* an address or a size past HWPOISON_ADDRESS_LIMIT, or inverted */
	HWPOISON_ESHORT = -5,	 /* the file ends before what must be in it */
	HWPOISON_EFULL = -6,	 /* more ranges than the carrier holds, whatever is given up */
	HWPOISON_EWASTE = -7,	 /* it would fit, but gives up more memory than was allowed */
	HWPOISON_ENORAM = -8,	 /* no memory would be left for the next kernel */
	HWPOISON_EFDT = -9,	 /* libfdt refused the tree: hwpoison_problem.fdt_error says why */
	HWPOISON_ECELLS = -10,	 /* the tree's cells cannot express what must be written */
	HWPOISON_EOVERLAP = -11, /* a range lies in memory that the tree reserves in another way */
	HWPOISON_EARGUMENT = -12, /* a caller's argument is outside of what is documented */
	HWPOISON_EFIRMWARE = -13, /* a range is no RAM in the firmware's memory map */
};

/* One short phrase in English for an error, never NULL. Static. */
const char *hwpoison_strerror(int error);

/* What went wrong, for a message. Filled on failure where a function takes one (may be NULL). */
struct hwpoison_problem {
	unsigned long line;  /* of a text, from 1; 0 when there is none */
	uint64_t start, end; /* the range in question; both 0 when there is none */
	int os_error;	     /* an errno, or 0 */
	int fdt_error;	     /* a negative FDT_ERR_*, or 0 */
	char what[96];	     /* the words in question ("node memory@0"), cut; "" when none */
};

/* ------------------------------------------------------------------------------------ frames */

/* Who said that a frame is bad: a set of bits. */
enum hwpoison_source {
	HWPOISON_SOURCE_KPAGEFLAGS = 1 << 0,   /* KPF_HWPOISON in /proc/kpageflags */
	HWPOISON_SOURCE_HUGETLB = 1 << 1,      /* the rest of a hugetlb folio of which one is bad */
	HWPOISON_SOURCE_FIRMWARE_MAP = 1 << 2, /* "Unusable memory" in /sys/firmware/memmap */
	HWPOISON_SOURCE_IOMEM = 1 << 3,	       /* "Unusable memory" in /proc/iomem */
	HWPOISON_SOURCE_FDT = 1 << 4,	       /* hwpoison node or reserve entry in the FDT */
	HWPOISON_SOURCE_FILE = 1 << 5,	       /* a list file */
	HWPOISON_SOURCE_KHO = 1 << 6,	       /* handed over by KHO */
	HWPOISON_SOURCE_OFFLINE = 1 << 7,      /* a whole offline memory block, when asked for */
};

/* The name of the source of one bit ("kpageflags"), never NULL. Static. */
const char *hwpoison_source_name(enum hwpoison_source source);

struct hwpoison_range {
	uint64_t start, end;
};

struct hwpoison_frame_range {
	uint64_t start, end;
	uint32_t sources;   /* bits of enum hwpoison_source, never 0 */
	uint32_t page_size; /* bytes; the granule at which it was learnt */
};

/*
 * A set of bad frames: sorted by address, disjoint; neighbours with the same sources and page
 * size are merged. Where two additions overlap, the sources are united and the smaller page size
 * is kept. Initialise with {0}.
 */
struct hwpoison_frames {
	struct hwpoison_frame_range *ranges;
	size_t count;
	size_t capacity;
};

void hwpoison_frames_free(struct hwpoison_frames *frames);

/* Adds [start, end), widened to whole pages of page_size (a power of two of at least 4096).
 * HWPOISON_ERANGE when empty, inverted or past the limit; HWPOISON_EARGUMENT for another page
 * size or without a source; HWPOISON_ENOMEM. Appending in rising order costs O(1), amortised;
 * anything else at most O(count). */
int hwpoison_frames_add(struct hwpoison_frames *frames, uint64_t start, uint64_t end,
			uint32_t sources, uint32_t page_size);

/* Takes [start, end) out. A frame that it touches goes whole: each range loses the pages of its
 * own page size. HWPOISON_ERANGE, HWPOISON_ENOMEM. */
int hwpoison_frames_remove(struct hwpoison_frames *frames, uint64_t start, uint64_t end);

/* Adds all of other. HWPOISON_ENOMEM. Linear in both. */
int hwpoison_frames_unite(struct hwpoison_frames *frames, const struct hwpoison_frames *other);

/* A new set, each range widened to whole pages of page_size; the page size at which it was learnt
 * stays. The caller frees it.
 * HWPOISON_EARGUMENT, HWPOISON_ENOMEM. */
int hwpoison_frames_round(const struct hwpoison_frames *frames, uint32_t page_size,
			  struct hwpoison_frames *rounded);

/* The sum of all ranges, bytes. */
uint64_t hwpoison_frames_bytes(const struct hwpoison_frames *frames);

/* Ranges that touch are counted once, whatever their sources. */
size_t hwpoison_frames_runs(const struct hwpoison_frames *frames);

/* The first range that intersects [start, end), or NULL. O(log count). */
const struct hwpoison_frame_range *hwpoison_frames_find(const struct hwpoison_frames *frames,
							uint64_t start, uint64_t end);

/* ---------------------------------------------------------------------------- the memory map */

/* Types of memory: the numbers of e820 (arch/x86/include/asm/e820/types.h in Linux), on every
 * architecture. A type that is not listed is carried with its number. */
enum hwpoison_type {
	HWPOISON_RAM = 1,
	HWPOISON_RESERVED = 2,
	HWPOISON_ACPI = 3,
	HWPOISON_NVS = 4,
	HWPOISON_UNUSABLE = 5,
	HWPOISON_PMEM = 7,
	HWPOISON_PRAM = 12,
	HWPOISON_SOFT_RESERVED = 0xefffffff,
};

/* "ram", "reserved", "acpi", "nvs", "unusable", "pmem", "pram", "soft-reserved", else "other". */
const char *hwpoison_type_name(uint32_t type);

struct hwpoison_map_entry {
	uint64_t start, end;
	uint32_t type;
};

/* A typed memory map. Any order and overlap until hwpoison_map_normalise() was called;
 * after it sorted, disjoint, equal neighbours merged. Initialise with {0}. */
struct hwpoison_map {
	struct hwpoison_map_entry *entries;
	size_t count;
	size_t capacity;
};

void hwpoison_map_free(struct hwpoison_map *map);

/* Appends. HWPOISON_ERANGE when empty, inverted or past the limit; HWPOISON_ENOMEM. */
int hwpoison_map_add(struct hwpoison_map *map, uint64_t start, uint64_t end, uint32_t type);

/* A copy. The caller frees it. HWPOISON_ENOMEM. */
int hwpoison_map_copy(const struct hwpoison_map *map, struct hwpoison_map *copy);

/* Sorts and resolves overlaps as Linux does (e820__update_table() in arch/x86/kernel/e820.c):
 * the highest type number wins, equal neighbours merge except pram and soft-reserved.
 * HWPOISON_ENOMEM. */
int hwpoison_map_normalise(struct hwpoison_map *map);

/* What becomes of a map when frames are kept out: RAM that they cover is UNUSABLE, split, never
 * overlaid; other types stay as they are. Map must be normalised; poisoned is, too; the caller
 * frees it. HWPOISON_ENOMEM. */
int hwpoison_map_poison(const struct hwpoison_map *map, const struct hwpoison_frames *frames,
			struct hwpoison_map *poisoned);

/* The sum of all entries of a type, bytes, and how many they are. */
uint64_t hwpoison_map_bytes(const struct hwpoison_map *map, uint32_t type);
size_t hwpoison_map_entries(const struct hwpoison_map *map, uint32_t type);

/* The entry in which an address lies, or NULL. Map must be normalised. O(log count). */
const struct hwpoison_map_entry *hwpoison_map_find(const struct hwpoison_map *map,
						   uint64_t address);

/* --------------------------------------------------------------------------------- learning */

/* How a list of ranges of System RAM and what lies in it is read from /proc/iomem. */
enum hwpoison_iomem_kind {
	HWPOISON_IOMEM_RAM,	      /* "System RAM", also "System RAM (kmem)" and the like */
	HWPOISON_IOMEM_RESERVED,      /* "reserved", "Reserved" */
	HWPOISON_IOMEM_ACPI,	      /* "ACPI Tables" */
	HWPOISON_IOMEM_NVS,	      /* "ACPI Non-volatile Storage" */
	HWPOISON_IOMEM_UNUSABLE,      /* "Unusable memory" */
	HWPOISON_IOMEM_PMEM,	      /* "Persistent Memory" */
	HWPOISON_IOMEM_PRAM,	      /* "Persistent Memory (legacy)" */
	HWPOISON_IOMEM_SOFT_RESERVED, /* "Soft Reserved" */
	HWPOISON_IOMEM_CRASH_KERNEL,  /* "Crash kernel" */
	HWPOISON_IOMEM_KERNEL, /* "Kernel code", "Kernel data", "Kernel rodata", "Kernel bss" */
	HWPOISON_IOMEM_OTHER,  /* anything else */
};

struct hwpoison_iomem_entry {
	uint64_t start, end;
	unsigned int depth; /* 0 at top level */
	enum hwpoison_iomem_kind kind;
};

/* In the order of the file. Initialise with {0}. */
struct hwpoison_iomem {
	struct hwpoison_iomem_entry *entries;
	size_t count;
	size_t capacity;
};

void hwpoison_iomem_free(struct hwpoison_iomem *iomem);

/* Reads the text of /proc/iomem (inclusive ends, as the kernel prints them). Without
 * CAP_SYS_ADMIN the kernel prints every address as 0: HWPOISON_EPARSE with what = "zeroed".
 * Entries that are not memory and reach past the limit are left out.
 * HWPOISON_EPARSE, HWPOISON_ERANGE (memory past the limit, inverted), HWPOISON_ENOMEM. */
int hwpoison_iomem_parse(const char *text, size_t size, struct hwpoison_iomem *iomem,
			 struct hwpoison_problem *problem);

/* The System RAM of it, sorted and merged, as a map of RAM entries. HWPOISON_ENOMEM. */
int hwpoison_iomem_ram(const struct hwpoison_iomem *iomem, struct hwpoison_map *ram);

/* Its "Unusable memory" becomes frames of page_size. HWPOISON_ENOMEM. */
int hwpoison_iomem_frames(const struct hwpoison_iomem *iomem, uint32_t page_size,
			  struct hwpoison_frames *frames);

/* /sys/firmware/memmap below an open directory ("." = the memmap directory itself), as a map that
 * is not normalised. EIO, EPARSE, ERANGE, ENOMEM; what = the file. An absent directory is
 * HWPOISON_EIO with ENOENT. */
int hwpoison_firmware_map_read(int directory, struct hwpoison_map *map,
			       struct hwpoison_problem *problem);

/* Its UNUSABLE entries become frames of page_size; the map need not be normalised.
 * HWPOISON_EARGUMENT (page size, no source), HWPOISON_ENOMEM. */
int hwpoison_map_frames(const struct hwpoison_map *map, uint32_t page_size, uint32_t source,
			struct hwpoison_frames *frames);

/* A list of frames as text: see hwpoison-list(5). A number on its own is an address, "pfn N" a
 * frame number in units of page_size, "A-B" (inclusive) and "A+SIZE" ranges; decimal or 0x hex;
 * K, M, G, T suffixes for sizes; # starts a comment; any order, repeats and overlaps allowed.
 * HWPOISON_EPARSE, HWPOISON_ERANGE with the line, HWPOISON_ENOMEM. */
int hwpoison_list_parse(const char *text, size_t size, uint32_t page_size,
			struct hwpoison_frames *frames, struct hwpoison_problem *problem);

/* One range in the same words ("0x1000+8K"), for an option. A number on its own is the whole frame
 * of page_size that it lies in; other ranges are as written, not widened. Blanks around it are
 * allowed. HWPOISON_EPARSE, HWPOISON_ERANGE (also for an empty or inverted range),
 * HWPOISON_EARGUMENT (page size). */
int hwpoison_range_parse(const char *text, uint32_t page_size, struct hwpoison_range *range);

/* A size with a suffix ("64M", either case) or without, bytes, 0 and past the limit included.
 * HWPOISON_EPARSE, HWPOISON_ERANGE (past 64 bits). */
int hwpoison_size_parse(const char *text, uint64_t *size);

/* What a flattened device tree says of bad frames: nodes named hwpoison@… or with compatible =
 * "hwpoison" (see formats.md) under /reserved-memory, and what the library noted in /chosen about
 * entries of the memory reserve block. EFDT, EPARSE, ERANGE, ENOMEM; what = the node. */
int hwpoison_fdt_frames(const void *fdt, size_t size, uint32_t page_size,
			struct hwpoison_frames *frames, struct hwpoison_problem *problem);

struct hwpoison_scan_options {
	uint32_t page_size;   /* of the running kernel, bytes */
	unsigned int threads; /* 0: one for each processor that is online */
	size_t buffer;	      /* bytes of each pread; 0: 256 KiB */
	/* Called now and then, from one thread at a time, with the bytes of RAM that are done and
	 * all there are. May be NULL. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;
};

struct hwpoison_scan_result {
	uint64_t frames_read;	       /* PFNs looked at */
	uint64_t hugetlb_extended;     /* bytes added because a whole folio is suspected */
	struct hwpoison_range missing; /* the first RAM that the file does not reach; 0,0 when none */
};

/* Scans an open /proc/kpageflags (or a copy) over the RAM of a map. Bit 19 is poison; a hugetlb
 * folio with a poisoned page is taken whole (Linux 6.1 flags its head only: stable_page_flags() in
 * fs/proc/page.c). A file that ends before the end of RAM: HWPOISON_ESHORT, with
 * problem->start/end the RAM that is missing. HWPOISON_EIO, HWPOISON_ENOMEM, HWPOISON_EARGUMENT. */
int hwpoison_scan(int kpageflags, const struct hwpoison_map *ram,
		  const struct hwpoison_scan_options *options, struct hwpoison_frames *frames,
		  struct hwpoison_scan_result *result, struct hwpoison_problem *problem);

/* ----------------------------------------------------------------------------------- telling */

#define HWPOISON_NO_LIMIT SIZE_MAX

struct hwpoison_limits {
	size_t max_entries;	/* of the whole table; HWPOISON_NO_LIMIT */
	size_t max_ram_regions; /* RAM entries of the whole table; HWPOISON_NO_LIMIT */
	uint64_t max_waste;	/* bytes of good RAM that may be given up */
	uint32_t page_size;	/* of the next kernel: frames are widened to it */
};

/* What a carrier came to. */
struct hwpoison_outcome {
	struct hwpoison_map map;	 /* of the next kernel: poisoned, coalesced; normalised */
	struct hwpoison_frames excluded; /* what is kept out: frames, rounded, and given up */
	struct hwpoison_map given_up;	 /* good RAM that coalescing took (not the rounding) */
	uint64_t given_up_bytes;
	uint64_t rounded_bytes; /* good RAM that rounding to page_size took */
	size_t entries;		/* used of the limit: table entries (e820), ranges (dtb) */
	size_t limit;
	size_t ram_regions;
	/* Also on HWPOISON_EWASTE, HWPOISON_EFULL (the rest is then empty): */
	uint64_t waste_needed;	   /* EWASTE: bytes that would have to be given up; else 0 */
	size_t entries_needed;	   /* as entries, were nothing given up */
	size_t ram_regions_needed; /* as ram_regions, were nothing given up */
};

void hwpoison_outcome_free(struct hwpoison_outcome *outcome);

/*
 * The e820 carrier: splits RAM around the frames and, when the table would be too long, gives up
 * the RAM between them whose sum is least. Only RAM that touches UNUSABLE memory is given up, and
 * RAM below 1 MiB only when the rest does not suffice: the start of other processors needs it.
 * The caller frees the outcome in every case; what it held before is overwritten.
 * HWPOISON_EWASTE (outcome->waste_needed), HWPOISON_EFULL (also when only giving up all RAM would
 * do), HWPOISON_ENORAM (the frames cover all RAM), HWPOISON_EARGUMENT (the map is not normalised,
 * or the page size), HWPOISON_ENOMEM.
 */
int hwpoison_e820_plan(const struct hwpoison_map *map, const struct hwpoison_frames *frames,
		       const struct hwpoison_limits *limits, struct hwpoison_outcome *outcome);

/* The table as it lies in memory: 20-byte entries, little endian (struct boot_e820_entry, Linux
 * arch/x86/include/uapi/asm/setup_data.h). bytes must hold 20 * map->count. */
#define HWPOISON_E820_ENTRY_SIZE 20
void hwpoison_e820_write(const struct hwpoison_map *map, void *bytes);

/* How the frames stand in a device tree. */
enum hwpoison_fdt_way {
	HWPOISON_FDT_NODES,   /* one no-map node for each range under /reserved-memory */
	HWPOISON_FDT_RESERVE, /* entries of the memory reserve block: safe with ACPI, weaker */
	HWPOISON_FDT_EFI,     /* a copy of the EFI memory map: safe with ACPI, as strong as nodes */
};

/* The memory map of UEFI as it lies in memory: an array of EFI_MEMORY_DESCRIPTOR (UEFI
 * Specification 2.10, section 7.2.3). Borrowed. */
struct hwpoison_efi_map {
	const void *bytes; /* NULL: there is none */
	size_t size;	   /* bytes of all descriptors */
	uint32_t descriptor_size;
};

struct hwpoison_fdt_options {
	enum hwpoison_fdt_way way;
	size_t max_ranges; /* of all that we add; HWPOISON_NO_LIMIT */
	uint64_t max_waste;
	uint32_t page_size; /* of the next kernel */
	/* For HWPOISON_FDT_EFI: as the firmware made it. A tree that carries one is not asked. */
	struct hwpoison_efi_map efi_map;
	/* What the next kernel may reserve before it reads the tree's nodes, normalised; of any type.
	 * Borrowed; NULL: nothing. A no-map region of others that meets it may be ignored. */
	const struct hwpoison_map *reserved_early;
	/* The next kernel may be Linux 6.12 or later: where /reserved-memory has a node with a size and
	 * no place, it gives that one memory before it reads the reserve block, entries of which keep
	 * nothing then. HWPOISON_FDT_RESERVE is not for such a tree: that is the caller's to see to. */
	bool entries_late;
};

/*
 * Makes RAM again of what nodes of an earlier kexec took, or its EFI memory map: the running kernel
 * shows it as reserved, but the next one gets it anew, because hwpoison_fdt_write() replaces those. Map must be
 * normalised, and stays so. HWPOISON_EFDT, HWPOISON_EPARSE, HWPOISON_ERANGE, HWPOISON_ENOMEM.
 */
int hwpoison_fdt_restore_ram(const void *fdt, size_t size, struct hwpoison_map *map,
			     struct hwpoison_problem *problem);

/*
 * The dtb carrier, deciding: frames within the RAM of the map, without what the tree reserves
 * already, widened to pages, coalesced to max_ranges. outcome->map has the ranges as UNUSABLE.
 * Errors as hwpoison_e820_plan(), and HWPOISON_EFDT, HWPOISON_EPARSE, HWPOISON_ECELLS,
 * HWPOISON_EOVERLAP (a range lies in part in memory that the tree reserves: the kernel would
 * ignore the node). With HWPOISON_FDT_EFI also HWPOISON_EFIRMWARE (a range is no RAM in the EFI
 * memory map), and HWPOISON_EPARSE (there is no EFI memory map, or it makes no sense).
 */
int hwpoison_fdt_plan(const void *fdt, size_t size, const struct hwpoison_map *map,
		      const struct hwpoison_frames *frames,
		      const struct hwpoison_fdt_options *options, struct hwpoison_outcome *outcome,
		      struct hwpoison_problem *problem);

/*
 * The dtb carrier, writing: a new tree, malloc()ed, with the nodes or entries of earlier kernels
 * replaced by those of the outcome and an exact record of the frames, so that the next hop learns
 * the frames and not what was rounded or given up. The caller frees *next.
 * Where it is told by the EFI memory map, or once was, the tree carries that of the firmware, and
 * hwpoison_fdt_efi_map() makes the one that must lie where /chosen then points.
 * HWPOISON_EFDT, HWPOISON_EPARSE, HWPOISON_ECELLS, HWPOISON_EFIRMWARE, HWPOISON_ENOMEM;
 * HWPOISON_EFULL when the tree would be larger than the 2 MiB that Linux maps, or the EFI memory map
 * than what it does.
 */
int hwpoison_fdt_write(const void *fdt, size_t size, const struct hwpoison_outcome *outcome,
		       const struct hwpoison_frames *frames,
		       const struct hwpoison_fdt_options *options, void **next, size_t *next_size,
		       struct hwpoison_problem *problem);

/*
 * The EFI memory map that goes with a tree of hwpoison_fdt_write(), malloc()ed: the caller frees it,
 * and sees to it that it lies at the address that "linux,uefi-mmap-start" in /chosen has (the size
 * is there already). *map is NULL when the tree replaces none: the firmware's is used.
 * HWPOISON_EFDT, HWPOISON_EPARSE, HWPOISON_ERANGE, HWPOISON_EFULL, HWPOISON_ENOMEM.
 */
int hwpoison_fdt_efi_map(const void *fdt, size_t size, void **map, size_t *map_size,
			 struct hwpoison_problem *problem);

/* The map of the firmware that a tree carries since an earlier kexec, checked; in the tree. Its
 * bytes are NULL when it carries none. HWPOISON_EFDT, HWPOISON_EPARSE. */
int hwpoison_fdt_efi_original(const void *fdt, size_t size, struct hwpoison_efi_map *map,
			      struct hwpoison_problem *problem);

/* Whether a map that was found elsewhere can be read. HWPOISON_EPARSE. */
int hwpoison_efi_map_check(const struct hwpoison_efi_map *map, struct hwpoison_problem *problem);

/* --------------------------------------------------------------------------------------- KHO */

/* The versions of Kexec HandOver's ABI that are written ("kho-v4" is Linux 7.2's). Version 1 keeps its
 * pages in another structure and is not written. */
enum hwpoison_kho_abi { HWPOISON_KHO_V2 = 2, HWPOISON_KHO_V3 = 3, HWPOISON_KHO_V4 = 4 };

/* "kho-v4", or NULL when it is none that is written. Static. */
const char *hwpoison_kho_abi_name(unsigned int abi);

struct hwpoison_kho_options {
	unsigned int abi;   /* enum hwpoison_kho_abi: what the next kernel wants */
	uint32_t page_size; /* of the next kernel, bytes */
	/* Scratch memory: the only memory that the next kernel uses before it has read the tree.
	 * Borrowed. */
	const struct hwpoison_range *scratch;
	size_t scratch_count;
};

/* Where the pieces are, physical, once written. */
struct hwpoison_kho_layout {
	uint64_t fdt, fdt_size;		/* of the root tree */
	uint64_t scratch, scratch_size; /* the array of struct kho_scratch, bytes */
};

/*
 * Bytes that hwpoison_kho_write() needs for these, wherever they come to lie: whole pages of
 * page_size. Of scratch the count alone matters.
 * HWPOISON_EARGUMENT: the abi; a page size other than 4, 16 and 64 KiB; HWPOISON_KHO_V2 with 16 KiB,
 * of whose tree such a kernel reads other pages than were put in; more than 16384 areas of scratch.
 * HWPOISON_ERANGE, HWPOISON_ENOMEM.
 */
int hwpoison_kho_size(const struct hwpoison_frames *kept, const struct hwpoison_frames *known,
		      const struct hwpoison_kho_options *options, size_t *size);

/*
 * The kho carrier, writing: the root tree, the radix tree of preserved pages, the array of scratch
 * memory and the two sub-nodes, "hwpoison" and "hwpoison-ranges", as they will lie at address (whole
 * pages). kept: frames of the next kernel's RAM that it must never free, widened to its pages by this
 * function; they must have a struct page there. known: all that is bad, for the list. bytes has
 * exactly size bytes, of hwpoison_kho_size(), aligned as malloc() does, and is overwritten; what is
 * not used is 0.
 * HWPOISON_EARGUMENT (as above; another size; an address that is 0 or not of whole pages; scratch that
 * is none or not of whole pages), HWPOISON_EOVERLAP (kept frames in scratch or in
 * [address, address + size), or scratch in it), HWPOISON_ERANGE (past the limit; empty scratch),
 * HWPOISON_ENOMEM.
 */
int hwpoison_kho_write(const struct hwpoison_frames *kept, const struct hwpoison_frames *known,
		       const struct hwpoison_kho_options *options, uint64_t address, void *bytes,
		       size_t size, struct hwpoison_kho_layout *layout);

/*
 * The blob of "hwpoison-ranges" as the kernel shows it in debugfs (kho/in/sub_fdts): frames with the
 * source HWPOISON_SOURCE_KHO and the page size at which each was learnt.
 * HWPOISON_EPARSE, HWPOISON_EFDT, HWPOISON_ERANGE, HWPOISON_ENOMEM; what = the part.
 */
int hwpoison_kho_frames(const void *blob, size_t size, struct hwpoison_frames *frames,
			struct hwpoison_problem *problem);

/* How many frames the blob of a "hwpoison" sub-node counts, ours or a kernel's own, of either
 * published shape. The frames themselves lie in memory that user space cannot read.
 * HWPOISON_EPARSE (a shape or version that is not known). */
int hwpoison_kho_count(const void *blob, size_t size, uint64_t *count,
		       struct hwpoison_problem *problem);

#ifdef __cplusplus
}
#endif

#endif
