/* SPDX-License-Identifier: MIT */
/* Users and groups by name, on POSIX. */
#ifndef FROND_IDENTITY_H
#define FROND_IDENTITY_H

#include "launch/steps.h"

/* Fills in whom the plan's child is to become.  Suspends when the system has to be asked for a name.  0, or an error
 * with its text set.  What was found is freed by frond__identity_free. */
int frond__identity_find(frond__plan *plan, frond_deadline d);
/* The groups that the system has for a user, how many of at most cap; in the file of each system's steps. */
int frond__identity_groups(const char *user, gid_t own, gid_t *groups, int cap);

void frond__identity_free(frond__plan *plan);

#endif
