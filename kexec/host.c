/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls of this machine, and the small files in which its kernel says how it is. */
#include "kexec/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kexec/failure.h"

static int result(long value)
{
	return value < 0 ? -errno : (int)value;
}

static int native_load(void *context, uint64_t entry, size_t count,
		       const struct kexec_segment *segments, uint64_t flags)
{
	(void)context;
	return result(syscall(SYS_kexec_load, entry, count, segments, flags));
}

static int native_load_file(void *context, int kernel, int initrd, const char *command_line,
			    uint64_t flags)
{
	/* The length counts the 0 byte: kexec_file_load(2). */
	size_t length = command_line ? strlen(command_line) + 1 : 0;

	(void)context;
	return result(syscall(SYS_kexec_file_load, kernel, initrd, length, command_line, flags));
}

static void native_sync(void *context)
{
	(void)context;
	sync();
}

static int native_start(void *context)
{
	(void)context;
	return result(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			      LINUX_REBOOT_CMD_KEXEC, NULL));
}

static int native_shutdown(void *context)
{
	static const char *const paths[] = {"/sbin/shutdown", "/etc/shutdown", "/bin/shutdown"};
	int error = -ENOENT;

	(void)context;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		execl(paths[i], "shutdown", "-r", "now", (char *)NULL);
		if (errno != ENOENT)
			error = -errno;
	}
	return error;
}

static int native_interfaces(void *context, char (*names)[IFNAMSIZ], size_t count)
{
	struct if_nameindex *all = if_nameindex();
	size_t found = 0;

	(void)context;
	if (!all)
		return -errno;
	for (; found < count && all[found].if_index; found++) {
		memset(names[found], 0, IFNAMSIZ);
		strncpy(names[found], all[found].if_name, IFNAMSIZ - 1);
	}
	if_freenameindex(all);
	return (int)found;
}

static int interface_control(const char *name, unsigned long request, unsigned int *flags)
{
	struct ifreq interface = {0};
	int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error;

	if (descriptor < 0)
		return -errno;
	strncpy(interface.ifr_name, name, IFNAMSIZ - 1);
	interface.ifr_flags = (short)*flags;
	error = result(ioctl(descriptor, request, &interface));
	if (!error)
		*flags = (unsigned short)interface.ifr_flags;
	close(descriptor);
	return error;
}

static int native_interface_get(void *context, const char *name, unsigned int *flags)
{
	(void)context;
	*flags = 0;
	return interface_control(name, SIOCGIFFLAGS, flags);
}

static int native_interface_set(void *context, const char *name, unsigned int flags)
{
	(void)context;
	return interface_control(name, SIOCSIFFLAGS, &flags);
}

static int native_hard_offline(void *context, uint64_t address)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	int descriptor = open("/sys/devices/system/memory/hard_offline_page", O_WRONLY | O_CLOEXEC);
	int error;

	(void)context;
	if (descriptor < 0)
		return -errno;
	error = result(write(descriptor, text, (size_t)length));
	close(descriptor);
	return error < 0 ? error : 0;
}

static void native_wait(void *context, unsigned int milliseconds)
{
	struct timespec time = {.tv_sec = milliseconds / 1000,
				.tv_nsec = milliseconds % 1000 * 1000000L};

	(void)context;
	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

static const struct kernel_calls native_calls = {
	.load = native_load,
	.load_file = native_load_file,
	.sync = native_sync,
	.start = native_start,
	.shutdown = native_shutdown,
	.interfaces = native_interfaces,
	.interface_get = native_interface_get,
	.interface_set = native_interface_set,
	.hard_offline = native_hard_offline,
	.wait = native_wait,
};

int host_open(struct host *host)
{
	*host = (struct host){.calls = &native_calls};
	host->root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (host->root < 0)
		return failure(EXIT_FAILED, "cannot open /: %s", strerror(errno));
	return 0;
}

void host_close(struct host *host)
{
	if (host->root >= 0)
		close(host->root);
	host->root = -1;
}

int host_text(const struct host *host, const char *path, char *text, size_t size)
{
	int descriptor = openat(host->root, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t length = 0;
	ssize_t got = 0;

	if (descriptor < 0)
		return -errno;
	while (length < size - 1) {
		got = read(descriptor, text + length, size - 1 - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	if (got < 0)
		got = -errno;
	close(descriptor);
	if (got < 0)
		return (int)got;
	if (length && text[length - 1] == '\n')
		length--;
	text[length] = 0;
	return (int)length;
}

int host_number(const struct host *host, const char *path, int64_t *number)
{
	char text[64], *end;
	int length = host_text(host, path, text, sizeof(text));
	long long value;

	if (length < 0)
		return length;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return -EINVAL;
	*number = value;
	return 0;
}

static int number_of_either(const struct host *host, const char *path, const char *other,
			    int64_t *number)
{
	int error = host_number(host, path, number);

	return error == -ENOENT ? host_number(host, other, number) : error;
}

int host_loaded(const struct host *host, int64_t *loaded)
{
	return number_of_either(host, "sys/kernel/kexec_loaded", "sys/kernel/kexec/loaded", loaded);
}

int host_crash_loaded(const struct host *host, int64_t *loaded)
{
	return number_of_either(host, "sys/kernel/kexec_crash_loaded",
				"sys/kernel/kexec/crash_loaded", loaded);
}

int host_crash_size(const struct host *host, int64_t *bytes)
{
	return number_of_either(host, "sys/kernel/kexec_crash_size", "sys/kernel/kexec/crash_size",
				bytes);
}

int host_meminfo(const struct host *host, const char *name, uint64_t *bytes)
{
	char text[8192];
	size_t name_length = strlen(name);
	int length = host_text(host, "proc/meminfo", text, sizeof(text));

	if (length < 0)
		return length;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		unsigned long long kilobytes;

		line += *line == '\n';
		if (strncmp(line, name, name_length) || line[name_length] != ':')
			continue;
		if (sscanf(line + name_length + 1, "%llu kB", &kilobytes) != 1 ||
		    kilobytes > UINT64_MAX / 1024)
			return -EINVAL;
		*bytes = kilobytes * 1024;
		return 0;
	}
	return -ENOENT;
}
