/* SPDX-License-Identifier: MIT */
/* What `frond serve` serves: pages that it makes up, or the files of a folder, over HTTP and HTTPS. */
#include "serve.h"

#include <frond/impl/memory.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- answers ---- */

/* N of "/page/N", 0 for any other path. */
static long page_of(const char *target) {
    char *end;
    if (strncmp(target, "/page/", 6) != 0 || target[6] < '1' || target[6] > '9')
        return 0;
    long i = strtol(target + 6, &end, 10);
    return *end == '\0' || *end == '?' ? i : 0;
}

static void answer_page(frond_http_exchange *x, long i, long n) {
    static const char *const headers[] = {"Content-Type: text/html; charset=utf-8", NULL};
    size_t len;
    char *text = make_page(i, n, &len);
    if (text)
        frond_http_respond(x, 200, headers, text, len, frond_in(60000));
    frond_free(text);
}

static void handle(frond_http_exchange *x, void *arg) {
    static const char *const plain[] = {"Content-Type: text/plain", NULL};
    const site *s = arg;
    long i = page_of(frond_http_target(x));
    bool reads = strcmp(frond_http_method(x), "GET") == 0 ||
                 strcmp(frond_http_method(x), "HEAD") == 0;
    if (s->o->delay_ms)
        frond_sleep((uint64_t)s->o->delay_ms);
    if (reads && i > 0 && i <= s->o->pages)
        answer_page(x, i, s->o->pages);
    else if (reads && !s->o->dir && strcmp(frond_http_target(x), "/") == 0)
        frond_http_respond(x, 200, plain, "frond serve\n", 12, frond_in(60000));
    else if (s->o->dir)
        frond_http_respond_file(x, s->o->dir, frond_in(60000));
    else
        frond_http_respond(x, reads ? 404 : 405, plain,
                           reads ? "not found\n" : "only GET and HEAD\n", reads ? 10 : 18,
                           frond_in(60000));
}

/* ---- starting and stopping ---- */

static int start_one(site *s, frond_listener **l, frond_tls_context *tls,
                     frond_http_server **out) {
    frond_http_server_options o = {.tls = tls, .shared = s->o->jobs > 1};
    if (!*l)
        return 0;
    int rc = frond_http_server_start(*l, handle, s, &o, out);
    if (rc == 0)
        *l = NULL; /* the server's */
    return rc;
}

int site_start(site *s, const serve_options *o, const frond_tls_options *who,
               frond_listener *listeners[SITE_LISTENERS]) {
    *s = (site){.o = o};
    int rc = listeners[SITE_HTTPS] ? frond_tls_context_new(who, &s->tls) : 0;
    if (rc == 0)
        rc = start_one(s, &listeners[SITE_HTTP], NULL, &s->http);
    if (rc == 0)
        rc = start_one(s, &listeners[SITE_HTTPS], s->tls, &s->https);
    return rc;
}

int site_stop(site *s, frond_deadline d) {
    int plain = s->http ? frond_http_server_stop(s->http, d) : 0;
    int secure = s->https ? frond_http_server_stop(s->https, d) : 0;
    frond_http_server_free(s->http);
    frond_http_server_free(s->https);
    frond_tls_context_free(s->tls);
    return plain < 0 ? plain : secure;
}
