/* SPDX-License-Identifier: MIT */
/* A name server for demonstrations: one zone, one address. */
#include "serve.h"

#include <frond/impl/memory.h>
#include <stdbool.h>
#include <string.h>

enum {
    HEADER = 12,
    TYPE_A = 1,
    TYPE_ANY = 255,
    CLASS_IN = 1,
    TTL = 60,
    RCODE_FORMERR = 1,
    RCODE_REFUSED = 5,
    RCODE_NOTIMP = 4
};

struct name_server {
    frond_udp *socket;
    frond_greenlet *greenlet;
    char *zone;
};

/* Reads the name at `at` as dotted lower-case text; the place behind it, 0 when malformed. */
static size_t read_name(const unsigned char *query, size_t n, size_t at, char *text,
                        size_t cap) {
    size_t used = 0;
    while (at < n && query[at]) {
        size_t label = query[at++];
        if (label > 63 || at + label > n || used + label + 2 > cap)
            return 0; /* a question has no reason to be compressed */
        if (used)
            text[used++] = '.';
        for (size_t i = 0; i < label; i++) {
            char byte = (char)query[at++];
            text[used++] = byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
        }
    }
    text[used] = '\0';
    return at < n ? at + 1 : 0;
}

static bool in_zone(const char *name, const char *zone) {
    size_t n = strlen(name), z = strlen(zone);
    if (n < z || strcmp(name + n - z, zone) != 0)
        return false;
    return n == z || name[n - z - 1] == '.';
}

static size_t put(unsigned char *out, size_t at, const unsigned char *bytes, size_t n) {
    memcpy(out + at, bytes, n);
    return at + n;
}

size_t name_server_answer(const char *zone, const unsigned char *query, size_t n,
                          unsigned char out[512]) {
    char name[256];
    if (n < HEADER || (query[2] & 0x80)) /* too short, or itself an answer */
        return 0;
    memset(out, 0, HEADER);
    memcpy(out, query, 2);
    out[2] = (unsigned char)(0x84 | (query[2] &
                                     0x79)); /* answer, authoritative; opcode, RD kept */
    bool one_question = query[4] == 0 && query[5] == 1;
    size_t end = one_question ? read_name(query, n, HEADER, name, sizeof name) : 0;
    if (!end || end + 4 > n || end + 4 + 16 > 512) {
        out[3] = RCODE_FORMERR;
        return HEADER;
    }
    if (query[2] & 0x78) {
        out[3] = RCODE_NOTIMP;
        return HEADER;
    }
    unsigned type = (unsigned)query[end] << 8 | query[end + 1];
    unsigned class = (unsigned)query[end + 2] << 8 | query[end + 3];
    out[5] = 1;
    size_t at = put(out, HEADER, query + HEADER, end + 4 - HEADER);
    if (!in_zone(name, zone) || class != CLASS_IN) {
        out[3] = RCODE_REFUSED;
        return at;
    }
    if (type != TYPE_A && type != TYPE_ANY)
        return at; /* the name is there, this kind of record is not */
    static const unsigned char record[] = {0xc0, HEADER, 0, TYPE_A, 0,   CLASS_IN, 0, 0,
                                           0,    TTL,    0, 4,      127, 0,        0, 1};
    out[7] = 1;
    return put(out, at, record, sizeof record);
}

static void *serve(void *arg) {
    name_server *s = arg;
    unsigned char query[1024], answer[512];
    frond_addr from;
    for (;;) {
        int64_t n = frond_udp_receive(s->socket, query, sizeof query, &from, FROND_NEVER);
        if (n == FROND_ECLOSED || n == FROND_ECANCELED)
            return NULL;
        size_t len = n > 0 ? name_server_answer(s->zone, query, (size_t)n, answer) : 0;
        if (len)
            frond_udp_send(s->socket, answer, len, &from, frond_in(1000));
    }
}

int name_server_start(int port, const char *zone, name_server **out) {
    frond_addr where;
    name_server *s = frond_calloc(1, sizeof *s);
    if (!s || !(s->zone = frond_strndup(zone, strlen(zone)))) {
        frond_free(s);
        return FROND_ENOMEM;
    }
    frond_addr_loopback(&where, FROND_IPV4, port);
    int rc = frond_udp_open(&where, &s->socket);
    if (rc == 0 && !(s->greenlet = frond_spawn(serve, s)))
        rc = frond_error_code();
    if (rc < 0) {
        name_server_free(s);
        return rc;
    }
    *out = s;
    return 0;
}

int name_server_port(const name_server *s) {
    frond_addr a;
    return frond_udp_addr(s->socket, &a) == 0 ? a.port : 0;
}

void name_server_free(name_server *s) {
    if (!s)
        return;
    if (s->greenlet) {
        frond_kill(s->greenlet, FROND_EXIT, FROND_NEVER);
        frond_release(s->greenlet);
    }
    frond_udp_free(s->socket);
    frond_free(s->zone);
    frond_free(s);
}
