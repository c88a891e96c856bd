/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The EFI memory map. The boot stub leaves it in memory and its address in /chosen; nothing shows
 * it to user space on arm64, so that it is read through /proc/kcore, once: a tree that had a copy put
 * in its place carries the firmware's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "kexec/arch/arm64/efi_map.h"
#include "kexec/tree.h"
#include "kexec/file.h"
#include "kexec/kcore.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/place.h"

/* early_memremap() in Linux takes no more. */
#define MAP_LIMIT (256u << 10)

/* A property of one cell or two, as fdtparams.c in Linux takes them. */
static bool chosen_number(const void *fdt, const char *name, uint64_t *number)
{
	int length;
	const void *value = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), name, &length);

	if (!value || (length != 4 && length != 8))
		return false;
	*number = length == 4 ? fdt32_ld(value) : fdt64_ld(value);
	return true;
}

static int why_set(struct machine *machine, const char *what, const char *why)
{
	if (asprintf(&machine->efi_map_why, "%s: %s", what, why) < 0) {
		machine->efi_map_why = NULL;
		return out_of_memory();
	}
	return 0;
}

static const char *error_text(int error)
{
	if (error == -ENOENT)
		return "it is not there";
	return error == -ENXIO ? "it does not have the map's memory" : strerror(-error);
}

/* Of a snapshot a copy was made. */
static int bytes_find(const struct machine *machine, uint64_t address, size_t size, void **bytes)
{
	size_t found = 0;
	int error;

	if (!machine->running) {
		error = machine_file(machine, EFI_MAP_FILE, MAP_LIMIT, bytes, &found);
		if (!error && found != size) {
			free(*bytes);
			*bytes = NULL;
			error = -EINVAL;
		}
		return error;
	}
	*bytes = malloc(size);
	if (!*bytes)
		return -ENOMEM;
	error = kcore_read(machine, address, *bytes, size);
	if (error) {
		free(*bytes);
		*bytes = NULL;
	}
	return error;
}

/* As the firmware and the boot stub have left it. */
static int original_read(struct machine *machine)
{
	const char *file = machine->running ? "/proc/kcore" : EFI_MAP_FILE;
	struct hwpoison_efi_map map = {0};
	uint64_t address, size, step;
	void *bytes;
	int error;

	if (!chosen_number(machine->fdt, "linux,uefi-mmap-start", &address) ||
	    !chosen_number(machine->fdt, "linux,uefi-mmap-size", &size) ||
	    !chosen_number(machine->fdt, "linux,uefi-mmap-desc-size", &step) || !size ||
	    size > MAP_LIMIT || step > MAP_LIMIT)
		return why_set(machine, "/chosen", "it does not say where it is");
	error = bytes_find(machine, address, (size_t)size, &bytes);
	if (error)
		return why_set(machine, file, error_text(error));
	map = (struct hwpoison_efi_map){bytes, (size_t)size, (uint32_t)step};
	if (hwpoison_efi_map_check(&map, NULL)) {
		free(bytes);
		return why_set(machine, file, "what it has there is no map");
	}
	machine->efi_map = map;
	return 0;
}

/* A tree whose map makes no sense is one that was tampered with: efi_map_check_carried() says so. */
static int carried_read(struct machine *machine)
{
	struct hwpoison_efi_map map;
	void *bytes;

	if (hwpoison_fdt_efi_original(machine->fdt, machine->fdt_size, &map, NULL) || !map.bytes)
		return 0;
	bytes = malloc(map.size);
	if (!bytes)
		return out_of_memory();
	memcpy(bytes, map.bytes, map.size);
	map.bytes = bytes;
	machine->efi_map = map;
	machine->efi_map_carried = true;
	return 0;
}

int efi_map_read(struct machine *machine)
{
	int error;

	if (!machine->fdt || !tree_has_efi(machine->fdt, machine->fdt_size))
		return why_set(machine, "/chosen", "it hands no EFI over");
	error = carried_read(machine);
	return error || machine->efi_map.bytes ? error : original_read(machine);
}

int efi_map_check_carried(const struct plan *plan)
{
	const struct machine *machine = plan->machine;

	if (machine->efi_map_carried || !machine->fdt ||
	    !tree_has_efi(machine->fdt, machine->fdt_size) ||
	    !fdt_getprop(machine->fdt, fdt_path_offset(machine->fdt, "/chosen"), "hwpoison,efi-map",
			 NULL))
		return 0;
	return failure(EXIT_USAGE,
		       "hwpoison,efi-map in %s/sys/firmware/fdt is no EFI memory map: it was "
		       "damaged, and nobody else has the firmware's; start the machine by its "
		       "firmware instead",
		       machine->prefix);
}

bool efi_map_usable(const struct plan *plan)
{
	const struct machine *machine = plan->machine;

	/* A tree of another's is given what hands EFI over when there is a kernel to load. */
	return machine->efi_map.bytes && (plan->source_dtb == machine->fdt || plan->image);
}

/* A copy is made from what was read elsewhere, and lies elsewhere. */
void efi_map_warn(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	bool copied = machine->efi_map.bytes &&
		      (plan->fdt_way == HWPOISON_FDT_EFI || machine->efi_map_carried);
	uint64_t start, size;

	if (copied || !machine->fdt || !tree_has_efi(machine->fdt, machine->fdt_size) ||
	    !chosen_number(machine->fdt, "linux,uefi-mmap-start", &start) ||
	    !chosen_number(machine->fdt, "linux,uefi-mmap-size", &size) || !size ||
	    size > MAP_LIMIT || start > HWPOISON_ADDRESS_LIMIT)
		return;
	if (hwpoison_frames_find(&plan->frames, start, start + size))
		warn(&plan->warnings,
		     "the EFI memory map at 0x%" PRIx64 " lies in bad memory, and the next kernel "
		     "will read it there: start the machine by its firmware instead",
		     start);
}

static int pointer_set(struct plan *plan, uint64_t start)
{
	int chosen = fdt_path_offset(plan->next_dtb, "/chosen");
	int error = fdt_setprop_inplace_u64(plan->next_dtb, chosen, "linux,uefi-mmap-start", start);

	return error ? failure(EXIT_USAGE, "cannot write the device tree: %s",
			       fdt_strerror(error)) :
		       0;
}

/*
 * Linux reserves all pages that the map is in (efi_init() in drivers/firmware/efi/efi-init.c), so that
 * it shows as reserved in /proc/iomem and every later loader keeps off it; in whole pages of the
 * next kernel it takes nobody else's.
 */
int efi_map_place(struct plan *plan, struct placement *placement, uint64_t prefer_below)
{
	struct segment segment = {.name = "efi-map", .hashed = true};
	struct hole_request request = {.name = "the EFI memory map",
				       .lowest = true,
				       .prefer_below = prefer_below};
	uint64_t start, page = plan->target.page_size;
	void *bytes;
	int error;

	if (hwpoison_fdt_efi_map(plan->next_dtb, plan->next_dtb_size, &bytes, &segment.bytes_size,
				 NULL))
		return failure(EXIT_USAGE,
			       "cannot make the EFI memory map: hwpoison,efi-ranges of the "
			       "device tree is damaged; start the machine by its firmware instead");
	if (!bytes)
		return 0;
	segment.bytes = plan_own(plan, bytes);
	if (!segment.bytes)
		return out_of_memory();
	request.align = page;
	request.size = (segment.bytes_size + page - 1) & ~(page - 1);
	error = placement_add(placement, &request, &segment, &start);
	return error ? error : pointer_set(plan, start);
}
