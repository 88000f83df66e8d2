/* SPDX-License-Identifier: MIT */
/* Addresses as text and back, and lists of them. */
#include <frond/addr.h>

#include <frond/impl/address.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

struct frond_addrs {
    size_t n, cap;
    frond_addr *list;
};

static int bad(const char *text, const char *why) {
    return frond_fail_text(FROND_EINVAL, "address \"%.100s\": %s", text ? text : "", why);
}

static bool decimal(const char *text, size_t n, unsigned long most,
                    unsigned long *value) {
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *value = *value * 10 + (unsigned long)(text[i] - '0');
        if (*value > most)
            return false;
    }
    return n > 0;
}

/* The part after %: an interface's name or number. */
static int scope_parse(const char *text, uint32_t *scope) {
    unsigned long value;
    *scope = if_nametoindex(text);
    if (*scope == 0 && decimal(text, strlen(text), UINT32_MAX, &value))
        *scope = (uint32_t)value;
    return *scope ? 0 : FROND_EINVAL;
}

static int parse6(frond_addr *a, char *ip) {
    struct in6_addr six;
    char *percent = strchr(ip, '%');
    if (percent) {
        *percent = '\0';
        if (scope_parse(percent + 1, &a->scope) < 0)
            return FROND_EINVAL;
    }
    if (uv_inet_pton(AF_INET6, ip, &six) != 0)
        return FROND_EINVAL;
    memcpy(a->ip, &six, 16);
    a->family = FROND_IPV6;
    return 0;
}

int frond_addr_parse(frond_addr *a, const char *ip, int port) {
    if (!a || !ip)
        return bad(ip, "missing");
    if (port < 0 || port > 65535)
        return bad(ip, "the port is not 0 .. 65535");
    char copy[128];
    size_t n = strlen(ip);
    memset(a, 0, sizeof *a);
    a->port = (uint16_t)port;
    if (n > 1 && ip[0] == '[' && ip[n - 1] == ']') {
        ip++;
        n -= 2;
    }
    if (n >= sizeof copy)
        return bad(ip, "not an IP address");
    memcpy(copy, ip, n);
    copy[n] = '\0';
    struct in_addr four;
    if (uv_inet_pton(AF_INET, copy, &four) == 0) {
        memcpy(a->ip, &four, 4);
        a->family = FROND_IPV4;
        return 0;
    }
    return strchr(copy, ':') && parse6(a, copy) == 0 ? 0 : bad(ip, "not an IP address");
}

int frond_addr_parse_port(frond_addr *a, const char *text, int default_port) {
    if (!a || !text)
        return bad(text, "missing");
    char host[128];
    const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *colon = strrchr(bracket ? bracket : text, ':');
    bool bare6 =
        !bracket && colon && strchr(text, ':') != colon; /* "::1": no port in it */
    size_t n = colon && !bare6 ? (size_t)(colon - text) : strlen(text);
    unsigned long port = (unsigned long)(default_port < 0 ? 65536 : default_port);
    if (colon && !bare6 && !decimal(colon + 1, strlen(colon + 1), 65535, &port))
        return bad(text, "the port is not 0 .. 65535");
    if (n >= sizeof host)
        return bad(text, "not an IP address");
    memcpy(host, text, n);
    host[n] = '\0';
    return frond_addr_parse(a, n ? host : "0.0.0.0", port > 65535 ? -1 : (int)port);
}

char *frond_addr_format_ip(const frond_addr *a, char *out, size_t cap) {
    char text[64] = "?";
    char zone[32] = "";
    if (a->family == FROND_IPV4)
        uv_inet_ntop(AF_INET, a->ip, text, sizeof text);
    else if (a->family == FROND_IPV6)
        uv_inet_ntop(AF_INET6, a->ip, text, sizeof text);
    if (a->family == FROND_IPV6 && a->scope)
        snprintf(zone, sizeof zone, "%%%lu", (unsigned long)a->scope);
    if (cap)
        snprintf(out, cap, "%s%s", text, zone);
    return out;
}

char *frond_addr_format(const frond_addr *a, char *out, size_t cap) {
    char ip[FROND_ADDR_TEXT];
    frond_addr_format_ip(a, ip, sizeof ip);
    if (cap)
        snprintf(out, cap, a->family == FROND_IPV6 ? "[%s]:%u" : "%s:%u", ip,
                 (unsigned)a->port);
    return out;
}

int frond_addr_loopback(frond_addr *a, frond_family family, int port) {
    if (family != FROND_IPV4 && family != FROND_IPV6)
        return frond_fail_set(FROND_EINVAL, "loopback address");
    return frond_addr_parse(a, family == FROND_IPV4 ? "127.0.0.1" : "::1", port);
}

int frond_addr_equal(const frond_addr *a, const frond_addr *b) {
    size_t n = a->family == FROND_IPV4 ? 4 : 16;
    return a->family == b->family && a->port == b->port && a->scope == b->scope &&
           memcmp(a->ip, b->ip, n) == 0;
}

/* ---- the system's form ---- */

unsigned frond_addr_to_system(const frond_addr *a, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (a->family == FROND_IPV4) {
        struct sockaddr_in *four = (struct sockaddr_in *)(void *)out;
        four->sin_family = AF_INET;
        four->sin_port = htons(a->port);
        memcpy(&four->sin_addr, a->ip, 4);
        return sizeof *four;
    }
    if (a->family == FROND_IPV6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)out;
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(a->port);
        six->sin6_scope_id = a->scope;
        memcpy(&six->sin6_addr, a->ip, 16);
        return sizeof *six;
    }
    return 0;
}

int frond_addr_from_system(frond_addr *a, const struct sockaddr *from) {
    memset(a, 0, sizeof *a);
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)from;
        a->family = FROND_IPV4;
        a->port = ntohs(four->sin_port);
        memcpy(a->ip, &four->sin_addr, 4);
        return 0;
    }
    if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)from;
        a->family = FROND_IPV6;
        a->port = ntohs(six->sin6_port);
        a->scope = six->sin6_scope_id;
        memcpy(a->ip, &six->sin6_addr, 16);
        return 0;
    }
    return FROND_EAFNOSUPPORT;
}

/* ---- lists ---- */

frond_addrs *frond_addrs_new(void) {
    frond_addrs *list = frond_calloc(1, sizeof *list);
    if (!list)
        frond_fail_set(FROND_ENOMEM, "address list");
    return list;
}

int frond_addrs_add(frond_addrs *list, const frond_addr *a) {
    if (!list || !a)
        return frond_fail_set(FROND_EINVAL, "address list");
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 4;
        frond_addr *grown = frond_realloc(list->list, cap * sizeof *grown);
        if (!grown)
            return frond_fail_set(FROND_ENOMEM, "address list");
        list->list = grown;
        list->cap = cap;
    }
    list->list[list->n++] = *a;
    return 0;
}

size_t frond_addrs_count(const frond_addrs *list) {
    return list ? list->n : 0;
}

const frond_addr *frond_addrs_at(const frond_addrs *list, size_t i) {
    return list && i < list->n ? &list->list[i] : NULL;
}

void frond_addrs_free(frond_addrs *list) {
    if (!list)
        return;
    frond_free(list->list);
    frond_free(list);
}
