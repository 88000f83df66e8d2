/* SPDX-License-Identifier: MIT */
/* Waiting for descriptors, on one uv_poll_t each.
 *
 * The handle is made at the first wait (making, starting and closing one costs six system calls).
 * It stays armed for reading while nobody waits, since the next read usually waits again; an event
 * that finds nobody waiting disarms it, or the level-triggered loop would spin.  On a refused or
 * reset connection libuv stops the handle and reports UV_EBADF: that means "try the call", which
 * then tells the real error.  The memory outlives uv_close, and the greenlets still inside.
 *
 * A poll only notes what it has found.  Those who wait for that are woken a few at a time, and run before
 * the next few: what one connection needs is in the caches then from the wake to its next wait. */
#include <frond/impl/fd.h>

#include "hub/loop.h"
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <uv.h>

struct frond_fd {
    uv_poll_t poll;
    frond_waitlist readers; /* at most one */
    bool made;              /* the poll handle */
    bool closed;            /* no new waits */
    uint8_t armed;          /* directions the loop watches */
    uint8_t found;   /* directions found ready; 0: it is not in the loop's list of such */
    uint8_t woken;   /* directions whose greenlet was woken and has not run yet */
    uint32_t inside; /* waits, the poll handle, the loop's list: they keep the memory */
    frond_hub *hub;
    const void *object;
    frond_fd_describe describe;
    frond_os_fd fd;
    frond_waitlist writers;  /* at most one */
    frond_waitlist watchers; /* any number, woken once, for reading */
};

static void describe_wait(const void *object, char *out, size_t cap) {
    const frond_fd *w = object;
    if (w->describe)
        w->describe(w->object, out, cap);
    else
        snprintf(out, cap, "descriptor %lld", (long long)w->fd);
}

static const frond_wait_kind read_kind = {"read from", describe_wait, NULL};
static const frond_wait_kind write_kind = {"write to", describe_wait, NULL};
static const frond_wait_kind watch_kind = {"something to read from", describe_wait, NULL};

frond_fd *frond_fd_new(frond_os_fd fd, frond_fd_describe describe, const void *object) {
    frond_hub *h = frond_hub_current();
    frond_fd *w = h ? frond_calloc(1, sizeof *w) : NULL;
    if (!w) {
        frond_fail_set(FROND_ENOMEM, "watch descriptor");
        return NULL;
    }
    w->fd = fd;
    w->hub = h;
    w->describe = describe;
    w->object = object;
    w->readers.owner = w->writers.owner = w->watchers.owner = h->owner_id;
    return w;
}

static void leave(frond_fd *w) {
    if (--w->inside == 0 && w->closed)
        frond_free(w);
}

static int to_uv(int directions) {
    return (directions & FROND_FD_READ ? UV_READABLE : 0) |
           (directions & FROND_FD_WRITE ? UV_WRITABLE : 0);
}

static void ready(uv_poll_t *poll, int status, int events);

static int arm(frond_fd *w, int directions) {
    int rc = directions ? uv_poll_start(&w->poll, to_uv(directions), ready)
                        : uv_poll_stop(&w->poll);
    if (rc < 0)
        return frond_error_from_uv(rc);
    w->armed = (uint8_t)directions;
    return 0;
}

/* Those who watch again have to be told again, and not now. */
static void tell_watchers(frond_fd *w) {
    size_t n = 0;
    for (const frond_waiter *each = w->watchers.head; each; each = each->next)
        n++;
    for (; n && w->watchers.head; n--)
        frond_wake_one(&w->watchers, 0);
}

/* Wakes for what was found.  The loop may be polled again before the woken has run: the event is not news then,
 * and disarming would cost two system calls a request under load. */
static void tell_one(frond_fd *w) {
    int found = w->found, keep = w->armed;
    w->found = 0;
    if (FROND_UNLIKELY((found & FROND_FD_READ) && w->watchers.head))
        tell_watchers(w);
    if ((found & FROND_FD_READ) && frond_wake_one(&w->readers, 0))
        w->woken |= FROND_FD_READ;
    if ((found & FROND_FD_WRITE) && frond_wake_one(&w->writers, 0))
        w->woken |= FROND_FD_WRITE;
    if ((found & FROND_FD_READ) && !(w->woken & FROND_FD_READ) && !w->watchers.head)
        keep &= ~FROND_FD_READ;
    if (found & FROND_FD_WRITE)
        keep &= ~FROND_FD_WRITE; /* writable is the usual state: never left armed */
    if (keep != w->armed && !w->closed)
        arm(w, keep);
    leave(w);
}

/* Has what the next ones need fetched from memory, each thing once the one that leads to it is there. */
static inline void fetch_ahead(frond_fd *const *next, size_t n) {
    enum { ITSELF = 6, WAITER = 4, GREENLET = 2, LINE = 64 };
    if (n <= ITSELF)
        return;
    FROND_PREFETCH(&next[ITSELF]->readers);
    const frond_waiter *w = next[WAITER]->readers.head;
    FROND_PREFETCH(w);
    FROND_PREFETCH((const char *)w + LINE);
    if ((w = next[GREENLET]->readers.head) != NULL)
        FROND_PREFETCH(w->greenlet);
    const char *object = next[GREENLET]->object;
    FROND_PREFETCH(object);
    FROND_PREFETCH(object + LINE);
}

static void tell_some(frond__loop *l, size_t most) {
    size_t end = l->found_n - l->told < most ? l->found_n : l->told + most;
    while (l->told < end) {
        fetch_ahead(l->found + l->told, l->found_n - l->told);
        tell_one(l->found[l->told++]);
    }
    if (l->told == l->found_n)
        l->told = l->found_n = 0;
}

static void ready(uv_poll_t *poll, int status, int events) {
    frond_fd *w = FROND_CONTAINER_OF(poll, frond_fd, poll);
    frond__loop *l = w->hub->loop;
    bool listed = w->found != 0;
    if (status < 0) /* libuv has stopped the handle */
        w->armed = 0;
    w->found |= status < 0 ? FROND_FD_READ | FROND_FD_WRITE
                           : (uint8_t)(events & (UV_READABLE | UV_WRITABLE));
    if (listed || !w->found)
        return;
    if (l->found_n == FROND__MOST_FOUND)
        tell_some(l, FROND__MOST_FOUND);
    w->inside++;
    l->found[l->found_n++] = w;
}

void frond__fds_tell(frond_hub *h) {
    enum { FEW = 32 };
    frond__loop *l = h->loop;
    do
        tell_some(l, h->shuffle ? FROND__MOST_FOUND : FEW);
    while (l->found_n && !h->ready.head);
}

void frond__fds_forget(frond__loop *l) {
    while (l->told < l->found_n)
        leave(l->found[l->told++]);
    l->told = l->found_n = 0;
}

static int make(frond_fd *w) {
    int rc =
        uv_poll_init_socket(frond_loop(), &w->poll, w->fd); /* makes it non-blocking */
    if (rc < 0)
        return frond_error_from_uv(rc);
    uv_unref((uv_handle_t *)&w->poll); /* its waiters are what counts: hub.sources */
    w->made = true;
    w->inside++;
    return 0;
}

static FROND_NOINLINE int arm_too(frond_fd *w, int direction) {
    int rc = w->made ? 0 : make(w);
    if (rc == 0)
        rc = arm(w, w->armed | direction);
    return rc < 0 ? frond_fail_set(rc, NULL) : 0;
}

static inline int prepare(frond_fd *w, int direction, const frond_waitlist *list) {
    if (FROND_UNLIKELY(list->head != NULL))
        return frond_fail_set(FROND_EBUSY, NULL);
    return FROND_LIKELY(w->armed & direction) ? 0 : arm_too(w, direction);
}

/* Whoever waits often gives way to others here, who may close w. */
static int enter(frond_fd *w, frond_deadline d) {
    if (w->hub != frond__self)
        return frond_fail_set(FROND_ETHREAD, NULL);
    w->inside++;
    int rc = frond_wait_enter(d);
    if (rc == 0 && w->closed)
        rc = frond_fail_set(FROND_ECLOSED, NULL);
    leave(w);
    return rc;
}

int frond_fd_await(frond_fd *w, int direction, frond_deadline d) {
    if (d.ns <= 0)
        return FROND_ETIMEDOUT;
    bool reads = direction == FROND_FD_READ;
    frond_waitlist *list = reads ? &w->readers : &w->writers;
    int rc = prepare(w, direction, list);
    if (rc < 0)
        return rc;
    frond_waiter waiter = {0};
    frond_hub *h = w->hub;
    w->inside++;
    h->sources++;
    rc = frond_wait(&waiter, list, reads ? &read_kind : &write_kind, w, d);
    h->sources--;
    w->woken &= (uint8_t)~direction;
    leave(w);
    return rc;
}

int frond_fd_wait(frond_fd *w, int direction, frond_deadline d) {
    int rc = enter(w, d);
    return rc < 0 ? rc : frond_fd_await(w, direction, d);
}

int frond_fd_watch(frond_fd *w, frond_waiter *waiter) {
    if (w->hub != frond__self)
        return frond_fail_set(FROND_ETHREAD, NULL);
    if (w->closed)
        return frond_fail_set(FROND_ECLOSED, NULL);
    int rc = w->armed & FROND_FD_READ ? 0 : arm_too(w, FROND_FD_READ);
    if (rc == 0)
        frond_watch_begin(waiter, &w->watchers, &watch_kind, w);
    return rc;
}

void frond_fd_interrupt(frond_fd *w, int direction, int code) {
    frond_wake_all(direction == FROND_FD_READ ? &w->readers : &w->writers, code);
}

int frond_fd_waiting(const frond_fd *w, int direction) {
    return (direction == FROND_FD_READ ? w->readers.head : w->writers.head) != NULL;
}

void frond_fd_named(frond_fd *w, frond_fd_describe describe, const void *object) {
    w->describe = describe;
    w->object = object;
}

static void poll_closed(uv_handle_t *handle) {
    leave(FROND_CONTAINER_OF(handle, frond_fd, poll));
}

void frond_fd_close(frond_fd *w) {
    if (!w)
        return;
    w->closed = true;
    if (atomic_load(&w->hub->closed)) { /* and the poll handle with it */
        frond_free(w);
        return;
    }
    w->inside++;
    frond_wake_all(&w->readers, FROND_ECLOSED);
    frond_wake_all(&w->writers, FROND_ECLOSED);
    frond_wake_all(&w->watchers, FROND_ECLOSED);
    if (w->made) /* stopping it first would be one more system call, which fails */
        uv_close((uv_handle_t *)&w->poll, poll_closed);
    leave(w);
}
