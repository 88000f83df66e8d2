/* SPDX-License-Identifier: MIT */
/* Users and groups by name, on POSIX. */
#ifndef FROND_IDENTITY_H
#define FROND_IDENTITY_H

#include "launch/steps.h"

/* Fills in whom the plan's child is to become.  Suspends when the system has to be asked for a name.  0, or an error
 * with its text set.  What was found is freed by frond__identity_free. */
int frond__identity_find(frond__plan *plan, frond_deadline d);
void frond__identity_free(frond__plan *plan);

#endif
