/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine as it is read below a root directory: the running one, or a snapshot. */
#ifndef KEXEC_MACHINE_H
#define KEXEC_MACHINE_H

#include "hwpoison/hwpoison.h"
#include "kexec/failure.h"

struct arch;
struct memory_node;

enum memory_source {
	MEMORY_FROM_FIRMWARE_MAP, /* /sys/firmware/memmap */
	MEMORY_FROM_IOMEM,	  /* /proc/iomem */
};

struct machine {
	char *root;	    /* "/" or the snapshot's directory */
	const char *prefix; /* of paths in messages: "" when running, else root */
	int root_fd;	    /* open directory, for openat() with paths without a leading slash */
	bool running;	    /* root is "/": this very machine */
	const struct arch *arch;
	uint32_t page_size;   /* of the running kernel, bytes */
	char *kernel_release; /* of the running kernel ("6.1.0-40-amd64"), or NULL */
	char *command_line;   /* /proc/cmdline without its newline, or NULL */
	struct hwpoison_iomem iomem;
	struct hwpoison_map ram;    /* System RAM of iomem */
	struct hwpoison_map memory; /* what the next kernel would get without us; normalised */
	enum memory_source memory_source;
	struct hwpoison_map firmware; /* /sys/firmware/memmap, normalised; empty when absent */
	/* What a carrier starts from, normalised: memory, but with what earlier kernels were told
	 * of bad frames as RAM again where that can be told apart. */
	struct hwpoison_map bare;
	/* RAM that the running kernel or its firmware holds (children "reserved" in iomem on arm64:
	 * interrupt tables that devices write to, EFI memory): nothing may be placed there. */
	struct hwpoison_map in_use;
	void *fdt; /* /sys/firmware/fdt, else of /proc/device-tree, or NULL */
	size_t fdt_size;
	bool fdt_flattened; /* it was made of /proc/device-tree */
	bool efi;	    /* booted by UEFI: /sys/firmware/efi, or chosen has linux,uefi-* */
	bool acpi;	    /* arm64: ACPI is in use, not the device tree */
	/* arm64: the EFI memory map as the firmware made it, its bytes owned, or why there is none. */
	struct hwpoison_efi_map efi_map;
	char *efi_map_why;
	bool efi_map_carried; /* by the tree: the running kernel was given a copy of ours */
	/* What KHO's scratch memory is made from (kexec/kho/machine.h); each may be missing. */
	struct memory_node *nodes; /* of NUMA, sorted by address */
	size_t node_count;
	unsigned int cpus; /* that may ever be there; 0: not known */
	/* The running kernel's own scratch memory, sorted; none without KHO. */
	struct hwpoison_range *kho_scratch;
	size_t kho_scratch_count;
	int kho_kept; /* kho_files_keep(): the descriptor and 1, or a negative errno; 0: not opened */
	char *description; /* of a snapshot, from its machine.json, or NULL */
};

/* What a snapshot keeps the EFI memory map as. */
#define EFI_MAP_FILE "efi-memory-map"

struct options;

/* Reads the machine below options->machine. 0, or an exit code after failure(). */
int machine_read(const struct options *options, struct machine *machine, struct warnings *warnings);
void machine_free(struct machine *machine);

/* A whole file below the machine's root, malloc()ed, with a 0 byte after its end that size does
 * not count. 0 or a negative errno; -EFBIG past limit bytes. */
int machine_file(const struct machine *machine, const char *path, size_t limit, void **bytes,
		 size_t *size);

/* Whether there is something at a path below the machine's root. */
bool machine_has(const struct machine *machine, const char *path);

#endif
