/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hands files to kexec_file_load(2). */
#define _GNU_SOURCE
#include "kexec/load_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kexec/arch.h"
#include "kexec/cmdline.h"
#include "kexec/explain.h"
#include "kexec/file.h"
#include "kexec/host.h"
#include "kexec/image.h"
#include "kexec/kho/running.h"
#include "kexec/load.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/record.h"

/* Bytes as a file that has no name. A descriptor, or -1 after failure(). */
static int bytes_open(const char *name, const void *bytes, size_t size)
{
	int descriptor = memfd_create(name, MFD_CLOEXEC);
	size_t done = 0;

	while (descriptor >= 0 && done < size) {
		ssize_t written = write(descriptor, (const char *)bytes + done, size - done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			close(descriptor);
			descriptor = -1;
			break;
		}
		done += (size_t)written;
	}
	if (descriptor < 0)
		failure(EXIT_FAILED, "cannot keep the unpacked %s in memory: %s", name,
			strerror(errno));
	return descriptor;
}

static int path_open(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (descriptor < 0)
		failure(EXIT_USAGE, "cannot open %s: %s", path, strerror(errno));
	return descriptor;
}

/* The kernel's own file where that can be loaded as it is: it may carry a signature that the
 * kernel looks for in its extended attributes. */
static int kernel_open(const struct options *options, const struct image *image)
{
	if (*image->layers)
		return bytes_open("kernel", image->kernel, image->kernel_size);
	return path_open(options->kernel);
}

/* *initrd is -1 without one. 0 or an exit code. */
static int initrd_open(const struct options *options, const struct image *image, int *initrd)
{
	*initrd = -1;
	if (!options->initrd && !image->initrd)
		return 0;
	*initrd = options->initrd ? path_open(options->initrd) :
				    bytes_open("initrd", image->initrd, image->initrd_size);
	return *initrd >= 0 ? 0 : EXIT_USAGE;
}

static uint64_t flags_of(const struct options *options, int initrd)
{
	return (initrd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0) |
	       (options->panic ? KEXEC_FILE_ON_CRASH : 0) | (options->debug ? LOAD_FILE_DEBUG : 0) |
	       (options->no_cma ? LOAD_FILE_NO_CMA : 0) |
	       (options->force_dtb ? LOAD_FILE_FORCE_DTB : 0);
}

static int load_in_turn(const struct host *host, int kernel, int initrd, const char *command_line,
			uint64_t flags)
{
	int error = -EBUSY;

	for (unsigned int i = 0; error == -EBUSY && i < LOAD_BUSY_TRIES; i++) {
		if (i)
			host->calls->wait(host->context, LOAD_BUSY_WAIT);
		error = host->calls->load_file(host->context, kernel, initrd, command_line, flags);
	}
	return error;
}

static int files_load(const struct host *host, const struct options *options, int kernel,
		      int initrd, const char *command_line)
{
	uint64_t flags = flags_of(options, initrd);
	char explanation[EXPLANATION_SIZE];
	int error = load_in_turn(host, kernel, initrd, command_line, flags);

	if (error == -EINVAL && options->debug)
		error = load_in_turn(host, kernel, initrd, command_line,
				     flags & ~(uint64_t)LOAD_FILE_DEBUG);
	if (error >= 0)
		return 0;
	explain_load_file(host, -error, explanation, sizeof(explanation));
	return failure(error == -ENOSYS ? EXIT_FALLBACK : EXIT_FAILED, "kexec_file_load failed: %s",
		       explanation);
}

static int image_load(const struct host *host, const struct options *options,
		      const struct image *image)
{
	struct machine machine = {.arch = arch_native(), .running = true};
	AUTO_CLOSE int kernel = -1;
	AUTO_CLOSE int initrd = -1;
	AUTO_FREE char *command_line = NULL;
	char running[4096];
	int code;

	if (host_text(host, "proc/cmdline", running, sizeof(running)) >= 0)
		machine.command_line = running;
	code = command_line_make(&machine, options, image, &command_line);
	if (code)
		return code;
	kernel = kernel_open(options, image);
	if (kernel < 0)
		return EXIT_USAGE;
	code = initrd_open(options, image, &initrd);
	if (code)
		return code;
	return files_load(host, options, kernel, initrd, command_line ? command_line : "");
}

int load_kernel_file(const struct host *host, const struct options *options)
{
	struct warnings warnings = {0};
	struct record record = {0};
	struct image image = {0};
	int64_t crash_size;
	int code, error;

	if (options->panic && !host_crash_size(host, &crash_size) && !crash_size)
		return failure(EXIT_USAGE, "no memory is set aside for a crash kernel: boot with "
					   "crashkernel=SIZE on the command line");
	if (options->dtb)
		warn(&warnings, "--dtb=%s is not read: with -s the kernel hands its own tree over",
		     options->dtb);
	error = record_begin(&record, host, options->argc, options->argv);
	if (!error)
		error = load_record_files(options, NULL, &record);
	record.file_call = true;
	code = image_read(arch_native(), options->kernel, options->type, &image);
	if (!code)
		code = image_load(host, options, &image);
	if (!code)
		kho_running_tell(host, options, &warnings);
	if (!code && !options->panic)
		load_record_leave(options, &record, error, &warnings);
	warnings_print(&warnings);
	warnings_free(&warnings);
	image_free(&image);
	record_free(&record);
	return code;
}
