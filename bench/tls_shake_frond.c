/* SPDX-License-Identifier: MIT */
/* tls_shake_frond full|resumed PORT COUNT PEM: the same as tls_shake_epoll with frond. */
#include <frond/error.h>
#include <frond/net.h>
#include <frond/tls.h>

#include <stdio.h>
#include <string.h>

#include "bench.h"

static void shake(const frond_addr *where, frond_tls_context *c) {
    frond_stream *plain, *s;
    char byte = 'x';
    if (frond_tcp_connect_addr(where, NULL, &plain, FROND_NEVER) < 0 ||
        frond_tls_client(plain, "localhost", c, &s, FROND_NEVER) < 0 ||
        frond_write(s, &byte, 1, NULL, FROND_NEVER) < 0 ||
        frond_read(s, &byte, 1, FROND_NEVER) != 1)
        bench_die(frond_error_text());
    frond_stream_free(s);
}

int main(int argc, char **argv) {
    if (argc < 5)
        bench_die("usage: tls_shake_frond full|resumed PORT COUNT PEM");
    int resumes = strcmp(argv[1], "resumed") == 0;
    long count = bench_argument(argc, argv, 3, 0);
    frond_tls_options o = {.ca_file = argv[4], .no_sessions = !resumes};
    frond_tls_context *c;
    frond_addr where;
    frond_addr_loopback(&where, FROND_IPV4, (int)bench_argument(argc, argv, 2, 0));
    if (frond_tls_context_new(&o, &c) < 0)
        bench_die(frond_error_text());
    for (int i = 0; i < 20; i++)
        shake(&where, c);
    uint64_t cpu = bench_cpu();
    for (long i = 0; i < count; i++)
        shake(&where, c);
    bench_sample(resumes ? "tls_resumed" : "tls_handshake", "frond", "cpu",
                 (double)(bench_cpu() - cpu) / 1e3 / (double)count, "us");
    frond_tls_stats stats;
    frond_tls_context_get_stats(c, &stats);
    if (resumes && stats.client_resumed < (uint64_t)count)
        bench_die("not all sessions were resumed");
    frond_tls_context_free(c);
    return 0;
}
