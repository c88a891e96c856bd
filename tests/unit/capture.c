/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps standard error in a file without a name. */
#include "tests/unit/capture.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

static FILE *kept;
static int before = -1;
static char said[8192];

void capture_start(void)
{
	fflush(stderr);
	kept = tmpfile();
	before = dup(STDERR_FILENO);
	assert(kept && before >= 0);
	dup2(fileno(kept), STDERR_FILENO);
}

const char *capture_stop(void)
{
	size_t length;

	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	rewind(kept);
	length = fread(said, 1, sizeof(said) - 1, kept);
	said[length] = 0;
	fclose(kept);
	return said;
}
