/* SPDX-License-Identifier: MIT */
/* Asking a proxy for a connection. */
#ifndef FROND_NET_PROXY_H
#define FROND_NET_PROXY_H

#include <frond/tcp.h>
#include <stdbool.h>

typedef enum {
    FROND__PROXY_HTTP,
    FROND__PROXY_SOCKS5, /* names are looked up here ... */
    FROND__PROXY_SOCKS5H /* ... or by the proxy */
} frond__proxy_kind;

typedef struct {
    frond__proxy_kind kind;
    char host[256];
    int port;
    bool has_user;
    char user[256], password[256];
} frond__proxy;

/* "socks5://user:password@host:1080".  0 or FROND_EINVAL recorded. */
int frond__proxy_parse(const char *url, frond__proxy *p);

/* What a proxy is asked for: host, or, if that is in another script, its form in ASCII, in room of FROND_NAME_ASCII
 * bytes.  0 with *name, or FROND_EINVAL, FROND_EDNS_BADNAME, FROND_ENOMEM, recorded. */
int frond__proxy_name(const char *host, char *room, const char **name);

/* Over a connection to it.  Suspends.  0, or an error recorded; *another: it was about this host, and another
 * address may do better. */
int frond__proxy_ask(const frond__proxy *p, frond_stream *s, const char *host, int port,
                     bool *another, frond_deadline d);

/* Says that it was about a proxy.  rc. */
int frond__proxy_fail(const frond__proxy *p, int rc);

#endif
