/* SPDX-License-Identifier: MIT */
/* TLS over any stream, by OpenSSL.  The certificate chain and the host name are verified unless an
 * option says otherwise by name.  A TLS stream is a frond_stream: one greenlet may read while another
 * writes, and a call that timed out or was killed may be made again.  What suspends has a deadline, which
 * covers all of the call. */
#ifndef FROND_TLS_H
#define FROND_TLS_H

#include <frond/about.h>
#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/server.h>
#include <frond/stream.h>
#include <frond/tcp.h>
#include <frond/tls_chain.h>
#include <frond/tls_context.h>

FROND_BEGIN

/* What a finished handshake agreed upon; the texts are borrowed from the stream. */
typedef struct {
    const char *version; /* "TLSv1.3" */
    const char *cipher;
    const char *group;       /* of the key exchange, "x25519"; "" when there was none */
    const char *alpn;        /* "" when none */
    const char *server_name; /* asked for by SNI; "" when none */
    int resumed;
    int ktls_send, ktls_receive; /* 1: the kernel does it (.ktls in frond_tls_options) */
    uintptr_t reserved[4];
} frond_tls_info;

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

/* ---- the end, and new keys ---- */

/* Says goodbye and waits for the peer's: afterwards both know that nothing was cut off, and the stream beneath
 * can be used for something else.  What the peer still sends before its goodbye is thrown away.  Suspends.
 * Returns 0 with *under owned by the caller, and s closed (it is still to be freed), or
 *   FROND_ETLS_TRUNCATED  the peer has gone without
 *   FROND_EBUSY      another greenlet reads or writes s
 *   FROND_ETIMEDOUT  d passed: call again, or free s   FROND_ECANCELED  this greenlet was killed
 *   FROND_EINVAL     s is no TLS stream                FROND_ECLOSED
 *   FROND_ENOTSUP    the kernel encrypts (frond_tls_info)
 *   FROND_ENOMEM  FROND_ETHREAD  FROND_ENOSUSPEND  FROND_EDEADLK
 * and the errors of reading and writing, such as FROND_ECONNRESET; s is then as it was.  Since 0.1. */
FROND_API int frond_tls_unwrap(frond_stream *s, frond_stream **under, frond_deadline d);

/* Says goodbye, waits for the peer's no longer than d, and closes, whatever comes of it.  What the peer
 * still sends is thrown away.  Suspends.  Returns 0 when both have said it, or the errors of frond_tls_unwrap:
 * FROND_ETLS_TRUNCATED, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECONNRESET and so on, closed nevertheless; and
 * FROND_EBUSY, FROND_EINVAL, FROND_ECLOSED, FROND_ETHREAD, FROND_ENOSUSPEND, with nothing done.  s is still to
 * be freed by its owner.  Since 0.1. */
FROND_API int frond_tls_close(frond_stream *s, frond_deadline d);

/* Makes new keys: with TLS 1.3 for this direction, and for the other as well when both is 1; with TLS 1.2 by
 * a new handshake, for which both sides need .renegotiation, this one a reader, and the peer one, too.
 * It is a write: one at a time.  Suspends.  Returns 0 once ours are on their way, or
 *   FROND_EBUSY      another greenlet writes           FROND_EPIPE    after frond_shutdown
 *   FROND_ENOTSUP    TLS 1.2 without .renegotiation,   FROND_EINVAL   s is no TLS stream
 *                    or the kernel encrypts
 *   FROND_ETIMEDOUT  d passed: what has begun goes on with the next call
 *   FROND_ECANCELED  FROND_ECLOSED  FROND_ENOMEM  FROND_ETHREAD  FROND_ENOSUSPEND  FROND_EDEADLK
 * and the errors of writing.  s stays owned by the caller.  Since 0.1. */
FROND_API int frond_tls_new_keys(frond_stream *s, int both, frond_deadline d);

/* Asks a client with TLS 1.3 for its certificate in the middle of everything, as when it has asked for something that
 * not everybody may have, and waits for the answer, which is judged as in a handshake.  With required, a client
 * without one is refused.  What the client sends before it answers, up to 256 KiB, is kept for the next reads.
 * Suspends.  Returns 0 (frond_tls_peer_chain tells of the certificate, if there is one), or
 *   FROND_ETLS_EXPIRED  FROND_ETLS_NOTYET  FROND_ETLS_UNTRUSTED  FROND_ETLS_CERT  FROND_ETLS_ALERT
 *                    or what .verify has answered: s is no more use then
 *   FROND_ENOTSUP    TLS 1.2, or the client cannot be asked (.post_handshake_auth)
 *   FROND_EOF        the client has said goodbye instead
 *   FROND_ELIMIT     more than that was sent before: read it, and call again
 *   FROND_EBUSY      another greenlet reads or writes s   FROND_EPIPE    after frond_shutdown
 *   FROND_ETIMEDOUT  d passed: call again, or read on: the answer is judged when it comes
 *   FROND_EINVAL     s is no TLS stream of a server       FROND_ECANCELED  this greenlet was killed
 *   FROND_ECLOSED  FROND_ENOMEM  FROND_ETHREAD  FROND_ENOSUSPEND  FROND_EDEADLK
 * and the errors of reading and writing.  s stays owned by the caller.  Since 0.1. */
FROND_API int frond_tls_request_certificate(frond_stream *s, int required,
                                            frond_deadline d);

/* ---- inspection ---- */

/* What the handshake of a TLS stream agreed upon.  Does not suspend.  Returns 0, or FROND_EINVAL when
 * s is not a TLS stream or is closed.  The texts are borrowed from s.  Since 0.1. */
FROND_API int frond_tls_get_info(const frond_stream *s, frond_tls_info *info);

/* The peer's certificates: the chain that was verified, or else, as with .insecure, what it has sent.  Does not
 * suspend.  Returns 0 with *chain owned by the caller (frond_tls_chain_free), FROND_ENOENT when the peer has
 * shown none, FROND_EINVAL when s is not a TLS stream or is closed, FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_tls_peer_chain(const frond_stream *s, frond_tls_chain **chain);

/* Bytes that both sides of this connection have, and nobody else (RFC 5705), made of a label and a context,
 * which may be NULL.  Does not suspend.  Returns 0 with out filled, FROND_EINVAL when s is not a TLS stream or is
 * closed, FROND_ETLS_CONFIG when OpenSSL refuses.  All is borrowed until it returns.  Since 0.1. */
FROND_API int frond_tls_export(const frond_stream *s, const char *label,
                               const void *context, size_t context_len, void *out,
                               size_t len);

/* What binds a login to this connection: kind is "tls-exporter" (RFC 9266), "tls-server-end-point" or, with
 * TLS 1.2, "tls-unique" (RFC 5929).  Does not suspend.  Returns how many bytes it has put into out, at most 64,
 * or FROND_EINVAL when s is not a TLS stream or is closed, kind is another, or cap too small; FROND_ENOTSUP
 * when this connection has none.  All is borrowed until it returns.  Since 0.1. */
FROND_API int64_t frond_tls_channel_binding(const frond_stream *s, const char *kind,
                                            void *out, size_t cap);

/* Calls fact with what tls stands on: openssl, the library that was loaded.  Any thread.  Does not
 * suspend.  Cannot fail.  arg is borrowed until it returns.  Since 0.1. */
FROND_API void frond_tls_about(frond_fact_fn fact, void *arg);

FROND_END

#endif
