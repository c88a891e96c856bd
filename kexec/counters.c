/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the kernel's counters of memory failures. */
#include "kexec/counters.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kexec/host.h"

static void nodes_read(const struct host *host, struct counters *counters)
{
	static const char nodes[] = "sys/devices/system/node";
	int descriptor = openat(host->root, nodes, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = descriptor < 0 ? NULL : fdopendir(descriptor);
	struct dirent *entry;

	if (!directory) {
		if (descriptor >= 0)
			close(descriptor);
		return;
	}
	while ((entry = readdir(directory))) {
		char path[sizeof(nodes) + sizeof(entry->d_name) + 32];
		unsigned int node;
		int64_t total;

		if (sscanf(entry->d_name, "node%u", &node) != 1)
			continue;
		snprintf(path, sizeof(path), "%s/node%u/memory_failure/total", nodes, node);
		if (host_number(host, path, &total) || total < 0)
			continue;
		counters->nodes_known = true;
		counters->failures += (uint64_t)total;
	}
	closedir(directory);
}

void counters_read(const struct host *host, struct counters *counters)
{
	*counters = (struct counters){0};
	counters->known = !host_meminfo(host, "HardwareCorrupted", &counters->corrupted);
	nodes_read(host, counters);
}

bool counters_equal(const struct counters *before, const struct counters *after)
{
	return before->known && after->known && before->corrupted == after->corrupted &&
	       before->nodes_known == after->nodes_known && before->failures == after->failures;
}
