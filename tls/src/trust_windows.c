/* SPDX-License-Identifier: MIT */
/* The system's trust store on Windows: the roots that it holds for this user and this machine.  It
 * fetches some roots from its maker only when its own verification asks for them; those are not seen.
 * The environment's variables for OpenSSL come first, as everywhere. */
#include "settings.h"

#include <openssl/x509.h>
#include <stdlib.h>

/* OpenSSL has names that these headers make macros. */
#include <windows.h>

#include <wincrypt.h>

static bool environment_names_any(void) {
    return getenv(X509_get_default_cert_file_env()) ||
           getenv(X509_get_default_cert_dir_env());
}

/* Whether it is there to vouch for servers, by the store's own word. */
static bool vouches_for_servers(PCCERT_CONTEXT c) {
    union {
        CERT_ENHKEY_USAGE usage;
        char space[4096];
    } u;
    DWORD n = sizeof u;
    if (!CertGetEnhancedKeyUsage(c, 0, &u.usage, &n))
        return false;
    if (u.usage.cUsageIdentifier == 0) /* all purposes, or none */
        return GetLastError() == (DWORD)CRYPT_E_NOT_FOUND;
    for (DWORD i = 0; i < u.usage.cUsageIdentifier; i++)
        if (strcmp(u.usage.rgpszUsageIdentifier[i], szOID_PKIX_KP_SERVER_AUTH) == 0)
            return true;
    return false;
}

/* Whether the system's owner or maker has taken its trust away. */
static bool is_disallowed(HCERTSTORE disallowed, PCCERT_CONTEXT c) {
    PCCERT_CONTEXT same = disallowed
                              ? CertFindCertificateInStore(disallowed, X509_ASN_ENCODING,
                                                           0, CERT_FIND_EXISTING, c, NULL)
                              : NULL;
    if (same)
        CertFreeCertificateContext(same);
    return same != NULL;
}

static void add(X509_STORE *store, PCCERT_CONTEXT c) {
    const unsigned char *der = c->pbCertEncoded;
    X509 *x = d2i_X509(NULL, &der, (long)c->cbCertEncoded);
    if (x)
        X509_STORE_add_cert(store, x);
    X509_free(x);
}

int frond__tls_trust_system(SSL_CTX *ssl) {
    if (environment_names_any())
        return SSL_CTX_set_default_verify_paths(ssl);
    HCERTSTORE roots = CertOpenSystemStoreW(0, L"ROOT");
    HCERTSTORE disallowed = CertOpenSystemStoreW(0, L"Disallowed");
    PCCERT_CONTEXT c = NULL;
    if (!roots && disallowed)
        CertCloseStore(disallowed, 0);
    if (!roots)
        return 1; /* nothing is trusted: each handshake will say so */
    while ((c = CertEnumCertificatesInStore(roots, c)))
        if (vouches_for_servers(c) && !is_disallowed(disallowed, c))
            add(SSL_CTX_get_cert_store(ssl), c);
    CertCloseStore(roots, 0);
    if (disallowed)
        CertCloseStore(disallowed, 0);
    return 1;
}
