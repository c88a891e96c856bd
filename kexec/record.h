/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record: what was loaded, from which files, with which frames. The kernel tells of a loaded
 * image only that there is one, so this is what later commands know it by.
 *
 * It lies in options->run_dir, which only its owner can enter, as loaded.json, and is gone with
 * the boot that it belongs to: its boot_id says which.
 */
#ifndef KEXEC_RECORD_H
#define KEXEC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hwpoison/hwpoison.h"
#include "kexec/counters.h"

#define RECORD_VERSION 1
#define RECORD_NAME "loaded.json"
#define RECORD_FILES_MAX 3
#define RECORD_WORDS_MAX 4096
/* Far past what 65536 frames need; anything longer was not written by us. */
#define RECORD_SIZE_MAX (32u << 20)

struct host;

struct record_file {
	char *role;	 /* "kernel", "initrd", "dtb" */
	char *path;	 /* absolute */
	uint64_t size;	 /* bytes */
	char sha256[65]; /* hexadecimal */
};

struct record {
	char *tool; /* "kexec-hwpoison 0.1.0" */
	char boot_id[37];
	int64_t time;	   /* seconds since 1970, UTC */
	int64_t boot_time; /* nanoseconds of CLOCK_BOOTTIME */
	char *directory;   /* that paths in the words are relative to */
	char **words;	   /* of the command line; the last is followed by NULL */
	size_t word_count;
	bool file_call;	    /* loaded by kexec_file_load(2) */
	bool preserve;	    /* with --preserve-hwpoison: the members below count */
	unsigned int modes; /* bits of enum hwpoison_mode */
	struct record_file files[RECORD_FILES_MAX];
	size_t file_count;
	struct hwpoison_frames frames;	 /* what was known to be bad */
	struct hwpoison_frames excluded; /* what the next kernel does not get: frames, rounded,
					  * and what was given up */
	struct counters counters;	 /* before the frames were learnt */
};

void record_free(struct record *record);

/* JSON text, malloc()ed, or NULL: out of memory, or a word or path that is no UTF-8. */
char *record_format(const struct record *record);

/* The opposite. Hostile input. 0; -EINVAL with what is wrong in reason; -ENOMEM. */
int record_parse(const char *text, size_t size, struct record *record, char *reason,
		 size_t reason_size);

/* Writes it in place of the one before, whole or not at all, and makes the directory.
 * 0 or a negative errno. */
int record_write(const char *run_dir, const struct record *record);

/*
 * Reads it. 0; -ENOENT when there is none or it is of an earlier boot; -EPERM when others than
 * its owner may have written it; -EINVAL with a reason; another negative errno.
 */
int record_read(const char *run_dir, const struct host *host, struct record *record, char *reason,
		size_t reason_size);

/* 0, also when there was none, or a negative errno. */
int record_remove(const char *run_dir);

/* Who and when: boot_id, times, directory, words. 0 or a negative errno. */
int record_begin(struct record *record, const struct host *host, int argc, char *const argv[]);

/* Adds a file with its digest: of size bytes, when it is known, or NULL. 0 or a negative errno;
 * -ESTALE when the file does not have that size. */
int record_file_add(struct record *record, const char *role, const char *path,
		    const uint8_t *digest, uint64_t size);
void record_files_free(struct record *record);

/* Whether each file still is what it was: 0, or -ESTALE (changed) or another negative errno,
 * with the file in question. */
int record_files_check(const struct record *record, const struct record_file **file);

#endif
