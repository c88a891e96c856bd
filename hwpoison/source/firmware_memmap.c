/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The firmware's memory map as /sys/firmware/memmap shows it: what an earlier kexec told is in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hwpoison/internal.h"

/* e820_type_to_string() in arch/x86/kernel/e820.c. */
static const struct {
	const char *name;
	uint32_t type;
} types[] = {
	{"System RAM", HWPOISON_RAM},
	{"Reserved", HWPOISON_RESERVED},
	{"reserved", HWPOISON_RESERVED},
	{"Unknown E820 type", HWPOISON_RESERVED},
	{"ACPI Tables", HWPOISON_ACPI},
	{"ACPI Non-volatile Storage", HWPOISON_NVS},
	{"Unusable memory", HWPOISON_UNUSABLE},
	{"Persistent Memory", HWPOISON_PMEM},
	{"Persistent Memory (legacy)", HWPOISON_PRAM},
	{"Soft Reserved", HWPOISON_SOFT_RESERVED},
};

struct entry {
	int directory;	    /* memmap/ */
	const char *number; /* of the entry */
	struct hwpoison_problem *problem;
};

/* What a file of an entry held, without the newline that sysfs puts after it. */
struct value {
	char text[64];
	size_t length;
	bool newline;
};

static int entry_fail(const struct entry *entry, const char *name, int os_error, int error)
{
	char path[96];
	int length = snprintf(path, sizeof(path), "%s/%s", entry->number, name);

	hwpoison_problem_set(entry->problem, path, (size_t)length);
	if (entry->problem)
		entry->problem->os_error = os_error;
	return error;
}

static ssize_t file_read(int file, char *bytes, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(file, bytes + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (!got)
			break;
		length += (size_t)got;
	}
	return (ssize_t)length;
}

/* O_NONBLOCK: a snapshot may hold anything, and opening a FIFO would wait for ever. */
static int value_read(const struct entry *entry, const char *name, struct value *value)
{
	char path[300];
	struct stat status;
	ssize_t length = -1;
	int file, os_error;

	snprintf(path, sizeof(path), "%s/%s", entry->number, name);
	file = openat(entry->directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return entry_fail(entry, name, errno, HWPOISON_EIO);
	if (!fstat(file, &status) && !S_ISREG(status.st_mode))
		errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
	else
		length = file_read(file, value->text, sizeof(value->text));
	os_error = errno;
	close(file);
	if (length < 0)
		return entry_fail(entry, name, os_error, HWPOISON_EIO);

	value->length = (size_t)length;
	value->newline = value->length && value->text[value->length - 1] == '\n';
	if (value->newline)
		value->length--;
	if (!value->length || value->length + 1 >= sizeof(value->text) ||
	    memchr(value->text, '\0', value->length) || memchr(value->text, '\n', value->length))
		return entry_fail(entry, name, 0, HWPOISON_EPARSE);
	return 0;
}

/* "0x1000": start_show() and end_show() in drivers/firmware/memmap.c. */
static int address_read(const struct entry *entry, const char *name, uint64_t *address)
{
	struct value value;
	const char *text = value.text;
	int error = value_read(entry, name, &value);

	if (error)
		return error;
	if (value.length < 3 || memcmp(value.text, "0x", 2))
		return entry_fail(entry, name, 0, HWPOISON_EPARSE);
	error = hwpoison_number_read(&text, &value.length, address);
	if (!error && value.length)
		error = HWPOISON_EPARSE;
	return error ? entry_fail(entry, name, 0, error) : 0;
}

/* A name that is not known is memory that cannot be used: but not when it looks cut off. */
static int type_read(const struct entry *entry, uint32_t *type)
{
	struct value value;
	int error = value_read(entry, "type", &value);

	if (error)
		return error;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i].name) == value.length &&
		    !memcmp(types[i].name, value.text, value.length)) {
			*type = types[i].type;
			return 0;
		}
	}
	if (!value.newline)
		return entry_fail(entry, "type", 0, HWPOISON_EPARSE);
	*type = HWPOISON_RESERVED;
	return 0;
}

static int entry_read(const struct entry *entry, struct hwpoison_map *map)
{
	uint64_t start, last;
	uint32_t type;
	int error = address_read(entry, "start", &start);

	if (!error)
		error = address_read(entry, "end", &last);
	if (!error)
		error = type_read(entry, &type);
	if (error)
		return error;
	if (last < start || last >= HWPOISON_ADDRESS_LIMIT)
		error = entry_fail(entry, "end", 0, HWPOISON_ERANGE);
	else
		error = hwpoison_map_add(map, start, last + 1, type);
	if (error == HWPOISON_ERANGE && entry->problem) {
		entry->problem->start = start;
		entry->problem->end = last + 1 ? last + 1 : last;
	}
	return error;
}

static int directory_fail(struct hwpoison_problem *problem, int os_error)
{
	hwpoison_problem_set(problem, "memmap", strlen("memmap"));
	if (problem)
		problem->os_error = os_error;
	return HWPOISON_EIO;
}

static int entries_read(DIR *list, struct hwpoison_map *map, struct hwpoison_problem *problem)
{
	struct entry entry = {.directory = dirfd(list), .problem = problem};
	struct dirent *found;
	int error;

	for (errno = 0; (found = readdir(list)) != NULL; errno = 0) {
		entry.number = found->d_name;
		if (found->d_name[0] == '.')
			continue;
		if (found->d_name[strspn(found->d_name, "0123456789")])
			return entry_fail(&entry, "", 0, HWPOISON_EPARSE);
		error = entry_read(&entry, map);
		if (error)
			return error;
	}
	return errno ? directory_fail(problem, errno) : 0;
}

int hwpoison_firmware_map_read(int directory, struct hwpoison_map *map,
			       struct hwpoison_problem *problem)
{
	struct hwpoison_map found = {0};
	int file = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = file < 0 ? NULL : fdopendir(file);
	int os_error = errno, error;

	if (!list) {
		if (file >= 0)
			close(file);
		return directory_fail(problem, os_error);
	}
	error = entries_read(list, &found, problem);
	closedir(list);
	if (error) {
		hwpoison_map_free(&found);
		return error;
	}
	hwpoison_map_free(map);
	*map = found;
	return 0;
}
