/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arm64, as the table of what an architecture is. */
#include <linux/kexec.h>

#include "kexec/arch/arm64/arm64.h"

const struct arch arch_arm64 = {
	.name = "arm64",
	.utsname = "aarch64",
	.kexec_arch = KEXEC_ARCH_AARCH64,
	.page_size = 4096,
	.auto_mode = MODE_DTB,
	.modes = MODE_DTB | MODE_KHO,
	/* DEFAULT_CRASH_KERNEL_LOW_SIZE in include/linux/crash_reserve.h. */
	.crash_low = UINT64_C(128) << 20,
	/* Debian's, and others'. */
	.cma_mib = 64,
	.config_option = "CONFIG_ARM64",
	.firmware_file = "sys/firmware/fdt",
	.image_types = arm64_image_types,
	.map = arm64_map,
	.limits = arm64_limits,
	.tree = arm64_tree,
	.place = arm64_place,
	.checks = arm64_checks,
};
