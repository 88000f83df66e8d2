/* SPDX-License-Identifier: MIT */
/* The system's trust where it is files: what SSL_CERT_FILE and SSL_CERT_DIR name, and nothing else then; stores that
 * are missing, empty or broken trust nobody, which each handshake says. */
#include "support.h"

#include "link.h"
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[400], file[400],
    hashed[500]; /* hashed: as the folder's user looks for link_ca */

static void write_file(const char *path, const char *a, const char *b, const char *c) {
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    if (f) {
        fprintf(f, "%s%s%s", a, b, c);
        fclose(f);
    }
}

static void begin(void) {
    link_certificates();
    test_path(folder, sizeof folder, "certs");
    test_path(file, sizeof file, "bundle.pem");
    make_folder(folder);
    snprintf(hashed, sizeof hashed, "%s/%08lx.0", folder,
             X509_subject_name_hash(link_ca.x509));
    write_file(hashed, link_ca.cert, "", "");
}

static void end(void) {
    unlink(hashed);
    unlink(file);
    rmdir(folder);
    link_certificates_free();
}

static const char *const believed = "";
static const char *const untrusted =
    "tls good.test: unable to get local issuer certificate, depth 0";

/* ---- OpenSSL's memory tells whether it reads a bundle that nobody asked for ---- */

static long allocations;

static void *allocate(size_t n, const char *where, int line) {
    (void)where;
    (void)line;
    allocations++;
    return n ? malloc(n) : NULL;
}

static void *resize(void *block, size_t n, const char *where, int line) {
    (void)where;
    (void)line;
    allocations++;
    return realloc(block, n ? n : 1);
}

static void give_back(void *block, const char *where, int line) {
    (void)where;
    (void)line;
    free(block);
}

/* ---- what is believed ---- */

/* What a context of nothing but defaults says of link_good, with those variables; NULL: not set. */
static void with(const char *bundle, const char *directory, const char *sentence) {
    link_side client = {.host = "good.test"},
              server = {.context = link_serving(&link_good)};
    (void)(bundle ? setenv("SSL_CERT_FILE", bundle, 1) : unsetenv("SSL_CERT_FILE"));
    (void)(directory ? setenv("SSL_CERT_DIR", directory, 1) : unsetenv("SSL_CERT_DIR"));
    CHECK_INT(frond_tls_context_new(NULL, &client.context), 0);
    for (int i = 0; i < 2; i++) { /* and what it has looked up it knows again */
        link_tls(LINK_PAIR, &client, &server);
        CHECK_INT(client.rc, *sentence ? FROND_ETLS_UNTRUSTED : 0);
        CHECK_TEXT(client.text, sentence);
        if (client.rc == 0)
            frond_stream_free(client.tls);
        if (server.rc == 0)
            frond_stream_free(server.tls);
    }
    frond_tls_context_free(client.context);
    frond_tls_context_free(server.context);
}

static void bundles(void) {
    write_file(file, link_other_ca.cert, "some words in between\n", link_ca.cert);
    with(file, "/nowhere", believed);
    with(file, NULL, believed);
    write_file(file, link_other_ca.cert, "", "");
    with(file, "/nowhere", untrusted);
}

static void directories(void) {
    with("/nowhere", folder, believed);
    with(NULL, folder, believed);
}

/* What a variable names is not there: that is no reason to trust others. */
static void missing(void) {
    with(hashed, "/nowhere", believed); /* one certificate */
    long before = allocations;
    with(hashed, "/nowhere", believed);
    long with_one = allocations - before;
    with("/nowhere", "/nowhere", untrusted);
    CHECK(allocations - before < 3 * with_one);
    with("/nowhere", NULL, untrusted);
    with(NULL, "/nowhere", untrusted);
    write_file(file, "", "", "");
    with(file, "/nowhere", untrusted);
    with(NULL, NULL, untrusted); /* the system's own */
}

static bool uses_system(const char *bundle) {
    frond_tls_options o = {.system_trust = 1, .ca_pem = link_other_ca.cert};
    frond_tls_context *c = NULL;
    setenv("SSL_CERT_FILE", bundle, 1);
    setenv("SSL_CERT_DIR", "/nowhere", 1);
    CHECK_INT(frond_tls_context_new(&o, &c), 0);
    link_side client = {.host = "good.test", .context = c},
              server = {.context = link_serving(&link_good)};
    link_tls(LINK_PAIR, &client, &server);
    bool good = client.rc == 0;
    if (good)
        frond_stream_free(client.tls);
    if (server.rc == 0)
        frond_stream_free(server.tls);
    frond_tls_context_free(c);
    frond_tls_context_free(server.context);
    return good;
}

static void beside_ones_own(void) {
    write_file(file, link_ca.cert, "", "");
    CHECK(uses_system(file));
    CHECK(!uses_system("/nowhere"));
}

/* A certificate that is none spoils the bundle it is in: the system's is silent about it until somebody is refused,
 * one's own says so at once. */
static void broken(void) {
    frond_tls_context *c = NULL;
    char text[2][500];
    write_file(file, link_ca.cert,
               "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
               link_other_ca.cert);
    with(file, "/nowhere", untrusted);
    frond_tls_options own = {.ca_file = file};
    CHECK_INT(frond_tls_context_new(&own, &c), FROND_ETLS_CONFIG);
    snprintf(text[0], sizeof text[0], "tls %s: ", file);
    CHECK_HAS(frond_error_text(), text[0]);
    write_file(file, "", "", "no certificate at all");
    CHECK_INT(frond_tls_context_new(&own, &c), FROND_ETLS_CONFIG);
    snprintf(text[1], sizeof text[1], "tls %s: it holds nothing of the kind in PEM form",
             file);
    CHECK_TEXT(frond_error_text(), text[1]);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"bundles", bundles}, {"directories", directories},
        {"missing", missing}, {"beside one's own", beside_ones_own},
        {"broken", broken},   {0}};
    CRYPTO_set_mem_functions(allocate, resize, give_back);
    test_clock_virtual();
    test_around(begin, end);
    return test_main("trust", tests, argc, argv);
}
