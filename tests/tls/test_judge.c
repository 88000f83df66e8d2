/* SPDX-License-Identifier: MIT */
/* Whom a client believes: a table of bad certificates and the sentence that each gets; pins; and the user's own
 * function, which may wait. */
#include "support.h"

#include "link.h"
#include <frond/net.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BY_CA, BY_NOBODY, BY_OTHER, BY_MIDDLE, BY_MIDDLE_NOT_SENT, BY_NAMESAKE };

typedef struct {
    const char *what;
    certificate_spec leaf;
    int by;
    certificate_spec middle; /* BY_MIDDLE: what it is like */
    const char *host;        /* NULL: good.test */
    int code;
    const char *sentence; /* after "tls HOST: " */
} row;

#define LEAF .alt = "DNS:good.test"
#define NAME "certificate is for another name, depth 0"

static const row rows[] = {
    {"nothing wrong", {LEAF}, BY_CA, {0}, NULL, 0, ""},
    {"nothing wrong, RSA", {LEAF, .key = "RSA-2048"}, BY_CA, {0}, NULL, 0, ""},
    {"a CA in between", {LEAF}, BY_MIDDLE, {.is_ca = 1}, NULL, 0, ""},

    {"expired",
     {LEAF, .from_day = -9, .to_day = -2},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_EXPIRED,
     "certificate expired @-2, depth 0"},
    {"not yet valid",
     {LEAF, .from_day = 2, .to_day = 9},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_NOTYET,
     "certificate not yet valid @+2, depth 0"},
    {"dates the wrong way round",
     {LEAF, .from_day = 9, .to_day = -9},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_NOTYET,
     "certificate not yet valid @+9, depth 0"},
    {"the CA in between expired",
     {LEAF},
     BY_MIDDLE,
     {.is_ca = 1, .from_day = -9, .to_day = -2},
     NULL,
     FROND_ETLS_EXPIRED,
     "certificate expired @-2, depth 1"},
    {"the CA in between not yet valid",
     {LEAF},
     BY_MIDDLE,
     {.is_ca = 1, .from_day = 2, .to_day = 9},
     NULL,
     FROND_ETLS_NOTYET,
     "certificate not yet valid @+2, depth 1"},

    {"another name",
     {.alt = "DNS:bad.test"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_HOSTNAME,
     NAME},
    {"the beginning of the name",
     {.alt = "DNS:good.tes"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_HOSTNAME,
     NAME},
    {"a name below",
     {.alt = "DNS:www.good.test"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_HOSTNAME,
     NAME},
    {"the name in CN only",
     {.name = "good.test"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_HOSTNAME,
     NAME},
    {"an address in CN only",
     {.name = "127.0.0.1"},
     BY_CA,
     {0},
     "127.0.0.1",
     FROND_ETLS_HOSTNAME,
     NAME},
    {"an address as a name",
     {.alt = "DNS:127.0.0.1"},
     BY_CA,
     {0},
     "127.0.0.1",
     FROND_ETLS_HOSTNAME,
     NAME},
    {"another address",
     {.alt = "IP:127.0.0.2"},
     BY_CA,
     {0},
     "127.0.0.1",
     FROND_ETLS_HOSTNAME,
     NAME},
    {"an address of the other family",
     {.alt = "IP:::ffff:127.0.0.1"},
     BY_CA,
     {0},
     "127.0.0.1",
     FROND_ETLS_HOSTNAME,
     NAME},
    {"a name as mail",
     {.alt = "email:me@good.test"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_HOSTNAME,
     NAME},
    {"a wildcard of any name",
     {.alt = "DNS:*"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_HOSTNAME,
     NAME},
    {"a wildcard of a whole domain",
     {.alt = "DNS:*.test"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_HOSTNAME,
     NAME},
    {"a wildcard and its own domain",
     {.alt = "DNS:*.good.test"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_HOSTNAME,
     NAME},
    {"a wildcard of two levels",
     {.alt = "DNS:*.good.test"},
     BY_CA,
     {0},
     "a.b.good.test",
     FROND_ETLS_HOSTNAME,
     NAME},
    {"a wildcard in the middle",
     {.alt = "DNS:www.*.test"},
     BY_CA,
     {0},
     "www.good.test",
     FROND_ETLS_HOSTNAME,
     NAME},
    {"a part of a wildcard",
     {.alt = "DNS:w*.good.test"},
     BY_CA,
     {0},
     "www.good.test",
     FROND_ETLS_HOSTNAME,
     NAME},
    {"two wildcards",
     {.alt = "DNS:*.*.good.test"},
     BY_CA,
     {0},
     "a.b.good.test",
     FROND_ETLS_HOSTNAME,
     NAME},

    {"its own issuer",
     {LEAF},
     BY_NOBODY,
     {0},
     NULL,
     FROND_ETLS_UNTRUSTED,
     "self-signed certificate, depth 0"},
    {"an issuer unknown",
     {LEAF},
     BY_OTHER,
     {0},
     NULL,
     FROND_ETLS_UNTRUSTED,
     "unable to get local issuer certificate, depth 0"},
    {"a chain that is broken",
     {LEAF},
     BY_MIDDLE_NOT_SENT,
     {.is_ca = 1},
     NULL,
     FROND_ETLS_UNTRUSTED,
     "unable to get local issuer certificate, depth 0"},
    {"a namesake of the CA's",
     {LEAF},
     BY_NAMESAKE,
     {0},
     NULL,
     FROND_ETLS_CERT,
     "certificate signature failure, depth 0"},

    {"an issuer that is no CA",
     {LEAF},
     BY_MIDDLE,
     {.is_ca = 0},
     NULL,
     FROND_ETLS_CERT,
     "invalid CA certificate, depth 1"},
    {"a CA that may not sign",
     {LEAF},
     BY_MIDDLE,
     {.is_ca = 1, .usage = "critical,cRLSign"},
     NULL,
     FROND_ETLS_CERT,
     "invalid CA certificate, depth 1"},
    {"for clients only",
     {LEAF, .purpose = "clientAuth"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_CERT,
     "unsuitable certificate purpose, depth 0"},
    {"for signing code",
     {LEAF, .purpose = "codeSigning"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_CERT,
     "unsuitable certificate purpose, depth 0"},
    {"a CA for clients only",
     {LEAF},
     BY_MIDDLE,
     {.is_ca = 1, .purpose = "clientAuth"},
     NULL,
     FROND_ETLS_CERT,
     "unsuitable certificate purpose, depth 1"},
    {"a key for other uses",
     {LEAF, .usage = "critical,cRLSign"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_CERT,
     "unsuitable certificate purpose, depth 0"},
    {"an extension that nobody knows",
     {LEAF, .other = "\x05\x00"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_CERT,
     "unhandled critical extension, depth 0"},

    {"a name not permitted",
     {LEAF},
     BY_MIDDLE,
     {.is_ca = 1, .names = "critical,permitted;DNS:other.test"},
     NULL,
     FROND_ETLS_CERT,
     "permitted subtree violation, depth 0"},
    {"a name excluded",
     {LEAF},
     BY_MIDDLE,
     {.is_ca = 1, .names = "critical,excluded;DNS:test"},
     NULL,
     FROND_ETLS_CERT,
     "excluded subtree violation, depth 0"},
    {"an address not permitted",
     {.alt = "IP:127.0.0.1"},
     BY_MIDDLE,
     {.is_ca = 1, .names = "critical,permitted;IP:10.0.0.0/255.0.0.0"},
     "127.0.0.1",
     FROND_ETLS_CERT,
     "permitted subtree violation, depth 0"},

    {"a weak key",
     {LEAF, .key = "RSA-1024"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_CERT,
     "EE certificate key too weak, depth 0"},
    {"a CA's weak key",
     {LEAF},
     BY_MIDDLE,
     {.is_ca = 1, .key = "RSA-1024"},
     NULL,
     FROND_ETLS_CERT,
     "CA certificate key too weak, depth 1"},
    {"a signature with SHA-1",
     {LEAF, .digest = "SHA1"},
     BY_CA,
     {0},
     NULL,
     FROND_ETLS_CERT,
     "CA signature digest algorithm too weak, depth 0"},
    {"a CA's signature with SHA-1",
     {LEAF},
     BY_MIDDLE,
     {.is_ca = 1, .digest = "SHA1"},
     NULL,
     FROND_ETLS_CERT,
     "CA signature digest algorithm too weak, depth 1"},
};

/* "@-2" is that day. */
static void expect(char *out, size_t cap, const row *r) {
    const char *host = r->host ? r->host : "good.test", *at = strchr(r->sentence, '@');
    if (r->code == 0)
        *out = '\0';
    else if (!at)
        snprintf(out, cap, "tls %s: %s", host, r->sentence);
    else
        snprintf(out, cap, "tls %s: %.*s%s%s", host, (int)(at - r->sentence), r->sentence,
                 certificate_day(atoi(at + 1)), strchr(at, ','));
}

/* A server with security lowered, as only a bad one has it. */
static frond_tls_context *serving(const certificate *c) {
    frond_tls_options o = {
        .cert_pem = c->cert, .key_pem = c->key, .ciphers = "ALL:@SECLEVEL=0"};
    frond_tls_context *made = NULL;
    CHECK_INT(frond_tls_context_new(&o, &made), 0);
    return made;
}

static void make(const row *r, certificate *c, certificate *middle) {
    certificate namesake;
    const certificate *issuers[] = {&link_ca, NULL,   &link_other_ca,
                                    middle,   middle, &namesake};
    certificate_spec spec = r->middle;
    spec.name = "Middle";
    certificate_make_as(middle, &spec, &link_ca);
    certificate_make(&namesake, "Test CA", NULL, -1, 30, 1, NULL);
    certificate_make_as(c, &r->leaf, issuers[r->by]);
    if (r->by == BY_MIDDLE)
        certificate_append(c, middle);
    certificate_free(&namesake);
}

static void end(link_side *s) {
    if (s->rc == 0)
        frond_stream_free(s->tls);
}

static void run(const row *r) {
    certificate c, middle;
    char sentence[300];
    make(r, &c, &middle);
    expect(sentence, sizeof sentence, r);
    link_side client = {.host = r->host ? r->host : "good.test",
                        .context = link_trusting(&link_ca)};
    link_side server = {.context = serving(&c)};
    for (int kind = 0; kind < LINKS; kind++) {
        link_tls(kind, &client, &server);
        CHECK_INT(client.rc, r->code);
        CHECK_TEXT(client.text, sentence);
        if (client.rc != r->code || strcmp(client.text, sentence) != 0)
            fprintf(stderr, "    %s: \"%s\"\n", r->what, client.text);
        end(&client);
        end(&server);
    }
    frond_tls_context_free(client.context);
    frond_tls_context_free(server.context);
    certificate_free(&c);
    certificate_free(&middle);
}

static void test_table(void) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        run(&rows[i]);
}

/* ---- what no spec can say ---- */

/* One handshake with that certificate. */
static void meet(frond_tls_context *trusting, frond_tls_context *at, int code,
                 const char *sentence) {
    for (int kind = 0; kind < LINKS; kind++) {
        link_side client = {.host = "good.test", .context = trusting};
        link_side server = {.context = at};
        link_tls(kind, &client, &server);
        CHECK_INT(client.rc, code);
        CHECK_TEXT(client.text, sentence);
        end(&client);
        end(&server);
    }
}

static void test_signature(void) {
    certificate c;
    certificate_make(&c, "c", "DNS:good.test", -1, 20, 0, &link_ca);
    const ASN1_BIT_STRING *signature;
    X509_get0_signature(&signature, NULL, c.x509);
    ASN1_STRING_get0_data(signature);
    ((unsigned char *)(uintptr_t)ASN1_STRING_get0_data(signature))[12] ^= 1;
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    PEM_write_bio_X509(bio, c.x509);
    long n = BIO_get_mem_data(bio, &pem);
    memcpy(c.cert, pem, (size_t)n);
    BIO_free(bio);
    frond_tls_context *trusting = link_trusting(&link_ca), *at = serving(&c);
    meet(trusting, at, FROND_ETLS_CERT,
         "tls good.test: certificate signature failure, depth 0");
    frond_tls_context_free(trusting);
    frond_tls_context_free(at);
    certificate_free(&c);
}

static void test_path_length(void) {
    certificate upper, lower, c;
    certificate_make_as(&upper,
                        &(certificate_spec){.name = "Upper",
                                            .is_ca = 1,
                                            .basic = "critical,CA:TRUE,pathlen:0"},
                        &link_ca);
    certificate_make(&lower, "Lower", NULL, -1, 20, 1, &upper);
    certificate_make(&c, "c", "DNS:good.test", -1, 20, 0, &lower);
    certificate_append(&c, &lower);
    certificate_append(&c, &upper);
    frond_tls_context *trusting = link_trusting(&link_ca), *at = serving(&c);
    meet(trusting, at, FROND_ETLS_CERT,
         "tls good.test: path length constraint exceeded, depth 2");
    frond_tls_context_free(trusting);
    frond_tls_context_free(at);
    certificate_free(&c);
    certificate_free(&lower);
    certificate_free(&upper);
}

/* A root that is sent along is not trusted for that. */
static void test_root_sent(void) {
    certificate c;
    certificate_make(&c, "c", "DNS:good.test", -1, 20, 0, &link_other_ca);
    certificate_append(&c, &link_other_ca);
    frond_tls_context *trusting = link_trusting(&link_ca), *at = serving(&c);
    meet(trusting, at, FROND_ETLS_UNTRUSTED,
         "tls good.test: self-signed certificate in certificate chain, depth 1");
    frond_tls_context_free(trusting);
    frond_tls_context_free(at);
    certificate_free(&c);
}

/* ---- revocation ---- */

static void revoked(const char *lists, int chain, frond_tls_context *at, int code,
                    const char *sentence) {
    frond_tls_context *trusting = NULL;
    frond_tls_options o = {.ca_pem = link_ca.cert, .crl_pem = lists, .crl_chain = chain};
    CHECK_INT(frond_tls_context_new(&o, &trusting), 0);
    meet(trusting, at, code, sentence);
    frond_tls_context_free(trusting);
}

static void test_revoked(void) {
    certificate c, middle;
    certificate_make(&middle, "Middle", NULL, -1, 20, 1, &link_ca);
    certificate_make(&c, "c", "DNS:good.test", -1, 20, 0, &middle);
    certificate_append(&c, &middle);
    frond_tls_context *at = serving(&c);
    char *clean = certificate_list(&middle, NULL, -1, 5);
    char *named = certificate_list(&middle, &c, -1, 5);
    char *old = certificate_list(&middle, NULL, -9, -2);
    char *early = certificate_list(&middle, NULL, 2, 9);
    char *upper = certificate_list(&link_ca, &middle, -1, 5);
    revoked(clean, 0, at, 0, "");
    revoked(named, 0, at, FROND_ETLS_CERT, "tls good.test: certificate revoked, depth 0");
    revoked(old, 0, at, FROND_ETLS_CERT, "tls good.test: CRL has expired, depth 0");
    revoked(early, 0, at, FROND_ETLS_CERT,
            "tls good.test: CRL is not yet valid, depth 0");
    revoked(upper, 0, at, FROND_ETLS_CERT,
            "tls good.test: unable to get certificate CRL, depth 0");
    revoked(clean, 1, at, FROND_ETLS_CERT,
            "tls good.test: unable to get certificate CRL, depth 1");
    char both[8000];
    snprintf(both, sizeof both, "%s%s", clean, upper);
    revoked(both, 1, at, FROND_ETLS_CERT, "tls good.test: certificate revoked, depth 1");
    revoked(both, 0, at, 0, "");
    free(clean);
    free(named);
    free(old);
    free(early);
    free(upper);
    frond_tls_context_free(at);
    certificate_free(&c);
    certificate_free(&middle);
}

/* ---- pins ---- */

static void pinned(const char *const *pins, int insecure, frond_tls_context *at, int code,
                   const char *sentence) {
    frond_tls_context *trusting = NULL;
    frond_tls_options o = {.ca_pem = link_ca.cert, .pins = pins, .insecure = insecure};
    CHECK_INT(frond_tls_context_new(&o, &trusting), 0);
    meet(trusting, at, code, sentence);
    frond_tls_context_free(trusting);
}

static frond_tls_chain *chain_at(frond_tls_context *at) {
    frond_tls_chain *chain = NULL;
    link_side client = {.host = "good.test", .context = link_trusting(&link_ca)};
    link_side server = {.context = at};
    link_tls(LINK_PAIR, &client, &server);
    CHECK_INT(frond_tls_peer_chain(client.tls, &chain), 0);
    frond_tls_context_free(client.context);
    end(&client);
    end(&server);
    return chain;
}

static void test_pins(void) {
    static const char unlike[] = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    static const char refusal[] =
        "tls good.test: none of the public keys in its chain is pinned";
    frond_tls_context *at = link_serving(&link_good), *none = NULL;
    frond_tls_chain *chain = chain_at(at);
    CHECK_INT(frond_tls_chain_count(chain), 2);
    const char *leaf = frond_tls_chain_at(chain, 0)->pin;
    const char *ca = frond_tls_chain_at(chain, 1)->pin;
    pinned((const char *const[]){leaf, NULL}, 0, at, 0, "");
    pinned((const char *const[]){unlike, ca, NULL}, 0, at, 0, "");
    pinned((const char *const[]){unlike, NULL}, 0, at, FROND_ETLS_CERT, refusal);
    pinned((const char *const[]){leaf, NULL}, 1, at, 0, "");
    pinned((const char *const[]){ca, NULL}, 1, at, FROND_ETLS_CERT, refusal);
    static const char *const bad[] = {"", "sha256/", "sha1/AAAA", "sha256/AAAA"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        frond_tls_options o = {.pins = (const char *const[]){bad[i], NULL}};
        CHECK_INT(frond_tls_context_new(&o, &none), FROND_EINVAL);
        CHECK_HAS(frond_error_text(), "tls pin \"");
    }
    frond_tls_chain_free(chain);
    frond_tls_context_free(at);
}

/* ---- the user's function ---- */

typedef struct {
    int answer; /* 1: what OpenSSL says */
    uint64_t ms;
    int calls, error;
    char text[200], host[64], subject[64];
    size_t count;
} opinion;

static int judge(const frond_tls_judged *judged, void *arg, frond_deadline d) {
    opinion *o = arg;
    o->calls++;
    o->error = judged->error;
    o->count = frond_tls_chain_count(judged->chain);
    snprintf(o->text, sizeof o->text, "%s", judged->text);
    snprintf(o->host, sizeof o->host, "%s", judged->host);
    snprintf(o->subject, sizeof o->subject, "%s",
             frond_tls_chain_at(judged->chain, 0)->subject);
    frond_event never = FROND_EVENT_INIT;
    if (o->ms) {
        int rc = frond_event_wait(&never, frond_earlier(d, frond_in(o->ms)));
        if (rc == FROND_ECANCELED || frond_remaining(d) == 0)
            return rc;
    }
    return o->answer == 1 ? judged->error : o->answer;
}

static void judged(opinion *o, const certificate *ca, int highest, frond_tls_context *at,
                   int code, const char *sentence) {
    frond_tls_context *trusting = NULL;
    frond_tls_options options = {.ca_pem = ca->cert,
                                 .verify = judge,
                                 .verify_arg = o,
                                 .no_sessions = 1,
                                 .highest = (frond_tls_version)highest};
    CHECK_INT(frond_tls_context_new(&options, &trusting), 0);
    o->calls = 0;
    meet(trusting, at, code, sentence);
    CHECK_INT(o->calls, LINKS);
    frond_tls_context_free(trusting);
}

static void test_opinion(void) {
    frond_tls_context *at = link_serving(&link_good);
    for (int version = FROND_TLS_1_2; version <= FROND_TLS_1_3; version++)
        for (uint64_t ms = 0; ms <= 5; ms += 5) {
            opinion o = {.answer = 1, .ms = ms};
            judged(&o, &link_ca, version, at, 0, "");
            CHECK_INT(o.error, 0);
            CHECK_INT(o.count, 2);
            CHECK_TEXT(o.text, "");
            CHECK_TEXT(o.host, "good.test");
            CHECK_TEXT(o.subject, "CN=good");
            judged(&o, &link_other_ca, version, at, FROND_ETLS_UNTRUSTED,
                   "tls good.test: unable to get local issuer certificate, depth 0");
            CHECK_INT(o.error, FROND_ETLS_UNTRUSTED);
            CHECK_TEXT(o.text, "unable to get local issuer certificate, depth 0");
            CHECK_INT(o.count, 1);
            o.answer = 0; /* believes anyway */
            judged(&o, &link_other_ca, version, at, 0, "");
            o.answer = FROND_EACCES;
            judged(&o, &link_ca, version, at, FROND_EACCES,
                   "tls good.test: permission denied");
        }
    frond_tls_context_free(at);
}

/* Deadline and kill reach into it. */
static void test_opinion_ends_early(void) {
    frond_clock_virtual(1);
    frond_tls_context *at = link_serving(&link_good);
    static const int codes[] = {FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED};
    opinion o = {.answer = 1, .ms = 60000};
    frond_tls_options options = {
        .ca_pem = link_ca.cert, .verify = judge, .verify_arg = &o};
    link_side client = {.host = "good.test"}, server = {.context = at};
    CHECK_INT(frond_tls_context_new(&options, &client.context), 0);
    for (int i = 0; i < 3 * LINKS; i++) {
        link_open(i / 3, &client.under, &server.under);
        client.deadline = frond_in(i % 3 == 0 ? 30 : 20000);
        server.deadline = frond_in(20000);
        frond_greenlet *a = frond_spawn(link_handshake, &client);
        frond_greenlet *b = frond_spawn(link_handshake, &server);
        frond_stream *mine = frond_stream_ref(client.under);
        frond_sleep(15);
        if (i % 3 == 1)
            frond_kill(a, FROND_EXIT, frond_in(20000));
        if (i % 3 == 2) {
            frond_close(mine);
            frond_kill_once(a);
        }
        frond_join(a, FROND_NEVER);
        frond_stream_free(mine);
        frond_join(b, FROND_NEVER);
        CHECK_INT(client.rc, codes[i % 3]);
        CHECK(server.rc < 0);
        frond_release(a);
        frond_release(b);
    }
    frond_tls_context_free(client.context);
    frond_tls_context_free(at);
}

/* A server's comes at the end of each handshake, a resumed one's too. */
static void test_servers_opinion(void) {
    certificate mine;
    certificate_make(&mine, "me", NULL, -1, 20, 0, &link_ca);
    opinion o = {.answer = 1, .ms = 2};
    frond_tls_options so = {.cert_pem = link_good.cert,
                            .key_pem = link_good.key,
                            .ca_pem = link_ca.cert,
                            .ask_client_cert = 1,
                            .verify = judge,
                            .verify_arg = &o};
    frond_tls_options co = {.ca_pem = link_ca.cert};
    link_side client = {.host = "good.test"}, server = {0};
    CHECK_INT(frond_tls_context_new(&so, &server.context), 0);
    for (int i = 0; i < 4; i++) {
        co.cert_pem = i ? mine.cert : NULL;
        co.key_pem = i ? mine.key : NULL;
        so.ca_pem = i == 3 ? link_other_ca.cert : link_ca.cert;
        CHECK_INT(frond_tls_context_set(server.context, &so), 0);
        CHECK_INT(frond_tls_context_new(&co, &client.context), 0);
        for (int kind = 0; kind < LINKS; kind++) {
            o.calls = 0;
            o.answer = i == 2 ? FROND_EACCES : 1;
            link_tls(kind, &client, &server);
            CHECK_INT(o.calls, i != 0);
            CHECK_INT(server.rc, i == 2   ? FROND_EACCES
                                 : i == 3 ? FROND_ETLS_UNTRUSTED
                                          : 0);
            if (i == 2)
                CHECK_HAS(server.text, ": permission denied");
            if (i)
                CHECK_TEXT(o.subject, "CN=me");
            end(&client);
            end(&server);
        }
        frond_tls_context_free(client.context);
    }
    frond_tls_context_free(server.context);
    certificate_free(&mine);
}

static const test_case tests[] = {{"table", test_table},
                                  {"signature", test_signature},
                                  {"path length", test_path_length},
                                  {"root sent", test_root_sent},
                                  {"revoked", test_revoked},
                                  {"pins", test_pins},
                                  {"opinion", test_opinion},
                                  {"opinion ends early", test_opinion_ends_early},
                                  {"server's opinion", test_servers_opinion},
                                  {0}};

int main(int argc, char **argv) {
    link_certificates();
    int rc = test_main("judge", tests, argc, argv);
    link_certificates_free();
    return rc;
}
