/* SPDX-License-Identifier: MIT */
/* A program's work, interrupted by signals.  Greenlets are numbered in the order in which they are made: those begun
 * since have higher numbers than the first. */
#include <frond/signal.h>

#include "core.h"
#include "os/os.h"
#include "stack/stack.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/wait.h>
#include <signal.h>

enum { HANGUP = 1 /* SIGHUP; of Windows' console, its end */ };

static int open_signals(frond_signal **s) {
    static const int wished[] = {SIGINT, SIGTERM, HANGUP};
    enum { MOST = sizeof wished / sizeof wished[0] };
    int numbers[MOST];
    size_t n = 0;
    for (size_t i = 0; i < MOST; i++)
        if (!frond__os_signal_ignored(wished[i]))
            numbers[n++] = wished[i];
    *s = NULL;
    return n ? frond_signal_open(numbers, n, s) : 0;
}

/* The number of the signal, 0 when g has ended, or an error. */
static int await_end(frond_greenlet *g, frond_signal *s, frond_deadline d) {
    frond_waitable w[2] = {frond_greenlet_waitable(g), frond_watcher_waitable(s)};
    size_t which = 0;
    int number = 0, rc = frond_wait_any(w, s ? 2 : 1, &which, d);
    if (rc == 0 && which == 1)
        rc = frond_signal_wait(s, &number, FROND_NOW);
    return rc < 0 ? rc : number;
}

/* ---- the end of all that was begun ---- */

typedef struct {
    frond_hub *hub;
    uint64_t first;      /* number of those begun since */
    frond_greenlet *one; /* that has not ended; counted */
} begun;

static void kill_each(frond_greenlet *g, void *arg) {
    begun *b = arg;
    if (g->id < b->first || g->state == FROND_DEAD || g == b->hub->current ||
        (g->traits & (FROND__HUB | FROND__RAW))) /* raw ones are their runners' */
        return;
    frond__kill_mark(b->hub, g, FROND_EXIT);
    if (!b->one && g->state != FROND_DEAD) {
        b->one = g;
        g->refs++;
    }
}

/* They clean up, and whom they begin meanwhile is killed in turn. */
static int end_all(frond_hub *h, uint64_t first) {
    int rc = 0;
    frond__shield shield;
    frond__shield_push(h->current, &shield);
    for (begun b = {h, first, NULL}; rc == 0; b.one = NULL) {
        frond__stacks_each(h->stacks, kill_each, &b);
        if (!b.one)
            break;
        rc = frond_join(b.one, FROND_NEVER);
        frond__greenlet_unref(b.one);
    }
    frond_shield_end();
    return rc;
}

int frond_run(frond_fn run, void *arg, void **value, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    frond_signal *s;
    if ((rc = open_signals(&s)) < 0)
        return rc;
    frond_hub *h = frond__self;
    uint64_t first = h->next_id;
    frond_greenlet *g = frond_spawn(run, arg);
    if (!g) {
        frond_signal_free(s);
        return frond_error_code();
    }
    rc = await_end(g, s, d);
    frond_signal_free(s);
    int ended = end_all(h, first);
    int result = frond_get(g, value, FROND_NOW);
    frond_release(g);
    if (rc)
        return rc < 0 ? frond_fail_set(rc, "run") : rc;
    return ended < 0 ? frond_fail_set(ended, "run") : result;
}
