/* SPDX-License-Identifier: MIT */
/* The parts of `frond serve`: a name server, made certificates, made-up pages. */
#ifndef FROND_CLI_SERVE_H
#define FROND_CLI_SERVE_H

#include <frond/frond.h>

/* ---- names: answers over UDP that every name at and below the zone is 127.0.0.1 ---- */

typedef struct name_server name_server;

int name_server_start(int port, const char *zone,
                      name_server **out); /* 0 or an error in words */
int name_server_port(const name_server *s);
void name_server_free(name_server *s);

/* The answer to a query of n bytes, into out (at most 512 bytes); its length, 0: none is due. */
size_t name_server_answer(const char *zone, const unsigned char *query, size_t n,
                          unsigned char out[512]);

/* ---- certificates: a CA and a leaf for the zone, its subdomains, localhost and loopback ---- */

typedef struct {
    char *ca_pem, *cert_pem, *key_pem; /* owned */
} made_certificates;

int make_certificates(const char *zone,
                      made_certificates *out); /* 0 or an error in words */
void made_certificates_free(made_certificates *m);

/* ---- pages ---- */

/* The text of page i (1 .. n) of n, of a size that varies with i; owned by the caller. */
char *make_page(long i, long n, size_t *len);

#endif
