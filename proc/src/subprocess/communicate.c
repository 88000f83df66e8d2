/* SPDX-License-Identifier: MIT */
/* Talking to a process until it ends: a greenlet for each of its pipes and one for its end, in a nursery, since they
 * write into the caller's frame. */
#include "launch/terminal.h"
#include "process.h"

#include <frond/error.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <frond/nursery.h>
#include <frond/subprocess.h>
#include <string.h>

enum { FIRST = 4096, MOST = 64 << 20 };

typedef struct {
    frond_process *p;
    frond_nursery nursery;
    const char *input;
    size_t len, max;
    frond_output *out;
    frond_stream *streams[3]; /* references */
    unsigned open;            /* pipes that have not ended */
    frond_event all_ended;
    bool cut; /* the process has ended, and its pipes had their grace */
} talk;

/* What a pipe's greenlet ends with. */
static void *done(talk *t, int64_t rc) {
    if (--t->open == 0)
        frond_event_set(&t->all_ended);
    return rc < 0 && !t->cut ? frond_failed((int)rc, NULL) : NULL;
}

/* A terminal is told the end by what is typed at the beginning of a line, and goes on. */
static int end_input(talk *t) {
    const char *end = frond__terminal_end;
    if (t->streams[0] != t->p->terminal)
        return frond_close(t->streams[0]);
    if (t->len && !strchr("\r\n", t->input[t->len - 1]))
        frond_write(t->streams[0], end, strlen(end), NULL, FROND_NEVER);
    return frond_write(t->streams[0], end, strlen(end), NULL, FROND_NEVER);
}

static void *feed(void *arg) {
    talk *t = arg;
    size_t n = 0;
    int rc = frond_write(t->streams[0], t->input + t->out->sent, t->len - t->out->sent,
                         &n, FROND_NEVER);
    t->out->sent += n;
    if (rc == 0)
        rc = end_input(t);
    return done(
        t, rc == FROND_EPIPE || rc == FROND_ECONNRESET || rc == FROND_ECLOSED ? 0 : rc);
}

/* How large the buffer of so many bytes is: there is always room for one more, and a NUL. */
static size_t room_of(size_t len) {
    size_t room = FIRST;
    while (room < len + 2)
        room *= 2;
    return room;
}

static int64_t read_more(frond_stream *s, char **data, size_t *len, size_t max) {
    char *grown, probe;
    if (*len == max) {
        int64_t n = frond_read(s, &probe, 1, FROND_NEVER);
        return n > 0 ? frond_fail_set(FROND_ELIMIT, "communicate") : n;
    }
    if (!(grown = frond_realloc(*data, room_of(*len))))
        return frond_fail_set(FROND_ENOMEM, "communicate");
    *data = grown;
    size_t room = room_of(*len) - *len - 1;
    int64_t n =
        frond_read(s, grown + *len, room < max - *len ? room : max - *len, FROND_NEVER);
    if (n > 0)
        *len += (size_t)n;
    grown[*len] = '\0';
    return n;
}

static void *read_out(void *arg) {
    talk *t = arg;
    int64_t n;
    while ((n = read_more(t->streams[1], &t->out->out, &t->out->out_len, t->max)) > 0) {}
    return done(t, n);
}

static void *read_err(void *arg) {
    talk *t = arg;
    int64_t n;
    while ((n = read_more(t->streams[2], &t->out->err, &t->out->err_len, t->max)) > 0) {}
    return done(t, n);
}

static void *await_end(void *arg) {
    talk *t = arg;
    int rc = frond_process_join(t->p, &t->out->status, FROND_NEVER);
    if (rc == 0 && t->open && t->p->grace_ms > 0 &&
        frond_event_wait(&t->all_ended, frond_in((uint64_t)t->p->grace_ms)) ==
            FROND_ETIMEDOUT) {
        t->cut = true;
        frond_nursery_cancel(&t->nursery);
    }
    return rc < 0 ? frond_failed(rc, NULL) : NULL;
}

static int spawn_all(talk *t) {
    frond_fn pipes[3] = {feed, read_out, read_err};
    int rc = frond_nursery_spawn(&t->nursery, await_end, t);
    for (int i = 0; rc == 0 && i < 3; i++) {
        if (!t->streams[i])
            continue;
        t->open++;
        rc = frond_nursery_spawn(&t->nursery, pipes[i], t);
    }
    if (rc < 0)
        frond_nursery_cancel(&t->nursery);
    return rc;
}

/* A stream that is closed already has been dealt with, and so has a terminal that is standard output too. */
static void take_streams(talk *t) {
    for (int i = 0; i < 3; i++) {
        frond_stream *s = t->p->streams[i];
        if (s && (i < 2 || s != t->p->streams[1]))
            t->streams[i] = frond_stream_ref(s);
    }
}

int frond_process_communicate(frond_process *p, const void *input, size_t len, size_t max,
                              frond_output *out, frond_deadline d) {
    talk t = {.p = p, .input = input, .len = len, .max = max ? max : MOST, .out = out};
    int rc = frond_wait_enter(d);
    if (rc < 0 || (rc = frond__process_check(p, "communicate")) < 0)
        return rc;
    if (!out || (len && !input) || out->sent > len)
        return frond_fail_set(FROND_EINVAL, "communicate");
    if ((rc = frond_nursery_open(&t.nursery, NULL)) < 0)
        return rc;
    frond__process_ref(p);
    take_streams(&t);
    int spawned = spawn_all(&t);
    rc = frond_nursery_close(&t.nursery, d);
    for (int i = 0; i < 3; i++)
        frond_stream_free(t.streams[i]);
    frond__process_unref(p);
    if (spawned < 0)
        return frond_fail_set(spawned, "communicate");
    return rc < 0 && !t.cut ? rc : 0;
}

void frond_output_free(frond_output *out) {
    if (!out)
        return;
    frond_free(out->out);
    frond_free(out->err);
    *out = (frond_output){0};
}
