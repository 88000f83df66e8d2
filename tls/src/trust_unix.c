/* SPDX-License-Identifier: MIT */
/* Systems whose trust store is files. */
#include "context.h"

int frond__tls_trust_system(SSL_CTX *ssl) {
    return frond__tls_trust_files(ssl);
}
