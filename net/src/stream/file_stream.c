/* SPDX-License-Identifier: MIT */
/* See file_stream.h.  A job that its greenlet stops waiting for goes on: what it reads is kept for the
 * next read, and what it writes was counted as written when it was handed over, so the next write
 * waits for it.  The jobs own their buffer and a descriptor of their own, never the caller's. */
#include "stream/file_stream.h"

#include "stream/gather.h"
#include <frond/error.h>
#include <frond/event.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/stream.h>
#include <frond/impl/waiter.h>
#include <frond/threadpool.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 * 1024 };

typedef struct {
    _Atomic int refs; /* the stream's, and the job's while one is under way */
    frond__file file;
    bool writes;
    frond_event over; /* no job is under way; set on the hub's thread */
    int64_t result;   /* of the last job */
    size_t at, end;   /* of buf: read and not given out; or to write */
    char buf[CHUNK];
} side;

typedef struct {
    frond_stream base;
    const char *name;
    side *in, *out; /* each made at its first use */
    intptr_t fd;
} file_stream;

static void side_unref(void *arg) {
    side *k = arg;
    if (atomic_fetch_sub(&k->refs, 1) != 1)
        return;
    frond__file_close(&k->file);
    frond_free(k);
}

static side *side_new(intptr_t fd, bool writes) {
    side *k = frond_calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->file.fd = frond__file_duplicate(fd);
    if (k->file.fd < 0) {
        frond_free(k);
        return NULL;
    }
    k->refs = 1;
    k->writes = writes;
    frond_event_set(&k->over);
    return k;
}

static int job_read(void *arg) {
    side *k = arg;
    return (int)frond__file_read(&k->file, k->buf, CHUNK);
}

static int job_write(void *arg) {
    side *k = arg;
    while (k->at < k->end) {
        int64_t n = frond__file_write(&k->file, k->buf + k->at, k->end - k->at);
        if (n < 0)
            return (int)n;
        k->at += (size_t)n;
    }
    return 0;
}

static void settle(side *k, int64_t result) {
    k->result = result;
    if (!k->writes) {
        k->at = 0;
        k->end = result > 0 ? (size_t)result : 0;
    }
    frond_event_set(&k->over);
    side_unref(k);
}

/* The job in a greenlet of its own, which nobody kills, so that its end is always seen. */
static void *run_job(void *arg) {
    side *k = arg;
    int ran;
    int rc = frond_threadpool_run(frond_threadpool_class(FROND_THREADS_FILE),
                                  k->writes ? job_write : job_read, k, NULL, &ran,
                                  FROND_NEVER);
    settle(k, rc);
    return NULL;
}

static int start_job(side *k) {
    frond_event_clear(&k->over);
    atomic_fetch_add(&k->refs, 1);
    int rc = frond_go(run_job, k);
    if (rc < 0) {
        frond_event_set(&k->over);
        side_unref(k);
    }
    return rc;
}

static int fail(const file_stream *f, int code, const char *doing) {
    return frond_fail_text(code, "%s %s: %s", doing, f->name, frond_error_message(code));
}

static int64_t file_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    file_stream *f = (file_stream *)s;
    int rc = 0;
    if (!f->in && !(f->in = side_new(f->fd, false)))
        return fail(f, FROND_ENOMEM, "read from");
    side *k = f->in;
    if (frond_event_is_set(&k->over) && k->at == k->end)
        rc = start_job(k);
    if (rc == 0)
        rc = frond_event_wait(&k->over, d.ns <= 0 ? frond_in(0) : d);
    if (rc < 0 || s->closed)
        return fail(f, rc < 0 ? rc : FROND_ECLOSED, "read from");
    if (k->result < 0)
        return fail(f, (int)k->result, "read from");
    size_t n = k->end - k->at;
    if (n > cap)
        n = cap;
    memcpy(buf, k->buf + k->at, n);
    k->at += n;
    return (int64_t)n;
}

/* Waits for the last job and takes its result. */
static int write_settled(file_stream *f, frond_deadline d) {
    int rc = frond_event_wait(&f->out->over, d.ns <= 0 ? frond_in(0) : d);
    if (rc == 0 && f->base.closed)
        rc = FROND_ECLOSED;
    if (rc == 0 && f->out->result < 0) {
        rc = (int)f->out->result;
        f->out->result = 0;
    }
    return rc < 0 ? fail(f, rc, "write to") : 0;
}

static int file_write(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                      frond_deadline d) {
    file_stream *f = (file_stream *)s;
    if (!f->out && !(f->out = side_new(f->fd, true)))
        return fail(f, FROND_ENOMEM, "write to");
    side *k = f->out;
    int rc = write_settled(f, d);
    frond__gather left = {bufs, n, 0};
    while (rc == 0 && left.n) {
        k->at = 0;
        k->end = frond__gather_next(&left, k->buf, CHUNK);
        size_t handed = k->end;
        rc = handed ? start_job(k) : 0;
        if (rc == 0)
            *written += handed;
        if (rc == 0 && handed)
            rc = write_settled(f, d);
        if (rc == FROND_ETIMEDOUT && left.n == 0)
            rc = 0; /* all of it is under way: the next write, or the end, waits for it */
    }
    return rc;
}

static void file_close(frond_stream *s) {
    file_stream *f = (file_stream *)s;
    if (f->in)
        frond_wake_all(&f->in->over.waiters, FROND_ECLOSED);
    if (f->out)
        frond_wake_all(&f->out->over.waiters, FROND_ECLOSED);
}

static void file_destroy(frond_stream *s) {
    file_stream *f = (file_stream *)s;
    if (f->in)
        side_unref(f->in);
    if (f->out)
        side_unref(f->out);
    frond_free(f);
}

static const frond_stream_ops file_ops = {
    .read = file_read, .write = file_write, .close = file_close, .destroy = file_destroy};

int frond__file_stream(intptr_t fd, const char *name, frond_stream **s) {
    file_stream *f = frond_calloc(1, sizeof *f);
    if (!f || frond_stream_init(&f->base, &file_ops) < 0) {
        frond_free(f);
        return frond_fail_set(FROND_ENOMEM, name);
    }
    f->fd = fd;
    f->name = name;
    *s = &f->base;
    return 0;
}
