/* SPDX-License-Identifier: MIT */
/* Descriptors of others.  They are not given to libuv, which ends the program when one that it watches is closed, wants
 * each for itself, and changes its mode: on POSIX it watches a descriptor of ours that is readable while the other is
 * ready.  Readiness is a state, which all who wait are told of, and no news is kept: to take is to look.
 *
 * A table of the process says which descriptors have a watcher. */
#include "ensure.h"
#include "hub/fork.h"
#include "watch/watch.h"
#include <frond/impl/fail.h>
#include <stdio.h>
#include <uv.h>

enum { ALL = FROND_IO_READ | FROND_IO_WRITE | FROND_IO_CLOSED };

typedef struct io {
    frond_watcher watcher;
    frond__readiness *ready;
    intptr_t fd;
    int events;
    int found;               /* while those who wait are told: what is there; else -1 */
    struct io *next, **link; /* in the table; link NULL: it is not there */
} io;

/* ---- the table ---- */

enum { BUCKETS = 64 };

static uv_once_t once = UV_ONCE_INIT;
static uv_mutex_t lock;
static bool lock_made;
static io *table[BUCKETS];

static void make_lock(void) {
    lock_made = uv_mutex_init(&lock) == 0;
}

static void enter_table(void) {
    uv_once(&once, make_lock);
    FROND_ASSERT(lock_made);
    uv_mutex_lock(&lock);
}

void frond__io_forget(void) {
    if (!lock_made)
        return;
    make_lock();
    for (int i = 0; i < BUCKETS; i++)
        table[i] = NULL;
}

static bool enlist(io *self) {
    enter_table();
    io **bucket = &table[(size_t)self->fd % BUCKETS];
    const io *each = *bucket;
    while (each && each->fd != self->fd)
        each = each->next;
    if (!each) {
        self->next = *bucket;
        self->link = bucket;
        if (self->next)
            self->next->link = &self->next;
        *bucket = self;
    }
    uv_mutex_unlock(&lock);
    return !each;
}

static void delist(io *self) {
    if (!self->link)
        return;
    enter_table();
    *self->link = self->next;
    if (self->next)
        self->next->link = self->link;
    self->link = NULL;
    uv_mutex_unlock(&lock);
}

/* ---- waits ---- */

static int asked(const io *self, const frond__want *want) {
    return want->events ? want->events : self->events;
}

static int take(frond_watcher *w, const frond__want *want) {
    const io *self = (const io *)w;
    int events = asked(self, want);
    int found = self->found >= 0 ? self->found & events
                                 : frond__readiness_look(self->ready, events);
    if (found > 0)
        frond__watcher_news(want, 1, found);
    return found > 0 ? 1 : found;
}

/* What all who wait, wait for. */
static int all_asked(const io *self) {
    int events = 0;
    for (const frond_waiter *each = self->watcher.waiters.head; each; each = each->next)
        events |= asked(self, each->slot);
    return self->watcher.watchers.head ? events | self->events : events;
}

static int ask(frond_watcher *w, const frond__want *more) {
    const io *self = (const io *)w;
    return frond__readiness_ask(self->ready,
                                all_asked(self) | (more ? asked(self, more) : 0));
}

/* Those who watch, and are told, ask no more: all that is left to wait for is asked for by those who wait. */
static void became_ready(void *arg, int told) {
    io *self = arg;
    frond_watcher *w = &self->watcher;
    int events = all_asked(self), found = frond__readiness_look(self->ready, events);
    if (found == 0)
        found = told & events;
    w->inside++;
    if (found < 0) {
        frond_wake_all(&w->waiters, found);
        frond_wake_all(&w->watchers, 0);
    } else {
        self->found = found;
        frond__watcher_tell(w);
        self->found = -1;
        ask(w, NULL);
    }
    frond__watcher_leave(w);
}

static void describe(const void *object, char *out, size_t cap) {
    snprintf(out, cap, "descriptor %lld", (long long)((const io *)object)->fd);
}

static void close_io(frond_watcher *w) {
    io *self = (io *)w;
    frond__readiness_close(self->ready);
    self->ready = NULL;
    delist(self);
}

/* Its hub was closed before. */
static void release(frond_watcher *w) {
    io *self = (io *)w;
    if (self->ready)
        close_io(w);
}

static const frond__watcher_ops ops = {
    .wait = {"something of", describe, NULL},
    .doing = "descriptor wait",
    .source = true,
    .take = take,
    .wanted = ask,
    .close = close_io,
    .release = release,
};

int frond_io_open(intptr_t fd, int events, frond_watcher **w) {
    if (!w || !events || (events & ~ALL))
        return frond_fail_set(FROND_EINVAL, "descriptor watch");
    if (fd < 0)
        return frond_fail_set(FROND_EBADF, "descriptor watch");
    io *self = frond_hub_current() ? (io *)frond__watcher_new(&ops, sizeof *self) : NULL;
    if (!self)
        return frond_error_code();
    self->fd = fd;
    self->events = events;
    self->found = -1;
    int rc = enlist(self) ? frond__readiness_open(fd, became_ready, self, &self->ready)
                          : FROND_EBUSY;
    if (rc == 0) {
        *w = &self->watcher;
        return 0;
    }
    delist(self);
    self->watcher.closed = true; /* there is nothing to close */
    frond_watcher_free(&self->watcher);
    return frond_fail_text(rc, "watch descriptor %lld: %s", (long long)fd,
                           frond_error_message(rc));
}

int frond_io_wait(frond_watcher *w, int events, int *ready, frond_deadline d) {
    if (!events || (events & ~ALL))
        return frond_fail_set(FROND_EINVAL, "descriptor wait");
    frond_news news = {0};
    int rc = frond__watcher_wait(w, &ops, &(frond__want){events, &news}, d);
    if (rc == 0 && ready)
        *ready = news.what;
    return rc;
}
