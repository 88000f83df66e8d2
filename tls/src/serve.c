/* SPDX-License-Identifier: MIT */
/* Servers of TLS: a handshake between accepting and handling.  It is in the handler's greenlet, so that a
 * client that takes its time keeps nobody else waiting. */
#include <frond/tls.h>

#include <frond/error.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/server.h>
#include <stdbool.h>

enum { HANDSHAKE_MS = 30000 };

typedef struct {
    frond_tls_context *context;
    frond_handler handle;
    void *arg;
    uint64_t handshake_ms;
    frond_server *server;
    void (*on_drain)(frond_server *server, void *arg);
    void (*drop)(void *arg);
} service;

static void free_stream(void *s) {
    frond_stream_free(s);
}

static void *handle(frond_stream *plain, void *arg) {
    service *t = arg;
    frond_stream *s;
    frond_stream_ref(plain); /* becomes the TLS stream's */
    int rc = frond_tls_server(plain, t->context, &s, frond_in(t->handshake_ms));
    if (rc < 0) {
        frond_stream_free(plain);
        if (rc != FROND_ECANCELED)
            frond_server_handshake_failed(t->server);
        return NULL;
    }
    if (frond_defer(free_stream, s) < 0) { /* the handler may not return */
        frond_stream_free(s);
        return frond_failed(FROND_ENOMEM, NULL);
    }
    return t->handle(s, t->arg);
}

static void on_drain(frond_server *server, void *arg) {
    service *t = arg;
    t->on_drain(server, t->arg);
}

static void drop(void *arg) {
    service *t = arg;
    if (t->drop)
        t->drop(t->arg);
    frond_tls_context_free(t->context);
    frond_free(t);
}

static bool options_valid(const frond_tls_serve_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    return true;
}

int frond_tls_serve(frond_listener *l, frond_tls_context *c, frond_handler handler,
                    void *arg, const frond_tls_serve_options *o, frond_server **server) {
    static const frond_tls_serve_options none;
    o = o ? o : &none;
    if (!c || !handler || !server || !options_valid(o))
        return frond_fail_set(FROND_EINVAL, "tls serve");
    service *t = frond_calloc(1, sizeof *t);
    if (!t)
        return frond_fail_set(FROND_ENOMEM, "tls serve");
    frond_server_options options = o->server;
    *t = (service){.context = c,
                   .handle = handler,
                   .arg = arg,
                   .handshake_ms = o->handshake_ms ? o->handshake_ms : HANDSHAKE_MS,
                   .on_drain = options.on_drain,
                   .drop = options.drop};
    options.drop = drop;
    options.on_drain = t->on_drain ? on_drain : NULL;
    int rc = frond_server_start(l, handle, t, &options, &t->server);
    if (rc < 0) {
        frond_free(t);
        return rc;
    }
    frond_tls_context_ref(c);
    *server = t->server;
    return 0;
}
