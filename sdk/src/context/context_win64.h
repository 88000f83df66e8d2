/* SPDX-License-Identifier: MIT */
/* What the files of the contexts for x86-64 Windows agree on. */
#ifndef FROND_CONTEXT_WIN64_H
#define FROND_CONTEXT_WIN64_H

#include "context/context.h"

/* Calls fn, which never returns.  Exceptions that nobody has caught end here, by the rules of the system
 * for those of threads. */
FROND_INTERNAL void frond__context_first(void *arg, frond__context_fn fn);

#endif
