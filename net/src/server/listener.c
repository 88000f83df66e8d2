/* SPDX-License-Identifier: MIT */
/* Listening sockets. */
#include "server/listener.h"
#include "socket/sockopt.h"
#include "socket/timeouts.h"
#include "stream/socket.h"
#include "socket/unix.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/home.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <frond/limits.h>
#include <frond/tcp.h>

struct frond_listener {
    frond__sockio io;
    frond_addr addr;
    frond_home home;
    frond__unix_file file;
    frond_listen_options options; /* it was made by; the list is its own */
    frond_sockopt *list;
    bool accepting, freed;
    unsigned entering;  /* greenlets that gave way before they accept */
    uint64_t accept_ms; /* 0: no limit */
};

static void describe(const void *object, char *out, size_t cap) {
    frond_addr_format(&((const frond_listener *)object)->addr, out, cap);
}

static int set_up(frond_listener *l, const frond_addr *where,
                  const frond_listen_options *o) {
    int rc;
    frond_os_fd fd = l->io.fd;
    if (where->family != FROND_UNIX)
        frond__socket_reuse(fd);
    if (o->reuseport && (rc = frond__socket_reuseport(fd)) < 0)
        return rc;
    if (where->family == FROND_IPV6 && (rc = frond__socket_v6only(fd, o->v6only)) < 0)
        return rc;
    if ((rc = frond_sockopt_set_all((intptr_t)fd, o->options)) < 0)
        return rc;
    frond__unix_prepare(where, o);
    if ((rc = frond__socket_bind(fd, where)) < 0 ||
        (rc = frond__unix_bound(where, o, &l->file)) < 0 ||
        (rc = frond__socket_listen(fd, o->backlog)) < 0)
        return rc;
    return frond__socket_name(fd, false, &l->addr);
}

static bool options_valid(const frond_listen_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    return o->backlog >= 0 && o->mode >= 0;
}

static void stop(frond_listener *l) {
    if (l->io.fd == FROND__NO_FD)
        return;
    frond__unix_remove(&l->addr, &l->file);
    frond__sockio_close(&l->io);
}

static void release(frond_listener *l) {
    frond_home home = l->home;
    frond_free(l->list);
    frond_free(l);
    frond_home_leave(&home);
}

/* Without a socket. */
static frond_listener *make(void) {
    frond_listener *l = frond_calloc(1, sizeof *l);
    if (!l || frond_home_enter(&l->home) < 0) {
        frond_free(l);
        return NULL;
    }
    l->io = (frond__sockio){.fd = FROND__NO_FD, .describe = describe, .object = l};
    l->accept_ms = frond__timeouts_default().read_ms;
    return l;
}

int frond_tcp_listen(const frond_addr *where, const frond_listen_options *o,
                     frond_listener **out) {
    static const frond_listen_options none;
    o = o ? o : &none;
    if (!where || !out || !options_valid(o))
        return frond_fail_set(FROND_EINVAL, "listen");
    frond_listener *l = make();
    int rc = l ? frond__sockopts_copy(o->options, &l->list) : FROND_ENOMEM;
    if (rc == 0)
        rc = frond__socket_open(where, true, &l->io.fd);
    if (rc == 0 && (rc = set_up(l, where, o)) == 0) {
        l->options = *o;
        l->options.options = l->list;
        *out = l;
        return 0;
    }
    if (l) {
        l->addr = *where;
        stop(l);
        release(l);
    }
    return frond_fail_addr(rc, "listen", where);
}

int frond__listener_again(const frond_listener *l, frond_listener **out) {
    return frond_tcp_listen(&l->addr, &l->options, out);
}

typedef struct {
    frond_os_fd fd;
    frond_addr peer;
} accept_call;

/* A connection that was gone before it was accepted is no news. */
static int64_t try_accept(frond_os_fd fd, void *call) {
    accept_call *c = call;
    int rc;
    do
        rc = frond__socket_accept(fd, &c->fd, &c->peer);
    while (rc == FROND_ECONNABORTED || rc == FROND_EPROTO);
    return rc;
}

static int check(const frond_listener *l, const char *doing) {
    if (!l)
        return frond_fail_set(FROND_EINVAL, doing);
    int rc = frond_home_check(&l->home);
    if (rc < 0)
        return frond_fail_set(rc, doing);
    if (l->io.fd == FROND__NO_FD)
        return frond_fail_addr(FROND_ECLOSED, doing, &l->addr);
    return 0;
}

static int accept_one(frond_listener *l, frond_stream **s, frond_deadline d) {
    accept_call call = {.fd = FROND__NO_FD};
    d = frond__within(l->accept_ms, d);
    int rc = (int)frond__sockio_do(&l->io, FROND_FD_READ, try_accept, &call, false, d);
    if (rc < 0)
        return frond_fail_addr(rc, "accept at", &l->addr);
    if (l->addr.family != FROND_UNIX)
        frond__socket_nodelay(call.fd, true);
    frond__sockio io = {.fd = call.fd};
    rc = frond__socket_stream(&io, &call.peer, s);
    return rc < 0 ? rc : frond__timeouts_give(*s);
}

static void leave(frond_listener *l) {
    if (l->freed && !l->accepting && !l->entering)
        release(l);
}

/* Who accepts many times in a row gives way to others here, who may free l. */
static int enter(frond_listener *l, frond_deadline d) {
    bool held = l && frond_home_check(&l->home) == 0;
    if (held)
        l->entering++;
    int rc = frond_wait_enter(d);
    if (rc == 0)
        rc = check(l, "accept");
    if (held) {
        l->entering--;
        leave(l);
    }
    return rc;
}

int frond_accept(frond_listener *l, frond_stream **s, frond_deadline d) {
    int rc = enter(l, d);
    if (rc < 0)
        return rc;
    if (!s)
        return frond_fail_set(FROND_EINVAL, "accept");
    if (l->accepting)
        return frond_fail_addr(FROND_EBUSY, "accept at", &l->addr);
    l->accepting = true;
    rc = accept_one(l, s, d);
    l->accepting = false;
    leave(l);
    return rc;
}

int frond_listener_timeout(frond_listener *l, uint64_t accept_ms) {
    int rc = check(l, "listener timeout");
    if (rc == 0)
        l->accept_ms = accept_ms;
    return rc;
}

int frond_listener_addr(const frond_listener *l, frond_addr *a) {
    if (!l || !a)
        return frond_fail_set(FROND_EINVAL, "listener address");
    if (l->io.fd == FROND__NO_FD)
        return frond_fail_set(FROND_ECLOSED, "listener address");
    *a = l->addr;
    return 0;
}

int frond_listener_fd(const frond_listener *l, intptr_t *fd) {
    if (!l || !fd)
        return frond_fail_set(FROND_EINVAL, "listener socket");
    if (l->io.fd == FROND__NO_FD)
        return frond_fail_set(FROND_ECLOSED, "listener socket");
    *fd = (intptr_t)l->io.fd;
    return 0;
}

int frond_listener_close(frond_listener *l) {
    if (l && l->io.fd == FROND__NO_FD)
        return 0;
    int rc = check(l, "close listener");
    if (rc == 0)
        stop(l);
    return rc;
}

static void free_here(void *listener) {
    frond_listener *l = listener;
    stop(l);
    l->freed = true; /* whoever accepts was woken, and frees it on the way out */
    leave(l);
}

void frond_listener_free(frond_listener *l) {
    if (l)
        frond_home_send(&l->home, free_here, l);
}

/* ---- for adopt.c ---- */

int frond__listener_of(frond_os_fd fd, const frond_addr *a, frond_listener **out) {
    frond_listener *l = make();
    if (!l)
        return FROND_ENOMEM;
    l->io.fd = fd;
    l->addr = *a;
    *out = l;
    return 0;
}

int frond__listener_fd(const frond_listener *l, const char *doing, frond_os_fd *fd) {
    int rc = check(l, doing);
    if (rc == 0)
        *fd = l->io.fd;
    return rc;
}

int frond__listener_give(frond_listener *l) {
    if (l->accepting)
        return FROND_EBUSY;
    frond__sockio_release(&l->io);
    return 0;
}
