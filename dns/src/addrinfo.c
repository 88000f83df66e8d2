/* SPDX-License-Identifier: MIT */
/* getaddrinfo by the rules of glibc's: which sockets, then which addresses, then each with each. */
#include "calls.h"

#include "order.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <stdlib.h>
#include <string.h>

enum { TCP = 6, UDP = 17, FLAGS = 127, KINDS = 3 };

typedef struct {
    int socktype, protocol, port;
} socket_kind;

static const socket_kind kinds[KINDS] = {
    {FROND_SOCK_STREAM, TCP, 0}, {FROND_SOCK_DGRAM, UDP, 0}, {FROND_SOCK_RAW, 0, 0}};

static const frond_addrinfo_hints everything;

/* ---- sockets ---- */

static bool is_wanted(const socket_kind *k, const frond_addrinfo_hints *h) {
    if (h->socktype && h->socktype != k->socktype)
        return false;
    return !h->protocol || h->protocol == k->protocol || k->protocol == 0;
}

/* A number, or -1: a name.  One out of range is an error. */
static int port_of(const char *service, int flags, int *port) {
    size_t digits = strspn(service, "0123456789");
    *port = -1;
    if (service[digits])
        return flags & FROND_AI_NUMERICSERV
                   ? frond_fail_text(FROND_EDNS_NOTFOUND, "service %.100s: not a number",
                                     service)
                   : 0;
    long value = digits > 6 ? 65536 : strtol(service, NULL, 10);
    if (value > 65535)
        return frond_fail_text(FROND_EINVAL, "service %.100s: port is not 0 .. 65535",
                               service);
    *port = (int)value;
    return 0;
}

/* All that fit for a number; those whose protocol has it for a name.  Returns how many. */
static int sockets_of(const char *service, const frond_addrinfo_hints *h,
                      socket_kind *out) {
    int port = 0, n = 0, fitting = 0;
    int rc = service ? port_of(service, h->flags, &port) : 0;
    if (rc < 0)
        return rc;
    bool all = !h->socktype && !h->protocol;
    for (int i = 0; i < KINDS && (all || fitting == 0 || port < 0); i++) {
        socket_kind k = kinds[i];
        if (!is_wanted(&k, h))
            continue;
        fitting++;
        if (service && k.socktype == FROND_SOCK_RAW && (port < 0 || !all))
            continue;
        k.port = port;
        if (port < 0)
            k.port = frond_getservbyname(service, k.protocol == TCP ? "tcp" : "udp");
        if (k.port == FROND_ENOMEM)
            return FROND_ENOMEM;
        if (k.protocol == 0)
            k.protocol = h->protocol;
        if (k.port >= 0)
            out[n++] = k;
    }
    if (fitting == 0 && h->socktype)
        return frond_fail_text(FROND_ENOTSUP, "getaddrinfo: no such kind of socket");
    if (n == 0)
        return frond_fail_text(FROND_EDNS_SERVICE, "service %.100s: unknown",
                               service ? service : "of this protocol");
    return n;
}

/* ---- addresses ---- */

/* One of a fixed address, as far as the family goes. */
static int add_fixed(frond__answer *a, const char *ip, const frond_addrinfo_hints *h) {
    frond_addr one;
    int rc = frond_addr_parse(&one, ip, 0);
    if (rc == 0 && (h->family == FROND_UNSPEC || h->family == one.family))
        rc = frond__answer_add(a, &one);
    return rc;
}

static int this_machine(const frond_addrinfo_hints *h, frond__answer *a) {
    bool passive = h->flags & FROND_AI_PASSIVE;
    if (add_fixed(a, passive ? "::" : "::1", h) < 0 ||
        add_fixed(a, passive ? "0.0.0.0" : "127.0.0.1", h) < 0)
        return FROND_ENOMEM;
    frond_addr_sort(a->addrs, a->n);
    return 0;
}

static int take_numeric(const char *host, frond_addr *one, const frond_addrinfo_hints *h,
                        frond__answer *a) {
    if (h->family == FROND_IPV6 && h->flags & FROND_AI_V4MAPPED)
        frond_addr_map(one);
    if (h->family == FROND_IPV4)
        frond_addr_unmap(one);
    if (h->family != FROND_UNSPEC && h->family != one->family)
        return frond__lookup_failed(FROND_EDNS_NODATA, host);
    a->canonical = frond_strndup(host, strlen(host));
    return a->canonical ? frond__answer_add(a, one) : FROND_ENOMEM;
}

/* Of what was found those of the family, and what flags make of the others. */
static int choose(const frond__answer *found, const frond_addrinfo_hints *h,
                  frond__answer *a) {
    size_t own = 0;
    bool mapped = h->family == FROND_IPV6 && h->flags & FROND_AI_V4MAPPED;
    for (size_t i = 0; i < found->n; i++)
        own += found->addrs[i].family == h->family;
    bool others = mapped && (own == 0 || h->flags & FROND_AI_ALL);
    for (size_t i = 0; i < found->n; i++) {
        frond_addr one = found->addrs[i];
        if (h->family != FROND_UNSPEC && one.family != h->family) {
            if (!others)
                continue;
            frond_addr_map(&one);
        }
        if (frond__answer_add(a, &one) < 0)
            return FROND_ENOMEM;
    }
    return a->n ? 0 : FROND_EDNS_NODATA;
}

static int look_up(frond_resolver *r, const char *host, const frond_addrinfo_hints *h,
                   frond__answer *a, frond_deadline d) {
    frond__answer *found;
    frond_family family = h->family == FROND_IPV6 && h->flags & FROND_AI_V4MAPPED
                              ? FROND_UNSPEC
                              : h->family;
    int rc = frond__resolve(r, host, family, &found, d);
    if (rc < 0)
        return rc;
    const char *full = found->canonical ? found->canonical : host;
    rc = choose(found, h, a);
    if (rc == 0 && !(a->canonical = frond_strndup(full, strlen(full))))
        rc = FROND_ENOMEM;
    frond__answer_unref(found);
    return rc < 0 ? frond__lookup_failed(rc, host) : 0;
}

static int addresses_of(frond_resolver *r, const char *host,
                        const frond_addrinfo_hints *h, frond__answer *a,
                        frond_deadline d) {
    frond_addr one;
    if (!host)
        return this_machine(h, a);
    if (frond__numeric(host, &one))
        return take_numeric(host, &one, h, a);
    if (h->flags & FROND_AI_NUMERICHOST || host[0] == '[' || !host[0])
        return frond__lookup_failed(FROND_EDNS_NOTFOUND, host);
    return look_up(r, host, h, a, d);
}

/* With addresses of one family only, loopback's aside, lookups are of that family. */
static int configured(frond_addrinfo_hints *h) {
    uv_interface_address_t *list;
    int n = 0;
    bool four = false, six = false;
    if (!(h->flags & FROND_AI_ADDRCONFIG) || uv_interface_addresses(&list, &n) < 0)
        return 0;
    for (int i = 0; i < n; i++) {
        four = four ||
               (!list[i].is_internal && list[i].address.address4.sin_family == AF_INET);
        six = six ||
              (!list[i].is_internal && list[i].address.address4.sin_family == AF_INET6);
    }
    uv_free_interface_addresses(list, n);
    if (h->family == FROND_UNSPEC && four != six)
        h->family = four ? FROND_IPV4 : FROND_IPV6;
    bool none = (h->family == FROND_IPV4 && !four) || (h->family == FROND_IPV6 && !six);
    return none ? frond_fail_text(FROND_EDNS_NOTFOUND,
                                  "getaddrinfo: no interface has this family")
                : 0;
}

/* ---- the list ---- */

static int make_list(const frond__answer *a, const socket_kind *sockets, size_t n,
                     int flags, frond_addrinfo **out) {
    const char *name = flags & FROND_AI_CANONNAME && a->canonical ? a->canonical : NULL;
    size_t all = a->n * n, name_size = name ? strlen(name) + 1 : 0;
    frond_addrinfo *list = frond_calloc(1, all * sizeof *list + name_size);
    if (!list)
        return frond_fail_set(FROND_ENOMEM, "getaddrinfo");
    for (size_t i = 0; i < all; i++) {
        const socket_kind *k = &sockets[i % n];
        list[i].next = i + 1 < all ? &list[i + 1] : NULL;
        list[i].socktype = k->socktype;
        list[i].protocol = k->protocol;
        list[i].addr = a->addrs[i / n];
        list[i].addr.port = (uint16_t)k->port;
    }
    if (name)
        list[0].canonname = memcpy(list + all, name, name_size);
    *out = list;
    return 0;
}

static int check_hints(const char *host, const char *service,
                       const frond_addrinfo_hints *h) {
    if (h->flags & ~FLAGS || (h->flags & FROND_AI_CANONNAME && !host) || h->reserved[0] ||
        h->reserved[1])
        return frond_fail_set(FROND_EINVAL, "getaddrinfo");
    if (h->family != FROND_UNSPEC && h->family != FROND_IPV4 && h->family != FROND_IPV6)
        return frond_fail_set(FROND_EAFNOSUPPORT, "getaddrinfo");
    if (!host && !service)
        return frond_fail_text(FROND_EDNS_NOTFOUND, "getaddrinfo: no host, no service");
    return 0;
}

int frond_getaddrinfo(frond_resolver *r, const char *host, const char *service,
                      const frond_addrinfo_hints *hints, frond_addrinfo **out,
                      frond_deadline d) {
    frond_addrinfo_hints h = hints ? *hints : everything;
    socket_kind sockets[KINDS];
    int rc = frond__enter(r, d);
    if (rc < 0)
        return rc;
    host = host && strcmp(host, "*") == 0 ? NULL : host;
    service = service && strcmp(service, "*") == 0 ? NULL : service;
    if (!out)
        return frond_fail_set(FROND_EINVAL, "getaddrinfo");
    if ((rc = check_hints(host, service, &h)) < 0 || (rc = configured(&h)) < 0)
        return rc;
    int n = sockets_of(service, &h, sockets);
    if (n < 0)
        return n;
    frond__answer *a = frond__answer_new(0);
    rc = a ? addresses_of(r, host, &h, a, d) : FROND_ENOMEM;
    if (rc == FROND_ENOMEM)
        frond_fail_set(rc, "getaddrinfo");
    if (rc == 0)
        rc = make_list(a, sockets, (size_t)n, h.flags, out);
    frond__answer_unref(a);
    return rc;
}

void frond_addrinfo_free(frond_addrinfo *list) {
    frond_free(list);
}
