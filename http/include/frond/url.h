/* SPDX-License-Identifier: MIT */
/* URLs of the schemes http and https (RFC 3986), read into a normal form: lower-case
 * scheme and host, the port always known, no dot segments, every byte that may not stand
 * raw percent-encoded (spaces, non-ASCII, a stray '%'), unreserved bytes never
 * encoded.  Two URLs that RFC 3986 section 6.2.2 and 6.2.3 call equivalent get the same
 * text.  Nothing here suspends; any thread may use it, and a frond_url may be read by
 * several threads at once. */
#ifndef FROND_URL_H
#define FROND_URL_H

#include <frond/api.h>

FROND_BEGIN

#define FROND_URL_MAX 65536 /* bytes of text that can be read as a URL */

typedef enum {
    FROND_URL_NAME = 1,
    FROND_URL_IPV4 = 4,
    FROND_URL_IPV6 = 6
} frond_url_kind;

/* A URL taken apart.  For reading only; the strings live as long as the URL and are
 * ASCII. */
typedef struct {
    const char *scheme;   /* "http" or "https" */
    const char *userinfo; /* before '@', percent-encoded; NULL when there is none */
    const char *host;     /* lower case; IPv6 in the form of RFC 5952, without brackets */
    const char *zone;     /* IPv6 zone, decoded ("eth0"); NULL when there is none */
    const char *dial;     /* host, and "%zone" if there is one: what to connect to */
    const char *path;     /* begins with '/' */
    const char *query;    /* after '?'; NULL when there is no '?' */
    const char *fragment; /* after '#'; NULL when there is no '#' */
    int port;             /* 1 .. 65535, the scheme's own when none was written */
    int kind;             /* of host: frond_url_kind */
    void *block;          /* what the strings live in */
    uintptr_t reserved[4];
} frond_url;

/* Which parts frond_url_format writes. */
enum {
    FROND_URL_SCHEME = 1,   /* "http://" */
    FROND_URL_USERINFO = 2, /* "user:password@" */
    FROND_URL_HOST = 4,     /* "example.org", "example.org:8080", "[::1]" */
    FROND_URL_ZONE = 8,     /* "%25eth0" in the brackets; never sent (RFC 6874) */
    FROND_URL_PATH = 16,
    FROND_URL_QUERY = 32,    /* "?query" */
    FROND_URL_FRAGMENT = 64, /* "#fragment" */

    FROND_URL_WHOLE = 127,
    FROND_URL_ORIGIN = FROND_URL_SCHEME | FROND_URL_HOST | FROND_URL_ZONE, /* RFC 6454 */
    FROND_URL_TARGET = FROND_URL_PATH | FROND_URL_QUERY,     /* the request target */
    FROND_URL_PUBLIC = FROND_URL_WHOLE & ~FROND_URL_USERINFO /* fit for a log */
};

/* Reads len bytes of text as an absolute URL.  Does not suspend.  Returns 0, or
 *   FROND_EHTTP_URL     not a URL: frond_error_text() says what is wrong, at which byte
 *   FROND_EHTTP_SCHEME  neither http nor https      FROND_EINVAL  a pointer is NULL
 *   FROND_ENOMEM
 * On success *out is owned by the caller (frond_url_free); on failure it is all zero.  A
 * host beyond ASCII is refused: its xn-- form is wanted.  So is a host that ends in a
 * number without being a plain IPv4 address, which resolvers would read as one (127.1,
 * 0x7f000001).  Since 0.1. */
FROND_API int frond_url_parse(const char *text, size_t len, frond_url *out);

/* Reads len bytes of text as a reference relative to base (RFC 3986 section 5), such as
 * the Location of a redirect.  Does not suspend.  Returns what frond_url_parse returns;
 * byte numbers count in text.  base is borrowed; *out is owned by the caller
 * (frond_url_free) and shares nothing with it, but must not be it.  The user and password
 * of base go along only where the reference names no host.  Since 0.1.
 * Errors: FROND_EHTTP_URL, FROND_ENOMEM. */
FROND_API int frond_url_resolve(const frond_url *base, const char *text, size_t len,
                                frond_url *out);

/* Writes the chosen parts (FROND_URL_*) into buf with a NUL at the end; what does not fit
 * is cut.  Does not suspend.  Cannot fail.  Returns the length of the whole, without the
 * NUL, whatever cap is.  buf may be NULL when cap is 0.  url is borrowed.  Since 0.1. */
FROND_API size_t frond_url_format(const frond_url *url, unsigned parts, char *buf,
                                  size_t cap);

/* The same into memory of its own.  Does not suspend.
 * Returns text owned by the caller (frond_free), or NULL with FROND_ENOMEM.
 * url is borrowed.  Since 0.1. */
FROND_API char *frond_url_text(const frond_url *url, unsigned parts);

/* Have both the same scheme, host, zone and port?  Does not suspend.  Cannot fail.
 * Returns 1 or 0.  Both are borrowed.  Since 0.1. */
FROND_API int frond_url_same_origin(const frond_url *a, const frond_url *b);

/* Frees what url holds and makes it all zero.  Does not suspend.  Cannot fail.
 * url itself stays owned by the caller; NULL and all zero are allowed.  Since 0.1. */
FROND_API void frond_url_free(frond_url *url);

FROND_END

#endif
