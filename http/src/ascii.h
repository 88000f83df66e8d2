/* SPDX-License-Identifier: MIT */
/* Byte classes of HTTP and URLs, and comparison without regard to ASCII case.  The locale
 * has no say: isalpha() and tolower() follow it and would read one header two ways in two
 * programs.  Nothing here suspends; any thread may use it. */
#ifndef FROND_HTTP_ASCII_H
#define FROND_HTTP_ASCII_H

#include <stddef.h>
#include <stdint.h>

enum {
    FROND__ASCII_TOKEN = 1, /* RFC 9110 5.6.2 tchar */
    FROND__ASCII_VALUE = 2, /* what a field value may hold: HTAB, SP, VCHAR, obs-text */
    FROND__ASCII_UNRESERVED = 4, /* RFC 3986 2.3 */
    FROND__ASCII_SUBDELIM = 8,   /* RFC 3986 2.2 */
    FROND__ASCII_PATH = 16,  /* stands raw in a URL path: pchar without '%', and '/' */
    FROND__ASCII_QUERY = 32, /* stands raw in a query or fragment: the same and '?' */
    FROND__ASCII_HEX = 64,
    FROND__ASCII_VCHAR = 128 /* 0x21..0x7E */
};

extern const uint8_t frond__ascii[256];

static inline int frond__ascii_is(char c, unsigned classes) {
    return (frond__ascii[(unsigned char)c] & classes) != 0;
}

static inline int frond__ascii_digit(char c) {
    return c >= '0' && c <= '9';
}

static inline int frond__ascii_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline char frond__ascii_lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* The value of a hexadecimal digit, or -1. */
static inline int frond__ascii_hex(char c) {
    if (frond__ascii_digit(c))
        return c - '0';
    char l = frond__ascii_lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* Is a[0..len) the NUL-terminated b, upper and lower case being the same? */
int frond__ascii_equal(const char *a, size_t len, const char *b);

#endif
