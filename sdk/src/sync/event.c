/* SPDX-License-Identifier: MIT */
/* Events and results.  Whoever waits when one is set is woken, even if it is cleared before the
 * woken run: the wake carries the news, not the flag. */
#include <frond/event.h>

#include "core.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/waitable.h>

static const frond_wait_kind event_kind = {"event", NULL, NULL};
static const frond_wait_kind result_kind = {"result", NULL, NULL};

static int own(frond_waitlist *list, const void *object, const char *doing) {
    return object ? frond__waitlist_own(list) : frond_fail_set(FROND_EINVAL, doing);
}

int frond_event_set(frond_event *e) {
    int rc = own(e ? &e->waiters : NULL, e, "event set");
    if (rc < 0)
        return rc;
    e->set = 1;
    frond_wake_all(&e->waiters, 0);
    return 0;
}

int frond_event_clear(frond_event *e) {
    int rc = own(e ? &e->waiters : NULL, e, "event clear");
    if (rc == 0)
        e->set = 0;
    return rc;
}

int frond_event_is_set(const frond_event *e) {
    return e && e->set;
}

int frond_event_wait(frond_event *e, frond_deadline d) {
    int rc = frond__wait_enter(d);
    if (rc < 0 || (rc = own(e ? &e->waiters : NULL, e, "event wait")) < 0)
        return rc;
    if (e->set)
        return 0;
    frond_waiter w = {0};
    rc = frond_wait(&w, &e->waiters, &event_kind, e, d);
    return rc < 0 ? frond_fail_set(rc, "event wait") : rc;
}

/* ---- beside others ---- */

static int event_ready(void *e) {
    int rc = frond__waitlist_own(&((frond_event *)e)->waiters);
    return rc < 0 ? rc : frond_event_is_set(e);
}

static void event_watch(void *e, frond_watch *w) {
    frond_watch_begin(&w->waiter, &((frond_event *)e)->waiters, &event_kind, e);
}

static const frond_waitable_ops event_ops = {event_ready, event_watch, NULL};

frond_waitable frond_event_waitable(frond_event *e) {
    return (frond_waitable){&event_ops, e, {0}};
}

/* ---- results ---- */

static int store(frond_result *r, void *value, int error) {
    int rc = own(r ? &r->waiters : NULL, r, "result set");
    if (rc < 0)
        return rc;
    r->value = value;
    r->error = error;
    r->ready = 1;
    frond_wake_all(&r->waiters, 0);
    return 0;
}

int frond_result_set(frond_result *r, void *value) {
    return store(r, value, 0);
}

int frond_result_set_error(frond_result *r, int error) {
    if (error >= 0)
        return frond_fail_set(FROND_EINVAL, "result set");
    return store(r, NULL, error);
}

int frond_result_ready(const frond_result *r) {
    return r && r->ready;
}

int frond_result_clear(frond_result *r) {
    int rc = own(r ? &r->waiters : NULL, r, "result clear");
    if (rc < 0)
        return rc;
    r->value = NULL;
    r->error = 0;
    r->ready = 0;
    return 0;
}

int frond_result_get(frond_result *r, void **value, frond_deadline d) {
    int rc = frond__wait_enter(d);
    if (rc < 0 || (rc = own(r ? &r->waiters : NULL, r, "result get")) < 0)
        return rc;
    while (!r->ready) { /* cleared again before we ran: wait for the next */
        frond_waiter w = {0};
        rc = frond_wait(&w, &r->waiters, &result_kind, r, d);
        if (rc < 0)
            return frond_fail_set(rc, "result get");
    }
    if (r->error)
        return frond_fail_set(r->error, "result");
    if (value)
        *value = r->value;
    return 0;
}

static int result_ready(void *r) {
    int rc = frond__waitlist_own(&((frond_result *)r)->waiters);
    return rc < 0 ? rc : frond_result_ready(r);
}

static void result_watch(void *r, frond_watch *w) {
    frond_watch_begin(&w->waiter, &((frond_result *)r)->waiters, &result_kind, r);
}

static const frond_waitable_ops result_ops = {result_ready, result_watch, NULL};

frond_waitable frond_result_waitable(frond_result *r) {
    return (frond_waitable){&result_ops, r, {0}};
}
