/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of options, which the parser, --help and the test of the man page all read. */
#ifndef KEXEC_OPTIONS_TABLE_H
#define KEXEC_OPTIONS_TABLE_H

#include "kexec/options.h"

enum option_argument { ARGUMENT_NONE, ARGUMENT_REQUIRED, ARGUMENT_OPTIONAL };

enum option_flag {
	OPTION_OURS = 1 << 0,	/* kexec-tools has none of that name: its abbreviations go first */
	OPTION_LOADER = 1 << 1, /* of an image loader: struct arch, loaders_own_options */
	OPTION_X86_64 = 1 << 2, /* means something on x86_64 only */
	OPTION_PRESERVE = 1 << 3, /* means something with --preserve-hwpoison only */
	OPTION_IGNORED = 1 << 4,  /* taken for the sake of scripts; help says why nothing is done */
	OPTION_REFUSED = 1 << 5,  /* help says why and what to use */
};

/* What -l, -f, -e and their like leave behind: as in kexec-tools, the last one has its say. */
struct parse {
	struct options *options;
	bool load, exec, shutdown, sync, interfaces_down, unload;
	bool load_given, status, stop;
	bool action_given; /* one of ours: --dry-run, --snapshot … */
	const char *action_name;
	unsigned int used;	 /* flags of all options that were given, united */
	const char *loader_name; /* the first with OPTION_LOADER, for a message */
	const char *x86_64_name;
	const char *preserve_name; /* the first that needs --preserve-hwpoison */
};

struct option_row {
	const char *heading; /* starts a group in --help; NULL elsewhere */
	const char *name;
	char letter; /* 0: none */
	enum option_argument argument;
	const char *value_name; /* "FILE"; NULL without an argument */
	unsigned int flags;	/* enum option_flag */
	/* One of: apply, or a member of struct options to set by its kind. */
	int (*apply)(struct parse *parse, const struct option_row *row, const char *value);
	size_t offset;
	int action; /* for apply */
	const char *help;
};

/* name is NULL at the end. */
extern const struct option_row option_table[];

/* The functions of the table: 0 or an exit code after failure(). In options_apply.c. */
int apply_flag(struct parse *parse, const struct option_row *row, const char *value);
int apply_text(struct parse *parse, const struct option_row *row, const char *value);
int apply_address(struct parse *parse, const struct option_row *row, const char *value);
int apply_size(struct parse *parse, const struct option_row *row, const char *value);
int apply_count(struct parse *parse, const struct option_row *row, const char *value);
int apply_number(struct parse *parse, const struct option_row *row, const char *value);
int apply_step(struct parse *parse, const struct option_row *row, const char *value);
int apply_action(struct parse *parse, const struct option_row *row, const char *value);
int apply_directory(struct parse *parse, const struct option_row *row, const char *value);
int apply_at_once(struct parse *parse, const struct option_row *row, const char *value);
int apply_call(struct parse *parse, const struct option_row *row, const char *value);
int apply_debug(struct parse *parse, const struct option_row *row, const char *value);
int apply_mode(struct parse *parse, const struct option_row *row, const char *value);
int apply_file(struct parse *parse, const struct option_row *row, const char *value);
int apply_forget(struct parse *parse, const struct option_row *row, const char *value);
int apply_fdt_way(struct parse *parse, const struct option_row *row, const char *value);
int apply_kho_scratch(struct parse *parse, const struct option_row *row, const char *value);
int apply_kho_abi(struct parse *parse, const struct option_row *row, const char *value);
int apply_late(struct parse *parse, const struct option_row *row, const char *value);
int apply_none(struct parse *parse, const struct option_row *row, const char *value);

/* The letters of the steps that have no other number. */
enum option_step {
	STEP_LOAD,
	STEP_FORCE,
	STEP_EXEC,
	STEP_UNLOAD,
	STEP_PANIC,
	STEP_STATUS,
	STEP_NO_SYNC,
	STEP_NO_INTERFACES,
};

#endif
