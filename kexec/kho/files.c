/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads debugfs's directory "kho", mounting it where it is not mounted. */
#define _GNU_SOURCE
#include "kexec/kho/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "kexec/file.h"
#include "kexec/machine.h"
#include "kexec/snapshot_files.h"

#define KHO_DIRECTORY "sys/kernel/debug/kho"
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* The mount is in no namespace: it goes with the last descriptor in it. */
static int detached_open(void)
{
	AUTO_CLOSE int context = fsopen("debugfs", FSOPEN_CLOEXEC);
	AUTO_CLOSE int mount = -1;
	int fd;

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	mount = fsmount(context, FSMOUNT_CLOEXEC,
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC);
	if (mount < 0)
		return -errno;
	fd = openat(mount, "kho", DIRECTORY_FLAGS);
	return fd < 0 ? -errno : fd;
}

static int directory_open(const struct machine *machine)
{
	int fd = openat(machine->root_fd, KHO_DIRECTORY, DIRECTORY_FLAGS), error = -errno;

	if (fd >= 0)
		return fd;
	/* A directory that is there, and may not be opened, is not to be gone around. */
	return machine->running && error == -ENOENT ? detached_open() : error;
}

void kho_files_keep(struct machine *machine)
{
	int directory = directory_open(machine);

	machine->kho_kept = directory < 0 ? directory : directory + 1;
}

void kho_files_release(struct machine *machine)
{
	if (machine->kho_kept > 0)
		close(machine->kho_kept - 1);
	machine->kho_kept = 0;
}

int kho_files_open(const struct machine *machine)
{
	int directory;

	if (!machine->kho_kept)
		return directory_open(machine);
	if (machine->kho_kept < 0)
		return machine->kho_kept;
	directory = fcntl(machine->kho_kept - 1, F_DUPFD_CLOEXEC, 0);
	return directory < 0 ? -errno : directory;
}

bool kho_files_hidden(const struct machine *machine)
{
	AUTO_CLOSE int directory = kho_files_open(machine);

	return directory < 0 && directory != -ENOENT;
}

int kho_file(const struct machine *machine, const char *path, void **bytes, size_t *size)
{
	AUTO_CLOSE int directory = kho_files_open(machine);

	return directory < 0 ? directory :
			       file_read_at(directory, path, KHO_FILE_LIMIT, bytes, size);
}

bool kho_file_is_there(const struct machine *machine, const char *path)
{
	AUTO_CLOSE int directory = kho_files_open(machine);

	return directory >= 0 && faccessat(directory, path, F_OK, 0) == 0;
}

static int names_call(int directory, const char *path, int (*call)(void *context, const char *name),
		      void *context)
{
	int fd = openat(directory, path, DIRECTORY_FLAGS), result = 0;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!list) {
		result = -errno;
		file_close(&fd);
		return result;
	}
	while (!result && (entry = readdir(list))) {
		if (entry->d_name[0] != '.')
			result = call(context, entry->d_name);
	}
	closedir(list);
	return result;
}

int kho_names(const struct machine *machine, const char *path,
	      int (*call)(void *context, const char *name), void *context)
{
	AUTO_CLOSE int directory = kho_files_open(machine);

	return directory < 0 ? directory : names_call(directory, path, call, context);
}

/* --- into a snapshot ---------------------------------------------------------------------------- */

struct copying {
	int from, to;	  /* "kho", and the snapshot */
	const char *path; /* the directory whose names come */
};

static int file_copy(const struct copying *copying, const char *path)
{
	AUTO_FREE void *bytes = NULL;
	char target[SNAPSHOT_PATH];
	size_t size;
	int error = file_read_at(copying->from, path, KHO_FILE_LIMIT, &bytes, &size);

	if (error)
		return error == -ENOENT ? 0 : error;
	if (snprintf(target, sizeof(target), KHO_DIRECTORY "/%s", path) >= (int)sizeof(target))
		return -ENAMETOOLONG;
	if (faccessat(copying->to, target, F_OK, 0) == 0)
		return 0;
	error = snapshot_parents_make(copying->to, target);
	return error ? error : file_create_at(copying->to, target, bytes, size);
}

static int name_copy(void *context, const char *name)
{
	const struct copying *copying = context;
	char path[SNAPSHOT_PATH];

	if (snprintf(path, sizeof(path), "%s/%s", copying->path, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return file_copy(copying, path);
}

int kho_files_copy(const struct machine *machine, int directory)
{
	static const char *const files[] = {"in/fdt", "out/fdt", "out/scratch_phys",
					    "out/scratch_len"};
	static const char *const directories[] = {"in/sub_fdts", "out/sub_fdts"};
	AUTO_CLOSE int from = kho_files_open(machine);
	struct copying copying = {from, directory, NULL};
	int error = 0;

	/* What a machine does not show, its snapshot has not. */
	if (from < 0)
		return 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && !error; i++)
		error = file_copy(&copying, files[i]);
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories) && !error; i++) {
		copying.path = directories[i];
		error = names_call(from, directories[i], name_copy, &copying);
		if (error == -ENOENT)
			error = 0;
	}
	return error;
}
