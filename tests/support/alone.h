/* SPDX-License-Identifier: MIT */
/* For forked children: nobody of their parent's may run in them. */
#ifndef FROND_TESTS_ALONE_H
#define FROND_TESTS_ALONE_H

#include <frond/sdk.h>
#include <unistd.h>

enum { ALONE_FOREIGN = 3 /* exit status of a child in which another greenlet runs */ };

static frond_greenlet *alone_self, *alone_hub; /* all that may run */

static int alone_watch(frond_trace_event event, frond_greenlet *from, frond_greenlet *to,
                       void *arg) {
    (void)from;
    (void)arg;
    if (event == FROND_TRACE_SPAWN || event == FROND_TRACE_EXIT || to == alone_self)
        return 0;
    if (!alone_hub)
        alone_hub = to;
    if (to != alone_hub)
        _exit(ALONE_FOREIGN);
    return 0;
}

/* From here on the child ends with that status when anybody runs but the caller and the hub.  0, or an error. */
static inline int alone_begin(void) {
    alone_self = frond_current();
    return frond_trace_set(alone_watch, NULL, NULL);
}

#endif
