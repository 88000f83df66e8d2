/* SPDX-License-Identifier: MIT */
/* Watched descriptors: one waiter a direction, and a loop that turns only when there is news. */
#include "support.h"

#include <frond/impl/fd.h>
#include <frond/impl/loop.h>
#include <frond/error.h>
#include <stdio.h>
#include <string.h>
#include <support/sockets.h>

static uv_os_sock_t ends[2];
static bool hung_up; /* the other end is closed */
static frond_fd *watch;

static void begin(void) {
    CHECK_INT(uv_socketpair(SOCK_STREAM, 0, ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE), 0);
    socket_nonblocking(ends[0]);
    socket_nonblocking(ends[1]);
    watch = frond_fd_new(ends[0], NULL, NULL);
}

static void end(void) {
    frond_fd_close(watch);
    socket_close(ends[0]);
    if (!hung_up)
        socket_close(ends[1]);
    hung_up = false;
}

static void *waits(void *arg) {
    CHECK_INT(frond_fd_wait(watch, arg ? FROND_FD_WRITE : FROND_FD_READ, FROND_NEVER), 0);
    log_add(arg ? "w" : "r");
    return NULL;
}

/* So that it stays full: what a socket has taken may go on to the other end a little later, and then it takes more. */
static void fill(void) {
    static char part[4096];
    while (socket_send(ends[0], part, sizeof part) > 0) {
        while (socket_send(ends[0], part, sizeof part) > 0) {}
        block_ms(50);
    }
}

static void drain(uv_os_sock_t fd) {
    static char part[4096];
    while (socket_receive(fd, part, sizeof part) > 0) {}
}

static bool has_read(void *unused) {
    (void)unused;
    return strcmp(log_text(), "r") == 0;
}

static void both_directions(void) {
    begin();
    fill();
    frond_go(waits, NULL);
    frond_go(waits, "w");
    frond_yield();
    CHECK_INT(frond_fd_waiting(watch, FROND_FD_READ), 1);
    CHECK_INT(frond_fd_waiting(watch, FROND_FD_WRITE), 1);
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(frond_fd_wait(watch, FROND_FD_WRITE, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(socket_send(ends[1], "x", 1), 1);
    CHECK(eventually(has_read, NULL));
    drain(ends[1]);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "r w");
    end();
}

/* More greenlets than a byte counts are in a wait that gives way, and it is closed. */
static int told_of_close;

static void *polls(void *nothing) {
    int rc;
    do
        rc = frond_fd_wait(watch, FROND_FD_READ, FROND_NOW);
    while (rc == FROND_ETIMEDOUT);
    told_of_close += rc == FROND_ECLOSED;
    return nothing;
}

static void closed_while_many_give_way(void) {
    begin();
    for (int i = 0; i < 256; i++)
        frond_go(polls, NULL);
    frond_yield();
    end();
    frond_hub_join(FROND_NEVER);
    CHECK_INT(told_of_close, 256);
}

/* ---- turns of the loop ---- */

static uv_prepare_t counter;
static long turns;

static void count(uv_prepare_t *p) {
    (void)p;
    turns++;
}

static void count_turns(void) {
    uv_prepare_init(frond_loop(), &counter);
    uv_prepare_start(&counter, count);
    uv_unref((uv_handle_t *)&counter);
}

/* In a quiet time of 5 ms. */
static void quiet(void) {
    turns = 0;
    frond_sleep(5);
    CHECK(turns <= 6);
}

/* Windows may tell once more of what has been read meanwhile. */
static int wait_in_vain(void) {
    int rc = frond_fd_wait(watch, FROND_FD_READ, frond_in(1));
#ifdef _WIN32
    if (rc == 0)
        rc = frond_fd_wait(watch, FROND_FD_READ, frond_in(1));
#endif
    return rc;
}

static void what_nobody_reads_makes_no_turns(void) {
    begin();
    count_turns();
    quiet();
    for (int round = 0; round < 3; round++) {
        CHECK_INT(wait_in_vain(), FROND_ETIMEDOUT);
        CHECK_INT(socket_send(ends[1], "x", 1), 1); /* the watch is still armed */
        quiet();
        CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER), 0);
        drain(ends[0]);
        CHECK_INT(socket_send(ends[1], "x", 1),
                  1); /* and again, after a wait that was woken */
        quiet();
        CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER), 0);
        drain(ends[0]);
    }
    uv_close((uv_handle_t *)&counter, NULL);
    end();
}

static void room_that_nobody_wants_makes_no_turns(void) {
    begin();
    count_turns();
    CHECK_INT(frond_fd_wait(watch, FROND_FD_WRITE, FROND_NEVER), 0);
    quiet();
    fill();
    CHECK_INT(frond_fd_wait(watch, FROND_FD_WRITE, frond_in(1)), FROND_ETIMEDOUT);
    drain(ends[1]);
    quiet();
    CHECK_INT(frond_fd_wait(watch, FROND_FD_WRITE, FROND_NEVER), 0);
    uv_close((uv_handle_t *)&counter, NULL);
    end();
}

static void a_hangup_that_nobody_reads_makes_no_turns(void) {
    begin();
    count_turns();
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, frond_in(1)), FROND_ETIMEDOUT);
    socket_close(ends[1]);
    hung_up = true;
    quiet();
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER), 0);
    quiet();
    uv_close((uv_handle_t *)&counter, NULL);
    end();
}

static int often;
static frond_waiter watcher;

static void watch_once(frond_waiter *w) {
    (void)w;
    log_add("told");
}

static void watch_again(frond_waiter *w) {
    log_add("told");
    if (--often > 0) {
        *w = (frond_waiter){.woken = watch_again};
        CHECK_INT(frond_fd_watch(watch, w), 0);
    }
}

/* Who watches is told beside who waits, once for each time that it asks. */
static void watchers(void) {
    begin();
    watcher = (frond_waiter){.woken = watch_once};
    CHECK_INT(frond_fd_watch(watch, &watcher), 0);
    frond_watch_end(&watcher);
    frond_go(waits, NULL);
    frond_yield();
    often = 3;
    watcher = (frond_waiter){.woken = watch_again};
    CHECK_INT(frond_fd_watch(watch, &watcher), 0);
    CHECK_INT(socket_send(ends[1], "x", 1), 1);
    for (int i = 0; i < 20000 && often; i++) /* nobody reads: there is news each time */
        frond_sleep(1);
    CHECK_INT(often, 0);
    CHECK_TEXT(log_sorted(), "r told told told");
    log_clear();
    watcher = (frond_waiter){.woken = watch_once};
    drain(ends[0]);
    CHECK_INT(frond_fd_watch(watch, &watcher), 0);
    frond_fd *closed = watch;
    frond_fd_close(closed);
    CHECK_TEXT(log_text(), "told");
    watch = NULL;
    end();
}

static void *waits_in_vain(void *arg) {
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER), FROND_EPERM);
    return arg;
}

static void interrupted(void) {
    begin();
    frond_fd_interrupt(watch, FROND_FD_READ, FROND_EPERM); /* nobody */
    frond_go(waits_in_vain, NULL);
    frond_yield();
    frond_fd_interrupt(watch, FROND_FD_WRITE, FROND_EPERM);
    frond_fd_interrupt(watch, FROND_FD_READ, FROND_EPERM);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"both directions", both_directions},
        {"closed while many give way", closed_while_many_give_way},
        {"what nobody reads makes no turns", what_nobody_reads_makes_no_turns},
        {"room that nobody wants makes no turns", room_that_nobody_wants_makes_no_turns},
        {"a hang-up that nobody reads makes no turns",
         a_hangup_that_nobody_reads_makes_no_turns},
        {"watchers", watchers},
        {"interrupted", interrupted},
        {0}};
    return test_main("fd", tests, argc, argv);
}
