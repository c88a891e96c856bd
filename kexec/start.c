/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaves this kernel for the one that is loaded. */
#include "kexec/start.h"

#include <errno.h>
#include <string.h>

#include "kexec/explain.h"
#include "kexec/failure.h"
#include "kexec/host.h"
#include "kexec/late.h"
#include "kexec/options.h"
#include "kexec/status.h"

/* Past it interfaces stay up, which only means that their devices may write to memory a moment
 * longer: drivers are shut down by the kernel itself. */
#define INTERFACES_MAX 1024

struct interfaces {
	char names[INTERFACES_MAX][IFNAMSIZ];
	size_t count;
};

static int interface_change(const struct host *host, const char *name, bool up)
{
	unsigned int flags;
	int error = host->calls->interface_get(host->context, name, &flags);

	if (error >= 0)
		error = host->calls->interface_set(host->context, name,
						   up ? flags | IFF_UP : flags & ~(unsigned)IFF_UP);
	if (error < 0)
		debug("cannot take the interface %s %s: %s", name, up ? "up" : "down",
		      strerror(-error));
	return error;
}

/* Takes down what is up, and keeps the names of what is down by that. */
static void interfaces_down(const struct host *host, struct interfaces *interfaces)
{
	int count = host->calls->interfaces(host->context, interfaces->names, INTERFACES_MAX);

	interfaces->count = 0;
	for (int i = 0; i < count; i++) {
		char *name = interfaces->names[i];
		unsigned int flags;

		if (host->calls->interface_get(host->context, name, &flags) < 0 ||
		    !(flags & IFF_UP) || flags & IFF_LOOPBACK)
			continue;
		if (interface_change(host, name, false) >= 0)
			memmove(interfaces->names[interfaces->count++], name, IFNAMSIZ);
	}
}

/* How many came up again. */
static size_t interfaces_up(const struct host *host, const struct interfaces *interfaces)
{
	size_t count = 0;

	for (size_t i = 0; i < interfaces->count; i++)
		count += interface_change(host, interfaces->names[i], true) >= 0;
	return count;
}

static const char *network_say(size_t down, size_t up)
{
	if (!down)
		return "";
	return up == down ? " (the network is up again, without its routes)" :
			    " (the network is down, or up in part, without its routes)";
}

/* What can be known to fail does so while nothing is touched. */
static int start_check(const struct host *host)
{
	const struct options reboot = {.panic = false};
	char explanation[EXPLANATION_SIZE];
	int code = status_code(host, &reboot);

	if (code == EXIT_FAILED)
		return code;
	if (!code)
		return failure(EXIT_USAGE, "Nothing has been loaded!");
	if (explain_start_forbidden(host, explanation, sizeof(explanation)))
		return failure(EXIT_FAILED, "cannot start the loaded kernel: %s", explanation);
	return 0;
}

int start_kernel(const struct host *host, const struct load_steps *steps,
		 const struct options *options)
{
	struct interfaces interfaces = {.count = 0};
	char explanation[EXPLANATION_SIZE];
	int code = start_check(host), error;
	size_t up;

	if (code)
		return code;
	/* It may take long, and memory may go bad meanwhile. */
	if (!options->no_sync)
		host->calls->sync(host->context);
	code = late_settle(host, steps, options);
	if (code)
		return code;
	if (!options->no_ifdown)
		interfaces_down(host, &interfaces);
	error = host->calls->start(host->context);
	if (error >= 0)
		return 0;
	up = interfaces_up(host, &interfaces);
	explain_start(host, -error, explanation, sizeof(explanation));
	return failure(EXIT_FAILED, "cannot start the loaded kernel: %s%s", explanation,
		       network_say(interfaces.count, up));
}
