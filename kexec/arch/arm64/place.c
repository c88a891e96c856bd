/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the pieces of an arm64 kernel in place, by the boot protocol in
 * Documentation/arch/arm64/booting.rst of Linux, called booting.rst below.
 */
#include "kexec/place.h"

#include <inttypes.h>

#include "kexec/arch/arm64/arm64.h"
#include "kexec/arch/arm64/chosen.h"
#include "kexec/arch/arm64/efi_map.h"
#include "kexec/arch/arm64/psci.h"
#include "kexec/arch/arm64/uart.h"
#include "kexec/bytes.h"
#include "kexec/image.h"
#include "kexec/kho/place.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/report.h"
#include "purgatory/purgatory.h"

#define MIB(number) ((uint64_t)(number) << 20)
#define GIB(number) ((uint64_t)(number) << 30)

struct pieces {
	struct placement placement;
	const void *initrd_bytes; /* NULL: none */
	size_t initrd_size;
	uint64_t kernel, dtb;
};

/*
 * As high as may be in the first 4 GiB of RAM, else as low as may be. Low memory is where the
 * running kernel's early allocations lie, among them tables that a GICv3 goes on writing to (seen:
 * the next kernel, placed over one, cleared itself: doc/arm64-gic-tables.md); on machines without
 * EFI nothing in /proc/iomem shows them. What lies very high may be memory that drivers have added,
 * which the next kernel does not have from the start.
 */
static uint64_t window_end(const struct plan *plan)
{
	const struct hwpoison_map *ram = &plan->machine->ram;

	return ram->count ? ram->entries[0].start + GIB(4) : 0;
}

static uint64_t kernel_end(const struct plan *plan, const struct pieces *pieces)
{
	return pieces->kernel + plan->image->memory_size;
}

/* Where text_offset is counted from. */
static uint64_t kernel_base(const struct plan *plan, const struct pieces *pieces)
{
	return pieces->kernel - plan->image->arm64.text_offset;
}

/* RAM below its base is lost to a kernel before 4.6 (booting.rst, section 4: bit 3 of flags). */
static void below_warn(struct plan *plan, uint64_t base)
{
	const struct hwpoison_map *map = &plan->outcome.map;
	char text[SIZE_TEXT];
	uint64_t lost = 0;

	for (size_t i = 0; i < map->count && map->entries[i].start < base; i++) {
		const struct hwpoison_map_entry *entry = &map->entries[i];

		if (entry->type == HWPOISON_RAM)
			lost += (entry->end < base ? entry->end : base) - entry->start;
	}
	if (lost)
		warn(&plan->warnings,
		     "%s cannot use RAM below the place where it is loaded, 0x%" PRIx64
		     ": %s are lost to it",
		     plan->image->path, base, size_text(lost, text));
}

/* image_size came with Linux 3.17. */
static bool header_has_size(const struct image *image)
{
	return get_le64(image->kernel + 16) != 0;
}

/* Kernels before 3.16 had their first page tables in front of the image, up to their base (pgtbl in
 * arch/arm64/kernel/head.S there). Narrows the request to behind them. */
static int below_take(struct plan *plan, struct pieces *pieces, struct hole_request *request)
{
	struct hole_request whole = *request, below = {.name = request->name};
	struct working_area *area = &plan->areas[plan->area_count];
	uint64_t base;
	int error;

	whole.size += whole.offset;
	whole.offset = 0;
	if (!placement_find(&pieces->placement, &whole, &base))
		return placement_take(&pieces->placement, &whole, &base);
	below.size = request->offset;
	below.min = base;
	below.max = base + request->offset;
	error = placement_take(&pieces->placement, &below, &base);
	if (error)
		return error;
	*area = (struct working_area){"kernel", base, base + request->offset};
	plan->area_count++;
	request->min = area->end;
	request->max = area->end + request->size + pieces->placement.page;
	return 0;
}

/* The segment reaches over all of image_size: the kernel uses it before it reads the tree. */
static int kernel_place(struct plan *plan, struct pieces *pieces)
{
	const struct image *image = plan->image;
	struct segment segment = {
		.name = "kernel",
		.bytes = image->kernel,
		.bytes_size = image->kernel_size,
		.hashed = true,
	};
	struct hole_request request = {
		.name = "the kernel",
		.size = image->memory_size,
		.align = MIB(2),
		.offset = image->arm64.text_offset,
		.lowest = true,
	};
	int error = 0;

	if (image->arm64.text_offset % plan->machine->page_size)
		return failure(EXIT_FAILED,
			       "cannot load %s: its text_offset 0x%" PRIx64
			       " is not whole pages of the "
			       "running kernel (%u bytes)",
			       image->path, image->arm64.text_offset, plan->machine->page_size);
	if (!header_has_size(image))
		error = below_take(plan, pieces, &request);
	else if (image->arm64.anywhere)
		request.prefer_below = window_end(plan);
	if (!error)
		error = placement_add(&pieces->placement, &request, &segment, &pieces->kernel);
	if (!error && !image->arm64.anywhere)
		below_warn(plan, kernel_base(plan, pieces));
	return error;
}

static uint64_t power_of_two(uint64_t size)
{
	uint64_t power = 4096;

	while (power < size)
		power *= 2;
	return power;
}

/*
 * Linux maps the 2 MiB around the tree before it knows of bad frames (fixmap_remap_fdt()), so it
 * gets 2 MiB without any where there are. It never reaches over a multiple of 2 MiB, which kernels
 * before 4.2 want, and they want it within 512 MiB of where they lie.
 */
static int dtb_place(struct plan *plan, struct pieces *pieces)
{
	struct hole_request request = {
		.name = "the device tree",
		.size = MIB(2),
		.align = MIB(2),
		.lowest = true,
		.prefer_below = window_end(plan),
	};
	struct segment segment = {.name = "dtb", .hashed = true};
	uint64_t block;
	int error = chosen_write(plan, pieces->initrd_bytes != NULL);

	if (error)
		return error;
	if (!plan->image->arm64.anywhere) {
		request.min = kernel_base(plan, pieces);
		request.max = request.min + MIB(512);
	}
	if (placement_find(&pieces->placement, &request, &block)) {
		request.min = block;
		request.max = block + MIB(2);
	} else {
		request.align = power_of_two(plan->next_dtb_size);
	}
	request.size = plan->next_dtb_size;
	segment.bytes = plan->next_dtb;
	segment.bytes_size = plan->next_dtb_size;
	return placement_add(&pieces->placement, &request, &segment, &pieces->dtb);
}

/* booting.rst, section 3: within 32 GiB from a multiple of 1 GiB on, together with the kernel. */
static int initrd_place(struct plan *plan, struct pieces *pieces)
{
	uint64_t end = (kernel_end(plan, pieces) + GIB(1) - 1) & ~(GIB(1) - 1);
	struct segment segment = {
		.name = "initrd",
		.bytes = pieces->initrd_bytes,
		.bytes_size = pieces->initrd_size,
		.hashed = true,
	};
	struct hole_request request = {
		.name = "the initrd",
		.size = pieces->initrd_size,
		.min = end > GIB(32) ? end - GIB(32) : 0,
		.max = (pieces->kernel & ~(GIB(1) - 1)) + GIB(32),
		.lowest = true,
		.prefer_below = window_end(plan),
	};
	uint64_t start;
	int error;

	if (!segment.bytes)
		return 0;
	if (!plan->image->arm64.anywhere)
		request.min = kernel_base(plan, pieces);
	error = placement_add(&pieces->placement, &request, &segment, &start);
	if (!error)
		chosen_initrd_set(plan, start, start + pieces->initrd_size);
	return error;
}

static int efi_map_add(struct plan *plan, struct pieces *pieces)
{
	return efi_map_place(plan, &pieces->placement, window_end(plan));
}

static int kho_place(struct plan *plan, struct pieces *pieces)
{
	const struct hole_request where = {.lowest = true, .prefer_below = window_end(plan)};
	int error = kho_scratch_place(&pieces->placement, pieces->initrd_size, window_end(plan));

	if (!error)
		error = kho_segment_place(&pieces->placement, &where);
	return error ? error : chosen_kho_set(plan);
}

static int purgatory_add(struct plan *plan, struct pieces *pieces)
{
	const struct hole_request where = {.lowest = true, .prefer_below = window_end(plan)};
	struct purgatory_parameters parameters;
	int error;

	purgatory_parameters_start(&parameters);
	parameters.kernel_entry = pieces->kernel;
	parameters.handover = pieces->dtb;
	parameters.psci = psci_find(plan->machine);
	error = uart_find(plan->machine, plan->options, &parameters);
	return error ? error : purgatory_place(&pieces->placement, &where, &parameters);
}

int arm64_place(struct plan *plan)
{
	static int (*const steps[])(struct plan *, struct pieces *) = {
		kernel_place, dtb_place, initrd_place, efi_map_add, kho_place, purgatory_add,
	};
	struct pieces pieces = {0};
	int error = arm64_nodes_check(plan);

	if (!error)
		error = initrd_find(plan, &pieces.initrd_bytes, &pieces.initrd_size);
	if (!error)
		error = placement_start(plan, &pieces.placement);
	if (!error)
		error = kho_own_scratch_take(&pieces.placement, pieces.initrd_size);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && !error; i++)
		error = steps[i](plan, &pieces);
	placement_free(&pieces.placement);
	return error;
}
