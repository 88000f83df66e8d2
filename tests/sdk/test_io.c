/* SPDX-License-Identifier: MIT */
/* Descriptors that are not frond's. */
#include "support.h"

#include <frond/impl/loop.h>
#include <stdio.h>
#include <string.h>
#include <support/sockets.h>

static uv_os_sock_t ends[2];
static frond_watcher *io;

static void open_pair(void) {
    CHECK_INT(uv_socketpair(SOCK_STREAM, 0, ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE), 0);
    socket_nonblocking(ends[0]);
    socket_nonblocking(ends[1]);
}

static void begin(int events) {
    open_pair();
    CHECK_INT(frond_io_open((intptr_t)ends[0], events, &io), 0);
}

static void close_pair(void) {
    socket_close(ends[0]);
    socket_close(ends[1]);
}

static void end(void) {
    frond_watcher_free(io);
    close_pair();
    frond_sleep(1); /* Windows: what was closed under a handle has ended */
}

static void put(void) {
    CHECK_INT(socket_send(ends[1], "x", 1), 1);
}

static void get(void) {
    char c;
    CHECK_INT(socket_receive(ends[0], &c, 1), 1);
}

/* So that it stays full: what a socket has taken may go on to the other end a little later, and then it takes more. */
static void fill(void) {
    static char part[4096];
    while (socket_send(ends[0], part, sizeof part) > 0) {
        while (socket_send(ends[0], part, sizeof part) > 0) {}
        block_ms(50);
    }
}

static void drain(void) {
    static char part[4096];
    while (socket_receive(ends[1], part, sizeof part) > 0) {}
}

static void *puts_later(void *ms) {
    frond_sleep((uint64_t)(uintptr_t)ms);
    put();
    return NULL;
}

static void reads_and_writes(void) {
    int ready = 0;
    frond_news news;
    begin(FROND_IO_READ);
    CHECK_INT(frond_io_wait(io, FROND_IO_READ | FROND_IO_WRITE, &ready, FROND_NOW), 0);
    CHECK_INT(ready, FROND_IO_WRITE);
    CHECK_INT(frond_watcher_wait(io, &news, FROND_NOW), FROND_ETIMEDOUT);
    frond_go(puts_later, (void *)2);
    CHECK_INT(frond_watcher_wait(io, &news, FROND_NEVER), 0); /* and no deadlock */
    CHECK_INT(news.what, FROND_IO_READ);
    CHECK_INT(news.count, 1);
    CHECK_INT(frond_watcher_wait(io, NULL, FROND_NOW), 0); /* a state, which lasts */
    get();
    CHECK_INT(frond_watcher_wait(io, NULL, frond_in(2)), FROND_ETIMEDOUT);
    fill();
    CHECK_INT(frond_io_wait(io, FROND_IO_WRITE, NULL, frond_in(2)), FROND_ETIMEDOUT);
    drain();
    CHECK_INT(frond_io_wait(io, FROND_IO_WRITE, &ready, frond_in(20000)), 0);
    CHECK_INT(ready, FROND_IO_WRITE);
    end();
}

/* ---- several greenlets ---- */

static void *waits(void *events) {
    int ready, asked = (int)(intptr_t)events;
    int rc = frond_io_wait(io, asked, &ready, FROND_NEVER);
    log_add(rc < 0 ? frond_error_name(rc) : ready & FROND_IO_READ ? "r" : "w");
    return NULL;
}

static bool logged(void *text) {
    return strcmp(log_text(), text) == 0;
}

static void demand_40(void) {
    begin(FROND_IO_READ);
    fill();
    for (int i = 0; i < 3; i++)
        frond_go(waits, (void *)FROND_IO_READ);
    for (int i = 0; i < 2; i++)
        frond_go(waits, (void *)FROND_IO_WRITE);
    frond_yield(); /* all wait */
    frond_sleep(1);
    CHECK_TEXT(log_text(), "");
    put();
    CHECK(eventually(logged, "r r r"));
    frond_sleep(1);
    CHECK_TEXT(log_text(), "r r r");
    drain();
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    CHECK_TEXT(log_text(), "r r r w w");
    end();
}

/* A look for something else takes nothing away from those who wait. */
static void a_look_in_between(void) {
    begin(FROND_IO_READ);
    frond_go(waits, (void *)FROND_IO_READ);
    frond_yield(); /* it waits */
    frond_sleep(1);
    CHECK_INT(frond_io_wait(io, FROND_IO_WRITE, NULL, FROND_NOW), 0);
    frond_sleep(2);
    CHECK_TEXT(log_text(), "");
    put();
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    CHECK_TEXT(log_text(), "r");
    end();
}

static void beside_others(void) {
    begin(FROND_IO_READ);
    size_t which = 9;
    frond_event e = FROND_EVENT_INIT;
    frond_waitable w[] = {frond_event_waitable(&e), frond_watcher_waitable(io)};
    CHECK_INT(frond_wait_any(w, 2, &which, frond_in(2)), FROND_ETIMEDOUT);
    frond_go(puts_later, (void *)2);
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NEVER), 0);
    CHECK_INT(which, 1);
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NOW), 0); /* at once */
    get();
    CHECK_INT(frond_wait_any(w, 2, &which, FROND_NOW), FROND_ETIMEDOUT);
    end();
}

/* ---- the other side, and this one, closed ---- */

static void the_other_side_closes(void) {
    int ready = 0;
    begin(FROND_IO_CLOSED);
    put();
    CHECK_INT(frond_watcher_wait(io, NULL, frond_in(5)), FROND_ETIMEDOUT);
    get(); /* Windows tells of the end after what came before it */
    frond_go(waits, (void *)(FROND_IO_CLOSED));
    frond_yield(); /* it waits */
    frond_sleep(1);
    socket_close(ends[1]);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    CHECK_INT(frond_io_wait(io, FROND_IO_CLOSED | FROND_IO_READ, &ready, FROND_NOW), 0);
    CHECK_INT(ready, FROND_IO_CLOSED | FROND_IO_READ);
    frond_watcher_free(io);
    socket_close(ends[0]);
    frond_sleep(1);
}

/* Nothing breaks, nobody is told, and what has the number next is not watched. */
static void closed_under_it(void) {
    uv_os_sock_t before = 0;
    begin(FROND_IO_READ);
    frond_go(waits, (void *)FROND_IO_READ);
    frond_yield(); /* it waits */
    frond_sleep(1);
    before = ends[0];
    close_pair();
    frond_sleep(2);
    open_pair();
    CHECK_INT(socket_send(ends[1], "x", 1), 1);
    CHECK_INT(socket_send(ends[0], "x", 1), 1);
    frond_sleep(5);
    frond_watcher *other = NULL;
    if (ends[0] == before) {
        CHECK_TEXT(log_text(), "");
        CHECK_INT(frond_io_open((intptr_t)ends[0], FROND_IO_READ, &other), FROND_EBUSY);
        CHECK_HAS(frond_error_text(), "watch descriptor");
    }
    CHECK_INT(frond_watcher_close(io), 0);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    frond_watcher_free(io);
    CHECK_INT(frond_io_open((intptr_t)ends[0], FROND_IO_READ, &io), 0);
    CHECK_INT(frond_watcher_wait(io, NULL, frond_in(20000)), 0);
    end();
}

static void case_52(void) {
    frond_watcher *w = NULL, *second = NULL;
    CHECK_INT(frond_io_open(-1, FROND_IO_READ, &w), FROND_EBADF);
    CHECK_INT(frond_io_open(0, 0, &w), FROND_EINVAL);
    CHECK_INT(frond_io_open(0, 8, &w), FROND_EINVAL);
    CHECK_INT(frond_io_open(0, FROND_IO_READ, NULL), FROND_EINVAL);
    CHECK(w == NULL);
    open_pair();
    for (int i = 0; i < 3; i++) { /* used again only after the close */
        CHECK_INT(frond_io_open((intptr_t)ends[0], FROND_IO_READ, &w), 0);
        CHECK_INT(frond_io_open((intptr_t)ends[0], FROND_IO_WRITE, &second), FROND_EBUSY);
        CHECK(second == NULL);
        put();
        CHECK_INT(frond_watcher_wait(w, NULL, frond_in(20000)), 0);
        get();
        if (i == 1)
            CHECK_INT(frond_watcher_close(w), 0);
        frond_watcher_free(w);
        CHECK_INT(frond_hub_join(frond_in(20000)),
                  0); /* Windows: its handle is closed then */
    }
    CHECK_INT(frond_io_wait(NULL, FROND_IO_READ, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_io_open((intptr_t)ends[0], FROND_IO_READ, &w), 0);
    CHECK_INT(frond_io_wait(w, 0, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_io_wait(w, 8, NULL, FROND_NOW), FROND_EINVAL);
    frond_watcher_free(w);
    close_pair();
    frond_sleep(1);
}

/* ---- quiet ---- */

static uv_prepare_t counter;
static long turns;

static void count(uv_prepare_t *p) {
    (void)p;
    turns++;
}

/* What is ready, and nobody waits for, has the loop not turn. */
static void what_nobody_waits_for(void) {
    begin(FROND_IO_READ);
    uv_prepare_init(frond_loop(), &counter);
    uv_prepare_start(&counter, count);
    uv_unref((uv_handle_t *)&counter);
    static char told[3][6] = {"r", "r r", "r r r"};
    for (int i = 0; i < 3; i++) {
        frond_go(waits, (void *)FROND_IO_READ);
        frond_sleep(1);
        put();
        CHECK(eventually(logged, told[i]));
        put();
        turns = 0;
        frond_sleep(10);
        CHECK(turns <= 6);
        get();
        get();
    }
    uv_close((uv_handle_t *)&counter, NULL);
    end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"reads and writes", reads_and_writes},
        {"demand 40: several wait on one descriptor", demand_40},
        {"a look in between", a_look_in_between},
        {"beside others", beside_others},
        {"the other side closes", the_other_side_closes},
        {"demand 37: closed under it", closed_under_it},
        {"case 52: no descriptor -1, a watcher again only after the close", case_52},
        {"what nobody waits for makes no turns", what_nobody_waits_for},
        {0}};
    return test_main("io", tests, argc, argv);
}
