/* SPDX-License-Identifier: MIT */
/* Names in other scripts, for protocols that send a name to somebody else to look up.  Nothing here suspends. */
#ifndef FROND_IMPL_NAME_H
#define FROND_IMPL_NAME_H

#include <frond/api.h>

FROND_BEGIN

#define FROND_NAME_ASCII 256 /* holds any name, with the NUL */

/* A host's name as servers are asked for it: in ASCII (IDNA, "xn--") and lower case.  Does not suspend.  Returns 0
 * with it in out, or FROND_EDNS_BADNAME when it is none, or not in ASCII and frond was built without libidn2;
 * FROND_ENOMEM.  Both are borrowed.  Since 0.1. */
FROND_API int frond_name_to_ascii(const char *host, char out[FROND_NAME_ASCII]);

FROND_END

#endif
