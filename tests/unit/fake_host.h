/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine to act upon that is not there: a scratch directory for proc/, sys/ and run/, a table
 * of system calls that answers what the test says and writes down what was asked, and a plan
 * that needs no kernel image. Messages to standard error are kept.
 */
#ifndef TESTS_UNIT_FAKE_HOST_H
#define TESTS_UNIT_FAKE_HOST_H

#include "kexec/host.h"
#include "kexec/load.h"
#include "kexec/options.h"
#include "kexec/plan.h"

#define FAKE_LOG 4096
#define FAKE_ANSWERS 64
#define FAKE_WORDS 16

struct fake {
	struct host host;
	char root[256]; /* the directory of host.root */
	char run_dir[300];
	char log[FAKE_LOG];		/* "load sync start": what was called, in this order */
	int load_answers[FAKE_ANSWERS]; /* of one call after the other; then 0 for ever */
	unsigned int loads;
	int file_answers[FAKE_ANSWERS];
	unsigned int file_loads;
	int start_answer, shutdown_answer;
	/* Called when an image is loaded, after all else; NULL. May change files and bad. */
	void (*on_load)(struct fake *fake);
	/* The same of a write to hard_offline_page; its result is the call's. */
	int (*on_offline)(struct fake *fake, uint64_t address);
	uint64_t load_flags; /* of the last */
	uint64_t load_entry;
	size_t load_count;
	struct kexec_segment load_segments[PLAN_SEGMENTS_MAX];
	int interface_count;
	char interface_names[4][IFNAMSIZ];
	unsigned int interface_flags[4];
	const char *interface_stuck; /* one whose flags cannot be changed; NULL */
	const char *bad;	     /* frames that are bad now, as frames_of_words() takes them */
	unsigned int prepared, learnt; /* how often */
	int prepare_code, learn_code;  /* exit codes of the steps */
	struct options options;
	char *words[FAKE_WORDS];
	int messages;
	char text[8192];
};

/* Makes and removes it. Only one at a time. */
void fake_start(struct fake *fake);
void fake_stop(struct fake *fake);

/* A test that uses it: when it fails half way, standard error is there again for the reason. */
#define fake_test(function) cmocka_unit_test_teardown(function, fake_abandon)
int fake_abandon(void **state);

/* The steps of load_kernel() that plan without an image. They know the one fake. */
extern const struct load_steps fake_steps;
/* Such a plan, on its own. The caller frees it. */
struct preparation;
int fake_prepare(const struct options *options, struct preparation *preparation);

/* Parses a command line into fake->options: words, the last NULL. */
void fake_options(struct fake *fake, const char *word, ...) __attribute__((sentinel));

/* Writes a file below the root, and directories above it. */
void fake_file(struct fake *fake, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void fake_file_remove(struct fake *fake, const char *path);
/* The absolute path of it; a buffer that lasts until the next call but one. */
const char *fake_path(struct fake *fake, const char *path);

void fake_loaded(struct fake *fake, int loaded);
void fake_corrupted(struct fake *fake, unsigned int kilobytes);

/* Fails unless the text has the words. */
void fake_contains(const char *text, const char *words);

/* What was written to standard error since fake_start() or the last call. */
const char *fake_messages(struct fake *fake);

#endif
