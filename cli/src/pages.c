/* SPDX-License-Identifier: MIT */
/* Made-up pages: the same text for the same number every time, from a few hundred bytes to some
 * hundred kilobytes. */
#include "serve.h"

#include <frond/impl/memory.h>
#include <stdio.h>
#include <string.h>

static uint64_t mix(uint64_t x) {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9U;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebU;
    return x ^ x >> 31;
}

/* Most pages are small, few are large. */
static size_t size_of(long i) {
    uint64_t x = mix((uint64_t)i);
    unsigned scale = (unsigned)(x % 10);
    return 200 + (size_t)(x >> 8) % ((size_t)256 << scale);
}

char *make_page(long i, long n, size_t *len) {
    static const char words[][8] = {"stem",  "leaf", "frond", "green", "spore", "root",
                                    "shade", "rain", "moss",  "fern",  "light", "loam"};
    size_t size = size_of(i), used;
    char *text = frond_alloc(size + 600);
    if (!text)
        return NULL;
    used = (size_t)snprintf(
        text, 600,
        "<!doctype html>\n<html><head><title>Page %ld of %ld</title></head>"
        "<body>\n<h1>Page %ld</h1>\n<p>",
        i, n, i);
    for (uint64_t word = 0; used < size; word++) {
        const char *w =
            words[mix((uint64_t)i << 20 | word) % (sizeof words / sizeof words[0])];
        size_t letters = strlen(w);
        memcpy(text + used, w, letters);
        used += letters;
        text[used++] = word % 12 == 11 ? '\n' : ' ';
    }
    used += (size_t)snprintf(text + used, 200,
                             "</p>\n<a href=\"/page/%ld\">next</a>\n</body></html>\n",
                             i % n + 1);
    *len = used;
    return text;
}
