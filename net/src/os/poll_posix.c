/* SPDX-License-Identifier: MIT */
/* Looking by poll(2), which tells of every kind of descriptor, and waiting by one descriptor that stands for
 * all: libuv has one poll handle for each descriptor, and those polled may have theirs already.  That one is
 * made for each wait: one kept from call to call would go on telling of descriptors that were closed
 * and live on in another process. */
#include "os/poll_bits.h"
#include "socket/polling.h"

#include <errno.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>

enum {
    PART =
        256, /* looked at by one call: poll(2) refuses more than the process may have open */
    AGAIN_MS = 1000 /* a descriptor closed behind our back tells nobody */
};

static const frond__poll_bit bits[FROND__POLL_BITS] = {
    {FROND_POLL_IN, POLLIN},   {FROND_POLL_PRI, POLLPRI}, {FROND_POLL_OUT, POLLOUT},
    {FROND_POLL_ERR, POLLERR}, {FROND_POLL_HUP, POLLHUP}, {FROND_POLL_NVAL, POLLNVAL}};

static bool possible(intptr_t fd) {
    return fd >= 0 && fd <= INT_MAX;
}

static int look_at_part(frond_pollfd *fds, size_t n) {
    struct pollfd part[PART];
    int ready = 0, rc;
    for (size_t i = 0; i < n; i++)
        part[i] = (struct pollfd){.fd = possible(fds[i].fd) ? (int)fds[i].fd : -1,
                                  .events = frond__poll_to_system(bits, fds[i].events)};
    do
        rc = poll(part, (nfds_t)n, 0);
    while (rc < 0 && errno == EINTR);
    if (rc < 0)
        return frond_error_from_system(errno);
    for (size_t i = 0; i < n; i++) {
        fds[i].revents = possible(fds[i].fd)
                             ? frond__poll_from_system(bits, part[i].revents)
                             : FROND_POLL_NVAL;
        ready += fds[i].revents != 0;
    }
    return ready;
}

int frond__poll_look(frond_pollfd *fds, size_t n) {
    int ready = 0;
    for (size_t at = 0; at < n; at += PART) {
        int rc = look_at_part(fds + at, n - at < PART ? n - at : PART);
        if (rc < 0)
            return rc;
        ready += rc;
    }
    return ready;
}

/* ---- waiting ---- */

/* The timer is the loop's until it is closed. */
typedef struct {
    uv_timer_t timer;
    frond__polling *polling;
    frond_fd *watch;
} waiting;

static void describe(const void *object, char *out, size_t cap) {
    const frond__polling *p = object;
    if (p->n == 1)
        snprintf(out, cap, "descriptor %lld", (long long)p->fds[0].fd);
    else
        snprintf(out, cap, "one of %zu descriptors", p->n);
}

void frond__poll_again(frond__polling *p) {
    waiting *w = p->waiting;
    p->again = true;
    if (!w)
        return;
    p->waiting = NULL;
    frond_fd_close(w->watch);
    w->watch = NULL;
}

static void time_to_look(uv_timer_t *timer) {
    frond__poll_again(((waiting *)timer)->polling);
}

static void timer_closed(uv_handle_t *timer) {
    frond_free(timer);
}

static waiting *waiting_new(frond__polling *p, frond_os_fd set) {
    waiting *w = frond_calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->polling = p;
    if (!(w->watch = frond_fd_new(set, describe, p))) {
        frond_free(w);
        return NULL;
    }
    uv_timer_init(frond_loop(), &w->timer);
    uv_unref((uv_handle_t *)&w->timer);
    return w;
}

static int wait_for(frond__polling *p, frond_os_fd set, frond_deadline d) {
    waiting *w = waiting_new(p, set);
    if (!w)
        return FROND_ENOMEM;
    uv_update_time(
        frond_loop()); /* else the second began when the loop was last polled */
    uv_timer_start(&w->timer, time_to_look, AGAIN_MS, 0);
    p->waiting = w;
    int rc = frond_fd_wait(w->watch, FROND_FD_READ, d);
    p->waiting = NULL;
    frond_fd_close(w->watch);
    uv_close((uv_handle_t *)&w->timer, timer_closed);
    return rc == FROND_ECLOSED ? 0 : rc;
}

/* Linux lets no more than 500 instances in others lead to one open file, and a user has so many watches. */
static bool is_refused(int rc) {
    return rc == FROND_EINVAL || rc == FROND_ELOOP || rc == FROND_ENOSPC;
}

int frond__poll_wait(frond__polling *p, frond_deadline d) {
    frond_os_fd set;
    int rc = frond__poll_gather(p->fds, p->n, &set);
    if (rc == 0) {
        rc = wait_for(p, set, d);
        frond__socket_close(set);
    }
    return is_refused(rc) ? frond__poll_nap(p, d) : rc;
}
