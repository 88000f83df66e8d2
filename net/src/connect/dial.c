/* SPDX-License-Identifier: MIT */
/* Connecting by name, and by way of a proxy. */
#include "connect/proxy.h"
#include "connect/race.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/name.h>
#include <frond/impl/waiter.h>
#include <frond/tcp.h>

int frond_tcp_connect_any(const frond_addrs *addrs, const char *name,
                          const frond_connect_options *o, frond_stream **s,
                          frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!addrs || !s || !frond_addrs_count(addrs) || (o && o->proxy))
        return frond_fail_set(FROND_EINVAL, "connect");
    return frond__race_addrs(addrs, name, o, s, d);
}

static int connect_directly(const char *host, int port, const frond_connect_options *o,
                            frond_stream **s, frond_deadline d) {
    frond_addr numeric;
    if (host && frond_addr_parse(&numeric, host, port) == 0)
        return frond_tcp_connect_addr(&numeric, o, s, d);
    return frond__race_host(host, port, o, s, d);
}

/* ---- by way of a proxy ---- */

typedef struct {
    frond__proxy proxy;
    frond_connect_options to_proxy;
    int port; /* behind it */
} way;

static int go_once(const way *w, const char *host, frond_stream **s, bool *another,
                   frond_deadline d) {
    frond_stream *through;
    *another = false;
    int rc = connect_directly(w->proxy.host, w->proxy.port, &w->to_proxy, &through, d);
    if (rc < 0)
        return rc;
    if ((rc = frond__proxy_ask(&w->proxy, through, host, w->port, another, d)) < 0)
        frond_stream_free(through);
    else
        *s = through;
    return rc;
}

/* A name that is looked up here: its addresses one after the other, each by a connection of its own, since a proxy
 * closes one that it has refused. */
static int go_by_addresses(const way *w, const char *host, frond_stream **s,
                           frond_deadline d) {
    frond_addrs *addrs;
    char text[FROND_ADDR_TEXT];
    bool another = true;
    int rc = frond_resolver_resolve(w->to_proxy.resolver, host, w->port, FROND_UNSPEC,
                                    &addrs, d);
    if (rc < 0)
        return rc;
    for (size_t i = 0; another && i < frond_addrs_count(addrs); i++) {
        frond_addr_format_ip(frond_addrs_at(addrs, i), text, sizeof text);
        rc = go_once(w, text, s, &another, d);
    }
    frond_addrs_free(addrs);
    return rc;
}

static int go_through(const way *w, const char *host, frond_stream **s,
                      frond_deadline d) {
    bool another;
    char room[FROND_NAME_ASCII];
    const char *name;
    if (w->proxy.kind == FROND__PROXY_SOCKS5)
        return go_by_addresses(w, host, s, d);
    int rc = frond__proxy_name(host, room, &name);
    return rc < 0 ? rc : go_once(w, name, s, &another, d);
}

int frond_tcp_connect(const char *host, int port, const frond_connect_options *o,
                      frond_stream **s, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!host || !s || port < 0 || port > 65535)
        return frond_fail_set(FROND_EINVAL, "connect");
    if (!o || !o->proxy)
        return connect_directly(host, port, o, s, d);
    way w = {.to_proxy = *o, .port = port};
    w.to_proxy.proxy = NULL;
    if ((rc = frond__proxy_parse(o->proxy, &w.proxy)) < 0)
        return rc;
    rc = go_through(&w, host, s, d);
    return rc < 0 ? frond__proxy_fail(&w.proxy, rc) : 0;
}
