/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * update NAME COMMAND...: runs a command with a live update of that name open, as the agent of a
 * hypervisor would (Linux include/uapi/linux/liveupdate.h: LIVEUPDATE_IOCTL_CREATE_SESSION).
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CREATE _IO(0xBA, 0)

struct create {
	uint32_t size;
	int32_t fd; /* filled in: the open file that stands for it */
	uint8_t name[64];
};

int main(int argc, char **argv)
{
	struct create create = {.size = sizeof(create)};
	int device = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);

	if (argc < 3 || device < 0) {
		perror("/dev/liveupdate");
		return 1;
	}
	strncpy((char *)create.name, argv[1], sizeof(create.name) - 1);
	if (ioctl(device, CREATE, &create) || fcntl(create.fd, F_SETFD, 0)) {
		perror("a live update");
		return 1;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
