/* SPDX-License-Identifier: MIT */
/* Records of names: mail exchangers, services, texts and so on, with the time that each may be kept.
 * Only frond_dns_query suspends.  Records once got may be read and freed on any thread. */
#ifndef FROND_RECORD_H
#define FROND_RECORD_H

#include <frond/resolver.h>

FROND_BEGIN

typedef enum {
    FROND_DNS_A = 1,
    FROND_DNS_NS = 2,
    FROND_DNS_CNAME = 5,
    FROND_DNS_SOA = 6,
    FROND_DNS_PTR = 12,
    FROND_DNS_MX = 15,
    FROND_DNS_TXT = 16,
    FROND_DNS_AAAA = 28,
    FROND_DNS_SRV = 33,
    FROND_DNS_NAPTR = 35,
    FROND_DNS_TLSA = 52,
    FROND_DNS_SVCB = 64,
    FROND_DNS_HTTPS = 65,
    FROND_DNS_URI = 256,
    FROND_DNS_CAA = 257
} frond_dns_type;

/* Bytes of a record; a NUL that does not count stands behind them. */
typedef struct {
    const char *data;
    size_t size;
} frond_dns_bytes;

/* A parameter of SVCB and HTTPS (RFC 9460): 1 alpn, 3 port, 4 and 6 addresses, and so on. */
typedef struct {
    uint16_t key;
    frond_dns_bytes value;
} frond_dns_param;

/* A record.  as is by its type; of types not in frond_dns_type there is the raw data only.  Names are
 * without a dot at the end; "" is the root. */
typedef struct {
    const char *name;
    uint32_t ttl; /* seconds, as the answer had it */
    uint16_t type;
    frond_dns_bytes raw; /* names in it may be compressed */
    union {
        frond_addr addr;    /* A, AAAA; port 0 */
        const char *target; /* CNAME, NS, PTR */
        struct {
            uint16_t preference;
            const char *host;
        } mx;
        struct {
            const frond_dns_bytes *strings;
            size_t count;
        } txt;
        struct {
            uint16_t priority, weight, port;
            const char *target;
        } srv;
        struct {
            const char *primary, *mailbox;
            uint32_t serial, refresh, retry, expire, minimum;
        } soa;
        struct {
            uint16_t order, preference;
            frond_dns_bytes flags, services, regexp;
            const char *replacement;
        } naptr;
        struct {
            uint8_t flags;
            frond_dns_bytes tag, value;
        } caa;
        struct {
            uint16_t priority, weight;
            frond_dns_bytes target;
        } uri;
        struct {
            uint8_t usage, selector, matching;
            frond_dns_bytes data;
        } tlsa;
        struct {
            uint16_t priority; /* 0: an alias */
            const char *target;
            const frond_dns_param *params;
            size_t count;
        } svcb; /* HTTPS, too */
    } as;
} frond_dns_record;

typedef struct frond_dns_records frond_dns_records;

/* Asks for the records of one type (frond_dns_type, or any number).  Aliases are followed as far as the
 * server does: these are all records of the type in its answer, and their names say whose they are.  name is
 * taken as it is, without the domains to append, in ASCII (underscores are usual) or, where frond was built with
 * libidn2, in UTF-8.  MX and SVCB come by preference, NAPTR by order and preference, SRV and URI by priority and,
 * within one, at random by weight (RFC 2782).  r NULL: this hub's own.  Neither the hosts file nor the policy
 * matter: servers, or the transport, are asked.
 * Suspends.  Returns 0 with *out owned by the caller (frond_dns_records_free), or
 *   FROND_EDNS_NOTFOUND  no such name               FROND_EDNS_NODATA   no record of this type
 *   FROND_EDNS_NOSERVER  no server answered         FROND_EDNS_SERVFAIL FROND_EDNS_REFUSED
 *   FROND_EDNS_BADNAME   name is not a name         FROND_EDNS_BADRESP  a malformed answer
 *   FROND_ETIMEDOUT      d passed                   FROND_ECANCELED     this greenlet was killed
 *   FROND_EINVAL  NULL, type not 1 .. 65535, or the environment   FROND_ENOMEM  no memory
 *   FROND_ETHREAD r is of another thread            FROND_ECLOSED       r was freed meanwhile
 *   FROND_ENOSUSPEND  called in a hub callback
 * name is borrowed until the call returns.  Since 0.1. */
FROND_API int frond_dns_query(frond_resolver *r, const char *name, int type,
                              frond_dns_records **out, frond_deadline d);

/* Reads the records of one type out of a whole answer, as frond_dns_query does; for those who got it another
 * way.  seed is of the order of SRV records.  Does not suspend.  Returns 0 with *out owned by the caller
 * (frond_dns_records_free), or FROND_EDNS_NOTFOUND, FROND_EDNS_NODATA, FROND_EDNS_SERVFAIL,
 * FROND_EDNS_REFUSED, FROND_EDNS_BADRESP, FROND_EINVAL, FROND_ENOMEM.  The answer is borrowed until it
 * returns.  Since 0.1. */
FROND_API int frond_dns_parse(const void *answer, size_t n, int type, uint64_t seed,
                              frond_dns_records **out);

/* Does not suspend.  Cannot fail.  Returns how many there are.  They are borrowed.  Since 0.1. */
FROND_API size_t frond_dns_records_count(const frond_dns_records *records);

/* Does not suspend.  Cannot fail.  Returns the i-th, borrowed from the records; NULL beyond the end.
 * Since 0.1. */
FROND_API const frond_dns_record *frond_dns_records_at(const frond_dns_records *records,
                                                       size_t i);

/* Frees them; NULL is allowed.  Any thread.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_dns_records_free(frond_dns_records *records);

FROND_END

#endif
