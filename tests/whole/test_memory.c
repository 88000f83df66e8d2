/* SPDX-License-Identifier: MIT */
/* A program with an allocator of its own: everything that frond allocates comes from it, in every
 * module, and all of it is back once the hub is closed. */
#include "support.h"

#include "dns/fake_server.h"
#include "tls/certificates.h"
#include <frond/frond.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- the allocator: each block is known by the words before it ---- */

static const uint64_t OURS = 0x6d656d6f72796f6b;

typedef struct {
    uint64_t mark, nothing;
} block;

static atomic_long live, made, foreign;

static block *block_of(void *p) {
    block *b = (block *)p - 1;
    if (b->mark != OURS)
        atomic_fetch_add(&foreign, 1);
    b->mark = 0;
    return b;
}

static void *resize(void *p, size_t size, void *user) {
    block *old = p ? block_of(p) : NULL;
    block *b = realloc(old, sizeof *b + size);
    if (!b) {
        if (old)
            old->mark = OURS;
        return NULL;
    }
    b->mark = OURS;
    atomic_fetch_add((atomic_long *)user, old == NULL);
    atomic_fetch_add(&live, old == NULL);
    return b + 1;
}

static void release(void *p, void *user) {
    (void)user;
    free(block_of(p));
    atomic_fetch_sub(&live, 1);
}

/* ---- the parts of a program ---- */

static void *nothing(void *arg) {
    return arg;
}

static void *sleeps(void *arg) {
    frond_sleep(2);
    return arg;
}

static void greenlets(void) {
    frond_pool *pool = frond_pool_new(3);
    frond_spawn_options named = {.name = "named", .delay_ms = 1};
    frond_greenlet *g = frond_spawn_with(&named, nothing, NULL);
    for (int i = 0; i < 10; i++)
        CHECK_INT(frond_pool_spawn(pool, sleeps, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_pool_join(pool, FROND_NEVER), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    frond_pool_free(pool);
}

static void queues(void) {
    int item = 0;
    frond_queue *q = frond_queue_new(sizeof item, 0, NULL);
    for (; item < 100; item++)
        CHECK_INT(frond_queue_put(q, &item, FROND_NEVER), 0);
    CHECK_INT(frond_queue_get(q, &item, FROND_NEVER), 0);
    frond_queue_free(q);
}

static int job(void *arg) {
    (void)arg;
    return 1;
}

static void threads(void) {
    int result = 0;
    frond_threadpool *pool = frond_threadpool_new(NULL);
    CHECK_INT(frond_threadpool_run(pool, job, NULL, NULL, &result, FROND_NEVER), 1);
    frond_threadpool_free(pool);
}

static void files(void) {
    char path[600];
    void *data = NULL;
    size_t n = 0;
    test_path(path, sizeof path, "memory.txt");
    CHECK_INT(frond_fs_write_file(path, "text", 4, 0, frond_in(20000)), 0);
    CHECK_INT(frond_fs_read_file(path, 100, &data, &n, frond_in(20000)), 0);
    CHECK_INT(n, 4);
    frond_free(data);
}

static void names(void) {
    fake_dns server;
    frond_resolver *r = NULL;
    frond_addrs *found = NULL;
    fake_dns_start(&server);
    frond_resolver_options o = {.servers = server.address};
    CHECK_INT(frond_resolver_new(&o, &r), 0);
    CHECK_INT(frond_resolver_resolve(r, "both.test.", 80, FROND_UNSPEC, &found,
                                     frond_in(20000)),
              0);
    frond_addrs_free(found);
    frond_resolver_free(r);
    fake_dns_stop(&server);
}

/* A body that zlib has to unpack. */
static void answer(frond_http_exchange *x, void *arg) {
    static const char *const header[] = {"Content-Encoding: deflate", NULL};
    unsigned char text[200];
    uLongf n = sizeof text;
    (void)arg;
    compress(text, &n, (const unsigned char *)"answer", 6);
    frond_http_respond(x, 200, header, text, n, frond_in(20000));
}

static certificate ca, site;

/* HTTP over TLS over TCP. */
static void sites(void) {
    frond_listener *l = NULL;
    frond_http_server *server = NULL;
    frond_http_client *client = NULL;
    frond_http_response *r = NULL;
    frond_tls_context *trusting = NULL, *serving = NULL;
    frond_addr where;
    char url[80];
    const void *body = NULL;
    frond_tls_options client_tls = {.ca_pem = ca.cert},
                      server_tls = {.cert_pem = site.cert, .key_pem = site.key};
    CHECK_INT(frond_tls_context_new(&client_tls, &trusting), 0);
    CHECK_INT(frond_tls_context_new(&server_tls, &serving), 0);
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, NULL, &l), 0);
    frond_http_server_options so = {.tls = serving};
    CHECK_INT(frond_http_server_start(l, answer, NULL, &so, &server), 0);
    CHECK_INT(frond_http_server_addr(server, &where), 0);
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", where.port);
    frond_http_options co = {.tls = trusting};
    CHECK_INT(frond_http_client_new(&co, &client), 0);
    frond_http_request q = {.url = url};
    int rc = frond_http_do(client, &q, &r, frond_in(20000));
    CHECK_INT(rc, 0);
    if (rc < 0)
        printf("%s\n", frond_error_text());
    CHECK(rc < 0 || (frond_http_body(r, &body) == 6 && memcmp(body, "answer", 6) == 0));
    if (rc == 0)
        frond_http_response_free(r);
    frond_http_client_free(client);
    CHECK_INT(frond_http_server_stop(server, frond_in(20000)), 0);
    frond_http_server_free(server);
    frond_tls_context_free(trusting);
    frond_tls_context_free(serving);
}

static int worker_main(frond_child *me) {
    return frond_pipe_send(frond_child_pipe(me, 0), "up", 2, FROND_NEVER) < 0;
}

static void processes(void) {
    frond_pipe *ours, *theirs;
    frond_process *p = NULL;
    void *message = NULL;
    CHECK_INT(frond_pipe_pair(NULL, &ours, &theirs), 0);
    frond_process_options o = {.pipes = &theirs, .n_pipes = 1};
    CHECK_INT(frond_process_start("worker", &o, &p, frond_in(20000)), 0);
    CHECK_INT(frond_pipe_receive(ours, &message, frond_in(20000)), 2);
    CHECK_INT(frond_process_join(p, NULL, frond_in(20000)), 0);
    frond_free(message);
    frond_process_free(p);
    frond_pipe_free(ours);
    frond_pipe_free(theirs);
}

/* What the part allocates is counted by itself, and gone with the hub. */
static void run(void (*part)(void)) {
    frond_allocator ours = {.resize = resize, .release = release, .user = &made};
    long before = memory_live();
    frond_hub_close(FROND_NOW);
    CHECK_INT(frond_allocator_set(&ours), 0);
    atomic_store(&made, 0);
    part();
    CHECK(atomic_load(&made) > 0);
    CHECK_INT(frond_hub_close(frond_in(20000)), 0);
    for (int i = 0; i < 5000 && atomic_load(&live); i++)
        block_ms(1); /* threads of a pool end by themselves */
    CHECK_INT(atomic_load(&live), 0);
    CHECK_INT(atomic_load(&foreign), 0);
    CHECK_INT(memory_live(), before); /* nothing went another way */
}

#define TEST(part)                                                                       \
    static void test_##part(void) {                                                      \
        run(part);                                                                       \
    }
TEST(greenlets)
TEST(queues)
TEST(threads)
TEST(files)
TEST(names)
TEST(sites)
TEST(processes)

static const frond_entry entries[] = {{"worker", worker_main}, {0}};

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"greenlets", test_greenlets}, {"queues", test_queues},
        {"threads", test_threads},     {"files", test_files},
        {"names", test_names},         {"sites", test_sites},
        {"processes", test_processes}, {0}};
    frond_allocator ours = {.resize = resize, .release = release, .user = &made};
    if (frond_allocator_set(&ours) < 0 || frond_init(&argc, &argv, entries) < 0)
        return 1;
    frond_hub_close(FROND_NOW);
    certificate_make(&ca, "authority", NULL, -1, 30, 1, NULL);
    certificate_make(&site, "site", "IP:127.0.0.1", -1, 30, 0, &ca);
    int rc = test_main("memory", tests, argc, argv);
    certificate_free(&site);
    certificate_free(&ca);
    return rc;
}
