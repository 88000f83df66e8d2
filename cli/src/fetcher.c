/* SPDX-License-Identifier: MIT */
/* One URL: its attempts, its body to the hash and the file, its result. */
#include "command.h"
#include "fetch.h"

#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { CHUNK = 32 * 1024, FIRST_BACKOFF_MS = 200, MOST_BACKOFF_MS = 10000 };

struct fetcher {
    const fetch_options *options;
    frond_http_client *client;
    frond_resolver *resolver;
    frond_tls_context *tls;
};

fetcher *fetcher_new(const fetch_options *o) {
    fetcher *f = frond_calloc(1, sizeof *f);
    if (!f)
        goto fail;
    f->options = o;
    frond_resolver_options names = {.servers = o->nameserver};
    frond_tls_options tls = {.ca_file = o->cacert, .insecure = o->insecure};
    if (frond_resolver_new(&names, &f->resolver) < 0 ||
        frond_tls_context_new(&tls, &f->tls) < 0)
        goto fail;
    frond_http_options http = {.tls = f->tls,
                               .resolver = f->resolver,
                               .per_host = (size_t)o->per_host,
                               .max_idle = (size_t)o->concurrency,
                               .connect_ms = (uint64_t)o->connect_timeout_ms,
                               .max_redirects = o->max_redirects ? o->max_redirects : -1,
                               .user_agent = o->user_agent,
                               .max_body = o->max_body > 0 ? (uint64_t)o->max_body : 0};
    if (frond_http_client_new(&http, &f->client) < 0)
        goto fail;
    return f;

fail:
    complain("%s", frond_error_text());
    fetcher_free(f);
    return NULL;
}

void fetcher_free(fetcher *f) {
    if (!f)
        return;
    frond_http_client_free(f->client);
    frond_tls_context_free(f->tls);
    frond_resolver_free(f->resolver);
    frond_free(f);
}

void fetch_result_free(fetch_result *r) {
    frond_free(r->url);
    frond_free(r->final_url);
    frond_free(r->error);
    *r = (fetch_result){0};
}

static double ms(int64_t ns) {
    return ns < 0 ? -1 : (double)ns / 1e6;
}

static void take_timing(fetch_result *result, const frond_http_response *r) {
    frond_http_timing t;
    frond_http_timing_get(r, &t);
    result->dns_ms = ms(t.dns_ns);
    result->connect_ms = ms(t.connect_ns);
    result->tls_ms = ms(t.tls_ns);
    result->first_byte_ms = ms(t.first_byte_ns);
    result->reused = t.reused != 0;
    if (t.remote.family)
        frond_addr_format(&t.remote, result->remote, sizeof result->remote);
}

static void take_hash(fetch_result *result, EVP_MD_CTX *hash) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!hash || EVP_DigestFinal_ex(hash, digest, &n) != 1)
        return;
    for (unsigned i = 0; i < n && i < 32; i++)
        snprintf(result->sha256 + 2 * i, 3, "%02x", digest[i]);
}

/* The body to where it goes: 0 or an error. */
static int take_body(fetcher *f, frond_http_response *r, const char *url,
                     fetch_result *result, frond_deadline d) {
    char *buf = frond_buffer_alloc(CHUNK);
    save *file = NULL;
    EVP_MD_CTX *hash = f->options->json ? EVP_MD_CTX_new() : NULL;
    int64_t n = buf ? 0 : FROND_ENOMEM;
    bool ok = result->status >= 200 && result->status < 300;
    if (hash)
        EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    if (n == 0 && ok && f->options->output)
        n = save_begin(f->options->output, url, &file);
    while (n >= 0 && (n = frond_http_read(r, buf, CHUNK, d)) > 0) {
        result->bytes += (uint64_t)n;
        if (f->options->max_body == 0)
            n = frond_fail_text(FROND_EHTTP_BODY_SIZE, "body over the limit of 0 bytes");
        else if (hash)
            EVP_DigestUpdate(hash, buf, (size_t)n);
        if (n > 0 && file) {
            int rc = save_write(&file, buf, (size_t)n, d);
            n = rc < 0 ? rc : n;
        }
    }
    if (n == 0 && file) {
        n = save_commit(file, d);
        file = NULL;
    }
    if (n == 0)
        take_hash(result, hash);
    save_abandon(file);
    EVP_MD_CTX_free(hash);
    frond_buffer_free(buf);
    return (int)n;
}

typedef struct {
    bool again;
    uint64_t after_ms;
} verdict;

static bool is_passing(int code) {
    switch (code) {
    case FROND_ECONNREFUSED:
    case FROND_ECONNRESET:
    case FROND_ECONNABORTED:
    case FROND_EPIPE:
    case FROND_EHOSTUNREACH:
    case FROND_ENETUNREACH:
    case FROND_ENETDOWN:
    case FROND_ETIMEDOUT:
    case FROND_EDNS_SERVFAIL:
    case FROND_EDNS_NOSERVER:
    case FROND_EHTTP_TRUNCATED:
    case FROND_ETLS_TRUNCATED:
        return true;
    default:
        return false;
    }
}

static int attempt(fetcher *f, const char *url, fetch_result *result, verdict *v,
                   frond_deadline d) {
    frond_http_request q = {.url = url, .headers = f->options->headers};
    frond_http_response *r;
    result->status = 0;
    result->bytes = 0;
    *v = (verdict){0};
    int rc = frond_http_open(f->client, &q, &r, d);
    if (rc < 0) {
        v->again = is_passing(rc);
        return rc;
    }
    result->status = frond_http_status(r);
    take_timing(result, r);
    frond_free(result->final_url);
    result->final_url = frond_strndup(frond_http_url(r), strlen(frond_http_url(r)));
    int64_t length = frond_http_length(r), most = f->options->max_body;
    rc = most >= 0 && length > most
             ? frond_fail_text(FROND_EHTTP_BODY_SIZE, "body over the limit of %lld bytes",
                               (long long)most)
             : take_body(f, r, url, result, d);
    bool busy = result->status == 429 || (result->status >= 502 && result->status <= 504);
    v->again = rc < 0 ? is_passing(rc) : busy;
    v->after_ms = rc == 0 && busy ? frond_http_retry_after(r) : 0;
    frond_http_response_free(r);
    return rc;
}

/* Waits before the next attempt; false when there is no time for it. */
static bool back_off(const verdict *v, int attempts, frond_deadline d) {
    uint64_t wait = FIRST_BACKOFF_MS;
    for (int i = 1; i < attempts && wait < MOST_BACKOFF_MS; i++)
        wait *= 2;
    if (v->after_ms > wait)
        wait = v->after_ms;
    if ((uint64_t)frond_remaining(d) / 1000000 <= wait)
        return false;
    return frond_sleep(wait) == 0;
}

bool fetcher_run(fetcher *f, const char *url, fetch_result *result) {
    frond_deadline d = frond_in((uint64_t)f->options->timeout_ms);
    int64_t start = frond_now();
    verdict v;
    *result = (fetch_result){.dns_ms = -1,
                             .connect_ms = -1,
                             .tls_ms = -1,
                             .first_byte_ms = -1,
                             .pid = (int64_t)uv_os_getpid()};
    result->url = frond_strndup(url, strlen(url));
    int rc;
    char *error = NULL;
    for (int attempts = 1;; attempts++) {
        rc = attempt(f, url, result, &v, d);
        if (rc < 0) {
            frond_free(error);
            error = frond_strndup(frond_error_text(), strlen(frond_error_text()));
        }
        if (rc == FROND_ECANCELED || !v.again || attempts > f->options->retries ||
            !back_off(&v, attempts, d))
            break;
    }
    result->total_ms = (double)(frond_now() - start) / 1e6;
    result->code = rc;
    result->ok = rc == 0 && result->status >= 200 && result->status < 300;
    if (rc < 0)
        result->error = error;
    else
        frond_free(error);
    return rc != FROND_ECANCELED;
}
