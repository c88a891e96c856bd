/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For each way in which the kernel refuses, the explanation names the rule, and the segment that
 * broke it. The answers of the kernel are files in a scratch directory.
 */
#include <errno.h>

#include "kexec/explain.h"
#include "kexec/prepare.h"
#include "tests/unit/fake_host.h"
#include "tests/unit/words.h"

static const char capable[] = "Name:\tkexec\nCapInh:\t0000000000000000\nCapEff:\t000001ffffffffff\n";

static void check(struct fake *fake, const struct plan *plan, int error, const char *expected)
{
	char text[EXPLANATION_SIZE] = "";

	explain_load(&fake->host, error, plan, text, sizeof(text));
	fake_contains(text, expected);
	fake_contains(text, strerror(error));
}

static void eperm_names_who_forbids(void **state)
{
	struct fake fake;

	(void)state;
	fake_start(&fake);
	check(&fake, NULL, EPERM, "security policy");
	fake_file(&fake, "proc/self/status", "%s", capable);
	fake_file(&fake, "proc/self/uid_map", "         0          0 4294967295\n");
	fake_file(&fake, "proc/sys/kernel/kexec_load_disabled", "0\n");
	fake_file(&fake, "proc/sys/kernel/kexec_load_limit_reboot", "-1\n");
	fake_file(&fake, "sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	check(&fake, NULL, EPERM, "security policy");
	fake_file(&fake, "proc/sys/kernel/kexec_load_limit_reboot", "5\n");
	check(&fake, NULL, EPERM, "security policy");
	fake_file(&fake, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	check(&fake, NULL, EPERM, "locked down (integrity");
	fake_file(&fake, "proc/sys/kernel/kexec_load_limit_reboot", "0\n");
	check(&fake, NULL, EPERM, "kexec_load_limit_reboot");
	fake_file(&fake, "proc/sys/kernel/kexec_load_disabled", "1\n");
	check(&fake, NULL, EPERM, "kexec_load_disabled");
	fake_file(&fake, "proc/self/uid_map", "         0       1000          1\n");
	check(&fake, NULL, EPERM, "user namespace");
	/* All but CAP_SYS_BOOT, which is bit 22. */
	fake_file(&fake, "proc/self/status", "Name:\tx\nCapEff:\t000001ffffbfffff\n");
	check(&fake, NULL, EPERM, "lacks CAP_SYS_BOOT");
	fake_stop(&fake);
}

static void the_file_call_is_told_from_the_other(void **state)
{
	char text[EXPLANATION_SIZE];
	struct fake fake;

	(void)state;
	fake_start(&fake);
	fake_file(&fake, "sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	explain_load_file(&fake.host, EPERM, text, sizeof(text));
	fake_contains(text, "signed kernels only");
	assert_null(strstr(text, "kexec_load;"));
	explain_load_file(&fake.host, ENOSYS, text, sizeof(text));
	fake_contains(text, "CONFIG_KEXEC_FILE");
	explain_load_file(&fake.host, EKEYREJECTED, text, sizeof(text));
	fake_contains(text, "signature");
	fake_stop(&fake);
}

/* The broken rule that einval should name, made by changing a good plan. */
static void einval_names_segment_and_rule(void **state)
{
	struct preparation preparation = {0};
	struct plan *plan = &preparation.plan;
	struct options options = {.preserve = true};
	struct segment *kernel = &plan->segments[0], *initrd = &plan->segments[1];
	struct segment good;
	struct fake fake;

	(void)state;
	fake_start(&fake);
	assert_int_equal(fake_prepare(&options, &preparation), 0);
	check(&fake, plan, EINVAL, "no rule of the kernel's");

	good = *initrd;
	initrd->start = kernel->start + kernel->size - 0x1000;
	check(&fake, plan, EINVAL,
	      "the segments kernel at 0x100000 and initrd at 0x101000 overlap");
	initrd->start = kernel->start + kernel->size; /* they only touch */
	check(&fake, plan, EINVAL, "no rule of the kernel's");
	initrd->start = kernel->start - initrd->size;
	check(&fake, plan, EINVAL, "no rule of the kernel's");
	*initrd = good;

	initrd->bytes_size = 0x1001;
	check(&fake, plan, EINVAL, "initrd has 4097 bytes for 4096");
	*initrd = good;

	/* MemTotal is 1 GiB: 512 MiB in all is as much as may be. */
	initrd->size = (512u << 20) - kernel->size;
	check(&fake, plan, EINVAL, "no rule of the kernel's");
	initrd->size += 0x1000;
	check(&fake, plan, EINVAL, "initrd alone 524284 KiB");
	check(&fake, plan, EINVAL, "half of its 1048576 KiB");
	*initrd = good;

	initrd->start += 8;
	check(&fake, plan, EADDRNOTAVAIL,
	      "initrd at 0x200008 of 0x1000 bytes is not made of whole");
	*initrd = good;
	check(&fake, plan, EADDRNOTAVAIL, "the highest is initrd at 0x200000");
	preparation_free(&preparation);
	fake_stop(&fake);
}

static void the_others_say_what_to_do(void **state)
{
	struct preparation preparation = {0};
	struct options options = {.preserve = true};
	char text[EXPLANATION_SIZE];
	struct fake fake;

	(void)state;
	fake_start(&fake);
	assert_int_equal(fake_prepare(&options, &preparation), 0);
	check(&fake, &preparation.plan, ENOMEM, "image's 12 KiB; 524288 KiB");
	check(&fake, &preparation.plan, EBUSY, "another load");
	check(&fake, &preparation.plan, ENOSYS, "CONFIG_KEXEC");
	check(&fake, &preparation.plan, EACCES, "security policy");
	check(&fake, &preparation.plan, ENOTTY, "ioctl"); /* nothing known: the words alone */
	explain_start(&fake.host, EINVAL, text, sizeof(text));
	fake_contains(text, "nothing has been loaded");
	fake_loaded(&fake, 1);
	explain_start(&fake.host, EINVAL, text, sizeof(text));
	assert_null(strstr(text, "nothing has been loaded"));
	preparation_free(&preparation);
	fake_stop(&fake);
}

static void any_buffer_is_kept_to(void **state)
{
	char text[64];
	struct fake fake;

	(void)state;
	fake_start(&fake);
	fake_file(&fake, "proc/sys/kernel/kexec_load_disabled", "1\n");
	for (size_t size = 1; size <= 40; size++) {
		memset(text, 'x', sizeof(text));
		explain_load(&fake.host, EPERM, NULL, text, size);
		assert_true(strlen(text) < size);
		assert_int_equal(text[size], 'x');
	}
	fake_stop(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(eperm_names_who_forbids),
		fake_test(the_file_call_is_told_from_the_other),
		fake_test(einval_names_segment_and_rule),
		fake_test(the_others_say_what_to_do),
		fake_test(any_buffer_is_kept_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
