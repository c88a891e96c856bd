/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds open live updates by the files that stand for them: the kernel tells of them nowhere else,
 * and ends one with its last file (luo_session_release() in kernel/liveupdate/luo_session.c).
 */
#include "kexec/kho/luo.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kexec/file.h"
#include "kexec/machine.h"

/* luo_session_getfile(), as anon_inodefs_dname() shows it. */
#define UPDATE_LINK "anon_inode:[luo_session] "

struct updates {
	char *names;
	size_t size;
	int count;
	bool hidden; /* something could not be looked at */
};

static DIR *directory_at(int directory, const char *path)
{
	int fd = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	int error = errno;

	if (!list)
		file_close(&fd);
	errno = error;
	return list;
}

/* One may be open in several processes; the kernel has each name once. */
static void update_add(struct updates *updates, const char *name)
{
	size_t used = strlen(updates->names);
	char word[NAME_MAX + 4];

	snprintf(word, sizeof(word), "\"%s\"", name);
	if (strstr(updates->names, word))
		return;
	snprintf(updates->names + used, updates->size - used, "%s%s", used ? ", " : "update ",
		 word);
	updates->count++;
}

static void process_look(int proc, const char *pid, struct updates *updates)
{
	char path[NAME_MAX + 8], link[NAME_MAX + 1];
	struct dirent *entry;
	DIR *list;

	snprintf(path, sizeof(path), "%s/fd", pid);
	list = directory_at(proc, path);
	/* It may have ended meanwhile. */
	if (!list) {
		updates->hidden |= errno != ENOENT && errno != ESRCH;
		return;
	}
	while ((entry = readdir(list))) {
		ssize_t length = readlinkat(dirfd(list), entry->d_name, link, sizeof(link) - 1);

		link[length < 0 ? 0 : length] = '\0';
		if (strncmp(link, UPDATE_LINK, strlen(UPDATE_LINK)) == 0)
			update_add(updates, link + strlen(UPDATE_LINK));
	}
	closedir(list);
}

int luo_updates_find(const struct machine *machine, char *names, size_t size)
{
	struct updates updates = {.names = names, .size = size};
	DIR *list = directory_at(machine->root_fd, "proc");
	struct dirent *entry;
	bool any = false;

	*names = '\0';
	while (list && (entry = readdir(list))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		any = true;
		process_look(dirfd(list), entry->d_name, &updates);
	}
	if (list)
		closedir(list);
	if (updates.count)
		return updates.count;
	return any && !updates.hidden ? 0 : -1;
}
