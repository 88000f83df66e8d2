/* SPDX-License-Identifier: MIT */
/* How a greenlet ends: by returning, by frond_fail, or killed before it ran.  Cleanups run, the
 * outcome is settled, observers are told in order, and a failure nobody watches is reported. */
#include "report/backtrace.h"
#include "core.h"
#include "report/report.h"
#include "ensure.h"
#include "report/failure.h"
#include "report/notice.h"
#include "greenlet/local.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/trace.h>
#include <stdlib.h>
#include <string.h>

/* Whether somebody will see how it ends. */
static bool is_watched(const frond_greenlet *g) {
    const frond__observer *o = g->observers;
    while (o && o->deaf)
        o = o->next;
    return o != NULL;
}

static void settle(frond_hub *h, frond_greenlet *g) {
    bool failed = g->traits & FROND__FAILED;
    if (!failed && (g->attention & FROND__KILLED) && !g->value)
        g->error = g->kill_error;
    g->state = FROND_DEAD;
    h->live--;
    if (FROND_UNLIKELY(h->trace != NULL))
        frond__trace_event(h, FROND_TRACE_EXIT, g, NULL);
    if (FROND_UNLIKELY(g->held || g->shares))
        frond__held_abandon(g);
    bool unseen = failed && !(g->traits & FROND__RAW) && !is_watched(g);
    while (g->observers) {
        frond__observer *o = g->observers;
        g->observers = o->next;
        o->ended(o, g);
    }
    if (FROND_UNLIKELY(unseen))
        frond__failed_unseen(h, g);
}

void frond__greenlet_end_unstarted(frond_hub *h, frond_greenlet *g) {
    g->refs++; /* observers drop theirs */
    if (g->drop)
        g->drop(g->arg);
    if (g->heirlooms)
        frond__disinherit(g);
    settle(h, g);
    frond__greenlet_unref(g);
}

/* Scopes and shields end with what they were begun for: cleanups have their own. */
static FROND_NOINLINE void clean_up_all(frond_greenlet *g) {
    frond__scopes_drop(g);
    while (g->defers) {
        frond__defer d = *g->defers;
        frond_free(g->defers);
        g->defers = d.next;
        d.fn(d.arg);
        frond__scopes_drop(g);
    }
    if (g->drop)
        g->drop(g->arg);
    frond__scopes_drop(g);
    frond__values_drop(g);
    frond__scopes_drop(g);
}

static inline void clean_up(frond_greenlet *g) {
    if (FROND_UNLIKELY(g->scopes || g->defers || g->drop || g->locals || g->heirlooms))
        clean_up_all(g);
}

void frond__greenlet_end_dropped(frond_hub *h, frond_greenlet *g) {
    g->traits |= FROND__DROPPED;
    if (g->wait)
        frond_wake(g->wait, FROND_ECANCELED);
    clean_up(g);
    settle(h, g);
}

void frond__greenlet_finish(frond_hub *h, frond_greenlet *g) {
    clean_up(g);
    settle(h, g);
    if (g->traits & FROND__RAW)
        frond__raw_leave(h, g);
    frond_greenlet *to = frond__next(h);
    frond__san_end(&g->san);
    frond__greenlet_unref(
        g); /* its stack may be free now, and is ours until the switch */
    frond__switch(h, g, to);
    FROND_UNREACHABLE("a dead greenlet ran");
}

/* text: owned, NULL for want of memory. */
static void fail(frond_greenlet *g, const char *place, const char *function, int code,
                 char *text, const void *caller) {
    frond_free(g->failed_text);
    g->failed_text = text;
    g->error = code < 0 ? code : FROND_EUNKNOWN;
    g->traits |= FROND__FAILED;
    frond__failure *f = is_watched(g) ? NULL : frond__failure_of(g);
    if (!f)
        return;
    f->place = place; /* it will be reported: remember where it failed */
    f->function = function;
    f->depth = frond__backtrace(f->frames, (int)(sizeof f->frames / sizeof f->frames[0]),
                                caller);
}

static char *sentence(const char *format, va_list args) {
    return format ? frond__format(format, args)
                  : frond_strndup(frond_error_text(), strlen(frond_error_text()));
}

/* No greenlet ends by it.  text: owned. */
static FROND_NORETURN void leave_guarded(int code, char *text) {
    frond_fail_text(code, "%s", text ? text : frond_error_message(code));
    frond_free(text);
    longjmp(frond__guarded->back, 1);
}

FROND_NOINLINE void *frond_failed_at(const char *place, const char *function, int code,
                                     const char *format, ...) {
    frond_hub *h = frond__hub();
    if (!h)
        return NULL;
    va_list args;
    va_start(args, format);
    fail(h->current, place, function, code, sentence(format, args),
         FROND_RETURN_ADDRESS());
    va_end(args);
    return NULL;
}

FROND_NOINLINE void frond_fail_at(const char *place, const char *function, int code,
                                  const char *format, ...) {
    frond_hub *h = frond__hub();
    FROND_ASSERT(h != NULL);
    frond_greenlet *g = h->current;
    va_list args;
    va_start(args, format);
    if (FROND_UNLIKELY(frond__guarded != NULL))
        leave_guarded(code, sentence(format, args));
    fail(g, place, function, code, sentence(format, args), FROND_RETURN_ADDRESS());
    va_end(args);
    if (g->traits & (FROND__MAIN | FROND__HUB)) {
        frond__report_failed(g);
        abort();
    }
    g->value = NULL;
    frond__greenlet_finish(h, g);
}

int frond_fail_pending(void) {
    frond_hub *h = frond__hub();
    return h && h->current->traits & FROND__FAILED ? h->current->error : 0;
}

int frond_defer(void (*fn)(void *), void *arg) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!fn || (h->current->traits & (FROND__MAIN | FROND__HUB)))
        return frond_fail_set(FROND_EINVAL, "defer");
    frond__defer *d = frond_alloc(sizeof *d);
    if (!d)
        return frond_fail_set(FROND_ENOMEM, "defer");
    *d = (frond__defer){h->current->defers, fn, arg};
    h->current->defers = d;
    return 0;
}

void frond__undefer(frond_greenlet *g, void (*fn)(void *), const void *arg) {
    frond__defer **at = &g->defers;
    while (*at && ((*at)->fn != fn || (*at)->arg != arg))
        at = &(*at)->next;
    frond__defer *d = *at;
    if (d)
        *at = d->next;
    frond_free(d);
}
