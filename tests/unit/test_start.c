/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way out: what is done before the next kernel starts, in which order, and what is undone when
 * it does not. */
#include <errno.h>
#include "tests/unit/fake_load.h"

static void nothing_loaded_is_said(void **state)
{
	struct fake fake;

	(void)state;
	fake_start(&fake);
	fake_options(&fake, "kexec", "-e", NULL);
	assert_int_equal(start_loaded(&fake), EXIT_USAGE);
	check_message(&fake, "Nothing has been loaded!");
	check_log(&fake, "");
	fake_stop(&fake);
}

static void it_is_not_started_blindly(void **state)
{
	struct fake fake;

	(void)state;
	prepare_exec(&fake, NULL);
	fake_file_remove(&fake, "sys/kernel/kexec_loaded");
	assert_int_equal(start_loaded(&fake), EXIT_FAILED);
	check_message(&fake, "cannot read whether a kernel is loaded");
	check_log(&fake, "");
	fake_loaded(&fake, 1);
	fake_file(&fake, "proc/self/status", "Name:\tx\nCapEff:\t000001ffffbfffff\n");
	assert_int_equal(start_loaded(&fake), EXIT_FAILED);
	check_message(&fake, "cannot start the loaded kernel: this process lacks CAP_SYS_BOOT");
	check_log(&fake, "");
	fake_file(&fake, "proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n");
	fake_file(&fake, "proc/self/uid_map", "         0       1000          1\n");
	assert_int_equal(start_loaded(&fake), EXIT_FAILED);
	check_message(&fake, "user namespace");
	check_log(&fake, "");
	fake_file(&fake, "proc/self/uid_map", "         0          0 4294967295\n");
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync start");
	fake_stop(&fake);
}

static void interfaces_make(struct fake *fake)
{
	static const char *const names[] = {"lo", "eth0", "eth1", "wlan0"};
	static const unsigned int flags[] = {IFF_UP | IFF_LOOPBACK, IFF_UP | IFF_BROADCAST,
					     IFF_BROADCAST, IFF_UP};

	fake->interface_count = 4;
	for (int i = 0; i < 4; i++) {
		strcpy(fake->interface_names[i], names[i]);
		fake->interface_flags[i] = flags[i];
	}
}

static void the_network_goes_down_last(void **state)
{
	struct fake fake;

	(void)state;
	prepare_exec(&fake, NULL);
	interfaces_make(&fake);
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync eth0-down wlan0-down start");
	assert_int_equal(fake.interface_flags[1], IFF_BROADCAST);
	fake_stop(&fake);
}

static void x_and_y_leave_it_out(void **state)
{
	struct fake fake;

	(void)state;
	prepare_exec(&fake, NULL);
	interfaces_make(&fake);
	fake_options(&fake, "kexec", "-e", "-x", NULL);
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "sync start");
	fake_options(&fake, "kexec", "-e", "-y", NULL);
	assert_int_equal(start_loaded(&fake), 0);
	check_log(&fake, "eth0-down wlan0-down start");
	fake_stop(&fake);
}

static void a_start_that_fails_gives_the_network_back(void **state)
{
	struct fake fake;

	(void)state;
	prepare_exec(&fake, NULL);
	interfaces_make(&fake);
	fake.start_answer = -EBUSY;
	assert_int_equal(start_loaded(&fake), EXIT_FAILED);
	check_log(&fake, "sync eth0-down wlan0-down start eth0-up wlan0-up");
	check_message(&fake, "routes");
	assert_int_equal(fake.interface_flags[1], IFF_UP | IFF_BROADCAST);
	assert_int_equal(fake.interface_flags[2], IFF_BROADCAST);
	fake_stop(&fake);
}

static void only_what_went_down_comes_up(void **state)
{
	struct fake fake;

	(void)state;
	prepare_exec(&fake, NULL);
	interfaces_make(&fake);
	fake.interface_stuck = "eth0";
	fake.start_answer = -EBUSY;
	assert_int_equal(start_loaded(&fake), EXIT_FAILED);
	check_log(&fake, "sync wlan0-down start wlan0-up");
	check_message(&fake, "routes");
	/* None went down: there is nothing to be said of routes. */
	fake.interface_flags[3] = 0;
	assert_int_equal(start_loaded(&fake), EXIT_FAILED);
	check_log(&fake, "sync start");
	assert_null(strstr(fake_messages(&fake), "routes"));
	fake_stop(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(nothing_loaded_is_said),
		fake_test(it_is_not_started_blindly),
		fake_test(the_network_goes_down_last),
		fake_test(x_and_y_leave_it_out),
		fake_test(a_start_that_fails_gives_the_network_back),
		fake_test(only_what_went_down_comes_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
