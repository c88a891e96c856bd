/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flattens a device tree that the kernel shows as directories and files. */
#include "kexec/flatten.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libfdt.h>

#include "kexec/file.h"

/* MAX_FDT_SIZE in arch/arm64/include/asm/boot.h. */
#define TREE_SIZE_MAX (2 << 20)
#define TREE_SIZE_FIRST (64 << 10)
/* FDT_MAX_DEPTH in drivers/of/fdt.c of Linux. */
#define DEPTH_MAX 64

struct names {
	char **list;
	size_t count, capacity;
};

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

static int name_add(struct names *names, const char *name)
{
	if (names->count == names->capacity) {
		size_t capacity = names->capacity * 2 + 32;
		char **list = realloc(names->list, capacity * sizeof(*list));

		if (!list)
			return -ENOMEM;
		names->list = list;
		names->capacity = capacity;
	}
	names->list[names->count] = strdup(name);
	if (!names->list[names->count])
		return -ENOMEM;
	names->count++;
	return 0;
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int names_read(int directory, struct names *names)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!stream) {
		error = -errno;
		if (copy >= 0)
			close(copy);
		return error;
	}
	while (!error && (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			error = name_add(names, entry->d_name);
	}
	closedir(stream);
	if (!error && names->count)
		qsort(names->list, names->count, sizeof(*names->list), name_compare);
	return error;
}

/* What libfdt says about a tree that it writes. */
static int fdt_errno(int error)
{
	if (!error)
		return 0;
	return error == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
}

static int property_write(int directory, const char *name, void *fdt)
{
	AUTO_FREE void *value = NULL;
	size_t size;
	int error = file_read_at(directory, name, TREE_SIZE_MAX, &value, &size);

	return error ? error : fdt_errno(fdt_property(fdt, name, value, (int)size));
}

/* populate_properties() in drivers/of/fdt.c makes a property of the node's name, which no tree
 * has. */
static bool is_made_up(const char *name)
{
	return strcmp(name, "name") == 0;
}

static int node_write(int directory, const char *name, int depth, void *fdt);

/* Properties go before nodes in a tree. */
static int entries_write(int directory, const struct names *names, bool nodes, int depth, void *fdt)
{
	int error = 0;

	for (size_t i = 0; i < names->count && !error; i++) {
		const char *name = names->list[i];
		struct stat status;

		if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		if (nodes && S_ISDIR(status.st_mode))
			error = node_write(directory, name, depth + 1, fdt);
		else if (!nodes && S_ISREG(status.st_mode) && !is_made_up(name))
			error = property_write(directory, name, fdt);
	}
	return error;
}

static int node_write(int parent, const char *path, int depth, void *fdt)
{
	AUTO_CLOSE int directory = openat(parent, path,
					  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct names names = {0};
	int error;

	if (directory < 0)
		return -errno;
	if (depth > DEPTH_MAX)
		return -ELOOP;
	error = fdt_errno(fdt_begin_node(fdt, depth ? path : ""));
	if (!error)
		error = names_read(directory, &names);
	if (!error)
		error = entries_write(directory, &names, false, depth, fdt);
	if (!error)
		error = entries_write(directory, &names, true, depth, fdt);
	names_free(&names);
	return error ? error : fdt_errno(fdt_end_node(fdt));
}

static int tree_write(int directory, void *fdt, int size)
{
	int error = fdt_errno(fdt_create(fdt, size));

	if (!error)
		error = fdt_errno(fdt_finish_reservemap(fdt));
	if (!error)
		error = node_write(directory, ".", 0, fdt);
	return error ? error : fdt_errno(fdt_finish(fdt));
}

int tree_flatten(int directory, void **fdt, size_t *size)
{
	int error = -ENOSPC;

	for (int room = TREE_SIZE_FIRST; room <= TREE_SIZE_MAX; room *= 2) {
		void *tree = calloc(1, (size_t)room);

		if (!tree)
			return -ENOMEM;
		error = tree_write(directory, tree, room);
		if (!error) {
			*fdt = tree;
			*size = fdt_totalsize(tree);
			return 0;
		}
		free(tree);
		if (error != -ENOSPC)
			return error;
	}
	return error == -ENOSPC ? -EFBIG : error;
}
