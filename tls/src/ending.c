/* SPDX-License-Identifier: MIT */
/* Both goodbyes, and new keys: what is neither reading nor writing. */
#include "engine.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/waiter.h>
#include <openssl/err.h>

/* ---- goodbyes ---- */

static int call_discard(frond__tls *t, void *arg) {
    char rest[4096];
    (void)arg;
    return SSL_read(t->ssl, rest, sizeof rest);
}

static int hear_goodbye(frond__tls *t, frond_deadline d) {
    int rc = 1;
    /* what comes after it is not OpenSSL's, which would keep it */
    SSL_set_read_ahead(t->ssl, 0);
    while (rc > 0 && !t->received_close && (rc = frond_wait_enter(d)) == 0)
        rc = frond__tls_drive(t, call_discard, NULL, "goodbye of", true, d);
    return rc < 0 ? rc : 0;
}

static int both_goodbyes(frond__tls *t, frond_deadline d) {
    frond_stream *s = &t->base;
    if (s->reading || s->writing)
        return frond_fail_set(FROND_EBUSY, "tls goodbye");
    s->reading = s->writing = 1;
    int rc = s->shut ? 0 : frond__tls_say_goodbye(t, d);
    s->shut = s->shut || rc >= 0;
    if (rc >= 0)
        rc = hear_goodbye(t, d);
    s->reading = s->writing = 0;
    return rc == 0 && s->closed ? frond_fail_set(FROND_ECLOSED, "tls goodbye") : rc;
}

int frond_tls_unwrap(frond_stream *s, frond_stream **under, frond_deadline d) {
    int rc = under ? frond__tls_enter(s, "tls unwrap", d)
                   : frond_fail_set(FROND_EINVAL, "tls unwrap");
    if (rc < 0)
        return rc;
    frond__tls *t = frond__tls_of(s);
    rc = frond__tls_is_offloaded(t) /* the socket stays so */
             ? frond_fail_text(FROND_ENOTSUP, "tls unwrap of %s: the kernel encrypts",
                               t->name)
             : both_goodbyes(t, d);
    if (rc == 0)
        rc = frond__tls_transport_unread(&t->transport);
    if (rc == 0) {
        *under = t->transport.under;
        t->transport.under = NULL;
        frond_close(s);
    }
    frond_stream_let_go(s);
    return rc;
}

int frond_tls_close(frond_stream *s, frond_deadline d) {
    int rc = frond__tls_enter(s, "tls close", d);
    if (rc < 0)
        return rc;
    rc = both_goodbyes(frond__tls_of(s), d);
    if (rc != FROND_EBUSY)
        frond_close(s);
    frond_stream_let_go(s);
    return rc;
}

/* ---- new keys ---- */

static int call_handshake(frond__tls *t, void *arg) {
    (void)arg;
    return SSL_do_handshake(t->ssl);
}

/* Until a reader has heard the answer there is nothing more to do here; nor when one is under way already. */
static int call_renegotiate(frond__tls *t, void *arg) {
    (void)arg;
    if (SSL_in_init(t->ssl))
        return 1;
    int rc = SSL_renegotiate(t->ssl) == 1 ? SSL_do_handshake(t->ssl) : -1;
    return rc <= 0 && SSL_want_read(t->ssl) ? 1 : rc;
}

/* Those of TLS 1.3 are a message; a renegotiation is a handshake, whose answers the reader gets. */
static int make_keys(frond__tls *t, int both, frond_deadline d) {
    int type = both ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
    bool renegotiates = SSL_version(t->ssl) < TLS1_3_VERSION;
    if (renegotiates && !frond__tls_rules(t)->renegotiation)
        return frond_fail_text(FROND_ENOTSUP,
                               "tls new keys with %s: TLS 1.2, without .renegotiation",
                               t->name);
    if (frond__tls_is_offloaded(t))
        return frond_fail_text(FROND_ENOTSUP, "tls new keys with %s: the kernel encrypts",
                               t->name);
    int rc = frond__tls_drain(t, "new keys with", d);
    if (rc < 0)
        return rc;
    ERR_clear_error();
    if (!renegotiates && SSL_key_update(t->ssl, type) != 1)
        return frond__tls_fail(FROND_ETLS_PROTOCOL, "new keys");
    return frond__tls_drive(t, renegotiates ? call_renegotiate : call_handshake, NULL,
                            "new keys with", false, d);
}

int frond_tls_new_keys(frond_stream *s, int both, frond_deadline d) {
    int rc = frond__tls_enter(s, "tls new keys", d);
    if (rc < 0)
        return rc;
    if (s->writing || s->shut) {
        rc = frond_fail_set(s->writing ? FROND_EBUSY : FROND_EPIPE, "tls new keys");
    } else {
        s->writing = 1;
        rc = make_keys(frond__tls_of(s), both, d);
        s->writing = 0;
    }
    frond_stream_let_go(s);
    return rc < 0 ? rc : 0;
}
