/* SPDX-License-Identifier: MIT */
/* Names as they are asked for, compared and kept: in ASCII and lower case. */
#ifndef FROND_DNS_NAME_H
#define FROND_DNS_NAME_H

#include <frond/addr.h>
#include <stdbool.h>

enum {
    FROND__MOST_NAME = 253,
    FROND__NAME_CAP = 256,
    FROND__KEY_CAP = FROND__NAME_CAP + 8
};

/* host in lower case, in ASCII; out has FROND__NAME_CAP bytes.  any: labels may have every printable character,
 * not only those that hosts have.  0, or FROND_EDNS_BADNAME with *why, FROND_ENOMEM. */
int frond__name_take(const char *host, bool any, char *out, const char **why);

/* "localhost" or a name below it. */
bool frond__name_is_localhost(const char *name);
bool frond__name_ends_with(const char *name, const char *suffix);

/* The key of a lookup: kind is '4', '6' or '*' for addresses, or the number of a type; and its hash. */
uint64_t frond__name_key(const char *name, int kind, char *key);

/* Whether host may be an address at all, so that a name costs no parsing. */
bool frond__name_may_be_address(const char *host);

/* A name in another script, in UTF-8, as ASCII (IDNA); by idn_*.c.  0, FROND_EDNS_BADNAME with *why, or
 * FROND_ENOMEM. */
int frond__idn_ascii(const char *host, char *out, const char **why);
const char *frond__idn_version(void); /* NULL: there is no IDN */

#endif
