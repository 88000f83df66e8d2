/* SPDX-License-Identifier: MIT */
/* Connecting by name, and by way of a proxy. */
#include "connect/proxy.h"
#include "connect/race.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
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

int frond_tcp_connect(const char *host, int port, const frond_connect_options *o,
                      frond_stream **s, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!host || !s || port < 0 || port > 65535)
        return frond_fail_set(FROND_EINVAL, "connect");
    if (!o || !o->proxy)
        return connect_directly(host, port, o, s, d);
    frond__proxy proxy;
    if ((rc = frond__proxy_parse(o->proxy, &proxy)) < 0)
        return rc;
    frond_stream *through;
    frond_connect_options to_proxy = *o;
    to_proxy.proxy = NULL;
    if ((rc = connect_directly(proxy.host, proxy.port, &to_proxy, &through, d)) == 0 &&
        (rc = frond__proxy_ask(&proxy, through, host, port, o, d)) < 0)
        frond_stream_free(through);
    if (rc == 0)
        *s = through;
    return rc < 0 ? frond__proxy_fail(&proxy, rc) : 0;
}
