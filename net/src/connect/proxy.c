/* SPDX-License-Identifier: MIT */
/* SOCKS5 (RFC 1928, user and password by RFC 1929) and HTTP CONNECT (RFC 9110, section 9.3.6). */
#include "connect/proxy.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/name.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HEAD = 16 * 1024, MOST_TEXT = 255 };

/* ---- the URL ---- */

static int bad(const char *url, const char *why) {
    return frond_fail_text(FROND_EINVAL, "proxy \"%.200s\": %s", url, why);
}

static int hex(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A part of the URL, %-escapes undone. */
static bool take(const char *from, size_t n, char out[MOST_TEXT + 1]) {
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        char c = from[i];
        if (c == '%' && i + 2 < n && hex(from[i + 1]) >= 0 && hex(from[i + 2]) >= 0) {
            c = (char)(hex(from[i + 1]) * 16 + hex(from[i + 2]));
            i += 2;
        }
        if (used == MOST_TEXT || !c)
            return false;
        out[used++] = c;
    }
    out[used] = '\0';
    return true;
}

static const struct {
    const char *scheme;
    frond__proxy_kind kind;
    int port;
} schemes[] = {{"http://", FROND__PROXY_HTTP, 8080},
               {"socks5://", FROND__PROXY_SOCKS5, 1080},
               {"socks5h://", FROND__PROXY_SOCKS5H, 1080}};

/* A scheme may be in capitals, too. */
static bool begins_with(const char *url, const char *scheme) {
    for (; *scheme; url++, scheme++)
        if ((*url >= 'A' && *url <= 'Z' ? *url + ('a' - 'A') : *url) != *scheme)
            return false;
    return true;
}

static const char *take_scheme(const char *url, frond__proxy *p) {
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t n = strlen(schemes[i].scheme);
        if (begins_with(url, schemes[i].scheme)) {
            p->kind = schemes[i].kind;
            p->port = schemes[i].port;
            return url + n;
        }
    }
    return NULL;
}

/* "host", "host:port", "[::1]:port". */
static bool take_host(const char *at, size_t n, frond__proxy *p) {
    const char *end = at + n, *colon = NULL;
    for (const char *c = at; c < end && *at != '['; c++)
        colon = *c == ':' ? c : colon;
    if (*at == '[') {
        const char *close = memchr(at, ']', n);
        if (!close)
            return false;
        colon = close + 1 < end ? close + 1 : NULL;
        if (colon && *colon != ':')
            return false;
        if (!take(at + 1, (size_t)(close - at - 1), p->host))
            return false;
    } else if (!take(at, (size_t)((colon ? colon : end) - at), p->host)) {
        return false;
    }
    if (colon) {
        char *stopped;
        long port = strtol(colon + 1, &stopped, 10);
        if (stopped != end || stopped == colon + 1 || port < 1 || port > 65535)
            return false;
        p->port = (int)port;
    }
    return p->host[0] != '\0';
}

int frond__proxy_parse(const char *url, frond__proxy *p) {
    memset(p, 0, sizeof *p);
    const char *at = take_scheme(url, p);
    if (!at)
        return bad(url, "not http://, socks5:// or socks5h://");
    size_t n = strcspn(at, "/?#");
    if (strcmp(at + n, "/") != 0 && at[n])
        return bad(url, "there is more behind the host");
    const char *user_end = NULL;
    for (size_t i = 0; i < n; i++)
        user_end = at[i] == '@' ? at + i : user_end;
    if (user_end) {
        size_t whole = (size_t)(user_end - at), name = whole;
        const char *colon = memchr(at, ':', whole);
        name = colon ? (size_t)(colon - at) : whole;
        p->has_user = true;
        if (!take(at, name, p->user) ||
            (colon && !take(colon + 1, whole - name - 1, p->password)))
            return bad(url, "user or password is too long");
        n -= whole + 1;
        at = user_end + 1;
    }
    return take_host(at, n, p) ? 0 : bad(url, "its host or port cannot be");
}

/* ---- HTTP ---- */

static void to_base64(const char *in, char *out) {
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strlen(in), used = 0;
    for (size_t i = 0; i < n; i += 3) {
        unsigned bits = (unsigned)(unsigned char)in[i] << 16;
        bits |= i + 1 < n ? (unsigned)(unsigned char)in[i + 1] << 8 : 0;
        bits |= i + 2 < n ? (unsigned)(unsigned char)in[i + 2] : 0;
        out[used++] = digits[bits >> 18];
        out[used++] = digits[bits >> 12 & 63];
        out[used++] = i + 1 < n ? digits[bits >> 6 & 63] : '=';
        out[used++] = i + 2 < n ? digits[bits & 63] : '=';
    }
    out[used] = '\0';
}

static int send_connect(const frond__proxy *p, frond_stream *s, const char *host,
                        int port, frond_deadline d) {
    char plain[2 * MOST_TEXT + 4], coded[4 * MOST_TEXT], user[4 * MOST_TEXT + 64] = "";
    char head[6 * MOST_TEXT + 1200];
    bool six = strchr(host, ':') != NULL && host[0] != '[';
    if (p->has_user) {
        snprintf(plain, sizeof plain, "%s:%s", p->user, p->password);
        to_base64(plain, coded);
        snprintf(user, sizeof user, "Proxy-Authorization: Basic %s\r\n", coded);
    }
    const char *open = six ? "[" : "", *close = six ? "]" : "";
    int n = snprintf(head, sizeof head,
                     "CONNECT %s%.255s%s:%d HTTP/1.1\r\nHost: %s%.255s%s:%d\r\n%s\r\n",
                     open, host, close, port, open, host, close, port, user);
    return frond_write(s, head, (size_t)n, NULL, d);
}

/* What a status stands for; the text has it, too. */
static int judge_status(const char *line) {
    int status =
        strncmp(line, "HTTP/1.", 7) == 0 && strlen(line) > 11 ? atoi(line + 9) : 0;
    if (status >= 200 && status < 300)
        return 0;
    int rc = status == 0                                       ? FROND_EPROTO
             : status == 401 || status == 403 || status == 407 ? FROND_EACCES
             : status == 504                                   ? FROND_ETIMEDOUT
             : status == 502 || status == 503                  ? FROND_EHOSTUNREACH
                                                               : FROND_ECONNREFUSED;
    return frond_fail_text(rc, "answers \"%.*s\"", (int)strcspn(line, "\r\n"), line);
}

static const char *end_of_head(const char *head, size_t n) {
    for (size_t i = 0; i + 3 < n; i++)
        if (memcmp(head + i, "\r\n\r\n", 4) == 0)
            return head + i + 4;
    return NULL;
}

/* What comes behind the answer's head is the other side's. */
static int read_answer(frond_stream *s, char *head, frond_deadline d) {
    size_t n = 0;
    const char *end = NULL;
    while (!end) {
        int64_t got = n < MOST_HEAD ? frond_read(s, head + n, MOST_HEAD - n, d) : 0;
        if (got < 0)
            return (int)got;
        if (got == 0)
            return frond_fail_text(FROND_EPROTO, n < MOST_HEAD
                                                     ? "closes before it answers"
                                                     : "answers without end");
        n += (size_t)got;
        end = end_of_head(head, n);
    }
    int rc = frond_unread(s, end, n - (size_t)(end - head));
    head[end - head - 1] = '\0';
    return rc < 0 ? rc : judge_status(head);
}

static int ask_http(const frond__proxy *p, frond_stream *s, const char *host, int port,
                    frond_deadline d) {
    char head[MOST_HEAD];
    int rc = send_connect(p, s, host, port, d);
    return rc < 0 ? rc : read_answer(s, head, d);
}

/* ---- SOCKS5 ---- */

enum { VERSION = 5, NO_AUTH = 0, BY_PASSWORD = 2, CONNECT = 1, BY_NAME = 3 };

static int read_all(frond_stream *s, void *buf, size_t n, frond_deadline d) {
    int rc = frond_read_exact(s, buf, n, NULL, d);
    return rc == FROND_EOF ? frond_fail_text(FROND_EPROTO, "closes before it answers")
                           : rc;
}

static int log_in(const frond__proxy *p, frond_stream *s, frond_deadline d) {
    uint8_t ask[3 + 2 * MOST_TEXT], answer[2];
    size_t user = strlen(p->user), password = strlen(p->password), n = 0;
    ask[n++] = 1;
    ask[n++] = (uint8_t)user;
    memcpy(ask + n, p->user, user);
    n += user;
    ask[n++] = (uint8_t)password;
    memcpy(ask + n, p->password, password);
    n += password;
    int rc = frond_write(s, ask, n, NULL, d);
    if (rc < 0 || (rc = read_all(s, answer, sizeof answer, d)) < 0)
        return rc;
    return answer[1] ? frond_fail_text(FROND_EACCES, "refuses user \"%s\"", p->user) : 0;
}

static int greet(const frond__proxy *p, frond_stream *s, frond_deadline d) {
    uint8_t hello[4] = {VERSION, p->has_user ? 2 : 1, NO_AUTH, BY_PASSWORD}, answer[2];
    int rc = frond_write(s, hello, p->has_user ? 4 : 3, NULL, d);
    if (rc < 0 || (rc = read_all(s, answer, sizeof answer, d)) < 0)
        return rc;
    if (answer[0] != VERSION)
        return frond_fail_text(FROND_EPROTO, "does not speak SOCKS5");
    if (answer[1] == BY_PASSWORD && p->has_user)
        return log_in(p, s, d);
    return answer[1] == NO_AUTH
               ? 0
               : frond_fail_text(FROND_EACCES,
                                 "wants to know who asks, in a way not offered");
}

static const struct {
    int code;
    const char *text;
} answers[] = {{0, "succeeded"},
               {FROND_EPROTO, "general failure"},
               {FROND_EACCES, "not allowed by its rules"},
               {FROND_ENETUNREACH, "network unreachable"},
               {FROND_EHOSTUNREACH, "host unreachable"},
               {FROND_ECONNREFUSED, "connection refused"},
               {FROND_EHOSTUNREACH, "too many hops"},
               {FROND_ENOTSUP, "command not supported"},
               {FROND_EAFNOSUPPORT, "address type not supported"}};

/* A numeric address as it is, a name by its text. */
static size_t put_target(uint8_t *out, const char *host, int port) {
    frond_addr a;
    size_t n = 0;
    if (frond_addr_parse(&a, host, port) == 0) {
        size_t len = a.family == FROND_IPV4 ? 4 : 16;
        out[n++] = a.family == FROND_IPV4 ? 1 : 4;
        memcpy(out + n, a.ip, len);
        n += len;
    } else {
        size_t len = strlen(host);
        out[n++] = BY_NAME;
        out[n++] = (uint8_t)len;
        memcpy(out + n, host, len);
        n += len;
    }
    out[n++] = (uint8_t)(port >> 8);
    out[n++] = (uint8_t)port;
    return n;
}

/* The address that the proxy uses is of no interest, but has to be read. */
static int skip_address(frond_stream *s, int type, frond_deadline d) {
    uint8_t rest[MOST_TEXT + 2], len = 0;
    int rc = type == BY_NAME ? read_all(s, &len, 1, d) : 0;
    size_t n = type == BY_NAME ? len : type == 1 ? 4u : 16u;
    return rc < 0 ? rc : read_all(s, rest, n + 2, d);
}

static int ask_socks(const frond__proxy *p, frond_stream *s, const char *host, int port,
                     bool *another, frond_deadline d) {
    uint8_t ask[MOST_TEXT + 10] = {VERSION, CONNECT, 0}, answer[4];
    if (strlen(host) > MOST_TEXT)
        return frond_fail_text(FROND_ENAMETOOLONG, "cannot be asked for so long a name");
    int rc = greet(p, s, d);
    if (rc < 0 ||
        (rc = frond_write(s, ask, 3 + put_target(ask + 3, host, port), NULL, d)) < 0 ||
        (rc = read_all(s, answer, sizeof answer, d)) < 0)
        return rc;
    size_t said = answer[1] < sizeof answers / sizeof answers[0] ? answer[1] : 1;
    *another = answer[1] != 0;
    if (answer[1])
        return frond_fail_text(answers[said].code, "cannot connect to %.255s:%d: %s",
                               host, port, answers[said].text);
    return skip_address(s, answer[3], d);
}

/* ---- either ---- */

int frond__proxy_ask(const frond__proxy *p, frond_stream *s, const char *host, int port,
                     bool *another, frond_deadline d) {
    *another = false;
    return p->kind == FROND__PROXY_HTTP ? ask_http(p, s, host, port, d)
                                        : ask_socks(p, s, host, port, another, d);
}

int frond__proxy_name(const char *host, char *room, const char **name) {
    bool ascii = true;
    *name = host;
    for (const char *c = host; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 127)
            return frond_fail_text(FROND_EINVAL, "not a host's name: \"%.100s\"", host);
        ascii = ascii && (unsigned char)*c < 128;
    }
    if (!*host)
        return frond_fail_text(FROND_EINVAL, "not a host's name: \"\"");
    if (ascii)
        return 0;
    *name = room;
    return frond_name_to_ascii(host, room);
}

int frond__proxy_fail(const frond__proxy *p, int rc) {
    char text[600];
    snprintf(text, sizeof text, "%s", frond_error_text());
    return frond_fail_text(rc, "proxy %s:%d: %s", p->host, p->port, text);
}
