/* SPDX-License-Identifier: MIT */
/* What a fuzzer gives to whoever runs it: libFuzzer, or replay.c, which starts from
 * the fuzzer's own seeds.  A broken invariant aborts. */
#ifndef FROND_TESTS_FUZZ_H
#define FROND_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *data;
    size_t len;
} fuzz_seed;

extern const fuzz_seed fuzz_seeds[]; /* ends with data NULL */

#define FUZZ_SEED(text)                                                                  \
    { text, sizeof(text) - 1 }
#define FUZZ_SEEDS_END                                                                   \
    { NULL, 0 }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stays in release builds, and says where. */
#define FUZZ_CHECK(condition)                                                            \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                     \
        }                                                                                \
    } while (0)

/* Bytes with an end of their own, so that a sanitizer sees one read too many. */
static inline char *fuzz_copy(const void *data, size_t size) {
    char *copy = malloc(size > 0 ? size : 1);
    FUZZ_CHECK(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

/* The next pseudo-random number of a sequence that the input itself starts: xorshift. */
static inline uint32_t fuzz_next(uint32_t *state) {
    uint32_t x = *state != 0 ? *state : 0x9E3779B9u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static inline uint32_t fuzz_hash(const uint8_t *data, size_t size) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < size; i++)
        h = (h ^ data[i]) * 16777619u;
    return h;
}

#endif
