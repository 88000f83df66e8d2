/* SPDX-License-Identifier: MIT */
/* A thread's hub: made at the first call, closed when the thread ends.  The loop under it is
 * loop.c's, and made later, so that raw greenlets need none. */
#include "ensure.h"
#include "hub/clock.h"
#include "config/config.h"
#include "core.h"
#include "report/failure.h"
#include "hub/fork.h"
#include "hub/loop.h"
#include "os/os.h"
#include "greenlet/local.h"
#include "report/leaks.h"
#include "report/stack_use.h"
#include "monitor/monitor.h"
#include "report/notice.h"
#include "hub/registry.h"
#include "stack/stack.h"
#include "trace/record.h"
#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>

FROND_THREAD_LOCAL frond_hub *frond__self;
frond_hub frond__nobody;
FROND_THREAD_LOCAL frond_hub *frond__pass = &frond__nobody;
#if defined(FROND_TSAN)
_Thread_local void *frond__san_dead_fiber;
#endif

enum { CLOSE_MS = 1000 /* that greenlets get to clean up in when their thread ends */ };

typedef struct at_close {
    struct at_close *next;
    void (*fn)(void *arg, int child);
    void *arg;
} at_close;

void frond__thread_ended(void *hub) {
    frond__self =
        hub; /* other destructors of this thread may have run: ours still works */
    frond__scopes_forget(&frond__self->main);
    frond_hub_close(frond_in(CLOSE_MS));
}

static void main_init(frond_hub *h) {
    frond_greenlet *g = &h->main;
    void *low;
    size_t size;
    frond__os_thread_stack(&low, &size);
    frond__san_thread(&g->san, low, size);
    g->hub = h;
    g->state = FROND_RUNNING;
    g->traits = FROND__MAIN | FROND__STARTED;
    g->refs = 1;
    g->observers_tail = &g->observers;
    g->id = h->next_id++;
    h->current = g;
}

static void stop_signals(uv_handle_t *handle, void *arg) {
    (void)arg;
    if (uv_handle_get_type(handle) == UV_SIGNAL && !uv_is_closing(handle))
        uv_signal_stop((uv_signal_t *)handle);
}

/* In a forked child: the flow that goes on is the greenlet that forked, on its stack, with
 * the scopes it has started.  Of the old hub nothing is used again. */
static void inherit(frond_hub *h, frond_hub *old) {
    frond_greenlet *g = old->current, *self = &h->main;
    self->san = g->san;
    self->scopes = g->scopes;
    self->shields = g->shields;
    self->attention = g->attention & (uint8_t)~FROND__ASSERTED;
    if (g->attention & FROND__NO_YIELD)
        self->attention &= (uint8_t) ~(FROND__NO_YIELD | FROND__CALLBACK);
    for (frond_timeout *t = self->scopes; t; t = t->outer)
        t->greenlet = self;
    g->scopes = NULL;
    g->shields = NULL;
    self->locals = g->locals;
    self->heirlooms = g->heirlooms;
    g->locals = NULL;
    g->heirlooms = NULL;
    frond__held_inherit(self, g);
    if (old->loop)
        uv_walk(&old->loop->uv, stop_signals, NULL);
    frond__hub_extras(old, 1);
}

static frond_hub *hub_alloc(void) {
    frond_hub *h = frond_calloc(1, sizeof *h);
    if (!h)
        return NULL;
    if (!(h->stacks = frond__stacks_new()))
        goto free_hub;
    if (frond__monitor_begin(h) < 0)
        goto free_stacks;
    if ((h->owner_id = frond__registry_add(h)) == 0)
        goto end_monitor;
    frond__leaks_begin(h);
    if (frond__os_at_thread_end(h))
        return h;
    frond__registry_remove(h->owner_id);
end_monitor:
    frond__monitor_end(h);
free_stacks:
    frond__stacks_free(h->stacks);
free_hub:
    frond_free(h);
    return NULL;
}

frond_hub *frond__hub_make(void) {
    if (frond__config_enter() < 0)
        return NULL;
    frond__fork_watch();
    frond_hub *h = hub_alloc();
    if (!h) {
        frond__config_leave();
        frond__fail_no_hub(FROND_ENOMEM, "hub: out of memory");
        return NULL;
    }
    h->generation = frond_generation();
    h->refs = 1;
    h->slice = 1;
    frond_config_number(FROND_SETTING_SHUFFLE, &h->shuffle);
    h->next_id = 1;
    h->polled = frond__real_now();
    h->now = frond__clock_at(h->polled);
    h->joiners.owner = h->owner_id;
    h->idlers.owner = h->owner_id;
    main_init(h);
    frond__failure_take_over(&h->main);
    frond__self = h;
    frond__pass_allow(h);
    frond_hub *old = frond__fork_inherited();
    if (old)
        inherit(h, old);
    (void)frond__stack_use_begin(h); /* without memory nothing is told */
    frond__pulse_run(&h->watch);
    frond__overflow_begin();
    frond__atfork_inherited(h);
    frond__trace_look(h);
    frond__record_hub(h);
    frond__notice(&(frond_notice){
        .kind = FROND_NOTICE_HUB_MADE, .thread = frond__os_thread_id(), .text = ""});
    return h;
}

frond_hub *frond_hub_current(void) {
    frond_hub *h = frond__hub();
    return h && frond__loop_need(h) == 0 ? h : NULL;
}

frond_hub *frond_hub_ref(frond_hub *h) {
    atomic_fetch_add(&h->doors, 1);
    atomic_fetch_add(&h->refs, 1);
    return h;
}

void frond__hub_unref(frond_hub *h) {
    if (atomic_fetch_sub(&h->refs, 1) != 1)
        return;
    frond__loop_forget(h);
    frond__stacks_free(h->stacks);
    frond_free(h);
}

void frond_hub_free(frond_hub *h) {
    if (!h)
        return;
    if (atomic_fetch_sub(&h->doors, 1) == 1 && h != frond__self)
        frond__loop_nudge(h); /* its wait may be a deadlock now */
    frond__hub_unref(h);
}

size_t frond_hub_greenlets(void) {
    return frond__self ? frond__self->live : 0;
}

uint64_t frond_hub_switches(void) {
    return frond__self ? frond__self->switches : 0;
}

int frond_hub_at_close(void (*fn)(void *, int), void *arg) {
    frond_hub *h = frond__hub();
    at_close *a = h ? frond_alloc(sizeof *a) : NULL;
    if (!a)
        return frond__no_hub();
    *a = (at_close){h->extras, fn, arg};
    h->extras = a;
    return 0;
}

typedef struct {
    frond_at_close_fn fn;
    void *arg;
} users;

static void call_users(void *arg, int child) {
    users *u = arg;
    if (!child) {
        bool outermost = frond__callback_begin(frond__self);
        u->fn(u->arg);
        frond__callback_end(frond__self, outermost);
    }
    frond_free(u);
}

int frond_at_close(frond_at_close_fn fn, void *arg) {
    if (!fn)
        return frond_fail_set(FROND_EINVAL, "at close");
    users *u = frond_hub_current() ? frond_alloc(sizeof *u) : NULL;
    if (!u)
        return frond_fail_set(FROND_ENOMEM, "at close");
    *u = (users){fn, arg};
    if (frond_hub_at_close(call_users, u) == 0)
        return 0;
    frond_free(u);
    return frond_fail_set(FROND_ENOMEM, "at close");
}

void frond__hub_extras(frond_hub *h, int child) {
    while (h->extras) {
        at_close *a = h->extras;
        h->extras = a->next;
        a->fn(a->arg, child);
        frond_free(a);
    }
}

static const frond_wait_kind join_kind = {"hub join", NULL, NULL};

int frond_hub_join(frond_deadline d) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    int rc = frond__enter(h, d);
    if (rc < 0)
        return rc;
    if (d.ns <= 0)
        return frond__loop_idle(h) ? 0 : frond_fail_set(FROND_ETIMEDOUT, "hub join");
    int64_t ns;
    frond__scope_nearest(h->current, &ns);
    bool limited = d.ns != INT64_MAX || ns != INT64_MAX;
    frond_waiter w = {0};
    h->unref_armed += limited;
    rc = frond_wait(&w, &h->joiners, &join_kind, NULL, d);
    h->unref_armed -= limited;
    return rc < 0 ? frond_fail_set(rc, "hub join") : 0;
}

/* ---- the end of a hub ---- */

static void kill_each(frond_greenlet *g, void *arg) {
    if (g->state != FROND_DEAD && !(g->traits & FROND__HUB))
        frond__kill_mark(arg, g, FROND_EXIT);
}

/* Those that end when killed do so here.  The system's clock ends it, too: a virtual one stands still while
 * one that has been killed goes on and on. */
static void drain(frond_hub *h, frond_deadline d) {
    int64_t left = frond_remaining(d), begun = frond__real_now();
    frond__stacks_each(h->stacks, kill_each, h);
    while (h->live && frond_remaining(d) > 0 && frond__real_now() - begun < left) {
        frond_yield();
        if (h->live && !h->ready.head)
            frond_sleep(1); /* what is left waits behind a shield */
    }
}

static void drop_each(frond_greenlet *g, void *arg) {
    if (g->state != FROND_DEAD && !(g->traits & (FROND__HUB | FROND__DROPPED)))
        frond__greenlet_end_dropped(arg, g);
}

/* Those that did not end: nothing of them runs again, and their cleanups cannot wait. */
static void drop_all(frond_hub *h) {
    bool outermost = frond__callback_begin(h);
    while (h->live)
        frond__stacks_each(h->stacks, drop_each, h);
    frond__callback_end(h, outermost);
}

static void keep_each(frond_greenlet *g, void *arg) {
    frond_hub *h = arg;
    if ((g->traits & FROND__DROPPED) && (g->traits & FROND__STARTED))
        g->refs--; /* its own: it will not run any more */
    g->state = FROND_DEAD;
    if (!(g->traits & FROND__HUB) && g->refs + atomic_load(&g->foreign_refs) > 0)
        atomic_fetch_add(&h->refs, 1);
    else
        frond__greenlet_strip(g);
}

int frond_hub_close(frond_deadline d) {
    frond_hub *h = frond__self;
    if (!h)
        return 0;
    if (h->current != &h->main)
        return frond_fail_set(FROND_EBUSY, "hub close outside the main greenlet");
    h->main.attention = 0;
    frond__scopes_drop(&h->main);
    if (h->live && frond__loop_need(h) == 0)
        drain(h, d);
    bool dropped = h->live != 0;
    drop_all(h);
    frond__values_drop(&h->main);
    if (h->loop_greenlet) /* of callbacks */
        frond__values_drop(h->loop_greenlet);
    frond__trace_end(h);
    frond_free(h->lag);
    h->lag = NULL;
    frond__held_forget(&h->main);
    if (h->loop_greenlet)
        frond__held_forget(h->loop_greenlet);
    frond__hub_extras(h, 0);
    frond__loop_close(h);
    frond__failure_free(&h->main);
    frond_free(h->main.name);
    frond__registry_remove(h->owner_id);
    frond__monitor_end(h);
    frond__config_leave();
    frond__overflow_end();
    frond__os_at_thread_end(NULL);
    frond__stacks_each(h->stacks, keep_each, h);
    frond__context_drop(&h->main.context);
    atomic_store(&h->closed, true);
    frond__self = NULL;
    frond__pass_deny();
    frond__loop_last(h);
    frond__leaks_end(h);
    frond__hub_unref(h);
    frond__notice(&(frond_notice){
        .kind = FROND_NOTICE_HUB_CLOSED, .thread = frond__os_thread_id(), .text = ""});
    if (frond__self) /* somebody has asked for a hub once more */
        frond_hub_close(FROND_NOW);
    return dropped ? FROND_ETIMEDOUT : 0;
}
