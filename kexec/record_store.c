/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the record lies, who may have written it, and whether its files are what they were. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kexec/file.h"
#include "kexec/host.h"
#include "kexec/record.h"
#include "purgatory/sha256.h"

static int boot_id_read(const struct host *host, char boot_id[37])
{
	char text[64];
	int length = host_text(host, "proc/sys/kernel/random/boot_id", text, sizeof(text));

	if (length < 0)
		return length;
	if (length != 36)
		return -EINVAL;
	memcpy(boot_id, text, 37);
	return 0;
}

int record_begin(struct record *record, const struct host *host, int argc, char *const argv[])
{
	struct timespec boot_time;
	int error = boot_id_read(host, record->boot_id);

	if (error)
		return error;
	clock_gettime(CLOCK_BOOTTIME, &boot_time);
	record->time = time(NULL);
	record->boot_time = boot_time.tv_sec * INT64_C(1000000000) + boot_time.tv_nsec;
	record->tool = strdup("kexec-hwpoison " PACKAGE_VERSION);
	record->directory = getcwd(NULL, 0);
	record->words = calloc((size_t)argc + 1, sizeof(*record->words));
	if (!record->tool || !record->directory || !record->words)
		return -ENOMEM;
	for (int i = 0; i < argc; i++) {
		record->words[i] = strdup(argv[i]);
		if (!record->words[i])
			return -ENOMEM;
		record->word_count++;
	}
	return 0;
}

/* ------------------------------------------------------------------------------------- files */

static void digest_print(const uint8_t digest[SHA256_SIZE], char sha256[65])
{
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
}

/* A file that can be read again: no pipe. A descriptor or a negative errno. */
static int file_open(const char *path, uint64_t *size)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	int error = 0;

	if (descriptor < 0)
		return -errno;
	if (fstat(descriptor, &status))
		error = -errno;
	else if (!S_ISREG(status.st_mode))
		error = -EINVAL;
	*size = error ? 0 : (uint64_t)status.st_size;
	if (!error)
		return descriptor;
	close(descriptor);
	return error;
}

static int file_digest(const char *path, uint64_t *size, char sha256[65])
{
	enum sha256_path way = sha256_has_hardware() ? SHA256_HARDWARE : SHA256_PORTABLE;
	uint8_t digest[SHA256_SIZE];
	AUTO_CLOSE int descriptor = file_open(path, size);
	void *bytes = NULL;

	if (descriptor < 0)
		return descriptor;
	if (*size)
		bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	sha256_of(way, bytes, *size, digest);
	if (bytes)
		munmap(bytes, *size);
	digest_print(digest, sha256);
	return 0;
}

static int file_known(const char *path, const uint8_t *digest, uint64_t size, char sha256[65])
{
	uint64_t now;
	AUTO_CLOSE int descriptor = file_open(path, &now);

	if (descriptor < 0)
		return descriptor;
	digest_print(digest, sha256);
	return now == size ? 0 : -ESTALE;
}

int record_file_add(struct record *record, const char *role, const char *path,
		    const uint8_t *digest, uint64_t size)
{
	struct record_file file = {.size = size};
	int error;

	if (record->file_count == RECORD_FILES_MAX)
		return -ENOSPC;
	error = digest ? file_known(path, digest, size, file.sha256) :
			 file_digest(path, &file.size, file.sha256);
	if (error)
		return error;
	file.path = realpath(path, NULL);
	file.role = strdup(role);
	if (!file.path || !file.role) {
		free(file.path);
		free(file.role);
		return -ENOMEM;
	}
	record->files[record->file_count++] = file;
	return 0;
}

int record_files_check(const struct record *record, const struct record_file **file)
{
	for (size_t i = 0; i < record->file_count; i++) {
		char sha256[65];
		uint64_t size;
		int error;

		*file = &record->files[i];
		error = file_digest((*file)->path, &size, sha256);
		if (error)
			return error;
		if (size != (*file)->size || strcmp(sha256, (*file)->sha256))
			return -ESTALE;
	}
	return 0;
}

/* ------------------------------------------------------------------------------------- store */

static int make_parents(const char *path)
{
	char part[PATH_MAX];

	if (strlen(path) >= sizeof(part))
		return -ENAMETOOLONG;
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = 0;
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* The directory, open; it belongs to us, and nobody else can write to it. Or a negative errno. */
static int open_directory(const char *run_dir)
{
	int directory = open(run_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	int error = 0;

	if (directory < 0)
		return -errno;
	if (fstat(directory, &status))
		error = -errno;
	else if (status.st_uid != geteuid() || status.st_mode & (S_IWGRP | S_IWOTH))
		error = -EPERM;
	if (!error)
		return directory;
	close(directory);
	return error;
}

static int make_directory(const char *run_dir)
{
	int error = make_parents(run_dir);

	if (error)
		return error;
	if (mkdir(run_dir, 0700) && errno != EEXIST)
		return -errno;
	return open_directory(run_dir);
}

int record_write(const char *run_dir, const struct record *record)
{
	char *text = record_format(record);
	int directory, error;

	if (!text)
		return -EILSEQ;
	directory = make_directory(run_dir);
	error = directory < 0 ? directory :
				file_write_at(directory, RECORD_NAME, text, strlen(text));
	if (directory >= 0)
		close(directory);
	free(text);
	return error;
}

/* The text of the record, malloc()ed. 0 or a negative errno. */
static int read_file(int directory, char **text, size_t *size)
{
	int descriptor = openat(directory, RECORD_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	ssize_t got;
	int error = 0;

	if (descriptor < 0)
		return -errno;
	if (fstat(descriptor, &status))
		error = -errno;
	else if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
		 status.st_mode & (S_IWGRP | S_IWOTH))
		error = -EPERM;
	else if (status.st_size > RECORD_SIZE_MAX)
		error = -EFBIG;
	*text = error ? NULL : malloc((size_t)status.st_size + 1);
	if (!error && !*text)
		error = -ENOMEM;
	for (*size = 0; !error && *size < (size_t)status.st_size; *size += (size_t)got) {
		got = read(descriptor, *text + *size, (size_t)status.st_size - *size);
		if (got < 0)
			error = -errno;
		if (got <= 0)
			break;
	}
	close(descriptor);
	if (!error)
		return 0;
	free(*text);
	return error;
}

int record_read(const char *run_dir, const struct host *host, struct record *record, char *reason,
		size_t reason_size)
{
	int directory = open_directory(run_dir);
	struct record found = {0};
	char boot_id[37], *text = NULL;
	size_t size = 0;
	int error;

	*reason = 0;
	if (directory < 0)
		return directory;
	error = read_file(directory, &text, &size);
	close(directory);
	if (error)
		return error;
	error = record_parse(text, size, &found, reason, reason_size);
	free(text);
	if (error)
		return error;
	error = boot_id_read(host, boot_id);
	if (!error && strcmp(boot_id, found.boot_id))
		error = -ENOENT;
	if (error)
		record_free(&found);
	else
		*record = found;
	return error;
}

int record_remove(const char *run_dir)
{
	int directory = open_directory(run_dir);
	int error = 0;

	if (directory < 0)
		return directory == -ENOENT ? 0 : directory;
	if (unlinkat(directory, RECORD_NAME, 0) && errno != ENOENT)
		error = -errno;
	close(directory);
	return error;
}
