/* SPDX-License-Identifier: MIT */
/* Listeners that move, and that two have. */
#include "net.h"

#include <frond/impl/stream.h>

static frond_addr at;

static void accepts(frond_listener *l) {
    frond_stream *a = NULL, *b = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &a, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &b, FROND_NEVER), 0);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void released_and_adopted(void) {
    frond_listener *l = net_listen(&at), *again = NULL;
    frond_addr same;
    intptr_t fd = -1;
    accepts(l);
    CHECK_INT(frond_listener_release(l, &fd), 0);
    CHECK_INT(frond_listener_release(l, &fd), FROND_ECLOSED);
    frond_listener_free(l);
    CHECK_INT(frond_listener_adopt(fd, &again), 0);
    CHECK_INT(frond_listener_addr(again, &same), 0);
    CHECK(frond_addr_equal(&at, &same));
    accepts(again);
    frond_listener_free(again);
}

static void copied(void) {
    frond_listener *l = net_listen(&at), *other = NULL;
    intptr_t fd = -1;
    CHECK_INT(frond_listener_dup(l, &fd), 0);
    CHECK_INT(frond_listener_adopt(fd, &other), 0);
    accepts(l);
    accepts(other);
    frond_listener_free(l);
    accepts(other); /* the socket listens as long as one has it */
    frond_listener_free(other);
}

static void *waits(void *l) {
    frond_stream *s;
    CHECK_INT(frond_accept(l, &s, FROND_NEVER), FROND_ECLOSED);
    return NULL;
}

static int foreign[2];

static void use_from_afar(void *l) {
    intptr_t fd;
    foreign[0] = frond_listener_release(l, &fd);
    foreign[1] = frond_listener_dup(l, &fd);
}

static void misuse(void) {
    frond_listener *l = net_listen(&at), *other;
    frond_stream *a, *b;
    intptr_t fd;
    CHECK_INT(frond_listener_adopt(-1, &other), FROND_EINVAL);
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_stream_descriptor(a, &fd), 0);
    CHECK_INT(frond_listener_adopt(fd, &other), FROND_EINVAL); /* it does not listen */
    CHECK_INT(frond_listener_adopt(fd, NULL), FROND_EINVAL);
    frond_stream_free(a);
    frond_stream_free(b);
#ifndef _WIN32
    intptr_t taken;
    CHECK_INT(frond_listener_fd(l, &taken), 0);
    CHECK_INT(frond_listener_adopt(taken, &other), FROND_EBUSY); /* it is another's */
#endif
    int rc = frond_listener_adopt(fd, &other);
    CHECK(rc == FROND_EBADF || rc == FROND_ENOTSOCK);
    CHECK_INT(frond_listener_release(NULL, &fd), FROND_EINVAL);
    CHECK_INT(frond_listener_release(l, NULL), FROND_EINVAL);
    CHECK_INT(frond_listener_dup(NULL, &fd), FROND_EINVAL);
    rc = frond_listeners_from_system(NULL, 0); /* Windows has none */
    CHECK(rc == 0 || rc == FROND_ENOTSUP);
    thread_run(use_from_afar, l);
    CHECK_INT(foreign[0], FROND_ETHREAD);
    CHECK_INT(foreign[1], FROND_ETHREAD);
    frond_greenlet *g = frond_spawn(waits, l);
    frond_sleep(1);
    CHECK_INT(frond_listener_release(l, &fd), FROND_EBUSY);
    frond_listener_free(l);
    frond_join(g, FROND_NEVER);
    frond_release(g);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"released and adopted", released_and_adopted},
                                      {"copied", copied},
                                      {"misuse", misuse},
                                      {0}};
    return test_main("adopt", tests, argc, argv);
}
