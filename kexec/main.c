/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kexec(8): from the command line to the one action that it asks for. */
#include <locale.h>
#include <stdio.h>

#include "kexec/arch.h"
#include "kexec/dump.h"
#include "kexec/failure.h"
#include "kexec/learn.h"
#include "kexec/options.h"
#include "kexec/prepare.h"
#include "kexec/report.h"
#include "kexec/run.h"
#include "kexec/snapshot.h"

static int run_help(const struct options *options)
{
	(void)options;
	options_help(stdout);
	return 0;
}

static int run_version(const struct options *options)
{
	(void)options;
	puts("kexec-hwpoison " PACKAGE_VERSION);
	return 0;
}

static int run_dry(const struct options *options)
{
	struct preparation preparation = {0};
	int error = preparation_make(options, &preparation);

	if (!error && options->dump)
		error = dump_write(&preparation.plan, options->dump);
	if (!error)
		error = report_print(&preparation.plan, &preparation.learnt, stdout);
	else
		warnings_print(&preparation.plan.warnings);
	preparation_free(&preparation);
	return error;
}

static int run_list(const struct options *options)
{
	struct machine machine = {0};
	struct hwpoison_frames frames = {0};
	struct learnt learnt = {0};
	struct warnings warnings = {0};
	int error = machine_read(options, &machine, &warnings);

	if (!error)
		error = options_check(options, machine.arch);
	if (!error)
		error = learn_frames(&machine, options, NULL, &frames, &learnt, &warnings);
	warnings_print(&warnings);
	if (!error)
		error = list_print(&machine, &frames, options, stdout);
	hwpoison_frames_free(&frames);
	learnt_free(&learnt);
	warnings_free(&warnings);
	machine_free(&machine);
	return error;
}

static int run_snapshot(const struct options *options)
{
	struct machine machine = {0};
	struct warnings warnings = {0};
	int error = machine_read(options, &machine, &warnings);

	warnings_print(&warnings);
	if (!error)
		error = snapshot_write(&machine, options->snapshot);
	warnings_free(&warnings);
	machine_free(&machine);
	return error;
}

static const struct {
	enum action action;
	int (*run)(const struct options *options);
} actions[] = {
	{ACTION_LOAD_AND_REBOOT, run_load_and_reboot},
	{ACTION_LOAD, run_load},
	{ACTION_EXEC, run_exec},
	{ACTION_FORCE, run_force},
	{ACTION_UNLOAD, run_unload},
	{ACTION_STATUS, run_status},
	{ACTION_SHOW_STATUS, run_show_status},
	{ACTION_DRY_RUN, run_dry},
	{ACTION_LIST, run_list},
	{ACTION_SNAPSHOT, run_snapshot},
	{ACTION_ANNOUNCE, run_announce},
	{ACTION_HELP, run_help},
	{ACTION_VERSION, run_version},
	{ACTION_CRASH_SIZE, run_crash_size},
};

static int action_run(const struct options *options)
{
	int error = 0;

	if (options->unload_first)
		error = run_unload(options);
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions) && !error; i++) {
		if (actions[i].action == options->action)
			return actions[i].run(options);
	}
	return error;
}

int main(int argc, char **argv)
{
	struct options options;
	int code;

	setlocale(LC_ALL, "");
	code = options_parse(argc, argv, arch_native(), &options);
	if (!code) {
		if (options.debug)
			debug_enable();
		code = action_run(&options);
	}
	options_free(&options);
	/* What was printed and did not arrive is no success. */
	if ((fflush(stdout) || ferror(stdout)) && !code)
		code = failure(EXIT_USAGE, "standard output cannot be written");
	return code;
}
