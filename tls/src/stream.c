/* SPDX-License-Identifier: MIT */
/* TLS as a stream: handshake, reading, writing, closing. */
#include "engine.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <limits.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

enum { RECORD = 16 * 1024 /* most plaintext in one */ };

static frond__tls *tls_of(const frond_stream *s) {
    return (frond__tls *)(uintptr_t)s;
}

/* ---- reading ---- */

typedef struct {
    void *buf;
    size_t cap;
} read_call;

static int call_read(frond__tls *t, void *arg) {
    read_call *c = arg;
    return SSL_read(t->ssl, c->buf, c->cap > INT_MAX ? INT_MAX : (int)c->cap);
}

static int64_t tls_read(frond_stream *s, void *buf, size_t cap, frond_deadline d) {
    frond__tls *t = tls_of(s);
    read_call c = {buf, cap};
    if (t->received_close)
        return 0;
    return frond__tls_drive(t, call_read, &c, "read from", true, d);
}

/* ---- writing ---- */

typedef struct {
    const char *data;
    size_t len;
    bool begun; /* the last attempt has left an encrypted record with OpenSSL */
} write_call;

/* SSL_want_write is asked at once: a reader's call in between would change its answer. */
static int call_write(frond__tls *t, void *arg) {
    write_call *c = arg;
    int n = SSL_write(t->ssl, c->data, (int)c->len);
    c->begun = n <= 0 && SSL_want_write(t->ssl);
    return n;
}

/* A record whose sending was interrupted was counted as written: it goes first.  OpenSSL has it
 * already and looks at the length only. */
static int finish_record(frond__tls *t, frond_deadline d) {
    static const char nothing[RECORD];
    while (t->pending) {
        write_call c = {nothing, t->pending, false};
        int n = frond__tls_drive(t, call_write, &c, "write to", false, d);
        if (n <= 0)
            return n < 0 ? n : FROND_EPIPE;
        t->pending -= (size_t)n;
    }
    return frond__tls_transport_flush(&t->transport, d);
}

static int write_record(frond__tls *t, const char *data, size_t len, size_t *written,
                        frond_deadline d) {
    write_call c = {data, len, false};
    int n = frond__tls_drive(t, call_write, &c, "write to", false, d);
    if (n > 0) {
        *written += (size_t)n;
        return n;
    }
    if (n == 0)
        return frond_fail_set(FROND_EPIPE, "tls write");
    if (t->transport.direct && !t->broken && c.begun) {
        t->pending = len; /* encrypted, partly sent: law 2 */
        *written += len;
    }
    return n;
}

static int tls_write(frond_stream *s, const frond_buf *bufs, size_t n, size_t *written,
                     frond_deadline d) {
    frond__tls *t = tls_of(s);
    char gathered[RECORD / 4]; /* small parts share a record */
    int rc = finish_record(t, d);
    for (size_t i = 0, at = 0; rc >= 0 && i < n;) {
        if (*written && (rc = finish_record(t, d)) < 0)
            break; /* a buffer takes anything: one record at a time is left in it */
        const char *data = (const char *)bufs[i].data + at;
        size_t len = bufs[i].len - at;
        if (len == 0) {
            i++;
            at = 0;
            continue;
        }
        if (len > RECORD)
            len = RECORD;
        size_t taken = 0, j = i, from = at;
        while (n > 1 && j < n && taken + (bufs[j].len - from) <= sizeof gathered) {
            memcpy(gathered + taken, (const char *)bufs[j].data + from,
                   bufs[j].len - from);
            taken += bufs[j].len - from;
            from = 0;
            j++;
        }
        if (j > i + 1) {
            rc = write_record(t, gathered, taken, written, d);
        } else {
            rc = write_record(t, data, len, written, d);
        }
        size_t sent = rc > 0 ? (size_t)rc : 0;
        while (sent) { /* step over what went out */
            size_t here = bufs[i].len - at < sent ? bufs[i].len - at : sent;
            sent -= here;
            at += here;
            if (at == bufs[i].len) {
                i++;
                at = 0;
            }
        }
    }
    if (rc == FROND_ETIMEDOUT && !t->broken) {
        size_t all = 0;
        for (size_t i = 0; i < n; i++)
            all += bufs[i].len;
        if (*written == all && all)
            rc = 0; /* all of it is under way */
    }
    return rc < 0 ? rc : 0;
}

/* ---- ending ---- */

static int call_shutdown(frond__tls *t, void *arg) {
    (void)arg;
    int rc = SSL_shutdown(t->ssl);
    return rc == 0 ? 1 : rc; /* ours is sent; the peer's is a reader's business */
}

static int tls_shutdown(frond_stream *s, frond_deadline d) {
    frond__tls *t = tls_of(s);
    int rc = finish_record(t, d);
    if (rc >= 0)
        rc = frond__tls_drive(t, call_shutdown, NULL, "shutdown", false, d);
    if (rc >= 0)
        rc = frond__tls_transport_flush(&t->transport, d);
    return rc < 0 ? rc : 0;
}

/* Says goodbye if that needs no waiting. */
static void tls_close(frond_stream *s) {
    frond__tls *t = tls_of(s);
    if (!t->broken && !s->shut && !t->pending && SSL_is_init_finished(t->ssl)) {
        ERR_clear_error();
        SSL_shutdown(t->ssl);
        ERR_clear_error();
        if (t->transport.out.end > t->transport.out.start && !t->transport.flushing)
            frond__tls_transport_flush(&t->transport, FROND_NOW);
    }
    frond_close(t->transport.under);
}

static void tls_destroy(frond_stream *s) {
    frond__tls *t = tls_of(s);
    SSL_free(t->ssl);
    frond__tls_transport_free(&t->transport);
    frond_stream_free(t->transport.under);
    frond_tls_context_free(t->context);
    frond_free(t);
}

static int tls_address(const frond_stream *s, int peer, frond_addr *a) {
    const frond_stream *under = tls_of(s)->transport.under;
    return peer ? frond_stream_peer(under, a) : frond_stream_local(under, a);
}

static const frond_stream_ops tls_ops = {.read = tls_read,
                                         .write = tls_write,
                                         .shutdown = tls_shutdown,
                                         .close = tls_close,
                                         .destroy = tls_destroy,
                                         .address = tls_address};

/* ---- handshake ---- */

static int call_handshake(frond__tls *t, void *arg) {
    (void)arg;
    return SSL_do_handshake(t->ssl);
}

static int attach(frond__tls *t, frond_stream *under, frond_tls_context *c,
                  const char *name) {
    frond_addr peer;
    t->context = frond_tls_context_ref(c);
    t->transport.under = under;
    t->transport.direct = under->ops->try_read != NULL && !under->extras;
    if (name)
        snprintf(t->name, sizeof t->name, "%s", name);
    else if (frond_stream_peer(under, &peer) == 0)
        frond_addr_format(&peer, t->name, sizeof t->name);
    else
        snprintf(t->name, sizeof t->name, "client");
    t->ssl = SSL_new(c->ssl);
    BIO *bio = t->ssl ? frond__tls_bio(&t->transport) : NULL;
    if (!bio)
        return frond_fail_set(FROND_ENOMEM, "tls");
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_app_data(t->ssl, t);
    return 0;
}

/* Gives the stream under it back. */
static void detach(frond__tls *t) {
    SSL_free(t->ssl);
    frond__tls_transport_free(&t->transport);
    if (t->context)
        frond_tls_context_free(t->context);
    frond_stream_undo(&t->base);
    frond_free(t);
}

/* The result of the handshake that was begun. */
static int shake_hands(frond__tls *t, frond_deadline d) {
    int rc = frond__tls_drive(t, call_handshake, NULL, "handshake with", false, d);
    if (rc > 0)
        rc = frond__tls_transport_flush(&t->transport, d);
    else if (rc == 0)
        rc = frond_fail_text(FROND_ETLS_TRUNCATED, "tls handshake with %s: closed",
                             t->name);
    if (rc >= 0 && t->transport.under->closed)
        rc = frond_fail_set(FROND_ECLOSED, "tls");
    return rc < 0 ? rc : 0;
}

static void remember_alpn(frond__tls *t) {
    const unsigned char *alpn;
    unsigned len;
    SSL_get0_alpn_selected(t->ssl, &alpn, &len);
    if (len && len < sizeof t->alpn)
        memcpy(t->alpn, alpn, len);
}

static int begin(frond_stream *under, const char *host, frond_tls_context *c, bool client,
                 frond__tls **begun) {
    frond__tls *t = frond_calloc(1, sizeof *t);
    if (!t || frond_stream_init(&t->base, &tls_ops) < 0) {
        frond_free(t);
        return frond_fail_set(FROND_ENOMEM, "tls");
    }
    int rc = attach(t, under, c, host);
    if (rc == 0 && client)
        rc = frond__tls_expect(t, host);
    if (rc < 0) {
        detach(t);
        return rc;
    }
    if (client)
        SSL_set_connect_state(t->ssl);
    else
        SSL_set_accept_state(t->ssl);
    *begun = t;
    return 0;
}

static int check(const frond_stream *under) {
    int rc = frond_home_check(&under->home);
    if (rc == 0 && under->closed)
        rc = FROND_ECLOSED;
    if (rc == 0 && (under->reading || under->writing))
        rc = FROND_EBUSY;
    return rc < 0 ? frond_fail_set(rc, "tls") : 0;
}

static int handshake_held(frond_stream *under, const char *host, frond_tls_context *c,
                          bool client, frond_stream **s, frond_deadline d) {
    frond__tls *t = NULL;
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!under || !s || !c)
        return frond_fail_set(FROND_EINVAL, "tls");
    if ((rc = check(under)) < 0 || (rc = begin(under, host, c, client, &t)) < 0)
        return rc;
    if ((rc = shake_hands(t, d)) < 0) {
        detach(t);
        return rc;
    }
    t->established = true;
    remember_alpn(t);
    *s = &t->base;
    return 0;
}

/* Somebody else may close or free `under` while this waits or gives way. */
static int handshake(frond_stream *under, const char *host, frond_tls_context *c,
                     bool client, frond_stream **s, frond_deadline d) {
    bool held = under && frond_home_check(&under->home) == 0;
    if (held)
        frond_stream_hold(under);
    int rc = handshake_held(under, host, c, client, s, d);
    if (held)
        frond_stream_let_go(under);
    return rc;
}

int frond_tls_client(frond_stream *under, const char *host, frond_tls_context *c,
                     frond_stream **s, frond_deadline d) {
    if (!host || !*host)
        return frond_fail_set(FROND_EINVAL, "tls: host name missing");
    if (!c && !(c = frond__tls_default()))
        return frond_error_code();
    return handshake(under, host, c, true, s, d);
}

int frond_tls_server(frond_stream *under, frond_tls_context *c, frond_stream **s,
                     frond_deadline d) {
    if (c && !c->has_certificate)
        return frond_fail_text(FROND_ETLS_CONFIG,
                               "tls server: the context has no certificate");
    return handshake(under, NULL, c, false, s, d);
}

int frond_tls_get_info(const frond_stream *s, frond_tls_info *info) {
    if (!s || !info || s->ops != &tls_ops || s->closed)
        return frond_fail_set(FROND_EINVAL, "tls info");
    frond__tls *t = tls_of(s);
    memset(info, 0, sizeof *info);
    info->version = SSL_get_version(t->ssl);
    info->cipher = SSL_get_cipher_name(t->ssl);
    info->resumed = SSL_session_reused(t->ssl);
    const char *name = SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name);
    info->server_name = name ? name : "";
    info->alpn = t->alpn;
    return 0;
}
