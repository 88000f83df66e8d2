/* SPDX-License-Identifier: MIT */
/* Datagram sockets. */
#include "udp/udp.h"
#include "socket/sockopt.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/home.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <frond/limits.h>

static void describe(const void *object, char *out, size_t cap) {
    frond_addr_format(&((const frond_udp *)object)->addr, out, cap);
}

static void stop(frond_udp *u) {
    if (u->io.fd == FROND__NO_FD)
        return;
    frond__unix_remove(&u->addr, &u->file);
    frond__sockio_close(&u->io);
}

static void release(frond_udp *u) {
    frond_home home = u->home;
    frond_free(u->options);
    frond_free(u);
    frond_home_leave(&home);
}

/* Its socket is open; what fails closes it. */
static int set_up(frond_udp *u, const frond_addr *local, const frond_sockopt *options) {
    static const frond_listen_options none;
    int rc = 0;
    if (local->family == FROND_IPV6) /* systems differ in what they have at first */
        rc = frond__socket_v6only(u->io.fd, false);
    if (rc == 0)
        rc = frond_sockopt_set_all((intptr_t)u->io.fd, options);
    if (rc == 0 && (rc = frond__socket_bind(u->io.fd, local)) == 0 &&
        (rc = frond__unix_bound(local, &none, &u->file)) == 0)
        rc = frond__socket_name(u->io.fd, false, &u->addr);
    return rc;
}

static frond_udp *make(void) {
    frond_udp *u = frond_calloc(1, sizeof *u);
    if (u && frond_home_enter(&u->home) < 0) {
        release(u);
        u = NULL;
    }
    if (!u)
        return NULL;
    u->io = (frond__sockio){.fd = FROND__NO_FD, .describe = describe, .object = u};
    u->timeouts = frond__timeouts_default();
    return u;
}

int frond_udp_open_with(const frond_addr *local, const frond_sockopt *options,
                        frond_udp **out) {
    if (!local || !out)
        return frond_fail_set(FROND_EINVAL, "udp open");
    frond_udp *u = make();
    int rc = u ? frond__sockopts_copy(options, &u->options) : FROND_ENOMEM;
    if (rc == 0)
        rc = frond__socket_open(local, false, &u->io.fd);
    if (rc == 0 && (rc = set_up(u, local, options)) == 0) {
        *out = u;
        return 0;
    }
    if (u) {
        stop(u);
        release(u);
    }
    return frond_fail_addr(rc, "udp open", local);
}

int frond_udp_open(const frond_addr *local, frond_udp **out) {
    return frond_udp_open_with(local, NULL, out);
}

int frond__udp_again(const frond_udp *u, frond_udp **again) {
    return frond_udp_open_with(&u->addr, u->options, again);
}

int frond_udp_pair(frond_udp **a, frond_udp **b) {
    frond_os_fd fds[2];
    if (!a || !b)
        return frond_fail_set(FROND_EINVAL, "udp pair");
    int rc = frond__socket_pair(fds, false);
    if (rc < 0)
        return frond_fail_set(rc, "udp pair");
    frond_udp *both[2] = {make(), make()};
    for (int i = 0; i < 2; i++) {
        if (!both[i]) {
            frond__socket_close(fds[i]);
            continue;
        }
        both[i]->io.fd = fds[i];
        both[i]->connected = true;
        frond__socket_name(fds[i], false, &both[i]->addr);
    }
    if (both[0] && both[1]) {
        *a = both[0];
        *b = both[1];
        return 0;
    }
    for (int i = 0; i < 2; i++)
        frond_udp_free(both[i]);
    return frond_fail_set(FROND_ENOMEM, "udp pair");
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
    frond_addr form = frond__udp_form(u, to);
    do
        rc = frond__socket_connect(u->io.fd, &form);
    while (rc == FROND__AGAIN); /* interrupted: there is nothing to wait for */
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
    if (u->freed && !u->receiving && !u->sending && !u->entering)
        release(u);
}

int frond__udp_enter(frond_udp *u, int direction, const char *doing, frond_deadline *d) {
    bool held = u && frond_home_check(&u->home) == 0;
    if (held) /* others may free it while this one gives way to them */
        u->entering++;
    int rc = frond_wait_enter(*d);
    if (rc == 0)
        rc = check(u, doing);
    if (held) {
        u->entering--;
        leave(u);
    }
    if (rc < 0)
        return rc;
    bool reads = direction == FROND_FD_READ;
    *d = frond__within(reads ? u->timeouts.read_ms : u->timeouts.write_ms, *d);
    return (reads ? u->receiving : u->sending) ? frond_fail_set(FROND_EBUSY, doing) : 0;
}

int64_t frond__udp_run(frond_udp *u, int direction, frond_attempt attempt, void *call,
                       frond_deadline d) {
    bool *busy = direction == FROND_FD_READ ? &u->receiving : &u->sending;
    *busy = true;
    int64_t n = frond__sockio_do(&u->io, direction, attempt, call, false, d);
    *busy = false;
    leave(u);
    return n;
}

int frond_udp_send(frond_udp *u, const void *buf, size_t len, const frond_addr *to,
                   frond_deadline d) {
    int rc = frond__udp_enter(u, FROND_FD_WRITE, "udp send", &d);
    if (rc < 0)
        return rc;
    if ((!buf && len) || (!to && !u->connected))
        return frond_fail_set(FROND_EINVAL, "udp send");
    frond_addr form;
    if (to)
        form = frond__udp_form(u, to);
    datagram call = {(void *)(uintptr_t)buf, len, to ? &form : NULL, false};
    int64_t n = frond__udp_run(u, FROND_FD_WRITE, try_send, &call, d);
    if (n < 0)
        return to ? frond_fail_addr((int)n, "udp send to", to)
                  : frond_fail_set((int)n, "udp send");
    return 0;
}

int64_t frond_udp_receive(frond_udp *u, void *buf, size_t cap, frond_addr *from,
                          frond_deadline d) {
    int rc = frond__udp_enter(u, FROND_FD_READ, "udp receive", &d);
    if (rc < 0)
        return rc;
    if (!buf && cap)
        return frond_fail_set(FROND_EINVAL, "udp receive");
    datagram call = {buf, cap, from, false};
    int64_t n = frond__udp_run(u, FROND_FD_READ, try_receive, &call, d);
    if (n >= 0 && call.truncated)
        n = FROND_EMSGSIZE;
    return n < 0 ? frond_fail_set((int)n, "udp receive") : n;
}

int frond_udp_timeouts(frond_udp *u, uint64_t receive_ms, uint64_t send_ms) {
    int rc = check(u, "udp timeouts");
    if (rc == 0)
        u->timeouts = (frond__timeouts){receive_ms, send_ms};
    return rc;
}

int frond_udp_addr(const frond_udp *u, frond_addr *a) {
    if (!u || !a)
        return frond_fail_set(FROND_EINVAL, "udp address");
    if (u->io.fd == FROND__NO_FD)
        return frond_fail_set(FROND_ECLOSED, "udp address");
    *a = u->addr;
    return 0;
}

int frond_udp_fd(const frond_udp *u, intptr_t *fd) {
    if (!u || !fd)
        return frond_fail_set(FROND_EINVAL, "udp socket");
    if (u->io.fd == FROND__NO_FD)
        return frond_fail_set(FROND_ECLOSED, "udp socket");
    *fd = (intptr_t)u->io.fd;
    return 0;
}

int frond_udp_close(frond_udp *u) {
    if (u && u->io.fd == FROND__NO_FD)
        return 0;
    int rc = check(u, "udp close");
    if (rc == 0)
        stop(u);
    return rc;
}

static void free_here(void *udp) {
    frond_udp *u = udp;
    stop(u);
    u->freed = true;
    leave(u);
}

void frond_udp_free(frond_udp *u) {
    if (u)
        frond_home_send(&u->home, free_here, u);
}
