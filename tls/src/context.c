/* SPDX-License-Identifier: MIT */
/* TLS contexts: the settings of now, shared and replaced. */
#include "context.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <openssl/err.h>
#include <string.h>

static int check(const frond_tls_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return frond_fail_set(FROND_EINVAL, "tls context");
    return 0;
}

static void use(frond_tls_context *c, frond__tls_settings *settings) {
    uv_mutex_lock(&c->lock);
    frond__tls_settings *before = c->settings;
    c->settings = settings;
    c->sessions.most = settings->sessions;
    uv_mutex_unlock(&c->lock);
    frond__tls_settings_free(before);
}

static const frond_tls_options none;

int frond_tls_context_new(const frond_tls_options *o, frond_tls_context **out) {
    o = o ? o : &none;
    if (!out)
        return frond_fail_set(FROND_EINVAL, "tls context");
    int rc = check(o);
    if (rc < 0)
        return rc;
    frond_tls_context *c = frond_calloc(1, sizeof *c);
    if (!c || uv_mutex_init(&c->lock) != 0) {
        frond_free(c);
        return frond_fail_set(FROND_ENOMEM, "tls context");
    }
    c->refs = 1;
    frond__tls_settings *settings = frond__tls_settings_new(o);
    if (!settings) {
        frond_tls_context_free(c);
        return frond_error_code();
    }
    use(c, settings);
    *out = c;
    return 0;
}

int frond_tls_context_set(frond_tls_context *c, const frond_tls_options *o) {
    o = o ? o : &none;
    if (!c)
        return frond_fail_set(FROND_EINVAL, "tls context");
    int rc = check(o);
    if (rc < 0)
        return rc;
    frond__tls_settings *settings = frond__tls_settings_new(o);
    if (!settings)
        return frond_error_code();
    use(c, settings);
    frond__tls_session_drop(c,
                            NULL); /* whom they were made with may not be trusted now */
    return 0;
}

frond_tls_context *frond_tls_context_ref(frond_tls_context *c) {
    atomic_fetch_add(&c->refs, 1);
    return c;
}

void frond_tls_context_free(frond_tls_context *c) {
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    frond__tls_session_drop(c, NULL);
    frond__tls_settings_free(c->settings);
    uv_mutex_destroy(&c->lock);
    frond_free(c);
}

frond__tls_settings *frond__tls_settings_of(frond_tls_context *c) {
    uv_mutex_lock(&c->lock);
    frond__tls_settings *settings = frond__tls_settings_ref(c->settings);
    uv_mutex_unlock(&c->lock);
    return settings;
}

int frond_tls_context_get_stats(frond_tls_context *c, frond_tls_stats *stats) {
    if (!c || !stats)
        return frond_fail_set(FROND_EINVAL, "tls context");
    *stats = (frond_tls_stats){.client = c->client,
                               .client_resumed = c->client_resumed,
                               .server = c->server,
                               .server_resumed = c->server_resumed,
                               .failed = c->failed};
    uv_mutex_lock(&c->lock);
    stats->kept_sessions = c->sessions.count;
    uv_mutex_unlock(&c->lock);
    return 0;
}

/* Made once for the process, and kept: the trust store is dear to read. */
static uv_once_t default_once = UV_ONCE_INIT;
static uv_mutex_t default_lock;
static bool default_lock_made;
static frond_tls_context *default_context;

static void make_default_lock(void) {
    default_lock_made = uv_mutex_init(&default_lock) == 0;
}

frond_tls_context *frond__tls_default(void) {
    uv_once(&default_once, make_default_lock);
    if (!default_lock_made) {
        frond_fail_set(FROND_ENOMEM, "tls context");
        return NULL;
    }
    uv_mutex_lock(&default_lock);
    if (!default_context)
        frond_tls_context_new(NULL, &default_context);
    frond_tls_context *c = default_context;
    uv_mutex_unlock(&default_lock);
    return c;
}
