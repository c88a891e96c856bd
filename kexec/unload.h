/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -u: takes a loaded image away. */
#ifndef KEXEC_UNLOAD_H
#define KEXEC_UNLOAD_H

struct host;
struct options;

/* By kexec_load(2), or where that is not there or forbidden by kexec_file_load(2), which can unload
 * what either has loaded. Forgets the record. 0, or an exit code after failure(). */
int unload_kernel(const struct host *host, const struct options *options);

#endif
