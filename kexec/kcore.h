/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical memory of the running kernel, by way of /proc/kcore. */
#ifndef KEXEC_KCORE_H
#define KEXEC_KCORE_H

#include <stddef.h>
#include <stdint.h>

struct machine;

/* Reads size bytes of RAM at a physical address; a frame that is poisoned reads as zeros, without
 * being touched. 0 or a negative errno: -ENOENT (there is no such file), -EPERM, -EACCES (lockdown,
 * or no CAP_SYS_RAWIO), -ENXIO (it does not have that memory), -EINVAL (it is no core file). */
int kcore_read(const struct machine *machine, uint64_t address, void *bytes, size_t size);

#endif
