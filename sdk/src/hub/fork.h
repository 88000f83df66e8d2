/* SPDX-License-Identifier: MIT */
/* Forking inside sdk. */
#ifndef FROND_SRC_FORK_H
#define FROND_SRC_FORK_H

#include "core.h"

/* Has the child of any fork of this process noticed; from the first hub on. */
FROND_INTERNAL void frond__fork_watch(void);

/* The hub whose thread forked this process, once: the next call answers NULL. */
FROND_INTERNAL frond_hub *frond__fork_inherited(void);

/* The surviving greenlet's function has returned: the child ends here. */
FROND_INTERNAL FROND_NORETURN void frond__fork_leave(frond_greenlet *g);

/* A job of a thread pool runs between these; a fork waits for the end, and holds back the begin. */
FROND_INTERNAL void frond__job_begin(void);
FROND_INTERNAL void frond__job_end(void);

/* A fork holds back frond_opening_begin; its child makes the lock anew. */
FROND_INTERNAL void frond__opening_hold(void);
FROND_INTERNAL void frond__opening_release(void);
FROND_INTERNAL void frond__opening_renew(void);

/* The functions of frond_atfork, in the running greenlet, between a begin and an end: nobody adds one meanwhile. */
FROND_INTERNAL void frond__atfork_prepare(frond_hub *h);
FROND_INTERNAL void frond__atfork_parent(frond_hub *h);
FROND_INTERNAL void frond__atfork_child(frond_hub *h);

/* The same in the child of a fork that was not frond's, once; else nothing. */
FROND_INTERNAL void frond__atfork_inherited(frond_hub *h);

/* The same for a fork that was not frond's: nothing is called, but in the child, later. */
FROND_INTERNAL void frond__atfork_hold(void);
FROND_INTERNAL void frond__atfork_release(void);
FROND_INTERNAL void frond__atfork_renew(void);

/* In the child: no descriptor has a watcher. */
FROND_INTERNAL void frond__io_forget(void);

#endif
