/* SPDX-License-Identifier: MIT */
/* What each kind of program file knows about an address; symbol_*.c, one of them picked by the build. */
#ifndef FROND_SRC_SYMBOL_H
#define FROND_SRC_SYMBOL_H

#include "compat.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *file; /* its path; NULL: the address is nobody's */
    uintptr_t file_offset;
    const char *name; /* of the function; NULL: not known */
    uintptr_t offset; /* into that */
} frond__place;

/* Fills in what is known; the texts are valid until the next call on this thread. */
FROND_INTERNAL void frond__symbol_find(uintptr_t address, frond__place *place);

#endif
