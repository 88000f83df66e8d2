/* SPDX-License-Identifier: MIT */
/* What this build of frond consists of and how it works on this system, for reports of bugs.  Each
 * module tells its own facts: frond_sdk_about, frond_dns_about and so on, all of one form.
 * Nothing here suspends; any thread may use it. */
#ifndef FROND_ABOUT_H
#define FROND_ABOUT_H

#include <frond/api.h>

FROND_BEGIN

/* Gets one fact: name is a word ("libuv"), value a short text ("1.44.2").  Both are good until it
 * returns. */
typedef void (*frond_fact_fn)(const char *name, const char *value, void *arg);

/* Calls fact for each thing there is to know of sdk: system, cpu, context (how stacks are switched),
 * guard (what a stack overflow runs into), symbols (where names in backtraces come from), libuv,
 * polling.  Does not suspend.  Cannot fail.  arg is borrowed until it returns.  Since 0.1. */
FROND_API void frond_sdk_about(frond_fact_fn fact, void *arg);

FROND_END

#endif
