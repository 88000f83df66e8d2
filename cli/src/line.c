/* SPDX-License-Identifier: MIT */
#include "line.h"

#include <frond/impl/memory.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void line_add(line *l, const char *text, size_t n) {
    if (l->used + n + 1 > l->cap) {
        size_t cap = (l->used + n + 1) * 2;
        char *grown = frond_realloc(l->text, cap);
        if (!grown)
            return;
        l->text = grown;
        l->cap = cap;
    }
    memcpy(l->text + l->used, text, n);
    l->used += n;
    l->text[l->used] = '\0';
}

void line_addf(line *l, const char *format, ...) {
    char text[200];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0)
        line_add(l, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* Length of the UTF-8 sequence at p, 0 when there is none. */
static size_t utf8(const unsigned char *p) {
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
               : (p[0] & 0xf0) == 0xe0       ? 3
               : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)))
        return 0;
    if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)))
        return 0;
    return n;
}

void line_add_json(line *l, const char *text) {
    if (!text) {
        line_add(l, "null", 4);
        return;
    }
    line_add(l, "\"", 1);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t n = utf8(p);
        if (*p == '"' || *p == '\\')
            line_addf(l, "\\%c", *p);
        else if (*p < ' ' || *p == 0x7f)
            line_addf(l, "\\u%04x", *p);
        else if (n)
            line_add(l, (const char *)p, n);
        else
            line_add(l, "\xef\xbf\xbd", 3); /* U+FFFD: JSON must be UTF-8 */
        p += n ? n : 1;
    }
    line_add(l, "\"", 1);
}

void line_add_shown(line *l, const char *text) {
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p <= ' ' || *p == 0x7f)
            line_addf(l, "%%%02X", *p);
        else
            line_add(l, (const char *)p, 1);
}
