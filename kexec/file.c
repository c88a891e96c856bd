/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads whole files within a bound, and writes them all or not at all. */
#include "kexec/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE_FIRST 65536

void file_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void file_free(void *pointer)
{
	free(*(void **)pointer);
	*(void **)pointer = NULL;
}

/* 0, or a negative errno; *got is 0 at the end. */
static int read_some(int fd, char *bytes, size_t size, size_t *got)
{
	for (;;) {
		ssize_t count = read(fd, bytes, size);

		if (count >= 0) {
			*got = (size_t)count;
			return 0;
		}
		if (errno == EAGAIN) {
			struct pollfd ready = {.fd = fd, .events = POLLIN};

			poll(&ready, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
}

static int read_all(int fd, size_t limit, char **bytes, size_t *size)
{
	size_t capacity = READ_SIZE_FIRST, used = 0, got = 0;
	char *buffer = malloc(capacity + 1);
	int error;

	if (!buffer)
		return -ENOMEM;
	for (;;) {
		error = read_some(fd, buffer + used, capacity - used, &got);
		if (error)
			goto fail;
		used += got;
		if (used > limit) {
			error = -EFBIG;
			goto fail;
		}
		if (got == 0)
			break;
		if (used == capacity) {
			char *bigger = realloc(buffer, capacity * 2 + 1);

			error = -ENOMEM;
			if (!bigger)
				goto fail;
			buffer = bigger;
			capacity *= 2;
		}
	}
	buffer[used] = 0;
	*bytes = buffer;
	*size = used;
	return 0;
fail:
	free(buffer);
	return error;
}

int file_read_at(int directory, const char *path, size_t limit, void **bytes, size_t *size)
{
	/* Without O_NONBLOCK, a FIFO that nobody writes to would block the open for ever. */
	AUTO_CLOSE int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	char *text;
	int error;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (S_ISREG(status.st_mode) && status.st_size > 0 && (uintmax_t)status.st_size > limit)
		return -EFBIG;
	error = read_all(fd, limit, &text, size);
	if (!error)
		*bytes = text;
	return error;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t count = write(fd, bytes, size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		bytes += count;
		size -= (size_t)count;
	}
	return 0;
}

int file_write_at(int directory, const char *name, const void *bytes, size_t size)
{
	AUTO_FREE char *temporary = NULL;
	AUTO_CLOSE int fd = -1;
	int error;

	if (asprintf(&temporary, "%s.%ld.new", name, (long)getpid()) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return -errno;
	error = write_all(fd, bytes, size);
	if (!error && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
		error = -errno;
	if (!error && renameat(directory, temporary, directory, name) < 0)
		error = -errno;
	if (error)
		unlinkat(directory, temporary, 0);
	return error;
}

int file_create_at(int directory, const char *path, const void *bytes, size_t size)
{
	AUTO_CLOSE int fd = openat(directory, path,
				   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error;

	if (fd < 0)
		return -errno;
	error = write_all(fd, bytes, size);
	if (error)
		unlinkat(directory, path, 0);
	return error;
}
