/* SPDX-License-Identifier: MIT */
/* Attributes of a path, looked at again and again by a thread of those for files, while somebody waits. */
#include <frond/fs_watch.h>

#include "fs/fs.h"
#include "pool/threadpool.h"
#include "watch/watch.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waitable.h>
#include <string.h>

enum { INTERVAL_MS = 5000 };

typedef struct {
    frond_watcher watcher;
    char *path;
    uint64_t interval_ms;
    frond_file_info told, now; /* what was told last; what there is */
    int code;                  /* 0, or why there is nothing */
    uint64_t changes;          /* that were seen and are not told */
    frond_job *job;            /* looks; NULL: none does */
    frond__fs_op *op;          /* of that job */
    frond_watch over;          /* woken at its end */
} stat_watch;

static bool same(const frond_file_info *a, const frond_file_info *b) {
    return a->kind == b->kind && a->mode == b->mode && a->size == b->size &&
           a->device == b->device && a->number == b->number && a->links == b->links &&
           a->owner == b->owner && a->group == b->group &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns &&
           a->created_ns == b->created_ns;
}

/* What changes and changes back has changed. */
static void found(stat_watch *s, int code, const frond_file_info *info) {
    if (code == s->code && same(info, &s->now))
        return;
    s->code = code;
    s->now = *info;
    s->changes++;
}

static bool pending(frond_watcher *w) {
    return ((stat_watch *)w)->changes != 0;
}

static int take(frond_watcher *w, const frond__want *want) {
    stat_watch *s = (stat_watch *)w;
    if (!s->changes)
        return 0;
    frond__watcher_news(want, s->changes, s->code);
    if (want->news) {
        want->news->before = s->told;
        want->news->now = s->now;
    }
    s->told = s->now;
    s->changes = 0;
    return 1;
}

/* ---- looking ---- */

static int stat_call(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_stat(NULL, &request, op->path, NULL);
    frond__fs_info(&request, &op->info);
    return frond__fs_result(&request);
}

static int run(void *op) {
    return stat_call(op);
}

static void look(stat_watch *s);

static void fire(frond__timer *t) {
    look((stat_watch *)frond__watcher_fired(t));
}

static void look_later(stat_watch *s) {
    frond_watcher *w = &s->watcher;
    frond__watcher_arm(w, w->wants ? frond_in(s->interval_ms).ns : INT64_MAX, fire);
}

static void let_go(stat_watch *s) {
    frond_job *j = s->job;
    s->job = NULL;
    frond_job_free(j);
}

/* The hub's end drops jobs, and closes with it what waits for them. */
static void looked(frond_waiter *waiter) {
    stat_watch *s = FROND_CONTAINER_OF(waiter, stat_watch, over.waiter);
    if (!s->job)
        return;
    if (s->job->ran) {
        frond_file_info none = {.kind = FROND_FILE_OTHER};
        found(s, s->job->result, s->job->result < 0 ? &none : &s->op->info);
    }
    let_go(s);
    frond__watcher_tell(&s->watcher);
    look_later(s);
}

/* Without memory or a thread it looks the next time. */
static void look(stat_watch *s) {
    frond_threadpool *pool = frond_threadpool_class(FROND_THREADS_FILE);
    s->op = pool ? frond__fs_new(stat_call, "watch", s->path, NULL) : NULL;
    s->job = s->op ? frond_threadpool_spawn(pool, run, s->op, frond__fs_free) : NULL;
    if (!s->job) {
        frond__fs_free(s->op);
        look_later(s);
        return;
    }
    s->over = (frond_watch){.waiter.woken = looked};
    frond_job_waitable(s->job).ops->watch(s->job, &s->over);
}

/* The first who waits has it looked at at once. */
static int wanted(frond_watcher *w, const frond__want *more) {
    stat_watch *s = (stat_watch *)w;
    (void)more;
    if (!w->wants)
        frond__watcher_arm(w, INT64_MAX, fire);
    else if (!s->job && !w->timer.fire)
        look(s);
    return 0;
}

static void close_stat(frond_watcher *w) {
    stat_watch *s = (stat_watch *)w;
    if (!s->job)
        return;
    frond_watch_end(&s->over.waiter);
    let_go(s);
}

static void release(frond_watcher *w) {
    stat_watch *s = (stat_watch *)w;
    if (s->job) /* its hub was closed before */
        let_go(s);
    frond_free(s->path);
}

static const frond__watcher_ops ops = {
    .wait = {"attributes", NULL, NULL},
    .doing = "attributes wait",
    .source = true, /* a thread's answer, in between two times */
    .take = take,
    .pending = pending,
    .wanted = wanted,
    .close = close_stat,
    .release = release,
};

static int look_first(stat_watch *s, frond_deadline d) {
    frond__fs_op *op = frond__fs_new(stat_call, "watch attributes", s->path, NULL);
    int rc = op ? frond__fs_run(&op, d) : frond_error_code();
    if (!op)
        return rc;
    s->code = rc;
    s->now = op->info; /* nothing, when it has failed */
    s->told = s->now;
    frond__fs_free(op);
    return 0;
}

int frond_stat_watch_open(const char *path, uint64_t interval_ms, frond_watcher **w,
                          frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc == 0 && (!path || !w))
        rc = frond_fail_set(FROND_EINVAL, "watch attributes");
    if (rc < 0)
        return rc;
    stat_watch *s = (stat_watch *)frond__watcher_new(&ops, sizeof *s);
    if (!s)
        return frond_error_code();
    s->interval_ms = interval_ms ? interval_ms : INTERVAL_MS;
    s->path = frond_strndup(path, strlen(path));
    rc = s->path ? look_first(s, d) : frond_fail_set(FROND_ENOMEM, ops.doing);
    if (rc == 0)
        *w = &s->watcher;
    else
        frond_watcher_free(&s->watcher);
    return rc;
}
