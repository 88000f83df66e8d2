/* SPDX-License-Identifier: MIT */
/* Systems whose kernel does not encrypt, as far as OpenSSL knows here. */
#include "transport.h"

#include <frond/error.h>

BIO *frond__tls_kernel_bio(intptr_t fd) {
    (void)fd;
    return NULL;
}

int64_t frond__tls_kernel_control(BIO *kernel, int type, const void *data, size_t len) {
    (void)kernel;
    (void)type;
    (void)data;
    (void)len;
    return FROND_ENOTSUP;
}
