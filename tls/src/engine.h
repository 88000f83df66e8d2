/* SPDX-License-Identifier: MIT */
/* One TLS connection: the state, and the loop that drives every SSL call. */
#ifndef FROND_TLS_SRC_ENGINE_H
#define FROND_TLS_SRC_ENGINE_H

#include "context.h"
#include "transport.h"

/* What only a handshake needs. */
typedef struct {
    /* the peer's certificate */
    int error, depth; /* OpenSSL's, of the first thing that is wrong; 0 */
    char detail[128];
    bool unpinned;          /* that is the pins */
    frond_tls_chain *chain; /* owned; to be judged by the user's function */
    bool judged;            /* it has spoken */
    int refusal;            /* its error; 0: none */
    char *refusal_text;     /* owned */
    unsigned char leaf[32]; /* SHA-256 of what was accepted */

    /* the client's hello */
    bool heard, chosen;
    int choice; /* the error of the user's function; 0 */
    char server_name[256];
    char *alpn;         /* owned: texts, one after the other */
    const char **offer; /* owned: where they begin, NULL at the end */
} frond__tls_greeting;

/* A server's request for the client's certificate after the handshake. */
typedef enum {
    FROND__TLS_NOT_ASKED,
    FROND__TLS_ASKED,   /* nothing else is judged meanwhile */
    FROND__TLS_ANSWERED /* and to be judged by the user's function, if there is one */
} frond__tls_request;

typedef struct {
    frond_stream base;
    SSL *ssl;
    frond_tls_context *context;    /* counted */
    frond__tls_settings *settings; /* counted: its own of when this began */
    frond__tls_settings *chosen;   /* counted: those of another context, which hold */
    frond__tls_transport transport;
    frond__tls_greeting *greeting; /* owned; NULL when there will be no more handshake */
    char *name;                    /* owned: who the peer is, for error texts */
    char *session_name; /* owned: what a client keeps sessions under; NULL: it does not */
    char *alpn;         /* owned: agreed upon; NULL: none */
    frond__tls_request request;
    frond__tls_buffer early; /* data that came before its answer, for the next reads */
    bool established;        /* the handshake is over */
    bool broken;             /* no further SSL call is possible */
    bool received_close;
} frond__tls;

typedef int (*frond__tls_call)(frond__tls *t, void *arg);

/* Makes an SSL call until it succeeds, waiting for what OpenSSL wants in between.  Returns > 0 as the
 * call did, 0 when the peer sent close_notify, or an error in words.  What OpenSSL has to send goes
 * out first, save that a reader does not wait for that: its peer may be waiting for it to read.
 * Suspends. */
int frond__tls_drive(frond__tls *t, frond__tls_call call, void *arg, const char *doing,
                     bool reads, frond_deadline d);

/* Sends all that OpenSSL has written.  0, or an error in words.  Suspends. */
int frond__tls_drain(frond__tls *t, const char *doing, frond_deadline d);

/* Whether the kernel has keys of this connection. */
bool frond__tls_is_offloaded(const frond__tls *t);

/* rc, as an error in words. */
int frond__tls_failed(const frond__tls *t, int rc, const char *doing);

/* Says goodbye, once.  >= 0, or an error.  Suspends. */
int frond__tls_say_goodbye(frond__tls *t, frond_deadline d);

/* Begins a call on a TLS stream, as frond_read and frond_write begin theirs: 0, and frond_stream_let_go is to end it,
 * or an error.  Suspends as frond_wait_enter does. */
int frond__tls_enter(frond_stream *s, const char *doing, frond_deadline d);

/* The TLS stream that s is; NULL when it is another, or closed. */
frond__tls *frond__tls_of(const frond_stream *s);

/* Those that hold. */
static inline const frond__tls_settings *frond__tls_rules(const frond__tls *t) {
    return t->chosen ? t->chosen : t->settings;
}

extern const frond_stream_ops frond__tls_ops;

/* Frees all but the stream under it, and what net has of this one. */
void frond__tls_free(frond__tls *t);
void frond__tls_greeting_free(frond__tls *t);

/* Has OpenSSL tell of its messages, if anybody wants to know. */
void frond__tls_watch(frond__tls *t);

/* ---- the peer's certificate ---- */

/* Why a handshake failed, as an error. */
int frond__tls_verify_failed(frond__tls *t);

/* Has chain and host name of the peer verified, as the context says.  0 or an error. */
int frond__tls_expect(frond__tls *t, const char *host);

/* Asks the user's function about a certificate that is waiting for that; 0, whatever it says.  Suspends. */
int frond__tls_ask(frond__tls *t, frond_deadline d);

/* The same at the end of a server's handshake: 0, or its error.  Suspends. */
int frond__tls_ask_server(frond__tls *t, frond_deadline d);

/* Has the certificate judged that a client was asked for later, once it is there: 0, or an error, after which t is no
 * more use.  Suspends. */
int frond__tls_judge_answer(frond__tls *t, frond_deadline d);

/* ---- the client's hello ---- */

/* Has the user's function choose; 0, whatever it says.  Suspends. */
int frond__tls_choose(frond__tls *t, frond_deadline d);

/* Why the handshake failed, when that function has refused: an error, or 0. */
int frond__tls_choice_failed(frond__tls *t);

#endif
