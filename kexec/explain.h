/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a system call failed: the kernel answers with one number, and the reason is found by
 * looking at the rules that it goes by.
 */
#ifndef KEXEC_EXPLAIN_H
#define KEXEC_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

struct host;
struct plan;

#define EXPLANATION_SIZE 512

/* error is a positive errno. What is written is the end of a line: "Operation not permitted: the
 * kernel is locked down (integrity), …". */

/* Of kexec_load(2). */
void explain_load(const struct host *host, int error, const struct plan *plan, char *text,
		  size_t size);
/* Of kexec_file_load(2). */
void explain_load_file(const struct host *host, int error, char *text, size_t size);
/* Of either when it unloads. */
void explain_unload(const struct host *host, int error, char *text, size_t size);
/* Of reboot(LINUX_REBOOT_CMD_KEXEC). */
void explain_start(const struct host *host, int error, char *text, size_t size);
/* Whether it would fail for want of a permission, as far as can be seen before it is called; then
 * text says of which. */
bool explain_start_forbidden(const struct host *host, char *text, size_t size);

#endif
