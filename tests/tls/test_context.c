/* SPDX-License-Identifier: MIT */
/* Contexts: who we are out of every kind of file, what is agreed upon, secrets for those who look on, other
 * options while connections use the old ones; and what a stream tells of its handshake. */
#include "support.h"

#include "link.h"
#include <frond/net.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void end(link_side *s) {
    if (s->rc == 0)
        frond_stream_free(s->tls);
}

/* A handshake of that server with a client that trusts the CA. */
static void serves(const frond_tls_options *o) {
    link_side client = {.host = "good.test", .context = link_trusting(&link_ca)};
    link_side server = {0};
    CHECK_INT(frond_tls_context_new(o, &server.context), 0);
    if (server.context) {
        link_tls(LINK_PAIR, &client, &server);
        CHECK_INT(client.rc, 0);
        CHECK_INT(server.rc, 0);
        end(&client);
        end(&server);
    }
    frond_tls_context_free(client.context);
    frond_tls_context_free(server.context);
}

static void refused(const frond_tls_options *o, int code, const char *sentence) {
    frond_tls_context *c = NULL;
    CHECK_INT(frond_tls_context_new(o, &c), code);
    CHECK_TEXT(frond_error_text(), sentence);
    CHECK(c == NULL);
}

static void write_file(const char *path, const void *data, size_t len) {
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(data, 1, len, f) == len);
    if (f)
        fclose(f);
}

/* ---- who we are ---- */

static int ask_password(char *buf, size_t cap, void *arg) {
    const char *password = arg;
    if (!password || strlen(password) > cap)
        return -1;
    memcpy(buf, password, strlen(password));
    return (int)strlen(password);
}

static void test_locked_key(void) {
    static char secret[] = "secret", wrong[] = "wrong";
    char *key = certificate_locked_key(&link_good, secret);
    frond_tls_options o = {.cert_pem = link_good.cert, .key_pem = key};
    refused(&o, FROND_ETLS_CONFIG,
            "tls private key: it is encrypted, and there is no password");
    o.password = wrong;
    refused(&o, FROND_ETLS_CONFIG,
            "tls private key: it is encrypted with another password");
    o.password = secret;
    serves(&o);
    o.password = NULL;
    o.get_password = ask_password;
    refused(&o, FROND_ETLS_CONFIG,
            "tls private key: it is encrypted, and there is no password");
    o.password_arg = wrong;
    refused(&o, FROND_ETLS_CONFIG,
            "tls private key: it is encrypted with another password");
    o.password_arg = secret;
    serves(&o);
    free(key);
}

static void test_pkcs12(void) {
    static const char *const passwords[] = {"secret", "", NULL};
    char path[300];
    test_path(path, sizeof path, "identity.p12");
    for (int i = 0; i < 3; i++) {
        size_t len;
        void *sealed = certificate_pkcs12(&link_good, &link_ca, passwords[i], &len);
        frond_tls_options o = {.pkcs12 = sealed, .pkcs12_len = len};
        if (i == 0) {
            refused(&o, FROND_ETLS_CONFIG,
                    "tls PKCS#12: it is encrypted, and there is no password");
            o.password = "wrong";
            refused(&o, FROND_ETLS_CONFIG,
                    "tls PKCS#12: it is encrypted with another password");
            o.password = "secret";
        }
        serves(&o);
        write_file(path, sealed, len);
        o.pkcs12 = NULL;
        o.pkcs12_file = path;
        serves(&o);
        free(sealed);
    }
    write_file(path, "no PKCS#12", 10);
    frond_tls_context *c = NULL;
    frond_tls_options o = {.pkcs12_file = path};
    CHECK_INT(frond_tls_context_new(&o, &c), FROND_ETLS_CONFIG);
    remove(path);
    CHECK_INT(frond_tls_context_new(&o, &c), FROND_ENOENT);
}

/* A store of OpenSSL's: here files, as one of hardware is not to be had everywhere. */
static void test_store(void) {
    char path[300], uri[320], sentence[500];
    size_t len, both;
    test_path(path, sizeof path, "store.pem");
    snprintf(uri, sizeof uri, "file:%s", path);
    char *all = malloc(both = strlen(link_ca.cert) + strlen(link_good.key) +
                              strlen(link_good.cert) + 1);
    snprintf(all, both, "%s%s%s", link_ca.cert, link_good.key, link_good.cert);
    frond_tls_options o = {.store = uri};
    write_file(path, all, both - 1);
    serves(&o);
    void *sealed = certificate_pkcs12(&link_good, &link_ca, "secret", &len);
    write_file(path, sealed, len);
    snprintf(sentence, sizeof sentence,
             "tls %s: it is encrypted, and there is no password", uri);
    refused(&o, FROND_ETLS_CONFIG, sentence);
    o.password = "wrong";
    snprintf(sentence, sizeof sentence, "tls %s: it is encrypted with another password",
             uri);
    refused(&o, FROND_ETLS_CONFIG, sentence);
    o.password = "secret";
    serves(&o);
    write_file(path, link_good.cert, strlen(link_good.cert));
    snprintf(sentence, sizeof sentence,
             "tls %s: it holds no certificate with its private key", uri);
    refused(&o, FROND_ETLS_CONFIG, sentence);
    o.cert_pem = link_good.cert;
    snprintf(sentence, sizeof sentence, "tls %s: it holds no private key", uri);
    refused(&o, FROND_ETLS_CONFIG, sentence);
    write_file(path, link_good.key, strlen(link_good.key));
    serves(&o);
    write_file(path, link_ca.key, strlen(link_ca.key));
    frond_tls_context *c = NULL;
    CHECK_INT(frond_tls_context_new(&o, &c), FROND_ETLS_CONFIG);
    CHECK_HAS(frond_error_text(), "key values mismatch");
    remove(path);
    CHECK_INT(frond_tls_context_new(&o, &c), FROND_ETLS_CONFIG);
    CHECK_HAS(frond_error_text(), uri);
    o.store = "nowhere:key";
    CHECK_INT(frond_tls_context_new(&o, &c), FROND_ETLS_CONFIG);
    CHECK_HAS(frond_error_text(), "tls nowhere:key: unregistered scheme");
    free(sealed);
    free(all);
}

static void test_files(void) {
    char cert[300], key[300];
    test_path(cert, sizeof cert, "cert.pem");
    test_path(key, sizeof key, "key.pem");
    write_file(cert, link_good.cert, strlen(link_good.cert));
    write_file(key, link_good.key, strlen(link_good.key));
    frond_tls_options o = {.cert_file = cert, .key_file = key, .ca_file = cert};
    serves(&o);
    o.ca_file = key;
    char sentence[400];
    snprintf(sentence, sizeof sentence,
             "tls %s: it holds nothing of the kind in PEM form", key);
    refused(&o, FROND_ETLS_CONFIG, sentence);
    o = (frond_tls_options){.cert_file = key, .key_file = key};
    refused(&o, FROND_ETLS_CONFIG, sentence);
    char *half = strdup(link_ca.cert);
    memcpy(half + strlen(half) / 2, "!!!!", 4);
    frond_tls_context *c = NULL;
    o = (frond_tls_options){.ca_pem = half};
    CHECK_INT(frond_tls_context_new(&o, &c), FROND_ETLS_CONFIG);
    CHECK_HAS(frond_error_text(), "tls CA certificates: ");
    free(half);
    remove(cert);
    remove(key);
}

/* ---- what is agreed upon ---- */

static void agrees(const char *kind, const char *ciphers, const char *suites,
                   const char *groups, frond_tls_version version, const char *cipher,
                   const char *group) {
    certificate c;
    certificate_spec spec = {.alt = "DNS:good.test", .key = kind};
    certificate_make_as(&c, &spec, &link_ca);
    frond_tls_options co = {.ca_pem = link_ca.cert,
                            .ciphers = ciphers,
                            .ciphersuites = suites,
                            .groups = groups,
                            .highest = version};
    link_side client = {.host = "good.test"}, server = {.context = link_serving(&c)};
    CHECK_INT(frond_tls_context_new(&co, &client.context), 0);
    link_tls(LINK_TCP, &client, &server);
    CHECK_INT(client.rc, 0);
    frond_tls_info info;
    if (client.rc == 0 && server.rc == 0)
        for (int i = 0; i < 2; i++) {
            CHECK_INT(frond_tls_get_info(i ? client.tls : server.tls, &info), 0);
            CHECK_TEXT(info.cipher, cipher);
            CHECK_TEXT(info.group, group);
        }
    end(&client);
    end(&server);
    frond_tls_context_free(client.context);
    frond_tls_context_free(server.context);
    certificate_free(&c);
}

static void test_agreement(void) {
    agrees(NULL, NULL, "TLS_CHACHA20_POLY1305_SHA256", "P-256", FROND_TLS_1_3,
           "TLS_CHACHA20_POLY1305_SHA256", "secp256r1");
    agrees("P-384", NULL, "TLS_AES_128_GCM_SHA256", "P-384:X25519", FROND_TLS_1_3,
           "TLS_AES_128_GCM_SHA256", "secp384r1");
    agrees("ED25519", NULL, NULL, "X25519", FROND_TLS_1_3, "TLS_AES_128_GCM_SHA256",
           "x25519");
    agrees(NULL, NULL, "TLS_AES_256_GCM_SHA384", "X25519", FROND_TLS_1_3,
           "TLS_AES_256_GCM_SHA384", "x25519");
    agrees("ED25519", NULL, NULL, "X25519", FROND_TLS_1_2,
           "ECDHE-ECDSA-AES256-GCM-SHA384", "x25519");
    agrees("RSA-2048", "ECDHE+AESGCM", NULL, "P-521", FROND_TLS_1_2,
           "ECDHE-RSA-AES256-GCM-SHA384", "secp521r1");
    agrees("RSA-2048", "AES128-GCM-SHA256", NULL, NULL, FROND_TLS_1_2,
           "AES128-GCM-SHA256", ""); /* RSA's own key exchange has no group */
    frond_tls_options o = {.ciphers = "NOTHING"};
    refused(&o, FROND_ETLS_CONFIG, "tls NOTHING: no cipher match");
    o = (frond_tls_options){.ciphersuites = "NOTHING"};
    refused(&o, FROND_ETLS_CONFIG, "tls NOTHING: no cipher match");
    o = (frond_tls_options){.groups = "NOTHING"};
    refused(&o, FROND_ETLS_CONFIG, "tls NOTHING: not groups of a key exchange");
}

/* Asking for the kernel's help changes nothing where there is none. */
static void test_ktls(void) {
    frond_tls_options so = {
        .cert_pem = link_good.cert, .key_pem = link_good.key, .ktls = 1};
    frond_tls_options co = {.ca_pem = link_ca.cert, .ktls = 1};
    link_side client = {.host = "good.test"}, server = {0};
    frond_tls_info info;
    char buf[10];
    CHECK_INT(frond_tls_context_new(&so, &server.context), 0);
    CHECK_INT(frond_tls_context_new(&co, &client.context), 0);
    for (int kind = 0; kind < LINKS; kind++) {
        link_tls(kind, &client, &server);
        CHECK_INT(client.rc, 0);
        CHECK_INT(frond_write(client.tls, "hello", 5, NULL, frond_in(20000)), 0);
        CHECK_INT(frond_read(server.tls, buf, sizeof buf, frond_in(20000)), 5);
        CHECK_INT(frond_tls_get_info(client.tls, &info), 0);
        if (kind != LINK_TCP)
            CHECK(!info.ktls_send && !info.ktls_receive);
        else if (getenv(
                     "FROND_TEST_MACHINE")) /* ci/cross/machine.sh: a kernel that can */
            CHECK(info.ktls_send);
        if (info.ktls_send) { /* what the kernel cannot do breaks nothing */
            frond_stream *under = NULL;
            CHECK_INT(frond_tls_new_keys(client.tls, 0, frond_in(20000)), FROND_ENOTSUP);
            CHECK_INT(frond_tls_unwrap(client.tls, &under, frond_in(20000)),
                      FROND_ENOTSUP);
            CHECK_INT(frond_write(client.tls, "again", 5, NULL, frond_in(20000)), 0);
            CHECK_INT(frond_read(server.tls, buf, sizeof buf, frond_in(20000)), 5);
        }
        end(&client);
        end(&server);
    }
    frond_tls_context_free(client.context);
    frond_tls_context_free(server.context);
}

/* ---- what a stream tells ---- */

static void test_chain(void) {
    certificate c;
    certificate_spec spec = {.name = "Zo\xc3\xab",
                             .alt = "DNS:good.test,IP:127.0.0.1",
                             .from_day = -1,
                             .to_day = 30,
                             .key = "RSA-2048"};
    certificate_make_as(&c, &spec, &link_ca);
    certificate_append(&c, &link_other_ca); /* sent, and no part of the chain */
    for (int i = 0; i < 4; i++) {
        link_side client = {.host = "good.test",
                            .context = link_trusting(i % 2 ? NULL : &link_ca)};
        link_side server = {.context = link_serving(&c)};
        frond_tls_chain *chain = NULL;
        link_tls(i / 2 ? LINK_TCP : LINK_WRAPPED, &client, &server);
        CHECK_INT(frond_tls_peer_chain(client.tls, &chain), 0);
        CHECK_INT(frond_tls_peer_chain(server.tls, &chain), FROND_ENOENT);
        end(&client);
        CHECK_INT(frond_tls_chain_count(chain), 2);
        const frond_tls_certificate *x = frond_tls_chain_at(chain, 0);
        CHECK_TEXT(x->subject, "CN=Zo\xc3\xab");
        CHECK_TEXT(x->issuer, "CN=Test CA");
        CHECK_TEXT(x->names, "DNS:good.test, IP Address:127.0.0.1");
        CHECK_TEXT(x->key, "RSA 2048");
        CHECK_TEXT(x->signature, "ecdsa-with-SHA256");
        CHECK_INT(x->is_ca, 0);
        CHECK_INT(x->not_after - x->not_before, 31 * 86400);
        CHECK(strlen(x->sha256) == 64 && strlen(x->pin) == 51 && *x->serial);
        CHECK(x->der_len > 300 && *(const unsigned char *)x->der == 0x30);
        x = frond_tls_chain_at(chain, 1);
        CHECK_TEXT(x->subject, i % 2 ? "CN=Other CA" : "CN=Test CA");
        CHECK_TEXT(x->key, "EC P-256");
        CHECK_INT(x->is_ca, 1);
        CHECK(frond_tls_chain_at(chain, 2) == NULL);
        frond_tls_chain_free(chain);
        end(&server);
        frond_tls_context_free(client.context);
        frond_tls_context_free(server.context);
    }
    frond_tls_chain_free(NULL);
    certificate_free(&c);
}

static void test_binding(void) {
    static const char *const kinds[] = {"tls-exporter", "tls-server-end-point",
                                        "tls-unique"};
    for (int version = FROND_TLS_1_2; version <= FROND_TLS_1_3; version++) {
        frond_tls_options o = {.ca_pem = link_ca.cert,
                               .highest = (frond_tls_version)version};
        link_side client = {.host = "good.test"};
        link_side server = {.context = link_serving(&link_good)};
        char a[64], b[64];
        CHECK_INT(frond_tls_context_new(&o, &client.context), 0);
        for (int again = 0; again < 2; again++) { /* resumed with TLS 1.2 */
            link_tls(LINK_TCP, &client, &server);
            for (int i = 0; i < 3; i++) {
                int64_t n = frond_tls_channel_binding(client.tls, kinds[i], a, sizeof a);
                CHECK_INT(frond_tls_channel_binding(server.tls, kinds[i], b, sizeof b),
                          n);
                CHECK_INT(n, i < 2 ? 32 : version == FROND_TLS_1_2 ? 12 : FROND_ENOTSUP);
                CHECK(n < 0 || memcmp(a, b, (size_t)n) == 0);
            }
            CHECK_INT(frond_tls_channel_binding(client.tls, "none", a, sizeof a),
                      FROND_EINVAL);
            CHECK_INT(frond_tls_channel_binding(client.tls, kinds[0], a, 31),
                      FROND_EINVAL);
            CHECK_INT(frond_tls_export(client.tls, "EXPERIMENTAL me", "x", 1, a, 40), 0);
            CHECK_INT(frond_tls_export(server.tls, "EXPERIMENTAL me", "x", 1, b, 40), 0);
            CHECK(memcmp(a, b, 40) == 0);
            CHECK_INT(frond_tls_export(server.tls, "EXPERIMENTAL me", "y", 1, b, 40), 0);
            CHECK(memcmp(a, b, 40) != 0);
            CHECK_INT(frond_tls_export(server.tls, NULL, NULL, 0, b, 40), FROND_EINVAL);
            end(&client);
            end(&server);
        }
        frond_tls_context_free(client.context);
        frond_tls_context_free(server.context);
    }
}

/* ---- those who look on ---- */

static size_t lines_with(const char *path, const char *word) {
    char line[300];
    size_t n = 0;
    FILE *f = fopen(path, "rb");
    while (f && fgets(line, sizeof line, f))
        n += strncmp(line, word, strlen(word)) == 0;
    if (f)
        fclose(f);
    return n;
}

static void test_keylog(void) {
    char path[300];
    test_path(path, sizeof path, "keylog");
    remove(path);
    frond_tls_options o = {.ca_pem = link_ca.cert, .keylog_file = path, .no_sessions = 1};
    for (int version = FROND_TLS_1_2; version <= FROND_TLS_1_3; version++) {
        link_side client = {.host = "good.test"};
        link_side server = {.context = link_serving(&link_good)};
        o.highest = (frond_tls_version)version;
        CHECK_INT(frond_tls_context_new(&o, &client.context), 0);
        link_tls(LINK_TCP, &client, &server);
        end(&client);
        end(&server);
        frond_tls_context_free(client.context);
        frond_tls_context_free(server.context);
    }
    CHECK_INT(lines_with(path, "CLIENT_RANDOM "), 1);
    CHECK_INT(lines_with(path, "CLIENT_TRAFFIC_SECRET_0 "), 1);
    CHECK_INT(lines_with(path, "SERVER_TRAFFIC_SECRET_0 "), 1);
    remove(path);
    o.keylog_file = "/nowhere/keylog";
    refused(&o, FROND_ENOENT, "tls /nowhere/keylog: no such file or directory");
    frond_tls_context *c = NULL;
    o = (frond_tls_options){.ca_pem = link_ca.cert,
                            .keylog_env = 1}; /* which is not set */
    CHECK_INT(frond_tls_context_new(&o, &c), 0);
    frond_tls_context_free(c);
}

/* ---- other options while connections use the old ones ---- */

static void test_replaced(void) {
    certificate next;
    char byte;
    certificate_make(&next, "next", "DNS:good.test", -1, 20, 0, &link_other_ca);
    link_side client = {.host = "good.test", .context = link_trusting(&link_ca)};
    link_side server = {.context = link_serving(&link_good)};
    link_side later = {.host = "good.test", .context = link_trusting(&link_other_ca)};
    link_side renewed = {.context = server.context};
    frond_tls_options o = {.cert_pem = next.cert, .key_pem = next.key};
    for (int kind = 0; kind < LINKS; kind++) {
        frond_tls_options first = {.cert_pem = link_good.cert, .key_pem = link_good.key};
        CHECK_INT(frond_tls_context_set(server.context, &first), 0);
        link_tls(kind, &client, &server);
        CHECK_INT(client.rc, 0);
        CHECK_INT(frond_tls_context_set(server.context, &o), 0);
        link_tls(kind, &later, &renewed);
        CHECK_INT(later.rc, 0);
        CHECK_INT(frond_write(client.tls, "x", 1, NULL, frond_in(20000)), 0);
        CHECK_INT(frond_read(server.tls, &byte, 1, frond_in(20000)), 1);
        end(&client);
        end(&server);
        end(&later);
        end(&renewed);
        link_tls(kind, &client, &renewed);
        CHECK_INT(client.rc, FROND_ETLS_UNTRUSTED);
        end(&renewed);
    }
    o.key_pem = "no key"; /* what is refused changes nothing */
    CHECK_INT(frond_tls_context_set(server.context, &o), FROND_ETLS_CONFIG);
    CHECK_INT(frond_tls_context_set(NULL, NULL), FROND_EINVAL);
    o.reserved[0] = 1;
    CHECK_INT(frond_tls_context_set(server.context, &o), FROND_EINVAL);
    link_tls(LINK_TCP, &later, &renewed);
    CHECK_INT(later.rc, 0);
    end(&later);
    end(&renewed);
    frond_tls_context_free(client.context);
    frond_tls_context_free(later.context);
    frond_tls_context_free(server.context);
    certificate_free(&next);
}

/* ---- out of memory ---- */

static void make_all(void) {
    static const char *const alpn[] = {"h2", NULL};
    static const char *const pins[] = {
        "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", NULL};
    frond_tls_options o = {.ca_pem = link_ca.cert,
                           .cert_pem = link_good.cert,
                           .key_pem = link_good.key,
                           .alpn = alpn,
                           .pins = pins,
                           .groups = "X25519"};
    frond_tls_context *c = NULL;
    int rc = frond_tls_context_new(&o, &c);
    CHECK_INT(rc, rc < 0 ? FROND_ENOMEM : 0);
    frond_tls_context_free(c);
}

static void shake_all(void) {
    static const char *const alpn[] = {"h2", NULL};
    frond_tls_options co = {.ca_pem = link_ca.cert, .alpn = alpn};
    frond_tls_options so = {
        .cert_pem = link_good.cert, .key_pem = link_good.key, .alpn = alpn};
    link_side client = {.host = "good.test"}, server = {0};
    frond_stream *a = NULL, *b = NULL;
    if (frond_tls_context_new(&co, &client.context) == 0 &&
        frond_tls_context_new(&so, &server.context) == 0 &&
        frond_stream_pair(&a, &b) == 0) {
        client.under = a;
        server.under = b;
        client.deadline = server.deadline = frond_in(20000);
        frond_greenlet *g = frond_spawn(link_handshake, &server);
        if (g) {
            link_handshake(&client);
            frond_join(g, FROND_NEVER);
            frond_release(g);
            if (client.rc == 0) {
                frond_tls_chain *chain = NULL;
                int rc = frond_tls_peer_chain(client.tls, &chain);
                CHECK_INT(rc, rc < 0 ? FROND_ENOMEM : 0);
                frond_tls_chain_free(chain);
            }
            end(&client);
            end(&server);
        } else {
            frond_stream_free(a);
            frond_stream_free(b);
        }
    }
    frond_tls_context_free(client.context);
    frond_tls_context_free(server.context);
}

static void test_no_memory(void) {
    memory_sweep(make_all);
    memory_sweep(shake_all);
}

static const test_case tests[] = {
    {"locked key", test_locked_key}, {"PKCS#12", test_pkcs12},
    {"store", test_store},           {"files", test_files},
    {"agreement", test_agreement},   {"kTLS", test_ktls},
    {"chain", test_chain},           {"binding", test_binding},
    {"keylog", test_keylog},         {"replaced", test_replaced},
    {"no memory", test_no_memory},   {0}};

int main(int argc, char **argv) {
    link_certificates();
    int rc = test_main("context", tests, argc, argv);
    link_certificates_free();
    return rc;
}
