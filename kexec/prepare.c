/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes the way from a command line to a plan, one step after the other. */
#include "kexec/prepare.h"

#include "kexec/arch.h"
#include "kexec/kho/running.h"
#include "kexec/options.h"

/* Where the segments of an image go, and the look at the finished plan. */
static int image_place(struct plan *plan)
{
	int error = 0;

	if (plan->image && plan->machine->arch->place)
		error = plan->machine->arch->place(plan);
	return error ? error : plan_check(plan);
}

int preparation_make(const struct options *options, struct preparation *preparation)
{
	struct plan *plan = &preparation->plan;
	struct hwpoison_frames frames = {0};
	bool with_image = options->kernel != NULL;
	int error;

	error = machine_read(options, &preparation->machine, &plan->warnings);
	if (!error)
		error = options_check(options, preparation->machine.arch);
	/* As in kexec-tools, where only the loader of 32-bit kernels takes it on x86. */
	if (!error && options->dtb && !preparation->machine.arch->tree)
		warn(&plan->warnings, "--dtb=%s is not read: a 64-bit kernel for %s takes no tree",
		     options->dtb, preparation->machine.arch->name);
	if (!error && with_image)
		error = kho_running_check(&preparation->machine, options, &plan->warnings);
	if (!error && with_image)
		error = image_read(preparation->machine.arch, options->kernel, options->type,
				   &preparation->image);
	if (!error && options->preserve)
		error = learn_frames(&preparation->machine, options,
				     with_image ? &preparation->image : NULL, &frames,
				     &preparation->learnt, &plan->warnings);
	if (!error)
		error = plan_make(&preparation->machine, options,
				  with_image ? &preparation->image : NULL, &frames, plan);
	if (!error)
		error = image_place(plan);
	hwpoison_frames_free(&frames);
	return error;
}

void preparation_free(struct preparation *preparation)
{
	plan_free(&preparation->plan);
	learnt_free(&preparation->learnt);
	image_free(&preparation->image);
	machine_free(&preparation->machine);
}
