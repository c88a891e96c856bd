/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs dtc on a tree, and reads what it has to say of it. */
#include "tests/dtbs/dtc.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/dtbs/same.h"

extern char **environ;

static int file_of(const void *bytes, size_t size)
{
	int file = memfd_create("dtb", MFD_CLOEXEC);

	if (file < 0 || write(file, bytes, size) != (ssize_t)size || lseek(file, 0, SEEK_SET))
		abort();
	return file;
}

/* Its exit status; what it printed lies in said. */
static int dtc_run(int tree, int said)
{
	char *words[] = {"dtc", "-I", "dtb", "-O", "dtb", "-o", "/dev/null", "-", NULL};
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t child;

	if (posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_adddup2(&actions, tree, STDIN_FILENO) ||
	    posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO) ||
	    posix_spawnp(&child, words[0], &actions, NULL, words, environ) ||
	    waitpid(child, &status, 0) != child)
		status = -1;
	posix_spawn_file_actions_destroy(&actions);
	return status;
}

bool dtc_accepts(const void *tree, size_t size, bool made_reserved_memory, char *why)
{
	int input = file_of(tree, size), said = file_of("", 0), status = dtc_run(input, said);
	FILE *stream = fdopen(said, "r");
	char *line = NULL;
	size_t room = 0;
	bool good = status == 0;

	if (!stream)
		abort();
	snprintf(why, WHY_SIZE, "dtc ends with status 0x%x", (unsigned int)status);
	rewind(stream);
	/* Most boards' own trees have something that it warns of. A bad frame may have the address of
	 * a node that is not available or has no size, which a boot loader may yet fill in. */
	while (getline(&line, &room, stream) > 0) {
		bool ours = strstr(line, "hwpoison") ||
			    (made_reserved_memory && strstr(line, "/reserved-memory"));

		if (status == 0 && (!ours || strstr(line, "duplicate unit-address")))
			continue;
		good = false;
		line[strcspn(line, "\n")] = '\0';
		snprintf(why, WHY_SIZE, "dtc: %.200s", line);
	}
	free(line);
	fclose(stream);
	close(input);
	return good;
}
