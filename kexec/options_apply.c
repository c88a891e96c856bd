/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each kind of option does when it is met: the functions that the table points to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kexec/failure.h"
#include "kexec/options_table.h"
#include "kexec/plan.h"

static void *member(struct parse *parse, const struct option_row *row)
{
	return (char *)parse->options + row->offset;
}

static int value_failure(const struct option_row *row, const char *value, const char *wanted)
{
	return failure(EXIT_USAGE, "--%s=%s: %s is wanted", row->name, value, wanted);
}

int apply_flag(struct parse *parse, const struct option_row *row, const char *value)
{
	(void)value;
	*(bool *)member(parse, row) = true;
	return 0;
}

int apply_text(struct parse *parse, const struct option_row *row, const char *value)
{
	*(const char **)member(parse, row) = value;
	return 0;
}

/* Decimal, 0x hex or 0 octal, to the end and without a sign: strtoul() with base 0 as in
 * kexec-tools, less what it lets pass. */
static int number_parse(const char *value, uint64_t *number)
{
	char *end;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	*number = strtoull(value, &end, 0);
	return errno || *end ? -EINVAL : 0;
}

int apply_address(struct parse *parse, const struct option_row *row, const char *value)
{
	if (number_parse(value, member(parse, row)))
		return value_failure(row, value, "an address");
	return 0;
}

int apply_size(struct parse *parse, const struct option_row *row, const char *value)
{
	if (hwpoison_size_parse(value, member(parse, row)))
		return value_failure(row, value, "a size in bytes, or with K, M, G or T,");
	return 0;
}

int apply_count(struct parse *parse, const struct option_row *row, const char *value)
{
	uint64_t number;

	/* 0 means in struct options that nothing was said. No table anywhere has a million. */
	if (number_parse(value, &number) || number == 0 || number > 1000000)
		return value_failure(row, value, "a number from 1 to 1000000");
	*(size_t *)member(parse, row) = (size_t)number;
	return 0;
}

int apply_number(struct parse *parse, const struct option_row *row, const char *value)
{
	uint64_t number;

	if (number_parse(value, &number) || number == 0 || number > 1000000)
		return value_failure(row, value, "a number from 1 to 1000000");
	*(unsigned int *)member(parse, row) = (unsigned int)number;
	return 0;
}

/* kexec-tools assigns in the order of the words: -l -f starts the kernel, -f -l only loads it,
 * and -x before -f is overruled by it. Scripts depend on that. */
int apply_step(struct parse *parse, const struct option_row *row, const char *value)
{
	(void)value;
	switch ((enum option_step)row->action) {
	case STEP_LOAD:
		parse->load = true;
		parse->exec = false;
		parse->shutdown = false;
		parse->load_given = true;
		break;
	case STEP_FORCE:
		parse->load = true;
		parse->exec = true;
		parse->shutdown = false;
		parse->sync = true;
		parse->interfaces_down = true;
		break;
	case STEP_EXEC:
		parse->load = false;
		parse->exec = true;
		parse->shutdown = false;
		parse->sync = true;
		parse->interfaces_down = true;
		break;
	case STEP_UNLOAD:
		parse->load = false;
		parse->shutdown = false;
		parse->sync = false;
		parse->unload = true;
		break;
	case STEP_PANIC:
		parse->load = true;
		parse->exec = false;
		parse->shutdown = false;
		parse->sync = false;
		parse->options->panic = true;
		break;
	case STEP_STATUS:
		parse->status = true;
		break;
	case STEP_NO_SYNC:
		parse->sync = false;
		break;
	case STEP_NO_INTERFACES:
		parse->interfaces_down = false;
		break;
	}
	return 0;
}

int apply_action(struct parse *parse, const struct option_row *row, const char *value)
{
	struct options *options = parse->options;

	if (parse->action_given && (int)options->action != row->action)
		return failure(EXIT_USAGE, "--%s and --%s cannot go together", parse->action_name,
			       row->name);
	parse->action_given = true;
	parse->action_name = row->name;
	options->action = (enum action)row->action;
	if (!value || strcmp(value, "text") == 0)
		options->format = REPORT_TEXT;
	else if (strcmp(value, "json") == 0)
		options->format = REPORT_JSON;
	else
		return value_failure(row, value, "text or json");
	return 0;
}

int apply_directory(struct parse *parse, const struct option_row *row, const char *value)
{
	int error = apply_action(parse, row, NULL);

	return error ? error : apply_text(parse, row, value);
}

int apply_at_once(struct parse *parse, const struct option_row *row, const char *value)
{
	(void)value;
	parse->options->action = (enum action)row->action;
	parse->stop = true;
	return 0;
}

int apply_call(struct parse *parse, const struct option_row *row, const char *value)
{
	(void)value;
	parse->options->file_syscall = row->action == 1;
	return 0;
}

int apply_debug(struct parse *parse, const struct option_row *row, const char *value)
{
	(void)row;
	(void)value;
	parse->options->debug = true;
	return 0;
}

int apply_mode(struct parse *parse, const struct option_row *row, const char *value)
{
	static const struct {
		const char *name;
		unsigned int mode;
	} modes[] = {{"auto", MODE_AUTO}, {"e820", MODE_E820}, {"dtb", MODE_DTB}, {"kho", MODE_KHO}};
	const size_t count = sizeof(modes) / sizeof(*modes);
	const char *word = value;
	unsigned int found = 0, words = 0;
	bool automatic = false;

	for (;;) {
		size_t length = strcspn(word, ","), i;

		for (i = 0; i < count; i++) {
			if (strlen(modes[i].name) == length &&
			    strncmp(word, modes[i].name, length) == 0)
				break;
		}
		if (i == count)
			return value_failure(row, value, "a list of auto, e820, dtb and kho");
		found |= modes[i].mode;
		automatic |= modes[i].mode == MODE_AUTO;
		words++;
		word += length;
		if (!*word)
			break;
		word++;
	}
	if (automatic && words > 1)
		return value_failure(row, value, "auto alone, or a list of e820, dtb and kho");
	parse->options->modes = found;
	return 0;
}

static int words_add(const char ***words, size_t *count, const char *word)
{
	const char **bigger = realloc(*words, (*count + 1) * sizeof(*bigger));

	if (!bigger)
		return out_of_memory();
	bigger[(*count)++] = word;
	*words = bigger;
	return 0;
}

int apply_file(struct parse *parse, const struct option_row *row, const char *value)
{
	(void)row;
	return words_add(&parse->options->files, &parse->options->file_count, value);
}

int apply_forget(struct parse *parse, const struct option_row *row, const char *value)
{
	struct hwpoison_range range;

	if (strcmp(value, "all") == 0) {
		parse->options->forget_all = true;
		return 0;
	}
	/* What "pfn N" comes to is found out when the machine's page size is known. */
	if (hwpoison_range_parse(value, 4096, &range))
		return value_failure(row, value, "ADDRESS, A-B, A+SIZE, pfn N, or all");
	return words_add(&parse->options->forget, &parse->options->forget_count, value);
}

int apply_fdt_way(struct parse *parse, const struct option_row *row, const char *value)
{
	static const struct {
		const char *name;
		enum fdt_way_choice way;
	} ways[] = {
		{"auto", FDT_WAY_AUTO},
		{"nodes", FDT_WAY_NODES},
		{"reserve", FDT_WAY_RESERVE},
		{"efi", FDT_WAY_EFI},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(value, ways[i].name) == 0) {
			parse->options->fdt_way = ways[i].way;
			return 0;
		}
	}
	return value_failure(row, value, "auto, nodes, reserve or efi");
}

/* "kho-v4", "v4" or "4". */
int apply_kho_abi(struct parse *parse, const struct option_row *row, const char *value)
{
	static const char *const prefixes[] = {"kho-v", "v", ""};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t length = strlen(prefixes[i]);
		unsigned int abi = (unsigned char)value[strlen(value) > length ? length : 0] - '0';

		if (strlen(value) == length + 1 && strncmp(value, prefixes[i], length) == 0 &&
		    abi >= HWPOISON_KHO_V2 && abi <= HWPOISON_KHO_V4) {
			parse->options->kho_abi = abi;
			return 0;
		}
	}
	return value_failure(row, value, "kho-v2, kho-v3 or kho-v4");
}

int apply_kho_scratch(struct parse *parse, const struct option_row *row, const char *value)
{
	uint64_t size;

	/* 0 means in struct options that nothing was said. */
	if (hwpoison_size_parse(value, &size) || !size || size > HWPOISON_ADDRESS_LIMIT)
		return value_failure(row, value,
				     "a size from 1 to 4096T in bytes, or with K, M, G or T,");
	parse->options->kho_scratch = size;
	return 0;
}

int apply_late(struct parse *parse, const struct option_row *row, const char *value)
{
	if (strcmp(value, "reload") == 0)
		parse->options->late = LATE_RELOAD;
	else if (strcmp(value, "refuse") == 0)
		parse->options->late = LATE_REFUSE;
	else if (strcmp(value, "ignore") == 0)
		parse->options->late = LATE_IGNORE;
	else
		return value_failure(row, value, "reload, refuse or ignore");
	parse->options->late_given = true;
	return 0;
}

int apply_none(struct parse *parse, const struct option_row *row, const char *value)
{
	(void)parse;
	(void)value;
	if (row->flags & OPTION_REFUSED)
		return failure(EXIT_USAGE, "--%s is refused: %s", row->name, row->help);
	return 0;
}
