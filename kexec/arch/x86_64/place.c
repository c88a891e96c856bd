/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the pieces of an x86_64 kernel in place, each as high as its boot protocol bears. */
#include "kexec/place.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "kexec/arch/x86_64/boot_params.h"
#include "kexec/arch/x86_64/firmware.h"
#include "kexec/arch/x86_64/image.h"
#include "kexec/arch/x86_64/low_memory.h"
#include "kexec/arch/x86_64/x86_64.h"
#include "kexec/image.h"
#include "kexec/kho/place.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "purgatory/purgatory.h"

#define ENTRY_64 0x200 /* boot.rst, 1.15: startup_64 in the protected-mode kernel */
#define FOUR_GIB (UINT64_C(1) << 32)

struct pieces {
	struct placement placement;
	struct firmware firmware;
	struct boot_layout layout;
	uint8_t seed[SETUP_RNG_SEED_SIZE];
	const void *initrd_bytes; /* NULL: none */
	bool efi, seeded;
	uint64_t max; /* of every piece; 0: no bound */
	uint64_t kernel, boot_params;
};

static int image_check(const struct plan *plan, const struct firmware *firmware)
{
	/* kexec_file_load() refuses it as well (arch/x86/kernel/kexec-bzimage64.c:
	 * bzImage64_probe()): paging cannot change its depth in 64-bit mode. */
	if (firmware->five_levels && !(plan->image->x86.xloadflags & SETUP_XLF_5LEVEL))
		return failure(EXIT_FAILED,
			       "cannot start %s from this kernel, which runs with 5-level paging: "
			       "boot this one with no5lvl first, or take a kernel from Linux 5.2 on",
			       plan->image->path);
	return 0;
}

/* Whether the runtime map is handed over; without it there is no power off by EFI, no efivars. */
static bool efi_wanted(struct plan *plan, const struct firmware *firmware)
{
	if (!plan->machine->efi || plan->options->no_efi)
		return false;
	if (!(plan->image->x86.xloadflags & SETUP_XLF_EFI_KEXEC)) {
		warn(&plan->warnings, "%s cannot take over EFI runtime services from this kernel",
		     plan->image->path);
		return false;
	}
	if (firmware->efi_problem) {
		warn(&plan->warnings, "EFI runtime services are not handed over: %s",
		     firmware->efi_problem);
		return false;
	}
	return true;
}

/*
 * The segment reaches over all of init_size, where the kernel unpacks itself: so the running
 * kernel keeps its own page tables, on which the next one starts, out of there.
 */
static int kernel_place(struct plan *plan, struct pieces *pieces)
{
	const struct image *image = plan->image;
	struct segment segment = {
		.name = "kernel",
		.bytes = image->kernel + image->x86.setup_size,
		.bytes_size = image->kernel_size - image->x86.setup_size,
		.hashed = true,
	};
	struct hole_request request = {
		.name = "the kernel",
		.size = image->memory_size,
		.align = image->x86.kernel_alignment,
		/* Below pref_address it would move itself up to there (head_64.S: startup_64). */
		.min = image->x86.pref_address,
		.max = pieces->max ? pieces->max : HWPOISON_ADDRESS_LIMIT,
	};

	if (!image->x86.relocatable) {
		request.align = 0;
		request.max = request.min + request.size + 4095;
		request.lowest = true;
	}
	return placement_add(&pieces->placement, &request, &segment, &pieces->kernel);
}

static int initrd_place(struct plan *plan, struct pieces *pieces)
{
	struct segment segment = {
		.name = "initrd",
		.bytes = pieces->initrd_bytes,
		.bytes_size = pieces->layout.initrd_size,
		.hashed = true,
	};
	struct hole_request request = {
		.name = "the initrd",
		.size = pieces->layout.initrd_size,
		.max = pieces->max,
	};

	(void)plan;
	if (!segment.bytes)
		return 0;
	/* boot.rst, initrd_addr_max: the last byte's; kernels that load above 4 GiB do not mean it. */
	if (pieces->max)
		request.max = (uint64_t)plan->image->x86.initrd_addr_max + 1;
	return placement_add(&pieces->placement, &request, &segment, &pieces->layout.initrd);
}

static int kho_place(struct plan *plan, struct pieces *pieces)
{
	const struct hole_request where = {.max = pieces->max};
	int error = kho_scratch_place(&pieces->placement, pieces->layout.initrd_size, 0);

	(void)plan;
	return error ? error : kho_segment_place(&pieces->placement, &where);
}

static int setup_data_place(struct plan *plan, struct pieces *pieces)
{
	const uint8_t *seed = pieces->seeded ? pieces->seed : NULL;
	size_t size = setup_data_write(plan, &pieces->firmware, seed, pieces->efi, 0, NULL);
	struct hole_request request = {.name = "setup_data", .size = size, .max = pieces->max};
	struct segment segment = {.name = "setup_data", .bytes_size = size, .hashed = true};
	uint8_t *bytes;
	int error;

	if (!size)
		return 0;
	bytes = plan_own(plan, calloc(1, size));
	if (!bytes)
		return out_of_memory();
	segment.bytes = bytes;
	error = placement_add(&pieces->placement, &request, &segment, &pieces->layout.setup_data);
	if (!error)
		setup_data_write(plan, &pieces->firmware, seed, pieces->efi,
				 pieces->layout.setup_data, bytes);
	return error;
}

static int efi_map_place(struct plan *plan, struct pieces *pieces)
{
	size_t size = pieces->firmware.efi_map_count * FIRMWARE_EFI_DESCRIPTOR_SIZE;
	struct hole_request request = {.name = "the EFI map", .size = size, .max = pieces->max};
	struct segment segment = {.name = "efi_map", .bytes_size = size, .hashed = true};
	uint8_t *bytes;

	if (!pieces->efi)
		return 0;
	bytes = plan_own(plan, malloc(size));
	if (!bytes)
		return out_of_memory();
	efi_map_write(&pieces->firmware, bytes);
	segment.bytes = bytes;
	return placement_add(&pieces->placement, &request, &segment, &pieces->layout.efi_map);
}

/* The zero page with the command line behind it. */
static int boot_params_place(struct plan *plan, struct pieces *pieces)
{
	const char *line = plan->command_line ? plan->command_line : "";
	size_t length = strlen(line), size = BOOT_PARAMS_SIZE + length + 1;
	struct hole_request request = {.name = "boot_params", .size = size, .max = pieces->max};
	struct segment segment = {.name = "boot_params", .bytes_size = size, .hashed = true};
	uint8_t *bytes = plan_own(plan, malloc(size));
	int error;

	if (!bytes)
		return out_of_memory();
	segment.bytes = bytes;
	error = placement_add(&pieces->placement, &request, &segment, &pieces->boot_params);
	if (error)
		return error;
	pieces->layout.command_line = pieces->boot_params + BOOT_PARAMS_SIZE;
	boot_params_write(plan, &pieces->firmware, &pieces->layout, bytes);
	memcpy(bytes + BOOT_PARAMS_SIZE, line, length + 1);
	return 0;
}

/* --- purgatory ------------------------------------------------------------------------------ */

/* Where it speaks: --serial, or with --console-serial alone the first port, as kexec-tools has
 * it. */
static uint32_t serial_find(const struct options *options)
{
	static const struct {
		const char *name;
		uint32_t port;
	} ports[] = {{"ttyS0", 0x3f8}, {"ttyS1", 0x2f8}};

	if (!options->serial)
		return options->console_serial ? ports[0].port : 0;
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		if (strcmp(options->serial, ports[i].name) == 0)
			return ports[i].port;
	}
	/* An I/O port: options_check() has seen to it. */
	return (uint32_t)strtoul(options->serial, NULL, 0);
}

static int purgatory_add(struct plan *plan, struct pieces *pieces)
{
	const struct options *options = plan->options;
	const struct hole_request where = {.max = pieces->max};
	struct purgatory_parameters parameters;

	purgatory_parameters_start(&parameters);
	if (options->console_vga)
		parameters.flags |= PURGATORY_CONSOLE_VGA;
	if (options->reset_vga)
		parameters.flags |= PURGATORY_RESET_VGA;
	parameters.kernel_entry = pieces->kernel + ENTRY_64;
	parameters.handover = pieces->boot_params;
	parameters.serial_baud = options->serial_baud;
	parameters.serial_port = serial_find(options);
	return purgatory_place(&pieces->placement, &where, &parameters);
}

static int pieces_place(struct plan *plan, struct pieces *pieces)
{
	static int (*const steps[])(struct plan *, struct pieces *) = {
		kernel_place,  initrd_place,	  kho_place,	 setup_data_place,
		efi_map_place, boot_params_place, purgatory_add,
	};
	size_t initrd_size = 0;
	int error = image_check(plan, &pieces->firmware);

	if (error)
		return error;
	pieces->efi = efi_wanted(plan, &pieces->firmware);
	pieces->max = plan->image->x86.xloadflags & SETUP_XLF_ABOVE_4G ? 0 : FOUR_GIB;
	/* Without entropy yet the next kernel does without. */
	pieces->seeded = getrandom(pieces->seed, sizeof(pieces->seed), GRND_NONBLOCK) ==
			 (ssize_t)sizeof(pieces->seed);
	error = low_memory_plan(plan, pieces->efi);
	if (!error)
		error = initrd_find(plan, &pieces->initrd_bytes, &initrd_size);
	if (!error && pieces->initrd_bytes)
		pieces->layout.initrd_size = initrd_size;
	if (!error)
		error = placement_start(plan, &pieces->placement);
	if (!error)
		error = kho_own_scratch_take(&pieces->placement, pieces->layout.initrd_size);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && !error; i++)
		error = steps[i](plan, pieces);
	return error;
}

int x86_64_place(struct plan *plan)
{
	struct pieces pieces = {0};
	int error = firmware_read(plan->machine, &pieces.firmware);

	if (!error)
		error = pieces_place(plan, &pieces);
	placement_free(&pieces.placement);
	firmware_free(&pieces.firmware);
	explicit_bzero(pieces.seed, sizeof(pieces.seed));
	return error;
}
