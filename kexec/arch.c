/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The architectures, all of them in every binary. */
#include "kexec/arch.h"

#include <stddef.h>
#include <string.h>

const struct arch *const arches[] = {&arch_x86_64, &arch_arm64, NULL};

const struct arch *arch_find(const char *name)
{
	for (size_t i = 0; arches[i]; i++) {
		if (strcmp(arches[i]->name, name) == 0 || strcmp(arches[i]->utsname, name) == 0)
			return arches[i];
	}
	return NULL;
}

const struct arch *arch_native(void)
{
#if defined(__x86_64__)
	return &arch_x86_64;
#elif defined(__aarch64__)
	return &arch_arm64;
#else
#error "an architecture without its folder under kexec/arch"
#endif
}
