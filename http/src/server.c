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
    HANDSHAKE_MS = 30000,
    LINGER_MS = 2000
};
#define MAX_BODY ((uint64_t)64 * 1024 * 1024)

/* Connections between two requests are in a list: a stop closes those at once. */
typedef struct idle {
    struct idle *next, *prev;
    frond_stream *stream;
} idle;

struct frond_http_server {
    frond_home home;
    frond_http_server_options options;
    frond_http_handler handle;
    void *arg;
    frond_server *server;
    idle waiting;  /* head of the list */
    unsigned refs; /* its owner, and each connection */
    bool stopping;
};

static void release(frond_http_server *s) {
    frond_home home = s->home;
    frond_free(s);
    frond_home_leave(&home);
}

static void unref(frond_http_server *s) {
    if (--s->refs)
        return;
    frond_tls_context_free(s->options.tls);
    release(s);
}

static void unref_deferred(void *s) {
    unref(s);
}

static void wait_begin(frond_http_server *s, idle *i, frond_stream *stream) {
    i->stream = stream;
    i->next = s->waiting.next;
    i->prev = &s->waiting;
    i->next->prev = i;
    s->waiting.next = i;
}

static void wait_end(idle *i) {
    i->prev->next = i->next;
    i->next->prev = i->prev;
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
    while (more && !s->stopping) {
        idle here;
        bool first_byte_there = input.start < input.end;
        if (!first_byte_there)
            wait_begin(s, &here, stream);
        rc = frond__http_exchange_begin(&x);
        if (!first_byte_there)
            wait_end(&here);
        if (rc <= 0)
            break;
        if (s->stopping)
            x.keep_alive = false;
        s->handle(&x, s->arg);
        more = frond__http_exchange_end(&x);
    }
    frond__http_exchange_free(&x);
    frond_free(input.buf);
    if (rc != 0 && !s->stopping) /* it was not the client that ended it */
        linger(stream);
}

/* One client's trouble is no news to the server: nothing is reported. */
static void *connection(frond_stream *stream, void *arg) {
    frond_http_server *s = arg;
    frond_stream *secured = NULL;
    s->refs++;
    if (frond_defer(unref_deferred, s) < 0) {
        unref(s);
        return NULL;
    }
    if (s->options.tls) {
        frond_stream_ref(stream); /* becomes the TLS stream's */
        if (frond_tls_server(stream, s->options.tls, &secured, frond_in(HANDSHAKE_MS)) <
            0) {
            frond_stream_free(stream);
            return NULL;
        }
        stream = secured;
    }
    serve(s, stream);
    if (secured)
        frond_stream_free(secured);
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
    s->refs = 1;
    s->waiting.next = s->waiting.prev = &s->waiting;
    frond_server_options options = {.max_connections = o->max_connections};
    int rc = frond_server_start(l, connection, s, &options, &s->server);
    if (rc < 0) {
        release(s);
        return rc;
    }
    if (s->options.tls)
        frond_tls_context_ref(s->options.tls);
    *out = s;
    return 0;
}

static void begin_stop(frond_http_server *s) {
    s->stopping = true;
    for (idle *i = s->waiting.next; i != &s->waiting; i = i->next)
        frond_close(i->stream);
}

static int check(const frond_http_server *s, const char *doing) {
    int rc = s ? frond_home_check(&s->home) : FROND_EINVAL;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

int frond_http_server_stop(frond_http_server *s, frond_deadline d) {
    int rc = check(s, "http server stop");
    if (rc < 0)
        return rc;
    begin_stop(s);
    return frond_server_stop(s->server, d);
}

int frond_http_server_addr(const frond_http_server *s, frond_addr *a) {
    return s ? frond_server_addr(s->server, a)
             : frond_fail_set(FROND_EINVAL, "http server");
}

static void free_here(void *arg) {
    frond_http_server *s = arg;
    if (!frond_home_closed(&s->home)) /* else nobody is there to be waiting */
        begin_stop(s);
    frond_server_free(s->server);
    unref(s);
}

void frond_http_server_free(frond_http_server *s) {
    if (s)
        frond_home_send(&s->home, free_here, s);
}
