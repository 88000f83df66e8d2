/* SPDX-License-Identifier: MIT */
/* Responses: the head kept, the body decoded as it is read. */
#include "response.h"
#include "date.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>
#include <time.h>

enum { MOST_INFORMATIONAL = 16, MOST_SKIP = 64 * 1024, FIRST_BODY = 16 * 1024 };

frond_http_response *frond__http_response_new(const frond_http_options *o) {
    frond_http_response *r = frond_calloc(1, sizeof *r);
    if (!r)
        return NULL;
    frond__http_head_limits limits = {.max_bytes = o->max_head};
    frond__http_head_init(&r->head, FROND__HTTP_RESPONSE, &limits);
    r->max_body = o->max_body;
    r->max_ratio = o->max_ratio;
    r->decodes = !o->raw;
    return r;
}

/* The connection's buffer goes on to hold the body: names and values are copied out. */
static int keep_head(frond_http_response *r, const char *text, size_t n) {
    frond_free(r->head_text);
    if (!(r->head_text = frond_alloc(n + 1)))
        return frond_fail_set(FROND_ENOMEM, "http");
    memcpy(r->head_text, text, n);
    r->head_text[n] = '\0';
    return 0;
}

int frond__http_response_head(frond_http_response *r, const char *method, size_t max_head,
                              frond_deadline d) {
    frond__http_input *in = &r->conn->input;
    for (int i = 0; i < MOST_INFORMATIONAL; i++) {
        frond__http_head_reset(&r->head);
        int64_t n = frond__http_read_head(in, &r->head, max_head, &r->first_byte, d);
        if (n < 0)
            return (int)n;
        if (n == 0)
            return frond_fail_text(FROND_EHTTP_TRUNCATED,
                                   "the connection ended before a response came");
        frond__http_framing f;
        int rc = frond__http_framing_response(&f, &r->head, in->buf + in->start, method);
        if (rc < 0)
            return frond_fail_text(rc, "malformed response: %s", f.reason);
        if (r->head.status < 200 && r->head.status != 101) {
            in->start += (size_t)n;
            continue;
        }
        if ((rc = keep_head(r, in->buf + in->start, (size_t)n)) < 0)
            return rc;
        in->start += (size_t)n;
        frond__http_body_begin(&r->body, &f);
        r->reusable = f.keep_alive != 0;
        return 0;
    }
    return frond_fail_text(FROND_EHTTP_PROTOCOL, "too many informational responses");
}

static void release(frond_http_response *r, bool whole) {
    if (!r->conn)
        return;
    frond__http_conn *conn = r->conn;
    r->conn = NULL;
    frond__http_checkin(conn, whole && r->reusable);
}

/* The Content-Encoding fields as one value. */
static char *codings(const frond_http_response *r) {
    size_t n = 1;
    for (int i = -1;
         (i = frond__http_head_find(&r->head, r->head_text, "Content-Encoding",
                                    (size_t)(i + 1))) >= 0;)
        n += r->head.fields[i].value.len + 1;
    char *text = frond_alloc(n), *end = text;
    for (int i = -1;
         text && (i = frond__http_head_find(&r->head, r->head_text, "Content-Encoding",
                                            (size_t)(i + 1))) >= 0;) {
        frond__http_span v = r->head.fields[i].value;
        if (end != text)
            *end++ = ',';
        memcpy(end, r->head_text + v.at, v.len);
        end += v.len;
    }
    if (text)
        *end = '\0';
    return text;
}

int frond__http_response_begin(frond_http_response *r) {
    if (r->decodes && !r->body.ended) {
        char *text = codings(r);
        const char *reason = NULL;
        frond__http_content_limits limits = {.max_output = r->max_body,
                                             .max_ratio = r->max_ratio};
        int rc = text ? frond__http_content_new(&r->content, text, strlen(text), &limits,
                                                &reason)
                      : FROND_ENOMEM;
        frond_free(text);
        if (rc < 0)
            return frond_fail_text(rc == FROND_ENOTSUP ? FROND_EHTTP_ENCODING : rc,
                                   "content encoding: %s",
                                   reason ? reason : frond_error_message(rc));
        if (!frond__http_content_layers(r->content)) {
            frond__http_content_free(r->content);
            r->content = NULL;
        }
    }
    /* names and values become strings, in place: the byte behind each is a ':', CR or space */
    for (size_t i = 0; i < r->head.n_fields; i++) {
        frond__http_field *f = &r->head.fields[i];
        r->head_text[f->name.at + f->name.len] = '\0';
        r->head_text[f->value.at + f->value.len] = '\0';
    }
    r->began = true;
    if (r->body.ended)
        release(r, true);
    return 0;
}

/* ---- the body ---- */

static int64_t decode(frond_http_response *r, char *buf, size_t cap, frond_deadline d) {
    for (;;) {
        size_t used, made;
        int rc = frond__http_content_decode(r->content, r->raw, r->raw_len, &used, buf,
                                            cap, &made);
        r->raw += used;
        r->raw_len -= used;
        if (made)
            return (int64_t)made; /* a failure is answered again by the next call */
        if (rc < 0)
            return frond_fail_text(rc, "content decoding: %s",
                                   frond__http_content_reason(r->content));
        int64_t n = frond__http_body_next(&r->body, &r->conn->input, &r->raw, d);
        if (n < 0)
            return n;
        r->raw_len = (size_t)n;
        if (n == 0) {
            rc = frond__http_content_finish(r->content);
            return rc < 0 ? frond_fail_text(rc, "content decoding: %s",
                                            frond__http_content_reason(r->content))
                          : 0;
        }
    }
}

static int64_t read_some(frond_http_response *r, void *buf, size_t cap,
                         frond_deadline d) {
    if (r->content)
        return decode(r, buf, cap, d);
    int64_t n = frond__http_body_read(&r->body, &r->conn->input, buf, cap, d);
    if (n > 0 && r->max_body && r->total + (uint64_t)n > r->max_body)
        return frond_fail_text(FROND_EHTTP_BODY_SIZE, "body over the limit of %llu bytes",
                               (unsigned long long)r->max_body);
    return n;
}

int64_t frond_http_read(frond_http_response *r, void *buf, size_t cap, frond_deadline d) {
    if (!r || (!buf && cap))
        return frond_fail_set(FROND_EINVAL, "http read");
    if (r->reading)
        return frond_fail_set(FROND_EBUSY, "http read");
    if (r->failed)
        return frond_fail_set(r->failed, "http read: failed before");
    if (!r->conn || cap == 0)
        return 0;
    r->reading = true;
    int64_t n = read_some(r, buf, cap, d);
    r->reading = false;
    bool passing = n == FROND_ETIMEDOUT || n == FROND_ECANCELED || n == FROND_ENOSUSPEND;
    if (n > 0) {
        r->total += (uint64_t)n;
        if (r->body.ended && !r->body.view_len && !r->content)
            release(r,
                    true); /* at once: the next request need not wait for another read */
    } else if (n == 0) {
        release(r, true);
    } else if (!passing) {
        r->failed = (int)n;
        release(r, false);
    }
    return n;
}

void frond__http_response_skip(frond_http_response *r, frond_deadline d) {
    const char *data;
    int64_t n = 1;
    for (size_t skipped = 0; n > 0 && skipped < MOST_SKIP; skipped += (size_t)n)
        if ((n = frond__http_body_next(&r->body, &r->conn->input, &data, d)) < 0)
            break;
    release(r, n == 0);
}

void frond__http_response_reset(frond_http_response *r) {
    release(r, false);
    frond__http_body_free(&r->body);
    memset(&r->body, 0, sizeof r->body);
    r->first_byte = 0;
}

int frond__http_response_load(frond_http_response *r, frond_deadline d) {
    size_t cap = 0;
    int64_t length = frond_http_length(r);
    for (;;) {
        if (cap - r->loaded_len < 2) {
            size_t next = cap ? cap * 2 : FIRST_BODY;
            if (!cap && length >= 0 && length < FIRST_BODY && !r->content)
                next = (size_t)length + 2;
            char *grown = frond_realloc(r->loaded, next);
            if (!grown)
                return frond_fail_set(FROND_ENOMEM, "http body");
            r->loaded = grown;
            cap = next;
        }
        int64_t n =
            frond_http_read(r, r->loaded + r->loaded_len, cap - r->loaded_len - 1, d);
        if (n < 0)
            return (int)n;
        r->loaded_len += (size_t)n;
        r->loaded[r->loaded_len] = '\0';
        if (n == 0)
            return 0;
    }
}

/* ---- what was answered ---- */

int frond_http_status(const frond_http_response *r) {
    return r ? r->head.status : 0;
}

size_t frond_http_body(const frond_http_response *r, const void **data) {
    if (data)
        *data = r && r->loaded ? r->loaded : "";
    return r ? r->loaded_len : 0;
}

const char *frond_http_header(const frond_http_response *r, const char *name) {
    int i = r && r->head_text && name
                ? frond__http_head_find(&r->head, r->head_text, name, 0)
                : -1;
    if (i < 0)
        return NULL;
    char *value = r->head_text + r->head.fields[i].value.at;
    value[r->head.fields[i].value.len] = '\0'; /* CR, or white space behind it */
    return value;
}

const char *frond_http_url(const frond_http_response *r) {
    return r && r->url ? r->url : "";
}

uint64_t frond_http_retry_after(const frond_http_response *r) {
    const char *value = r ? frond_http_header(r, "Retry-After") : NULL;
    uint64_t ms = 0;
    if (value)
        (void)frond__http_retry_after(value, strlen(value), (int64_t)time(NULL), &ms);
    return ms;
}

int64_t frond_http_length(const frond_http_response *r) {
    return r && r->body.framing.body == FROND__HTTP_BODY_LENGTH
               ? (int64_t)r->body.framing.length
               : -1;
}

void frond_http_timing_get(const frond_http_response *r, frond_http_timing *t) {
    if (r && t)
        *t = r->timing;
}

void frond_http_response_free(frond_http_response *r) {
    if (!r)
        return;
    release(r, false);
    frond__http_body_free(&r->body);
    frond__http_content_free(r->content);
    frond__http_head_free(&r->head);
    frond_free(r->head_text);
    frond_free(r->url);
    frond_free(r->loaded);
    frond_free(r);
}
