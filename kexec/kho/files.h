/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel shows of Kexec HandOver in debugfs, also where nobody has mounted that. */
#ifndef KEXEC_KHO_FILES_H
#define KEXEC_KHO_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct machine;

/* A root tree is a page; so is a blob, but for lists of bad frames: 24 bytes for each range of 2.8 million. */
#define KHO_FILE_LIMIT (64u << 20)
/* So many ranges fit into it, with what is around them: no more are handed over. */
#define KHO_LIST_MAX ((KHO_FILE_LIMIT - 4096) / 24)

/* The directory "kho" of debugfs: below the machine's root or, on the running machine without
 * debugfs there, in a mount of its own that nobody else sees. A descriptor, or a negative errno:
 * -ENOENT when the kernel shows none, others when it cannot be looked at. */
int kho_files_open(const struct machine *machine);

/* Opens it once for all calls to come: each would make a mount of its own. What it comes to, a failure
 * too, holds until it is released. */
void kho_files_keep(struct machine *machine);
void kho_files_release(struct machine *machine);

/* Whether it cannot be looked at, for another reason than that there is none. */
bool kho_files_hidden(const struct machine *machine);

/* A whole file of it ("out/fdt"), as machine_file(); KHO_FILE_LIMIT. */
int kho_file(const struct machine *machine, const char *path, void **bytes, size_t *size);

bool kho_file_is_there(const struct machine *machine, const char *path);

/* Calls for each name in a directory of it ("out/sub_fdts"), until one returns non-zero. That, 0 or a
 * negative errno. */
int kho_names(const struct machine *machine, const char *path,
	      int (*call)(void *context, const char *name), void *context);

/* Puts all of it below a directory (of a snapshot), where it is not yet. 0 or a negative errno. */
int kho_files_copy(const struct machine *machine, int directory);

#endif
