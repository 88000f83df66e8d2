/* SPDX-License-Identifier: MIT */
/* The system's trust where it is the store of Windows: a CA is put into it and taken out again, said to be no good, or
 * good for something else.  Windows asks the user about that, Wine does not: this is for Wine. */
#include "support.h"

#include "link.h"
#include "support/os.h"
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

/* OpenSSL has names that these headers make macros. */
#include <windows.h>

#include <wincrypt.h>

/* Of this run only: a store is everybody's, and tells a certificate by its issuer's name and its number. */
static certificate ca, leaf;

static void make_certificates(void) {
    char name[60];
    snprintf(name, sizeof name, "CA of process %lu at %llu", GetCurrentProcessId(),
             (unsigned long long)uv_hrtime());
    certificate_make(&ca, name, NULL, -1, 30, 1, NULL);
    certificate_make(&leaf, "good", "DNS:good.test", -1, 30, 0, &ca);
}

static void free_certificates(void) {
    certificate_free(&leaf);
    certificate_free(&ca);
}

typedef struct {
    HCERTSTORE store; /* open as long as it is in there */
    PCCERT_CONTEXT in;
} entry;

/* usage: what the store says that it is there for; NULL: nothing. */
static entry put(const wchar_t *where, const certificate *c, CERT_ENHKEY_USAGE *usage) {
    entry e = {.store = CertOpenStore(CERT_STORE_PROV_SYSTEM_REGISTRY_W, 0, 0,
                                      CERT_SYSTEM_STORE_CURRENT_USER, where)};
    unsigned char *der = NULL;
    int n = i2d_X509(c->x509, &der);
    PCCERT_CONTEXT made =
        n > 0 ? CertCreateCertificateContext(X509_ASN_ENCODING, der, (DWORD)n) : NULL;
    CHECK(e.store && made && (!usage || CertSetEnhancedKeyUsage(made, usage)));
    CHECK(CertAddCertificateContextToStore(e.store, made, CERT_STORE_ADD_REPLACE_EXISTING,
                                           &e.in));
    CertFreeCertificateContext(made);
    OPENSSL_free(der);
    CertControlStore(e.store, 0, CERT_STORE_CTRL_COMMIT, NULL);
    return e;
}

static void take_out(entry e) {
    CHECK(e.in && CertDeleteCertificateFromStore(e.in));
    CertControlStore(e.store, 0, CERT_STORE_CTRL_COMMIT, NULL);
    CHECK(CertCloseStore(e.store, 0));
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
    check(&leaf, FROND_ETLS_UNTRUSTED);
    entry root = put(L"ROOT", &ca, NULL);
    check(&leaf, 0);
    take_out(root);
    check(&leaf, FROND_ETLS_UNTRUSTED);
}

static void disallowed(void) {
    entry root = put(L"ROOT", &ca, NULL), no = put(L"Disallowed", &ca, NULL);
    check(&leaf, FROND_ETLS_UNTRUSTED);
    take_out(no);
    check(&leaf, 0);
    take_out(root);
}

/* The store's own word about what a CA is there for. */
static void purposes(void) {
    static char *const names[] = {szOID_PKIX_KP_CLIENT_AUTH, szOID_PKIX_KP_SERVER_AUTH};
    for (int i = 0; i < 2; i++) {
        LPSTR name = names[i];
        CERT_ENHKEY_USAGE usage = {1, &name};
        entry root = put(L"ROOT", &ca, &usage);
        check(&leaf, i ? 0 : FROND_ETLS_UNTRUSTED);
        take_out(root);
    }
}

static void expired(void) {
    certificate old, of_old;
    char name[60];
    snprintf(name, sizeof name, "old CA of process %lu at %llu", GetCurrentProcessId(),
             (unsigned long long)uv_hrtime());
    certificate_make(&old, name, NULL, -20, -10, 1, NULL);
    certificate_make(&of_old, "leaf", "DNS:good.test", -1, 20, 0, &old);
    entry root = put(L"ROOT", &old, NULL);
    check(&of_old, FROND_ETLS_EXPIRED);
    take_out(root);
    certificate_free(&of_old);
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
    _putenv("SSL_CERT_FILE="); /* which would be asked instead */
    _putenv("SSL_CERT_DIR=");
    test_around(make_certificates, free_certificates);
    return test_main("trust", tests, argc, argv);
}
