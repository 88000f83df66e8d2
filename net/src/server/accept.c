/* SPDX-License-Identifier: MIT */
/* The greenlet of a server that accepts.  What it cannot accept it leaves in the kernel's queue, but for want
 * of descriptors: a client would wait there for nothing, and does better to be told at once. */
#include "server/server.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

typedef struct {
    frond__task task;
    frond_stream *stream;
    frond_handler handle;
    void *arg;
    frond_addr peer; /* counted among the peers; family 0: it is not */
} connection;

static frond_server *server_of(const connection *c) {
    return (frond_server *)c->task.crew;
}

static void *handle(void *arg) {
    connection *c = arg;
    c->task.began = true;
    return c->handle(c->stream, c->arg);
}

static void connection_over(void *arg) {
    connection *c = arg;
    frond_stream_free(c->stream);
    if (c->peer.family)
        frond__peers_leave(&server_of(c)->peers, &c->peer);
    frond__crew_over(&c->task);
    frond_free(c);
}

/* ---- one connection ---- */

/* Whether its peer may have one more.  Clients of a unix socket have no address to tell them apart by. */
static bool is_welcome(frond_server *server, connection *c) {
    frond_addr peer;
    if (!server->options.max_per_peer || frond_stream_peer(c->stream, &peer) < 0 ||
        peer.family == FROND_UNIX)
        return true;
    int rc = frond__peers_enter(&server->peers, &peer, server->options.max_per_peer);
    if (rc > 0)
        c->peer = peer;
    else if (rc == 0)
        server->stats.refused_peer++;
    else
        server->crew.failed_spawns++;
    return rc > 0;
}

static void take_on(frond_server *server, connection *c) {
    if (!is_welcome(server, c)) {
        frond_stream_free(c->stream);
        frond_free(c);
        return;
    }
    c->handle = server->handle;
    c->arg = server->arg;
    if (frond__crew_spawn(&server->crew, handle, connection_over, &c->task) == 0)
        server->stats.accepted++;
}

static int accept_one(frond_server *server) {
    int rc = frond_pool_wait_available(server->crew.pool, FROND_NEVER);
    connection *c = rc == 0 ? frond_calloc(1, sizeof *c) : NULL;
    if (!c)
        return rc < 0 ? rc : FROND_ENOMEM;
    rc = frond_accept(server->listener, &c->stream, FROND_NEVER);
    if (rc < 0)
        frond_free(c);
    else
        take_on(server, c);
    return rc;
}

/* ---- when there is no descriptor ---- */

/* One that was told to end has given it up. */
static void keep_reserve(frond_server *server) {
    frond_addr any;
    if (server->crew.taker != frond_current())
        return;
    frond_addr_loopback(&any, FROND_IPV4, 0);
    if (!server->options.no_reserve && server->reserve == FROND__NO_FD &&
        frond__socket_open(&any, false, &server->reserve) < 0)
        server->reserve = FROND__NO_FD;
}

static void give_reserve(frond_server *server) {
    frond__socket_close(server->reserve);
    server->reserve = FROND__NO_FD;
}

/* Those queued are accepted in place of the reserve, one after the other. */
static void refuse_queued(frond_server *server) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < server->options.max_accept; i++) {
        frond_stream *s;
        if (server->reserve == FROND__NO_FD)
            return;
        give_reserve(server);
        rc = frond_accept(server->listener, &s, FROND_NOW);
        if (rc == 0) {
            frond_stream_free(s);
            server->stats.refused_descriptors++;
        }
        keep_reserve(server);
    }
}

/* ---- all of them ---- */

static bool is_fatal(const frond_server *server, int rc) {
    const int *e = server->options.fatal_errors;
    while (*e && *e != rc)
        e++;
    return *e != 0;
}

static uint64_t back_off(frond_server *server, uint64_t delay, int rc) {
    uint64_t most = server->options.max_delay_ms;
    server->stats.failed_accepts++;
    if (rc == FROND_EMFILE || rc == FROND_ENFILE)
        refuse_queued(server);
    frond_sleep(delay);
    keep_reserve(server);
    return delay > most / 2 ? most : delay * 2;
}

/* A batch is so many as others have to wait for: greenlets, and processes that share the listener. */
void *frond__accept_all(frond__crew *crew) {
    frond_server *server = (frond_server *)crew;
    uint64_t delay = server->options.min_delay_ms;
    size_t batch = 0;
    keep_reserve(server);
    for (;;) {
        int rc = accept_one(server);
        if (rc == FROND_ECLOSED || rc == FROND_ECANCELED)
            return NULL;
        if (rc == FROND_ETIMEDOUT) /* its listener's limit */
            continue;
        if (rc < 0 && is_fatal(server, rc)) {
            frond__crew_end(&server->crew, rc);
            return frond_failed(rc, "the server ends: %s", frond_error_text());
        }
        if (rc < 0) {
            delay = back_off(server, delay, rc);
            continue;
        }
        delay = server->options.min_delay_ms;
        if (++batch >= server->options.max_accept) {
            batch = 0;
            frond_yield();
        }
    }
}

void frond__accept_end(frond_server *server) {
    if (server->reserve != FROND__NO_FD)
        give_reserve(server);
    frond__crew_rest(&server->crew);
}
