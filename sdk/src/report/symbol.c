/* SPDX-License-Identifier: MIT */
/* Addresses as text.  What was found is kept: a dump of ten thousand greenlets asks for the same few
 * places. */
#include "report/symbol.h"

#include "report/backtrace.h"
#include <stdio.h>
#include <string.h>

enum { CACHE = 512 };

static _Thread_local struct {
    const void *address;
    char text[120];
} cache[CACHE];

static const char *base_name(const char *path) {
    const char *base = path;
    for (const char *p = path; *p; p++)
        if (*p == '/' || *p == '\\')
            base = p + 1;
    return base;
}

/* What follows a dot is of the optimiser, which names clones so, and what it moves between files. */
static int length(const char *name) {
    return (int)strcspn(name, ".");
}

static void describe(uintptr_t address, bool call, char *out, size_t cap) {
    frond__place place = {0};
    frond__symbol_find(address - call, &place);
    if (!place.file)
        snprintf(out, cap, "0x%llx", (unsigned long long)address);
    else if (!place.name)
        snprintf(out, cap, "%s+0x%zx", base_name(place.file),
                 (size_t)(place.file_offset + call));
    else if (place.offset + call)
        snprintf(out, cap, "%.*s+0x%zx (%s)", length(place.name), place.name,
                 (size_t)(place.offset + call), base_name(place.file));
    else
        snprintf(out, cap, "%.*s", length(place.name), place.name);
}

void frond__symbol(const void *address, bool call, char *out, size_t cap) {
    size_t slot = ((uintptr_t)address * 2 + call) * 0x9e3779b1U >> 7 & (CACHE - 1);
    const void *key =
        (const char *)address + call; /* a return address is never a function's start */
    if (cache[slot].address != key) {
        cache[slot].address = key;
        describe((uintptr_t)address, call, cache[slot].text, sizeof cache[slot].text);
    }
    snprintf(out, cap, "%s", cache[slot].text);
}
