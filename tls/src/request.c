/* SPDX-License-Identifier: MIT */
/* A server that wants to see the client's certificate when the handshake is long over (RFC 8446, 4.6.2).  The answer
 * comes among the data: whoever reads it has it judged. */
#include "engine.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <openssl/err.h>

enum { MOST_EARLY = 256 * 1024, CHUNK = 4096 };

int frond__tls_judge_answer(frond__tls *t, frond_deadline d) {
    if (t->request != FROND__TLS_ANSWERED)
        return 0;
    t->request = FROND__TLS_NOT_ASKED;
    frond__tls_watch(t);
    int rc = frond__tls_ask_server(t, d);
    frond__tls_greeting_free(t);
    t->broken = t->broken || rc < 0;
    return rc;
}

/* ---- the question ---- */

static int refuse(frond__tls *t) {
    bool cannot = ERR_GET_REASON(ERR_peek_error()) == SSL_R_EXTENSION_NOT_RECEIVED;
    if (!cannot)
        return frond__tls_fail(FROND_ETLS_PROTOCOL, "certificate request");
    ERR_clear_error();
    return frond_fail_text(
        FROND_ENOTSUP, "tls certificate request to %s: it has not offered to be asked",
        t->name);
}

static int prepare(frond__tls *t, int required) {
    int mode = SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
    if (SSL_version(t->ssl) < TLS1_3_VERSION)
        return frond_fail_text(
            FROND_ENOTSUP, "tls certificate request to %s: it needs TLS 1.3", t->name);
    if (!t->greeting && !(t->greeting = frond_calloc(1, sizeof *t->greeting)))
        return frond_fail_set(FROND_ENOMEM, "tls");
    ERR_clear_error();
    SSL_set_verify(t->ssl, mode, NULL);
    if (SSL_verify_client_post_handshake(t->ssl) != 1)
        return refuse(t);
    t->request = FROND__TLS_ASKED;
    frond__tls_watch(t);
    return 0;
}

static int call_handshake(frond__tls *t, void *arg) {
    (void)arg;
    return SSL_do_handshake(t->ssl);
}

static int ask(frond__tls *t, int required, frond_deadline d) {
    int rc = frond__tls_drain(t, "certificate request to", d);
    if (rc == 0 && t->request == FROND__TLS_NOT_ASKED)
        rc = prepare(t, required);
    if (rc == 0)
        rc =
            frond__tls_drive(t, call_handshake, NULL, "certificate request to", false, d);
    return rc < 0 ? rc : frond__tls_drain(t, "certificate request to", d);
}

/* ---- the answer ---- */

typedef struct {
    char data[CHUNK];
    int len;
} piece;

/* Until there is data, or the answer. */
static int call_listen(frond__tls *t, void *arg) {
    piece *p = arg;
    int rc = SSL_read(t->ssl, p->data, CHUNK);
    p->len = rc > 0 ? rc : 0;
    return rc <= 0 && t->request == FROND__TLS_ANSWERED && SSL_want_read(t->ssl) ? 1 : rc;
}

static int listen_for(frond__tls *t, frond_deadline d) {
    int rc = 0;
    while (rc == 0 && t->request == FROND__TLS_ASKED) {
        piece p;
        p.len = 0; /* when time is over, nothing is read */
        if (t->received_close)
            return frond_fail_text(
                FROND_EOF, "tls certificate request to %s: it has said goodbye", t->name);
        if (frond__tls_buffer_held(&t->early) >= MOST_EARLY)
            return frond_fail_text(FROND_ELIMIT,
                                   "tls certificate request to %s: too much data before "
                                   "the answer",
                                   t->name);
        rc = frond__tls_drive(t, call_listen, &p, "certificate of", true, d);
        if (rc > 0)
            rc = frond__tls_buffer_add(&t->early, p.data, (size_t)p.len);
        OPENSSL_cleanse(p.data, (size_t)p.len);
    }
    return rc;
}

/* ---- both ---- */

static int request(frond__tls *t, int required, frond_deadline d) {
    frond_stream *s = &t->base;
    if (!SSL_is_server(t->ssl))
        return frond_fail_set(FROND_EINVAL, "tls certificate request");
    if (s->reading || s->writing || s->shut)
        return frond_fail_set(s->shut ? FROND_EPIPE : FROND_EBUSY,
                              "tls certificate request");
    s->reading = s->writing = 1;
    int rc = ask(t, required, d);
    if (rc == 0)
        rc = listen_for(t, d);
    if (rc == 0)
        rc = frond__tls_judge_answer(t, d);
    s->reading = s->writing = 0;
    return rc == 0 && s->closed ? frond_fail_set(FROND_ECLOSED, "tls certificate request")
                                : rc;
}

int frond_tls_request_certificate(frond_stream *s, int required, frond_deadline d) {
    int rc = frond__tls_enter(s, "tls certificate request", d);
    if (rc < 0)
        return rc;
    rc = request(frond__tls_of(s), required, d);
    frond_stream_let_go(s);
    return rc;
}
