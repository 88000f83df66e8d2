/* SPDX-License-Identifier: MIT */
/* Body framing.  The length fields are checked even where the message can have no body
 * (HEAD, 204, 304): a peer that sends both of them is not to be trusted with a
 * connection. */
#include "framing.h"

#include "ascii.h"

#include <frond/error.h>

#include <string.h>

/* What the fields say, before the kind of message has its word. */
struct said {
    int has_length, chunked;
    uint64_t length;
};

static int refuse(frond__http_framing *f, const char *reason) {
    f->reason = reason;
    return FROND_EHTTP_PROTOCOL;
}

/* Decimal digits only, at most INT64_MAX: no sign, no space, no fraction. */
static int decimal(const char *text, size_t len, uint64_t *value) {
    *value = 0;
    for (size_t i = 0; i < len; i++) {
        if (!frond__ascii_digit(text[i]))
            return 0;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (*value > ((uint64_t)INT64_MAX - digit) / 10)
            return 0;
        *value = *value * 10 + digit;
    }
    return len > 0;
}

/* "5, 5" and a repeated field are one length said twice (RFC 9110 8.6); an empty element
 * is not. */
static int length_field(frond__http_framing *f, struct said *s, const char *text,
                        size_t len) {
    for (size_t at = 0; at <= len;) {
        size_t from = at;
        while (at < len && text[at] != ',')
            at++;
        size_t end = at++;
        while (from < end && (text[from] == ' ' || text[from] == '\t'))
            from++;
        while (end > from && (text[end - 1] == ' ' || text[end - 1] == '\t'))
            end--;
        uint64_t value;
        if (!decimal(text + from, end - from, &value))
            return refuse(f, "Content-Length is not a number below 2^63");
        if (s->has_length && value != s->length)
            return refuse(f, "Content-Length is given twice and differs");
        s->has_length = 1;
        s->length = value;
    }
    return 0;
}

static int read_fields(frond__http_framing *f, struct said *s, const frond__http_head *h,
                       const char *buf) {
    for (size_t i = 0; i < h->n_fields; i++) {
        frond__http_span n = h->fields[i].name, v = h->fields[i].value;
        if (frond__ascii_equal(buf + n.at, n.len, "content-length")) {
            int r = length_field(f, s, buf + v.at, v.len);
            if (r < 0)
                return r;
        } else if (frond__ascii_equal(buf + n.at, n.len, "transfer-encoding")) {
            if (s->chunked)
                return refuse(f, "more than one Transfer-Encoding");
            if (!frond__ascii_equal(buf + v.at, v.len, "chunked"))
                return refuse(f, "Transfer-Encoding is not \"chunked\"");
            s->chunked = 1;
        }
    }
    if (s->chunked && s->has_length)
        return refuse(f, "both Content-Length and Transfer-Encoding");
    if (s->chunked && h->minor == 0)
        return refuse(f, "Transfer-Encoding in HTTP/1.0");
    return 0;
}

static int wants_more(const frond__http_head *h, const char *buf) {
    if (frond__http_head_has_token(h, buf, "connection", "close"))
        return 0;
    return h->minor > 0 || frond__http_head_has_token(h, buf, "connection", "keep-alive");
}

static void settle(frond__http_framing *f, const struct said *s, int otherwise) {
    f->body = s->chunked      ? FROND__HTTP_BODY_CHUNKED
              : s->has_length ? FROND__HTTP_BODY_LENGTH
                              : otherwise;
    f->length = s->has_length ? s->length : 0;
}

int frond__http_framing_response(frond__http_framing *f, const frond__http_head *h,
                                 const char *buf, const char *method) {
    struct said s = {0, 0, 0};
    memset(f, 0, sizeof *f);
    int r = read_fields(f, &s, h, buf);
    if (r < 0)
        return r;
    f->keep_alive = wants_more(h, buf);
    if (h->status == 101 ||
        (strcmp(method, "CONNECT") == 0 && h->status >= 200 && h->status < 300)) {
        f->body = FROND__HTTP_BODY_TUNNEL;
        f->keep_alive = 0;
    } else if (h->status < 200 || h->status == 204 || h->status == 304 ||
               strcmp(method, "HEAD") == 0) {
        f->body = FROND__HTTP_BODY_NONE;
    } else {
        settle(f, &s, FROND__HTTP_BODY_CLOSE);
        if (f->body == FROND__HTTP_BODY_CLOSE)
            f->keep_alive = 0;
    }
    return 0;
}

int frond__http_framing_request(frond__http_framing *f, const frond__http_head *h,
                                const char *buf) {
    struct said s = {0, 0, 0};
    memset(f, 0, sizeof *f);
    int r = read_fields(f, &s, h, buf);
    if (r < 0)
        return r;
    f->keep_alive = wants_more(h, buf);
    settle(f, &s, FROND__HTTP_BODY_NONE);
    return 0;
}
