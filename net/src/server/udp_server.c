/* SPDX-License-Identifier: MIT */
/* Datagram servers: one greenlet receives into a buffer of the server's, and each packet is copied to memory of
 * its length for its handler.  The socket is closed when the server is stopped, not before: handlers that
 * finish want to answer. */
#include <frond/udp_server.h>

#include "server/crew.h"
#include "udp/udp.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/semaphore.h>
#include <string.h>

enum {
    MOST_HANDLERS = 1000,
    LONGEST_PACKET = 65535,
    CLEANUP_MS = 5000,
    DELAY_MS = 10 /* after an error: a lack of memory, a network that is down */
};

static const char starting[] = "udp server start";

struct frond_udp_server {
    frond__crew crew;
    frond_udp *socket;
    frond_addr addr;
    frond_udp_handler handle;
    void *arg;
    frond_udp_server_options options; /* without zeros */
    frond_semaphore sending;          /* one at a time */
    frond_udp_server_stats stats;     /* without what the crew counts */
    char buf[];                       /* max_packet bytes */
};

typedef struct {
    frond__task task;
    frond_udp_handler handle;
    void *arg;
    frond_addr from;
    size_t len;
    char data[];
} packet;

static frond_udp_server *server_of(frond__crew *c) {
    return (frond_udp_server *)c;
}

/* Nobody is left who would answer. */
static void end(frond__crew *crew) {
    frond_udp_close(server_of(crew)->socket);
}

static void destroy(frond__crew *crew) {
    frond_udp_free(server_of(crew)->socket);
    frond_free(crew);
}

/* ---- packets ---- */

static void *handle(void *arg) {
    packet *p = arg;
    frond_udp_server *server = server_of(p->task.crew);
    p->task.began = true;
    return p->handle(p->data, p->len, &p->from, server, p->arg);
}

static void packet_over(void *arg) {
    packet *p = arg;
    frond__crew_over(&p->task);
    frond_free(p);
}

static int hand_on(frond_udp_server *server, size_t len, const frond_addr *from) {
    packet *p = frond_alloc(sizeof *p + len);
    if (!p) {
        server->crew.failed_spawns++;
        return FROND_ENOMEM;
    }
    p->handle = server->handle;
    p->arg = server->arg;
    p->from = *from;
    p->len = len;
    memcpy(p->data, server->buf, len);
    int rc = frond__crew_spawn(&server->crew, handle, packet_over, &p->task);
    server->stats.received += rc == 0;
    return rc;
}

static int receive_one(frond_udp_server *server) {
    frond_addr from;
    if (!server->options.drop_when_full) {
        int rc = frond_pool_wait_available(server->crew.pool, FROND_NEVER);
        if (rc < 0)
            return rc;
    }
    int64_t n = frond_udp_receive(server->socket, server->buf, server->options.max_packet,
                                  &from, FROND_NEVER);
    if (n == FROND_EMSGSIZE) {
        server->stats.dropped_long++;
        return 0;
    }
    if (n < 0)
        /* The one is about a packet that was sent, the other the socket's limit. */
        return n == FROND_ECONNREFUSED || n == FROND_ETIMEDOUT ? 0 : (int)n;
    if (frond_pool_full(server->crew.pool)) {
        server->stats.dropped_full++;
        return 0;
    }
    return hand_on(server, (size_t)n, &from);
}

static void *receive_all(frond__crew *crew) {
    frond_udp_server *server = server_of(crew);
    for (;;) {
        int rc = receive_one(server);
        if (rc == FROND_ECANCELED)
            return NULL;
        if (rc == FROND_ECLOSED || rc == FROND_EBADF || rc == FROND_ENOTSOCK) {
            frond__crew_end(&server->crew, rc);
            return NULL;
        }
        if (rc < 0)
            frond_sleep(DELAY_MS);
    }
}

static const frond__crew_ops ops = {"receiver", receive_all, frond__crew_rest, end,
                                    destroy};

/* ---- start ---- */

static bool options_valid(const frond_udp_server_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    return o->stack_size <= FROND_STACK_MAX && o->max_handlers <= SIZE_MAX / 2 &&
           o->max_packet <= LONGEST_PACKET;
}

static frond_udp_server *make(const frond_udp_server_options *o) {
    size_t longest = o->max_packet ? o->max_packet : LONGEST_PACKET;
    frond_udp_server *server = frond_calloc(1, sizeof *server + longest);
    if (!server)
        return NULL;
    server->options = *o;
    server->options.max_packet = longest;
    server->sending.count = 1;
    server->crew.ops = &ops;
    server->crew.name = "packet";
    server->crew.stack_size = o->stack_size;
    server->crew.cleanup_ms = o->cleanup_ms ? o->cleanup_ms : CLEANUP_MS;
    if (frond__crew_begin(&server->crew,
                          o->max_handlers ? o->max_handlers : MOST_HANDLERS) < 0) {
        frond_free(server);
        return NULL;
    }
    return server;
}

int frond_udp_server_new(frond_udp *u, frond_udp_handler handler, void *arg,
                         const frond_udp_server_options *o, frond_udp_server **out) {
    static const frond_udp_server_options none;
    frond_addr addr;
    o = o ? o : &none;
    if (!u || !handler || !out || !options_valid(o))
        return frond_fail_set(FROND_EINVAL, starting);
    int rc = frond_udp_addr(u, &addr);
    if (rc < 0)
        return rc;
    frond_udp_server *server = make(o);
    if (!server)
        return frond_fail_set(FROND_ENOMEM, starting);
    server->handle = handler;
    server->arg = arg;
    server->addr = addr;
    server->socket = u;
    *out = server;
    return 0;
}

int frond_udp_server_start(frond_udp *u, frond_udp_handler handler, void *arg,
                           const frond_udp_server_options *o, frond_udp_server **out) {
    frond_udp_server *server;
    int rc = frond_udp_server_new(out ? u : NULL, handler, arg, o, &server);
    if (rc < 0)
        return rc;
    if ((rc = frond__crew_take(&server->crew, starting)) < 0) {
        server->socket = NULL; /* the caller's */
        frond__crew_unref(&server->crew);
        return rc;
    }
    *out = server;
    return 0;
}

static frond__crew *crew_of(frond_udp_server *server) {
    return server ? &server->crew : NULL;
}

int frond_udp_server_start_receiving(frond_udp_server *server) {
    static const char doing[] = "udp server start receiving";
    int rc = frond__crew_check(crew_of(server), doing);
    if (rc < 0)
        return rc;
    if (frond_udp_server_draining(server))
        return frond_fail_set(FROND_ECLOSED, doing);
    return frond__crew_take(&server->crew, doing);
}

int frond_udp_server_stop_receiving(frond_udp_server *server) {
    int rc = frond__crew_check(crew_of(server), "udp server stop receiving");
    if (rc == 0)
        frond__crew_rest(&server->crew);
    return rc;
}

int frond_udp_server_serve(frond_udp_server *server, frond_deadline d) {
    int rc = frond_udp_server_start_receiving(server);
    return rc < 0 ? rc : frond_udp_server_join(server, d);
}

int frond_udp_server_set_handler(frond_udp_server *server, frond_udp_handler handler,
                                 void *arg) {
    int rc =
        frond__crew_check(handler ? crew_of(server) : NULL, "udp server set handler");
    if (rc < 0)
        return rc;
    server->handle = handler;
    server->arg = arg;
    return 0;
}

int frond_udp_server_send(frond_udp_server *server, const void *buf, size_t len,
                          const frond_addr *to, frond_deadline d) {
    int rc = frond__crew_check(crew_of(server), "udp server send");
    if (rc < 0)
        return rc;
    server->crew.refs++;
    rc = frond_semaphore_acquire(&server->sending, d);
    if (rc == 0) {
        rc = frond_udp_send(server->socket, buf, len, to, d);
        frond_semaphore_release(&server->sending);
    }
    frond__crew_unref(&server->crew);
    return rc;
}

/* ---- the end ---- */

int frond_udp_server_drain(frond_udp_server *server, frond_deadline d) {
    return frond__crew_drain(crew_of(server), d, "udp server drain");
}

int frond_udp_server_kill(frond_udp_server *server, frond_deadline d) {
    return frond__crew_kill(crew_of(server), d, "udp server kill");
}

int frond_udp_server_stop(frond_udp_server *server, frond_deadline d) {
    return frond__crew_stop(crew_of(server), d, "udp server stop");
}

int frond_udp_server_stop_on_signal(frond_udp_server *server, int number,
                                    uint64_t drain_ms) {
    return frond__crew_stop_on_signal(crew_of(server), number, drain_ms,
                                      "udp server stop on signal");
}

int frond_udp_server_join(frond_udp_server *server, frond_deadline d) {
    return frond__crew_join(crew_of(server), d, "udp server join");
}

int frond_udp_server_restart(frond_udp_server *server, frond_udp *u) {
    static const char doing[] = "udp server restart";
    frond_addr addr;
    int rc = frond__crew_check(crew_of(server), doing);
    if (rc < 0)
        return rc;
    if (!frond_event_is_set(&server->crew.stopped))
        return frond_fail_set(FROND_EBUSY, doing);
    frond_udp *made = NULL;
    if (!u && (rc = frond__udp_again(server->socket, &made)) < 0)
        return rc;
    if ((rc = frond_udp_addr(u ? u : made, &addr)) < 0 ||
        (rc = frond__crew_take(&server->crew, doing)) < 0) {
        frond_udp_free(made);
        return rc;
    }
    frond_udp_free(server->socket);
    server->socket = u ? u : made;
    server->addr = addr;
    frond__crew_reopen(&server->crew);
    return 0;
}

/* ---- inspection ---- */

int frond_udp_server_started(const frond_udp_server *server) {
    return server && server->crew.taker;
}

int frond_udp_server_draining(const frond_udp_server *server) {
    return server && frond_event_is_set(&server->crew.draining);
}

frond_waitable frond_udp_server_drain_waitable(frond_udp_server *server) {
    return frond_event_waitable(server ? &server->crew.draining : NULL);
}

int frond_udp_server_addr(const frond_udp_server *server, frond_addr *a) {
    if (!server || !a)
        return frond_fail_set(FROND_EINVAL, "udp server address");
    *a = server->addr;
    return 0;
}

int frond_udp_server_get_stats(const frond_udp_server *server,
                               frond_udp_server_stats *stats) {
    if (!server || !stats)
        return frond_fail_set(FROND_EINVAL, "udp server statistics");
    *stats = server->stats;
    stats->failed_spawns = server->crew.failed_spawns;
    stats->failed_handlers = server->crew.failed_handlers;
    stats->current = frond_pool_count(server->crew.pool);
    stats->most = server->crew.most;
    return 0;
}

static void free_here(void *server) {
    frond__crew_abandon(&((frond_udp_server *)server)->crew);
}

void frond_udp_server_free(frond_udp_server *server) {
    if (server)
        frond_home_send(&server->crew.home, free_here, server);
}
