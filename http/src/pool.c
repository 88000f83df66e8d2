/* SPDX-License-Identifier: MIT */
/* The client's connections: so many to one host at a time, and so many idle ones in all, the oldest
 * of which goes first.  An origin that nobody uses and that has no idle connection is forgotten, so
 * fetching from millions of hosts takes no more memory than from a few. */
#include "client.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/figures.h>
#include <frond/impl/memory.h>
#include <string.h>

static size_t bucket(const char *key) {
    uint32_t hash = 2166136261U;
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 16777619U;
    return hash % FROND__HTTP_BUCKETS;
}

static frond__http_host *host_of(frond_http_client *c, const char *name) {
    frond__http_host **link = &c->hosts[bucket(name)], *h = *link;
    while (h && strcmp(h->name, name) != 0)
        h = h->next;
    if (!h && (h = frond_calloc(1, sizeof *h + strlen(name) + 1))) {
        memcpy(h->name, name, strlen(name) + 1);
        h->room.count = c->options.per_host;
        h->next = *link;
        *link = h;
    }
    return h;
}

static void host_leave(frond_http_client *c, frond__http_host *h) {
    if (--h->users)
        return;
    frond__http_host **link = &c->hosts[bucket(h->name)];
    while (*link != h)
        link = &(*link)->next;
    *link = h->next;
    frond_free(h);
}

static frond__http_origin *origin_of(frond_http_client *c, const frond_url *url) {
    char *key = frond_url_text(url, FROND_URL_ORIGIN);
    if (!key)
        return NULL;
    frond__http_origin **link = &c->origins[bucket(key)], *o = *link;
    while (o && strcmp(o->key, key) != 0)
        o = o->next;
    if (!o && (o = frond_calloc(1, sizeof *o + strlen(key) + 1))) {
        memcpy(o->key, key, strlen(key) + 1);
        o->client = c;
        o->next = *link;
        *link = o;
    }
    frond_free(key);
    return o;
}

static void origin_forget(frond__http_origin *o) {
    if (o->users || o->idle)
        return;
    frond__http_origin **link = &o->client->origins[bucket(o->key)];
    while (*link != o)
        link = &(*link)->next;
    *link = o->next;
    frond_free(o);
}

static void conn_free(frond__http_conn *conn) {
    frond_figure_add(FROND_FIGURE_HTTP_CONNECTIONS, -1);
    frond_stream_free(conn->input.stream);
    frond_free(conn->input.buf);
    frond_free(conn);
}

/* Takes an idle connection out of both lists. */
static void unlink_idle(frond__http_conn *conn) {
    frond__http_origin *o = conn->origin;
    frond_http_client *c = o->client;
    frond__http_conn **link = &o->idle;
    while (*link != conn)
        link = &(*link)->next;
    *link = conn->next;
    if (conn->older)
        conn->older->newer = conn->newer;
    else
        c->oldest = conn->newer;
    if (conn->newer)
        conn->newer->older = conn->older;
    else
        c->newest = conn->older;
    conn->next = conn->older = conn->newer = NULL;
    c->idle--;
}

static void drop_idle(frond__http_conn *conn) {
    frond__http_origin *o = conn->origin;
    unlink_idle(conn);
    conn_free(conn);
    origin_forget(o);
}

static void drop_stale(frond_http_client *c) {
    int64_t since = frond_now() - (int64_t)c->options.idle_ms * 1000000;
    while (c->oldest && c->oldest->idle_since < since)
        drop_idle(c->oldest);
}

/* Name, connect and handshake are timed here. */
static int dial(frond_http_client *c, const frond_url *url, frond__http_conn *conn,
                frond_deadline d) {
    int64_t start = frond_now(), resolved = start;
    frond_connect_options options = {.resolver = c->options.resolver,
                                     .resolved_at = &resolved};
    bool tls = strcmp(url->scheme, "https") == 0;
    int rc = frond_tcp_connect(url->dial, url->port, &options, &conn->input.stream, d);
    if (rc < 0)
        return rc;
    int64_t connected = frond_now();
    frond_stream_peer(conn->input.stream, &conn->timing.remote);
    conn->timing.dns_ns = resolved - start;
    conn->timing.connect_ns = connected - resolved;
    conn->timing.tls_ns = -1;
    if (!tls)
        return 0;
    frond_stream *secured;
    rc = frond_tls_client(conn->input.stream, url->host, c->options.tls, &secured, d);
    if (rc < 0)
        return rc;
    conn->input.stream = secured;
    conn->timing.tls_ns = frond_now() - connected;
    return 0;
}

static int connect_new(frond_http_client *c, const frond_url *url, frond__http_conn **out,
                       frond_deadline d) {
    frond__http_conn *conn = frond_calloc(1, sizeof *conn);
    if (!conn)
        return frond_fail_set(FROND_ENOMEM, "http");
    frond_figure_add(FROND_FIGURE_HTTP_CONNECTIONS, 1);
    if (c->options.connect_ms)
        d = frond_earlier(d, frond_in(c->options.connect_ms));
    int rc = dial(c, url, conn, d);
    if (rc < 0) {
        conn_free(conn);
        return rc;
    }
    frond_figure_add(FROND_FIGURE_HTTP_OPENED, 1);
    *out = conn;
    return 0;
}

static int wait_for_room(frond__http_host *h, frond_deadline d) {
    int rc = frond_semaphore_acquire(&h->room, d);
    return rc < 0 ? frond_fail_text(rc, "wait for other requests to %s: %s", h->name,
                                    frond_error_message(rc))
                  : 0;
}

int frond__http_checkout(frond_http_client *c, const frond_url *url, bool fresh,
                         frond__http_conn **out, frond_deadline d) {
    drop_stale(c);
    frond__http_host *h = host_of(c, url->host);
    if (!h)
        return frond_fail_set(FROND_ENOMEM, "http");
    c->refs++;
    h->users++;
    int rc = wait_for_room(h, d);
    if (rc < 0)
        goto leave_host;
    frond__http_origin *o = origin_of(c, url);
    if (!o) {
        rc = frond_fail_set(FROND_ENOMEM, "http");
        goto give_room;
    }
    o->users++;
    frond__http_conn *conn = fresh ? NULL : o->idle;
    if (conn) {
        unlink_idle(conn);
        conn->timing.dns_ns = conn->timing.connect_ns = conn->timing.tls_ns = -1;
        conn->timing.reused = 1;
        frond_figure_add(FROND_FIGURE_HTTP_REUSED, 1);
    } else if ((rc = connect_new(c, url, &conn, d)) < 0) {
        goto leave_origin;
    }
    conn->origin = o;
    conn->host = h;
    *out = conn;
    return 0;

leave_origin:
    o->users--;
    origin_forget(o);
give_room:
    frond_semaphore_release(&h->room);
leave_host:
    host_leave(c, h);
    frond__http_client_unref(c);
    return rc;
}

void frond__http_checkin(frond__http_conn *conn, bool reusable) {
    frond__http_origin *o = conn->origin;
    frond__http_host *h = conn->host;
    frond_http_client *c = o->client;
    reusable = reusable && !c->freed && conn->input.start == conn->input.end;
    if (reusable) {
        if (conn->input.cap > 64 * 1024) { /* a long head grew it */
            frond_free(conn->input.buf);
            conn->input = (frond__http_input){.stream = conn->input.stream};
        }
        conn->input.start = conn->input.end = 0;
        conn->idle_since = frond_now();
        conn->next = o->idle;
        o->idle = conn;
        conn->older = c->newest;
        if (c->newest)
            c->newest->newer = conn;
        else
            c->oldest = conn;
        c->newest = conn;
        if (++c->idle > c->options.max_idle)
            drop_idle(c->oldest); /* perhaps this one: `users` still keeps the origin */
    } else {
        conn_free(conn);
    }
    o->users--;
    origin_forget(o);
    frond_semaphore_release(&h->room);
    host_leave(c, h);
    frond__http_client_unref(c);
}

void frond__http_pool_close(frond_http_client *c) {
    while (c->oldest)
        drop_idle(c->oldest);
}
