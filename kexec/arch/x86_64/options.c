/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What options say that means nothing on x86_64, or not so. */
#include "kexec/options.h"

#include <stdlib.h>
#include <string.h>

#include "kexec/arch/x86_64/x86_64.h"

int x86_64_options_check(const struct options *options)
{
	const char *serial = options->serial;

	if (options->fdt_way != FDT_WAY_AUTO)
		return failure(EXIT_USAGE, "--hwpoison-fdt-way means nothing on x86_64");
	if (options->max_ranges)
		return failure(EXIT_USAGE, "--hwpoison-max-ranges means nothing on x86_64: say "
					   "--hwpoison-max-entries or --hwpoison-max-regions");
	if (serial && strcmp(serial, "ttyS0") != 0 && strcmp(serial, "ttyS1") != 0) {
		char *end;
		unsigned long port = strtoul(serial, &end, 16);

		if (strncmp(serial, "0x", 2) != 0 || *end || port == 0 || port > 0xfff8)
			return failure(EXIT_USAGE,
				       "--serial=%s: ttyS0, ttyS1 or an I/O port (0x3f8) is wanted",
				       serial);
	}
	return 0;
}
