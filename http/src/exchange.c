/* SPDX-License-Identifier: MIT */
/* The server's side of one request: reading it, and answering whole or piece by piece. */
#include "exchange.h"
#include "ascii.h"
#include "date.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MOST_SKIP = 256 * 1024 };

/* ---- the request ---- */

static frond_deadline io_deadline(const frond_http_exchange *x) {
    return frond_in(x->options->io_ms);
}

static int refuse(frond_http_exchange *x, int status, int rc) {
    static const char *const headers[] = {"Content-Type: text/plain", NULL};
    char sentence[300];
    size_t n = strlen(frond_error_text());
    if (n > sizeof sentence - 2)
        n = sizeof sentence - 2;
    memcpy(sentence, frond_error_text(), n);
    sentence[n++] = '\n';
    x->keep_alive = false;
    x->answered = false;
    frond_http_respond(x, status, headers, sentence, n, io_deadline(x));
    return rc;
}

static int keep_head(frond_http_exchange *x, size_t n) {
    frond_free(x->head_text);
    if (!(x->head_text = frond_strndup(x->input->buf + x->input->start, n)))
        return frond_fail_set(FROND_ENOMEM, "http");
    x->input->start += n;
    return 0;
}

/* The byte behind each is a space, ':', CR or white space, and not needed any more. */
static void terminate(frond_http_exchange *x) {
    x->head_text[x->head.method.at + x->head.method.len] = '\0';
    x->head_text[x->head.target.at + x->head.target.len] = '\0';
    for (size_t i = 0; i < x->head.n_fields; i++) {
        frond__http_field *f = &x->head.fields[i];
        x->head_text[f->value.at + f->value.len] = '\0';
    }
}

/* Waits for the first byte as long as a kept connection may idle, then for the head. */
static int64_t read_head(frond_http_exchange *x) {
    frond__http_input *in = x->input;
    if (in->start == in->end) {
        int64_t n =
            frond__http_fill(in, x->options->max_head + 1, frond_in(x->options->idle_ms));
        if (n <= 0)
            return n == FROND_ETIMEDOUT ? 0 : n;
    }
    return frond__http_read_head(in, &x->head, x->options->max_head, NULL,
                                 frond_in(x->options->head_ms));
}

int frond__http_exchange_begin(frond_http_exchange *x) {
    frond__http_framing framing;
    frond__http_head_reset(&x->head);
    frond__http_body_free(&x->body);
    memset(&x->body, 0, sizeof x->body);
    x->body.ended = true;
    x->answered = x->chunked = x->until_close = x->head_only = x->broken = x->keep_alive =
        false;
    x->expects_continue = false;
    x->body_read = x->left = 0;
    int64_t n = read_head(x);
    if (n == 0)
        return 0;
    if (n == FROND_EHTTP_PROTOCOL)
        return refuse(x, 400, (int)n);
    if (n == FROND_EHTTP_HEAD_SIZE)
        return refuse(x, 431, (int)n);
    if (n == FROND_ETIMEDOUT)
        return refuse(x, 408, (int)n);
    if (n < 0)
        return (int)n;
    int rc = keep_head(x, (size_t)n);
    if (rc < 0)
        return rc;
    rc = frond__http_framing_request(&framing, &x->head, x->head_text);
    if (rc < 0) {
        frond_fail_text(rc, "malformed request: %s", framing.reason);
        return refuse(x, 400, rc);
    }
    x->keep_alive = framing.keep_alive != 0;
    x->expects_continue =
        frond__http_head_has_token(&x->head, x->head_text, "Expect", "100-continue") != 0;
    frond__http_body_begin(&x->body, &framing);
    terminate(x);
    x->head_only = strcmp(frond_http_method(x), "HEAD") == 0;
    if (framing.body == FROND__HTTP_BODY_LENGTH &&
        framing.length > x->options->max_body) {
        frond_fail_set(FROND_EHTTP_BODY_SIZE, "request");
        return refuse(x, 413, FROND_EHTTP_BODY_SIZE);
    }
    return 1;
}

const char *frond_http_method(const frond_http_exchange *x) {
    return x->head_text + x->head.method.at;
}

/* A client may send the whole URL, as to a proxy: what counts here is its path. */
const char *frond_http_target(const frond_http_exchange *x) {
    const char *target = x->head_text + x->head.target.at;
    size_t scheme = frond__ascii_equal(target, strcspn(target, ":"), "http")    ? 7
                    : frond__ascii_equal(target, strcspn(target, ":"), "https") ? 8
                                                                                : 0;
    if (!scheme || strncmp(target + scheme - 3, "://", 3) != 0)
        return target;
    const char *path = target + scheme + strcspn(target + scheme, "/?#");
    return *path == '/' ? path : "/";
}

const char *frond_http_request_header(const frond_http_exchange *x, const char *name) {
    int i = frond__http_head_find(&x->head, x->head_text, name, 0);
    return i < 0 ? NULL : x->head_text + x->head.fields[i].value.at;
}

int64_t frond_http_request_read(frond_http_exchange *x, void *buf, size_t cap,
                                frond_deadline d) {
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!x || (!buf && cap))
        return frond_fail_set(FROND_EINVAL, "http request");
    if (x->expects_continue && !x->answered) {
        x->expects_continue = false;
        int rc = frond_write(x->input->stream, go_on, sizeof go_on - 1, NULL, d);
        if (rc < 0)
            return rc;
    }
    int64_t n = frond__http_body_read(&x->body, x->input, buf, cap, d);
    if (n > 0 && (x->body_read += (uint64_t)n) > x->options->max_body) {
        x->broken = true;
        return frond_fail_set(FROND_EHTTP_BODY_SIZE, "http request");
    }
    if (n < 0 && n != FROND_ETIMEDOUT && n != FROND_ECANCELED)
        x->broken = true;
    return n;
}

/* ---- the response ---- */

static bool named(const char *header, const char *name) {
    size_t i = 0;
    while (name[i] && (header[i] | 32) == (name[i] | 32))
        i++;
    return !name[i] && header[i] == ':';
}

/* length -2: a response that has no body by its status. */
static int build(frond_http_exchange *x, int status, const char *const *headers,
                 int64_t length) {
    char date[FROND__HTTP_DATE_TEXT];
    bool dated = false;
    frond__http_out_reset(&x->out);
    frond__http_out_status(&x->out, 1, status, NULL);
    for (size_t i = 0; headers && headers[i]; i++) {
        dated = dated || named(headers[i], "Date");
        frond__http_out_line(&x->out, headers[i]);
    }
    if (!dated && frond__http_date_format((int64_t)time(NULL), date) == 0)
        frond__http_out_field(&x->out, "Date", date);
    if (length >= 0)
        frond__http_out_number(&x->out, "Content-Length", (uint64_t)length);
    else if (x->chunked)
        frond__http_out_field(&x->out, "Transfer-Encoding", "chunked");
    if (!x->keep_alive)
        frond__http_out_field(&x->out, "Connection", "close");
    else if (x->head.minor == 0)
        frond__http_out_field(&x->out, "Connection", "keep-alive");
    frond__http_out_end(&x->out);
    return x->out.result < 0
               ? frond_fail_text(x->out.result, "response: %s",
                                 x->out.reason ? x->out.reason : "out of memory")
               : 0;
}

static int begin(frond_http_exchange *x, int status, const char *const *headers,
                 int64_t length) {
    if (!x || status < 200 || status > 999 || length < -1)
        return frond_fail_set(FROND_EINVAL, "http response");
    if (x->answered)
        return frond_fail_set(FROND_EBUSY, "http response");
    bool bodiless = status == 204 || status == 304;
    if (x->expects_continue && !x->body.ended)
        x->keep_alive = false; /* the client may send the body, or not */
    x->chunked = length < 0 && !bodiless && x->head.minor > 0;
    x->until_close = length < 0 && !bodiless && !x->chunked;
    if (x->until_close)
        x->keep_alive = false; /* the end of the connection is the end of the body */
    int rc = build(x, status, headers, bodiless ? -2 : length);
    if (rc < 0)
        return rc;
    x->answered = true;
    x->left = length > 0 ? (uint64_t)length : 0;
    if (bodiless)
        x->head_only = true;
    return 0;
}

static int send_parts(frond_http_exchange *x, const frond_buf *parts, size_t n,
                      frond_deadline d) {
    int rc = frond_writev(x->input->stream, parts, n, NULL, d);
    if (rc < 0)
        x->broken = true; /* some of it may be out: nothing can follow */
    return rc;
}

int frond_http_respond(frond_http_exchange *x, int status, const char *const *headers,
                       const void *body, size_t len, frond_deadline d) {
    int rc = begin(x, status, headers, (int64_t)len);
    if (rc < 0)
        return rc;
    frond_buf parts[2] = {{x->out.data, x->out.len}, {body, len}};
    x->left = 0;
    return send_parts(x, parts, len && !x->head_only ? 2 : 1, d);
}

int frond_http_respond_begin(frond_http_exchange *x, int status,
                             const char *const *headers, int64_t length,
                             frond_deadline d) {
    int rc = begin(x, status, headers, length);
    if (rc < 0)
        return rc;
    frond_buf part = {x->out.data, x->out.len};
    return send_parts(x, &part, 1, d);
}

int frond_http_respond_write(frond_http_exchange *x, const void *buf, size_t len,
                             frond_deadline d) {
    if (!x || !x->answered || (!buf && len))
        return frond_fail_set(FROND_EINVAL, "http response");
    if (x->head_only || len == 0)
        return 0;
    if (x->chunked) {
        char size[20];
        int n = snprintf(size, sizeof size, "%zx\r\n", len);
        frond_buf parts[3] = {{size, (size_t)n}, {buf, len}, {"\r\n", 2}};
        return send_parts(x, parts, 3, d);
    }
    if (!x->until_close) {
        if (len > x->left)
            return frond_fail_text(FROND_EINVAL, "http response: more than announced");
        x->left -= len;
    }
    frond_buf part = {buf, len};
    return send_parts(x, &part, 1, d);
}

static bool skip_request(frond_http_exchange *x) {
    char scrap[4096];
    size_t skipped = 0;
    int64_t n = 1;
    while (n > 0 && skipped < MOST_SKIP) {
        n = frond__http_body_read(&x->body, x->input, scrap, sizeof scrap,
                                  io_deadline(x));
        skipped += n > 0 ? (size_t)n : 0;
    }
    return n == 0;
}

bool frond__http_exchange_end(frond_http_exchange *x) {
    static const char *const plain[] = {"Content-Type: text/plain", NULL};
    if (!x->answered && !x->broken)
        frond_http_respond(x, 500, plain, "no answer\n", 10, io_deadline(x));
    if (x->chunked && !x->head_only && !x->broken) {
        frond_buf last = {"0\r\n\r\n", 5};
        send_parts(x, &last, 1, io_deadline(x));
    }
    if (x->broken || !x->keep_alive || (x->left && !x->head_only))
        return false;
    return x->body.ended || skip_request(x);
}

void frond__http_exchange_free(frond_http_exchange *x) {
    frond__http_head_free(&x->head);
    frond__http_body_free(&x->body);
    frond__http_out_free(&x->out);
    frond_free(x->head_text);
}
