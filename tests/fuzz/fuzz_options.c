/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: words split at zero bytes. Whatever they are, parsing ends with an exit code
 * that is documented, and words that are taken are taken the same a second time.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kexec/arch.h"
#include "kexec/failure.h"
#include "kexec/options.h"

#define WORDS_MAX 64

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The usage, thousands of times. Messages go to standard error, which the fuzzer needs. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (!freopen("/dev/null", "w", stdout))
		abort();
	return 0;
}

static int parse(int count, char **words, const struct arch *arch, struct options *options)
{
	FILE *kept = stderr;
	int code;

	stderr = stdout;
	code = options_parse(count, words, arch, options);
	if (!code)
		code = options_check(options, arch);
	stderr = kept;
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[WORDS_MAX + 2], *text = malloc(size + 1);
	struct options options, again;
	int count = 0, code;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	words[count++] = (char *)"kexec";
	for (char *word = text; word < text + size && count <= WORDS_MAX; word += strlen(word) + 1)
		words[count++] = word;
	words[count] = NULL;
	for (size_t i = 0; arches[i]; i++) {
		code = parse(count, words, arches[i], &options);
		if (code != 0 && code != EXIT_USAGE && code != EXIT_FAILED)
			abort();
		if (parse(count, words, arches[i], &again) != code ||
		    again.action != options.action || again.modes != options.modes ||
		    again.kernel != options.kernel)
			abort();
		/* Refused together, whatever the order. */
		if (!code && options.preserve && options.file_syscall &&
		    options.action != ACTION_HELP && options.action != ACTION_VERSION)
			abort();
		options_free(&options);
		options_free(&again);
	}
	free(text);
	return 0;
}
