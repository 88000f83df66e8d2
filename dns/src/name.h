/* SPDX-License-Identifier: MIT */
/* Names as they are asked for, compared and kept: in ASCII and lower case. */
#ifndef FROND_DNS_NAME_H
#define FROND_DNS_NAME_H

#include <frond/api.h>
#include <stdbool.h>

enum { FROND__MOST_NAME = 253, FROND__NAME_CAP = 256 };

/* A name as it was given, folded to lower case in one pass, which is all that a lookup costs that is answered from
 * what is kept.  Only names that are valid are kept. */
typedef struct {
    uint64_t hash;
    bool may_be_address, ascii;
    bool too_long; /* it is cut */
    char text[FROND__NAME_CAP];
} frond__name;

void frond__name_fold(const char *host, frond__name *name);

/* Makes it one to ask for: in ASCII.  any: labels may have every printable character, not only those that hosts
 * have.  0, or FROND_EDNS_BADNAME with *why, FROND_ENOMEM. */
int frond__name_check(frond__name *name, bool any, const char **why);

/* "localhost" or a name below it. */
bool frond__name_is_localhost(const char *name);
bool frond__name_ends_with(const char *name, const char *suffix);

/* A name in another script, in UTF-8, as ASCII (IDNA); by idn_*.c.  0, FROND_EDNS_BADNAME with *why, or
 * FROND_ENOMEM. */
int frond__idn_ascii(const char *host, char *out, const char **why);
const char *frond__idn_version(void); /* NULL: there is no IDN */

#endif
