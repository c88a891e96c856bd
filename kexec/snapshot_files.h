/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a snapshot that are not plain copies. */
#ifndef KEXEC_SNAPSHOT_FILES_H
#define KEXEC_SNAPSHOT_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct machine;

#define SNAPSHOT_PATH 512
#define SNAPSHOT_FILE_LIMIT (64u << 20)

/* The directories above a path. 0 or a negative errno. */
int snapshot_parents_make(int directory, const char *path);

/* The device tree without seeds and serial numbers. 0, or an exit code after failure(). */
int snapshot_fdt_write(const struct machine *machine, int directory);

/* A sparse copy of kpageflags over System RAM, with the bits alone that learning looks at.
 * 0, or an exit code after failure(). */
int snapshot_kpageflags_write(const struct machine *machine, int directory,
			      bool (*interrupted)(void));

/* The EFI memory map of the firmware, where it is known. 0, or an exit code after failure(). */
int snapshot_efi_map_write(const struct machine *machine, int directory);

#endif
