/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an architecture is: one list of functions and tables. All architectures are in every
 * binary, so that any machine's snapshot can be planned anywhere. Adding one is adding a folder, and
 * its row in arch.c. Nothing else compares architectures: what differs is a member here.
 */
#ifndef KEXEC_ARCH_H
#define KEXEC_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "kexec/plan.h"

struct image_type;
struct machine;
struct options;
struct target;

struct arch {
	const char *name;	      /* "x86_64", "arm64" */
	const char *utsname;	      /* as uname(2) has it: "x86_64", "aarch64" */
	uint32_t kexec_arch;	      /* KEXEC_ARCH_* of kexec_load(2) */
	uint32_t page_size;	      /* the usual one, when nothing tells */
	enum hwpoison_mode auto_mode; /* what --hwpoison-mode=auto takes */
	unsigned int modes;	      /* bits of enum hwpoison_mode that it can do */
	/* Bytes from 0 on that the next kernel takes of as it likes before it has read what it is
	 * handed: nothing is placed there, and KHO keeps nothing there. */
	uint64_t low_memory;
	bool moves;		   /* its kernels move at their start to where they like (KASLR) */
	uint64_t crash_low;	   /* what crashkernel=SIZE,high takes below 4 GiB as well, bytes */
	unsigned int cma_mib;	   /* CONFIG_CMA_SIZE_MBYTES where no config file tells */
	const char *config_option; /* what a config file of its kernels has: "CONFIG_X86_64" */
	/* Where its firmware tells of memory, below a machine's root: a snapshot without machine.json
	 * that has this of one architecture alone is of it. */
	const char *firmware_file;
	const char *snapshot_file; /* what a snapshot has a copy of on it alone; NULL */
	/* OPTION_* of options that mean something on it and not everywhere (kexec/options_table.h). */
	unsigned int own_options;
	/* In kexec-tools the options of image loaders are the loaders' own, and no others' business:
	 * refused when nothing is loaded. Elsewhere they count as the architecture's. */
	bool loaders_own_options;
	const struct image_type *const *image_types; /* NULL at the end */

	/* What options say that means nothing on it: 0, or an exit code after failure(). NULL where
	 * own_options say all. */
	int (*options_check)(const struct options *options);

	/* The memory that the next kernel is told of without us: machine->memory from what
	 * machine_read() gathered. */
	int (*map)(struct machine *machine, struct warnings *warnings);
	/* target->max_*: what the next kernel bears, of which target has the version. config: its config
	 * file's text or NULL. */
	void (*limits)(const struct plan *plan, const char *config, struct target *target);
	/* plan->source_dtb, base_dtb, tree_memory and fdt_way. NULL where no tree is handed over. */
	int (*tree)(struct plan *plan);
	/* Fills segments, areas and entry. NULL where loading is not there yet. */
	int (*place)(struct plan *plan);
	/* Checks of its own for plan_check(); the last one has no name. */
	const struct plan_check *checks;
};

struct plan_check {
	const char *name;
	/* 0 or non-zero after writing why into reason (kexec/check.h: check_failed()). */
	int (*run)(const struct plan *plan, char *reason, size_t reason_size);
	/* Checks that must have passed before; NULL where there are no more. */
	const char *needs[3];
};

extern const struct arch arch_x86_64, arch_arm64;
/* NULL-terminated. */
extern const struct arch *const arches[];
const struct arch *arch_find(const char *name); /* by name or utsname; NULL */
const struct arch *arch_native(void);		/* what this binary was built for */

#endif
