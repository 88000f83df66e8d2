/* SPDX-License-Identifier: MIT */
/* Writes URLs back as text.  The strings of a frond_url are in normal form already, so
 * this only puts the delimiters between them; the zone alone is encoded here. */
#include <frond/url.h>

#include "ascii.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

#include <stdio.h>
#include <string.h>

/* Text that counts what does not fit, so that one pass serves measuring and writing. */
struct out {
    char *at;
    size_t cap, len;
};

static void put(struct out *o, const char *text) {
    size_t n = strlen(text);
    if (o->len < o->cap) {
        size_t fits = o->cap - o->len;
        memcpy(o->at + o->len, text, n < fits ? n : fits);
    }
    o->len += n;
}

static void put_zone(struct out *o, const char *zone) {
    put(o, "%25");
    for (; *zone != '\0'; zone++) {
        char text[4] = {*zone, '\0'};
        if (!frond__ascii_is(*zone, FROND__ASCII_UNRESERVED))
            snprintf(text, sizeof text, "%%%02X", (unsigned)(unsigned char)*zone);
        put(o, text);
    }
}

static void put_host(struct out *o, const frond_url *url, unsigned parts) {
    if (url->kind == FROND_URL_IPV6)
        put(o, "[");
    put(o, url->host);
    if ((parts & FROND_URL_ZONE) && url->zone != NULL)
        put_zone(o, url->zone);
    if (url->kind == FROND_URL_IPV6)
        put(o, "]");
    if (url->port != (url->scheme[4] == 's' ? 443 : 80)) {
        char port[16];
        snprintf(port, sizeof port, ":%d", url->port);
        put(o, port);
    }
}

static void put_after(struct out *o, const char *mark, const char *text) {
    if (text == NULL)
        return;
    put(o, mark);
    put(o, text);
}

size_t frond_url_format(const frond_url *url, unsigned parts, char *buf, size_t cap) {
    struct out o = {buf, cap > 0 ? cap - 1 : 0, 0};
    if (url->scheme != NULL) {
        if (parts & FROND_URL_SCHEME) {
            put(&o, url->scheme);
            put(&o, "://");
        }
        if ((parts & FROND_URL_USERINFO) && url->userinfo != NULL) {
            put(&o, url->userinfo);
            put(&o, "@");
        }
        if (parts & FROND_URL_HOST)
            put_host(&o, url, parts);
        if (parts & FROND_URL_PATH)
            put(&o, url->path);
        if (parts & FROND_URL_QUERY)
            put_after(&o, "?", url->query);
        if (parts & FROND_URL_FRAGMENT)
            put_after(&o, "#", url->fragment);
    }
    if (cap > 0)
        buf[o.len < o.cap ? o.len : o.cap] = '\0';
    return o.len;
}

char *frond_url_text(const frond_url *url, unsigned parts) {
    size_t len = frond_url_format(url, parts, NULL, 0);
    char *text = frond_alloc(len + 1);
    if (text == NULL) {
        frond_fail_set(FROND_ENOMEM, "url");
        return NULL;
    }
    frond_url_format(url, parts, text, len + 1);
    return text;
}
