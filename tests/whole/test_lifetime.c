/* SPDX-License-Identifier: MIT */
/* Every kind of object, freed when its hub is gone, is going, or is another thread's: the descriptors
 * are closed and nothing is left. */
#include "support.h"

#include <frond/frond.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    void *a, *b;
} made;

static void *returns(void *arg) {
    return arg;
}

static int job(void *arg) {
    (void)arg;
    return 0;
}

/* ---- sdk ---- */

static void make_group(made *m) {
    m->a = frond_group_new();
    frond_group_spawn(m->a, returns, NULL);
    CHECK_INT(frond_group_join(m->a, FROND_NEVER), 0);
}
static int use_group(made *m) {
    return frond_group_join(m->a, FROND_NOW);
}
static void free_group(made *m) {
    frond_group_free(m->a);
}

static void make_pool(made *m) {
    m->a = frond_pool_new(2);
    CHECK_INT(frond_pool_spawn(m->a, returns, NULL, FROND_NEVER), 0);
}
static int use_pool(made *m) {
    return frond_pool_wait_available(m->a, FROND_NOW);
}
static void free_pool(made *m) {
    frond_pool_free(m->a);
}

static void make_queue(made *m) {
    int item = 1;
    m->a = frond_queue_new(sizeof item, 0, NULL);
    CHECK_INT(frond_queue_put(m->a, &item, FROND_NOW), 0);
}
static int use_queue(made *m) {
    int item;
    return frond_queue_get(m->a, &item, FROND_NOW);
}
static void free_queue(made *m) {
    frond_queue_free(m->a);
}

static int answers(void *arg, void **value) {
    *value = arg;
    return 0;
}
static void make_single_flight(made *m) {
    m->a = frond_single_flight_new(NULL);
    CHECK_INT(frond_single_flight_do(m->a, "a", 1, answers, NULL, NULL, NULL, NULL,
                                     FROND_NEVER),
              0);
}
static int use_single_flight(made *m) {
    return frond_single_flight_do(m->a, "a", 1, answers, NULL, NULL, NULL, NULL,
                                  FROND_NEVER);
}
static void free_single_flight(made *m) {
    frond_single_flight_free(m->a);
}

static void make_threadpool(made *m) {
    m->a = frond_threadpool_new(NULL);
    CHECK_INT(frond_threadpool_run(m->a, job, NULL, NULL, NULL, FROND_NEVER), 0);
}
static int use_threadpool(made *m) {
    return frond_threadpool_run(m->a, job, NULL, NULL, NULL, FROND_NOW);
}
static void free_threadpool(made *m) {
    frond_threadpool_free(m->a);
}

static void make_signal(made *m) {
    static const int numbers[] = {SIGINT, SIGTERM};
    frond_signal *s = NULL;
    CHECK_INT(frond_signal_open(numbers, 2, &s), 0);
    m->a = s;
}
static int use_signal(made *m) {
    return frond_signal_wait(m->a, NULL, FROND_NOW);
}
static void free_signal(made *m) {
    frond_signal_free(m->a);
}

/* ---- net: each has waited, so that its descriptor is watched ---- */

static void make_streams(made *m) {
    frond_stream *a = NULL, *b = NULL;
    char c;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_read(a, &c, 1, frond_in(1)), FROND_ETIMEDOUT);
    m->a = a;
    m->b = b;
}
static int use_streams(made *m) {
    char c = 0;
    int rc = frond_write(m->b, &c, 1, NULL, FROND_NOW);
    CHECK_INT(frond_close(m->a), rc);
    return rc;
}
static void free_streams(made *m) {
    frond_stream_free(m->a);
    frond_stream_free(m->b);
}

static void make_listener(made *m) {
    frond_addr at;
    frond_listener *l = NULL;
    frond_stream *s;
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&at, NULL, &l), 0);
    CHECK_INT(frond_accept(l, &s, frond_in(1)), FROND_ETIMEDOUT);
    m->a = l;
}
static int use_listener(made *m) {
    frond_stream *s;
    int rc = frond_accept(m->a, &s, FROND_NOW);
    CHECK_INT(frond_listener_close(m->a), rc);
    return rc;
}
static void free_listener(made *m) {
    frond_listener_free(m->a);
}

static void make_udp(made *m) {
    frond_addr at;
    frond_udp *u = NULL;
    char c;
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&at, &u), 0);
    CHECK_INT(frond_udp_receive(u, &c, 1, NULL, frond_in(1)), FROND_ETIMEDOUT);
    m->a = u;
}
static int use_udp(made *m) {
    char c;
    int rc = (int)frond_udp_receive(m->a, &c, 1, NULL, FROND_NOW);
    CHECK_INT(frond_udp_close(m->a), rc);
    return rc;
}
static void free_udp(made *m) {
    frond_udp_free(m->a);
}

static frond_server *serving;

static void *serve(frond_stream *s, void *arg) {
    frond_server_idle idle;
    char c;
    frond_server_idle_begin(serving, &idle, s);
    while (frond_read(s, &c, 1, FROND_NEVER) > 0) {}
    frond_server_idle_end(&idle);
    return arg;
}

static void make_server(made *m) {
    frond_addr at;
    frond_listener *l = NULL;
    frond_server *server = NULL;
    frond_stream *client = NULL;
    char c;
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&at, NULL, &l), 0);
    CHECK_INT(frond_listener_addr(l, &at), 0);
    CHECK_INT(frond_server_start(l, serve, NULL, NULL, &server), 0);
    CHECK_INT(frond_server_stop_on_signal(server, SIGTERM, 10), 0);
    serving = server;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &client, FROND_NEVER), 0);
    CHECK_INT(frond_read(client, &c, 1, frond_in(1)), FROND_ETIMEDOUT);
    m->a = server;
    m->b = client;
}
static int use_server(made *m) {
    return frond_server_stop(m->a, FROND_NOW);
}
static void free_server(made *m) {
    frond_server_free(m->a);
    frond_stream_free(m->b);
}

static void *handle(const void *data, size_t len, const frond_addr *from,
                    frond_udp_server *server, void *arg) {
    (void)arg;
    frond_udp_server_send(server, data, len, from, FROND_NEVER);
    frond_sleep(100000);
    return NULL;
}

static void make_udp_server(made *m) {
    frond_addr at;
    frond_udp *u = NULL, *client = NULL;
    frond_udp_server *server = NULL;
    char c = 'q';
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&at, &u), 0);
    CHECK_INT(frond_udp_open(&at, &client), 0);
    CHECK_INT(frond_udp_server_start(u, handle, NULL, NULL, &server), 0);
    CHECK_INT(frond_udp_server_addr(server, &at), 0);
    CHECK_INT(frond_udp_send(client, &c, 1, &at, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(client, &c, 1, NULL, frond_in(20000)), 1);
    m->a = server;
    m->b = client;
}
static int use_udp_server(made *m) {
    return frond_udp_server_stop(m->a, FROND_NOW);
}
static void free_udp_server(made *m) {
    frond_udp_server_free(m->a);
    frond_udp_free(m->b);
}

/* ---- dns, http, proc ---- */

/* The question is on its way to a port where nobody answers. */
static void make_resolver(made *m) {
    frond_addr at;
    frond_udp *deaf = NULL;
    frond_resolver *r = NULL;
    frond_addrs *addrs;
    char server[FROND_ADDR_TEXT];
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&at, &deaf), 0);
    CHECK_INT(frond_udp_addr(deaf, &at), 0);
    frond_addr_format(&at, server, sizeof server);
    frond_resolver_options o = {.servers = server, .no_hosts_file = 1};
    CHECK_INT(frond_resolver_new(&o, &r), 0);
    CHECK_INT(frond_resolver_resolve(r, "a.test", 1, FROND_UNSPEC, &addrs, frond_in(1)),
              FROND_ETIMEDOUT);
    m->a = r;
    m->b = deaf;
}
static int use_resolver(made *m) {
    return frond_resolver_flush(m->a);
}
static void free_resolver(made *m) {
    frond_resolver_free(m->a);
    frond_udp_free(m->b);
}

/* With a connection that is kept. */
static void answer(frond_http_exchange *x, void *arg) {
    (void)arg;
    frond_http_respond(x, 200, NULL, "", 0, FROND_NEVER);
}

static void make_client(made *m) {
    frond_addr at;
    frond_http_client *c = NULL;
    frond_http_response *r = NULL;
    frond_listener *l = NULL;
    frond_http_server *server = NULL;
    char url[FROND_ADDR_TEXT + 16], text[FROND_ADDR_TEXT];
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&at, NULL, &l), 0);
    frond_listener_addr(l, &at);
    CHECK_INT(frond_http_server_start(l, answer, NULL, NULL, &server), 0);
    CHECK_INT(frond_http_client_new(NULL, &c), 0);
    frond_addr_format(&at, text, sizeof text);
    snprintf(url, sizeof url, "http://%s/", text);
    frond_http_request q = {.url = url};
    CHECK_INT(frond_http_do(c, &q, &r, FROND_NEVER), 0);
    frond_http_response_free(r);
    m->a = c;
    m->b = server;
}
static int use_client(made *m) {
    frond_http_request q = {.url = "http://127.0.0.1:1/"};
    frond_http_response *r;
    int rc = frond_http_do(m->a, &q, &r, FROND_NOW);
    if (rc != FROND_ETIMEDOUT) /* here it still works */
        CHECK_INT(frond_http_server_stop(m->b, FROND_NOW), rc);
    return rc;
}
static void free_client(made *m) {
    frond_http_client_free(m->a);
    frond_http_server_free(m->b);
}

static int play(frond_child *self) {
    frond_pipe *p = frond_child_pipe(self, 0);
    void *msg;
    while (frond_pipe_receive(p, &msg, FROND_NEVER) >= 0)
        frond_free(msg);
    return 0;
}

static const frond_entry entries[] = {{"play", play}, {0}};

static void make_pipe(made *m) {
    frond_pipe *a = NULL, *b = NULL;
    void *msg;
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
    CHECK_INT(frond_pipe_receive(a, &msg, frond_in(1)), FROND_ETIMEDOUT);
    m->a = a;
    m->b = b;
}
static int use_pipe(made *m) {
    return frond_pipe_send(m->a, "x", 1, FROND_NOW);
}
static void free_pipe(made *m) {
    frond_pipe_free(m->a);
    frond_pipe_free(m->b);
}

static void make_process(made *m) {
    frond_process *p = NULL;
    frond_pipe *ours = NULL, *theirs = NULL;
    CHECK_INT(frond_pipe_pair(NULL, &ours, &theirs), 0);
    frond_process_options o = {.pipes = &theirs, .n_pipes = 1};
    CHECK_INT(frond_process_start("play", &o, &p, FROND_NEVER), 0);
    frond_pipe_free(theirs);
    m->a = p;
    m->b = ours;
}
static int use_process(made *m) {
    return frond_process_signal(m->a, 0);
}
static void free_process(made *m) {
    frond_process_free(m->a);
    frond_pipe_free(m->b); /* the child ends */
}

static const struct kind {
    const char *name;
    void (*make)(made *m);
    int (*use)(made *m);
    void (*free)(made *m);
} kinds[] = {
    {"group", make_group, use_group, free_group},
    {"pool", make_pool, use_pool, free_pool},
    {"queue", make_queue, use_queue, free_queue},
    {"single flight", make_single_flight, use_single_flight, free_single_flight},
    {"thread pool", make_threadpool, use_threadpool, free_threadpool},
    {"signal", make_signal, use_signal, free_signal},
    {"streams", make_streams, use_streams, free_streams},
    {"listener", make_listener, use_listener, free_listener},
    {"udp", make_udp, use_udp, free_udp},
    {"server", make_server, use_server, free_server},
    {"udp server", make_udp_server, use_udp_server, free_udp_server},
    {"resolver", make_resolver, use_resolver, free_resolver},
    {"http client and server", make_client, use_client, free_client},
    {"pipe", make_pipe, use_pipe, free_pipe},
    {"process", make_process, use_process, free_process},
};
enum {
    KINDS = sizeof kinds / sizeof kinds[0],
    ADOPTED = 3 /* the first: waitlists only */
};

/* ---- the tests ---- */

static made all[KINDS];

static void make_all(void *arg) {
    (void)arg;
    for (size_t i = 0; i < KINDS; i++)
        kinds[i].make(&all[i]);
}

static void free_all(void *arg) {
    (void)arg;
    for (size_t i = 0; i < KINDS; i++)
        kinds[i].free(&all[i]);
}

static void use_all(int expected) {
    for (size_t i = ADOPTED; i < KINDS; i++) {
        char said[80], wanted[80];
        snprintf(said, sizeof said, "%s: %s", kinds[i].name,
                 frond_error_name(kinds[i].use(&all[i])));
        snprintf(wanted, sizeof wanted, "%s: %s", kinds[i].name,
                 frond_error_name(expected));
        CHECK_TEXT(said, wanted);
    }
}

static void after_its_hub(void) {
    make_all(NULL);
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    use_all(FROND_ECLOSED);
    free_all(NULL);
    reap_children();
}

static void after_its_thread(void) {
    thread_run(make_all, NULL);
    use_all(FROND_ECLOSED);
    free_all(NULL);
    reap_children();
}

static void on_a_thread_without_a_hub(void) {
    make_all(NULL);
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    thread_run(free_all, NULL);
    reap_children();
}

static void by_another_thread(void) {
    make_all(NULL);
    thread_run(free_all, NULL);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
}

static atomic_int stage;

static void makes_and_goes(void *arg) {
    make_all(arg);
    atomic_store(&stage, 1);
}

static void while_its_thread_ends(void) {
    for (int i = 0; i < 20; i++) {
        atomic_store(&stage, 0);
        test_thread *t = thread_start(makes_and_goes, NULL);
        while (!atomic_load(&stage)) {}
        free_all(NULL);
        thread_join(t);
        reap_children();
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"after its hub", after_its_hub},
        {"after its thread", after_its_thread},
        {"on a thread without a hub", on_a_thread_without_a_hub},
        {"by another thread", by_another_thread},
        {"while its thread ends", while_its_thread_ends},
        {0}};
    if (frond_init(&argc, &argv, entries) < 0)
        return 1;
    frond_hub_close(FROND_NOW);
    return test_main("lifetime", tests, argc, argv);
}
