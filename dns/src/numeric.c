/* SPDX-License-Identifier: MIT */
/* Addresses in the forms that getaddrinfo takes, which are more than frond_addr_parse does. */
#include "calls.h"

#include "socket.h"
#include <frond/impl/address.h>
#include <string.h>

static int digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* A number in C's way: 0x, 0, or decimal. */
static bool number(const char **at, uint64_t *value) {
    const char *c = *at;
    int base = 10;
    if (digit(*c) > 9)
        return false;
    if (*c == '0' && (c[1] | 0x20) == 'x') {
        base = 16;
        c += 2;
    } else if (*c == '0') {
        base = 8;
    }
    *value = 0;
    for (; digit(*c) < 16; c++) {
        if (digit(*c) >= base || *value > UINT32_MAX)
            return false;
        *value = *value * (uint64_t)base + (uint64_t)digit(*c);
    }
    *at = c;
    return true;
}

/* One to four parts; the last has all the bytes that are left. */
static bool four(const char *text, frond_addr *a) {
    uint64_t parts[4], last;
    int n = 0;
    do {
        if (n == 4 || !number(&text, &parts[n++]))
            return false;
    } while (*text == '.' && *++text);
    if (*text || text[-1] == '.')
        return false;
    last = parts[n - 1];
    if (last > UINT32_MAX >> 8 * (n - 1))
        return false;
    *a = (frond_addr){.family = FROND_IPV4};
    for (int i = 0; i < n - 1; i++) {
        if (parts[i] > 255)
            return false;
        a->ip[i] = (uint8_t)parts[i];
    }
    for (int i = 3; i >= n - 1; i--, last >>= 8)
        a->ip[i] = (uint8_t)last;
    return true;
}

static bool is_link_local(const frond_addr *a) {
    return (a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80) ||
           (a->ip[0] == 0xff && (a->ip[1] & 15) == 2);
}

/* Only addresses of one link have interfaces' names for a scope. */
int frond__numeric(const char *text, frond_addr *a) {
    if (digit(*text) < 16 && four(text, a))
        return 1;
    const char *percent = strchr(text, '%');
    if (text[0] == '[' || !strchr(text, ':') || frond_addr_parse(a, text, 0) < 0)
        return 0;
    if (!percent || is_link_local(a))
        return 1;
    return percent[1 + strspn(percent + 1, "0123456789")] == '\0';
}
