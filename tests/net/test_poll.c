/* SPDX-License-Identifier: MIT */
/* poll and select over sockets: who waits, what wakes, what is left behind. */
#include "net.h"

#include <frond/impl/stream.h>

static intptr_t fd_of(const frond_stream *s) {
    intptr_t fd = -1;
    CHECK_INT(frond_stream_descriptor(s, &fd), 0);
    return fd;
}

static frond_stream *a, *b;
static frond_pollfd one;

static void begin(short events) {
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    one = (frond_pollfd){.fd = fd_of(a), .events = events};
}

static void end(void) {
    frond_stream_free(a);
    frond_stream_free(b);
}

static void *sends(void *s) {
    CHECK_INT(frond_write(s, "x", 1, NULL, FROND_NEVER), 0);
    return NULL;
}

static void now(void) {
    begin(FROND_POLL_IN);
    CHECK_INT(frond_poll(&one, 1, FROND_NOW), FROND_ETIMEDOUT);
    one.events = FROND_POLL_IN | FROND_POLL_OUT;
    CHECK_INT(frond_poll(&one, 1, FROND_NOW), 1);
    CHECK_INT(one.revents, FROND_POLL_OUT);
    sends(b);
    CHECK_INT(frond_poll(&one, 1, FROND_NEVER), 1);
    CHECK_INT(one.revents, FROND_POLL_IN | FROND_POLL_OUT);
    end();
}

static void wakes(void) {
    begin(FROND_POLL_IN);
    frond_go(sends, b);
    CHECK_INT(frond_poll(&one, 1, FROND_NEVER), 1);
    CHECK_INT(one.revents, FROND_POLL_IN);
    char c;
    CHECK_INT(frond_read(a, &c, 1, FROND_NEVER), 1);
    CHECK_INT(frond_poll(&one, 1, FROND_NOW), FROND_ETIMEDOUT); /* the data was read */
    frond_go(sends, b);
    CHECK_INT(frond_poll(&one, 1, FROND_NEVER), 1);
    frond_shutdown(b, FROND_NEVER);
    CHECK_INT(frond_read(a, &c, 1, FROND_NEVER), 1);
    CHECK_INT(frond_poll(&one, 1, FROND_NEVER), 1); /* the end */
    CHECK(one.revents & (FROND_POLL_IN | FROND_POLL_HUP));
    end();
}

static void times_out(void) {
    begin(FROND_POLL_IN);
    frond_deadline d = frond_in(5);
    CHECK_INT(frond_poll(&one, 1, d), FROND_ETIMEDOUT);
    CHECK_INT(frond_now(), d.ns);
    CHECK_INT(frond_poll(NULL, 0, frond_in(5)), FROND_ETIMEDOUT); /* a sleep */
    frond_timeout t;
    frond_timeout_start(&t, 5);
    CHECK_INT(frond_poll(&one, 1, FROND_NEVER), FROND_ETIMEDOUT);
    CHECK(frond_timeout_fired(&t));
    frond_timeout_stop(&t);
    frond_go(sends, b);
    CHECK_INT(frond_poll(&one, 1, FROND_NEVER), 1);
    end();
}

/* Nobody looks again and again. */
static void sleeps(void) {
    test_clock_real();
    begin(FROND_POLL_IN);
    uint64_t before = frond_hub_switches();
    CHECK_INT(frond_poll(&one, 1, frond_in(200)), FROND_ETIMEDOUT);
    CHECK(frond_hub_switches() - before < 6);
    end();
}

static int result;

static void *polls(void *arg) {
    result = frond_poll(&one, 1, FROND_NEVER);
    return arg;
}

static void killed(void) {
    begin(FROND_POLL_IN);
    frond_greenlet *g = frond_spawn(polls, NULL);
    frond_sleep(1);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(result, FROND_ECANCELED);
    frond_release(g);
    frond_go(sends, b);
    CHECK_INT(frond_poll(&one, 1, FROND_NEVER), 1);
    end();
}

static void *reads(void *s) {
    char c = 0;
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), 1);
    log_add("read");
    return NULL;
}

/* A stream's own watch and two polls of the same socket. */
static void beside_a_reader(void) {
    begin(FROND_POLL_IN);
    frond_greenlet *reader = frond_spawn(reads, a), *poller = frond_spawn(polls, NULL);
    frond_sleep(1);
    frond_pollfd another = {.fd = one.fd, .events = FROND_POLL_OUT};
    CHECK_INT(frond_poll(&another, 1, FROND_NEVER), 1);
    another.events = FROND_POLL_IN;
    CHECK_INT(frond_poll(&another, 1, frond_in(5)), FROND_ETIMEDOUT);
    sends(b);
    CHECK_INT(frond_join(reader, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "read");
    frond_sleep(1);
    if (!frond_dead(poller)) /* the reader was there first */
        sends(b);
    CHECK_INT(frond_join(poller, FROND_NEVER), 0);
    CHECK_INT(result, 1);
    frond_release(reader);
    frond_release(poller);
    end();
}

static void duplicates(void) {
    begin(0);
    frond_pollfd three[3] = {{.fd = one.fd, .events = FROND_POLL_IN},
                             {.fd = one.fd, .events = FROND_POLL_OUT},
                             {.fd = one.fd, .events = FROND_POLL_IN}};
    CHECK_INT(frond_poll(three, 3, FROND_NEVER), 1);
    CHECK_INT(three[1].revents, FROND_POLL_OUT);
    three[1].events = FROND_POLL_IN;
    frond_go(sends, b);
    CHECK_INT(frond_poll(three, 3, FROND_NEVER), 3);
    for (int i = 0; i < 3; i++)
        CHECK_INT(three[i].revents, FROND_POLL_IN);
    end();
}

static void bad_descriptors(void) {
    begin(FROND_POLL_IN);
    frond_pollfd two[2] = {{.fd = -1, .events = FROND_POLL_IN}, one};
    CHECK_INT(frond_poll(two, 2, FROND_NEVER), 1);
    CHECK_INT(two[0].revents, FROND_POLL_NVAL);
    CHECK_INT(two[1].revents, 0);
    intptr_t gone = one.fd;
    frond_stream_free(a);
    two[0].fd = gone;
    two[1].fd = fd_of(b);
    CHECK(frond_poll(two, 2, FROND_NEVER) >= 1);
    CHECK_INT(two[0].revents, FROND_POLL_NVAL);
    frond_fds reading = {&gone, 1};
    CHECK_INT(frond_select_fds(&reading, NULL, NULL, FROND_NEVER), FROND_EBADF);
    CHECK_INT(reading.n, 1);
    frond_stream_free(b);
}

static void *closes(void *s) {
    frond_close(s);
    return NULL;
}

/* Demand 37: neither does it hang, nor does it go on with whoever gets the number. */
static void closed_during_the_wait(void) {
    begin(FROND_POLL_IN);
    frond_greenlet *reader = frond_spawn(polls, NULL);
    frond_sleep(1);
    frond_stream *c, *d;
    frond_close(a);
    CHECK_INT(frond_stream_pair(&c, &d), 0); /* c has its number, as a rule */
    sends(c);
    sends(d);
    CHECK_INT(frond_join(reader, FROND_NEVER), 0);
    CHECK_INT(result, 1);
    CHECK_INT(one.revents, FROND_POLL_NVAL);
    frond_release(reader);
    intptr_t fds[2] = {fd_of(b), fd_of(c)};
    frond_fds failing = {fds + 1, 1};
    frond_go(closes, c);
    CHECK_INT(frond_select_fds(NULL, NULL, &failing, FROND_NEVER), FROND_EBADF);
    frond_stream_free(c);
    frond_stream_free(d);
    end();
}

static void selects(void) {
    begin(0);
    frond_stream *c, *d;
    CHECK_INT(frond_stream_pair(&c, &d), 0);
    intptr_t r[3] = {fd_of(a), fd_of(c), fd_of(b)}, w[1] = {fd_of(a)};
    frond_fds reading = {r, 3}, writing = {w, 0};
    CHECK_INT(frond_select_fds(&reading, &writing, NULL, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(reading.n, 3);
    writing.n = 1;
    CHECK_INT(frond_select_fds(&reading, &writing, NULL, FROND_NEVER), 1);
    CHECK_INT(reading.n, 0);
    CHECK_INT(writing.n, 1);
    reading.n = 3;
    frond_go(sends, d);
    CHECK_INT(frond_select_fds(&reading, NULL, NULL, FROND_NEVER), 1);
    CHECK_INT(reading.n, 1);
    CHECK_INT(r[0], fd_of(c));
    CHECK_INT(frond_select_fds(NULL, NULL, NULL, frond_in(1)), FROND_ETIMEDOUT);
    frond_stream_free(c);
    frond_stream_free(d);
    end();
}

static void many(size_t n) {
    frond_stream **s = calloc(2 * n, sizeof *s);
    frond_pollfd *fds = calloc(n, sizeof *fds);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(frond_stream_pair(&s[2 * i], &s[2 * i + 1]), 0);
        fds[i] = (frond_pollfd){.fd = fd_of(s[2 * i]), .events = FROND_POLL_IN};
    }
    CHECK_INT(frond_poll(fds, n, frond_in(1)), FROND_ETIMEDOUT);
    for (size_t i = n; i-- > 0; i -= i < n / 4 ? i : n / 4) {
        frond_go(sends, s[2 * i + 1]);
        CHECK_INT(frond_poll(fds, n, FROND_NEVER), 1);
        CHECK_INT(fds[i].revents, FROND_POLL_IN);
        char c;
        CHECK_INT(frond_read(s[2 * i], &c, 1, FROND_NEVER), 1);
    }
    for (size_t i = 0; i < n; i++)
        sends(s[2 * i + 1]);
    CHECK_INT(frond_poll(fds, n, FROND_NEVER), n);
    for (size_t i = 0; i < 2 * n; i++)
        frond_stream_free(s[i]);
    free(s);
    free(fds);
}

static void demand_21_beyond_the_limits_of_windows(void) { /* whose select ends at 64 */
    many(under_sanitizer() || under_valgrind() ? 200 : 450);
}

static void part(void) {
    frond_stream *x, *y;
    if (frond_stream_pair(&x, &y) < 0)
        return;
    frond_pollfd p = {.fd = fd_of(x), .events = FROND_POLL_IN};
    frond_fds list = {&p.fd, 1};
    int rc = frond_poll(&p, 1, frond_in(1));
    CHECK(rc == FROND_ETIMEDOUT || rc == FROND_ENOMEM);
    rc = frond_select_fds(&list, NULL, NULL, frond_in(1));
    CHECK(rc == FROND_ETIMEDOUT || rc == FROND_ENOMEM);
    frond_stream_free(x);
    frond_stream_free(y);
}

static void out_of_memory(void) {
    memory_sweep(part);
}

static void misuse(void) {
    frond_fds list = {NULL, 1};
    CHECK_INT(frond_poll(NULL, 1, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_select_fds(&list, NULL, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_poll(NULL, 0, FROND_NOW), FROND_ETIMEDOUT);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"now", now},
                                      {"wakes", wakes},
                                      {"times out", times_out},
                                      {"sleeps", sleeps},
                                      {"killed", killed},
                                      {"beside a reader", beside_a_reader},
                                      {"duplicates", duplicates},
                                      {"bad descriptors", bad_descriptors},
                                      {"closed during the wait", closed_during_the_wait},
                                      {"selects", selects},
                                      {"demand 21: beyond the limits of Windows",
                                       demand_21_beyond_the_limits_of_windows},
                                      {"out of memory", out_of_memory},
                                      {"misuse", misuse},
                                      {0}};
    test_clock_virtual();
    return test_main("poll", tests, argc, argv);
}
