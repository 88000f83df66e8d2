/* SPDX-License-Identifier: MIT */
/* Who connects to a port of its own machine at which nobody listens may be given that very port to connect from:
 * TCP then connects the socket to itself.  Linux hands ports out one after the other, so that some thousand attempts
 * meet all there are. */
#include "net.h"

enum { MOST = 20000 };

/* A port that the system gives to those who connect, and which nobody has now. */
static void find_port(frond_addr *at) {
    frond_stream *a, *b;
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_stream_local(a, at), 0);
    frond_stream_free(b);
    frond_stream_free(a);
}

static void nobody_is_at_the_other_end(void) {
    frond_addr at, local = {0};
    frond_stream *s = NULL;
    int refused = 0, most = under_valgrind() ? 100 : MOST;
    find_port(&at);
    while (refused < most &&
           frond_tcp_connect_addr(&at, NULL, &s, frond_in(20000)) == FROND_ECONNREFUSED)
        refused++;
    if (s) /* another program of this machine may have begun to listen there */
        CHECK_INT(frond_stream_local(s, &local), 0);
    CHECK(!frond_addr_equal(&local, &at));
    frond_stream_free(s);
}

/* It may be asked for. */
static void to_itself_on_purpose(void) {
    frond_connect_options o = {0};
    frond_stream *s = NULL;
    char c;
    find_port(&o.local);
    static const frond_sockopt reuse[] = {{FROND_SO_REUSEADDR, 1, NULL}, {0, 0, NULL}};
    o.options = reuse;
    if (frond_tcp_connect_addr(&o.local, &o, &s, frond_in(20000)) < 0)
        return; /* somebody was faster */
    CHECK_INT(frond_write(s, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    frond_stream_free(s);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"nobody is at the other end", nobody_is_at_the_other_end},
        {"to itself on purpose", to_itself_on_purpose},
        {NULL, NULL}};
    return test_main("self_connect_linux", tests, argc, argv);
}
