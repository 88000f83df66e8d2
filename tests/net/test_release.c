/* SPDX-License-Identifier: MIT */
/* Sockets that leave their stream and become streams of other threads: four hubs on four threads, between
 * which connections go round while clients talk to them. */
#include "support.h"
#include <support/os.h>

#include <frond/impl/memory.h>
#include <frond/net.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { WORKERS = 3, CLIENTS = 24, TURN = 5 /* messages until a worker hands on */ };

typedef struct {
    char text[32];
} message;

typedef struct {
    frond_xqueue *in, *out; /* of sockets */
    atomic_int served, handed;
    int failed;
} worker;

typedef struct {
    worker *w;
    intptr_t fd;
} job;

static worker workers[WORKERS];
static int port;

static int rounds(void) {
    return under_valgrind() ? 10 : under_sanitizer() ? 50 : 200;
}

static int read_whole(frond_stream *s, message *m) {
    size_t n = 0;
    while (n < sizeof *m) {
        int64_t got = frond_read(s, (char *)m + n, sizeof *m - n, frond_in(20000));
        if (got <= 0)
            return (int)got;
        n += (size_t)got;
    }
    return 1;
}

/* Some messages, then the next worker's turn: others may have arrived already, or in part. */
static void *serve(void *arg) {
    job j = *(job *)arg;
    frond_stream *s = NULL;
    frond_free(arg);
    int rc = frond_stream_adopt(j.fd, &s);
    for (int i = 0; rc >= 0 && i < TURN; i++) {
        message m;
        if ((rc = read_whole(s, &m)) <= 0)
            break;
        if ((rc = frond_write(s, &m, sizeof m, NULL, frond_in(20000))) == 0)
            rc = 1;
        j.w->served++;
    }
    if (rc > 0 && (rc = frond_stream_release(s, &j.fd)) == 0) {
        rc = frond_xqueue_put(j.w->out, &j.fd, frond_in(20000));
        j.w->handed++;
    }
    if (rc ==
        FROND_ECLOSED) { /* its client had the last answer, and all have: it is kept, to its end */
        frond_stream_free(s);
        rc = frond_stream_adopt(j.fd, &s);
    }
    j.w->failed |= rc < 0;
    frond_stream_free(s);
    return NULL;
}

static void work(void *arg) {
    worker *w = arg;
    intptr_t fd;
    while (frond_xqueue_get(w->in, &fd, frond_in(60000)) == 0) {
        job *j = frond_alloc(sizeof *j);
        *j = (job){w, fd};
        frond_go(serve, j);
    }
    w->failed |= frond_hub_join(frond_in(20000)) < 0;
    w->failed |= frond_hub_close(frond_in(20000)) < 0;
}

/* Sends ahead of the answers, and in pieces. */
static void *talk(void *arg) {
    message m, answer;
    frond_stream *s = NULL;
    int n = rounds(), sent = 0, got = 0;
    CHECK_INT(frond_tcp_connect("127.0.0.1", port, NULL, &s, frond_in(20000)), 0);
    while (got < n) {
        for (; sent < n && sent < got + 3; sent++) {
            memset(&m, 0, sizeof m);
            snprintf(m.text, sizeof m.text, "%d of %p", sent, arg);
            CHECK_INT(frond_write(s, &m, 7, NULL, frond_in(20000)), 0);
            if (sent % 4 == 0)
                frond_yield();
            CHECK_INT(frond_write(s, (char *)&m + 7, sizeof m - 7, NULL, frond_in(20000)),
                      0);
        }
        char expected[32];
        snprintf(expected, sizeof expected, "%d of %p", got++, arg);
        int rc = read_whole(s, &answer);
        CHECK_INT(rc, 1);
        if (rc != 1)
            break;
        CHECK_TEXT(answer.text, expected);
    }
    frond_stream_free(s);
    return NULL;
}

static void *accepts(void *arg) {
    for (int i = 0; i < CLIENTS; i++) {
        frond_stream *s = NULL;
        intptr_t fd = -1;
        CHECK_INT(frond_accept(arg, &s, frond_in(20000)), 0);
        CHECK_INT(frond_stream_release(s, &fd), 0);
        frond_stream_free(s);
        CHECK_INT(frond_xqueue_put(workers[i % WORKERS].in, &fd, frond_in(20000)), 0);
    }
    return NULL;
}

static void goes_round(void) {
    frond_listener *l = NULL;
    frond_addr where;
    test_thread *threads[WORKERS];
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, NULL, &l), 0);
    CHECK_INT(frond_listener_addr(l, &where), 0);
    port = where.port;
    for (int i = 0; i < WORKERS; i++)
        workers[i].in = frond_xqueue_new(sizeof(intptr_t), 0, NULL);
    for (int i = 0; i < WORKERS; i++) {
        workers[i].out = workers[(i + 1) % WORKERS].in;
        threads[i] = thread_start(work, &workers[i]);
    }
    CHECK_INT(frond_go(accepts, l), 0);
    frond_group *clients = frond_group_new();
    for (uintptr_t i = 1; i <= CLIENTS; i++)
        CHECK_INT(frond_group_spawn(clients, talk, (void *)i), 0);
    CHECK_INT(frond_group_join(clients, frond_in(60000)), 0);
    frond_group_free(clients);
    int served = 0;
    for (int i = 0; i < WORKERS; i++)
        frond_xqueue_close(workers[i].in);
    for (int i = 0; i < WORKERS; i++) {
        thread_join(threads[i]);
        CHECK_INT(workers[i].failed, 0);
        CHECK(workers[i].handed > 0);
        CHECK_INT(frond_xqueue_length(workers[i].in), 0);
        served += workers[i].served;
    }
    for (int i = 0; i < WORKERS; i++)
        frond_xqueue_free(workers[i].in);
    CHECK_INT(served, CLIENTS * rounds());
    frond_listener_free(l);
}

/* ---- what is refused ---- */

static void *reads(void *s) {
    char c;
    return frond_read(s, &c, 1, frond_in(20000)) == 1 ? s : NULL;
}

static void not_while_in_use(void) {
    frond_stream *a = NULL, *b = NULL;
    intptr_t fd = -1;
    void *value = NULL;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    frond_greenlet *g = frond_spawn(reads, a);
    frond_yield();
    CHECK_INT(frond_stream_release(a, &fd), FROND_EBUSY);
    CHECK_INT(fd, -1);
    CHECK_INT(frond_write(b, "x", 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_get(g, &value, frond_in(20000)), 0);
    CHECK(value == a);
    frond_release(g);
    CHECK_INT(frond_stream_release(a, &fd), 0);
    CHECK(fd >= 0);
    intptr_t again = -1;
    CHECK_INT(frond_stream_release(a, &again), FROND_ECLOSED);
    char c;
    CHECK_INT(frond_read(a, &c, 1, frond_in(1000)), FROND_ECLOSED);
    CHECK_INT(frond_close(a), 0);
    frond_stream_free(a);
    CHECK_INT(frond_stream_adopt(fd, &a), 0);
    CHECK_INT(frond_write(a, "y", 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read(b, &c, 1, frond_in(20000)), 1);
    CHECK_INT(c, 'y');
    frond_stream_free(a);
    CHECK_INT(frond_read(b, &c, 1, frond_in(20000)), 0);
    frond_stream_free(b);
}

/* What the first stream did not read, the second does; a shutdown goes along, too. */
static void nothing_is_lost(void) {
    frond_stream *a = NULL, *b = NULL;
    intptr_t fd = -1;
    char text[8] = "";
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_write(b, "onetwo", 6, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read(a, text, 3, frond_in(20000)), 3);
    CHECK_INT(frond_shutdown(a, frond_in(20000)), 0);
    CHECK_INT(frond_stream_release(a, &fd), 0);
    frond_stream_free(a);
    CHECK_INT(frond_stream_adopt(fd, &a), 0);
    CHECK_INT(frond_read(a, text + 3, 4, frond_in(20000)), 3);
    CHECK_TEXT(text, "onetwo");
    CHECK_INT(frond_read(b, text, 1, frond_in(20000)), 0);
    CHECK_INT(frond_write(a, "x", 1, NULL, frond_in(20000)), FROND_EPIPE);
    frond_stream_free(a);
    frond_stream_free(b);
}

static int elsewhere_rc;

static void elsewhere(void *s) {
    intptr_t fd = -1;
    elsewhere_rc = frond_stream_release(s, &fd);
    frond_hub_close(FROND_NOW);
}

static void misuse(void) {
    frond_stream *a = NULL, *b = NULL, *none = NULL;
    intptr_t fd = -1;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_stream_release(NULL, &fd), FROND_EINVAL);
    CHECK_INT(frond_stream_release(a, NULL), FROND_EINVAL);
    CHECK_INT(frond_stream_adopt(-1, &none), FROND_EINVAL);
    CHECK_INT(frond_stream_adopt(0, NULL), FROND_EINVAL);
#ifndef _WIN32
    CHECK_INT(frond_stream_fd(a, &fd), 0);
    CHECK_INT(frond_stream_adopt(fd, &none), FROND_EBUSY); /* it is another stream's */
#endif
    FILE *file = temporary_file();
    CHECK_INT(frond_stream_adopt(fileno(file), &none), FROND_ENOTSOCK);
    fclose(file);
    int rc = frond_stream_adopt(999999, &none);
    CHECK(rc == FROND_EBADF || rc == FROND_ENOTSOCK);
    CHECK(none == NULL);
    thread_run(elsewhere, a);
    CHECK_INT(elsewhere_rc, FROND_ETHREAD);
    frond_stream_free(a);
    frond_stream_free(b);
    if (frond_stdio_open(FROND_STDIN, &a) == 0) {
        rc = frond_stream_release(a, &fd);
        CHECK(rc == FROND_ENOTSUP || rc == 0); /* 0: it was given a socket */
        frond_stream_free(a);
    }
}

static void no_memory(void) {
    frond_stream *a = NULL, *b = NULL;
    intptr_t fd = -1;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_stream_release(a, &fd), 0);
    frond_stream_free(a);
    a = NULL;
    for (int i = 1; !a && i < 10; i++) {
        memory_fail_at(i);
        int rc = frond_stream_adopt(fd, &a);
        memory_fail_at(0);
        CHECK(rc == 0 || (rc == FROND_ENOMEM && a == NULL)); /* still ours to adopt */
    }
    CHECK_INT(frond_write(b, "x", 1, NULL, frond_in(20000)), 0);
    char c;
    CHECK_INT(frond_read(a, &c, 1, frond_in(20000)), 1);
    frond_stream_free(a);
    frond_stream_free(b);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"goes round", goes_round},
                                      {"not while in use", not_while_in_use},
                                      {"nothing is lost", nothing_is_lost},
                                      {"misuse", misuse},
                                      {"no memory", no_memory},
                                      {0}};
    return test_main("release", tests, argc, argv);
}
