/* SPDX-License-Identifier: MIT */
/* Every system call beneath a TLS connection fails once: the handshake, an exchange and the goodbyes end with an
 * error or get through, nothing hangs or leaks. */
#include "fail_points.h"

#include "link.h"
#include <frond/net.h>
#include <frond/tls.h>
#include <stdio.h>

static frond_tls_context *trusting, *serving;

static void *serve(void *under) {
    frond_stream *s = NULL;
    char buf[16];
    if (!WORKS(frond_tls_server(under, serving, &s, SOON))) {
        frond_stream_free(under);
        return NULL;
    }
    if (WORKS(frond_read(s, buf, sizeof buf, SOON)) &&
        WORKS(frond_write(s, buf, 5, NULL, SOON)))
        frond_tls_close(s, SOON);
    frond_stream_free(s);
    return NULL;
}

static void visit(frond_stream *under) {
    frond_stream *s = NULL;
    char buf[16];
    if (!WORKS(frond_tls_client(under, "good.test", trusting, &s, SOON))) {
        frond_stream_free(under);
        return;
    }
    if (WORKS(frond_write(s, "hello", 5, NULL, SOON)) &&
        WORKS(frond_read(s, buf, sizeof buf, SOON)))
        frond_tls_close(s, SOON);
    frond_stream_free(s);
}

static void one_connection(void) {
    frond_stream *a, *b;
    if (!WORKS(frond_stream_pair(&a, &b)))
        return;
    frond_greenlet *g = frond_spawn(serve, b);
    visit(a);
    WORKS(frond_join(g, SOON));
    frond_release(g);
}

static void test_connection(void) {
    frond_tls_options o = {.ca_pem = link_ca.cert, .no_sessions = 1};
    CHECK_INT(frond_tls_context_new(&o, &trusting), 0);
    serving = link_serving(&link_good);
    fail_points_sweep(one_connection);
    frond_tls_context_free(trusting);
    frond_tls_context_free(serving);
}

static const test_case tests[] = {{"connection", test_connection}, {0}};

int main(int argc, char **argv) {
    link_certificates();
    int rc = test_main("fail points of tls", tests, argc, argv);
    link_certificates_free();
    return rc;
}
