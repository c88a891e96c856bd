/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of an arm64 plan: the boot protocol (Documentation/arch/arm64/booting.rst in Linux), and
 * what /chosen says, read back from the bytes that are handed over.
 */
#include "kexec/arch/arm64/check.h"

#include <string.h>

#include <libfdt.h>

#include "kexec/arch/arm64/arm64.h"
#include "kexec/bytes.h"
#include "kexec/check_purgatory.h"
#include "kexec/image.h"
#include "kexec/machine.h"
#include "kexec/options.h"

#define TWO_MIB (UINT64_C(2) << 20)
#define GIB (UINT64_C(1) << 30)

/* The Image header. */
enum header { TEXT_OFFSET = 8, IMAGE_SIZE = 16, FLAGS = 24 };

#define HEX(number) (unsigned long long)(number)

/* The tree as it will lie in memory. */
static const void *tree_find(const struct plan *plan)
{
	const struct segment *segment = segment_find(plan, "dtb");

	return segment ? segment->bytes : NULL;
}

static int check_tree(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *segment = segment_find(plan, "dtb");

	if (!plan->next_dtb)
		return plan->segment_count ? check_failed(reason, size, "there is none") : 0;
	if (plan->next_dtb_size < sizeof(struct fdt_header) ||
	    fdt_check_full(plan->next_dtb, plan->next_dtb_size))
		return check_failed(reason, size, "it is damaged");
	if (!plan->segment_count)
		return 0;
	if (!segment || segment->bytes != plan->next_dtb ||
	    segment->bytes_size != plan->next_dtb_size)
		return check_failed(reason, size, "it is not what is loaded");
	if (fdt_totalsize(segment->bytes) > segment->bytes_size || segment->bytes_size > TWO_MIB)
		return check_failed(reason, size, "its size %llu is not within 2 MiB",
				    HEX(segment->bytes_size));
	if (segment->start % 8 ||
	    segment->start / TWO_MIB != (segment->start + segment->bytes_size - 1) / TWO_MIB)
		return check_failed(reason, size, "at 0x%llx it reaches over 2 MiB",
				    HEX(segment->start));
	return 0;
}

static int check_kernel(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *kernel = segment_find(plan, "kernel");
	const struct segment *dtb = segment_find(plan, "dtb");
	uint64_t offset, image_size, flags;

	if (!plan->segment_count)
		return 0;
	if (!kernel || !plan->image || kernel->bytes != plan->image->kernel ||
	    kernel->bytes_size != plan->image->kernel_size || kernel->bytes_size < 64)
		return check_failed(reason, size, "it is not the image");
	offset = get_le64(plan->image->kernel + TEXT_OFFSET);
	image_size = get_le64(plan->image->kernel + IMAGE_SIZE);
	flags = get_le64(plan->image->kernel + FLAGS);
	/* booting.rst, section 4: of kernels before 3.17, which do not say. */
	if (!image_size) {
		offset = 0x80000;
		image_size = kernel->bytes_size + 1;
		if (plan->area_count != 1 || plan->areas[0].start != kernel->start - offset ||
		    plan->areas[0].end != kernel->start)
			return check_failed(reason, size, "its page tables are not given room");
	}
	if (flags & 1)
		return check_failed(reason, size, "it is big-endian");
	if (flags >> 1 & 3 && plan->target.page_size != 4096U << 2 * ((flags >> 1 & 3) - 1))
		return check_failed(reason, size, "its pages are not of %u bytes",
				    plan->target.page_size);
	if (kernel->start < offset || (kernel->start - offset) % TWO_MIB)
		return check_failed(reason, size, "0x%llx is not 0x%llx from a multiple of 2 MiB",
				    HEX(kernel->start), HEX(offset));
	if (kernel->size < image_size)
		return check_failed(reason, size, "it is not given all of its image_size");
	if (!(flags & 8) && dtb &&
	    (dtb->start < kernel->start - offset ||
	     dtb->start + dtb->bytes_size > kernel->start - offset + GIB / 2))
		return check_failed(reason, size, "the tree is not within 512 MiB of it");
	return 0;
}

static bool property_is(const void *tree, const char *name, const void *value, int length)
{
	int found;
	const void *bytes = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), name, &found);

	return value ? bytes && found == length && memcmp(bytes, value, (size_t)length) == 0 :
		       !bytes;
}

static int check_command_line(const struct plan *plan, char *reason, size_t size)
{
	const void *tree = tree_find(plan), *old;
	const char *line = plan->command_line;
	int length;

	if (!tree)
		return 0;
	if (line && *line) {
		length = (int)strlen(line) + 1;
	} else {
		old = fdt_getprop(plan->source_dtb, fdt_path_offset(plan->source_dtb, "/chosen"),
				  "bootargs", &length);
		line = old;
	}
	if (!property_is(tree, "bootargs", line, length))
		return check_failed(reason, size, "bootargs is not what was planned");
	return 0;
}

static int check_initrd(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *initrd = segment_find(plan, "initrd");
	const struct segment *kernel = segment_find(plan, "kernel");
	const void *tree = tree_find(plan);
	uint64_t low, high;
	fdt64_t start, end;

	if (!tree)
		return 0;
	if (!initrd) {
		if (!property_is(tree, "linux,initrd-start", NULL, 0) ||
		    !property_is(tree, "linux,initrd-end", NULL, 0) ||
		    (!plan->options->initrd && plan->image->initrd))
			return check_failed(reason, size, "there is none, but the tree has it");
		return 0;
	}
	start = cpu_to_fdt64(initrd->start);
	end = cpu_to_fdt64(initrd->start + initrd->bytes_size);
	if (!property_is(tree, "linux,initrd-start", &start, 8) ||
	    !property_is(tree, "linux,initrd-end", &end, 8))
		return check_failed(reason, size, "the tree says another place");
	low = initrd->start < kernel->start ? initrd->start : kernel->start;
	high = kernel->start + kernel->size;
	if (initrd->start + initrd->bytes_size > high)
		high = initrd->start + initrd->bytes_size;
	if (high > low / GIB * GIB + 32 * GIB)
		return check_failed(reason, size, "it is not within 32 GiB with the kernel");
	return 0;
}

static bool all_zero(const uint8_t *bytes, int length)
{
	for (int i = 0; i < length; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

/* Without seeds Linux does without; used ones would be worse. A dry run has none to show. */
static int check_seeds(const struct plan *plan, char *reason, size_t size)
{
	static const struct {
		const char *name;
		int length;
	} seeds[] = {{"kaslr-seed", 8}, {"rng-seed", 32}};
	const void *tree = tree_find(plan);

	for (size_t i = 0; tree && i < sizeof(seeds) / sizeof(*seeds); i++) {
		const void *old, *value;
		int length, old_length;

		value = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), seeds[i].name, &length);
		if (!value)
			continue;
		old = fdt_getprop(plan->source_dtb, fdt_path_offset(plan->source_dtb, "/chosen"),
				  seeds[i].name, &old_length);
		if (length != seeds[i].length)
			return check_failed(reason, size, "%s has %d bytes", seeds[i].name, length);
		if (plan->options->action == ACTION_DRY_RUN)
			continue;
		if (all_zero(value, length) ||
		    (old && old_length == length && memcmp(old, value, (size_t)length) == 0))
			return check_failed(reason, size, "%s is not new", seeds[i].name);
	}
	return 0;
}

/* What points into memory of the past. */
static int check_leftovers(const struct plan *plan, char *reason, size_t size)
{
	static const char *const names[] = {
		"linux,elfcorehdr", "linux,usable-memory-range", "linux,ima-kexec-buffer",
		"linux,kho-fdt",    "linux,kho-scratch",
	};
	const void *tree = tree_find(plan);
	/* The check "kho" sees to it that they are the plan's. */
	size_t count = sizeof(names) / sizeof(*names) - (plan->modes & MODE_KHO ? 2 : 0);

	for (size_t i = 0; tree && i < count; i++) {
		if (!property_is(tree, names[i], NULL, 0))
			return check_failed(reason, size, "%s is still there", names[i]);
	}
	return 0;
}

/* Everything that hands EFI over is the machine's, but for a memory map that check_efi_map() has
 * looked at. */
static int check_efi(const struct plan *plan, char *reason, size_t size)
{
	const void *tree = tree_find(plan), *fdt = plan->machine->fdt;
	bool replaced = segment_find(plan, "efi-map") != NULL;
	int property, chosen;

	if (!tree || !fdt || fdt_check_full(fdt, plan->machine->fdt_size))
		return 0;
	chosen = fdt_path_offset(fdt, "/chosen");
	if (!fdt_getprop(fdt, chosen, "linux,uefi-system-table", NULL))
		return 0;
	fdt_for_each_property_offset(property, fdt, chosen)
	{
		int length;
		const char *name;
		const void *value = fdt_getprop_by_offset(fdt, property, &name, &length);

		if (replaced && (strcmp(name, "linux,uefi-mmap-start") == 0 ||
				 strcmp(name, "linux,uefi-mmap-size") == 0))
			continue;
		if (value && strncmp(name, "linux,uefi-", 11) == 0 &&
		    !property_is(tree, name, value, length))
			return check_failed(reason, size, "%s is not the machine's", name);
	}
	return 0;
}

static int check_purgatory(const struct plan *plan, char *reason, size_t size)
{
	const struct segment *kernel = segment_find(plan, "kernel");
	const struct segment *dtb = segment_find(plan, "dtb");
	struct purgatory_parameters parameters;

	if (!plan->segment_count)
		return 0;
	if (check_purgatory_code(plan, &parameters, reason, size))
		return -1;
	if (!kernel || parameters.kernel_entry != kernel->start)
		return check_failed(reason, size, "it would jump to 0x%llx, not to the kernel",
				    HEX(parameters.kernel_entry));
	if (!dtb || parameters.handover != dtb->start)
		return check_failed(reason, size, "it would hand over 0x%llx, not the tree",
				    HEX(parameters.handover));
	return 0;
}

const struct plan_check arm64_checks[] = {
	{"tree", check_tree, {"segments"}},
	{"tree-frames", check_tree_frames, {"tree", "frames"}},
	{"tree-source", check_tree_source, {"tree", "frames"}},
	{"tree-rules", check_tree_rules, {"tree"}},
	{"tree-record", check_tree_record, {"tree", "frames"}},
	{"tree-acpi", check_tree_acpi, {"tree"}},
	{"tree-rest", check_tree_rest, {"tree"}},
	{"tree-entries", check_tree_entries, {"tree"}},
	{"kernel", check_kernel, {"segments"}},
	{"command-line", check_command_line, {"tree"}},
	{"initrd", check_initrd, {"tree", "kernel"}},
	{"seeds", check_seeds, {"tree"}},
	{"leftovers", check_leftovers, {"tree"}},
	{"kho", check_kho_chosen, {"tree", "kho-kept", "kho-scratch"}},
	{"efi-map", check_efi_map, {"tree"}},
	{"efi", check_efi, {"efi-map"}},
	{"memory", check_memory, {"tree"}},
	{"purgatory", check_purgatory, {"tree", "entry"}},
	{"digests", check_digests, {"purgatory"}},
	{"poison-table", check_poison_table, {"purgatory", "frames"}},
	{NULL, NULL, {NULL}},
};
