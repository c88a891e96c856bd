/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast purgatory's own object code hashes: the blob's two compression functions, run here over
 * 256 MiB, the best of three runs. And how much it has to hash: for each kernel given (or of the
 * usual places), its file bytes against the init_size bytes that kexec-tools hashes. Fails when a
 * path gives a wrong digest or more is hashed than there.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "purgatory/purgatory.h"
#include "purgatory/sha256.h"

#define SIZE ((size_t)256 << 20)
#define RUNS 3

typedef void blocks_function(uint32_t state[8], const uint8_t *blocks, size_t count);

/* Of the processor: others may be using the machine. */
static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double rate_of(blocks_function *blocks, const uint8_t *memory, uint32_t state[8])
{
	double best = 0;

	for (unsigned int run = 0; run < RUNS; run++) {
		double start = seconds(), rate;

		memset(state, 0, 8 * sizeof(*state));
		blocks(state, memory, SIZE / SHA256_BLOCK_SIZE);
		rate = (double)SIZE / (seconds() - start);
		best = rate > best ? rate : best;
	}
	return best;
}

/* The blob's function at an offset, in memory where it may be run; on another architecture, the
 * same source as it was compiled into this program. */
static blocks_function *function_of(uint64_t offset, blocks_function *own)
{
	blocks_function *function = own;
#if defined(__x86_64__)
	const struct purgatory_blob *blob = &purgatory_x86_64;
	uint8_t *image = mmap(NULL, blob->memory_size, PROT_READ | PROT_WRITE | PROT_EXEC,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (image == MAP_FAILED) {
		perror("bench_sha256: mmap");
		exit(1);
	}
	memcpy(image, blob->bytes, blob->bytes_size);
	image += offset;
	memcpy(&function, &image, sizeof(function));
#else
	(void)offset;
#endif
	return function;
}

static int rates(void)
{
	uint8_t *memory = malloc(SIZE);
	uint32_t portable[8], hardware[8], wanted[8] = {0};
	double slow, fast;
	int status = 0;

	if (!memory)
		return 1;
	for (size_t i = 0; i < SIZE; i++)
		memory[i] = (uint8_t)(i * 2654435761 >> 13);
	sha256_blocks_portable(wanted, memory, SIZE / SHA256_BLOCK_SIZE);
	slow = rate_of(function_of(purgatory_x86_64.sha256_portable_offset, sha256_blocks_portable),
		       memory, portable);
	printf("portable: %.0f bytes/s\n", slow);
	if (memcmp(portable, wanted, sizeof(wanted)))
		status = 1;
	if (sha256_has_hardware()) {
		fast = rate_of(function_of(purgatory_x86_64.sha256_hardware_offset,
					   sha256_blocks_hardware),
			       memory, hardware);
		printf("hardware: %.0f bytes/s, %.2f times the portable path\n", fast, fast / slow);
		if (memcmp(hardware, wanted, sizeof(wanted)))
			status = 1;
	} else {
		printf("hardware: this processor has no SHA instructions that are used\n");
	}
	if (status)
		printf("the blob's code gives another digest than this program's\n");
	free(memory);
	return status;
}

/* -1: there is no such bzImage. */
static int kernel_ratio(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t head[0x264];
	uint32_t init_size;
	long size;
	int status = -1;

	if (!file)
		return -1;
	if (fread(head, sizeof(head), 1, file) == 1 && memcmp(head + 0x202, "HdrS", 4) == 0 &&
	    fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0) {
		/* Documentation/arch/x86/boot.rst: setup_sects at 0x1f1, init_size at 0x260. */
		size -= (head[0x1f1] ? head[0x1f1] + 1L : 5L) * 512;
		memcpy(&init_size, head + 0x260, sizeof(init_size));
		printf("%s: %ld bytes hashed, kexec-tools hashes %u: %.2f\n", path, size, init_size,
		       (double)size / init_size);
		status = size > (long)init_size;
	}
	fclose(file);
	return status;
}

int main(int argc, char **argv)
{
	static const char *const usual[] = {"../shared/kernels/x86_64/bzImage", "/vmlinuz",
					    "/boot/vmlinuz"};
	int status = rates(), seen = 0;

	for (int i = 1; i < argc; i++) {
		int ratio = kernel_ratio(argv[i]);

		seen += ratio >= 0;
		status |= ratio != 0;
	}
	for (size_t i = 0; argc < 2 && i < sizeof(usual) / sizeof(*usual); i++) {
		int ratio = kernel_ratio(usual[i]);

		seen += ratio >= 0;
		status |= ratio > 0;
	}
	if (!seen)
		printf("no kernel to compare the bytes hashed: give one as an argument\n");
	return status;
}
