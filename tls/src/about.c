/* SPDX-License-Identifier: MIT */
/* The facts of tls.  The version is that of the library that was loaded, not of the headers. */
#include <frond/tls.h>

#include <openssl/crypto.h>

void frond_tls_about(frond_fact_fn fact, void *arg) {
    fact("openssl", OpenSSL_version(OPENSSL_VERSION_STRING), arg);
}
