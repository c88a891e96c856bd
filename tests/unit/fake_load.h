/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of loading and starting have in common. */
#ifndef TESTS_UNIT_FAKE_LOAD_H
#define TESTS_UNIT_FAKE_LOAD_H

#include "kexec/record.h"
#include "kexec/start.h"
#include "tests/unit/fake_host.h"
#include "tests/unit/words.h"

#define WORDS "kexec", "--preserve-hwpoison", "-l"

static inline void start(struct fake *fake)
{
	fake_start(fake);
	fake_options(fake, WORDS, fake_path(fake, "kernel"), "--initrd", fake_path(fake, "initrd"),
		     NULL);
}

static inline int load(struct fake *fake)
{
	return load_kernel(&fake->host, &fake_steps, &fake->options);
}

static inline bool has_record(struct fake *fake, struct record *record)
{
	char reason[100];

	*record = (struct record){0};
	return !record_read(fake->run_dir, &fake->host, record, reason, sizeof(reason));
}

static inline void check_message(struct fake *fake, const char *expected)
{
	fake_contains(fake_messages(fake), expected);
}

static inline void check_log(struct fake *fake, const char *expected)
{
	assert_string_equal(fake->log, expected);
	fake->log[0] = 0;
}

static inline int start_loaded(struct fake *fake)
{
	return start_kernel(&fake->host, &fake_steps, &fake->options);
}

static inline void prepare_exec(struct fake *fake, const char *late)
{
	start(fake);
	fake->bad = "5000-6000";
	assert_int_equal(load(fake), 0);
	check_log(fake, "load");
	fake_options(fake, "kexec", "-e", late, NULL);
}

#endif
