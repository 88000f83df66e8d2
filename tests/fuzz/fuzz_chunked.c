/* SPDX-License-Identifier: MIT */
/* Chunked bodies: whole, in pieces and a byte at a time the decoder makes the same data,
 * uses the same input and answers the same; the data is never longer than the input. */
#include "fuzz.h"

#include "chunked.h"

const fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("\0"
              "5\r\nhello\r\n0\r\n\r\nnext"),
    FUZZ_SEED("\0"
              "1;a=\"b\"\r\nx\r\n00A ; c\r\n0123456789\r\n0;d\r\nT: u\r\nV: w\r\n\r\n"),
    FUZZ_SEED("\0"
              "7fffffffffffffff\r\nabc"),
    FUZZ_SEED("\1"
              "000001\r\nx\r\n0\r\nA: b\r\n\r\n"),
    FUZZ_SEEDS_END};

struct outcome {
    int result;
    size_t used, made;
    size_t fields;
    const char *reason;
    char *data;
};

static struct outcome decode(const uint8_t *in, size_t size, int small, uint32_t step) {
    frond__http_chunked_limits tight = {10, 8, 24, 1};
    frond__http_chunked c;
    frond__http_chunked_init(&c, small ? &tight : NULL);
    struct outcome o = {0, 0, 0, 0, NULL, malloc(size + 1)};
    while (o.result >= 0 && o.result != FROND__HTTP_CHUNKED_END && o.used < size) {
        size_t n = step == 0 ? size : step == 1 ? 1 : 1 + fuzz_next(&step) % 7, used, len;
        if (n > size - o.used)
            n = size - o.used;
        char *piece = fuzz_copy(in + o.used, n);
        const char *data;
        o.result = frond__http_chunked_next(&c, piece, n, &used, &data, &len);
        FUZZ_CHECK(used <= n && len <= used && o.made + len <= size);
        FUZZ_CHECK((o.result == FROND__HTTP_CHUNKED_DATA) == (len > 0));
        FUZZ_CHECK(o.result != FROND__HTTP_CHUNKED_MORE || used == n);
        if (len > 0)
            memcpy(o.data + o.made, data, len);
        o.made += len;
        o.used += used;
        free(piece);
    }
    FUZZ_CHECK(c.total == o.made);
    o.fields = c.trailer.n_fields;
    o.reason = c.reason;
    if (o.result == FROND__HTTP_CHUNKED_DATA)
        o.result = FROND__HTTP_CHUNKED_MORE;
    frond__http_chunked_free(&c);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    int small = data[0] & 1;
    uint32_t steps[] = {0, 1, fuzz_hash(data, size) | 2};
    struct outcome first = decode(data + 1, size - 1, small, 0);
    for (int i = 1; i < 3; i++) {
        struct outcome o = decode(data + 1, size - 1, small, steps[i]);
        FUZZ_CHECK(o.result == first.result && o.made == first.made &&
                   o.reason == first.reason);
        FUZZ_CHECK(memcmp(o.data, first.data, o.made) == 0);
        if (o.result >= 0)
            FUZZ_CHECK(o.used == first.used && o.fields == first.fields);
        free(o.data);
    }
    free(first.data);
    return 0;
}
