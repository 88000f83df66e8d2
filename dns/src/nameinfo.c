/* SPDX-License-Identifier: MIT */
/* getnameinfo and getfqdn: addresses to names. */
#include "calls.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <stdio.h>
#include <string.h>

enum { FLAGS = 31, HOSTNAME = 256 };

bool frond__is_no_answer(int code) {
    return code == FROND_ETIMEDOUT || code == FROND_ECANCELED || code == FROND_EINVAL ||
           code == FROND_ENOMEM || code == FROND_ETHREAD || code == FROND_ECLOSED ||
           code == FROND_ENOSUSPEND || code == FROND_EWRONGPROC || code == FROND_EDEADLK;
}

static int put(const char *text, char *out, size_t cap) {
    size_t n = strlen(text) + 1;
    if (n > cap)
        return frond_fail_set(FROND_ENOBUFS, "getnameinfo");
    memcpy(out, text, n);
    return 0;
}

/* A link's addresses have their interface's name behind them. */
static int put_numeric(const frond_addr *a, char *out, size_t cap) {
    char text[FROND_ADDR_TEXT], scope[UV_IF_NAMESIZE], whole[FROND_ADDR_TEXT * 2];
    size_t n = sizeof scope;
    frond_addr bare = *a;
    bool link = a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
    if (a->family != FROND_IPV6 || !a->scope || !link ||
        uv_if_indextoname(a->scope, scope, &n) < 0)
        return put(frond_addr_format_ip(a, text, sizeof text), out, cap);
    bare.scope = 0;
    snprintf(whole, sizeof whole, "%s%%%s",
             frond_addr_format_ip(&bare, text, sizeof text), scope);
    return put(whole, out, cap);
}

/* Cuts this machine's own domain off. */
static void cut_domain(char *name) {
    char mine[HOSTNAME];
    size_t n = sizeof mine;
    char *dot = strchr(name, '.');
    const char *domain = uv_os_gethostname(mine, &n) < 0 ? NULL : strchr(mine, '.');
    if (dot && domain && strcmp(dot, domain) == 0)
        *dot = '\0';
}

static int put_host(frond_resolver *r, const frond_addr *a, int flags, char *out,
                    size_t cap, frond_deadline d) {
    frond_host *h = NULL;
    if (flags & FROND_NI_NUMERICHOST)
        return flags & FROND_NI_NAMEREQD
                   ? frond_fail_text(FROND_EDNS_NOTFOUND,
                                     "getnameinfo: a name is required")
                   : put_numeric(a, out, cap);
    int rc = frond__resolver_enter(&r);
    if (rc < 0)
        return rc;
    rc = frond__host_of(r, a, &h, d);
    if (rc == 0) {
        rc = put(h->name, out, cap);
        if (rc == 0 && flags & FROND_NI_NOFQDN)
            cut_domain(out);
        frond_host_free(h);
        return rc;
    }
    if (flags & FROND_NI_NAMEREQD || frond__is_no_answer(rc)) {
        char ip[FROND_ADDR_TEXT];
        return frond_fail_text(rc, "name of %s: %s",
                               frond_addr_format_ip(a, ip, sizeof ip),
                               frond_error_message(rc));
    }
    return put_numeric(a, out, cap);
}

static int put_service(const frond_addr *a, int flags, char *out, size_t cap) {
    char number[8];
    snprintf(number, sizeof number, "%u", (unsigned)a->port);
    if (flags & FROND_NI_NUMERICSERV)
        return put(number, out, cap);
    int rc =
        frond_getservbyport(a->port, flags & FROND_NI_DGRAM ? "udp" : "tcp", out, cap);
    return rc == FROND_EDNS_SERVICE ? put(number, out, cap) : rc;
}

int frond_getnameinfo(frond_resolver *r, const frond_addr *a, int flags, char *host,
                      size_t host_cap, char *service, size_t service_cap,
                      frond_deadline d) {
    int rc = frond__enter(r, d);
    if (rc < 0)
        return rc;
    if (!a || flags & ~FLAGS || (!host && !service))
        return frond_fail_set(FROND_EINVAL, "getnameinfo");
    if (a->family != FROND_IPV4 && a->family != FROND_IPV6)
        return frond_fail_set(FROND_EAFNOSUPPORT, "getnameinfo");
    if (host && (rc = put_host(r, a, flags, host, host_cap, d)) < 0)
        return rc;
    return service ? put_service(a, flags, service, service_cap) : 0;
}

/* ---- full names ---- */

static const char *full_name(const frond_host *h) {
    if (strchr(h->name, '.'))
        return h->name;
    for (const char *const *alias = h->aliases; *alias; alias++)
        if (strchr(*alias, '.'))
            return *alias;
    return h->name;
}

/* 0 with *h, or an error; what is unknown is none that matters. */
static int host_by_any(frond_resolver *r, const char *host, frond_host **h,
                       frond_deadline d) {
    frond__answer *a;
    int rc = frond__resolve(r, host, FROND_UNSPEC, &a, d);
    if (rc < 0)
        return rc;
    if ((rc = frond__resolver_enter(&r)) == 0)
        rc = frond__host_of(r, &a->addrs[0], h, d);
    frond__answer_unref(a);
    return rc;
}

int frond_getfqdn(frond_resolver *r, const char *host, char **out, frond_deadline d) {
    char mine[HOSTNAME] = "localhost";
    size_t n = sizeof mine;
    frond_host *h = NULL;
    int rc = frond__enter(r, d);
    if (rc < 0)
        return rc;
    if (!out)
        return frond_fail_set(FROND_EINVAL, "getfqdn");
    if (!host || !*host) {
        uv_os_gethostname(mine, &n);
        host = mine;
    }
    rc = host_by_any(r, host, &h, d);
    if (rc < 0 && frond__is_no_answer(rc))
        return frond_fail_text(rc, "getfqdn %.255s: %s", host, frond_error_message(rc));
    const char *name = rc == 0 ? full_name(h) : host;
    *out = frond_strndup(name, strlen(name));
    frond_host_free(h);
    return *out ? 0 : frond_fail_set(FROND_ENOMEM, "getfqdn");
}
