/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the device tree of the next kernel, and makes it fit for another boot. */
#include "kexec/arch/arm64/arm64.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "kexec/arch/arm64/chosen.h"
#include "kexec/arch/arm64/efi_map.h"
#include "kexec/arch/arm64/stub.h"
#include "kexec/tree_memory.h"
#include "kexec/tree.h"
#include "kexec/cmdline.h"
#include "kexec/file.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/plan.h"
#include "kexec/target.h"

/* Linux maps no more of a tree (MAX_FDT_SIZE in arch/arm64/include/asm/boot.h). */
#define TREE_LIMIT (2u << 20)

/* In place of a tree that a snapshot lacks: what an EFI stub makes for an ACPI machine
 * (drivers/firmware/efi/libstub/fdt.c). */
static int source_empty(struct plan *plan)
{
	int size = 4096, error;
	void *tree = plan_own(plan, calloc(1, (size_t)size));

	if (!tree)
		return out_of_memory();
	error = fdt_create_empty_tree(tree, size);
	if (!error)
		error = fdt_setprop_u32(tree, 0, "#address-cells", 2);
	if (!error)
		error = fdt_setprop_u32(tree, 0, "#size-cells", 2);
	if (!error)
		error = fdt_add_subnode(tree, 0, "chosen") < 0;
	plan->source_dtb = tree;
	plan->source_dtb_size = (size_t)size;
	return error ? out_of_memory() : 0;
}

static int source_read(struct plan *plan, const char *path)
{
	void *bytes;
	int error = file_read_at(AT_FDCWD, path, TREE_LIMIT, &bytes, &plan->source_dtb_size);

	if (error)
		return failure(file_code(error), "--dtb=%s: %s", path,
			       error == -EFBIG ? "it is larger than 2 MiB" : strerror(-error));
	plan->source_dtb = plan_own(plan, bytes);
	return plan->source_dtb ? 0 : out_of_memory();
}

static int source_find(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	const char *path = plan->options->dtb, *from = "sys/firmware/fdt";
	int error = 0, length;

	if (path) {
		error = source_read(plan, path);
		length = asprintf(&plan->source_dtb_from, "--dtb=%s", path);
	} else if (plan->image && plan->image->dtb) {
		plan->source_dtb = plan->image->dtb;
		plan->source_dtb_size = plan->image->dtb_size;
		length = asprintf(&plan->source_dtb_from, "the device tree in %s",
				  plan->image->path);
	} else {
		plan->source_dtb = machine->fdt;
		plan->source_dtb_size = machine->fdt_size;
		if (machine->fdt_flattened)
			from = "proc/device-tree";
		length = asprintf(&plan->source_dtb_from, "%s/%s", machine->prefix, from);
	}
	if (length < 0) {
		plan->source_dtb_from = NULL;
		return out_of_memory();
	}
	if (error || plan->source_dtb)
		return error;
	if (plan->image)
		return failure(EXIT_USAGE, "%s is not there: name the device tree with --dtb",
			       plan->source_dtb_from);
	warn(&plan->warnings,
	     "%s is not there: the map is planned with an empty device tree, and "
	     "the limits of the real one are not known",
	     plan->source_dtb_from);
	return source_empty(plan);
}

/* --- the way --------------------------------------------------------------------------------- */

/*
 * A node under /reserved-memory in a tree that is otherwise empty makes Linux think that the tree
 * describes the machine (dt_is_stub() in arch/arm64/kernel/acpi.c): ACPI goes unused and the kernel
 * dies before its console. The node stays in /sys/firmware/fdt, so a later kexec by any tool with
 * a command line of its own dies too. The EFI memory map and entries of the reserve block do no such
 * harm; frames of the former are not mapped either. What was seen of each: doc/arm64-acpi.md.
 */
static int acpi_way_choose(struct plan *plan)
{
	char *why;

	if (efi_map_usable(plan)) {
		plan->fdt_way = HWPOISON_FDT_EFI;
		plan->fdt_way_why = "unusable in a copy of the EFI memory map: the machine is "
				    "described by ACPI, and with nodes every later kexec would "
				    "need acpi=on";
		return 0;
	}
	if (asprintf(&why,
		     "memory reserve block: the machine is described by ACPI, and with nodes every "
		     "later kexec would need acpi=on; there is no EFI memory map to be told of them "
		     "(%s)",
		     plan->machine->efi_map_why ? plan->machine->efi_map_why :
						  "not this machine's "
						  "tree") < 0 ||
	    !plan_own(plan, why))
		return out_of_memory();
	plan->fdt_way = HWPOISON_FDT_RESERVE;
	plan->fdt_way_why = why;
	return 0;
}

static int efi_way_choose(struct plan *plan)
{
	if (!efi_map_usable(plan))
		return failure(EXIT_USAGE,
			       "--hwpoison-fdt-way=efi: the EFI memory map cannot be read (%s); "
			       "leave the option out",
			       plan->machine->efi_map_why ? plan->machine->efi_map_why :
							    "not this machine's tree");
	plan->fdt_way = HWPOISON_FDT_EFI;
	plan->fdt_way_why = "unusable in a copy of the EFI memory map: --hwpoison-fdt-way";
	return 0;
}

static int acpi_nodes_choose(struct plan *plan)
{
	const char *line = plan->command_line;

	if (!line || !*line)
		line = tree_command_line(plan->source_dtb, plan->source_dtb_size);
	plan->fdt_way_why = "no-map nodes under /reserved-memory: --hwpoison-fdt-way";
	if (!command_line_has(line, "acpi=on") && !command_line_has(line, "acpi=force"))
		return failure(EXIT_USAGE,
			       "--hwpoison-fdt-way=nodes: the machine is described by ACPI, and "
			       "with nodes the next kernel dies before its console unless its "
			       "command line has acpi=on");
	/* param_acpi_off in arch/arm64/kernel/acpi.c, wherever it stands. */
	if (command_line_has(line, "acpi=off"))
		return failure(EXIT_USAGE,
			       "--hwpoison-fdt-way=nodes: the machine is described by ACPI, and "
			       "acpi=off on the next kernel's command line has it ignored, whatever "
			       "else stands there: take that out, or leave the option out");
	warn(&plan->warnings,
	     "a later kexec whose command line lacks acpi=on gives a kernel that dies before its "
	     "console: /sys/firmware/fdt keeps the nodes");
	return 0;
}

/* Linux 6.12 and later find a place for regions that have none before they read the reserve block
 * (fdt_scan_reserved_mem() and its caller in drivers/of), and lend out what is reusable of them. An image
 * that does not say its version may be any. */
static bool entries_are_late(const struct plan *plan)
{
	unsigned int version = 0, patchlevel = 0;

	if (plan->image)
		release_parse(plan->image->release, &version, &patchlevel);
	return !version || version > 6 || (version == 6 && patchlevel >= 12);
}

/* The region that stands in the way of entries of the reserve block, or NULL. */
static const char *entries_obstacle(const struct plan *plan)
{
	return plan->entries_late ? tree_floating_region(plan->source_dtb, plan->source_dtb_size) :
				    NULL;
}

static int reserve_way_choose(struct plan *plan)
{
	const struct hwpoison_frame_range *ranges = plan->frames.ranges;
	const char *region = plan->modes & MODE_DTB ? entries_obstacle(plan) : NULL;

	plan->fdt_way = HWPOISON_FDT_RESERVE;
	plan->fdt_way_why = "memory reserve block: --hwpoison-fdt-way";
	if (!region || !plan->frames.count)
		return 0;
	return failure(EXIT_USAGE,
		       "--hwpoison-fdt-way=reserve cannot keep bad memory (0x%" PRIx64
		       " to 0x%" PRIx64 "): /reserved-memory/%s has no place of its own, and "
		       "Linux 6.12 and later (the next kernel %s) find it one, bad memory or not, "
		       "before they read the memory reserve block; leave the option out, or name a "
		       "device tree without that region (--dtb)",
		       ranges[0].start, ranges[plan->frames.count - 1].end - 1, region,
		       plan->image && plan->image->release[0] ? plan->image->release :
								"does not say what it is");
}

/* A tree that describes a machine of EFI takes nodes, but where Linux would ignore one. What a copy of
 * the map keeps out hides what is reserved in the same page; then it goes on with a copy. */
static int tree_way_choose(struct plan *plan)
{
	if (plan->modes && plan->machine->efi_map_carried && efi_map_usable(plan)) {
		plan->fdt_way = HWPOISON_FDT_EFI;
		plan->fdt_way_why = "unusable in a copy of the EFI memory map: there is one already";
		return 0;
	}
	if (!plan->modes || !arm64_reserved_early(plan))
		return 0;
	if (efi_map_usable(plan)) {
		plan->fdt_way = HWPOISON_FDT_EFI;
		plan->fdt_way_why = "unusable in a copy of the EFI memory map: some lie in what "
				    "Linux may reserve before it reads nodes, and it ignores a "
				    "node there";
	} else if (!entries_obstacle(plan)) {
		plan->fdt_way = HWPOISON_FDT_RESERVE;
		plan->fdt_way_why = "memory reserve block: some lie in what Linux may reserve "
				    "before it reads nodes, and it ignores a node there; the EFI "
				    "memory map cannot be read";
	}
	return 0;
}

static int way_choose(struct plan *plan)
{
	bool stub = tree_is_stub(plan->source_dtb, plan->source_dtb_size);

	plan->entries_late = entries_are_late(plan);
	plan->fdt_way = HWPOISON_FDT_NODES;
	plan->fdt_way_why = "no-map nodes under /reserved-memory";
	switch (plan->options->fdt_way) {
	case FDT_WAY_EFI:
		return efi_way_choose(plan);
	case FDT_WAY_RESERVE:
		return reserve_way_choose(plan);
	case FDT_WAY_NODES:
		return stub ? acpi_nodes_choose(plan) : 0;
	case FDT_WAY_AUTO:
		break;
	}
	return stub ? acpi_way_choose(plan) : tree_way_choose(plan);
}

/* --- the base -------------------------------------------------------------------------------- */

/* A tree that is not the running kernel's own has what firmware and boot loader told that one of
 * only when somebody has put it in. */
static int stranger_complete(struct plan *plan, void *tree)
{
	const struct machine *machine = plan->machine;
	struct hwpoison_map memory = {0};
	int error = chosen_drop_efi_map(tree);

	if (error)
		return error;
	if (machine->fdt && tree_has_efi(machine->fdt, machine->fdt_size))
		return chosen_copy_efi(tree, machine->fdt);
	if (tree_has_efi(tree, fdt_totalsize(tree)))
		return 0;
	if (tree_memory_list(tree, &memory))
		return -FDT_ERR_NOSPACE;
	error = memory.count ? 0 : tree_memory_make(tree, &machine->bare);
	if (!memory.count && !error)
		warn(&plan->warnings,
		     "%s has no memory: it is given this machine's RAM of /proc/iomem",
		     plan->source_dtb_from);
	hwpoison_map_free(&memory);
	return error;
}

static int base_edit(struct plan *plan, void *tree, size_t size, bool stranger)
{
	int error = fdt_open_into(plan->source_dtb, tree, (int)size);

	if (!error)
		error = chosen_clean(tree);
	if (!error && stranger)
		error = stranger_complete(plan, tree);
	if (!error)
		error = fdt_pack(tree);
	return error;
}

/* Where the next kernel will look for memory, and what it will leave alone there: it refuses a no-map
 * region for what was loaded into it. */
static int memory_note(struct plan *plan)
{
	int error = tree_reserved_list(plan->base_dtb, &plan->tree_reserved);

	if (!error && !tree_has_efi(plan->base_dtb, plan->base_dtb_size))
		error = tree_memory_list(plan->base_dtb, &plan->tree_memory);
	return error ? out_of_memory() : 0;
}

static int base_make(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	bool stranger = plan->source_dtb != machine->fdt;
	size_t size;
	void *tree;
	int error;

	if (!tree_is_good(plan->source_dtb, plan->source_dtb_size))
		return failure(EXIT_USAGE, "%s is no device tree that can be read",
			       plan->source_dtb_from);
	size = fdt_totalsize(plan->source_dtb) + tree_memory_room(&machine->bare);
	if (machine->fdt && tree_has_efi(machine->fdt, machine->fdt_size))
		size += chosen_efi_room(machine->fdt);
	tree = plan_own(plan, calloc(1, size));
	if (!tree)
		return out_of_memory();
	error = base_edit(plan, tree, size, stranger);
	if (error == -FDT_ERR_BADNCELLS)
		return failure(EXIT_USAGE,
			       "%s has no memory, and its #address-cells and #size-cells "
			       "cannot express this machine's",
			       plan->source_dtb_from);
	if (error)
		return failure(EXIT_USAGE, "cannot edit %s: %s", plan->source_dtb_from,
			       fdt_strerror(error));
	plan->base_dtb = tree;
	plan->base_dtb_size = fdt_totalsize(tree);
	return memory_note(plan);
}

int arm64_tree(struct plan *plan)
{
	int error = source_find(plan);

	if (!error)
		debug("device tree: %s", plan->source_dtb_from);
	if (!error)
		error = efi_map_check_carried(plan);
	if (!error)
		error = way_choose(plan);
	if (!error && plan->modes)
		efi_map_warn(plan);
	/* A map alone is shown: the tree is told of frames, and is otherwise as it is. */
	plan->base_dtb = plan->source_dtb;
	plan->base_dtb_size = plan->source_dtb_size;
	if (!error && plan->image)
		error = base_make(plan);
	if (!error)
		error = arm64_early_list(plan);
	if (!error)
		error = arm64_unseen(plan);
	return error ? error : arm64_later_check(plan);
}
