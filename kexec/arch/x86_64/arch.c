/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86_64, as the table of what an architecture is. */
#include <linux/kexec.h>

#include "kexec/arch/x86_64/x86_64.h"

const struct arch arch_x86_64 = {
	.name = "x86_64",
	.utsname = "x86_64",
	.kexec_arch = KEXEC_ARCH_X86_64,
	.page_size = 4096,
	.auto_mode = MODE_E820,
	.modes = MODE_E820 | MODE_KHO,
	/* Below it lie the legacy BIOS areas, and what the next kernel needs to start other
	 * processors (arch/x86/realmode/init.c); early page tables and memblock's arrays want the
	 * rest. */
	.low_memory = UINT64_C(1) << 20,
	.image_types = x86_64_image_types,
	.map = x86_64_map,
	.limits = x86_64_limits,
	.place = x86_64_place,
	.checks = x86_64_checks,
};
