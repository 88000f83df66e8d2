/* SPDX-License-Identifier: MIT */
/* Stream servers: how they begin and end.  What they do in between is in accept.c, and in crew.c. */
#include "server/server.h"
#include "server/listener.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/server.h>

enum {
    MOST_CONNECTIONS = 10000,
    MOST_ACCEPTED = 100,
    MIN_DELAY_MS = 10,
    MAX_DELAY_MS = 1000,
    CLEANUP_MS = 5000
};

static const int fatal_errors[] = {FROND_EBADF, FROND_EINVAL, FROND_ENOTSOCK,
                                   FROND_ENOTSUP, 0};

static void close_server(frond__crew *crew) {
    frond_server *server = (frond_server *)crew;
    frond_listener_close(server->listener);
    frond__accept_end(server);
    if (frond_home_closed(&crew->home)) /* and nobody is there to be told */
        return;
    for (frond_server_idle *i = server->idle.next; i != &server->idle; i = i->next)
        frond_close(i->stream);
    if (server->options.on_drain)
        server->options.on_drain(server, server->arg);
}

static void destroy(frond__crew *crew) {
    frond_server *server = (frond_server *)crew;
    frond_listener_free(server->listener);
    frond__peers_free(&server->peers);
    if (server->options.drop)
        server->options.drop(server->arg);
    frond_free(server);
}

static const frond__crew_ops ops = {"acceptor", frond__accept_all, close_server, NULL,
                                    destroy};

/* ---- start ---- */

static bool options_valid(const frond_server_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    return o->stack_size <= FROND_STACK_MAX && o->mode <= FROND_SERVE_INLINE &&
           o->max_connections <= SIZE_MAX / 2;
}

static void fill_defaults(frond_server_options *o) {
    o->max_connections = o->mode == FROND_SERVE_INLINE      ? 1
                         : o->mode == FROND_SERVE_UNLIMITED ? SIZE_MAX / 2
                         : o->max_connections               ? o->max_connections
                                                            : MOST_CONNECTIONS;
    if (!o->max_accept)
        o->max_accept = o->shared ? 1 : MOST_ACCEPTED;
    o->min_delay_ms = o->min_delay_ms ? o->min_delay_ms : MIN_DELAY_MS;
    o->max_delay_ms = o->max_delay_ms ? o->max_delay_ms : MAX_DELAY_MS;
    o->cleanup_ms = o->cleanup_ms ? o->cleanup_ms : CLEANUP_MS;
    o->fatal_errors = o->fatal_errors ? o->fatal_errors : fatal_errors;
}

static int make(frond_handler handle, void *arg, const frond_server_options *o,
                frond_server **out) {
    frond_server *server = frond_calloc(1, sizeof *server);
    if (!server)
        return frond_fail_set(FROND_ENOMEM, "server start");
    server->options = *o;
    fill_defaults(&server->options);
    server->handle = handle;
    server->arg = arg;
    server->reserve = FROND__NO_FD;
    server->idle.next = server->idle.prev = &server->idle;
    server->crew.ops = &ops;
    server->crew.name = "connection";
    server->crew.stack_size = o->stack_size;
    server->crew.cleanup_ms = server->options.cleanup_ms;
    if (frond__crew_begin(&server->crew, server->options.max_connections) < 0) {
        frond_free(server);
        return frond_fail_set(FROND_ENOMEM, "server start");
    }
    *out = server;
    return 0;
}

int frond_server_new(frond_listener *l, frond_handler handle, void *arg,
                     const frond_server_options *o, frond_server **out) {
    static const frond_server_options none;
    frond_addr addr;
    o = o ? o : &none;
    if (!l || !handle || !out || !options_valid(o))
        return frond_fail_set(FROND_EINVAL, "server start");
    int rc = frond_listener_addr(l, &addr);
    if (rc < 0 || (rc = make(handle, arg, o, out)) < 0)
        return rc;
    (*out)->listener = l;
    (*out)->addr = addr;
    return 0;
}

/* A server that came to nothing leaves listener and arg to the caller. */
static void undo(frond_server *server) {
    server->listener = NULL;
    server->options.drop = NULL;
    frond__crew_unref(&server->crew);
}

int frond_server_start(frond_listener *l, frond_handler handle, void *arg,
                       const frond_server_options *o, frond_server **out) {
    frond_server *server;
    int rc = frond_server_new(out ? l : NULL, handle, arg, o, &server);
    if (rc < 0)
        return rc;
    if ((rc = frond__crew_take(&server->crew, "server start")) < 0) {
        undo(server);
        return rc;
    }
    *out = server;
    return 0;
}

int frond_server_listen(const char *where, const frond_listen_options *lo,
                        frond_handler handle, void *arg, const frond_server_options *o,
                        frond_server **out, frond_deadline d) {
    frond_listener *l;
    int rc = frond_listen(where, lo, &l, d);
    if (rc == 0 && (rc = frond_server_start(l, handle, arg, o, out)) < 0)
        frond_listener_free(l);
    return rc;
}

static int check(const frond_server *server, const char *doing) {
    return frond__crew_check(server ? &server->crew : NULL, doing);
}

int frond_server_start_accepting(frond_server *server) {
    int rc = check(server, "server start accepting");
    if (rc < 0)
        return rc;
    if (frond_server_draining(server))
        return frond_fail_set(FROND_ECLOSED, "server start accepting");
    return frond__crew_take(&server->crew, "server start");
}

int frond_server_stop_accepting(frond_server *server) {
    int rc = check(server, "server stop accepting");
    if (rc == 0)
        frond__accept_end(server);
    return rc;
}

int frond_server_serve(frond_server *server, frond_deadline d) {
    int rc = frond_server_start_accepting(server);
    return rc < 0 ? rc : frond_server_join(server, d);
}

int frond_server_set_handler(frond_server *server, frond_handler handle, void *arg) {
    int rc = check(handle ? server : NULL, "server set handler");
    if (rc < 0)
        return rc;
    if (server->options.drop)
        return frond_fail_set(FROND_ENOTSUP, "server set handler");
    server->handle = handle;
    server->arg = arg;
    return 0;
}

/* ---- the end ---- */

static frond__crew *crew_of(frond_server *server) {
    return server ? &server->crew : NULL;
}

int frond_server_drain(frond_server *server, frond_deadline d) {
    return frond__crew_drain(crew_of(server), d, "server drain");
}

int frond_server_kill(frond_server *server, frond_deadline d) {
    return frond__crew_kill(crew_of(server), d, "server kill");
}

int frond_server_stop(frond_server *server, frond_deadline d) {
    return frond__crew_stop(crew_of(server), d, "server stop");
}

int frond_server_stop_on_signal(frond_server *server, int number, uint64_t drain_ms) {
    return frond__crew_stop_on_signal(crew_of(server), number, drain_ms,
                                      "server stop on signal");
}

int frond_server_join(frond_server *server, frond_deadline d) {
    return frond__crew_join(crew_of(server), d, "server join");
}

int frond_server_restart(frond_server *server, frond_listener *l) {
    frond_addr addr;
    int rc = check(server, "server restart");
    if (rc < 0)
        return rc;
    if (!frond_event_is_set(&server->crew.stopped))
        return frond_fail_set(FROND_EBUSY, "server restart");
    frond_listener *made = NULL;
    if (!l && (rc = frond__listener_again(server->listener, &made)) < 0)
        return rc;
    if ((rc = frond_listener_addr(l ? l : made, &addr)) < 0 ||
        (rc = frond__crew_take(&server->crew, "server start")) < 0) {
        frond_listener_free(made);
        return rc;
    }
    frond_listener_free(server->listener);
    server->listener = l ? l : made;
    server->addr = addr;
    frond__crew_reopen(&server->crew);
    return 0;
}

/* ---- for handlers ---- */

int frond_server_draining(const frond_server *server) {
    return server && frond_event_is_set(&server->crew.draining);
}

frond_waitable frond_server_drain_waitable(frond_server *server) {
    return frond_event_waitable(server ? &server->crew.draining : NULL);
}

void frond_server_idle_begin(frond_server *server, frond_server_idle *i,
                             frond_stream *s) {
    i->stream = s;
    i->next = server->idle.next;
    i->prev = &server->idle;
    i->next->prev = i;
    server->idle.next = i;
    if (frond_server_draining(server))
        frond_close(s);
}

void frond_server_idle_end(frond_server_idle *i) {
    i->prev->next = i->next;
    i->next->prev = i->prev;
}

void frond_server_handshake_failed(frond_server *server) {
    server->stats.failed_handshakes++;
}

/* ---- inspection ---- */

int frond_server_addr(const frond_server *server, frond_addr *a) {
    if (!server || !a)
        return frond_fail_set(FROND_EINVAL, "server address");
    *a = server->addr;
    return 0;
}

int frond_server_started(const frond_server *server) {
    return server && server->crew.taker;
}

int frond_server_closed(const frond_server *server) {
    return frond_server_draining(server);
}

int frond_server_full(const frond_server *server) {
    return server && frond_pool_full(server->crew.pool);
}

size_t frond_server_connections(const frond_server *server) {
    return server ? frond_pool_count(server->crew.pool) : 0;
}

uint64_t frond_server_accepted(const frond_server *server) {
    return server ? server->stats.accepted : 0;
}

int frond_server_get_stats(const frond_server *server, frond_server_stats *stats) {
    if (!server || !stats)
        return frond_fail_set(FROND_EINVAL, "server statistics");
    *stats = server->stats;
    stats->failed_spawns = server->crew.failed_spawns;
    stats->failed_handlers = server->crew.failed_handlers;
    stats->current = frond_server_connections(server);
    stats->most = server->crew.most;
    return 0;
}

static void free_here(void *server) {
    frond__crew_abandon(&((frond_server *)server)->crew);
}

void frond_server_free(frond_server *server) {
    if (server)
        frond_home_send(&server->crew.home, free_here, server);
}
