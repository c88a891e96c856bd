/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses the command line by the table, with the rules of getopt_long(3): options and words in
 * any order, letters in clusters, long options cut short. It is our own for one reason: a name
 * that kexec-tools knows must not become ambiguous, cut short, by one that it does not know.
 */
#include "kexec/options.h"

#include <stdlib.h>
#include <string.h>

#include "kexec/arch.h"
#include "kexec/failure.h"
#include "kexec/options_table.h"

#define MAX_WASTE_DEFAULT (UINT64_C(64) << 20)

/* The row of a long option, length bytes of name; NULL after failure(). */
static const struct option_row *long_find(const char *name, size_t length)
{
	const struct option_row *theirs = NULL, *ours = NULL;
	unsigned int their_count = 0, our_count = 0;

	for (const struct option_row *row = option_table; row->name; row++) {
		if (strncmp(row->name, name, length) != 0)
			continue;
		if (row->name[length] == 0)
			return row;
		if (row->flags & OPTION_OURS) {
			ours = row;
			our_count++;
		} else {
			theirs = row;
			their_count++;
		}
	}
	if (their_count == 1)
		return theirs;
	if (their_count == 0 && our_count == 1)
		return ours;
	if (their_count + our_count == 0)
		failure(EXIT_USAGE, "unrecognized option '--%.*s'", (int)length, name);
	else
		failure(EXIT_USAGE, "option '--%.*s' is ambiguous", (int)length, name);
	return NULL;
}

static const struct option_row *letter_find(char letter)
{
	for (const struct option_row *row = option_table; row->name; row++) {
		if (row->letter == letter || (letter == '?' && row->letter == 'h'))
			return row;
	}
	failure(EXIT_USAGE, "invalid option -- '%c'", letter);
	return NULL;
}

static int row_apply(struct parse *parse, const struct option_row *row, const char *value)
{
	parse->used |= row->flags;
	if (row->flags & OPTION_LOADER && !parse->loader_name)
		parse->loader_name = row->name;
	if (row->flags & OPTION_X86_64 && !parse->x86_64_name)
		parse->x86_64_name = row->name;
	if (row->flags & OPTION_PRESERVE && !parse->preserve_name)
		parse->preserve_name = row->name;
	return row->apply(parse, row, value);
}

/* One word that starts with "--", and the one after it when it is the value. */
static int long_parse(struct parse *parse, int argc, char **argv, int *at)
{
	const char *name = argv[*at] + 2;
	const char *equals = strchr(name, '=');
	const struct option_row *row = long_find(name,
						 equals ? (size_t)(equals - name) : strlen(name));
	const char *value = equals ? equals + 1 : NULL;

	if (!row)
		return -EXIT_USAGE;
	if (value && row->argument == ARGUMENT_NONE)
		return -failure(EXIT_USAGE, "option '--%s' doesn't allow an argument", row->name);
	if (!value && row->argument == ARGUMENT_REQUIRED) {
		if (*at + 1 >= argc)
			return -failure(EXIT_USAGE, "option '--%s' requires an argument",
					row->name);
		value = argv[++*at];
	}
	return row_apply(parse, row, value);
}

/* One word of letters. */
static int letters_parse(struct parse *parse, int argc, char **argv, int *at)
{
	int error = 0;

	for (const char *letter = argv[*at] + 1; *letter && !error && !parse->stop; letter++) {
		const struct option_row *row = letter_find(*letter);
		const char *value = NULL;

		if (!row)
			return -EXIT_USAGE;
		if (row->argument != ARGUMENT_REQUIRED) {
			error = row_apply(parse, row, NULL);
			continue;
		}
		if (letter[1])
			value = letter + 1;
		else if (*at + 1 < argc)
			value = argv[++*at];
		else
			return -failure(EXIT_USAGE, "option requires an argument -- '%c'", *letter);
		return row_apply(parse, row, value);
	}
	return error;
}

/* All words. A negative exit code is one after which kexec-tools prints the usage, too. */
static int words_parse(struct parse *parse, int argc, char **argv)
{
	bool only_words = false;
	int error = 0;

	for (int at = 1; at < argc && !error && !parse->stop; at++) {
		const char *word = argv[at];

		if (only_words || word[0] != '-' || !word[1]) {
			if (!parse->options->kernel)
				parse->options->kernel = word;
		} else if (strcmp(word, "--") == 0) {
			only_words = true;
		} else if (word[1] == '-') {
			error = long_parse(parse, argc, argv, &at);
		} else {
			error = letters_parse(parse, argc, argv, &at);
		}
	}
	return error;
}

static void action_settle(struct parse *parse)
{
	struct options *options = parse->options;

	options->no_sync = !parse->sync;
	options->no_ifdown = !parse->interfaces_down;
	if (parse->stop || parse->action_given)
		return;
	options->unload_first = parse->unload && (parse->load || parse->exec);
	if (parse->status) {
		options->action = ACTION_STATUS;
		options->panic |= !parse->load_given;
	} else if (parse->load && parse->exec) {
		options->action = ACTION_FORCE;
	} else if (parse->load) {
		options->action = parse->shutdown ? ACTION_LOAD_AND_REBOOT : ACTION_LOAD;
	} else {
		options->action = parse->exec ? ACTION_EXEC : ACTION_UNLOAD;
	}
}

static bool action_loads(enum action action)
{
	return action == ACTION_LOAD || action == ACTION_FORCE || action == ACTION_LOAD_AND_REBOOT;
}

static int preserve_check(const struct parse *parse)
{
	const struct options *options = parse->options;
	bool plans = action_loads(options->action) || options->action == ACTION_DRY_RUN;

	if (options->preserve && options->file_syscall)
		return failure(EXIT_USAGE,
			       "--preserve-hwpoison cannot go with -s: kexec_file_load(2) makes the "
			       "next kernel's memory map in the kernel and cannot be told of bad "
			       "memory; leave -s out");
	if (plans && !options->preserve && parse->preserve_name)
		return failure(EXIT_USAGE, "--%s means nothing without --preserve-hwpoison",
			       parse->preserve_name);
	if (plans && !(options->modes & MODE_KHO) && (options->kho_abi || options->kho_scratch))
		return failure(EXIT_USAGE, "--%s means nothing without kho in --hwpoison-mode",
			       options->kho_abi ? "kho-abi" : "kho-scratch");
	if (plans && options->modes == MODE_KHO && options->fdt_way != FDT_WAY_AUTO)
		return failure(EXIT_USAGE,
			       "--hwpoison-fdt-way means nothing with "
			       "--hwpoison-mode=kho alone: say dtb,kho, or leave it out");
	if (options->preserve && options->panic && plans)
		return failure(EXIT_USAGE,
			       "--preserve-hwpoison cannot go with -p: a crash kernel only runs in "
			       "memory that was set aside for it");
	return 0;
}

/* A snapshot is another machine: what acts on this one, or asks it, is not for it. */
static int machine_check(const struct options *options)
{
	if (strcmp(options->machine, "/") == 0 || options->action == ACTION_DRY_RUN ||
	    options->action == ACTION_LIST || options->action == ACTION_SNAPSHOT)
		return 0;
	return failure(
		EXIT_USAGE,
		"--machine=%s: a snapshot can be planned for (--dry-run), listed "
		"(--hwpoison-list) or copied (--snapshot), and not be loaded, started or asked",
		options->machine);
}

/* What kexec-tools' rules and ours forbid together. Negative: with the usage. */
static int options_settle(struct parse *parse, const struct arch *native)
{
	const struct options *options = parse->options;
	enum action action = options->action;
	int error = preserve_check(parse);

	if (!error)
		error = machine_check(options);
	if (error)
		return error;
	if ((!parse->load || parse->status) && parse->loader_name && native->loaders_own_options &&
	    (action == ACTION_UNLOAD || action == ACTION_EXEC || action == ACTION_STATUS))
		return -failure(EXIT_USAGE, "--%s means nothing when nothing is loaded",
				parse->loader_name);
	if (options->dump && action != ACTION_DRY_RUN)
		return failure(EXIT_USAGE, "--dump means nothing without --dry-run");
	if (options->file_syscall && action == ACTION_DRY_RUN)
		return failure(EXIT_USAGE,
			       "--dry-run cannot go with -s: what kexec_file_load(2) hands "
			       "over is made in the kernel; leave -s out");
	if (options->panic && action == ACTION_DRY_RUN)
		return failure(EXIT_USAGE,
			       "--dry-run cannot go with -p: crash kernels are loaded by "
			       "kexec_file_load(2) only, and what that hands over is made in the "
			       "kernel; leave -p out");
	if (options->mem_min > options->mem_max)
		return failure(EXIT_USAGE,
			       "--mem-min lies above --mem-max: nothing is left between");
	if (options->serial_baud && 115200 % options->serial_baud)
		return failure(EXIT_USAGE, "--serial-baud=%u: a rate that divides 115200 is wanted",
			       options->serial_baud);
	if (!action_loads(action))
		return 0;
	if (options->panic && !options->file_syscall)
		return failure(EXIT_USAGE,
			       "-p is refused: crash kernels are not loaded by "
			       "kexec_load(2) in this version; add -s, or use kexec-tools");
	if (!options->kernel)
		return -failure(EXIT_FAILED, "No kernel specified");
	return 0;
}

int options_parse(int argc, char **argv, const struct arch *native, struct options *options)
{
	struct parse parse = {.options = options, .load = true, .shutdown = true, .sync = true};
	int error;

	*options = (struct options){
		.mem_max = UINT64_MAX,
		.max_waste = MAX_WASTE_DEFAULT,
		.machine = "/",
		.run_dir = "/run/kexec",
		.argc = argc,
		.argv = argv,
	};
	error = words_parse(&parse, argc, argv);
	if (!error) {
		action_settle(&parse);
		if (!parse.stop)
			error = options_settle(&parse, native);
	}
	options->x86_64_only = parse.x86_64_name;
	if (error < 0) {
		options_help(stdout);
		return -error;
	}
	return error;
}

void options_free(struct options *options)
{
	free(options->files);
	free(options->forget);
	*options = (struct options){0};
}

int options_check(const struct options *options, const struct arch *arch)
{
	if (options->x86_64_only && !(arch->own_options & OPTION_X86_64))
		return failure(EXIT_USAGE, "--%s means nothing on %s", options->x86_64_only,
			       arch->name);
	return arch->options_check ? arch->options_check(options) : 0;
}
