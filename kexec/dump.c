/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes what the next kernel would be handed, as it would lie in memory. */
#include "kexec/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kexec/arch.h"
#include "kexec/file.h"
#include "kexec/machine.h"
#include "kexec/plan.h"

static int dump_file(int directory, const char *path, const char *name, const void *bytes,
		     size_t size)
{
	int error = file_write_at(directory, name, bytes, size);

	return error ? failure(file_code(error), "--dump=%s: cannot write %s: %s", path, name,
			       strerror(-error)) :
		       0;
}

static int dump_e820(const struct plan *plan, int directory, const char *path)
{
	const struct hwpoison_map *map = &plan->outcome.map;
	size_t size = map->count * HWPOISON_E820_ENTRY_SIZE;
	AUTO_FREE void *bytes = malloc(size ? size : 1);

	if (!bytes)
		return out_of_memory();
	hwpoison_e820_write(map, bytes);
	return dump_file(directory, path, "e820.bin", bytes, size);
}

/* What lies in the segment "kho", all of it and the root tree alone. */
static int dump_kho(const struct plan *plan, const struct segment *segment, int directory,
		    const char *path)
{
	const struct hwpoison_kho_layout *layout = &plan->kho.layout;
	int error = dump_file(directory, path, "kho.bin", segment->bytes, segment->bytes_size);

	if (error)
		return error;
	return dump_file(directory, path, "kho.dtb",
			 (const uint8_t *)segment->bytes + (layout->fdt - segment->start),
			 layout->fdt_size);
}

int dump_write(const struct plan *plan, const char *path)
{
	AUTO_CLOSE int directory = -1;
	int error = 0;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return failure(EXIT_USAGE, "--dump=%s: %s", path, strerror(errno));
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return failure(EXIT_USAGE, "--dump=%s: %s", path, strerror(errno));
	if (plan->machine->arch->modes & MODE_E820)
		error = dump_e820(plan, directory, path);
	if (!error && plan->next_dtb)
		error = dump_file(directory, path, "next.dtb", plan->next_dtb, plan->next_dtb_size);
	for (size_t i = 0; i < plan->segment_count && !error; i++) {
		const struct segment *segment = &plan->segments[i];

		if (strcmp(segment->name, "boot_params") == 0)
			error = dump_file(directory, path, "boot_params.bin", segment->bytes,
					  segment->bytes_size);
		else if (strcmp(segment->name, "efi-map") == 0)
			error = dump_file(directory, path, "efi-memory-map.bin", segment->bytes,
					  segment->bytes_size);
		else if (strcmp(segment->name, "kho") == 0)
			error = dump_kho(plan, segment, directory, path);
	}
	return error;
}
