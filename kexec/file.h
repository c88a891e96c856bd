/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files: read with a bound, written all or not at all. */
#ifndef KEXEC_FILE_H
#define KEXEC_FILE_H

#include <stddef.h>

/* Below an open directory, or AT_FDCWD. Any file that can be read to its end: of /proc, a pipe.
 * *bytes is malloc()ed and has a 0 byte after its end that size does not count.
 * 0 or a negative errno; -EFBIG past limit bytes; -EISDIR. */
int file_read_at(int directory, const char *path, size_t limit, void **bytes, size_t *size);

/* Writes a file beside its name, synced, then renames it in place. 0 or a negative errno. */
int file_write_at(int directory, const char *name, const void *bytes, size_t size);

/* The same, where the file must not exist and nothing else looks on yet (no sync, no rename); its
 * owner alone can read it. */
int file_create_at(int directory, const char *path, const void *bytes, size_t size);

/* For the cleanup attribute. */
void file_close(int *fd);
void file_free(void *pointer);
#define AUTO_CLOSE __attribute__((cleanup(file_close)))
#define AUTO_FREE __attribute__((cleanup(file_free)))

#endif
