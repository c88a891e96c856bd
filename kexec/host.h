/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine as it is acted upon: every system call that changes it goes through this table,
 * so that tests can answer for the kernel and see each failure.
 */
#ifndef KEXEC_HOST_H
#define KEXEC_HOST_H

#include <linux/kexec.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

/* The result of each is 0 or more, or a negative errno. */
struct kernel_calls {
	int (*load)(void *context, uint64_t entry, size_t count,
		    const struct kexec_segment *segments, uint64_t flags);
	/* initrd: -1 without one. command_line: NULL with KEXEC_FILE_UNLOAD. */
	int (*load_file)(void *context, int kernel, int initrd, const char *command_line,
			 uint64_t flags);
	void (*sync)(void *context);
	int (*start)(void *context);	/* reboot(LINUX_REBOOT_CMD_KEXEC) */
	int (*shutdown)(void *context); /* replaces this program by shutdown -r now */
	/* The names of all network interfaces, at most count; returns how many. */
	int (*interfaces)(void *context, char (*names)[IFNAMSIZ], size_t count);
	int (*interface_get)(void *context, const char *name, unsigned int *flags);
	int (*interface_set)(void *context, const char *name, unsigned int flags);
	int (*hard_offline)(void *context, uint64_t address); /* physical, bytes */
	void (*wait)(void *context, unsigned int milliseconds);
};

struct host {
	int root; /* the directory below which proc/ and sys/ are read */
	const struct kernel_calls *calls;
	void *context; /* of the calls */
};

/* This machine. 0, or an exit code after failure(). */
int host_open(struct host *host);
void host_close(struct host *host);

/* A small file below the root ("proc/meminfo"), cut to size, ended by a 0 byte, without its last
 * newline. Its length or a negative errno. */
int host_text(const struct host *host, const char *path, char *text, size_t size);

/* A file with one decimal number. 0 or a negative errno. */
int host_number(const struct host *host, const char *path, int64_t *number);

/* The file with either name: Linux 7.2 moved /sys/kernel/kexec_loaded to /sys/kernel/kexec/loaded
 * and keeps links that may go one day (kernel/kexec_core.c). 0 or a negative errno. */
int host_loaded(const struct host *host, int64_t *loaded);
int host_crash_loaded(const struct host *host, int64_t *loaded);
int host_crash_size(const struct host *host, int64_t *bytes);

/* A line of proc/meminfo ("MemTotal"), bytes. 0, -ENOENT or a negative errno. */
int host_meminfo(const struct host *host, const char *name, uint64_t *bytes);

#endif
