/* SPDX-License-Identifier: MIT */
/* The table of peers: as many as there are, and gone when they are. */
#include "net.h"

#include "server/peers.h"

enum { MANY = 1000 };

static frond_addr peer(int i) {
    frond_addr a;
    frond_addr_loopback(&a, i % 2 ? FROND_IPV6 : FROND_IPV4, i);
    a.ip[2] = (uint8_t)(i / 256);
    a.ip[3] = (uint8_t)(i % 256);
    return a;
}

static void many(void) {
    frond__peers p = {0};
    for (int most = 1; most <= 3; most++)
        for (int i = 0; i < MANY; i++) {
            frond_addr a = peer(i);
            CHECK_INT(frond__peers_enter(&p, &a, (size_t)most), 1);
            a.port++; /* which does not count */
            CHECK_INT(frond__peers_enter(&p, &a, (size_t)most), 0);
        }
    CHECK_INT(p.n, MANY);
    for (int i = 0; i < 3 * MANY; i++) {
        frond_addr a = peer(i % MANY);
        frond__peers_leave(&p, &a);
    }
    CHECK_INT(p.n, 0);
    frond__peers_free(&p);
}

static void part(void) {
    frond__peers p = {0};
    frond_addr a = peer(1);
    int rc = frond__peers_enter(&p, &a, 1);
    CHECK(rc == 1 || rc == FROND_ENOMEM);
    if (rc == 1)
        frond__peers_leave(&p, &a);
    frond__peers_free(&p);
}

static void out_of_memory(void) {
    memory_sweep(part);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"many", many}, {"out of memory", out_of_memory}, {0}};
    return test_main("peers", tests, argc, argv);
}
