/* SPDX-License-Identifier: MIT */
/* Copies.  What was read and could not be written goes back, so that a copy that was given up can be made
 * again.  A copy begins with a buffer, and goes on inside the kernel once the buffer was filled: setting that up
 * does not pay for a short exchange. */
#include "stream/copy.h"
#include "stream/stream.h"

#include <frond/error.h>
#include <frond/event.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/stream.h>
#include <frond/timeout.h>
#include <stdbool.h>
#include <stdio.h>

enum { CHUNK = 64 * 1024, CLEANUP_MS = 1000 };

/* One buffer full.  How many bytes have been written, 0 at the end, or an error. */
static int64_t copy_some(frond_stream *from, frond_stream *to, char *buf, size_t cap,
                         uint64_t *copied, frond_deadline d) {
    size_t done = 0;
    int64_t n = frond_read(from, buf, cap, d);
    if (n <= 0)
        return n;
    int rc = frond_write(to, buf, (size_t)n, &done, d);
    *copied += done;
    if (rc == 0)
        return n;
    int kept = from->closed ? 0 : frond_unread(from, buf + done, (size_t)n - done);
    return kept < 0 ? kept : rc;
}

static int copy_all(frond_stream *from, frond_stream *to, char *buf, uint64_t left,
                    uint64_t *copied, frond_deadline d) {
    bool inside = true;
    uint64_t limit = left;
    while (left) {
        size_t want = left < CHUNK ? (size_t)left : CHUNK;
        int64_t n = copy_some(from, to, buf, want, copied, d);
        if (n <= 0)
            return (int)n;
        left = limit - *copied;
        if (n == CHUNK && inside && left) {
            int rc = frond__copy_inside(from, to, left, copied, d);
            if (rc != FROND_ENOTSUP)
                return rc;
            inside = false;
            left = limit - *copied; /* it may have come some way */
        }
    }
    return 0;
}

/* Both in use by a call on this thread, or neither and an error recorded. */
static int hold(frond_stream *a, frond_stream *b, const char *doing) {
    int rc = a && b ? frond_home_check(&a->home) : FROND_EINVAL;
    if (rc == 0)
        rc = frond_home_check(&b->home);
    if (rc < 0)
        return frond_fail_set(rc, doing);
    frond_stream_hold(a);
    frond_stream_hold(b);
    return 0;
}

static void let_go(frond_stream *a, frond_stream *b) {
    frond_stream_let_go(a);
    frond_stream_let_go(b);
}

int frond_copy(frond_stream *from, frond_stream *to, uint64_t limit, uint64_t *copied,
               frond_deadline d) {
    uint64_t none = 0;
    copied = copied ? copied : &none;
    *copied = 0;
    int rc = hold(from, to, "copy");
    if (rc < 0)
        return rc;
    char *buf = frond_buffer_alloc(CHUNK);
    rc = buf ? copy_all(from, to, buf, limit ? limit : UINT64_MAX, copied, d)
             : frond_fail_set(FROND_ENOMEM, "copy");
    let_go(from, to);
    frond_buffer_free(buf);
    return rc;
}

/* ---- both ways ---- */

/* Counted: one of the two may be in a shield of its stream's, and outlive the call. */
typedef struct {
    unsigned refs;
    frond_event over; /* one of them is */
} relay;

typedef struct {
    relay *of;
    frond_stream *from, *to; /* held */
    frond_deadline d;
    uint64_t copied;
    int rc;
    bool ended;
    char text[200]; /* of the failure, which is this greenlet's own */
} way;

typedef struct {
    relay base;
    way ways[2];
} both;

static void unref(relay *r) {
    if (--r->refs == 0)
        frond_free(r);
}

static void *run_way(void *arg) {
    way *w = arg;
    w->rc = frond_copy(w->from, w->to, 0, &w->copied, w->d);
    if (w->rc == 0)
        w->rc = frond_shutdown(w->to, w->d);
    if (w->rc == FROND_ENOTSUP || w->rc == FROND_ENOTCONN)
        w->rc = 0; /* whoever cannot be told sees it when the stream closes */
    if (w->rc < 0)
        snprintf(w->text, sizeof w->text, "%s", frond_error_text());
    w->ended = true;
    frond_event_set(&w->of->over);
    return NULL;
}

static void way_over(void *arg) {
    way *w = arg;
    let_go(w->from, w->to);
    unref(w->of);
}

/* The greenlet, or NULL with an error recorded. */
static frond_greenlet *start_way(both *r, int i, frond_stream *from, frond_stream *to,
                                 frond_deadline d) {
    static const frond_spawn_options named = {.name = "relay", .drop = way_over};
    way *w = &r->ways[i];
    *w = (way){.of = &r->base, .from = from, .to = to, .d = d};
    if (hold(from, to, "relay") < 0)
        return NULL;
    r->base.refs++;
    frond_greenlet *g = frond_spawn_with(&named, run_way, w);
    if (!g)
        way_over(w);
    return g;
}

/* Until both have ended, or one has failed. */
static int await_ways(both *r) {
    const way *ways = r->ways;
    for (;;) {
        for (int i = 0; i < 2; i++)
            if (ways[i].ended && ways[i].rc < 0)
                return frond_fail_text(ways[i].rc, "%s", ways[i].text);
        if (ways[0].ended && ways[1].ended)
            return 0;
        frond_event_clear(&r->base.over);
        int rc = frond_event_wait(&r->base.over, FROND_NEVER);
        if (rc < 0)
            return rc;
    }
}

static void stop_way(frond_greenlet *g, const way *w) {
    frond_shield_begin(CLEANUP_MS);
    if (g && !w->ended)
        frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_shield_end();
    frond_release(g);
}

static int run_both(both *r, frond_stream *a, frond_stream *b, frond_deadline d) {
    char text[200] = "";
    frond_greenlet *g[2] = {start_way(r, 0, a, b, d), NULL};
    if (g[0])
        g[1] = start_way(r, 1, b, a, d);
    int rc = g[1] ? await_ways(r) : frond_error_code();
    if (rc < 0)
        snprintf(text, sizeof text, "%s", frond_error_text());
    for (int i = 0; i < 2; i++)
        stop_way(g[i], &r->ways[i]);
    return rc < 0 ? frond_fail_text(rc, "%s", text) : 0;
}

int frond_relay(frond_stream *a, frond_stream *b, uint64_t *there, uint64_t *back,
                frond_deadline d) {
    both *r = a && b && a != b ? frond_calloc(1, sizeof *r) : NULL;
    if (there)
        *there = 0;
    if (back)
        *back = 0;
    if (!r)
        return frond_fail_set(a && b && a != b ? FROND_ENOMEM : FROND_EINVAL, "relay");
    r->base = (relay){1, FROND_EVENT_INIT};
    int rc = run_both(r, a, b, d);
    if (there)
        *there = r->ways[0].copied;
    if (back)
        *back = r->ways[1].copied;
    unref(&r->base);
    return rc;
}

/* ---- files ---- */

/* By way of a buffer, which is made at the first need. */
static int64_t send_read(frond_stream *s, frond_file *file, int64_t offset, int64_t most,
                         char **buf, frond_deadline d) {
    size_t done = 0;
    if (!*buf && !(*buf = frond_buffer_alloc(CHUNK)))
        return frond_fail_set(FROND_ENOMEM, "send file");
    size_t want = most < CHUNK ? (size_t)most : CHUNK;
    int64_t n = frond_file_pread(file, *buf, want, offset, d);
    if (n <= 0)
        return n;
    int rc = frond_write(s, *buf, (size_t)n, &done, d);
    return rc < 0 && !done ? rc : (int64_t)done;
}

int frond_send_file(frond_stream *s, frond_file *file, int64_t offset, int64_t count,
                    int64_t *sent, frond_deadline d) {
    int64_t none = 0, n = 0;
    char *buf = NULL;
    sent = sent ? sent : &none;
    *sent = 0;
    if (!file || offset < 0 || count < -1)
        return frond_fail_set(FROND_EINVAL, "send file");
    if (count == 0)
        return frond_write(s, "", 0, NULL, d);
    if ((n = hold(s, s, "send file")) < 0)
        return (int)n;
    while (count < 0 || *sent < count) {
        int64_t most = count < 0 ? INT64_MAX - offset - *sent : count - *sent;
        n = frond__send_cached(s, file, offset + *sent, most, d);
        if (n == FROND_ENOTSUP)
            n = send_read(s, file, offset + *sent, most, &buf, d);
        if (n <= 0)
            break;
        *sent += n;
    }
    let_go(s, s);
    frond_buffer_free(buf);
    return n < 0 ? (int)n : 0;
}
