/* SPDX-License-Identifier: MIT */
/* Network addresses as plain values.  Nothing here suspends; any thread may use it. */
#ifndef FROND_ADDR_H
#define FROND_ADDR_H

#include <frond/api.h>

FROND_BEGIN

typedef enum {
    FROND_UNSPEC = 0,
    FROND_IPV4 = 4,
    FROND_IPV6 = 6,
    FROND_UNIX = 1
} frond_family;

typedef struct {
    uint16_t family; /* frond_family */
    uint16_t port;   /* host byte order */
    uint32_t scope;  /* IPv6 interface index */
    union {
        uint8_t ip[16]; /* network order; IPv4 in the first four */
        char path
            [108]; /* unix: a file's, without NUL; an abstract name's first byte is NUL */
    };
    uint8_t path_length; /* unix: bytes of path; 0: it has no name */
    uint8_t reserved[3];
} frond_addr;

typedef struct frond_addrs frond_addrs; /* a list, in the order in which to try them */

#define FROND_ADDR_TEXT 128 /* holds any address as text, with the NUL */

/* Reads a numeric address ("127.0.0.1", "::1", "fe80::1%eth0", "[::1]") and sets the port.  Does not
 * suspend.  Returns 0, or FROND_EINVAL when ip is not one, or the port is not 0 .. 65535.
 * Text is borrowed.  Since 0.1. */
FROND_API int frond_addr_parse(frond_addr *a, const char *ip, int port);

/* The address of a unix socket: a file's path, or, after an @, an abstract name (Linux), which is no file.
 * Does not suspend.  Returns 0, FROND_EINVAL when there is none, FROND_ENAMETOOLONG beyond 107 bytes.  The
 * path is borrowed.  Since 0.1. */
FROND_API int frond_addr_unix(frond_addr *a, const char *path);

/* Reads "127.0.0.1:80", "[::1]:80", ":80" (every interface), "127.0.0.1" (port default_port) or
 * "unix:/run/some.socket", "unix:@abstract".  Does not suspend.  Returns 0, FROND_EINVAL or
 * FROND_ENAMETOOLONG.  Text is borrowed.  Since 0.1. */
FROND_API int frond_addr_parse_port(frond_addr *a, const char *text, int default_port);

/* Writes "127.0.0.1:80", "[::1]:80" or "unix:/run/some.socket" into out.  Does not suspend.  Cannot fail.  Returns
 * out, which stays owned by the caller; what does not fit is cut.  Since 0.1. */
FROND_API char *frond_addr_format(const frond_addr *a, char *out, size_t cap);

/* Writes the address without its port.  Does not suspend.  Cannot fail.  Returns out, which stays
 * owned by the caller; what does not fit is cut.  Since 0.1. */
FROND_API char *frond_addr_format_ip(const frond_addr *a, char *out, size_t cap);

/* The loopback address of a family.  Does not suspend.  Returns 0, or FROND_EINVAL for a family that
 * has none or a port out of range.  Since 0.1. *a stays
 * the caller's. */
FROND_API int frond_addr_loopback(frond_addr *a, frond_family family, int port);

/* Does not suspend.  Cannot fail.  Returns 1 when both are the same, port included, else 0.
 * Both are borrowed.  Since 0.1. */
FROND_API int frond_addr_equal(const frond_addr *a, const frond_addr *b);

/* Makes an address of IPv4 what IPv6 calls it: 192.0.2.1 becomes ::ffff:192.0.2.1, with its port.  Does not
 * suspend.  Cannot fail.  Returns 1, or 0 when it is of another family and stays what it is.  *a stays the
 * caller's.  Since 0.1. */
FROND_API int frond_addr_map(frond_addr *a);

/* The other way round, as for a peer of a socket that is of both families.  Does not suspend.  Cannot fail.
 * Returns 1, or 0 when it is no such address and stays what it is.  *a stays the caller's.  Since 0.1. */
FROND_API int frond_addr_unmap(frond_addr *a);

/* Makes an empty list.  Does not suspend.  Returns a list owned by the caller (frond_addrs_free), or
 * NULL with FROND_ENOMEM.  Since 0.1. */
FROND_API frond_addrs *frond_addrs_new(void);

/* Adds a copy of *a at the end.  Does not suspend.  Returns 0, FROND_EINVAL or FROND_ENOMEM.
 * The list stays owned by the caller.  Since 0.1. */
FROND_API int frond_addrs_add(frond_addrs *list, const frond_addr *a);

/* Does not suspend.  Cannot fail.  Returns how many there are.  The list is borrowed.  Since 0.1. */
FROND_API size_t frond_addrs_count(const frond_addrs *list);

/* Does not suspend.  Cannot fail.  Returns the i-th, borrowed from the list; NULL beyond the end.
 * Since 0.1. */
FROND_API const frond_addr *frond_addrs_at(const frond_addrs *list, size_t i);

/* Frees a list; NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_addrs_free(frond_addrs *list);

FROND_END

#endif
