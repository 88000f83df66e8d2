/* SPDX-License-Identifier: MIT */
/* Text that is gathered in memory and written at once, so that reports of several threads do not mix. */
#ifndef FROND_SRC_PAGE_H
#define FROND_SRC_PAGE_H

#include "compat.h"
#include <frond/api.h>
#include <stdarg.h>
#include <stdbool.h>

typedef struct { /* all zero at the beginning */
    char *text;
    size_t used, cap;
    bool failed; /* out of memory: the rest is lost */
    int indent;  /* for those who print lines: columns to begin them with */
} frond__page;

FROND_INTERNAL void frond__print(frond__page *p, const char *format, ...)
    FROND_PRINTF(2, 3);
FROND_INTERNAL void frond__vprint(frond__page *p, const char *format, va_list args);

/* Writes it to fd and frees it.  0, FROND_ENOMEM or FROND_EIO. */
FROND_INTERNAL int frond__page_write(frond__page *p, int fd);
FROND_INTERNAL void frond__page_free(frond__page *p);

#endif
