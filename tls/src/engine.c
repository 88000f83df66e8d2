/* SPDX-License-Identifier: MIT */
/* The loop around every SSL call.  No greenlet runs between an SSL call and its SSL_get_error, and the
 * error queue, which is the thread's, is emptied before each: another connection's failure must not
 * become this one's. */
#include "engine.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/fd.h>
#include <frond/impl/waiter.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

/* A call that has gone round so often with nothing to show for it lets others run, or holds to its deadline even
 * while more arrives at once. */
enum { FEW_ROUNDS = 2, MANY_ROUNDS = 16 };

int frond__tls_enter(frond_stream *s, const char *doing, frond_deadline d) {
    bool held = s && frond_home_check(&s->home) == 0;
    if (held)
        frond_stream_hold(s);
    int rc = frond_wait_enter(d);
    if (rc == 0)
        rc = !s                               ? FROND_EINVAL
             : frond_home_check(&s->home) < 0 ? FROND_ETHREAD
             : s->closed                      ? FROND_ECLOSED
             : s->ops != &frond__tls_ops      ? FROND_EINVAL
                                              : 0;
    if (rc < 0 && held)
        frond_stream_let_go(s);
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

static bool is_alert(int reason) {
    return reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256;
}

/* The first of the queue that is of TLS is the cause: those before it say on what cipher or signature it failed, those
 * after it who passed it on. */
static unsigned long cause(void) {
    unsigned long first = ERR_peek_error(), own = 0, error;
    while ((error = ERR_get_error())) {
        if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
            return error;
        if (!own && ERR_GET_LIB(error) == ERR_LIB_SSL)
            own = error;
    }
    return own ? own : first;
}

/* OpenSSL has words for those alerts that it knows. */
static const char *alert_words(int reason, const char *words, char *space, size_t cap) {
    if (words)
        return words;
    snprintf(space, cap, "alert %d", reason - SSL_AD_REASON_OFFSET);
    return space;
}

/* queued: the error queue's cause, taken before anybody else could run. */
static int explain(frond__tls *t, int error, unsigned long queued, const char *doing) {
    int reason = ERR_GET_REASON(queued), code = FROND_ETLS_PROTOCOL;
    const char *words = ERR_reason_error_string(queued);
    char number[20];
    t->broken = true;
    ERR_clear_error();
    int chosen = frond__tls_choice_failed(t);
    if (chosen)
        return chosen;
    if (t->transport.error &&
        error != SSL_ERROR_SSL) { /* not that of telling the peer why */
        code = t->transport.error;
        words = frond_error_message(code);
    } else if (error == SSL_ERROR_SSL && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        return frond__tls_verify_failed(t);
    } else if (error == SSL_ERROR_SYSCALL ||
               reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        code = FROND_ETLS_TRUNCATED;
        words = t->established ? frond_error_message(code)
                               : "the peer closed the connection in the handshake";
    } else if (reason == ERR_R_MALLOC_FAILURE) {
        code = FROND_ENOMEM;
    } else if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
        code = FROND_ETLS_CERT;
    } else if (is_alert(reason)) {
        code = FROND_ETLS_ALERT;
        words = alert_words(reason, words, number, sizeof number);
    }
    return frond_fail_text(code, "tls %s %s: %s", doing, t->name,
                           words ? words : frond_error_message(code));
}

int frond__tls_drain(frond__tls *t, const char *doing, frond_deadline d) {
    int rc = 0;
    while (rc == 0 && frond__tls_transport_unsent(&t->transport))
        rc = frond__tls_transport_drain(&t->transport, d);
    return rc < 0 ? frond__tls_failed(t, rc, doing) : 0;
}

int frond__tls_failed(const frond__tls *t, int rc, const char *doing) {
    return frond_fail_text(rc, "tls %s %s: %s", doing, t->name, frond_error_message(rc));
}

bool frond__tls_is_offloaded(const frond__tls *t) {
    BIO *bio = SSL_get_rbio(t->ssl);
    return BIO_ctrl(bio, BIO_CTRL_GET_KTLS_SEND, 0, NULL) > 0 ||
           BIO_ctrl(bio, BIO_CTRL_GET_KTLS_RECV, 0, NULL) > 0;
}

/* Does what the SSL call has to have done before it is made again.  1: it is; <= 0: the result. */
static int next_step(frond__tls *t, int error, unsigned long queued, const char *doing,
                     frond_deadline d) {
    int rc;
    switch (error) {
    case SSL_ERROR_WANT_READ:
        rc = frond__tls_transport_wait(&t->transport, d);
        break;
    case SSL_ERROR_WANT_WRITE:
        rc = frond__tls_transport_drain(&t->transport, d);
        break;
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
        rc = frond__tls_choose(t, d);
        break;
    case SSL_ERROR_WANT_RETRY_VERIFY:
        rc = frond__tls_ask(t, d);
        break;
    case SSL_ERROR_ZERO_RETURN:
        t->received_close = true;
        return 0;
    default:
        return explain(t, error, queued, doing);
    }
    if (rc < 0)
        return frond__tls_failed(t, rc, doing);
    bool closed = t->base.closed || t->transport.under->closed;
    return closed ? frond_fail_set(FROND_ECLOSED, "tls") : 1;
}

/* Whether a call to read would find nothing: the socket was emptied, and so is OpenSSL. */
static bool is_dry(const frond__tls *t, frond_deadline d) {
    return t->transport.direct && t->transport.drained && d.ns > 0 && !t->broken &&
           t->established && !SSL_has_pending(t->ssl);
}

/* An empty queue is cheaper to look at than to clear. */
static void forget_errors(void) {
    if (ERR_peek_error())
        ERR_clear_error();
}

/* A peer may go on for ever with what is none of the caller's business.  0, or an error. */
static int give_way(int rounds, frond_deadline d) {
    if (rounds > MANY_ROUNDS && frond_now() >= d.ns)
        return FROND_ETIMEDOUT;
    return rounds > FEW_ROUNDS && d.ns > 0 ? frond_yield() : 0;
}

/* One SSL call, and what it wants to have done; > 0: nothing more. */
static int attempt(frond__tls *t, frond__tls_call call, void *arg, bool reads, int *error,
                   unsigned long *queued) {
    forget_errors();
    t->transport.deaf = t->established && !reads;
    frond__tls_transport_begin(&t->transport, t->established && reads);
    int rc = call(t, arg);
    *error = rc > 0 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, rc);
    *queued = *error == SSL_ERROR_NONE || *error == SSL_ERROR_WANT_READ ? 0 : cause();
    if (reads)
        frond__tls_transport_heard(&t->transport);
    return rc;
}

int frond__tls_drive(frond__tls *t, frond__tls_call call, void *arg, const char *doing,
                     bool reads, frond_deadline d) {
    int rc = 1, error, rounds = 0;
    unsigned long queued;
    t->transport.deaf = t->established && !reads;
    if (reads && is_dry(t, d))
        rc = next_step(t, SSL_ERROR_WANT_READ, 0, doing, d);
    while (rc > 0) {
        if (t->broken)
            return frond_fail_text(FROND_ETLS_PROTOCOL,
                                   "tls %s %s: the connection failed before", doing,
                                   t->name);
        t->transport.eager = d.ns <= 0;
        rc = attempt(t, call, arg, reads, &error, &queued);
        bool leaves = reads && !SSL_in_init(t->ssl);
        int flushed = frond__tls_transport_flush(&t->transport, leaves ? FROND_NOW : d);
        if (error == SSL_ERROR_NONE)
            return rc; /* what a flush has left is sent by the next call */
        if (flushed < 0 && error != SSL_ERROR_SSL && !reads)
            return frond__tls_failed(t, flushed, doing);
        rc = next_step(t, error, queued, doing, d);
        int gave_way = rc > 0 ? give_way(++rounds, d) : 0;
        if (gave_way < 0)
            rc = frond__tls_failed(t, gave_way, doing);
    }
    return rc;
}
