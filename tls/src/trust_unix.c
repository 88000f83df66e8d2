/* SPDX-License-Identifier: MIT */
/* Systems whose trust store is files. */
#include "settings.h"

int frond__tls_trust_system(SSL_CTX *ssl) {
    return frond__tls_trust_files(ssl);
}
