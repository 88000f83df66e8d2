/* SPDX-License-Identifier: MIT */
/* poll and select.  Between two looks at the descriptors nothing is believed: what the system's half waits
 * for only says when to look again.
 *
 * Polls that wait are on a list of their thread, by which closing a descriptor finds them: the number may
 * be another descriptor's by the time they run. */
#include "socket/polling.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <limits.h>
#include <stdbool.h>

enum { FIRST_NAP_MS = 1, LAST_NAP_MS = 16 /* about one tick of Windows' clock */ };

static _Thread_local frond_waitlist polls;
static const frond_wait_kind kind = {"poll", NULL, NULL};

static void end_wait(frond_waiter *w) {
    frond__poll_again(w->slot);
}

void frond__poll_closing(frond_os_fd fd) {
    if (!polls.head || frond_waitlist_own(&polls) < 0)
        return;
    for (frond_waiter *w = polls.head; w; w = w->next) {
        frond__polling *p = w->slot;
        bool has = false;
        if (frond_dead(p->greenlet))
            continue;
        for (size_t i = 0; i < p->n; i++)
            if (p->fds[i].fd == (intptr_t)fd) {
                p->fds[i].revents = FROND_POLL_NVAL;
                has = true;
            }
        if (has)
            frond__poll_again(p);
    }
}

static int count(const frond_pollfd *fds, size_t n) {
    int ready = 0;
    for (size_t i = 0; i < n; i++)
        ready += fds[i].revents != 0;
    return ready;
}

int frond__poll_nap(frond__polling *p, frond_deadline d) {
    uint64_t nap = FIRST_NAP_MS;
    int rc = 0, ready = 0;
    while (rc == 0 && !ready && !p->again) {
        rc = frond_nap(nap, d);
        nap = nap * 2 > LAST_NAP_MS ? LAST_NAP_MS : nap * 2;
        if (rc == 0 && !p->again)
            ready = frond__poll_look(p->fds, p->n);
    }
    return rc < 0 ? rc : ready < 0 ? ready : 0;
}

/* Among those polled none is ready, and revents are all 0 until one is closed. */
static int wait_and_look(frond__polling *p, frond_deadline d) {
    frond_waiter w = {.slot = p, .woken = end_wait};
    int rc = frond_waitlist_own(&polls);
    if (rc < 0)
        return rc;
    frond_watch_begin(&w, &polls, &kind, NULL);
    p->again = false;
    rc = frond__poll_wait(p, d);
    frond_watch_end(&w);
    int closed = count(p->fds, p->n);
    if (closed || (rc < 0 && rc != FROND_ETIMEDOUT))
        return closed && rc != FROND_ECANCELED ? closed : rc;
    int ready = frond__poll_look(p->fds, p->n);
    return ready ? ready : rc;
}

static int poll_until(frond_pollfd *fds, size_t n, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    frond__polling p = {.fds = fds, .n = n, .greenlet = frond_current()};
    rc = frond__poll_look(fds, n);
    if (rc == 0 && d.ns <= 0)
        rc = FROND_ETIMEDOUT;
    while (rc == 0)
        rc = wait_and_look(&p, d);
    return rc;
}

int frond_poll(frond_pollfd *fds, size_t n, frond_deadline d) {
    if ((!fds && n) || n > INT_MAX)
        return frond_fail_set(FROND_EINVAL, "poll");
    int rc = poll_until(fds, n, d);
    return rc < 0 ? frond_fail_set(rc, "poll") : rc;
}

/* ---- select ---- */

static size_t add(frond_pollfd *all, size_t n, const frond_fds *list, int events) {
    for (size_t i = 0; list && i < list->n; i++)
        all[n++] = (frond_pollfd){.fd = list->fds[i], .events = (short)events};
    return n;
}

static size_t keep(const frond_pollfd *all, size_t n, frond_fds *list) {
    size_t kept = 0, from = n;
    for (size_t i = 0; list && i < list->n; i++)
        if (all[from + i].revents)
            list->fds[kept++] = all[from + i].fd;
    if (list) {
        n += list->n;
        list->n = kept;
    }
    return n;
}

static bool list_valid(const frond_fds *list) {
    return !list || (list->n <= INT_MAX / 4 && (list->fds || !list->n));
}

static size_t length(const frond_fds *list) {
    return list ? list->n : 0;
}

int frond_select_fds(frond_fds *reading, frond_fds *writing, frond_fds *failing,
                     frond_deadline d) {
    if (!list_valid(reading) || !list_valid(writing) || !list_valid(failing))
        return frond_fail_set(FROND_EINVAL, "select");
    size_t n = length(reading) + length(writing) + length(failing);
    frond_pollfd *all = frond_alloc((n ? n : 1) * sizeof *all);
    if (!all)
        return frond_fail_set(FROND_ENOMEM, "select");
    n = add(all, 0, reading, FROND_POLL_IN);
    n = add(all, n, writing, FROND_POLL_OUT);
    n = add(all, n, failing, FROND_POLL_PRI);
    int rc = poll_until(all, n, d);
    for (size_t i = 0; rc > 0 && i < n; i++)
        if (all[i].revents & FROND_POLL_NVAL)
            rc = FROND_EBADF;
    if (rc > 0) {
        n = keep(all, 0, reading);
        n = keep(all, n, writing);
        keep(all, n, failing);
    }
    frond_free(all);
    return rc < 0 ? frond_fail_set(rc, "select") : rc;
}
