/* SPDX-License-Identifier: MIT */
/* gethostbyname and gethostbyaddr.  A host is one block: itself, its list of aliases, addresses and texts. */
#include "calls.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ALIASES = 32 };

typedef struct {
    frond_host host;
    const char *aliases[MOST_ALIASES + 1];
} block;

static char *add_text(char *at, const char *text, const char **out) {
    size_t n = strlen(text) + 1;
    *out = memcpy(at, text, n);
    return at + n;
}

static frond_host *make(const char *name, const char *const *aliases, size_t n_aliases,
                        const frond_addr *addrs, size_t n_addrs) {
    size_t text = strlen(name) + 1;
    for (size_t i = 0; i < n_aliases; i++)
        text += strlen(aliases[i]) + 1;
    block *b = frond_calloc(1, sizeof *b + n_addrs * sizeof *addrs + text);
    if (!b)
        return NULL;
    frond_addr *list = (frond_addr *)(void *)(b + 1);
    char *at = (char *)(list + n_addrs);
    memcpy(list, addrs, n_addrs * sizeof *addrs);
    at = add_text(at, name, &b->host.name);
    for (size_t i = 0; i < n_aliases; i++)
        at = add_text(at, aliases[i], &b->aliases[i]);
    b->host.aliases = b->aliases;
    b->host.addrs = list;
    b->host.n_addrs = n_addrs;
    return &b->host;
}

void frond_host_free(frond_host *host) {
    frond_free(host);
}

/* ---- by name ---- */

static int ipv4_of(frond_resolver *r, const char *host, frond__answer **a,
                   frond_deadline d) {
    frond_addr one;
    if (!frond__numeric(host, &one))
        return frond__resolve(r, host, FROND_IPV4, a, d);
    if (one.family != FROND_IPV4)
        return frond__lookup_failed(FROND_EDNS_NODATA, host);
    *a = frond__answer_new(0);
    if (*a && frond__answer_add(*a, &one) == 0)
        return 0;
    frond__answer_unref(*a);
    return frond_fail_set(FROND_ENOMEM, "gethostbyname");
}

static size_t only_ipv4(const frond__answer *a, frond_addr *out) {
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++)
        if (a->addrs[i].family == FROND_IPV4)
            out[n++] = a->addrs[i];
    return n;
}

int frond_gethostbyname(frond_resolver *r, const char *host, frond_addr *out,
                        frond_deadline d) {
    frond__answer *a;
    int rc = frond__enter(r, d);
    if (rc < 0)
        return rc;
    if (!host || !out)
        return frond_fail_set(FROND_EINVAL, "gethostbyname");
    if ((rc = ipv4_of(r, host, &a, d)) < 0)
        return rc;
    rc = FROND_EDNS_NODATA;
    for (size_t i = 0; i < a->n && rc < 0; i++)
        if (a->addrs[i].family == FROND_IPV4) {
            *out = a->addrs[i];
            rc = 0;
        }
    frond__answer_unref(a);
    return rc < 0 ? frond__lookup_failed(rc, host) : 0;
}

/* Whether full is what was asked for, domains that were appended to it aside. */
static bool is_same_host(const char *host, const char *full) {
    frond__name asked, found;
    const char *why;
    frond__name_fold(host, &asked);
    frond__name_fold(full, &found);
    if (frond__name_check(&asked, false, &why) < 0)
        return false;
    size_t n = strlen(asked.text);
    n -= n && asked.text[n - 1] == '.';
    return strncmp(asked.text, found.text, n) == 0 &&
           (found.text[n] == '\0' || found.text[n] == '.');
}

/* Those that the answer has; the system tells none, but what was asked for is one if it is called otherwise. */
static size_t aliases_of(const char *host, const char *full, const frond__answer *a,
                         const char **out) {
    size_t n = 0;
    for (const char *name = a->aliases; name && *name && n < MOST_ALIASES;
         name += strlen(name) + 1)
        out[n++] = name;
    if (!a->aliases && !is_same_host(host, full))
        out[n++] = host;
    return n;
}

static int host_of_answer(const char *host, const frond__answer *a, frond_host **out) {
    const char *aliases[MOST_ALIASES];
    const char *full = a->canonical ? a->canonical : host;
    frond_addr *addrs = frond_calloc(a->n + 1, sizeof *addrs);
    size_t n = addrs ? only_ipv4(a, addrs) : 0;
    int rc = addrs ? FROND_EDNS_NODATA : FROND_ENOMEM;
    if (n) {
        size_t others = aliases_of(host, full, a, aliases);
        *out = make(full, aliases, others, addrs, n);
        rc = *out ? 0 : FROND_ENOMEM;
    }
    frond_free(addrs);
    return rc;
}

int frond_gethostbyname_ex(frond_resolver *r, const char *host, frond_host **out,
                           frond_deadline d) {
    frond__answer *a;
    frond_addr one;
    int rc = frond__enter(r, d);
    if (rc < 0)
        return rc;
    if (!host || !out)
        return frond_fail_set(FROND_EINVAL, "gethostbyname");
    if ((rc = frond__resolver_enter(&r)) < 0 || (rc = ipv4_of(r, host, &a, d)) < 0)
        return rc;
    if (frond__numeric(host, &one)) {
        *out = make(host, NULL, 0, &one, 1);
        rc = *out ? 0 : FROND_ENOMEM;
    } else {
        rc = host_of_answer(host, a, out);
    }
    frond__answer_unref(a);
    return rc < 0 ? frond__lookup_failed(rc, host) : 0;
}

/* ---- by address ---- */

/* By PTR records or by the system, as the policy has it. */
static int host_by_lookup(frond_resolver *r, const frond_addr *asked, const frond_addr *a,
                          frond_host **out, frond_deadline d) {
    char text[FROND_ADDR_TEXT];
    frond__name name;
    const char *names[MOST_ALIASES + 1];
    frond__answer *found;
    size_t n = 0;
    frond__name_fold(frond_addr_format_ip(asked, text, sizeof text), &name);
    int rc = frond__look_up(r, &name, FROND__NAMES, &found, d);
    if (rc < 0)
        return rc == FROND_EDNS_NODATA ? FROND_EDNS_NOTFOUND : rc;
    for (const frond_dns_record *i;
         n <= MOST_ALIASES && (i = frond_dns_records_at(found->records, n)) != NULL;)
        names[n++] = i->as.target;
    if (n == 0)
        names[n++] = found->canonical;
    *out = make(names[0], names + 1, n - 1, a, 1);
    frond__answer_unref(found);
    return *out ? 0 : FROND_ENOMEM;
}

static bool is_loopback(const frond_addr *a) {
    static const uint8_t one[16] = {[15] = 1};
    return a->family == FROND_IPV4 ? memcmp(a->ip, "\177\0\0\1", 4) == 0
                                   : memcmp(a->ip, one, 16) == 0;
}

int frond__host_of(frond_resolver *r, const frond_addr *a, frond_host **out,
                   frond_deadline d) {
    const char *names[MOST_ALIASES + 1] = {NULL};
    frond_addr bare = *a, asked;
    size_t n = 0;
    bare.port = 0;
    asked = bare;
    frond_addr_unmap(&asked); /* a peer of IPv4, as a socket of both families calls it */
    if (r->settings->hosts_first || r->settings->hosts_last)
        while (n <= MOST_ALIASES &&
               (names[n] = frond__hosts_name(r->hosts, &asked, n)) != NULL)
            n++;
    if (n == 0 && is_loopback(&asked))
        names[n++] = "localhost";
    if (n == 0)
        return host_by_lookup(r, &asked, &bare, out, d);
    *out = make(names[0], names + 1, n - 1, &bare, 1);
    return *out ? 0 : FROND_ENOMEM;
}

int frond_gethostbyaddr(frond_resolver *r, const frond_addr *a, frond_host **out,
                        frond_deadline d) {
    char ip[FROND_ADDR_TEXT];
    int rc = frond__enter(r, d);
    if (rc < 0)
        return rc;
    if (!a || !out)
        return frond_fail_set(FROND_EINVAL, "gethostbyaddr");
    if (a->family != FROND_IPV4 && a->family != FROND_IPV6)
        return frond_fail_set(FROND_EAFNOSUPPORT, "gethostbyaddr");
    if ((rc = frond__resolver_enter(&r)) < 0)
        return rc;
    rc = frond__host_of(r, a, out, d);
    return rc < 0 ? frond_fail_text(rc, "name of %s: %s",
                                    frond_addr_format_ip(a, ip, sizeof ip),
                                    frond_error_message(rc))
                  : 0;
}
