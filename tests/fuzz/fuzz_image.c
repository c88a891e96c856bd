/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel files for both architectures: refused with a line, or understood with headers that hold
 * what the rest of the program relies on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/image.h"

#define LIMIT ((size_t)4 << 20)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The refusals are many and of no interest; libFuzzer has kept the stream it prints to. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stderr = fopen("/dev/null", "w");
	return stderr ? 0 : -1;
}

static void demand(bool condition)
{
	if (!condition)
		abort();
}

static void image_look(const struct image *image)
{
	demand(image->type && image->kernel && image->kernel_size <= LIMIT);
	demand(memchr(image->release, 0, sizeof(image->release)) != NULL);
	demand(memchr(image->layers, 0, sizeof(image->layers)) != NULL);
	demand(!image->command_line || strlen(image->command_line) < LIMIT);
	if (image->arch == &arch_x86_64) {
		demand(image->x86.setup_size + 0x200 < image->kernel_size);
		demand(image->memory_size >= image->kernel_size - image->x86.setup_size);
		demand(image->x86.kernel_alignment >= 4096);
	} else {
		demand(image->memory_size >= image->kernel_size);
		demand(image->arm64.text_offset < (2u << 20));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; arches[i]; i++) {
		struct image image;

		if (image_parse(arches[i], "fuzzed", bytes, size, NULL, LIMIT, &image))
			continue;
		image_look(&image);
		image_free(&image);
	}
	return 0;
}
