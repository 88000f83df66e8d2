/* SPDX-License-Identifier: MIT */
#include "script.h"

#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 64 };

typedef struct {
    script *owner;
    frond_stream *stream;
} connection;

static bool read_request(script *s, frond_reader *r) {
    const char *head;
    char *to = s->heads[s->requests % 8];
    int64_t n = frond_reader_until(r, "\r\n\r\n", 4, &head, frond_in(20000));
    if (n <= 0)
        return false;
    size_t len = (size_t)n < 2000 ? (size_t)n : 2000;
    memcpy(to, head, len);
    to[len] = '\0';
    const char *length = strstr(to, "Content-Length: ");
    size_t body = length ? (size_t)atol(length + 16) : 0;
    s->requests++;
    if (body >= 2048 - len)
        return true;
    to[len + body] = '\0';
    return body == 0 || frond_reader_exact(r, to + len, body, NULL, frond_in(5000)) == 0;
}

static void say(script *s, frond_stream *stream, const step *now) {
    static char text[300000];
    size_t n = 0, len = now->len ? now->len : strlen(now->text);
    for (size_t i = 0; i < len && n < sizeof text - 40; i++)
        if (now->text[i] == '@' && !now->len)
            n += (size_t)sprintf(text + n, "127.0.0.1:%d", s->port);
        else
            text[n++] = now->text[i];
    if (!now->pause_ms) {
        char *copy = malloc(n + 1);
        memcpy(copy, text, n);
        frond_write(stream, copy, n, NULL, frond_in(5000));
        free(copy);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        if (frond_write(stream, now->text + i, 1, NULL, frond_in(5000)) < 0)
            return;
        frond_sleep(now->pause_ms);
    }
}

static void serve(script *s, frond_stream *stream) {
    frond_reader *r = frond_reader_new(stream, 0);
    for (;;) {
        if (s->steps->text && s->steps->close == 2) {
            s->steps++;
            break;
        }
        if (!read_request(s, r) || !s->steps->text)
            break;
        const step *now = s->steps++;
        frond_sleep(now->delay_ms);
        say(s, stream, now);
        if (now->close)
            break;
    }
    frond_reader_free(r);
}

static void *run_connection(void *arg) {
    connection *c = arg;
    script *s = c->owner;
    s->open++;
    s->most_open = s->open > s->most_open ? s->open : s->most_open;
    serve(s, c->stream);
    s->open--;
    frond_stream_free(c->stream);
    free(c);
    return NULL;
}

static void *accept_all(void *arg) {
    script *s = arg;
    frond_greenlet *g[CONNECTIONS];
    int n = 0;
    frond_stream *stream;
    while (n < CONNECTIONS && frond_accept(s->listener, &stream, FROND_NEVER) == 0) {
        connection *c = malloc(sizeof *c);
        *c = (connection){s, stream};
        s->connections++;
        g[n++] = frond_spawn(run_connection, c);
    }
    frond_shield_begin(10000);
    for (int i = 0; i < n; i++) {
        frond_sleep(0); /* one that has not run yet owns its stream */
        frond_kill(g[i], FROND_EXIT, FROND_NEVER);
        frond_release(g[i]);
    }
    frond_shield_end();
    return NULL;
}

void script_start(script *s, const step *steps) {
    frond_addr where;
    memset(s, 0, sizeof *s);
    s->steps = steps;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, NULL, &s->listener), 0);
    frond_listener_addr(s->listener, &where);
    s->port = where.port;
    s->greenlet = frond_spawn(accept_all, s);
}

void script_stop(script *s) {
    frond_kill(s->greenlet, FROND_EXIT, FROND_NEVER);
    frond_release(s->greenlet);
    frond_listener_free(s->listener);
}

const char *script_url(const script *s, const char *path) {
    static char urls[4][300];
    static int next;
    char *url = urls[next++ % 4];
    snprintf(url, sizeof urls[0], "http://127.0.0.1:%d%s", s->port, path);
    return url;
}
