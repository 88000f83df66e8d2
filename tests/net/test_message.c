/* SPDX-License-Identifier: MIT */
/* Messages: parts, flags, many datagrams at once. */
#include "net.h"

#include <frond/impl/waiter.h>

static void peeking(void) {
    frond_stream *a, *b;
    char buf[16];
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_write(a, "hello", 5, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_receive(b, buf, 3, FROND_MSG_PEEK, FROND_NEVER), 3);
    CHECK_INT(frond_receive(b, buf, sizeof buf, FROND_MSG_PEEK, FROND_NEVER), 5);
    CHECK_INT(frond_receive(b, buf, sizeof buf, 0, FROND_NEVER), 5);
    CHECK(memcmp(buf, "hello", 5) == 0);
    CHECK_INT(frond_receive(b, buf, 1, FROND_MSG_PEEK, FROND_NOW), FROND_ETIMEDOUT);
    frond_close(a);
    CHECK_INT(frond_receive(b, buf, 1, FROND_MSG_PEEK, FROND_NEVER), 0);
    CHECK_INT(frond_read(b, buf, 1, FROND_NEVER), 0);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void urgent_data(void) {
    frond_stream *a, *b;
    char buf[16];
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_write(a, "12", 2, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_send(a, "!", 1, FROND_MSG_OOB, FROND_NEVER), 1);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NEVER), 2);
    int64_t n; /* until it is there: "none" on POSIX, "would block" on Windows */
    while ((n = frond_receive(b, buf, 1, FROND_MSG_OOB, FROND_NOW)) == FROND_EINVAL ||
           n == FROND_ETIMEDOUT)
        frond_nap(1, FROND_NEVER);
    CHECK_INT(n, 1);
    CHECK(buf[0] == '!');
    frond_stream_free(a);
    frond_stream_free(b);
}

static void parts(void) {
    frond_stream *a, *b;
    char one[] = "ab", two[] = "cde", first[4] = "", second[8] = "";
    frond_part out[] = {{one, 2}, {two, 3}}, in[] = {{first, 1}, {second, 7}};
    frond_message m = {.parts = out, .n_parts = 2}, r = {.parts = in, .n_parts = 2};
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_send_message(a, &m, FROND_MSG_MORE, FROND_NEVER), 5);
    CHECK_INT(m.len, 5);
    CHECK_INT(frond_send_message(a, &m, 0, FROND_NEVER), 5);
    frond_sleep(0);
    CHECK_INT(frond_receive(b, second, 1, FROND_MSG_PEEK, FROND_NEVER), 1);
    static const char all[] = "abcdeabcde";
    size_t got = 0;
    while (got < 10) {
        int64_t n = frond_receive_message(b, &r, 0, FROND_NEVER);
        CHECK(n > 0);
        if (n <= 0)
            break;
        CHECK(first[0] == all[got]);
        CHECK(n == 1 || memcmp(second, &all[got + 1], (size_t)n - 1) == 0);
        got += (size_t)n;
    }
    frond_stream_free(a);
    frond_stream_free(b);
}

static void *read_one(void *stream) {
    char c;
    return (void *)(intptr_t)frond_receive(stream, &c, 1, FROND_MSG_PEEK, FROND_NEVER);
}

/* One reader and one writer, whatever they read and write with; and what ends a wait leaves it usable. */
static void rules(void) {
    frond_stream *a, *b;
    char c;
    frond_part part = {&c, 1}, none = {NULL, 1};
    frond_message m = {.parts = &part, .n_parts = 1},
                  bad = {.parts = &none, .n_parts = 1};
    void *rc;
    net_tcp_pair(&a, &b);
    frond_greenlet *g = frond_spawn(read_one, b);
    frond_sleep(1);
    CHECK_INT(frond_read(b, &c, 1, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(frond_receive_message(b, &m, 0, FROND_NEVER), FROND_EBUSY);
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(frond_receive_message(b, &m, 0, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_INT(frond_write(a, "x", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_receive_message(b, &m, 0, FROND_NEVER), 1);
    CHECK(c == 'x');
    CHECK_INT(frond_receive_message(b, &bad, 0, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_receive_message(b, NULL, 0, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_receive_message(NULL, &m, 0, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_send_message(a, NULL, 0, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_shutdown(a, FROND_NEVER), 0);
    CHECK_INT(frond_send(a, "y", 1, 0, FROND_NEVER), FROND_EPIPE);
    g = frond_spawn(read_one, a);
    frond_sleep(1);
    frond_close(a);
    CHECK_INT(frond_get(g, &rc, FROND_NEVER), 0);
    CHECK_INT((intptr_t)rc, FROND_ECLOSED);
    frond_release(g);
    frond_stream_free(a);
    frond_stream_free(b);
}

/* ---- datagrams ---- */

static frond_udp *open_one(frond_addr *at) {
    frond_addr where;
    frond_udp *u = NULL;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&where, &u), 0);
    CHECK_INT(frond_udp_addr(u, at), 0);
    return u;
}

enum { MANY = 100, EACH = 64 };

typedef struct {
    frond_message messages[MANY];
    frond_part parts[MANY];
    char data[MANY][EACH];
} batch;

static void prepare(batch *b, const frond_addr *to) {
    memset(b, 0, sizeof *b);
    for (int i = 0; i < MANY; i++) {
        b->parts[i] = (frond_part){b->data[i], to ? (size_t)(i % EACH) + 1 : EACH};
        b->messages[i] = (frond_message){.parts = &b->parts[i], .n_parts = 1};
        if (to)
            b->messages[i].addr = *to;
        memset(b->data[i], to ? i : 0, EACH);
    }
}

static void many(void) {
    static batch out, in;
    frond_addr at_a, at_b;
    frond_udp *a = open_one(&at_a), *b = open_one(&at_b);
    size_t sent = 0, got = 0;
    prepare(&out, &at_b);
    prepare(&in, NULL);
    CHECK_INT(frond_udp_send_many(a, out.messages, MANY, &sent, FROND_NEVER), 0);
    CHECK_INT(sent, MANY);
    while (got < MANY) {
        int64_t n = frond_udp_receive_many(b, in.messages + got, MANY - got, FROND_NEVER);
        CHECK(n > 0);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_INT(in.messages[i].len, i % EACH + 1);
        CHECK_INT(in.data[i][0], i);
        CHECK(frond_addr_equal(&in.messages[i].addr, &at_a));
    }
    CHECK_INT(frond_udp_receive_many(b, in.messages, MANY, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_udp_receive_many(b, NULL, 1, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_udp_receive_many(b, in.messages, 0, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_udp_send_many(a, in.messages, 0, &sent, FROND_NOW), FROND_EINVAL);
    out.messages[7].addr.family = 0;
    CHECK_INT(frond_udp_send_many(a, out.messages, MANY, &sent, FROND_NEVER),
              FROND_EINVAL);
    frond_udp_free(a);
    frond_udp_free(b);
}

/* What cannot be sent stops the rest, and says which it was. */
static void many_with_a_bad_one(void) {
    static batch out;
    static char huge[70000];
    frond_addr at_a, at_b;
    frond_udp *a = open_one(&at_a), *b = open_one(&at_b);
    size_t sent = 0;
    prepare(&out, &at_b);
    out.parts[5] = (frond_part){huge, sizeof huge};
    CHECK_INT(frond_udp_send_many(a, out.messages, MANY, &sent, FROND_NEVER),
              FROND_EMSGSIZE);
    CHECK_INT(sent, 5);
    char buf[EACH];
    for (int i = 0; i < 5; i++)
        CHECK_INT(frond_udp_receive(b, buf, sizeof buf, NULL, FROND_NEVER), i + 1);
    CHECK_INT(frond_udp_receive(b, buf, sizeof buf, NULL, FROND_NOW), FROND_ETIMEDOUT);
    frond_udp_free(a);
    frond_udp_free(b);
}

static void cut_into_datagrams(size_t segment, int receive_offload) {
    enum { ALL = 10000 };
    frond_addr at_a, at_b;
    frond_udp *a = open_one(&at_a), *b = open_one(&at_b);
    char *data = net_bytes(ALL);
    static char buf[65536];
    frond_part parts[2] = {{data, 333}, {data + 333, ALL - 333}}, in = {buf, sizeof buf};
    frond_message m = {.parts = parts, .n_parts = 2, .addr = at_b, .segment = segment};
    intptr_t fd;
    CHECK_INT(frond_udp_fd(b, &fd), 0);
    if (receive_offload)
        frond_sockopt_set(fd, FROND_SO_DATAGRAM_RECEIVE_OFFLOAD, 1);
    CHECK_INT(frond_udp_send_message(a, &m, 0, FROND_NEVER), ALL);
    size_t got = 0;
    while (got < ALL) {
        frond_message r = {.parts = &in, .n_parts = 1};
        int64_t n = frond_udp_receive_message(b, &r, 0, frond_in(20000));
        CHECK(n > 0);
        if (n <= 0)
            break;
        size_t each = r.segment ? r.segment : (size_t)n;
        CHECK(each == segment || got + (size_t)n == ALL);
        CHECK(memcmp(buf, data + got, (size_t)n) == 0);
        got += (size_t)n;
    }
    CHECK_INT(got, ALL);
    free(data);
    frond_udp_free(a);
    frond_udp_free(b);
}

static void segments(void) {
    cut_into_datagrams(1000, 0);
    cut_into_datagrams(1000, 1);
    cut_into_datagrams(777, 0);
    cut_into_datagrams(100, 0); /* more of them than Linux cuts at once */
    cut_into_datagrams(9999, 0);
}

/* One that has too many parts is refused, and not sent in part. */
static void too_many_parts(void) {
    static frond_part parts[1025];
    frond_udp *a, *b;
    char byte = 'x', buf[2000];
    for (size_t i = 0; i < 1025; i++)
        parts[i] = (frond_part){&byte, 1};
    frond_message m = {.parts = parts, .n_parts = 1024};
    frond_addr at;
    frond_addr_loopback(&at, FROND_IPV4, 0);
    CHECK_INT(frond_udp_open(&at, &a), 0);
    CHECK_INT(frond_udp_open(&at, &b), 0);
    CHECK_INT(frond_udp_addr(b, &m.addr), 0);
    CHECK_INT(frond_udp_send_message(a, &m, 0, FROND_NEVER), 1024);
    CHECK_INT(frond_udp_receive(b, buf, sizeof buf, NULL, FROND_NEVER), 1024);
    m.n_parts = 1025;
    CHECK_INT(frond_udp_send_message(a, &m, 0, FROND_NEVER), FROND_EMSGSIZE);
    CHECK_INT(frond_udp_send_many(a, &m, 1, NULL, FROND_NEVER), FROND_EMSGSIZE);
    CHECK_INT(frond_udp_receive(b, buf, sizeof buf, NULL, FROND_NOW), FROND_ETIMEDOUT);
    frond_udp_free(a);
    frond_udp_free(b);
}

static void truncation(void) {
    frond_addr at_a, at_b;
    frond_udp *a = open_one(&at_a), *b = open_one(&at_b);
    char buf[4];
    frond_part part = {buf, sizeof buf};
    frond_message m = {.parts = &part, .n_parts = 1};
    CHECK_INT(frond_udp_send(a, "too long", 8, &at_b, FROND_NEVER), 0);
    CHECK_INT(frond_udp_send(a, "ok", 2, &at_b, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive_message(b, &m, FROND_MSG_PEEK, FROND_NEVER), 4);
    CHECK_INT(frond_udp_receive_message(b, &m, 0, FROND_NEVER), 4);
    CHECK(m.flags & FROND_MSG_TRUNCATED);
    CHECK_INT(frond_udp_receive_message(b, &m, 0, FROND_NEVER), 2);
    CHECK(!(m.flags & FROND_MSG_TRUNCATED));
    frond_udp_free(a);
    frond_udp_free(b);
}

/* ---- descriptors ---- */

static void descriptors_are_handed_over(void) {
    frond_stream *a, *b, *x, *y, *z;
    intptr_t fd, got[4];
    size_t n = 4, written;
    char buf[16];
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    net_tcp_pair(&x, &y);
    CHECK_INT(frond_stream_fd(x, &fd), 0);
    CHECK_INT(frond_send_fds(a, "take", 4, &fd, 1, &written, FROND_NEVER), 0);
    CHECK_INT(written, 4);
    frond_stream_free(x);
    CHECK_INT(frond_receive_fds(b, buf, sizeof buf, got, &n, FROND_NEVER), 4);
    CHECK_INT(n, 1);
    CHECK_INT(frond_inheritable(got[0]), 0);
    CHECK_INT(frond_stream_adopt(got[0], &z), 0);
    CHECK_INT(frond_write(z, "still here", 10, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(y, buf, sizeof buf, FROND_NEVER), 10);
    frond_stream_free(z);
    frond_stream_free(y);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void wrong_use_of_descriptors(void) {
    frond_stream *a, *b;
    intptr_t fd = 0, none = 1000000, got;
    size_t n = 1;
    char c;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_send_fds(a, "", 0, &fd, 1, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_send_fds(a, NULL, 1, &fd, 1, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_send_fds(a, "x", 1, NULL, 1, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_send_fds(a, "x", 1, &fd, FROND_MOST_FDS + 1, NULL, FROND_NEVER),
              FROND_EINVAL);
    CHECK_INT(frond_send_fds(a, "x", 1, &none, 1, NULL, FROND_NEVER), FROND_EBADF);
    CHECK_INT(frond_receive_fds(b, &c, 1, NULL, &n, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_receive_fds(b, &c, 1, &got, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_receive_fds(b, &c, 1, &got, &n, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(n, 0);
    frond_stream_free(a);
    frond_stream_free(b);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"peeking", peeking},
        {"urgent data", urgent_data},
        {"parts", parts},
        {"rules", rules},
        {"many", many},
        {"many with a bad one", many_with_a_bad_one},
        {"segments", segments},
        {"truncation", truncation},
        {"too many parts", too_many_parts},
        {"descriptors are handed over", descriptors_are_handed_over},
        {"wrong use of descriptors", wrong_use_of_descriptors},
        {NULL, NULL}};
    return test_main("message", tests, argc, argv);
}
