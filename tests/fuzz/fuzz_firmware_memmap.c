/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /sys/firmware/memmap: the input is cut at 0xff bytes into the contents of start, end and type of
 * one entry after another; they lie in a directory that is made once for each process and cleared
 * at its end. A piece that begins with 0xfe stands for a file that is not there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hwpoison/hwpoison.h"

#define ENTRIES 4

static const char *const names[] = {"start", "end", "type"};
static char directory[] = "/tmp/fuzz-memmap.XXXXXX";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *path_of(unsigned int entry, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%u/%s", directory, entry, name);
	return path;
}

static void directory_remove(void)
{
	for (unsigned int entry = 0; entry < ENTRIES; entry++) {
		for (int i = 0; i < 3; i++)
			unlink(path_of(entry, names[i]));
		rmdir(path_of(entry, ""));
	}
	rmdir(directory);
}

static void directory_make(void)
{
	static int made;

	if (made++)
		return;
	if (!mkdtemp(directory))
		abort();
	for (unsigned int entry = 0; entry < ENTRIES; entry++) {
		if (mkdir(path_of(entry, ""), 0700))
			abort();
	}
	atexit(directory_remove);
}

static void file_put(const char *path, const uint8_t *bytes, size_t size)
{
	int file;

	unlink(path);
	if (size && bytes[0] == 0xfe)
		return;
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (file < 0 || write(file, bytes, size) != (ssize_t)size || close(file))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hwpoison_map map = {0};
	struct hwpoison_problem problem = {0};
	int file, error;

	directory_make();
	for (unsigned int i = 0; i < 3 * ENTRIES; i++) {
		const uint8_t *end = size ? memchr(data, 0xff, size) : NULL;
		size_t length = end ? (size_t)(end - data) : size;

		file_put(path_of(i / 3, names[i % 3]), data, length);
		length += end != NULL;
		data += length;
		size -= length;
	}
	file = open(directory, O_RDONLY | O_DIRECTORY);
	error = hwpoison_firmware_map_read(file, &map, &problem);
	if (close(file) || (error && (!problem.what[0] || map.count)))
		abort();
	for (size_t i = 0; i < map.count; i++) {
		if (map.entries[i].start >= map.entries[i].end)
			abort();
	}
	hwpoison_map_free(&map);
	return 0;
}
