// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands in a world that fails them: a static helper of the VM tests.
 *
 *   failing ERRNO COMMAND...     kexec_load(2) fails with this error number (seccomp(2))
 *   failing kill COMMAND...      kexec_load(2) kills
 *   failing after-N COMMAND...   the N-th system call of any kind kills (ptrace(2)); the exit code
 *                                is the command's, or 137
 *   failing flip-N[-end] COMMAND...
 *                                kexec_load(2) gets one wrong bit in the middle of its segment N, from
 *                                0, or near its end
 */
#include <errno.h>
#include <elf.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "failing: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void filter_install(unsigned int result)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kexec_load, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, result),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		die("seccomp");
}

/* Lets the command make so many system calls. The exit code is the command's, 137 when killed. */
static int run_counted(unsigned long calls, char **command)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(command[0], command);
		die(command[0]);
	}
	/* Each call stops twice, at its entry and at its exit; the first stop is the exec. */
	for (unsigned long stops = 0; waitpid(pid, &status, 0) == pid; stops++) {
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (stops >= 2 * calls)
			kill(pid, SIGKILL);
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	}
	return 125;
}

/* The number and the second and third argument of the system call that a process is stopped in. */
static void call_read(pid_t pid, unsigned long call[3])
{
	struct user_regs_struct registers;
	struct iovec vector = {&registers, sizeof(registers)};

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &vector))
		die("PTRACE_GETREGSET");
#ifdef __x86_64__
	call[0] = registers.orig_rax;
	call[1] = registers.rsi;
	call[2] = registers.rdx;
#else
	call[0] = registers.regs[8];
	call[1] = registers.regs[1];
	call[2] = registers.regs[2];
#endif
}

static unsigned long word_read(pid_t pid, unsigned long address)
{
	errno = 0;
	unsigned long word = (unsigned long)ptrace(PTRACE_PEEKDATA, pid, address, NULL);

	if (errno)
		die("PTRACE_PEEKDATA");
	return word;
}

/* struct kexec_segment (include/uapi/linux/kexec.h): buf, bufsz, mem, memsz. */
static void segment_flip(pid_t pid, unsigned long segments, unsigned long segment, bool end)
{
	unsigned long bytes = word_read(pid, segments + segment * 32);
	unsigned long size = word_read(pid, segments + segment * 32 + 8);
	unsigned long place = bytes + (end ? size - 16 : size / 16 * 8);

	if (ptrace(PTRACE_POKEDATA, pid, place, word_read(pid, place) ^ 0x10000))
		die("PTRACE_POKEDATA");
}

/* The exit code is the command's; 124 when it never came to a kexec_load(2) with that segment. */
static int run_flipped(unsigned long segment, bool end, char **command)
{
	unsigned long call[3];
	bool flipped = false;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(command[0], command);
		die(command[0]);
	}
	while (waitpid(pid, &status, 0) == pid) {
		if (WIFEXITED(status))
			return flipped ? WEXITSTATUS(status) : 124;
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		call_read(pid, call);
		/* The first stop in a system call is at its entry. */
		if (!flipped && call[0] == SYS_kexec_load && call[1] > segment) {
			segment_flip(pid, call[2], segment, end);
			flipped = true;
		}
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	}
	return 125;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "failing: see the head of failing.c\n");
		return 125;
	}
	if (!strncmp(argv[1], "after-", 6))
		return run_counted(strtoul(argv[1] + 6, NULL, 10), argv + 2);
	if (!strncmp(argv[1], "flip-", 5))
		return run_flipped(strtoul(argv[1] + 5, NULL, 10), strstr(argv[1], "-end"),
				   argv + 2);
	if (!strcmp(argv[1], "kill"))
		filter_install(SECCOMP_RET_KILL_PROCESS);
	else
		filter_install(SECCOMP_RET_ERRNO | (unsigned int)atoi(argv[1]));
	execvp(argv[2], argv + 2);
	die(argv[2]);
}
