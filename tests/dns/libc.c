/* SPDX-License-Identifier: MIT */
#include "libc.h"

#include <frond/sdk.h>
#include <stdio.h>
#include <string.h>
#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#endif
#include <frond/impl/address.h>

/* Frond's errors tell more apart than EAI_... do. */
static const char *name_of(int code) {
    switch (code) {
    case FROND_EDNS_NOTFOUND:
    case FROND_EDNS_BADNAME:
        return "EAI_NONAME";
    case FROND_EDNS_NODATA:
        return "EAI_NODATA";
    case FROND_EDNS_NOSERVER:
    case FROND_EDNS_SERVFAIL:
        return "EAI_AGAIN";
    case FROND_EDNS_SERVICE:
        return "EAI_SERVICE";
    case FROND_EINVAL:
        return "EAI_BADFLAGS";
    case FROND_EAFNOSUPPORT:
        return "EAI_FAMILY";
    case FROND_ENOTSUP:
        return "EAI_SOCKTYPE";
    default:
        return frond_error_name(code);
    }
}

static void add(char *out, const frond_addr *a, int socktype, int protocol,
                const char *name) {
    char one[FROND_ADDR_TEXT];
    size_t n = strlen(out);
    snprintf(out + n, TEXT - n, "%d %d %s%s%s; ", socktype, protocol,
             frond_addr_format(a, one, sizeof one), name ? " " : "", name ? name : "");
}

void ask_frond(frond_resolver *r, const question *q, char *out) {
    frond_addrinfo_hints h = {.flags = q->flags,
                              .family = (frond_family)q->family,
                              .socktype = q->socktype,
                              .protocol = q->protocol};
    frond_addrinfo *list = NULL;
    int rc = frond_getaddrinfo(r, q->host, q->service, &h, &list, frond_in(20000));
    out[0] = '\0';
    if (rc < 0)
        snprintf(out, TEXT, "%s", name_of(rc));
    for (const frond_addrinfo *i = list; i; i = i->next)
        add(out, &i->addr, i->socktype, i->protocol, i->canonname);
    frond_addrinfo_free(list);
}

static int system_flags(int flags) {
    static const struct {
        int ours, theirs;
    } rows[] = {{FROND_AI_PASSIVE, AI_PASSIVE},
                {FROND_AI_CANONNAME, AI_CANONNAME},
                {FROND_AI_NUMERICHOST, AI_NUMERICHOST},
                {FROND_AI_V4MAPPED, AI_V4MAPPED},
                {FROND_AI_ALL, AI_ALL},
                {FROND_AI_ADDRCONFIG, AI_ADDRCONFIG},
                {FROND_AI_NUMERICSERV, AI_NUMERICSERV},
                {1 << 20, 1 << 20}};
    int result = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        result |= flags & rows[i].ours ? rows[i].theirs : 0;
    return result;
}

static const char *system_name(int status) {
    if (status == EAI_NONAME)
        return "EAI_NONAME";
#ifdef EAI_ADDRFAMILY
    if (status == EAI_ADDRFAMILY)
        return "EAI_NODATA";
#endif
#ifdef EAI_NODATA
    if (status == EAI_NODATA)
        return "EAI_NODATA";
#endif
    if (status == EAI_AGAIN || status == EAI_FAIL)
        return "EAI_AGAIN";
    if (status == EAI_SERVICE)
        return "EAI_SERVICE";
    if (status == EAI_BADFLAGS)
        return "EAI_BADFLAGS";
    if (status == EAI_FAMILY)
        return "EAI_FAMILY";
    return status == EAI_SOCKTYPE ? "EAI_SOCKTYPE" : "EAI_?";
}

void ask_libc(const question *q, char *out) {
    struct addrinfo h, *list = NULL;
    memset(&h, 0, sizeof h);
    h.ai_flags = system_flags(q->flags);
    h.ai_family = q->family == FROND_IPV4   ? AF_INET
                  : q->family == FROND_IPV6 ? AF_INET6
                  : q->family == 0          ? AF_UNSPEC
                                            : 77;
    h.ai_socktype = q->socktype == 1   ? SOCK_STREAM
                    : q->socktype == 2 ? SOCK_DGRAM
                    : q->socktype == 3 ? SOCK_RAW
                                       : q->socktype;
    h.ai_protocol = q->protocol;
    int status = getaddrinfo(q->host, q->service, &h, &list);
    out[0] = '\0';
    if (status)
        snprintf(out, TEXT, "%s", system_name(status));
    for (const struct addrinfo *i = list; i; i = i->ai_next) {
        frond_addr a;
        int type = i->ai_socktype == SOCK_STREAM  ? 1
                   : i->ai_socktype == SOCK_DGRAM ? 2
                                                  : 3;
        frond_addr_from_system(&a, i->ai_addr, (unsigned)i->ai_addrlen);
        add(out, &a, type, i->ai_protocol, i->ai_canonname);
    }
    if (list)
        freeaddrinfo(list);
}

/* ---- gethostbyname ---- */

static void append(char *out, const char *text) {
    size_t n = strlen(out);
    snprintf(out + n, TEXT - n, "%s ", text);
}

void ask_frond_host(frond_resolver *r, const char *host, char *out) {
    char one[FROND_ADDR_TEXT];
    frond_host *h = NULL;
    int rc = frond_gethostbyname_ex(r, host, &h, frond_in(20000));
    out[0] = '\0';
    if (rc < 0) {
        snprintf(out, TEXT, "%s", name_of(rc));
        return;
    }
    append(out, h->name);
    for (const char *const *alias = h->aliases; *alias; alias++)
        append(out, *alias);
    append(out, ":");
    for (size_t i = 0; i < h->n_addrs; i++)
        append(out, frond_addr_format_ip(&h->addrs[i], one, sizeof one));
    frond_host_free(h);
}

void ask_libc_host(const char *host, char *out) {
    char one[64];
    const struct hostent *h = gethostbyname(host);
    out[0] = '\0';
    if (!h) {
        snprintf(out, TEXT, "%s",
                 h_errno == HOST_NOT_FOUND ? "EAI_NONAME"
                 : h_errno == NO_DATA      ? "EAI_NODATA"
                                           : "EAI_AGAIN");
        return;
    }
    append(out, h->h_name);
    for (char **alias = h->h_aliases; *alias; alias++)
        append(out, *alias);
    append(out, ":");
    for (char **ip = h->h_addr_list; *ip; ip++)
        append(out, inet_ntop(h->h_addrtype, *ip, one, sizeof one));
}
