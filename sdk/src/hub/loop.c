/* SPDX-License-Identifier: MIT */
/* The hub's greenlet: it polls libuv's loop and runs whom that made ready, turn by turn.
 *
 * Those whom a poll found ready run first; then, until the next poll, at most 256 more are resumed,
 * or one millisecond passes (the clock is read every 64th).  Polling costs as much as tens of
 * switches, and the kernel reports every descriptor again whose greenlet has not come to read it;
 * not polling starves descriptors.  Our timers are not libuv's; one uv_timer bounds the wait by the
 * first of them.  None of our handles but the door is referenced, so uv_loop_alive tells whether a
 * guest's handle is.
 *
 * On a virtual clock nothing bounds the wait: when all that has happened was seen, time moves to the first
 * timer, or, while an answer is certain to come, the loop waits for that.  How long greenlets run between
 * two polls is the system's time all the same. */
#include "hub/loop.h"

#include "hub/clock.h"
#include "hub/registry.h"
#include "ensure.h"
#include "os/os.h"
#include "report/report.h"
#include "stack/stack.h"
#include "stat/lag.h"
#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>

enum {
    SLICE = 64,             /* resumptions between two looks at the clock */
    SLICES = 4,             /* slices between two polls */
    TURN_NS = 1000000,      /* most that may pass between two polls */
    BUSY = 16,              /* descriptors ready at once, so that much else ran since */
    LOOKS = 3,              /* polls that must find nothing before time moves */
    HUB_STACK = 512 * 1024, /* guests' callbacks run there */
    TRIM_MS = 1000          /* from idling to the first look for stacks to give back */
};

static void alarm_rang(uv_timer_t *t) {
    ((frond_hub *)t->data)->loop->alarm_ns = 0;
}

void frond__loop_unset_alarm(frond_hub *h) {
    if (!h->loop)
        return;
    uv_timer_stop(&h->loop->alarm);
    h->loop->alarm_ns = 0;
}

static void nap_over(uv_timer_t *t) {
    frond_wake_all(&((frond_hub *)t->data)->loop->nappers, 0);
}

void frond__loop_start_nap(frond__loop *l, uint64_t ms) {
    uv_update_time(&l->uv);
    if (uv_is_active((uv_handle_t *)&l->nap) && uv_timer_get_due_in(&l->nap) <= ms)
        return;
    uv_timer_start(&l->nap, nap_over, ms, 0);
    uv_unref((uv_handle_t *)&l->nap); /* its waiters are what counts: hub.sources */
}

bool frond__loop_can_move(const frond_hub *h) {
    return frond__clock_here.is_virtual && !h->holds && h->first_timer &&
           h->first_timer->ns != INT64_MAX;
}

/* Whether a poll may wait: it is bounded, or need not be. */
static bool may_wait(const frond_hub *h) {
    if (h->loop->alarm_ns)
        return true;
    return frond__clock_here.is_virtual ? !frond__loop_can_move(h) : !h->first_timer;
}

static void trim(uv_timer_t *t) {
    uint32_t again = frond__stacks_trim(((frond_hub *)t->data)->stacks);
    if (again)
        uv_timer_start(t, trim, again, 0);
}

/* Up to 1.44 libuv runs timers before it polls, also in UV_RUN_ONCE, and would then sleep on what
 * they have already made ready, or without the alarm that has rung. */
static void before_poll(uv_prepare_t *p) {
    frond_hub *h = p->data;
    if (h->ready.head || !may_wait(h))
        uv_stop(p->loop);
    frond__pulse_poll(&h->watch);
}

static void poll_loop(frond_hub *h, uv_run_mode mode) {
    frond__lag(h);
    uv_run(&h->loop->uv, mode);
    frond__pulse_run(&h->watch);
    h->busy = h->loop->found_n > BUSY;
    frond__fds_tell(h);
    h->polled = frond__real_now();
    h->now = frond__clock_at(h->polled);
    frond__timers_fire(h, h->now);
}

static void start_alarm(frond__loop *l, int64_t ns, int64_t left) {
    uint64_t ms = left > 0 ? (uint64_t)((left + 999999) / 1000000) : 0;
    uv_update_time(&l->uv);
    uv_timer_start(&l->alarm, alarm_rang, ms, 0);
    uv_unref((uv_handle_t *)&l->alarm);
    l->alarm_ns = ns;
}

/* Sets the alarm unless one that rings in time is set already. */
static void set_alarm(frond_hub *h) {
    frond__loop *l = h->loop;
    if (!h->first_timer || (l->alarm_ns && l->alarm_ns <= h->first_timer->ns))
        return;
    start_alarm(l, h->first_timer->ns, h->first_timer->ns - frond_now());
}

/* What greenlets have sent each other through the system, and what a guest's callback has passed on, has
 * happened before any time passes. */
static void look_around(frond_hub *h) {
    for (int i = 0; i < LOOKS && !h->ready.head; i++)
        poll_loop(h, UV_RUN_NOWAIT);
    int64_t lag = frond__os_lag_ns();
    bool rang = lag == 0;
    for (int i = 0; i < LOOKS && !rang && !h->ready.head && h->sources > h->loop->naps &&
                    frond__loop_can_move(h);
         i++) {
        start_alarm(h->loop, h->now, lag);
        poll_loop(h, UV_RUN_ONCE);
        rang = h->loop->alarm_ns == 0;
        frond__loop_unset_alarm(h);
    }
}

/* Nothing is ready: until something is, or it is time for it. */
static void await(frond_hub *h) {
    if (frond__loop_can_move(h)) {
        frond__clock_move(h->first_timer->ns);
        h->now = h->first_timer->ns;
        frond__timers_fire(h, h->now);
        return;
    }
    if (!frond__clock_here.is_virtual)
        set_alarm(h);
    poll_loop(h, UV_RUN_ONCE);
}

/* Whether anything can make a greenlet ready when none is; to a join, what waits by the way does not count. */
static bool can_wake(frond_hub *h, bool join) {
    frond__loop *l = h->loop;
    uint32_t timers = join ? h->unref_armed : 0, sources = join ? h->unref_sources : 0;
    if (h->armed > timers || h->sources > sources || h->idlers.head ||
        atomic_load(&h->doors))
        return true;
    uv_mutex_lock(&l->lock);
    bool posted = l->posts != NULL;
    uv_mutex_unlock(&l->lock);
    uv_unref((uv_handle_t *)&l->door);
    bool guests = uv_loop_alive(&l->uv) != 0;
    uv_ref((uv_handle_t *)&l->door);
    return posted || guests;
}

bool frond__loop_idle(frond_hub *h) {
    return !h->loop || (!h->ready.head && !can_wake(h, true));
}

/* Only the main greenlet is told: the others' stacks may be all that anybody waits for. */
static void deadlock(frond_hub *h) {
    frond__report_deadlock(h);
    if (h->main.state == FROND_WAITING) {
        frond_wake(h->main.wait, FROND_EDEADLK);
        return;
    }
    FROND_ASSERT(h->main.gate != NULL);
    h->main.gate = NULL;
    frond__answer(&h->main, FROND_EDEADLK, "switch");
    frond__ready_push(h, &h->main);
}

/* Nothing is ready, but something can become so. */
static void await_in_turn(frond_hub *h) {
    if (frond__stacks_left(h->stacks) && !uv_is_active((uv_handle_t *)&h->loop->trim))
        uv_timer_start(&h->loop->trim, trim, TRIM_MS, 0);
    await(h);
}

/* Nothing is ready, and those who wait for that are told. */
static bool tell_idle(frond_hub *h) {
    if (h->idlers.head) {
        poll_loop(h, UV_RUN_NOWAIT);
        if (!h->ready.head)
            frond_wake_one(&h->idlers, 0);
        return true;
    }
    if (!h->joiners.head || can_wake(h, true))
        return false;
    frond_wake_all(&h->joiners, 0);
    return true;
}

/* For who has asked for one turn, and comes last in it. */
static void turn_once(frond_hub *h) {
    frond__loop *l = h->loop;
    if (!l->turn_polled) {
        l->turn_polled = true;
        if (h->ready.head || l->turn_now)
            poll_loop(h, UV_RUN_NOWAIT);
        else if (!tell_idle(h) && can_wake(h, false)) {
            await_in_turn(h);
            l->turn_polled = h->ready.head != NULL;
        } else {
            poll_loop(h, UV_RUN_NOWAIT);
        }
    }
    if (!l->turners.head) /* its time is over, and it is ready by that */
        return;
    l->turn_ran = l->turn_ran || h->ready.head != NULL;
    if (l->turn_polled && !l->found_n) {
        frond_greenlet *last = ((frond_waiter *)l->turners.head)->greenlet;
        frond_wake_one(&l->turners, 0);
        last->yields = 1; /* in whatever order, all who are ready now come before */
    }
}

static void turn(frond_hub *h) {
    frond__trace_look(h);
    if (FROND_UNLIKELY(frond__stacks_ended(h->stacks)))
        frond__stacks_settle(h->stacks);
    if (h->loop->found_n) {
        frond__fds_tell(h);
        if (h->ready.head)
            return;
    }
    if (frond__clock_here.is_virtual)
        look_around(h);
    if (FROND_UNLIKELY(h->loop->turners.head != NULL))
        turn_once(h);
    else if (h->ready.head)
        poll_loop(h, UV_RUN_NOWAIT);
    else if (tell_idle(h))
        return;
    else if (can_wake(h, false))
        await_in_turn(h);
    else
        deadlock(h);
}

/* There is one.  A shuffled slice is of one: all come by here. */
static frond_greenlet *first_of_slice(frond_hub *h) {
    h->slice = h->shuffle ? 1 : SLICE;
    return h->shuffle ? frond__ready_draw(h) : frond__ready_pop(h);
}

static void *hub_main(void *arg) {
    frond_hub *h = arg;
    frond__pass_deny();
    for (;;) {
        turn(h);
        h->slices = SLICES;
        h->batch = h->switches + h->ready.n;
        if (!h->ready.head)
            continue;
        frond__pass_allow(h);
        frond__switch(h, h->loop_greenlet, first_of_slice(h));
        frond__pass_deny();
    }
    return NULL;
}

frond_greenlet *frond__next_slow(frond_hub *h) {
    if (!h->ready.head)
        return h->loop_greenlet;
    if (h->switches >= h->batch &&
        (--h->slices <= 0 || frond__real_now() - h->polled > TURN_NS))
        return h->loop_greenlet;
    return first_of_slice(h);
}

static int init_loop(uv_loop_t *loop) {
    frond_opening_begin();
    int rc = uv_loop_init(loop);
    frond_opening_end();
    return rc;
}

static int start_loop(frond__loop *l, frond_hub *h) {
    if (init_loop(&l->uv) < 0)
        return FROND_ENOMEM;
    if (uv_mutex_init(&l->lock) < 0)
        goto close_loop;
    if (uv_async_init(&l->uv, &l->door, frond__run_posts) < 0)
        goto destroy_lock;
    uv_timer_init(&l->uv, &l->alarm);
    uv_timer_init(&l->uv, &l->nap);
    uv_timer_init(&l->uv, &l->trim);
    uv_unref((uv_handle_t *)&l->trim);
    uv_prepare_init(&l->uv, &l->ahead);
    uv_prepare_start(&l->ahead, before_poll);
    uv_unref((uv_handle_t *)&l->ahead);
    l->door.data = l->alarm.data = l->trim.data = l->ahead.data = l->nap.data = h;
    l->nappers.owner = l->turners.owner = h->owner_id;
    l->posts_tail = &l->posts;
    return 0;

destroy_lock:
    uv_mutex_destroy(&l->lock);
close_loop:
    uv_loop_close(&l->uv);
    return FROND_ENOMEM;
}

int frond__loop_need(frond_hub *h) {
    if (h->loop)
        return 0;
    frond__loop *l = frond_calloc(1, sizeof *l);
    if (!l)
        return frond_fail_set(FROND_ENOMEM, "hub");
    int rc = start_loop(l, h);
    if (rc < 0) {
        frond_fail_set(rc, "hub");
        goto free_loop;
    }
    static const frond_spawn_options own = {.stack_size = HUB_STACK};
    h->loop_greenlet = frond__greenlet_make(h, &own, hub_main, h, FROND__HUB, NULL);
    if (!h->loop_greenlet) {
        rc = frond_error_code(); /* and a sentence that says why */
        goto end_loop;
    }
    h->loop_greenlet->attention = FROND__CALLBACK;
    h->loop = l;
    atomic_store(&h->watch.reachable, true);
    return 0;

end_loop:
    uv_close((uv_handle_t *)&l->door, NULL);
    uv_close((uv_handle_t *)&l->alarm, NULL);
    uv_close((uv_handle_t *)&l->trim, NULL);
    uv_close((uv_handle_t *)&l->ahead, NULL);
    uv_close((uv_handle_t *)&l->nap, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    uv_mutex_destroy(&l->lock);
    uv_loop_close(&l->uv);
free_loop:
    frond_free(l);
    return rc;
}

uv_loop_t *frond_loop(void) {
    frond_hub *h = frond_hub_current();
    return h ? &h->loop->uv : NULL;
}

/* ---- the end ---- */

static void close_guest(uv_handle_t *handle, void *arg) {
    (void)arg;
    frond__os_cancel(handle);
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void frond__hub_sends_end(frond_hub *h) {
    while (atomic_load(&h->sending))
        uv_sleep(0);
}

void frond__loop_close(frond_hub *h) {
    frond__loop *l = h->loop;
    if (!l)
        return;
    atomic_store(&h->sends_ended, true);
    frond__hub_sends_end(h);
    uv_mutex_lock(&l->lock);
    l->closed = true;
    uv_mutex_unlock(&l->lock);
    frond__run_posts(&l->door);
    frond__fds_forget(l);
    uv_walk(&l->uv, close_guest, NULL); /* the door, the alarm, and what guests left */
    h->current = h->loop_greenlet;      /* close callbacks must not suspend */
    uv_run(&l->uv, UV_RUN_DEFAULT);
    h->current = &h->main;
    frond__registry_lock();
    l->ends = true;
    frond__registry_unlock();
    FROND_ASSERT(uv_loop_close(&l->uv) == 0);
}

void frond__loop_last(frond_hub *h) {
    frond__loop *l = h->loop;
    if (!l)
        return;
    uv_mutex_lock(&l->lock);
    l->gone = true;
    uv_mutex_unlock(&l->lock);
    frond__run_posts(&l->door);
}

void frond__loop_forget(frond_hub *h) {
    if (!h->loop)
        return;
    uv_mutex_destroy(&h->loop->lock);
    frond_free(h->loop);
    h->loop = NULL;
}
