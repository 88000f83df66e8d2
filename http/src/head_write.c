/* SPDX-License-Identifier: MIT */
/* Heads are checked with the tables the parser uses, so what is written here is what the
 * parser reads back. */
#include "head_write.h"

#include "ascii.h"

#include <frond/error.h>
#include <frond/impl/memory.h>

#include <stdio.h>
#include <string.h>

enum { FIRST_CAP = 512 };

static int fail(frond__http_out *out, int code, const char *reason) {
    if (out->result == 0) {
        out->result = code;
        out->reason = reason;
    }
    return out->result;
}

static int of(const char *text, size_t len, unsigned classes) {
    for (size_t i = 0; i < len; i++)
        if (!frond__ascii_is(text[i], classes))
            return 0;
    return 1;
}

static int put(frond__http_out *out, const char *text, size_t len) {
    if (out->result < 0)
        return out->result;
    if (len > out->cap - out->len) {
        size_t cap = out->cap == 0 ? FIRST_CAP : out->cap;
        while (cap - out->len < len && cap <= SIZE_MAX / 2)
            cap *= 2;
        char *data = cap - out->len < len ? NULL : frond_realloc(out->data, cap);
        if (data == NULL)
            return fail(out, FROND_ENOMEM, "out of memory");
        out->data = data;
        out->cap = cap;
    }
    if (len > 0)
        memcpy(out->data + out->len, text, len);
    out->len += len;
    return 0;
}

static int put_text(frond__http_out *out, const char *text) {
    return put(out, text, strlen(text));
}

int frond__http_out_request(frond__http_out *out, const char *method,
                            const char *target) {
    size_t n = strlen(method), m = strlen(target);
    if (n == 0 || !of(method, n, FROND__ASCII_TOKEN))
        return fail(out, FROND_EINVAL, "method is not a token");
    if (m == 0 || !of(target, m, FROND__ASCII_VCHAR) || memchr(target, '#', m) != NULL)
        return fail(out, FROND_EINVAL, "bad byte in request target");
    put(out, method, n);
    put(out, " ", 1);
    put(out, target, m);
    return put_text(out, " HTTP/1.1\r\n");
}

int frond__http_out_status(frond__http_out *out, int minor, int status,
                           const char *phrase) {
    if (status < 100 || status > 999 || minor < 0 || minor > 1)
        return fail(out, FROND_EINVAL, "no such status or version");
    if (phrase == NULL)
        phrase = frond__http_phrase(status);
    if (!of(phrase, strlen(phrase), FROND__ASCII_VALUE))
        return fail(out, FROND_EINVAL, "control character in phrase");
    char line[32];
    snprintf(line, sizeof line, "HTTP/1.%d %03d ", minor, status);
    put_text(out, line);
    put_text(out, phrase);
    return put_text(out, "\r\n");
}

int frond__http_out_field_n(frond__http_out *out, const char *name, size_t name_len,
                            const char *value, size_t len) {
    if (name_len == 0 || !of(name, name_len, FROND__ASCII_TOKEN))
        return fail(out, FROND_EINVAL, "field name is not a token");
    if (!of(value, len, FROND__ASCII_VALUE))
        return fail(out, FROND_EINVAL, "control character in field value");
    while (len > 0 && (value[0] == ' ' || value[0] == '\t')) {
        value++;
        len--;
    }
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    put(out, name, name_len);
    put(out, ": ", 2);
    put(out, value, len);
    return put(out, "\r\n", 2);
}

int frond__http_out_field(frond__http_out *out, const char *name, const char *value) {
    return frond__http_out_field_n(out, name, strlen(name), value, strlen(value));
}

int frond__http_out_number(frond__http_out *out, const char *name, uint64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return frond__http_out_field(out, name, text);
}

int frond__http_out_line(frond__http_out *out, const char *line) {
    const char *colon = strchr(line, ':');
    if (colon == NULL)
        return fail(out, FROND_EINVAL, "field without ':'");
    return frond__http_out_field_n(out, line, (size_t)(colon - line), colon + 1,
                                   strlen(colon + 1));
}

int frond__http_out_end(frond__http_out *out) {
    return put(out, "\r\n", 2);
}

const char *frond__http_phrase(int status) {
    static const struct {
        int status;
        const char *phrase;
    } known[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].status == status)
            return known[i].phrase;
    return "";
}

void frond__http_out_reset(frond__http_out *out) {
    out->len = 0;
    out->result = 0;
    out->reason = NULL;
}

void frond__http_out_free(frond__http_out *out) {
    frond_free(out->data);
    memset(out, 0, sizeof *out);
}
