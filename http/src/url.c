/* SPDX-License-Identifier: MIT */
/* Reads and resolves URLs.  A reference is split by the delimiters alone (RFC 3986
 * appendix B), its components are chosen (5.2.2), and one builder writes the chosen
 * components in normal form into one block.  The builder never writes more than room()
 * has counted. */
#include <frond/url.h>

#include "ascii.h"
#include "url_host.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

#include <string.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443, PORT_MAX = 65535 };

/* A piece of somebody's text; at is NULL when the component is absent. */
struct view {
    const char *at;
    size_t len;
};

struct parts {
    struct view scheme, authority, folder, path, query,
        fragment;          /* folder goes before path */
    const frond_url *base; /* gives scheme and authority where they are absent; or NULL */
};

/* Scheme, user, host and port as decided, before they are copied. */
struct site {
    const char *scheme;
    struct view userinfo;
    struct frond__url_host host;
    int port;
};

/* The block being filled; capacity was counted beforehand. */
struct writer {
    char *at;
};

/* ---- failures ---- */

static int refuse(int code, const char *reason, size_t at) {
    return frond_fail_text(code, "url: %s (byte %zu)", reason, at);
}

/* ---- splitting ---- */

static struct view view(const char *at, size_t len) {
    struct view v = {at, len};
    return v;
}

/* The length of the scheme before ':', 0 when the text does not begin with one. */
static size_t scheme_length(const char *text, size_t len) {
    size_t n = 0;
    while (n < len && (frond__ascii_alpha(text[n]) ||
                       (n > 0 && (frond__ascii_digit(text[n]) || text[n] == '+' ||
                                  text[n] == '-' || text[n] == '.'))))
        n++;
    return n < len && text[n] == ':' ? n : 0;
}

static size_t until(const char *text, size_t at, size_t end, const char *stops) {
    while (at < end && strchr(stops, text[at]) == NULL)
        at++;
    return at;
}

static void split(const char *text, size_t len, struct parts *p) {
    memset(p, 0, sizeof *p);
    size_t at = scheme_length(text, len);
    if (at > 0)
        p->scheme = view(text, at++);
    if (len - at >= 2 && text[at] == '/' && text[at + 1] == '/') {
        size_t end = until(text, at + 2, len, "/?#");
        p->authority = view(text + at + 2, end - at - 2);
        at = end;
    }
    size_t end = until(text, at, len, "?#");
    p->path = view(text + at, end - at);
    at = end;
    if (at < len && text[at] == '?') {
        end = until(text, at + 1, len, "#");
        p->query = view(text + at + 1, end - at - 1);
        at = end;
    }
    if (at < len)
        p->fragment = view(text + at + 1, len - at - 1);
}

static int check_text(const char *text, size_t len) {
    if (len > FROND_URL_MAX)
        return refuse(FROND_EHTTP_URL, "longer than 65536 bytes", len);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return refuse(FROND_EHTTP_URL, "control character", i);
    return 0;
}

/* ---- scheme and authority ---- */

static int read_scheme(struct site *s, const struct parts *p) {
    if (p->scheme.at == NULL)
        return refuse(FROND_EHTTP_URL, "no scheme such as http://", 0);
    s->scheme = frond__ascii_equal(p->scheme.at, p->scheme.len, "http")    ? "http"
                : frond__ascii_equal(p->scheme.at, p->scheme.len, "https") ? "https"
                                                                           : NULL;
    if (s->scheme == NULL)
        return refuse(FROND_EHTTP_SCHEME, "scheme is not http or https", 0);
    s->port = s->scheme[4] == 's' ? PORT_HTTPS : PORT_HTTP;
    return 0;
}

/* Strict here, where the path is lenient: a backslash or a second '@' would let two
 * readers see two different hosts. */
static int check_userinfo(struct view v, size_t at) {
    for (size_t i = 0; i < v.len; i++) {
        char c = v.at[i];
        if (c == '%') {
            if (v.len - i < 3 || frond__ascii_hex(v.at[i + 1]) < 0 ||
                frond__ascii_hex(v.at[i + 2]) < 0)
                return refuse(FROND_EHTTP_URL,
                              "'%' in user without two hexadecimal digits", at + i);
            i += 2;
        } else if (c != ':' &&
                   !frond__ascii_is(c, FROND__ASCII_UNRESERVED | FROND__ASCII_SUBDELIM)) {
            return refuse(FROND_EHTTP_URL,
                          "the user has a byte that must be percent-encoded", at + i);
        }
    }
    return 0;
}

/* An empty port is the default one (RFC 3986 3.2.3). */
static int read_port(struct site *s, struct view v, size_t at) {
    int port = 0;
    for (size_t i = 0; i < v.len; i++) {
        if (!frond__ascii_digit(v.at[i]))
            return refuse(FROND_EHTTP_URL, "port is not a number", at + i);
        port = port * 10 + (v.at[i] - '0');
        if (port > PORT_MAX)
            return refuse(FROND_EHTTP_URL, "port is over 65535", at);
    }
    if (v.len == 0)
        return 0;
    if (port == 0)
        return refuse(FROND_EHTTP_URL, "port is 0", at);
    s->port = port;
    return 0;
}

/* Where the port's ':' stands in "host:port" or "[v6]:port"; len when there is none. */
static size_t find_port(const char *text, size_t len) {
    size_t at = 0;
    if (len > 0 && text[0] == '[')
        while (at < len && text[at] != ']')
            at++;
    while (at < len && text[at] != ':')
        at++;
    return at;
}

static int read_authority(struct site *s, struct view a, size_t offset) {
    const char *sign = a.len > 0 ? memchr(a.at, '@', a.len) : NULL;
    if (sign != NULL) {
        s->userinfo = view(a.at, (size_t)(sign - a.at));
        int r = check_userinfo(s->userinfo, offset);
        if (r < 0)
            return r;
        offset += s->userinfo.len + 1;
        a = view(sign + 1, a.len - s->userinfo.len - 1);
    }
    size_t colon = find_port(a.at, a.len);
    int r = frond__url_host(&s->host, a.at, colon);
    if (r < 0)
        return refuse(r, s->host.reason, offset + s->host.at);
    if (colon == a.len)
        return 0;
    return read_port(s, view(a.at + colon + 1, a.len - colon - 1), offset + colon + 1);
}

static void take_authority(struct site *s, const frond_url *base) {
    memset(&s->host, 0, sizeof s->host);
    strncpy(s->host.name, base->host, sizeof s->host.name - 1);
    if (base->zone != NULL)
        strncpy(s->host.zone, base->zone, sizeof s->host.zone - 1);
    s->host.kind = base->kind;
    s->port = base->port;
    if (base->userinfo != NULL)
        s->userinfo = view(base->userinfo, strlen(base->userinfo));
}

static int decide_site(struct site *s, const struct parts *p, const char *text) {
    memset(s, 0, sizeof *s);
    if (p->scheme.at == NULL && p->base != NULL) {
        s->scheme = p->base->scheme;
        s->port = s->scheme[4] == 's' ? PORT_HTTPS : PORT_HTTP;
    } else {
        int r = read_scheme(s, p);
        if (r < 0)
            return r;
    }
    if (p->authority.at != NULL)
        return read_authority(s, p->authority, (size_t)(p->authority.at - text));
    if (p->scheme.at != NULL || p->base == NULL)
        return refuse(FROND_EHTTP_URL, "no // after the scheme", p->scheme.len + 1);
    take_authority(s, p->base);
    return 0;
}

/* ---- building ---- */

/* How many bytes encode() writes at most. */
static size_t room(struct view v) {
    size_t n = v.len;
    for (size_t i = 0; i < v.len; i++)
        if (!frond__ascii_is(v.at[i], FROND__ASCII_QUERY))
            n += 2;
    return n + 1;
}

static void put(struct writer *w, const char *text, size_t len) {
    if (len > 0)
        memcpy(w->at, text, len);
    w->at += len;
}

static const char *put_string(struct writer *w, const char *text, size_t len) {
    const char *start = w->at;
    put(w, text, len);
    *w->at++ = '\0';
    return start;
}

static void put_escape(struct writer *w, unsigned char c) {
    static const char digits[] = "0123456789ABCDEF";
    *w->at++ = '%';
    *w->at++ = digits[c >> 4];
    *w->at++ = digits[c & 15];
}

/* The normal form of a component: classes stand raw, all else is percent-encoded; an
 * encoded unreserved byte is decoded (6.2.2.2); a '%' that encodes nothing is a literal
 * one. */
static void encode(struct writer *w, struct view v, unsigned classes) {
    for (size_t i = 0; i < v.len; i++) {
        char c = v.at[i];
        int high = -1, low = -1;
        if (c == '%' && v.len - i > 2) {
            high = frond__ascii_hex(v.at[i + 1]);
            low = frond__ascii_hex(v.at[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            c = (char)(high * 16 + low);
            i += 2;
            if (frond__ascii_is(c, FROND__ASCII_UNRESERVED))
                *w->at++ = c;
            else
                put_escape(w, (unsigned char)c);
        } else if (frond__ascii_is(c, classes)) {
            *w->at++ = c;
        } else {
            put_escape(w, (unsigned char)c);
        }
    }
}

/* RFC 3986 5.2.4 in place, from start (a '/') to w->at: what is kept only ever moves
 * left. */
static void remove_dots(struct writer *w, char *start) {
    char *in = start, *end = w->at, *out = start;
    while (in < end) {
        char *next = in + 1;
        while (next < end && *next != '/')
            next++;
        size_t len = (size_t)(next - in);
        int dot = len == 2 && in[1] == '.';
        int dots = len == 3 && in[1] == '.' && in[2] == '.';
        if (dots)
            while (out > start && *--out != '/') {}
        if (dot || dots) {
            if (next == end)
                *out++ = '/';
        } else {
            memmove(out, in, len);
            out += len;
        }
        in = next;
    }
    w->at = out;
}

static const char *put_path(struct writer *w, const struct parts *p) {
    char *start = w->at;
    if (p->folder.len == 0 && (p->path.len == 0 || p->path.at[0] != '/'))
        *w->at++ = '/';
    encode(w, p->folder, FROND__ASCII_PATH);
    encode(w, p->path, FROND__ASCII_PATH);
    remove_dots(w, start);
    *w->at++ = '\0';
    return start;
}

static const char *put_encoded(struct writer *w, struct view v, unsigned classes) {
    if (v.at == NULL)
        return NULL;
    const char *start = w->at;
    encode(w, v, classes);
    *w->at++ = '\0';
    return start;
}

static void put_host(struct writer *w, const struct site *s, frond_url *out) {
    size_t len = strlen(s->host.name), zone = strlen(s->host.zone);
    out->host = put_string(w, s->host.name, len);
    out->zone = zone > 0 ? put_string(w, s->host.zone, zone) : NULL;
    out->dial = out->host;
    if (zone == 0)
        return;
    out->dial = w->at;
    put(w, s->host.name, len);
    put(w, "%", 1);
    put_string(w, s->host.zone, zone);
}

static int build(const struct parts *p, const struct site *s, frond_url *out) {
    size_t cap = sizeof "https" + room(s->userinfo) + 2 * sizeof s->host.name +
                 2 * sizeof s->host.zone + 2 + room(p->folder) + room(p->path) +
                 room(p->query) + room(p->fragment);
    char *block = frond_alloc(cap);
    if (block == NULL)
        return frond_fail_set(FROND_ENOMEM, "url");
    struct writer w = {block};
    out->block = block;
    out->scheme = put_string(&w, s->scheme, strlen(s->scheme));
    out->userinfo = put_encoded(&w, s->userinfo, FROND__ASCII_PATH);
    put_host(&w, s, out);
    out->path = put_path(&w, p);
    out->query = put_encoded(&w, p->query, FROND__ASCII_QUERY);
    out->fragment = put_encoded(&w, p->fragment, FROND__ASCII_QUERY);
    out->port = s->port;
    out->kind = s->host.kind;
    return 0;
}

/* ---- verbs ---- */

int frond_url_parse(const char *text, size_t len, frond_url *out) {
    if (out == NULL)
        return frond_fail_set(FROND_EINVAL, "url parse");
    memset(out, 0, sizeof *out);
    if (text == NULL)
        return frond_fail_set(FROND_EINVAL, "url parse");
    int r = check_text(text, len);
    if (r < 0)
        return r;
    struct parts p;
    struct site s;
    split(text, len, &p);
    r = decide_site(&s, &p, text);
    return r < 0 ? r : build(&p, &s, out);
}

/* RFC 3986 5.2.2 for a reference without scheme and authority, 5.2.3 included. */
static void merge(struct parts *p, const frond_url *base) {
    if (p->path.len == 0) {
        p->path = view(base->path, strlen(base->path));
        if (p->query.at == NULL && base->query != NULL)
            p->query = view(base->query, strlen(base->query));
    } else if (p->path.at[0] != '/') {
        size_t folder = strlen(base->path);
        while (folder > 0 && base->path[folder - 1] != '/')
            folder--;
        p->folder = view(base->path, folder);
    }
}

int frond_url_resolve(const frond_url *base, const char *text, size_t len,
                      frond_url *out) {
    if (out == NULL || out == base)
        return frond_fail_set(FROND_EINVAL, "url resolve");
    memset(out, 0, sizeof *out);
    if (text == NULL || base == NULL || base->host == NULL)
        return frond_fail_set(FROND_EINVAL, "url resolve");
    int r = check_text(text, len);
    if (r < 0)
        return r;
    struct parts p;
    struct site s;
    split(text, len, &p);
    p.base = base;
    r = decide_site(&s, &p, text);
    if (r < 0)
        return r;
    if (p.scheme.at == NULL && p.authority.at == NULL)
        merge(&p, base);
    return build(&p, &s, out);
}

int frond_url_same_origin(const frond_url *a, const frond_url *b) {
    return a->port == b->port && strcmp(a->scheme, b->scheme) == 0 &&
           strcmp(a->dial, b->dial) == 0;
}

void frond_url_free(frond_url *url) {
    if (url == NULL)
        return;
    frond_free(url->block);
    memset(url, 0, sizeof *url);
}
