/* SPDX-License-Identifier: MIT */
/* What a program asserts of its greenlets.  A region in which none may suspend is a callback with a name; only the
 * running greenlet can be in one, so it is the hub's.  Scopes in which one must give way are told of switches as
 * tracers are, and so cost nothing while there are none. */
#include "monitor/assert.h"

#include "trace/trace.h"

#include "hub/clock.h"
#include "os/os.h"
#include "report/backtrace.h"
#include "report/lines.h"
#include "report/report.h"
#include <frond/debug.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

struct frond__assertion {
    frond__assertion *next; /* begun before */
    const frond_greenlet *greenlet;
    const char *place;
    int64_t most, since; /* nanoseconds; since: it runs */
    bool broken;
};

static void report(frond_hub *h, const char *what, const char *place) {
    void *frames[FROND__FRAMES];
    frond_greenlet *g = h->current;
    frond__page p = {0};
    frond__print(&p, "frond: ");
    frond__line_title(&p, g);
    frond__print(&p, " %s (%s)\n", what, place ? place : "?");
    frond__lines_spawn(&p, g);
    frond__lines_frames(&p, frames, frond__backtrace(frames, FROND__FRAMES, NULL));
    frond__report(&p, (frond_notice){.kind = FROND_NOTICE_ASSERTION,
                                     .thread = frond__os_thread_id(),
                                     .greenlet = g->id});
}

/* ---- ignoring ---- */

int frond_ignore_blocking_begin(void) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (h->current->ignores == UINT16_MAX)
        return frond_fail_set(FROND_ELIMIT, "ignore blocking");
    h->current->ignores++;
    return 0;
}

int frond_ignore_blocking_end(void) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (h->current->ignores == 0)
        return frond_fail_set(FROND_EINVAL, "ignore blocking");
    if (--h->current->ignores == 0)
        frond__pulse_run(&h->watch); /* what it has taken so far does not count */
    return 0;
}

/* ---- it must not give way ---- */

static bool is_in_region(const frond_hub *h) {
    return h->region.depth && h->region.greenlet == h->current->id;
}

int frond_no_yield_begin_at(const char *place) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!is_in_region(h)) {
        h->region.depth = 0;
        h->region.greenlet = h->current->id;
        h->region.place = place;
        h->region.outermost = frond__callback_begin(h);
        h->current->attention |= FROND__NO_YIELD;
    }
    h->region.depth++;
    return 0;
}

int frond_no_yield_end(void) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!is_in_region(h))
        return frond_fail_set(FROND_EINVAL, "no yield");
    if (--h->region.depth == 0) {
        h->current->attention &= (uint8_t)~FROND__NO_YIELD;
        frond__callback_end(h, h->region.outermost);
    }
    return 0;
}

int frond__suspend_refused(frond_greenlet *g, const char *doing) {
    if (g->attention & FROND__NO_YIELD)
        report(g->hub, "was about to give way in a region in which it must not",
               g->hub->region.place);
    return frond_fail_set(FROND_ENOSUSPEND, doing);
}

/* ---- it must give way ---- */

static frond__assertion **of_greenlet(frond__assertion **at, const frond_greenlet *g) {
    while (*at && g && (*at)->greenlet != g)
        at = &(*at)->next;
    return at;
}

int frond_assert_switches_begin_at(uint64_t ms, const char *place) {
    frond_hub *h = frond__hub();
    frond__assertion **all = h ? frond__trace_assertions(h) : NULL;
    frond__assertion *a = all ? frond_alloc(sizeof *a) : NULL;
    if (!a)
        return h ? frond_fail_set(FROND_ENOMEM, "assert switches") : frond__no_hub();
    int64_t most = ms < INT64_MAX / 1000000 ? (int64_t)ms * 1000000 : INT64_MAX;
    *a = (frond__assertion){*all, h->current, place, most, frond__real_now(), false};
    *all = a;
    h->current->attention |= FROND__ASSERTED;
    frond__trace_settle(h);
    return 0;
}

/* The greenlet of a gives way, or its scope ends. */
static void check(frond_hub *h, frond__assertion *a) {
    int64_t now = frond__real_now(), ran = now - a->since;
    a->since = now;
    if (ran <= a->most)
        return;
    char what[120];
    snprintf(what, sizeof what, "has not given way for %lld ms, of %lld that it may",
             (long long)(ran / 1000000), (long long)(a->most / 1000000));
    a->broken = true;
    report(h, what, a->place);
}

int frond_assert_switches_end(void) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    frond_greenlet *g = h->current;
    frond__assertion **all = frond__trace_assertions(h),
                     **at = all ? of_greenlet(all, g) : NULL, *a = at ? *at : NULL;
    if (!a)
        return frond_fail_set(FROND_EINVAL, "assert switches");
    check(h, a);
    bool broken = a->broken;
    *at = a->next;
    frond_free(a);
    if (!*of_greenlet(all, g))
        g->attention &= (uint8_t)~FROND__ASSERTED;
    frond__trace_settle(h);
    return broken ? frond_fail_set(FROND_ELIMIT, "assert switches") : 0;
}

void frond__assertions_switch(frond__assertion *all, const frond_greenlet *from,
                              const frond_greenlet *to) {
    for (frond__assertion *a = all; a; a = a->next)
        if (a->greenlet == from)
            check(from->hub, a);
        else if (a->greenlet == to)
            a->since = frond__real_now();
}

void frond__assertions_yield(frond_hub *h) {
    frond__assertion **all = frond__trace_assertions(h);
    for (frond__assertion *a = all ? *all : NULL; a; a = a->next)
        if (a->greenlet == h->current)
            check(h, a);
}

void frond__assertions_drop(frond__assertion **all, const frond_greenlet *g) {
    for (frond__assertion **at; *(at = of_greenlet(all, g));) {
        frond__assertion *gone = *at;
        *at = gone->next;
        frond_free(gone);
    }
}
