/* SPDX-License-Identifier: MIT */
/* Pipes to be waited for beside others.  A message that has come in part is no reason to wake anybody: what comes is
 * read, by whom the socket wakes, until a whole one is there. */
#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/impl/waitable.h>
#include <stddef.h>

static const frond_wait_kind kind = {"a message", NULL, NULL};

bool frond__pipe_look(frond_pipe *p) {
    return p->stream->closed || frond__pipe_collect(p, 0, FROND_NOW) != FROND_ETIMEDOUT;
}

static void arrived(frond_waiter *w) {
    frond_pipe *p = (frond_pipe *)(void *)((char *)w - offsetof(frond_pipe, watch));
    p->watching = false;
    frond__pipe_tell(p);
}

/* Who receives tells when he has done. */
void frond__pipe_tell(frond_pipe *p) {
    if (!p->watchers.head || p->watching || (!p->receivers.count && !p->stream->closed))
        return;
    if (!frond__pipe_look(p)) {
        p->watch = (frond_waiter){.woken = arrived};
        p->watching = p->stream->ops->watch(p->stream, &p->watch) == 0;
    }
    if (!p->watching)
        frond_wake_all(&p->watchers, 0);
}

static int ready(void *pipe) {
    frond_pipe *p = pipe;
    int rc = frond_home_check(&p->home);
    if (rc < 0)
        return rc;
    return p->stream->closed || (p->receivers.count && frond__pipe_look(p));
}

static void watch(void *pipe, frond_watch *w) {
    frond_pipe *p = pipe;
    p->inside++;
    frond_wake_source(1);
    (void)frond_waitlist_own(&p->watchers);
    frond_watch_begin(&w->waiter, &p->watchers, &kind, p);
    frond__pipe_tell(p);
}

static void unwatch(void *pipe, frond_watch *w) {
    frond_pipe *p = pipe;
    frond_watch_end(&w->waiter);
    frond_wake_source(-1);
    if (p->watching && !p->watchers.head) {
        frond_watch_end(&p->watch);
        p->watching = false;
    }
    frond__pipe_leave(p, NULL);
}

static const frond_waitable_ops ops = {ready, watch, unwatch};

frond_waitable frond_pipe_waitable(frond_pipe *p) {
    return (frond_waitable){&ops, p, {0}};
}
