/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -s: loading by kexec_file_load(2), where the kernel itself makes all that the next one is told. */
#ifndef KEXEC_LOAD_FILE_H
#define KEXEC_LOAD_FILE_H

struct host;
struct options;

/* Flags of kexec_file_load(2) that installed headers may lack. */
#define LOAD_FILE_DEBUG 0x08	 /* KEXEC_FILE_DEBUG, Linux 6.8 */
#define LOAD_FILE_NO_CMA 0x10	 /* KEXEC_FILE_NO_CMA */
#define LOAD_FILE_FORCE_DTB 0x20 /* KEXEC_FILE_FORCE_DTB */

/* Leaves the record, unless it is of a crash kernel. 0, or an exit code after failure();
 * EXIT_FALLBACK where the kernel has no such call. */
int load_kernel_file(const struct host *host, const struct options *options);

#endif
