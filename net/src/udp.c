/* SPDX-License-Identifier: MIT */
/* Datagram sockets. */
#include <frond/udp.h>

#include "sockio.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/home.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>

struct frond_udp {
    frond__sockio io;
    frond_addr addr;
    frond_home home;
    bool receiving, sending, connected, freed;
};

static void describe(const void *object, char *out, size_t cap) {
    frond_addr_format(&((const frond_udp *)object)->addr, out, cap);
}

static void release(frond_udp *u) {
    frond_home home = u->home;
    frond_free(u);
    frond_home_leave(&home);
}

int frond_udp_open(const frond_addr *local, frond_udp **out) {
    if (!local || !out)
        return frond_fail_set(FROND_EINVAL, "udp open");
    frond_udp *u = frond_calloc(1, sizeof *u);
    int rc = FROND_ENOMEM;
    if (!u || frond_home_enter(&u->home) < 0)
        goto free_udp;
    u->io = (frond__sockio){.describe = describe, .object = u};
    if ((rc = frond__socket_open(local, false, &u->io.fd)) < 0)
        goto free_udp;
    if ((rc = frond__socket_bind(u->io.fd, local)) < 0 ||
        (rc = frond__socket_name(u->io.fd, false, &u->addr)) < 0)
        goto close_socket;
    *out = u;
    return 0;

close_socket:
    frond__sockio_close(&u->io);
free_udp:
    if (u)
        release(u);
    return frond_fail_addr(rc, "udp open", local);
}

static int check(const frond_udp *u, const char *doing) {
    if (!u)
        return frond_fail_set(FROND_EINVAL, doing);
    int rc = frond_home_check(&u->home);
    if (rc < 0)
        return frond_fail_set(rc, doing);
    if (u->io.fd == FROND__NO_FD)
        return frond_fail_set(FROND_ECLOSED, doing);
    return 0;
}

int frond_udp_connect(frond_udp *u, const frond_addr *to) {
    int rc = check(u, "udp connect");
    if (rc < 0)
        return rc;
    if (!to)
        return frond_fail_set(FROND_EINVAL, "udp connect");
    rc = frond__socket_connect(u->io.fd, to);
    if (rc < 0)
        return frond_fail_addr(rc, "udp connect", to);
    u->connected = true;
    return frond__socket_name(u->io.fd, false, &u->addr);
}

typedef struct {
    void *buf;
    size_t len;
    frond_addr *addr;
    bool truncated;
} datagram;

static int64_t try_send(frond_os_fd fd, void *call) {
    datagram *c = call;
    return frond__socket_sendto(fd, c->buf, c->len, c->addr);
}

static int64_t try_receive(frond_os_fd fd, void *call) {
    datagram *c = call;
    return frond__socket_recvfrom(fd, c->buf, c->len, c->addr, &c->truncated);
}

static void leave(frond_udp *u) {
    if (u->freed && !u->receiving && !u->sending)
        release(u);
}

int frond_udp_send(frond_udp *u, const void *buf, size_t len, const frond_addr *to,
                   frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0 || (rc = check(u, "udp send")) < 0)
        return rc;
    if ((!buf && len) || (!to && !u->connected))
        return frond_fail_set(FROND_EINVAL, "udp send");
    if (u->sending)
        return frond_fail_set(FROND_EBUSY, "udp send");
    datagram call = {(void *)(uintptr_t)buf, len, (frond_addr *)(uintptr_t)to, false};
    u->sending = true;
    int64_t n = frond__sockio_do(&u->io, FROND_FD_WRITE, try_send, &call, false, d);
    u->sending = false;
    leave(u);
    if (n < 0)
        return to ? frond_fail_addr((int)n, "udp send to", to)
                  : frond_fail_set((int)n, "udp send");
    return 0;
}

int64_t frond_udp_receive(frond_udp *u, void *buf, size_t cap, frond_addr *from,
                          frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0 || (rc = check(u, "udp receive")) < 0)
        return rc;
    if (!buf && cap)
        return frond_fail_set(FROND_EINVAL, "udp receive");
    if (u->receiving)
        return frond_fail_set(FROND_EBUSY, "udp receive");
    datagram call = {buf, cap, from, false};
    u->receiving = true;
    int64_t n = frond__sockio_do(&u->io, FROND_FD_READ, try_receive, &call, false, d);
    u->receiving = false;
    leave(u);
    if (n >= 0 && call.truncated)
        n = FROND_EMSGSIZE;
    return n < 0 ? frond_fail_set((int)n, "udp receive") : n;
}

int frond_udp_addr(const frond_udp *u, frond_addr *a) {
    if (!u || !a)
        return frond_fail_set(FROND_EINVAL, "udp address");
    if (u->io.fd == FROND__NO_FD)
        return frond_fail_set(FROND_ECLOSED, "udp address");
    *a = u->addr;
    return 0;
}

int frond_udp_close(frond_udp *u) {
    if (u && u->io.fd == FROND__NO_FD)
        return 0;
    int rc = check(u, "udp close");
    if (rc == 0)
        frond__sockio_close(&u->io);
    return rc;
}

static void free_here(void *udp) {
    frond_udp *u = udp;
    frond__sockio_close(&u->io);
    u->freed = true;
    leave(u);
}

void frond_udp_free(frond_udp *u) {
    if (u)
        frond_home_send(&u->home, free_here, u);
}
