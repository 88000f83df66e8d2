/* SPDX-License-Identifier: MIT */
/* soak_tls SECONDS [SEED]: clients of an echo server with TLS, which are killed, run out of time, close, make new
 * keys and say goodbye at random, while the server's context gets other options.  Of all bytes that come back none
 * is another; at the end nothing is left. */
#include "support.h"

#include "link.h"
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 30, MOST = 60000 };

static uint64_t state;
static frond_deadline until;
static frond_addr at;
static frond_tls_context *trusting[2], *serving;
static uint64_t begun, finished, bytes;

static uint32_t draw(uint32_t below) { /* splitmix64 */
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) % below);
}

static void *echo(frond_stream *s, void *arg) {
    char buf[20000];
    int64_t n;
    (void)arg;
    while ((n = frond_read(s, buf, sizeof buf, frond_in(20000))) > 0) {
        if (frond_write(s, buf, (size_t)n, NULL, frond_in(20000)) < 0)
            return NULL;
        if (draw(20) == 0)
            frond_tls_new_keys(s, 1, frond_in(1000));
    }
    if (n == 0)
        frond_tls_close(s, frond_in(draw(50)));
    return NULL;
}

typedef struct {
    frond_stream *s;
    size_t n;
    unsigned char mark;
    int rc;
} sender;

static void *send_all(void *arg) {
    sender *t = arg;
    unsigned char buf[5000];
    for (size_t done = 0; done < t->n && t->rc == 0;) {
        size_t n = 1 + draw(sizeof buf), written;
        n = n < t->n - done ? n : t->n - done;
        for (size_t i = 0; i < n; i++)
            buf[i] = (unsigned char)((done + i) * 7 + t->mark);
        /* what a deadline has interrupted goes on where it was */
        t->rc = frond_write(t->s, buf, n, &written,
                            draw(4) ? frond_in(20000) : frond_in(draw(3)));
        done += written;
        t->rc = t->rc == FROND_ETIMEDOUT ? 0 : t->rc;
    }
    if (t->rc == 0)
        t->rc = frond_shutdown(t->s, frond_in(20000));
    return NULL;
}

static void converse(frond_stream *s) {
    unsigned char buf[9000];
    sender t = {.s = s, .n = 1 + draw(MOST), .mark = (unsigned char)draw(256)};
    size_t got = 0;
    int64_t n = 1;
    frond_greenlet *g = frond_spawn(send_all, &t);
    while (n > 0 || n == FROND_ETIMEDOUT) {
        n = frond_read(s, buf, 1 + draw(sizeof buf),
                       draw(4) ? frond_in(20000) : frond_in(draw(3)));
        for (int64_t i = 0; i < n; i++, got++)
            if (buf[i] != (unsigned char)(got * 7 + t.mark))
                CHECK_TEXT("a byte", "another");
        if (draw(40) == 0)
            break;
    }
    if (n == 0)
        CHECK_INT(got, t.n);
    frond_shield_begin(20000);
    frond_kill(g, FROND_EXIT, frond_in(20000));
    frond_shield_end();
    frond_release(g);
    finished += n == 0;
    bytes += got;
}

static void let_go(void *s) {
    frond_stream_free(s);
}

static void *visit(void *arg) {
    frond_stream *plain = NULL, *s = NULL;
    (void)arg;
    begun++;
    if (frond_tcp_connect_addr(&at, NULL, &plain, frond_in(20000)) < 0)
        return NULL;
    frond_deadline d = draw(4) ? frond_in(20000) : frond_in(draw(6));
    if (frond_tls_client(plain, "good.test", trusting[draw(2)], &s, d) < 0) {
        frond_stream_free(plain);
        return NULL;
    }
    frond_defer(let_go, s);
    converse(s);
    if (draw(2))
        frond_tls_close(s, frond_in(draw(20)));
    return NULL;
}

static void *visit_again(void *arg) {
    while (frond_remaining(until) > 0) {
        frond_greenlet *g = frond_spawn(visit, arg);
        if (draw(3) == 0) {
            frond_sleep(draw(8));
            frond_kill(g, FROND_EXIT, frond_in(20000));
        }
        CHECK_INT(frond_join(g, frond_in(60000)), 0);
        frond_release(g);
    }
    return NULL;
}

static void soak(void) {
    frond_listener *l = NULL;
    frond_server *server = NULL;
    frond_greenlet *g[CLIENTS];
    /* tickets outlive what is set, however slow the machine is */
    frond_tls_options so = {.cert_pem = link_good.cert,
                            .key_pem = link_good.key,
                            .ticket_secret = "a secret of the soak, and long enough",
                            .ticket_secret_len = 32};
    serving = link_serving(&link_good);
    for (int i = 0; i < 2; i++) {
        frond_tls_options co = {.ca_pem = link_ca.cert,
                                .highest = i ? FROND_TLS_1_2 : FROND_TLS_ANY};
        CHECK_INT(frond_tls_context_new(&co, &trusting[i]), 0);
    }
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&at, NULL, &l), 0);
    frond_listener_addr(l, &at);
    CHECK_INT(frond_tls_serve(l, serving, echo, NULL, NULL, &server), 0);
    for (int i = 0; i < CLIENTS; i++)
        g[i] = frond_spawn(visit_again, NULL);
    while (frond_remaining(until) > 0) {
        frond_sleep(100);
        CHECK_INT(frond_tls_context_set(serving, &so), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        CHECK_INT(frond_join(g[i], frond_in(60000)), 0);
        frond_release(g[i]);
    }
    frond_tls_stats stats;
    frond_tls_context_get_stats(serving, &stats);
    printf("\n    %llu visits, %llu undisturbed, %llu MB, %llu handshakes, %llu short ",
           (unsigned long long)begun, (unsigned long long)finished,
           (unsigned long long)(bytes >> 20), (unsigned long long)stats.server,
           (unsigned long long)stats.server_resumed);
    CHECK(finished > 0 && stats.server_resumed > 0);
    frond_server_stop(server, frond_in(5000));
    frond_server_free(server);
    frond_sleep(1);
    frond_tls_context_free(serving);
    frond_tls_context_free(trusting[0]);
    frond_tls_context_free(trusting[1]);
}

static const test_case tests[] = {{"soak", soak}, {0}};

int main(int argc, char **argv) {
    uint64_t seconds = argc > 1 ? (uint64_t)atoi(argv[1]) : 5;
    state = argc > 2 ? (uint64_t)atoll(argv[2]) : 1;
    until = frond_in(seconds * 1000);
    link_certificates();
    int rc = test_main("soak of tls", tests, 1, argv);
    link_certificates_free();
    return rc;
}
