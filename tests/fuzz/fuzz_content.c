/* SPDX-License-Identifier: MIT */
/* Content codings: however input and output are cut, the decoder makes the same bytes and
 * comes to the same end; it keeps its limits; and what zlib compressed comes back.  The
 * first byte picks the codings, the limits, and whether the input is coded or is to
 * be. */
#include "fuzz.h"

#include "content.h"

#include <frond/error.h>

#include <zlib.h>

/* "hello, hello, hello, hello" as gzip, zlib, raw deflate, and zlib in gzip. */
const fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("\000\037\213\010\000\000\000\000\000\002\003\313\110\315\311\311\327\121"
              "\310\300\244\000\125\243\202\167\032\000\000\000"),
    FUZZ_SEED("\001\170\234\313\110\315\311\311\327\121\310\300\244\000\174\026\011\065"),
    FUZZ_SEED("\001\313\110\315\311\311\327\121\310\300\244\000"),
    FUZZ_SEED(
        "\002\037\213\010\000\000\000\000\000\002\003\253\230\163\332\343\354\311\223\327"
        "\003\117\034\130\302\120\043\306\151\012\000\303\176\375\262\021\000\000\000"),
    FUZZ_SEED("\040hello hello"),
    FUZZ_SEED("\041hello hello"),
    FUZZ_SEEDS_END};

static const char *const codings[] = {"gzip", "deflate", "deflate, gzip",
                                      "gzip,gzip,gzip,gzip"};

enum { MOST = 1 << 20 };

struct outcome {
    int result;
    size_t made;
    char *data; /* one of two buffers: where every block is watched, big ones are slow */
};

static char buffers[2][MOST + 70000];

static struct outcome decode(const char *coding, const frond__http_content_limits *limits,
                             const uint8_t *in, size_t size, uint32_t step, int buffer) {
    frond__http_content *c;
    FUZZ_CHECK(frond__http_content_new(&c, coding, strlen(coding), limits, NULL) == 0);
    struct outcome o = {0, 0, buffers[buffer]};
    size_t at = 0;
    for (int full = 0; o.result == 0 && (full || at < size) && o.made < MOST;) {
        size_t n = step < 2 ? size : 1 + fuzz_next(&step) % 40, used, made;
        size_t cap = step == 0 ? 65536 : step == 1 ? 500 : 1 + fuzz_next(&step) % 3000;
        if (n > size - at)
            n = size - at;
        char *piece = fuzz_copy(in + at, n), *out = malloc(cap);
        o.result = frond__http_content_decode(c, piece, n, &used, out, cap, &made);
        FUZZ_CHECK(used <= n && made <= cap &&
                   (o.result < 0 || made == cap || used == n));
        memcpy(o.data + o.made, out, made);
        o.made += made;
        at += used;
        full = made == cap;
        free(piece);
        free(out);
    }
    if (o.result == 0 && o.made < MOST)
        o.result = frond__http_content_finish(c);
    FUZZ_CHECK(o.made <= limits->max_output || limits->max_output == 0);
    frond__http_content_free(c);
    return o;
}

static void compare(const uint8_t *data, size_t size, const char *coding,
                    const frond__http_content_limits *limits) {
    struct outcome a = decode(coding, limits, data, size, 0, 0);
    uint32_t steps[] = {1, fuzz_hash(data, size) | 2};
    for (int i = 0; i < 2; i++) {
        struct outcome b = decode(coding, limits, data, size, steps[i], 1);
        size_t n = a.made < b.made ? a.made : b.made;
        FUZZ_CHECK(memcmp(a.data, b.data, n) == 0);
        /* The ratio in the middle of a body depends on how far each step went. */
        int ratio = a.result == FROND_EHTTP_RATIO || b.result == FROND_EHTTP_RATIO;
        if (ratio || a.made >= MOST || b.made >= MOST)
            continue;
        /* How much comes out before a failure depends on which layer sees it first. */
        FUZZ_CHECK((a.result == 0) == (b.result == 0));
        FUZZ_CHECK(a.result < 0 || a.made == b.made);
    }
}

static void round_trip(const uint8_t *data, size_t size, int bits, const char *coding,
                       const frond__http_content_limits *limits) {
    z_stream z;
    memset(&z, 0, sizeof z);
    FUZZ_CHECK(deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    uLong most = deflateBound(&z, (uLong)size);
    uint8_t *coded = malloc(most);
    z.next_in = (z_const Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    z.next_out = coded;
    z.avail_out = (uInt)most;
    FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    size_t len = most - z.avail_out;
    deflateEnd(&z);
    struct outcome o = decode(coding, limits, coded, len, fuzz_hash(data, size), 0);
    FUZZ_CHECK(o.result == 0 && o.made == size &&
               (size == 0 || memcmp(o.data, data, size) == 0));
    free(coded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int bits[] = {31, 15, -15};
    if (size == 0)
        return 0;
    uint8_t pick = data[0];
    frond__http_content_limits limits = {0, 0, 0}, tight = {300, 5, 50};
    if (pick & 32) {
        int kind = pick % 3;
        round_trip(data + 1, size - 1, bits[kind], kind == 0 ? "gzip" : "deflate",
                   &limits);
    } else {
        compare(data + 1, size - 1, codings[pick & 3], pick & 16 ? &tight : &limits);
    }
    return 0;
}
