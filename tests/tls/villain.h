/* SPDX-License-Identifier: MIT */
/* A peer that has OpenSSL make an honest handshake, and then says what no OpenSSL would: records of any type and
 * content, rightly encrypted. */
#ifndef FROND_TESTS_TLS_VILLAIN_H
#define FROND_TESTS_TLS_VILLAIN_H

#include <frond/stream.h>
#include <openssl/ssl.h>
#include <stdbool.h>

typedef struct {
    frond_stream *under; /* borrowed */
    bool client, old;    /* old: TLS 1.2; else 1.3 */
    bool done;           /* the handshake is over */
    SSL *ssl;
    unsigned char key[16], iv[12];
    uint64_t sequence; /* of the next record */
} villain;

enum { VILLAIN_ALERT = 21, VILLAIN_HANDSHAKE = 22, VILLAIN_DATA = 23 };

/* The handshake, as a greenlet's function. */
void *villain_shakes_hands(void *v);

void villain_says(villain *v, int type, const void *data, size_t len);

/* New keys, as after a KeyUpdate that it has said. */
void villain_turns_key(villain *v);

void villain_free(villain *v);

#endif
