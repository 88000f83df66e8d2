/* SPDX-License-Identifier: MIT */
/* The client: one request after the other until the final response, with redirects followed, and a
 * kept connection that proves dead replaced once. */
#include "client.h"
#include "head_write.h"
#include "response.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/version.h>
#include <string.h>

enum {
    PER_HOST = 16,
    MAX_IDLE = 256,
    IDLE_MS = 30000,
    MAX_REDIRECTS = 10,
    MAX_HEAD = 64 * 1024,
    SKIP_MS = 100 /* for what is left of a body that nobody wants */
};

static void fill_defaults(frond_http_options *o) {
    o->per_host = o->per_host ? o->per_host : PER_HOST;
    o->max_idle = o->max_idle ? o->max_idle : MAX_IDLE;
    o->idle_ms = o->idle_ms ? o->idle_ms : IDLE_MS;
    o->max_redirects = o->max_redirects ? o->max_redirects : MAX_REDIRECTS;
    o->max_head = o->max_head ? o->max_head : MAX_HEAD;
}

static void release(frond_http_client *c) {
    frond_home home = c->home;
    frond_free(c->user_agent);
    frond_free(c);
    frond_home_leave(&home);
}

int frond_http_client_new(const frond_http_options *o, frond_http_client **out) {
    static const frond_http_options none;
    o = o ? o : &none;
    bool valid = out != NULL && o->max_head <= 1 << 30;
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        valid = valid && !o->reserved[i];
    if (!valid)
        return frond_fail_set(FROND_EINVAL, "http client");
    const char *agent = o->user_agent ? o->user_agent : "frond/" FROND_VERSION;
    frond_http_client *c = frond_calloc(1, sizeof *c);
    if (!c || frond_home_enter(&c->home) < 0 ||
        !(c->user_agent = frond_strndup(agent, strlen(agent)))) {
        if (c)
            release(c);
        return frond_fail_set(FROND_ENOMEM, "http client");
    }
    c->options = *o;
    fill_defaults(&c->options);
    if (c->options.tls)
        frond_tls_context_ref(c->options.tls);
    c->refs = 1;
    *out = c;
    return 0;
}

void frond__http_client_unref(frond_http_client *c) {
    if (--c->refs)
        return;
    frond__http_pool_close(c);
    if (c->options.tls)
        frond_tls_context_free(c->options.tls);
    release(c);
}

static void free_here(void *client) {
    frond_http_client *c = client;
    c->freed = true;
    frond__http_pool_close(c);
    frond__http_client_unref(c);
}

void frond_http_client_free(frond_http_client *c) {
    if (c)
        frond_home_send(&c->home, free_here, c);
}

static _Thread_local frond_http_client *own;

/* The client is handed over: at a thread's end its variables may be gone already. */
static void close_own(void *client, int child) {
    if (!child)
        frond_http_client_free(client);
    own = NULL;
}

static frond_http_client *own_client(void) {
    if (own || frond_http_client_new(NULL, &own) < 0)
        return own;
    if (frond_hub_at_close(close_own, own) < 0) {
        frond_http_client_free(own);
        own = NULL;
    }
    return own;
}

/* ---- one request ---- */

typedef struct {
    frond_http_client *client;
    const frond_http_request *request;
    const char *method; /* changes when a redirect says so */
    bool body;          /* still to be sent */
    bool body_dropped;
    bool same_origin; /* credentials may be sent */
    frond_url url;
} attempt;

static bool is_named(const char *header, const char *name) {
    size_t at = 0;
    while (name[at] && header[at] && (header[at] | 32) == (name[at] | 32))
        at++;
    return !name[at] && header[at] == ':';
}

/* What is meant for the first origin alone; its Host would be a lie to another. */
static bool is_private(const char *header) {
    static const char *const names[] = {"authorization", "cookie", "host",
                                        "proxy-authorization"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_named(header, names[i]))
            return true;
    return false;
}

/* What describes a body that a redirect has dropped. */
static bool is_about_body(const char *header) {
    static const char *const names[] = {"content-type", "content-length",
                                        "content-encoding", "content-language"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_named(header, names[i]))
            return true;
    return false;
}

static bool is_sent(const attempt *a, const char *header) {
    return (a->same_origin || !is_private(header)) &&
           !(a->body_dropped && is_about_body(header));
}

static bool has_header(const attempt *a, const char *name) {
    for (size_t i = 0; a->request->headers && a->request->headers[i]; i++)
        if (is_named(a->request->headers[i], name) && is_sent(a, a->request->headers[i]))
            return true;
    return false;
}

static int build_head(const attempt *a, frond__http_out *out) {
    char *target = frond_url_text(&a->url, FROND_URL_TARGET);
    char *host = frond_url_text(&a->url, FROND_URL_HOST);
    if (!target || !host) {
        out->result = FROND_ENOMEM;
    } else {
        frond__http_out_request(out, a->method, target);
        if (!has_header(a, "Host"))
            frond__http_out_field(out, "Host", host);
        if (!has_header(a, "User-Agent"))
            frond__http_out_field(out, "User-Agent", a->client->user_agent);
        if (!has_header(a, "Accept"))
            frond__http_out_field(out, "Accept", "*/*");
        if (!a->client->options.raw && !has_header(a, "Accept-Encoding"))
            frond__http_out_field(out, "Accept-Encoding", "gzip, deflate");
        for (size_t i = 0; a->request->headers && a->request->headers[i]; i++)
            if (is_sent(a, a->request->headers[i]))
                frond__http_out_line(out, a->request->headers[i]);
        if (a->body)
            frond__http_out_number(out, "Content-Length", a->request->body_len);
        frond__http_out_end(out);
    }
    frond_free(target);
    frond_free(host);
    return out->result < 0 ? frond_fail_text(out->result, "request: %s",
                                             out->reason ? out->reason : "out of memory")
                           : 0;
}

static bool is_idempotent(const char *method) {
    static const char *const names[] = {"GET", "HEAD",   "OPTIONS",
                                        "PUT", "DELETE", "TRACE"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(method, names[i]) == 0)
            return true;
    return false;
}

/* The server has closed a kept connection before it saw the request, as far as one can tell. */
static bool is_stale(const attempt *a, const frond__http_conn *conn, int rc) {
    bool gone = rc == FROND_ECONNRESET || rc == FROND_EPIPE || rc == FROND_ECONNABORTED ||
                rc == FROND_ETLS_TRUNCATED || rc == FROND_EHTTP_TRUNCATED ||
                rc == FROND_ENOTCONN;
    return gone && conn->timing.reused && conn->input.start == conn->input.end &&
           is_idempotent(a->method);
}

static int exchange(const attempt *a, frond__http_conn *conn, const frond__http_out *head,
                    frond_http_response *r, frond_deadline d) {
    frond_buf parts[2] = {{head->data, head->len},
                          {a->request->body, a->request->body_len}};
    int64_t sent = frond_now();
    int rc =
        frond_writev(conn->input.stream, parts, a->body && parts[1].len ? 2 : 1, NULL, d);
    if (rc < 0)
        return rc;
    rc = frond__http_response_head(r, a->method, a->client->options.max_head, d);
    conn->timing.first_byte_ns = r->first_byte ? r->first_byte - sent : -1;
    return rc;
}

/* Sends the request and reads the response's head; on success r holds the connection. */
static int perform(const attempt *a, frond_http_response *r, frond_deadline d) {
    frond__http_out head = {0};
    int rc = build_head(a, &head);
    for (int again = 0; rc == 0; again++) {
        rc = frond__http_checkout(a->client, &a->url, again > 0, &r->conn, d);
        if (rc < 0)
            break;
        rc = exchange(a, r->conn, &head, r, d);
        if (rc == 0)
            break;
        bool retry = again == 0 && is_stale(a, r->conn, rc);
        frond__http_checkin(r->conn, false);
        r->conn = NULL;
        rc = retry ? 0 : rc;
    }
    frond__http_out_free(&head);
    return rc;
}

/* ---- redirects ---- */

static bool is_redirect(const frond_http_response *r) {
    int s = r->head.status;
    return (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) &&
           frond_http_header(r, "Location") != NULL;
}

static int follow(attempt *a, const frond_http_response *r) {
    const char *location = frond_http_header(r, "Location");
    frond_url next;
    int rc = frond_url_resolve(&a->url, location, strlen(location), &next);
    if (rc < 0)
        return frond_fail_within("redirect: ");
    int s = r->head.status;
    if (s == 303 || ((s == 301 || s == 302) && strcmp(a->method, "POST") == 0)) {
        a->method = strcmp(a->method, "HEAD") == 0 ? "HEAD" : "GET";
        a->body_dropped = a->body_dropped || a->body;
        a->body = false;
    }
    a->same_origin = a->same_origin && frond_url_same_origin(&a->url, &next);
    frond_url_free(&a->url);
    a->url = next;
    return 0;
}

static int run(attempt *a, frond_http_response *r, frond_deadline d) {
    int most = a->client->options.max_redirects;
    for (int redirects = 0;; redirects++) {
        int rc = perform(a, r, d);
        if (rc < 0)
            return rc;
        r->timing = r->conn->timing;
        r->timing.redirects = redirects;
        if (most < 0 || !is_redirect(r))
            break;
        if (redirects == most)
            return frond_fail_text(FROND_EHTTP_REDIRECTS, "more than %d redirects", most);
        rc = follow(a, r);
        if (rc < 0)
            return rc;
        frond__http_response_skip(r, frond_earlier(d, frond_in(SKIP_MS)));
        frond__http_response_reset(r);
    }
    if (!(r->url = frond_url_text(&a->url, FROND_URL_PUBLIC)))
        return frond_fail_set(FROND_ENOMEM, "http");
    return frond__http_response_begin(r);
}

int frond_http_open(frond_http_client *c, const frond_http_request *q,
                    frond_http_response **out, frond_deadline d) {
    if (!q || !q->url || !out || (q->body_len && !q->body))
        return frond_fail_set(FROND_EINVAL, "http");
    if (!c && !(c = own_client()))
        return frond_error_code();
    int rc = frond_home_check(&c->home);
    if (rc < 0)
        return frond_fail_set(rc, "http");
    attempt a = {.client = c,
                 .request = q,
                 .same_origin = true,
                 .method = q->method ? q->method : "GET"};
    a.body =
        q->body != NULL || strcmp(a.method, "POST") == 0 || strcmp(a.method, "PUT") == 0;
    if ((rc = frond_url_parse(q->url, strlen(q->url), &a.url)) < 0)
        return rc;
    frond_http_response *r = frond__http_response_new(&c->options);
    c->refs++; /* somebody else may free it meanwhile */
    rc = r ? run(&a, r, d) : frond_fail_set(FROND_ENOMEM, "http");
    frond__http_client_unref(c);
    frond_url_free(&a.url);
    if (rc < 0) {
        frond_http_response_free(r);
        return rc;
    }
    *out = r;
    return 0;
}

int frond_http_do(frond_http_client *c, const frond_http_request *q,
                  frond_http_response **r, frond_deadline d) {
    int rc = frond_http_open(c, q, r, d);
    if (rc < 0)
        return rc;
    rc = frond__http_response_load(*r, d);
    if (rc < 0) {
        frond_http_response_free(*r);
        *r = NULL;
    }
    return rc;
}

int frond_http_get(const char *url, frond_http_response **r, frond_deadline d) {
    frond_http_request q = {.url = url};
    return frond_http_do(NULL, &q, r, d);
}
