/* SPDX-License-Identifier: MIT */
/* Listening and connecting where a text says. */
#include <frond/tcp.h>

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/waiter.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { HOST = 256 };

/* One of an address, as frond_addr_parse_port has it, but with a port, and of a host's name and a port. */
typedef struct {
    frond_addr addr; /* family 0: it is a name */
    char host[HOST];
    int port;
} place;

static int is_nowhere(const char *doing, const char *where) {
    return frond_fail_text(FROND_EINVAL,
                           "%s \"%.255s\": not \"host:port\", \":port\", "
                           "\"[address]:port\" or \"unix:path\"",
                           doing, where ? where : "");
}

static int to_port(const char *text) {
    char *end;
    if (*text < '0' || *text > '9')
        return -1;
    long port = strtol(text, &end, 10);
    return *end || port > 65535 ? -1 : (int)port;
}

static int find_place(const char *where, place *p, const char *doing) {
    *p = (place){.port = -1};
    int rc = where ? frond_addr_parse_port(&p->addr, where, -1) : FROND_EINVAL;
    if (rc == 0 || rc == FROND_ENAMETOOLONG) {
        p->port = p->addr.port;
        return rc < 0 ? frond_fail_set(rc, doing) : 0;
    }
    const char *colon = where ? strchr(where, ':') : NULL;
    size_t n = colon ? (size_t)(colon - where) : 0;
    if (!n || n >= HOST || *where == '[' || (p->port = to_port(colon + 1)) < 0)
        return is_nowhere(doing, where);
    p->addr.family = FROND_UNSPEC;
    memcpy(p->host, where, n);
    return 0;
}

/* At the first of a name's addresses that is one of this machine. */
static int listen_at_name(const place *p, const frond_listen_options *o,
                          frond_listener **l, frond_deadline d) {
    frond_addrs *addrs;
    int rc = frond_resolve(p->host, p->port, FROND_UNSPEC, &addrs, d);
    if (rc < 0)
        return rc;
    rc = FROND_EADDRNOTAVAIL;
    for (size_t i = 0; rc == FROND_EADDRNOTAVAIL && i < frond_addrs_count(addrs); i++)
        rc = frond_tcp_listen(frond_addrs_at(addrs, i), o, l);
    frond_addrs_free(addrs);
    return rc;
}

int frond_listen(const char *where, const frond_listen_options *o, frond_listener **l,
                 frond_deadline d) {
    place p;
    int rc = frond_wait_enter(d);
    if (rc < 0 || (rc = find_place(where, &p, "listen")) < 0)
        return rc;
    return p.addr.family ? frond_tcp_listen(&p.addr, o, l) : listen_at_name(&p, o, l, d);
}

/* Where ":port" is when it is connected to: here. */
static bool is_anywhere(const frond_addr *a) {
    static const uint8_t zero[16];
    return a->family != FROND_UNIX && memcmp(a->ip, zero, sizeof zero) == 0;
}

int frond_dial(const char *where, const frond_connect_options *o, frond_stream **s,
               frond_deadline d) {
    place p;
    int rc = frond_wait_enter(d);
    if (rc < 0 || (rc = find_place(where, &p, "dial")) < 0)
        return rc;
    if (p.addr.family == FROND_UNIX)
        return frond_tcp_connect_addr(&p.addr, o, s, d);
    if (!p.port)
        return is_nowhere("dial", where);
    if (p.addr.family && is_anywhere(&p.addr))
        memcpy(p.host, "localhost", sizeof "localhost");
    else if (p.addr.family)
        frond_addr_format_ip(&p.addr, p.host, sizeof p.host);
    return frond_tcp_connect(p.host, p.port, o, s, d);
}
