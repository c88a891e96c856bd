/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes a snapshot: copies what a plan is made from into a new directory, without secrets. It is
 * written beside its name and renamed in place when it is whole; a signal that would end the
 * program is waited with until what was begun is taken away again.
 */
#include "kexec/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kexec/arch.h"
#include "kexec/failure.h"
#include "kexec/file.h"
#include "kexec/json.h"
#include "kexec/kho/files.h"
#include "kexec/machine.h"
#include "kexec/snapshot_files.h"

/* Files and directories of which a snapshot has a copy, where the machine has them. '*' stands for
 * any name. DMI tables, ACPI tables, EFI variables and what setup_data has are left out on purpose: they
 * hold serial numbers, keys and seeds. */
static const char *const copied[] = {
	"proc/iomem",
	"proc/meminfo",
	"proc/cmdline",
	"sys/firmware/memmap/*/start",
	"sys/firmware/memmap/*/end",
	"sys/firmware/memmap/*/type",
	"sys/devices/system/memory/block_size_bytes",
	"sys/devices/system/memory/*/state",
	"sys/devices/system/node/*/meminfo",
	"sys/devices/system/node/*/memory_failure/total",
	"sys/kernel/boot_params/data",
	"sys/kernel/boot_params/setup_data/*/type",
	"sys/firmware/efi/systab",
	"sys/firmware/efi/fw_vendor",
	"sys/firmware/efi/runtime",
	"sys/firmware/efi/config_table",
	"sys/firmware/efi/fw_platform_size",
	"sys/firmware/efi/runtime-map/*/type",
	"sys/firmware/efi/runtime-map/*/attribute",
	"sys/firmware/efi/runtime-map/*/phys_addr",
	"sys/firmware/efi/runtime-map/*/virt_addr",
	"sys/firmware/efi/runtime-map/*/num_pages",
	"sys/devices/system/cpu/possible",
	"proc/zoneinfo",
	"sys/kernel/debug/kho/out/scratch_phys",
	"sys/kernel/debug/kho/out/scratch_len",
	"proc/fb",
	"proc/config.gz",
};

static bool interrupted(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
	       sigismember(&pending, SIGHUP) == 1;
}

int snapshot_parents_make(int directory, const char *path)
{
	char part[SNAPSHOT_PATH];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdirat(directory, part, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int file_copy(const struct machine *machine, int directory, const char *path)
{
	AUTO_FREE void *bytes = NULL;
	size_t size;
	int error = machine_file(machine, path, SNAPSHOT_FILE_LIMIT, &bytes, &size);

	/* What a machine does not have, its snapshot has not. */
	if (error == -ENOENT || error == -ENOTDIR)
		return 0;
	if (!error)
		error = snapshot_parents_make(directory, path);
	if (!error)
		error = file_create_at(directory, path, bytes, size);
	if (!error && interrupted())
		error = -EINTR;
	return error ? failure(file_code(error), "--snapshot: cannot copy %s/%s: %s",
			       machine->prefix, path, strerror(-error)) :
		       0;
}

/* Copies the files of a pattern with at most one '*'. */
static int pattern_copy(const struct machine *machine, int directory, const char *pattern)
{
	const char *star = strchr(pattern, '*');
	char path[SNAPSHOT_PATH];
	struct dirent *entry;
	DIR *list;
	int fd, error = 0;

	if (!star)
		return file_copy(machine, directory, pattern);
	snprintf(path, sizeof(path), "%.*s", (int)(star - pattern), pattern);
	fd = openat(machine->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	list = fdopendir(fd);
	if (!list) {
		close(fd);
		return out_of_memory();
	}
	while (!error && (entry = readdir(list))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%.*s%s%s", (int)(star - pattern), pattern,
			 entry->d_name, star + 1);
		error = file_copy(machine, directory, path);
	}
	closedir(list);
	return error;
}

static int config_copy(const struct machine *machine, int directory)
{
	char path[SNAPSHOT_PATH];

	if (!machine->kernel_release || strchr(machine->kernel_release, '/'))
		return 0;
	snprintf(path, sizeof(path), "boot/config-%s", machine->kernel_release);
	return file_copy(machine, directory, path);
}

static int identity_write(const struct machine *machine, int directory)
{
	json_t *json = json_pack("{ss sI ss ss* ss*}", "arch", machine->arch->name, "page_size",
				 (json_int_t)machine->page_size, "source",
				 "kexec --snapshot, kexec-hwpoison " PACKAGE_VERSION,
				 "kernel_release", machine->kernel_release, "description",
				 machine->description);
	char *text = json_format(json);
	int error = text ? file_create_at(directory, "machine.json", text, strlen(text)) : -ENOMEM;

	free(text);
	json_decref(json);
	return error ? failure(file_code(error), "--snapshot: cannot write machine.json: %s",
			       strerror(-error)) :
		       0;
}

static int handover_write(const struct machine *machine, int directory)
{
	int error = kho_files_copy(machine, directory);

	return error ? failure(file_code(error),
			       "--snapshot: cannot copy %s/sys/kernel/debug/kho: %s",
			       machine->prefix, strerror(-error)) :
		       0;
}

static int contents_write(const struct machine *machine, int directory)
{
	int error = 0;

	for (size_t i = 0; i < sizeof(copied) / sizeof(*copied) && !error; i++)
		error = pattern_copy(machine, directory, copied[i]);
	if (!error && machine->arch->snapshot_file)
		error = file_copy(machine, directory, machine->arch->snapshot_file);
	if (!error)
		error = config_copy(machine, directory);
	if (!error)
		error = snapshot_fdt_write(machine, directory);
	if (!error)
		error = snapshot_efi_map_write(machine, directory);
	if (!error)
		error = snapshot_kpageflags_write(machine, directory, interrupted);
	if (!error)
		error = handover_write(machine, directory);
	return error ? error : identity_write(machine, directory);
}

static int directory_remove(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!list) {
		file_close(&fd);
		return -errno;
	}
	while ((entry = readdir(list))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) < 0)
			directory_remove(fd, entry->d_name);
	}
	closedir(list);
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/* Writes into a new directory beside the one that is wanted, then gives it that name. It stays its
 * owner's alone: physical addresses and a command line may be secrets. */
static int beside_write(const struct machine *machine, const char *path)
{
	AUTO_FREE char *beside = NULL;
	AUTO_CLOSE int directory = -1;
	size_t length = strlen(path);
	int error;

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (asprintf(&beside, "%.*s.XXXXXX", (int)length, path) < 0) {
		beside = NULL;
		return out_of_memory();
	}
	if (!mkdtemp(beside))
		return failure(EXIT_USAGE, "--snapshot=%s: %s", path, strerror(errno));
	directory = open(beside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = directory < 0 ? failure(EXIT_USAGE, "--snapshot=%s: %s", path, strerror(errno)) :
				contents_write(machine, directory);
	/* Never over anything, not even an empty directory that came up meanwhile. */
	if (!error && renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_NOREPLACE) < 0)
		error = failure(EXIT_USAGE, "--snapshot=%s: %s", path, strerror(errno));
	if (error)
		directory_remove(AT_FDCWD, beside);
	return error;
}

int snapshot_write(const struct machine *machine, const char *directory)
{
	struct stat status;
	sigset_t ending, before;
	int error;

	if (!*directory)
		return failure(EXIT_USAGE, "--snapshot= names no directory");
	if (lstat(directory, &status) == 0)
		return failure(EXIT_USAGE, "--snapshot=%s: is there already; name a new directory",
			       directory);
	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	sigprocmask(SIG_BLOCK, &ending, &before);
	error = beside_write(machine, directory);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (!error)
		printf("%s: this machine's memory map, bad frames and command line (/proc/cmdline "
		       "as it is); no serial numbers, keys or seeds\n",
		       directory);
	return error;
}
