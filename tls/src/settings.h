/* SPDX-License-Identifier: MIT */
/* What a set of options has been made into.  Connections hold on to the settings that they began with; a
 * context holds those for the next. */
#ifndef FROND_TLS_SETTINGS_H
#define FROND_TLS_SETTINGS_H

#include <frond/tls.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { PIN_SIZE = 32 /* SHA-256 */ };

typedef struct {
    _Atomic int refs;
    SSL_CTX *ssl;
    unsigned char *alpn; /* owned; in the wire's form */
    unsigned alpn_len;
    unsigned char (*pins)[PIN_SIZE]; /* owned */
    size_t n_pins;
    char *groups; /* owned; NULL: OpenSSL's */
    frond_tls_verify_fn verify;
    void *verify_arg;
    frond_tls_choose_fn choose;
    void *choose_arg;
    frond_tls_message_fn on_message;
    void *message_arg;
    size_t sessions;
    int keylog; /* file; -1: none */
    bool insecure, has_certificate, ktls, renegotiation;
} frond__tls_settings;

/* With one reference; NULL with the error recorded. */
frond__tls_settings *frond__tls_settings_new(const frond_tls_options *o);

frond__tls_settings *frond__tls_settings_ref(frond__tls_settings *s);
void frond__tls_settings_free(frond__tls_settings *s);

/* Has a server's connection, which has only seen the client's hello, go by other settings. */
bool frond__tls_settings_change(SSL *ssl, const frond__tls_settings *to);

/* ---- parts of making them: 0, or an error that is recorded ---- */

int frond__tls_set_trust(SSL_CTX *ssl, const frond_tls_options *o);
int frond__tls_set_identity(SSL_CTX *ssl, const frond_tls_options *o);
int frond__tls_set_alpn(frond__tls_settings *s, const char *const *protocols);
int frond__tls_set_pins(frond__tls_settings *s, const char *const *pins);
int frond__tls_set_sessions(frond__tls_settings *s, const frond_tls_options *o);
int frond__tls_set_keylog(frond__tls_settings *s, const frond_tls_options *o);
void frond__tls_close_keylog(frond__tls_settings *s);

/* Whether the file can be read: OpenSSL says so in a way of its own, the system's error is clearer. */
int frond__tls_readable(const char *path);

/* Records what OpenSSL's error queue says and empties it; returns code. */
int frond__tls_fail(int code, const char *doing);

/* ---- callbacks of OpenSSL's, for connections ---- */

int frond__tls_judge(X509_STORE_CTX *store, void *arg);
int frond__tls_hello(SSL *ssl, int *alert, void *arg);
int frond__tls_keep_session(SSL *ssl, SSL_SESSION *session);

/* ---- the system's trust store ---- */

/* Trust in what the system trusts; 1, or 0 when OpenSSL refused. */
int frond__tls_trust_system(SSL_CTX *ssl);

/* The same, in what files say, where there are such: OpenSSL's own, or those of a known place. */
int frond__tls_trust_files(SSL_CTX *ssl);

#endif
