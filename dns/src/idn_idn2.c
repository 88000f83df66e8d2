/* SPDX-License-Identifier: MIT */
/* Names in other scripts, by libidn2: IDNA 2008 with the mappings of UTS 46, as browsers have it. */
#include "name.h"

#include <frond/error.h>
#include <idn2.h>
#include <string.h>

int frond__idn_ascii(const char *host, char *out, const char **why) {
    char *ascii = NULL;
    int rc = idn2_to_ascii_8z(host, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (rc == IDN2_MALLOC)
        return FROND_ENOMEM;
    if (rc != IDN2_OK) {
        *why = rc == IDN2_ENCODING_ERROR ? "not a valid name: not UTF-8"
                                         : "not a valid name: not allowed by IDNA";
        return FROND_EDNS_BADNAME;
    }
    size_t n = strlen(ascii);
    bool fits = n < FROND__NAME_CAP;
    if (fits)
        memcpy(out, ascii, n + 1);
    idn2_free(ascii);
    return fits ? 0 : FROND_EDNS_BADNAME;
}

const char *frond__idn_version(void) {
    return idn2_check_version(NULL);
}
