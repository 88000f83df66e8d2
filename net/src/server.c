/* SPDX-License-Identifier: MIT */
/* Stream servers: one greenlet accepts, a pool of them handles.  The server's memory is counted by
 * its owner, its acceptor and its handlers. */
#include <frond/server.h>

#include <frond/error.h>
#include <frond/event.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/home.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <frond/pool.h>
#include <frond/timeout.h>
#include <stdbool.h>

enum {
    MOST_CONNECTIONS = 10000,
    MIN_DELAY_MS = 10,
    MAX_DELAY_MS = 1000,
    CLEANUP_MS = 5000
};

struct frond_server {
    frond_listener *listener;
    frond_addr addr;
    frond_home home;
    frond_handler handle;
    void *arg;
    frond_pool *pool;
    frond_spawn_options spawn;
    uint64_t min_delay_ms, max_delay_ms;
    frond_greenlet *acceptor;
    frond_event stopped;
    uint64_t accepted;
    unsigned refs;
    bool stopping;
};

typedef struct {
    frond_server *server;
    frond_stream *stream;
} connection;

static void release(frond_server *server) {
    frond_home home = server->home;
    frond_free(server);
    frond_home_leave(&home);
}

static void unref(frond_server *server) {
    if (--server->refs)
        return;
    frond_listener_free(server->listener);
    frond_pool_free(server->pool);
    release(server);
}

static void *handle(void *arg) {
    connection *c = arg;
    return c->server->handle(c->stream, c->server->arg);
}

/* Also for one that was killed before it began. */
static void connection_over(void *arg) {
    connection *c = arg;
    frond_stream_free(c->stream);
    unref(c->server);
    frond_free(c);
}

static int accept_one(frond_server *server) {
    int rc = frond_pool_wait_available(server->pool, FROND_NEVER);
    connection *c = rc == 0 ? frond_alloc(sizeof *c) : NULL;
    if (!c)
        return rc < 0 ? rc : FROND_ENOMEM;
    rc = frond_accept(server->listener, &c->stream, FROND_NEVER);
    if (rc < 0) {
        frond_free(c);
        return rc;
    }
    server->accepted++;
    server->refs++;
    c->server = server;
    rc = frond_pool_spawn_with(server->pool, &server->spawn, handle, c, FROND_NEVER);
    if (rc < 0)
        connection_over(c);
    return rc;
}

/* Out of descriptors or memory, connections queue in the kernel until that is over. */
static void *accept_all(void *arg) {
    frond_server *server = arg;
    uint64_t delay = server->min_delay_ms;
    int rc = 0;
    while (!server->stopping && rc != FROND_ECLOSED && rc != FROND_ECANCELED) {
        rc = accept_one(server);
        if (rc == 0) {
            delay = server->min_delay_ms;
        } else if (rc != FROND_ECLOSED && rc != FROND_ECANCELED) {
            frond_sleep(delay);
            delay = delay * 2 > server->max_delay_ms ? server->max_delay_ms : delay * 2;
        }
    }
    return NULL;
}

static void acceptor_over(void *arg) {
    unref(arg);
}

static bool options_valid(const frond_server_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    return o->stack_size <= FROND_STACK_MAX;
}

int frond_server_start(frond_listener *l, frond_handler handler, void *arg,
                       const frond_server_options *o, frond_server **out) {
    static const frond_server_options none;
    frond_addr addr;
    o = o ? o : &none;
    if (!l || !handler || !out || !options_valid(o))
        return frond_fail_set(FROND_EINVAL, "server start");
    int rc = frond_listener_addr(l, &addr);
    if (rc < 0)
        return rc;
    frond_server *server = frond_calloc(1, sizeof *server);
    if (!server || frond_home_enter(&server->home) < 0)
        goto free_server;
    server->pool =
        frond_pool_new(o->max_connections ? o->max_connections : MOST_CONNECTIONS);
    if (!server->pool)
        goto free_server;
    server->addr = addr;
    server->handle = handler;
    server->arg = arg;
    server->spawn = (frond_spawn_options){
        .name = "connection", .stack_size = o->stack_size, .drop = connection_over};
    server->min_delay_ms = o->min_delay_ms ? o->min_delay_ms : MIN_DELAY_MS;
    server->max_delay_ms = o->max_delay_ms ? o->max_delay_ms : MAX_DELAY_MS;
    frond_spawn_options acceptor = {.name = "acceptor", .drop = acceptor_over};
    if (!(server->acceptor = frond_spawn_with(&acceptor, accept_all, server)))
        goto free_pool;
    server->listener = l;
    server->refs = 2;
    *out = server;
    return 0;

free_pool:
    frond_pool_free(server->pool);
free_server:
    if (server)
        release(server);
    return frond_fail_set(FROND_ENOMEM, "server start");
}

static int check(const frond_server *server, const char *doing) {
    if (!server)
        return frond_fail_set(FROND_EINVAL, doing);
    int rc = frond_home_check(&server->home);
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

static void stop_accepting(frond_server *server) {
    if (server->stopping)
        return;
    server->stopping = true;
    frond_listener_close(server->listener);
    frond_kill(server->acceptor, FROND_EXIT, FROND_NOW);
    frond_release(server->acceptor);
    server->acceptor = NULL;
}

int frond_server_stop(frond_server *server, frond_deadline d) {
    int rc = check(server, "server stop");
    if (rc < 0)
        return rc;
    stop_accepting(server);
    server->refs++;
    rc = frond_pool_join(server->pool, d);
    if (rc == FROND_ETIMEDOUT && frond_pool_count(server->pool)) {
        frond_shield_begin(CLEANUP_MS);
        frond_pool_kill(server->pool, FROND_EXIT, FROND_NEVER);
        frond_shield_end();
    }
    frond_event_set(&server->stopped);
    unref(server);
    return rc < 0 ? frond_fail_set(rc, "server stop") : 0;
}

int frond_server_join(frond_server *server, frond_deadline d) {
    int rc = check(server, "server join");
    if (rc < 0)
        return rc;
    server->refs++;
    rc = frond_event_wait(&server->stopped, d);
    unref(server);
    return rc < 0 ? frond_fail_set(rc, "server join") : 0;
}

int frond_server_addr(const frond_server *server, frond_addr *a) {
    if (!server || !a)
        return frond_fail_set(FROND_EINVAL, "server address");
    *a = server->addr;
    return 0;
}

size_t frond_server_connections(const frond_server *server) {
    return server ? frond_pool_count(server->pool) : 0;
}

uint64_t frond_server_accepted(const frond_server *server) {
    return server ? server->accepted : 0;
}

static void free_here(void *arg) {
    frond_server *server = arg;
    stop_accepting(server);
    frond_pool_kill(server->pool, FROND_EXIT, FROND_NOW);
    frond_event_set(&server->stopped);
    unref(server);
}

void frond_server_free(frond_server *server) {
    if (server)
        frond_home_send(&server->home, free_here, server);
}
