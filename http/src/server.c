/* SPDX-License-Identifier: MIT */
/* The HTTP server: a stream server whose handler reads requests until the connection ends. */
#include "exchange.h"

#include <frond/error.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/home.h>
#include <frond/impl/memory.h>

enum {
    HEAD_MS = 30000,
    IDLE_MS = 60000,
    IO_MS = 60000,
    MAX_HEAD = 64 * 1024,
    LINGER_MS = 2000
};
#define MAX_BODY ((uint64_t)64 * 1024 * 1024)

struct frond_http_server {
    frond_home home;
    frond_http_server_options options;
    frond_http_handler handle;
    void *arg;
    frond_server *server; /* which keeps this alive */
};

static void release(void *arg) {
    frond_http_server *s = arg;
    frond_home home = s->home;
    frond_free(s);
    frond_home_leave(&home);
}

/* The client may still be sending when the server is done with it.  Closing on bytes that nobody has
 * read would reset the connection, and with it perhaps the answer. */
static void linger(frond_stream *stream) {
    char scrap[4096];
    frond_deadline d = frond_in(LINGER_MS);
    if (frond_shutdown(stream, d) == 0)
        while (frond_read(stream, scrap, sizeof scrap, d) > 0) {}
}

static void serve(frond_http_server *s, frond_stream *stream) {
    frond__http_input input = {.stream = stream};
    frond_http_exchange x = {.input = &input, .options = &s->options};
    frond__http_head_limits limits = {.max_bytes = s->options.max_head};
    frond__http_head_init(&x.head, FROND__HTTP_REQUEST, &limits);
    bool more = true;
    int rc = 1;
    while (more && !frond_server_draining(s->server)) {
        frond_server_idle here;
        bool first_byte_there = input.start < input.end;
        if (!first_byte_there)
            frond_server_idle_begin(s->server, &here, stream);
        rc = frond__http_exchange_begin(&x);
        if (!first_byte_there)
            frond_server_idle_end(&here);
        if (rc <= 0)
            break;
        if (frond_server_draining(s->server))
            x.keep_alive = false;
        s->handle(&x, s->arg);
        more = frond__http_exchange_end(&x);
    }
    frond__http_exchange_free(&x);
    frond_free(input.buf);
    if (rc != 0 &&
        !frond_server_draining(s->server)) /* it was not the client that ended it */
        linger(stream);
}

/* One client's trouble is no news to the server: nothing is reported. */
static void *connection(frond_stream *stream, void *arg) {
    serve(arg, stream);
    return NULL;
}

static void fill_defaults(frond_http_server_options *o) {
    o->head_ms = o->head_ms ? o->head_ms : HEAD_MS;
    o->idle_ms = o->idle_ms ? o->idle_ms : IDLE_MS;
    o->io_ms = o->io_ms ? o->io_ms : IO_MS;
    o->max_head = o->max_head ? o->max_head : MAX_HEAD;
    o->max_body = o->max_body ? o->max_body : MAX_BODY;
}

int frond_http_server_start(frond_listener *l, frond_http_handler handle, void *arg,
                            const frond_http_server_options *o, frond_http_server **out) {
    static const frond_http_server_options none;
    o = o ? o : &none;
    bool valid = l && handle && out && o->max_head <= 1 << 30;
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        valid = valid && !o->reserved[i];
    if (!valid)
        return frond_fail_set(FROND_EINVAL, "http server");
    frond_http_server *s = frond_calloc(1, sizeof *s);
    if (!s || frond_home_enter(&s->home) < 0) {
        frond_free(s);
        return frond_fail_set(FROND_ENOMEM, "http server");
    }
    s->options = *o;
    fill_defaults(&s->options);
    s->handle = handle;
    s->arg = arg;
    frond_tls_serve_options t = {.server = {.max_connections = o->max_connections,
                                            .shared = o->shared,
                                            .drop = release}};
    int rc = o->tls ? frond_tls_serve(l, o->tls, connection, s, &t, &s->server)
                    : frond_server_start(l, connection, s, &t.server, &s->server);
    if (rc < 0) {
        release(s);
        return rc;
    }
    *out = s;
    return 0;
}

static int check(const frond_http_server *s, const char *doing) {
    int rc = s ? frond_home_check(&s->home) : FROND_EINVAL;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

int frond_http_server_stop(frond_http_server *s, frond_deadline d) {
    int rc = check(s, "http server stop");
    if (rc < 0)
        return rc;
    return frond_server_stop(s->server, d);
}

int frond_http_server_addr(const frond_http_server *s, frond_addr *a) {
    return s ? frond_server_addr(s->server, a)
             : frond_fail_set(FROND_EINVAL, "http server");
}

frond_server *frond_http_server_base(frond_http_server *s) {
    return s ? s->server : NULL;
}

static void free_here(void *s) {
    frond_server_free(((frond_http_server *)s)->server);
}

void frond_http_server_free(frond_http_server *s) {
    if (s)
        frond_home_send(&s->home, free_here, s);
}
