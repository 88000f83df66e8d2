/* SPDX-License-Identifier: MIT */
/* Addresses as text and back. */
#include <frond/addr.h>

#include <frond/impl/address.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define UNIX_PREFIX "unix:" /* of such an address's text */

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

int frond_addr_unix(frond_addr *a, const char *path) {
    size_t n = path ? strlen(path) : 0;
    if (!a || n == 0)
        return bad(path, "missing");
    if (n >= sizeof a->path)
        return frond_fail_text(FROND_ENAMETOOLONG, "address \"%.200s\": %s", path,
                               frond_error_message(FROND_ENAMETOOLONG));
    memset(a, 0, sizeof *a);
    a->family = FROND_UNIX;
    a->path_length = (uint8_t)n;
    memcpy(a->path, path, n);
    if (path[0] == '@')
        a->path[0] = '\0';
    return 0;
}

int frond_addr_parse_port(frond_addr *a, const char *text, int default_port) {
    if (!a || !text)
        return bad(text, "missing");
    if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
        return frond_addr_unix(a, text + strlen(UNIX_PREFIX));
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

/* Of an abstract name all bytes count, also those that cannot be shown. */
static void format_unix(const frond_addr *a, char *out, size_t cap) {
    size_t n = 0, prefix = strlen(UNIX_PREFIX);
    for (; n < prefix && n + 1 < cap; n++)
        out[n] = UNIX_PREFIX[n];
    for (size_t i = 0; i < a->path_length && n + 1 < cap; i++, n++)
        out[n] = a->path[i] ? a->path[i] : '@';
    if (cap)
        out[n] = '\0';
}

char *frond_addr_format_ip(const frond_addr *a, char *out, size_t cap) {
    if (a->family == FROND_UNIX) {
        format_unix(a, out, cap);
        return out;
    }
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
    if (a->family == FROND_UNIX)
        return frond_addr_format_ip(a, out, cap);
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
    if (a->family == FROND_UNIX)
        return b->family == FROND_UNIX && a->path_length == b->path_length &&
               memcmp(a->path, b->path, a->path_length) == 0;
    size_t n = a->family == FROND_IPV4 ? 4 : 16;
    return a->family == b->family && a->port == b->port && a->scope == b->scope &&
           memcmp(a->ip, b->ip, n) == 0;
}

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

int frond_addr_map(frond_addr *a) {
    if (!a || a->family != FROND_IPV4)
        return 0;
    memcpy(a->ip + sizeof mapped, a->ip, 4);
    memcpy(a->ip, mapped, sizeof mapped);
    a->family = FROND_IPV6;
    return 1;
}

int frond_addr_unmap(frond_addr *a) {
    if (!a || a->family != FROND_IPV6 || memcmp(a->ip, mapped, sizeof mapped) != 0)
        return 0;
    memcpy(a->ip, a->ip + sizeof mapped, 4);
    memset(a->ip + 4, 0, sizeof mapped);
    a->family = FROND_IPV4;
    a->scope = 0;
    return 1;
}
