/* SPDX-License-Identifier: MIT */
/* Every allocation of OpenSSL's fails once, in a handshake, an exchange and the goodbyes, and where contexts are made:
 * all ends with an error that has a name, or gets through and is whole; nothing of ours is left, and the contexts serve
 * the next connection. */
#include "support.h"

#include "link.h"
#include "support/os.h"
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- OpenSSL's memory ---- */

static long until_failure; /* allocations; <= 0: none fails */

static bool fails(void) {
    return until_failure > 0 && --until_failure == 0;
}

static void *allocate(size_t n, const char *file, int line) {
    (void)file;
    (void)line;
    return n == 0 || fails() ? NULL : malloc(n);
}

static void give_back(void *block, const char *file, int line) {
    (void)file;
    (void)line;
    free(block);
}

static void *resize(void *block, size_t n, const char *file, int line) {
    if (n == 0) {
        give_back(block, file, line);
        return NULL;
    }
    return fails() ? NULL : realloc(block, n);
}

static bool has_name(int rc) {
    bool of_tls = rc <= FROND_ETLS_CONFIG && rc >= FROND_ETLS_TRUNCATED;
    return of_tls || rc == 0 || rc == FROND_ENOMEM || rc == FROND_EPIPE ||
           rc == FROND_ECONNRESET;
}

typedef struct {
    bool (*part)(void);
    bool fine;
} turn;

static void *take_turn(void *arg) {
    turn *t = arg;
    t->fine = t->part();
    return NULL;
}

/* In a greenlet of its own, whose last error goes with it. */
static bool run(bool (*part)(void)) {
    turn t = {.part = part};
    frond_greenlet *g = frond_spawn(take_turn, &t);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    return t.fine;
}

static int many; /* one in so many fails, unless all are asked for */

static int step(void) {
    const char *every = getenv("FROND_EVERY");
    return under_valgrind() || os_emulator() ? 20 * many
           : every && atoi(every)            ? 1
                                             : many;
}

/* Part, with the first, the second ... allocation failing, until there are no more; or, without
 * FROND_EVERY=1 in the environment, with one in so many of them. */
static void sweep(const char *what, bool (*part)(void)) {
    long n, fine = 0;
    bool over = false;
    run(part); /* what is made once is there then */
    long before = memory_live();
    for (n = 1; !over; n += step()) {
        until_failure = n;
        fine += run(part);
        over = until_failure > 0;
        until_failure = 0;
        if (memory_live() <= before)
            continue;
        fprintf(stderr, "    blocks are left when allocation %ld fails\n", n);
        CHECK(memory_live() <= before);
        break;
    }
    printf("\n    %s: %ld allocations, of which %ld may fail ", what, n - step(), fine);
}

/* ---- conversations ---- */

static link_contexts all;

static void *serve(void *arg) {
    link_side *s = arg;
    char buf[16];
    link_handshake(s);
    if (s->rc < 0)
        return NULL;
    int64_t n = frond_read(s->tls, buf, sizeof buf, frond_in(20000));
    s->rc = n > 0 ? frond_write(s->tls, buf, (size_t)n, NULL, frond_in(20000)) : (int)n;
    int closed = frond_tls_close(s->tls, frond_in(20000));
    s->rc = s->rc == 0 ? closed : s->rc;
    frond_stream_free(s->tls);
    return NULL;
}

static void *visit(void *arg) {
    link_side *s = arg;
    char buf[5] = "hello";
    link_handshake(s);
    if (s->rc < 0)
        return NULL;
    s->rc = frond_write(s->tls, buf, 5, NULL, frond_in(20000));
    if (s->rc == 0)
        s->rc = frond_read_exact(s->tls, buf, 5, NULL, frond_in(20000));
    CHECK(memcmp(buf, "hello", 5) == 0);
    int closed = frond_tls_close(s->tls, frond_in(20000));
    s->rc = s->rc == 0 || s->rc == FROND_EOF ? closed : s->rc;
    frond_stream_free(s->tls);
    return NULL;
}

static bool converse(frond_tls_context *trusting, frond_tls_context *serving) {
    link_side client = {.host = "good.test", .context = trusting};
    link_side server = {.context = serving};
    link_open(LINK_PAIR, &client.under, &server.under);
    client.deadline = server.deadline = frond_in(20000);
    frond_greenlet *g = frond_spawn(visit, &client), *h = frond_spawn(serve, &server);
    frond_join(g, FROND_NEVER);
    frond_join(h, FROND_NEVER);
    frond_release(g);
    frond_release(h);
    CHECK(has_name(client.rc));
    CHECK(has_name(server.rc));
    return client.rc == 0 && server.rc == 0;
}

static int version;

/* And the next one, to which nothing happens. */
static bool conversation(void) {
    bool fine = converse(all.trusting[version], all.serving[version]);
    long rest = until_failure;
    until_failure = 0;
    CHECK(converse(all.trusting[version], all.serving[version]));
    until_failure = rest;
    return fine;
}

static void test_conversations(void) {
    many = 7;
    link_contexts_open(&all, (frond_tls_options){.no_sessions = 1});
    for (version = 0; version < 2; version++)
        sweep(version ? "TLS 1.3" : "TLS 1.2", conversation);
    link_contexts_close(&all);
}

/* ---- contexts ---- */

static char *both_cas; /* PEM: the wrong one, and the right one */

static frond_tls_context *make(const frond_tls_options *o) {
    frond_tls_context *c = NULL;
    int rc = frond_tls_context_new(o, &c);
    CHECK(has_name(rc));
    CHECK((rc == 0) == (c != NULL));
    CHECK(rc == 0 || *frond_error_text());
    return c;
}

static long refused; /* conversations of contexts that were made */

/* Those that were made are as they were wanted, but for a few that OpenSSL makes without one of its own algorithms, or
 * with a key that it takes for weak: those refuse everybody. */
static bool contexts(void) {
    static const char *const alpn[] = {"h2", NULL};
    frond_tls_options co = {.ca_pem = both_cas,
                            .cert_pem = link_good.cert,
                            .key_pem = link_good.key,
                            .alpn = alpn,
                            .no_sessions = 1};
    frond_tls_options so = co;
    so.require_client_cert = 1;
    frond_tls_context *client = make(&co), *server = client ? make(&so) : NULL;
    long rest = until_failure;
    until_failure = 0;
    refused += server && !converse(client, server);
    until_failure = rest;
    frond_tls_context_free(client);
    frond_tls_context_free(server);
    return server != NULL;
}

static void test_contexts(void) {
    many = 31;
    size_t n = strlen(link_other_ca.cert) + strlen(link_ca.cert) + 1;
    both_cas = malloc(n);
    if (both_cas)
        snprintf(both_cas, n, "%s%s", link_other_ca.cert, link_ca.cert);
    sweep("contexts", contexts);
    CHECK(refused < 8);
    free(both_cas);
}

static const test_case tests[] = {
    {"conversations", test_conversations}, {"contexts", test_contexts}, {0}};

int main(int argc, char **argv) {
    if (!CRYPTO_set_mem_functions(allocate, resize, give_back))
        test_skip("OpenSSL has allocated before");
    test_clock_virtual();
    link_certificates();
    int rc = test_main("memory of OpenSSL", tests, argc, argv);
    link_certificates_free();
    return rc;
}
