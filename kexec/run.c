/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The actions that act on this machine: each is a few steps that live elsewhere. */
#include "kexec/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kexec/announce.h"
#include "kexec/failure.h"
#include "kexec/host.h"
#include "kexec/load.h"
#include "kexec/load_file.h"
#include "kexec/machine.h"
#include "kexec/options.h"
#include "kexec/start.h"
#include "kexec/status.h"
#include "kexec/unload.h"

static int load(const struct host *host, const struct options *options)
{
	return options->file_syscall ? load_kernel_file(host, options) :
				       load_kernel(host, &load_steps, options);
}

static int start(const struct host *host, const struct options *options)
{
	return start_kernel(host, &load_steps, options);
}

static int load_and_start(const struct host *host, const struct options *options)
{
	int code = load(host, options);

	return code ? code : start_kernel(host, &load_steps, options);
}

static int load_and_reboot(const struct host *host, const struct options *options)
{
	int code = load(host, options);

	if (code)
		return code;
	return failure(EXIT_FAILED, "the kernel is loaded, but shutdown cannot be run: %s",
		       strerror(-host->calls->shutdown(host->context)));
}

static int show_status(const struct host *host, const struct options *options)
{
	return status_print(host, &load_steps, options, stdout);
}

static int announce_all(const struct host *host, const struct options *options)
{
	struct warnings warnings = {0};
	struct machine machine = {0};
	int code = machine_read(options, &machine, &warnings);

	warnings_print(&warnings);
	warnings_free(&warnings);
	if (!code)
		code = announce(host, &machine, options);
	machine_free(&machine);
	return code;
}

static int crash_size(const struct host *host, const struct options *options)
{
	int64_t bytes;
	int error = host_crash_size(host, &bytes);

	(void)options;
	/* As kexec-tools: a kernel that has no such file has set nothing aside. */
	if (error == -ENOENT)
		bytes = 0;
	else if (error)
		return failure(EXIT_FAILED, "cannot read the size of the crash kernel's memory: %s",
			       strerror(-error));
	printf("%" PRId64 "\n", bytes);
	return fflush(stdout) ? failure(EXIT_FAILED, "cannot write: %s", strerror(errno)) : 0;
}

static int on_host(int (*action)(const struct host *host, const struct options *options),
		   const struct options *options)
{
	struct host host;
	int code = host_open(&host);

	if (code)
		return code;
	code = action(&host, options);
	host_close(&host);
	return code;
}

int run_load(const struct options *options)
{
	return on_host(load, options);
}

int run_load_and_reboot(const struct options *options)
{
	return on_host(load_and_reboot, options);
}

int run_force(const struct options *options)
{
	return on_host(load_and_start, options);
}

int run_exec(const struct options *options)
{
	return on_host(start, options);
}

int run_unload(const struct options *options)
{
	return on_host(unload_kernel, options);
}

int run_status(const struct options *options)
{
	return on_host(status_code, options);
}

int run_show_status(const struct options *options)
{
	return on_host(show_status, options);
}

int run_announce(const struct options *options)
{
	return on_host(announce_all, options);
}

int run_crash_size(const struct options *options)
{
	return on_host(crash_size, options);
}
