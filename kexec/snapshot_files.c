/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a snapshot's device tree and its kpageflags. */
#include "kexec/snapshot_files.h"

#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <linux/kernel-page-flags.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kexec/failure.h"
#include "kexec/file.h"
#include "kexec/machine.h"
#include "kexec/progress.h"

#define BUFFER_SIZE (256u << 10)
/* A block of most file systems. */
#define PIECE_SIZE 4096u
/* What the scan looks at (hwpoison/source/): the flag, and which frames are one huge page. */
#define FLAGS_KEPT                                                                                 \
	(UINT64_C(1) << KPF_HWPOISON | UINT64_C(1) << KPF_HUGE |                                   \
	 UINT64_C(1) << KPF_COMPOUND_HEAD | UINT64_C(1) << KPF_COMPOUND_TAIL)
#define FLAGS_OF_PAGE (UINT64_C(1) << KPF_HWPOISON | UINT64_C(1) << KPF_HUGE)

/* Makes a property all zeros; the length, and so the tree's shape, stays. */
static void property_blank(void *fdt, int node, const char *name)
{
	int length;
	const void *value = fdt_getprop(fdt, node, name, &length);

	if (value && length > 0)
		memset((char *)fdt + ((const char *)value - (const char *)fdt), 0, (size_t)length);
}

int snapshot_fdt_write(const struct machine *machine, int directory)
{
	static const char *const serials[] = {"serial-number", "mac-address", "local-mac-address"};
	AUTO_FREE void *copy = NULL;
	int error, node;

	if (!machine->fdt)
		return 0;
	if (fdt_check_full(machine->fdt, machine->fdt_size))
		return failure(EXIT_USAGE, "--snapshot: %s/sys/firmware/fdt is no good device tree",
			       machine->prefix);
	copy = malloc(machine->fdt_size);
	if (!copy)
		return out_of_memory();
	memcpy(copy, machine->fdt, machine->fdt_size);
	for (node = 0; node >= 0; node = fdt_next_node(copy, node, NULL)) {
		for (size_t i = 0; i < sizeof(serials) / sizeof(*serials); i++)
			property_blank(copy, node, serials[i]);
		property_blank(copy, node, "kaslr-seed");
		property_blank(copy, node, "rng-seed");
	}
	error = snapshot_parents_make(directory, "sys/firmware/fdt");
	if (!error)
		error = file_create_at(directory, "sys/firmware/fdt", copy, machine->fdt_size);
	return error ? failure(file_code(error), "--snapshot: cannot write sys/firmware/fdt: %s",
			       strerror(-error)) :
		       0;
}

int snapshot_efi_map_write(const struct machine *machine, int directory)
{
	int error = 0;

	if (machine->efi_map.bytes)
		error = file_create_at(directory, EFI_MAP_FILE, machine->efi_map.bytes,
				       machine->efi_map.size);
	return error ? failure(file_code(error), "--snapshot: cannot write " EFI_MAP_FILE ": %s",
			       strerror(-error)) :
		       0;
}

/* Leaves of each word what matters; whether anything of it does. */
static bool words_filter(uint64_t *words, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		words[i] = words[i] & FLAGS_OF_PAGE ? words[i] & FLAGS_KEPT : 0;
		any |= words[i] != 0;
	}
	return any;
}

/* 0 or a negative errno; *got is short only at the end of the file. */
static int words_read(int fd, void *words, size_t size, uint64_t offset, size_t *got)
{
	*got = 0;
	while (*got < size) {
		ssize_t count = pread(fd, (char *)words + *got, size - *got,
				      (off_t)(offset + *got));

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		*got += (size_t)count;
	}
	return 0;
}

static int words_write(int fd, const void *words, size_t size, uint64_t offset)
{
	while (size) {
		ssize_t count = pwrite(fd, words, size, (off_t)offset);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		words = (const char *)words + count;
		offset += (uint64_t)count;
		size -= (size_t)count;
	}
	return 0;
}

/* Writes the pieces of a buffer that have anything in them, and leaves the others holes. */
static int pieces_write(int fd, uint64_t *words, size_t size, uint64_t offset)
{
	int error = 0;

	for (size_t done = 0; done < size && !error; done += PIECE_SIZE) {
		size_t piece = size - done < PIECE_SIZE ? size - done : PIECE_SIZE;

		if (words_filter(words + done / sizeof(*words), piece / sizeof(*words)))
			error = words_write(fd, (char *)words + done, piece, offset + done);
	}
	return error;
}

/* The words of one range of RAM, offsets in the file. */
static int range_copy(int from, int to, uint64_t start, uint64_t end, uint64_t *words,
		      bool (*interrupted)(void), struct progress *progress, uint64_t total)
{
	while (start < end) {
		size_t want = end - start < BUFFER_SIZE ? (size_t)(end - start) : BUFFER_SIZE, got;
		int error = words_read(from, words, want, start, &got);

		if (!error && got < want)
			error = -ENODATA;
		if (!error)
			error = pieces_write(to, words, got, start);
		if (!error && interrupted())
			error = -EINTR;
		if (error)
			return error;
		start += got;
		progress_show(progress, start, total);
	}
	return 0;
}

static int kpageflags_copy(const struct machine *machine, int from, int to,
			   bool (*interrupted)(void))
{
	struct progress progress = progress_start("copying /proc/kpageflags");
	AUTO_FREE uint64_t *words = malloc(BUFFER_SIZE);
	uint64_t total = 0;
	int error = words ? 0 : -ENOMEM;

	for (size_t i = 0; i < machine->ram.count && !error; i++) {
		uint64_t start = machine->ram.entries[i].start / machine->page_size * 8;
		uint64_t end = (machine->ram.entries[i].end + machine->page_size - 1) /
			       machine->page_size * 8;

		total = machine->ram.entries[machine->ram.count - 1].end / machine->page_size * 8;
		error = range_copy(from, to, start, end, words, interrupted, &progress, total);
		/* The file is as long as the RAM that it tells of. */
		if (!error && ftruncate(to, (off_t)end) < 0)
			error = -errno;
	}
	progress_end(&progress);
	return error;
}

int snapshot_kpageflags_write(const struct machine *machine, int directory,
			      bool (*interrupted)(void))
{
	AUTO_CLOSE int from = openat(machine->root_fd, "proc/kpageflags", O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int to = -1;
	int error;

	if (from < 0 && errno == ENOENT && !machine->running)
		return 0;
	if (from < 0)
		return failure(EXIT_USAGE,
			       "--snapshot: cannot read %s/proc/kpageflags: %s; it takes "
			       "root with CAP_SYS_ADMIN",
			       machine->prefix, strerror(errno));
	to = openat(directory, "proc/kpageflags", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	error = to < 0 ? -errno : kpageflags_copy(machine, from, to, interrupted);
	return error ? failure(file_code(error), "--snapshot: cannot copy %s/proc/kpageflags: %s",
			       machine->prefix, strerror(-error)) :
		       0;
}
