/* SPDX-License-Identifier: MIT */
/* The content decoder: every coding, stacked ones, every way to cut input and output,
 * truncation, corruption, garbage, and bombs of one and of two layers. */
#include "suite.h"

#include "content.h"

#include <frond/error.h>

#include <zlib.h>

typedef struct {
    char *data;
    size_t len;
} blob;

enum { GZIP = 31, ZLIB = 15, RAW = -15 };

static blob compress_with(int window_bits, const char *data, size_t len) {
    z_stream z;
    memset(&z, 0, sizeof z);
    if (deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    uLong most = deflateBound(&z, (uLong)len) + 64;
    blob b = {malloc(most), 0};
    z.next_in = (z_const Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)b.data;
    z.avail_out = (uInt)most;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    b.len = most - z.avail_out;
    deflateEnd(&z);
    return b;
}

static blob join(blob a, blob b) {
    blob c = {malloc(a.len + b.len + 1), a.len + b.len};
    memcpy(c.data, a.data, a.len);
    memcpy(c.data + a.len, b.data, b.len);
    return c;
}

static blob sample(size_t len, uint64_t seed) {
    blob b = {malloc(len + 1), len};
    for (size_t i = 0; i < len; i++)
        b.data[i] = (char)('a' + suite_below(&seed, 1 + suite_below(&seed, 20)));
    return b;
}

/* Decodes all of in; pieces of input and output of at most these sizes (0: all at once).
 * Answers the first failure of decode or finish. */
static int decode(const char *codings, blob in, size_t in_piece, size_t out_piece,
                  const frond__http_content_limits *limits, blob *out) {
    frond__http_content *c;
    int r = frond__http_content_new(&c, codings, strlen(codings), limits, NULL);
    size_t cap = 1 << 16, at = 0;
    out->data = malloc(cap);
    out->len = 0;
    if (r < 0)
        return r;
    for (int full = 0; r == 0 && (full || at < in.len);) {
        size_t n = in_piece != 0 && in_piece < in.len - at ? in_piece : in.len - at;
        size_t room = out_piece != 0 ? out_piece : 30000, used, made;
        if (cap - out->len < room)
            out->data = realloc(out->data, cap = 2 * cap + room);
        char *exact = malloc(n + 1), *piece = malloc(room);
        memcpy(exact, in.data + at, n);
        r = frond__http_content_decode(c, exact, n, &used, piece, room, &made);
        CU_ASSERT(used <= n && made <= room);
        CU_ASSERT(r < 0 || made == room || used == n);
        memcpy(out->data + out->len, piece, made);
        free(exact);
        free(piece);
        at += used;
        out->len += made;
        full = made == room;
    }
    if (r == 0)
        r = frond__http_content_finish(c);
    if (r < 0) {
        CU_ASSERT_PTR_NOT_NULL(frond__http_content_reason(c));
        size_t used, made;
        char byte;
        CU_ASSERT_EQUAL(frond__http_content_decode(c, "x", 1, &used, &byte, 1, &made), r);
        CU_ASSERT(used == 0 && made == 0);
        CU_ASSERT_EQUAL(frond__http_content_finish(c), r);
    }
    frond__http_content_free(c);
    return r;
}

static int equal(blob a, blob b) {
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static void check(const char *codings, blob in, blob want) {
    static const size_t cuts[][2] = {{0, 0}, {1, 0},    {0, 1},   {1, 1},
                                     {7, 3}, {3, 1000}, {1000, 7}};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        blob out;
        CHECK_ROW(decode(codings, in, cuts[i][0], cuts[i][1], NULL, &out) == 0, codings);
        CHECK_ROW(equal(out, want), codings);
        free(out.data);
    }
}

static void test_codings(void) {
    static const size_t sizes[] = {0, 1, 2, 100, 5000, 20000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        blob plain = sample(sizes[i], i + suite_seed());
        blob gzip = compress_with(GZIP, plain.data, plain.len);
        blob zlib = compress_with(ZLIB, plain.data, plain.len);
        blob raw = compress_with(RAW, plain.data, plain.len);
        blob zg = compress_with(GZIP, zlib.data, zlib.len);
        blob gzg = compress_with(ZLIB, zg.data, zg.len);
        check("", plain, plain);
        check("identity", plain, plain);
        check("gzip", gzip, plain);
        check("X-GZip", gzip, plain);
        check("deflate", zlib, plain);
        check("deflate", raw, plain);
        check("deflate, gzip", zg, plain);
        check("identity,deflate , x-gzip,,identity,DEFLATE", gzg, plain);
        free(plain.data);
        free(gzip.data);
        free(zlib.data);
        free(raw.data);
        free(zg.data);
        free(gzg.data);
    }
}

static void test_four_layers(void) {
    blob plain = sample(3000, 4), b = compress_with(GZIP, plain.data, plain.len);
    for (int i = 1; i < 4; i++) {
        blob next = compress_with(i % 2 ? RAW : GZIP, b.data, b.len);
        free(b.data);
        b = next;
    }
    check("gzip, deflate, gzip, deflate", b, plain);
    frond__http_content *c;
    const char *reason;
    const char *five = "gzip,gzip,gzip,gzip,gzip";
    CU_ASSERT_EQUAL(frond__http_content_new(&c, five, strlen(five), NULL, &reason),
                    FROND_EHTTP_ENCODING);
    CU_ASSERT_STRING_EQUAL(reason, "more than four content codings");
    CU_ASSERT_PTR_NULL(c);
    CU_ASSERT_EQUAL(frond__http_content_new(&c, "br", 2, NULL, &reason), FROND_ENOTSUP);
    CU_ASSERT_STRING_EQUAL(reason, "content coding is not supported");
    CU_ASSERT_EQUAL(frond__http_content_new(&c, "gzip br", 7, NULL, NULL), FROND_ENOTSUP);
    CU_ASSERT_EQUAL(frond__http_content_new(&c, "identity", 8, NULL, NULL), 0);
    CU_ASSERT_EQUAL(frond__http_content_layers(c), 0);
    frond__http_content_free(c);
    CU_ASSERT_EQUAL(frond__http_content_new(&c, "gzip,deflate", 12, NULL, NULL), 0);
    CU_ASSERT_EQUAL(frond__http_content_layers(c), 2);
    CU_ASSERT_EQUAL(frond__http_content_finish(c), 0); /* no bytes at all */
    frond__http_content_free(c);
    frond__http_content_free(NULL);
    free(plain.data);
    free(b.data);
}

static void test_members(void) {
    blob plain = sample(100, 1), one = compress_with(GZIP, plain.data, 60);
    blob two = compress_with(GZIP, plain.data + 60, 40),
         none = compress_with(GZIP, "", 0);
    blob joined = join(one, none), all = join(joined, two);
    check("gzip", all, plain);
    blob out, garbage = {"x", 1}, zeros = {"\0\0\0", 3}, half = {"\x1f\x8b", 2};
    blob bad = join(all, garbage), padded = join(all, zeros), cut = join(all, half);
    CU_ASSERT_EQUAL(decode("gzip", bad, 0, 0, NULL, &out), FROND_EHTTP_ENCODING);
    free(out.data);
    CU_ASSERT_EQUAL(decode("gzip", padded, 1, 1, NULL, &out), FROND_EHTTP_ENCODING);
    free(out.data);
    CU_ASSERT_EQUAL(decode("gzip", cut, 1, 1, NULL, &out), FROND_EHTTP_TRUNCATED);
    free(out.data);
    blob zlib = compress_with(ZLIB, plain.data, plain.len), twice = join(zlib, zlib);
    CU_ASSERT_EQUAL(decode("deflate", twice, 0, 0, NULL, &out), FROND_EHTTP_ENCODING);
    CU_ASSERT(equal(out, plain));
    free(out.data);
    free(plain.data), free(one.data), free(two.data), free(none.data), free(joined.data);
    free(all.data), free(bad.data), free(padded.data), free(cut.data), free(zlib.data);
    free(twice.data);
}

static void test_truncation(void) {
    static const struct {
        int bits;
        const char *codings;
    } rows[] = {{GZIP, "gzip"}, {ZLIB, "deflate"}, {RAW, "deflate"}};
    blob plain = sample(300, 9);
    for (size_t k = 0; k < 3; k++) {
        blob b = compress_with(rows[k].bits, plain.data, plain.len);
        for (size_t n = 1; n < b.len; n++) {
            blob out, cut = {b.data, n};
            CHECK_ROW(decode(rows[k].codings, cut, 5, 0, NULL, &out) ==
                          FROND_EHTTP_TRUNCATED,
                      rows[k].codings);
            free(out.data);
        }
        free(b.data);
    }
    free(plain.data);
}

/* No flipped bit after the header goes unseen, but for those that pad the last byte. */
static void test_corruption(void) {
    blob plain = sample(200, 5), out;
    blob gzip = compress_with(GZIP, plain.data, plain.len);
    for (size_t i = 10; i < gzip.len; i++) {
        gzip.data[i] ^= 0x10;
        int r = decode("gzip", gzip, 0, 0, NULL, &out);
        CU_ASSERT(r == FROND_EHTTP_ENCODING || r == FROND_EHTTP_TRUNCATED ||
                  (r == 0 && equal(out, plain)));
        free(out.data);
        gzip.data[i] ^= 0x10;
    }
    blob zlib = compress_with(ZLIB, plain.data, plain.len);
    zlib.data[zlib.len - 1] ^= 1;
    CU_ASSERT_EQUAL(decode("deflate", zlib, 0, 0, NULL, &out), FROND_EHTTP_ENCODING);
    free(out.data);
    CU_ASSERT_EQUAL(decode("gzip", plain, 0, 0, NULL, &out), FROND_EHTTP_ENCODING);
    free(out.data);
    blob dictionary = {"\x78\x20\x00\x00\x00\x01", 6};
    CU_ASSERT_EQUAL(decode("deflate", dictionary, 0, 0, NULL, &out),
                    FROND_EHTTP_ENCODING);
    free(out.data);
    free(plain.data), free(gzip.data), free(zlib.data);
}

static void test_bombs(void) {
    size_t len = 32 << 20;
    char *zeros = calloc(1, len);
    blob out, gzip = compress_with(GZIP, zeros, len);
    blob twice = compress_with(GZIP, gzip.data, gzip.len);
    frond__http_content_limits loose = {0, UINT32_MAX, 0};
    CU_ASSERT_EQUAL(decode("gzip", gzip, 0, 0, NULL, &out), FROND_EHTTP_RATIO);
    CU_ASSERT(out.len >= 1 << 20 && out.len < (1 << 20) + (1 << 17));
    free(out.data);
    CU_ASSERT_EQUAL(decode("gzip, gzip", twice, 0, 0, NULL, &out), FROND_EHTTP_RATIO);
    CU_ASSERT(out.len < 2 << 20);
    free(out.data);
    CU_ASSERT_EQUAL(decode("gzip", gzip, 0, 0, &loose, &out), 0);
    CU_ASSERT_EQUAL(out.len, len);
    free(out.data);
    frond__http_content_limits most = {1000, UINT32_MAX, 0};
    CU_ASSERT_EQUAL(decode("gzip", gzip, 0, 0, &most, &out), FROND_EHTTP_BODY_SIZE);
    CU_ASSERT_EQUAL(out.len, 1000);
    free(out.data);
    CU_ASSERT_EQUAL(decode("gzip", gzip, 1, 7, &most, &out), FROND_EHTTP_BODY_SIZE);
    CU_ASSERT_EQUAL(out.len, 1000);
    free(out.data);
    free(gzip.data);
    gzip = compress_with(GZIP, zeros, 1000);
    CU_ASSERT_EQUAL(decode("gzip", gzip, 0, 0, &most, &out), 0);
    free(out.data);
    blob plain = {zeros, 1001};
    CU_ASSERT_EQUAL(decode("", plain, 0, 0, &most, &out), FROND_EHTTP_BODY_SIZE);
    CU_ASSERT_EQUAL(out.len, 1000);
    free(out.data);
    plain.len = 1000;
    CU_ASSERT_EQUAL(decode("", plain, 1, 1, &most, &out), 0);
    free(out.data);
    free(zeros), free(gzip.data), free(twice.data);
}

/* Over the limit and corrupt in one step: the byte too many was left in the output. */
static void test_limit_and_corruption_at_once(void) {
    char plain[1001];
    memset(plain, 'a', sizeof plain);
    blob out, zlib = compress_with(ZLIB, plain, sizeof plain);
    zlib.data[zlib.len - 1] ^= 1;
    frond__http_content_limits most = {1000, 0, 0};
    CU_ASSERT_EQUAL(decode("deflate", zlib, 0, 0, &most, &out), FROND_EHTTP_BODY_SIZE);
    CU_ASSERT_EQUAL(out.len, 1000);
    free(out.data), free(zlib.data);
}

/* max_output is about the body, not about what lies between layers. */
static void test_small_limit_of_layers(void) {
    blob plain = {"hi", 2}, out, one = compress_with(GZIP, plain.data, plain.len);
    blob two = compress_with(GZIP, one.data, one.len);
    frond__http_content_limits most = {2, 0, 0};
    CU_ASSERT_EQUAL(decode("gzip, gzip", two, 0, 0, &most, &out), 0);
    CU_ASSERT(equal(out, plain));
    free(out.data);
    most.max_output = 1;
    CU_ASSERT_EQUAL(decode("gzip, gzip", two, 1, 1, &most, &out), FROND_EHTTP_BODY_SIZE);
    free(out.data), free(one.data), free(two.data);
}

/* Layers whose output is all the next one's empty members: no output at all, but endless
 * work. */
static void test_hidden_bomb(void) {
    blob none = compress_with(GZIP, "", 0);
    size_t n = 400000;
    blob many = {malloc(n * none.len), n * none.len}, out;
    for (size_t i = 0; i < n; i++)
        memcpy(many.data + i * none.len, none.data, none.len);
    blob packed = compress_with(GZIP, many.data, many.len);
    CU_ASSERT(packed.len < many.len / 200);
    CU_ASSERT_EQUAL(decode("gzip, gzip", packed, 0, 0, NULL, &out), FROND_EHTTP_RATIO);
    CU_ASSERT_EQUAL(out.len, 0);
    free(out.data), free(none.data), free(many.data), free(packed.data);
}

/* Big, plain, in one call: the ratio is counted as input goes in, not afterwards. */
static void test_large_honest(void) {
    blob plain = sample(6 << 20, 77), gzip = compress_with(GZIP, plain.data, plain.len),
         out;
    CU_ASSERT_EQUAL(decode("gzip", gzip, 0, plain.len + 1, NULL, &out), 0);
    CU_ASSERT(equal(out, plain));
    free(plain.data), free(gzip.data), free(out.data);
}

int main(void) {
    static const suite_test tests[] = {
        {"codings", test_codings},
        {"four layers", test_four_layers},
        {"members", test_members},
        {"truncation", test_truncation},
        {"corruption", test_corruption},
        {"bombs", test_bombs},
        {"small limit of layers", test_small_limit_of_layers},
        {"limit and corruption", test_limit_and_corruption_at_once},
        {"hidden bomb", test_hidden_bomb},
        {"large and honest", test_large_honest},
        {NULL, NULL}};
    return suite_run("content", tests);
}
