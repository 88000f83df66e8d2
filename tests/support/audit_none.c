/* SPDX-License-Identifier: MIT */
/* Where there is no fork. */
#include "audit.h"

#include <stddef.h>

void audit_begin(void) {
}

int audit_failures(const char **what) {
    *what = NULL;
    return 0;
}
