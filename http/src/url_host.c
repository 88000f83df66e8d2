/* SPDX-License-Identifier: MIT */
/* Reads hosts more narrowly than RFC 3986's reg-name: HTTP hosts are DNS names, and what
 * a resolver could take for something else (a legacy IPv4 spelling, a percent-encoded
 * slash) is refused here, so that the name that was checked is the name that is
 * dialled. */
#include "url_host.h"

#include "ascii.h"

#include <frond/error.h>
#include <frond/url.h>

#include <stdio.h>
#include <string.h>

enum { LABEL_MAX = 63, GROUPS = 8 };

static int refuse(struct frond__url_host *h, const char *reason, size_t at) {
    h->reason = reason;
    h->at = at;
    return FROND_EHTTP_URL;
}

/* One decimal number 0..255 without leading zeros (0177 is octal to inet_aton); answers
 * how many digits it has, 0 when it is not one. */
static size_t octet(const char *text, size_t len, unsigned *value) {
    size_t n = 0;
    *value = 0;
    while (n < len && n < 4 && frond__ascii_digit(text[n]))
        *value = *value * 10 + (unsigned)(text[n++] - '0');
    if (n == 0 || *value > 255 || (n > 1 && text[0] == '0'))
        return 0;
    return n;
}

static int ipv4(const char *text, size_t len, uint8_t out[4]) {
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        unsigned value;
        if (i > 0 && (at == len || text[at++] != '.'))
            return 0;
        size_t digits = octet(text + at, len - at, &value);
        if (digits == 0)
            return 0;
        out[i] = (uint8_t)value;
        at += digits;
    }
    return at == len;
}

/* Would inet_aton or a browser read this last label as a number? */
static int numeric(const char *label, size_t len) {
    size_t i = 0;
    int hex = len >= 2 && label[0] == '0' && label[1] == 'x';
    for (i = hex ? 2 : 0; i < len; i++)
        if (!(hex ? frond__ascii_is(label[i], FROND__ASCII_HEX)
                  : frond__ascii_digit(label[i])))
            return 0;
    return len > 0;
}

static int finish_name(struct frond__url_host *h, size_t len) {
    uint8_t ip[4];
    if (ipv4(h->name, len, ip)) {
        h->kind = FROND_URL_IPV4;
        return 0;
    }
    size_t end = len - (h->name[len - 1] == '.');
    size_t label = end;
    while (label > 0 && h->name[label - 1] != '.')
        label--;
    if (numeric(h->name + label, end - label))
        return refuse(h, "host ends in a number but is not an IPv4 address", 0);
    if (end > FROND__URL_HOST_MAX - 1)
        return refuse(h, "host is longer than 253 bytes", 0);
    h->kind = FROND_URL_NAME;
    return 0;
}

/* One byte of a name, percent-decoded; answers how many bytes of text it took, 0 when it
 * cannot stand in a name. */
static size_t name_byte(struct frond__url_host *h, const char *text, size_t len,
                        char *out) {
    char c = text[0];
    size_t took = 1;
    if (c == '%') {
        if (len < 3 || frond__ascii_hex(text[1]) < 0 || frond__ascii_hex(text[2]) < 0) {
            h->reason = "'%' in host without two hexadecimal digits";
            return 0;
        }
        c = (char)(frond__ascii_hex(text[1]) * 16 + frond__ascii_hex(text[2]));
        took = 3;
    }
    if ((unsigned char)c >= 0x80) {
        h->reason = "host is not ASCII; give an international name in its xn-- form";
        return 0;
    }
    if (!frond__ascii_alpha(c) && !frond__ascii_digit(c) && c != '-' && c != '.' &&
        c != '_') {
        h->reason = "host has a byte that no host name has";
        return 0;
    }
    *out = frond__ascii_lower(c);
    return took;
}

static int host_name(struct frond__url_host *h, const char *text, size_t len) {
    size_t n = 0, label = 0;
    for (size_t at = 0; at < len;) {
        char c;
        size_t took = name_byte(h, text + at, len - at, &c);
        if (took == 0)
            return refuse(h, h->reason, at);
        if (n == FROND__URL_HOST_MAX)
            return refuse(h, "host is longer than 253 bytes", at);
        if (c == '.' && label == 0)
            return refuse(h, "host has an empty label", at);
        label = c == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return refuse(h, "host has a label of over 63 bytes", at);
        h->name[n++] = c;
        at += took;
    }
    h->name[n] = '\0';
    return finish_name(h, n);
}

/* State of reading an IPv6 address: groups so far, and where "::" stood (-1: nowhere). */
struct groups {
    unsigned value[GROUPS];
    int n, gap;
};

/* One group of one to four digits; answers how many, 0 when there is none. */
static size_t group(const char *text, size_t len, unsigned *value) {
    size_t n = 0;
    *value = 0;
    while (n < len && n < 5 && frond__ascii_hex(text[n]) >= 0)
        *value = *value * 16 + (unsigned)frond__ascii_hex(text[n++]);
    return n > 4 ? 0 : n;
}

/* The IPv4 form of the last two groups. */
static int dotted_tail(struct groups *g, const char *text, size_t len) {
    uint8_t ip[4];
    if (g->n > GROUPS - 2 || !ipv4(text, len, ip))
        return 0;
    g->value[g->n++] = (unsigned)(ip[0] << 8 | ip[1]);
    g->value[g->n++] = (unsigned)(ip[2] << 8 | ip[3]);
    return 1;
}

static int read_groups(struct groups *g, const char *text, size_t len) {
    size_t at = 0;
    if (len >= 2 && text[0] == ':' && text[1] == ':') {
        g->gap = 0;
        at = 2;
    }
    while (at < len) {
        unsigned value;
        size_t digits = group(text + at, len - at, &value);
        if (digits == 0 || g->n == GROUPS)
            return 0;
        if (at + digits < len && text[at + digits] == '.')
            return dotted_tail(g, text + at, len - at);
        g->value[g->n++] = value;
        at += digits;
        if (at == len)
            break;
        if (text[at++] != ':' || at == len)
            return 0;
        if (text[at] != ':')
            continue;
        if (g->gap >= 0)
            return 0;
        g->gap = g->n;
        at++;
    }
    return 1;
}

static int ipv6(const char *text, size_t len, unsigned out[GROUPS]) {
    struct groups g = {{0}, 0, -1};
    if (!read_groups(&g, text, len))
        return 0;
    if (g.gap < 0 ? g.n != GROUPS : g.n == GROUPS)
        return 0;
    int head = g.gap < 0 ? g.n : g.gap;
    int tail = g.n - head;
    memset(out, 0, GROUPS * sizeof *out);
    memcpy(out, g.value, (size_t)head * sizeof *out);
    memcpy(out + GROUPS - tail, g.value + head, (size_t)tail * sizeof *out);
    return 1;
}

/* The longest run of zero groups, the first among equals; runs of one stay (RFC 5952
 * 4.2). */
static int longest_gap(const unsigned g[GROUPS], int *length) {
    int best = -1;
    *length = 1;
    for (int i = 0; i < GROUPS; i++) {
        int n = 0;
        while (i + n < GROUPS && g[i + n] == 0)
            n++;
        if (n > *length) {
            *length = n;
            best = i;
        }
        i += n;
    }
    return best;
}

static void write_ipv6(const unsigned g[GROUPS], char *out, size_t cap) {
    if (!g[0] && !g[1] && !g[2] && !g[3] && !g[4] && g[5] == 0xFFFF) {
        snprintf(out, cap, "::ffff:%u.%u.%u.%u", g[6] >> 8, g[6] & 255, g[7] >> 8,
                 g[7] & 255);
        return;
    }
    int skip = 0, gap = longest_gap(g, &skip);
    size_t n = 0;
    for (int i = 0; i < GROUPS; i++) {
        if (i == gap) {
            n += (size_t)snprintf(out + n, cap - n, i == 0 ? "::" : ":");
            i += skip - 1;
            continue;
        }
        n += (size_t)snprintf(out + n, cap - n, i < GROUPS - 1 ? "%x:" : "%x", g[i]);
    }
}

/* RFC 6874: "%25" and then unreserved or encoded bytes.  A raw '%' is refused: "%25"
 * after it could be read two ways. */
static int read_zone(struct frond__url_host *h, const char *text, size_t at, size_t end) {
    if (end - at < 3 || text[at + 1] != '2' || text[at + 2] != '5')
        return refuse(h, "the zone of an IPv6 address must begin with %25", at);
    size_t n = 0;
    for (at += 3; at < end; at++) {
        char c = text[at];
        if (c == '%') {
            if (end - at < 3 || frond__ascii_hex(text[at + 1]) < 0 ||
                frond__ascii_hex(text[at + 2]) < 0)
                return refuse(h, "'%' in zone without two hexadecimal digits", at);
            c = (char)(frond__ascii_hex(text[at + 1]) * 16 +
                       frond__ascii_hex(text[at + 2]));
            at += 2;
        } else if (!frond__ascii_is(c, FROND__ASCII_UNRESERVED)) {
            return refuse(h, "the zone has a byte that must be percent-encoded", at);
        }
        if (!frond__ascii_is(c, FROND__ASCII_VCHAR) || c == '%')
            return refuse(h, "the zone has a byte that no interface name has", at);
        if (n == FROND__URL_ZONE_MAX)
            return refuse(h, "the zone is longer than 63 bytes", at);
        h->zone[n++] = c;
    }
    if (n == 0)
        return refuse(h, "the zone is empty", at);
    h->zone[n] = '\0';
    return 0;
}

static int host_bracketed(struct frond__url_host *h, const char *text, size_t len) {
    if (text[len - 1] != ']')
        return refuse(h, "'[' without ']'", 0);
    size_t end = 1;
    while (end < len - 1 && text[end] != '%')
        end++;
    unsigned groups[GROUPS];
    if (!ipv6(text + 1, end - 1, groups))
        return refuse(h, "not an IPv6 address", 1);
    h->kind = FROND_URL_IPV6;
    write_ipv6(groups, h->name, sizeof h->name);
    return end < len - 1 ? read_zone(h, text, end, len - 1) : 0;
}

int frond__url_host(struct frond__url_host *h, const char *text, size_t len) {
    memset(h, 0, sizeof *h);
    if (len == 0)
        return refuse(h, "host is empty", 0);
    return text[0] == '[' ? host_bracketed(h, text, len) : host_name(h, text, len);
}
