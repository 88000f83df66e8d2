/* SPDX-License-Identifier: MIT */
/* Watched descriptors: one waiter a direction, and a loop that turns only when there is news. */
#include "support.h"

#include <fcntl.h>
#include <frond/impl/fd.h>
#include <frond/impl/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];
static frond_fd *watch;

static void begin(void) {
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    watch = frond_fd_new(ends[0], NULL, NULL);
}

static void end(void) {
    frond_fd_close(watch);
    close(ends[0]);
    close(ends[1]);
}

static void *waits(void *arg) {
    CHECK_INT(frond_fd_wait(watch, arg ? FROND_FD_WRITE : FROND_FD_READ, FROND_NEVER), 0);
    log_add(arg ? "w" : "r");
    return NULL;
}

/* As long as the pipe takes. */
static void fill(void) {
    static char part[4096];
    while (write(ends[0], part, sizeof part) > 0) {}
}

static void drain(int fd) {
    static char part[4096];
    while (read(fd, part, sizeof part) > 0) {}
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
    CHECK_INT(write(ends[1], "x", 1), 1);
    frond_sleep(1);
    CHECK_TEXT(log_text(), "r");
    drain(ends[1]);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "r w");
    end();
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

/* In a quiet time of 20 ms. */
static void quiet(void) {
    turns = 0;
    frond_sleep(20);
    CHECK(turns <= 6);
}

static void what_nobody_reads_makes_no_turns(void) {
    begin();
    count_turns();
    quiet();
    for (int round = 0; round < 3; round++) {
        CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, frond_in(1)), FROND_ETIMEDOUT);
        CHECK_INT(write(ends[1], "x", 1), 1); /* the watch is still armed */
        quiet();
        CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER), 0);
        drain(ends[0]);
        CHECK_INT(write(ends[1], "x", 1), 1); /* and again, after a wait that was woken */
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
    close(ends[1]);
    quiet();
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER), 0);
    quiet();
    uv_close((uv_handle_t *)&counter, NULL);
    ends[1] = -1;
    end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"both directions", both_directions},
        {"what nobody reads makes no turns", what_nobody_reads_makes_no_turns},
        {"room that nobody wants makes no turns", room_that_nobody_wants_makes_no_turns},
        {"a hang-up that nobody reads makes no turns",
         a_hangup_that_nobody_reads_makes_no_turns},
        {0}};
    return test_main("fd", tests, argc, argv);
}
