/* SPDX-License-Identifier: MIT */
/* The host of a URL: which kind it is, whether it is well formed, and its one normal
 * text.  Nothing here suspends; any thread may use it. */
#ifndef FROND_HTTP_URL_HOST_H
#define FROND_HTTP_URL_HOST_H

#include <stddef.h>

enum {
    FROND__URL_HOST_MAX = 254, /* 253 bytes of name (RFC 1035 2.3.4) and a trailing dot */
    FROND__URL_ZONE_MAX = 63
};

struct frond__url_host {
    char name[FROND__URL_HOST_MAX + 1]; /* normal form, no brackets */
    char zone[FROND__URL_ZONE_MAX + 1]; /* decoded; empty when there is none */
    int kind;                           /* frond_url_kind */
    const char *reason;                 /* on failure: what is wrong, a literal */
    size_t at;                          /* on failure: byte in the text given */
};

/* Reads the host as it stands in a URL, with the brackets of an IPv6 address.
 * Answers 0, or FROND_EHTTP_URL with reason and at set. */
int frond__url_host(struct frond__url_host *h, const char *text, size_t len);

#endif
