/* SPDX-License-Identifier: MIT */
/* TLS contexts: whom to trust, who we are, what to agree upon, and what was agreed upon before.  All zero is
 * safe: TLS 1.2 and up, the system's trust store, chain and host name verified, no early data, no
 * renegotiation.  A context may be shared by threads, and get other options while connections use it.  Nothing
 * here suspends; the functions of a context's user do, where they are called in a handshake. */
#ifndef FROND_TLS_CONTEXT_H
#define FROND_TLS_CONTEXT_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/tls_chain.h>

FROND_BEGIN

typedef struct frond_tls_context frond_tls_context;

typedef enum {
    FROND_TLS_ANY = 0,
    FROND_TLS_1_2 = 2,
    FROND_TLS_1_3 = 3
} frond_tls_version;

/* ---- functions of the user's ---- */

/* Writes the password of an encrypted key, no more than cap bytes, and returns its length, or < 0 to give up.
 * Called by frond_tls_context_new and frond_tls_context_set; must not suspend. */
typedef int (*frond_tls_password_fn)(char *buf, size_t cap, void *arg);

/* What is known of a peer when its certificate is to be judged. */
typedef struct {
    const char *host; /* the server's name, or the client's address */
    int error; /* what the chain, the name and the pins say: 0, or the error of frond_tls_client */
    const char *text;             /* that in words; "" when there is none */
    const frond_tls_chain *chain; /* verified when error is 0; else what the peer sent */
    uintptr_t reserved[4];
} frond_tls_judged;

/* Has the last word about a peer's certificate: 0 to accept it, whatever .error says, or the error that the
 * handshake is to have: `return judged->error` changes nothing, and that of a call of frond's keeps its sentence.
 * Called in the greenlet that makes the handshake, in which it may suspend, for as long as d permits.  A
 * client calls it in the middle, and a resumed session was judged before; a server at the end, each time, when
 * it has asked for a certificate and got one.  All is borrowed until it returns. */
typedef int (*frond_tls_verify_fn)(const frond_tls_judged *judged, void *arg,
                                   frond_deadline d);

/* What a client has said of itself. */
typedef struct {
    const char *server_name;  /* "" when none */
    const char *const *alpn;  /* what it offers, NULL at the end */
    frond_tls_context *asked; /* the context that the server was given */
    uintptr_t reserved[4];
} frond_tls_hello;

/* Chooses a server's context by what the client has said: 0 with *c, which is the handshake's reference
 * (frond_tls_context_ref), or with *c as it is, NULL, to go on with the one that asks; or an error, which
 * the handshake then has.  It may suspend as above.  All else is borrowed until it returns. */
typedef int (*frond_tls_choose_fn)(const frond_tls_hello *hello, frond_tls_context **c,
                                   void *arg, frond_deadline d);

/* What a message is, as TLS numbers the contents of records; the last two are of records themselves. */
typedef enum {
    FROND_TLS_MESSAGE_CHANGE_CIPHER = 20,
    FROND_TLS_MESSAGE_ALERT = 21,
    FROND_TLS_MESSAGE_HANDSHAKE = 22,
    FROND_TLS_MESSAGE_RECORD = 256,    /* the header of one, as it is on the wire */
    FROND_TLS_MESSAGE_INNER_TYPE = 257 /* what a record of TLS 1.3 holds, in a byte */
} frond_tls_message_type;

/* A message of the protocol, decrypted. */
typedef struct {
    const char *peer;    /* the server's name, or the client's address */
    int sent;            /* 1: to the peer; 0: by it */
    int type;            /* frond_tls_message_type, or another number */
    const char *version; /* "TLSv1.3" */
    const char *text;    /* "handshake: client hello", "alert: fatal: unknown CA" */
    const void *data;
    size_t len;
    uintptr_t reserved[4];
} frond_tls_message;

/* Is shown each message.  Must not suspend: what would is refused with FROND_ENOSUSPEND.  All is borrowed until it
 * returns. */
typedef void (*frond_tls_message_fn)(const frond_tls_message *message, void *arg);

/* ---- options ---- */

/* All zero is the default: TLS 1.2 and 1.3, the system's trust store. */
typedef struct {
    /* whom to trust */
    const char *ca_file; /* PEM file of CAs to trust, instead of the system's */
    const char *ca_pem;  /* the same as text; both may be given */
    int system_trust;    /* 1: the system's CAs beside those */
    const char *
        crl_file; /* PEM file of revocation lists: the issuer of the peer's certificate has to
                          * have one, and the certificate not to be in it */
    const char *crl_pem; /* the same as text; both may be given */
    int crl_chain;       /* 1: the same for the CAs in between */
    const char *const
        *pins; /* "sha256/" and the digest of a public key in base 64, NULL at
                              * the end: one of the chain must have such a key.  NULL: any */
    frond_tls_verify_fn verify;
    void
        *verify_arg; /* borrowed as long as the context, or a connection of it, is used */
    int insecure; /* 1: a client accepts any certificate of anybody, save for .pins and .verify */

    /* who we are */
    const char
        *cert_file; /* PEM: own certificate, then its chain; a server must have one */
    const char *key_file;    /* PEM: its private key; NULL: in cert_file */
    const char *cert_pem;    /* the same as text */
    const char *key_pem;     /* NULL: in cert_pem */
    const char *pkcs12_file; /* or all of it in a PKCS#12 file */
    const void *pkcs12;      /* or the bytes of one */
    size_t pkcs12_len;
    const char *
        store; /* or a URI that OpenSSL has a store for, "file:...", "pkcs11:...": the key is in
                * it, and, when neither .cert_file nor .cert_pem is given, the certificates */
    const char *password;               /* of the key or the PKCS#12; NULL: none */
    frond_tls_password_fn get_password; /* asked when there is no .password */
    void *password_arg;

    /* what to agree upon */
    const char *const *alpn;  /* protocols by preference, NULL at the end; NULL: none */
    frond_tls_version lowest; /* FROND_TLS_ANY: 1.2 */
    frond_tls_version highest;
    const char *
        ciphers; /* of TLS 1.2, as OpenSSL names them: "ECDHE+AESGCM"; NULL: its default */
    const char *
        ciphersuites; /* of TLS 1.3: "TLS_AES_256_GCM_SHA384"; NULL: OpenSSL's, that with AES of
                               * 128 bits first */
    const char *groups; /* of the key exchange: "X25519:P-256" */
    int renegotiation;  /* 1: a peer with TLS 1.2 may ask for new keys */
    int ktls;           /* 1: the kernel encrypts, where it can: see frond_tls_info */

    /* clients */
    int post_handshake_auth; /* 1: a server may ask for our certificate later, too
                              * (frond_tls_request_certificate) */

    /* servers */
    int ask_client_cert; /* 1: a server verifies a client's certificate if it has one */
    int require_client_cert; /* 1: and accepts no client without */
    frond_tls_choose_fn choose;
    void *choose_arg; /* borrowed as verify_arg is */

    /* what was agreed upon before */
    size_t
        sessions; /* kept by a client, or a server for clients without tickets; 0: 1000 */
    int no_sessions; /* 1: none is kept or offered, no ticket is sent */
    const void *
        ticket_secret; /* tickets made by one server are good for all with the same; NULL: its own */
    size_t ticket_secret_len; /* at least 32 */

    /* for those who look on */
    const char *
        keylog_file; /* the secrets of each connection are added to it, for Wireshark and the like */
    int keylog_env; /* 1: to the file that SSLKEYLOGFILE names, if it is set */
    frond_tls_message_fn on_message;
    void *message_arg;     /* borrowed as verify_arg is */
    uintptr_t reserved[8]; /* zero */
} frond_tls_options;

/* Makes a context (o may be NULL), reading the files it names.  Does not suspend.  Returns 0 with *c
 * owned by the caller (frond_tls_context_free), or
 *   FROND_ETLS_CONFIG  what OpenSSL refuses: the text says what and why
 *   FROND_ENOENT  FROND_EACCES  a file cannot be read, or other errors of files
 *   FROND_EINVAL  reserved words not zero, a pin or protocol that is none      FROND_ENOMEM
 * Options are copied, what .verify_arg and such point to is borrowed.  Since 0.1. */
FROND_API int frond_tls_context_new(const frond_tls_options *o, frond_tls_context **c);

/* Gives a context other options, all of them, as when a certificate was renewed.  Handshakes that begin
 * afterwards go by them; those under way and finished ones keep what they had, and so does everybody when it
 * fails.  Any thread.  Does not suspend.  Returns as frond_tls_context_new does: 0, FROND_ETLS_CONFIG,
 * FROND_ENOENT, FROND_EACCES, FROND_EINVAL, FROND_ENOMEM.  Options are copied.  Since 0.1. */
FROND_API int frond_tls_context_set(frond_tls_context *c, const frond_tls_options *o);

/* Takes another reference.  Any thread.  Does not suspend.  Cannot fail.  Returns c; the caller owns
 * one more.  Since 0.1. */
FROND_API frond_tls_context *frond_tls_context_ref(frond_tls_context *c);

/* Drops a reference that the caller owns; NULL is allowed.  Any thread.  Does not suspend.
 * Since 0.1. */
FROND_API void frond_tls_context_free(frond_tls_context *c);

/* ---- sessions ----
 * A client keeps what servers give it to make later handshakes shorter, by host and port, and uses each of
 * TLS 1.3 once. */

/* Takes a session out of those that a client's context keeps for host and port.  It is secret.  Any thread.
 * Does not suspend.  Returns 0 with *data owned by the caller (frond_free), FROND_ENOENT when there is none,
 * FROND_EINVAL, FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_tls_session_save(frond_tls_context *c, const char *host, int port,
                                     void **data, size_t *len);

/* Puts one back, perhaps of another process.  Any thread.  Does not suspend.  Returns 0, FROND_ETLS_CONFIG
 * when it is no session, FROND_ENOTSUP with .no_sessions, FROND_EINVAL, FROND_ENOMEM.  data is copied.  Since 0.1. */
FROND_API int frond_tls_session_load(frond_tls_context *c, const char *host, int port,
                                     const void *data, size_t len);

/* ---- inspection ---- */

typedef struct {
    uint64_t client,
        client_resumed; /* handshakes finished, and those of them that were short */
    uint64_t server, server_resumed;
    uint64_t failed;      /* handshakes of both kinds */
    size_t kept_sessions; /* by a client, now */
    uintptr_t reserved[4];
} frond_tls_stats;

/* What was counted since c was made.  Any thread.  Does not suspend.  Returns 0, or FROND_EINVAL.  *stats is
 * a copy.  Since 0.1. */
FROND_API int frond_tls_context_get_stats(frond_tls_context *c, frond_tls_stats *stats);

FROND_END

#endif
