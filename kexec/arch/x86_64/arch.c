/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86_64, as the table of what an architecture is. */
#include <linux/kexec.h>

#include "kexec/arch/x86_64/x86_64.h"
#include "kexec/options_table.h"

const struct arch arch_x86_64 = {
	.name = "x86_64",
	.utsname = "x86_64",
	.kexec_arch = KEXEC_ARCH_X86_64,
	.page_size = 4096,
	.auto_mode = MODE_E820,
	.modes = MODE_E820 | MODE_KHO,
	/* Below it lie the legacy BIOS areas, and what the next kernel needs to start other
	 * processors (arch/x86/realmode/init.c); early page tables and memblock's arrays want the
	 * rest (e820__memblock_setup() in arch/x86/kernel/e820.c marks it as KHO's scratch). */
	.low_memory = UINT64_C(1) << 20,
	/* choose_random_location() in arch/x86/boot/compressed/kaslr.c. */
	.moves = true,
	/* crash_low_size_default() in arch/x86/kernel/setup.c. */
	.crash_low = UINT64_C(256) << 20,
	.config_option = "CONFIG_X86_64",
	.firmware_file = "sys/firmware/memmap",
	/* Whether the processor is in five-level paging. On other architectures the file may hold the
	 * machine's serial number. */
	.snapshot_file = "proc/cpuinfo",
	.own_options = OPTION_X86_64,
	.loaders_own_options = true,
	.image_types = x86_64_image_types,
	.options_check = x86_64_options_check,
	.map = x86_64_map,
	.limits = x86_64_limits,
	.place = x86_64_place,
	.checks = x86_64_checks,
};
