/* SPDX-License-Identifier: MIT */
/* A server that may open no more descriptors. */
#include "net.h"

#include <sys/resource.h>
#include <unistd.h>

static frond_server *server;
static frond_addr at;
static void start(frond_handler handle, const frond_server_options *o) {
    frond_listener *l = net_listen(&at);
    CHECK_INT(frond_server_start(l, handle, NULL, o, &server), 0);
    frond_addr same;
    CHECK_INT(frond_server_addr(server, &same), 0);
    CHECK(frond_addr_equal(&at, &same));
}

static frond_stream *client(void) {
    frond_stream *s = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER), 0);
    return s;
}

static void *echo(frond_stream *s, void *arg) {
    char buf[256];
    int64_t n;
    while ((n = frond_read(s, buf, sizeof buf, FROND_NEVER)) > 0)
        if (frond_write(s, buf, (size_t)n, NULL, FROND_NEVER) < 0)
            break;
    return arg;
}

static int64_t ask(frond_stream *s, frond_deadline d) {
    char c = 'q';
    int rc = frond_write(s, &c, 1, NULL, d);
    return rc < 0 ? rc : frond_read(s, &c, 1, d);
}

static void out_of_descriptors(void) {
    if (under_valgrind()) /* which keeps the limit to itself */
        return;
    frond_server_options o = {.min_delay_ms = 1, .max_delay_ms = 4};
    struct rlimit before, tight;
    start(echo, &o);
    frond_stream *a = client();
    CHECK_INT(ask(a, FROND_NEVER), 1);
    frond_stream *b = NULL;
    getrlimit(RLIMIT_NOFILE, &before);
    tight = before;
    int fillers[64], n = 0;
    tight.rlim_cur = 64; /* descriptors beyond it stay open */
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &tight), 0);
    while (n < 64 && (fillers[n] = dup(0)) >= 0)
        n++;
    close(fillers[--n]); /* one for the client's own end */
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &b, FROND_NEVER), 0);
    CHECK_INT(ask(b, frond_in(30)), FROND_ETIMEDOUT); /* queued in the kernel */
    CHECK_INT(ask(a, FROND_NEVER), 1);                /* the others go on */
    uint64_t switches = frond_hub_switches();
    frond_sleep(20);
    CHECK(frond_hub_switches() - switches < 200); /* it backs off */
    CHECK_INT(frond_server_accepted(server), 1);
    frond_stream *c = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &c, FROND_NEVER), FROND_EMFILE);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
    while (n > 0)
        close(fillers[--n]);
    char byte;
    CHECK_INT(frond_read(b, &byte, 1, FROND_NEVER), 1); /* answered now */
    frond_stream_free(a);
    frond_stream_free(b);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    frond_server_free(server);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"out of descriptors", out_of_descriptors}, {0}};
    return test_main("server on POSIX", tests, argc, argv);
}
