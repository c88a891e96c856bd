/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --snapshot=DIR: the machine as --machine=DIR reads it. */
#ifndef KEXEC_SNAPSHOT_H
#define KEXEC_SNAPSHOT_H

struct machine;

/* Makes the directory, which must not exist, whole or not at all.
 * 0, or an exit code after failure(). */
int snapshot_write(const struct machine *machine, const char *directory);

#endif
