/* SPDX-License-Identifier: MIT */
/* See stream_limits.h.  A rate is paid for afterwards: who reads does not know how much there is, and one that waits
 * for a silent peer must not keep others from their share.  `due` is when all that has gone would have gone at
 * the rate; whoever finds it more than a burst ahead of the clock waits. */
#include "stream/stream_limits.h"
#include "os/os_message.h"
#include "socket/timeouts.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <stdbool.h>
#include <string.h>

enum { LEAST_BURST = 1500, NS_IN_S = 1000000000 };

struct frond_rate {
    frond_home home;
    uint64_t per_second, burst;
    int64_t due;          /* ns */
    bool taken;           /* the turn: whoever has it is the next to go */
    frond_waitlist turn;  /* those who wait for it */
    frond_waitlist timed; /* who has it, until it is time */
    unsigned refs;
};

/* ---- rates ---- */

static int64_t time_of(const frond_rate *r, uint64_t bytes) {
    double ns = (double)bytes * NS_IN_S / (double)r->per_second;
    return ns > 1e18 ? (int64_t)1e18 : (int64_t)ns + 1;
}

static void configure(frond_rate *r, uint64_t per_second, uint64_t burst) {
    uint64_t tenth = per_second / 10;
    r->per_second = per_second;
    r->burst = burst ? burst : tenth > LEAST_BURST ? tenth : LEAST_BURST;
}

frond_rate *frond_rate_new(uint64_t bytes_per_second, uint64_t burst) {
    if (!bytes_per_second) {
        frond_fail_set(FROND_EINVAL, "rate new");
        return NULL;
    }
    frond_rate *r = frond_calloc(1, sizeof *r);
    if (!r || frond_home_enter(&r->home) < 0) {
        frond_free(r);
        frond_fail_set(FROND_ENOMEM, "rate new");
        return NULL;
    }
    r->refs = 1;
    frond_waitlist_own(&r->turn);
    frond_waitlist_own(&r->timed);
    configure(r, bytes_per_second, burst);
    return r;
}

int frond_rate_set(frond_rate *r, uint64_t bytes_per_second, uint64_t burst) {
    int rc = r && bytes_per_second ? frond_home_check(&r->home) : FROND_EINVAL;
    if (rc < 0)
        return frond_fail_set(rc, "rate set");
    configure(r, bytes_per_second, burst);
    frond_wake_all(&r->timed, 0); /* it may be time by now */
    return 0;
}

static void unref(void *rate) {
    frond_rate *r = rate;
    if (!r || --r->refs)
        return;
    frond_home home = r->home;
    frond_free(r);
    frond_home_leave(&home);
}

void frond_rate_free(frond_rate *r) {
    if (r)
        frond_home_send(&r->home, unref, r);
}

static const frond_wait_kind kind = {"its turn at a rate", NULL, NULL};

/* As the one whom closing s wakes; who was handed the turn may not have run before that. */
static int await(const frond_stream *s, frond_waiter **of_stream, frond_waitlist *list,
                 frond_deadline d) {
    frond_waiter w = {0};
    if (s->closed)
        return FROND_ECLOSED;
    *of_stream = &w;
    int rc = frond_wait(&w, list, &kind, list, d);
    *of_stream = NULL;
    return rc;
}

static int await_time(const frond_stream *s, frond_rate *r, frond_waiter **of_stream,
                      frond_deadline d) {
    for (;;) {
        frond_deadline begins = {r->due - time_of(r, r->burst)};
        if (begins.ns <= frond_now())
            return 0;
        int rc = await(s, of_stream, &r->timed, frond_earlier(begins, d));
        if (rc < 0 && (rc != FROND_ETIMEDOUT || frond_remaining(d) <= 0))
            return rc;
    }
}

/* Handed on with the turn, so that a newcomer cannot overtake. */
static void end_turn(frond_rate *r) {
    if (!frond_wake_one(&r->turn, 0))
        r->taken = false;
}

/* Until it is the caller's turn, first come first served; how many bytes that is for. */
static int64_t await_turn(const frond_stream *s, frond_rate *r, size_t want,
                          frond_waiter **of_stream, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc == 0 && r->taken)
        rc = await(s, of_stream, &r->turn, d);
    if (rc == 0) {
        r->taken = true;
        rc = await_time(s, r, of_stream, d);
        end_turn(r);
    }
    if (rc < 0)
        return frond_fail_set(rc, "wait for a rate");
    return (int64_t)(want < r->burst ? want : r->burst);
}

static void wake_closed(frond_waiter *w) {
    if (w && w->list) /* else it has been woken */
        frond_wake(w, FROND_ECLOSED);
}

void frond__limits_closed(frond_stream *s) {
    if (!s->extras)
        return;
    wake_closed(s->extras->reads);
    wake_closed(s->extras->writes);
}

static void pay(frond_rate *r, size_t bytes) {
    int64_t now = frond_now();
    r->due = (r->due > now ? r->due : now) + time_of(r, bytes);
}

/* ---- a stream's ---- */

static int check(const frond_stream *s, const char *doing) {
    int rc = s ? frond_home_check(&s->home) : FROND_EINVAL;
    if (rc == 0 && s->closed)
        rc = FROND_ECLOSED;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

frond_stream_extras *frond__extras_need(frond_stream *s) {
    if (!s->extras && !(s->extras = frond_calloc(1, sizeof *s->extras)))
        frond_fail_set(FROND_ENOMEM, "stream");
    return s->extras;
}

void frond__extras_free(frond_stream *s) {
    frond_stream_extras *e = s->extras;
    if (!e)
        return;
    unref(e->reading);
    unref(e->writing);
    frond_free(e->back);
    frond__handover_free(e->handover);
    frond_free(e);
    s->extras = NULL;
}

int frond_stream_timeouts(frond_stream *s, uint64_t read_ms, uint64_t write_ms) {
    int rc = check(s, "stream timeouts");
    frond_stream_extras *e = rc == 0 ? frond__extras_need(s) : NULL;
    if (!e)
        return rc < 0 ? rc : FROND_ENOMEM;
    e->read_ms = read_ms;
    e->write_ms = write_ms;
    return 0;
}

static void exchange(frond_rate **had, frond_rate *has) {
    if (has)
        has->refs++;
    unref(*had);
    *had = has;
}

int frond_stream_rates(frond_stream *s, frond_rate *reading, frond_rate *writing) {
    static const char doing[] = "stream rates";
    int rc = check(s, doing);
    if (rc == 0 && reading && (rc = frond_home_check(&reading->home)) < 0)
        frond_fail_set(rc, doing);
    if (rc == 0 && writing && (rc = frond_home_check(&writing->home)) < 0)
        frond_fail_set(rc, doing);
    frond_stream_extras *e = rc == 0 ? frond__extras_need(s) : NULL;
    if (!e)
        return rc < 0 ? rc : FROND_ENOMEM;
    exchange(&e->reading, reading);
    exchange(&e->writing, writing);
    return 0;
}

/* ---- reading and writing within them ---- */

static int64_t take_back(frond_stream_extras *e, void *buf, size_t cap) {
    size_t n = e->back_end - e->back_at;
    n = n < cap ? n : cap;
    memcpy(buf, e->back + e->back_at, n);
    e->back_at += n;
    if (e->back_at == e->back_end) {
        frond_free(e->back);
        e->back = NULL;
        e->back_at = e->back_end = 0;
    }
    return (int64_t)n;
}

int64_t frond__limited_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    frond_stream_extras *e = s->extras; /* it lives as long as s: the caller is inside */
    if (e->back)
        return take_back(e, buf, cap);
    d = frond__within(e->read_ms, d);
    frond_rate *r = e->reading;
    if (!r)
        return s->ops->read(s, buf, cap, d);
    r->refs++; /* another may be set meanwhile */
    int64_t n = await_turn(s, r, cap, &e->reads, d);
    if (n > 0 && s->closed)
        n = frond_fail_set(FROND_ECLOSED, "read");
    if (n > 0 && (n = s->ops->read(s, buf, (size_t)n, d)) > 0)
        pay(r, (size_t)n);
    unref(r);
    return n;
}

/* Of one buffer, so much at a time as the rate lets go. */
static int write_at_rate(frond_stream *s, frond_rate *r, frond_buf rest, size_t *written,
                         frond_deadline d) {
    while (rest.len) {
        int64_t most = await_turn(s, r, rest.len, &s->extras->writes, d);
        if (most < 0)
            return (int)most;
        if (s->closed)
            return frond_fail_set(FROND_ECLOSED, "write");
        frond_buf part = {rest.data, (size_t)most};
        size_t done = 0;
        int rc = s->ops->write(s, &part, 1, &done, d);
        pay(r, done);
        *written += done;
        if (rc < 0)
            return rc;
        rest.data = (const char *)rest.data + done;
        rest.len -= done;
    }
    return 0;
}

int frond__limited_write(frond_stream *s, const frond_buf *bufs, size_t n,
                         size_t *written, frond_deadline d) {
    frond_stream_extras *e = s->extras;
    int rc = 0;
    d = frond__within(e->write_ms, d);
    frond_rate *r = e->writing;
    if (!r)
        return s->ops->write(s, bufs, n, written, d);
    r->refs++;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = write_at_rate(s, r, bufs[i], written, d);
    unref(r);
    return rc;
}
