/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The actions that make system calls or look at what is loaded: main() picks one by
 * options->action. Each says itself what went wrong and returns the exit code of kexec(8).
 */
#ifndef KEXEC_RUN_H
#define KEXEC_RUN_H

struct options;

int run_load(const struct options *options);		/* -l, and -p with -s; leaves the record */
int run_load_and_reboot(const struct options *options); /* no action option: load, shutdown -r */
int run_force(const struct options *options);		/* -f: load, interfaces down, sync, go */
int run_exec(const struct options *options);		/* -e */
int run_unload(const struct options *options);		/* -u */
/* -S: 1 loaded, 0 not, 255 when that cannot be read. options->panic: of the crash kernel. */
int run_status(const struct options *options);
int run_show_status(const struct options *options); /* --status-long */
int run_announce(const struct options *options);    /* --hwpoison-announce */
int run_crash_size(const struct options *options);  /* --print-ckr-size */

#endif
