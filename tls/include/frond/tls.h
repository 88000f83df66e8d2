/* SPDX-License-Identifier: MIT */
/* TLS over any stream, by OpenSSL.  The certificate chain and the host name are verified unless an
 * option says otherwise by name.  A TLS stream is a frond_stream: one greenlet may read while another
 * writes, and a call that timed out or was killed may be made again.  Contexts may be shared by
 * threads once made.  What suspends has a deadline, which covers all of the call. */
#ifndef FROND_TLS_H
#define FROND_TLS_H

#include <frond/about.h>
#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/server.h>
#include <frond/stream.h>
#include <frond/tcp.h>

FROND_BEGIN

typedef struct frond_tls_context frond_tls_context;

typedef enum {
    FROND_TLS_ANY = 0,
    FROND_TLS_1_2 = 2,
    FROND_TLS_1_3 = 3
} frond_tls_version;

/* All zero is the default: TLS 1.2 and 1.3, the system's trust store. */
typedef struct {
    const char *ca_file; /* PEM file of CAs to trust, instead of the system's */
    const char *ca_pem;  /* the same as text; both may be given */
    int system_trust;    /* 1: the system's CAs beside those */
    const char
        *cert_file; /* PEM: own certificate, then its chain; a server must have one */
    const char *key_file;     /* PEM: its private key; NULL: in cert_file */
    const char *cert_pem;     /* the same as text */
    const char *key_pem;      /* NULL: in cert_pem */
    const char *const *alpn;  /* protocols by preference, NULL at the end; NULL: none */
    frond_tls_version lowest; /* FROND_TLS_ANY: 1.2 */
    frond_tls_version highest;
    int insecure;            /* 1: a client accepts any certificate of anybody */
    int require_client_cert; /* 1: a server accepts no client without one that its CAs signed */
    uintptr_t reserved[8]; /* zero */
} frond_tls_options;

/* What a finished handshake agreed upon; the texts are borrowed from the stream. */
typedef struct {
    const char *version; /* "TLSv1.3" */
    const char *cipher;
    const char *alpn;        /* "" when none */
    const char *server_name; /* asked for by SNI; "" when none */
    int resumed;
    uintptr_t reserved[4];
} frond_tls_info;

/* Makes a context (o may be NULL), reading the files it names.  Does not suspend.  Returns 0 with *c
 * owned by the caller (frond_tls_context_free), or
 *   FROND_ETLS_CONFIG  what OpenSSL refuses: the text says what and why
 *   FROND_ENOENT  FROND_EACCES  a file cannot be read
 *   FROND_EINVAL  reserved words not zero      FROND_ENOMEM
 * Options are copied.  Since 0.1. */
FROND_API int frond_tls_context_new(const frond_tls_options *o, frond_tls_context **c);

/* Takes another reference.  Any thread.  Does not suspend.  Cannot fail.  Returns c; the caller owns
 * one more.  Since 0.1. */
FROND_API frond_tls_context *frond_tls_context_ref(frond_tls_context *c);

/* Drops a reference that the caller owns; NULL is allowed.  Any thread.  Does not suspend.
 * Since 0.1. */
FROND_API void frond_tls_context_free(frond_tls_context *c);

/* Makes the client side of TLS over a stream, with its handshake.  host is verified and sent as SNI;
 * a numeric address is verified as one.  c may be NULL: the defaults.  Suspends.  Returns 0 with *s
 * owned by the caller and `under` owned by *s; else `under` is still the caller's (unless it is to
 * be closed, nothing can be done with it) and the error is
 *   FROND_ETLS_EXPIRED  FROND_ETLS_NOTYET  FROND_ETLS_HOSTNAME  FROND_ETLS_UNTRUSTED
 *   FROND_ETLS_CERT     FROND_ETLS_PROTOCOL  FROND_ETLS_ALERT   FROND_ETLS_TRUNCATED
 *   FROND_ETIMEDOUT  d passed                       FROND_ECANCELED  this greenlet was killed
 *   FROND_EINVAL     NULL, or host missing          FROND_ENOMEM     no memory
 *   FROND_ETHREAD    under is of another thread     FROND_ENOSUSPEND called in a hub callback
 *   FROND_ECLOSED    closed, or freed by somebody else, before or during it
 *   FROND_EDEADLK    nothing can end the wait;      and the errors of the stream under it, such as FROND_ECONNRESET
 * Since 0.1. */
FROND_API int frond_tls_client(frond_stream *under, const char *host,
                               frond_tls_context *c, frond_stream **s, frond_deadline d);

/* Makes the server side; c must have a certificate.  Suspends.  Returns as frond_tls_client does: 0
 * with *s owned by the caller and `under` owned by *s, or FROND_ETLS_PROTOCOL, FROND_ETLS_ALERT,
 * FROND_ETLS_CERT, FROND_ETLS_UNTRUSTED, FROND_ETLS_EXPIRED, FROND_ETLS_NOTYET,
 * FROND_ETLS_TRUNCATED, FROND_ETLS_CONFIG, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ETHREAD, FROND_ENOSUSPEND, FROND_ECLOSED, FROND_EDEADLK, FROND_ECONNRESET.
 * Since 0.1. */
FROND_API int frond_tls_server(frond_stream *under, frond_tls_context *c,
                               frond_stream **s, frond_deadline d);

/* Connects to host by TCP and makes TLS over it, within one deadline.  c may be NULL.  Suspends.
 * Returns 0 with *s owned by the caller, or the errors of frond_tcp_connect and frond_tls_client:
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECONNREFUSED, FROND_EDNS_NOTFOUND, FROND_ETLS_UNTRUSTED and
 * so on.  Since 0.1. */
FROND_API int frond_tls_connect(const char *host, int port, frond_tls_context *c,
                                frond_stream **s, frond_deadline d);

/* All zero is the default. */
typedef struct {
    uint64_t handshake_ms; /* for each; 0: 30 s */
    frond_server_options server;
    uintptr_t reserved[4]; /* zero */
} frond_tls_serve_options;

/* Makes a server (frond/server.h) of TLS and starts it: handle gets the TLS stream, and does not close it.
 * The handshakes are made by the handlers' greenlets; one that fails is counted, the connection is closed,
 * and nothing else happens.  o may be NULL.  Does not suspend.  Returns 0 with *server owned by the caller
 * (frond_server_free), or FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD, FROND_ECLOSED.  The listener becomes
 * the server's on success, and a reference to c is kept; arg is borrowed until it is freed.  Since 0.1. */
FROND_API int frond_tls_serve(frond_listener *l, frond_tls_context *c,
                              frond_handler handle, void *arg,
                              const frond_tls_serve_options *o, frond_server **server);

/* What the handshake of a TLS stream agreed upon.  Does not suspend.  Returns 0, or FROND_EINVAL when
 * s is not a TLS stream or is closed.  The texts are borrowed from s.  Since 0.1. */
FROND_API int frond_tls_get_info(const frond_stream *s, frond_tls_info *info);

/* Calls fact with what tls stands on: openssl, the library that was loaded.  Any thread.  Does not
 * suspend.  Cannot fail.  arg is borrowed until it returns.  Since 0.1. */
FROND_API void frond_tls_about(frond_fact_fn fact, void *arg);

FROND_END

#endif
