/* SPDX-License-Identifier: MIT */
/* What was agreed upon before, to be used again: the sessions that clients keep, by name, and the tickets of
 * servers.  A session of TLS 1.3 is used once, so that nobody who watches can tell two connections to be of
 * one client (RFC 8446, C.4). */
#include "context.h"
#include "engine.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum {
    SESSIONS = 1000,
    OF_ONE_NAME = 16, /* a server that gives many must not push out all others */
    LEAST_SECRET = 32
};

struct frond__tls_kept {
    frond__tls_kept *newer, *older; /* of all */
    frond__tls_kept *next;          /* of the same hash, older */
    SSL_SESSION *session;
    char name[];
};

/* ---- those of a client; all under the context's lock ---- */

static frond__tls_kept **named(frond__tls_sessions *all, const char *name) {
    uint32_t h = 2166136261u;
    for (const char *p = name; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    return &all->named[h % (sizeof all->named / sizeof all->named[0])];
}

static frond__tls_kept *detach(frond__tls_sessions *all, frond__tls_kept *k) {
    frond__tls_kept **at = named(all, k->name);
    while (*at != k)
        at = &(*at)->next;
    *at = k->next;
    *(k->newer ? &k->newer->older : &all->newest) = k->older;
    *(k->older ? &k->older->newer : &all->oldest) = k->newer;
    all->count--;
    return k;
}

static void drop(frond__tls_sessions *all, frond__tls_kept *k) {
    SSL_SESSION_free(detach(all, k)->session);
    frond_free(k);
}

static frond__tls_kept *find(frond__tls_sessions *all, const char *name) {
    frond__tls_kept *k = *named(all, name);
    while (k && strcmp(k->name, name) != 0)
        k = k->next;
    return k;
}

/* Drops the oldest of a name that has too many, or of all. */
static void make_room(frond__tls_sessions *all, const char *name) {
    frond__tls_kept *last = NULL;
    int n = 0;
    for (frond__tls_kept *k = *named(all, name); k; k = k->next)
        if (strcmp(k->name, name) == 0) {
            last = k;
            n++;
        }
    if (n >= OF_ONE_NAME)
        drop(all, last);
    while (all->count && all->count >= all->most)
        drop(all, all->oldest);
}

void frond__tls_session_name(char *out, size_t cap, const char *host, int port) {
    snprintf(out, cap, "%s:%d", host, port);
}

bool frond__tls_session_put(frond_tls_context *c, const char *name,
                            SSL_SESSION *session) {
    frond__tls_sessions *all = &c->sessions;
    size_t n = strlen(name) + 1;
    frond__tls_kept *k = frond_calloc(1, sizeof *k + n);
    if (!k)
        return false;
    memcpy(k->name, name, n);
    k->session = session;
    uv_mutex_lock(&c->lock);
    bool wanted = all->most > 0;
    if (wanted) {
        make_room(all, name);
        k->next = *named(all, name);
        *named(all, name) = k;
        k->older = all->newest;
        *(k->older ? &k->older->newer : &all->oldest) = k;
        all->newest = k;
        all->count++;
    }
    uv_mutex_unlock(&c->lock);
    if (!wanted)
        frond_free(k);
    return wanted;
}

SSL_SESSION *frond__tls_session_take(frond_tls_context *c, const char *name) {
    SSL_SESSION *session = NULL;
    uv_mutex_lock(&c->lock);
    frond__tls_kept *k = find(&c->sessions, name);
    if (k && SSL_SESSION_up_ref(k->session)) {
        session = k->session;
        if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION)
            drop(&c->sessions, k);
    }
    uv_mutex_unlock(&c->lock);
    return session;
}

void frond__tls_session_drop(frond_tls_context *c, const char *name) {
    frond__tls_kept *k;
    uv_mutex_lock(&c->lock);
    while ((k = name ? find(&c->sessions, name) : c->sessions.newest))
        drop(&c->sessions, k);
    uv_mutex_unlock(&c->lock);
}

int frond__tls_keep_session(SSL *ssl, SSL_SESSION *session) {
    frond__tls *t = SSL_get_app_data(ssl);
    if (SSL_is_server(ssl) || !t || !t->session_name)
        return 0;
    return frond__tls_session_put(t->context, t->session_name, session);
}

/* ---- in and out ---- */

int frond_tls_session_save(frond_tls_context *c, const char *host, int port, void **data,
                           size_t *len) {
    char name[300];
    unsigned char *der = NULL;
    if (!c || !host || !data || !len)
        return frond_fail_set(FROND_EINVAL, "tls session");
    frond__tls_session_name(name, sizeof name, host, port);
    SSL_SESSION *session = frond__tls_session_take(c, name);
    if (!session)
        return frond_fail_text(FROND_ENOENT, "tls session of %s: none is kept", name);
    int n = i2d_SSL_SESSION(session, &der);
    SSL_SESSION_free(session);
    if (n > 0 && (*data = frond_alloc((size_t)n)))
        memcpy(*data, der, *len = (size_t)n);
    OPENSSL_clear_free(der, n > 0 ? (size_t)n : 0);
    return n > 0 && *data ? 0 : frond_fail_set(FROND_ENOMEM, "tls session");
}

static bool keeps_any(frond_tls_context *c) {
    uv_mutex_lock(&c->lock);
    bool any = c->sessions.most > 0;
    uv_mutex_unlock(&c->lock);
    return any;
}

int frond_tls_session_load(frond_tls_context *c, const char *host, int port,
                           const void *data, size_t len) {
    char name[300];
    const unsigned char *der = data;
    if (!c || !host || !data)
        return frond_fail_set(FROND_EINVAL, "tls session");
    if (!keeps_any(c))
        return frond_fail_set(FROND_ENOTSUP, "tls session");
    ERR_clear_error();
    frond__tls_session_name(name, sizeof name, host, port);
    SSL_SESSION *session = d2i_SSL_SESSION(NULL, &der, (long)len);
    if (!session)
        return frond__tls_fail(FROND_ETLS_CONFIG, "session");
    if (frond__tls_session_put(c, name, session))
        return 0;
    SSL_SESSION_free(session);
    return frond_fail_set(FROND_ENOMEM, "tls session");
}

/* ---- those of a server ---- */

/* As many bytes as OpenSSL wants, out of as many as there are. */
static bool set_tickets(SSL_CTX *ssl, const void *secret, size_t len) {
    unsigned char keys[2 * EVP_MAX_MD_SIZE];
    long n = SSL_CTX_set_tlsext_ticket_keys(ssl, NULL, 0);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && n > 0 && n <= (long)sizeof keys;
    for (unsigned char i = 0; ok && i < 2; i++)
        ok = EVP_DigestInit(md, EVP_sha512()) == 1 && EVP_DigestUpdate(md, &i, 1) == 1 &&
             EVP_DigestUpdate(md, secret, len) == 1 &&
             EVP_DigestFinal(md, keys + i * EVP_MAX_MD_SIZE, NULL) == 1;
    ok = ok && SSL_CTX_set_tlsext_ticket_keys(ssl, keys, n) == 1;
    EVP_MD_CTX_free(md);
    OPENSSL_cleanse(keys, sizeof keys);
    return ok;
}

/* A session is good only where the same is asked of clients: this is what they are told apart by. */
static bool set_id(SSL_CTX *ssl) {
    unsigned char digest[EVP_MAX_MD_SIZE], part[EVP_MAX_MD_SIZE];
    unsigned n;
    STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ssl));
    X509 *own = SSL_CTX_get0_certificate(ssl);
    int mode = SSL_CTX_get_verify_mode(ssl);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestInit(md, EVP_sha256()) == 1 &&
              EVP_DigestUpdate(md, &mode, sizeof mode) == 1;
    if (ok && own)
        ok = X509_digest(own, EVP_sha256(), part, &n) && EVP_DigestUpdate(md, part, n);
    for (int i = 0; ok && mode != SSL_VERIFY_NONE && i < sk_X509_OBJECT_num(all); i++) {
        X509 *ca = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
        ok = !ca ||
             (X509_digest(ca, EVP_sha256(), part, &n) && EVP_DigestUpdate(md, part, n));
    }
    ok = ok && EVP_DigestFinal(md, digest, &n) == 1 &&
         SSL_CTX_set_session_id_context(ssl, digest, n) == 1;
    EVP_MD_CTX_free(md);
    return ok;
}

int frond__tls_set_sessions(frond__tls_settings *s, const frond_tls_options *o) {
    SSL_CTX *ssl = s->ssl;
    long store = s->has_certificate ? 0 : SSL_SESS_CACHE_NO_INTERNAL_STORE;
    if (o->ticket_secret && o->ticket_secret_len < LEAST_SECRET)
        return frond_fail_text(FROND_EINVAL, "tls ticket secret: at least %d bytes",
                               LEAST_SECRET);
    s->sessions = o->no_sessions ? 0 : o->sessions ? o->sessions : SESSIONS;
    if (o->no_sessions) {
        SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(ssl, 0);
    } else {
        SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_BOTH | store);
        SSL_CTX_sess_set_cache_size(ssl, (long)s->sessions);
        SSL_CTX_sess_set_new_cb(ssl, frond__tls_keep_session);
    }
    if (!set_id(ssl) ||
        (o->ticket_secret && !set_tickets(ssl, o->ticket_secret, o->ticket_secret_len)))
        return frond__tls_fail(FROND_ENOMEM, "context");
    return 0;
}
