/* SPDX-License-Identifier: MIT */
/* Servers that go by what the client has said: its hello is shown to the user's function, which may take its
 * time, and whose context holds from there on. */
#include "engine.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

typedef struct {
    const unsigned char *at;
    size_t left;
} bytes;

/* A part with its length in front, of one or two bytes. */
static bool part(bytes *from, int length_bytes, bytes *out) {
    size_t n = 0;
    for (int i = 0; i < length_bytes; i++) {
        if (from->left == 0)
            return false;
        n = n << 8 | *from->at++;
        from->left--;
    }
    if (n > from->left)
        return false;
    *out = (bytes){from->at, n};
    from->at += n;
    from->left -= n;
    return true;
}

static bytes extension(SSL *ssl, unsigned type) {
    bytes all = {0};
    if (!SSL_client_hello_get0_ext(ssl, type, &all.at, &all.left))
        all.left = 0;
    return all;
}

/* RFC 6066, 3: a list of names, each with its type, of which 0, a host's, is the only one. */
static void hear_name(SSL *ssl, frond__tls_greeting *g) {
    bytes all = extension(ssl, TLSEXT_TYPE_server_name), list, name;
    if (!part(&all, 2, &list) || list.left == 0 || *list.at != TLSEXT_NAMETYPE_host_name)
        return;
    list.at++;
    list.left--;
    if (part(&list, 2, &name) && name.left < sizeof g->server_name &&
        !memchr(name.at, 0, name.left))
        memcpy(g->server_name, name.at, name.left);
}

/* RFC 7301, 3.1: a list of names of 1 to 255 bytes.  A text takes no more room than the name with its length. */
static bool hear_alpn(SSL *ssl, frond__tls_greeting *g) {
    bytes all = extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation), list,
          name;
    size_t n = 0;
    bool any = part(&all, 2, &list);
    g->alpn = frond_calloc(1, any ? list.left + 1 : 1);
    g->offer = frond_calloc((any ? list.left : 0) / 2 + 1, sizeof *g->offer);
    if (!g->alpn || !g->offer)
        return false;
    for (char *to = g->alpn; any && part(&list, 1, &name) && name.left;) {
        memcpy(to, name.at, name.left);
        g->offer[n++] = to;
        to += name.left + 1;
    }
    return true;
}

/* Called for every hello, and a client may send two; the answer is for both. */
int frond__tls_hello(SSL *ssl, int *alert, void *arg) {
    frond__tls *t = SSL_get_app_data(ssl);
    frond__tls_greeting *g = t->greeting;
    (void)arg;
    if (!t->settings->choose || t->established)
        return SSL_CLIENT_HELLO_SUCCESS;
    if (!g->heard) {
        hear_name(ssl, g);
        g->heard = true;
        *alert = SSL_AD_INTERNAL_ERROR;
        return hear_alpn(ssl, g) ? SSL_CLIENT_HELLO_RETRY : SSL_CLIENT_HELLO_ERROR;
    }
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    bool go_on = g->chosen && g->choice == 0 &&
                 (!t->chosen || frond__tls_settings_change(ssl, t->chosen));
    frond__tls_watch(t);
    return go_on ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
}

int frond__tls_choose(frond__tls *t, frond_deadline d) {
    frond__tls_greeting *g = t->greeting;
    frond_tls_context *c = NULL;
    frond_tls_hello hello = {
        .server_name = g->server_name, .alpn = g->offer, .asked = t->context};
    int rc = t->settings->choose(&hello, &c, t->settings->choose_arg, d);
    if (rc >= 0 && c && c != t->context)
        t->chosen = frond__tls_settings_of(c);
    if (rc >= 0 && !frond__tls_rules(t)->has_certificate)
        rc = frond_fail_set(FROND_ETLS_CONFIG, "the context has no certificate");
    g->chosen = true;
    g->choice = rc < 0 ? rc : 0;
    if (rc < 0) {
        const char *text =
            rc == frond_error_code() ? frond_error_text() : frond_error_message(rc);
        g->refusal_text = frond_strndup(text, strlen(text));
    }
    frond_tls_context_free(c);
    return 0;
}

int frond__tls_choice_failed(frond__tls *t) {
    frond__tls_greeting *g = t->greeting;
    if (!g || g->choice == 0)
        return 0;
    return frond_fail_text(
        g->choice, "tls %s, who asks for \"%s\": %s", t->name, g->server_name,
        g->refusal_text ? g->refusal_text : frond_error_message(g->choice));
}
