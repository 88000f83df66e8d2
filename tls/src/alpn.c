/* SPDX-License-Identifier: MIT */
/* Which protocol is to be spoken over TLS: a client offers some, a server chooses. */
#include "settings.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

static int choose(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                  const unsigned char *offered, unsigned offered_len, void *arg) {
    const frond__tls_settings *s = arg;
    unsigned char *chosen;
    (void)ssl;
    if (SSL_select_next_proto(&chosen, out_len, s->alpn, s->alpn_len, offered,
                              offered_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

int frond__tls_set_alpn(frond__tls_settings *s, const char *const *protocols) {
    size_t total = 0;
    for (size_t i = 0; protocols && protocols[i]; i++) {
        size_t n = strlen(protocols[i]);
        if (n == 0 || n > 255)
            return frond_fail_text(FROND_EINVAL, "tls alpn \"%.40s\": 1 to 255 bytes",
                                   protocols[i]);
        total += n + 1;
    }
    if (total == 0)
        return 0;
    if (!(s->alpn = frond_alloc(total)))
        return frond_fail_set(FROND_ENOMEM, "tls context");
    for (size_t i = 0; protocols[i]; i++) {
        size_t n = strlen(protocols[i]);
        s->alpn[s->alpn_len++] = (unsigned char)n;
        memcpy(s->alpn + s->alpn_len, protocols[i], n);
        s->alpn_len += (unsigned)n;
    }
    SSL_CTX_set_alpn_protos(s->ssl, s->alpn, s->alpn_len);
    SSL_CTX_set_alpn_select_cb(s->ssl, choose, s);
    return 0;
}
