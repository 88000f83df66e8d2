/* SPDX-License-Identifier: MIT */
/* Connecting by name: resolve, then try every address within the one deadline. */
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LEAST_SHARE_MS = 2000, ATTEMPTS_TEXT = 1000 };

/* An address that does not answer must leave the others their part of the time. */
static frond_deadline share(frond_deadline d, size_t left) {
    if (d.ns == INT64_MAX || left <= 1)
        return d;
    uint64_t ms = (uint64_t)frond_remaining(d) / 1000000 / left;
    return frond_earlier(d, frond_in(ms > LEAST_SHARE_MS ? ms : LEAST_SHARE_MS));
}

/* Whether another address could do better. */
static bool go_on(int rc, frond_deadline d) {
    if (rc == FROND_ETIMEDOUT)
        return frond_remaining(d) > 0;
    return rc != FROND_ECANCELED && rc != FROND_EINVAL && rc != FROND_EMFILE &&
           rc != FROND_ENFILE && rc != FROND_ENOMEM && rc != FROND_ENOSUSPEND;
}

static int try_all(const frond_addrs *addrs, const frond_connect_options *o,
                   frond_stream **s, frond_deadline d, char *attempts) {
    size_t n = frond_addrs_count(addrs), used = 0;
    int rc = FROND_EDNS_NODATA;
    for (size_t i = 0; i < n; i++) {
        rc = frond_tcp_connect_addr(frond_addrs_at(addrs, i), o, s, share(d, n - i));
        if (rc == 0)
            return 0;
        int added = snprintf(attempts + used, ATTEMPTS_TEXT - used, "%s%s", i ? "; " : "",
                             frond_error_text());
        used += added < 0 ? 0 : (size_t)added;
        if (used >= ATTEMPTS_TEXT)
            used = ATTEMPTS_TEXT - 1;
        if (!go_on(rc, d))
            break;
    }
    return rc;
}

int frond_tcp_connect_any(const frond_addrs *addrs, const char *name,
                          const frond_connect_options *o, frond_stream **s,
                          frond_deadline d) {
    char attempts[ATTEMPTS_TEXT] = "";
    if (!addrs || !s || !frond_addrs_count(addrs))
        return frond_fail_set(FROND_EINVAL, "connect");
    int rc = try_all(addrs, o, s, d, attempts);
    if (rc < 0 && name)
        return frond_fail_text(rc, "%.255s: %s", name, attempts);
    return rc;
}

int frond_tcp_connect(const char *host, int port, const frond_connect_options *o,
                      frond_stream **s, frond_deadline d) {
    frond_addrs *addrs;
    frond_addr numeric;
    frond_family family = o ? (frond_family)o->local.family : FROND_UNSPEC;
    int rc =
        frond_resolver_resolve(o ? o->resolver : NULL, host, port, family, &addrs, d);
    if (rc < 0)
        return rc;
    bool is_name = frond_addr_parse(&numeric, host, port) < 0;
    rc = frond_tcp_connect_any(addrs, is_name ? host : NULL, o, s, d);
    frond_addrs_free(addrs);
    return rc;
}
