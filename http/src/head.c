/* SPDX-License-Identifier: MIT */
/* The head parser looks for line ends with memchr and reads each line once, when it is
 * whole; a line without an end is bounded by the limit.  Only the first bytes are read
 * early, so that a peer that does not speak HTTP is refused at once instead of at the
 * limit. */
#include "head.h"

#include "ascii.h"

#include <frond/error.h>
#include <frond/impl/memory.h>

#include <string.h>

enum {
    MAX_BYTES = 64 * 1024,
    MAX_BYTES_END = 1 << 30,
    MAX_FIELDS = 256,
    FIRST_FIELDS = 16
};

/* One line without its end; at is where it begins in the head. */
struct line {
    const char *text;
    size_t len, at;
};

static int fail(frond__http_head *h, int code, const char *reason, size_t at) {
    h->reason = reason;
    h->at = at;
    h->result = code;
    return code;
}

static int malformed(frond__http_head *h, const char *reason, size_t at) {
    return fail(h, FROND_EHTTP_PROTOCOL, reason, at);
}

static frond__http_span span(size_t at, size_t len) {
    frond__http_span s = {(uint32_t)at, (uint32_t)len};
    return s;
}

/* How many bytes from the start of text are of these classes. */
static size_t run(const char *text, size_t len, unsigned classes) {
    size_t n = 0;
    while (n < len && frond__ascii_is(text[n], classes))
        n++;
    return n;
}

void frond__http_head_init(frond__http_head *h, int kind,
                           const frond__http_head_limits *limits) {
    memset(h, 0, sizeof *h);
    h->kind = kind;
    if (limits != NULL)
        h->limits = *limits;
    if (h->limits.max_bytes == 0)
        h->limits.max_bytes = MAX_BYTES;
    if (h->limits.max_bytes > MAX_BYTES_END)
        h->limits.max_bytes = MAX_BYTES_END;
    if (h->limits.max_fields == 0)
        h->limits.max_fields = MAX_FIELDS;
    h->started = kind == FROND__HTTP_TRAILER;
}

void frond__http_head_reset(frond__http_head *h) {
    frond__http_head old = *h;
    frond__http_head_init(h, old.kind, &old.limits);
    h->fields = old.fields;
    h->cap_fields = old.cap_fields;
}

/* ---- start line ---- */

/* "HTTP/1.0" or "HTTP/1.1", 8 bytes. */
static int version(frond__http_head *h, const char *text, size_t at) {
    if (memcmp(text, "HTTP/", 5) != 0)
        return malformed(h, "not HTTP", at);
    if (text[5] != '1' || text[6] != '.' || (text[7] != '0' && text[7] != '1'))
        return malformed(h, "HTTP version is not 1.0 or 1.1", at + 5);
    h->minor = text[7] - '0';
    return 0;
}

static int status_line(frond__http_head *h, struct line l) {
    if (l.len < 8)
        return malformed(h, "not HTTP", l.at);
    int r = version(h, l.text, l.at);
    if (r < 0)
        return r;
    if (l.len < 12 || l.text[8] != ' ' || run(l.text + 9, 3, FROND__ASCII_HEX) != 3)
        return malformed(h, "no status of three digits", l.at + 8);
    for (size_t i = 9; i < 12; i++) {
        if (!frond__ascii_digit(l.text[i]))
            return malformed(h, "no status of three digits", l.at + i);
        h->status = h->status * 10 + (l.text[i] - '0');
    }
    if (h->status < 100)
        return malformed(h, "status is under 100", l.at + 9);
    if (l.len == 12) {
        /* RFC 9112 wants the space; servers without a phrase leave it out. */
        h->reason_phrase = span(l.at + 12, 0);
        return 0;
    }
    if (l.text[12] != ' ')
        return malformed(h, "status is not three digits", l.at + 12);
    size_t n = run(l.text + 13, l.len - 13, FROND__ASCII_VALUE);
    if (n != l.len - 13)
        return malformed(h, "control character in status line", l.at + 13 + n);
    h->reason_phrase = span(l.at + 13, n);
    return 0;
}

/* RFC 9112 3.2: which of the four forms, and whether it suits the method. */
static int target_form(frond__http_head *h, const char *method, size_t method_len,
                       struct line t) {
    int connect = method_len == 7 && memcmp(method, "CONNECT", 7) == 0;
    if (connect) {
        if (memchr(t.text, ':', t.len) == NULL || memchr(t.text, '/', t.len) != NULL)
            return malformed(h, "CONNECT without host:port", t.at);
        h->form = FROND__HTTP_TARGET_AUTHORITY;
    } else if (t.text[0] == '/') {
        h->form = FROND__HTTP_TARGET_PATH;
    } else if (t.len == 1 && t.text[0] == '*') {
        if (method_len != 7 || memcmp(method, "OPTIONS", 7) != 0)
            return malformed(h, "target * is for OPTIONS only", t.at);
        h->form = FROND__HTTP_TARGET_SERVER;
    } else if ((t.len > 7 && frond__ascii_equal(t.text, 7, "http://")) ||
               (t.len > 8 && frond__ascii_equal(t.text, 8, "https://"))) {
        h->form = FROND__HTTP_TARGET_URL;
    } else {
        return malformed(h, "request target is neither a path nor a URL", t.at);
    }
    return 0;
}

static int request_line(frond__http_head *h, struct line l) {
    size_t method = run(l.text, l.len, FROND__ASCII_TOKEN);
    if (method == 0)
        return malformed(h, "not an HTTP request", l.at);
    if (method == l.len || l.text[method] != ' ')
        return malformed(h, "no space after the method", l.at + method);
    size_t from = method + 1;
    size_t target = run(l.text + from, l.len - from, FROND__ASCII_VCHAR);
    if (target == 0)
        return malformed(h, "no request target", l.at + from);
    if (from + target == l.len)
        return malformed(h, "no HTTP version", l.at + l.len);
    if (l.text[from + target] != ' ')
        return malformed(h, "bad byte in request target", l.at + from + target);
    const char *hash = memchr(l.text + from, '#', target);
    if (hash != NULL)
        return malformed(h, "fragment in request target", l.at + (size_t)(hash - l.text));
    if (l.len - from - target - 1 != 8)
        return malformed(h, "not HTTP", l.at + from + target + 1);
    int r = version(h, l.text + from + target + 1, l.at + from + target + 1);
    if (r < 0)
        return r;
    h->method = span(l.at, method);
    h->target = span(l.at + from, target);
    struct line t = {l.text + from, target, l.at + from};
    return target_form(h, l.text, method, t);
}

/* Bytes that can never become a start line are refused before the line's end comes. */
static int early(frond__http_head *h, const char *text, size_t len) {
    if (len == 0)
        return 0;
    if (h->kind == FROND__HTTP_RESPONSE) {
        size_t n = len < 7 ? len : 7;
        if (memcmp(text, "HTTP/1.", n < 5 ? n : 5) != 0)
            return malformed(h, "not HTTP", h->line);
        if (memcmp(text, "HTTP/1.", n) != 0)
            return malformed(h, "HTTP version is not 1.0 or 1.1", h->line + 5);
    } else if (!frond__ascii_is(text[0], FROND__ASCII_TOKEN)) {
        int blank = text[0] == '\r' && !h->skipped && (len < 2 || text[1] == '\n');
        if (!blank)
            return malformed(h, "not an HTTP request", h->line);
    }
    return 0;
}

/* ---- fields ---- */

static int add_field(frond__http_head *h, frond__http_field f, size_t at) {
    if (h->n_fields == h->limits.max_fields)
        return fail(h, FROND_EHTTP_HEAD_SIZE, "too many fields", at);
    if (h->n_fields == h->cap_fields) {
        size_t cap = h->cap_fields == 0 ? FIRST_FIELDS : 2 * h->cap_fields;
        void *more = NULL;
        if (cap <= SIZE_MAX / sizeof *h->fields)
            more = frond_realloc(h->fields, cap * sizeof *h->fields);
        if (more == NULL)
            return fail(h, FROND_ENOMEM, "out of memory", at);
        h->fields = more;
        h->cap_fields = cap;
    }
    h->fields[h->n_fields++] = f;
    return 0;
}

static int field_line(frond__http_head *h, struct line l) {
    if (l.text[0] == ' ' || l.text[0] == '\t')
        return malformed(h, "folded line, or white space before the first field", l.at);
    size_t name = run(l.text, l.len, FROND__ASCII_TOKEN);
    if (name == l.len)
        return malformed(h, "field without ':'", l.at);
    if (name == 0)
        return malformed(h, "field without a name", l.at);
    if (l.text[name] != ':')
        return malformed(h,
                         l.text[name] == ' ' || l.text[name] == '\t'
                             ? "white space before ':'"
                             : "bad byte in field name",
                         l.at + name);
    size_t from = name + 1, end = l.len;
    size_t n = run(l.text + from, end - from, FROND__ASCII_VALUE);
    if (n != end - from)
        return malformed(h, "control character in field value", l.at + from + n);
    while (from < end && (l.text[from] == ' ' || l.text[from] == '\t'))
        from++;
    while (end > from && (l.text[end - 1] == ' ' || l.text[end - 1] == '\t'))
        end--;
    frond__http_field f = {span(l.at, name), span(l.at + from, end - from)};
    return add_field(h, f, l.at);
}

/* RFC 9112 3.2: HTTP/1.1 requests name their host exactly once, and plausibly. */
static int check_host(frond__http_head *h, const char *buf) {
    size_t n = frond__http_head_count(h, buf, "host");
    if (n == 0 && h->minor == 0)
        return 0;
    if (n != 1)
        return malformed(h, n == 0 ? "no Host field" : "more than one Host field", 0);
    frond__http_span v = h->fields[frond__http_head_find(h, buf, "host", 0)].value;
    for (uint32_t i = 0; i < v.len; i++) {
        char c = buf[v.at + i];
        if (!frond__ascii_is(c, FROND__ASCII_UNRESERVED | FROND__ASCII_SUBDELIM) &&
            c != ':' && c != '[' && c != ']' && c != '%')
            return malformed(h, "bad byte in Host field", v.at + i);
    }
    return 0;
}

/* ---- lines ---- */

/* An empty line: the end of the head, or the one that may stand before a request
 * (2.2). */
static int empty_line(frond__http_head *h, const char *buf, size_t next) {
    if (h->started) {
        if (h->kind == FROND__HTTP_REQUEST && check_host(h, buf) < 0)
            return (int)h->result;
        h->result = (int64_t)next;
    } else if (h->kind == FROND__HTTP_REQUEST && !h->skipped) {
        h->skipped = 1;
    } else {
        return malformed(h, "empty line instead of a start line", h->line);
    }
    return 0;
}

/* One line that ends before next, its LF the last byte. */
static int read_line(frond__http_head *h, const char *buf, size_t next) {
    struct line l = {buf + h->line, next - h->line - 1, h->line};
    if (l.len == 0 || l.text[l.len - 1] != '\r')
        return malformed(h, "line ends in LF without CR", next - 1);
    l.len--;
    const char *cr = memchr(l.text, '\r', l.len);
    if (cr != NULL)
        return malformed(h, "CR without LF", h->line + (size_t)(cr - l.text));
    if (l.len == 0)
        return empty_line(h, buf, next);
    if (h->started)
        return field_line(h, l);
    h->started = 1;
    return h->kind == FROND__HTTP_REQUEST ? request_line(h, l) : status_line(h, l);
}

int64_t frond__http_head_feed(frond__http_head *h, const char *buf, size_t len) {
    size_t end = len < h->limits.max_bytes ? len : h->limits.max_bytes;
    if (end < h->scanned)
        return h->result;
    while (h->result == 0) {
        if (!h->started && early(h, buf + h->line, end - h->line) < 0)
            break;
        const char *lf =
            end > h->scanned ? memchr(buf + h->scanned, '\n', end - h->scanned) : NULL;
        if (lf == NULL) {
            h->scanned = end;
            if (end == h->limits.max_bytes)
                fail(h, FROND_EHTTP_HEAD_SIZE, "head is over the limit", end);
            break;
        }
        size_t next = (size_t)(lf - buf) + 1;
        if (read_line(h, buf, next) < 0)
            break;
        h->line = h->scanned = next;
    }
    return h->result;
}

/* ---- looking things up ---- */

int frond__http_head_find(const frond__http_head *h, const char *buf, const char *name,
                          size_t from) {
    for (size_t i = from; i < h->n_fields; i++) {
        frond__http_span n = h->fields[i].name;
        if (frond__ascii_equal(buf + n.at, n.len, name))
            return (int)i;
    }
    return -1;
}

size_t frond__http_head_count(const frond__http_head *h, const char *buf,
                              const char *name) {
    size_t n = 0;
    for (int i = -1; (i = frond__http_head_find(h, buf, name, (size_t)(i + 1))) >= 0;)
        n++;
    return n;
}

int frond__http_list_next(const char *text, size_t len, size_t *at,
                          frond__http_span *item) {
    while (*at < len) {
        size_t from = *at, end = from;
        int quoted = 0;
        for (; end < len && (quoted || text[end] != ','); end++) {
            if (text[end] == '"')
                quoted = !quoted;
            if (quoted && text[end] == '\\' && end + 1 < len)
                end++;
        }
        *at = end < len ? end + 1 : len;
        while (from < end && (text[from] == ' ' || text[from] == '\t'))
            from++;
        while (end > from && (text[end - 1] == ' ' || text[end - 1] == '\t'))
            end--;
        *item = span(from, end - from);
        if (end > from)
            return 1;
    }
    return 0;
}

int frond__http_head_has_token(const frond__http_head *h, const char *buf,
                               const char *name, const char *token) {
    for (int i = -1; (i = frond__http_head_find(h, buf, name, (size_t)(i + 1))) >= 0;) {
        frond__http_span v = h->fields[i].value, item;
        for (size_t at = 0; frond__http_list_next(buf + v.at, v.len, &at, &item);) {
            const char *text = buf + v.at + item.at;
            size_t n = run(text, item.len, FROND__ASCII_TOKEN), rest = n;
            while (rest < item.len && (text[rest] == ' ' || text[rest] == '\t'))
                rest++;
            if (rest < item.len && text[rest] != ';')
                continue;
            if (frond__ascii_equal(text, n, token))
                return 1;
        }
    }
    return 0;
}

void frond__http_head_free(frond__http_head *h) {
    frond_free(h->fields);
    memset(h, 0, sizeof *h);
}
