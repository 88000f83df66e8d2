/* SPDX-License-Identifier: MIT */
/* Nurseries.  The state is not in the caller's frame: a deferred function of the owner closes what is
 * left open, and the frame may be gone by then. */
#include <frond/nursery.h>

#include "core.h"
#include "report/report.h"
#include "pool/group.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

enum { CLEANUP_MS = 5000 };

typedef struct frond__nursery {
    frond_group *group;
    frond_greenlet *owner;
    frond_waitlist closers; /* the owner, once it closes */
    uint64_t cleanup_ms;
    bool keep_going, cancelled;
    int error;  /* of the first that failed */
    char *text; /* what it said; owned */
} nursery;

static const frond_wait_kind kind = {"greenlets of a nursery", NULL, NULL};

static void cancel(nursery *n) {
    n->cancelled = true;
    frond_group_kill(n->group, FROND_EXIT, FROND_NOW);
}

/* The first failure is the answer, and what follows from the end that it brings is no news. */
static void failed(nursery *n, frond_greenlet *g) {
    if (n->error || n->cancelled) {
        if ((g->traits & FROND__FAILED) && g->error != FROND_ECANCELED)
            frond__failed_unseen(frond__self, g);
        return;
    }
    n->error = g->error;
    if (g->failed_text)
        n->text = frond_strndup(g->failed_text, strlen(g->failed_text));
    if (!n->keep_going)
        cancel(n);
}

static void child_ended(frond_greenlet *g, void *arg) {
    nursery *n = arg;
    if (g->error && g->error != FROND_EXIT)
        failed(n, g);
    frond_wake_all(&n->closers, 0); /* fewer are left, or less time */
}

/* ---- the end ---- */

static void expire(frond_greenlet *g, void *nothing) {
    (void)nothing;
    frond__shields_expire(g);
}

static void let_go(frond_greenlet *g, void *n) {
    frond_unlink(g, child_ended, n);
}

/* Until all have ended or are to be ended; or why the wait was over before. */
static int await(nursery *n, frond_deadline d) {
    int rc = 0;
    bool was_cancelled = n->cancelled;
    while (rc == 0 && frond_group_count(n->group) && n->cancelled == was_cancelled) {
        frond_waiter w = {0};
        rc = d.ns <= 0 ? FROND_ETIMEDOUT : frond_wait(&w, &n->closers, &kind, n, d);
    }
    return rc;
}

/* They were killed: all waits but those in shields are over.  Nothing keeps the owner from waiting for
 * their ends, since it may be its frame that they use; what cannot end has been reported, and is let go. */
static int await_killed(nursery *n) {
    frond_greenlet *self = frond__self->current;
    frond__shield shield;
    int rc = 0;
    if (!(self->attention &
          FROND__CALLBACK)) { /* else its hub is at its end, and theirs */
        frond__shield_push(self, &shield);
        if (await(n, frond_in(n->cleanup_ms)) < 0) {
            frond__group_each(n->group, expire, NULL);
            rc = await(n, FROND_NEVER);
        }
        frond_shield_end();
    }
    frond__group_each(n->group, let_go, n);
    return rc;
}

static void close_left(void *n);

static int finish(nursery *n, int rc, frond_deadline d) {
    if (frond_group_count(n->group) && rc == 0)
        rc = await(n, d);
    if (frond_group_count(n->group)) {
        if (!n->cancelled)
            cancel(n);
        int stuck = await_killed(n);
        rc = stuck < 0 ? stuck : rc;
    }
    if (n->error)
        rc = frond_fail_text(n->error, "%s",
                             n->text ? n->text : frond_error_message(n->error));
    else if (rc < 0)
        frond_fail_set(rc, "nursery close");
    frond__undefer(n->owner, close_left,
                   n); /* a hub's end may drop the owner until here */
    frond_group_free(n->group);
    frond_free(n->text);
    frond_free(n);
    return rc;
}

/* The owner has ended with it. */
static void close_left(void *arg) {
    nursery *n = arg;
    cancel(n);
    finish(n, 0, FROND_NOW);
}

/* ---- the verbs ---- */

int frond_nursery_open(frond_nursery *out, const frond_nursery_options *o) {
    static const frond_nursery_options none;
    o = o ? o : &none;
    bool valid = out != NULL;
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        valid = valid && !o->reserved[i];
    if (!valid)
        return frond_fail_set(FROND_EINVAL, "nursery open");
    out->state = NULL;
    nursery *n = frond_calloc(1, sizeof *n);
    if (!n || !(n->group = frond_group_new()))
        goto no_memory;
    frond_waitlist_own(&n->closers);
    n->owner = frond__self->current;
    n->cleanup_ms = o->cleanup_ms ? o->cleanup_ms : CLEANUP_MS;
    n->keep_going = o->keep_going != 0;
    if (!(n->owner->traits & (FROND__MAIN | FROND__HUB)) &&
        frond_defer(close_left, n) < 0)
        goto no_memory;
    out->state = n;
    return 0;

no_memory:
    if (n)
        frond_group_free(n->group);
    frond_free(n);
    return frond_fail_set(FROND_ENOMEM, "nursery open");
}

static int check(const frond_nursery *n, const char *doing) {
    if (!n || !n->state)
        return frond_fail_set(FROND_EINVAL, doing);
    return frond_waitlist_own(&n->state->closers);
}

static int spawn_at(frond_nursery *out, const frond_spawn_options *o, frond_fn run,
                    void *arg, void *site) {
    frond_greenlet *g;
    int rc = check(out, "nursery spawn");
    if (rc < 0)
        return rc;
    nursery *n = out->state;
    if (n->cancelled)
        return frond_fail_set(FROND_ECLOSED, "nursery spawn");
    frond__observer *link = frond__link_make(child_ended, n);
    if (!link)
        return FROND_ENOMEM;
    if ((rc = frond__group_spawn_at(n->group, o, run, arg, site, &g)) < 0)
        frond__link_free(link);
    else
        frond__observe(g, link);
    return rc;
}

FROND_NOINLINE int frond_nursery_spawn(frond_nursery *n, frond_fn run, void *arg) {
    return spawn_at(n, NULL, run, arg, FROND_RETURN_ADDRESS());
}

FROND_NOINLINE int frond_nursery_spawn_with(frond_nursery *n,
                                            const frond_spawn_options *o, frond_fn run,
                                            void *arg) {
    return spawn_at(n, o, run, arg, FROND_RETURN_ADDRESS());
}

int frond_nursery_cancel(frond_nursery *n) {
    int rc = check(n, "nursery cancel");
    if (rc == 0)
        cancel(n->state);
    return rc;
}

size_t frond_nursery_count(const frond_nursery *n) {
    return n && n->state ? frond_group_count(n->state->group) : 0;
}

int frond_nursery_close(frond_nursery *out, frond_deadline d) {
    int rc = check(out, "nursery close");
    if (rc < 0)
        return rc;
    nursery *n = out->state;
    if (n->owner != frond__self->current)
        return frond_fail_set(FROND_EPERM, "nursery close: another greenlet's");
    rc = frond_wait_enter(d);
    if (rc == FROND_ENOSUSPEND || rc == FROND_EFORKHOOK)
        return rc;
    if (rc == FROND_ETIMEDOUT && frond_group_count(n->group) == 0)
        rc = 0;
    rc = finish(n, rc, d);
    out->state = NULL; /* until now they may have spawned into it */
    return rc;
}
