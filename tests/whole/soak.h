/* SPDX-License-Identifier: MIT */
/* What the soak's servers and clients share.  One thread, one hub. */
#ifndef FROND_TESTS_WHOLE_SOAK_H
#define FROND_TESTS_WHOLE_SOAK_H

#include "dns/fake_server.h"
#include "support.h"
#include <frond/net.h>

/* Draws, each client's its own, so that what one does does not depend on who ran before it. */
typedef struct {
    uint64_t state;
} soak_dice;

uint64_t soak_draw(soak_dice *d, uint64_t below); /* 0 .. below - 1 */
bool soak_chance(soak_dice *d, unsigned percent);

/* The first byte of a connection says what the server does with what follows. */
enum {
    SOAK_ECHO = 'e',
    SOAK_BYTES = 'b',  /* echoes a byte at a time */
    SOAK_NEVER = 'n',  /* reads nothing, and closes after a while: the system resets */
    SOAK_STREAM = 's', /* writes until it fails */
    SOAK_RESET = 'r'   /* reads a little, and resets */
};

enum { SOAK_WAIT_MS = 20000, SOAK_UNDISTURBED_MS = 60000 };

typedef struct {
    frond_server *tcp, *local, *forward; /* local: unix */
    frond_addr at_tcp, at_local, at_forward, at_udp;
    frond_udp *udp;
    frond_greenlet *udp_server;
    fake_dns dns;
    frond_resolver *resolver;
    unsigned out_of_ports; /* how often the forwarder was: its client is not to blame */
} soak_world;

extern soak_world soak;

void soak_world_start(void);
void soak_world_stop(void);
size_t soak_connections(void); /* that are being handled */
void *soak_handle(frond_stream *s, void *arg);

/* What the byte at a place of a transfer must be. */
unsigned char soak_byte(size_t at);

/* Has closing s reset the connection. */
void soak_make_reset(frond_stream *s);

/* One client, from connecting to the end; arg is a soak_dice. */
void soak_client(soak_dice *d);

typedef struct {
    uint64_t clients, whole, disturbed, failed, datagrams, bytes;
} soak_counts;

extern soak_counts soak_count;

#endif
