/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares what was learnt with what the kernel counts. The counters differ from the frames that
 * can be seen for many good reasons (device memory, frames that were hit twice on 6.1, huge pages),
 * so they only ever warn.
 */
#include "kexec/crosscheck.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/file.h"
#include "kexec/learn.h"
#include "kexec/machine.h"
#include "kexec/report.h"

#define TEXT_LIMIT (64u << 10)

/* A number at the start of a small file; false when there is none. */
static bool number_read(const struct machine *machine, const char *path, int base, uint64_t *number)
{
	AUTO_FREE void *text = NULL;
	size_t size;
	char *end;

	if (machine_file(machine, path, TEXT_LIMIT, &text, &size))
		return false;
	errno = 0;
	*number = strtoull(text, &end, base);
	return !errno && end != (char *)text;
}

/* The number in a directory entry's name ("memory12"), for which the prefix is followed by digits
 * to the end. */
static bool name_number(const char *name, const char *prefix, uint64_t *number)
{
	size_t length = strlen(prefix);
	char *end;

	if (strncmp(name, prefix, length) != 0 || name[length] < '0' || name[length] > '9')
		return false;
	errno = 0;
	*number = strtoull(name + length, &end, 10);
	return !errno && !*end;
}

static DIR *directory_open(const struct machine *machine, const char *path)
{
	int fd = openat(machine->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory)
		file_close(&fd);
	return directory;
}

static bool block_is_offline(const struct machine *machine, uint64_t number)
{
	AUTO_FREE void *state = NULL;
	char path[80];
	size_t size;

	snprintf(path, sizeof(path), "sys/devices/system/memory/memory%" PRIu64 "/state", number);
	if (machine_file(machine, path, TEXT_LIMIT, &state, &size))
		return false;
	return strncmp(state, "offline", 7) == 0;
}

/* The part of a block that the next kernel would get as RAM. */
static int block_add(const struct machine *machine, uint64_t start, uint64_t size,
		     struct hwpoison_map *blocks)
{
	int error = 0;

	for (size_t i = 0; i < machine->memory.count && !error; i++) {
		const struct hwpoison_map_entry *entry = &machine->memory.entries[i];
		uint64_t from = entry->start > start ? entry->start : start;
		uint64_t to = entry->end < start + size ? entry->end : start + size;

		if (entry->type == HWPOISON_RAM && from < to)
			error = hwpoison_map_add(blocks, from, to, HWPOISON_RAM);
	}
	return error ? -ENOMEM : 0;
}

int offline_blocks_find(const struct machine *machine, struct hwpoison_map *blocks)
{
	struct dirent *entry;
	uint64_t block_size, number;
	DIR *directory;
	int error = 0;

	/* The kernel prints it in hex, without 0x (block_size_bytes_show() in
	 * drivers/base/memory.c). */
	if (!number_read(machine, "sys/devices/system/memory/block_size_bytes", 16, &block_size) ||
	    block_size == 0 || block_size > HWPOISON_ADDRESS_LIMIT)
		return 0;
	directory = directory_open(machine, "sys/devices/system/memory");
	if (!directory)
		return 0;
	while (!error && (entry = readdir(directory))) {
		if (name_number(entry->d_name, "memory", &number) &&
		    number < HWPOISON_ADDRESS_LIMIT / block_size &&
		    block_is_offline(machine, number))
			error = block_add(machine, number * block_size, block_size, blocks);
	}
	closedir(directory);
	if (!error && hwpoison_map_normalise(blocks))
		error = -ENOMEM;
	return error;
}

static bool corrupted_read(const struct machine *machine, uint64_t *bytes)
{
	AUTO_FREE void *text = NULL;
	const char *line;
	size_t size;

	if (machine_file(machine, "proc/meminfo", TEXT_LIMIT, &text, &size))
		return false;
	line = strstr(text, "HardwareCorrupted:");
	if (!line || sscanf(line, "HardwareCorrupted: %" SCNu64 " kB", bytes) != 1)
		return false;
	*bytes *= 1024;
	return true;
}

/* The sum over all nodes; false when this kernel does not count (before 6.3). */
static bool failures_read(const struct machine *machine, uint64_t *failures)
{
	DIR *directory = directory_open(machine, "sys/devices/system/node");
	struct dirent *entry;
	bool found = false;

	*failures = 0;
	while (directory && (entry = readdir(directory))) {
		uint64_t node, count;
		char path[96];

		if (!name_number(entry->d_name, "node", &node))
			continue;
		snprintf(path, sizeof(path),
			 "sys/devices/system/node/node%" PRIu64 "/memory_failure/total", node);
		if (number_read(machine, path, 10, &count)) {
			*failures += count;
			found = true;
		}
	}
	if (directory)
		closedir(directory);
	return found;
}

static void counters_warn(const struct machine *machine, const struct learnt *learnt,
			  struct warnings *warnings)
{
	uint64_t corrupted, failures, found = learnt->flagged_bytes + learnt->announced_bytes;
	char counted_text[SIZE_TEXT], found_text[SIZE_TEXT];

	if (!learnt->scanned)
		found = 0;
	if (corrupted_read(machine, &corrupted) && corrupted > found)
		warn(warnings,
		     "the kernel counts %s as HardwareCorrupted, and /proc/kpageflags shows %s: the "
		     "rest may lie in memory that is offline or belongs to devices, or be counted "
		     "twice; what you know of it can be given with --hwpoison-file",
		     size_text(corrupted, counted_text), size_text(found, found_text));
	if (failures_read(machine, &failures) && failures > found / machine->page_size)
		warn(warnings,
		     "the kernel counts %" PRIu64 " memory failures (memory_failure/total of all "
		     "nodes), and /proc/kpageflags shows %" PRIu64
		     " bad frames: see the kernel's log "
		     "(\"Memory failure: 0x…\") and give what is missing with --hwpoison-file",
		     failures, found / machine->page_size);
}

void crosscheck_warn(const struct machine *machine, const struct learnt *learnt,
		     const struct hwpoison_map *offline_blocks, bool offline_taken,
		     struct warnings *warnings)
{
	char text[SIZE_TEXT];

	counters_warn(machine, learnt, warnings);
	for (size_t i = 0; i < offline_blocks->count && !offline_taken; i++) {
		const struct hwpoison_map_entry *block = &offline_blocks->entries[i];

		warn(warnings,
		     "memory at 0x%" PRIx64 "-0x%" PRIx64 " (%s) is offline, which hides its bad "
		     "frames, and the next kernel gets it as RAM: bring it online to see them, or "
		     "take all of it as bad with --hwpoison-offline-blocks",
		     block->start, block->end - 1, size_text(block->end - block->start, text));
	}
}
