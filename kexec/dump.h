/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --dump=DIR: what the next kernel would be handed, as it would lie in memory. */
#ifndef KEXEC_DUMP_H
#define KEXEC_DUMP_H

struct plan;

/* Each file whole or not at all; the directory is made when it is absent.
 * 0, or an exit code after failure(). */
int dump_write(const struct plan *plan, const char *directory);

#endif
