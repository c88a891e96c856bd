// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a KHO tree says to a reader that knows nothing of who wrote it (tests/kho_reader.h).
 *
 *   main FILE ADDRESS FDT FDT_SIZE SCRATCH SCRATCH_SIZE
 *
 * FILE lies at ADDRESS, its root tree at FDT, its array of scratch memory at SCRATCH. Prints the frames
 * that are kept as PFNs in hexadecimal, and "scratch START SIZE" for each area. 1 when it is not just
 * as it must be, with the reason on standard error.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/kho_reader.h"

#define PAGE 4096
#define LIMIT (64u << 20)

static uint8_t bytes[LIMIT];

int main(int argc, char **argv)
{
	struct kho_read read = {.bytes = bytes, .page_size = PAGE};
	uint64_t numbers[5];
	FILE *file = argc == 7 ? fopen(argv[1], "rb") : NULL;

	if (!file) {
		fprintf(stderr, "main: see the head of main.c\n");
		return 2;
	}
	for (int i = 0; i < 5; i++)
		numbers[i] = strtoull(argv[i + 2], NULL, 0);
	read.address = numbers[0];
	read.size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	if (!kho_read(&read, numbers[1], numbers[2], numbers[3], numbers[4])) {
		fprintf(stderr, "%s\n", read.error);
		kho_read_free(&read);
		return 1;
	}
	for (size_t i = 0; i < read.kept_count; i++)
		printf("%" PRIx64 "\n", read.kept[i] / PAGE);
	for (size_t i = 0; i < read.scratch_count; i++)
		printf("scratch 0x%" PRIx64 " 0x%" PRIx64 "\n", read.scratch[i].address,
		       read.scratch[i].size);
	kho_read_free(&read);
	return 0;
}
