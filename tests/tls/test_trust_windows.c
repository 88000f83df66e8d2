/* SPDX-License-Identifier: MIT */
/* The system's trust where it is the store of Windows: a CA is put into it and taken out again, said to be no good, or
 * good for something else.  Windows asks the user about that, Wine does not: this is for Wine. */
#include "support.h"

#include "link.h"
#include "support/os.h"

/* OpenSSL has names that these headers make macros. */
#include <windows.h>

#include <wincrypt.h>

static PCCERT_CONTEXT put(const wchar_t *where, const certificate *c) {
    HCERTSTORE store = CertOpenSystemStoreW(0, where);
    unsigned char *der = NULL;
    int n = i2d_X509(c->x509, &der);
    PCCERT_CONTEXT in = NULL;
    CHECK(store && n > 0 &&
          CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, (DWORD)n,
                                           CERT_STORE_ADD_REPLACE_EXISTING, &in));
    OPENSSL_free(der);
    CertCloseStore(store, 0);
    return in;
}

static void take_out(PCCERT_CONTEXT in) {
    CHECK(in && CertDeleteCertificateFromStore(in));
}

/* What a context of nothing but defaults says of a certificate. */
static void check(const certificate *c, int rc) {
    link_side client = {.host = "good.test"}, server = {.context = link_serving(c)};
    CHECK_INT(frond_tls_context_new(NULL, &client.context), 0);
    link_tls(LINK_PAIR, &client, &server);
    CHECK_INT(client.rc, rc);
    if (client.rc == 0)
        frond_stream_free(client.tls);
    if (server.rc == 0)
        frond_stream_free(server.tls);
    frond_tls_context_free(client.context);
    frond_tls_context_free(server.context);
}

static void in_and_out(void) {
    check(&link_good, FROND_ETLS_UNTRUSTED);
    PCCERT_CONTEXT ca = put(L"ROOT", &link_ca);
    check(&link_good, 0);
    take_out(ca);
    check(&link_good, FROND_ETLS_UNTRUSTED);
}

static void disallowed(void) {
    PCCERT_CONTEXT ca = put(L"ROOT", &link_ca), no = put(L"Disallowed", &link_ca);
    check(&link_good, FROND_ETLS_UNTRUSTED);
    take_out(no);
    check(&link_good, 0);
    take_out(ca);
}

/* The store's own word about what a CA is there for. */
static void purposes(void) {
    static char *const names[] = {szOID_PKIX_KP_CLIENT_AUTH, szOID_PKIX_KP_SERVER_AUTH};
    for (int i = 0; i < 2; i++) {
        LPSTR name = names[i];
        CERT_ENHKEY_USAGE usage = {1, &name};
        PCCERT_CONTEXT ca = put(L"ROOT", &link_ca);
        CHECK(CertSetEnhancedKeyUsage(ca, &usage));
        check(&link_good, i ? 0 : FROND_ETLS_UNTRUSTED);
        take_out(ca);
    }
}

static void expired(void) {
    certificate old, leaf;
    certificate_make(&old, "Old CA", NULL, -20, -10, 1, NULL);
    certificate_make(&leaf, "leaf", "DNS:good.test", -1, 20, 0, &old);
    PCCERT_CONTEXT ca = put(L"ROOT", &old);
    check(&leaf, FROND_ETLS_EXPIRED);
    take_out(ca);
    certificate_free(&leaf);
    certificate_free(&old);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"in and out", in_and_out},
                                      {"disallowed", disallowed},
                                      {"purposes", purposes},
                                      {"expired", expired},
                                      {0}};
    if (!os_emulator())
        test_skip("Windows would ask the user");
    test_around(link_certificates, link_certificates_free);
    return test_main("trust", tests, argc, argv);
}
