/* SPDX-License-Identifier: MIT */
/* A plain loop of epoll that drives the hub beside a descriptor of its own. */
#include "support.h"

#include <frond/embed.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static int set, waits;

static void add(int fd) {
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    CHECK_INT(epoll_ctl(set, EPOLL_CTL_ADD, fd, &e), 0);
}

static void begin(void) {
    intptr_t backend = -1;
    waits = 0;
    set = epoll_create1(EPOLL_CLOEXEC);
    CHECK_INT(frond_backend_fd(&backend), 0);
    add((int)backend);
}

/* One turn of the foreign loop; the descriptor of its own that is ready, or -1. */
static int turn(int own) {
    struct epoll_event e[2];
    int64_t ns = frond_backend_timeout();
    int ms = ns == INT64_MAX ? -1 : (int)((ns + 999999) / 1000000);
    int n = epoll_wait(set, e, 2, ms), ready = -1;
    waits++;
    for (int i = 0; i < n; i++)
        if (e[i].data.fd == own)
            ready = own;
    CHECK(frond_run_once(FROND_NOW) >= 0);
    return ready;
}

static void run_until_done(const bool *done) {
    frond_deadline d = frond_in(20000);
    while (!*done && frond_remaining(d))
        turn(-1);
    CHECK(*done);
}

/* ---- timers ---- */

typedef struct {
    int naps;
    bool done;
} napper;

static void *naps(void *arg) {
    napper *n = arg;
    for (; n->naps < 10; n->naps++)
        frond_sleep(5);
    n->done = true;
    return NULL;
}

static void timers(void) {
    napper n = {0, false};
    begin();
    int64_t start = frond_now();
    frond_go(naps, &n);
    run_until_done(&n.done);
    CHECK(frond_now() - start >= 50000000);
    CHECK(waits <= 40); /* it sleeps in between */
    close(set);
}

/* ---- descriptors that greenlets wait for ---- */

static int pair[2];

static void *answers(void *arg) {
    frond_watcher *w;
    char c;
    CHECK_INT(frond_io_open(pair[0], FROND_IO_READ, &w), 0);
    for (int i = 0; i < 100; i++) {
        CHECK_INT(frond_watcher_wait(w, NULL, FROND_NEVER), 0);
        CHECK_INT(read(pair[0], &c, 1), 1);
        CHECK_INT(write(pair[0], &c, 1), 1);
    }
    frond_watcher_free(w);
    return arg;
}

static void *asks(void *done) {
    frond_watcher *w;
    char c = 'x';
    CHECK_INT(frond_io_open(pair[1], FROND_IO_READ, &w), 0);
    for (int i = 0; i < 100; i++) {
        CHECK_INT(write(pair[1], &c, 1), 1);
        CHECK_INT(frond_watcher_wait(w, NULL, FROND_NEVER), 0);
        CHECK_INT(read(pair[1], &c, 1), 1);
    }
    frond_watcher_free(w);
    *(bool *)done = true;
    return NULL;
}

static void descriptors(void) {
    bool done = false;
    begin();
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    frond_go(answers, NULL);
    frond_go(asks, &done);
    run_until_done(&done);
    close(pair[0]);
    close(pair[1]);
    close(set);
}

/* ---- posts from other threads ---- */

static void arrives(void *done) {
    *(bool *)done = true;
}

typedef struct {
    frond_hub *hub;
    bool done;
} posting;

static void posts(void *arg) {
    posting *p = arg;
    block_ms(20);
    frond_post(p->hub, arrives, &p->done);
}

static void other_threads(void) {
    posting p = {frond_hub_current(), false};
    begin();
    test_thread *t = thread_start(posts, &p);
    run_until_done(&p.done);
    CHECK(waits <= 5);
    thread_join(t);
    close(set);
}

/* ---- what the foreign loop calls ---- */

static void *takes(void *q) {
    int item = 0;
    while (frond_queue_get(q, &item, FROND_NEVER) == 0)
        log_add("item");
    log_add("end");
    return NULL;
}

/* Its callbacks put, spawn, and may wait. */
static void callbacks(void) {
    begin();
    int own = eventfd(1, EFD_CLOEXEC);
    uint64_t n;
    add(own);
    frond_queue *q = frond_queue_new(sizeof(int), 10, NULL);
    frond_go(takes, q);
    for (int item = 0; item < 3; item++) {
        while (turn(own) != own) {}
        CHECK_INT(read(own, &n, sizeof n), (int)sizeof n);
        CHECK_INT(frond_queue_put(q, &item, FROND_NOW), 0);
        CHECK_INT(frond_backend_timeout(), 0);
        if (item == 1)
            CHECK_INT(frond_sleep(2), 0); /* greenlets go on meanwhile */
        n = 1;
        CHECK_INT(write(own, &n, sizeof n), (int)sizeof n);
    }
    turn(own);
    CHECK_TEXT(log_text(), "item item item");
    frond_queue_close(q);
    turn(own);
    CHECK_TEXT(log_text(), "item item item end");
    frond_queue_free(q);
    close(own);
    close(set);
}

/* It waits for as long as nothing happens. */
static void *waits_for_ever(void *w) {
    CHECK_INT(frond_watcher_wait(w, NULL, FROND_NEVER), FROND_ECLOSED);
    return NULL;
}

static void quiet(void) {
    napper n = {9, false};
    frond_watcher *w;
    begin();
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    CHECK_INT(frond_io_open(pair[0], FROND_IO_READ, &w), 0);
    frond_go(waits_for_ever, w);
    frond_go(naps, &n);
    run_until_done(&n.done);
    CHECK(waits <= 6);
    frond_watcher_free(w);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    close(pair[0]);
    close(pair[1]);
    close(set);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"timers", timers},
                                      {"descriptors", descriptors},
                                      {"other threads", other_threads},
                                      {"callbacks", callbacks},
                                      {"quiet", quiet},
                                      {0}};
    return test_main("embed in epoll", tests, argc, argv);
}
