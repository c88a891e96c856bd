/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scan against a plain reading of the same bytes in the same pieces, in one run: a ratio above
 * 1 is what looking at the flags costs. Rounds of both alternate and the least of each counts, so
 * that whatever else the machine does weighs on both alike. /proc/kpageflags when it can be read,
 * and a large sparse file, where reading is cheapest and the scan looks worst.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "hwpoison/hwpoison.h"

#define BUFFER (256 * 1024)
#define ROUNDS 7
#define SPARSE_PFNS (UINT64_C(64) << 20)

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Bytes read, 0 on failure. */
static uint64_t raw(int file, const struct hwpoison_map *ram, uint32_t page_size, void *buffer)
{
	uint64_t total = 0;

	for (size_t i = 0; i < ram->count; i++) {
		uint64_t at = ram->entries[i].start / page_size * 8;
		uint64_t end = ram->entries[i].end / page_size * 8;

		while (at < end) {
			size_t wanted = BUFFER - at % BUFFER;
			ssize_t got;

			if (wanted > end - at)
				wanted = (size_t)(end - at);
			got = pread(file, buffer, wanted, (off_t)at);
			if (got <= 0)
				return 0;
			at += (uint64_t)got;
			total += (uint64_t)got;
		}
	}
	return total;
}

static int scan(int file, const struct hwpoison_map *ram, uint32_t page_size, unsigned int threads)
{
	struct hwpoison_scan_options options = {.page_size = page_size,
						.threads = threads,
						.buffer = BUFFER};
	struct hwpoison_frames frames = {0};
	struct hwpoison_scan_result result;
	int error = hwpoison_scan(file, ram, &options, &frames, &result, NULL);

	hwpoison_frames_free(&frames);
	return error;
}

static void least(double *best, double time)
{
	if (!*best || time < *best)
		*best = time;
}

static int compare(const char *name, int file, const struct hwpoison_map *ram, uint32_t page_size)
{
	double reading = 0, one = 0, two = 0, start;
	void *buffer = NULL;
	uint64_t bytes = 0;

	if (posix_memalign(&buffer, 4096, BUFFER))
		return 1;
	for (int round = 0; round < ROUNDS; round++) {
		start = now();
		bytes = raw(file, ram, page_size, buffer);
		least(&reading, now() - start);
		start = now();
		if (!bytes || scan(file, ram, page_size, 1))
			goto fail;
		least(&one, now() - start);
		start = now();
		if (scan(file, ram, page_size, 2))
			goto fail;
		least(&two, now() - start);
	}
	free(buffer);
	printf("scan %s: %llu pages, %.1f ns each\n", name, (unsigned long long)bytes / 8,
	       one * 1e9 / ((double)bytes / 8));
	printf("scan %s, one thread against reading: %.3f\n", name, one / reading);
	printf("scan %s, two threads against one: %.2f times as fast\n", name, one / two);
	return 0;
fail:
	free(buffer);
	fprintf(stderr, "scan %s: cannot read\n", name);
	return 1;
}

static int compare_sparse(void)
{
	struct hwpoison_map ram = {0};
	int file = memfd_create("kpageflags", MFD_CLOEXEC), failed = 1;

	if (file >= 0 && !ftruncate(file, (off_t)(SPARSE_PFNS * 8)) &&
	    !hwpoison_map_add(&ram, 0, SPARSE_PFNS * 4096, HWPOISON_RAM))
		failed = compare("sparse file", file, &ram, 4096);
	hwpoison_map_free(&ram);
	if (file >= 0)
		close(file);
	return failed;
}

static int ram_read(struct hwpoison_map *ram)
{
	struct hwpoison_iomem iomem = {0};
	FILE *file = fopen("/proc/iomem", "r");
	char *text = calloc(1, 1 << 20);
	size_t size = file && text ? fread(text, 1, 1 << 20, file) : 0;
	int error = size ? hwpoison_iomem_parse(text, size, &iomem, NULL) : HWPOISON_EIO;

	if (!error)
		error = hwpoison_iomem_ram(&iomem, ram);
	hwpoison_iomem_free(&iomem);
	free(text);
	if (file)
		fclose(file);
	return error;
}

static int compare_real(void)
{
	struct hwpoison_map ram = {0};
	int file = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC), failed = 0;
	uint64_t flags;

	if (file < 0 || pread(file, &flags, sizeof(flags), 0) != sizeof(flags) || ram_read(&ram))
		printf("scan /proc/kpageflags: cannot be read here, left out\n");
	else
		failed = compare("/proc/kpageflags", file, &ram, (uint32_t)sysconf(_SC_PAGESIZE));
	hwpoison_map_free(&ram);
	if (file >= 0)
		close(file);
	return failed;
}

int main(void)
{
	return compare_real() | compare_sparse();
}
