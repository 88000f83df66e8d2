/* SPDX-License-Identifier: MIT */
/* Names in other scripts, without libidn2. */
#include "name.h"

#include <frond/error.h>
#include <stddef.h>

int frond__idn_ascii(const char *host, char *out, const char **why) {
    (void)host;
    (void)out;
    *why = "not a valid name: it is not ASCII, and frond was built without libidn2";
    return FROND_EDNS_BADNAME;
}

const char *frond__idn_version(void) {
    return NULL;
}
