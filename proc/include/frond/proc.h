/* SPDX-License-Identifier: MIT */
/* Processes: workers that run functions of this program, other programs, and pipes of messages.  Each header says
 * more. */
#ifndef FROND_PROC_H
#define FROND_PROC_H

#include <frond/about.h>
#include <frond/fork.h>
#include <frond/handle.h>
#include <frond/pipe.h>
#include <frond/process.h>
#include <frond/rpc.h>
#include <frond/subprocess.h>

FROND_BEGIN

/* Calls fact with what proc found here: children (how it learns of their end: pidfd, handle, polled).
 * Any thread.  Does not suspend.  Cannot fail.  arg is borrowed until it returns.  Since 0.1. */
FROND_API void frond_proc_about(frond_fact_fn fact, void *arg);

FROND_END

#endif
