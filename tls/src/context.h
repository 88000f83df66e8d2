/* SPDX-License-Identifier: MIT */
/* TLS contexts inside tls: settings, and what goes on when those are replaced. */
#ifndef FROND_TLS_SRC_CONTEXT_H
#define FROND_TLS_SRC_CONTEXT_H

#include "settings.h"

#include <uv.h>

typedef struct frond__tls_kept frond__tls_kept;

/* A client's sessions: at most `most`, the newest first, and by name. */
typedef struct {
    frond__tls_kept *newest, *oldest;
    frond__tls_kept *named[64];
    size_t count, most;
} frond__tls_sessions;

struct frond_tls_context {
    _Atomic int refs;
    uv_mutex_t lock; /* of settings and sessions */
    frond__tls_settings *settings;
    frond__tls_sessions sessions;
    _Atomic uint64_t client, client_resumed, server, server_resumed, failed;
};

/* The context of clients that name none; NULL with the error recorded. */
frond_tls_context *frond__tls_default(void);

/* A reference to those of now. */
frond__tls_settings *frond__tls_settings_of(frond_tls_context *c);

/* The key of a client's sessions: "host:port". */
void frond__tls_session_name(char *out, size_t cap, const char *host, int port);

/* The newest session of that name, the caller's to free; NULL when there is none. */
SSL_SESSION *frond__tls_session_take(frond_tls_context *c, const char *name);

/* Keeps one, which becomes the context's; false when there is no memory, and it stays the caller's. */
bool frond__tls_session_put(frond_tls_context *c, const char *name, SSL_SESSION *session);

/* Drops all of that name, or, when NULL, of every name. */
void frond__tls_session_drop(frond_tls_context *c, const char *name);

#endif
