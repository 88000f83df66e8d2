/* SPDX-License-Identifier: MIT */
/* The parts of `frond serve`: its options, a site, processes that serve it together, a name server, made certificates,
 * made-up pages. */
#ifndef FROND_CLI_SERVE_H
#define FROND_CLI_SERVE_H

#include <frond/frond.h>
#include <frond/proc.h>

typedef struct {
    int http, https, dns; /* ports; -1: not asked for */
    const char *cert, *key, *zone, *dir, *ca_dir;
    long pages, delay_ms, jobs;
} serve_options;

/* 0, or the program's exit status, having said what is wrong. */
int serve_options_parse(int argc, char **argv, serve_options *o);

enum { SERVE_DRAIN_MS = 10000 };

/* ---- the site: what is served, in one process ---- */

enum { SITE_HTTP, SITE_HTTPS, SITE_LISTENERS };

typedef struct {
    const serve_options *o;
    frond_http_server *http, *https; /* NULL: not asked for */
    frond_tls_context *tls;
} site;

/* Serves at those listeners that are there, and takes them over (NULL then): 0, or an error in words, and site_stop is
 * due in any case.  who is the certificate of HTTPS. */
int site_start(site *s, const serve_options *o, const frond_tls_options *who,
               frond_listener *listeners[SITE_LISTENERS]);

/* Lets requests finish until d: 0, or FROND_ETIMEDOUT when some were cut off. */
int site_stop(site *s, frond_deadline d);

/* ---- the crew: processes that serve the site together ---- */

typedef struct crew crew;

/* Starts o->jobs of them, which have argv, as `frond serve` has, and the listeners, which stay the caller's.  One that
 * ends is replaced.  0, or an error in words. */
int crew_start(const serve_options *o, const char *argv, size_t argv_len,
               const frond_tls_options *who, frond_listener *listeners[SITE_LISTENERS],
               crew **out);

/* As site_stop, of each. */
int crew_stop(crew *c, frond_deadline d);

/* The process number of each, o->jobs of them; 0: it is being replaced. */
int64_t crew_pid(const crew *c, size_t i);

/* Entry of frond_init. */
int crew_worker(frond_child *self);

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
