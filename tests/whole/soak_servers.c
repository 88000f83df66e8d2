/* SPDX-License-Identifier: MIT */
/* The servers of the soak: TCP, unix, a forwarder to either, datagrams, names. */
#include "whole/soak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

soak_world soak;

static frond_deadline within(void) {
    return frond_in(SOAK_WAIT_MS);
}

unsigned char soak_byte(size_t at) {
    return (unsigned char)((at * 2654435761u) >> 13);
}

void soak_make_reset(frond_stream *s) {
    intptr_t fd;
    if (frond_stream_fd(s, &fd) == 0)
        frond_sockopt_set(fd, FROND_SO_LINGER, 0);
}

/* ---- what is served ---- */

static void echo(frond_stream *s, size_t most) {
    char buf[4096];
    int64_t n;
    while ((n = frond_read(s, buf, most, within())) > 0)
        if (frond_write(s, buf, (size_t)n, NULL, within()) < 0)
            return;
}

static void stream(frond_stream *s) {
    char buf[4096];
    for (size_t at = 0;; at += sizeof buf) {
        for (size_t i = 0; i < sizeof buf; i++)
            buf[i] = (char)soak_byte(at + i);
        if (frond_write(s, buf, sizeof buf, NULL, within()) < 0)
            return;
    }
}

void *soak_handle(frond_stream *s, void *arg) {
    unsigned char mode;
    char little[100];
    if (frond_read(s, &mode, 1, within()) != 1)
        return arg;
    switch (mode) {
    case SOAK_ECHO:
        echo(s, 4096);
        break;
    case SOAK_BYTES:
        echo(s, 1);
        break;
    case SOAK_STREAM:
        stream(s);
        break;
    case SOAK_NEVER:
        frond_sleep(5);
        break;
    case SOAK_RESET:
        frond_read(s, little, sizeof little, within());
        soak_make_reset(s);
        break;
    default:
        CHECK(mode == SOAK_ECHO); /* nobody sends anything else */
    }
    return arg;
}

/* Each connection by turns to the one and the other. */
static void *forward(frond_stream *s, void *arg) {
    static unsigned turn;
    frond_stream *to;
    const frond_addr *at = ++turn % 2 ? &soak.at_local : &soak.at_tcp;
    int rc = frond_tcp_connect_addr(at, NULL, &to, within());
    if (rc < 0) {
        CHECK_INT(rc, FROND_EADDRNOTAVAIL);
        soak.out_of_ports++;
        return arg;
    }
    frond_relay(s, to, NULL, NULL, frond_in(SOAK_UNDISTURBED_MS));
    frond_stream_free(to);
    return arg;
}

static void *answer_datagrams(void *arg) {
    char buf[2048];
    frond_addr from;
    for (;;) {
        int64_t n = frond_udp_receive(soak.udp, buf, sizeof buf, &from, FROND_NEVER);
        if (n == FROND_ECANCELED || n == FROND_ECLOSED)
            return arg;
        if (n >= 0) /* the system of a client that has gone may say so here */
            frond_udp_send(soak.udp, buf, (size_t)n, &from, within());
    }
}

/* ---- start and end ---- */

static frond_server *start_at(const frond_addr *where, frond_handler handle,
                              frond_addr *at) {
    frond_listener *l;
    frond_server *server = NULL;
    int rc = frond_tcp_listen(where, NULL, &l);
    if (rc == 0 && (rc = frond_server_start(l, handle, NULL, NULL, &server)) < 0)
        frond_listener_free(l);
    CHECK_INT(rc, 0);
    if (server)
        CHECK_INT(frond_server_addr(server, at), 0);
    return server;
}

static void start_local(void) {
    char path[100];
    frond_addr where;
    static int number;
    char name[20];
    snprintf(name, sizeof name, "soak%d", number++);
    test_path(path, sizeof path, name);
    remove(path);
    CHECK_INT(frond_addr_unix(&where, path), 0);
    soak.local = start_at(&where, soak_handle, &soak.at_local);
}

void soak_world_start(void) {
    frond_addr any;
    frond_addr_loopback(&any, FROND_IPV4, 0);
    soak.tcp = start_at(&any, soak_handle, &soak.at_tcp);
    soak.forward = start_at(&any, forward, &soak.at_forward);
    start_local();
    CHECK_INT(frond_udp_open(&any, &soak.udp), 0);
    CHECK_INT(frond_udp_addr(soak.udp, &soak.at_udp), 0);
    soak.udp_server = frond_spawn(answer_datagrams, NULL);
    fake_dns_start(&soak.dns);
    frond_resolver_options o = {.servers = soak.dns.address,
                                .timeout_ms = 300,
                                .most_ttl_ms = 20, /* so that most are asked */
                                .cache_entries = 8};
    CHECK_INT(frond_resolver_new(&o, &soak.resolver), 0);
}

size_t soak_connections(void) {
    return frond_server_connections(soak.tcp) + frond_server_connections(soak.forward) +
           frond_server_connections(soak.local);
}

static void stop(frond_server *server) {
    CHECK_INT(frond_server_stop(server, within()), 0);
    frond_server_free(server);
}

void soak_world_stop(void) {
    stop(soak.forward);
    stop(soak.tcp);
    stop(soak.local);
    CHECK_INT(frond_kill(soak.udp_server, FROND_EXIT, FROND_NEVER), 0);
    frond_release(soak.udp_server);
    frond_udp_free(soak.udp);
    frond_resolver_free(soak.resolver);
    fake_dns_stop(&soak.dns);
}
