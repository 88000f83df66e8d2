/* SPDX-License-Identifier: MIT */
/* A poll handle of libuv's for the socket, which Windows lets be closed under it. */
#include "watch/watch.h"

#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>

struct frond__readiness {
    uv_poll_t poll; /* first: it is what the loop frees */
    void (*ready)(void *arg, int told);
    void *arg;
    SOCKET socket;
};

static const struct {
    int event, uv;
    short asked, told;
} bits[] = {{FROND_IO_READ, UV_READABLE, POLLRDNORM, POLLRDNORM},
            {FROND_IO_WRITE, UV_WRITABLE, POLLWRNORM, POLLWRNORM},
            {FROND_IO_CLOSED, UV_DISCONNECT, 0, POLLHUP}};

enum { BITS = sizeof bits / sizeof bits[0] };

int frond__readiness_open(intptr_t fd, void (*ready)(void *, int), void *arg,
                          frond__readiness **out) {
    frond__readiness *r = frond_calloc(1, sizeof *r);
    if (!r)
        return FROND_ENOMEM;
    r->ready = ready;
    r->arg = arg;
    r->socket = (SOCKET)fd;
    int rc = uv_poll_init_socket(frond_loop(), &r->poll, r->socket);
    if (rc < 0) {
        frond_free(r);
        return frond_error_from_uv(rc);
    }
    uv_unref((uv_handle_t *)&r->poll); /* its waiters are what counts */
    *out = r;
    return 0;
}

int frond__readiness_look(frond__readiness *r, int events) {
    WSAPOLLFD look = {.fd = r->socket};
    for (int i = 0; i < BITS; i++)
        look.events = (short)(look.events | (events & bits[i].event ? bits[i].asked : 0));
    if (WSAPoll(&look, 1, 0) == SOCKET_ERROR || look.revents & (POLLERR | POLLNVAL))
        return events;
    int found = 0;
    for (int i = 0; i < BITS; i++)
        found |= look.revents & bits[i].told ? bits[i].event : 0;
    if (look.revents & POLLHUP) /* there is an end to read */
        found |= FROND_IO_READ;
    return found & events;
}

/* What it tells is believed where a look does not see it, or the two would take turns for ever. */
static void told(uv_poll_t *poll, int status, int events) {
    frond__readiness *r = (frond__readiness *)poll;
    int what = 0;
    for (int i = 0; i < BITS; i++)
        what |= status < 0 || (events & bits[i].uv) ? bits[i].event : 0;
    uv_poll_stop(poll); /* until somebody asks again */
    r->ready(r->arg, what);
}

int frond__readiness_ask(frond__readiness *r, int events) {
    int uv = 0;
    for (int i = 0; i < BITS; i++)
        uv |= events & bits[i].event ? bits[i].uv : 0;
    int rc = uv ? uv_poll_start(&r->poll, uv, told) : uv_poll_stop(&r->poll);
    return rc < 0 ? frond_error_from_uv(rc) : 0;
}

static void handle_closed(uv_handle_t *poll) {
    frond_free(poll);
}

void frond__readiness_close(frond__readiness *r) {
    if (uv_is_closing((uv_handle_t *)&r->poll)) /* by the end of the hub */
        frond_free(r);
    else
        uv_close((uv_handle_t *)&r->poll, handle_closed);
}
