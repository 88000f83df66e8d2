/* SPDX-License-Identifier: MIT */
/* A forwarder as one writes it with frond: joins each connection with the next.  Prints its port. */
#include <frond/error.h>
#include <frond/net.h>

#include <stdio.h>

typedef struct {
    frond_stream *a, *b;
} two;

static void *join(void *arg) {
    two ends = *(two *)arg;
    frond_relay(ends.a, ends.b, NULL, NULL, FROND_NEVER);
    frond_stream_free(ends.a);
    frond_stream_free(ends.b);
    return NULL;
}

int main(void) {
    frond_addr where;
    frond_listener *l;
    two ends;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    if (frond_tcp_listen(&where, NULL, &l) < 0 || frond_listener_addr(l, &where) < 0) {
        fprintf(stderr, "forward_frond: %s\n", frond_error_text());
        return 1;
    }
    printf("%d\n", where.port);
    fflush(stdout);
    while (frond_accept(l, &ends.a, FROND_NEVER) == 0 &&
           frond_accept(l, &ends.b, FROND_NEVER) == 0) {
        frond_go(join, &ends);
        frond_yield(); /* it has taken them */
    }
    return 1;
}
