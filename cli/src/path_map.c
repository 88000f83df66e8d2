/* SPDX-License-Identifier: MIT */
/* Each rule below is one that can be undone, so the whole can be undone and no two URLs
 * meet: the tests undo it.  Names are built whole, then made safe as names, then cut. */
#include "path_map.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

#include <stdio.h>
#include <string.h>

/* 255 is the limit of ext4, APFS and NTFS; marks and suffixes want room. */
enum { NAME_MOST = 240, FIRST_CAP = 256 };

static const char digits[] = "0123456789ABCDEF";

/* Text that grows; once memory ran out it stays as it is. */
struct text {
    char *data;
    size_t len, cap;
    int failed;
};

static void put(struct text *t, const char *data, size_t len) {
    if (t->failed)
        return;
    if (len > t->cap - t->len) {
        size_t cap = t->cap == 0 ? FIRST_CAP : t->cap;
        while (cap - t->len < len)
            cap *= 2;
        char *more = frond_realloc(t->data, cap);
        if (more == NULL) {
            t->failed = 1;
            return;
        }
        t->data = more;
        t->cap = cap;
    }
    if (len > 0)
        memcpy(t->data + t->len, data, len);
    t->len += len;
}

static void put_text(struct text *t, const char *data) {
    put(t, data, strlen(data));
}

static void put_escape(struct text *t, char c) {
    unsigned char byte = (unsigned char)c;
    char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
    put(t, escape, sizeof escape);
}

/* ---- bytes ---- */

static int is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

static char lower(char c) {
    return (char)(is_upper(c) ? c - 'A' + 'a' : c);
}

static int hex(char c) {
    if (is_digit(c))
        return c - '0';
    char l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* The byte that text begins with an escape of, or -1. */
static int escaped(const char *text, size_t len) {
    if (len < 3 || text[0] != '%' || hex(text[1]) < 0 || hex(text[2]) < 0)
        return -1;
    return hex(text[1]) * 16 + hex(text[2]);
}

static int among(int c, const char *set) {
    return c != 0 && strchr(set, c) != NULL;
}

/* ---- a name from a piece of a URL ---- */

/* A byte that stands raw in the URL. */
static void put_raw(struct text *name, const char *text, size_t len) {
    char c = text[0];
    /* LONGNA~1 may be another file's short name. */
    int short_name = c == '~' && len > 1 && is_digit(text[1]);
    if (c <= ' ' || c >= 0x7F || among(c, "\"%*/:<>?\\|") || short_name)
        put_escape(name, c);
    else
        put(name, &c, 1);
}

/* A byte that is percent-encoded in the URL.  Those that put_raw encodes too get an
 * encoded '%', for they are other bytes there than raw ones; those that a URL cannot hold
 * raw but a file system can are decoded. */
static void put_encoded(struct text *name, int byte) {
    char c = (char)byte;
    if (among(byte, " []^`{}")) {
        put(name, &c, 1);
    } else if (among(byte, "%*/:?")) {
        put_text(name, "%25");
        put(name, &digits[byte >> 4], 1);
        put(name, &digits[byte & 15], 1);
    } else {
        put_escape(name, c);
    }
}

static void put_piece(struct text *name, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        int byte = escaped(text + i, len - i);
        if (byte < 0) {
            put_raw(name, text + i, len - i);
        } else {
            put_encoded(name, byte);
            i += 2;
        }
    }
}

/* ---- a name made safe ---- */

/* Is this what Windows takes for a device, whatever follows the first dot? */
static int is_device(const char *name, size_t len) {
    static const char *const devices[] = {"con",    "prn",     "aux", "nul", "clock$",
                                          "conin$", "conout$", "com", "lpt"};
    size_t stem = 0;
    while (stem < len && name[stem] != '.')
        stem++;
    while (stem > 0 && name[stem - 1] == ' ')
        stem--;
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        size_t n = strlen(devices[i]), k = 0;
        while (k < n && k < stem && lower(name[k]) == devices[i][k])
            k++;
        if (k < n)
            continue;
        int port = among(devices[i][0], "l") || strcmp(devices[i], "com") == 0;
        if (port ? stem == n + 1 && is_digit(name[n]) : stem == n)
            return 1;
    }
    return 0;
}

/* Adds name to out with its first byte encoded if need be. */
static void put_safe(struct text *out, const char *name, size_t len) {
    if (len > 0 && (name[0] == ' ' || is_device(name, len))) {
        put_escape(out, name[0]);
        name++;
        len--;
    }
    if (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '.')) {
        put(out, name, len - 1);
        put_escape(out, name[len - 1]);
    } else {
        put(out, name, len);
    }
}

/* "%=", four letters of the name to a digit, a capital being 1, "=": what folding takes
 * away.  The digits of escapes are always capitals and are not counted. */
static void put_capitals(struct text *out, const char *name, size_t len) {
    size_t letters = 0, significant = 0;
    struct text mask = {0};
    for (size_t i = 0; i < len; i++) {
        if (escaped(name + i, len - i) >= 0) {
            i += 2;
        } else if (lower(name[i]) >= 'a' && lower(name[i]) <= 'z') {
            if (letters % 4 == 0)
                put(&mask, "\0", 1);
            if (is_upper(name[i]) && !mask.failed) {
                mask.data[letters / 4] =
                    (char)(mask.data[letters / 4] | 8 >> letters % 4);
                significant = letters / 4 + 1;
            }
            letters++;
        }
    }
    if (significant > 0) {
        put_text(out, "%=");
        for (size_t i = 0; i < significant && !mask.failed; i++)
            put(out, &"0123456789abcdef"[(int)mask.data[i]], 1);
        put_text(out, "=");
    }
    if (mask.failed)
        out->failed = 1;
    frond_free(mask.data);
}

/* Where to cut a name that is too long: not inside an escape. */
static size_t cut(const char *name, size_t len) {
    if (len <= NAME_MOST)
        return len;
    size_t at = NAME_MOST;
    for (size_t back = 1; back <= 2; back++)
        if (escaped(name + at - back, len - at + back) >= 0)
            return at - back;
    return at;
}

/* Adds a finished name to the path, in as many folders as it takes.  A cut may lay bare a
 * device, or an end that Windows would drop, so every piece is made safe again. */
static void put_name(struct text *path, const struct text *name) {
    for (size_t at = 0; at < name->len;) {
        size_t n = cut(name->data + at, name->len - at);
        put_safe(path, name->data + at, n);
        at += n;
        if (at < name->len)
            put_text(path, "%+/");
    }
}

/* ---- the parts of a URL ---- */

/* Turns what name holds into a name of the path, and empties it. */
static void finish(struct text *path, struct text *name,
                   const frond__path_options *options) {
    struct text safe = {0};
    put_safe(&safe, name->data, name->len);
    name->len = 0;
    if (options->folds)
        put_capitals(name, safe.data, safe.len);
    put(name, safe.data, safe.len);
    if (safe.failed || name->failed)
        path->failed = 1;
    else
        put_name(path, name);
    name->len = 0;
    frond_free(safe.data);
}

static void put_host(struct text *name, const frond_url *url) {
    int https = url->scheme[4] == 's';
    if (https)
        put_text(name, "https+");
    put_piece(name, url->host, strlen(url->host));
    if (url->zone != NULL) {
        put_text(name, "%25");
        for (const char *z = url->zone; *z != '\0'; z++)
            put_raw(name, z, strlen(z));
    }
    if (url->port != (https ? 443 : 80)) {
        char port[16];
        snprintf(port, sizeof port, "+%d", url->port);
        put_text(name, port);
    }
}

static void put_path(struct text *path, struct text *name, const frond_url *url,
                     const frond__path_options *options) {
    const char *at = url->path + 1;
    for (const char *slash; (slash = strchr(at, '/')) != NULL; at = slash + 1) {
        if (slash == at)
            put_text(name, "%");
        else
            put_piece(name, at, (size_t)(slash - at));
        finish(path, name, options);
        put_text(path, "/");
    }
    if (*at == '\0')
        put_text(name, "%index.html");
    else
        put_piece(name, at, strlen(at));
    if (url->query != NULL) {
        put_escape(name, '?');
        put_piece(name, url->query, strlen(url->query));
    }
    finish(path, name, options);
}

int frond__path_map(const frond_url *url, const frond__path_options *options,
                    char **out) {
    struct text path = {0}, name = {0};
    *out = NULL;
    put_host(&name, url);
    finish(&path, &name, options);
    put_text(&path, "/");
    put_path(&path, &name, url, options);
    put(&path, "", 1);
    frond_free(name.data);
    int r = 0;
    size_t len = path.len - 1 + strlen(FROND__PATH_ASIDE);
    if (path.failed || name.failed)
        r = frond_fail_set(FROND_ENOMEM, "path of a URL");
    else if (options->max_path != 0 && len > options->max_path)
        r = frond_fail_text(FROND_ENAMETOOLONG, "path of %zu bytes: %zu is the most", len,
                            options->max_path);
    if (r < 0)
        frond_free(path.data);
    else
        *out = path.data;
    return r;
}

char *frond__path_aside(const char *path, size_t len) {
    char *aside = frond_alloc(len + sizeof FROND__PATH_ASIDE);
    if (aside == NULL)
        return NULL;
    memcpy(aside, path, len);
    memcpy(aside + len, FROND__PATH_ASIDE, sizeof FROND__PATH_ASIDE);
    return aside;
}

size_t frond__path_folder(const char *path, size_t from) {
    const char *slash = strchr(path + from + (from > 0), '/');
    return slash != NULL ? (size_t)(slash - path) : 0;
}
