/* SPDX-License-Identifier: MIT */
/* See crew.h.  A crew's memory is counted, so that one may be freed while its handlers still clean up.
 * It is stopped once nobody is at work, or all were told to end as hard as can be. */
#include "server/crew.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <frond/signal.h>
#include <frond/timeout.h>

struct frond__crew_signal {
    frond__crew_signal *next;
    frond__crew *crew;
    frond_signal *signal; /* NULL once the crew is stopped */
    uint64_t drain_ms;
};

int frond__crew_begin(frond__crew *c, size_t most) {
    if (frond_home_enter(&c->home) < 0)
        return FROND_ENOMEM;
    if (!(c->pool = frond_pool_new(most))) {
        frond_home_leave(&c->home);
        return FROND_ENOMEM;
    }
    c->refs = 1;
    return 0;
}

void frond__crew_unref(frond__crew *c) {
    if (--c->refs)
        return;
    frond_home home = c->home;
    frond_release(c->retired);
    frond_pool_free(c->pool);
    c->ops->destroy(c);
    frond_home_leave(&home);
}

/* ---- taking work on ---- */

/* Two may not do so at once, and the one before may have to be told of its end. */
static void *take(void *arg) {
    frond__crew *c = arg;
    frond_greenlet *before = c->retired;
    c->retired = NULL;
    if (before) {
        frond_join(before, FROND_NEVER);
        frond_release(before);
    }
    return c->ops->take(c);
}

static void taker_over(void *crew) {
    frond__crew_unref(crew);
}

int frond__crew_take(frond__crew *c, const char *doing) {
    frond_spawn_options o = {.name = c->ops->taker, .drop = taker_over};
    if (c->taker)
        return 0;
    if (!(c->taker = frond_spawn_with(&o, take, c)))
        return frond_fail_set(FROND_ENOMEM, doing);
    c->refs++;
    return 0;
}

void frond__crew_rest(frond__crew *c) {
    if (!c->taker)
        return;
    if (c->taker != frond_current()) /* it ends by itself */
        frond_kill(c->taker, FROND_EXIT, FROND_NOW);
    frond_release(c->retired);
    c->retired = c->taker;
    c->taker = NULL;
}

/* ---- handlers ---- */

int frond__crew_spawn(frond__crew *c, frond_fn run, void (*over)(void *),
                      frond__task *t) {
    frond_spawn_options o = {.name = c->name, .stack_size = c->stack_size, .drop = over};
    t->crew = c;
    t->began = false;
    c->refs++;
    int rc = frond_pool_spawn_with(c->pool, &o, run, t, FROND_NEVER);
    if (rc < 0) {
        c->failed_spawns++;
        over(t);
        return rc;
    }
    size_t now = frond_pool_count(c->pool);
    c->most = now > c->most ? now : c->most;
    return 0;
}

/* Also for one that was killed before it began: then the running greenlet is another. */
void frond__crew_over(frond__task *t) {
    if (t->began && frond_fail_pending())
        t->crew->failed_handlers++;
    frond__crew_unref(t->crew);
}

int frond__crew_check(const frond__crew *c, const char *doing) {
    if (!c)
        return frond_fail_set(FROND_EINVAL, doing);
    int rc = frond_home_check(&c->home);
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

/* ---- the end ---- */

static void stopped(frond__crew *c) {
    if (c->ops->end)
        c->ops->end(c);
    frond_event_set(&c->stopped);
    for (frond__crew_signal *s = c->signals; s; s = s->next) {
        frond_signal_free(s->signal);
        s->signal = NULL;
    }
}

void frond__crew_close(frond__crew *c) {
    if (frond_event_is_set(&c->draining))
        return;
    frond_event_set(&c->draining);
    c->ops->close(c);
}

void frond__crew_end(frond__crew *c, int error) {
    c->error = error;
    frond__crew_close(c);
    stopped(c);
}

static int check_outside(const frond__crew *c, const char *doing) {
    int rc = frond__crew_check(c, doing);
    if (rc < 0)
        return rc;
    return frond_pool_contains(c->pool, frond_current())
               ? frond_fail_text(FROND_EINVAL, "%s: called by a handler", doing)
               : 0;
}

int frond__crew_drain(frond__crew *c, frond_deadline d, const char *doing) {
    int rc = check_outside(c, doing);
    if (rc < 0)
        return rc;
    c->refs++;
    frond__crew_close(c);
    rc = frond_pool_join(c->pool, d);
    if (rc == 0)
        stopped(c);
    frond__crew_unref(c);
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

int frond__crew_kill(frond__crew *c, frond_deadline d, const char *doing) {
    int rc = check_outside(c, doing);
    if (rc < 0)
        return rc;
    c->refs++;
    frond__crew_close(c);
    rc = frond_pool_kill(c->pool, FROND_EXIT, d);
    stopped(c);
    frond__crew_unref(c);
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

int frond__crew_stop(frond__crew *c, frond_deadline d, const char *doing) {
    int rc = check_outside(c, doing);
    if (rc < 0)
        return rc;
    c->refs++;
    rc = frond__crew_drain(c, d, doing);
    if (rc == FROND_ETIMEDOUT && frond_pool_count(c->pool)) {
        frond_shield_begin(c->cleanup_ms);
        frond_pool_kill(c->pool, FROND_EXIT, FROND_NEVER);
        frond_shield_end();
    }
    stopped(c);
    frond__crew_unref(c);
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

int frond__crew_join(frond__crew *c, frond_deadline d, const char *doing) {
    int rc = frond__crew_check(c, doing);
    if (rc < 0)
        return rc;
    c->refs++;
    rc = frond_event_wait(&c->stopped, d);
    if (rc == 0)
        rc = c->error;
    frond__crew_unref(c);
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

void frond__crew_abandon(frond__crew *c) {
    frond__crew_close(c);
    frond_pool_kill(c->pool, FROND_EXIT, FROND_NOW);
    stopped(c);
    frond__crew_unref(c);
}

void frond__crew_reopen(frond__crew *c) {
    frond_event_clear(&c->draining);
    frond_event_clear(&c->stopped);
    c->error = 0;
}

/* ---- signals ---- */

static void *await_signal(void *arg) {
    frond__crew_signal *s = arg;
    if (s->signal && frond_signal_wait(s->signal, NULL, FROND_NEVER) == 0)
        frond__crew_stop(s->crew, frond_in(s->drain_ms), "stop on signal");
    return NULL;
}

static void signal_over(void *arg) {
    frond__crew_signal *s = arg, **at = &s->crew->signals;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    frond_signal_free(s->signal);
    frond__crew_unref(s->crew);
    frond_free(s);
}

int frond__crew_stop_on_signal(frond__crew *c, int number, uint64_t drain_ms,
                               const char *doing) {
    int rc = frond__crew_check(c, doing);
    if (rc < 0)
        return rc;
    if (frond_event_is_set(&c->draining))
        return frond_fail_set(FROND_ECLOSED, doing);
    frond__crew_signal *s = frond_calloc(1, sizeof *s);
    if (!s)
        return frond_fail_set(FROND_ENOMEM, doing);
    if ((rc = frond_signal_open(&number, 1, &s->signal)) < 0) {
        frond_free(s);
        return rc;
    }
    s->crew = c;
    s->drain_ms = drain_ms;
    s->next = c->signals;
    c->signals = s;
    c->refs++;
    frond_spawn_options o = {.name = doing, .drop = signal_over};
    frond_greenlet *g = frond_spawn_with(&o, await_signal, s);
    if (!g) {
        signal_over(s);
        return frond_fail_set(FROND_ENOMEM, doing);
    }
    frond_release(g);
    return 0;
}
