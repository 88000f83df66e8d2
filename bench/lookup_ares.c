/* SPDX-License-Identifier: MIT */
/* lookup_ares PORT COUNT CONCURRENCY: see lookup.h; c-ares alone, on epoll, without the hosts file. */
#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include "bench.h"
#include "lookup.h"

static lookups work;
static ares_channel channel;
static int polled;

static void state(void *arg, ares_socket_t s, int readable, int writable) {
    struct epoll_event e = {.data.fd = s};
    (void)arg;
    e.events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u);
    if (!e.events)
        epoll_ctl(polled, EPOLL_CTL_DEL, s, NULL);
    else if (epoll_ctl(polled, EPOLL_CTL_MOD, s, &e) < 0)
        epoll_ctl(polled, EPOLL_CTL_ADD, s, &e);
}

static void answered(void *arg, int status, int timeouts, struct ares_addrinfo *found);

static void ask(void) {
    struct ares_addrinfo_hints hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    char name[64];
    if (lookups_next(&work, name, sizeof name))
        ares_getaddrinfo(channel, name, NULL, &hints, answered, NULL);
}

static void answered(void *arg, int status, int timeouts, struct ares_addrinfo *found) {
    (void)arg;
    (void)timeouts;
    if (status != ARES_SUCCESS)
        bench_die(ares_strerror(status));
    const struct sockaddr_in *a = (const void *)found->nodes->ai_addr;
    lookups_answer(&work, &a->sin_addr, sizeof a->sin_addr);
    ares_freeaddrinfo(found);
    ask();
}

static void turn(void) {
    struct epoll_event events[64];
    struct timeval tv, *wait = ares_timeout(channel, NULL, &tv);
    int ms = wait ? (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1) : -1;
    int n = epoll_wait(polled, events, 64, ms);
    for (int i = 0; i < n; i++) {
        int fd = events[i].data.fd;
        ares_process_fd(channel,
                        events[i].events & (EPOLLIN | EPOLLERR) ? fd : ARES_SOCKET_BAD,
                        events[i].events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
    }
    if (n == 0)
        ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

int main(int argc, char **argv) {
    char server[40], lookups_of[] = "b";
    lookups_begin(&work, "c-ares", argc, argv);
    polled = epoll_create1(EPOLL_CLOEXEC);
    struct ares_options o = {
        .lookups = lookups_of, .sock_state_cb = state, .timeout = 2000, .tries = 3};
    int mask =
        ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    snprintf(server, sizeof server, "127.0.0.1:%d", work.port);
    if (polled < 0 || ares_library_init(ARES_LIB_INIT_ALL) ||
        ares_init_options(&channel, &o, mask) ||
        ares_set_servers_ports_csv(channel, server))
        bench_die("no channel");
    for (long i = 0; i < work.concurrency; i++)
        ask();
    while (work.ok < work.count)
        turn();
    ares_destroy(channel);
    return lookups_end(&work);
}
