/* SPDX-License-Identifier: MIT */
/* Looking by WSAPoll, which knows no limit of 64 or 512 sockets, and waiting by the system's own call beneath it,
 * for all sockets at once.  A second poll handle of libuv's for a socket would not do: those of libuv want
 * the socket to themselves, and the system lets go of one when another is begun.  Ours is not exclusive,
 * and disturbs nobody.  Where that call is refused, or tells of something that WSAPoll does not, the sockets
 * are looked at again after a nap. */
#include "os/poll_bits.h"
#include "socket/polling.h"
#include "os/socket_windows.h"

#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <limits.h>
#include <stdio.h>

enum {
    PART = 256,
    MOST_AT_ONCE = 1 << 24 /* so that the length of a call has 32 bits */
};

static const frond__poll_bit bits[FROND__POLL_BITS] = {
    {FROND_POLL_IN, POLLRDNORM},  {FROND_POLL_PRI, POLLRDBAND},
    {FROND_POLL_OUT, POLLWRNORM}, {FROND_POLL_ERR, POLLERR},
    {FROND_POLL_HUP, POLLHUP},    {FROND_POLL_NVAL, POLLNVAL}};

/* One that is no socket may fail the call for all: then each is looked at by itself. */
static int look_at(WSAPOLLFD *part, size_t n) {
    if (WSAPoll(part, (ULONG)n, 0) != SOCKET_ERROR)
        return 0;
    int error = WSAGetLastError();
    if (error != WSAENOTSOCK && error != WSAEINVAL)
        return frond_error_from_system(error);
    for (size_t i = 0; i < n; i++)
        if (WSAPoll(&part[i], 1, 0) == SOCKET_ERROR)
            part[i].revents = POLLNVAL;
    return 0;
}

static int look_at_part(frond_pollfd *fds, size_t n) {
    WSAPOLLFD part[PART];
    int ready = 0;
    for (size_t i = 0; i < n; i++)
        part[i] = (WSAPOLLFD){.fd = (SOCKET)fds[i].fd,
                              .events = frond__poll_to_system(bits, fds[i].events)};
    int rc = look_at(part, n);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        fds[i].revents = fds[i].fd < 0 ? FROND_POLL_NVAL
                                       : frond__poll_from_system(bits, part[i].revents);
        ready += fds[i].revents != 0;
    }
    return rc < 0 ? rc : ready;
}

int frond__poll_look(frond_pollfd *fds, size_t n) {
    int ready = 0, rc = frond__socket_library();
    for (size_t at = 0; rc >= 0 && at < n; at += PART) {
        rc = look_at_part(fds + at, n - at < PART ? n - at : PART);
        ready += rc;
    }
    return rc < 0 ? rc : ready;
}

/* ---- waiting ---- */

/* Undocumented, and what libuv and others have built on since Windows 2000. */
#define IOCTL_AFD_POLL 0x00012024
enum {
    AFD_RECEIVE = 0x1,
    AFD_EXPEDITED = 0x2,
    AFD_SEND = 0x4,
    AFD_DISCONNECT = 0x8,
    AFD_ABORT = 0x10,
    AFD_LOCAL_CLOSE = 0x20,
    AFD_ACCEPT = 0x80,
    AFD_CONNECT_FAIL = 0x100,
    AFD_UNASKED = AFD_DISCONNECT | AFD_ABORT | AFD_LOCAL_CLOSE | AFD_CONNECT_FAIL
};

typedef struct {
    SOCKET socket;
    ULONG events;
    LONG status;
} afd_socket;

typedef struct {
    LARGE_INTEGER timeout;
    ULONG n, exclusive;
    afd_socket sockets[];
} afd_poll;

/* The system writes to it until the call has ended. */
typedef struct {
    uv_async_t ready; /* first: it is what the loop frees */
    OVERLAPPED call;
    HANDLE registered; /* a wait of the system's threads for the call's end */
    SOCKET through;    /* what the call is made on */
    bool begun;
    frond_waitlist waiters;
    afd_poll *poll; /* behind this */
} waiting;

static void describe(const void *object, char *out, size_t cap) {
    snprintf(out, cap, "one of %llu sockets",
             (unsigned long long)((const frond__polling *)object)->n);
}

static const frond_wait_kind kind = {"poll", describe, NULL};

static ULONG to_afd(short events) {
    return AFD_UNASKED | (events & FROND_POLL_IN ? AFD_RECEIVE | AFD_ACCEPT : 0) |
           (events & FROND_POLL_PRI ? AFD_EXPEDITED : 0) |
           (events & FROND_POLL_OUT ? AFD_SEND : 0);
}

static waiting *waiting_new(const frond__polling *p) {
    waiting *w =
        frond_calloc(1, sizeof *w + sizeof(afd_poll) + p->n * sizeof(afd_socket));
    if (!w)
        return NULL;
    w->poll = (afd_poll *)(w + 1);
    w->poll->timeout.QuadPart = INT64_MAX;
    w->poll->n = (ULONG)p->n;
    for (size_t i = 0; i < p->n; i++)
        w->poll->sockets[i] = (afd_socket){.socket = (SOCKET)p->fds[i].fd,
                                           .events = to_afd(p->fds[i].events)};
    return w;
}

/* On a thread of the system's. */
static void CALLBACK call_ended(void *arg, BOOLEAN timed_out) {
    (void)timed_out;
    uv_async_send(&((waiting *)arg)->ready);
}

static void wake(uv_async_t *ready) {
    frond_wake_all(&((waiting *)ready)->waiters, 0);
}

static bool begin_call(waiting *w) {
    ULONG size = (ULONG)(sizeof *w->poll + w->poll->n * sizeof(afd_socket));
    DWORD got;
    w->begun = DeviceIoControl((HANDLE)w->through, IOCTL_AFD_POLL, w->poll, size, w->poll,
                               size, &got, &w->call) ||
               GetLastError() == ERROR_IO_PENDING;
    return w->begun &&
           RegisterWaitForSingleObject(&w->registered, w->call.hEvent, call_ended, w,
                                       INFINITE, WT_EXECUTEONLYONCE);
}

static void end_call(waiting *w) {
    if (w->begun) {
        CancelIoEx((HANDLE)w->through, &w->call);
        WaitForSingleObject(w->call.hEvent, INFINITE); /* it has ended, or ends now */
    }
    if (w->registered)
        UnregisterWaitEx(w->registered, INVALID_HANDLE_VALUE);
}

static void ready_closed(uv_handle_t *ready) {
    frond_free(ready);
}

/* 0 when it ended by itself or by frond__poll_again, or FROND_ENOTSUP when there is no such call. */
static int wait_for(frond__polling *p, waiting *w, frond_deadline d) {
    frond_waiter waiter = {0};
    if (!begin_call(w)) {
        end_call(w);
        return FROND_ENOTSUP;
    }
    p->waiting = w;
    int rc = frond_waitlist_own(&w->waiters);
    frond_wake_source(1);
    if (rc == 0)
        rc = frond_wait(&waiter, &w->waiters, &kind, p, d);
    frond_wake_source(-1);
    p->waiting = NULL;
    end_call(w);
    return rc;
}

static int open_and_wait(frond__polling *p, waiting *w, frond_deadline d) {
    int rc = FROND_ENOTSUP;
    w->through = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0,
                            WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    w->call.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (w->through != INVALID_SOCKET && w->call.hEvent)
        rc = wait_for(p, w, d);
    if (w->call.hEvent)
        CloseHandle(w->call.hEvent);
    if (w->through != INVALID_SOCKET)
        closesocket(w->through);
    return rc;
}

int frond__poll_wait(frond__polling *p, frond_deadline d) {
    if (!p->n || p->n > MOST_AT_ONCE)
        return frond__poll_nap(p, d);
    waiting *w = waiting_new(p);
    if (!w)
        return FROND_ENOMEM;
    if (uv_async_init(frond_loop(), &w->ready, wake) < 0) {
        frond_free(w);
        return frond__poll_nap(p, d);
    }
    uv_unref((uv_handle_t *)&w->ready);
    int rc = open_and_wait(p, w, d);
    uv_close((uv_handle_t *)&w->ready, ready_closed);
    if (rc != FROND_ENOTSUP && (rc < 0 || p->again || frond__poll_look(p->fds, p->n)))
        return rc;
    return frond__poll_nap(p, d);
}

void frond__poll_again(frond__polling *p) {
    p->again = true;
    if (p->waiting)
        frond_wake_all(&((waiting *)p->waiting)->waiters, 0);
}
