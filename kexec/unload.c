/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes a loaded image away, by whichever system call may. */
#include "kexec/unload.h"

#include <errno.h>
#include <string.h>

#include "kexec/explain.h"
#include "kexec/failure.h"
#include "kexec/host.h"
#include "kexec/load.h"
#include "kexec/options.h"
#include "kexec/record.h"

static int unload_by_file(const struct host *host, bool panic)
{
	return host->calls->load_file(host->context, -1, -1, NULL,
				      KEXEC_FILE_UNLOAD | (panic ? KEXEC_FILE_ON_CRASH : 0));
}

/* A negative errno, that of the call that was asked for. */
static int unload(const struct host *host, const struct options *options)
{
	int error;

	if (options->file_syscall)
		return unload_by_file(host, options->panic);
	error = host->calls->load(host->context, 0, 0, NULL, options->panic ? KEXEC_ON_CRASH : 0);
	/* Lockdown forbids kexec_load(2) whatever it is to do, and not the other. */
	if ((error == -EPERM || error == -ENOSYS) && unload_by_file(host, options->panic) >= 0)
		return 0;
	return error;
}

int unload_kernel(const struct host *host, const struct options *options)
{
	char explanation[EXPLANATION_SIZE];
	int error = -EBUSY;

	for (unsigned int i = 0; error == -EBUSY && i < LOAD_BUSY_TRIES; i++) {
		if (i)
			host->calls->wait(host->context, LOAD_BUSY_WAIT);
		error = unload(host, options);
	}
	if (error < 0) {
		explain_unload(host, -error, explanation, sizeof(explanation));
		return failure(EXIT_FAILED, "cannot unload: %s", explanation);
	}
	if (options->panic)
		return 0;
	/* One that stays is not taken for true: /sys/kernel/kexec_loaded says that nothing is. */
	error = record_remove(options->run_dir);
	if (error)
		debug("cannot remove the record in %s: %s", options->run_dir, strerror(-error));
	return 0;
}
