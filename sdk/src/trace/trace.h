/* SPDX-License-Identifier: MIT */
/* Whom a hub tells of its switches. */
#ifndef FROND_SRC_TRACE_H
#define FROND_SRC_TRACE_H

#include "core.h"
#include "monitor/assert.h"
#include <frond/trace.h>

enum {
    FROND__TRACE_WAKE = FROND_TRACE_EXIT + 1 /* `to` is ready; for recordings alone */
};

typedef struct frond__spawn_hook frond__spawn_hook;

struct frond__trace {
    frond_tracer tracer;
    frond__spawn_hook *hooks; /* the first added first */
    frond__assertion *assertions;
    unsigned recording; /* the recording it is a part of; 0: none */
    uint64_t thread;    /* the hub's */
    int64_t at;         /* what is recorded now happens then */
    bool probed;        /* somebody looks at the probes */
    bool polled;        /* the hub's own greenlet has its row */
};

/* Made at first; NULL with FROND_ENOMEM set. */
FROND_INTERNAL frond__trace *frond__trace_of(frond_hub *h);
/* To be called when any of it has changed. */
FROND_INTERNAL void frond__trace_settle(frond_hub *h);

#endif
