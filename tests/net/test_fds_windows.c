/* SPDX-License-Identifier: MIT */
/* Descriptors over streams where they travel between the bytes: sockets and handles, many, with long data, in pieces,
 * and what is none of this. */
#include "net.h"

#include <frond/impl/waiter.h>
#include <winsock2.h>

static HANDLE null_device(void) {
    return CreateFileA("NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                       OPEN_EXISTING, 0, NULL);
}

static bool is_handle(intptr_t fd) {
    DWORD flags;
    return GetHandleInformation((HANDLE)fd, &flags) && !(flags & HANDLE_FLAG_INHERIT);
}

static void handles(void) {
    frond_stream *a, *b;
    intptr_t fds[FROND_MOST_FDS], got[FROND_MOST_FDS];
    char buf[16];
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    HANDLE null = null_device();
    for (int i = 0; i < FROND_MOST_FDS; i++)
        fds[i] = (intptr_t)null;
    size_t n = FROND_MOST_FDS;
    CHECK_INT(frond_send_fds(a, "0", 1, NULL, 0, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_receive_fds(b, buf, sizeof buf, got, &n, frond_in(20000)), 1);
    CHECK_INT(n, 0);
    n = FROND_MOST_FDS;
    CHECK_INT(frond_send_fds(a, "1", 1, fds, FROND_MOST_FDS, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_receive_fds(b, buf, sizeof buf, got, &n, frond_in(20000)), 1);
    CHECK_INT(n, FROND_MOST_FDS);
    for (size_t i = 0; i < n; i++) {
        CHECK(got[i] != (intptr_t)null && is_handle(got[i]));
        CloseHandle((HANDLE)got[i]);
    }
    n = 2; /* what has no room is closed */
    CHECK_INT(frond_send_fds(a, "2", 1, fds, 5, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_receive_fds(b, buf, sizeof buf, got, &n, frond_in(20000)), 1);
    CHECK_INT(n, 5);
    CloseHandle((HANDLE)got[0]);
    CloseHandle((HANDLE)got[1]);
    CloseHandle(null);
    frond_stream_free(a);
    frond_stream_free(b);
}

typedef struct {
    frond_stream *stream;
    const char *data;
    size_t len;
    intptr_t fd;
} sent;

static void *sends(void *arg) {
    sent *w = arg;
    size_t written;
    CHECK_INT(
        frond_send_fds(w->stream, w->data, w->len, &w->fd, 1, &written, frond_in(20000)),
        0);
    CHECK_INT(written, w->len);
    return NULL;
}

/* More than the system takes at once, read in pieces; the descriptor is with the first of them. */
static void long_data(void) {
    enum { ALL = 3000000 };
    frond_stream *a, *b;
    char *data = net_bytes(ALL), buf[5000];
    HANDLE null = null_device();
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    sent w = {a, data, ALL, (intptr_t)null};
    frond_greenlet *g = frond_spawn(sends, &w);
    size_t at = 0, bad = 0;
    while (at < ALL) {
        intptr_t got[2];
        size_t n = 2;
        int64_t k = frond_receive_fds(b, buf, sizeof buf, got, &n, frond_in(20000));
        CHECK_INT(n, at == 0 && k > 0);
        if (k <= 0)
            break;
        if (n)
            CloseHandle((HANDLE)got[0]);
        for (int64_t i = 0; i < k; i++)
            bad += (unsigned char)buf[i] != net_byte(at++);
    }
    CHECK_INT(at, ALL);
    CHECK_INT(bad, 0);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    frond_release(g);
    size_t n = 0;
    frond_close(a);
    CHECK_INT(frond_receive_fds(b, buf, sizeof buf, NULL, &n, frond_in(20000)), 0);
    CloseHandle(null);
    free(data);
    frond_stream_free(a);
    frond_stream_free(b);
}

/* Whoever gives up has lost nothing: what was begun is kept and goes first. */
static void given_up(void) {
    frond_stream *a, *b;
    static char data[1000000];
    char buf[5000];
    size_t all = 0, got = 0, n;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    for (int i = 0; i < 5; i++) {
        size_t written = 0;
        int rc = frond_send_fds(a, data, sizeof data, NULL, 0, &written, frond_in(20));
        CHECK(rc == 0 || rc == FROND_ETIMEDOUT);
        all += written;
        n = 0;
        int64_t k = frond_receive_fds(b, buf, sizeof buf, NULL, &n, frond_in(20000));
        CHECK(k > 0);
        got += k > 0 ? (size_t)k : 0;
    }
    sent w = {a, data, 1, (intptr_t)null_device()};
    frond_greenlet *g = frond_spawn(sends, &w);
    while (got < all + 1) {
        intptr_t one;
        n = 1;
        int64_t k = frond_receive_fds(b, buf, sizeof buf, &one, &n, frond_in(20000));
        CHECK(k > 0);
        if (k <= 0)
            break;
        got += (size_t)k;
        CHECK_INT(n, got == all + 1);
        if (n)
            CloseHandle((HANDLE)one);
    }
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    frond_release(g);
    CloseHandle((HANDLE)w.fd);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void others(void) {
    frond_stream *a, *b;
    frond_addr at;
    char buf[16];
    size_t n = 0;
    CHECK_INT(frond_stream_pair(&a, &b), 0); /* bytes without a head */
    CHECK_INT(frond_write(a, "neither one nor the other", 25, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_receive_fds(b, buf, sizeof buf, NULL, &n, frond_in(20000)),
              FROND_EPROTO);
    frond_stream_free(a);
    frond_stream_free(b);
    CHECK_INT(frond_stream_pair(&a, &b), 0); /* the end within a head */
    CHECK_INT(frond_write(a, "x", 1, NULL, frond_in(20000)), 0);
    frond_close(a);
    CHECK_INT(frond_receive_fds(b, buf, sizeof buf, NULL, &n, FROND_NEVER),
              FROND_ECONNRESET);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_addr_loopback(&at, FROND_IPV6, 0); /* nor is every connection's owner known */
    frond_listener *l;
    if (frond_tcp_listen(&at, NULL, &l) < 0)
        return;
    CHECK_INT(frond_listener_addr(l, &at), 0);
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &a, frond_in(20000)), 0);
    CHECK_INT(frond_send_fds(a, "x", 1, NULL, 0, NULL, frond_in(20000)), FROND_ENOTSUP);
    frond_stream_free(a);
    frond_listener_free(l);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"handles", handles},
                                      {"long data", long_data},
                                      {"given up", given_up},
                                      {"others", others},
                                      {0}};
    return test_main("descriptors", tests, argc, argv);
}
