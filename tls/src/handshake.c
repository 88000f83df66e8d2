/* SPDX-License-Identifier: MIT */
/* How a TLS stream comes to be: a connection of OpenSSL's over the stream beneath, and its handshake. */
#include "engine.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/figures.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

void frond__tls_greeting_free(frond__tls *t) {
    frond__tls_greeting *g = t->greeting;
    t->greeting = NULL;
    if (!g)
        return;
    frond_tls_chain_free(g->chain);
    frond_free(g->refusal_text);
    frond_free(g->alpn);
    frond_free(g->offer);
    frond_free(g);
}

void frond__tls_free(frond__tls *t) {
    SSL_free(t->ssl);
    frond__tls_greeting_free(t);
    frond__tls_transport_free(&t->transport);
    frond__tls_buffer_release(&t->early);
    frond__tls_settings_free(t->settings);
    frond__tls_settings_free(t->chosen);
    frond_tls_context_free(t->context);
    frond_free(t->name);
    frond_free(t->session_name);
    frond_free(t->alpn);
    frond_free(t);
}

/* ---- before the handshake ---- */

static char *peer_name(const frond_stream *under, const char *host) {
    char text[FROND_ADDR_TEXT] = "client";
    frond_addr peer;
    if (!host && frond_stream_peer(under, &peer) == 0)
        frond_addr_format(&peer, text, sizeof text);
    host = host ? host : text;
    return frond_strndup(host, strlen(host));
}

/* Names what a client keeps, and offers what it has kept under that name. */
static void resume(frond__tls *t, const char *host) {
    char name[300];
    frond_addr peer;
    if (t->settings->sessions == 0)
        return;
    int port = frond_stream_peer(t->transport.under, &peer) == 0 ? peer.port : 0;
    frond__tls_session_name(name, sizeof name, host, port);
    t->session_name = frond_strndup(name, strlen(name));
    SSL_SESSION *session = frond__tls_session_take(t->context, name);
    if (session)
        SSL_set_session(t->ssl, session);
    SSL_SESSION_free(session);
}

static int attach(frond__tls *t, frond_stream *under, frond_tls_context *c,
                  const char *host) {
    t->context = frond_tls_context_ref(c);
    t->settings = frond__tls_settings_of(c);
    t->transport.under = under;
    t->transport.direct = under->ops->try_read != NULL && !under->extras;
    t->name = peer_name(under, host);
    t->greeting = frond_calloc(1, sizeof *t->greeting);
    t->ssl = SSL_new(t->settings->ssl);
    BIO *bio = t->ssl ? frond__tls_bio(&t->transport) : NULL;
    if (!bio)
        return frond_fail_set(FROND_ENOMEM, "tls");
    SSL_set_bio(t->ssl, bio, bio);
    if (!t->name || !t->greeting || SSL_set_app_data(t->ssl, t) != 1)
        return frond_fail_set(FROND_ENOMEM, "tls");
    frond__tls_watch(t);
    if (t->settings->ktls)
        frond__tls_transport_offload(&t->transport);
    if (!host) {
        SSL_set_accept_state(t->ssl);
        return 0;
    }
    SSL_set_connect_state(t->ssl);
    resume(t, host);
    return frond__tls_expect(t, host);
}

/* Gives the stream under it back. */
static void detach(frond__tls *t) {
    frond_stream_undo(&t->base);
    frond__tls_free(t);
}

static int begin(frond_stream *under, const char *host, frond_tls_context *c,
                 frond__tls **begun) {
    frond__tls *t = frond_calloc(1, sizeof *t);
    if (!t || frond_stream_init(&t->base, &frond__tls_ops) < 0) {
        frond_free(t);
        return frond_fail_set(FROND_ENOMEM, "tls");
    }
    ERR_clear_error();
    int rc = attach(t, under, c, host);
    if (rc < 0) {
        detach(t);
        return rc;
    }
    *begun = t;
    return 0;
}

/* ---- the handshake ---- */

static int call_handshake(frond__tls *t, void *arg) {
    (void)arg;
    return SSL_do_handshake(t->ssl);
}

static int shake_hands(frond__tls *t, frond_deadline d) {
    int rc = frond__tls_drive(t, call_handshake, NULL, "handshake with", false, d);
    if (rc > 0)
        rc = frond__tls_drain(t, "handshake with", d);
    else if (rc == 0)
        rc = frond_fail_text(FROND_ETLS_TRUNCATED, "tls handshake with %s: closed",
                             t->name);
    if (rc >= 0 && SSL_is_server(t->ssl))
        rc = frond__tls_ask_server(t, d);
    if (rc >= 0 && t->transport.under->closed)
        rc = frond_fail_set(FROND_ECLOSED, "tls");
    return rc < 0 ? rc : 0;
}

static int remember_alpn(frond__tls *t) {
    const unsigned char *alpn;
    unsigned len;
    SSL_get0_alpn_selected(t->ssl, &alpn, &len);
    if (len && !(t->alpn = frond_strndup((const char *)alpn, len)))
        return frond_fail_set(FROND_ENOMEM, "tls");
    return 0;
}

static void count(frond__tls *t, bool done) {
    frond_tls_context *c = t->context;
    bool server = SSL_is_server(t->ssl), resumed = done && SSL_session_reused(t->ssl);
    if (!done)
        c->failed++;
    else
        ++*(server ? &c->server : &c->client);
    frond_figure_add(done ? FROND_FIGURE_TLS_HANDSHAKES : FROND_FIGURE_TLS_FAILED, 1);
    frond_figure_add(FROND_FIGURE_TLS_RESUMED, resumed);
    if (resumed)
        ++*(server ? &c->server_resumed : &c->client_resumed);
}

/* A peer that may renegotiate must show the same certificate again, also when a session was resumed. */
static void keep_for_later(frond__tls *t) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n;
    X509 *leaf = SSL_get0_peer_certificate(t->ssl);
    if (!frond__tls_rules(t)->renegotiation || SSL_version(t->ssl) >= TLS1_3_VERSION)
        frond__tls_greeting_free(t);
    else if (leaf && X509_digest(leaf, EVP_sha256(), digest, &n))
        memcpy(t->greeting->leaf, digest, sizeof t->greeting->leaf);
}

static int finish(frond__tls *t, frond_deadline d) {
    int rc = shake_hands(t, d);
    if (rc == 0)
        rc = remember_alpn(t);
    count(t, rc == 0);
    if (rc < 0 && t->session_name && t->broken) /* perhaps for what was offered */
        frond__tls_session_drop(t->context, t->session_name);
    if (rc == 0) {
        t->established = true;
        keep_for_later(t);
    }
    return rc;
}

/* ---- as a call ---- */

static int check(const frond_stream *under) {
    int rc = frond_home_check(&under->home);
    if (rc == 0 && under->closed)
        rc = FROND_ECLOSED;
    if (rc == 0 && (under->reading || under->writing))
        rc = FROND_EBUSY;
    return rc < 0 ? frond_fail_set(rc, "tls") : 0;
}

static int handshake_held(frond_stream *under, const char *host, frond_tls_context *c,
                          frond_stream **s, frond_deadline d) {
    frond__tls *t = NULL;
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!under || !s || !c)
        return frond_fail_set(FROND_EINVAL, "tls");
    if ((rc = check(under)) < 0 || (rc = begin(under, host, c, &t)) < 0)
        return rc;
    if ((rc = finish(t, d)) < 0) {
        detach(t);
        return rc;
    }
    *s = &t->base;
    return 0;
}

/* Somebody else may close or free `under`, or drop c, while this waits or gives way. */
static int handshake(frond_stream *under, const char *host, frond_tls_context *c,
                     frond_stream **s, frond_deadline d) {
    bool held = under && frond_home_check(&under->home) == 0;
    if (held)
        frond_stream_hold(under);
    int rc = handshake_held(under, host, c, s, d);
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
    return handshake(under, host, c, s, d);
}

static bool can_serve(frond_tls_context *c) {
    frond__tls_settings *s = frond__tls_settings_of(c);
    bool can = s->has_certificate || s->choose;
    frond__tls_settings_free(s);
    return can;
}

int frond_tls_server(frond_stream *under, frond_tls_context *c, frond_stream **s,
                     frond_deadline d) {
    if (c && !can_serve(c))
        return frond_fail_text(FROND_ETLS_CONFIG,
                               "tls server: the context has no certificate");
    return handshake(under, NULL, c, s, d);
}
