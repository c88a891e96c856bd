/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PE files: sections that are found lie within the file. */
#include <stdlib.h>

#include "kexec/pe.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const names[] = {".linux", ".initrd", ".cmdline", ".dtb"};
	bool pe = pe_probe(bytes, size);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct pe_section section;
		int error = pe_section_find(bytes, size, names[i], &section);

		if (!error && !pe)
			abort();
		if (error || !section.bytes)
			continue;
		if (section.bytes < bytes || section.size > size ||
		    (size_t)(section.bytes - bytes) > size - section.size)
			abort();
	}
	return 0;
}
