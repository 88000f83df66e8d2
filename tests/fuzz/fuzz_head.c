/* SPDX-License-Identifier: MIT */
/* Heads: fed whole, in pieces, and a byte at a time from buffers that move, the parser
 * finds the same; what it accepts holds nothing that could be read another way; framing
 * keeps its promises; and a head written again from its parts reads the same.  The first
 * byte picks kind and limits. */
#include "fuzz.h"

#include "framing.h"
#include "head_write.h"

const fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED(
        "\0\r\nGET /a?b HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, close\r\n\r\n"),
    FUZZ_SEED(
        "\0POST http://h/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5"),
    FUZZ_SEED("\0CONNECT h:1 HTTP/1.0\r\n\r\n"),
    FUZZ_SEED(
        "\1HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5, 5\r\n\r\nhello"),
    FUZZ_SEED("\1HTTP/1.0 304\r\nA:\t b \t\r\nA: \"c,\\\"d\", e\r\n\r\n"),
    FUZZ_SEED("\2Digest: x\r\nB: \xFF\r\n\r\n"),
    FUZZ_SEED("\4HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\nE: f\r\n\r\n"),
    FUZZ_SEEDS_END};

static int kind;
static frond__http_head_limits limits;

/* step 0: all at once; 1: single bytes; else pieces from the sequence step. */
static int64_t feed(frond__http_head *h, const uint8_t *data, size_t size,
                    uint32_t step) {
    frond__http_head_init(h, kind, &limits);
    int64_t r = 0;
    for (size_t n = 0; r == 0 && n < size;) {
        size_t more = step == 0 ? size : step == 1 ? 1 : 1 + fuzz_next(&step) % 11;
        n = more < size - n ? n + more : size;
        char *moved = fuzz_copy(data, n);
        r = frond__http_head_feed(h, moved, n);
        free(moved);
    }
    return r;
}

static int same(const frond__http_head *a, const frond__http_head *b) {
    if (a->n_fields != b->n_fields || a->reason != b->reason || a->at != b->at)
        return 0;
    if (a->status != b->status || a->minor != b->minor || a->form != b->form)
        return 0;
    if (a->method.len != b->method.len || a->target.len != b->target.len)
        return 0;
    return a->n_fields == 0 ||
           memcmp(a->fields, b->fields, a->n_fields * sizeof *a->fields) == 0;
}

static void check_clean(const frond__http_head *h, const char *buf, size_t len) {
    for (size_t i = 0; i < len; i++) {
        FUZZ_CHECK(buf[i] != '\0');
        FUZZ_CHECK(buf[i] != '\n' || (i > 0 && buf[i - 1] == '\r'));
        FUZZ_CHECK(buf[i] != '\r' || (i + 1 < len && buf[i + 1] == '\n'));
    }
    for (size_t i = 0; i < h->n_fields; i++) {
        const frond__http_field *f = &h->fields[i];
        FUZZ_CHECK(f->name.len > 0 &&
                   f->name.at + f->name.len < f->value.at + f->value.len + 1);
        FUZZ_CHECK(f->value.at + f->value.len <= len &&
                   buf[f->name.at + f->name.len] == ':');
        FUZZ_CHECK(memchr(buf + f->value.at, '\r', f->value.len) == NULL);
    }
    FUZZ_CHECK(len <= limits.max_bytes && h->n_fields <= limits.max_fields);
}

static void check_framing(const frond__http_head *h, const char *buf) {
    frond__http_framing f;
    int r = kind == FROND__HTTP_REQUEST ? frond__http_framing_request(&f, h, buf)
                                        : frond__http_framing_response(&f, h, buf, "GET");
    size_t te = frond__http_head_count(h, buf, "transfer-encoding");
    size_t cl = frond__http_head_count(h, buf, "content-length");
    if (r < 0) {
        FUZZ_CHECK(f.reason != NULL && te + cl > 0);
        return;
    }
    FUZZ_CHECK(!(te > 0 && cl > 0) && te < 2 && f.length <= INT64_MAX);
    FUZZ_CHECK(f.body != FROND__HTTP_BODY_CHUNKED || (te == 1 && h->minor == 1));
    FUZZ_CHECK(f.body != FROND__HTTP_BODY_LENGTH || cl > 0);
    FUZZ_CHECK(f.body != FROND__HTTP_BODY_CLOSE || !f.keep_alive);
}

static void check_rewrite(const frond__http_head *h, const char *buf) {
    frond__http_out out = {0};
    char *method = calloc(1, h->method.len + 1u), *target = calloc(1, h->target.len + 1u);
    FUZZ_CHECK(method != NULL && target != NULL);
    memcpy(method, buf + h->method.at, h->method.len);
    memcpy(target, buf + h->target.at, h->target.len);
    if (kind == FROND__HTTP_REQUEST)
        frond__http_out_request(&out, method, target);
    if (kind == FROND__HTTP_RESPONSE)
        frond__http_out_status(&out, 1, h->status, NULL);
    for (size_t i = 0; i < h->n_fields; i++)
        frond__http_out_field_n(&out, buf + h->fields[i].name.at, h->fields[i].name.len,
                                buf + h->fields[i].value.at, h->fields[i].value.len);
    FUZZ_CHECK(frond__http_out_end(&out) == 0);
    frond__http_head_limits most = {1 << 20, 0};
    frond__http_head again;
    frond__http_head_init(&again, kind, &most);
    int64_t r = frond__http_head_feed(&again, out.data, out.len);
    int hostless = kind == FROND__HTTP_REQUEST && h->minor == 0 &&
                   frond__http_head_count(h, buf, "host") == 0;
    FUZZ_CHECK(hostless || (r == (int64_t)out.len && again.n_fields == h->n_fields));
    frond__http_head_free(&again);
    frond__http_out_free(&out);
    free(method);
    free(target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    kind = data[0] % 3;
    limits.max_bytes = data[0] & 4 ? 40 : 4096;
    limits.max_fields = data[0] & 4 ? 2 : 64;
    data++;
    size--;
    frond__http_head whole, bytes, pieces;
    int64_t r = feed(&whole, data, size, 0);
    FUZZ_CHECK(feed(&bytes, data, size, 1) == r && same(&whole, &bytes));
    FUZZ_CHECK(feed(&pieces, data, size, fuzz_hash(data, size) | 2) == r);
    FUZZ_CHECK(same(&whole, &pieces));
    if (r > 0) {
        char *head = fuzz_copy(data, (size_t)r);
        check_clean(&whole, head, (size_t)r);
        if (kind != FROND__HTTP_TRAILER)
            check_framing(&whole, head);
        check_rewrite(&whole, head);
        frond__http_head_has_token(&whole, head, "connection", "close");
        free(head);
    }
    frond__http_head_free(&whole);
    frond__http_head_free(&bytes);
    frond__http_head_free(&pieces);
    return 0;
}
