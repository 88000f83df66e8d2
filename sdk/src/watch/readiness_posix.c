/* SPDX-License-Identifier: MIT */
/* A set with one descriptor in it (epoll, kqueue), watched by the loop.  When the descriptor is closed the set loses
 * it, and nothing happens any more. */
#include "watch/watch.h"

#include <frond/impl/fd.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <unistd.h>

struct frond__readiness {
    frond_waiter waiter; /* watches the set */
    frond_fd *watch;
    void (*ready)(void *arg, int told);
    void *arg;
    int set, fd, events;
};

static void woken(frond_waiter *w) {
    frond__readiness *r = FROND_CONTAINER_OF(w, frond__readiness, waiter);
    if (r->watch) /* it is not being closed */
        r->ready(r->arg, 0);
}

static int open_set(frond__readiness *r) {
    int rc = frond__set_open(&r->set);
    if (rc < 0)
        return rc;
    frond_descriptor_opened(r->set);
    rc = frond__set_add(r->set, r->fd);
    if (rc == 0 && !(r->watch = frond_fd_new(r->set, NULL, NULL)))
        rc = FROND_ENOMEM;
    if (rc < 0) {
        frond_descriptor_closing(r->set);
        close(r->set);
    }
    return rc;
}

int frond__readiness_open(intptr_t fd, void (*ready)(void *, int), void *arg,
                          frond__readiness **out) {
    frond__readiness *r = frond_calloc(1, sizeof *r);
    if (!r)
        return FROND_ENOMEM;
    r->waiter.woken = woken;
    r->ready = ready;
    r->arg = arg;
    r->fd = (int)fd;
    int rc = r->fd == fd ? open_set(r) : FROND_EBADF;
    if (rc < 0)
        frond_free(r);
    else
        *out = r;
    return rc;
}

/* What was closed meanwhile is in the set no more, and its number may be another's: it is ready for nothing. */
static int set_events(frond__readiness *r, int events) {
    int rc =
        events == r->events ? 0 : frond__set_events(r->set, r->fd, events, r->events);
    if (rc < 0)
        return rc == FROND_ENOENT || rc == FROND_EBADF ? 0 : rc;
    r->events = events;
    return 0;
}

/* Those who wait for others are still told: once too often at most, and then what they ask for is set again. */
int frond__readiness_look(frond__readiness *r, int events) {
    int rc = set_events(r, r->waiter.list ? r->events | events : events);
    return rc < 0 ? rc : frond__set_look(r->set, events);
}

int frond__readiness_ask(frond__readiness *r, int events) {
    int rc = 0;
    if (events)
        rc = set_events(r, events);
    else
        frond_watch_end(&r->waiter);
    if (rc == 0 && events && !r->waiter.list)
        rc = frond_fd_watch(r->watch, &r->waiter);
    return rc;
}

void frond__readiness_close(frond__readiness *r) {
    frond_fd *watch = r->watch;
    r->watch = NULL;
    frond_watch_end(&r->waiter);
    frond_fd_close(watch);
    frond_descriptor_closing(r->set);
    close(r->set);
    frond_free(r);
}
